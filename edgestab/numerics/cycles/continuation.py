r"""Branches of cycles in one parameter by pseudo-arclength continuation, with their special points proved.

A branch is a curve of solutions of :math:`F^p(x, \mu) - x = 0`. A step along its tangent is corrected by Newton's
method on the system bordered by the tangent (Keller 1977). Along the branch change sign

* at a fold the tangent's parameter component,
* at a flip :math:`\det(A + I)`,
* at a Neimark-Sacker point :math:`\prod_{i<j}(\lambda_i\lambda_j - 1)`,
* where another branch passes through, the determinant of the bordered Jacobian,

with :math:`A = DF^p` (Kuznetsov 2004, chapter 10). The first three are then proved by `bifurcations.locate`.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import flint
import numpy as np
from numpy.typing import NDArray

from edgestab.errors import InputError
from edgestab.numerics import inputs
from edgestab.numerics.cycles.bifurcations import Bifurcation, Kind, locate
from edgestab.numerics.cycles.branch import Branch
from edgestab.numerics.cycles.jets import Family
from edgestab.numerics.cycles.normal_forms import flip_coefficient, slope_of_multiplier
from edgestab.numerics.inputs import Name
from edgestab.numerics.printers.ball import squared
from edgestab.numerics.rigorous.balls import precision
from edgestab.theory.stepmap import StepMap

_BITS = 128
_TOLERANCE = 1e-12
_SMALLEST, _CLOSE, _LARGEST = 1e-7, 1e-6, 2e-2
"""Step lengths along a branch, in units of the parameter's interval."""

_COINCIDENT = 1e-8
"""The distance, relative to the cycle's extent, below which two of its points are one."""


@dataclass(frozen=True)
class _State:
    """A point of the curve with what is tested there."""

    z: NDArray[np.float64]
    tangent: NDArray[np.float64]
    jacobian: NDArray[np.float64]

    @property
    def multipliers(self) -> NDArray[np.complex128]:
        n = len(self.z) - 1
        return np.linalg.eigvals(self.jacobian[:, :n] + np.eye(n)).astype(np.complex128)

    @property
    def unstable(self) -> int:
        """How many multipliers lie outside the unit circle."""
        return int((np.abs(self.multipliers) > 1 + 1e-9).sum())

    @property
    def critical(self) -> Kind:
        """What happens where the multiplier nearest to the unit circle crosses it."""
        nearest = self.multipliers[np.argmin(np.abs(np.abs(self.multipliers) - 1))]
        if abs(nearest.imag) > 1e-6:
            return "Neimark-Sacker"
        return "flip" if nearest.real < 0 else "branch point"

    @property
    def tests(self) -> dict[Kind, float]:
        n = len(self.z) - 1
        found = self.multipliers
        pairs = np.prod([a * b - 1 for a, b in itertools.combinations(found, 2)] or [1.0])
        return {
            "branch point": float(np.linalg.det(np.vstack([self.jacobian, self.tangent]))),
            "fold": float(self.tangent[n]),
            "flip": float(np.linalg.det(self.jacobian[:, :n] + 2 * np.eye(n))),
            "Neimark-Sacker": float(np.real(pairs)),
        }


def continue_cycle(
    step: StepMap,
    parameter: Name,
    interval: tuple[float, float],
    start: Sequence[float],
    at: float,
    period: int = 1,
    *,
    fixed: Mapping[Name, Fraction] | None = None,
    box: Sequence[tuple[float, float]] | None = None,
    points: int = 2000,
) -> Branch:
    """Follow a cycle in a parameter, both ways from a guess, and prove its folds, flips and Neimark-Sacker points.

    Parameters
    ----------
    step : StepMap
        The map.
    parameter : Symbol or str
        The parameter that moves.
    interval : (low, high)
        Where it moves.
    start, at : sequence of float, float
        A guess of a point of the cycle, and the parameter there.
    period : int
        The period.
    fixed : mapping, optional
        By symbol or name an exact value for every other parameter.
    box : sequence of (low, high), optional
        For each state variable an interval; the branch ends where the followed point leaves it.
    points : int
        The largest number of points in either direction.

    Returns
    -------
    Branch
        Special points carry proved enclosures, branch points excepted; all else is computed.

    Raises
    ------
    InputError
        When there is no cycle near the guess, or what is given fits neither the map nor the interval.

    Examples
    --------
    >>> from edgestab.theory.models.catalogue import model
    >>> from edgestab.theory.symbols import symbol
    >>> branch = continue_cycle(model("frozen-cubic").own.step, symbol("s"), (0.5, 1.2), [1.0], 0.6)
    >>> [(s.kind, s.value, s.proved) for s in branch.special], branch.ends
    ([('flip', 1.0, True)], ('interval', 'interval'))
    """
    low, high = inputs.interval(interval, f"the interval of {parameter}")
    for name, value in (("period", period), ("points", points)):
        inputs.whole(value, name, 1)
    if box is not None:
        inputs.require_box(step.state, box)
    begin = inputs.point(step.state, start, "the start")
    inputs.require_finite(at, f"the start's {parameter}")
    if not low <= at <= high:
        raise InputError(f"the start {parameter} = {at} is outside the interval from {low} to {high}")
    family = Family(step, dict(fixed or {}), parameter, rounded=True)
    tracer = _Tracer(family, period, (float(low), float(high)), None if box is None else list(box), points)
    first = tracer.corrected_at([*begin.tolist(), float(at)])
    if first is None:
        raise InputError(f"no cycle of period {period} was found near {parameter} = {at}: give a better guess")
    if tracer.is_repeated(first.z, 1e-9):
        raise InputError(f"the cycle near {parameter} = {at} has a shorter period than {period}: ask for that one")
    with precision(_BITS):
        back, ahead = tracer.trace(first, -1.0), tracer.trace(first, 1.0)
        states = [*reversed(back.states), first, *ahead.states]
        orbits = [family.orbit([flint.arb(float(x)) for x in s.z], period - 1) for s in states]
    return Branch(
        str(parameter),
        period,
        np.array([s.z[-1] for s in states]),
        np.array([[[float(x) for x in p] for p in orbit] for orbit in orbits]),
        np.array([s.multipliers for s in states]),
        (*reversed(back.special), *ahead.special),
        (back.end, ahead.end),
    )


def beside_flip(family: Family, flip: Bifurcation, distance: float = 0.02) -> tuple[list[float], float]:
    """Return a guess of a point of the doubled cycle near a flip, and its parameter: where to switch branches.

    Parameters
    ----------
    family : Family
        The family the flip was found in.
    flip : Bifurcation
        A proved flip.
    distance : float
        How far the flipped cycle's multiplier is from -1 at the parameter returned.
    """
    coefficient = flip_coefficient(family, flip)
    with precision(flip.bits):
        gap = -flint.arb(distance) / slope_of_multiplier(family, flip)
        if coefficient < 0:
            gap = -gap  # subcritical: the doubled cycle lies on the other side
        height = (flint.arb(distance) / abs(coefficient)).sqrt()
        size = sum(map(squared, flip.vector), flint.arb(0)).sqrt()
        state = [float((x + height * v / size).mid()) for x, v in zip(flip.point, flip.vector, strict=True)]
        return state, float((flip.parameter + gap).mid())


@dataclass(frozen=True)
class _Trace:
    states: list[_State]
    special: list[Bifurcation]
    end: str


def _is_among(one: Bifurcation, others: Sequence[Bifurcation]) -> bool:
    return any(one.kind == o.kind and one.proved and one.parameter.overlaps(o.parameter) for o in others)


class _Tracer:
    def __init__(
        self,
        family: Family,
        period: int,
        interval: tuple[float, float],
        box: list[tuple[float, float]] | None,
        points: int,
    ) -> None:
        self.family, self.period, self.interval, self.box, self.points = family, period, interval, box, points
        self.n = family.n
        self.exact = Family(family.step, family.fixed, family.parameter)
        # Arclength is measured with the parameter in units of its interval.
        self.scale = np.array([1.0] * self.n + [max(interval[1] - interval[0], 1e-12)])

    def equations(self, z: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """F^p(x) - x and its Jacobian by (x, mu), in scaled units of mu."""
        with precision(_BITS):
            point = [flint.arb(float(x)) for x in z]
            slopes = self.family.jacobian(point, self.period)
            image = self.family.orbit(point, self.period)[-1]
            value = np.array([float(a - b) for a, b in zip(image, point, strict=False)])
            matrix = np.array([[float(slopes[i, j]) for j in range(self.n + 1)] for i in range(self.n)])
        matrix[:, : self.n] -= np.eye(self.n)
        return value, matrix * self.scale

    def corrected(self, z: NDArray[np.float64], normal: NDArray[np.float64]) -> tuple[NDArray[np.float64], int] | None:
        """Newton's method in the plane through z across a normal; the solution and the iterations it took."""
        for count in range(12):
            value, matrix = self.equations(z)
            if not (np.isfinite(value).all() and np.isfinite(matrix).all()):
                return None
            try:
                change = np.linalg.solve(np.vstack([matrix, normal]), np.append(-value, 0.0))
            except np.linalg.LinAlgError:
                return None
            z = z + change * self.scale
            if np.abs(change).max() < _TOLERANCE * (1 + np.abs(z).max()):
                return z, count
        return None

    def corrected_at(self, guess: Sequence[float]) -> _State | None:
        """The cycle near a guess, at its parameter."""
        found = self.corrected(np.array(guess), np.append(np.zeros(self.n), 1.0))
        return None if found is None else self.state(found[0], np.append(np.zeros(self.n), 1.0))

    def state(self, z: NDArray[np.float64], towards: NDArray[np.float64]) -> _State:
        """The state at a solution, its tangent turned towards a direction."""
        _, matrix = self.equations(z)
        tangent = np.linalg.svd(matrix)[2][-1]
        return _State(z, tangent * (1.0 if tangent @ towards >= 0 else -1.0), matrix / self.scale)

    def trace(self, first: _State, sign: float) -> _Trace:
        """Follow the curve one way."""
        here = _State(first.z, first.tangent * sign, first.jacobian)
        states: list[_State] = []
        special: list[Bifurcation] = []
        length = 2e-3
        while len(states) < self.points:
            there = self.corrected(here.z + length * here.tangent * self.scale, here.tangent)
            new = None if there is None else self.state(there[0], here.tangent)
            # A sharp turn is a jump to another branch, unless the step was short.
            # So is a cycle that has become one of a shorter period: it lies on the branch this one was born from.
            jumped = new is None or new.tangent @ here.tangent < 0.9 or self.is_repeated(new.z, _COINCIDENT)
            if there is None or new is None or there[1] > 6 or jumped:
                length /= 2
                if length < _SMALLEST:
                    return _Trace(states, special, "lost")
                continue
            beyond = self.past_the_end(new.z)
            if beyond is not None:
                share = (beyond - here.z[-1]) / (new.z[-1] - here.z[-1])
                last = self.corrected_at([*(here.z + share * (new.z - here.z))[:-1], beyond])
                if last is not None:
                    last = self.state(last.z, here.tangent)
                    met = self.between(here, last)
                    special += met
                    states += [*self.at(met, here), last]
                return _Trace(states, special, "interval")
            # Newton's method may fall back on a point that was passed before.
            met = [b for b in self.between(here, new) if not _is_among(b, special)]
            if abs(new.unstable - here.unstable) > sum(2 if b.kind == "Neimark-Sacker" else 1 for b in met):
                # The tests are signs of products: of two crossings in one step they see none.
                if length > _CLOSE:
                    length /= 2
                    continue
                met = [*met, self.unresolved(here, new)]
            special += met
            states += self.at(met, here)
            if any(self.is_shorter(b) for b in met):
                return _Trace(states, special, "branch point")
            if self.box is not None and any(not a <= x <= b for x, (a, b) in zip(new.z, self.box, strict=False)):
                return _Trace(states, special, "box")
            states.append(new)
            here = new
            length = min(length * (1.6 if there[1] < 4 else 1.0), _LARGEST)
        return _Trace(states, special, "points")

    def unresolved(self, a: _State, b: _State) -> Bifurcation:
        """A point at which several multipliers cross the unit circle too close together to be told apart."""
        z, reach = (a.z + b.z) / 2, float(np.abs(b.z - a.z).max())
        point = tuple(flint.arb(float(x), reach) for x in z[:-1])
        return Bifurcation(b.critical, self.period, flint.arb(float(z[-1]), reach), point, (), False)

    def at(self, met: Sequence[Bifurcation], before: _State) -> list[_State]:
        """The states at special points, so that a branch is drawn up to them."""
        return [self.state(np.append(b.centre, b.value), before.tangent) for b in met]

    def past_the_end(self, z: NDArray[np.float64]) -> float | None:
        """The end of the interval that a point lies beyond."""
        low, high = self.interval
        return low if z[-1] < low else high if z[-1] > high else None

    def between(self, a: _State, b: _State) -> list[Bifurcation]:
        """The special points between two states, in order."""
        before, after = a.tests, b.tests
        found: list[tuple[float, Bifurcation]] = []
        for kind, old in before.items():
            new = after[kind]
            if old * new >= 0 and not (new == 0 and old != 0):
                continue
            if kind == "Neimark-Sacker" and not (
                np.iscomplex(a.multipliers).any() or np.iscomplex(b.multipliers).any()
            ):
                continue
            share = old / (old - new)
            located = self.named(kind, a, b, share)
            if located is not None and not any(located.kind == "branch point" == f.kind for _, f in found):
                found.append((share, located))
        return [f for _, f in sorted(found, key=lambda pair: pair[0])]

    def named(self, kind: Kind, a: _State, b: _State, share: float) -> Bifurcation | None:
        """The special point between two states: proved, or a branch point where the proof of a fold fails."""
        z, reach = a.z + share * (b.z - a.z), float(np.abs(b.z - a.z).max())
        if kind != "branch point":
            found = self.near(kind, z, self.period, reach)
            if found is not None or kind != "fold":
                return found
        if self.period % 2 == 0:  # a doubled cycle begins at a flip, where it is no doubled cycle yet
            birth = self.near("flip", z, self.period // 2, reach)
            if birth is not None:
                return replace(birth, kind="branch point", period=self.period)
        z, reach = self.bisected(kind, a, b)
        point = tuple(flint.arb(float(x), reach) for x in z[:-1])
        return Bifurcation("branch point", self.period, flint.arb(float(z[-1]), reach), point, (), False)

    def near(self, kind: Kind, z: NDArray[np.float64], period: int, reach: float) -> Bifurcation | None:
        """A proved bifurcation near a guess."""
        found = locate(self.exact, kind, [float(x) for x in z[:-1]], float(z[-1]), period, _BITS)
        if found is None or np.abs(np.append(found.centre, found.value) - z).max() > 2 * reach:
            return None
        return found

    def bisected(self, kind: Kind, a: _State, b: _State) -> tuple[NDArray[np.float64], float]:
        """Where a test changes sign between two states, and how far it may be off."""
        for _ in range(40):
            found = self.corrected((a.z + b.z) / 2, a.tangent)
            middle = None if found is None else self.state(found[0], a.tangent)
            # Close to a branch point Newton's method may fall onto the other branch.
            if middle is None or np.abs(middle.z - (a.z + b.z) / 2).max() > 0.25 * np.abs(a.z - b.z).max():
                break
            if middle.tests[kind] * a.tests[kind] > 0:
                a = middle
            else:
                b = middle
        return (a.z + b.z) / 2, float(np.abs(a.z - b.z).max())

    def is_shorter(self, at: Bifurcation) -> bool:
        """Whether the cycle has collapsed onto one of a shorter period."""
        if at.kind != "branch point":
            return False
        return self.is_repeated(np.append(at.centre, at.value), 1e-3)

    def is_repeated(self, z: NDArray[np.float64], tolerance: float) -> bool:
        """Whether the orbit of a point returns earlier, up to a share of its extent or of one."""
        with precision(_BITS):
            point = [flint.arb(float(x)) for x in z]
            orbit = np.array([[float(x) for x in p] for p in self.family.orbit(point, self.period)])
        distances = [np.abs(orbit[d] - orbit[0]).max() for d in range(1, self.period) if self.period % d == 0]
        return bool(distances) and min(distances) <= tolerance * max(1.0, float(np.abs(orbit).max()))
