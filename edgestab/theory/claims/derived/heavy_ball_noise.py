"""Heavy ball on a quadratic whose curvature is random: the curve of stability in mean square, and its two ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.claims.derived.notation import expectation
from edgestab.theory.lemma import Identity, Inequality, Lemma
from edgestab.theory.loss import Loss
from edgestab.theory.optimizers.momentum import BETA, heavy_ball
from edgestab.theory.parts.proof import Proof
from edgestab.theory.symbols import ETA, symbols

X, A, MEAN, VARIANCE, LAM, M, W, KAPPA, SHARE, Q = symbols("x a abar v lam m w kappa t q")

AFTER = "derived; after Andreyev et al. 2026, arXiv 2604.14108, as transcribed"

JURY = (
    "Jury: a real cubic lam^3 + a1 lam^2 + a2 lam + a3 has all roots inside the unit circle exactly when p(1) > 0, -p(-1) > 0, "
    "1 - a3^2 > 0 and both J = 1 - a3^2 - (a2 - a1 a3) and 1 - a3^2 + (a2 - a1 a3) are positive."
)

MOMENTS = sp.Matrix([[M**2 + W, -2 * BETA * M, BETA**2], [M, -BETA, 0], [1, 0, 0]])
"""The step of (E x^2, E x x_prev, E x_prev^2), with m = 1 + beta - kappa, kappa = eta abar and w = eta^2 v."""

A1, A2, A3 = BETA - M**2 - W, BETA * (M**2 - W - BETA), -(BETA**3)
"""The coefficients of its characteristic polynomial."""

BY_STEP = {M: 1 + BETA - KAPPA}


def at(lam: sp.Expr) -> sp.Expr:
    """Return the characteristic polynomial p at a point."""
    return lam**3 + A1 * lam**2 + A2 * lam + A3


def _moments() -> tuple[Lemma, ...]:
    """The matrix is that of heavy ball: each second moment of the next state, averaged over the curvature."""
    step = heavy_ball(Loss((X,), A * X**2 / 2, "a x^2/2"))
    old = step.state[1]
    new, kept = step.closed_form()
    rows = MOMENTS.subs({M: 1 + BETA - ETA * MEAN, W: ETA**2 * VARIANCE}) * sp.Matrix([X**2, X * old, old**2])
    curvature = (sp.S.One, MEAN, MEAN**2 + VARIANCE)
    named = zip(("x'^2", "x' x_prev'", "x_prev'^2"), (new**2, new * kept, kept**2), rows, strict=True)
    return tuple(Identity(f"E {n} is the row of M", expectation(e, A, curvature), row) for n, e, row in named)


def _criterion() -> tuple[Lemma, ...]:
    """What Jury asks, besides p(1) > 0, follows from it: w enters every condition linearly."""
    open_, upper, lower = (-sp.S.One, sp.S.One), (sp.S.Zero, sp.S.One), (-sp.S.One, sp.S.Zero)
    one, below = at(sp.S.One), -at(-sp.S.One)
    curve = (1 - BETA) / (1 + BETA) * KAPPA * (2 * (1 + BETA) - KAPPA)
    j = 1 - A3**2 - (A2 - A1 * A3)
    square = BETA**2 + BETA + 1
    positive = (1 - BETA**2) * (1 - BETA) ** 2 * square
    negative = (1 - BETA) * (1 + BETA) ** 2 * (1 + BETA**2) * square
    slope = (1 - BETA) * ((1 + BETA) ** 2 + 1 + BETA**2)
    return (
        Identity("det(lam - M) = lam^3 + a1 lam^2 + a2 lam + a3", (LAM * sp.eye(3) - MOMENTS).det(method="berkowitz"), at(LAM)),
        Identity("p(1) = (1 + beta) ((1 - beta)/(1 + beta) kappa (2 (1 + beta) - kappa) - w)", one.subs(BY_STEP), (1 + BETA) * (curve - W)),
        Identity("on the curve p(1) = 0", one.subs(BY_STEP).subs(W, curve), sp.S.Zero),
        Inequality("1 + beta > 0", 1 + BETA, {BETA: open_}, strict=True),
        Inequality("1 - beta > 0", 1 - BETA, {BETA: open_}, strict=True),
        Identity("-p(-1) = (1 - beta)^2 (1 + beta) + (1 + beta) m^2 + (1 - beta) w", below,
                 (1 - BETA) ** 2 * (1 + BETA) + (1 + BETA) * M**2 + (1 - BETA) * W),
        Inequality("1 - a3^2 > 0", 1 - A3**2, {BETA: open_}, strict=True),
        Identity("2 (1 - a3^2 + a2 - a1 a3) = (1 - a3) p(1) - (1 + a3) p(-1)", 2 * (1 - A3**2 + A2 - A1 * A3),
                 (1 - A3) * one + (1 + A3) * below),
        Inequality("1 - a3 > 0", 1 - A3, {BETA: open_}, strict=True),
        Inequality("1 + a3 > 0", 1 + A3, {BETA: open_}, strict=True),
        Identity("(1 + beta)^2 - m^2 = kappa (2 (1 + beta) - kappa)", (1 + BETA) ** 2 - BY_STEP[M] ** 2, KAPPA * (2 * (1 + BETA) - KAPPA)),
        Identity("J = c0 + beta (1 - beta^2) ((1 + beta)^2 - m^2) + beta (1 + beta^2) w", j,
                 positive + BETA * (1 - BETA**2) * ((1 + BETA) ** 2 - M**2) + BETA * (1 + BETA**2) * W),
        Inequality("0 <= beta < 1: c0 = (1 - beta^2) (1 - beta)^2 (1 + beta + beta^2) > 0", positive, {BETA: open_}, strict=True),
        Inequality("and beta (1 - beta^2) >= 0", BETA * (1 - BETA**2), {BETA: upper}),
        Inequality("and beta (1 + beta^2) >= 0", BETA * (1 + BETA**2), {BETA: upper}),
        Identity("(1 + beta) J = c1 - beta c2 m^2 - beta (1 + beta^2) p(1)", (1 + BETA) * j,
                 negative - BETA * slope * M**2 - BETA * (1 + BETA**2) * one),
        Inequality("-1 < beta <= 0: c1 = (1 - beta) (1 + beta)^2 (1 + beta^2) (1 + beta + beta^2) > 0", negative, {BETA: open_}, strict=True),
        Inequality("and -beta c2 >= 0, c2 = (1 - beta) ((1 + beta)^2 + 1 + beta^2)", -BETA * slope, {BETA: lower}),
        Inequality("and -beta (1 + beta^2) >= 0", -BETA * (1 + BETA**2), {BETA: lower}),
    )  # fmt: skip


ARGUMENT = (
    "The curvature of a step is independent of the state before it, so s = (E x^2, E x x_prev, E x_prev^2) goes to M s. The second moments of "
    f"starts span all of R^3: E x^2 tends to 0 from every start exactly when all roots of p, the eigenvalues of M, lie inside the unit circle. {JURY} "
    "Necessity: outside or on the curve p(1) <= 0, and p(lam) grows without bound, so M has an eigenvalue lam >= 1, which is 1 on the curve. "
    "Sufficiency: let p(1) > 0, w >= 0. Then -p(-1) > 0 term by term, and 1 - a3^2 + (a2 - a1 a3) > 0 as a positive combination of p(1) and -p(-1). "
    "p(1) > 0 and w >= 0 give kappa (2 (1 + beta) - kappa) > 0, that is m^2 < (1 + beta)^2; so J > 0 by its first form where beta >= 0, and by its second "
    "where beta <= 0."
)


def _curve() -> Claim:
    right = (1 - BETA) / (1 + BETA) * KAPPA * (2 * (1 + BETA) - KAPPA)
    return Claim(
        "derived.heavy-ball-noise",
        AFTER,
        "heavy ball with random curvature: the curve of stability in mean square",
        "On L = a x^2/2, a drawn independently at each step with mean abar and variance v, heavy ball with eta > 0 and -1 < beta < 1 has E x^2 -> 0 from every "
        "start exactly when eta^2 v < (1 - beta)/(1 + beta) kappa (2 (1 + beta) - kappa), kappa = eta abar. Where the two sides are equal the matrix of second "
        "moments has the eigenvalue 1, and beyond one above 1.",
        (Proof("Jury's criterion for the second moments", (*_moments(), *_criterion()), ARGUMENT),),
        (sp.Lt(ETA**2 * VARIANCE, right),),
        kind="derived",
        notes=("Starts have finite second moments. Where the curve is not positive, as for kappa <= 0, no v is stable.",),
    )  # fmt: skip


def _ends() -> Claim:
    threshold = 2 * (1 - BETA**2) / (1 + BETA - 2 * BETA * SHARE)
    # With q = eta E a^2 / abar and t = abar^2 / E a^2: kappa = q t and w = eta^2 v = q^2 t (1 - t).
    of_ratio = {KAPPA: Q * SHARE, W: Q**2 * SHARE * (1 - SHARE)}
    one = at(sp.S.One).subs(BY_STEP).subs(of_ratio)
    second = MEAN**2 + VARIANCE
    meant = {Q: ETA * second / MEAN, SHARE: MEAN**2 / second}
    unit = (sp.S.Zero, sp.S.One)
    lemmas: tuple[Lemma, ...] = (
        Identity("kappa = q t", (Q * SHARE).subs(meant), ETA * MEAN),
        Identity("eta^2 v = q^2 t (1 - t)", (Q**2 * SHARE * (1 - SHARE)).subs(meant), ETA**2 * VARIANCE),
        Identity("p(1) = q t (1 + beta - 2 beta t) (threshold - q)", one, Q * SHARE * (1 + BETA - 2 * BETA * SHARE) * (threshold - Q)),
        Identity("1 + beta - 2 beta t = (1 - t) (1 + beta) + t (1 - beta)", 1 + BETA - 2 * BETA * SHARE,
                 (1 - SHARE) * (1 + BETA) + SHARE * (1 - BETA)),
        Inequality("1 - beta > 0 for 0 <= beta < 1", 1 - BETA, {BETA: (-sp.S.One, sp.S.One)}, strict=True),
        Identity("t = 1, no variance: 2 (1 + beta)", threshold.subs(SHARE, 1), 2 * (1 + BETA)),
        Identity("t = 0, the limit of v >> abar^2: 2 (1 - beta)", threshold.subs(SHARE, 0), 2 * (1 - BETA)),
        Identity("d threshold/dt = 4 beta (1 - beta^2)/(1 + beta - 2 beta t)^2", sp.diff(threshold, SHARE),
                 4 * BETA * (1 - BETA**2) / (1 + BETA - 2 * BETA * SHARE) ** 2),
        Inequality("which is >= 0 as beta (1 - beta^2) >= 0", BETA * (1 - BETA**2), {BETA: unit}),
    )  # fmt: skip
    return Claim(
        "derived.heavy-ball-plateaus",
        AFTER,
        "heavy ball with random curvature: from 2 (1 - beta) to 2 (1 + beta)",
        "In the setting of derived.heavy-ball-noise, for abar > 0 and 0 <= beta < 1, E x^2 -> 0 from every start exactly when "
        "eta E a^2/abar < 2 (1 - beta^2)/(1 + beta - 2 beta t), t = abar^2/E a^2. The right side does not decrease with t; it is 2 (1 + beta) at t = 1, where v = 0, "
        "and tends to 2 (1 - beta) as v/abar^2 grows.",
        (
            Proof(
                "the curve in other variables",
                lemmas,
                "By derived.heavy-ball-noise the condition is p(1) > 0. With q = eta E a^2/abar > 0 and 0 < t <= 1 every factor of p(1) but the last is positive.",
            ),
        ),
        (sp.Lt(ETA * sp.Symbol("E[a^2]") / MEAN, threshold),),
        kind="derived",
        notes=(
            "2 (1 - beta) and 2 (1 + beta) are the two plateaus of eta times the batch sharpness, as transcribed. On this loss batch sharpness, "
            "E g_B.H_B g_B / E |g_B|^2, is E a^3/E a^2; for a >= 0 it equals E a^2/E a only where a takes one value besides 0.",
        ),
    )


CLAIMS: Mapping[str, Callable[[], Claim]] = {
    "derived.heavy-ball-noise": _curve,
    "derived.heavy-ball-plateaus": _ends,
}
"""The curve and its ends."""
