r"""How long it takes until an orbit is in the window and b is small: a bound of the number of steps.

From one start that is captured, at once or after k steps, for all later steps n >= T

.. math:: |b_n| \le e, \qquad \epsilon(c - \rho_0) \le x_n \le \epsilon(c + \rho_0 + \theta)

with T of `Arrival.words`. The numbers are those of docs/certificates.md, Theorem 4.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import sympy as sp

from edgestab.numerics.intervals.tape import evaluate
from edgestab.numerics.printers import reference
from edgestab.numerics.programs.derivative import derivative
from edgestab.numerics.programs.program import Program, program_of
from edgestab.theory.drift import EPS, B, NoDriftForm, ProductForm, X
from edgestab.verify.certify.cells import Array, Budget, Interval, Judge, prove
from edgestab.verify.certify.limit import Limit, polynomial, positive
from edgestab.verify.certify.plan import Polynomial, Problem, at, spread
from edgestab.verify.certify.power import PowerStart
from edgestab.verify.certify.tube import Tube, rational
from edgestab.verify.certify.words import shown, upward

MARGIN = 1.25
"""By which factor what is found on a grid is relaxed before it is proved."""


@dataclass(frozen=True)
class Arrival:
    """Bounds of a tube's map, from which the time follows.

    Parameters
    ----------
    turn : Fraction
        C, at least the size of dm/db where x >= 0.
    least : Fraction
        mu <= min(1, -m) where x >= 0.
    fall : Fraction
        delta, at most D.
    height : (Fraction, Fraction)
        Bounds of Y.
    theta : Fraction
        How far above the tube's limits x may still be, over eps.
    near : Fraction
        b2: so near the axis b is in the end.
    pace : Fraction
        How fast b falls in the end: two steps divide it by at least exp(pace eps).
    gap : tuple of Fraction
        Above which polynomial in eps the gap that belongs to x is in the end.
    keep : Fraction or None
        Of starts down to the edge: they are in the tube before x has fallen to this part.
    gain, loss : Fraction
        A, at most the x-derivative at eps = 0 of the multiplier J of two steps; R, at least its eps-derivative.
    """

    turn: Fraction
    least: Fraction
    fall: Fraction
    height: Interval
    theta: Fraction
    near: Fraction
    gain: Fraction
    loss: Fraction
    pace: Fraction
    gap: Polynomial
    keep: Fraction | None

    def steps(self, tube: Tube, lowest: Fraction, power: PowerStart | None) -> str:
        """Return T in words, with e the size of b that is wanted and b0 the first b."""
        kept = 1 - tube.rho[1] - tube.rho[2] * tube.ceiling
        begin = shown(tube.floor[0]) if power is None else f"{shown((self.keep or 1) * power.sigma)} eps^({power.p})"
        terms = (
            "6",
            f"(1 + 4/f) ln+({upward(self.least * tube.ceiling / (2 * self.turn))}/|b0|)",
            f"{upward(4 * self.turn**2 / (self.least**2 * self.fall))}/(eps f)",
            f"({upward(self.height[1] / (self.fall * kept))}/eps) "
            f"ln({upward((tube.ceiling - lowest) / self.theta)}/eps)",
            f"({upward(2 / self.pace)}/eps) ln+({upward(self.near)}/e)",
        )
        return f"T = {' + '.join(terms)}, f = {begin}"

    @property
    def document(self) -> Mapping[str, object]:
        """What the file holds."""
        names = ("turn", "least", "fall", "theta", "near", "gain", "loss", "pace")
        texts = {name: str(getattr(self, name)) for name in names}
        keep = None if self.keep is None else str(self.keep)
        return {
            **texts,
            "height": [str(end) for end in self.height],
            "gap": [str(c) for c in self.gap],
            "keep": keep,
        }


def arrival(
    tube: Tube, problem: Problem, window: Limit, lowest: Fraction, budget: Budget, reach: Fraction | None
) -> Arrival:
    """Prove the bounds of a tube's map that the time needs.

    Raises
    ------
    NoDriftForm
        When the loss is not l(xy), its 2-cycles at eps = 0 are not known, or the tube is too wide at its end.
    Unproved
        When a cell could not be proved.
    """
    if not isinstance(tube.form, ProductForm) or tube.form.frozen is None:
        raise NoDriftForm("the time is that of a loss l(xy) whose 2-cycles at eps = 0 are known")
    if tube.ceiling > 1:
        raise NoDriftForm(f"the time needs x <= 1, and here x is up to {float(tube.ceiling):.4g}: lower its upper end")
    eps, strip, top = (Fraction(0), problem.eps[1]), tube.strip, tube.ceiling
    two = _two_steps(tube)
    plane = program_of([tube.form.drift, tube.form.multiplier], [X, B, EPS])
    slopes = derivative(plane, [1])  # D, m, D_b, m_b

    def grid(x: Interval, b: Interval, e: Interval) -> list[Array]:
        return [g.ravel() for g in np.meshgrid(spread(x, 41), spread(b, 81), spread(e, 5))]

    d = reference.evaluate(plane, grid((lowest, top), strip, eps))[0]
    _, m, _, turn = reference.evaluate(slopes, grid((Fraction(0), top), strip, eps))
    y = reference.evaluate(tube.centre, [g.ravel() for g in np.meshgrid(spread(strip, 161), spread(eps, 9))])[1]
    turned, least, fall = _up(np.abs(turn).max()), min(_down(-m.max()), Fraction(1)), _down(d.min())
    height = _down(y.min()), _up(y.max())
    if min(least, fall, height[0]) <= 0:
        raise NoDriftForm("the time needs Y > 0, D > 0 and m < 0 on the whole strip: lower the upper end of x")
    end = max(at(tube.curve.c, float(e)) for e in spread(problem.eps, 65)) + float(tube.rho[0])
    theta, gap = _room(tube, problem, end)
    near = Fraction(math.ceil(1e4 * math.sqrt(float(eps[1] * (2 * tube.rho[0] + theta) / height[0]))), 10**4)
    box = (lowest, _up(float(near**2 * height[1]))), (-near, near)
    if not (strip[0] <= -near and near <= strip[1]):
        raise NoDriftForm("the time needs smaller step sizes: in the end b may still be anywhere in the strip")
    j = reference.evaluate(two, grid(box[0], box[1], (Fraction(0), Fraction(0))))
    later = reference.evaluate(two, grid((lowest, Fraction(0)), box[1], eps))
    gain = _down(j[0].min())
    kappa = Fraction(f"{-(end + float(theta)):.6g}") * Fraction(99, 100)
    # At b = 0 the derivative is 0, and some room is needed there.
    loss = max(_up(later[1].max()), _down(float(kappa * gain) / 8))
    pace = _down(float(kappa * gain - loss))
    if pace <= 0:
        raise NoDriftForm("the time needs smaller step sizes: b is not seen to fall in the end")
    found = Arrival(turned, least, fall, height, theta, near, gain, loss, pace, gap, _kept(tube, problem, reach))
    for why, margin in _ends(tube, window, found):
        if not positive(sp.expand(margin), problem):
            raise NoDriftForm(f"the time needs smaller step sizes: it is not proved that {why}")
    for what, sides, margins in (
        ("D", ((lowest, top), strip, eps), _above(plane, 0, fall)),
        ("m", ((Fraction(0), top), strip, eps), _above(plane, 1, -least, sign=-1)),
        ("dm/db", ((Fraction(0), top), strip, eps), _within(slopes, 3, turned)),
        ("the x-derivative of two steps", (*box, (Fraction(0), Fraction(0))), _above(two, 0, gain)),
        ("their eps-derivative", ((lowest, Fraction(0)), box[1], eps), _above(two, 1, loss, sign=-1)),
    ):
        prove(f"the time ({what})", "xbe", sides, margins, budget, [max(float(b - a), 1e-300) for a, b in sides])
    prove("the time (Y)", "be", (strip, eps), _heights(tube, height), budget, [0.1, max(float(eps[1]), 1e-300)])
    return found


def _ends(tube: Tube, window: Limit, found: Arrival) -> list[tuple[str, sp.Expr]]:
    """What is to be positive for every eps, and what it shows of the end."""
    rho0, theta, pace = (rational(n) for n in (tube.rho[0], found.theta, found.pace))
    top = tube.curve.limit + rho0 + theta
    gaps = polynomial(found.gap), polynomial(window.gap[1])
    return [
        ("b falls at its pace", -top * rational(found.gain) - rational(found.loss) - pace),
        ("b is near 0", rational(found.near**2 * found.height[0]) - EPS * (2 * rho0 + theta)),
        *tube.form.enough((tube.curve.limit - rho0, top), gaps, None).items(),
    ]


def _room(tube: Tube, problem: Problem, end: float) -> tuple[Fraction, Polynomial]:
    """Return theta, and the lower end of the gap that goes with it."""
    sizes = np.maximum(spread(problem.eps, 65), 1e-6 * float(problem.eps[1]))
    tops = [at(tube.curve.c, float(e)) + float(tube.rho[0]) for e in sizes]
    if problem.gap is None:
        theta = Fraction(f"{-end / 4:.2g}")
        gaps = [tube.form.gap_at(top + float(theta), float(e)) for top, e in zip(tops, sizes, strict=True)]
        return theta, (Fraction(math.floor(1000 * min(gaps)), 1000),)
    low = problem.gap[0]
    room = min(tube.form.place_of(at(low, float(e)), float(e)) - top for top, e in zip(tops, sizes, strict=True))
    return Fraction(f"{min(0.8 * room, -end / 4):.2g}"), low


def _kept(tube: Tube, problem: Problem, reach: Fraction | None) -> Fraction | None:
    """Which part of x0 is left when the tube is reached at the latest, of starts x0 >= sigma eps^p."""
    if problem.power is None or reach is None:
        return None
    (sigma, p), log = problem.power, -math.log(problem.eps[1])
    lift, need = float(sigma) * math.exp(float(1 - p) * log), math.log(reach / tube.rho[0]) + log
    for keep in (Fraction(1, 2), Fraction(1, 4), Fraction(1, 8), Fraction(1, 16)):
        fallen = float(tube.rate * (1 - keep)) * lift
        if fallen > 1.01 * need and float(1 - p) * fallen > 1.01 and float(keep) * lift > float(tube.floor[1]):
            return keep
    raise NoDriftForm("the time needs starts farther from the edge, or smaller step sizes")


def _two_steps(tube: Tube) -> Program:
    """The derivatives by x and by eps of the multiplier J of two steps, of (x, b, eps)."""
    form = tube.form
    first, x1, b1 = (sp.Dummy(name, real=True) for name in ("m", "x", "b"))
    later = form.multiplier.xreplace({X: x1, B: b1})
    bindings = [(first, form.multiplier), (x1, X - EPS * B**2 * form.drift), (b1, first * B)]
    program = derivative(program_of([first * later], [X, B, EPS], bindings), [0, 2])
    return Program(program.inputs, program.instructions, program.outputs[1:])


def _judge(excess: Callable[[Array, Array], Array]) -> Judge:
    def judge(lower: Array, upper: Array) -> tuple[list[str | None], Array]:
        by = excess(lower, upper)
        return ["." if v <= 0 else None for v in by], by

    return judge


def _above(program: Program, output: int, bound: Fraction, sign: int = 1) -> Judge:
    """An output is at least the bound; at most it with the sign -1."""

    def excess(lower: Array, upper: Array) -> Array:
        low, high = evaluate(program, lower, upper)
        value = low[output] if sign > 0 else -high[output]
        return np.asarray(np.nextafter(float(sign * bound), np.inf) - value)

    return _judge(excess)


def _within(program: Program, output: int, bound: Fraction) -> Judge:
    """An output is at most the bound in size."""

    def excess(lower: Array, upper: Array) -> Array:
        low, high = evaluate(program, lower, upper)
        return np.asarray(np.maximum(-low[output], high[output]) - np.nextafter(float(bound), 0))

    return _judge(excess)


def _heights(tube: Tube, height: Interval) -> Judge:
    def excess(lower: Array, upper: Array) -> Array:
        low, high = evaluate(tube.centre, lower, upper)
        over = high[1] - np.nextafter(float(height[1]), 0)
        return np.asarray(np.maximum(np.nextafter(float(height[0]), np.inf) - low[1], over))

    return _judge(excess)


def _up(value: float) -> Fraction:
    return Fraction(f"{value * MARGIN if value > 0 else value / MARGIN:.3g}")


def _down(value: float) -> Fraction:
    return Fraction(f"{value / MARGIN if value > 0 else value * MARGIN:.3g}")
