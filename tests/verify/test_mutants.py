"""False versions of the catalogue's own claims: every one must be refuted, and no true claim may be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.claims.catalogue import catalogue, find
from edgestab.theory.conclusions.along import Along
from edgestab.theory.conclusions.conclusion import Conclusion
from edgestab.theory.conclusions.converges import Converges
from edgestab.theory.conclusions.diverges import Diverges
from edgestab.theory.conclusions.final_sharpness import FinalSharpness
from edgestab.theory.conclusions.monotone import Monotone
from edgestab.theory.lemma import CurveConstant, Expansion, Identity, Inequality, Lemma
from edgestab.theory.models.catalogue import model
from edgestab.theory.parts.family import StatementFamily
from edgestab.theory.parts.proof import Proof
from edgestab.theory.region import Region
from edgestab.theory.statement import OrbitStatement, StepSizes
from edgestab.theory.symbols import ETA, symbol, symbols
from edgestab.verify.check import check
from edgestab.verify.evidence.standing import Standing
from edgestab.verify.symbolic import settle

R = sp.Rational
X, Y, B, OFFSET = symbols("x y b offset")


def spoiled(lemma: Lemma) -> Lemma:
    """A lemma that is false when the given one is true."""
    match lemma:
        case Identity():
            wrong = lemma.right * R(8, 7) if lemma.right != 0 else sp.S(1)
            return replace(lemma, right=wrong if wrong != lemma.right else lemma.right + 1)
        case Expansion():
            first = sp.Add.make_args(sp.expand(lemma.stated))[0]
            return replace(lemma, stated=lemma.stated + first)
        case CurveConstant():
            return replace(lemma, stated=(*lemma.stated[:-1], lemma.stated[-1] + R(1, 32)))
        case Inequality():
            return replace(lemma, expression=-lemma.expression - R(1, 100))


PROOFS = [
    (claim.id, part) for claim in catalogue() if claim.kind != "slip" for part in claim.parts if isinstance(part, Proof)
]


@pytest.mark.parametrize(("claim_id", "part"), PROOFS, ids=[f"{i}:{p.name}" for i, p in PROOFS])
def test_a_proof_holds_and_each_of_its_lemmas_is_refuted_when_spoiled(claim_id: str, part: Proof) -> None:
    assert settle(part).standing is Standing.PROVED
    for lemma in part.lemmas:
        wrong = settle(replace(part, lemmas=(spoiled(lemma),)))
        assert wrong.standing is Standing.REFUTED, (claim_id, lemma.name, wrong.sentence)


def _statement(claim_id: str, number: int = 0) -> OrbitStatement:
    claim = find(claim_id)
    orbits = [p for p in (*claim.parts, *claim.checks) if isinstance(p, OrbitStatement)]
    return replace(orbits[number], at_least=sp.S(1))


def _concludes(claim_id: str, conclusion: Conclusion, number: int = 0, *etas: str) -> OrbitStatement:
    statement = replace(_statement(claim_id, number), conclusion=conclusion)
    return replace(statement, step_sizes=StepSizes.of(*etas)) if etas else statement


def _window(low: object, high: object) -> FinalSharpness:
    return FinalSharpness(2 / ETA - R(str(low)) * ETA, 2 / ETA - R(str(high)) * ETA)


def _on(
    name: str, claim_id: str, bounds: dict[str, tuple[str, str]], eta: str, conclusion: Conclusion
) -> OrbitStatement:
    """A claim's conclusion on another model."""
    m = model(name)
    return OrbitStatement(claim_id, m, StepSizes.of(eta), Region.in_coordinates(m, bounds), conclusion)


def _member(claim_id: str, constant: int, *etas: str) -> OrbitStatement:
    claim = find(claim_id)
    family = next(p for p in (*claim.parts, *claim.checks) if isinstance(p, StatementFamily))
    statement = family.statement.with_constants({family.constant: sp.Integer(constant)})
    return replace(statement, step_sizes=StepSizes.of(*etas))


INSIDE = {"offset": ("0.05", "0.2"), "b": ("0.02", "0.1")}
G_WRONG_SIGN = R(1, 2) + R(129, 32) * ETA**2

MUTANTS: dict[str, Callable[[], OrbitStatement]] = {
    # windows narrowed
    "sec5-one-start, 20/3 becomes 3/10": lambda: _concludes("zhu2023.sec5-one-start", _window("3/10", 0)),
    "sec5-one-start, 20/3 becomes 1/4": lambda: _concludes("zhu2023.sec5-one-start", _window("1/4", 0)),
    "sec5-global, 1/10 becomes 1/20": lambda: _concludes("zhu2023.sec5-global", FinalSharpness(2 / ETA - R(1, 20), 2 / ETA)),
    "sec5-global, the claim for every start": lambda: _statement("zhu2023.sec5-global", 1),
    "R2, half the gap": lambda: _concludes("zhu2023.R2", _window("1/4", 0), 1, "0.05"),
    "R2, 0.49 for 0.4900": lambda: _concludes("zhu2023.R2", _window("0.49", 0), 1, "0.05"),
    "R2, a window of 1e-6 in the wrong place": lambda: _concludes("zhu2023.R2", _window("0.490045", "0.490044"), 1, "0.05"),
    "R8, 1/10 becomes 1/100": lambda: _concludes("zhu2023.R8", _window("3.01", "2.99"), 0, "0.05"),
    "three layers, a tenth of the gap": lambda: _concludes("zhu2023.sec4-three-layers", _window("1/100", 0)),
    # windows shifted
    "sec5-one-start, above 2/eta": lambda: _concludes("zhu2023.sec5-one-start", _window(0, -1)),
    "sec5-one-start, below": lambda: _concludes("zhu2023.sec5-one-start", _window(7, "1/2")),
    "sec5-global, shifted up": lambda: _concludes("zhu2023.sec5-global", FinalSharpness(2 / ETA, 2 / ETA + R(1, 10))),
    "R2, shifted by 1e-3": lambda: _concludes("zhu2023.R2", _window("0.492", "0.491"), 1, "0.05"),
    "R3, the two sides exchanged": lambda: _concludes("zhu2023.R3", FinalSharpness(-sp.oo, 2 / ETA - R(20, 3) * ETA), 0, "0.05"),
    "R8, half the constant": lambda: _concludes("zhu2023.R8", _window("1.6", "1.4"), 0, "0.05"),
    "R8, twice the constant": lambda: _concludes("zhu2023.R8", _window("6.1", "5.9"), 0, "0.05"),
    "degree 2, ends at the edge": lambda: _concludes("zhu2023.sec4-no-concentration", _window("20/3", 0), 0, "0.02"),
    "degree 2, half the mirror image": lambda: _concludes(
        "zhu2023.sec4-no-concentration", FinalSharpness((2 - R(3, 4) * OFFSET) / ETA, (2 - OFFSET / 3) / ETA), 0, "0.1"
    ),
    "pair large, as if small": lambda: _concludes("zhu2023.sec4-three-layers", _window("1/10", 0), 1),
    "pair small, as if large": lambda: _concludes("zhu2023.sec4-three-layers", FinalSharpness(-sp.oo, 2 / ETA - R(3, 2) * ETA)),
    "toy, 82.95 becomes 82.9": lambda: _concludes("wang2024.toy-runs", FinalSharpness(R("82.88"), R("82.92")), 3),
    "toy, converges at 0.0199981": lambda: _concludes("wang2024.toy-runs", Converges(), 5),
    "toy, flatter at 0.0165 than at 0.0156": lambda: _concludes("wang2024.toy-not-monotone", FinalSharpness(sp.S(0), R("1.52")), 1),
    # wrong exponents
    "sec5-one-start, eta^3 for eta": lambda: _concludes("zhu2023.sec5-one-start", FinalSharpness(2 / ETA - 2 * ETA**3, 2 / ETA)),
    "sec5-one-start, 1/eta for 2/eta": lambda: _concludes("zhu2023.sec5-one-start", FinalSharpness(1 / ETA - ETA, 1 / ETA)),
    "sec5-one-start, 2/eta^2": lambda: _concludes("zhu2023.sec5-one-start", FinalSharpness(2 / ETA**2 - ETA, 2 / ETA**2)),
    "R2, the sign of 129/32": lambda: _concludes(
        "zhu2023.R2", FinalSharpness(2 / ETA - (G_WRONG_SIGN + R(1, 1000)) * ETA, 2 / ETA - (G_WRONG_SIGN - R(1, 1000)) * ETA), 1, "0.05"
    ),
    "R2, eta^3 for eta^2 in the series": lambda: _concludes(
        "zhu2023.R2", FinalSharpness(2 / ETA - (R(1, 2) - R(129, 32) * ETA**3 + R(1, 1000)) * ETA, 2 / ETA - (R(1, 2) - R(129, 32) * ETA**3 - R(1, 1000)) * ETA), 1, "0.05"
    ),
    "R8, eta^2 for eta": lambda: _concludes("zhu2023.R8", FinalSharpness(2 / ETA - R(31, 10) * ETA**2, 2 / ETA - R(29, 10) * ETA**2), 0, "0.05"),
    # wrong models
    "R2 on degree 2": lambda: _on("degree-2", "R2", INSIDE, "0.05", _window("0.6", "0.4")),
    "R2 on l(p) with k3 = 1/6": lambda: _on("product:p**2/2-p**4/24", "R2", INSIDE, "0.05", _window("0.6", "0.4")),
    "R8 with k3 = 1/3": lambda: _on("product:p**2/2-p**4/12", "R8", INSIDE, "0.05", _window("3.1", "2.9")),
    "the window on three layers with the pair large": lambda: _on(
        "chain:1,2", "cor3.1", {"w1": ("0.28", "0.30"), "w2": ("1.83", "1.86")}, "0.2", _window("20/3", 0)
    ),
    "the window on a balanced chain": lambda: _on("balanced:4", "cor3.1", {"rho": ("0.8", "0.9")}, "0.2", _window("20/3", 0)),
    # wrong limits
    "sec5-one-start, to the mirrored minimum": lambda: _concludes("zhu2023.sec5-one-start", Converges("xy = -1")),
    "sec5-one-start, diverges": lambda: _concludes("zhu2023.sec5-one-start", Diverges()),
    "sec5-global, always to xy = 1": lambda: _concludes("zhu2023.sec5-global", Converges("xy = 1")),
    "sec5-global at three times the step size": lambda: _on(
        "quartic", "sec5-global", {"x": ("1.2", "1.3"), "y": ("0.75", "0.85")}, "0.6", Converges()
    ),
    "frozen cubic converges past the flip": lambda: _on("frozen-cubic", "R4", {"d": ("0.5", "1.1")}, "1.1", Converges()),
    "frozen cubic at s = 0.9 does not": lambda: _on("frozen-cubic", "R4", {"d": ("0.5", "1.1")}, "0.9", Diverges()),
    "balanced chain past its edge": lambda: _on("balanced:2", "chain", {"rho": ("0.5", "0.9")}, "1.1", Converges()),
    # trapping regions
    "R1, (xy)^2 <= 3/2": lambda: _concludes("zhu2023.R1", Along(R(3, 2) - (X * Y) ** 2), 0),
    "R1, (xy)^2 <= 1": lambda: _concludes("zhu2023.R1", Along(1 - (X * Y) ** 2), 0),
    "R1, P <= 3": lambda: _concludes("zhu2023.R1", Along(3 / ETA**2 - (X**2 - Y**2) ** 2 - 4), 1),
    "R1, P >= 1": lambda: _concludes("zhu2023.R1", Along((X**2 - Y**2) ** 2 + 4 - 1 / ETA**2), 1),
    "R1, GFS sharpness rises": lambda: _concludes("zhu2023.R1", Monotone(2 * sp.sqrt((X**2 - Y**2) ** 2 + 4), "nondecreasing"), 2),
    "R1, |x y| is monotone": lambda: _concludes("zhu2023.R1", Monotone(X * Y, "nonincreasing"), 2),
    "R1, the loss is monotone": lambda: _concludes("zhu2023.R1", Monotone((1 - X**2 * Y**2) ** 2 / 4, "nonincreasing"), 2),
    "R4, bounded by a smaller interval": lambda: _concludes("zhu2023.R4", Along(1 / symbol("s") - symbol("d") ** 2)),
    "R4, bounded for s <= 2.3": lambda: replace(_statement("zhu2023.R4"), step_sizes=StepSizes.between("2.2", "2.3")),
    # predictions and constants
    "R6, twice the prediction": lambda: _scaled_r6(2),
    "R6, half the prediction": lambda: _scaled_r6(R(1, 2)),
    "Theorem 3.1 with K = 1": lambda: _member("zhu2023.thm3.1", 1, "0.02"),
    "Corollary 3.1 with K = 1": lambda: _member("zhu2023.cor3.1", 1, "0.05"),
}  # fmt: skip


def _scaled_r6(factor: sp.Expr) -> OrbitStatement:
    statement = _statement("zhu2023.R6")
    window = statement.conclusion
    assert isinstance(window, FinalSharpness)
    edge = 2 / ETA
    return replace(
        statement, conclusion=FinalSharpness(edge - factor * (edge - window.low), edge - factor * (edge - window.high))
    )


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_refuted_with_a_confirmed_counterexample(name: str) -> None:
    verdict = check(Claim(f"mutant.{name}", "a mutant", name, name, (MUTANTS[name](),), kind="user"), "quick")
    assert verdict.standing is Standing.REFUTED, verdict.sentence
    assert "bits" in verdict.sentence or "in exact arithmetic" in verdict.sentence


def test_there_are_forty_mutants_of_orbit_claims() -> None:
    assert len(MUTANTS) >= 40


@pytest.mark.deep
@pytest.mark.parametrize(
    "mutant",
    [
        lambda: _concludes("zhu2023.sec5-long-run", _window("0.45", 0)),
        lambda: _member("zhu2023.thm3.1", 2, "0.01"),
        lambda: _concludes("zhu2023.R3", FinalSharpness(-sp.oo, 2 / ETA - R(20, 3) * ETA), 0, "0.01"),
    ],
)
def test_a_mutant_at_small_step_size_is_refuted(mutant: Callable[[], OrbitStatement]) -> None:
    verdict = check(Claim("mutant.small", "a mutant", "", "", (mutant(),), kind="user"), "standard")
    assert verdict.standing is Standing.REFUTED, verdict.sentence
