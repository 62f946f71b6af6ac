"""The eight slips of the submission's text: each as printed, to be refuted, and as corrected, to be proved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.claims.zhu2023.notation import (
    SCALED_EDGE,
    SOURCE,
    WEIGHTS,
    A,
    B,
    K,
    Q,
    R,
    scaled_a_step,
)
from edgestab.theory.claims.zhu2023.sections import degree_two_steps
from edgestab.theory.lemma import Expansion, Identity, Inequality, Lemma
from edgestab.theory.loss import Loss
from edgestab.theory.models.chain import frozen_cubic
from edgestab.theory.models.vector import G, M, N
from edgestab.theory.parts.proof import Proof, Refutation
from edgestab.theory.symbols import symbols

X, Y, Z, W, S, LAM = symbols("x y z w s lam")
PRINTED = "as printed in the submission's text"


def _pair(
    number: int,
    title: str,
    printed: tuple[str, tuple[Lemma, ...] | Refutation],
    corrected: tuple[str, tuple[Lemma, ...]],
    argument: str = "",
) -> tuple[Claim, Claim]:
    words, wrong = printed
    part = wrong if isinstance(wrong, Refutation) else Proof(PRINTED, wrong)
    fixed = f"zhu2023.slip{number}-corrected"
    slip = Claim(
        f"zhu2023.slip{number}", f"{SOURCE}, {PRINTED}", f"slip {number}: {title}", words, (part,), (), "slip", fixed
    )
    right_words, right = corrected
    claim = Claim(
        fixed,
        f"derived; corrects slip {number}",
        f"{title}, corrected",
        right_words,
        (Proof("corrected", right, argument),),
        (),
        "derived",
    )
    return slip, claim


def _offset_sign() -> tuple[Claim, Claim]:
    total = K * A + SCALED_EDGE
    # (k a' + k c0)^4 must be (k c')^4 = (k c)^4 (1 - eps q)^2.
    c4 = total**4 * (1 - Q * K**4) ** 2
    printed = SCALED_EDGE + total * sp.sqrt(1 - Q * K**4)
    return _pair(
        1,
        "sign of the leading offset of a'",
        (
            "a' = (k^-4 - 4)^(1/4) + (a + (k^-4 - 4)^(1/4)) (1 - q k^4)^(1/2).",
            (Identity("(k a' + k c0)^4 = (k c')^4", (printed + SCALED_EDGE) ** 4, c4),),
        ),
        (
            "a' = -(k^-4 - 4)^(1/4) + (a + (k^-4 - 4)^(1/4)) (1 - ((1+b)^3 - (1+b))^2 k^4)^(1/2).",
            (Identity("(k a' + k c0)^4 = (k c')^4", (scaled_a_step() + SCALED_EDGE) ** 4, c4),),
        ),
    )


def _eigenvalues() -> tuple[Claim, Claim]:
    loss = Loss((X, Y, Z, W), (1 - X * Y * Z * W) ** 2 / 2)
    g = X * Y
    h = loss.hessian.subs({Z: X, W: Y})
    determinant = (h - LAM * sp.eye(4)).det(method="berkowitz")

    def eigenvalues(factor: sp.Expr) -> tuple[Lemma, ...]:
        return tuple(
            Identity(f"{v}^2 ({factor}) is an eigenvalue", determinant.subs(LAM, v**2 * factor), sp.S(0))
            for v in (X, Y)
        )

    return _pair(
        2,
        "the eigenvalues l3, l4",
        ("With g = xy, l3, l4 = x^2 (1 - g), y^2 (1 - g).", eigenvalues(1 - g)),
        ("With g = xy, l3, l4 = x^2 (1 - g^2), y^2 (1 - g^2).", eigenvalues(1 - g**2)),
    )


def _rate() -> tuple[Claim, Claim]:
    def rate(power: int) -> tuple[Lemma, ...]:
        stated = K * A - 2 * B**power * K**4
        return (Expansion(f"k a' = k a - 2 b^{power} k^4 + ...", scaled_a_step(), stated, WEIGHTS, 9),)

    return _pair(
        3,
        "the rate at which a decreases",
        ("To leading order, in the scaling b ~ 2, k ~ 1, a ~ 3, a falls by 2 b^3 k^3 in a step.", rate(3)),
        ("To leading order, in the scaling b ~ 2, k ~ 1, a ~ 3, a falls by 2 b^2 k^3 in a step.", rate(2)),
    )


def _constant() -> tuple[Claim, Claim]:
    square = (1 / (2000 * sp.sqrt(2))) ** 2

    def bound(constant: int) -> tuple[Lemma, ...]:
        return (Identity(f"(1/(2000 sqrt2 K))^2 = 1/({constant} K^2)", square, R(1, constant)),)

    return _pair(
        4,
        "the constant of Corollary 3.1",
        ("k < 1/(2000 sqrt2 K) means eta < 1/(800000 K^2).", bound(800_000)),
        ("k < 1/(2000 sqrt2 K) means eta < 1/(8000000 K^2).", bound(8_000_000)),
    )


def _time() -> tuple[Claim, Claim]:
    k, rate, small = symbols("k rate small")
    lam = 2 / k**2 - R(20, 3) * k**2
    slow = (
        Identity("1 - eta S = -(1 - 20/3 k^4) at the lower end of the window", 1 - k**2 * lam, -(1 - R(20, 3) * k**4)),
        # -log(1 - t) <= t/(1 - t), and 20/3 k^4 /(1 - 20/3 k^4) <= 7 k^4 for k <= 1/8.
        Inequality(
            "20/3 t/(1 - 20/3 t) <= 7 t for t = k^4 <= 1/4096",
            7 - R(20, 3) / (1 - R(20, 3) * small),
            {small: (sp.S(0), R(1, 4096))},
        ),
    )
    against = Refutation(
        PRINTED,
        (
            *slow,
            Identity(
                "for any rate > 0, at k^4 = rate/14 the decay 7 k^4 per step is rate/2", 7 * (rate / 14), rate / 2
            ),
            Inequality(
                "which is below the rate an absolute constant asks for", rate - rate / 2, {rate: (sp.S(0), sp.oo)}, True
            ),
        ),
        "A term log(1/e) with an absolute constant asks that |b| shrink at least by a fixed factor e^(-rate) each step. The final "
        "multiplier has modulus at least 1 - 20/3 k^4, so per step -log of it is at most 7 k^4, which is less than any rate once k is small.",
    )
    return _pair(
        5,
        "a bare log(1/e) in the convergence time",
        (
            "The time T until |b| < e is O(K^-2 k^(-15/2) + log(1/e) + log(1/|b0|) k^(-7/2)), with absolute constants.",
            against,
        ),
        (
            "Where b is never 0 and the orbit ends at a sharpness S in (2/eta - 20/3 eta, 2/eta), as orbits of zhu2023.cor3.1 do, |b| shrinks in "
            "the limit by a factor |1 - eta S| >= 1 - 20/3 k^4 a step: for k <= 1/8 and e -> 0 the first T with |b_T| < e is at least "
            "(1/7) k^-4 log(1/e) (1 + o(1)).",
            slow,
        ),
        "Within the window the multiplier lies in (-1, -(1 - 20/3 k^4)); -log(1 - t) <= t/(1 - t). The bound is on the last stage only.",
    )


def _minimum_value() -> tuple[Claim, Claim]:
    (d,) = symbols("dim")
    loss = (d - 2 * G**2 + G**2 * N * M) / 4
    decomposition = Identity(
        "4 L = (d - 1) + (1 - g^2)^2 + g^2 (|x|^2 |y|^2 - g^2)",
        4 * loss,
        (d - 1) + (1 - G**2) ** 2 + G**2 * (N * M - G**2),
    )
    against = Refutation(
        PRINTED,
        (
            decomposition,
            Inequality("(d - 1)/4 >= 1/4 for d >= 2", (d - 1) / 4 - R(1, 4), {d: (sp.S(2), sp.oo)}),
        ),
        "x y^T x y^T = g x y^T with g = x.y has trace g^2 and squared norm g^2 |x|^2 |y|^2: so 4 L = d - 2 g^2 + g^2 |x|^2 |y|^2. By "
        "Cauchy-Schwarz |x|^2 |y|^2 >= g^2, so L >= (d - 1)/4, which is positive for d >= 2: L does not fall below every e > 0.",
    )
    attained = Identity("and L = (d - 1)/4 at g = 1, |x||y| = 1", loss.subs({G: 1, M: 1 / N}), (d - 1) / 4)
    return _pair(
        6,
        "the minimum value of the vector loss",
        ("The loss of Theorem 3.2 falls below every e > 0.", against),
        (
            "The loss of Theorem 3.2 has the minimum (d - 1)/4, so that no more than L - (d - 1)/4 can fall below every e > 0.",
            (decomposition, attained),
        ),
        "4 L = d - 2 g^2 + g^2 |x|^2 |y|^2, as x y^T x y^T = g x y^T with g = x.y; by Cauchy-Schwarz the last term is non-negative.",
    )


def _degree_two() -> tuple[Claim, Claim]:
    weights = {A: 1, B: 2, K: 1}

    # In e = k a/sqrt2, by which the coefficients for (1 - xy)^2/2 are rational.
    a2, b2 = degree_two_steps()
    right = (
        Expansion("k a''/sqrt2 = e - b^2 k^4", a2, K * A - B**2 * K**4, weights, 8),
        Expansion("b'' = b + 8 b e", b2, B + 8 * B * K * A, weights, 4),
    )
    # For (1 - xy)^2 K A is k a itself; the square of what is printed is rational.
    _, doubled = degree_two_steps(sp.Integer(2))
    wrong = (Expansion("(b'' - b)^2 = 32 a^2 b^2 k^2", (doubled - B) ** 2, 32 * A**2 * B**2 * K**2, weights, 8),)

    return _pair(
        7,
        "the loss of the degree-2 form",
        ("a'' = a - sqrt2 b^2 k^3, b'' = b + 4 sqrt2 a b k are to leading order the two steps of (1 - xy)^2.", wrong),
        (
            "a'' = a - sqrt2 b^2 k^3, b'' = b + 4 sqrt2 a b k are to leading order the two steps of 1/2 (1 - xy)^2.",
            right,
        ),
        "In the scaling a ~ 1, b ~ 2, k ~ 1, with e = k a/sqrt2: 8 b e = 4 sqrt2 a b k.",
    )


def _thresholds() -> tuple[Claim, Claim]:
    frozen = frozen_cubic().own.step.update[0]
    d = frozen_cubic().own.step.state[0]
    flip = sp.sqrt(5) - 1
    multiplier = 9 - 2 * (1 + S) ** 2
    true = (
        Identity("the 2-cycle's multiplier 9 - 2(1+s)^2 is -1 at s = sqrt5 - 1", multiplier.subs(S, flip), sp.S(-1)),
        Inequality("and not at s = 81/64", -1 - multiplier.subs(S, R(81, 64)), {}, True),
    )
    return _pair(
        8,
        "the thresholds of the simplified map",
        (
            "Where the simplified map's multiplier is -1, s = 81/64, that of the frozen cubic's 2-cycle is -1 too.",
            (Identity("9 - 2(1+s)^2 = -1 at s = 81/64", multiplier.subs(S, R(81, 64)), sp.S(-1)),),
        ),
        (
            "The multiplier of the frozen cubic's 2-cycle, 9 - 2(1+s)^2 (zhu2023.R4), is -1 at s = sqrt5 - 1 = 1.236...; that map has no "
            "b -> -b symmetry, being odd in d = 1 + b.",
            (
                *true,
                Identity("the frozen map is odd in d", frozen.subs(d, -d), -frozen),
                Expansion(
                    "its b^2 term does not vanish",
                    frozen.subs(d, 1 + B) - 1,
                    (1 - 2 * S) * B - 3 * S * B**2 - S * B**3,
                    {B: 1, S: 1},
                    4,
                ),
            ),
        ),
    )


def _half(pair: Callable[[], tuple[Claim, Claim]], which: int) -> Claim:
    return pair()[which]


_PAIRS = (_offset_sign, _eigenvalues, _rate, _constant, _time, _minimum_value, _degree_two, _thresholds)

CLAIMS: Mapping[str, Callable[[], Claim]] = {
    f"zhu2023.slip{number}{form}": partial(_half, pair, which)
    for number, pair in enumerate(_PAIRS, 1)
    for which, form in enumerate(("", "-corrected"))
}
"""Each slip, and its corrected form behind it."""
