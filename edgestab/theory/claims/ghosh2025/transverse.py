"""L = 2: whether the oscillating singular values of Ghosh et al. survive entries off the diagonal.

At balanced diagonal layers W_1 = W_2 = diag(x_1, x_2) the entries off the diagonal move, to first order, in two planes:
equal in W_1 and the transpose of W_2 (symmetric), or opposite (antisymmetric). With P_i = eta x_i^2 and
s_i = eta sigma_i the steps in them are the matrices of `block`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.claims.ghosh2025.notation import AFTER
from edgestab.theory.lemma import Identity, Lemma
from edgestab.theory.models.chain import balanced
from edgestab.theory.models.factorization import factorization_loss
from edgestab.theory.parts.proof import Proof
from edgestab.theory.symbols import ETA, symbol, symbols

X1, X2, SIGMA1, SIGMA2 = symbols("x1 x2 sigma1 sigma2")
# Square roots of the larger P of a mode's 2-cycle, and of the other mode's P or of its larger one.
X, Y = symbols("x y")
A, S = symbols("a s")

PLANES = {1: "symmetric", -1: "antisymmetric"}


def block(p: sp.Expr, q: sp.Expr, mixed: sp.Expr, one: sp.Expr, two: sp.Expr, plane: int) -> sp.Matrix:
    r"""Return the step of the entries off the diagonal in one plane.

    Parameters
    ----------
    p, q, mixed : Expr
        :math:`\eta x_1^2`, :math:`\eta x_2^2` and :math:`\eta x_1x_2`.
    one, two : Expr
        :math:`\eta\sigma_1`, :math:`\eta\sigma_2`.
    plane : int
        1 for the symmetric one, -1 for the antisymmetric one.
    """
    return sp.eye(2) - sp.Matrix([[p + plane * (q - two), plane * mixed], [plane * mixed, q + plane * (p - one)]])


def _blocks() -> tuple[Lemma, ...]:
    """The Hessian of the loss of 2 x 2 layers, on the entries off the diagonal, is that of the blocks."""
    loss = factorization_loss((2, 2, 2), sp.diag(SIGMA1, SIGMA2))
    at = dict.fromkeys(loss.parameters, sp.S.Zero)
    at |= {symbol(f"W{k}_{i}_{i}"): x for k in (1, 2) for i, x in ((1, X1), (2, X2))}
    hessian = loss.hessian.xreplace(at)
    place = {p.name: i for i, p in enumerate(loss.parameters)}
    test = sp.Matrix(symbols(" ".join(f"t{i}" for i in range(8))))
    u, v = symbols("u v")
    found = []
    for plane, name in PLANES.items():
        vector = sp.zeros(8, 1)
        after = sp.zeros(8, 1)
        step = block(ETA * X1**2, ETA * X2**2, ETA * X1 * X2, ETA * SIGMA1, ETA * SIGMA2, plane) * sp.Matrix([u, v])
        for into, (first, second) in ((vector, (u, v)), (after, step)):
            into[place["W1_1_2"]], into[place["W2_2_1"]] = first, plane * first
            into[place["W1_2_1"]], into[place["W2_1_2"]] = second, plane * second
        moved = vector - ETA * hessian * vector
        found.append(Identity(f"one step in the {name} plane", test.dot(moved), test.dot(after)))
    return tuple(found)


def _cycle() -> tuple[Lemma, ...]:
    """The 2-cycle of one mode in P = eta rho^2: X^2 and 1/X^2, with eta sigma = X^2 + 1/X^2 - 1."""
    step = balanced(2, SIGMA1).own.step
    (rho,) = step.state
    size = X**2 + X**-2 - 1
    (image,) = step.closed_form()
    at = {SIGMA1: size / ETA}
    upper, lower = X / sp.sqrt(ETA), 1 / (X * sp.sqrt(ETA))
    return (
        Identity("the 2-cycle of a mode: one point", image.subs(at).subs(rho, lower), upper),
        Identity("the 2-cycle of a mode: the other", image.subs(at).subs(rho, upper), lower),
        Identity("eta sigma - 1 = (x - 1/x)^2", size - 1, (X - 1 / X) ** 2),
    )


def _signs(matrix: sp.MatrixBase) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """Return 1 - trace + det, 1 + trace + det and det - 1."""
    trace, det = matrix.trace(), matrix.det(method="berkowitz")
    return 1 - trace + det, 1 + trace + det, det - 1


def _rank_one() -> Claim:
    big, small = X**2, Y**2  # P of mode 1 on its cycle and eta sigma_2, of mode 2 at its minimum

    def twice(plane: int) -> sp.Matrix:
        size = big + 1 / big - 1
        return block(big, small, X * Y, size, small, plane) * block(1 / big, small, Y / X, size, small, plane)

    at = {A: big + 1 / big - 1, S: small}
    neutral, _, _ = _signs(twice(1))
    low, high, inner = _signs(twice(-1))
    multiplier = S**2 - (S + 1) * (A - 1)
    lemmas: tuple[Lemma, ...] = (
        *_blocks(),
        *_cycle(),
        Identity("symmetric: 1 is a multiplier", neutral, sp.S.Zero),
        Identity("symmetric: the other is s^2 - (s + 1)(a - 1)", twice(1).det(method="berkowitz"), multiplier.subs(at)),
        Identity("1 - it = (1 + s)(a - s)", 1 - multiplier, (1 + S) * (A - S)),
        Identity("1 + it = 2 s^2 + (1 + s)(2 - a - s)", 1 + multiplier, 2 * S**2 + (1 + S) * (2 - A - S)),
        Identity("antisymmetric: 1 - T + D = 2 (a - 1)(a + s)", low, (2 * (A - 1) * (A + S)).subs(at)),
        Identity(
            "antisymmetric: 1 + T + D = 2 (s^2 + 2 s (a - 1) + (a - 2)^2)",
            high,
            (2 * (S**2 + 2 * S * (A - 1) + (A - 2) ** 2)).subs(at),
        ),
        Identity("antisymmetric: D - 1 = (s + 2 a - 1)(s + a - 2)", inner, ((S + 2 * A - 1) * (S + A - 2)).subs(at)),
    )
    return Claim(
        "ghosh2025.transverse",
        AFTER,
        "one oscillating singular value, L = 2: transversally stable exactly when eta (sigma_1 + sigma_2) < 2",
        "L = |W_2 W_1 - diag(sigma_1, sigma_2)|_F^2/2, 2 x 2, with eta sigma_1 = a > 1, eta sigma_2 = s > 0. On the 2-cycle of GD with W_1 = W_2 = diag(rho, sqrt(sigma_2)), rho on its own 2-cycle, the four "
        "multipliers of two steps in the entries off the diagonal are 1 (a rotation between the layers), s^2 - (s + 1)(a - 1), and two of determinant D, D - 1 = (s + 2 a - 1)(s + a - 2). The last three are all inside the unit "
        "circle exactly when eta (sigma_1 + sigma_2) < 2. Beyond, the product of the last two exceeds 1, and the cycle is unstable.",
        (
            Proof(
                "characteristic polynomials",
                lemmas,
                "x > 1 and y are the square roots of the larger eta rho^2 and of s; every a > 1 is x^2 + 1/x^2 - 1. The two planes span the four entries. A real 2 x 2 matrix has both "
                "eigenvalues inside the unit circle exactly when 1 - T + D, 1 + T + D and 1 - D are positive (Jury), T its trace: the first two are. If a + s < 2 then s < 1 < a, and 1 +- the second "
                "multiplier are positive. The multiplier 1 is the derivative of (W_2 Q^T, Q W_1), Q orthogonal, which carries orbits to orbits.",
            ),
        ),
        (sp.Lt(ETA * (SIGMA1 + SIGMA2), 2),),
        kind="derived",
        notes=(
            "Linear stability across the diagonal, and of two modes: more singular values give one such block for every pair.",
            "When the entries on the diagonal attract say chen2024.period-two and kalra2023.balanced.",
        ),
    )


def _rank_two() -> Claim:
    p, q = X**2, Y**2

    def twice(plane: int, phase: int) -> sp.Matrix:
        sizes = p + 1 / p - 1, q + 1 / q - 1
        r, y = (q, Y) if phase == 1 else (1 / q, 1 / Y)
        return block(p, r, X * y, *sizes, plane) * block(1 / p, 1 / r, 1 / (X * y), *sizes, plane)

    common = (X - 1 / X) ** 2 + (Y - 1 / Y) ** 2
    k = (p * q - 2 * p + 1) * (p * q - 2 * q + 1)
    h = (p + q - 2) * (2 * p * q - p - q)
    in_low, _, in_inner = _signs(twice(-1, 1))
    anti_low, _, anti_inner = _signs(twice(-1, -1))
    lemmas: tuple[Lemma, ...] = (
        *_blocks(),
        *_cycle(),
        Identity("in phase: 1 - T + D = -2 K (e + 2)/(p q)", in_low, -2 * k * (common + 2) / (p * q)),
        Identity("in phase: D - 1 = -2 K (e + 1)/(p q)", in_inner, -2 * k * (common + 1) / (p * q)),
        Identity("opposite: 1 - T + D = 2 H (e + 2)/(p q)", anti_low, 2 * h * (common + 2) / (p * q)),
        Identity("opposite: D - 1 = 2 H (e + 1)/(p q)", anti_inner, 2 * h * (common + 1) / (p * q)),
        Identity("2 p q - p - q = p (q - 1) + q (p - 1)", 2 * p * q - p - q, p * (q - 1) + q * (p - 1)),
        Identity("p + q - 2 = (p - 1) + (q - 1)", p + q - 2, (p - 1) + (q - 1)),
    )
    return Claim(
        "ghosh2025.rank-two",
        AFTER,
        "two oscillating singular values, L = 2: never transversally stable",
        "L = |W_2 W_1 - diag(sigma_1, sigma_2)|_F^2/2, 2 x 2, eta sigma_i > 1. On the 2-cycle of GD with W_1 = W_2 = diag(rho_1, rho_2), both rho_i on their own 2-cycles, with p, q > 1 the larger eta rho_i^2, "
        "K = (p q - 2 p + 1)(p q - 2 q + 1): in opposite phase, and in phase where K is not 0, a multiplier of two steps in the entries off the diagonal is outside the unit circle. In phase where "
        "K = 0, both antisymmetric multipliers are 1.",
        (
            Proof(
                "characteristic polynomials",
                lemmas,
                "T and D are trace and determinant in the antisymmetric plane; p = x^2, q = y^2, and e = (x - 1/x)^2 + (y - 1/y)^2 > 0. In phase, K > 0 gives 1 - T + D < 0, so a real eigenvalue beyond 1, and "
                "K < 0 gives D > 1; at K = 0 the characteristic polynomial is (mu - 1)^2. In opposite phase H = (p + q - 2)(2 p q - p - q) > 0 for p, q > 1, so D > 1.",
            ),
        ),
        kind="derived",
        notes=("Linear stability; with more modes the same block occurs for every two that oscillate.",),
    )


CLAIMS: Mapping[str, Callable[[], Claim]] = {
    "ghosh2025.transverse": _rank_one,
    "ghosh2025.rank-two": _rank_two,
}
"""The claims on the entries off the diagonal."""
