"""The UV model as a map of two coordinates: its ellipse, its fixed points, its balanced line.

Derived here from the model as recalled; nothing is quoted from the paper.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.lemma import Identity, Inequality, Lemma
from edgestab.theory.loss import Loss
from edgestab.theory.models.cubic_map import cubic
from edgestab.theory.models.uv import RESIDUAL, A, P, Q, Z, invariant_ellipse, uv_map
from edgestab.theory.optimizers.gradient_descent import gradient_descent
from edgestab.theory.parts.proof import Proof
from edgestab.theory.symbols import ETA, symbols

AFTER = "derived; after Kalra, He & Barkeshli 2023"

F, Y, LAM, C, T = symbols("f y lam c t")
STEP = uv_map()
MOVED = dict(zip(STEP.state, STEP.closed_form(), strict=True))


def jacobian(p: sp.Expr, q: sp.Expr) -> sp.Matrix:
    """Return the matrix of partial derivatives of the map of (p, q) at a point."""
    return sp.Matrix(STEP.closed_form()).jacobian(STEP.state).subs({P: p, Q: q}, simultaneous=True)


def _map() -> Claim:
    # w = U x and v move in the plane that they span: by their Gram scalars, in any width. r = |x|, m = sqrt(n).
    ww, vv, wv, r, m = symbols("ww vv wv r m")
    gap = wv / m - Y
    k = ETA * gap / m
    after = {
        ww: ww - 2 * k * r**2 * wv + k**2 * r**4 * vv,
        vv: vv - 2 * k * wv + k**2 * ww,
        wv: wv - k * ww - k * r**2 * vv + k**2 * r**2 * wv,
    }
    trace, root = (ww + r**2 * vv) / m**2, r / m
    p, q = (ETA * (trace + sign * 2 * root * wv / m) / 4 for sign in (1, -1))
    z = ETA * root * gap
    # The recursion of f - y and lambda, from the map; C stands for sqrt(c).
    plus, minus = LAM + 2 * C * F, LAM - 2 * C * F
    moved = (plus * (1 - ETA * C * (F - Y)) ** 2, minus * (1 + ETA * C * (F - Y)) ** 2)
    lemmas: tuple[Lemma, ...] = (
        Identity("p = eta |Ux + |x| v|^2/(4 n)", p, ETA * (ww + 2 * r * wv + r**2 * vv) / (4 * m**2)),
        Identity("q = eta |Ux - |x| v|^2/(4 n)", q, ETA * (ww - 2 * r * wv + r**2 * vv) / (4 * m**2)),
        Identity("z = p - q - a", z, p - q - ETA * root * Y),
        Identity("p' = p (1 - z)^2", p.subs(after, simultaneous=True), p * (1 - z) ** 2),
        Identity("q' = q (1 + z)^2", q.subs(after, simultaneous=True), q * (1 + z) ** 2),
        *_of_width_two(),
        Identity(
            "f' - y = (f - y)(1 - eta lambda + eta^2 c (f - y) f)",
            (moved[0] - moved[1]) / (4 * C) - Y,
            (F - Y) * (1 - ETA * LAM + ETA**2 * C**2 * (F - Y) * F),
        ),
        Identity(
            "lambda' = lambda + eta c (f - y)(eta lambda (f - y) - 4 f)",
            (moved[0] + moved[1]) / 2,
            LAM + ETA * C**2 * (F - Y) * (ETA * LAM * (F - Y) - 4 * F),
        ),
    )
    return Claim(
        "kalra2023.map",
        AFTER,
        "the UV model is a map of two coordinates",
        "GD on 1/2 (f - y)^2, f = v.Ux/sqrt(n), U an n x d matrix and v in R^n, on one example (x, y), x not 0, with c = |x|^2/n, "
        "lambda = (|Ux|^2 + |x|^2 |v|^2)/n, p = eta (lambda + 2 sqrt(c) f)/4, q = eta (lambda - 2 sqrt(c) f)/4, a = eta sqrt(c) y and "
        "z = eta sqrt(c) (f - y): z = p - q - a, p' = p (1 - z)^2, q' = q (1 + z)^2, p, q >= 0. So "
        "f' - y = (f - y)(1 - eta lambda + eta^2 c (f - y) f) and lambda' = lambda + eta c (f - y)(eta lambda (f - y) - 4 f).",
        (
            Proof(
                "exact map",
                lemmas,
                "The gradient is (f - y)/sqrt(n) times v x^T in U and Ux in v, so Ux' = Ux - k |x|^2 v and v' = v - k Ux with "
                "k = eta (f - y)/sqrt(n): that gives the Gram scalars. The lemmas of n = d = 2 differentiate the loss itself.",
            ),
        ),
        (sp.Eq(sp.Symbol("p'"), P * (1 - Z) ** 2), sp.Eq(sp.Symbol("q'"), Q * (1 + Z) ** 2)),
        kind="derived",
    )


def _of_width_two() -> tuple[Lemma, ...]:
    """The map from the loss itself, for n = d = 2."""
    u11, u12, u21, u22, v1, v2, x1, x2 = symbols("u11 u12 u21 u22 v1 v2 x1 x2")
    w1, w2 = u11 * x1 + u12 * x2, u21 * x1 + u22 * x2
    f = (v1 * w1 + v2 * w2) / sp.sqrt(2)
    loss = Loss((u11, u12, u21, u22, v1, v2), (f - Y) ** 2 / 2, "UV")
    after = dict(zip(loss.parameters, gradient_descent(loss).closed_form(), strict=True))
    square = x1**2 + x2**2
    found = []
    for name, sign in (("p", 1), ("q", -1)):
        coordinate = ETA * (w1**2 + w2**2 + square * (v1**2 + v2**2) + sign * 2 * sp.sqrt(2) * sp.sqrt(square) * f) / 8
        z = ETA * sp.sqrt(square) / sp.sqrt(2) * (f - Y)
        found.append(
            Identity(
                f"{name}' from the loss, n = d = 2",
                coordinate.subs(after, simultaneous=True),
                coordinate * (1 - sign * z) ** 2,
            )
        )
    return tuple(found)


def _ellipse() -> Claim:
    e = invariant_ellipse()
    rest = (2 - A) * (1 - T)
    on = {P: (2 + A) * T, Q: rest}
    lemmas: tuple[Lemma, ...] = (
        Identity(
            "1 - E' = (1 - E)(1 + z (z + a))",
            1 - e.subs(MOVED, simultaneous=True),
            (1 - e) * (1 + RESIDUAL * (RESIDUAL + A)),
        ),
        Identity("1 + z (z + a) = (z + a/2)^2 + 1 - a^2/4", 1 + Z * (Z + A), (Z + A / 2) ** 2 + 1 - A**2 / 4),
        Inequality("1 - a^2/4 > 0 for -2 < a < 2", 1 - A**2 / 4, {A: (sp.S(-2), sp.S(2))}, strict=True),
        Identity("E = 1 where p = (2 + a) t, q = (2 - a)(1 - t)", e.subs(on), sp.S.One),
        Identity("there z = 4 t - 2", RESIDUAL.subs(on), 4 * T - 2),
        Identity("and p'/(2 + a) = t (4 t - 3)^2", MOVED[P].subs(on) / (2 + A), T * (4 * T - 3) ** 2),
        Identity("1 - t (4 t - 3)^2 = (1 - t)(4 t - 1)^2", 1 - T * (4 * T - 3) ** 2, (1 - T) * (4 * T - 1) ** 2),
    )
    return Claim(
        "kalra2023.ellipse",
        AFTER,
        "an invariant ellipse of the UV model, inside which every orbit is bounded",
        "For 0 <= a < 2 and p, q >= 0, with z = p - q - a, the map p' = p (1 - z)^2, q' = q (1 + z)^2 and E = p/(2 + a) + q/(2 - a) have "
        "1 - E' = (1 - E)(1 + z (z + a)), and the second factor is positive: E < 1, E = 1 and E > 1 each stay so. From E < 1, "
        "p < 2 + a and q < 2 - a for ever. On E = 1, t = p/(2 + a) obeys t' = t (4 t - 3)^2.",
        (
            Proof(
                "invariant level",
                lemmas,
                "p and q stay >= 0, and so neither p/(2 + a) nor q/(2 - a) exceeds E.",
            ),
        ),
        (sp.Eq(sp.Symbol("E"), e),),
        kind="derived",
        notes=(
            "Of the outside speaks kalra2023.escape.",
            "zhu2023.R5 is the case of two scalars with y = 1.",
        ),
    )


def _fixed_points() -> Claim:
    line = jacobian(A + Q, Q)
    total = A + 2 * Q
    origin, upper, lower = jacobian(sp.S.Zero, sp.S.Zero), jacobian(2 + A, sp.S.Zero), jacobian(sp.S.Zero, 2 - A)

    def characteristic(name: str, matrix: sp.Matrix, one: sp.Expr, two: sp.Expr) -> Lemma:
        return Identity(name, (T * sp.eye(2) - matrix).det(), (T - one) * (T - two))

    side = {A: (sp.S.Zero, sp.S(2))}
    lemmas: tuple[Lemma, ...] = (
        Identity("p' - p = p z (z - 2)", MOVED[P] - P, P * RESIDUAL * (RESIDUAL - 2)),
        Identity("q' - q = q z (z + 2)", MOVED[Q] - Q, Q * RESIDUAL * (RESIDUAL + 2)),
        Identity("z = 2 on q = 0: p = 2 + a", RESIDUAL.subs({P: 2 + A, Q: 0}), sp.S(2)),
        Identity("z = -2 on p = 0: q = 2 - a", RESIDUAL.subs({P: 0, Q: 2 - A}), sp.S(-2)),
        characteristic("on z = 0 the multipliers are 1 and 1 - 2 (p + q)", line, sp.S.One, 1 - 2 * total),
        characteristic("at (0, 0): (1 + a)^2 and (1 - a)^2", origin, (1 + A) ** 2, (1 - A) ** 2),
        characteristic("at (2 + a, 0): 9 and 5 + 2 a", upper, sp.S(9), 5 + 2 * A),
        characteristic("at (0, 2 - a): 9 and 5 - 2 a", lower, sp.S(9), 5 - 2 * A),
        Inequality("(1 + a)^2 > 1", (1 + A) ** 2 - 1, side, strict=True),
        Inequality("5 + 2 a > 1", 4 + 2 * A, side, strict=True),
        Inequality("5 - 2 a > 1", 4 - 2 * A, side, strict=True),
        Inequality("0 < s < 1 gives (1 - 2 s)^2 < 1", 1 - (1 - 2 * T) ** 2, {T: (sp.S.Zero, sp.S.One)}, strict=True),
        Inequality("s > 1 gives (1 - 2 s)^2 > 1", (1 - 2 * T) ** 2 - 1, {T: (sp.S.One, sp.oo)}, strict=True),
        Identity("on z = 0, p + q = a + 2 q", (P + Q).subs(P, A + Q), total),
    )
    return Claim(
        "kalra2023.fixed-points",
        AFTER,
        "the fixed points of the UV model, and when no minimum is stable",
        "For 0 < a < 2 the fixed points with p, q >= 0 of p' = p (1 - z)^2, q' = q (1 + z)^2, z = p - q - a, are the zero-loss line z = 0, with "
        "the multipliers 1 along it and 1 - 2 (p + q), and (0, 0), (2 + a, 0), (0, 2 - a), each with a multiplier beyond 1: (1 + a)^2; 9 and 5 + 2 a; 9 and 5 - 2 a. "
        "On the line |1 - 2 (p + q)| < 1 exactly where p + q < 1, and p + q = eta lambda/2 there is a + 2 q >= a: some minimum is "
        "stable exactly when a < 1, which is eta < 1/(sqrt(c) y).",
        (
            Proof(
                "fixed points",
                lemmas,
                "A fixed point has p = 0 or z = 0 or z = 2, and q = 0 or z = 0 or z = -2. On z = 0, p + q > 0 since a > 0.",
            ),
        ),
        kind="derived",
    )


def _balanced() -> Claim:
    root = sp.sqrt((A - 1) * (A + 3))
    high, low = (1 - A + root) / 2, (1 - A - root) / 2
    transverse = sp.diff(MOVED[Q], Q).subs(Q, 0).subs(P, Z + A)
    lemmas: tuple[Lemma, ...] = (
        Identity("q = 0 stays", MOVED[Q].subs(Q, 0), sp.S.Zero),
        Identity("on it z' = z^3 + (a - 2) z^2 + (1 - 2 a) z", (MOVED[P] - A).subs({P: Z + A, Q: 0}), cubic(Z)),
        Identity("dq'/dq = (1 + z)^2 there", transverse, (1 + Z) ** 2),
        Identity("one point of the 2-cycle goes to the other", cubic(high), low),
        Identity("and back", cubic(low), high),
        Identity("(1 + z1)^2 (1 + z2)^2 = (3 - 2 a)^2", ((1 + high) * (1 + low)) ** 2, (3 - 2 * A) ** 2),
        Inequality("(3 - 2 a)^2 < 1 for 1 < a < 2", 1 - (3 - 2 * A) ** 2, {A: (sp.S.One, sp.S(2))}, strict=True),
        Inequality("(3 - 2 a)^2 > 1 for a > 2", (3 - 2 * A) ** 2 - 1, {A: (sp.S(2), sp.oo)}, strict=True),
    )
    return Claim(
        "kalra2023.balanced",
        AFTER,
        "the balanced line attracts near its 2-cycle",
        "The line q = 0 is invariant under p' = p (1 - z)^2, q' = q (1 + z)^2, z = p - q - a; on it z' = z^3 + (a - 2) z^2 + (1 - 2 a) z, and the "
        "multiplier across it is (1 + z)^2 a step. For a > 1 the zeros of z^2 + (a - 1) z - (a - 1) are a 2-cycle on it, and over that cycle "
        "the multiplier across is (3 - 2 a)^2: below 1 for 1 < a < 2, above for a > 2.",
        (Proof("transverse multiplier", lemmas, "z1, z2 = (1 - a +- sqrt((a - 1)(a + 3)))/2 are these zeros."),),
        (sp.Eq(sp.Symbol("dq'/dq"), (1 + Z) ** 2),),
        kind="derived",
    )


CLAIMS: Mapping[str, Callable[[], Claim]] = {
    "kalra2023.map": _map,
    "kalra2023.ellipse": _ellipse,
    "kalra2023.fixed-points": _fixed_points,
    "kalra2023.balanced": _balanced,
}
"""The paper's claims."""
