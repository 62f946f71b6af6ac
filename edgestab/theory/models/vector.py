r"""The vector model of Theorem 3.2: :math:`L = \tfrac14\|I - xy^\top xy^\top\|_F^2`, x and y in R^d.

L depends on :math:`g = x\cdot y`, :math:`N = |x|^2`, :math:`M = |y|^2` alone:
:math:`L = \tfrac14(d - 2g^2 + g^2NM)`. So does the step, in any dimension: the three Gram scalars obey an exact
polynomial map, and that is what is computed.
"""

from __future__ import annotations

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.chart import Chart
from edgestab.theory.loss import Loss
from edgestab.theory.models.base import DEFAULT_TOLERANCE, Coordinates, LimitSet, Model
from edgestab.theory.optimizers.gradient_descent import gradient_descent
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import ETA, symbol, symbols

N, G, M = symbols("N g M")


def gram_step() -> StepMap:
    r"""Return the exact step of (N, g, M).

    With :math:`\nabla_x L = g((NM/2 - 1)y + (gM/2)x)` and the same with x and y exchanged, x' and y' are
    combinations of x and y; their Gram matrix is quadratic in the coefficients.
    """
    xx, xy, yx, yy = symbols("xx xy yx yy")
    bindings = (
        (xx, 1 - ETA * G**2 * M / 2),
        (xy, -ETA * G * (N * M / 2 - 1)),
        (yx, -ETA * G * (N * M / 2 - 1)),
        (yy, 1 - ETA * G**2 * N / 2),
    )
    update = (
        xx**2 * N + 2 * xx * xy * G + xy**2 * M,
        xx * yx * N + (xx * yy + xy * yx) * G + xy * yy * M,
        yx**2 * N + 2 * yx * yy * G + yy**2 * M,
    )
    return StepMap("GD on the vector model, Gram scalars", (N, G, M), update, (ETA,), bindings)


def vector(dimension: int) -> Model:
    """Return the vector model in a given dimension.

    Its minima are :math:`|x||y| = 1`, y parallel to x, with value (d-1)/4 and sharpness
    :math:`2(|x|^2+|y|^2)`.
    """
    if not 1 <= dimension <= 16:
        raise InputError(f"the vector model is built for dimensions 1 to 16, got {dimension}")
    x = tuple(symbol(f"x{i + 1}") for i in range(dimension))
    y = tuple(symbol(f"y{i + 1}") for i in range(dimension))
    g = sp.Add(*(a * b for a, b in zip(x, y, strict=True)))
    n, m = (sp.Add(*(a**2 for a in v)) for v in (x, y))
    loss = Loss((*x, *y), (dimension - 2 * g**2 + g**2 * n * m) / 4, f"vector:{dimension}")
    distance = sp.sqrt((1 - g**2) ** 2 + (n * m - g**2) ** 2)
    own = Coordinates(" ".join(map(str, (*x, *y))), gradient_descent(loss), distance, DEFAULT_TOLERANCE, 2 * (n + m))
    to_gram = Chart("N g M", (*x, *y), (N, G, M), (n, g, m), _from_gram(dimension))
    gram_distance = sp.sqrt((1 - G**2) ** 2 + (N * M - G**2) ** 2)
    parallel = "|x||y| = 1, parallel"
    gram_minima = tuple(LimitSet(parallel, G - sign, (G - sign, N * M - 1)) for sign in (1, -1))
    gram = Coordinates(
        "N g M", gram_step(), gram_distance, DEFAULT_TOLERANCE, 2 * (N + M), chart=to_gram, minima=gram_minima
    )
    return Model(
        f"vector:{dimension}",
        f"rank-one factorization of the identity in dimension {dimension}",
        "Zhu et al. 2023, Theorem 3.2",
        loss,
        (own, gram),
        (LimitSet(parallel, (1 - g**2) ** 2 + (n * m - g**2) ** 2),),
        tuple(a**2 - b**2 for a, b in zip(x, y, strict=True)) if dimension == 1 else (n - m,),
    )


def _from_gram(dimension: int) -> tuple[sp.Expr, ...]:
    """One pair (x, y) with the given Gram scalars: x along the first axis, y in the plane of the first two."""
    root = sp.sqrt(N)
    zero = (sp.S(0),) * (dimension - 1)
    if dimension == 1:
        return (root, G / root)
    return (root, *zero, G / root, sp.sqrt(sp.Max(M - G**2 / N, 0)), *zero[1:])
