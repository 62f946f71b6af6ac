r"""Escape along a cone: a polynomial step whose highest powers carry a cone of directions into itself.

Let the step F have degree k >= 2, with homogeneous parts :math:`F_0, \dots, F_k`. Write a state as :math:`z = s u` with
:math:`u_j = 1`, so that :math:`s = z_j`, and let :math:`\tau = 1/s`. Then

.. math:: F(z) = s^k\,\Phi(u, \tau), \qquad \Phi(u, \tau) = \sum_i \tau^i F_{k-i}(u).

Let U be a box of directions and T > 0. If :math:`|\Phi_j| \ge 2\,T^{k-1}` on :math:`U \times [-T, T]`, then |s| at
least doubles in a step from there; and if after p such steps the directions :math:`\Phi/\Phi_j` are in U again, all
iterates stay in the p boxes, and |s| tends to infinity.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

import flint
import sympy as sp

from edgestab.numerics.printers.ball import ball
from edgestab.numerics.rigorous.balls import BallMap, Point, values
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import symbol

LONGEST, MOST_STATES, MOST_TERMS = 4, 8, 400
"""The most steps after which directions return; of how many states and terms a step is tried."""

RADII = ("0", "1e-6", "1e-3", "1e-1")
"""Half the widths of the boxes of directions that are tried."""

_TAU = symbol("tau_of_the_cone")


class _Cone(NamedTuple):
    """Phi, in the state's symbols with one of them set to 1, and tau."""

    degree: int
    parts: tuple[sp.Expr, ...]
    ratios: tuple[sp.Expr, ...]


def escapes_along_a_cone(orbit: BallMap, point: Point) -> bool:
    """Return whether it is proved that an orbit diverges from an enclosed point.

    Parameters
    ----------
    orbit : BallMap
        A step that is polynomial in its state; of any other nothing is proved.
    point : tuple of arb
        Where the orbit is.
    """
    sizes = [float(abs(x).log().mid()) if abs(x) > 0 else float("-inf") for x in point]
    j = max(range(len(point)), key=sizes.__getitem__)
    cone = _cone_of(orbit.step, j)
    if cone is None or not abs(point[j]) > 0:
        return False
    constants = {p: ball(v) for p, v in orbit.parameters.items()}
    start, reach = [x / point[j] for x in point], (1 / abs(point[j])).upper()
    if not all(x.is_finite() for x in start):
        return False
    return any(_returns(cone, orbit.step, j, constants, start, reach, flint.arb(r)) for r in RADII)


def _returns(
    cone: _Cone,
    step: StepMap,
    j: int,
    constants: dict[sp.Symbol, flint.arb],
    start: Sequence[flint.arb],
    reach: flint.arb,
    radius: flint.arb,
) -> bool:
    """Whether a box of this radius about the direction returns, and |s| doubles in every step until then."""
    whole = [x if i == j else x + flint.arb(0, radius.upper()) for i, x in enumerate(start)]
    box, tau = list(whole), flint.arb(0, reach.upper())
    for _ in range(LONGEST):
        at = {**dict(zip(step.state, box, strict=True)), **constants, _TAU: tau}
        leading = values([cone.parts[j]], at)[0]
        if not abs(leading) > 2 * reach ** (cone.degree - 1):
            return False
        box = values(list(cone.ratios), at)
        if not all(x.is_finite() for x in box):
            return False
        if all(w.contains(x) for w, x in zip(whole, box, strict=True)):
            return True
    return False


@functools.lru_cache(maxsize=64)
def _cone_of(step: StepMap, j: int) -> _Cone | None:
    """Phi of a polynomial step of degree 2 or more; None of others, and of steps with too many terms."""
    if len(step.state) > MOST_STATES:
        return None
    update = step.closed_form()
    if not all(u.is_polynomial(*step.state) for u in update):
        return None
    parts = [sp.Poly(u, *step.state) for u in update]
    degree = max(p.total_degree() for p in parts)
    if degree < 2 or sum(len(p.terms()) for p in parts) > MOST_TERMS:
        return None
    raised = [
        sp.Add(
            *(
                c * _TAU ** (degree - sum(powers)) * sp.Mul(*(s**e for s, e in zip(step.state, powers, strict=True)))
                for powers, c in p.terms()
            )
        ).subs(step.state[j], 1)
        for p in parts
    ]
    if raised[j] == 0:
        return None
    ratios = tuple(sp.S.One if i == j else sp.factor(sp.cancel(r / raised[j])) for i, r in enumerate(raised))
    return _Cone(degree, tuple(sp.factor(r) for r in raised), ratios)
