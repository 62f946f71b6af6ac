"""What is known of the ends of a model's orbits, for the page to put beside what is seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sympy as sp

from edgestab.numerics.orbits.gap import claimed_gaps
from edgestab.theory.conclusions.final_sharpness import FinalSharpness
from edgestab.theory.loss import Loss
from edgestab.theory.models.base import Model
from edgestab.theory.parts.family import StatementFamily
from edgestab.theory.product_landing import amplitude, landings
from edgestab.theory.statement import OrbitStatement
from edgestab.verify.catalogue import find

_SHORT = 16
"""Letters of a number that is not rounded."""

CLAIMS = {"quartic": ("zhu2023.cor3.1", "zhu2023.R2")}
"""By model, the claims that say at which sharpness its orbits end."""


@dataclass(frozen=True)
class Known:
    """What a claim says of the final sharpness.

    Parameters
    ----------
    source : str
        Whose claim it is.
    words : str
        What it says.
    gaps : (float, float) or None
        Between which values of (2/eta - S)/eta it puts the final sharpness S, at every step size it speaks of.
    """

    source: str
    words: str
    gaps: tuple[float, float] | None


def known_of(model: Model) -> list[Known]:
    """Return what is known of a model.

    Examples
    --------
    >>> from edgestab.theory.models.catalogue import model
    >>> [(k.source, k.gaps) for k in known_of(model("quartic"))]
    [('Zhu et al. 2023, Corollary 3.1', (0.0, 6.666...)), ('derived, R2', None)]
    """
    found = []
    for name in CLAIMS.get(model.name, ()):
        claim = find(name)
        windows = [w for part in (*claim.parts, *claim.checks) if (w := _window(part)) is not None]
        found.append(Known(claim.source, claim.words, windows[0] if len(windows) == 1 else None))
    return found


def _window(part: object) -> tuple[float, float] | None:
    """The gaps that a part allows, where they are the same for all step sizes."""
    statement = part.statement if isinstance(part, StatementFamily) else part
    if not isinstance(statement, OrbitStatement) or not isinstance(statement.conclusion, FinalSharpness):
        return None
    bounds = claimed_gaps(statement.conclusion)
    if bounds is None:
        return None
    low, high = bounds(np.array([0.25, 0.5]))
    same = np.allclose(low, low[0], rtol=1e-9, atol=1e-9) and np.allclose(high, high[0], rtol=1e-9, atol=1e-9)
    return (float(low[0]), float(high[0])) if same else None


@dataclass(frozen=True)
class Landing:
    """Where orbits of gradient descent on a loss l(xy) end that come down past the edge beside some of its minima.

    Parameters
    ----------
    words : str
        What is expected, to leading order in eta.
    gap : float
        The limit of (2/eta - S)/eta, S the sharpness at the end.
    """

    words: str
    gap: float


def landings_of(model: Model) -> list[Landing]:
    """Return where orbits land; minima of one law are one.

    Examples
    --------
    >>> from edgestab.theory.models.catalogue import model
    >>> [(at.words[:27], at.gap) for at in landings_of(model("quartic"))]
    [('Beside xy = -1 and xy = 1, ', 0.5)]
    >>> landings_of(model("degree-2"))
    []
    """
    if model.loss is None:
        return []
    laws: dict[tuple[sp.Expr, sp.Expr], list[sp.Expr]] = {}
    for minimum in landings(model.loss):
        laws.setdefault((minimum.constant, amplitude(minimum)), []).append(minimum.place)
    return [Landing(_words(model.loss, *law, places), float(law[0])) for law, places in laws.items()]


def _words(loss: Loss, constant: sp.Expr, size: sp.Expr, places: list[sp.Expr]) -> str:
    x, y = map(str, loss.parameters)
    product = f"{x}{y}" if len(x) == len(y) == 1 else f"{x} {y}"
    where = " and ".join(f"{product} = {_number(p)}" for p in places)
    return (
        f"Beside {where}, to leading order in eta: orbits that come down past the edge end at the sharpness "
        f"2/eta - C eta, C = {_number(constant)}; before, they alternate between two sides of the minima, where "
        f"({product} - d0)^2 = A (eta S - 2), A = {_number(size)}, d0 the value of {product} at the minimum and S the "
        f"sharpness of the minimum with the same {x}^2 - {y}^2. The law is formal: that an orbit follows it is not "
        "proved here."
    )


def _number(value: sp.Expr) -> str:
    """A number as it is, where that is short."""
    exactly = str(value)
    return exactly if len(exactly) <= _SHORT else f"{float(value):.8g}"
