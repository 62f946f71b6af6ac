"""Every conclusion has its judge."""

from __future__ import annotations

import pytest

from edgestab.theory.conclusions.kinds import CONCLUSIONS
from edgestab.verify.conclusions.judge import OrbitJudge
from edgestab.verify.conclusions.judges import judging


def test_every_conclusion_is_found() -> None:
    known = {"along", "bounded", "converges", "cycle", "diverges", "final-sharpness", "invariant", "limit", "monotone"}
    known |= {"tends"}
    assert set(CONCLUSIONS) == known


@pytest.mark.parametrize("kind", CONCLUSIONS)
def test_every_conclusion_that_a_claim_file_may_state_has_a_judge(kind: str) -> None:
    assert CONCLUSIONS[kind].kind == kind
    assert issubclass(judging(CONCLUSIONS[kind]), OrbitJudge)
