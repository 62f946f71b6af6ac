"""General losses: the descent lemma and the gradient of the sharpness; and a loss with an ellipse of minima."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.claims.damian2023.notation import AFTER, SOURCE, A, B, C, T, X, Y
from edgestab.theory.lemma import Identity, Inequality, Lemma
from edgestab.theory.loss import Loss
from edgestab.theory.models.self_stabilization import spring_loss
from edgestab.theory.optimizers.gradient_descent import gradient_descent
from edgestab.theory.parts.proof import Proof
from edgestab.theory.symbols import ETA, symbols

G2, ELL, K, MU = symbols("g2 l k mu")


def _descent() -> Claim:
    quadratic = Loss((X,), ELL * X**2 / 2, "quadratic")
    (after,) = gradient_descent(quadratic).closed_form()
    change = quadratic.expression.subs(X, after) - quadratic.expression
    drop = ETA * (2 - ETA * ELL) / 2
    lemmas: tuple[Lemma, ...] = (
        Identity(
            "-eta |g|^2 + eta^2 l |g|^2 int_0^1 (1-t) dt = -eta (2 - eta l) |g|^2 / 2",
            -ETA * G2 + ETA**2 * ELL * G2 * sp.integrate(1 - T, (T, 0, 1)),
            -drop * G2,
        ),
        Inequality("k (2 - k) > 0 for 0 < k = eta l < 2", K * (2 - K), {K: (sp.S(0), sp.S(2))}, strict=True),
        Inequality("k (2 - k) <= 1, its value at k = 1", 1 - K * (2 - K), {K: (-sp.oo, sp.oo)}),
        Identity("equality on L = l x^2 / 2", change, -drop * quadratic.gradient[0] ** 2),
    )
    return Claim(
        "damian2023.descent",
        f"{SOURCE}, introduction (descent lemma)",
        "descent lemma",
        "Let L be twice continuously differentiable. If its sharpness is at most l on the segment from theta to theta' = theta - eta grad L(theta), then "
        "L(theta') <= L(theta) - eta (2 - eta l)/2 |grad L(theta)|^2. On L = l x^2/2 the two sides are equal.",
        (
            Proof(
                "descent",
                lemmas,
                "f(t) = L(theta - t eta g) has f'(0) = -eta |g|^2 and f'' <= eta^2 l |g|^2, and Taylor's theorem is "
                "f(1) = f(0) + f'(0) + int_0^1 (1-t) f''(t) dt.",
            ),
        ),
        (sp.Le(sp.Symbol("L'"), sp.Symbol("L") - drop * sp.Symbol("|g|^2")),),
    )


def _sharpness_gradient() -> Claim:
    p, q, r, dp, dq, dr = symbols("p q r dp dq dr")
    hessian, change = sp.Matrix([[p, q], [q, r]]), sp.Matrix([[dp, dq], [dq, dr]])
    top = sharpness(hessian)
    rate = sp.diff(top, p) * dp + sp.diff(top, q) * dq + sp.diff(top, r) * dr
    lemmas = []
    for u in (sp.Matrix([q, top - p]), sp.Matrix([top - r, q])):
        name = f"u = {'(h12, S - h11)' if u[0] == q else '(S - h22, h12)'}"
        rest = hessian * u - top * u
        lemmas += [
            Identity(f"{name}: row 1 of (H - S) u", rest[0], sp.S(0)),
            Identity(f"{name}: row 2 of (H - S) u", rest[1], sp.S(0)),
            Identity(f"{name}: S' |u|^2 = u.H'u", rate * u.dot(u), u.dot(change * u)),
        ]
    for loss in (
        spring_loss(A, B, C, MU),
        Loss((X, Y), (1 - X**2 * Y**2) ** 2 / 4, "quartic"),
        Loss((X, Y), (1 - A * X**2 - Y**2) ** 2, "ellipse"),
    ):
        h = loss.hessian
        top = sharpness(h)
        u = (h[0, 1], top - h[0, 0])
        size = u[0] ** 2 + u[1] ** 2
        for s, g in zip(loss.parameters, loss.sharpness_gradient_along(u), strict=True):
            lemmas.append(Identity(f"{loss.name.partition(':')[0]}: d S/d {s} = D^3L[u,u]", sp.diff(top, s) * size, g))
    return Claim(
        "damian2023.sharpness-gradient",
        AFTER,
        "the gradient of the sharpness",
        "For a loss of two parameters whose Hessian has two distinct eigenvalues, grad S = D^3 L[u, u] with u the unit top eigenvector.",
        (
            Proof(
                "derivative of the top eigenvalue",
                tuple(lemmas),
                "S = (h11 + h22 + sqrt((h11 - h22)^2 + 4 h12^2))/2, and ' is the derivative in any one parameter. One of the two u is not "
                "zero. The last lemmas evaluate it on three losses.",
            ),
        ),
        (sp.Eq(sp.Symbol("grad S"), sp.Symbol("D^3 L[u,u]")),),
        kind="derived",
    )


def sharpness(hessian: sp.MatrixBase) -> sp.Expr:
    """Return the larger eigenvalue of a symmetric 2x2 matrix."""
    p, q, r = hessian[0, 0], hessian[0, 1], hessian[1, 1]
    return (p + r + sp.sqrt((p - r) ** 2 + 4 * q**2)) / 2


def _ellipse() -> Claim:
    loss = Loss((X, Y), (1 - A * X**2 - Y**2) ** 2, "ellipse")
    on = {Y: (2, 1 - A * X**2)}
    unit = (sp.S(0), sp.S(1))
    steep = A + (1 - A) * T
    lemmas = (
        Identity("the Hessian is singular on a x^2 + y^2 = 1", loss.hessian.det(), sp.S(0), on),
        Identity("its trace is 8 (a^2 x^2 + y^2)", loss.hessian.trace(), 8 * (A**2 * X**2 + Y**2), on),
        Identity("a^2 x^2 + y^2 = a + (1 - a) y^2", A**2 * X**2 + Y**2, steep.subs(T, Y**2), on),
        Inequality("8 a <= S, with t = y^2", 8 * steep - 8 * A, {A: unit, T: unit}),
        Inequality("S <= 8", 8 - 8 * steep, {A: unit, T: unit}),
    )
    return Claim(
        "damian2023.ellipse",
        "derived",
        "an ellipse of minima",
        "On the minima a x^2 + y^2 = 1 of (1 - a x^2 - y^2)^2, 0 < a <= 1, the sharpness is 8 (a^2 x^2 + y^2), between 8 a at y = 0 and 8 "
        "at x = 0.",
        (Proof("sharpness", lemmas, "A singular symmetric 2x2 matrix has its trace as eigenvalue."),),
        (sp.Eq(sp.Symbol("S"), 8 * (A**2 * X**2 + Y**2)),),
        kind="derived",
    )


CLAIMS: Mapping[str, Callable[[], Claim]] = {
    "damian2023.descent": _descent,
    "damian2023.sharpness-gradient": _sharpness_gradient,
    "damian2023.ellipse": _ellipse,
}
"""The claims on general losses."""
