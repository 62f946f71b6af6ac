"""The driver of lanes against plain loops: exact steps, statuses, and independence of how the work is cut up."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from numpy.typing import NDArray

from edgestab.numerics.orbits import driver
from edgestab.numerics.orbits.lanes import LaneKernel, Orbits
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.orbits.sweep import sweep
from edgestab.numerics.printers import reference
from edgestab.numerics.programs.program import program_of, step_program
from edgestab.theory.symbols import symbols
from tests.models_under_test import cached, eta

Array = NDArray[np.float64]

RADIUS = 1e8
TOLERANCE = 1e-9
BUDGET = 6400


def kernel_of(name: str = "quartic", number: int = 0, per_orbit: bool = True) -> LaneKernel:
    where = cached(name).coordinates[number]
    inputs = (*where.step.state, *where.step.parameters)
    own = (per_orbit,) * len(where.step.parameters)
    return LaneKernel(step_program(where.step), program_of([where.residual], inputs), len(where.step.state), own)


def starts_of(count: int, seed: int = 0) -> tuple[Array, Array]:
    """Starts of the quartic and step sizes with every kind of fate: converging, chaotic, diverging, overflowing."""
    generator = np.random.default_rng(seed)
    y = generator.uniform(0.05, 1.2, count)
    starts = np.array([y + generator.uniform(0, 3, count), y])
    starts[:, ::11] *= 10.0 ** generator.uniform(0, 200, starts[:, ::11].shape[1])
    return starts, generator.uniform(0.05, 0.45, count)


def plain_divergence(kernel: LaneKernel, starts: Array, parameters: Array, steps: int) -> NDArray[np.int64]:
    """For each orbit the first step at which it is outside the radius, -1 if none: one step at a time."""
    first = np.full(starts.shape[1], -1)
    state = starts
    for k in range(steps + 1):
        with np.errstate(invalid="ignore"):
            outside = ~(np.abs(state) <= RADIUS).all(axis=0)
        first[outside & (first < 0)] = k
        state = np.array(reference.evaluate(kernel.step, [*state, parameters]))
    return first


def plain_convergence(kernel: LaneKernel, starts: Array, parameters: Array, steps: int) -> NDArray[np.int64]:
    """For each orbit the first step at which the residual is at most the tolerance, -1 if none."""
    first = np.full(starts.shape[1], -1)
    state = starts
    for k in range(steps + 1):
        (rest,) = reference.evaluate(kernel.residual, [*state, parameters])
        first[(rest <= TOLERANCE) & (first < 0)] = k
        state = np.array(reference.evaluate(kernel.step, [*state, parameters]))
    return first


def same(a: Orbits, b: Orbits) -> bool:
    return all(np.array_equal(u, v, equal_nan=True) for u, v in zip(a, b, strict=True))


@pytest.mark.parametrize("check_every", [2, 64, 100])
def test_the_step_of_divergence_is_exact(check_every):
    kernel = kernel_of()
    starts, etas = starts_of(300)
    orbits = kernel.drive(starts, [etas], TOLERANCE, BUDGET, check_every=check_every, radius=RADIUS)
    left = np.isin(orbits.status, [Status.DIVERGED, Status.NONFINITE])
    assert 20 < left.sum() < 280
    assert len(set(orbits.steps[left])) > 5
    assert (orbits.steps[left] == plain_divergence(kernel, starts, etas, 500)[left]).all()


def test_the_final_state_of_a_diverged_orbit_is_the_first_one_outside():
    kernel = kernel_of()
    starts, etas = starts_of(200)
    orbits = kernel.drive(starts, [etas], TOLERANCE, BUDGET, radius=RADIUS)
    for i in np.flatnonzero(np.isin(orbits.status, [Status.DIVERGED, Status.NONFINITE])):
        reached = kernel.advance(starts[:, [i]], [etas[[i]]], int(orbits.steps[i]))[:, 0]
        assert np.array_equal(orbits.final[:, i], reached, equal_nan=True)
        finite = np.isfinite(reached).all()
        assert orbits.status[i] == (Status.DIVERGED if finite else Status.NONFINITE)
        assert orbits.residual[i] == np.inf


def near_the_edge(count: int) -> tuple[Array, Array]:
    """Starts next to barely stable minima: the residual falls slowly, a few percent in a hundred steps."""
    generator = np.random.default_rng(4)
    etas = generator.uniform(0.1, 0.3, count)
    multiplier = -1 + 10.0 ** generator.uniform(-3.5, -2.5, count)
    total = (1 - multiplier) / (2 * etas)  # x^2 + y^2 of the minimum with this multiplier
    x = np.sqrt((total + np.sqrt(total**2 - 4)) / 2)
    return np.array([x, (1 + 1e-8) / x]), etas


@pytest.mark.parametrize("check_every", [2, 16, 64])
def test_the_step_of_a_slow_convergence_is_exact(check_every):
    kernel = kernel_of()
    starts, etas = near_the_edge(60)
    orbits = kernel.drive(starts, [etas], TOLERANCE, 200_000, check_every=check_every, radius=RADIUS)
    assert (orbits.status == Status.CONVERGED).all()
    assert len(set(orbits.steps)) > 30
    assert (orbits.steps == plain_convergence(kernel, starts, etas, int(orbits.steps.max()))).all()


def test_the_step_of_a_fast_convergence_is_exact():
    kernel = kernel_of()
    starts = np.array([[1.3, 1.4, 1.2], [0.7, 0.65, 0.8]])
    etas = np.array([0.1, 0.15, 0.2])
    orbits = kernel.drive(starts, [etas], TOLERANCE, BUDGET, radius=RADIUS)
    assert (orbits.status == Status.CONVERGED).all()
    assert orbits.steps.tolist() == plain_convergence(kernel, starts, etas, 500).tolist()


def test_every_orbit_gets_a_status_and_no_nan_goes_without():
    starts, etas = starts_of(2000, seed=3)
    starts[:, :4] = [[np.nan, np.inf, 1e300, 0.0], [1.0, 1.0, -1e300, 0.0]]
    orbits = kernel_of().drive(starts, [etas], TOLERANCE, BUDGET, radius=RADIUS)
    assert (orbits.status != Status.PENDING).all()
    bad = ~np.isfinite(orbits.final).all(axis=0)
    assert (orbits.status[bad] == Status.NONFINITE).all()
    assert orbits.status[:2].tolist() == [Status.NONFINITE] * 2
    assert orbits.status[2] == Status.DIVERGED
    assert not np.isnan(orbits.residual).any()
    assert not np.isnan(orbits.ratio).any()
    assert {Status.CONVERGED, Status.DIVERGED, Status.NONFINITE, Status.UNDECIDED} <= set(orbits.status)


def test_an_undecided_orbit_spent_its_budget():
    kernel = kernel_of()
    starts, etas = starts_of(500)
    budgets = np.random.default_rng(0).integers(1, 2000, 500)
    orbits = kernel.drive(starts, [etas], 1e-300, budgets, check_every=50, radius=RADIUS)
    spent = orbits.status == Status.UNDECIDED
    assert spent.sum() > 50
    assert (orbits.steps[spent] >= budgets[spent]).all()
    assert (orbits.steps[spent] < budgets[spent] + 50).all()
    i = np.flatnonzero(spent)[0]
    assert (orbits.final[:, [i]] == kernel.advance(starts[:, [i]], [etas[[i]]], int(orbits.steps[i]))).all()


def test_a_parameter_per_orbit_equals_a_shared_one():
    starts, _ = starts_of(700)
    shared = kernel_of(per_orbit=False).drive(starts, [0.21], TOLERANCE, BUDGET)
    assert same(kernel_of().drive(starts, [np.full(700, 0.21)], TOLERANCE, BUDGET), shared)
    assert same(kernel_of().drive(starts, [0.21], TOLERANCE, BUDGET), shared)


def test_results_do_not_depend_on_check_every():
    starts, etas = starts_of(400, seed=8)
    runs = [
        kernel_of().drive(starts, [etas], TOLERANCE, BUDGET, check_every=every, radius=RADIUS)
        for every in (2, 16, 64, 128, 320)
    ]
    left = np.isin(runs[0].status, [Status.DIVERGED, Status.NONFINITE])
    assert left.any()
    for run in runs[1:]:
        assert (run.status == runs[0].status).all()
        assert (run.steps[left] == runs[0].steps[left]).all()


@pytest.mark.parametrize("count", [1, 255, 256, 257, 900])
def test_results_do_not_depend_on_the_order_of_orbits(count):
    starts, etas = starts_of(count, seed=count)
    kernel = kernel_of()
    plain = kernel.drive(starts, [etas], TOLERANCE, BUDGET)
    order = np.random.default_rng(2).permutation(count)
    mixed = kernel.drive(starts[:, order], [etas[order]], TOLERANCE, BUDGET)
    assert same(Orbits(*(part[..., order] for part in plain)), mixed)


def test_no_orbits_are_no_work():
    orbits = kernel_of().drive(np.empty((2, 0)), [np.empty(0)], TOLERANCE, BUDGET)
    assert orbits.status.size == 0
    assert sweep(cached("quartic"), np.empty((2, 0)), {eta: 0.1}).sizes["orbit"] == 0


@pytest.mark.parametrize("check_every", [0, -2, 1, 33])
def test_an_odd_or_empty_check_interval_is_refused(check_every):
    with pytest.raises(ValueError, match="check_every must be even and positive"):
        kernel_of().drive(np.ones((2, 1)), [0.1], TOLERANCE, BUDGET, check_every=check_every)


def test_a_wrong_number_of_parameters_is_refused():
    with pytest.raises(ValueError, match="argument"):
        kernel_of().drive(np.ones((2, 1)), [0.1, 0.2], TOLERANCE, BUDGET)


def test_the_driver_writes_the_statuses() -> None:
    assert (driver.CONVERGED, driver.DIVERGED, driver.NONFINITE, driver.UNDECIDED) == (
        Status.CONVERGED,
        Status.DIVERGED,
        Status.NONFINITE,
        Status.UNDECIDED,
    )


@pytest.mark.parametrize("order", [1, -1])
def test_one_coordinate_that_is_undefined_ends_an_orbit(order: int) -> None:
    u, v = symbols("u v")
    step, state = (sp.sqrt(u) - 2, v / 2)[::order], (u, v)[::order]
    kernel = LaneKernel(program_of(step, state), program_of([sp.Abs(v) + 1], state), 2, ())
    found = kernel.drive(np.array([[9.0, 4.0], [1.0, 1.0]][::order]), [], 1e-9, 1000)
    # 9 -> 1 -> -1 -> undefined; 4 -> 0 -> -2 -> undefined; v is halved
    assert found.status.tolist() == [Status.NONFINITE, Status.NONFINITE]
    assert found.steps.tolist() == [3, 3]
