r"""Period-doubling cascades: every flip point enclosed, the ratios, and where they accumulate (Feigenbaum 1978).

At a flip :math:`\mu_n` of a cycle of period p with critical vector v, multiplier slope
:math:`\lambda' = d\lambda/d\mu` and normal form coefficient c, the cycle of period 2p leaves along
:math:`x_n \pm u v` with :math:`u^2 = -\lambda'(\mu - \mu_n)/c`, and its multiplier is
:math:`1 + 4\lambda'(\mu - \mu_n) + \dots` From there Newton's method leads to the next flip, and the Krawczyk
operator proves it.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import flint
import numpy as np
import sympy as sp

from edgestab.errors import InputError
from edgestab.numerics import inputs
from edgestab.numerics.cycles.bifurcations import Bifurcation, locate
from edgestab.numerics.cycles.cycles import Return
from edgestab.numerics.cycles.jets import Family, Vector
from edgestab.numerics.cycles.normal_forms import flip_coefficient, slope_of_multiplier
from edgestab.numerics.inputs import Name
from edgestab.numerics.printers.ball import squared
from edgestab.numerics.rigorous.balls import Point, precision
from edgestab.numerics.rigorous.krawczyk import newton
from edgestab.theory.models.base import Model
from edgestab.theory.stepmap import StepMap

FEIGENBAUM = 4.669201609102990
"""delta, the limit of the ratios of successive gaps of a cascade (Feigenbaum 1978)."""

_BETAS = (0.45, 0.4, 0.3, 0.2, 0.1)
"""Fractions of the way to multiplier -1 at which the doubled cycle is sought, -lambda'(mu - mu_n)."""


@dataclass(frozen=True)
class Cascade:
    """A period-doubling cascade of one parameter.

    Parameters
    ----------
    parameter : str
        The parameter's name.
    flips : tuple of Bifurcation
        The proved flips of the cycles of period p, 2p, 4p, ...; each encloses its parameter and a cycle point.
    coefficients : tuple of arb
        The normal form coefficient of each flip but the last, enclosed; positive where the flip is supercritical.
    widths : tuple of float
        At each flip but the first, the largest distance between a point of the cycle and the one half a period on.
    """

    parameter: str
    flips: tuple[Bifurcation, ...]
    coefficients: tuple[flint.arb, ...]
    widths: tuple[float, ...]

    @property
    def ratios(self) -> tuple[flint.arb, ...]:
        r"""Enclosures of :math:`\delta_n = (\mu_n - \mu_{n-1})/(\mu_{n+1} - \mu_n)`, which tend to 4.669201609..."""
        with precision(self._bits):
            gaps = [b.parameter - a.parameter for a, b in itertools.pairwise(self.flips)]
            return tuple(a / b for a, b in itertools.pairwise(gaps))

    @property
    def width_ratios(self) -> tuple[float, ...]:
        r"""Ratios of successive widths; :math:`\alpha = 2.502907875...` is their limit (Feigenbaum 1978)."""
        return tuple(a / b for a, b in itertools.pairwise(self.widths))

    @property
    def accumulation(self) -> tuple[float, float]:
        r"""The extrapolated end of the cascade, and an estimate of the error: no proof.

        Aitken's :math:`\Delta^2` process, twice; the estimate is the last change of the result.
        """
        with precision(self._bits):
            once = _aitken([f.parameter.mid() for f in self.flips])
            twice = _aitken(once)
            best = twice if len(twice) > 1 else once
            if len(best) < 2:
                raise InputError("an end can be extrapolated from four flips or more: ask for more doublings")
            value = float(best[-1].mid())
            return value, abs(float((best[-1] - best[-2]).mid())) + float(np.spacing(abs(value)))

    @property
    def distances(self) -> tuple[float, ...]:
        """How far each flip lies from the extrapolated end."""
        end, _ = self.accumulation
        with precision(self._bits):
            return tuple(abs(float((f.parameter - end).mid())) for f in self.flips)

    def law(self, anchor: int) -> tuple[float, ...]:
        r"""Return distances by the law :math:`\ln|\mu_n - \mu_\infty| = c - n\ln\delta` through the flip `anchor`."""
        there = self.distances[anchor]
        return tuple(there * FEIGENBAUM ** (anchor - n) for n in range(len(self.flips)))

    @property
    def _bits(self) -> int:
        return max(f.bits for f in self.flips)

    def rows(self) -> list[dict[str, Any]]:
        """A table with one row for each flip: plain numbers, and the bound of the parameter's error."""
        ratios = [None, *(float(r.mid()) for r in self.ratios), None][: len(self.flips)]
        ratios += [None] * (len(self.flips) - len(ratios))
        return [{**f.row(), "ratio": r} for f, r in zip(self.flips, ratios, strict=True)]


def cascade(
    step: StepMap,
    parameter: Name,
    start: Sequence[float],
    at: float,
    doublings: int,
    *,
    fixed: Mapping[Name, Fraction] | None = None,
    period: int = 1,
    bits: int = 128,
) -> Cascade:
    """Follow a period-doubling cascade from the flip nearest to a guess.

    Parameters
    ----------
    step : StepMap
        The map.
    parameter : Symbol or str
        The parameter that moves.
    start : sequence of float
        A guess of the cycle's point at the first flip.
    at : float
        A guess of the parameter there.
    doublings : int
        How many doublings to follow: as many further flips are returned beside the first one, fewer when the cascade
        ends or a flip is subcritical.
    fixed : mapping, optional
        By symbol or name an exact value for every other parameter.
    period : int
        The period of the cycle that flips first.
    bits : int
        The precision to start with; it grows with the period.

    Raises
    ------
    InputError
        When there is no flip near the guess, or what is given does not fit the map.

    Examples
    --------
    >>> from edgestab.theory.models.catalogue import model
    >>> from edgestab.theory.symbols import symbol
    >>> found = cascade(model("frozen-cubic").own.step, symbol("s"), [1.0], 1.0, 4)
    >>> [f.period for f in found.flips], abs(found.flips[1].value - (5**0.5 - 1)) < 1e-15
    ([1, 2, 4, 8, 16], True)
    """
    for name, value, least in (("doublings", doublings, 0), ("period", period, 1), ("bits", bits, 2)):
        inputs.whole(value, name, least)
    begin = inputs.point(step.state, start, "the start")
    inputs.require_finite(at, f"the start's {parameter}")
    family = Family(step, dict(fixed or {}), parameter)
    first = locate(family, "flip", begin.tolist(), at, period, bits)
    if first is None:
        raise InputError(f"no flip of period {period} was found near {parameter} = {at}: give a better guess")
    return follow(family, first, doublings, bits)


def cascade_of(model: Model, doublings: int, *, bits: int = 128) -> Cascade:
    r"""Follow the cascade of a model's minimum, whose first flip is at step size :math:`2/S`.

    Parameters
    ----------
    model : Model
        A model of one state variable and one parameter, with a known sharpness S and a polynomial set of minima.
    doublings, bits
        As in `cascade`.

    Raises
    ------
    InputError
        When the model has more variables or parameters, or no positive minimum.

    Examples
    --------
    >>> from edgestab.theory.models.catalogue import model
    >>> abs(cascade_of(model("balanced:2"), 2).flips[1].value - (5**0.5 - 1)) < 1e-15
    True
    """
    own = model.own
    if len(own.step.state) != 1 or len(own.step.parameters) != 1 or own.sharpness is None:
        raise InputError(
            f"{model.name!r} has not one variable, one parameter and a sharpness: call `cascade` on its step"
        )
    (variable,), (parameter,) = own.step.state, own.step.parameters
    roots = [r for s in model.minima for r in sp.Poly(s.residual, variable).real_roots() if r > 0]
    if not roots:
        raise InputError(f"{model.name!r} has no positive minimum: call `cascade` on its step")
    minimum = min(roots)
    edge = float(2 / own.sharpness.subs(variable, minimum))
    return cascade(own.step, parameter, [float(minimum)], edge, doublings, bits=bits)


def follow(
    family: Family,
    first: Bifurcation,
    doublings: int,
    bits: int = 128,
    within: tuple[float, float] = (-np.inf, np.inf),
) -> Cascade:
    """Follow the cascade that begins with a proved flip, up to the first flip outside `within`; see `cascade`."""
    chain, coefficients, widths = [first], [], []
    stretch = 1.0
    for _ in range(doublings):
        chain[-1], coefficient = _with_coefficient(family, chain[-1])
        coefficients.append(coefficient)
        found = _next(family, chain, coefficient, stretch, bits) if coefficient > 0 else None
        if found is None:
            break
        flip, stretch = found
        chain.append(flip)
        widths.append(_width(family, flip))
        if not within[0] <= flip.value <= within[1]:
            break
    name = "" if family.parameter is None else family.parameter.name
    return Cascade(name, tuple(chain), tuple(coefficients), tuple(widths))


def _with_coefficient(family: Family, flip: Bifurcation) -> tuple[Bifurcation, flint.arb]:
    """A flip, enclosed more thinly if need be, and its coefficient to three digits or more."""
    while True:
        coefficient = flip_coefficient(family, flip)
        if coefficient.rad() < 1e-3 * abs(coefficient.mid()):
            return flip, coefficient
        thinner = locate(family, "flip", flip.point, flip.parameter, flip.period, 2 * flip.bits)
        if thinner is None:
            return flip, coefficient
        flip = thinner


def _next(
    family: Family, flips: Sequence[Bifurcation], coefficient: flint.arb, stretch: float, bits: int
) -> tuple[Bifurcation, float] | None:
    """The flip of the doubled cycle, and how much farther it is than the normal form says."""
    last = flips[-1]
    with precision(last.bits):
        # Only a proposal comes of it, so bounds are not carried along.
        exact = replace(last, point=_mid(last.point), parameter=last.parameter.mid(), vector=_mid(last.vector))
        slope = slope_of_multiplier(replace(family, rounded=True), exact).mid()
        size = sum(map(squared, last.vector), flint.arb(0)).sqrt()
        direction = [(x / size).mid() for x in last.vector]
        gaps: list[flint.arb] = [-flint.arb(beta) / slope for beta in _BETAS]
        if len(flips) > 2:  # Feigenbaum's law, with the ratio seen last
            before = [b.parameter - a.parameter for a, b in itertools.pairwise(flips[-3:])]
            gaps.insert(0, (before[1] ** 2 / before[0]).mid())
        for gap, factor in itertools.product(gaps, (stretch, 1.0, 1.15, 0.85)):
            square = (-slope * gap / coefficient).mid()
            if not square > 0:
                continue
            height = square.sqrt() * factor
            guess = [x.mid() + height * d for x, d in zip(last.point, direction, strict=True)]
            flip = _flip_beside(family, last, guess, (last.parameter + gap).mid(), bits)
            if flip is None:
                continue
            # Farther than twice the predicted gap it belongs to another cascade.
            reach = (flip.parameter - last.parameter) / gap
            if reach > 0.3 and reach < 3:
                true = [a - b for a, b in zip(flip.point, last.point, strict=True)]
                along = sum((a * b for a, b in zip(true, direction, strict=True)), flint.arb(0))
                square = -slope * (flip.parameter - last.parameter) / coefficient
                return flip, abs(float((along / square.sqrt()).mid()))
    return None


def _flip_beside(family: Family, last: Bifurcation, guess: Vector, value: flint.arb, bits: int) -> Bifurcation | None:
    """A proved flip of the doubled cycle near a guess; None when it falls back on the shorter cycle."""
    period = 2 * last.period
    mantissa, exponent = value.man_exp()
    here = {**family.fixed, family.parameter: Fraction(int(mantissa)) * Fraction(2) ** int(exponent)}
    with precision(bits):
        settled = newton(Return(Family(family.step, here, rounded=True), period), guess)
    if settled is None:
        return None
    # Twice the period needs the precision of the last proof at least.
    flip = locate(family, "flip", settled, value, period, bits, last.bits)
    if flip is None:
        return None
    with precision(flip.bits):
        half = family.orbit([*flip.point, flip.parameter], last.period)[-1]
    if all(a.overlaps(b) for a, b in zip(half, flip.point, strict=True)):
        return None
    return flip


def _width(family: Family, flip: Bifurcation) -> float:
    """The largest distance between a point of the cycle and the one half a period later."""
    with precision(flip.bits):
        orbit = family.orbit([*flip.point, flip.parameter], flip.period)
        points = np.array([[float(x.mid()) for x in p] for p in orbit[: flip.period]])
    half = flip.period // 2
    return float(np.linalg.norm(points[half:] - points[:half], axis=1).max())


def _mid(point: Point) -> Point:
    return tuple(x.mid() for x in point)


def _aitken(values: Sequence[flint.arb]) -> list[flint.arb]:
    return [c - (c - b) ** 2 / ((c - b) - (b - a)) for a, b, c in zip(values, values[1:], values[2:], strict=False)]
