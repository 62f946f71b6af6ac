r"""The UV model outside its ellipse: almost every orbit diverges.

In z and :math:`G = (4-a^2)(E-1)` the map is :math:`z' = z(z^2-3-G)`, :math:`G' = G\,m`, :math:`m = 1+az+z^2`. A point
of :math:`p, q, G > 0` has three preimages there, one on each side of the fold lines :math:`z = \pm1` and one between.
The density :math:`G^{k-1}/\sqrt{pq}` is carried to its multiple by
:math:`\sum m^{2-k}/(3m^2 + G')`, the sum over the preimages: below 1 for k = 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.claims.kalra2023.model import AFTER
from edgestab.theory.lemma import Identity, Inequality, Lemma
from edgestab.theory.models.cubic_map import cubic
from edgestab.theory.models.uv import RESIDUAL, A, P, Q, Z, escape, invariant_ellipse, level, uv_map
from edgestab.theory.observation import Observation, between
from edgestab.theory.parts.proof import Proof
from edgestab.theory.symbols import symbols

G, M, X, Y, R = symbols("g m x y r")

STEP = uv_map()
MOVED = dict(zip(STEP.state, STEP.closed_form(), strict=True))
FACTOR = 1 + A * Z + Z**2
"""m, by which G is multiplied."""
OUTSIDE = level()
"""G, in p and q."""
BRANCH = Z**3 - 3 * Z - Z * G / FACTOR
"""z' in z and the image's G'."""
SIDES = {A: (sp.S(-2), sp.S(2))}


def _coordinates() -> tuple[Lemma, ...]:
    here = {Z: RESIDUAL, G: OUTSIDE}
    image = (Z * (Z**2 - 3 - G), G * FACTOR)
    jacobian = sp.Matrix(image).jacobian((Z, G)).det()
    return (
        Identity("G = (4 - a^2)(E - 1)", OUTSIDE, (4 - A**2) * (invariant_ellipse() - 1)),
        Identity("z' = z (z^2 - 3 - G)", RESIDUAL.subs(MOVED, simultaneous=True), image[0].subs(here, simultaneous=True)),
        Identity("G' = G m", OUTSIDE.subs(MOVED, simultaneous=True), image[1].subs(here, simultaneous=True)),
        Identity("4 p = G + (2 + a)(2 + z)", 4 * P, OUTSIDE + (2 + A) * (2 + RESIDUAL)),
        Identity("4 q = G + (2 - a)(2 - z)", 4 * Q, OUTSIDE + (2 - A) * (2 - RESIDUAL)),
        Identity("the Jacobian is (z^2 - 1)(3 m + G)", jacobian, (Z**2 - 1) * (3 * FACTOR + G)),
        Identity("m = (z + a/2)^2 + 1 - a^2/4", FACTOR, (Z + A / 2) ** 2 + 1 - A**2 / 4),
        Inequality("1 - a^2/4 > 0 for |a| < 2", 1 - A**2 / 4, SIDES, strict=True),
    )  # fmt: skip


def _far() -> tuple[Lemma, ...]:
    outside = {X: (sp.S(3), sp.oo)}
    return (
        Identity("the region is z^2 - 2 G - 9 >= 0", escape(), RESIDUAL**2 - 2 * OUTSIDE - 9),
        Identity("z^2 - 3 - G = (z^2 + 3)/2 where 2 G = z^2 - 9", Z**2 - 3 - (Z**2 - 9) / 2, (Z**2 + 3) / 2),
        Identity("(1 + x)^2 - (1 + a x + x^2) = (2 - a) x", (1 + X) ** 2 - (1 + A * X + X**2), (2 - A) * X),
        Inequality("x^2 (x^2 + 3)^2/4 > (x^2 - 9)(1 + x)^2 + 9 for x >= 3", X**2 * (X**2 + 3) ** 2 / 4 - (X**2 - 9) * (1 + X) ** 2 - 9, outside, strict=True),
        Inequality("(x^2 + 3)/2 >= 6 for x >= 3", (X**2 + 3) / 2 - 6, outside),
    )  # fmt: skip


def _three_preimages() -> tuple[Lemma, ...]:
    return (
        Identity("z' = f(z), with G = G'/m", Z * (Z**2 - 3 - G / FACTOR), BRANCH),
        Identity("f'(z) = (z^2 - 1)(3 + G'/m^2)", sp.diff(BRANCH, Z), (Z**2 - 1) * (3 + G / FACTOR**2)),
        Identity("(2 - a)(f(-1) - z') = 4 q'", (2 - A) * (BRANCH.subs(Z, -1) - Y), G + (2 - A) * (2 - Y)),
        Identity("(2 + a)(z' - f(1)) = 4 p'", (2 + A) * (Y - BRANCH.subs(Z, 1)), G + (2 + A) * (2 + Y)),
    )


def _density() -> tuple[Lemma, ...]:
    return (
        Identity("p' q'/(p q) = (1 - z^2)^2", MOVED[P] * MOVED[Q] / (P * Q), (1 - RESIDUAL**2) ** 2),
        Identity("m/(3 m + G'/m) = m^2/(3 m^2 + G')", M / (3 * M + G / M), M**2 / (3 * M**2 + G)),
        Identity("1/3 - m^2/(3 m^2 + G') = G'/(3 (3 m^2 + G'))", sp.Rational(1, 3) - M**2 / (3 * M**2 + G), G / (3 * (3 * M**2 + G))),
        Identity("16 p q = (4 - a^2)(z - f(1))(f(-1) - z)", (G + (2 + A) * (2 + Z)) * (G + (2 - A) * (2 - Z)), (4 - A**2) * (Z - BRANCH.subs(Z, 1)) * (BRANCH.subs(Z, -1) - Z)),
    )  # fmt: skip


def _beside() -> tuple[Lemma, ...]:
    root = (-A + sp.sqrt(A**2 - 4)) / 2
    return (
        Identity("at G = 0: z' = z^3 - 3 z", BRANCH.subs(G, 0), cubic(Z, sp.S(2))),
        Identity("with z = r + 1/r: z' = r^3 + 1/r^3", cubic(R + 1 / R, sp.S(2)), R**3 + R**-3),
        Identity("m = (z - c)(z - c*), c + c* = -a and c c* = 1", FACTOR, ((Z - root) * (Z + A + root)).expand()),
    )


def _exceptions() -> tuple[Lemma, ...]:
    on = {P: A + Q, Q: Q}
    return (
        Identity("p' = p where z = 0", MOVED[P].subs(on, simultaneous=True), A + Q),
        Identity("q' = q where z = 0", MOVED[Q].subs(on, simultaneous=True), Q),
        Identity("G = 2 (p + q - 2) there", OUTSIDE.subs(on, simultaneous=True), 2 * (A + 2 * Q - 2)),
        Identity("1 - 2 (p + q), the multiplier across, is -3 - G", 1 - 2 * (A + 2 * Q), -3 - OUTSIDE.subs(on, simultaneous=True)),
    )  # fmt: skip


def _escape() -> Claim:
    certified = Observation(
        "starts drawn at random enter the region of escape",
        "uv-escape",
        "1000 starts with E in (1.001, 3) and a in [0, 2), rational numbers followed in ball arithmetic",
        (between("left", "starts not seen to enter it", high="0"),),
        (("count", 1000),),
        first=100,
    )
    return Claim(
        "kalra2023.escape",
        AFTER,
        "outside the invariant ellipse almost every orbit of the UV model diverges",
        "For |a| < 2 the map p' = p (1 - z)^2, q' = q (1 + z)^2, z = p - q - a, and E = p/(2 + a) + q/(2 - a): from almost every (p, q) with p, q >= 0 and E > 1 the orbit enters the "
        "region z^2 >= 2 G + 9, G = (4 - a^2)(E - 1), and from there |z| grows at least sixfold at every step. Not from every: (a + q, q) is fixed, and outside where a + 2 q > 2. "
        "So GD on 1/2 (uv - y)^2, eta |y| < 2, diverges from almost every start beyond its critical step size (liang2025.critical-step).",
        (
            Proof(
                "the map in z and G",
                _coordinates(),
                "E > 1 is G > 0; m > 0, so G keeps its sign. The Jacobian is that in (p, q) as well, for (z, G) is linear in them.",
            ),
            Proof(
                "the region of escape",
                _far(),
                "Let G > 0 and z^2 >= 2 G + 9, x = |z| >= 3. Then z^2 - 3 - G >= (z^2 + 3)/2 >= 6, so |z'| >= 6 |z|; and G' <= G (1 + x)^2, 2 G <= x^2 - 9, so that z'^2 > 2 G' + 9; for a < 0 with -a and -z in the "
                "second lemma.",
            ),
            Proof(
                "three preimages",
                _three_preimages(),
                "f rises up to -1, falls to 1 and rises again. So (z', G') with p', q', G' > 0 has exactly three preimages with G = G'/m > 0, one each with z < -1, in (-1, 1) and > 1, that depend continuously on it, up to the "
                "boundary; p, q > 0 follow from p' = p (1 - z)^2, q' = q (1 + z)^2. A start with z = 1 or -1 at some step lies on one of countably many curves, and is left out.",
            ),
            Proof(
                "orbits that stay off the region and return to G >= e for ever, e > 0: a null set",
                _density(),
                "Let N be the starts that never enter the region, C those of them with G >= e now and infinitely often, and mu the measure with density 1/(G sqrt(p q)). Its density is mapped to its multiple by the sum of m^2/(3 m^2 + G') over three "
                "preimages, below 1: mu(T^-1 A) < mu(A) where 0 < mu(A) < infinity. mu(C) is finite: the integral of 1/sqrt(p q) over z is 4 pi/sqrt(4 - a^2) for every G by the last lemma, and for large G, where z^2 < 2 G + 9 gives "
                "4 p, 4 q > G/2, at most a constant times 1/sqrt(G). Let A_0 = C, A_(n+1) = (T^-1 A_n in N) less C; the points of C that return to C first after n + 1 steps are those of T^-1 A_n. Then mu(A_n) >= mu(C in T^-1 A_n) + mu(A_(n+1)), strictly for "
                "n = 0 if mu(C) > 0; summed, mu(C) > mu(C), as every point of C returns. So mu(C) = 0.",
            ),
            Proof(
                "orbits with G -> 0: a null set",
                _beside(),
                "With density G^(k-1)/sqrt(p q), k > 0, the factor after n steps is at most the mean of M^-k over the 3^n preimages, M the product of m along the way to them. At G = 0, where -2 <= z <= 2, the preimages are the zeros of t_n(z) - y, t_n the n-th iterate "
                "of z^3 - 3 z, and the product of m over them is |t_n(c) - y|^2. c is not real, so c = r + 1/r with |r| > 1, and 3^-n log |t_n(c) - y|^2 -> 2 log |r| > 0, uniformly in y: the mean of log M, a sum of n such terms, is positive for some n. By continuity it is "
                "at least some d > 0 where 0 <= G <= e for some e > 0, and then the mean of M^-k is below 1 - k d/2 for small k, since log M is bounded there. Those Z whose orbits keep G < e have finite measure, and it is at most (1 - k d/2) times itself: 0. "
                "With the last part almost every start that never enters the region has G < e from some step on; it is a preimage of Z, and preimages of null sets are null, the Jacobian being 0 on curves alone.",
            ),
            Proof("not every orbit", _exceptions(), "These fixed points repel; with the starts that fall on them they are curves."),
        ),
        (sp.Eq(sp.Symbol("z'"), Z * (Z**2 - 3 - sp.Symbol("G"))), sp.Eq(sp.Symbol("G'"), sp.Symbol("G") * FACTOR)),
        kind="derived",
        notes=("The set left out is null and not empty: it holds all cycles outside the ellipse.",),
        checks=(certified,),
    )  # fmt: skip


CLAIMS: Mapping[str, Callable[[], Claim]] = {"kalra2023.escape": _escape}
"""What is said of the outside."""
