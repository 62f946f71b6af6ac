"""Results R9 to R12, derived and not in the paper: what interval arithmetic proves."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.claims.zhu2023.notation import B, R
from edgestab.theory.claims.zhu2023.results import sharp_constant_expression
from edgestab.theory.conclusions.final_sharpness import FinalSharpness
from edgestab.theory.lemma import Identity
from edgestab.theory.models.catalogue import model
from edgestab.theory.parts.certified import Certified
from edgestab.theory.parts.proof import Proof
from edgestab.theory.region import Region
from edgestab.theory.statement import OrbitStatement, StepSizes
from edgestab.theory.symbols import ETA, symbols

SOURCE = "derived"
NOT_ZERO = (sp.Ne(B, 0),)
NEVER = (sp.Ne(B, 0), sp.Ne(B, -1), sp.Ne(B, -2))
STARTS = {"offset": ("0.05", "0.24"), "b": ("-0.28", "0.13")}


def gap_between(low: sp.Expr, high: sp.Expr) -> FinalSharpness:
    """Return the window low < (2/eta - sharpness)/eta < high."""
    return FinalSharpness(2 / ETA - high * ETA, 2 / ETA - low * ETA)


def _r9() -> Claim:
    m = model("quartic")
    region = Region.in_coordinates(m, STARTS, NOT_ZERO)

    def at(name: str, sizes: StepSizes, low: str, high: str) -> OrbitStatement:
        return OrbitStatement(name, m, sizes, region, gap_between(R(low), R(high)))

    uniform = at("every eta in (0, 0.1]", StepSizes.between("0.02", "0.1"), "0.23", "0.73")
    return Claim(
        "zhu2023.R9",
        f"{SOURCE}, R9",
        "every start of a box, every small step size",
        "For every eta in (0, 0.1], every start with P - 1 in [0.05, 0.24] and xy - 1 in [-0.28, 0.13] \\ {0} converges to a minimum "
        "of sharpness in (2/eta - 0.73 eta, 2/eta - 0.23 eta); also at eta = 0.2, in (2/eta - 0.56 eta, 2/eta - 0.17 eta).",
        (
            Certified(uniform.name, uniform, down_to_zero=True),
            Certified("single step sizes", at("single", StepSizes.of("0.1", "0.05", "0.02", "0.01"), "0.22", "0.76")),
            Certified("eta = 0.2", at("eta = 0.2", StepSizes.of("0.2"), "0.17", "0.56")),
        ),
        checks=(uniform,),
        kind="derived",
        notes=("P = (eta/2 times the sharpness of the gradient-flow solution)^2.",),
    )


def _r10() -> Claim:
    m = model("quartic")
    region = Region.in_coordinates(m, {"offset": ("0.125", "2.75"), "b": ("-2.4", "0.4")}, NEVER)
    statement = OrbitStatement(
        "almost every start of the box",
        m,
        StepSizes.between("0.02", "0.1"),
        region,
        gap_between(R("0.23"), R("0.73")),
    )
    return Claim(
        "zhu2023.R10",
        f"{SOURCE}, R10",
        "almost every start of a large box",
        "For every eta in (0, 0.1], every start with P - 1 in [0.125, 2.75] and |xy| <= 1.4 whose orbit never meets xy = 0 or xy = +-1 exactly "
        "converges to a minimum of sharpness in (2/eta - 0.73 eta, 2/eta - 0.23 eta).",
        (Certified(statement.name, statement, down_to_zero=True, core=(R(1, 20), R(6, 25))),),
        checks=(statement,),
        kind="derived",
        notes=(
            "The orbits left out start on countably many curves, of measure zero: each is the zero set of a polynomial in (x, y), an iterate's xy or "
            "xy -+ 1, that is not zero everywhere.",
            "The 2-cycle loses its stability at P = 1.528; P = 1.45^2 is the largest start in the paper's experiments.",
        ),
    )


def _r11() -> Claim:
    m = model("quartic")
    region = Region.in_coordinates(m, STARTS, NOT_ZERO)
    g, narrow = sharp_constant_expression(), R(1, 100)

    def about(name: str, sizes: StepSizes, order: int) -> OrbitStatement:
        center = sharp_constant_expression(order)
        return OrbitStatement(name, m, sizes, region, gap_between(center - narrow, center + narrow))

    uniform = about("every eta in (0, 0.05]", StepSizes.between("0.02", "0.05"), 3)
    return Claim(
        "zhu2023.R11",
        f"{SOURCE}, R11",
        "the sharp constant to within 0.01, with a proof",
        "From every start of R9's box the final sharpness is within 0.01 eta of 2/eta - G(eta) eta: at eta = 0.1, 0.05 and 0.01 with six "
        "coefficients of G, and for every eta in (0, 0.05] with G = 1/2 - 129/32 eta^2 + 2483/128 eta^4.",
        (
            Certified(uniform.name, uniform, down_to_zero=True),
            Certified("single step sizes", about("single", StepSizes.of("0.1", "0.05", "0.01"), 6)),
        ),
        (sp.Eq(sp.Symbol("S_oo"), 2 / ETA - g * ETA),),
        checks=(uniform,),
        kind="derived",
    )


def _r12() -> Claim:
    m = model("chain:1,2")
    s, b = symbols("s b")
    region = Region(
        (s, b),
        ((R(103, 100), R(112, 100)), (-R(12, 100), R(12, 100))),
        (s / ETA, sp.sqrt((1 + b) * ETA / s)),
        NOT_ZERO,
    )
    x, y = m.own.step.state
    x1, y1 = m.own.step.closed_form()
    falls = Identity("x^2 - y^2 falls by the factor 1 - eta^2 y^2 (x y^2 - 1)^2", x1**2 - y1**2,
                     (x**2 - y**2) * (1 - ETA**2 * y**2 * (x * y**2 - 1) ** 2))  # fmt: skip
    window = FinalSharpness(2 / ETA - R(26, 100) * ETA**2, 2 / ETA - R(23, 100) * ETA**2)
    uniform = OrbitStatement("every eta in (0, 1/5]", m, StepSizes.between("0.05", "0.2"), region, window)
    single = OrbitStatement("eta = 1/5 and 1/10", m, StepSizes.of("0.2", "0.1"), region, window)
    return Claim(
        "zhu2023.R12",
        f"{SOURCE}, R12",
        "three layers (x, y, y)",
        "In the three-layer net 1/2 (1 - x y^2)^2, for every eta in (0, 1/5], from x in [1.03/eta, 1.12/eta] and |xy^2 - 1| <= 0.12, xy^2 not 1, y the small pair, gradient descent converges to a "
        "minimum of sharpness in (2/eta - 0.26 eta^2, 2/eta - 0.23 eta^2): the gap is near eta^2/4 there.",
        (
            Proof("the slow variable", (falls,)),
            Certified(uniform.name, uniform, down_to_zero=True),
            Certified(single.name, single),
        ),
        checks=(single,),
        kind="derived",
        notes=(
            "As a function of x^2 - y^2 and xy^2, x is the root of a cubic, which the certificate encloses (docs/certificates.md, on three layers).",
        ),
    )


CLAIMS: Mapping[str, Callable[[], Claim]] = {
    "zhu2023.R9": _r9,
    "zhu2023.R10": _r10,
    "zhu2023.R11": _r11,
    "zhu2023.R12": _r12,
}
"""R9 to R12."""
