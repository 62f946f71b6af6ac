"""Sweeps: the same outcomes however the work is cut up, in any coordinates, with or without observers."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
import xarray as xr
from numpy.typing import NDArray

from edgestab.numerics.orbits.follow import Rules
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.orbits.sweep import SMALLEST_TILE, TILE, sweep
from edgestab.numerics.printers import reference
from edgestab.numerics.programs.program import program_of, step_program
from edgestab.theory.loss import Loss
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.stepmap import Observer
from edgestab.theory.symbols import symbols
from tests.models_under_test import cached, eta, frozen_s
from tests.numerics.orbits.test_lanes import starts_of

Array = NDArray[np.float64]

SHORT = Rules(budget=100, least=2000, most=20_000)


def positive_starts(count: int, seed: int) -> tuple[Array, Array]:
    generator = np.random.default_rng(seed)
    y = generator.uniform(0.1, 1.0, count)
    return np.array([y + generator.uniform(0.05, 2.5, count), y]), generator.uniform(0.1, 0.45, count)


@pytest.mark.parametrize("count", [2 * SMALLEST_TILE + 7, 2 * TILE + 77])
@pytest.mark.parametrize("number", [0, 1])
def test_one_thread_equals_two(number, count):
    m = cached("quartic")
    starts, etas = positive_starts(count, seed=1)
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


@pytest.mark.parametrize(("s", "period"), [("1.30226524", 128), ("1.3022795", 256), ("1.3022826", 512)])
def test_long_cycles_are_recognised_between_the_flips_that_bear_them(s, period):
    # The flips of periods 64, 128, 256 and 512 are at s = 1.3022534, 1.3022770, 1.3022821 and 1.3022832.
    found = sweep(cached("frozen-cubic"), np.full((1, 1), 0.4), {frozen_s: np.array([float(s)])})
    assert found.status.values.tolist() == [Status.PERIODIC]
    assert found.period.values.tolist() == [period]


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
