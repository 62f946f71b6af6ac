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
from edgestab.theory.drift import EPS, B, NoDriftForm, X
from edgestab.verify.certify.cells import Array, Budget, Interval, Judge, prove
from edgestab.verify.certify.plan import Problem, at, spread
from edgestab.verify.certify.tube import Tube

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

    @property
    def document(self) -> Mapping[str, object]:
        """What the file holds."""
        texts = {name: str(getattr(self, name)) for name in ("turn", "least", "fall", "theta", "near", "gain", "loss")}
        return {**texts, "height": [str(end) for end in self.height]}


def arrival(tube: Tube, problem: Problem, lowest: Fraction, budget: Budget) -> Arrival:
    """Prove the bounds of a tube's map that the time needs.

    Raises
    ------
    NoDriftForm
        When the 2-cycles at eps = 0 are not known, or the tube is too wide at its end.
    Unproved
        When a cell could not be proved.
    """
    if tube.form.frozen is None:
        raise NoDriftForm("the time needs the 2-cycles of the map at eps = 0")
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
    theta = Fraction(f"{-end / 4:.2g}")
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
    if kappa * gain <= loss:
        raise NoDriftForm("the time needs smaller step sizes: b is not seen to fall in the end")
    found = Arrival(turned, least, fall, height, theta, near, gain, loss)
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


def _two_steps(tube: Tube) -> Program:
    """The derivatives by x and by eps of the multiplier J of two steps, of (x, b, eps)."""
    form, first, x1, b1 = tube.form, *sp.symbols("m1 x1 b1", real=True)
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
        return np.nextafter(float(sign * bound), np.inf) - value

    return _judge(excess)


def _within(program: Program, output: int, bound: Fraction) -> Judge:
    """An output is at most the bound in size."""

    def excess(lower: Array, upper: Array) -> Array:
        low, high = evaluate(program, lower, upper)
        return np.maximum(-low[output], high[output]) - np.nextafter(float(bound), 0)

    return _judge(excess)


def _heights(tube: Tube, height: Interval) -> Judge:
    def excess(lower: Array, upper: Array) -> Array:
        low, high = evaluate(tube.centre, lower, upper)
        over = high[1] - np.nextafter(float(height[1]), 0)
        return np.maximum(np.nextafter(float(height[0]), np.inf) - low[1], over)

    return _judge(excess)


def _up(value: float) -> Fraction:
    return Fraction(f"{value * MARGIN if value > 0 else value / MARGIN:.3g}")


def _down(value: float) -> Fraction:
    return Fraction(f"{value / MARGIN if value > 0 else value * MARGIN:.3g}")

