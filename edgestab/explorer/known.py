"""What theorems of the catalogue say of a model, for the page to put beside what is seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgestab.numerics.orbits.gap import claimed_gaps
from edgestab.theory.conclusions.final_sharpness import FinalSharpness
from edgestab.theory.models.base import Model
from edgestab.theory.parts.family import StatementFamily
from edgestab.theory.statement import OrbitStatement
from edgestab.verify.catalogue import find

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
