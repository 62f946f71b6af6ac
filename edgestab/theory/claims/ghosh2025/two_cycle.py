r"""The 2-cycle of the balanced chain :math:`\rho' = \rho + \eta(\sigma - \rho^L)\rho^{L-1}`, of any depth.

With z > 1 the quotient of its points, :math:`w = z^{L-1}`, and :math:`\alpha = \eta\sigma\rho_1^{L-2}`,
:math:`\gamma = \eta\rho_1^{2L-2}` at the smaller one, both equations of the cycle are linear in alpha and gamma.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.claims.ghosh2025.notation import AFTER
from edgestab.theory.lemma import Identity, Inequality, Lemma
from edgestab.theory.models.chain import balanced
from edgestab.theory.parts.proof import Proof
from edgestab.theory.symbols import ETA, symbols

# n is the depth L.
Z, W, N, ALPHA, GAMMA, SIGMA, RHO, X, E = symbols("z w n alpha gamma sigma rho x e")
R = sp.Rational

RISE = (Z - 1) * (1 + Z * W**2) / (W * (Z * W - 1))
"""alpha."""
LEVEL = (Z - 1) * (1 + W) / (W * (Z * W - 1))
"""gamma."""
SHARE = (1 + W) / (1 + Z * W**2)
r""":math:`\rho_1^L/\sigma`."""

BEYOND_ONE = {Z: (sp.S.One, sp.oo)}


def step_size_power(depth: int) -> sp.Expr:
    r"""Return :math:`h^L`, :math:`h = \eta\sigma^{2-2/L}`, as a rational function of z.

    Examples
    --------
    >>> sp.factor(step_size_power(2))
    (z**2 - z + 1)**2/z**2
    """
    power = {W: Z ** (depth - 1)}
    return (RISE**depth / SHARE ** (depth - 2)).xreplace(power)


def _relative_rate(of: sp.Expr) -> sp.Expr:
    """Return z times the derivative in z of the logarithm, along w = z^(n-1)."""
    return (Z * sp.diff(of, Z) + (N - 1) * W * sp.diff(of, W)) / of


def _existence() -> tuple[Lemma, ...]:
    first = 1 + ALPHA - GAMMA
    second = 1 + W / Z * (ALPHA - Z * W * GAMMA)
    at = {ALPHA: RISE, GAMMA: LEVEL}
    return (
        Identity("F(rho1)/rho1 = z", first.xreplace(at), Z),
        Identity("F(rho2)/rho2 = 1/z", second.xreplace(at), 1 / Z),
        Identity(
            "(F(rho1)/rho1 - 1) - (F(rho2)/rho2 - 1) z/w = (z w - 1) gamma",
            (first - 1) - (second - 1) * Z / W,
            (Z * W - 1) * GAMMA,
        ),
        Identity("rho1^L/sigma = gamma/alpha", LEVEL / RISE, SHARE),
        Identity("alpha = z - 1 + gamma", RISE, Z - 1 + LEVEL),
        Identity("1/share - 1 = w (z w - 1)/(1 + w)", 1 / SHARE - 1, W * (Z * W - 1) / (1 + W)),
        Identity("z w share - 1 = (z w - 1)/(1 + z w^2)", Z * W * SHARE - 1, (Z * W - 1) / (1 + Z * W**2)),
        Identity("2 - z w share = (2 + z w (w - 1))/(1 + z w^2)", 2 - Z * W * SHARE, (2 + Z * W * (W - 1)) / (1 + Z * W**2)),
        Identity("at z = w = 1: (z w - 1)/(z - 1) alpha = 2", ((1 + Z * W**2) / W).subs({Z: 1, W: 1}), sp.S(2)),
        Identity("and share = 1", SHARE.subs({Z: 1, W: 1}), sp.S.One),
        Identity("alpha (z w - 1)/(z - 1) = (1 + z w^2)/w", RISE * (Z * W - 1) / (Z - 1), (1 + Z * W**2) / W),
    )  # fmt: skip


def _monotone() -> tuple[Lemma, ...]:
    # h = alpha (1/share)^(1 - 2/L); a = log(z)/2.
    rate = _relative_rate(RISE) - (1 - 2 / N) * _relative_rate(SHARE)
    coth, coth_n = (Z + 1) / (Z - 1), (Z * W + 1) / (Z * W - 1)
    tanh_long, tanh_short = (Z * W**2 - 1) / (Z * W**2 + 1), (W - 1) / (W + 1)
    first, second = (2 - 2 / N) * (2 * N - 1), (1 - 2 / N) * (N - 1)
    # sinh and cosh of x, with e = exp(x).
    sinh, cosh = (E - 1 / E) / 2, (E + 1 / E) / 2

    def d(of: sp.Expr) -> sp.Expr:
        return sp.diff(of, X) + E * sp.diff(of, E)

    phi = X * cosh / sinh
    rest = X + 2 * sinh * cosh - 3 * sinh
    return (
        Identity(
            "2 z h'/h = coth a - L coth L a + c1 tanh (2L-1)a - c2 tanh (L-1)a",
            2 * rate,
            coth - N * coth_n + first * tanh_long - second * tanh_short,
        ),
        Identity("c1 - c2 = 3 (L - 1)", first - second, 3 * (N - 1)),
        Identity(
            "tanh (2L-1)a - tanh (L-1)a = 2 w (z w - 1)/((1 + w)(1 + z w^2))",
            tanh_long - tanh_short,
            2 * W * (Z * W - 1) / ((1 + W) * (1 + Z * W**2)),
        ),
        Identity("phi = x coth x: phi'' = 2 (x cosh x - sinh x)/sinh^3 x", d(d(phi)), 2 * (X * cosh - sinh) / sinh**3),
        Identity("(x cosh x - sinh x)' = x sinh x", d(X * cosh - sinh), X * sinh),
        Identity(
            "3 tanh(x/2) - phi' = (x + sinh 2x - 3 sinh x)/sinh^2 x", 3 * (cosh - 1) / sinh - d(phi), rest / sinh**2
        ),
        Identity("(x + sinh 2x - 3 sinh x)' = (4 cosh x + 1)(cosh x - 1)", d(rest), (4 * cosh + 1) * (cosh - 1)),
    )


def _directly() -> tuple[Lemma, ...]:
    """Return that h' > 0 for L = 2 to 8, by the signs of polynomials in z."""
    found: list[Lemma] = []
    for depth in range(2, 9):
        power = {W: Z ** (depth - 1), N: sp.Integer(depth)}
        rate = (_relative_rate(RISE) - (1 - 2 / N) * _relative_rate(SHARE)).xreplace(power)
        found.append(Inequality(f"L = {depth}: z h'/h > 0 for z > 1", sp.cancel(rate), BEYOND_ONE, strict=True))
    return tuple(found)


def _two_cycle() -> Claim:
    return Claim(
        "ghosh2025.two-cycle",
        AFTER,
        "beyond the edge the balanced chain of any depth has exactly one positive 2-cycle",
        "rho' = rho + eta (sigma - rho^L) rho^(L-1), sigma > 0, L >= 2, has exactly one 2-cycle of positive points where eta > 2/S, S = L sigma^(2 - 2/L), and none where eta <= 2/S. With z > 1 "
        "the quotient of its points rho_2 = z rho_1: rho_1^L = sigma (1 + z^(L-1))/(1 + z^(2L-1)), z = 1 + eta (sigma - rho_1^L) rho_1^(L-2), and rho_1^L < sigma < rho_2^L < 2 sigma. z grows "
        "strictly with eta.",
        (
            Proof(
                "existence and place",
                _existence(),
                "alpha = eta sigma rho_1^(L-2) and gamma = eta rho_1^(2L-2) at the smaller point; w = z^(L-1), so z w > 1 and rho_2^L/sigma = z w share. The third lemma shows that z determines gamma, and the first then "
                "alpha: a 2-cycle is a z > 1 with h = eta sigma^(2-2/L) = alpha share^(-(L-2)/L). As z -> 1, (z - 1)/(z w - 1) -> 1/L and h -> 2/L; h > alpha > z - 1 grows without bound; by the next part every h > 2/L is "
                "taken once and no other, and eta S = L h.",
            ),
            Proof(
                "h increases strictly with z, for every real L >= 2",
                _monotone(),
                "a = log(z)/2 > 0, c1 = (2 - 2/L)(2L-1), c2 = (1 - 2/L)(L-1). phi is convex on x > 0, so L coth L a - coth a = (phi(L a) - phi(a))/a <= (L - 1) phi'(L a) < 3 (L - 1) tanh(L a/2), by the last two lemmas; "
                "L a/2 <= (L - 1) a; and c1 tanh (2L-1)a - c2 tanh (L-1)a >= (c1 - c2) tanh (L-1)a = 3 (L - 1) tanh (L-1)a.",
            ),
            Proof("the same for L = 2 to 8, by the signs of polynomials", _directly()),
        ),
        (sp.Eq(sp.Symbol("rho_1^L"), sp.Symbol("sigma (1+z^(L-1))/(1+z^(2L-1))")),),
        kind="derived",
        notes=(
            "A public transcription of the paper's Theorem 1 has eta L for eta in z; cycles would then begin at 2/(L S), which gradient descent on |W_L ... W_1 - M|_F^2/2 does not show.",
            "It is existence: where the cycle attracts, ghosh2025.flip says for L = 2 to 8.",
        ),
    )  # fmt: skip


def _at_the_cycle(depth: int) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """F(rho1)/rho1, F(rho2)/rho2 and F'(rho1) F'(rho2), in z."""
    step = balanced(depth, SIGMA).own.step
    (rho,) = step.state
    (image,) = step.closed_form()
    power = {W: Z ** (depth - 1)}
    target = RHO**depth / SHARE.xreplace(power)
    size = RISE.xreplace(power) / (target * RHO ** (depth - 2))

    def at(of: sp.Expr, point: sp.Expr) -> sp.Expr:
        return of.subs({SIGMA: target, ETA: size, rho: point}, simultaneous=True)

    slope = sp.diff(image, rho)
    return at(image, RHO) / RHO, at(image, Z * RHO) / (Z * RHO), at(slope, RHO) * at(slope, Z * RHO)


FLIPS = {
    3: ("1.287871751722", "2.489214785679"),
    4: ("1.187154673949", "2.494338544873"),
    5: ("1.138574931571", "2.496754211868"),
    6: ("1.109998936232", "2.498151016792"),
    7: ("1.091187048710", "2.499058884953"),
    8: ("1.077867076994", "2.499695471626"),
}
"""By depth: z where m = -1, cut after 12 digits, and eta S there, to 1e-10."""


def _flip_of(depth: int, m: sp.Expr) -> tuple[Lemma, ...]:
    """Return between which z and eta S the multiplier passes -1."""
    z, c = map(R, FLIPS[depth])
    low, high, error = z, z + R(1, 10**12), R(1, 10**10)
    power = step_size_power(depth)
    return (
        Inequality(f"L = {depth}: m < 1 for z > 1", 1 - m, BEYOND_ONE, strict=True),
        Inequality(f"L = {depth}: m > -1 for 1 < z < {FLIPS[depth][0]}", 1 + m, {Z: (sp.S.One, low)}, strict=True),
        Inequality(f"L = {depth}: m < -1 for z > {FLIPS[depth][0]} + 1e-12", -1 - m, {Z: (high, sp.oo)}, strict=True),
        Inequality(f"L = {depth}: m falls between them", -sp.diff(m, Z), {Z: (low, high)}, strict=True),
        Inequality(f"L = {depth}: m > -1 at the first", (1 + m).subs(Z, low), {}, strict=True),
        Inequality(f"L = {depth}: m < -1 at the second", (-1 - m).subs(Z, high), {}, strict=True),
        Inequality(f"L = {depth}: where L h > c - 1e-10", power.subs(Z, low) - ((c - error) / depth) ** depth, {}, strict=True),
        Inequality(f"L = {depth}: and L h < c + 1e-10", ((c + error) / depth) ** depth - power.subs(Z, high), {}, strict=True),
    )  # fmt: skip


def _flip() -> Claim:
    golden = (1 + sp.sqrt(5)) / 2
    size = Z + 1 / Z - 1
    first, second, m2 = _at_the_cycle(2)
    stated2 = -(Z**2 - 2) * (2 * Z**2 - 1) / Z**2
    stated3 = -(2 * Z**5 + Z**4 + Z**3 - 4 * Z**2 - 3) * (3 * Z**5 + 4 * Z**3 - Z**2 - Z - 2)
    stated3 = stated3 / (Z**3 * (Z**2 + Z + 1) ** 2)
    lemmas: list[Lemma] = [
        Identity("L = 2: F(rho1) = z rho1", first, Z),
        Identity("L = 2: F(z rho1) = rho1", second, 1 / Z),
        Identity("L = 2: eta sigma = z + 1/z - 1", RISE.xreplace({W: Z}), size),
        Identity("L = 2: eta rho1 rho2 = 1, with gamma = eta rho1^2", Z * LEVEL.xreplace({W: Z}), sp.S.One),
        Identity("L = 2: m = -(z^2 - 2)(2 z^2 - 1)/z^2", m2, stated2),
        Identity("L = 2: m = 9 - 2 (1 + eta sigma)^2", stated2, 9 - 2 * (1 + size) ** 2),
        Identity("L = 2: 1 + m = -2 (z^2 - z - 1)(z^2 + z - 1)/z^2", 1 + stated2, -2 * (Z**2 - Z - 1) * (Z**2 + Z - 1) / Z**2),
        Identity("L = 2: 1 - m = 2 (eta sigma - 1)(eta sigma + 3)", 1 - stated2, 2 * (size - 1) * (size + 3)),
        Identity("at the golden ratio eta sigma = sqrt5 - 1", size.subs(Z, golden), sp.sqrt(5) - 1),
        Identity("where z^2 = z + 1", golden**2, golden + 1),
    ]  # fmt: skip
    for depth in FLIPS:
        one, two, m = _at_the_cycle(depth)
        m = sp.cancel(m)
        lemmas += [
            Identity(f"L = {depth}: F(rho1) = z rho1", one, Z),
            Identity(f"L = {depth}: F(z rho1) = rho1", two, 1 / Z),
        ]
        if depth == 3:
            lemmas.append(Identity("L = 3: m", m, stated3))
        lemmas += _flip_of(depth, m)
    edges = ", ".join(c for _, c in FLIPS.values())
    return Claim(
        "ghosh2025.flip",
        AFTER,
        "where the 2-cycle of the balanced chain attracts, L = 2 to 8",
        "The positive 2-cycle of rho' = rho + eta (sigma - rho^L) rho^(L-1), z the quotient of its points, has the multiplier m = -(z^2 - 2)(2 z^2 - 1)/z^2 = 9 - 2 (1 + eta sigma)^2 for L = 2, where "
        "eta rho_1 rho_2 = 1 and eta sigma = z + 1/z - 1, and m = -(2 z^5 + z^4 + z^3 - 4 z^2 - 3)(3 z^5 + 4 z^3 - z^2 - z - 2)/(z^3 (z^2 + z + 1)^2) for L = 3. For L = 2 to 8, |m| < 1 exactly for "
        "2 < eta S < c, S = L sigma^(2 - 2/L), and m < -1 beyond, with c = 2 (sqrt5 - 1) for L = 2, at the golden ratio z, and within 1e-10 of "
        f"{edges} for L = 3 to 8.",
        (
            Proof(
                "multipliers",
                tuple(lemmas),
                "In the third and fourth lemma w = z. By ghosh2025.two-cycle z, and with it eta S = L h, increases strictly from z = 1 at eta S = 2; so signs in z are signs in eta S. For L = 2, z^2 + z - 1 > 0 for z > 1, and "
                "z^2 - z - 1 changes sign at the golden ratio alone; eta S = 2 eta sigma. For L = 3 to 8, m passes -1 once, between the two bounds, and c = L h there.",
            ),
        ),
        kind="derived",
        notes=(
            "Of the balanced chain: whether unbalanced layers and entries off the diagonal follow is another matter.",
        ),
    )


CLAIMS: Mapping[str, Callable[[], Claim]] = {
    "ghosh2025.two-cycle": _two_cycle,
    "ghosh2025.flip": _flip,
}
"""The claims on the 2-cycle of a mode."""
