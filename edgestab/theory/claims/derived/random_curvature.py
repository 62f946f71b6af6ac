"""One parameter and two curvatures at random: stability in the mean, in mean square and almost surely are three criteria."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.claims.derived.notation import R
from edgestab.theory.lemma import Identity, Inequality, Lemma
from edgestab.theory.parts.proof import Proof
from edgestab.theory.symbols import ETA, symbols

A1, A2, U, V, K = symbols("a1 a2 u v k")

FIRST, SECOND = 1 - ETA * A1, 1 - ETA * A2


def _three() -> Claim:
    total, product, squares = A1 + A2, A1 * A2, A1**2 + A2**2
    mean, square = (FIRST + SECOND) / 2, (FIRST**2 + SECOND**2) / 2
    almost = (total - product * ETA) * (2 - total * ETA + product * ETA**2)
    example = {A1: 1, A2: 3, ETA: R(9, 10)}
    lemmas: tuple[Lemma, ...] = (
        Identity("E (1 - eta a) = 1 - k, k = eta (a1 + a2)/2", mean, 1 - ETA * total / 2),
        Inequality("|1 - k| < 1 for 0 < k < 2", 1 - (1 - K) ** 2, {K: (sp.S.Zero, sp.S(2))}, strict=True),
        Inequality("|1 - k| > 1 for k > 2", (1 - K) ** 2 - 1, {K: (sp.S(2), sp.oo)}, strict=True),
        Identity("1 - E (1 - eta a)^2 = eta (a1^2 + a2^2)/2 (2 (a1 + a2)/(a1^2 + a2^2) - eta)", 1 - square, ETA * squares / 2 * (2 * total / squares - ETA)),
        Identity("1 - ((1 - eta a1)(1 - eta a2))^2 = eta (s - p eta)(2 - s eta + p eta^2)", 1 - (FIRST * SECOND) ** 2, ETA * almost),
        Identity("u^2 + v^2 - 2 u v = (u - v)^2", U**2 + V**2 - 2 * U * V, (U - V) ** 2),
        Identity("E (1 - eta a)^2 - (E (1 - eta a))^2 = eta^2 (a1 - a2)^2/4", square - mean**2, ETA**2 * (A1 - A2) ** 2 / 4),
        Inequality("a = 1, 3, eta = 9/10: E (1 - eta a)^2 > 1", square.subs(example) - 1, {}, strict=True),
        Inequality("(E (1 - eta a))^2 < 1", 1 - mean.subs(example) ** 2, {}, strict=True),
        Inequality("and ((1 - eta a1)(1 - eta a2))^2 < 1", 1 - (FIRST * SECOND).subs(example) ** 2, {}, strict=True),
    )  # fmt: skip
    return Claim(
        "derived.three-criteria",
        "derived; after Chemnitz & Engel 2024, arXiv 2407.20209, as transcribed",
        "two curvatures at random: thresholds in the mean, in mean square and almost surely",
        "Let x' = (1 - eta a) x, eta > 0, with a at each step one of a1, a2 > 0, a1 not a2, each with probability 1/2, independently. From every start E x -> 0 exactly when eta < 4/(a1 + a2), "
        "E x^2 -> 0 exactly when eta < 2 (a1 + a2)/(a1^2 + a2^2), and x -> 0 almost surely exactly when (s - p eta)(2 - s eta + p eta^2) > 0, s = a1 + a2, p = a1 a2. The second implies the first and "
        "the third, and does not follow from both.",
        (
            Proof(
                "one step",
                lemmas,
                "E x and E x^2 are multiplied by E (1 - eta a) and E (1 - eta a)^2; at the thresholds these are -1 and 1. log|x| is a random walk of mean step log(|1 - eta a1| |1 - eta a2|)/2: it tends to -infinity almost surely when that is negative; when it is "
                "positive it tends to infinity, and when it is 0 it does not tend to -infinity. Where a factor is 0, x is 0 almost surely in the end, and the product is below 1 too. With u = |1 - eta a1|, v = |1 - eta a2|: 2 u v <= u^2 + v^2 < 2 in mean square.",
            ),
        ),
        (sp.Lt(ETA, 2 * total / squares),),
        kind="derived",
        notes=("Claim files settle such thresholds for any data: `noise` and the conclusion `stable`.",),
    )  # fmt: skip


CLAIMS: Mapping[str, Callable[[], Claim]] = {"derived.three-criteria": _three}
"""The three criteria."""
