"""The sign of alpha, and the constant of landing, for losses in use."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.claims.derived.notation import R
from edgestab.theory.claims.edgestab2026.landing import ALPHA, L3, L4, H
from edgestab.theory.claims.edgestab2026.landing_next import third_of
from edgestab.theory.landing_losses import D0, LOSSES, soft_label
from edgestab.theory.lemma import Identity, Inequality, Lemma
from edgestab.theory.models.product import P
from edgestab.theory.parts.proof import Proof
from edgestab.theory.symbols import symbols

LABEL, TANH, B, F1, F2, F3, F4, POWER = symbols("s t b f1 f2 f3 f4 k")

LABEL_IN = "label"
"""In the names of those losses that are a claim of their own."""

SOURCE = "derived; after Gan 2026, arXiv 2604.02653, as transcribed"


def derivatives(outer: sp.Expr, at: dict[sp.Basic, sp.Expr]) -> tuple[sp.Expr, sp.Expr, sp.Expr, sp.Expr]:
    """Return l', h, l3 and l4 with what is named replaced."""
    return tuple(sp.diff(outer, P, n).subs(at) for n in (1, 2, 3, 4))


def alpha(h: sp.Expr, l3: sp.Expr, l4: sp.Expr) -> sp.Expr:
    """Return 3 l3^2 - h l4."""
    return ALPHA.subs({H: h, L3: l3, L4: l4})


def _cross_entropy() -> Claim:
    # At the minimum the sigmoid is the label: exp(d0) = s/(1 - s).
    slope, h, l3, l4 = derivatives(sp.log(1 + sp.exp(P)) - LABEL * P, {sp.exp(P): LABEL / (1 - LABEL)})
    l5, l6 = (sp.diff(sp.log(1 + sp.exp(P)), P, n).subs({sp.exp(P): LABEL / (1 - LABEL)}) for n in (5, 6))
    quadratic = 2 - 6 * LABEL + 6 * LABEL**2
    spread = LABEL * (1 - LABEL)
    lemmas: tuple[Lemma, ...] = (
        Identity("l'(d0) = 0 where exp(d0) = s/(1 - s)", slope, sp.S.Zero),
        Identity("h = s (1 - s)", h, spread),
        Identity("l3 = s (1 - s) (1 - 2 s)", l3, spread * (1 - 2 * LABEL)),
        Identity("l4 = s (1 - s) (1 - 6 s + 6 s^2)", l4, spread * (1 - 6 * LABEL + 6 * LABEL**2)),
        Identity("alpha = s^2 (1 - s)^2 (2 - 6 s + 6 s^2)", alpha(h, l3, l4), spread**2 * quadratic),
        Inequality("h > 0", spread, {LABEL: (sp.S.Zero, sp.S.One)}, strict=True),
        Inequality("2 - 6 s + 6 s^2 > 0", quadratic, {LABEL: (-sp.oo, sp.oo)}, strict=True),
        Identity("3 h^4/alpha = 3 s^2 (1 - s)^2/(2 - 6 s + 6 s^2)", 3 * h**4 / alpha(h, l3, l4), 3 * spread**2 / quadratic),
        Identity("which is G_0 of the table of losses", 3 * h**4 / alpha(h, l3, l4), soft_label(LABEL, D0)[0]),
        Identity("G_1, with t = 1 - 2 s and q = 1 - 3 s (1 - s)", -third_of((h, l3, l4, l5, l6), D0), soft_label(LABEL, D0)[1]),
        Inequality("which is at most its value 3/8 at s = 1/2", R(3, 8) * quadratic - 3 * spread**2, {LABEL: (sp.S.Zero, sp.S.One)}),
    )  # fmt: skip
    return Claim(
        "edgestab2026.landing-cross-entropy",
        SOURCE,
        "cross-entropy of a product with a soft label: alpha > 0",
        "l(p) = log(1 + exp(p)) - s p with 0 < s < 1 has its minimum at exp(d0) = s/(1 - s), where h = s (1 - s) and alpha = s^2 (1 - s)^2 (2 - 6 s + 6 s^2) > 0 (edgestab2026.landing); the constant "
        "3 h^4/alpha is 3 s^2 (1 - s)^2/(2 - 6 s + 6 s^2), at most 3/8; the next coefficient, of eta^3 in the sharpness (edgestab2026.landing-next), is (3 s^4 (1 - s)^4/(40 q^4)) (20 q^3 d0^2 + 60 t q^2 d0 + (3/8) (45 t^4 + 60 t^2 - 1)) "
        "with q = 1 - 3 s (1 - s), t = 1 - 2 s.",
        (Proof("derivatives at the minimum", lemmas),),
        (sp.Eq(sp.Symbol("alpha"), spread**2 * quadratic),),
        kind="derived",
    )


def _named() -> Claim:
    lemmas: list[Lemma] = []
    said = []
    for name, loss in LOSSES.items():
        if LABEL_IN in name:
            continue
        shown = loss.outer.subs(P, B + D0) if loss.place == D0 else loss.outer
        found = [sp.diff(loss.outer, P, n).subs(P, loss.place) for n in range(1, 7)]
        value = alpha(*found[1:4])
        lemmas += [
            Identity(f"{name}, l = {shown}: l' = 0 at p = {loss.place}", found[0], sp.S.Zero),
            Identity(f"3 h^4/alpha = {loss.constant}", 3 * found[1] ** 4 / value, loss.constant),
            Identity(f"G_1 = {loss.following}", -third_of(found[1:], loss.place), loss.following),
        ]
        said.append(f"{loss.constant} for {shown}")
    return Claim(
        "edgestab2026.landing-named",
        SOURCE,
        f"{len(said)} losses in use: alpha > 0, the constant, and the next coefficient",
        f"The constant 3 h^4/alpha of edgestab2026.landing is {', '.join(said)}, where b = p - d0, or d0 = 1 where b does not occur; the coefficient of eta^3 in the sharpness "
        "(edgestab2026.landing-next) is what the lemmas state.",
        (Proof("derivatives at the minimum", tuple(lemmas), "h > 0 at a minimum that is not degenerate, so alpha has the sign of the constant."),),
        kind="derived",
    )  # fmt: skip


def _squares() -> Claim:
    unit = {TANH: (-sp.S.One, sp.S.One)}
    # f = t + f1 b + ...; the fourth derivative of f is multiplied by f - t = 0.
    f = F1 * B + F2 * B**2 / 2 + F3 * B**3 / 6 + F4 * B**4 / 24
    slope, h, l3, l4 = (sp.diff(f**2 / 2, B, n).subs(B, 0) for n in (1, 2, 3, 4))
    general = 4 * F1**2 * (6 * F2**2 - F1 * F3)
    root = symbols("d0")[0]
    powers = {
        F1: POWER * root**2,
        F2: POWER * (POWER - 1) * root,
        F3: POWER * (POWER - 1) * (POWER - 2),
    }  # over d0^(k - 3)
    tanh = {F1: 1 - TANH**2, F2: -2 * TANH * (1 - TANH**2), F3: (1 - TANH**2) * (6 * TANH**2 - 2)}
    third = tuple(sp.diff(sp.tanh(P), P, n).subs(sp.tanh(P), TANH) for n in (1, 2, 3))
    lemmas: tuple[Lemma, ...] = (
        Identity("l'(d0) = 0", slope, sp.S.Zero),
        Identity("h = f1^2", h, F1**2),
        Identity("alpha = 4 f1^2 (6 f2^2 - f1 f3)", alpha(h, l3, l4), general),
        Identity("f = p: alpha = 0", general.subs({F1: 1, F2: 0, F3: 0}), sp.S.Zero),
        *(Identity(f"tanh: f{n}", e, tanh[s]) for n, e, s in zip((1, 2, 3), third, (F1, F2, F3), strict=True)),
        Identity("tanh: 6 f2^2 - f1 f3 = (1 - t^2)^2 (18 t^2 + 2)", (6 * F2**2 - F1 * F3).subs(tanh), (1 - TANH**2) ** 2 * (18 * TANH**2 + 2)),
        Inequality("which is > 0 for |t| < 1", (1 - TANH**2) ** 2 * (18 * TANH**2 + 2), unit, strict=True),
        Identity("f = p^k: 6 f2^2 - f1 f3 = k^2 (k - 1) (5 k - 4) d0^2, over d0^(2 k - 6)", (6 * F2**2 - F1 * F3).subs(powers),
                 POWER**2 * (POWER - 1) * (5 * POWER - 4) * root**2),
        Inequality("k^2 (k - 1) (5 k - 4) > 0 for k > 1", POWER**2 * (POWER - 1) * (5 * POWER - 4), {POWER: (sp.S.One, sp.oo)}, strict=True),
    )  # fmt: skip
    return Claim(
        "edgestab2026.landing-squares",
        SOURCE,
        "squared errors (f(xy) - t)^2/2: alpha has the sign of 6 f''^2 - f' f'''",
        "l = (f(p) - t)^2/2 with f(d0) = t, f'(d0) not 0, has h = f'^2 and alpha = 4 f'^2 (6 f''^2 - f' f''') there. It is 0 for f = p; positive for f = tanh, at every t with |t| < 1; and "
        "for f = p^k, k = 2, 3, ..., d0 not 0.",
        (Proof("derivatives at the minimum", lemmas, "For f = p^k, f1, f2 and f3 are k d0^2, k (k - 1) d0 and k (k - 1) (k - 2), each times d0^(k - 3), whose square is positive."),),
        kind="derived",
    )  # fmt: skip


CLAIMS: Mapping[str, Callable[[], Claim]] = {
    "edgestab2026.landing-cross-entropy": _cross_entropy,
    "edgestab2026.landing-named": _named,
    "edgestab2026.landing-squares": _squares,
}
"""Losses with alpha > 0."""
