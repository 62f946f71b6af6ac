"""Sampling evidence: bounds, designs, determinism."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import sympy as sp

from edgestab.numerics.orbits import designs
from edgestab.theory.conclusions.converges import Converges
from edgestab.theory.conclusions.final_sharpness import FinalSharpness
from edgestab.theory.effort import EFFORTS
from edgestab.theory.models.catalogue import model
from edgestab.theory.region import Region
from edgestab.theory.statement import OrbitStatement, StepSizes
from edgestab.theory.symbols import ETA, symbol
from edgestab.verify.orbits.starts import dimension, draw
from edgestab.verify.sampling import sampling
from edgestab.verify.sampling.in_balls import Looked
from edgestab.verify.sampling.measure import Margins
from edgestab.verify.sampling.sampling import binomial_bounds, sample_statement


@pytest.mark.parametrize(("failures", "trials"), [(0, 1000), (3, 100), (100, 100), (1, 7), (50, 100)])
def test_binomial_bounds_are_exact(failures: int, trials: int) -> None:
    low, high = binomial_bounds(failures, trials, 0.99)

    def at_most(k: int, p: float) -> float:
        return sum(math.comb(trials, i) * p**i * (1 - p) ** (trials - i) for i in range(k + 1))

    tail = 0.01 if failures in (0, trials) else 0.005
    if failures < trials:
        assert at_most(failures, high) == pytest.approx(tail, rel=1e-6)
    if failures > 0:
        assert 1 - at_most(failures - 1, low) == pytest.approx(tail, rel=1e-6)


def _statement(low: str = "20/3", values: tuple[str, ...] = ("0.1", "0.2")) -> OrbitStatement:
    m = model("quartic")
    region = Region.in_coordinates(m, {"offset": ("0.05", "0.2"), "b": ("-0.2", "0.1")}, (sp.Ne(symbol("b"), 0),))
    return OrbitStatement(
        "t", m, StepSizes.of(*values), region, FinalSharpness(2 / ETA - sp.Rational(low) * ETA, 2 / ETA)
    )


def test_draws_lie_inside_the_hypotheses() -> None:
    s = _statement()
    unit = np.vstack([np.random.default_rng(0).random((500, 3)), designs.boundary_seeking(500, 3, 0)])
    sample = draw(s, unit)
    assert dimension(s) == 3
    assert sample.count + sample.excluded == 1000
    offset, b = sample.variables[symbol("offset")], sample.variables[symbol("b")]
    assert ((offset > 0.05) & (offset < 0.2) & (b > -0.2) & (b < 0.1) & (b != 0)).all()
    assert set(np.unique(sample.eta)) == {0.1, 0.2}
    x, y = sample.start
    assert x * y - 1 == pytest.approx(b, abs=1e-12)
    assert sample.eta**2 * ((x**2 - y**2) ** 2 + 4) - 1 == pytest.approx(offset, rel=1e-9)


def test_the_boundary_design_crowds_the_boundary() -> None:
    near = np.minimum(designs.boundary_seeking(2000, 3, 1), 1 - designs.boundary_seeking(2000, 3, 1)).min(axis=1)
    assert (near <= 0.1 + 1e-12).all()
    assert (near < 1e-6).mean() > 0.2


def test_evidence_does_not_depend_on_threads() -> None:
    one, two = (sample_statement(_statement(), EFFORTS["quick"], threads=n) for n in (1, 2))
    assert one == two
    assert (one.series["margin"] == two.series["margin"]).all()


def test_a_thin_failure_is_found_by_the_attack() -> None:
    # The gap at eta = 0.1 lies in (0.461479, 0.461498) on this region; only its lowest part fails a window from 0.46149.
    evidence = sample_statement(_statement("0.461496", ("0.1",)), EFFORTS["quick"])
    assert evidence.counterexample is not None


def test_a_single_start_is_exhaustive() -> None:
    m = model("quartic")
    region = Region.in_coordinates(m, {"x": ("2.6", "2.6"), "y": ("0.3", "0.3")})
    evidence = sample_statement(
        OrbitStatement("t", m, StepSizes.of("0.2", "0.25"), region, Converges()), EFFORTS["quick"]
    )
    assert evidence.points == 2
    assert "one start" in evidence.sentence


def test_failures_that_ball_arithmetic_clears_do_not_count_in_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    def cleared(_statement: object, _sample: object, measured: Margins, _effort: object) -> Looked:
        return Looked(replace(measured, margin=np.abs(measured.margin)))

    wrong = _statement("0.461496", ("0.1",))
    assert sample_statement(wrong, EFFORTS["quick"]).uniform_failed > 0
    monkeypatch.setattr(sampling, "look", cleared)
    evidence = sample_statement(wrong, EFFORTS["quick"])
    assert evidence.uniform_failed == 0
    assert evidence.failing_fraction[1] < 0.01
