"""The experiments on arrays: reproducible, without torch, and no longer supporting their claims when the mathematics is wrong."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgestab.errors import InputError
from edgestab.numerics.matrices import pairs, two_cycle
from edgestab.numerics.matrices.experiments import (
    amplitudes,
    cascade,
    chains,
    escape,
    growth,
    mirror,
    noise,
    orbit,
    toy,
    transverse,
)
from edgestab.numerics.matrices.experiments.diagonal_runs import many, run
from edgestab.numerics.matrices.experiments.registry import EXPERIMENTS, WITHOUT_CHANCE, experiment
from edgestab.numerics.matrices.experiments.spectra import oscillating, spectra
from edgestab.numerics.matrices.factorization import Factorization, factorization
from edgestab.theory.claims.catalogue import find
from edgestab.verify.check import check
from edgestab.verify.evidence.standing import Standing
from edgestab.verify.observe import measure

ROOT = Path(__file__).parents[4]
QUICK: dict[str, dict[str, Any]] = {
    "balanced-cascade": {"count": 4},
    "deep-linear-amplitudes": {"count": 4, "steps": 300},
    "deep-linear-growth": {"count": 3, "periods": 40},
    "deep-linear-noise": {"count": 3, "steps": 100},
    "deep-linear-orbit": {"eta": 0.0325, "steps": 400},
    "deep-linear-rank-one": {"count": 5},
    "deep-linear-rank-two": {"count": 20},
    "diagonal-mirror": {"eta": 0.5, "steps": 300},
    "scalar-chain-ends": {"count": 20, "steps": 500},
    "scalar-chain-gaps": {"count": 20, "steps": 50},
    "toy-run": {"eta": 0.013},
    "uv-escape": {"count": 5},
}


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_is_its_seed(name: str) -> None:
    once, again, other = (experiment(name)(seed=seed, **QUICK[name]).statistics for seed in (3, 3, 4))
    assert once == again
    assert (once == other) if name in WITHOUT_CHANCE else once != other or name in ("deep-linear-orbit", "uv-escape")


def test_an_unknown_experiment_is_named() -> None:
    with pytest.raises(InputError, match="unknown experiment 'none'"):
        experiment("none")
    with pytest.raises(InputError, match="side is above or below"):
        noise.noise(seed=0, side="left")
    with pytest.raises(InputError, match="start is one of"):
        orbit.orbit(seed=0, eta=0.03, start="middle")


def test_a_stack_of_targets_is_each_target_by_itself() -> None:
    drawn = spectra(0, 3, 5, 3, (0.5, 0.9), (0.1, 0.9))
    model = many(drawn.sigma, 3)
    w = np.random.default_rng(0).standard_normal((5, model.size)) / 2
    ends = run(model, w, drawn.eta, 20)
    for k in range(5):
        own = factorization(np.diag(drawn.sigma[k]), depth=3)
        x = w[k : k + 1]
        for _ in range(20):
            x = x - drawn.eta[k] * own.loss_and_gradient(x)[1]
        assert (x[0] == ends[k]).all()


def test_spectra_are_in_their_ranges() -> None:
    drawn = spectra(1, 4, 300, 3, (0.6, 0.98), (0.1, 0.9), apart=0.01)
    assert drawn.sigma.shape == (300, 3)
    assert (drawn.sigma[:, 0] == 1).all()
    assert (np.diff(drawn.sigma, axis=1) < 0).all()
    edges = drawn.eta[:, None] * 4 * drawn.sigma**1.5 / 2
    assert abs(edges - 1).min() >= 0.01
    assert (drawn.eta < two_cycle.second_flip(4)).all()
    assert (oscillating(drawn, 4) == (edges > 1).sum(axis=1)).all()


def test_claims_about_arrays_need_no_torch() -> None:
    code = (
        "import importlib.machinery, sys\n"
        "find = importlib.machinery.PathFinder.find_spec\n"
        "def without(name, *rest): return None if name.split('.')[0] == 'torch' else find(name, *rest)\n"
        "importlib.machinery.PathFinder.find_spec = without\n"
        "from edgestab.cli import run\n"
        "code = run(['verify', 'ghosh2025.rank-two-unstable'])\n"
        "assert 'torch' not in sys.modules\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "1 SUPPORTED" in done.stdout


Patch = Callable[[pytest.MonkeyPatch], None]


def with_a_further_factor(m: pytest.MonkeyPatch) -> None:
    """Use z = 1 + eta L (sigma - rho^L) rho^(L-2), as transcribed."""
    right = two_cycle.two_cycle
    m.setattr(amplitudes, "two_cycle", lambda eta, sigma, depth: right(depth * np.asarray(eta), sigma, depth))


def with_other_thresholds(m: pytest.MonkeyPatch) -> None:
    right = amplitudes.oscillating
    m.setattr(amplitudes, "oscillating", lambda drawn, depth: right(replace(drawn, eta=1.05 * drawn.eta), depth))


def without_mixing(m: pytest.MonkeyPatch) -> None:
    """Leave out the blocks between (i, j) and (j, i)."""
    right = pairs.pair_hessian

    def mutant(x, y, sigma_i, sigma_j):
        h, depth = right(x, y, sigma_i, sigma_j), np.shape(x)[1]
        h[:, :depth, depth:] = h[:, depth:, :depth] = 0
        return h

    m.setattr(pairs, "pair_hessian", mutant)


def with_larger_steps_in_the_runs(m: pytest.MonkeyPatch) -> None:
    right = growth.run
    m.setattr(growth, "run", lambda model, w, eta, steps: right(model, w, (1 + 1e-5) * eta, steps))


def without_noise(m: pytest.MonkeyPatch) -> None:
    m.setattr(noise, "perturbed", lambda w, *_: w)


def with_much_noise(m: pytest.MonkeyPatch) -> None:
    m.setattr(noise, "perturbed", lambda w, _, seed: w + np.random.default_rng(seed).standard_normal(w.shape))


def with_smaller_steps(m: pytest.MonkeyPatch) -> None:
    right = orbit.iterates
    m.setattr(orbit, "iterates", lambda model, w, eta, steps: right(model, w, 0.9 * eta, steps))


def with_another_gradient(m: pytest.MonkeyPatch) -> None:
    """Twice the gradient, as without the factor 1/2 in the loss."""
    right = Factorization.loss_and_gradient
    m.setattr(Factorization, "loss_and_gradient", lambda self, w: (lambda f, g: (f, 2 * g))(*right(self, w)))


def with_another_lambda(m: pytest.MonkeyPatch) -> None:
    """Take S_1 in place of lambda_12."""
    m.setattr(noise, "curvatures", lambda _, depth: np.full((2, 2), depth * 1.0))


def with_chains_at_steps(factor: float) -> Patch:
    def patch(m: pytest.MonkeyPatch) -> None:
        right = chains.step
        m.setattr(chains, "step", lambda x, eta: right(x, factor * eta))

    return patch


def with_another_start(m: pytest.MonkeyPatch) -> None:
    m.setattr(toy, "START", (-0.1, 10.02))


def with_ends_at_chance(m: pytest.MonkeyPatch) -> None:
    """Move the labels after the fact: the run ends elsewhere than its slopes say."""
    right = mirror.diagonal_network
    m.setattr(mirror, "diagonal_network", lambda x, y: right(x + 1e-6, y))


def with_another_depth(m: pytest.MonkeyPatch) -> None:
    right = cascade.balanced
    m.setattr(cascade, "balanced", lambda depth: right(depth + 1))


def with_starts_inside(m: pytest.MonkeyPatch) -> None:
    right = escape.steps_to_escape
    m.setattr(escape, "steps_to_escape", lambda p, q, a, most: right(p / 3, q / 3, a, most // 40))


MUTANTS: dict[str, tuple[str, int, Patch]] = {
    "a further factor of L": ("orbit-amplitudes", 1, with_a_further_factor),
    "twice the gradient": ("orbit-amplitudes", 1, with_another_gradient),
    "other thresholds": ("count-on-singular-vectors", 1, with_other_thresholds),
    "no noise": ("count-fails-in-full-space", 0, without_noise),
    "S_1 in place of lambda_12": ("count-fails-in-full-space", 0, with_another_lambda),
    "noise of size 1": ("count-fails-in-full-space", 3, with_much_noise),
    "no mixing entries": ("rank-two-unstable", 0, without_mixing),
    "no mixing entries, rank one": ("rank-one-window", 1, without_mixing),
    "steps 1e-5 larger": ("multipliers-in-runs", 1, with_larger_steps_in_the_runs),
    "steps a tenth smaller, on the set": ("example", 0, with_smaller_steps),
    "steps a tenth smaller, at 0.036": ("example", -1, with_smaller_steps),
    "gaps with steps a fifth larger": ("gaps-along-runs", 0, with_chains_at_steps(1.2)),
    "gaps with steps a third smaller": ("gaps-along-runs", 1, with_chains_at_steps(2 / 3)),
    "ends of steps a tenth smaller": ("ends-are-stable", 1, with_chains_at_steps(0.9)),
    "ends of twice the step": ("ends-are-stable", 0, with_chains_at_steps(2)),
    "another start of the toy": ("wang2024.toy-table", 0, with_another_start),
    "another data matrix": ("even2023.limit", 1, with_ends_at_chance),
    "a chain of another depth": ("accumulation", 0, with_another_depth),
    "starts inside the ellipse": ("kalra2023.escape", -1, with_starts_inside),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_not_supported(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    claim, part, patch = MUTANTS[name]
    patch(monkeypatch)
    whole = find(claim if "." in claim else f"ghosh2025.{claim}")
    parts = (*whole.parts, *whole.checks)
    measure.cache_clear()
    try:
        with np.errstate(all="ignore"):
            verdict = check(replace(whole, parts=(parts[part],), checks=()), "quick")
    finally:
        measure.cache_clear()
    assert verdict.standing is Standing.UNDECIDED, verdict.sentence


def test_a_toy_that_does_not_end_and_a_side_that_is_none_are_refused() -> None:
    with pytest.raises(InputError, match="take a smaller step size"):
        toy.toy(seed=0, eta=0.011, steps=100)
    with pytest.raises(InputError, match="side is below or above"):
        chains.ends(seed=0, side="left")


def test_radii_are_those_of_dense_monodromies() -> None:
    from edgestab.numerics.floquet.dynamics import dynamics_of
    from edgestab.numerics.floquet.floquet import floquet

    for phase in (1, -1):
        model = factorization(np.diag([1.0, 0.9]), depth=3)
        eta = 0.8
        dense = floquet(dynamics_of(model, eta), two_cycle.two_cycle_starts(model, eta, (1, phase))[0], 2)
        ours = transverse.radii(np.array([eta]), np.array([0.9]), 3, phase)
        assert ours[0] == pytest.approx(dense.radius, abs=1e-12)
