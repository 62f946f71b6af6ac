"""A network whose training ends at minima where the flip at the edge is subcritical."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.claims.derived.notation import R
from edgestab.theory.lemma import Identity, Inequality, Lemma
from edgestab.theory.parts.proof import Proof
from edgestab.theory.symbols import symbols

U, V, BETA, DELTA, ALPHA = symbols("u v beta delta alpha")

SOURCE = "derived; after Gan 2026, arXiv 2606.15551, as transcribed"

LOSS = (U**3 - V**3 - BETA) ** 2 / 2

SIGN = 12 * (U**5 - V**5) ** 2 - (U**4 + V**4) * (U**6 + V**6)
"""3 sum T_j^2/lambda_j - Q is this times 72/(u^4 + v^4)^2."""

REACH = R(1, 17)
"""For |delta| below this the flip is subcritical; a little above, at 0.0594..., it is no longer."""


def coefficient(loss: sp.Expr, at: Mapping[sp.Symbol, sp.Expr], direction: Sequence[sp.Expr]) -> sp.Expr:
    """Return 3 sum_j T_j^2/lambda_j - Q of a loss in u, v whose Hessian is g g^T there, g the direction given."""

    def along(order: int) -> sp.Expr:
        found = loss
        for _ in range(order):
            found = sum((c * sp.diff(found, s) for c, s in zip(slots, (U, V), strict=True)), sp.S.Zero)
        return found.xreplace(at).xreplace(dict(zip(slots, direction, strict=True)))

    slots = symbols("g1 g2")
    square = sp.Add(*(c**2 for c in direction))
    return 3 * along(3) ** 2 / square**4 - along(4) / square**2


def _subcritical() -> Claim:
    at = {BETA: U**3 - V**3}
    g = (3 * U**2, -3 * V**2)
    hessian = sp.hessian(LOSS, (U, V)).xreplace(at)
    slope = [sp.diff(LOSS, s) for s in (U, V)]
    error = U**3 - V**3 - BETA
    curve = {U: ALPHA / (1 - DELTA), V: ALPHA / (1 + DELTA)}
    target = (U**3 - V**3).xreplace(curve)
    rise = 3 * ALPHA**3 * (1 / (1 - DELTA) ** 4 + 1 / (1 + DELTA) ** 4)
    lowered = 3 * ALPHA * error  # -delta'
    on_curve = (-SIGN.xreplace(curve) / ALPHA**10) * (1 - DELTA**2) ** 10
    end = {ALPHA: 1, DELTA: R(1, 20)}
    lemmas: tuple[Lemma, ...] = (
        *(
            Identity(f"the Hessian at a minimum is g g^T, g = (3 u^2, -3 v^2): entry {i + 1}{j + 1}", hessian[i, j], g[i] * g[j])
            for i in range(2)
            for j in range(i, 2)
        ),
        Identity("3 sum T_j^2/lam_j - Q = 72 (12 (u^5 - v^5)^2 - (u^4 + v^4)(u^6 + v^6))/(u^4 + v^4)^2", coefficient(LOSS, at, g), 72 * SIGN / (U**4 + V**4) ** 2),
        Identity("along gradient flow (1/u + 1/v)' = 0", slope[0] / U**2 + slope[1] / V**2, sp.S.Zero),
        Identity("u = alpha/(1 - delta), v = alpha/(1 + delta) have 1/u + 1/v = 2/alpha", (1 / U + 1 / V).xreplace(curve), 2 / ALPHA),
        Identity("u' = -dL/du says delta' = -3 alpha (u^3 - v^3 - beta)", (slope[0] - lowered * U**2 / ALPHA).xreplace(curve), sp.S.Zero),
        Identity("v' = -dL/dv says the same", (slope[1] + lowered * V**2 / ALPHA).xreplace(curve), sp.S.Zero),
        Identity("d(u^3 - v^3)/d delta = 3 alpha^3 ((1 - delta)^-4 + (1 + delta)^-4)", sp.diff(target, DELTA), rise),
        Inequality("which is > 0", rise.subs(ALPHA, 1), {DELTA: (-sp.S.One, sp.S.One)}, strict=True),
        Identity("at delta = 1/20, alpha = 1: u^3 - v^3 = 3/10 + 1596403/635211990", target.xreplace(end), R(3, 10) + R(1596403, 635211990)),
        Inequality("for |delta| < 1/17: 12 (u^5 - v^5)^2 < (u^4 + v^4)(u^6 + v^6)", sp.expand(sp.cancel(on_curve)), {DELTA: (-REACH, REACH)}, strict=True),
    )  # fmt: skip
    return Claim(
        "edgestab2026.flip-subcritical",
        SOURCE,
        "a diagonal linear network of depth 3: training ends at minima where the flip is subcritical",
        "L(u, v) = (u^3 - v^3 - beta)^2/2 is the loss of a diagonal linear network with three layers on the sample x = 1, y = beta. From u = v = alpha > 0, if |beta| <= 3 alpha^3/10, gradient flow "
        "converges to a minimum at which 3 sum_j T_j^2/lam_j < Q, in the notation of edgestab2026.flip-many: for alpha = 1, beta = (20/19)^3 - (20/21)^3 to (20/19, 20/21).",
        (
            Proof(
                "gradient flow in one coordinate",
                lemmas,
                "Gradient flow from u = v = alpha stays on u = alpha/(1 - delta), v = alpha/(1 + delta), where delta' = -3 alpha (u^3 - v^3 - beta) and u^3 - v^3 is 0 at delta = 0 and increases with delta: delta tends "
                "to the one zero, which by symmetry lies in [-1/20, 1/20], as |beta| <= 3 alpha^3/10 is less than |u^3 - v^3| at the ends. There the sign is that of the last lemma, which is homogeneous in alpha. "
                "The Hessian has rank one: u = g/|g| is its only normal direction.",
            ),
        ),
        (sp.Lt(SIGN, 0),),
        kind="derived",
        notes=(
            "It answers no to whether the coefficient is positive at every minimum that training finds: the page on landing says how it is distributed on other networks.",
            "Depth 2, (u^2 - v^2 - beta)^2/2, has no such minimum: there D^3 of u^2 - v^2 is 0 and the coefficient is 24 times a square.",
        ),
    )  # fmt: skip


CLAIMS: Mapping[str, Callable[[], Claim]] = {"edgestab2026.flip-subcritical": _subcritical}
"""The open question of the sign, answered."""
