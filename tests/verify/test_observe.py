"""Observations: bounds, seeds, hypotheses, and what is said when nothing can be run."""

from __future__ import annotations

import importlib.util
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import sympy as sp

from edgestab.numerics.matrices.experiments.registry import EXPERIMENTS, WITHOUT_CHANCE
from edgestab.theory.claim import Claim
from edgestab.theory.claims.catalogue import catalogue
from edgestab.theory.effort import EFFORTS
from edgestab.theory.observation import Bound, Observation, between
from edgestab.verify.check import check
from edgestab.verify.evidence.observed import ObservedEvidence
from edgestab.verify.evidence.standing import Standing
from edgestab.verify.observe import experiment_of

ROOT = Path(__file__).parents[2]
OBSERVATIONS = [(c.id, p) for c in catalogue() for p in c.parts if isinstance(p, Observation)]


def observation(**changes) -> Observation:
    """Eight numbers for eight seeds: the statistic is the seed itself."""
    base = Observation(
        "the seed", "seed-itself", "no network", (between("seed", "the seed", "0", "5"),), seeds=(4, 6, 8)
    )
    return replace(base, **changes)


@pytest.fixture
def runs(monkeypatch) -> list[int]:
    """Replace the experiments by one whose statistic is its seed, and record which seeds were run."""
    pytest.importorskip("torch")
    from edgestab.numerics.networks.experiments import registry
    from edgestab.numerics.networks.experiments.result import ExperimentResult

    seen: list[int] = []

    def seed_itself(*, seed: int, **settings: object) -> ExperimentResult:
        seen.append(seed)
        if seed in settings.get("raises", ()):
            raise ValueError("gradient descent\ndiverges")
        return ExperimentResult({"seed": seed, "nan": math.nan, **settings})

    monkeypatch.setattr(registry, "experiment", lambda _: seed_itself)
    from edgestab.verify.observe import measure

    measure.cache_clear()
    yield seen
    measure.cache_clear()


def verdict_of(part: Observation, effort: str = "quick") -> ObservedEvidence:
    (evidence,) = check(Claim("mine.seed", "", "", "", (part,)), effort).evidence
    assert isinstance(evidence, ObservedEvidence)
    return evidence


def test_all_seeds_inside_is_supported_and_the_sentence_gives_the_range(runs) -> None:
    evidence = verdict_of(observation())
    assert runs == [0, 1, 2, 3]
    assert evidence.standing is Standing.SUPPORTED
    assert evidence.sentence == "no network, seeds 0 to 3: the seed 0 to 3 (in [0, 5])"
    assert evidence.statistics[0].margin == 0


def test_a_seed_outside_leaves_it_undecided_and_is_named(runs) -> None:
    evidence = verdict_of(observation(), "deep")
    assert runs == list(range(8))
    assert evidence.standing is Standing.UNDECIDED
    assert evidence.sentence.startswith("not seen on seeds 6, 7 (8 of 8 seeds must hold)")
    assert evidence.statistics[0].margin == -2


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize(("fraction", "standing"), [("3/4", Standing.SUPPORTED), ("7/8", Standing.UNDECIDED)])
def test_the_fraction_of_seeds_decides(fraction: str, standing: Standing) -> None:
    assert verdict_of(observation(at_least=sp.Rational(fraction)), "deep").standing is standing


@pytest.mark.usefixtures("runs")
def test_a_statistic_that_is_no_number_is_outside_every_bound() -> None:
    for bound in (between("nan", "", low="0"), between("nan", "", high="0")):
        evidence = verdict_of(observation(bounds=(bound,)))
        assert evidence.standing is Standing.UNDECIDED
        assert evidence.held == ()


@pytest.mark.usefixtures("runs")
def test_seeds_outside_the_hypotheses_are_left_out_and_counted() -> None:
    evidence = verdict_of(observation(provided=(between("seed", "", low="2"),)), "standard")
    assert (evidence.seeds, evidence.excluded) == ((2, 3, 4, 5), (0, 1))
    assert "(seeds 0, 1 outside the hypotheses)" in evidence.sentence


@pytest.mark.usefixtures("runs")
def test_fewer_than_half_of_the_seeds_inside_the_hypotheses_decide_nothing() -> None:
    assert verdict_of(observation(provided=(between("seed", "", low="2"),))).standing is Standing.SUPPORTED
    evidence = verdict_of(observation(provided=(between("seed", "", low="3"),)))
    assert evidence.standing is Standing.UNDECIDED
    assert evidence.sentence.startswith("fewer than half of the seeds meet the hypotheses")


@pytest.mark.usefixtures("runs")
def test_no_seed_inside_the_hypotheses_is_vacuous() -> None:
    evidence = verdict_of(observation(provided=(between("seed", "", low="100"),)))
    assert evidence.standing is Standing.UNDECIDED
    assert evidence.sentence.startswith("vacuous")


def test_equal_runs_are_shared_and_other_settings_are_not(runs) -> None:
    verdict_of(observation())
    verdict_of(observation(bounds=(between("seed", "", "0", "3"),)))
    assert runs == [0, 1, 2, 3]
    verdict_of(observation(settings=(("eta", sp.Rational(1, 2)),)))
    assert runs == [0, 1, 2, 3, 0, 1, 2, 3]


@pytest.mark.usefixtures("runs")
def test_a_run_that_fails_counts_against_the_claim_and_is_explained() -> None:
    part = observation(settings=(("raises", (1,)),), at_least=sp.Rational(3, 4))
    evidence = verdict_of(part)
    assert evidence.standing is Standing.SUPPORTED
    assert evidence.sentence.startswith("on 3 of 4 seeds, 3 needed")
    assert evidence.sentence.endswith("seed 1 failed: gradient descent diverges")
    assert len(evidence.statistics[0].values) == 3
    none = verdict_of(observation(settings=(("raises", (0, 1, 2, 3)),)))
    assert none.standing is Standing.UNDECIDED
    assert "not measured" in none.sentence


def test_the_first_seed_is_the_observation_s_own(runs) -> None:
    assert verdict_of(observation(first=3)).seeds == (3, 4, 5, 6)
    assert runs == [3, 4, 5, 6]


def test_an_unknown_experiment_is_an_error() -> None:
    pytest.importorskip("torch")
    with pytest.raises(ValueError, match="unknown experiment 'seed-itself'"):
        verdict_of(observation())


@pytest.mark.usefixtures("runs")
def test_an_unknown_statistic_is_an_error() -> None:
    with pytest.raises(KeyError, match="no statistic 'sead'; it has seed"):
        verdict_of(observation(bounds=(between("sead", "", low="0"),)))


@pytest.mark.usefixtures("runs")
def test_a_part_without_seeds_is_left_to_a_greater_effort() -> None:
    claim = Claim("mine.seed", "", "", "", (observation(), observation(seeds=(0, 2, 2))))
    assert len(check(claim, "quick").evidence) == 1
    assert check(claim, "quick").sentence.endswith("; 1 further observation is left to a greater effort")
    assert len(check(claim, "standard").evidence) == 2


def test_bounds_that_allow_everything_or_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="give low, high or both"):
        Bound("s", "")
    with pytest.raises(ValueError, match="exceeds"):
        between("s", "", "1", "0")


def test_without_torch_the_claims_are_undecided_and_say_what_to_install(monkeypatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "torch" else find(name))
    evidence = verdict_of(observation())
    assert evidence.standing is Standing.UNDECIDED
    assert evidence.sentence.startswith("not run: torch ")
    assert evidence.sentence.endswith('not installed; pip install "edgestab[nn]"')


def test_the_package_and_its_catalogue_work_with_torch_out_of_reach() -> None:
    code = (
        "import importlib.machinery, sys\n"
        "find = importlib.machinery.PathFinder.find_spec\n"
        "def without(name, *rest): return None if name.split('.')[0] == 'torch' else find(name, *rest)\n"
        "importlib.machinery.PathFinder.find_spec = without\n"
        "import edgestab\n"
        "from edgestab.cli import run\n"
        "sys.exit(run(['verify', 'cohen2021.edge-of-stability', 'zhu2023.minima']))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "1 PROVED, 1 UNDECIDED" in done.stdout or "1 UNDECIDED, 1 PROVED" in done.stdout


@pytest.mark.parametrize(("claim", "part"), OBSERVATIONS, ids=lambda v: v if isinstance(v, str) else v.name)
def test_observations_of_the_catalogue_are_well_formed(claim: str, part: Observation) -> None:
    if part.experiment not in EXPERIMENTS:
        pytest.importorskip("torch")
    assert callable(experiment_of(part.experiment)), claim
    assert list(part.seeds) == sorted(part.seeds)
    assert part.seeds == (1, 1, 1) if part.experiment in WITHOUT_CHANCE else part.seeds[1] >= 3
    assert sum(part.count(e) for e in EFFORTS) == sum(part.seeds)


def test_parts_left_to_greater_efforts_come_last_and_every_claim_has_one_at_quick() -> None:
    for claim in catalogue():
        runs = [not isinstance(p, Observation) or p.count("quick") > 0 for p in claim.parts]
        assert runs == sorted(runs, reverse=True)
        assert runs[0], claim.id
