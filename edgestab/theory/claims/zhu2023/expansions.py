"""The two-step expansion, its remainder, the differential equation and its parabola."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.claims.zhu2023.notation import SOURCE, WEIGHTS, A, B, K, b_step, scaled_a_step, two_steps
from edgestab.theory.lemma import Expansion, Identity, Inequality
from edgestab.theory.parts.proof import Proof
from edgestab.theory.symbols import symbols

STEP = (
    "The step in (a, b) is zhu2023.exact-map's with C = c^2, c = a + (k^-4 - 4)^(1/4) > 0, d = 1 + b and s^2 = (k c)^4 + 4 k^4 d^2, while "
    "eps q <= 1."
)
"""What links the expressions that are expanded to gradient descent."""


def _one_step() -> Claim:
    lemmas = (
        Expansion("k a' = k a - 2 b^2 k^4 + O(10)", scaled_a_step(), K * A - 2 * B**2 * K**4, WEIGHTS, 9),
        Expansion("b' = -b - 3 b^2 - 4 a b k - b^3 + O(8)", b_step(), -B - 3 * B**2 - 4 * A * B * K - B**3, WEIGHTS, 7),
    )
    return Claim(
        "zhu2023.eq7-one-step",
        f"{SOURCE}, equation 7",
        "one-step expansion",
        "To leading order a' = a - 2 b^2 k^3 and b' = -b - 4 a b k - 3 b^2 - b^3, in the scaling b ~ 2, k ~ 1, a ~ 3.",
        (Proof("expansion", lemmas, STEP),),
        (sp.Eq(sp.Symbol("a'"), A - 2 * B**2 * K**3), sp.Eq(sp.Symbol("b'"), -B - 4 * A * B * K - 3 * B**2 - B**3)),
    )


def _two_steps() -> Claim:
    a2, b2 = two_steps()
    lemmas = (
        Expansion("k a'' = k a - 4 b^2 k^4 + O(10)", a2, K * A - 4 * B**2 * K**4, WEIGHTS, 9),
        Expansion("b'' = b + 8 a b k - 16 b^3 + O(8)", b2, B + 8 * A * B * K - 16 * B**3, WEIGHTS, 7),
    )
    return Claim(
        "zhu2023.eq7-two-step",
        f"{SOURCE}, equation 7",
        "two-step expansion",
        "To leading order a'' = a - 4 b^2 k^3 and b'' = b + 8 a b k - 16 b^3, in the scaling b ~ 2, k ~ 1, a ~ 3.",
        (Proof("expansion", lemmas, STEP),),
        (sp.Eq(sp.Symbol("a''"), A - 4 * B**2 * K**3), sp.Eq(sp.Symbol("b''"), B + 8 * A * B * K - 16 * B**3)),
    )


def _remainder() -> Claim:
    a2, b2 = two_steps()
    b_rest = -12 * A * B**2 * K - 24 * B**4
    a_rest = -12 * B**3 * K**4
    lemmas = (
        Expansion("b'' up to weight 9", b2, B + 8 * A * B * K - 16 * B**3 + b_rest, WEIGHTS, 9),
        Expansion("k a'' up to weight 11", a2, K * A - 4 * B**2 * K**4 + a_rest, WEIGHTS, 11),
    )
    return Claim(
        "zhu2023.two-step-remainder",
        "derived; remainder of Zhu et al. 2023, equation 7",
        "the remainder of the two-step expansion",
        "With the weights 3, 2, 1 of a, b, k the remainder of b'' begins with terms of weight 8 and that of k a'' with terms of weight 10; the "
        "terms of these weights are stated exactly.",
        (Proof("remainder", lemmas, STEP),),
        (sp.Eq(sp.Symbol("r_b"), b_rest), sp.Eq(sp.Symbol("r_a"), a_rest / K)),
        kind="derived",
    )


SOLUTION = A * K / 2 + K**4 / 16
"""b^2 on the parabola."""


def _ode() -> Claim:
    constant, growth = symbols("Cst growth")
    b2 = SOLUTION + constant * growth
    # d/da exp(8 a / k^3) = (8 / k^3) exp(8 a / k^3)
    slope = sp.diff(SOLUTION, A) + constant * growth * 8 / K**3
    b = sp.sqrt(b2)
    lemmas = (
        Identity(
            "b^2 = a k/2 + k^4/16 + C exp(8 a/k^3) solves db/da = (16 b^3 - 8 a b k)/(4 b^2 k^3)",
            slope / (2 * b),
            (16 * b**3 - 8 * A * b * K) / (4 * b**2 * K**3),
        ),
        Identity("the parabola C = 0 has its vertex at a = -k^3/8", SOLUTION.subs(A, -(K**3) / 8), sp.S(0)),
    )
    return Claim(
        "zhu2023.eq8-ode",
        f"{SOURCE}, equations 8 and 9",
        "the differential equation and its parabola",
        "The two-step flow db/da = (16 b^3 - 8 a b k)/(4 b^2 k^3) has the solutions b^2 = a k/2 + k^4/16 + C exp(8 a k^-3); C = 0 is a parabola with vertex a = -k^3/8.",
        (Proof("solution", lemmas, "exp(8 a/k^3) is written as a free symbol with its derivative."),),
        (sp.Eq(B**2, SOLUTION + sp.Symbol("C") * sp.exp(8 * A / K**3)),),
    )


def _attracting() -> Claim:
    gap, square = symbols("gap square")
    b2 = SOLUTION + gap
    drift = -4 * b2 * K**3
    change = 2 * b2 * (8 * A * K - 16 * b2) - sp.diff(SOLUTION, A) * drift
    lemmas = (
        Identity("the gap to the parabola changes at rate -32 b^2 gap per two steps", change, -32 * b2 * gap),
        Inequality("32 b^2 > 0 away from b = 0", 32 * square, {square: (sp.S(0), sp.oo)}, True),
    )
    return Claim(
        "zhu2023.parabola-attracts",
        f"{SOURCE}, section 3",
        "the gap to the parabola decays along the averaged flow",
        "Along the averaged flow of zhu2023.eq8-ode, while a decreases, the gap b^2 - (a k/2 + k^4/16) decays at rate 32 b^2 per two steps.",
        (Proof("contraction", lemmas),),
        kind="theorem",
    )


CLAIMS: Mapping[str, Callable[[], Claim]] = {
    "zhu2023.eq7-one-step": _one_step,
    "zhu2023.eq7-two-step": _two_steps,
    "zhu2023.two-step-remainder": _remainder,
    "zhu2023.eq8-ode": _ode,
    "zhu2023.parabola-attracts": _attracting,
}
"""The claims on the local expansion."""
