"""From a statement about orbits to what is certified: starts in (x, b) and a window of the gap."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import flint
import numpy as np
import sympy as sp

from edgestab.errors import InputError
from edgestab.numerics.printers.ball import ball, evaluate
from edgestab.numerics.programs.program import program_of
from edgestab.numerics.rigorous.balls import precision
from edgestab.theory.drift import DriftForm, NoDriftForm
from edgestab.theory.drift_forms import form_of
from edgestab.theory.models.product import OFFSET
from edgestab.theory.parts.certified import Certified
from edgestab.theory.region import Region
from edgestab.theory.statement import OrbitStatement, StepSizes
from edgestab.theory.symbols import ETA
from edgestab.verify.certify.cells import Interval
from edgestab.verify.certify.enclosed import enclosed
from edgestab.verify.certify.plan import Polynomial, Problem
from edgestab.verify.orbits.starts import dimension, draw

PARTS = 48
"""Into how many parts each variable of a region is cut to enclose its image in (x, b)."""


def problems(part: Certified) -> tuple[Problem, ...]:
    """Return what has to be certified, one problem for each single step size or one for a range.

    Raises
    ------
    NoDriftForm
        When the model, the region or the conclusion is none that a certificate can speak of; the message says why.
    """
    statement = part.statement
    if statement.at_least != 1 or statement.interruption is not None:
        raise NoDriftForm("a certificate covers every start of an unperturbed orbit, not a fraction of them")
    form, sizes = form_of(statement.model), statement.step_sizes
    require_sense(statement)
    ranges = [(v, v) for v in sizes.values] or [(sizes.low, sizes.high)]
    if part.down_to_zero:
        ranges = [(sp.S.Zero, sizes.largest)]
    return tuple(_problem(part, form, (_fraction(low), _fraction(high))) for low, high in ranges)


STARTS = 4096
"""How many starts are drawn to see that there are any."""


def require_sense(statement: OrbitStatement) -> None:
    """Refuse a statement that says nothing at one of its step sizes: of no start, or with a window that is empty.

    Raises
    ------
    NoDriftForm
        The message says at which step size.
    """
    sizes = statement.step_sizes
    for eta in sizes.values or (sizes.low, (sizes.low + sizes.high) / 2, sizes.high):
        here = replace(statement, step_sizes=StepSizes((eta,)))
        try:
            statement.conclusion.require_possible([eta])
        except InputError as error:
            raise NoDriftForm(str(error)) from error
        if statement.region.constants:
            continue  # refused where its image is enclosed
        count = STARTS if dimension(here) else 1
        if not draw(here, np.random.default_rng(0).random((count, dimension(here)))).count:
            raise NoDriftForm(
                f"no start of the region was found at eta = {eta}: write the smaller ends first, and "
                "conditions that some start satisfies"
            )


def _problem(part: Certified, form: DriftForm, eta: Interval) -> Problem:
    statement = part.statement
    power = power_of(statement.region) if eta[0] == 0 else None
    if power is not None:
        bounds_ = _bounds(statement.region)
        bounds = tuple({**bounds_, OFFSET: (sp.S.Zero, bounds_[OFFSET][1])}.values())
        statement = replace(statement, region=replace(statement.region, bounds=bounds))
    x, b = starts_of(statement, form, eta)
    form = enclosed(form, x, b, (eta[0] ** form.power, eta[1] ** form.power))
    if part.core is not None:
        if part.timed:
            raise NoDriftForm("the time is that of all starts of a region, not of almost every start of a trapping one")
        if statement.conclusion.ending is not None and statement.conclusion.ending.to is not None:
            raise NoDriftForm("almost every start of a trapping region ends at either set of minima: name none")
        core = _fraction(part.core[0]), _fraction(part.core[1])
        return Problem(form, eta, core, b, window_of(statement, form, eta), None, (x, b))
    return Problem(form, eta, x, b, window_of(statement, form, eta), power, timed=part.timed)


def _fraction(value: sp.Rational) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def _bounds(region: Region) -> dict[sp.Symbol, tuple[sp.Expr, sp.Expr]]:
    return dict(zip(region.variables, region.bounds, strict=True))


def power_of(region: Region) -> tuple[Fraction, Fraction] | None:
    """Return sigma and p when the region is x >= sigma eps^p, in the coordinates offset and b."""
    low, _ = _bounds(region).get(OFFSET, (sp.S.Zero, sp.S.Zero))
    sigma, exponent = low.as_coeff_exponent(ETA)
    if exponent == 0 or not (sigma.is_Rational and exponent.is_Rational):
        return None
    return _fraction(sigma), _fraction(exponent / 2)


def starts_of(statement: OrbitStatement, form: DriftForm, eta: Interval) -> tuple[Interval, Interval]:
    """Enclose the region's image in (x, b).

    Raises
    ------
    NoDriftForm
        When minima belong to the region, or its image cannot be enclosed.
    """
    region = statement.region
    x, b = _enclosures(region, _image(form, region), eta)
    if b[0] <= 0 <= b[1] and not any(_excludes_minima(w, statement, form) for w in region.where):
        raise NoDriftForm(
            "the region may contain minima that repel: exclude them, for example where = "
            f'["{form.minima.replace("xy", "x*y").replace("=", "!=")}"]'
        )
    if x[0] <= 0 and eta[0] > 0:
        raise NoDriftForm(
            f"the region reaches down to x = {float(x[0]):.4g}, and starts must be steeper than the edge: x > 0 in "
            "(2/eta) sqrt(1 + x)"
        )
    return x, b


def _image(form: DriftForm, region: Region) -> tuple[sp.Expr, sp.Expr]:
    """The region's x and b in its variables."""
    if {v.name for v in region.variables} == {"offset", "b"}:
        by_name = {v.name: v for v in region.variables}
        return by_name["offset"], by_name["b"]
    return form.coordinates(region.start)


def _excludes_minima(condition: sp.Rel, statement: OrbitStatement, form: DriftForm) -> bool:
    if not isinstance(condition, sp.Ne):
        return False
    distance = form.coordinates(statement.region.start)[1]
    ratio = sp.simplify((condition.lhs - condition.rhs) / distance)
    return bool(ratio.is_number and ratio != 0)


def _enclosures(region: Region, image: tuple[sp.Expr, sp.Expr], eta: Interval) -> tuple[Interval, Interval]:
    """Balls of x and b over all parts of the region."""
    exact = [
        pair for e in image for pair in [_bounds(region).get(e)] if pair and pair[0].is_Rational and pair[1].is_Rational
    ]
    if len(exact) == 2:
        (xa, xb), (ba, bb) = exact
        return (_fraction(xa), _fraction(xb)), (_fraction(ba), _fraction(bb))
    if region.constants:
        raise NoDriftForm(f"no value is given for {', '.join(sorted(map(str, region.constants)))}")
    bounds = program_of([e for pair in region.bounds for e in pair], [ETA, *region.variables])
    program = program_of(image, [ETA, *region.variables])
    hull: list[list[flint.arb]] = [[], []]
    with precision(96):
        sizes = (
            [_part(ball(eta[0]), ball(eta[1]), k, PARTS) for k in range(PARTS)] if eta[0] < eta[1] else [ball(eta[0])]
        )
        for size in sizes:
            for values in _parts(region, bounds, [size]):
                for ends, value in zip(hull, evaluate(program, values), strict=True):
                    if not value.is_finite():
                        raise NoDriftForm(
                            "the region's image in (x, b) cannot be enclosed: write it in the coordinates offset and b"
                        )
                    ends += [value.lower(), value.upper()]
    return tuple((_outward(min(ends), -1), _outward(max(ends), 1)) for ends in hull)  # type: ignore[return-value] # two


def _parts(region: Region, bounds: object, known: list[flint.arb]) -> list[list[flint.arb]]:
    """All products of parts of the variables' intervals, whose ends may depend on those before them."""
    done = [known]
    for k in range(len(region.variables)):
        done = [[*values, part] for values in done for part in _cuts(bounds, k, values, len(region.variables))]
    return done


def _cuts(bounds: object, k: int, values: list[flint.arb], count: int) -> list[flint.arb]:
    padded = [*values, *[flint.arb(0)] * (count + 1 - len(values))]
    ends = evaluate(bounds, padded)  # type: ignore[arg-type] # a Program
    low, high = ends[2 * k], ends[2 * k + 1]
    if low.overlaps(high):
        return [low.union(high)]
    return [_part(low, high, j, PARTS) for j in range(PARTS)]


def _part(low: flint.arb, high: flint.arb, k: int, parts: int) -> flint.arb:
    return (low + (high - low) * k / parts).union(low + (high - low) * (k + 1) / parts)


def _outward(end: flint.arb, side: int) -> Fraction:
    """A fraction of few digits beyond an end."""
    value = float(end.mid())
    return Fraction(f"{value + side * (1e-9 + 1e-7 * abs(value)):.9g}")


def window_of(statement: OrbitStatement, form: DriftForm, eta: Interval) -> tuple[Polynomial, Polynomial] | None:
    """Return the window of (2/eta - sharpness)/eta as polynomials in eps, rounded inward; None for convergence alone.

    Raises
    ------
    NoDriftForm
        When the conclusion is no window of the final sharpness of this form.
    """
    ending = statement.conclusion.ending
    if ending is None:
        raise NoDriftForm(
            "a certificate proves convergence and windows of the final sharpness, nothing along the orbit"
        )
    if ending.to not in (None, form.minima):
        raise NoDriftForm(f"the certified branch of minima is {form.minima}, not {ending.to}")
    if ending.window is None:
        return None
    flattest, steepest = ending.window
    low = (0,) if steepest is sp.oo else _gap(steepest, eta, 1, form.power)
    # A gap of 1/eps is a sharpness of 1/eta, far below the edge.
    high = (1 / eta[1] ** form.power,) if flattest is -sp.oo else _gap(flattest, eta, -1, form.power)
    return tuple(Fraction(c) for c in low), tuple(Fraction(c) for c in high)


def _gap(sharpness: sp.Expr, eta: Interval, inward: int, power: int) -> Polynomial:
    gap = (2 / ETA - sharpness) / ETA ** (power - 1)
    if gap.free_symbols - {ETA}:
        raise NoDriftForm("the window depends on the start or on the final state: write its ends in eta alone")
    if eta[0] == eta[1]:
        exact = sp.expand(gap.subs(ETA, sp.Rational(eta[0].numerator, eta[0].denominator)))
        if exact.is_Rational and len(str(exact)) <= 24:
            return (_fraction(exact),)
        with precision(128):
            value = evaluate(program_of([gap], [ETA]), [ball(eta[0])])[0]
        number = float(value.mid())
        return (Fraction(f"{number + inward * (1e-12 + 1e-9 * abs(number)):.12g}"),)
    polynomial = sp.Poly(sp.expand(gap), ETA) if sp.expand(gap).is_polynomial(ETA) else None
    if (
        polynomial is None
        or any(k % power for (k,) in polynomial.monoms())
        or not polynomial.domain.is_QQ | polynomial.domain.is_ZZ
    ):
        raise NoDriftForm(
            f"over a range of step sizes the window's ends must be 2/eta less eta^{power - 1} times a polynomial in "
            f"eta^{power}"
        )
    degree = max(polynomial.degree(), 0) // power
    coefficients = [polynomial.coeff_monomial(ETA ** (power * j)) for j in range(degree + 1)]
    return tuple(Fraction(int(c.p), int(c.q)) for c in coefficients)
