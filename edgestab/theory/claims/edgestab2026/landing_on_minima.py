"""Where the invariant parabola of gradient descent beside any manifold of minima ends, to leading order."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.claims.edgestab2026.flip import DELTA, TOP, B, Q, T, Z
from edgestab.theory.lemma import Expansion, Identity, Lemma
from edgestab.theory.loss import Loss
from edgestab.theory.optimizers.gradient_descent import gradient_descent
from edgestab.theory.parts.proof import Proof
from edgestab.theory.symbols import ETA, symbols

W, RATE, TZ, TW, CUBIC, C, K, ODD, TURN, PULL = symbols("w r tz tw C c K m e g")

WEIGHTS = {B: 1, DELTA: 2, Z: 2, W: 3, TW: 1}


def _loss() -> tuple[Loss, dict[tuple[int, int, int], sp.Expr]]:
    """Three parameters, b along u, z normal and w tangent, with all terms of degree 3 and 4."""
    named = {(3, 0, 0): T, (2, 1, 0): TZ, (2, 0, 1): TW, (4, 0, 0): Q}
    terms = {}
    for degree in (3, 4):
        for i in range(degree + 1):
            for j in range(degree + 1 - i):
                powers = (i, j, degree - i - j)
                terms[powers] = named.get(powers, sp.Symbol("g" + "".join(map(str, powers)), real=True))
    total = B**2 / 2 + RATE * Z**2 / 2
    for (i, j, k), value in terms.items():
        total += value * B**i * Z**j * W**k / sp.Mul(*map(sp.factorial, (i, j, k)))
    return Loss((B, Z, W), total, "three parameters"), terms


def _landing() -> Claim:
    loss, terms = _loss()
    step = gradient_descent(loss).substitute({ETA: 2 + DELTA}).closed_form()
    weights = {**WEIGHTS, **{s: 0 for s in (RATE, *terms.values()) if s != TW}}
    mixed, cube = terms[1, 1, 1], terms[3, 0, 1]
    centre = -TZ * B**2 / (2 * RATE)
    m = TZ * mixed / RATE - cube / 3
    turned = -B + TURN * B**2
    curve = C + K * B**2
    after = B + 2 * curve * B - 2 * CUBIC * B**3
    line = {B: 1, TW: 1, ODD: 0, TURN: 0}
    flat = {B: 1, C: 2, TW: 1, K: 0, CUBIC: 0}
    lemmas: tuple[Lemma, ...] = (
        Expansion("b' = -(1 + delta) b - T b^2 - 2 b tz z - Q b^3/3 + O(4)", step[0],
                  -(1 + DELTA) * B - T * B**2 - 2 * B * TZ * Z - Q * B**3 / 3, weights, 3),
        Expansion("z' = (1 - 2 r) z - tz b^2 + O(3)", step[1], (1 - 2 * RATE) * Z - TZ * B**2, weights, 2),
        Expansion("w' = w - tw b^2 - 2 g111 b z - g301 b^3/3 + O(4)", step[2], W - TW * B**2 - 2 * mixed * B * Z - cube * B**3 / 3, weights, 3),
        Identity("on z = -tz b^2/(2 r) the last two are m b^3, m = tz g111/r - g301/3", -2 * mixed * B * centre - cube * B**3 / 3, m * B**3),
        Expansion("they cancel in two steps, as b' = -b + e b^2 + O(3): w'' - w = -2 tw b^2 + O(4)", -TW * (B**2 + turned**2) + ODD * (B**3 + turned**3), -2 * TW * B**2, line, 3),
        Expansion("delta'' = delta + (2 + delta) tw (w'' - w) = delta - 4 tw^2 b^2 + O(5)", (2 + DELTA) * TW * (-2 * TW * B**2), -4 * TW**2 * B**2, {B: 1, TW: 1, DELTA: 2}, 4),
        Expansion("on delta = c + K b^2, with b'' = b + 2 delta b - 2 C b^3: delta'' - c - K b''^2 = -4 (tw^2 + c K) b^2 - 4 K (K - C) b^4 + O(5)",
                  curve - 4 * TW**2 * B**2 - C - K * after**2, -4 * (TW**2 + C * K) * B**2 - 4 * K * (K - CUBIC) * B**4, flat, 4),
        Identity("K = C, c = -tw^2/C; in the units of L, tw^2 = G/lam^2 and C = C/lam, and lam = 2/eta: c/eta = -G/(2 C)",
                 (-(PULL / TOP**2) / (CUBIC / TOP) / ETA).subs(TOP, 2 / ETA), -PULL / (2 * CUBIC)),
    )  # fmt: skip
    return Claim(
        "edgestab2026.landing-on-minima",
        "derived; after Damian et al. 2023, arXiv 2209.15594, as transcribed",
        "any manifold of minima: the invariant parabola ends at 2/eta - G/(2 C) to leading order",
        "Let L be smooth with a manifold M of minima, and at a point of M where the largest eigenvalue lam of the Hessian H is 2/eta, let lam be simple with unit eigenvector u, the other normal eigenvalues be below lam, T = D^3L[u, u, .], P the "
        "projection onto the tangent space of M, G = |P T|^2, and C = T.H^+ T - D^4L[u, u, u, u]/3 not 0, H^+ the inverse on the normal space. Give weight 1 to the distance b from M along u and to |P T|/lam, weight 2 to delta = eta lam - 2. Then beside this point one parabola "
        "delta = c + K b^2 is carried into itself by two steps of gradient descent up to terms of weight 5 or more, and it meets M at the sharpness 2/eta - G/(2 C).",
        (
            Proof(
                "normal form on the centre manifold",
                lemmas,
                "A step eta on L is a step 2 + delta on L/lam. Coordinates: b along u, z in the other normal directions, w along M, of weights 1, 2 and 3, as many of each as there are: the lemmas have one z and one w, tw = |P T|, w along P T. The curvature of M and "
                "the turning of u along it enter with w^2 and b w, of weight 6 and 4, and only terms of weight up to 3 in b and w are used. lam changes along M by T w (first-order perturbation of a simple eigenvalue), up to w^2. "
                "That z = -tz b^2/(2 r) attracts, and b'' = b + 2 delta b - 2 C b^3 + O(4) on it, is edgestab2026.flip-many. The defect vanishes exactly for K = C, c = -tw^2/C: K = 0 is excluded by tw^2 + c K = 0 unless tw = 0.",
            ),
        ),
        (sp.Eq(sp.Symbol("S_oo"), 2 / ETA - sp.Symbol("G") / (2 * sp.Symbol("C"))),),
        kind="derived",
        notes=(
            "A formal statement: |P T| is taken as small, as it is on l(xy) for small eta, where G/(2 C) is small against 2/eta. That orbits follow the parabola where C > 0 is not claimed.",
        ),
    )  # fmt: skip


CLAIMS: Mapping[str, Callable[[], Claim]] = {"edgestab2026.landing-on-minima": _landing}
"""The leading order."""
