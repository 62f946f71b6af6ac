"""Even, Pesme, Gunasekar & Flammarion 2023 (arXiv 2302.08982): gradient descent on diagonal linear networks.

Derived here from the parametrization as transcribed; nothing is quoted from the paper.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.lemma import Identity, Inequality, Lemma
from edgestab.theory.loss import Loss
from edgestab.theory.observation import Observation, between
from edgestab.theory.optimizers.gradient_descent import gradient_descent
from edgestab.theory.parts.proof import Proof
from edgestab.theory.symbols import ETA, symbols

AFTER = "derived; after Even, Pesme, Gunasekar & Flammarion 2023"

U, V, G, LEVEL, CURVATURE, X, AP, AM, E = symbols("u v g level z2 x alpha_plus alpha_minus e")

Q_PLUS = -2 * X - sp.log((1 - X) ** 2)
Q_MINUS = 2 * X - sp.log((1 + X) ** 2)
BETA = (AP**2 / E - AM**2 * E) / 2
"""beta_k with e = exp(2 eta sum of the slopes)."""


def _closed_form() -> Claim:
    # In one coordinate: the loss has the slope g in beta = u v there.
    jet = Loss((U, V), G * (U * V - LEVEL) + CURVATURE * (U * V - LEVEL) ** 2 / 2, "diagonal")
    u, v = (e.subs(LEVEL, U * V) for e in gradient_descent(jet).closed_form())
    lemmas: tuple[Lemma, ...] = (
        Identity("u' + v' = (u + v)(1 - eta g)", u + v, (U + V) * (1 - ETA * G)),
        Identity("u' - v' = (u - v)(1 + eta g)", u - v, (U - V) * (1 + ETA * G)),
        Identity("u v = ((u + v)^2 - (u - v)^2)/4", U * V, ((U + V) ** 2 - (U - V) ** 2) / 4),
        Identity("exp(-q+(x)) exp(-2 x) = (1 - x)^2", sp.exp(-Q_PLUS) * sp.exp(-2 * X), (1 - X) ** 2),
        Identity("exp(-q-(x)) exp(2 x) = (1 + x)^2", sp.exp(-Q_MINUS) * sp.exp(2 * X), (1 + X) ** 2),
    )
    return Claim(
        "even2023.closed-form",
        AFTER,
        "diagonal networks in closed form",
        "GD of step eta on L(beta), beta = u v in every coordinate and L differentiable, from u = sqrt2 alpha, v = 0, alpha > 0, with g_j the slope of L in a coordinate "
        "at step j and eta |g_j| never 1, has there beta_k = (alpha_+^2 e^(-2 eta sum g_j) - alpha_-^2 e^(2 eta sum g_j))/2, sums over j < k, with "
        "alpha_+-^2 = alpha^2 exp(-sum q_+-(eta g_j)), q_+-(x) = -+2 x - log((1 -+ x)^2).",
        (
            Proof(
                "closed form",
                lemmas,
                "At the start (u + v)^2 = (u - v)^2 = 2 alpha^2. By induction (u + v)^2 = 2 alpha^2 prod (1 - eta g_j)^2 and (u - v)^2 = "
                "2 alpha^2 prod (1 + eta g_j)^2, and x = eta g_j in the last two.",
            ),
        ),
        kind="derived",
    )


def _scale() -> Claim:
    plus, minus = sp.diff(Q_PLUS, X), sp.diff(Q_MINUS, X)
    left, right = {X: (-sp.S.One, sp.S.Zero)}, {X: (sp.S.Zero, sp.S.One)}
    lemmas: tuple[Lemma, ...] = (
        Identity("q+(0) = 0", Q_PLUS.subs(X, 0), sp.S.Zero),
        Identity("q-(0) = 0", Q_MINUS.subs(X, 0), sp.S.Zero),
        Identity("q+'(x) = 2 x/(1 - x)", plus, 2 * X / (1 - X)),
        Identity("q-'(x) = 2 x/(1 + x)", minus, 2 * X / (1 + X)),
        Inequality("q+ falls on (-1, 0)", -2 * X / (1 - X), left, strict=True),
        Inequality("and rises on (0, 1)", 2 * X / (1 - X), right, strict=True),
        Inequality("q- falls on (-1, 0)", -2 * X / (1 + X), left, strict=True),
        Inequality("and rises on (0, 1)", 2 * X / (1 + X), right, strict=True),
    )
    return Claim(
        "even2023.scale",
        AFTER,
        "finite steps shrink the scale of a diagonal network",
        "In even2023.closed-form, while eta |g_j| < 1, alpha_+ and alpha_- never increase, and both decrease strictly at every step with g_j not 0.",
        (Proof("signs", lemmas, "q_+- >= 0 on (-1, 1), and 0 at x = 0 alone."),),
        kind="derived",
    )


def _mirror() -> Claim:
    def sinh_of_log(r: sp.Expr) -> sp.Expr:
        return (r - 1 / r) / 2

    start = (AP**2 - AM**2) / 2
    size = symbols("k")[0]  # positive
    lemmas: tuple[Lemma, ...] = (
        Identity("beta_k/(alpha_+ alpha_-) = sinh(log(alpha_+/alpha_-) - s)", BETA / (AP * AM), sinh_of_log(AP / AM / E)),
        Identity("beta~/(alpha_+ alpha_-) = sinh(log(alpha_+/alpha_-))", start / (AP * AM), sinh_of_log(AP / AM)),
        Identity("d/dx asinh(x/a)/2 = 1/(2 sqrt(x^2 + a^2))", sp.diff(sp.log(X + sp.sqrt(X**2 + size**2)), X) / 2, 1 / (2 * sp.sqrt(X**2 + size**2))),
    )  # fmt: skip
    return Claim(
        "even2023.mirror",
        AFTER,
        "diagonal networks move by mirror descent with a moving potential",
        "In even2023.closed-form, with a_k = alpha_+ alpha_- > 0 and beta~ = (alpha_+^2 - alpha_-^2)/2 at step k: asinh(beta_k/a_k)/2 - asinh(beta~/a_k)/2 = "
        "-eta sum_(j<k) g_j, in every coordinate. Where L(beta) is a differentiable function of A beta this vector lies in the range of A^T; so if alpha_+- have positive limits and "
        "beta_k has a limit, that is the minimizer of the Bregman divergence from the limit of beta~ over all beta with the same A beta, for the potential with gradient "
        "asinh(beta/a)/2.",
        (
            Proof(
                "mirror step",
                lemmas,
                "s = 2 eta sum g_j = log e; sinh(log r) = (r - 1/r)/2, and asinh inverts it. The range of A^T is closed, so the limit lies in it. "
                "The potential is strictly convex, as its gradient's derivative is positive: asinh(x/a) = log(x + sqrt(x^2 + a^2)) - log a. "
                "For a convex function a point where the gradient is normal to an affine set is its minimizer there.",
            ),
        ),
        kind="derived",
        notes=("That the limits exist is not claimed; runs have them: even2023.limit.",),
    )


def _limit() -> Claim:
    def run(eta: str) -> Observation:
        return Observation(
            f"eta |X|^2/n = {eta}",
            "diagonal-mirror",
            "normal data, 8 examples of 20 features, three of them in the labels, alpha = 0.3, run to a loss of 1e-26",
            (
                between("converged", "converged", low="1"),
                between("identity", "largest relative error of the closed form at the end", high="1e-10"),
                between("kkt", "part of the dual vector outside the range of X^T, relative", high="1e-10"),
                between("moved", "relative fall of alpha_+ alpha_-", low="0.001"),
            ),
            (("eta", sp.Rational(eta)),),
            seeds=(2, 8, 32),
            first=100,
        )

    return Claim(
        "even2023.limit",
        AFTER,
        "runs on diagonal networks end at the minimizer of a Bregman divergence",
        "On |X (u v) - y|^2/(2 n), normal X and n < d, from u = sqrt2 alpha, v = 0: runs end at an interpolating beta with asinh(beta/a)/2 - asinh(beta~/a)/2 in the range of X^T, a = alpha_+ alpha_-, beta~ = (alpha_+^2 - "
        "alpha_-^2)/2 their values at the end: the condition of the minimizer in even2023.mirror.",
        tuple(run(eta) for eta in ("0.05", "0.1", "0.5", "1")),
        kind="derived",
    )  # fmt: skip


CLAIMS: Mapping[str, Callable[[], Claim]] = {
    "even2023.closed-form": _closed_form,
    "even2023.scale": _scale,
    "even2023.mirror": _mirror,
    "even2023.limit": _limit,
}
"""The paper's claims."""
