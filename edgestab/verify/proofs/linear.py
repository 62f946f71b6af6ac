r"""Linear steps: every orbit converges exactly when the characteristic polynomial is Schur stable.

The step is :math:`F(z) = A z + c` with A constant. With :math:`\lambda = (1 + s)/(1 - s)` its characteristic polynomial
of degree n becomes :math:`q(s) = (1 - s)^n \det(\lambda I - A)`, whose zeros lie in the left half plane exactly when
those of the characteristic polynomial lie inside the unit circle: that is when, for a leading coefficient > 0, all
Hurwitz determinants are > 0. They are polynomials in eta with rational coefficients, whose signs on an interval
Sturm's theorem tells.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.conclusions.bounded import Bounded
from edgestab.theory.conclusions.converges import Converges
from edgestab.theory.conclusions.diverges import Diverges
from edgestab.theory.conclusions.final_sharpness import FinalSharpness
from edgestab.theory.conclusions.limit import AtTheLimit
from edgestab.theory.loss import Loss
from edgestab.theory.positivity import nonnegative
from edgestab.theory.statement import OrbitStatement
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import ETA, symbol
from edgestab.verify.proofs.argument import Argument, NoArgument, region_box, require_every_start, step_sizes
from edgestab.verify.proofs.direction import steepest
from edgestab.verify.proofs.document import document

LARGEST = 8
"""The largest dimension of the state."""

LONGEST = 1_500
"""The letters of a matrix that a certificate holds; the checker reads some more."""


METHOD = "exact algebra of a linear step"


def require(statement: OrbitStatement) -> None:
    """Refuse a statement about a step that is not linear.

    Raises
    ------
    NoArgument
        The message says which ingredient is missing.
    """
    require_every_start(statement)
    matrix_of(statement.model.own.step)
    if statement.model.loss is None or statement.model.loss.constants:
        raise NoArgument("the model has no loss, or one with constants")


def prove(statement: OrbitStatement) -> Argument:
    """Prove a statement about a linear step.

    Raises
    ------
    NoArgument
        When the step is not linear, or the statement does not follow.
    """
    require(statement)
    step, loss = statement.model.own.step, statement.model.loss
    matrix = matrix_of(step)
    if loss is None:
        raise AssertionError("a statement that fits has a loss")
    if isinstance(statement.conclusion, Diverges):
        return _expands(statement, matrix)
    if loss.hessian.free_symbols:
        raise NoArgument("the Hessian is not constant")
    minors = [loss.hessian[:k, :k].det() for k in range(1, loss.hessian.rows + 1)]
    if not all(m.is_positive for m in minors):
        raise NoArgument("the Hessian is not positive definite by its leading minors")
    shown = ["the step is linear, and the Hessian is positive definite by its leading minors"]
    for low, high in step_sizes(statement):
        if not is_schur_stable(matrix, low, high):
            raise NoArgument("the step has a multiplier on or outside the unit circle")
        where = f"at eta = {low}" if low == high else f"for every eta in [{low}, {high}]"
        where = "always" if statement.sets_step_size else where
        shown.append(f"{where} all multipliers lie inside the unit circle, by Hurwitz determinants in exact arithmetic")
    point = _minimum(loss)
    rest = _require_rest(step, matrix, list(point.values()))
    shown.append("so every orbit converges to the one minimum, " + ", ".join(f"{p} = {v}" for p, v in point.items()))
    shown += _of_the_conclusion(statement, loss, point)
    if sum(len(str(entry)) for entry in matrix) > LONGEST:
        return Argument(METHOD, tuple(shown), f"the matrix of the step has more than {LONGEST} letters")
    direction = steepest([float(h) for h in loss.hessian])
    return Argument(METHOD, tuple(shown), _document(statement, rest, direction, start=False))


def _document(
    statement: OrbitStatement, rest: list[sp.Expr], direction: list[str], *, start: bool
) -> dict[str, Any] | str:
    if not all(z.is_Rational for z in rest):
        return "what the step carries does not rest at a rational number"
    return document(statement, "linear", {"rest": list(map(str, rest)), "direction": direction}, start=start)


def matrix_of(step: StepMap) -> sp.Matrix:
    """Return A of a step A z + c; its entries are polynomials in eta with rational coefficients.

    Raises
    ------
    NoArgument
        When the step is not linear, or too large, or has other parameters than eta.
    """
    if len(step.state) > LARGEST or set(step.parameters) - {ETA}:
        raise NoArgument(f"the state is larger than {LARGEST}, or the step has constants")
    update = step.closed_form()
    if not all(u.is_polynomial(*step.state, ETA) for u in update):
        raise NoArgument("the step is not linear, or not a polynomial in eta")
    matrix = sp.Matrix([[sp.expand(sp.diff(u, s)) for s in step.state] for u in update])
    if matrix.free_symbols - {ETA}:
        raise NoArgument("the step is not linear")
    if not all(map(_is_rational, matrix)):
        raise NoArgument("a coefficient of the step is not rational")
    return matrix


def _is_rational(expression: sp.Expr) -> bool:
    return all(c.is_Rational for c in sp.Poly(expression, ETA).coeffs())


def is_schur_stable(matrix: sp.Matrix, low: sp.Rational, high: sp.Rational) -> bool:
    """Return whether all eigenvalues lie inside the unit circle, for every eta of a closed interval.

    Examples
    --------
    >>> is_schur_stable(sp.Matrix([[1 - ETA]]), sp.Rational(1, 10), sp.Rational(19, 10))
    True
    >>> is_schur_stable(sp.Matrix([[1 - ETA]]), sp.Rational(1, 10), sp.Integer(2))
    False
    """
    s, x = sp.Dummy("s"), sp.Dummy("x")
    n = matrix.rows
    matrix = matrix.subs(ETA, low) if low == high else matrix
    polynomial = matrix.charpoly(x).all_coeffs()
    mapped = sum(c * (1 + s) ** (n - k) * (1 - s) ** k for k, c in enumerate(polynomial))
    top, _ = sp.fraction(sp.together(sp.expand(mapped)))
    coefficients = sp.Poly(top, s).all_coeffs()
    if len(coefficients) != n + 1:  # an eigenvalue of -1, for every eta
        return False
    middle = (low + high) / 2
    sign = sp.sign(coefficients[0].subs(ETA, middle))
    hurwitz = sp.Matrix(n, n, lambda i, j: _at(coefficients, 2 * (j + 1) - (i + 1)))
    wanted = [sign * coefficients[0]] + [sign**k * hurwitz[:k, :k].det(method="berkowitz") for k in range(1, n + 1)]
    return sign != 0 and all(_is_positive(sp.expand(w), low, high) for w in wanted)


def _at(coefficients: list[sp.Expr], index: int) -> sp.Expr:
    return coefficients[index] if 0 <= index < len(coefficients) else sp.S.Zero


def _is_positive(expression: sp.Expr, low: sp.Rational, high: sp.Rational) -> bool:
    """Whether an expression in eta is positive on the closed interval."""
    if any(not expression.subs(ETA, end) > 0 for end in (low, high)):
        return False
    if low == high or not expression.has(ETA):
        return True
    return bool(nonnegative(expression, {ETA: (low, high)}, strict=True).holds)


def _require_rest(step: StepMap, matrix: sp.Matrix, point: list[sp.Expr]) -> list[sp.Expr]:
    """Return where the state rests; refuse a step that does so elsewhere than at the minimum, as a user's may."""
    origin = dict.fromkeys(step.state, sp.S.Zero)
    constant = sp.Matrix([u.xreplace(origin) for u in step.closed_form()])
    rest = (sp.eye(matrix.rows) - matrix).LUsolve(constant)
    if any(sp.simplify(z - p) != 0 for z, p in zip(rest, point, strict=False)):
        raise NoArgument("the step does not rest at the minimum of the loss")
    return [*point, *map(sp.simplify, rest[len(point) :])]


def _minimum(loss: Loss) -> dict[sp.Symbol, sp.Expr]:
    if loss.hessian.free_symbols:
        raise NoArgument("the Hessian is not constant")
    found = sp.solve(list(loss.gradient), list(loss.parameters), dict=True)
    if len(found) != 1 or not all(v.is_Rational for v in found[0].values()):
        raise NoArgument("the minimum is not found as one rational point")
    return {p: found[0][p] for p in loss.parameters}


def _of_the_conclusion(statement: OrbitStatement, loss: Loss, point: dict[sp.Symbol, sp.Expr]) -> list[str]:
    """What is left to show once every orbit converges to a point."""
    conclusion, final = statement.conclusion, {symbol(f"{p}_final"): v for p, v in point.items()}
    if isinstance(conclusion, Bounded):
        return []
    if not isinstance(conclusion, Converges | FinalSharpness | AtTheLimit):
        raise NoArgument("the conclusion is not about where orbits end")
    if conclusion.to is not None:
        wanted = next(s for s in statement.model.minima if s.name == conclusion.to)
        on = all(low < v < high for v, (low, high) in zip(point.values(), wanted.box, strict=False))
        if not (wanted.box and on) and any(e.xreplace(point) != 0 for e in wanted.system):
            raise NoArgument(f"the minimum is not on {conclusion.to}")
    shown = []
    if isinstance(conclusion, FinalSharpness):
        x = sp.Dummy("x")
        spectrum = sp.Poly(loss.hessian.charpoly(x).all_coeffs(), x)
        for eta, _ in step_sizes(statement):
            low, high = (e.xreplace(final).subs(ETA, eta) for e in (conclusion.low, conclusion.high))
            if statement.step_sizes.values == () or not all(e.is_Rational or e.is_infinite for e in (low, high)):
                raise NoArgument("an end of the window is no rational number at single step sizes")
            above = 0 if high is sp.oo else spectrum.count_roots(high, None)
            inside = spectrum.count_roots(None if low is -sp.oo else low, None if high is sp.oo else high)
            ends = sum(1 for e in (low, high) if e.is_finite and spectrum.eval(e) == 0)
            if above or inside <= ends:
                raise NoArgument("the sharpness is not inside the window")
            shown.append(f"at eta = {eta} the largest eigenvalue of the Hessian lies between {low} and {high} (Sturm)")
    if isinstance(conclusion, AtTheLimit):
        for low, high in step_sizes(statement):
            margin = conclusion.margin.xreplace(final)
            if margin.free_symbols - {ETA} or not _holds(margin, low, high, conclusion.strict):
                raise NoArgument("the inequality at the limit is not shown")
        shown.append("there the inequality holds, in exact arithmetic")
    return shown


def _holds(margin: sp.Expr, low: sp.Rational, high: sp.Rational, strict: bool) -> bool:
    """Whether an expression in eta is positive on the closed interval; or 0 where that will do, and it is constant."""
    if not margin.has(ETA):
        return margin.is_positive is True or (not strict and margin.is_zero is True)
    try:
        return _is_positive(margin, low, high)
    except InputError as error:
        raise NoArgument(str(error)) from error


def _expands(statement: OrbitStatement, matrix: sp.Matrix) -> Argument:
    """A linear step of one variable with a multiplier beyond 1, from starts off its fixed point."""
    if matrix.rows != 1 or statement.model.loss is None:
        raise NoArgument("a linear step expands, but of several variables some may shrink")
    point = next(iter(_minimum(statement.model.loss).values()))
    ((low, high),) = region_box(statement)
    if (low < point < high or low == point == high) and not any(
        isinstance(w, sp.Ne) and {w.lhs, w.rhs} == {statement.model.own.step.state[0], point}
        for w in statement.region.where
    ):
        raise NoArgument("the fixed point is among the starts")
    for a, b in step_sizes(statement):
        if not _is_positive(sp.expand(matrix[0, 0] ** 2 - 1), a, b):
            raise NoArgument("the multiplier is not beyond 1 in size")
    rest = _require_rest(statement.model.own.step, matrix, [point])
    shown = ("the step is linear with a multiplier beyond 1 in size", f"its fixed point {point} is no start")
    return Argument(METHOD, shown, _document(statement, rest, ["1"], start=True))
