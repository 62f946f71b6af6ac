"""Gradient descent along one random direction at a time, on a quadratic: stability in mean square."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.claims.derived.notation import R, expectation
from edgestab.theory.lemma import Identity, Inequality, Lemma
from edgestab.theory.parts.proof import Proof
from edgestab.theory.symbols import ETA, symbols

X, Y, U, C, H, D, SMOOTH, REST, SUM, L, K, TOP, TOTAL = symbols("x y u c h d rho rest S l kappa top F")

GAUSSIAN = (sp.S.One, sp.S.Zero, sp.S.One, sp.S.Zero, sp.S(3))
"""The moments of a standard normal number."""

SLOWER = 1 - 2 * K + 2 * K**2
"""The factor of a coordinate's own second moment, with kappa = eta l."""


def _step() -> tuple[Lemma, ...]:
    """One coordinate x of curvature l: u.g = u l x + rest, where the rest is independent of u."""
    rest = (sp.S.One, sp.S.Zero, SUM)
    new = X - ETA * U * (U * L * X + REST)
    square = expectation(expectation(new**2, REST, rest), U, GAUSSIAN)
    slope, half, offset = C, H / 2, D
    along = {1: offset + SMOOTH * slope + SMOOTH**2 * half, -1: offset - SMOOTH * slope + SMOOTH**2 * half}
    return (
        Identity("(L(x + rho u) - L(x - rho u))/(2 rho) = u.grad L on a quadratic", (along[1] - along[-1]) / (2 * SMOOTH), C),
        Identity("E x'^2 = (1 - 2 eta l + 2 eta^2 l^2) x^2 + eta^2 (l^2 x^2 + S)", square,
                 (1 - 2 * ETA * L + 2 * ETA**2 * L**2) * X**2 + ETA**2 * (L**2 * X**2 + SUM)),
    )  # fmt: skip


def _threshold() -> Claim:
    inside, share = {K: (sp.S.Zero, sp.S.One)}, K / (2 * (1 - K))
    z = 1 / (1 - SLOWER)
    lemmas: tuple[Lemma, ...] = (
        *_step(),
        Identity("1 - d = 2 kappa (1 - kappa), d = 1 - 2 kappa + 2 kappa^2", 1 - SLOWER, 2 * K * (1 - K)),
        Inequality("so 1 - d > 0 for 0 < kappa < 1", 1 - SLOWER, inside, strict=True),
        Inequality("d > 0", SLOWER, {K: (-sp.oo, sp.oo)}, strict=True),
        Identity("d z + F = z - 1 + F, z = 1/(1 - d)", SLOWER * z + TOTAL, z - 1 + TOTAL),
        Identity("kappa^2 z = kappa/(2 (1 - kappa))", K**2 * z, share),
        Inequality("for kappa >= 1 a coordinate alone grows: d + kappa^2 > 1", (SLOWER + K**2 - 1).subs(K, 1 + K), {K: (sp.S.Zero, sp.oo)}, strict=True),
        Inequality("at kappa = 1 too", (SLOWER + K**2 - 1).subs(K, 1), {}, strict=True),
        Identity("one dimension: F = 1 at kappa = 2/3", share.subs(K, R(2, 3)), sp.S.One),
        Inequality("kappa/(2 (1 - kappa)) > kappa/2", share - K / 2, inside, strict=True),
        Identity("kappa/(2 (1 - top)) - kappa/(2 (1 - kappa)) = kappa (top - kappa)/(2 (1 - top) (1 - kappa))", K / (2 * (1 - TOP)) - share,
                 K * (TOP - K) / (2 * (1 - TOP) * (1 - K))),
    )  # fmt: skip
    total = sp.Sum(sp.Symbol("kappa_i") / (2 * (1 - sp.Symbol("kappa_i"))), (sp.Symbol("i"), 1, sp.Symbol("n")))
    return Claim(
        "derived.zeroth-order",
        "derived; after arXiv 2604.14669, as transcribed",
        "zeroth-order gradient descent: the threshold in mean square",
        "On a quadratic of curvatures l_1, ..., l_n > 0, theta' = theta - eta u (L(theta + rho u) - L(theta - rho u))/(2 rho), u standard normal and drawn anew at each step, "
        "eta > 0, has E |theta - theta*|^2 -> 0 from every start, theta* the minimum, exactly when every kappa_i = eta l_i < 1 and F = sum_i kappa_i/(2 (1 - kappa_i)) < 1. "
        "So eta tr H < 2 is necessary, and eta (tr H + 2 lambda_max) < 2 is sufficient.",
        (
            Proof(
                "a positive vector",
                lemmas,
                "In an eigenbasis with theta* = 0 the difference quotient is u.grad L = sum_j u_j l_j x_j, of which the part without u_i has mean 0 and variance "
                "S = sum_(j != i) l_j^2 x_j^2 and is independent of u_i. So m_i = E x_i^2 goes to d_i m_i + eta^2 sum_j l_j^2 m_j, d_i = 1 - 2 kappa_i + 2 kappa_i^2: a "
                "matrix A without negative entries. If some kappa_i >= 1, then m_i' >= (d_i + kappa_i^2) m_i, and m_i grows from wherever it is not 0. Otherwise z_i = 1/(1 - d_i) > 0 "
                "and (A z)_i = d_i z_i + sum_j kappa_j^2 z_j = z_i - 1 + F. If F < 1 then A z <= q z with a q < 1, and as every m_0 <= const z, "
                "m_t <= const q^t z -> 0. If F >= 1 then A z >= z, and from m_0 = z no m_t falls below z. "
                "Last, F > eta tr H/2; and where every kappa_i <= top = eta lambda_max < 1, F <= eta tr H/(2 (1 - top)), which is below 1 when eta (tr H + 2 lambda_max) < 2.",
            ),
        ),
        (sp.Lt(total, 1),),
        kind="derived",
        notes=("With the one-sided quotient (L(theta + rho u) - L(theta))/rho a term of order rho stays: the mean square does not tend to 0.",),
    )  # fmt: skip


CLAIMS: Mapping[str, Callable[[], Claim]] = {"derived.zeroth-order": _threshold}
"""The threshold."""
