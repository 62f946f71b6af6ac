"""An eigenvalue of a symmetric matrix as an expression: the sharpness, and those below it."""

from __future__ import annotations

from collections.abc import Callable
from math import isqrt
from typing import Any

import sympy as sp

from edgestab.errors import InputError

MOST = 5
"""Rows of the largest matrix: kernels turn it by rotations that are written out, some 3300 operations for five rows."""


class Spectral(sp.Function):  # type: ignore[misc]  # SymPy ships no types
    """A number that belongs to the spectrum of a real symmetric matrix.

    The arguments are an index and the entries on and above the diagonal, row by row. It has no derivative here: it has
    none where eigenvalues meet.
    """

    @property
    def rows(self) -> int:
        """How many rows the matrix has."""
        return (isqrt(8 * (len(self.args) - 1) + 1) - 1) // 2

    @property
    def index(self) -> int:
        """Which number it is."""
        return int(self.args[0])

    @property
    def entries(self) -> tuple[sp.Expr, ...]:
        """Those on and above the diagonal, row by row."""
        return tuple(self.args[1:])

    def _eval_is_extended_real(self) -> bool:
        return True

    def entry(self, i: int, j: int) -> sp.Expr:
        """Return an entry of the matrix."""
        row, column = min(i, j), max(i, j)
        return self.entries[row * self.rows - row * (row - 1) // 2 + column - row]

    def typeset(self, printer: Any) -> str:
        """Return the matrix in LaTeX."""
        rows = [[printer.doprint(self.entry(i, j)) for j in range(self.rows)] for i in range(self.rows)]
        body = r" \\ ".join(" & ".join(row) for row in rows)
        return rf"\begin{{pmatrix}}{body}\end{{pmatrix}}"


class Eigenvalue(Spectral):
    r""":math:`\lambda_k(A)`, the k-th largest eigenvalue of a real symmetric matrix, k = 1 for the largest.

    Examples
    --------
    >>> from edgestab.theory.symbols import symbols
    >>> x, y = symbols("x y")
    >>> Eigenvalue(1, x, 0, 0, y, 0, 2).rows
    3
    """

    def _latex(self, printer: Any) -> str:
        return rf"\lambda_{{{self.index}}}{self.typeset(printer)}"


class Overlap(Spectral):
    r""":math:`v_j^2`, the square of a component of the unit eigenvector of the largest eigenvalue, j = 0 for the first.

    From eigenvalues alone: with those of the matrix without row and column j, :math:`\mu_k`,
    :math:`v_j^2 = \prod_k (\lambda_1 - \mu_k)/\prod_{k > 1}(\lambda_1 - \lambda_k)`.

    Examples
    --------
    >>> from edgestab.theory.symbols import symbols
    >>> x, y = symbols("x y")
    >>> Overlap(0, x, 0, y).rows
    2
    """

    def _latex(self, printer: Any) -> str:
        return rf"v_{{{self.index + 1}}}^2{self.typeset(printer)}"


def eigenvalue(matrix: sp.MatrixBase, k: int) -> sp.Expr:
    r"""Return the k-th largest eigenvalue of a symmetric matrix of at most five rows.

    Of two rows it is :math:`m \pm r` with :math:`m = (a + d)/2` and :math:`r = \sqrt{(a - d)^2/4 + b^2}`.

    Raises
    ------
    InputError
        When it has more.

    Examples
    --------
    >>> from edgestab.theory.symbols import symbols
    >>> a, b = symbols("a b")
    >>> eigenvalue(sp.Matrix([[a, b], [b, a]]), 2)
    a - Abs(b)
    """
    n = matrix.rows
    if n == 1:
        return matrix[0, 0]
    if n == 2:
        mean, half = (matrix[0, 0] + matrix[1, 1]) / 2, (matrix[0, 0] - matrix[1, 1]) / 2
        root = sp.sqrt(half**2 + matrix[0, 1] ** 2)
        return mean + root if k == 1 else mean - root
    if n > MOST:
        raise InputError(f"an eigenvalue of more than {MOST} rows is no expression here")
    if (known := _constant(matrix)) is not None:
        return known[k - 1]
    make: Callable[..., sp.Expr] = Eigenvalue
    return make(k, *(matrix[i, j] for i in range(n) for j in range(i, n)))


def _constant(matrix: sp.MatrixBase) -> list[sp.Expr] | None:
    """The eigenvalues of a symmetric matrix of rational numbers, the largest first; None for any other."""
    if not all(e.is_Rational for e in matrix):
        return None
    x = sp.Dummy("x")
    # By their values: SymPy's own order is that of isolated factors.
    return sorted(sp.Poly(matrix.charpoly(x).all_coeffs(), x).real_roots(), key=lambda r: -sp.N(r, 30))


def overlap(matrix: sp.MatrixBase, j: int) -> sp.Expr:
    """Return the square of a component of the unit eigenvector of the largest eigenvalue; undefined where it is double.

    Raises
    ------
    InputError
        When the matrix has more than five rows.
    """
    n = matrix.rows
    if n > MOST:
        raise InputError(f"an eigenvector of more than {MOST} rows is no expression here")
    if n == 1:
        return sp.S.One
    if (known := _constant(matrix)) is not None:
        if known[0] == known[1]:
            raise InputError(
                "the largest eigenvalue of the Hessian is double everywhere: its eigenvector is not defined"
            )
        minor = _constant(matrix.as_mutable().minor_submatrix(j, j)) or []
        return sp.Mul(*(known[0] - m for m in minor)) / sp.Mul(*(known[0] - e for e in known[1:]))
    make: Callable[..., sp.Expr] = Overlap
    return make(j, *(matrix[i, k] for i in range(n) for k in range(i, n)))
