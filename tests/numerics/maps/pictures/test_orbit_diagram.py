"""Orbit diagrams against exact cycles and against orbits followed one step at a time by the NumPy reference."""

from __future__ import annotations

import dataclasses
import json
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from threading import Barrier

import numpy as np
import pytest
import sympy as sp
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edgestab.numerics.maps.pictures import orbit_diagram as module
from edgestab.numerics.maps.pictures.orbit_diagram import DOWN, FRESH, UP, OrbitDiagramJob, orbit_diagram
from edgestab.numerics.printers import density, reference
from edgestab.numerics.programs import modules
from edgestab.numerics.programs.program import program_of, step_program
from edgestab.numerics.tiling.tiles import compute_tile, digest, fingerprint
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import symbols
from tests.models_under_test import cached, eta, frozen_s

Array = NDArray[np.float64]

CUBIC = cached("frozen-cubic").own.step
QUARTIC = cached("quartic").own.step
D = CUBIC.state[0]
X, Y = QUARTIC.state

A, B, U, V = symbols("a b u v")
HENON = StepMap("Henon map", (U, V), (1 - A * U**2 + V, B * U), (A, B))
DELAYED = StepMap("delayed logistic map", (U, V), (V, A * V * (1 - U)), (A,))
BISTABLE = StepMap("cubic map with two attractors", (U,), (A + sp.Rational(3, 2) * U - U**3,), (A,))
"""Fixed points solve a = u^3 - u/2; two of them attract for |a| < 1/(3 sqrt 6), where they meet a third one."""

FOLD = 1 / (3 * np.sqrt(6))


def job_of(**changes) -> OrbitDiagramJob:
    """A small diagram of the frozen cubic, with some fields changed."""
    fields = {
        "step": CUBIC, "swept": frozen_s, "interval": (0.9, 2.1), "columns": 50, "observable": D,
        "window": (-1.5, 1.5), "rows": 61, "starts": [[0.4, 0.7, 0.9]], "settle": 100, "kept": 70,
    }  # fmt: skip
    return OrbitDiagramJob(**(fields | changes))


CASES = {
    "cubic": job_of(),
    "cubic, narrow window": job_of(window=(0.2, 0.9), observable=D**2 - frozen_s / 3),
    "quartic, xy over eta": job_of(
        step=QUARTIC, swept=eta, interval=(0.1, 0.6), observable=X * Y, window=(-1, 2), starts=[[2.1, 2.3], [0.4, 0.2]]
    ),
    "quartic, over a start": job_of(
        step=QUARTIC, swept=X, interval=(2, 6), observable=X * Y, window=(0, 2), starts=[[0.0, 0.0], [0.4, 0.2]],
        parameters={eta: Fraction(1, 5)}, settle=40,
    ),
    "quartic, best coordinates": job_of(
        step=cached("quartic").best.step, swept=eta, interval=(0.05, 0.2), window=(-0.4, 0.4), settle=300,
        observable=cached("quartic").best.step.state[1], starts=[[1.0, 9.0], [0.05, -0.1]],
    ),
    "Henon over a": job_of(
        step=HENON, swept=A, interval=(1, 1.45), observable=U, starts=[[0.1], [0.1]], parameters={B: 0.3}
    ),
    "Henon over b, reversed": job_of(
        step=HENON, swept=B, interval=(-0.3, 0.35), observable=U - 2 * V + A, starts=[[0.1], [0.1]],
        parameters={A: Fraction(6, 5)}, window=(-2, 4),
    ),
    "a step that permutes its state": job_of(
        step=DELAYED, swept=A, interval=(1.9, 2.4), observable=U, starts=[[0.3, 0.5], [0.4, 0.6]], window=(0, 1)
    ),
}  # fmt: skip


def binned(job: OrbitDiagramJob, table: NDArray[np.int64], column: NDArray[np.int64], values: Array) -> None:
    """Add values to a table of rows below, 0 .. rows - 1, above, not finite."""
    low, high = map(float, job.window)
    with np.errstate(all="ignore"):
        row = np.clip(np.floor((values - low) * (job.rows / (high - low))), -1, job.rows)
    row = np.where(np.isfinite(values), row, job.rows + 1).astype(int)
    np.add.at(table, (row + 1, column), 1)


def counted(job: OrbitDiagramJob, state: Array, named: dict[sp.Symbol, Array], table, column) -> Array:
    """The states after a column's steps, every one taken by the NumPy reference; what counts is added."""
    step = step_program(job.step)
    seen = program_of([job.observable], (*job.step.state, *job.step.parameters))
    parameters = [named[p] for p in job.step.parameters]
    for k in range(job.settle + job.kept):
        state = np.array(reference.evaluate(step, [*state, *parameters]))
        if k >= job.settle:
            binned(job, table, column, reference.evaluate(seen, [*state, *parameters])[0])
    return state


def plain(job: OrbitDiagramJob, direction: str) -> NDArray[np.int64]:
    """The table of one direction, by NumPy."""
    many = job.starts.shape[1]
    table = np.zeros((job.rows + 3, job.columns), dtype=np.int64)
    named = {p: np.float64(float(v)) for p, v in job.parameters.items()}
    if direction == FRESH:
        column = np.repeat(np.arange(job.columns), many)
        state = np.tile(job.starts, job.columns)
        if job.swept in job.step.state:
            state[job.step.state.index(job.swept)] = job.values[column]
        counted(job, state, {**named, job.swept: job.values[column]}, table, column)
        return table
    state = np.array(job.starts)
    for c in range(job.columns)[:: -1 if direction == DOWN else 1]:
        with np.errstate(invalid="ignore"):
            escaped = ~(np.abs(state) <= job.radius).all(axis=0)
            nudged = state + job.nudge * (1 + np.abs(state))
        state = np.where(escaped, job.starts, nudged)
        state = counted(job, state, {**named, job.swept: job.values[c]}, table, np.full(many, c))
    return table


def tables(found: xr.Dataset) -> NDArray[np.int64]:
    """All counts of a diagram, shape (direction, rows + 3, columns)."""
    outside = [found[name].values[:, np.newaxis] for name in ("below", "above", "nonfinite")]
    return np.concatenate([outside[0], found.density.values, *outside[1:]], axis=1).astype(np.int64)


@pytest.mark.parametrize("name", CASES)
def test_counts_equal_the_numpy_reference_bin_by_bin(name):
    job = CASES[name]
    found = tables(orbit_diagram(job))[0]
    assert (found == plain(job, FRESH)).all()
    assert (found[1:-2] > 0).sum() > 100


@pytest.mark.parametrize("name", [n for n, job in CASES.items() if job.swept in job.step.parameters])
def test_sweeps_equal_the_numpy_reference_bin_by_bin(name):
    job = dataclasses.replace(CASES[name], directions=(DOWN, FRESH, UP), settle=20, kept=15, columns=23)
    found = orbit_diagram(job)
    assert found.direction.values.tolist() == [DOWN, FRESH, UP]
    for direction, table in zip(job.directions, tables(found), strict=True):
        assert (table == plain(job, direction)).all()


def test_counts_equal_numpys_histogram():
    job = job_of(interval=(1.6, 1.99), columns=7, rows=100, starts=[[0.4]], settle=0, kept=500)
    found = orbit_diagram(job).density.values[0]
    d, orbit = np.full(7, 0.4), []
    for _ in range(500):
        d = reference.evaluate(step_program(CUBIC), [d, job.values])[0]
        orbit.append(d)
    for c, values in enumerate(np.array(orbit).T):
        assert (found[:, c] == np.histogram(values, 100, (-1.5, 1.5))[0]).all()


def test_the_two_cycle_fills_exactly_its_two_bins():
    # d1 d2 = 1/s and d1^2 + d2^2 = 1 + 1/s, attracting for 1 < s < sqrt 5 - 1 (R4).
    job = job_of(interval=(1.02, 5**0.5 - 1.01), columns=40, window=(0, 1.5), rows=1000, settle=3000, kept=100)
    s = job.values
    root = np.sqrt((1 + 1 / s) ** 2 - 4 / s**2)
    cycle = np.sqrt(np.array([1 + 1 / s + root, 1 + 1 / s - root]) / 2)
    place = cycle * 1000 / 1.5
    assert (np.abs(place - np.rint(place)) > 1e-6).all()  # no point of a cycle lies on the edge of a bin
    expected = np.zeros((1000, 40))
    for row in np.floor(place).astype(int):
        expected[row, np.arange(40)] += 50 * 3
    assert (orbit_diagram(job).density.values[0] == expected).all()


def test_what_escapes_is_counted_apart():
    job = job_of(interval=(1.9, 2.3), columns=4, settle=0, kept=300)
    found = tables(orbit_diagram(job))[0]
    assert (found.sum(axis=0) == 900).all()
    assert found[1:-2, 0].sum() == 900  # bounded while s < 2
    assert (found[-1, 1:] > 800).all()  # and growing like a double exponential beyond
    assert (found[[0, -2], 1:].sum(axis=0) > 0).all()


@settings(max_examples=60)
@given(
    st.tuples(st.floats(-3, 3), st.floats(1e-3, 4)),
    st.lists(st.tuples(st.floats(-4, 4), st.floats(-1e200, 1e200)), min_size=1, max_size=5),
    st.integers(1, 40),
    st.integers(0, 9),
    st.integers(1, 90),
    st.integers(1, 30),
)
def test_no_value_is_lost(window, starts, rows, settle, kept, columns):
    low, width = window
    job = job_of(
        step=QUARTIC, swept=eta, interval=(0.05, 0.9), observable=X * Y, window=(low, low + width), rows=rows,
        columns=columns, settle=settle, kept=kept, starts=np.array(starts).T, directions=(FRESH, UP, DOWN),
    )  # fmt: skip
    assert (tables(orbit_diagram(job, threads=1)).sum(axis=1) == kept * len(starts)).all()


def test_the_edges_of_the_window_belong_to_the_bin_above_them():
    still = StepMap("identity", (U,), (U,), (A,))
    values = [-5e-324, -0.0, 0.0, np.nextafter(1, 0), 1.0, 3.0, np.nextafter(4, 0), 4.0]
    job = job_of(step=still, swept=A, observable=U, window=(0, 4), rows=4, columns=1, starts=[values], settle=0, kept=1)
    assert tables(orbit_diagram(job))[0, :, 0].tolist() == [1, 3, 1, 0, 2, 1, 0]


def test_an_observable_may_be_infinite_where_the_state_is_not():
    still = StepMap("identity", (U,), (U,), (A,))
    job = job_of(step=still, swept=A, observable=1 / U, starts=[[0.0, -0.0, 1.0, 1e308]], settle=0, kept=3)
    found = tables(orbit_diagram(job))[0]
    assert (found[-1] == 6).all()
    assert (found[1:-2].sum(axis=0) == 6).all()


# Tiles, threads, lanes.


def test_neither_tiles_nor_lanes_nor_threads_change_a_count(monkeypatch):
    job = job_of(columns=600, directions=(FRESH,))
    whole = orbit_diagram(job, threads=1)
    assert job.layout.count == 3
    xr.testing.assert_identical(orbit_diagram(job, threads=3), whole)
    for columns, wide, narrow in ((3, 1, 1), (7, 64, 16), (600, 17, 5), (64, 1024, 1024)):
        monkeypatch.setattr(module, "COLUMNS", columns)
        monkeypatch.setattr(module, "WIDE", wide)
        monkeypatch.setattr(module, "NARROW", narrow)
        # How it was cut is part of the fingerprint, but of nothing else.
        xr.testing.assert_identical(orbit_diagram(dataclasses.replace(job), threads=2).drop_attrs(), whole.drop_attrs())


@pytest.mark.parametrize("directions", [(FRESH,), (FRESH, UP, DOWN)])
def test_what_is_counted_in_place_is_what_tiles_count(directions):
    job = job_of(columns=600, directions=directions)
    whole = orbit_diagram(job, threads=1)
    for tile in range(job.layout.count):
        for name, values in compute_tile(job, tile).items():
            there = whole[name].values[job.layout.regions(tile)[name]]
            np.testing.assert_array_equal(there, values)


def test_a_job_sent_twice_is_prepared_once():
    there = [pickle.loads(pickle.dumps(job_of(columns=400))) for _ in range(2)]
    compute_tile(there[0], 0)
    before = module._module.cache_info().misses
    compute_tile(there[1], 1)
    assert module._module.cache_info().misses == before


def test_sweeps_do_not_depend_on_lanes(monkeypatch):
    job = job_of(directions=(UP, DOWN), starts=[np.linspace(-0.9, 0.9, 33)])
    whole = orbit_diagram(job, threads=1)
    assert job.layout.count == 2
    for wide, narrow in ((5, 3), (32, 32), (33, 1)):
        monkeypatch.setattr(module, "WIDE", wide)
        monkeypatch.setattr(module, "NARROW", narrow)
        xr.testing.assert_identical(orbit_diagram(job, threads=2), whole)


def test_threads_that_need_a_kernel_at_once_wait_until_it_is_whole(monkeypatch):
    programs = step_program(BISTABLE), program_of([U + 7], [U, A])
    text = density.source(*programs, 1, 0)
    for _ in range(5):
        monkeypatch.delitem(sys.modules, modules.load(text).__name__)
        module._module.cache_clear()
        start = Barrier(8)

        def load(_, start=start):
            start.wait()
            return module._module(*programs, 1, 0).follow

        with ThreadPoolExecutor(8) as pool:
            assert len(set(map(id, pool.map(load, range(8))))) == 1


def test_a_job_is_a_value_that_can_be_sent():
    job = job_of(columns=400)
    tile = compute_tile(job, 1)
    there = pickle.loads(pickle.dumps(job))
    assert digest(compute_tile(there, 1)) == digest(tile)
    assert fingerprint(there) == fingerprint(job)
    assert not job.starts.flags.writeable


def test_the_identity_names_everything_the_counts_depend_on():
    job = CASES["Henon over a"]
    assert json.loads(json.dumps(job.identity, allow_nan=False)) == job.identity
    changes = (
        {"interval": (1, 1.4)}, {"columns": 51}, {"observable": V}, {"window": (-1.5, 1.6)}, {"rows": 60},
        {"starts": [[0.1], [0.2]]}, {"settle": 101}, {"kept": 71}, {"parameters": {B: 0.2}},
        {"directions": (UP,)}, {"radius": 1e7}, {"swept": B, "parameters": {A: 0.3}}, {"step": HENON.compose(2)},
    )  # fmt: skip
    jobs = [job, *(dataclasses.replace(job, **change) for change in changes)]
    assert len({json.dumps(j.identity, sort_keys=True) for j in jobs}) == len(jobs)


def test_axes_are_labelled_by_pixel_centres():
    found = orbit_diagram(CASES["quartic, xy over eta"])
    np.testing.assert_allclose(found.eta.values, 0.1 + 0.5 * (np.arange(50) + 0.5) / 50)
    np.testing.assert_allclose(found.observable.values, -1 + 3 * (np.arange(61) + 0.5) / 61)
    assert found.observable.attrs["long_name"] == "x*y"
    assert found.density.dtype == found.below.dtype == np.uint32
    assert orbit_diagram(CASES["quartic, over a start"]).start_x.dims == ("column",)
    assert orbit_diagram(job_of()).d.dims == ("row",)


def test_progress_counts_tiles():
    seen = []
    orbit_diagram(job_of(columns=600), progress=lambda *a: seen.append(a))
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]


# Sweeps.


@pytest.mark.parametrize("interval", [(0.3, 0.98), (1.02, 1.23), (0.9, 1.2)])
def test_up_and_down_agree_without_hysteresis(interval):
    # One attractor for positive starts, on either side of the flip at s = 1.
    job = job_of(
        interval=interval, columns=93, window=(0, 1.5), rows=61, settle=4000, kept=40, directions=(FRESH, UP, DOWN)
    )
    fresh, up, down = orbit_diagram(job).density.values
    far = np.abs(job.values - 1) > 0.01  # at the flip itself 4000 steps do not suffice
    assert (up == down)[:, far].all()
    assert (up == fresh)[:, far].all()
    assert ((up > 0).sum(axis=0) == np.where(job.values < 1, 1, 2))[far].all()


def test_without_the_nudge_a_sweep_stays_on_an_equilibrium_that_has_become_unstable():
    job = job_of(interval=(0.9, 1.2), columns=31, window=(0, 1.5), rows=61, settle=4000, kept=40, directions=(UP,))
    assert ((orbit_diagram(dataclasses.replace(job, nudge=0.0)).density.values[0] > 0).sum(axis=0) == 1).all()
    assert (orbit_diagram(job).density.values[0, :, -1] > 0).sum() == 2


def test_up_and_down_stay_on_their_own_branch_between_the_folds():
    job = job_of(
        step=BISTABLE, swept=A, interval=(-0.25, 0.25), columns=51, observable=U, window=(-1.2, 1.2), rows=480,
        starts=[[-0.1]], settle=2000, kept=10, directions=(UP, DOWN),
    )  # fmt: skip
    up, down = orbit_diagram(job).density.values
    for table, side in ((up, -1), (down, 1)):
        for a, column in zip(job.values, table.T, strict=True):
            roots = np.roots([1, 0, -0.5, -a])
            real = np.sort(roots[np.abs(roots.imag) < 1e-9].real)
            attractor = real[0] if side < 0 else real[-1]  # the only one beyond its fold
            assert column[int(np.floor((attractor + 1.2) * 200))] == 10
    inside = np.abs(job.values) < FOLD
    assert (up != down).any(axis=0).tolist() == inside.tolist()


def test_an_orbit_that_escaped_begins_again_in_the_next_column():
    # Down from s = 2.4, where every orbit escapes, into s < 2, where none does.
    job = job_of(interval=(1.5, 2.4), columns=30, settle=200, kept=50, directions=(DOWN,))
    found = orbit_diagram(job)
    gone = found.nonfinite.values[0] > 0
    assert gone.tolist() == (job.values > 2).tolist()
    first = np.flatnonzero(~gone)[-1]
    fresh = orbit_diagram(dataclasses.replace(job, directions=(FRESH,)))
    assert (found.density.values[0, :, first] == fresh.density.values[0, :, first]).all()


def test_a_radius_ends_an_orbit_before_it_overflows():
    doubling = StepMap("doubling", (U,), (2 * U + 0 * A,), (A,))
    job = job_of(
        step=doubling, swept=A, observable=U, window=(0, 64), rows=64, columns=5, starts=[[1.0]], settle=0, kept=2,
        directions=(UP,), radius=20,
    )  # fmt: skip
    visited = [np.flatnonzero(column).tolist() for column in orbit_diagram(job).density.values[0].T]
    assert visited == [[2, 4], [8, 16], [32], [2, 4], [8, 16]]


# What is refused.


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"swept": A}, "a is neither a parameter nor a state variable"),
        ({"step": HENON, "swept": A, "observable": U, "starts": [[0], [0]]}, "no value is given for b"),
        ({"parameters": {frozen_s: 1.0}}, "s takes no fixed value"),
        ({"parameters": {A: 1.0}}, "a takes no fixed value"),
        ({"directions": ()}, "directions must be different ones"),
        ({"directions": (UP, UP)}, "directions must be different ones"),
        ({"directions": ("left",)}, "no direction 'left'"),
        ({"swept": D, "parameters": {frozen_s: 1.0}, "directions": (UP,)}, "use 'fresh' alone"),
        ({"interval": (2, 1)}, "the interval must be two finite numbers in ascending order"),
        ({"interval": (0, np.inf)}, "the interval must be two finite numbers"),
        ({"window": (1, 1)}, "the window must be two finite numbers in ascending order"),
        ({"columns": 0}, "columns must be at least 1"),
        ({"rows": 0}, "rows must be at least 1"),
        ({"settle": -1}, "settle must be at least 0"),
        ({"kept": 0}, "kept must be at least 1"),
        ({"kept": 2**31}, "overflow a count of 32 bits"),
        ({"rows": 2**26}, "too large"),
        ({"starts": [[1.0], [2.0]]}, "starts must be finite, of shape"),
        ({"starts": np.empty((1, 0))}, "starts must be finite, of shape"),
        ({"starts": [[np.nan]]}, "starts must be finite"),
        ({"radius": 0.0}, "radius must be positive"),
        ({"swept": D, "parameters": {frozen_s: np.nan}}, "the value of s must be finite"),
        ({"observable": D * A}, "a"),
    ],
)
def test_a_bad_job_is_refused_before_work_begins(changes, message):
    with pytest.raises(ValueError, match=message):
        job_of(**changes)


def test_a_name_of_the_result_labels_no_axis():
    (column,) = symbols("column")
    with pytest.raises(ValueError, match="column cannot label an axis"):
        job_of(step=CUBIC.substitute({frozen_s: column}), swept=column)


def test_a_kernel_needs_matching_programs():
    step = step_program(CUBIC)
    with pytest.raises(ValueError, match="one expression of the step's state and parameters"):
        density.source(step, program_of([D], [D]), 1, 0)
    with pytest.raises(ValueError, match="no parameter number 1"):
        density.source(step, program_of([D], [D, frozen_s]), 1, 1)
