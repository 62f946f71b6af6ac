"""The catalogue as shipped: every verdict at quick effort is the one expected, and none is open."""

from __future__ import annotations

import pytest

from edgestab.theory.claims.catalogue import catalogue, find, ids
from edgestab.theory.observation import Observation
from edgestab.theory.parts.family import StatementFamily
from edgestab.theory.parts.proof import Refutation
from edgestab.verify.check import check
from edgestab.verify.evidence.family import FamilyEvidence
from edgestab.verify.evidence.standing import Standing


@pytest.mark.parametrize("claim_id", ids())
def test_every_claim_earns_the_verdict_expected_of_it(claim_id: str) -> None:
    claim = find(claim_id)
    if any(isinstance(p, Observation) for p in claim.parts):
        pytest.importorskip("torch")
    verdict = check(claim, "quick")
    assert verdict.expected, verdict.sentence
    assert verdict.standing is not Standing.UNDECIDED, verdict.sentence
    for evidence in verdict.checks:
        assert evidence.standing is Standing.SUPPORTED, evidence.sentence


def test_ids_are_unique_and_slips_name_their_corrections() -> None:
    assert tuple(c.id for c in catalogue()) == ids()
    assert len(set(ids())) == len(ids())
    slips = [c for c in catalogue() if c.kind == "slip"]
    assert len(slips) == 8
    for slip in slips:
        assert find(slip.corrected).kind == "derived"
        assert check(find(slip.corrected)).standing is Standing.PROVED


def test_proofs_are_proved_and_orbits_only_supported() -> None:
    for claim in catalogue():
        if any(isinstance(p, StatementFamily) for p in claim.parts):
            assert check(claim, "quick").standing is Standing.SUPPORTED
        if any(isinstance(p, Refutation) for p in claim.parts):
            assert claim.kind == "slip"


def test_a_family_reports_the_smallest_constant_and_what_is_out_of_reach() -> None:
    (evidence,) = check(find("zhu2023.thm3.1"), "quick").checks
    assert isinstance(evidence, FamilyEvidence)
    assert evidence.smallest is not None
    low, high = evidence.smallest
    assert 2.4 < low < high < 2.7  # below, d0 = 1 + 1/K lets xy change sign: d0^2 = (1 + s)/s
    assert "out of reach" in evidence.sentence
