"""Every part of a claim is settled by somebody, at the efforts it runs at."""

from __future__ import annotations

import pytest

from edgestab.errors import InputError
from edgestab.theory.claims.catalogue import catalogue
from edgestab.theory.effort import EFFORTS, effort_named
from edgestab.theory.observation import Observation, between
from edgestab.theory.parts.argued import Argued
from edgestab.theory.parts.noisy import NoisyStability
from edgestab.theory.parts.proof import Proof
from edgestab.theory.parts.some_step import SomeStepSize
from edgestab.theory.parts.stationary import StationaryMoment
from edgestab.verify.parts import SETTLED_BY


def test_every_kind_of_part_in_the_catalogue_is_settled() -> None:
    kinds = {type(p) for c in catalogue() for p in (*c.parts, *c.checks)}
    by_claim_files = {Argued, NoisyStability, SomeStepSize, StationaryMoment}
    assert kinds | by_claim_files == set(SETTLED_BY)


def test_only_observations_wait_for_a_greater_effort() -> None:
    waits = Observation("", "", "", (between("s", "", "0"),), seeds=(0, 2, 5))
    assert [waits.runs_at(e) for e in EFFORTS] == [False, True, True]
    assert [waits.count(e) for e in EFFORTS] == [0, 2, 5]
    assert all(Proof("", ()).runs_at(e) for e in EFFORTS)


def test_an_effort_has_a_name() -> None:
    assert [effort_named(name).name for name in ("quick", "standard", "deep")] == list(EFFORTS)
    with pytest.raises(InputError, match="effort must be one of quick, standard, deep, got 'most'"):
        effort_named("most")
