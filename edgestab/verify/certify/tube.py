r"""The tube about the slow manifold, and the programs of the inequalities that are checked on cells.

The notation is that of docs/certificates.md: :math:`\Theta = Y(b) - m^2 Y(mb) - \epsilon D`, so that the distance
:math:`\delta = x - X(b)` becomes :math:`\delta + b^2\Theta` in one step.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import sympy as sp

from edgestab.numerics.programs.derivative import derivative
from edgestab.numerics.programs.program import Program, program_of
from edgestab.numerics.rigorous.slow_manifold import Curve
from edgestab.theory.drift import EPS, B, DriftForm, X
from edgestab.theory.symbols import symbols

INVERSE, DRIFT, SLOPE, DEFECT, RISING, RATE = symbols("inverse_eps D mean_slope A rising rate")
DELTA, DELTA_NEW, X_NEW = symbols("delta delta_new x_new")


def rational(value: Fraction) -> sp.Rational:
    """Return a fraction as SymPy's."""
    return sp.Rational(value.numerator, value.denominator)


@dataclass(frozen=True)
class Tube:
    r"""The Lyapunov function :math:`V = |x - X(b)| / h(x)` and where it is to fall.

    Parameters
    ----------
    form : DriftForm
        The map.
    curve : Curve
        X.
    rho : tuple of Fraction
        :math:`h = \rho_0\epsilon + \rho_1 x_+ + \rho_2 x_+^2`.
    rate : Fraction
        The rate lam at which ln V falls as x/eps falls, above the floor.
    floor : (Fraction, Fraction)
        f0 and f1: above x = f0 + f1 eps the whole strip is used, below it the tube only.
    ceiling : Fraction
        The largest x.
    strip : (Fraction, Fraction)
        The interval of b.
    """

    form: DriftForm
    curve: Curve
    rho: tuple[Fraction, Fraction, Fraction]
    rate: Fraction
    floor: tuple[Fraction, Fraction]
    ceiling: Fraction
    strip: tuple[Fraction, Fraction]

    def _y(self, b: sp.Expr) -> sp.Expr:
        frozen = self.form.frozen
        known = frozen.closed_form.xreplace({B: b}) if frozen is not None else sp.S.Zero
        return known + EPS * self.curve.correction(b)

    @property
    def _x(self) -> sp.Expr:
        return EPS * self.curve.limit + B**2 * self._y(B)

    @cached_property
    def centre(self) -> Program:
        """X and Y of (b, eps)."""
        return program_of([self._x, self._y(B)], [B, EPS])

    @cached_property
    def step(self) -> Program:
        """D, m, x' and b' of (x, b, eps)."""
        d, m = self.form.drift, self.form.multiplier
        return program_of([d, m, X - EPS * B**2 * d, m * B], [X, B, EPS])

    @cached_property
    def distance(self) -> Program:
        """The distance x' - X(b') after a step, of (x, b, eps)."""
        m, d, image = self.form.multiplier, self.form.drift, sp.Dummy("image", real=True)
        after = EPS * self.curve.limit + image**2 * self._y(image)
        return program_of([X - EPS * B**2 * d - after], [X, B, EPS], [(image, m * B)])

    def _theta(self, x: sp.Expr) -> tuple[sp.Expr, list[tuple[sp.Symbol, sp.Expr]]]:
        at, m, image = sp.Dummy("at", real=True), sp.Dummy("m", real=True), sp.Dummy("image", real=True)
        here = {X: at}
        bindings = [(at, x), (m, self.form.multiplier.xreplace(here)), (image, m * B)]
        return self._y(B) - m**2 * self._y(image) - EPS * self.form.drift.xreplace(here), bindings

    @cached_property
    def slope(self) -> Program:
        """The derivative of Theta with respect to x, of (x, b, eps)."""
        theta, bindings = self._theta(X)
        return _partial(derivative(program_of([theta], [X, B, EPS], bindings), [0]))

    @cached_property
    def defect(self) -> Program:
        """Theta on the curve, of (b, eps)."""
        theta, bindings = self._theta(self._x)
        return program_of([theta], [B, EPS], bindings)

    @cached_property
    def defect_slope(self) -> Program:
        """The derivative of Theta on the curve with respect to eps, of (b, eps)."""
        return _partial(derivative(self.defect, [1]))

    @cached_property
    def branch(self) -> Program:
        """The roots of the frozen curve that have to be positive, of b."""
        frozen = self.form.frozen
        return program_of(() if frozen is None else frozen.roots, [B])

    def _relative_height(self, positive: sp.Expr) -> sp.Expr:
        """The height h / eps, with 1/eps a variable of its own, since eps may reach 0."""
        rho0, rho1, rho2 = map(rational, self.rho)
        return rho0 + positive * (rho1 + rho2 * positive) * INVERSE

    def _height(self, x: sp.Expr) -> sp.Expr:
        rho0, rho1, rho2 = map(rational, self.rho)
        positive = sp.Max(x, 0)
        return rho0 * EPS + positive * (rho1 + rho2 * positive)

    @cached_property
    def factored(self) -> Program:
        """The left sides of the two factored inequalities, the second less 2.

        They are functions of (x, b, 1/eps, D, delta, B, A, rising, rate):

        `rising`, the factor of rho1 in h', is 1 where x > 0 and 0 where x < 0.
        """
        _, rho1, rho2 = map(rational, self.rho)
        positive = sp.Max(X, 0)
        height = self._relative_height(positive)
        largest = sp.Max(height, sp.Abs(DELTA) * INVERSE)
        source = RATE * DRIFT + sp.Abs(DEFECT) / largest + (rho1 * RISING + 2 * rho2 * positive) * DRIFT / height
        sides = [SLOPE + source, B**2 * (sp.Abs(SLOPE) + source) - 2]
        return program_of(sides, [X, B, INVERSE, DRIFT, DELTA, SLOPE, DEFECT, RISING, RATE])

    @cached_property
    def direct(self) -> Program:
        """|delta'|, and its bound max(V, 1) (1 - r b^2 D) h(x'), of (x, b, eps, D, delta, delta', x', rate)."""
        v = sp.Max(sp.Abs(DELTA) / self._height(X), 1)
        bound = v * (1 - RATE * B**2 * DRIFT) * self._height(X_NEW)
        return program_of([sp.Abs(DELTA_NEW), bound], [X, B, EPS, DRIFT, DELTA, DELTA_NEW, X_NEW, RATE])

    @cached_property
    def outside(self) -> Program:
        """|delta| and h, of (x, eps, delta)."""
        return program_of([sp.Abs(DELTA), self._height(X)], [X, EPS, DELTA])

    @cached_property
    def captured(self) -> Program:
        """|delta| and h exp(rate (x - f0 - f1 eps)/eps), of (x, eps, 1/eps, delta)."""
        # Beyond e^60 nothing is gained, and an overflow would be no bound.
        growth = sp.exp(
            sp.Min(rational(self.rate) * ((X - rational(self.floor[0])) * INVERSE - rational(self.floor[1])), 60)
        )
        return program_of([sp.Abs(DELTA), self._height(X) * growth], [X, EPS, INVERSE, DELTA])


def _partial(program: Program) -> Program:
    """The derivative alone, of a program with one output and one partial."""
    return Program(program.inputs, program.instructions, program.outputs[1:])
