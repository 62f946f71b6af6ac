r"""The printed regions of Theorem 3.1 and Corollaries 3.1 and 3.2, in the coordinates in which they are certified.

For K >= 8 all of them lie in :math:`47\,\epsilon^{7/8} \le x \le 1/50`, :math:`|b| < 1/8`, with
:math:`x = P - 1`, :math:`P = \epsilon((x_0^2 - y_0^2)^2 + 4)`, and one certificate covers them for every
:math:`\eta \in (0, 1/100]`.
"""

from __future__ import annotations

import sympy as sp

from edgestab.theory.claims.zhu2023.notation import B, R
from edgestab.theory.conclusions.final_sharpness import FinalSharpness
from edgestab.theory.lemma import Identity, Inequality, Lemma
from edgestab.theory.models.catalogue import model
from edgestab.theory.parts.certified import Certified
from edgestab.theory.parts.proof import Proof
from edgestab.theory.region import Region
from edgestab.theory.statement import OrbitStatement, StepSizes
from edgestab.theory.symbols import ETA, symbols

A, C, D, E, T, U, W, Z = symbols("a c d e t u w z")

SMALL = (sp.S(0), R(1, 10**4))
"""eps for eta <= 1/100."""


def certified(timed: bool = False) -> Certified:
    """Return the certified statement: from the common region the gap ends in (0.401, 1), in a bounded time if wanted."""
    quartic = model("quartic")
    bounds = ((47 * ETA ** R(7, 4), R(1, 50)), (-R(1, 8), R(1, 8)))
    region = Region.of(quartic, ("offset", "b"), bounds, (sp.Ne(B, 0),))
    window = FinalSharpness(2 / ETA - ETA, 2 / ETA - R(401, 1000) * ETA)
    statement = OrbitStatement(
        "47 eps^(7/8) <= x <= 1/50, |b| < 1/8", quartic, StepSizes.between("0.002", "0.01"), region, window
    )
    return Certified("every eta in (0, 1/100], from the common region", statement, down_to_zero=True, timed=timed)


def theorem_31() -> Proof:
    """Return the proof that Theorem 3.1's region and window are the certified ones."""
    lemmas: tuple[Lemma, ...] = (
        Identity("P - 1 = eps ((c + a)^4 - c^4) where c^4 = 1/eps - 4", E * ((C + A) ** 4 + 4) - 1,
                 E * ((C + A) ** 4 - C**4), {C: (4, 1 / E - 4)}),
        Inequality("(c + a)^4 >= c^4 + 4 c^3 a, with a = c t", (1 + T) ** 4 - 1 - 4 * T, {T: (sp.S(0), sp.oo)}),
        Inequality("48 (1 - 4 eps)^(3/4) >= 47: 48^4 (1 - 4 eps)^3 >= 47^4", 48**4 * (1 - 4 * E) ** 3 - 47**4, {E: SMALL}),
        Inequality("(u + t)^4 - u^4 <= 1/50 for u <= 1, t = k a <= 1/256", R(1, 50) - (1 + T) ** 4 + 1, {T: (sp.S(0), R(1, 256))}),
        Inequality("where (u + t)^4 - u^4 grows with u", sp.diff((U + T) ** 4 - U**4, U), {U: (sp.S(0), sp.S(1)), T: (sp.S(0), sp.S(1))}),
        Inequality("(c - c t)^4 >= c^4 (1 - 4 t), so a < -k^3/10 where x < -0.4 eps", (1 - T) ** 4 - 1 + 4 * T, {T: (-sp.oo, sp.oo)}),
        Inequality("a gap above 0.401 has x < -0.4 eps", R(401, 1000) - R(401, 1000) ** 2 * E / 4 - R(2, 5), {E: SMALL}, True),
        Inequality("a gap below 1 has x > -eps", E**2 / 4, {E: SMALL}),
        Inequality("(u - t)^4 - u^4 <= -eps at t = 5/3 eps, u^4 = 1 - 4 eps >= 9/10", -E - (-4 * T * U**3 + 6 * T**2 * U**2 - 4 * T**3 * U + T**4).subs(T, R(5, 3) * E),
                   {E: (sp.S(0), R(1, 10**4)), U: (R(9, 10), sp.S(1))}),
        Inequality("x^2 - y^2 keeps its sign: 1 - eps l'(d)^2 > 0, l' = d^3 - d, for |d - 1| <= 1/4", 1 - E * (D**3 - D) ** 2,
                   {E: SMALL, D: (R(3, 4), R(5, 4))}, True),
    )  # fmt: skip
    return Proof(
        "the region and the window",
        lemmas,
        "Let k = eta^(1/2), c = (1/eps - 4)^(1/4), u = k c. A start has x = P - 1 = k^4 ((c + a)^4 - c^4) >= 4 k^4 c^3 a >= 48 k^(7/2) u^3 "
        ">= 47 eps^(7/8), and x = (u + k a)^4 - u^4 <= 1/50 as k a <= 1/(4 K^2) <= 1/256. The certificate keeps b = xy - 1 in its strip, inside [-1/4, 1/4]: a step "
        "multiplies x^2 - y^2 by 1 - eps l'(xy)^2 > 0. At the end x lies between -eps and -0.4 eps: "
        "a = -k^3/10 has x >= -0.4 eps u^3 >= -0.4 eps, and a = -5/3 k^3 has x = (u - 5/3 eps)^4 - u^4 <= -eps.",
    )


def corollary_31() -> Proof:
    """Return the proof that Corollary 3.1's region lies in the certified one."""
    lemmas: tuple[Lemma, ...] = (
        Identity("with w = eta x^2, P = w^2 + eps^2 d^4 / w^2 + 2 eps (2 - d^2)", (W - E * D**2 / W) ** 2 + 4 * E,
                 W**2 + E**2 * D**4 / W**2 + 2 * E * (2 - D**2)),
        Identity("at the edge z + eps/z = 1: z^2 + eps^2/z^2 + 2 eps = 1", Z**2 + E**2 / Z**2 + 2 * E, (Z + E / Z) ** 2),
        Inequality("z >= 1 - 2 eps there: z (1 - z) >= eps at z = 1 - 2 eps", (1 - 2 * E) * 2 * E - E, {E: SMALL}),
        Inequality("w^2 - z^2 >= 52 z^(3/2) v for w >= z + 26 z^(1/2) v: with z = u^2", (U**2 + 26 * U * T) ** 2 - U**4 - 52 * U**3 * T,
                   {U: (sp.S(0), sp.S(1)), T: (sp.S(0), sp.S(1))}),
        Inequality("52 z^(3/2) >= 51: 52^2 (1 - 2 eps)^3 >= 51^2", 52**2 * (1 - 2 * E) ** 3 - 51**2, {E: SMALL}),
        # With v = eps^(7/8) and eps = v t, t = eps^(1/8) <= 1/3 as eps <= 3^-8.
        Inequality("51 v - 2 eps (d^2 - 1) - 2 eps^2 >= 47 v, eps = v t", 4 - 2 * T * (D**2 - 1) - 2 * T * E,
                   {T: (sp.S(0), R(1, 3)), D: (R(7, 8), R(9, 8)), E: SMALL}),
        Inequality("above: w <= (1 + 1/320)^2 gives x <= 1/50", R(1, 50) - (1 + R(1, 320)) ** 4 - E**2 * 2 - 2 * E * (2 - D**2) + 1,
                   {D: (R(7, 8), R(9, 8)), E: SMALL}),
        Inequality("eps^2 d^4/w^2 <= 2 eps^2 for w >= 9/10", 2 - R(9, 8) ** 4 / W**2, {W: (R(9, 10), sp.S(2))}),
        Inequality("eps^2/z^2 <= 2 eps^2", 2 - 1 / Z**2, {Z: (R(9, 10), sp.S(1))}),
    )  # fmt: skip
    return Proof(
        "the region",
        lemmas,
        "Let w = eta x0^2, d = x0 y0, and z the value of w at the edge minimum. x0 >= xc + 13 eta^(5/4) gives w >= z + 26 z^(1/2) eps^(7/8), so "
        "x = P - 1 >= w^2 - z^2 - eps^2/z^2 - 2 eps (d^2 - 1) >= 47 eps^(7/8), as eps^(1/8) <= 1/3; x0 <= xc + eta^(-1/2)/(5 K^2) gives w <= (1 + 1/320)^2.",
    )


def corollary_32() -> Proof:
    """Return the proof that Corollary 3.2's region lies in the certified one, for alpha in the printed range."""
    lemmas: tuple[Lemma, ...] = (
        Inequality("w >= (1 - t/10)(1 + t/15)^2 >= 1 + t/40 for t = 1/K^2 <= 1/64", (1 - T / 10) * (1 + T / 15) ** 2 - 1 - T / 40, {T: (sp.S(0), R(1, 64))}),
        # eps <= alpha^4 < (t / 8000000)^2 <= t / 10^12
        Inequality("eps = t^2 / 64 10^-12 <= t / 10^12", T - T**2 / 64, {T: (sp.S(0), R(1, 64))}),
        Inequality("x >= w^2 - 1 >= t/25, as d^2 <= 2", (1 + T / 40) ** 2 - 1 - T / 25, {T: (sp.S(0), R(1, 64))}),
        # 47 eps^(7/8) <= t/25 follows from (47 25)^8 eps^7 <= t^8, with eps <= t^2/(64 10^12).
        Inequality("(47 25)^8 eps^7 <= t^8", 1 - (47 * 25) ** 8 * T**6 / (64 * sp.Integer(10) ** 12) ** 7, {T: (sp.S(0), R(1, 64))}),
        Inequality("above: w <= (1 + t/6)^2 gives x <= 1/50", R(1, 50) - (1 + T / 6) ** 4 + 1 - 8 * T / 10**12, {T: (sp.S(0), R(1, 64))}),
    )  # fmt: skip
    return Proof(
        "the region",
        lemmas,
        "Let t = 1/K^2 and w = eta x0^2, with P = w^2 + eps^2 d^4/w^2 + 2 eps (2 - d^2). eta/alpha^2 in (1 - t/10, 1) and alpha x0 in "
        "(1 + t/15, 1 + t/6) give 1 + t/40 <= w <= (1 + t/6)^2; eps <= alpha^4 < t^2/(64 10^12). So x = P - 1 lies between t/25 >= 47 eps^(7/8) and 1/50.",
    )
