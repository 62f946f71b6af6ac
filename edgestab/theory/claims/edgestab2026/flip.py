"""The flip of gradient descent at an isolated minimum: its criterion, the amplitude of the 2-cycle, and its centre."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.lemma import Expansion, Identity, Inequality, Lemma
from edgestab.theory.loss import Loss
from edgestab.theory.optimizers.gradient_descent import gradient_descent
from edgestab.theory.parts.proof import Proof
from edgestab.theory.symbols import ETA, symbols

B, Z, V, DELTA, T, Q, FIFTH, LAM, CUBE = symbols("b z v delta T Q F lam c")
T1, T2, RATE1, RATE2, A, REST = symbols("t1 t2 r1 r2 a s")

TOP = sp.Symbol("lambda")
"""As reports typeset lam."""

BRANCH = (
    "By the implicit function theorem (b'' - b)/b = 0 has near (0, 0) one solution delta = k b^2 + O(b^3), k = {cubic}, so on one side of delta = 0 a 2-cycle and on the other none. On it "
    "the multiplier of two steps is 1 - 4 k b^2 + O(b^3): where k > 0 the cycle is there for delta > 0 and attracts, where k < 0 it is there for delta < 0, and repels."
)


def cubic(third: sp.Expr, fourth: sp.Expr, others: sp.Expr = sp.S.Zero) -> sp.Expr:
    """Return the coefficient of the flip in units of the top eigenvalue: T^2 - Q/3 + others."""
    return third**2 - fourth / 3 + others


def _one() -> Claim:
    # In units of the curvature: L''(0) = 1, L''' = T, L'''' = Q, and the step 2 + delta.
    loss = Loss((B,), B**2 / 2 + T * B**3 / 6 + Q * B**4 / 24 + FIFTH * B**5 / 120, "one parameter")
    (step,) = gradient_descent(loss).substitute({ETA: 2 + DELTA}).closed_form()
    twice = step.xreplace({B: step})
    k = cubic(T, Q)
    weights = {B: 1, DELTA: 2, T: 0, Q: 0, FIFTH: 0}
    on = {DELTA: k * B**2 + CUBE * B**3}
    multiplier = (sp.diff(step, B).xreplace({B: step}) * sp.diff(step, B)).xreplace(on)
    centre = (B + step) / 2
    lemmas: tuple[Lemma, ...] = (
        Expansion("b'' = b + 2 delta b - 2 (T^2 - Q/3) b^3 + O(4)", twice, B + 2 * DELTA * B - 2 * k * B**3, weights, 3),
        Expansion("on the cycle db''/db = 1 - 4 (T^2 - Q/3) b^2 + O(3)", multiplier, 1 - 4 * k * B**2, {B: 1, T: 0, Q: 0, FIFTH: 0, CUBE: 0}, 2),
        Expansion("the mean of b and b' is -T b^2/2 + O(3)", centre, -T * B**2 / 2, weights, 2),
        Identity("3 L'''^2 - L'' L'''' = 3 L''^2 (T^2 - Q/3)", 3 * (LAM * T) ** 2 - LAM * (LAM * Q), 3 * LAM**2 * k),
        Identity("delta/(T^2 - Q/3) = lam (eta lam - 2)/(L'''^2/lam - L''''/3)", (ETA * LAM - 2) / k,
                 LAM * (ETA * LAM - 2) / ((LAM * T) ** 2 / LAM - LAM * Q / 3)),
    )  # fmt: skip
    third, fourth = sp.Symbol("L'''"), sp.Symbol("L''''")
    return Claim(
        "edgestab2026.flip",
        "derived; after Chen & Bruna 2023, as transcribed",
        "one parameter: the 2-cycle of the flip is beyond the edge and attracts if 3 L'''^2 > L'' L'''', is before it and repels if less",
        "Let L be smooth with a minimum at 0, lam = L'' > 0 and 3 L'''^2 not L'' L'''' there. Near 0, for eta lam - 2 small, gradient descent has a 2-cycle for eta lam > 2, and an attracting one, exactly when "
        "3 L'''^2 > L'' L''''; if 3 L'''^2 < L'' L'''' it has one for eta lam < 2, which repels. Its points are at +-a to leading order, a^2 = lam (eta lam - 2)/(L'''^2/lam - L''''/3), and their mean is "
        "-(a^2/2) L'''/lam to leading order.",
        (
            Proof(
                "two steps",
                lemmas,
                "A step eta on L is a step eta lam = 2 + delta on L/lam, of third and fourth derivatives T and Q. " + BRANCH.format(cubic="T^2 - Q/3"),
            ),
        ),
        (sp.Gt(3 * third**2, TOP * fourth), sp.Eq(A**2, TOP * (ETA * TOP - 2) / (third**2 / TOP - fourth / 3))),
        kind="derived",
        notes=("Where 3 L'''^2 = L'' L'''' higher derivatives decide.",),
    )  # fmt: skip


def _general_loss() -> tuple[Loss, tuple[sp.Symbol, ...]]:
    """Three parameters in an eigenbasis, the top eigenvalue 1, with all terms of degree 3 and 4."""
    named = {(3, 0, 0): T, (2, 1, 0): T1, (2, 0, 1): T2, (4, 0, 0): Q}
    total, others = B**2 / 2 + RATE1 * Z**2 / 2 + RATE2 * V**2 / 2, []
    for degree in (3, 4):
        for i in range(degree + 1):
            for j in range(degree + 1 - i):
                powers = (i, j, degree - i - j)
                if powers not in named:
                    others.append(sp.Symbol("g" + "".join(map(str, powers)), real=True))
                coefficient = named.get(powers) or others[-1]
                total += coefficient * B**i * Z**j * V ** powers[2] / sp.Mul(*map(sp.factorial, powers))
    return Loss((B, Z, V), total, "three parameters"), tuple(others)


def _many() -> Claim:
    loss, others = _general_loss()
    step = gradient_descent(loss).substitute({ETA: 2 + DELTA}).closed_form()
    free = dict.fromkeys((T, T1, T2, Q, RATE1, RATE2, *others), 0)
    weights = {B: 1, Z: 2, V: 2, DELTA: 2, **free}
    # On the centre manifold z_j = -T_j b^2/(2 r_j) + O(3), and with s = sum T_j^2/r_j over j not top:
    half = 1 + DELTA / 2
    reduced = -(1 + DELTA) * B - half * (T * B**2 + Q * B**3 / 3 - REST * B**3 + FIFTH * B**4)
    k = cubic(T, Q, REST)
    line = {B: 1, DELTA: 2, T: 0, Q: 0, REST: 0, FIFTH: 0, CUBE: 0}
    on = {DELTA: k * B**2 + CUBE * B**3}
    slope = sp.diff(reduced, B)
    multiplier = (slope.xreplace({B: reduced}) * slope).xreplace(on)
    tj, rj, top = symbols("Tj rj top")
    lemmas: tuple[Lemma, ...] = (
        Expansion("b' = -(1 + delta) b - T b^2 - 2 b sum T_j z_j - Q b^3/3 + O(4)", step[0],
                  -(1 + DELTA) * B - T * B**2 - 2 * B * (T1 * Z + T2 * V) - Q * B**3 / 3, weights, 3),
        Expansion("z_1' = (1 - 2 r_1) z_1 - T_1 b^2 + O(3)", step[1], (1 - 2 * RATE1) * Z - T1 * B**2, weights, 2),
        Expansion("z_2' = (1 - 2 r_2) z_2 - T_2 b^2 + O(3)", step[2], (1 - 2 * RATE2) * V - T2 * B**2, weights, 2),
        Identity("z_j = -T_j b^2/(2 r_j) is carried into itself, as b'^2 = b^2 + O(3)", (1 - 2 * rj) * (-tj * B**2 / (2 * rj)) - tj * B**2, -tj * B**2 / (2 * rj)),
        Identity("there -2 b T_j z_j = T_j^2 b^3/r_j", -2 * B * tj * (-tj * B**2 / (2 * rj)), tj**2 * B**3 / rj),
        Inequality("|1 - 2 r_j| < 1 for 0 < r_j < 1", 1 - (1 - 2 * rj) ** 2, {rj: (sp.S.Zero, sp.S.One)}, strict=True),
        Expansion("b' there, with s = sum over j not top of T_j^2/r_j", reduced, -(1 + DELTA) * B - T * B**2 - Q * B**3 / 3 + REST * B**3, line, 3),
        Expansion("b'' = b + 2 delta b - 2 (T^2 + s - Q/3) b^3 + O(4)", reduced.xreplace({B: reduced}), B + 2 * DELTA * B - 2 * k * B**3, line, 3),
        Expansion("on the cycle db''/db = 1 - 4 (T^2 + s - Q/3) b^2 + O(3)", multiplier, 1 - 4 * k * B**2, line, 2),
        Expansion("the mean of b and b' is -T b^2/2 + O(3)", (B + reduced) / 2, -T * B**2 / 2, line, 2),
        Identity("in the units of L: T_j^2/r_j = (lam T_j)^2/(lam r_j)/lam", tj**2 / rj, (top * tj) ** 2 / (top * rj) / top),
    )  # fmt: skip
    return Claim(
        "edgestab2026.flip-many",
        "derived; after Gan 2026, arXiv 2606.15551, as transcribed",
        "many parameters: the 2-cycle of the flip is beyond the edge and attracts if 3 sum T_j^2/lam_j > Q, is before it and repels if less",
        "Let L be smooth with a minimum at theta*, where the Hessian has eigenpairs (lam_j, v_j), all lam_j > 0, the largest lam simple, with u its unit eigenvector; T_j = D^3L[u, u, v_j], Q = D^4L[u, u, u, u], "
        "C = sum over all j of T_j^2/lam_j - Q/3 not 0. Near theta*, for eta lam - 2 small, gradient descent has a 2-cycle for eta lam > 2, and an attracting one, exactly when C > 0; if C < 0 it has one for eta lam < 2, "
        "which repels. To leading order its points are at theta* +- a u, a^2 = lam (eta lam - 2)/C, and their mean is theta* - (a^2/2) sum_j (T_j/lam_j) v_j.",
        (
            Proof(
                "on the centre manifold",
                lemmas,
                "A step eta on L is a step eta lam = 2 + delta on L/lam: let lam = 1, r_j the other eigenvalues, b and z_j the coordinates along u and v_j; weights 1 for b, 2 for z_j and delta. Of the terms of L only b^2, z_j^2, b^3, "
                "b^2 z_j and b^4 have weight 4 or less, which leave the stated terms of the step, one z_j as the other, however many there are; the first lemmas expand it for three parameters and all terms of degree 3 and 4. At delta = 0 the derivative of the step has "
                "the eigenvalues -1 and 1 - 2 r_j, inside the unit circle: the centre manifold z_j = k_j b^2 + O(3) attracts, and holds every cycle nearby. On it b moves by the "
                "reduced map, F b^4 standing for what follows. " + BRANCH.format(cubic="T^2 + s - Q/3"),
            ),
        ),
        (sp.Eq(A**2, TOP * (ETA * TOP - 2) / sp.Symbol("C")),),
        kind="derived",
        notes=("Where C = 0 higher derivatives decide.",),
    )  # fmt: skip


CLAIMS: Mapping[str, Callable[[], Claim]] = {"edgestab2026.flip": _one, "edgestab2026.flip-many": _many}
"""One parameter, and many."""
