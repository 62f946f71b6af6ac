"""The toy L = z(theta1 theta2): how its Hessian's eigenvectors turn, and what the step does to theta1^2 and theta2^2.

Derived here; that the paper's figure has z the square of its argument is concluded from its step sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.conclusions.conclusion import Conclusion
from edgestab.theory.conclusions.converges import Converges
from edgestab.theory.conclusions.diverges import Diverges
from edgestab.theory.conclusions.final_sharpness import FinalSharpness
from edgestab.theory.lemma import Identity, Inequality, Lemma
from edgestab.theory.loss import Loss
from edgestab.theory.models.catalogue import model
from edgestab.theory.observation import Bound, Observation, between
from edgestab.theory.optimizers.gradient_descent import gradient_descent
from edgestab.theory.parts.proof import Proof
from edgestab.theory.region import Region
from edgestab.theory.statement import OrbitStatement, StepSizes
from edgestab.theory.symbols import ETA, symbols

AFTER = "derived; after Wang & Roberts 2024"
R = sp.Rational

# theta1, theta2; a level of their product; the first two derivatives of z there.
X, Y, LEVEL, SLOPE, CURVATURE, T = symbols("x y level z1 z2 t")
PRODUCT, BALANCE, NORM = X * Y, Y**2 - X**2, X**2 + Y**2

SQUARE = Loss((X, Y), PRODUCT**2, "(x y)^2")
MOVED = dict(zip(SQUARE.parameters, gradient_descent(SQUARE).closed_form(), strict=True))
TURN, SHRINK = (1 - 2 * ETA * X**2) * (1 - 2 * ETA * Y**2), 1 - 4 * ETA**2 * PRODUCT**2
"""The factors of the product and of the balance in one step on the square."""


def _after(quantity: sp.Expr) -> sp.Expr:
    return quantity.subs(MOVED, simultaneous=True)


def _step() -> Claim:
    # A loss has these derivatives where theta1 theta2 is the level, whatever else z is.
    jet = Loss((X, Y), SLOPE * (PRODUCT - LEVEL) + CURVATURE * (PRODUCT - LEVEL) ** 2 / 2, "z(x y)")
    here = {LEVEL: PRODUCT}
    h = jet.hessian.subs(here)
    x, y = (u.subs(here) for u in gradient_descent(jet).closed_form())
    lemmas: tuple[Lemma, ...] = (
        Identity("H11 - H22 = z'' (theta2^2 - theta1^2)", h[0, 0] - h[1, 1], CURVATURE * BALANCE),
        Identity("H12 = Theta z'' + z'", h[0, 1], PRODUCT * CURVATURE + SLOPE),
        Identity(
            "Theta'/Theta = (1 - eta z' theta2/theta1)(1 - eta z' theta1/theta2)",
            x * y / PRODUCT,
            (1 - ETA * SLOPE * Y / X) * (1 - ETA * SLOPE * X / Y),
        ),
        Identity("beta' = beta (1 - eta^2 z'^2)", y**2 - x**2, BALANCE * (1 - ETA**2 * SLOPE**2)),
    )
    return Claim(
        "wang2024.toy-step",
        AFTER,
        "the Hessian's angle and the step of a loss of theta1 theta2",
        "On L = z(Theta), Theta = theta1 theta2, z twice differentiable, with beta = theta2^2 - theta1^2, the eigenvectors (cos phi, sin phi) of the Hessian have "
        "tan(2 phi) = 2 (Theta z'' + z')/(z'' beta) where z'' beta is not 0, and GD of step eta gives beta' = beta (1 - eta^2 z'^2) and, where Theta is not 0, "
        "Theta' = Theta (1 - eta z' theta2/theta1)(1 - eta z' theta1/theta2).",
        (
            Proof(
                "derivatives",
                lemmas,
                "Gradient and Hessian at a point depend on z', z'' there alone; a symmetric matrix has tan(2 phi) = 2 H12/(H11 - H22).",
            ),
        ),
        (sp.Eq(sp.Symbol("tan(2 phi)"), 2 * (PRODUCT * CURVATURE + SLOPE) / (CURVATURE * BALANCE)),),
        kind="derived",
    )


def _rotation() -> Claim:
    h = SQUARE.hessian
    lemmas: tuple[Lemma, ...] = (
        Identity("H11 - H22 = 2 beta", h[0, 0] - h[1, 1], 2 * BALANCE),
        Identity("2 H12 = 8 Theta", 2 * h[0, 1], 8 * PRODUCT),
        Identity("tr H = 2 |theta|^2", h.trace(), 2 * NORM),
        Identity("Theta' = g Theta, g = (1 - 2 eta theta1^2)(1 - 2 eta theta2^2)", _after(PRODUCT), TURN * PRODUCT),
        Identity("beta' = c beta, c = 1 - 4 eta^2 Theta^2", _after(BALANCE), SHRINK * BALANCE),
        Identity("g + c = 2 (1 - eta |theta|^2)", TURN + SHRINK, 2 * (1 - ETA * NORM)),
        Identity("c - g = 2 eta (|theta|^2 - 4 eta Theta^2)", SHRINK - TURN, 2 * ETA * (NORM - 4 * ETA * PRODUCT**2)),
        Identity("|theta|^2 - 2 Theta = (theta1 - theta2)^2", NORM - 2 * PRODUCT, (X - Y) ** 2),
        Identity("|theta|^2 + 2 Theta = (theta1 + theta2)^2", NORM + 2 * PRODUCT, (X + Y) ** 2),
        Inequality("1 - t^2 > 0 for 0 < t < 1", 1 - T**2, {T: (sp.S.Zero, sp.S.One)}, strict=True),
    )
    return Claim(
        "wang2024.toy-rotation",
        AFTER,
        "the top eigenvector turns away from its axis exactly while the step size exceeds 2/trace",
        "On L = (theta1 theta2)^2 let beta = theta2^2 - theta1^2 > 0, Theta = theta1 theta2 not 0, 0 < 2 eta |Theta| < 1, and phi in (-pi/4, pi/4) the angle between "
        "the Hessian's top eigenvector and the axis of theta1: tan(2 phi) = 4 Theta/beta. A step of GD multiplies Theta by g = (1 - 2 eta theta1^2)(1 - 2 eta theta2^2) and "
        "beta by c = 1 - 4 eta^2 Theta^2, 0 < c < 1. |phi| grows exactly when |g| > c, which is eta (theta1^2 + theta2^2) > 1, or eta tr H > 2; it shrinks when "
        "eta (theta1^2 + theta2^2) < 1. So every step with |g| >= 1 turns the eigenvector away from the axis.",
        (
            Proof(
                "rotation",
                lemmas,
                "H11 > H22, so the top eigenvector is nearer to the first axis, before and after, as c > 0. tan 2|phi| is multiplied by |g|/c. "
                "|theta|^2 >= 2 |Theta| > 4 eta Theta^2, so g < c always: |g| > c is g + c < 0. And |g| >= 1 > c is a case of it.",
            ),
        ),
        (sp.Eq(sp.Symbol("g"), TURN), sp.Eq(sp.Symbol("c"), SHRINK)),
        kind="derived",
        notes=("It does not say that the rotation ends an instability: what falls is beta.",),
    )


def _norm() -> Claim:
    lemmas: tuple[Lemma, ...] = (
        Identity("N' - N = 4 eta Theta^2 (eta N - 2)", _after(NORM) - NORM, 4 * ETA * PRODUCT**2 * (ETA * NORM - 2)),
    )
    return Claim(
        "wang2024.toy-norm",
        AFTER,
        "the norm of the toy's parameters decreases exactly below the step size 2/|theta|^2",
        "GD on L = (theta1 theta2)^2 with N = theta1^2 + theta2^2, Theta = theta1 theta2: N' - N = 4 eta Theta^2 (eta N - 2). Where Theta is not 0, N decreases exactly when "
        "eta < 2/N. So from eta < 2/N_0 the orbit stays in N <= N_0; from eta > 2/N_0 N never decreases.",
        (Proof("norm", lemmas, "If eta N < 2 then N' <= N and eta N' < 2; if eta N > 2 then N' >= N and eta N' > 2."),),
        (sp.Eq(sp.Symbol("N' - N"), 4 * ETA * PRODUCT**2 * (ETA * NORM - 2)),),
        kind="derived",
        notes=("That almost every orbit from eta > 2/N_0 diverges is not claimed.",),
    )


def _flattening() -> Claim:
    flow = [-g for g in SQUARE.gradient]
    rate = sp.diff(BALANCE, X) * flow[0] + sp.diff(BALANCE, Y) * flow[1]
    one, other = SQUARE.hessian.subs(X, 0), SQUARE.hessian.subs(Y, 0)
    lemmas: tuple[Lemma, ...] = (
        Identity("gradient flow keeps beta", rate, sp.S.Zero),
        Identity("at theta1 = 0 the Hessian is diag(2 theta2^2, 0): its trace", one.trace(), 2 * Y**2),
        Identity("and its determinant", one.det(), sp.S.Zero),
        Identity("at theta2 = 0: the trace", other.trace(), 2 * X**2),
        Identity("and the determinant", other.det(), sp.S.Zero),
        Identity("beta' = beta (1 - 4 eta^2 Theta^2)", _after(BALANCE), SHRINK * BALANCE),
        Identity("1 - c^2 = 4 eta^2 Theta^2 (2 - 4 eta^2 Theta^2)", 1 - SHRINK**2, 4 * ETA**2 * PRODUCT**2 * (2 - 4 * ETA**2 * PRODUCT**2)),
        Identity("|theta|^2 - 2 Theta = (theta1 - theta2)^2", NORM - 2 * PRODUCT, (X - Y) ** 2),
        Identity("|theta|^2 + 2 Theta = (theta1 + theta2)^2", NORM + 2 * PRODUCT, (X + Y) ** 2),
    )  # fmt: skip
    return Claim(
        "wang2024.toy-flattening",
        AFTER,
        "progressive flattening of the toy",
        "On L = (theta1 theta2)^2 the minimum that gradient flow reaches has sharpness 2 |beta|, beta = theta2^2 - theta1^2. A step of GD with Theta = theta1 theta2 not 0 and "
        "beta not 0 has beta' = c beta, c = 1 - 4 eta^2 Theta^2: |beta| decreases exactly when 2 eta |Theta| < sqrt2, and so where eta (theta1^2 + theta2^2) <= 1.",
        (
            Proof(
                "balance",
                lemmas,
                "Gradient flow on L ends on theta1 theta2 = 0 with the beta it began with. |c| < 1 exactly when 4 eta^2 Theta^2 < 2; "
                "2 |Theta| <= |theta|^2.",
            ),
        ),
        (sp.Eq(sp.Symbol("beta'"), SHRINK * sp.Symbol("beta")),),
        kind="derived",
        notes=("Of single steps and of the flow's minimum: that a larger step size ends flatter is not claimed.",),
    )


ENDS = {
    "0.001": ("199.97", "199.98"),
    "0.0095": ("199.60", "199.61"),
    "0.011": ("160.61", "160.63"),
    "0.013": ("82.94", "82.97"),
    "0.0156": ("1.52", "1.53"),
    "0.0165": ("23.95", "23.98"),
    "0.017": ("0.88", "0.89"),
}
"""Step sizes from (-0.1, 10), with 1/theta2^2 = 0.01, and between which values the sharpness of the limit lies."""


def _from(eta: str, name: str, conclusion: Conclusion) -> OrbitStatement:
    m = model("product:p**2")
    start = Region.in_coordinates(m, {"x": "-1/10", "y": "10"})
    return OrbitStatement(name, m, StepSizes.of(eta), start, conclusion)


def _ends(*etas: str) -> tuple[OrbitStatement, ...]:
    def window(eta: str) -> FinalSharpness:
        low, high = map(sp.Rational, ENDS[eta])
        return FinalSharpness(low, high)

    return tuple(_from(eta, f"eta = {eta}: between {' and '.join(ENDS[eta])}", window(eta)) for eta in etas)


def _runs() -> Claim:
    return Claim(
        "wang2024.toy-runs",
        AFTER,
        "where the toy ends from (-0.1, 10)",
        "From theta = (-0.1, 10) GD on (theta1 theta2)^2 ends at a minimum of sharpness 199.98 for eta = 0.001, 199.61 for 0.0095, 160.62 for 0.011 and 82.95 for 0.013, each to 0.02; it converges for "
        "eta = 0.019998 and diverges for 0.0199981, with 2/|theta|^2 = 0.01999800 between them.",
        (
            *_ends("0.001", "0.0095", "0.011", "0.013"),
            _from("0.019998", "eta = 0.019998: converges", Converges()),
            _from("0.0199981", "eta = 0.0199981: diverges", Diverges()),
        ),
        kind="derived",
        notes=("(-0.1, 10) and the step sizes are the paper's, as transcribed. 2/S at the start is 0.009996.",),
    )


def _not_monotone() -> Claim:
    return Claim(
        "wang2024.toy-not-monotone",
        AFTER,
        "a larger step size does not always end flatter",
        "From theta = (-0.1, 10) GD on (theta1 theta2)^2 ends at a minimum of sharpness 1.52 for eta = 0.0156, 23.96 for 0.0165 and 0.89 for 0.017, each to 0.02.",
        _ends("0.0156", "0.0165", "0.017"),
        kind="derived",
    )


TABLE: Mapping[str, tuple[str, str, int, str]] = {
    "0.001": ("1.1454", "1", 0, "199.9778"),
    "0.0095": ("1.1454", "1", 0, "199.6066"),
    "0.011": ("8.6255", "48.188", 14, "160.6182"),
    "0.013": ("25.8608", "356.44", 7, "82.9543"),
}
"""By step size: the largest angle in degrees, the largest loss, steps in which the loss grows, the last sharpness."""


def _table() -> Claim:
    def near(statistic: str, words: str, value: str) -> Bound:
        exact = R(value)
        return Bound(statistic, words, exact * R(999, 1000), exact * R(1001, 1000))

    def run(eta: str, angle: str, loss: str, unstable: int, sharpness: str) -> Observation:
        bounds = (
            near("angle", "largest angle in degrees", angle),
            near("loss", "largest loss", loss),
            between("unstable", "steps in which the loss grows", str(unstable), str(unstable)),
            near("sharpness", "sharpness at the end", sharpness),
            between("exceptions", "steps that turn the other way", high="0"),
        )
        words = f"(theta1 theta2)^2 from (-0.1, 10) with eta = {eta}, to a loss of 1e-28"
        return Observation(f"eta = {eta}", "toy-run", words, bounds, (("eta", R(eta)),), seeds=(1, 1, 1))

    rows = "; ".join(
        f"{angle} degrees, {loss}, {unstable} and {sharpness} for eta = {eta}"
        for eta, (angle, loss, unstable, sharpness) in TABLE.items()
    )
    return Claim(
        "wang2024.toy-table",
        AFTER,
        "how far the toy's eigenvector turns from (-0.1, 10)",
        "GD on (theta1 theta2)^2 from (-0.1, 10): the largest angle between the Hessian's top eigenvector and the axis of theta1, the largest loss, the number of steps in which the loss grows and the last sharpness are, to 1e-3, "
        f"{rows}. While the loss is above 1e-20 the angle grows in exactly the steps with eta tr H > 2.",
        tuple(run(eta, *row) for eta, row in TABLE.items()),
        kind="derived",
        notes=("That the turning ends an instability does not follow: what ends it is the fall of theta2^2 - theta1^2.",),
    )  # fmt: skip


CLAIMS: Mapping[str, Callable[[], Claim]] = {
    "wang2024.toy-step": _step,
    "wang2024.toy-rotation": _rotation,
    "wang2024.toy-norm": _norm,
    "wang2024.toy-flattening": _flattening,
    "wang2024.toy-runs": _runs,
    "wang2024.toy-table": _table,
    "wang2024.toy-not-monotone": _not_monotone,
}
"""The claims on the toy."""
