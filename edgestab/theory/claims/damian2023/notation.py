"""Sources, symbols and the stability criterion that the claims share."""

from __future__ import annotations

import sympy as sp

from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import symbols

SOURCE = "Damian et al. 2023"
AFTER = f"derived; after {SOURCE}"

R = sp.Rational

X, Y, Z, P, T, LAM = symbols("x y z p t lam")
A, B, C = symbols("a b c")

JURY = (
    "A real 2x2 matrix with trace T and determinant D has both eigenvalues inside the unit circle exactly when "
    "1 - T + D, 1 + T + D and 1 - D are all positive (Jury)."
)


def jacobian(step: StepMap) -> sp.Matrix:
    """Return the matrix of partial derivatives of a step."""
    return sp.Matrix(step.closed_form()).jacobian(step.state)


def characteristic(matrix: sp.MatrixBase, at: sp.Expr) -> sp.Expr:
    """Return det(matrix - at I)."""
    return (matrix - at * sp.eye(matrix.rows)).det(method="berkowitz")


def jury(matrix: sp.MatrixBase) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """Return 1 - T + D, 1 + T + D and 1 - D of a 2x2 matrix.

    Examples
    --------
    >>> jury(sp.Matrix([[0, 1], [sp.Rational(-1, 2), 1]]))
    (1/2, 5/2, 1/2)
    """
    trace, det = matrix.trace(), matrix.det(method="berkowitz")
    return 1 - trace + det, 1 + trace + det, 1 - det
