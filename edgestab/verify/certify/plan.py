"""Proposing a tube: what is fitted here in floating point is proved elsewhere."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from edgestab.numerics.printers.reference import evaluate
from edgestab.numerics.programs.program import program_of
from edgestab.numerics.rigorous.slow_manifold import Curve, fit, two_cycle
from edgestab.theory.drift import EPS, B, DriftForm, NoDriftForm, X
from edgestab.verify.certify.cells import Interval
from edgestab.verify.certify.tube import Tube, rational

Array = NDArray[np.float64]
Polynomial = tuple[Fraction, ...]
"""Coefficients of eps**j."""


@dataclass(frozen=True)
class Problem:
    """What is to be certified.

    Parameters
    ----------
    form : DriftForm
        The map.
    eta : Interval
        The step sizes; a lower end 0 is excluded.
    x, b : Interval
        The starts.
    gap : (Polynomial, Polynomial) or None
        The window of (2/eta - sharpness)/eta wanted, polynomials in eps; None to be told one.
    power : (Fraction, Fraction) or None
        sigma and p, when the starts are those with x >= sigma eps^p, whatever eps is: x[0] is then not used.
    basin : (Interval, Interval) or None
        The x and b of almost every start of a trapping region that is wanted besides; the starts in between then
        reach across the strip.
    timed : bool
        Whether a bound of the number of steps is wanted besides.
    """

    form: DriftForm
    eta: Interval
    x: Interval
    b: Interval
    gap: tuple[Polynomial, Polynomial] | None = None
    power: tuple[Fraction, Fraction] | None = None
    basin: tuple[Interval, Interval] | None = None
    timed: bool = False

    @property
    def eps(self) -> Interval:
        """The range of eps."""
        return self.eta[0] ** self.form.power, self.eta[1] ** self.form.power


def spread(interval: Interval, count: int) -> Array:
    """Return evenly spaced doubles over an interval."""
    return np.linspace(float(interval[0]), float(interval[1]), count)


def at(polynomial: Polynomial, eps: float) -> float:
    """Evaluate a polynomial in floating point."""
    return float(np.polynomial.polynomial.polyval(eps, [float(c) for c in polynomial]))


def propose(problem: Problem) -> Tube:
    """Return a tube that looks right in floating point.

    Raises
    ------
    NoDriftForm
        When the map has no slow manifold, or V does not fall: the message names what is missing.
    """
    form = problem.form
    if form.frozen is None and problem.eta[0] < problem.eta[1]:
        raise NoDriftForm(
            "over a range of step sizes l'' > 0 is needed between the points of the 2-cycles at eps = 0: lower "
            "the upper end of x, or certify single step sizes"
        )
    form.require_an_edge(rational(problem.eta[1]))
    ceiling = problem.x[1] * Fraction(101, 100)
    theta, refused = _exponent(form), ""
    for strip in _strips(problem, ceiling):
        curve, rho0 = _curve(problem, ceiling, strip)
        # Near the axis delta falls like exp(theta x/eps), and h must not fall faster.
        rho1 = min(rho0 * Fraction(f"{theta / 2:.2g}"), Fraction(1, 4))
        rho2 = min(Fraction(1, 2), Fraction(f"{theta**2 / 8 * float(rho0 / problem.eps[1]):.2g}"))
        tube = Tube(form, curve, (rho0, rho1, rho2), Fraction(0), (ceiling, Fraction(0)), ceiling, strip)
        tube = _with_floor(tube, problem)
        if tube.rate > 0:
            return tube
        refused = f"b in [{float(strip[0]):.4g}, {float(strip[1]):.4g}]"
    raise NoDriftForm(
        f"the distance to the slow manifold does not fall everywhere for x up to {float(ceiling):.4g} and {refused}: "
        "lower the upper end of x, or raise the lower one"
    )


def _exponent(form: DriftForm) -> float:
    """The ratio of -dTheta/dx = 2 Y to D at the edge."""
    return 2 * form.leading[0] / form.fall


def _with_floor(tube: Tube, problem: Problem) -> Tube:
    """Choose the floor and the rate: the highest floor at which starts near the axis are captured at once.

    The rate stays 0 where V does not fall.
    """
    most = 0.6 * _exponent(tube.form)
    if problem.power is not None:
        # All ratios x/eps occur in one cell at the corner x = eps = 0, and a low rate is enough.
        tube = replace(tube, floor=(Fraction(0), Fraction(4)))
        return replace(tube, rate=_sixteenths(0.3 * min(_rate(tube, problem), most)))
    chosen, best = tube, 0.0
    low, eps = problem.x[0], float(problem.eps[1])
    size = (float(low) - at(tube.curve.c, eps) * eps) / float(_height(tube, np.array(float(low)), np.array(eps)))
    for part in (2, 3, 4, 5, 6, 8, 16):
        trial = replace(tube, floor=(low / part, Fraction(0)))
        rate = _sixteenths(min(0.85 * _rate(trial, problem), most))
        room = float(rate * (low - low / part)) / eps
        if room > best:
            chosen, best = replace(trial, rate=rate), room
        if room > 1.05 * math.log(max(size, 1)):
            break
    return chosen


def _sixteenths(value: float) -> Fraction:
    """Round down to few binary digits."""
    return Fraction(math.floor(16 * value), 16)


def _curve(problem: Problem, ceiling: Fraction, strip: Interval) -> tuple[Curve, Fraction]:
    """The simplest curve whose defect is small against the tube that the window allows, and half the tube's width."""
    form, (low, high) = problem.form, problem.eps
    start = 0.0 if form.frozen is not None else float(low)
    top = float(ceiling)
    while True:  # far enough to cover the strip, where that is possible
        cycle = two_cycle(form, 1.05 * top, float(high))
        if cycle is None or (cycle[1] > strip[1] and (cycle[0] < strip[0] or top > 1.4 * float(ceiling))):
            break
        top *= 1.05
    misses = 0
    single = [(0, degree) for degree in (6, 8, 10, 12, 14, 16)]
    ranges = [(0, 6), (1, 6), (1, 8), (1, 10), (2, 10), (2, 12), (3, 12)]
    for order, degree in single if form.frozen is None else ranges:
        curve = fit(form, (start, float(high)), top, degree=degree, order=order)
        rho0 = _half_width(problem, curve.c)
        misses = misses + 1 if rho0 <= 0 else 0
        if misses == 2:
            raise NoDriftForm(_wrong_window(problem, curve.c))
        if rho0 > 0 and _largest_defect(problem, curve, float(rho0), top) < 1:
            return curve, rho0
    if rho0 <= 0:
        raise NoDriftForm(_wrong_window(problem, curve.c))
    raise NoDriftForm(
        "no polynomial curve comes close enough to the slow manifold: lower the upper end of x, or widen the window"
    )


def _largest_defect(problem: Problem, curve: Curve, rho0: float, top: float) -> float:
    """The largest |A| along the curve, in units of a quarter of what the tube absorbs."""
    eps = float(problem.eps[1])
    rho = Fraction(f"{rho0:.6g}")
    one = Fraction(1)
    tube = Tube(problem.form, curve, (rho, rho, Fraction(0)), one, (one, one), one, (-one, one))
    cycle = two_cycle(problem.form, top, eps)
    if cycle is None:
        return math.inf
    b, e = (g.ravel() for g in np.meshgrid(np.linspace(cycle[0], cycle[1], 101), np.linspace(0.01, 1, 13) * eps))
    defect = np.abs(evaluate(tube.defect, [b, np.full_like(b, eps)])[0]) / eps
    if problem.form.frozen is not None:
        # At a single step size A itself is enclosed too, in narrower cells.
        slope = np.abs(evaluate(tube.defect_slope, [b, e])[0])
        defect = np.maximum(defect, slope / (4 if problem.eta[0] == problem.eta[1] else 1))
    x = evaluate(tube.centre, [b, np.full_like(b, eps)])[0]
    return float(np.nan_to_num(defect / (2 * _height(tube, x, np.full_like(b, eps)) / eps), nan=np.inf).max())


def _half_width(problem: Problem, c: Polynomial) -> Fraction:
    """Half the width of the tube at the edge over eps: what the window allows, at most half of c below the edge."""
    eps, form = np.maximum(spread(problem.eps, 65), 1e-6 * float(problem.eps[1])), problem.form
    middle, edge = np.array([at(c, e) for e in eps]), np.array([form.place_of(0.0, e) for e in eps])
    widest = float((edge - middle).min()) / 2
    if problem.gap is not None:
        low, high = (np.array([form.place_of(at(g, e), e) for e in eps]) for g in problem.gap)
        widest = min(widest, 0.97 * float(np.minimum(middle - high, low - middle).min()))
    return Fraction(f"{0.99 * widest:.2g}") if widest > 0 else Fraction(0)


def _wrong_window(problem: Problem, c: Polynomial) -> str:
    eps = spread(problem.eps, 65)
    gaps = [problem.form.gap_at(at(c, e), e) for e in np.maximum(eps, 1e-6 * float(problem.eps[1]))]
    wanted = " .. ".join(f"{at(g, float(eps[-1])):.6g}" for g in problem.gap or ())
    power = f"^{problem.form.power - 1}" if problem.form.power > 2 else ""
    return (
        f"roughly, by a fit, orbits end with (2/eta - sharpness)/eta{power} in {min(gaps):.1g} .. {max(gaps):.1g}, and "
        f"the window {wanted} does not contain that with room for a proof: widen the window"
    )


def _grid(
    strip: tuple[float, float], eps: Interval, low: tuple[float, float], high: float
) -> tuple[Array, Array, Array]:
    """A grid in x, from low[0] + low[1] eps to high, in b and in eps."""
    e = np.unique(np.maximum(spread(eps, 3), 1e-4 * float(eps[1])))
    t = np.concatenate([np.linspace(0, 1, 40), np.geomspace(1e-3, 0.1, 12)])
    u, b, e = (g.ravel() for g in np.meshgrid(t, np.linspace(*strip, 202), e))
    bottom = low[0] + low[1] * e
    return bottom + (high - bottom) * u, b, e


def _floats(pair: Interval) -> tuple[float, float]:
    return float(pair[0]), float(pair[1])


def _height(tube: Tube, x: Array, e: Array) -> Array:
    rho0, rho1, rho2 = map(float, tube.rho)
    positive = np.maximum(x, 0)
    return np.asarray(rho0 * e + positive * (rho1 + rho2 * positive))


def _rate(tube: Tube, problem: Problem) -> float:
    """The least (1 - V'/max(V, 1)) / (b^2 D) above the floor."""
    x, b, e = _grid(_floats(tube.strip), problem.eps, _floats(tube.floor), float(tube.ceiling))
    d, _, x1, _ = evaluate(tube.step, [x, b, e])
    v = np.abs(x - evaluate(tube.centre, [b, e])[0]) / _height(tube, x, e)
    after = np.abs(evaluate(tube.distance, [x, b, e])[0]) / _height(tube, x1, e)
    with np.errstate(all="ignore"):
        rate = (1 - after / np.maximum(v, 1)) / (b * b * d)
    return float(np.nan_to_num(rate, nan=-1.0).min())


def _strips(problem: Problem, ceiling: Fraction) -> list[Interval]:
    """Intervals of b that the map carries into themselves, those with all starts first."""
    form, top, eps = problem.form, float(ceiling), float(problem.eps[1])
    cycle = two_cycle(form, top, eps)
    if cycle is None:
        raise NoDriftForm(
            f"at x = {top:.4g} b does not end on a 2-cycle while x is held fixed: lower the upper end of x"
        )
    step = program_of([form.multiplier], [X, B, EPS])
    known = program_of([form.frozen.closed_form if form.frozen is not None else sp.S.Zero], [B])
    starts, found = _floats(problem.b), []
    for factor in 1.03 * 1.06 ** np.arange(44):
        high = math.ceil(1000 * min(factor * cycle[1], 1.0)) / 1000
        x, b, e = _grid((0.0, high), problem.eps, (0.0, -2.0), top)
        lowest = (evaluate(step, [x, b, e])[0] * b).min()
        if not np.isfinite(lowest):
            break  # wider ones reach where the loss is not known
        low = math.floor(1010 * min(lowest, 1.02 * cycle[0])) / 1000
        low = min(low, math.floor(1000 * starts[0]) / 1000) if high >= starts[1] else low
        x, b, e = _grid((low, high), problem.eps, (0.0, -2.0), top)
        m = evaluate(step, [x, b, e])[0]
        inside = low > form.above and (m * b).min() > low and (m * b).max() < high
        if inside and m.max() < 0 and np.isfinite(evaluate(known, [b])[0]).all():
            found.append((low, high))
    if not found:
        raise NoDriftForm(
            f"no interval of b about the 2-cycle at x = {top:.4g} is carried into itself: lower the upper end of x"
        )
    whole = [s for s in found if s[0] <= starts[0] and starts[1] <= s[1]]
    return [(Fraction(f"{a:.3f}"), Fraction(f"{b:.3f}")) for a, b in (whole + found[::-1])]
