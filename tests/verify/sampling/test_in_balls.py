"""What floating point cannot settle: single starts that are said exactly, and failures that ball arithmetic clears."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from edgestab.theory.claim import Claim
from edgestab.theory.conclusions.along import Along
from edgestab.theory.conclusions.converges import Converges
from edgestab.theory.effort import effort_named
from edgestab.theory.models.catalogue import model
from edgestab.theory.region import Region
from edgestab.theory.statement import OrbitStatement, StepSizes
from edgestab.theory.symbols import symbol
from edgestab.verify.check import check
from edgestab.verify.evidence.standing import Standing
from edgestab.verify.orbits.walk import HoldsAsStated, NotConfirmed
from edgestab.verify.sampling import in_balls
from edgestab.verify.sampling.in_balls import look, passes_a_fixed_point
from edgestab.verify.sampling.stages import stages
from edgestab.verify.verdict import Verdict


def statement(name: str, at: Mapping[str, str], eta: str, conclusion: Any) -> OrbitStatement:
    m = model(name)
    region = Region.in_coordinates(m, {k: (v, v) for k, v in at.items()})
    return OrbitStatement("test", m, StepSizes.of(eta), region, conclusion)


def verdict_of(s: OrbitStatement) -> Verdict:
    return check(Claim("test.claim", "a test", "", "", (s,), kind="user"), "quick")


def first_stage(s: OrbitStatement) -> Any:
    return next(iter(stages(s, effort_named("quick"))))


def test_a_start_that_meets_the_maximum_exactly_is_not_said_to_converge() -> None:
    # d' = d (1 - s/2 ...): in the frozen cubic sqrt(3) goes to the maximum 0; the nearest double does not.
    thin = statement("frozen-cubic", {"d": "sqrt(3)"}, "1/2", Converges())
    sample, measured = first_stage(thin)
    assert (measured.margin > 0).all()
    assert passes_a_fixed_point(thin, sample, measured, 0)
    found = verdict_of(thin)
    assert found.standing is Standing.UNDECIDED
    assert "whether the conclusion holds is not shown: " in found.sentence


def test_a_start_beside_it_is_shown_to_converge() -> None:
    near = statement("frozen-cubic", {"d": "17/10"}, "1/2", Converges())
    assert not passes_a_fixed_point(near, *first_stage(near), 0)
    found = verdict_of(near)
    assert found.standing is Standing.SUPPORTED
    assert "from the one start, as ball arithmetic shows" in found.sentence


def test_an_inequality_is_shown_for_the_steps_that_were_followed_and_no_more() -> None:
    d = symbol("d")
    found = verdict_of(statement("frozen-cubic", {"d": "17/10"}, "1/2", Along(d**2 + 1)))
    assert found.standing is Standing.SUPPORTED
    assert "of which ball arithmetic followed " in found.sentence


@pytest.mark.parametrize(("error", "margin"), [(HoldsAsStated("yes"), 0.0), (NotConfirmed("no"), -1.0)])
def test_a_failure_that_is_cleared_counts_no_longer(error, margin, monkeypatch) -> None:
    m = model("quartic")
    s = OrbitStatement(
        "test",
        m,
        StepSizes.of("0.1"),
        Region.in_coordinates(m, {"offset": ("0.1", "0.2"), "b": ("0", "0.1")}),
        Converges(),
    )
    sample, measured = first_stage(s)
    measured.margin[:3] = -1.0

    def confirm(*_: object) -> None:
        raise error

    monkeypatch.setattr(in_balls, "confirm", confirm)
    found = look(s, sample, measured, effort_named("quick"))
    assert found.counterexample is None
    assert np.array_equal(found.margins.margin[:3], [margin] * 3)
    assert (found.margins.margin[3:] > 0).all()
