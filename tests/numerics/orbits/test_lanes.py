"""The driver of lanes against plain loops: exact steps, statuses, and independence of how the work is cut up."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
import xarray as xr
from numpy.typing import NDArray

from edgestab.numerics.orbits.follow import Rules
from edgestab.numerics.orbits.lanes import LaneKernel, Orbits
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.orbits.sweep import TILE, sweep
from edgestab.numerics.printers import reference
from edgestab.numerics.programs.program import program_of, step_program
from edgestab.theory.loss import Loss
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.stepmap import Observer
from edgestab.theory.symbols import symbols
from tests.models_under_test import cached, eta, frozen_s

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


# Sweeps.

SHORT = Rules(budget=100, least=2000, most=20_000)


def positive_starts(count: int, seed: int) -> tuple[Array, Array]:
    generator = np.random.default_rng(seed)
    y = generator.uniform(0.1, 1.0, count)
    return np.array([y + generator.uniform(0.05, 2.5, count), y]), generator.uniform(0.1, 0.45, count)


@pytest.mark.parametrize("number", [0, 1])
def test_one_thread_equals_two(number):
    m = cached("quartic")
    starts, etas = positive_starts(2 * TILE + 77, seed=1)
    one, two = (
        sweep(m, starts, {eta: etas}, coordinates=m.coordinates[number], rules=SHORT, threads=t) for t in (1, 2)
    )
    xr.testing.assert_identical(one, two)
    assert len(set(one.status.values.tolist())) > 1


@pytest.mark.parametrize("etas", [(0.1, 0.2), (0.2, 0.2)])
def test_a_sweep_of_a_concatenation_is_the_concatenation_of_sweeps(etas):
    m = cached("quartic")
    parts = [positive_starts(count, seed=count)[0] for count in (TILE - 5, 333)]
    values = [np.full(p.shape[1], e) for p, e in zip(parts, etas, strict=True)]
    whole = sweep(m, np.hstack(parts), {eta: np.concatenate(values)}, rules=SHORT)
    pieces = [sweep(m, p, {eta: v}, rules=SHORT) for p, v in zip(parts, values, strict=True)]
    xr.testing.assert_equal(whole, xr.concat(pieces, dim="orbit"))


def test_a_sweep_holds_no_nan_without_a_status():
    m = cached("quartic")
    starts, etas = starts_of(1000, seed=5)
    starts[:, :2] = [[np.nan, np.inf], [0.5, 0.5]]
    for where in m.coordinates:
        found = sweep(m, starts, {eta: etas}, coordinates=where, rules=SHORT)
        status = found.status.values
        assert (status != Status.PENDING).all()
        converged = status == Status.CONVERGED
        assert np.isfinite(found.sharpness.values[converged]).all()
        assert np.isnan(found.sharpness.values[~converged]).all()
        assert (found.limit.values >= 0).tolist() == converged.tolist()
        bad = ~np.isfinite([found[f"final_{s}"].values for s in where.step.state]).all(axis=0)
        assert np.isin(status[bad], [Status.DIVERGED, Status.NONFINITE]).all()
        assert not np.isnan(found.residual.values).any()
        assert ((found.period.values > 0) == (status == Status.PERIODIC)).all()
        assert (etas * found.sharpness.values)[converged].max() < 2 * (1 + 1e-9)


@pytest.mark.parametrize("number", [0, 1])
def test_a_start_on_an_unstable_minimum_has_not_converged(number):
    m = cached("quartic")
    starts = np.array([[4.0, 8.0, 2.0], [0.25, 0.125, 0.5]])  # xy = 1 to the bit, sharpness 2 (x^2 + y^2)
    etas = np.array([0.2, 0.05, 0.3])
    assert (etas * 2 * (starts**2).sum(axis=0) > 2).all()
    found = sweep(m, starts, {eta: etas}, coordinates=m.coordinates[number], rules=SHORT)
    assert found.status.values.tolist() == [Status.UNDECIDED] * 3
    assert np.isnan(found.sharpness.values).all()


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("offset", [1e-13, -1e-13, 3e-12])
def test_a_start_beside_an_unstable_minimum_does_not_count_as_converged_there(number, offset):
    m = cached("quartic")
    x = np.array([4.0, 3.3, 2.4, 2.3, 1.9])
    starts, etas = np.array([x, (1 + offset) / x]), np.array([0.2, 0.11, 0.17, 0.19, 0.27])
    there = 2 * (starts**2).sum(axis=0)
    assert (etas * there > 2.001).all()
    found = sweep(m, starts, {eta: etas}, coordinates=m.coordinates[number], rules=SHORT)
    moved = np.abs(np.array([found.final_x.values, found.final_y.values]) - starts).max(axis=0)
    assert not (moved < 1e-3).any()  # every orbit is followed away from there, or beyond all bounds
    assert (found.steps.values > 0).all()
    converged = found.status.values == Status.CONVERGED
    assert (etas * found.sharpness.values)[converged].max(initial=0) < 2
    assert (np.abs(found.sharpness.values - there) > 1e-3)[converged].all()


def test_a_start_on_a_stable_minimum_has_converged_at_once():
    m = cached("quartic")
    found = sweep(m, np.array([[2.0], [0.5]]), {eta: 0.2}, coordinates=m.own)
    assert found.status.values.tolist() == [Status.CONVERGED]
    assert found.steps.values.tolist() == [0]
    assert found.sharpness.values.tolist() == [8.5]


def test_cycles_are_recognised_with_their_least_period():
    m = cached("frozen-cubic")
    s = np.array([0.5, 1.1, 1.26, 2.0, 2.3])  # fixed point, 2-cycle, 4-cycle, chaos, escape
    found = sweep(m, np.full((1, 5), 0.7), {frozen_s: s}, rules=Rules(1, 20_000, 20_000))
    kinds = [Status(v) for v in found.status.values]
    assert kinds == [Status.CONVERGED, Status.PERIODIC, Status.PERIODIC, Status.BOUNDED, kinds[4]]
    assert kinds[4] in (Status.DIVERGED, Status.NONFINITE)
    assert found.period.values.tolist() == [0, 2, 4, 0, 0]


def test_a_missing_parameter_is_named():
    with pytest.raises(ValueError, match="no value is given for eta"):
        sweep(cached("quartic"), np.ones((2, 1)), {})


def test_progress_counts_every_orbit():
    seen: list[tuple[int, int]] = []
    starts, etas = positive_starts(2 * TILE + 1, seed=0)
    sweep(cached("quartic"), starts, {eta: etas}, rules=Rules(1, 100, 100), progress=lambda *a: seen.append(a))
    assert len(seen) == 3
    assert seen[-1] == (2 * TILE + 1, 2 * TILE + 1)


@pytest.mark.parametrize(("extremum", "increment"), [(sp.Min, True), (sp.Max, False)])
def test_observers_equal_a_numpy_reference(extremum, increment):
    m = cached("quartic")
    x, y, seen = symbols("x y seen")
    quantity = x**2 - y**2 + x * y / 3
    observer = Observer(seen, quantity, extremum, quantity if increment else None)
    starts, etas = positive_starts(400, seed=6)
    rules = Rules(1, 640, 640)
    found = sweep(m, starts, {eta: etas}, coordinates=m.own, observers=(observer,), rules=rules)
    program, of = step_program(m.own.step), program_of([quantity], [x, y])
    spent = np.isin(found.status.values, [Status.BOUNDED, Status.UNDECIDED, Status.PERIODIC])
    state = starts
    value = reference.evaluate(of, state)[0]
    worse = np.minimum if extremum is sp.Min else np.maximum
    running = np.full(400, np.inf if extremum is sp.Min else -np.inf) if increment else value
    for _ in range(640):
        state = np.array(reference.evaluate(program, [*state, etas]))
        new = reference.evaluate(of, state)[0]
        with np.errstate(invalid="ignore"):
            running = worse(running, new - value if increment else new)
        value = new
    assert spent.sum() > 10
    assert (found.steps.values[spent] == 640).all()
    assert found.final_seen.values[spent] == pytest.approx(running[spent], rel=1e-13, abs=1e-13)
    bound = found.final_seen.values[found.status.values == Status.CONVERGED]
    assert np.isfinite(bound).all()


def test_an_observer_does_not_change_the_orbit():
    m = cached("quartic")
    x, y, seen = symbols("x y seen")
    quantity = x**2 - y**2 + x * y / 3
    starts, etas = positive_starts(300, seed=7)
    plain = sweep(m, starts, {eta: etas}, coordinates=m.own, rules=SHORT)
    watched = sweep(
        m, starts, {eta: etas}, coordinates=m.own, rules=SHORT, observers=(Observer(seen, quantity, sp.Max),)
    )
    xr.testing.assert_equal(plain, watched.drop_vars("final_seen"))


@pytest.mark.parametrize("start", [(2.5, 0.5), (0.5, 2.5), (-2.5, -0.5), (2.5, -0.5), (-0.5, 2.5)])
def test_the_final_state_does_not_depend_on_the_coordinates(start):
    """The (v, b) chart holds for x > y > 0; other starts must come back as themselves, not as a mirror image."""
    m = cached("quartic")
    starts = np.array(start)[:, None]
    own, best = (sweep(m, starts, {eta: 0.2}, coordinates=c) for c in m.coordinates)
    assert own.status.values.tolist() == best.status.values.tolist() == [Status.CONVERGED]
    assert best.final_x.values == pytest.approx(own.final_x.values, abs=1e-6)
    assert best.final_y.values == pytest.approx(own.final_y.values, abs=1e-6)
    assert best.sharpness.values == pytest.approx(own.sharpness.values, abs=1e-6)


@pytest.mark.parametrize("names", ["u v", "x b"])
def test_a_loss_may_call_its_parameters_as_the_chart_calls_its_own(names):
    one, two = names.split()
    m = model_of_loss(Loss.parse(f"(1 - {one}**2*{two}**2)**2/4", names))
    found = sweep(m, np.array([[2.5], [0.5]]), {eta: 0.2})
    assert found.status.values.tolist() == [Status.CONVERGED]
    assert (found[f"final_{one}"] * found[f"final_{two}"]).values == pytest.approx([1.0], abs=1e-7)
