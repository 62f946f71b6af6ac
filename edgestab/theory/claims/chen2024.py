"""Chen, Balasubramanian, Ghosal & Agrawalla 2024 (arXiv 2310.01687): the cubic map.

Derived here from the map; which of the thresholds are the paper's is recalled, not read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.lemma import Identity, Inequality, Lemma
from edgestab.theory.models.catalogue import model
from edgestab.theory.models.cubic_map import A, Z, cubic
from edgestab.theory.parts.proof import Proof
from edgestab.theory.symbols import symbols

AFTER = "derived; after Chen et al. 2024"
R = sp.Rational

W, Y, K, D, E = symbols("w y kappa d e")
SLOPE = sp.diff(cubic(Z), Z)
MAP = sp.Eq(sp.Symbol("f_a(z)"), cubic(Z))


def _map() -> Claim:
    after = W - K * (W**2 - Y) * W
    (frozen,) = model("frozen-cubic").own.step.closed_form()
    frozen = frozen.subs(symbols("s")[0], A)
    lemmas: tuple[Lemma, ...] = (
        Identity("f_a(z) = z^3 + (a - 2) z^2 + (1 - 2 a) z", cubic(Z), Z**3 + (A - 2) * Z**2 + (1 - 2 * A) * Z),
        Identity("f_a(z) = (z + a)(1 - z)^2 - a", cubic(Z), (Z + A) * (1 - Z) ** 2 - A),
        Identity("k (s'^2 - y) = f_a(k (s^2 - y)), a = k y", K * (after**2 - Y), cubic(K * (W**2 - Y), K * Y)),
        Identity(
            "from the frozen-s cubic with s = a: a (d'^2 - 1) = f_a(a (d^2 - 1))",
            A * (frozen**2 - 1),
            cubic(A * (D**2 - 1)),
        ),
        Identity("f_a'(0) = 1 - 2 a", SLOPE.subs(Z, 0), 1 - 2 * A),
    )
    return Claim(
        "chen2024.map",
        AFTER,
        "quadratic regression on orthogonal data moves by one cubic map",
        "On L = sum_i ((x_i.w)^2 - y_i)^2/4 with pairwise orthogonal x_i, not 0, GD of step eta moves each z_i = k_i ((x_i.w)^2 - y_i), k_i = eta |x_i|^2, by "
        "itself: z' = f_a(z) = z^3 + (a - 2) z^2 + (1 - 2 a) z with a = a_i = k_i y_i. For a > 0 it is also the frozen-s cubic d' = d (1 + s - s d^2), s = a, in "
        "z = a (d^2 - 1).",
        (
            Proof(
                "exact map",
                lemmas,
                "The gradient is sum_i (s_i^2 - y_i) s_i x_i with s_i = x_i.w, so that s_i' = s_i - k_i (s_i^2 - y_i) s_i.",
            ),
        ),
        (MAP,),
        kind="derived",
    )


def _monotone() -> Claim:
    edge = 2 * sp.sqrt(2) - 2
    centre = (2 - A) / 2
    side = {A: (sp.S.Zero, sp.S(2))}
    lemmas: tuple[Lemma, ...] = (
        Identity("f(z)/z - 1 = (z + a)(z - 2)", cubic(Z) / Z - 1, (Z + A) * (Z - 2)),
        Identity(
            "f(z)/z + 1 = (z - (2 - a)/2)^2 + 2 - (2 + a)^2/4",
            cubic(Z) / Z + 1,
            (Z - centre) ** 2 + 2 - (2 + A) ** 2 / 4,
        ),
        Identity(
            "2 - (2 + a)^2/4 = (2 sqrt2 - 2 - a)(2 sqrt2 + 2 + a)/4",
            2 - (2 + A) ** 2 / 4,
            (edge - A) * (2 * sp.sqrt(2) + 2 + A) / 4,
        ),
        Inequality("(2 - a)/2 > 0 for a < 2", centre, side, strict=True),
        Inequality("and below 2", 2 - centre, side, strict=True),
        Identity("at a = 2 sqrt2 - 2 it is 2 - sqrt2", centre.subs(A, edge), 2 - sp.sqrt(2)),
    )
    return Claim(
        "chen2024.monotone",
        AFTER,
        "where the cubic map brings every residual nearer to 0",
        "For 0 < a < 2 and f_a(z) = z^3 + (a - 2) z^2 + (1 - 2 a) z: |f_a(z)| < |z| for every z in (-a, 2) but 0 exactly when a < 2 sqrt2 - 2. At "
        "a = 2 sqrt2 - 2 it fails at z = 2 - sqrt2 alone, where f_a(z) = -z.",
        (
            Proof(
                "exact threshold",
                lemmas,
                "On (-a, 2) the first is negative. (2 - a)/2 lies in the interval and is not 0, and there f/z + 1 is least.",
            ),
        ),
        (MAP,),
        kind="derived",
        notes=("It says nothing of limits: z = 1 goes to the fixed point -a.",),
    )


def _interval() -> Claim:
    lemmas: tuple[Lemma, ...] = (
        Identity("f(z) + a = (z + a)(1 - z)^2", cubic(Z) + A, (Z + A) * (1 - Z) ** 2),
        Identity("2 - f(z) = (2 - z)(z^2 + a z + 1)", 2 - cubic(Z), (2 - Z) * (Z**2 + A * Z + 1)),
        Identity("z^2 + a z + 1 = (z + a/2)^2 + 1 - a^2/4", Z**2 + A * Z + 1, (Z + A / 2) ** 2 + 1 - A**2 / 4),
        Inequality("1 - a^2/4 >= 0 for a <= 2", 1 - A**2 / 4, {A: (sp.S.Zero, sp.S(2))}),
        Inequality("1 - a^2/4 < 0 for a > 2", A**2 / 4 - 1, {A: (sp.S(2), sp.oo)}, strict=True),
        Identity("f(z) - z = z (z + a)(z - 2)", cubic(Z) - Z, Z * (Z + A) * (Z - 2)),
        Identity("f'((1 - 2 a)/3) = 0", SLOPE.subs(Z, (1 - 2 * A) / 3), sp.S.Zero),
        Identity("where f = 4 (1 + a)^3/27 - a", cubic((1 - 2 * A) / 3), 4 * (1 + A) ** 3 / 27 - A),
        Identity(
            "less 2 it is (a - 2)(2 a + 5)^2/27",
            4 * (1 + A) ** 3 / 27 - A - 2,
            (A - 2) * (2 * A + 5) ** 2 / 27,
        ),
    )
    return Claim(
        "chen2024.interval",
        AFTER,
        "the cubic map keeps [-a, 2] exactly for a <= 2",
        "For a > 0, f_a(z) = z^3 + (a - 2) z^2 + (1 - 2 a) z carries [-a, 2] into itself exactly when a <= 2. From z > 2 the orbit grows without bound, from z < -a it "
        "falls without bound. For a > 2 a neighbourhood of z = -a/2 leaves [-a, 2] above at the first step: an open set of starts diverges.",
        (
            Proof(
                "invariant interval",
                lemmas,
                "f(z) >= -a and f(z) <= 2 on [-a, 2] for a <= 2. For a > 2 the third is negative at z = -a/2, so f(z) > 2. Beyond 2 "
                "f(z) > z, below -a f(z) < z, both orbits are monotone, and no fixed point 0, -a, 2 is beyond.",
            ),
        ),
        (MAP,),
        kind="derived",
    )


def _period_two() -> Claim:
    root = sp.sqrt((A - 1) * (A + 3))
    high, low = (1 - A + root) / 2, (1 - A - root) / 2
    pair = Z**2 + (A - 1) * Z - (A - 1)
    rest = Z**4 + (A - 3) * Z**3 + 3 * (1 - A) * Z**2 + 2 * (A - 1) * Z + 2
    flip = sp.sqrt(5) - 1
    product = SLOPE.subs(Z, high) * SLOPE.subs(Z, low)
    multiplier = 9 - 2 * (1 + A) ** 2
    lemmas: tuple[Lemma, ...] = (
        Identity("(z - z1)(z - z2) = z^2 + (a - 1) z - (a - 1)", (Z - high) * (Z - low), pair),
        Identity("f(z1) = z2", cubic(high), low),
        Identity("f(z2) = z1", cubic(low), high),
        Identity("at z = -a the quadratic is 1", pair.subs(Z, -A), sp.S.One),
        Identity("at z = 2 it is 3 + a", pair.subs(Z, 2), 3 + A),
        Identity("f'(z1) f'(z2) = 9 - 2 (1 + a)^2", product, multiplier),
        Identity("= 7 - 4 a - 2 a^2", multiplier, 7 - 4 * A - 2 * A**2),
        Identity("1 - m = 2 (a - 1)(a + 3)", 1 - multiplier, 2 * (A - 1) * (A + 3)),
        Identity("1 + m = 2 (sqrt5 - 1 - a)(sqrt5 + 1 + a)", 1 + multiplier, 2 * (flip - A) * (sp.sqrt(5) + 1 + A)),
        Identity("f(f(z)) - z = (f(z) - z) (z^2 + (a - 1) z - (a - 1)) r(z)", cubic(cubic(Z)) - Z, (cubic(Z) - Z) * pair * rest),
        Inequality("r > 0 for 0 <= a <= 9/5, |z| <= 2", rest, {A: (sp.S.Zero, R(9, 5)), Z: (sp.S(-2), sp.S(2))}, strict=True),
    )  # fmt: skip
    return Claim(
        "chen2024.period-two",
        AFTER,
        "the cubic map's 2-cycle attracts exactly for 1 < a < sqrt5 - 1",
        "For a > 1 the zeros of z^2 + (a - 1) z - (a - 1) lie in (-a, 2) and are a 2-cycle of f_a(z) = z^3 + (a - 2) z^2 + (1 - 2 a) z with multiplier "
        "m = 9 - 2 (1 + a)^2 = 7 - 4 a - 2 a^2: |m| < 1 for a < sqrt5 - 1, m = -1 at sqrt5 - 1, m < -1 beyond. For 0 < a <= 9/5 no other point of [-a, 2] has least "
        "period 2, and for a <= 1 none has.",
        (
            Proof(
                "closed form",
                lemmas,
                "z1, z2 = (1 - a +- sqrt((a - 1)(a + 3)))/2, real and distinct exactly for a > 1 where a > 0; the quadratic is "
                "positive at both ends and its vertex (1 - a)/2 is between them. At a = 1 its zero is the fixed point 0.",
            ),
        ),
        (MAP, sp.Eq(sp.Symbol("m"), multiplier)),
        kind="derived",
    )


def _chebyshev() -> Claim:
    lemmas: tuple[Lemma, ...] = (
        Identity("f_2(z) = z^3 - 3 z", cubic(Z, sp.S(2)), Z**3 - 3 * Z),
        Identity("= 2 T_3(z/2)", cubic(Z, sp.S(2)), 2 * sp.chebyshevt(3, Z / 2)),
        Identity("f_2(e + 1/e) = e^3 + 1/e^3", cubic(E + 1 / E, sp.S(2)), E**3 + E**-3),
        Identity(
            "f_2'(e + 1/e) = 3 (e^3 - e^-3)/(e - 1/e)",
            SLOPE.subs({A: 2, Z: E + 1 / E}, simultaneous=True),
            3 * (E**3 - E**-3) / (E - 1 / E),
        ),
    )
    return Claim(
        "chen2024.chebyshev",
        AFTER,
        "at a = 2 the cubic map triples an angle, and its Lyapunov exponent is log 3",
        "f_2(z) = z^3 - 3 z = 2 T_3(z/2) maps z = 2 cos(t) to 2 cos(3 t), with f_2'(z) = 3 sin(3 t)/sin(t). From almost every z in (-2, 2) its "
        "Lyapunov exponent is log 3.",
        (
            Proof(
                "angle tripling",
                lemmas,
                "e = exp(i t). The product of f_2' over n steps is 3^n sin(3^n t)/sin(t). As t -> 3 t preserves Lebesgue measure, the "
                "measure of the t in [0, 2 pi) with |sin(3^n t)| < exp(-n d) is at most 2 pi exp(-n d), of finite sum over n for every d > 0: by "
                "Borel and Cantelli (1/n) log |sin(3^n t)| -> 0 for almost every t, and t -> 2 cos t carries null sets to null sets.",
            ),
        ),
        (sp.Eq(sp.Symbol("f_2(2 cos t)"), sp.Symbol("2 cos 3t")),),
        kind="derived",
        notes=("Exceptional starts have other exponents: the critical point -1 lands on the fixed point 2.",),
    )


def period_three(a: sp.Rational) -> sp.Expr:
    """Return (f(f(f(z))) - z)/(f(z) - z), the polynomial whose zeros have least period 3, or multiplier 1.

    Examples
    --------
    >>> sp.degree(period_three(sp.S.One), Z)
    24
    """
    once = cubic(Z, a)
    thrice = cubic(cubic(once, a), a)
    return sp.Poly(sp.expand(thrice - Z), Z).exquo(sp.Poly(sp.expand(once - Z), Z)).as_expr()


def _period_three() -> Claim:
    below, above, inside = R(1450440964, 10**9), R(1450440965, 10**9), R(73, 50)

    # Two points left of the fixed point 0 and right of -a, between which the quotient changes sign.
    left, right = R(-27, 20), R(-809, 629)
    lemmas: list[Lemma] = [
        Inequality("a = 1.450440964: g > 0 on (-a, 2)", period_three(below), {Z: (-below, sp.S(2))}, strict=True),
        Inequality("g(-a) > 0 there", period_three(below).subs(Z, -below), {}, strict=True),
        Inequality("and g(2) > 0", period_three(below).subs(Z, 2), {}, strict=True),
    ]
    for a, words in ((above, "1.450440965"), (inside, "1.46")):
        lemmas.append(Inequality(f"a = {words}: g(-27/20) > 0", period_three(a).subs(Z, left), {}, strict=True))
        lemmas.append(Inequality(f"a = {words}: g(-809/629) < 0", -period_three(a).subs(Z, right), {}, strict=True))
    return Claim(
        "chen2024.period-three",
        AFTER,
        "the cubic map has no 3-cycle at a = 1.450440964 and one at 1.450440965",
        "f_a(z) = z^3 + (a - 2) z^2 + (1 - 2 a) z has no point of least period 3 in [-a, 2] at a = 1.450440964, and has one at a = 1.450440965 and at a = 1.46, "
        "where it therefore has cycles of every period (Li and Yorke).",
        (
            Proof(
                "signs of the quotient",
                tuple(lemmas),
                "g = (f(f(f(z))) - z)/(f(z) - z), a polynomial. Between -27/20 and -809/629 lies no fixed point 0, -a, 2.",
            ),
        ),
        (MAP,),
        kind="derived",
        notes=("That period 3 persists for all larger a is not claimed.",),
    )


def _escape() -> Claim:
    # Three numbers are the roots of f_a(z) = y for these a and y, if their sum is 2 - a and the pairs add up to 1 - 2 a.
    one, two = symbols("r1 r2")
    both = one + two
    a = (one * two + 2 * both - both**2 - 1) / (both - 2)
    three = 2 - a - both
    y = one * two * three
    weights = [(r**2 + a * r + 1) / (3 * r + 2 * a - 1) ** 2 for r in (one, two, three)]
    bottom = 27 * Y - (4 * A**3 + 12 * A**2 - 15 * A + 4)
    total = (9 * Y - 2 * A**2 - A - 8) / bottom
    part = 2 * (A - 2) * (A + 1) * (2 * A + 5) / 3
    square = 3 * (A + 4) / (2 * (A + 1) ** 2)
    beyond = {A: (sp.S(2), sp.oo)}
    lemmas: tuple[Lemma, ...] = (
        Identity("f(z) + a = (z + a)(1 - z)^2", cubic(Z) + A, (Z + A) * (1 - Z) ** 2),
        Identity("2 - f(z) = (2 - z)(z^2 + a z + 1)", 2 - cubic(Z), (2 - Z) * (Z**2 + A * Z + 1)),
        Identity("f'(z) = (z - 1)(3 z + 2 a - 1)", SLOPE, (Z - 1) * (3 * Z + 2 * A - 1)),
        Identity("at its zero (1 - 2 a)/3: f - 2 = (a - 2)(2 a + 5)^2/27", cubic((1 - 2 * A) / 3) - 2, (A - 2) * (2 * A + 5) ** 2 / 27),
        Identity("f(z) - y = (z - r1)(z - r2)(z - r3)", cubic(Z, a) - y, (Z - one) * (Z - two) * (Z - three)),
        Identity("sum over r of (r^2 + a r + 1)/(3 r + 2 a - 1)^2 = q(y)", sp.Add(*weights), total.subs({A: a, Y: y}, simultaneous=True)),
        Identity("1/3 - q(y) = 2 (a - 2)(a + 1)(2 a + 5)/(3 d), d > 0", R(1, 3) - total, part / -bottom),
        Identity("d = 4 (a + 1)^3 - 27 (y + a)", -bottom, 4 * (A + 1) ** 3 - 27 * (Y + A)),
        Identity("d = (a - 2)(2 a + 5)^2 + 27 (2 - y)", -bottom, (A - 2) * (2 * A + 5) ** 2 + 27 * (2 - Y)),
        Identity("1 - 3 part/(4 (a + 1)^3) = c^2", 1 - 3 * part / (4 * (A + 1) ** 3), square),
        Inequality("c^2 < 1 for a > 2", 1 - square, beyond, strict=True),
        Inequality("and > 0", square, beyond, strict=True),
    )  # fmt: skip
    return Claim(
        "chen2024.escape",
        AFTER,
        "for a > 2 almost every orbit of the cubic map diverges",
        "For a > 2 the orbit of f_a(z) = z^3 + (a - 2) z^2 + (1 - 2 a) z from almost every z in (-a, 2) leaves it above and grows without bound. Of the starts, weighed with "
        "1/(pi sqrt((2 - z)(z + a))), at most the fraction c^n stays for n steps, c^2 = 3 (a + 4)/(2 (a + 1)^2) < 1.",
        (
            Proof(
                "transfer of a density",
                lemmas,
                "On (-a, 2) f rises from -a to a value above 2, falls to -a at z = 1 and rises to 2: every y in (-a, 2) has three preimages r there, where f' is not 0. For w = 1/sqrt((2 - z)(z + a)) the first three lemmas give "
                "w(r)/(w(y) |f'(r)|) = sqrt(r^2 + a r + 1)/|3 r + 2 a - 1|. By Cauchy and Schwarz the three add up to at most sqrt(3 q(y)) <= c, as 0 < d < 4 (a + 1)^3 on (-a, 2). So mapping the density w of the starts that stay "
                "multiplies it by at most c a step. Whoever leaves does so above 2, and chen2024.interval says what follows.",
            ),
        ),
        (MAP, sp.Eq(sp.Symbol("c") ** 2, square)),
        kind="derived",
    )


CLAIMS: Mapping[str, Callable[[], Claim]] = {
    "chen2024.map": _map,
    "chen2024.interval": _interval,
    "chen2024.escape": _escape,
    "chen2024.monotone": _monotone,
    "chen2024.period-two": _period_two,
    "chen2024.period-three": _period_three,
    "chen2024.chebyshev": _chebyshev,
}
"""The paper's claims."""
