"""Theorems 3.1 and 3.2 and Corollaries 3.1 and 3.2: families in the unspecified constant K."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.claims.zhu2023 import regions
from edgestab.theory.claims.zhu2023.notation import K_BIG, SOURCE, WINDOW, B, R
from edgestab.theory.conclusions.final_sharpness import FinalSharpness
from edgestab.theory.models.catalogue import model
from edgestab.theory.models.quartic import EOS_C, EOS_X
from edgestab.theory.models.vector import G, M, N
from edgestab.theory.parts.family import StatementFamily
from edgestab.theory.region import Region
from edgestab.theory.statement import Interruption, OrbitStatement, StepSizes
from edgestab.theory.symbols import ETA, symbols

PRINTED = 1 / (8_000_000 * K_BIG**2)
"""k < 1/(2000 sqrt2 K), in eta = k^2."""

X0, ALPHA, DX, COSINE, ANGLE = symbols("x0 alpha dx cosine angle")
B_SIDES = (-1 / K_BIG, 1 / K_BIG)
NOT_ZERO = (sp.Ne(B, 0),)
XY_ONE = "xy = 1"


def sharpness_at(a: sp.Expr) -> sp.Expr:
    """Return the sharpness of the minimum with offset a: 2 sqrt(c^4 + 4)."""
    return 2 * sp.sqrt((EOS_C + a) ** 4 + 4)


def _theorem_31() -> Claim:
    quartic = model("quartic")
    region = Region.of(
        quartic, ("a", "b"), ((12 * ETA ** R(5, 4), 1 / (4 * K_BIG**2 * sp.sqrt(ETA))), B_SIDES), NOT_ZERO
    )
    cube = ETA ** R(3, 2)
    window = FinalSharpness(sharpness_at(-R(5, 3) * cube), sharpness_at(-cube / 10), XY_ONE)
    statement = OrbitStatement("a ends in (-5/3 k^3, -k^3/10)", quartic, StepSizes.of("0.01", "0.005"), region, window)
    return Claim(
        "zhu2023.thm3.1",
        f"{SOURCE}, Theorem 3.1",
        "sharpness concentration, without the bound on the time",
        "For K >= 8 and k = sqrt(eta) < 1/(2000 sqrt2 K), with a = sqrt(x^2 - y^2) - (k^-4 - 4)^(1/4) and b = xy - 1: a0 in (12 k^(5/2), 1/(4 K^2 k)), b0 in (-1/K, 1/K) \\ {0}: b tends to 0 "
        "and a ends in (-5/3 k^3, -k^3/10). The theorem's bound T on the time is left out.",
        (regions.theorem_31(), regions.certified()),
        (
            sp.And(
                -R(5, 3) * symbols("k")[0] ** 3 < symbols("a_oo")[0], symbols("a_oo")[0] < -(symbols("k")[0] ** 3) / 10
            ),
        ),
        notes=(
            "Proved for every K >= 8 and every eta in (0, 1/100], which contains the printed range k < 1/(2000 sqrt2 K).",
            "K cannot be below 4.5: some b0 between 0.2208 and 0.2225 is carried exactly onto an unstable minimum in two steps.",
            "At larger eta the edge a0 = 12 k^(5/2) lies beyond the stability of the 2-cycle.",
        ),
        checks=(StatementFamily("concentration", K_BIG, (R(3), R(4), R(6)), statement, (R(1), R(6)), PRINTED),),
    )


def _theorem_31_time() -> Claim:
    return Claim(
        "zhu2023.thm3.1-time",
        f"{SOURCE}, Theorem 3.1",
        "sharpness concentration, with a bound of the time",
        "For K >= 8, k = sqrt(eta) <= 1/10, a0 in (12 k^(5/2), 1/(4 K^2 k)), b0 in (-1/K, 1/K) \\ {0}, and every e in (0, 1) there is T = O(k^(-15/2) + log(1/|b0|) k^(-7/2) + log(1/e) k^(-4)) such that "
        "|b_t| < e and a_t is in (-5/3 k^3, -k^3/10) for all t > T.",
        (regions.theorem_31(), regions.certified(timed=True)),
        kind="theorem",
        notes=(
            "T as printed has log(1/e) without a power of k, which no constant makes true (zhu2023.slip5); and a factor K^-2 at k^(-15/2), which is not shown here.",
            "In the certificate's words f = 23.5 eps^(7/8) with eps = k^4, and ln(1/eps)/eps is below a constant times k^(-15/2).",
        ),
    )


def _corollary_31() -> Claim:
    quartic = model("quartic")
    bounds = ((EOS_X + 13 * ETA ** R(5, 4), EOS_X + 1 / (5 * K_BIG**2 * sp.sqrt(ETA))), B_SIDES)
    region = Region.of(quartic, ("x0", "b"), bounds, NOT_ZERO)
    statement = OrbitStatement(
        "sharpness ends in the window", quartic, StepSizes.of("0.01", "0.005"), region, FinalSharpness(*WINDOW)
    )
    return Claim(
        "zhu2023.cor3.1",
        f"{SOURCE}, Corollary 3.1",
        "the window for the final sharpness",
        "For K >= 8 and eta < 1/(8000000 K^2), x0 in (xc + 13 eta^(5/4), xc + eta^(-1/2)/(5 K^2)), xc the x of the minimum of sharpness "
        "2/eta with x > y > 0, and 0 < |x0 y0 - 1| < 1/K imply convergence to a minimum of sharpness in (2/eta - 20/3 eta, 2/eta).",
        (regions.corollary_31(), regions.certified()),
        (sp.And(WINDOW[0] < sp.Symbol("S_oo"), sp.Symbol("S_oo") < WINDOW[1]),),
        notes=(
            "Proved for every K >= 8 and every eta in (0, 1/100], which contains the printed range.",
            "The constant is within 0.01 of 1/2 (zhu2023.R11), and 1/2 for the formal invariant curve (zhu2023.R2), where 20/3 is printed.",
        ),
        checks=(StatementFamily("window", K_BIG, (R(3), R(4), R(6)), statement, (R(1), R(6)), PRINTED),),
    )


def _corollary_32() -> Claim:
    quartic = model("quartic")
    # "For fixed alpha, every eta in (alpha^2 - alpha^2/(10 K^2), alpha^2)": given eta, alpha is bounded by both ends.
    region = Region(
        (ALPHA, X0, B),
        (
            (sp.sqrt(ETA), sp.sqrt(ETA / (1 - 1 / (10 * K_BIG**2)))),
            (1 / ALPHA + 1 / (15 * K_BIG**2 * ALPHA), 1 / ALPHA + 1 / (6 * K_BIG**2 * ALPHA)),
            B_SIDES,
        ),
        (X0, (1 + B) / X0),
        NOT_ZERO,
    )
    statement = OrbitStatement(
        "one start, every eta: the window", quartic, StepSizes.between("0.005", "0.02"), region, FinalSharpness(*WINDOW)
    )
    return Claim(
        "zhu2023.cor3.2",
        f"{SOURCE}, Corollary 3.2",
        "sharpness adaptivity",
        "For K >= 8 and 0 < alpha < 1/(2000 sqrt2 K), every x0 in (1/alpha + 1/(15 K^2 alpha), 1/alpha + 1/(6 K^2 alpha)), 0 < |x0 y0 - 1| < 1/K and every "
        "eta in (alpha^2 - alpha^2/(10 K^2), alpha^2) end in the window (2/eta - 20/3 eta, 2/eta) of that eta.",
        (regions.corollary_32(), regions.certified()),
        notes=("In the orbits that test it alpha takes all values for which the given eta is admitted.",),
        checks=(StatementFamily("adaptivity", K_BIG, (R(3), R(4), R(5)), statement, (R(1), R(5)), PRINTED),),
    )


def _theorem_32() -> Claim:
    statements = []
    for dimension, variable, cosine in ((2, ANGLE, sp.cos(sp.pi * ANGLE)), (3, COSINE, COSINE)):
        m = model(f"vector:{dimension}")
        dy = 1 / (2 * DX)
        zero = (sp.S(0),) * (dimension - 2)
        start = (DX, sp.S(0), *zero, dy * cosine, dy * sp.sqrt(1 - cosine**2), *zero)
        low = EOS_X + 1 / (80 * K_BIG**2 * sp.sqrt(ETA))
        high = EOS_X + 1 / (8 * K_BIG**2 * sp.sqrt(ETA))
        bounds = ((low, high), (sp.S(0), sp.S(1)) if variable is ANGLE else (sp.S(-1), sp.S(1)))
        kick = 1 + 2 / K_BIG
        statements.append(
            OrbitStatement(
                f"dimension {dimension}: |x|^2 + |y|^2 ends in (1/eta - 10/3 eta, 1/eta)",
                m,
                StepSizes.of("0.01"),
                Region((DX, variable), bounds, start),
                FinalSharpness(*WINDOW),
                at_least=R(9, 10),
                interruption=Interruption(2000, (N, kick * G, kick**2 * M)),
            )
        )
    families = tuple(StatementFamily(s.name, K_BIG, (R(8), R(10)), s, (R(2), R(10)), PRINTED) for s in statements)
    return Claim(
        "zhu2023.thm3.2",
        f"{SOURCE}, Theorem 3.2",
        "vectors, with one perturbation",
        "For 1/4 ||I - x y^T x y^T||^2 from random directions with dx dy = 1/2 and dx in (xc + eta^(-1/2)/(80 K^2), "
        "xc + eta^(-1/2)/(8 K^2)), perturbed once by y <- y (1 + 2/K): with probability > 1 - 2 delta0 - 2 exp(-Omega(d)) "
        "|x|^2 + |y|^2 ends in (1/eta - 10/3 eta, 1/eta).",
        families,
        notes=(
            "Checked with probability at least 0.9 in dimensions 2 and 3, where the angle of random directions has an exact "
            "distribution; the perturbation comes after 2000 steps. Sharpness 2 (|x|^2 + |y|^2) is used for the window.",
        ),
    )


CLAIMS: Mapping[str, Callable[[], Claim]] = {
    "zhu2023.thm3.1": _theorem_31,
    "zhu2023.thm3.1-time": _theorem_31_time,
    "zhu2023.cor3.1": _corollary_31,
    "zhu2023.cor3.2": _corollary_32,
    "zhu2023.thm3.2": _theorem_32,
}
"""The theorems and corollaries."""
