"""What is beyond the edge where alpha < 0: a jump to another cycle, down to where it folds, or escape."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.claims.derived.notation import R
from edgestab.theory.claims.edgestab2026.landing import ALPHA, L3, L4, H
from edgestab.theory.conclusions.converges import Converges
from edgestab.theory.conclusions.diverges import Diverges
from edgestab.theory.conclusions.final_sharpness import FinalSharpness
from edgestab.theory.lemma import Identity, Inequality, Lemma
from edgestab.theory.loss import Loss
from edgestab.theory.models.catalogue import model
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.models.product import P, chart_x_b
from edgestab.theory.parts.proof import Proof
from edgestab.theory.region import Region
from edgestab.theory.statement import OrbitStatement, StepSizes
from edgestab.theory.symbols import ETA, symbols

T, B, W = symbols("t b w")

OUTER = 3 * sp.sqrt(1 + P**2) + 2 / sp.sqrt(1 + P**2)
"""Steeper than its parabola beside the minimum, and flatter far from it."""

ESCAPING = P**2 / 2 + P**4 / 4

FOLD = sp.sqrt(2)
"""eta l'' at the fold of the 2-cycles of OUTER."""

SIZES = StepSizes.of("0.05", "0.02")


def _slopes(outer: sp.Expr) -> tuple[sp.Expr, ...]:
    return tuple(sp.diff(outer, P, n).subs(P, 0) for n in (1, 2, 3, 4))


def _sign(outer: sp.Expr, value: int) -> tuple[Lemma, ...]:
    slope, h, l3, l4 = _slopes(outer)
    return (
        Identity("l'(0) = 0", slope, sp.S.Zero),
        Identity("h = 1", h, sp.S.One),
        Identity(f"alpha = {value}", ALPHA.subs({H: h, L3: l3, L4: l4}), sp.Integer(value)),
    )


def _jump() -> Claim:
    root = sp.sqrt(1 + B**2)
    slope = B * (1 + 3 * B**2) / root**3
    square = 4 * (1 + T) ** 3 / (1 + 3 * T) ** 2
    steep = (1 + 7 * T) / ((1 + T) * (1 + 3 * T))
    relation = {W: (2, 1 + B**2)}
    lemmas: tuple[Lemma, ...] = (
        *_sign(OUTER, -9),
        Identity("l'(b) = b (1 + 3 b^2)/w^3, w^2 = 1 + b^2", sp.diff(OUTER, P).subs(P, B).subs(root, W), slope.subs(root, W), relation),
        Identity("b l''/l' = (1 + 7 t)/((1 + t)(1 + 3 t)), t = b^2", (B * sp.diff(OUTER, P, 2).subs(P, B).subs(root, W) / slope.subs(root, W)), steep.subs(T, B**2), relation),
        Identity("eta = 2 b/l'(b): eta^2 - 2 = 2 (t - 1)^2 (1 + 2 t)/(1 + 3 t)^2", square - 2, 2 * (T - 1) ** 2 * (1 + 2 * T) / (1 + 3 * T) ** 2),
        Identity("d(eta^2)/dt = 12 (1 + t)^2 (t - 1)/(1 + 3 t)^3", sp.diff(square, T), 12 * (1 + T) ** 2 * (T - 1) / (1 + 3 * T) ** 3),
        Identity("eta^2 = 4 at t = 0", square.subs(T, 0), sp.S(4)),
        Identity("1 - b l''/l' = 3 t (t - 1)/((1 + t)(1 + 3 t))", 1 - steep, 3 * T * (T - 1) / ((1 + T) * (1 + 3 * T))),
        Inequality("b l''/l' > 0", 1 + 7 * T, {T: (sp.S.Zero, sp.oo)}, strict=True),
    )  # fmt: skip
    return Claim(
        "edgestab2026.jump",
        "derived",
        "a loss with alpha < 0: 2-cycles from the fold at eta = sqrt 2 on, the minimum attracts below eta = 2",
        "l(b) = 3 sqrt(1 + b^2) + 2/sqrt(1 + b^2) has at its minimum b = 0 the curvature 1 and alpha = -9. Gradient descent on l, in one variable, has a 2-cycle between b and -b, b > 0, exactly for eta >= sqrt 2: for sqrt 2 < eta < 2 two, "
        "one with b < 1 that repels and one with b > 1 that attracts; for eta >= 2 the latter alone. The minimum attracts for eta < 2 and repels for eta > 2.",
        (
            Proof(
                "the 2-cycles in closed form",
                lemmas,
                "l' is odd: -b = b - eta l'(b) says eta = 2 b/l'(b), whose square falls in t = b^2 from 4 at t = 0 to 2 at t = 1, and then rises without bound. The multiplier of two steps is (1 - eta l'')^2 = (1 - 2 b l''/l')^2, "
                "below 1 exactly when 0 < b l''/l' < 1: for t > 1. At the minimum a step multiplies by 1 - eta.",
            ),
        ),
        kind="derived",
        notes=("Other cycles are not excluded.",),
    )  # fmt: skip


def _beside(offset: tuple[str, str], b: tuple[str, str]) -> Region:
    """A box of starts in the chart (offset, b) beside xy = 0 with h = 1."""
    chart = chart_x_b(sp.S.Zero, sp.S.One)
    bounds = tuple((R(low), R(high)) for low, high in (offset, b))
    return Region(chart.target, bounds, chart.inverse)


def _hysteresis() -> Claim:
    x, y = symbols("x y")
    m = model_of_loss(Loss((x, y), OUTER.subs(P, x * y), "3 sqrt(1 + (xy)^2) + 2/sqrt(1 + (xy)^2)"))
    folded = FinalSharpness((FOLD - 5 * ETA ** R(4, 3)) / ETA, FOLD / ETA)
    stayed = FinalSharpness((2 - R(1, 2)) / ETA, 2 / ETA)
    return Claim(
        "edgestab2026.hysteresis",
        "derived",
        "l(xy) with alpha < 0 and a fold: orbits beyond the edge jump, and land at sqrt 2/eta",
        "On L = l(xy), l of edgestab2026.jump, with u = (eta/2)^2 (x^2 - y^2)^2 - 1 and b = xy: from beyond the edge, 0.05 < u < 0.15 and 0.01 < b < 0.1, gradient descent ends at a sharpness S with sqrt 2 - 5 eta^(4/3) < eta S < sqrt 2, "
        "below the fold of the 2-cycle. From before the edge, -0.25 < u < -0.15, it ends there too if 1.2 < b < 1.6; and beside where it began, 3/2 < eta S < 2, if 0.01 < b < 0.1. At eta = 0.05 and 0.02.",
        (
            OrbitStatement("from beyond the edge", m, SIZES, _beside(("0.05", "0.15"), ("0.01", "0.1")), folded),
            OrbitStatement("from before, outside the cycle that repels", m, SIZES, _beside(("-0.25", "-0.15"), ("1.2", "1.6")), folded),
            OrbitStatement("from before, inside it", m, SIZES, _beside(("-0.25", "-0.15"), ("0.01", "0.1")), stayed),
        ),
        kind="derived",
    )  # fmt: skip


def _escape() -> Claim:
    m = model("product:p**2/2+p**4/4")
    cycle = 2 / (1 + T)
    steep = (1 + 3 * T) / (1 + T)
    lemmas: tuple[Lemma, ...] = (
        *_sign(ESCAPING, -6),
        Identity("s l'(b) = 2 b at s = 2/(1 + b^2)", cycle.subs(T, B**2) * sp.diff(ESCAPING, P).subs(P, B), 2 * B),
        Inequality("s < 2", 2 - cycle, {T: (sp.S.Zero, sp.oo)}, strict=True),
        Identity("1 - s l'' = 1 - 2 (1 + 3 t)/(1 + t)", 1 - cycle * (1 + 3 * T), 1 - 2 * steep),
        Inequality("(1 + 3 t)/(1 + t) > 1: the cycle repels", steep - 1, {T: (sp.S.Zero, sp.oo)}, strict=True),
    )
    return Claim(
        "edgestab2026.escape",
        "derived",
        "l(xy) with alpha < 0 and no fold: orbits beyond the edge escape, before it those outside a 2-cycle that repels",
        "On L = l(xy), l(p) = p^2/2 + p^4/4, alpha = -6: with u and b as in edgestab2026.hysteresis, orbits from 0.05 < u < 0.15 and 0.02 < b < 0.1 leave every bounded set. From before the edge, -0.25 < u < -0.15, those with "
        "0.02 < b < 0.1 converge to the minima, and those with 0.6 < b < 1 leave every bounded set. At eta = 0.05 and 0.02. The map b' = b - s l'(b) has the 2-cycle between b and -b at s = 2/(1 + b^2) < 2, and it repels.",
        (
            Proof("the 2-cycles in closed form", lemmas, "l' is odd: b and -b are a 2-cycle where s l'(b) = 2 b; two steps multiply by (1 - s l'')^2 there."),
            OrbitStatement("from beyond the edge", m, SIZES, _beside(("0.05", "0.15"), ("0.02", "0.1")), Diverges()),
            OrbitStatement("from before, inside the cycle", m, SIZES, _beside(("-0.25", "-0.15"), ("0.02", "0.1")), Converges()),
            OrbitStatement("from before, outside it", m, SIZES, _beside(("-0.25", "-0.15"), ("0.6", "1")), Diverges()),
        ),
        kind="derived",
    )  # fmt: skip


CLAIMS: Mapping[str, Callable[[], Claim]] = {
    "edgestab2026.jump": _jump,
    "edgestab2026.hysteresis": _hysteresis,
    "edgestab2026.escape": _escape,
}
"""A jump, shown in both directions, and escape."""
