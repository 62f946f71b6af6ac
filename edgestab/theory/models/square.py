r"""Losses that are a square, :math:`L = cR^2`, or a sum of fewer squares than parameters: their minima.

At a minimum R = 0 of a square the Hessian is :math:`2c\,\nabla R\nabla R^\top`, of rank one, and the sharpness
:math:`2c|\nabla R|^2`.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import sympy as sp

from edgestab.theory.loss import Loss
from edgestab.theory.models.base import LimitSet
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import ETA

_MOST_SETS, _MOST_PARAMETERS, _LARGEST_DEGREE = 16, 6, 6
"""Sets of minima that are named one by one; polynomials that are asked for common zeros."""


@dataclass(frozen=True)
class Square:
    """A loss c R^2.

    Parameters
    ----------
    scale : Rational
        c, positive.
    factors : tuple of Expr
        The irreducible factors of R; each vanishes on one set of minima.
    """

    scale: sp.Rational
    factors: tuple[sp.Expr, ...]

    @property
    def residual(self) -> sp.Expr:
        """The residual R."""
        return sp.Mul(*self.factors)

    @property
    def minima(self) -> tuple[LimitSet, ...]:
        """The zero sets of the factors, but of those that are seen to have no real zero."""
        return tuple(LimitSet(f"{sp.sstr(f)} = 0", f) for f in self.factors if may_vanish(f))

    def sharpness(self, parameters: tuple[sp.Symbol, ...]) -> sp.Expr:
        """Return the sharpness at a minimum."""
        return 2 * self.scale * sp.Add(*(sp.diff(self.residual, p) ** 2 for p in parameters))


def square(loss: Loss) -> Square | None:
    """Return the square that a loss is, or None.

    Examples
    --------
    >>> square(Loss.parse("(1 - x*y**2)**2/2", "x y")).minima[0].name
    'x*y**2 - 1 = 0'
    >>> square(Loss.parse("x**2 + y**2", "x y")) is None
    True
    """
    if loss.constants or not loss.expression.is_polynomial(*loss.parameters):
        return None
    scale, factors = sp.factor_list(loss.expression, *loss.parameters)
    rational = all(c.is_Rational for f, _ in factors for c in sp.Poly(f, *loss.parameters).coeffs())
    if not (scale.is_Rational and scale > 0 and factors and rational and all(m == 2 for _, m in factors)):
        return None
    return Square(scale, tuple(f for f, _ in factors))


def sum_of_squares(loss: Loss) -> tuple[LimitSet, ...]:
    r"""Return the common zeros of :math:`L = \sum_k c_k p_k^2`, as it is written, with fewer terms than parameters.

    Gradient descent moves by :math:`-2\eta\sum_k c_k p_k\nabla p_k`, so the p_k divide its step. Where they factor,
    there is a set for each choice of factors; there is none where no common zero exists, not even a complex one: the
    minima are then others.

    Examples
    --------
    >>> sum_of_squares(Loss.parse("(1 - x*y)**2/2 + (1 - x*z)**2/2", "x y z"))[0].equations
    (-x*y + 1, -x*z + 1)
    >>> [s.name for s in sum_of_squares(Loss.parse("(1 - x**2)**2 + (1 - y*z)**2", "x y z"))]
    ['x - 1 = 0, y*z - 1 = 0', 'x + 1 = 0, y*z - 1 = 0']
    >>> sum_of_squares(Loss.parse("(x*y*z - 1)**2 + (x*y*z - 2)**2", "x y z"))
    ()
    """
    scales, residuals = [], []
    for term in sp.Add.make_args(loss.expression):
        scale, rest = term.as_coeff_Mul()
        # SymPy writes (x y)^2 as x^2 y^2.
        powers = [f.as_base_exp() for f in sp.Mul.make_args(rest)]
        if not (scale.is_Rational and scale > 0 and all(e.is_Integer and e > 0 and e % 2 == 0 for _, e in powers)):
            return ()
        scales.append(scale)
        residuals.append(sp.Mul(*(b ** (e / 2) for b, e in powers)))
    if not residuals or len(residuals) >= len(loss.parameters) or _cannot_all_vanish(residuals, loss):
        return ()
    velocity = [[-2 * ETA * c * sp.diff(r, p) for c, r in zip(scales, residuals, strict=True)] for p in loss.parameters]
    choices = [_factors(r, loss) for r in residuals]
    if not all(choices):
        return ()
    chosen = list(itertools.product(*choices))
    if len(chosen) == 1 and all(sp.cancel(r / f).is_number for r, f in zip(residuals, chosen[0], strict=True)):
        chosen = []  # nothing factors
    if not 1 <= len(chosen) <= _MOST_SETS:
        whole = LimitSet(
            "every residual = 0", sp.Add(*(r**2 for r in residuals)), tuple(residuals), tuple(map(tuple, velocity))
        )
        return (whole,)
    found = []
    for factors in chosen:
        others = [sp.cancel(r / f) for r, f in zip(residuals, factors, strict=True)]
        speeds = tuple(tuple(v * o for v, o in zip(row, others, strict=True)) for row in velocity)
        name = ", ".join(f"{sp.sstr(f)} = 0" for f in factors)
        found.append(LimitSet(name, sp.Add(*(f**2 for f in factors)), factors, speeds))
    return tuple(found)


def _cannot_all_vanish(residuals: list[sp.Expr], loss: Loss) -> bool:
    """Whether polynomials have no common zero, by Hilbert's theorem; False where they are too large to tell."""
    if len(residuals) < 2 or not all(r.is_polynomial(*loss.parameters) for r in residuals):
        return False
    if len(loss.parameters) > _MOST_PARAMETERS or any(sp.total_degree(r) > _LARGEST_DEGREE for r in residuals):
        return False
    return list(sp.groebner(residuals, *loss.parameters, order="grevlex").exprs) == [sp.S.One]


def _factors(residual: sp.Expr, loss: Loss) -> list[sp.Expr]:
    """The irreducible factors of a residual, where they are simple; else itself."""
    if not residual.is_polynomial(*loss.parameters):
        return [residual]
    _, factors = sp.factor_list(residual, *loss.parameters)
    if not factors or any(m != 1 for _, m in factors):
        return [residual]
    return [f for f, _ in factors if may_vanish(f)]


def may_vanish(factor: sp.Expr) -> bool:
    """Return whether a polynomial may have a real zero.

    It has none where it is of one variable and has no real root, or where it is a constant and even monomials with
    coefficients of one sign; of others this is not asked.

    Examples
    --------
    >>> from edgestab.theory.symbols import symbols
    >>> x, y = symbols("x y")
    >>> [may_vanish(f) for f in (x**2 + 1, x**2 + x*y + 1, 1 + x**2 + y**4, x**3 + 2)]
    [False, True, False, True]
    """
    if not factor.is_polynomial(*factor.free_symbols) or factor.is_number:
        return True
    polynomial = sp.Poly(factor, *sorted(factor.free_symbols, key=str))
    if not all(c.is_Rational for c in polynomial.coeffs()):
        return True
    if len(polynomial.gens) == 1:
        return bool(polynomial.count_roots() > 0)
    even = all(all(e % 2 == 0 for e in powers) for powers in polynomial.monoms())
    signs = {bool(c > 0) for c in polynomial.coeffs()}
    return not (even and len(signs) == 1 and polynomial.eval((0,) * len(polynomial.gens)) != 0)


def at_rest(limit_set: LimitSet, loss: Loss, step: StepMap) -> LimitSet | None:
    """Return a set of minima of gradient descent for another step, on which all that the step carries is at rest.

    With momentum the displacement vanishes there; the velocity is given where the step is heavy ball. None where it is
    not known what the step carries at rest.
    """
    step = step.at_a_time()
    if not step.rests or any(c.rest is None for c in step.carried):
        return None
    n = len(loss.parameters)
    old = tuple(c.symbol for c in step.carried)
    equations = (*limit_set.system, *(c.rest - c.symbol for c in step.carried if c.rest is not None))
    if tuple(c.rest for c in step.carried) != loss.parameters:
        return LimitSet(limit_set.name, limit_set.residual, equations if old else limit_set.equations)
    moved = [new - s for new, s in zip(step.closed_form(), step.state, strict=True)]
    rows = []
    for i in range(n):
        rest = moved[i].xreplace(dict(zip(old, loss.parameters, strict=True)))
        push = limit_set.velocity[i] if limit_set.velocity else (sp.cancel(rest / limit_set.residual),)
        drag = tuple(sp.diff(moved[i], old[j]) * -1 for j in range(n))
        rows.append((*push, *drag))
    still = [sp.S.Zero] * len(limit_set.system)
    rows += [(*still, *(sp.Integer(i == j) for j in range(n))) for i in range(n)]
    exact = all(
        sp.expand(m - sp.Add(*(v * e for v, e in zip(row, equations, strict=True)))) == 0
        for m, row in zip(moved, rows, strict=True)
    )
    return LimitSet(limit_set.name, limit_set.residual, equations, tuple(rows) if exact else ())
