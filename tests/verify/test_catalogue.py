"""The catalogue as shipped: every verdict at quick effort is the one expected, and none is open."""

from __future__ import annotations

import pytest

from edgestab.numerics.matrices.experiments.registry import EXPERIMENTS
from edgestab.theory.claims.catalogue import catalogue, find, ids
from edgestab.theory.observation import Observation
from edgestab.theory.parts.family import StatementFamily
from edgestab.theory.parts.proof import Refutation
from edgestab.verify.check import check
from edgestab.verify.evidence.family import FamilyEvidence
from edgestab.verify.evidence.standing import Standing
from edgestab.verify.verdict import Verdict


def the_family_reports_its_smallest_constant_and_what_is_out_of_reach(verdict: Verdict) -> None:
    (evidence,) = verdict.checks
    assert isinstance(evidence, FamilyEvidence)
    assert evidence.smallest is not None
    low, high = evidence.smallest
    assert 2.4 < low < high < 2.7  # below, d0 = 1 + 1/K lets xy change sign: d0^2 = (1 + s)/s
    assert "out of reach" in evidence.sentence


MORE = {"zhu2023.thm3.1": the_family_reports_its_smallest_constant_and_what_is_out_of_reach}
"""What else is to be seen in a verdict: here, so that no claim is checked twice."""


def watches_networks(claim_id: str) -> bool:
    return any(isinstance(p, Observation) and p.experiment not in EXPERIMENTS for p in find(claim_id).parts)


TWO_WINDOWS = ("edgestab2026.window-logistic", "edgestab2026.window-exponential")
"""The others are of the same kind."""

SLOW = (
    "damian2023.nesterov",
    "ghosh2025.ends-are-stable",
    "ghosh2025.example",
    "zhu2023.R1",
    "zhu2023.R9",
    "zhu2023.sec5-long-run",
)
"""Claims that take seconds each: together as long as all the others that are no networks and no families."""


def takes_long(claim_id: str) -> bool:
    """Networks are trained, and families of statements swept, for minutes: CI does that in a step of its own."""
    claim = find(claim_id)
    return (
        claim_id in SLOW
        or (claim_id.startswith("edgestab2026.window-") and claim_id not in TWO_WINDOWS)
        or watches_networks(claim_id)
        or any(isinstance(p, StatementFamily) for p in (*claim.parts, *claim.checks))
    )


@pytest.mark.parametrize(
    "claim_id",
    [pytest.param(name, marks=pytest.mark.deep if takes_long(name) else ()) for name in ids()],
)
def test_every_claim_earns_the_verdict_expected_of_it(claim_id: str) -> None:
    claim = find(claim_id)
    if watches_networks(claim_id):
        pytest.importorskip("torch")
    verdict = check(claim, "quick")
    assert verdict.expected, verdict.sentence
    assert verdict.standing is not Standing.UNDECIDED, verdict.sentence
    for evidence in verdict.checks:
        assert evidence.standing is Standing.SUPPORTED, evidence.sentence
    if any(isinstance(p, StatementFamily) for p in claim.parts):
        assert verdict.standing is Standing.SUPPORTED
    if any(isinstance(p, Refutation) for p in claim.parts):
        assert claim.kind == "slip"
    MORE.get(claim_id, lambda _: None)(verdict)


def test_ids_are_unique_and_slips_name_their_corrections() -> None:
    assert tuple(c.id for c in catalogue()) == ids()
    assert len(set(ids())) == len(ids())
    slips = [c for c in catalogue() if c.kind == "slip"]
    assert len(slips) == 8
    for slip in slips:
        assert find(slip.corrected).kind == "derived"
        assert check(find(slip.corrected)).standing is Standing.PROVED
