"""The reduced map of self-stabilization with gradient noise: how far below the edge its stationary laws are."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.claims.damian2023.cubic import UNDAMPED, in_logarithm
from edgestab.theory.claims.derived.notation import expectation
from edgestab.theory.lemma import Identity, Lemma
from edgestab.theory.models.self_stabilization import ALPHA, BETA, X, Y
from edgestab.theory.parts.proof import Proof
from edgestab.theory.symbols import ETA, symbols

XI, SIGMA = symbols("xi sigma")

NOISE = (sp.S.One, sp.S.Zero, SIGMA**2)
"""The moments of xi that matter."""


def _gap() -> Claim:
    new_x, new_y = UNDAMPED.closed_form()
    noisy = new_x - ETA * XI
    drive = ALPHA - BETA * X**2 / 2

    def potential(x: sp.Expr, y: sp.Expr) -> sp.Expr:
        return y**2 / (2 * ETA * ALPHA) + BETA * x**2 / (4 * ETA * ALPHA)

    gain = expectation(potential(noisy, new_y) - potential(X, Y), XI, NOISE)
    bound = ETA * BETA / (4 * ALPHA) * SIGMA**2
    more = ETA * BETA / (4 * ALPHA) * X**2 * Y**2 + ETA / (2 * ALPHA) * drive**2
    there = {Y: sp.S.Zero, X: sp.sqrt(2 * ALPHA / BETA)}
    lemmas: tuple[Lemma, ...] = (
        Identity("E (V' - V | x, y) = y + eta beta (sigma^2 + x^2 y^2)/(4 alpha) + eta (alpha - beta x^2/2)^2/(2 alpha)", gain, Y + bound + more),
        Identity("E (y' - y | x, y) = eta (alpha - beta x^2/2)", new_y - Y, ETA * drive),
        Identity("where y = 0: E (x'^2 | x) = x^2 + eta^2 sigma^2", expectation(noisy**2, XI, NOISE).subs(Y, 0), X**2 + ETA**2 * SIGMA**2),
        Identity("without noise, at (delta, 0): det = 1 + 2 eta^2 alpha", in_logarithm(UNDAMPED).det().subs(there), 1 + 2 * ETA**2 * ALPHA),
    )  # fmt: skip
    gap = sp.Symbol("E[y]")
    return Claim(
        "derived.noisy-edge",
        "derived; after Liao, Kolomvaki & Kyrillidis 2026, arXiv 2604.21016, as transcribed",
        "gradient noise: an identity for the gap, of which the closed form is a lower bound",
        "For x' = -(1 + eta y) x - eta xi, y' = y + eta (alpha - beta x^2/2), with alpha, beta, eta > 0 and xi independent of the past, E xi = 0, E xi^2 = sigma^2 > 0: every stationary law of "
        "(x, y) with E x^2 and E y^2 finite has E y = -(eta beta/(4 alpha)) (sigma^2 + E x^2 y^2) - (eta/(2 alpha)) E (alpha - beta x^2/2)^2. So the gap -E y is more than "
        "eta beta sigma^2/(4 alpha). Moreover E x^2 = 2 alpha/beta.",
        (
            Proof(
                "expected change of V",
                lemmas,
                "V = y^2/(2 eta alpha) + beta x^2/(4 eta alpha) has a finite mean, and V' the same law, so the mean of the first identity is 0; y has a finite mean, so what is not negative in it has one "
                "too. The bound is strict: otherwise x^2 y^2 = 0 and x^2 = 2 alpha/beta almost surely, hence y = 0, and then E x'^2 = E x^2 + eta^2 sigma^2 is not E x^2. The mean of the second identity is 0 too. "
                "The last identity is of damian2023.spiral: the fixed point of the map without noise, in (log|x|, y), repels.",
            ),
        ),
        (sp.Gt(-gap, bound),),
        kind="derived",
        notes=("That the map has a stationary law is not claimed. eta beta sigma^2/(4 alpha) is the closed form of the gap, as transcribed.",),
    )  # fmt: skip


CLAIMS: Mapping[str, Callable[[], Claim]] = {"derived.noisy-edge": _gap}
"""The identity and the bound."""
