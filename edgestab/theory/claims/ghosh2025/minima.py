"""The Hessian of a matrix factorization at its minima: the spectrum of the balanced ones, which are the flattest."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.claims.ghosh2025.notation import (
    AFTER,
    MEANS,
    S1,
    S2,
    T,
    diagonal_layers,
    the_second_variation,
)
from edgestab.theory.lemma import Identity, Inequality, Lemma
from edgestab.theory.loss import Loss
from edgestab.theory.models.factorization import factorization_loss, layers, product_of
from edgestab.theory.parts.proof import Proof
from edgestab.theory.symbols import ETA, symbols

P1, P2 = symbols("p1 p2")

PRODUCT_RULE = Identity(
    "the second derivative of (P - P(0))^2/2 at t = 0 is P'(0)^2",
    sp.diff((P1 * T + P2 * T**2 / 2) ** 2 / 2, T, 2).subs(T, 0),
    P1**2,
)


def eigenvalue(depth: int, s: sp.Expr, r: sp.Expr) -> sp.Expr:
    r"""Return :math:`\lambda = \sum_{k<L} s^{2(L-1-k)}r^{2k}`.

    Examples
    --------
    >>> eigenvalue(2, S1, S2)
    s1**2 + s2**2
    """
    return sp.Add(*(s ** (2 * (depth - 1 - k)) * r ** (2 * k) for k in range(depth)))


def _spectrum() -> Claim:
    lemmas: list[Lemma] = [PRODUCT_RULE]
    for widths in ((2, 2, 2), (2, 2, 2, 2), (2, 2, 2, 2, 2)):
        depth = len(widths) - 1
        balanced = diagonal_layers(widths)
        loss = factorization_loss(widths, product_of(balanced))
        lemmas.append(the_second_variation(f"L = {depth}, 2 x 2, from the loss", widths, balanced, loss))
        lemmas.append(
            Identity(
                f"L = {depth}: lambda (s^2 - r^2) = s^{2 * depth} - r^{2 * depth}",
                eigenvalue(depth, S1, S2) * (S1**2 - S2**2),
                S1 ** (2 * depth) - S2 ** (2 * depth),
            )
        )
    return Claim(
        "ghosh2025.spectrum",
        AFTER,
        "the whole spectrum of the Hessian at a balanced minimum",
        "Let M = U diag(s_i^L) V^T, d x d, s_i >= 0, U and V orthogonal, and W_l = Q_(l+1) diag(s_i) Q_l^T, Q_l orthogonal, Q_1 = V, Q_(L+1) = U: a minimum of |W_L ... W_1 - M|_F^2/2. Its "
        "Hessian has the eigenvalues lambda_ij = sum_(k=0)^(L-1) s_i^(2 (L-1-k)) s_j^(2 k), i, j = 1 ... d, and (L - 1) d^2 times 0. With singular values sigma_i = s_i^L, the largest is "
        "L sigma_1^(2 - 2/L), and lambda_ii >= lambda_ij >= lambda_jj where s_i >= s_j.",
        (
            Proof(
                "product rule",
                tuple(lemmas),
                "W_l -> Q_(l+1)^T W_l Q_l is an isometry that makes all matrices diagonal. Along V the product P = W_L ... W_1 has the derivative sum_l S^(L-l) V_l S^(l-1), S = diag(s_i), "
                "and by the first lemma, entry by entry, the second derivative of the loss is the square of its norm. The entry (i, j) is g.(V_l)_ij with g_l = s_i^(L-l) s_j^(l-1), so the "
                "Hessian is a block g g^T for every (i, j), with eigenvalues |g|^2 = lambda_ij and 0. Each term lies between s_j^(2 (L-1)) and s_i^(2 (L-1)). The lemmas for L = 2, 3, 4 differentiate the loss itself.",
            ),
        ),
        (sp.Eq(sp.Symbol("lambda_ij"), sp.Symbol("sum_k s_i^(2(L-1-k)) s_j^(2k)")),),
        kind="derived",
    )


def _flattest() -> Claim:
    n, m, g = symbols("n m g")
    lemmas: list[Lemma] = [PRODUCT_RULE]
    for widths in ((2, 2, 2), (2, 3, 2), (1, 2, 2, 1)):
        matrices = layers(widths)
        # At any point: with the product itself for a target, the point is a minimum.
        goal = sp.Matrix(widths[-1], widths[0], lambda i, j: sp.Symbol(f"M_{i}_{j}", real=True))
        fits = dict(zip(goal, product_of(matrices), strict=True))
        loss = factorization_loss(widths, goal)
        general = the_second_variation(f"widths {', '.join(map(str, widths))}, from the loss", widths, matrices, loss)
        lemmas.append(Identity(general.name, general.left.xreplace(fits), general.right))
    lemmas += [
        Identity(
            "|x|^2 |y|^2 - (x.y)^2 = |x|^2 |y - (x.y/|x|^2) x|^2",
            n * m - g**2,
            n * (m - 2 * (g / n) * g + (g / n) ** 2 * n),
        ),
        *MEANS,
    ]
    return Claim(
        "ghosh2025.flattest",
        AFTER,
        "no minimum is flatter than the balanced one",
        "At every W_1, ..., W_L of any shapes with W_L ... W_1 = M, the sharpness of |W_L ... W_1 - M|_F^2/2 is at least L sigma_1^(2 - 2/L), sigma_1 > 0 the largest singular value of M. "
        "For square matrices the balanced minimum of ghosh2025.spectrum attains it.",
        (
            Proof(
                "test direction",
                tuple(lemmas),
                "Let M v = sigma_1 u with unit u, v, A_l = W_L ... W_(l+1), B_l = W_(l-1) ... W_1, x_l = A_l^T u, y_l = B_l v. Along V_l = x_l y_l^T the second derivative is |sum_l A_l V_l B_l|^2 "
                ">= (u.(sum_l A_l V_l B_l) v)^2 = (sum_l |x_l|^2 |y_l|^2)^2, and |V|^2 = sum_l |x_l|^2 |y_l|^2: the sharpness is at least this sum. By Cauchy and Schwarz |x_l||y_(l+1)| >= u.M v = "
                "sigma_1 for l < L, and |x_L| = |y_1| = 1, so the product of the L terms is at least sigma_1^(2 (L-1)), and their arithmetic mean at least their geometric mean (log t <= t - 1 for "
                "each term over the geometric mean, summed).",
            ),
        ),
        (sp.Ge(sp.Symbol("S"), sp.Symbol("L sigma_1^(2-2/L)")),),
        kind="derived",
    )


def _chain() -> Claim:
    xi, xj, r, sigma, gi, total = symbols("xi xj r sigma gi total")
    on = {sigma: xi * xj * r}
    hessian = Loss((xi, xj), (sigma - xi * xj * r) ** 2 / 2, "chain").hessian.subs(on)
    slope = (xi * xj * r / xi, xi * xj * r / xj)
    lemmas: tuple[Lemma, ...] = (
        Identity("H_ii = g_i^2, g_i = sigma/x_i", hessian[0, 0], slope[0] ** 2),
        Identity("H_ij = g_i g_j", hessian[0, 1], slope[0] * slope[1]),
        Identity("(I - eta g g^T) g = (1 - eta |g|^2) g", gi - ETA * gi * total, (1 - ETA * total) * gi),
        Inequality("1 - t < -1 for t > 2", T - 2, {T: (sp.S(2), sp.oo)}, strict=True),
        Inequality("|1 - t| < 1 for 0 < t < 2", 1 - (1 - T) ** 2, {T: (sp.S.Zero, sp.S(2))}, strict=True),
        *MEANS,
    )
    return Claim(
        "ghosh2025.chain",
        AFTER,
        "beyond 2/(D sigma^(2-2/D)) a scalar chain has no stable minimum",
        "For GD of step eta on (sigma - x_1 ... x_D)^2/2, sigma > 0 and D >= 2: at a minimum x_1 ... x_D = sigma the Hessian is g g^T, g_i = sigma/x_i, so the step has the multipliers 1, D - 1 times, and "
        "1 - eta S, S = sum_i sigma^2/x_i^2, which is inside (-1, 1) exactly when eta S < 2. S >= D sigma^(2 - 2/D), with equality where all |x_i| are equal: for "
        "eta > 2/(D sigma^(2 - 2/D)) every minimum has the multiplier 1 - eta S < -1.",
        (
            Proof(
                "rank one",
                lemmas,
                "r stands for the product of the other layers. What is orthogonal to g is kept. The product of the D terms sigma^2/x_i^2 is sigma^(2 D - 2), and their arithmetic mean is at least their "
                "geometric mean (log t <= t - 1 for each term over the geometric mean, summed).",
            ),
        ),
        (sp.Eq(sp.Symbol("S"), sp.Symbol("sum_i sigma^2/x_i^2")),),
        kind="derived",
        notes=(
            "Of single minima and their linear stability: that orbits converge only where eta S <= 2 is not claimed.",
        ),
    )


CLAIMS: Mapping[str, Callable[[], Claim]] = {
    "ghosh2025.spectrum": _spectrum,
    "ghosh2025.flattest": _flattest,
    "ghosh2025.chain": _chain,
}
"""The claims on minima."""
