"""All fixed points and cycles of a step map in a box, with proofs of number, period, multipliers and stability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import flint
import numpy as np
from numpy.typing import NDArray

from edgestab.errors import InputError
from edgestab.numerics import inputs
from edgestab.numerics.cycles.jets import Family, Vector, intersection
from edgestab.numerics.inputs import Name
from edgestab.numerics.orbits.domain import guards_of, is_broken
from edgestab.numerics.printers.ball import ball, squared
from edgestab.numerics.rigorous.balls import Point, precision, values
from edgestab.numerics.rigorous.krawczyk import Enclosure, Zero, all_zeros, prove
from edgestab.theory.stepmap import StepMap

Stability = Literal["attracting", "repelling", "saddle", "undecided"]

Interval = tuple[Fraction | int | float, Fraction | int | float]


@dataclass(frozen=True)
class PeriodicOrbit:
    r"""A proved cycle of a step map.

    Parameters
    ----------
    period : int
        The least period; only a multiple of it when `period_proved` is false.
    period_proved : bool
        Whether no divisor of `period` is a period.
    points : tuple of tuple of arb
        An enclosure of every point, in the order of the orbit.
    multipliers : tuple of acb
        Enclosures of the eigenvalues of :math:`DF^p` on the cycle.
    stability : str
        ``attracting`` when all multipliers are proved to be less than one in absolute value, ``repelling``
        when all are greater, ``saddle`` when there are of both and none on the circle, else ``undecided``.
    """

    period: int
    period_proved: bool
    points: tuple[Point, ...]
    multipliers: tuple[flint.acb, ...]
    stability: Stability

    @property
    def centres(self) -> NDArray[np.float64]:
        """The points as doubles, shape (period, n)."""
        return np.array([[float(x.mid()) for x in p] for p in self.points])

    @property
    def error(self) -> float:
        """An upper bound of the error of every coordinate in `centres`."""
        largest = max(float(x.rad()) for p in self.points for x in p)
        return float(np.nextafter(largest, np.inf) + np.spacing(np.abs(self.centres)).max())

    @property
    def multiplier_values(self) -> NDArray[np.complex128]:
        """The multipliers as complex doubles, NaN where they could not be enclosed."""
        return np.array([complex(m.mid()) if m.is_finite() else complex(np.nan) for m in self.multipliers])

    def row(self) -> dict[str, Any]:
        """One row of a table: plain numbers, and the bound of their error."""
        return {
            "period": self.period,
            "period_proved": self.period_proved,
            "points": self.centres.tolist(),
            "error": self.error,
            "multipliers": self.multiplier_values.tolist(),
            "stability": self.stability,
        }


@dataclass(frozen=True)
class CycleSearch:
    """Every cycle found in a box, and what remained undecided.

    Parameters
    ----------
    period : int
        The searched p: cycles of every period dividing it are found.
    cycles : tuple of PeriodicOrbit
        The cycles with at least one point in the box, the shortest first.
    points_in_box : int
        How many solutions of F^p(x) = x the box holds, as far as they were found.
    undecided : tuple of tuple of arb
        Boxes that may hold further solutions, as around a curve of fixed points.
    examined : int
        How many boxes were examined.
    """

    period: int
    cycles: tuple[PeriodicOrbit, ...]
    points_in_box: int
    undecided: tuple[Point, ...]
    examined: int

    @property
    def complete(self) -> bool:
        """Whether it is proved that there are no others in the box."""
        return not self.undecided

    def of_period(self, period: int) -> tuple[PeriodicOrbit, ...]:
        """The cycles of one least period."""
        return tuple(c for c in self.cycles if c.period == period)


@dataclass(frozen=True, eq=False)
class Return:
    """The equations F^p(x) - x = 0 of a map without free parameters, as `krawczyk` wants them."""

    family: Family
    period: int

    def over(self, box: Vector) -> Enclosure:
        """Enclose F^p - id at the middle of a box and over it, and its Jacobian; outside the domain it has no zero."""
        n = self.family.n
        if self._is_outside(box):
            return Enclosure([flint.arb(1)] * n, [flint.arb(1)] * n, flint.arb_mat(n, n))
        *_, (middle, image, jacobian) = self.family.flow(box, self.period)
        moved = jacobian - flint.arb_mat(n, n, [int(i == j) for i in range(n) for j in range(n)])
        centre = [x.mid() for x in box]
        offset = flint.arb_mat(n, 1, [x - c for x, c in zip(box, centre, strict=True)])
        at_centre = [a - b for a, b in zip(middle, centre, strict=True)]
        plain = [a - b for a, b in zip(image, box, strict=True)]
        # In the mean value form of the difference x occurs once.
        mean = [a + b for a, b in zip(at_centre, (moved * offset).entries(), strict=True)]
        return Enclosure(at_centre, [intersection(a, b) for a, b in zip(plain, mean, strict=True)], moved)

    def _is_outside(self, box: Vector) -> bool:
        step = self.family.step
        guards = guards_of(step)
        if not guards:
            return False
        at = {**dict(zip(step.state, box, strict=True)), **{p: ball(v) for p, v in self.family.fixed.items()}}
        found = values([g.args[0] for g in guards], at)
        return any(is_broken(g, u) for g, u in zip(guards, found, strict=True))


def cycles(
    step: StepMap,
    parameters: Mapping[Name, Fraction],
    box: Sequence[Interval],
    period: int,
    *,
    budget: int = 100_000,
    resolution: float = 1e-9,
    bits: int = 128,
) -> CycleSearch:
    """Find all points of a box that return after `period` steps, by branch and bound with the Krawczyk operator.

    Parameters
    ----------
    step : StepMap
        The map; differentiable wherever the search goes.
    parameters : mapping
        By symbol or name an exact value for every parameter of the map.
    box : sequence of (low, high)
        For each state variable the ends of its interval.
    period : int
        p. Cycles of every period that divides p are found.
    budget : int
        The largest number of boxes to examine; what is left then is returned as undecided.
    resolution : float
        Boxes smaller than this, relative to the whole box, are left undecided rather than divided, as beside a cycle
        at its bifurcation.
    bits : int
        The precision of the arithmetic.

    Returns
    -------
    CycleSearch
        The cycles with enclosures; `complete` when it is proved that the box holds no other solution. Points
        on the boundary of the box count as inside when they are not proved to lie outside.

    Raises
    ------
    InputError
        When the box does not fit the state, a parameter has no value, or the map takes an absolute value, a minimum or
        a maximum.

    Examples
    --------
    >>> from edgestab.theory.models.catalogue import model
    >>> from edgestab.theory.symbols import symbol
    >>> found = cycles(model("frozen-cubic").own.step, {symbol("s"): Fraction(11, 10)}, [(0, 1.5)], 2)
    >>> [(c.period, c.stability) for c in found.cycles], found.complete
    ([(1, 'repelling'), (1, 'repelling'), (2, 'attracting')], True)
    """
    inputs.require_box(step.state, box)
    for name, value, least in (("period", period, 1), ("budget", budget, 1), ("bits", bits, 2)):
        inputs.whole(value, name, least)
    if not resolution > 0:
        raise InputError(f"resolution must be positive, got {resolution}")
    family = Family(step, parameters)
    with precision(bits):
        region = tuple(_interval(low, high) for low, high in box)
        found = all_zeros(Return(family, period), region, budget, resolution)
        orbits = _assembled(family, period, found.found)
    return CycleSearch(period, orbits, len(found.found), found.undecided, found.examined)


def periodic_orbit(family: Family, zero: Zero, period: int) -> PeriodicOrbit:
    """Return the cycle of a proved zero of F^period - id, with its least period and its multipliers.

    A divisor d of the period is excluded when F^d moves the enclosure off itself; it is the least period when
    a proved zero of F^d - id lies in the box in which the given zero is the only one.
    """
    least, is_proved = period, True
    orbit = family.orbit(zero.point, period)
    for d in (d for d in range(1, period) if period % d == 0):
        if not _overlap(orbit[d], zero.point):
            continue
        shorter = prove(Return(family, d), zero.point)
        is_proved = shorter is not None and _contains(zero.unique, shorter.point)
        if is_proved:
            least = d
        break
    *_, (_, _, jacobian) = family.flow(zero.point, least)
    found = multipliers(jacobian)
    return PeriodicOrbit(least, is_proved, tuple(orbit[:least]), found, stability(found))


def multipliers(jacobian: flint.arb_mat) -> tuple[flint.acb, ...]:
    """Enclose the eigenvalues of a ball matrix; not finite when they cannot be enclosed.

    Two by two through trace and determinant, else by Rump's method as Arb has it.
    """
    n = jacobian.nrows()
    if n == 1:
        return (flint.acb(jacobian[0, 0]),)
    if n == 2:
        half = jacobian.trace() / 2
        discriminant = squared((jacobian[0, 0] - jacobian[1, 1]) / 2) + jacobian[0, 1] * jacobian[1, 0]
        if discriminant > 0:
            return flint.acb(half - discriminant.sqrt()), flint.acb(half + discriminant.sqrt())
        if discriminant < 0:
            return flint.acb(half, -(-discriminant).sqrt()), flint.acb(half, (-discriminant).sqrt())
        reach = abs(discriminant).upper().sqrt().upper()
        either = flint.acb(half + flint.arb(0, reach), flint.arb(0, reach))
        return either, either
    try:
        return tuple(flint.acb_mat(jacobian).eig(multiple=True))
    except (ValueError, ZeroDivisionError):
        return (flint.acb(flint.arb.nan(), flint.arb.nan()),) * n


def stability(found: Sequence[flint.acb]) -> Stability:
    """Return what the enclosed multipliers prove."""
    sizes = [abs(m) for m in found]
    if all(s < 1 for s in sizes):
        return "attracting"
    if all(s > 1 for s in sizes):
        return "repelling"
    return "saddle" if all(s < 1 or s > 1 for s in sizes) else "undecided"


def _assembled(family: Family, period: int, zeros: Sequence[Zero]) -> tuple[PeriodicOrbit, ...]:
    """Group the zeros of F^period - id into cycles: an image in a box of uniqueness is that box's zero."""
    orbits = []
    # The middles find the candidate, the enclosures decide.
    middles = np.array([[float(x.mid()) for x in z.point] for z in zeros]).reshape(len(zeros), family.n)
    taken = np.zeros(len(zeros), dtype=bool)
    for i, zero in enumerate(zeros):
        if taken[i]:
            continue
        orbit = periodic_orbit(family, zero, period)
        taken[i] = True
        for k in range(1, orbit.period):
            image = np.array([float(x.mid()) for x in orbit.points[k]])
            nearest = int(np.argmin(np.abs(middles - image).max(axis=1)))
            if _contains(zeros[nearest].unique, orbit.points[k]):
                taken[nearest] = True
        orbits.append(orbit)
    return tuple(sorted(orbits, key=lambda o: (o.period, o.centres.tolist())))


def _interval(low: Fraction | int | float, high: Fraction | int | float) -> flint.arb:
    ends = [Fraction(low), Fraction(high)]
    return flint.arb.union(*(flint.arb(flint.fmpq(e.numerator, e.denominator)) for e in ends))


def _contains(box: Point, point: Point) -> bool:
    return all(a.contains(b) for a, b in zip(box, point, strict=True))


def _overlap(a: Point, b: Point) -> bool:
    return all(x.overlaps(y) for x, y in zip(a, b, strict=True))
