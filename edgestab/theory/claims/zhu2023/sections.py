"""Section 4 (degree 2, three layers) and section 5 (the global picture)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.claims.zhu2023.notation import SOURCE, WINDOW, A, B, K, R
from edgestab.theory.conclusions.converges import Converges
from edgestab.theory.conclusions.final_sharpness import FinalSharpness
from edgestab.theory.lemma import Expansion, Identity
from edgestab.theory.models.catalogue import model
from edgestab.theory.parts.proof import Proof
from edgestab.theory.region import Region
from edgestab.theory.statement import OrbitStatement, StepSizes
from edgestab.theory.symbols import ETA, symbols

OFFSET, W2 = symbols("offset w2")
NOT_ZERO = (sp.Ne(B, 0),)


EDGE_SCALED_TWO = sp.sqrt(2) * (1 - K**4) ** R(1, 4)
"""k c0 for the loss (1 - xy)^2 / 2, whose edge has sharpness x^2 + y^2 = 2/eta."""


def degree_two_steps(factor: sp.Expr = sp.S.One) -> tuple[sp.Expr, sp.Expr]:
    """Return k a''/sqrt2 and b'' for the loss factor * (1 - xy)^2 / 2, with e = k a/sqrt2 in place of k a.

    In units of sqrt2 the constant terms are rational, so that the expansion is exact.
    """
    eta = factor**2 * K**4  # the square of the effective step size factor * k^2
    edge = (1 - eta) ** R(1, 4)
    a_scaled, b = K * A, B
    for _ in range(2):
        # With k_f = sqrt(factor) k: k_f c = sqrt2 (edge + a_scaled); d' = d (1 + eps b^2) - s b, s^2 = (eta C)^2 + 4 eps d^2.
        total = edge + a_scaled
        s = 2 * sp.sqrt(total**4 + eta * (1 + b) ** 2)
        a_scaled, b = -edge + total * sp.sqrt(1 - eta * b**2), b - s * b + eta * (1 + b) * b**2
    return a_scaled, b


def _ellipses() -> Claim:
    a2, b2 = degree_two_steps()
    constant, root = symbols("Cst")[0], sp.sqrt(2)
    weights = {A: 1, B: 2, K: 1}
    lemmas = (
        Expansion("k a''/sqrt2 = e - b^2 k^4 + ...", a2, K * A - B**2 * K**4, weights, 8),
        Expansion("b'' = b + 8 b e + ...", b2, B + 8 * B * K * A, weights, 4),
        Identity(
            "b^2 = 4 (C - a^2)/k^2 solves db/da = -4 a/(b k^2), that is 4 sqrt2 a b k / (-sqrt2 b^2 k^3)",
            sp.diff(4 * (constant - A**2) / K**2, A) / 2,
            -4 * A / K**2,
        ),
        Identity(
            "under these two steps themselves a^2 + k^2 b^2/4 grows by 8 a^2 b^2 k^4 + 2 b^4 k^6",
            (A - root * B**2 * K**3) ** 2 + K**2 * (B + 4 * root * A * B * K) ** 2 / 4 - A**2 - K**2 * B**2 / 4,
            8 * A**2 * B**2 * K**4 + 2 * B**4 * K**6,
        ),
    )
    return Claim(
        "zhu2023.sec4-ellipses",
        f"{SOURCE}, section 4",
        "degree 2: trajectories are ellipses, to leading order",
        "For 1/2 (1 - xy)^2 the two-step map is a'' = a - sqrt2 b^2 k^3, b'' = b + 4 sqrt2 a b k, to leading order in the scaling a ~ 1, "
        "b ~ 2, k ~ 1. The curves along which its displacement points, db/da = -4 a/(b k^2), are the ellipses b^2 = 4 (C - a^2)/k^2; the "
        "steps themselves leave them by 8 a^2 b^2 k^4 + 2 b^4 k^6 in a^2 + k^2 b^2/4.",
        (
            Proof(
                "ellipses", lemmas, "With e = k a/sqrt2: 8 b e = 4 sqrt2 a b k and sqrt2 (b^2 k^4)/k = sqrt2 b^2 k^3."
            ),
        ),
        (sp.Eq(B**2, 4 * (sp.Symbol("C") - A**2) / K**2),),
    )


def _no_concentration() -> Claim:
    m = model("degree-2")
    region = Region.in_coordinates(m, {"offset": ("0.02", "0.2"), "b": ("-0.05", "0.05")}, NOT_ZERO)
    window = FinalSharpness((2 - R(3, 2) * OFFSET) / ETA, (2 - R(99, 100) * OFFSET) / ETA)
    statement = OrbitStatement(
        "the gap mirrors the initial excess", m, StepSizes.of("0.1", "0.05", "0.02"), region, window
    )
    return Claim(
        "zhu2023.sec4-no-concentration",
        f"{SOURCE}, section 4",
        "degree 2: no concentration, sharper starts end flatter",
        "From a start with P - 1 = u, GD on 1/2 (1 - xy)^2 ends with sharpness between (2 - 3u/2)/eta and (2 - 0.99 u)/eta: the gap "
        "does not shrink with eta, and grows with the initial sharpness.",
        (statement,),
        notes=(
            "P = eta^2/4 ((x^2 - y^2)^2 + 4), the square of the sharpness over 2/eta at the minimum that gradient flow reaches from "
            "the start.",
        ),
    )


def _three_layers() -> Claim:
    m = model("chain:1,2")
    eta = StepSizes.of("0.2")
    # The EoS minima at eta = 0.2 have w2 = 0.4481 (the pair small) and w2 = 1.7484 (the pair large).
    small = Region((W2, B), ((R(40, 100), R(425, 1000)), (R(-1, 10), R(1, 20))), ((1 + B) / W2**2, W2), NOT_ZERO)
    large = Region((W2, B), ((R(180, 100), R(188, 100)), (R(-1, 10), R(1, 20))), ((1 + B) / W2**2, W2), NOT_ZERO)
    return Claim(
        "zhu2023.sec4-three-layers",
        f"{SOURCE}, section 4",
        "three layers (x, y, y): concentration only where the pair is small",
        "At eta = 0.2 starts sharper than the edge end within 0.1 eta of 2/eta when the pair (y, y) is small, and more than 1.5 eta "
        "below it when the pair is large.",
        (
            OrbitStatement("pair small", m, eta, small, FinalSharpness(2 / ETA - ETA / 10, 2 / ETA)),
            OrbitStatement("pair large", m, eta, large, FinalSharpness(-sp.oo, 2 / ETA - R(3, 2) * ETA)),
        ),
    )


def _simplified() -> Claim:
    u = symbols("u")[0]
    fixed = u / 16
    multiplier = (1 + u) - 48 * fixed
    lemmas = (
        Identity("b^2 = a k/2 is fixed under b (1 + 8 a k - 16 b^2), u = 8 a k", (1 + u - 16 * fixed), sp.S(1)),
        Identity("its multiplier is 1 - 2u", multiplier, 1 - 2 * u),
        Identity("it is -1 at u = 1, a k = 1/8", multiplier.subs(u, 1), sp.S(-1)),
        Identity("where s = (1 + a k)^2 = 81/64 to leading order", (1 + R(1, 8)) ** 2, R(81, 64)),
    )
    return Claim(
        "zhu2023.sec5-simplified",
        f"{SOURCE}, section 5",
        "the simplified map",
        "The leading-order two-step map with a frozen, b'' = b (1 + 8 a k - 16 b^2), a k > 0, has the fixed point b^2 = a k/2, whose multiplier "
        "1 - 16 a k is -1 at a k = 1/8.",
        (Proof("simplified map", lemmas),),
        (sp.Eq(sp.Symbol("b''"), B * (1 + 8 * A * K - 16 * B**2)),),
        notes=("Its thresholds are only qualitative: see zhu2023.slip8.",),
    )


def _run(name: str, eta: StepSizes, x: str, y: str) -> OrbitStatement:
    m = model("quartic")
    region = Region.in_coordinates(m, {"x": (x, x), "y": (y, y)})
    return OrbitStatement(name, m, eta, region, FinalSharpness(*WINDOW))


def _long_run() -> Claim:
    return Claim(
        "zhu2023.sec5-long-run",
        f"{SOURCE}, section 5",
        "the run laid over the bifurcation diagram",
        "GD from (12.5, 0.05) at eta = 0.01 passes down the bifurcation diagram and ends in (2/eta - 20/3 eta, 2/eta).",
        (_run("from (12.5, 0.05)", StepSizes.of("0.01"), "12.5", "0.05"),),
    )


def _one_start() -> Claim:
    return Claim(
        "zhu2023.sec5-one-start",
        f"{SOURCE}, section 5",
        "one start, three step sizes",
        "The same start ends in the window of each of eta = 2/8, 2/10, 2/12.",
        (_run("from (2.6, 0.3)", StepSizes((R(2, 8), R(2, 10), R(2, 12))), "2.6", "0.3"),),
        notes=("The start of the paper's figure is not given in the text; (2.6, 0.3) is ours.",),
    )


def _global() -> Claim:
    m = model("quartic")
    region = Region.in_coordinates(m, {"offset": ("0.02", "0.8"), "b": ("-0.9", "0.4")}, NOT_ZERO)
    window = FinalSharpness(2 / ETA - R(1, 10), 2 / ETA)
    size = StepSizes.of("0.2")
    mostly = OrbitStatement("sharpness ends in (2/eta - 0.1, 2/eta)", m, size, region, window, at_least=R(9, 10))
    settles = OrbitStatement("every orbit converges", m, size, region, Converges())
    return Claim(
        "zhu2023.sec5-global",
        f"{SOURCE}, section 5",
        "the global picture at eta = 0.2",
        "Far beyond the theorem's region GD still converges, and from at least nine tenths of the starts with P - 1 in "
        "(0.02, 0.8), xy - 1 in (-0.9, 0.4) to sharpness in (2/eta - 0.1, 2/eta).",
        (settles, mostly),
        notes=("P = eta^2 ((x^2 - y^2)^2 + 4). Chaotic starts are decided orbit by orbit in float64.",),
    )


CLAIMS: Mapping[str, Callable[[], Claim]] = {
    "zhu2023.sec4-ellipses": _ellipses,
    "zhu2023.sec4-no-concentration": _no_concentration,
    "zhu2023.sec4-three-layers": _three_layers,
    "zhu2023.sec5-simplified": _simplified,
    "zhu2023.sec5-long-run": _long_run,
    "zhu2023.sec5-one-start": _one_start,
    "zhu2023.sec5-global": _global,
}
"""The claims of sections 4 and 5."""
