r"""The plane (a, b) at the edge of losses l(xy): two-step orbits, the attracting parabola, ellipses of degree two.

Here a is the offset of :math:`\sqrt{x^2-y^2}` from its value at the minimum of sharpness 2/eta, and b = xy - 1
(Zhu et al. 2023).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgestab.numerics.orbits.lanes import LaneKernel
from edgestab.numerics.programs.program import program_of, step_program
from edgestab.theory.models.base import Model
from edgestab.theory.models.catalogue import model

Array = NDArray[np.float64]


def kernel_of(m: Model, *, best: bool = True) -> LaneKernel:
    """Return the compiled step of a model, with one parameter value for each orbit."""
    coordinates = m.best if best else m.own
    step = coordinates.step
    residual = program_of([coordinates.residual], (*step.state, *step.parameters))
    return LaneKernel(step_program(step), residual, len(step.state), tuple(True for _ in step.parameters))


@dataclass(frozen=True)
class EdgeChart:
    r"""Between (v, b) and (a, b) for a loss l(xy): a is the offset of :math:`c = \sqrt{x^2-y^2}` from the edge.

    With h the curvature of l at its minimum 1, :math:`c^4 = (4/h^2)(\eta^{-2} - h^2 + v)`. It is computed through
    ``expm1`` and ``log1p``, so that nothing cancels near a = 0.

    Parameters
    ----------
    eta : float
        Step size.
    curvature : float
        h; 2 for the quartic, 1 for degree two.
    """

    eta: float
    curvature: float

    @property
    def scale(self) -> float:
        """1/eta^2 - h^2, against which v is small."""
        return 1 / self.eta**2 - self.curvature**2

    @property
    def edge(self) -> float:
        """The coordinate c of the minimum of sharpness 2/eta."""
        return float((4 / self.curvature**2 * self.scale) ** 0.25)

    def a_of_v(self, v: Array) -> Array:
        """Return a; NaN where c is not real."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.edge * np.expm1(0.25 * np.log1p(v / self.scale)))

    def v_of_a(self, a: Array) -> Array:
        """Return v."""
        return np.asarray(self.scale * np.expm1(4 * np.log1p(a / self.edge)))


def parabola(a: Array, eta: float) -> Array:
    """Return b >= 0 on the attracting parabola b^2 = a k/2 + k^4/16, k = sqrt(eta); NaN left of its vertex."""
    k = np.sqrt(eta)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.sqrt(a * k / 2 + k**4 / 16))


def window(eta: float) -> tuple[float, float]:
    """Return the ends -5/3 k^3 and -k^3/10 of the window in which a is claimed to end."""
    cube = eta**1.5
    return -5 / 3 * cube, -cube / 10


def two_step_orbits(name: str, eta: float, starts: Array, steps: int, points: int) -> Array:
    """Return even iterates of several orbits in (a, b).

    Parameters
    ----------
    name : str
        The model; it must have the chart (v, b).
    eta : float
        Step size.
    starts : ndarray, shape (2, n)
        a and b of each start.
    steps : int
        How far to go.
    points : int
        About how many iterates to keep, dense at first.

    Returns
    -------
    ndarray, shape (points, 2, n)
    """
    m = model(name)
    chart = EdgeChart(eta, 2.0 if name == "quartic" else 1.0)
    state = np.array([chart.v_of_a(starts[0]), starts[1]])
    kernel = kernel_of(m)
    at = np.unique(np.concatenate([2 * np.arange(points // 2), 2 * (np.geomspace(1, steps, points) // 2)]).astype(int))
    kept = []
    done = 0
    for when in at[at <= steps]:
        state = kernel.advance(state, [np.full(state.shape[1], eta)], int(when - done))
        done = int(when)
        kept.append([chart.a_of_v(state[0]), state[1]])
    return np.array(kept)


def vertex(eta: float) -> float:
    """Return a at the vertex of the parabola, -k^3/8."""
    return float(-(eta**1.5) / 8)


def ellipse(a: float, b: float, eta: float, angle: Array) -> tuple[Array, Array]:
    """Return points of the half of the ellipse b^2 = 4 (C - a^2)/k^2 of degree two through (a, b), k^2 = eta."""
    radius = np.sqrt(a**2 + eta * b**2 / 4)
    return radius * np.cos(angle), np.sign(b) * 2 * radius / np.sqrt(eta) * np.sin(angle)


def invariant_ellipse(eta: float, angle: Array) -> tuple[Array, Array]:
    """Return points (x, y) of the invariant ellipse x^2 + y^2 - eta x y = 4/eta - eta of degree two.

    In the rotated axes p = (x+y)/sqrt2, q = (x-y)/sqrt2 the form is (1 - eta/2) p^2 + (1 + eta/2) q^2.
    """
    level = 4 / eta - eta
    p, q = np.sqrt(level / (1 - eta / 2)) * np.cos(angle), np.sqrt(level / (1 + eta / 2)) * np.sin(angle)
    return (p + q) / np.sqrt(2), (p - q) / np.sqrt(2)


def orbits_of_degree_two(starts: Array, eta: float, steps: int) -> Array:
    """Return whole orbits of the degree-2 loss in (x, y), shape (steps + 1, 2, n), from starts of shape (2, n)."""
    kernel = kernel_of(model("degree-2"), best=False)
    states = [starts]
    for _ in range(steps):
        states.append(kernel.advance(states[-1], [np.full(starts.shape[1], eta)], 1))
    return np.array(states)
