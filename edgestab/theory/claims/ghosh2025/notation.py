"""Sources and expressions that the claims share."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import sympy as sp

from edgestab.theory.lemma import Identity, Inequality
from edgestab.theory.loss import Loss
from edgestab.theory.models.factorization import product_of
from edgestab.theory.symbols import symbol

AFTER = "derived; after Ghosh, Kwon, Wang, Ravishankar & Qu 2025"

S1, S2, T = symbol("s1"), symbol("s2"), symbol("t")

MEANS = (
    Identity("t - 1 - log t is 0 at t = 1", (T - 1 - sp.log(T)).subs(T, 1), sp.S.Zero),
    Inequality("it falls up to t = 1", -sp.diff(T - 1 - sp.log(T), T), {T: (sp.S.Zero, sp.S.One)}, strict=True),
    Inequality("and rises from there on", sp.diff(T - 1 - sp.log(T), T), {T: (sp.S.One, sp.oo)}, strict=True),
)
"""Arithmetic and geometric mean: t_1 + ... + t_n >= n where t_1 ... t_n = 1, with equality where all are 1."""


def diagonal_layers(widths: Sequence[int]) -> tuple[sp.Matrix, ...]:
    """Return matrices of these shapes with s1, s2 on their diagonals, and zeros."""
    return tuple(
        sp.Matrix(n, m, lambda i, j: (S1, S2)[i] if i == j else sp.S.Zero) for m, n in itertools.pairwise(widths)
    )


def second_variation(loss: Loss, at: Sequence[sp.Expr], along: Sequence[sp.Expr]) -> sp.Expr:
    """Return the second derivative of a loss at a point along a direction.

    Examples
    --------
    >>> x, v = symbol("x"), symbol("v")
    >>> second_variation(Loss((x,), x**3), (x,), (v,))
    6*v**2*x
    """
    moved = {p: a + T * v for p, a, v in zip(loss.parameters, at, along, strict=True)}
    return sp.diff(loss.expression.xreplace(moved), T, 2).subs(T, 0)


def first_variation(matrices: Sequence[sp.MatrixBase], along: Sequence[sp.MatrixBase]) -> sp.ImmutableMatrix:
    r"""Return :math:`\sum_\ell W_L\cdots W_{\ell+1}V_\ell W_{\ell-1}\cdots W_1`."""
    terms = [product_of([*matrices[:k], v, *matrices[k + 1 :]]) for k, v in enumerate(along)]
    return sum(terms[1:], terms[0])


def sum_of_squares(matrix: sp.MatrixBase) -> sp.Expr:
    """Return the square of the Frobenius norm."""
    return sp.Add(*(e**2 for e in matrix))


def the_second_variation(name: str, widths: Sequence[int], layers: Sequence[sp.MatrixBase], loss: Loss) -> Identity:
    r"""Return that a loss's second derivative along V at layers that fit is the square of the product's first variation."""
    along = [
        sp.Matrix(n, m, lambda i, j, k=k: symbol(f"V{k}_{i + 1}_{j + 1}"))
        for k, (m, n) in enumerate(itertools.pairwise(widths), start=1)
    ]
    at, direction = ([e for matrix in of for e in matrix] for of in (layers, along))
    return Identity(name, second_variation(loss, at, direction), sum_of_squares(first_variation(layers, along)))
