"""Identities of gradient descent at the edge: 2-cycles as critical points, weight decay, and critical sharpness."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.lemma import Identity, Inequality, Lemma
from edgestab.theory.loss import Loss
from edgestab.theory.optimizers.gradient_descent import gradient_descent
from edgestab.theory.parts.proof import Proof
from edgestab.theory.symbols import ETA, symbols

X, Y, U, V, MU, LAM, K, SLOPE, T, G2, GHG, TOP, D = symbols("x y u v mu lam kappa g t g2 ghg top d")


def _polynomial(x: sp.Expr, y: sp.Expr) -> sp.Expr:
    """A polynomial of degree 4 in two variables with symbols for all its coefficients."""
    powers = [(i, j) for i in range(5) for j in range(5 - i) if i + j]
    return sp.Add(*(sp.Symbol(f"c{i}{j}", real=True) * x**i * y**j for i, j in powers))


def _two_cycles() -> Claim:
    loss = Loss((X, Y), _polynomial(X, Y), "quartic polynomial")
    step = gradient_descent(loss).closed_form()
    there = {X: U, Y: V}
    coupling = loss.expression + loss.expression.xreplace(there) - ((X - U) ** 2 + (Y - V) ** 2) / (2 * ETA)
    away = [e.xreplace(there) for e in step]
    lemmas: list[Lemma] = [
        Identity("general: eta (g - (x - u)/eta) = u - (x - eta g)", ETA * (SLOPE - (X - U) / ETA), U - (X - ETA * SLOPE)),
    ]  # fmt: skip
    for name, variable, gap in (
        ("x", X, U - step[0]), ("y", Y, V - step[1]), ("u", U, X - away[0]), ("v", V, Y - away[1]),
    ):  # fmt: skip
        lemmas.append(
            Identity(
                f"a polynomial of degree 4 in two variables: eta dC/d{name}", ETA * sp.diff(coupling, variable), gap
            )
        )
    p, q, r, a, b, c = symbols("h11 h12 h22 k11 k12 k22")
    first, second = sp.eye(2) - ETA * sp.Matrix([[p, q], [q, r]]), sp.eye(2) - ETA * sp.Matrix([[a, b], [b, c]])
    blocks = sp.Matrix(sp.BlockMatrix([[-first, sp.eye(2)], [sp.eye(2), -second]]))
    one = sp.Matrix([[-(1 - ETA * p), 1], [1, -(1 - ETA * a)]])
    lemmas += [
        Identity("one parameter: eta^2 det D^2C = (1 - eta h)(1 - eta k) - 1", one.det(), (1 - ETA * p) * (1 - ETA * a) - 1),
        Identity("two parameters: eta^4 det D^2C = det((1 - eta K)(1 - eta H) - 1)", blocks.det(method="berkowitz"), (second * first - sp.eye(2)).det(method="berkowitz")),
    ]  # fmt: skip
    return Claim(
        "derived.two-cycles",
        "derived; after Litman 2026, arXiv 2604.20446, as transcribed",
        "2-cycles of gradient descent are the critical points of C = L(x) + L(y) - |x - y|^2/(2 eta)",
        "For a differentiable L and eta > 0, (x, y) is a critical point of C(x, y) = L(x) + L(y) - |x - y|^2/(2 eta) exactly when gradient descent takes x to y and y to x: a 2-cycle, or x = y where grad L = 0. If L is "
        "twice differentiable, the Hessian of C is singular there exactly when 1 is a multiplier of the cycle.",
        (
            Proof(
                "gradient and Hessian of C",
                tuple(lemmas),
                "In every coordinate eta dC/dx_i = y_i - (x_i - eta dL/dx_i) by the first lemma, and with x and y exchanged. eta D^2C has the blocks -(1 - eta H), 1, 1, -(1 - eta K), with H and K the Hessians at x and y: (a, c) is in its kernel exactly when c = (1 - eta H) a and a = (1 - eta K) c, "
                "so that (1 - eta K)(1 - eta H) a = a, and a = 0 only where c = 0. The last lemmas are the determinants for one and two parameters.",
            ),
        ),
        (sp.Eq(sp.Symbol("C"), sp.Symbol("L(x)") + sp.Symbol("L(y)") - sp.Symbol("|x-y|^2") / (2 * ETA)),),
        kind="derived",
    )  # fmt: skip


def _decay() -> Claim:
    quadratic = Loss((X,), LAM * X**2 / 2 + MU * X**2 / 2, "quadratic with decay")
    (after,) = gradient_descent(quadratic).closed_form()
    first, second = SLOPE * Y + MU * X, SLOPE * X + MU * Y
    lemmas: tuple[Lemma, ...] = (
        Identity("the multiplier is 1 - eta (mu + lam)", after, (1 - ETA * (MU + LAM)) * X),
        Inequality("|1 - k| < 1 for 0 < k < 2", 1 - (1 - K) ** 2, {K: (sp.S.Zero, sp.S(2))}, strict=True),
        Inequality("|1 - k| > 1 beyond", (1 - K) ** 2 - 1, {K: (sp.S(2), sp.oo)}, strict=True),
        Identity("k = eta (mu + lam) is 2 at lam = 2/eta - mu", (ETA * (MU + LAM)).subs(LAM, 2 / ETA - MU), sp.S(2)),
        Identity("l(xy) + mu (x^2 + y^2)/2: the slopes add up to (l' + mu)(x + y)", first + second, (SLOPE + MU) * (X + Y)),
        Identity("and differ by (mu - l')(x - y)", first - second, (MU - SLOPE) * (X - Y)),
        Identity("l' = mu and l' = -mu exclude each other: the difference is 2 mu", MU - (-MU), 2 * MU),
    )  # fmt: skip
    return Claim(
        "derived.weight-decay",
        "derived; after MacDonald et al. 2023, as transcribed",
        "weight decay: the edge is 2/eta - mu, and critical points of l(xy) lie on x = y and x = -y",
        "With weight decay mu |theta|^2/2, mu > 0, gradient descent on a quadratic of curvatures lam_i > 0 converges from every start if every lam_i < 2/eta - mu, and diverges from almost every start if one is above. "
        "Every critical point of l(xy) + mu (x^2 + y^2)/2 has x = y or x = -y: off the origin, x = y with l'(x^2) = -mu, or x = -y with l'(-x^2) = mu.",
        (
            Proof(
                "multipliers, and sums of slopes",
                lemmas,
                "In an eigenbasis each coordinate is multiplied by 1 - eta (mu + lam_i). At a critical point both products vanish: x + y = 0 or l' = -mu, and x - y = 0 or l' = mu; not both slopes, as mu > 0. Where x = -y is not 0, l' = mu, and "
                "where x = y is not 0, l' = -mu.",
            ),
        ),
        (sp.Lt(sp.Symbol("lambda"), 2 / ETA - MU),),
        kind="derived",
    )  # fmt: skip


def _critical_sharpness() -> Claim:
    p, q, r, b1, b2 = symbols("p q r b1 b2")
    loss = Loss((X, Y), p * X**2 / 2 + q * X * Y + r * Y**2 / 2 + b1 * X + b2 * Y, "quadratic")
    g = sp.Matrix(loss.gradient)
    moved = loss.expression.xreplace({X: X - T * g[0], Y: Y - T * g[1]})
    lemmas: tuple[Lemma, ...] = (
        Identity("two parameters: L(theta - t g) - L(theta) = -t |g|^2 + t^2 g.Hg/2", moved - loss.expression, -T * g.dot(g) + T**2 * g.dot(loss.hessian * g) / 2),
        Identity("-t |g|^2 + t^2 g.Hg/2 = t (g.Hg/2) (t - 2 |g|^2/g.Hg)", -T * G2 + T**2 * GHG / 2, T * GHG / 2 * (T - 2 * G2 / GHG)),
        Identity("2/eta_c = g.Hg/|g|^2", 2 / (2 * G2 / GHG), GHG / G2),
        Identity("top |g|^2 - g.Hg = sum (top - l_i) g_i^2, term by term", TOP * D**2 - LAM * D**2, (TOP - LAM) * D**2),
    )  # fmt: skip
    return Claim(
        "derived.critical-sharpness",
        "derived; after Kalra et al. 2026, arXiv 2601.16979, as transcribed",
        "critical sharpness on a quadratic is g.Hg/|g|^2, at most the sharpness",
        "On a quadratic of Hessian H, at a point of gradient g with g.Hg > 0, a step t > 0 along -g raises the loss exactly when t > eta_c = 2 |g|^2/g.Hg. So the critical sharpness 2/eta_c is g.Hg/|g|^2, which is at "
        "most the largest eigenvalue of H.",
        (
            Proof(
                "the loss along the gradient",
                lemmas,
                "Taylor's formula of order 2 is exact on a quadratic of any number of parameters; the first lemma is that of two. In an eigenbasis of H every term (top - l_i) g_i^2 is not negative.",
            ),
        ),
        (sp.Eq(2 / sp.Symbol("eta_c"), sp.Symbol("g.Hg") / sp.Symbol("|g|^2")),),
        kind="derived",
        notes=("Where g.Hg <= 0 no step along -g raises the loss.",),
    )  # fmt: skip


CLAIMS: Mapping[str, Callable[[], Claim]] = {
    "derived.two-cycles": _two_cycles,
    "derived.weight-decay": _decay,
    "derived.critical-sharpness": _critical_sharpness,
}
"""Two-cycles, decay and critical sharpness."""
