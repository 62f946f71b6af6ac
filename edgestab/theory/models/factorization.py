r"""Deep matrix factorization: :math:`L = \tfrac12\|W_L\cdots W_1 - M\|_F^2`.

It is the deep linear network on whitened data.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.loss import Loss
from edgestab.theory.models.base import SMALL_STEP, Coordinates, LimitSet, Model, gradient_norm
from edgestab.theory.optimizers.gradient_descent import gradient_descent
from edgestab.theory.symbols import ETA, symbol

MOST_PARAMETERS = 64
"""Everything is written out."""


def layers(widths: Sequence[int]) -> tuple[sp.ImmutableMatrix, ...]:
    """Return the matrices :math:`W_1, ..., W_L` of symbols between layers of these widths.

    Examples
    --------
    >>> layers((1, 2, 1))
    (Matrix([
    [W1_1_1],
    [W1_2_1]]), Matrix([[W2_1_1, W2_1_2]]))
    """
    return tuple(
        sp.ImmutableMatrix(n, m, lambda i, j, k=k: symbol(f"W{k}_{i + 1}_{j + 1}"))
        for k, (m, n) in enumerate(itertools.pairwise(widths), start=1)
    )


def product_of(matrices: Sequence[sp.MatrixBase]) -> sp.ImmutableMatrix:
    r"""Return :math:`W_L\cdots W_1`."""
    total = matrices[0]
    for matrix in matrices[1:]:
        total = matrix * total
    return sp.ImmutableMatrix(total)


def diagonal_target(widths: Sequence[int]) -> sp.ImmutableMatrix:
    """Return the matrix of the output's by the input's size with r, r - 1, ..., 1 on its diagonal.

    Examples
    --------
    >>> diagonal_target((2, 3, 2))
    Matrix([
    [2, 0],
    [0, 1]])
    """
    rank = min(widths[0], widths[-1])
    return sp.ImmutableMatrix(widths[-1], widths[0], lambda i, j: sp.Integer(rank - i) if i == j else sp.S.Zero)


def factorization_loss(widths: Sequence[int], target: sp.MatrixBase | None = None) -> Loss:
    r"""Return :math:`\tfrac12\|W_L\cdots W_1 - M\|_F^2` as a function of all entries.

    Parameters
    ----------
    widths : sequence of int
        :math:`d_0, ..., d_L` with :math:`W_\ell` of shape :math:`d_\ell\times d_{\ell-1}`.
    target : Matrix, optional
        M; `diagonal_target` unless given.

    Examples
    --------
    >>> factorization_loss((1, 1, 1)).expression
    (W1_1_1*W2_1_1 - 1)**2/2
    """
    matrices = layers(widths)
    goal = diagonal_target(widths) if target is None else target
    rest = product_of(matrices) - goal
    entries = tuple(e for matrix in matrices for e in matrix)
    name = "factorization:" + ",".join(map(str, widths))
    return Loss(entries, sp.Add(*(e**2 / 2 for e in rest)), name)


def factorization(widths: tuple[int, ...]) -> Model:
    r"""Return gradient descent on :math:`\tfrac12\|W_L\cdots W_1 - M\|_F^2` with M diagonal, r, r - 1, ..., 1.

    Gradient flow conserves :math:`W_{\ell+1}^\top W_{\ell+1} - W_\ell W_\ell^\top`.

    Parameters
    ----------
    widths : tuple of int
        From the input's size to the output's; no hidden layer is narrower than the smaller of these, r, so that the
        minima are the solutions of :math:`W_L\cdots W_1 = M`.

    Examples
    --------
    >>> factorization((1, 1, 1)).minima[0].equations
    (W1_1_1*W2_1_1 - 1,)
    """
    if len(widths) < 3:
        raise InputError(f"a factorization needs two layers, which are three widths such as 2,2,2, got {widths}")
    count = sum(m * n for m, n in itertools.pairwise(widths))
    if count > MOST_PARAMETERS:
        raise InputError(f"a factorization is written out for at most {MOST_PARAMETERS} entries, got {count}")
    if min(widths) < min(widths[0], widths[-1]):
        raise InputError(f"a hidden layer narrower than input and output cannot reach the target, got {widths}")
    loss = factorization_loss(widths)
    rest = tuple(product_of(layers(widths)) - diagonal_target(widths))
    # L is the sum of their squares over 2: each residual divides its part of the step.
    velocity = tuple(tuple(-ETA * sp.diff(r, w) for r in rest) for w in loss.parameters)
    minima = LimitSet("W_L ... W_1 = M", sp.Add(*(r**2 for r in rest)), rest, velocity)
    own = Coordinates(
        " ".join(map(str, loss.parameters)), gradient_descent(loss), gradient_norm(loss), SMALL_STEP, pace=None
    )
    return Model(
        loss.name,
        f"matrix factorization, L = |W_L ... W_1 - M|_F^2 / 2, of widths {', '.join(map(str, widths))}",
        "after Ghosh et al. 2025",
        loss,
        (own,),
        (minima,),
        balances(layers(widths)),
    )


def balances(matrices: Sequence[sp.MatrixBase]) -> tuple[sp.Expr, ...]:
    r"""Return the entries of :math:`W_{\ell+1}^\top W_{\ell+1} - W_\ell W_\ell^\top` on and above the diagonals."""
    found = []
    for inner, outer in itertools.pairwise(matrices):
        gap = outer.T * outer - inner * inner.T
        found += [gap[i, j] for i in range(gap.rows) for j in range(i, gap.cols)]
    return tuple(found)
