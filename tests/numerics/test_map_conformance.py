"""Every map on the kernels that pictures are made of: densities, exponents, the driver of lanes, tiled basins.

Each kernel is compared with a plain loop over the orbits of the NumPy reference that tests every step: counts bin for
bin, exponents and final states to the bit, statuses and steps exactly.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from numpy.typing import NDArray

from edgestab.numerics.cycles.jets import Family
from edgestab.numerics.maps.exponents.growth import Measurement, first_frame, growth
from edgestab.numerics.maps.pictures.basin import BasinJob
from edgestab.numerics.maps.pictures.orbit_diagram import COLUMNS, DOWN, FRESH, OrbitDiagramJob
from edgestab.numerics.maps.pictures.slices import Axis, slice_of
from edgestab.numerics.orbits.classify import outcomes_of
from edgestab.numerics.orbits.follow import Rules, length_of
from edgestab.numerics.orbits.lanes import CHECK_EVERY, LaneKernel, Orbits
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.printers import reference
from edgestab.numerics.programs.program import Program, jacobian_program, program_of, step_program
from edgestab.numerics.programs.variational import variational
from edgestab.numerics.tiling.tiles import compute_tile
from edgestab.theory.loss import Loss
from edgestab.theory.models.base import gradient_norm
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import symbols
from tests.models_under_test import COORDINATES, NAMES, cached, eta, evaluated
from tests.numerics.test_conformance import (
    COMPILED,
    MAPS,
    RANDOM,
    assert_same_bits,
    case_of,
    random_polynomial,
    some_of,
)

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

A, U, V = symbols("a u v")


def orbit_of(step: StepMap, state: Array, parameters: list[Array], steps: int) -> Array:
    """The states of all orbits, shape (steps + 1, n_state, count), by the NumPy reference."""
    program = step_program(step)
    states = [state]
    for _ in range(steps):
        states.append(np.array(reference.evaluate(program, [*states[-1], *parameters])))
    return np.array(states)


def outside_of(states: Array, radius: float | Array) -> NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        return ~(np.abs(states) <= radius).all(axis=1)


# Densities.


def tall(job: OrbitDiagramJob, values: Array, column: NDArray[np.intp]) -> Counts:
    """The counts of some values in some columns: rows below, 0 .. rows - 1, above, not finite."""
    low, high = map(float, job.window)
    with np.errstate(all="ignore"):
        row = np.clip(np.floor((values - low) * (job.rows / (high - low))), -1, job.rows)
    row = np.where(np.isfinite(values), row, job.rows + 1)
    edges = np.arange(job.rows + 4) - 1.5, np.arange(job.columns + 1) - 0.5
    return np.histogram2d(row, column.astype(float), edges)[0].astype(np.int64)


def histogram(job: OrbitDiagramJob, direction: str) -> Counts:
    """The counts of one direction, every orbit followed by the NumPy reference."""
    observable = program_of([job.observable], (*job.step.state, *job.step.parameters))
    table = np.zeros((job.rows + 3, job.columns), np.int64)
    state, place = job.starts, np.arange(job.columns)
    groups = [place] if direction == FRESH else [place[[c]] for c in place[::-1]]
    for group in groups:
        column = np.repeat(group, job.starts.shape[1])
        if direction == FRESH:
            state = np.tile(job.starts, job.columns)
        else:
            gone = outside_of(state[None], job.radius)[0]
            with np.errstate(invalid="ignore"):
                state = np.where(gone, job.starts, state + job.nudge * (1 + np.abs(state)))
        own = [job.values[column]]
        states = orbit_of(job.step, state, own, job.settle + job.kept)
        for seen in states[job.settle + 1 :]:
            table += tall(job, reference.evaluate(observable, [*seen, *own])[0], column)
        state = states[-1]
    return table


@functools.cache
def diagram_of(name: str, number: int) -> OrbitDiagramJob:
    """A diagram over the map's parameter, in more columns than one tile has, its window cutting both ends off."""
    step, state, parameters = case_of(name, number, 8)
    starts = state[:, [0, *np.flatnonzero(np.isfinite(orbit_of(step, state, parameters, 40)).all(axis=(0, 1)))[:3]]]
    (p,) = step.parameters
    observable = sp.Add(*(s / (k + 1) for k, s in enumerate(step.state))) + p / 7
    interval = sorted((0.3 * parameters[0].min(), parameters[0].max()))
    job = OrbitDiagramJob(step, p, tuple(interval), COLUMNS + 5, observable, (0, 1), 37, starts, 12, 25)
    column = np.repeat(np.arange(job.columns), starts.shape[1])
    states = orbit_of(step, np.tile(starts, job.columns), [job.values[column]], 37)[13:]
    seen = evaluated(
        [observable], {**dict(zip(step.state, np.moveaxis(states, 1, 0), strict=True)), p: job.values[column]}
    )
    low, high = np.quantile(seen[np.isfinite(seen)], (0.1, 0.9))
    assert low < high  # some values lie below, some above
    return dataclasses.replace(job, window=(float(low), float(high)))


def assert_tiles_equal_the_histogram(job: OrbitDiagramJob, direction: str) -> None:
    wanted = histogram(job, direction)
    layout = job.layout
    assert layout.count == (2 if direction == FRESH else 1)
    for tile in range(layout.count):
        found = compute_tile(job, tile)
        here = wanted[:, layout.part(tile)["column"]]
        for name, rows in (("below", 0), ("density", slice(1, -2)), ("above", -2), ("nonfinite", -1)):
            assert (found[name][0] == here[rows]).all()
    assert (wanted.sum(axis=0) == job.kept * job.starts.shape[1]).all()
    assert (wanted[1:-2] > 0).sum() > (100 if direction == FRESH else 20)


@pytest.mark.parametrize(("name", "number"), some_of(MAPS))
def test_every_tile_of_an_orbit_diagram_equals_a_histogram_of_the_reference(name, number):
    assert_tiles_equal_the_histogram(diagram_of(name, number), FRESH)


@pytest.mark.parametrize(("name", "number"), some_of(COORDINATES))
def test_a_sweep_through_the_columns_equals_a_histogram_of_the_reference(name, number):
    job = dataclasses.replace(diagram_of(name, number), directions=(DOWN,))
    assert_tiles_equal_the_histogram(job, DOWN)


@pytest.mark.parametrize(("name", "number"), some_of(MAPS))
def test_the_density_kernel_takes_the_steps_of_the_reference(name, number):
    job = diagram_of(name, number)
    step, state, (values,) = case_of(name, number, 61)
    rows = [row.copy() for row in state]
    job._module.advance(*rows, values, 61, 9)
    wanted = orbit_of(step, state, [values], 20)
    assert_same_bits(np.array(rows), wanted[9])
    table, low = np.zeros(job.rows + 3, np.uint32), float(job.window[0])
    first, slot = np.ones(61, np.int32), np.zeros(61, np.uint32)
    job._module.count(*rows, values, first, slot, table, 61, 11, low, 1.0, job.rows, 1.0)
    assert_same_bits(np.array(rows), wanted[20])
    assert table.sum() == 61 * 11


# Exponents.


@dataclasses.dataclass(frozen=True)
class Measured:
    """Exponents by NumPy; `plain` says of which orbits the kernel does the same arithmetic: no lane was in doubt."""

    exponent: Array
    finite_time: Array
    plain: NDArray[np.bool_]


def dot(u: Array, v: Array) -> Array:
    return functools.reduce(np.add, [a * b for a, b in zip(u, v, strict=True)])


def rescaled(vectors: list[Array], powers: Counts) -> NDArray[np.bool_]:
    """Make the vectors orthogonal, in place, and each about 1 long by a power of two; and say where that is safe."""
    safe = np.ones(powers.shape[1], dtype=bool)
    for c, v in enumerate(vectors):
        before = dot(v, v)
        for u in [u for u in vectors[:c] if len(u) == len(v)]:
            v -= dot(u, v) / dot(u, u) * u
        safe &= (c == 0) | (dot(v, v) >= 2.0**-40 * before)
        power = np.frexp(functools.reduce(np.add, np.abs(v)))[1] - 1
        safe &= np.abs(power) <= 400
        v *= np.ldexp(1.0, -power)
        powers[c] += power
    return safe


def measured(step: StepMap, state: Array, parameters: list[Array], rules: Measurement) -> Measured:
    """The exponents of Benettin's algorithm, one array operation after another."""
    (n, count), k = state.shape, len(state) if rules.count is None else rules.count
    t = variational(step, k)
    frame = first_frame(n)[: t.n_tangents]
    x, vectors = state, [np.repeat(row[:, None], count, axis=1) for row in frame]
    vectors += [np.ones((1, count))] if t.has_volume else []
    powers, plain, marks = np.zeros((t.measures, count), np.int64), np.ones(count, dtype=bool), []
    for length in (rules.transient, *[rules.steps // rules.windows] * rules.windows):
        for done in range(0, length, rules.renormalise):
            for _ in range(min(rules.renormalise, length - done)):
                out = np.array(reference.evaluate(t.program, [*x, *np.vstack(vectors), *parameters]))
                x, rest = out[:n], out[n:]
                vectors = [rest[n * c : n * c + n] for c in range(t.n_tangents)] + ([rest[-1:]] if t.has_volume else [])
            with np.errstate(all="ignore"):
                plain &= ~outside_of(x[None], rules.radius)[0]
                plain &= rescaled(vectors, powers)
        norms = np.array([np.sqrt(dot(v, v)) if len(v) > 1 else np.abs(v[0]) for v in vectors])
        marks.append((norms, powers.copy()))

    def rates(first: tuple[Array, Counts], last: tuple[Array, Counts], steps: int) -> Array:
        with np.errstate(all="ignore"):
            found = (np.log(last[0] / first[0]) + (last[1] - first[1]) * math.log(2)) / steps
            if t.has_volume:
                found[-1] -= found[:-1].sum(axis=0)
        return found

    total = rates(marks[0], marks[-1], rules.steps)
    order = np.argsort(-total, axis=0, kind="stable")
    windows = [rates(a, b, rules.steps // rules.windows) for a, b in itertools.pairwise(marks)]
    return Measured(
        np.take_along_axis(total, order, axis=0),
        np.array([np.take_along_axis(w, order, axis=0) for w in windows]),
        plain,
    )


def assert_exponents_conform(name: str, number: int, count: int | None) -> None:
    step, state, parameters = case_of(name, number, 130)
    rules = Measurement(66, 14, count, 9, 3)
    values = dict(zip(step.parameters, parameters, strict=True))
    found = growth(step, state, values, rules)
    states = orbit_of(step, state, parameters, 80)
    outside = outside_of(states, rules.radius)
    left = outside.any(axis=0)
    steps = np.where(left, outside.argmax(axis=0), 80)
    final = states[steps, :, np.arange(130)].T
    fate = np.where(np.isfinite(final).all(axis=0), Status.DIVERGED, Status.NONFINITE)
    assert (found.status == np.where(left, fate, Status.BOUNDED)).all()
    assert (found.steps == steps).all()
    assert_same_bits(found.final, np.ascontiguousarray(final))
    assert np.isnan(found.exponent[:, left]).all()
    wanted = measured(step, state, parameters, rules)
    plain = wanted.plain & ~left
    assert plain.sum() > 0.5 * (~left).sum() > 10
    assert np.array_equal(found.exponent[:, plain], wanted.exponent[:, plain])
    assert np.array_equal(found.finite_time[..., plain], wanted.finite_time[..., plain])
    if found.exponent.shape[0] == len(step.state):
        assert_sums_equal_the_mean_logarithm_of_the_determinant(step, states[14:80], parameters, found.exponent, ~left)


def assert_sums_equal_the_mean_logarithm_of_the_determinant(
    step: StepMap, states: Array, parameters: list[Array], exponent: Array, bounded: NDArray[np.bool_]
) -> None:
    jacobian, n = jacobian_program(step), len(step.state)
    assert jacobian is not None
    logarithms, terms = [], []
    for state in states:
        entries = np.array(reference.evaluate(jacobian, [*state, *parameters])).reshape(n, n, -1)[..., bounded]
        matrices = np.moveaxis(entries, -1, 0)
        logarithms.append(np.linalg.slogdet(matrices)[1])
        terms.append(n * np.log(np.abs(matrices).sum(axis=2).max(axis=1)))
    # Where a determinant is far below its terms, it is known to few digits.
    sharp = (np.array(logarithms) > np.array(terms) - 9).all(axis=0)
    assert sharp.sum() > 5
    mean = np.mean(logarithms, axis=0)[sharp]
    assert exponent.sum(axis=0)[bounded][sharp] == pytest.approx(mean, abs=1e-11)


@pytest.mark.parametrize(("name", "number"), some_of(MAPS))
def test_the_largest_exponent_equals_numpy_to_the_bit(name, number):
    assert_exponents_conform(name, number, 1)


FIVE = [pytest.param(seed, marks=() if seed < 8 else pytest.mark.deep) for seed in range(0, RANDOM, 4)]
SPACES = some_of((n, k) for n, k in COORDINATES if len(cached(n).coordinates[k].step.state) > 1)


@pytest.mark.parametrize(("name", "number"), SPACES)
def test_all_exponents_equal_numpy_to_the_bit_and_sum_to_the_volume(name, number):
    assert_exponents_conform(name, number, None)


@pytest.mark.parametrize("seed", FIVE)
def test_all_exponents_equal_numpy_on_five_of_the_random_polynomials(seed):
    assert_exponents_conform("random", seed, None)


# The driver, which tests orbits now and then only.


def followed(
    states: Array, residuals: Array, tolerance: Array, budgets: Counts, every: int, radius: float | Array
) -> Orbits:
    """The outcomes of recorded orbits by a loop over orbits and steps that tests every step for an exit or an arrival.

    An orbit has converged at the first step within the tolerance from which on it was closer at every look, of which
    there is one in `every` steps, and once it was within twice the tolerance at the look before.
    """
    outside, close = outside_of(states, radius).T.tolist(), (residuals <= tolerance).T.tolist()
    count = states.shape[2]
    status, steps, ends = np.zeros(count, np.int8), np.zeros(count, np.int64), np.zeros(count, np.int64)
    for i in range(count):
        arrival, first, k = -1, -1, 0
        while status[i] == Status.PENDING:
            if outside[i][k]:
                finite = np.isfinite(states[k, :, i]).all()
                status[i], steps[i] = Status.DIVERGED if finite else Status.NONFINITE, k
                break
            if close[i][k] and first < 0:
                first = k
            if k and k % every == 0:
                before, now = residuals[k - every, i], residuals[k, i]
                falling = now <= before
                arrival = (first if arrival < 0 else arrival) if close[i][k] and falling else -1
                first = k if close[i][k] else -1
                if arrival >= 0 and before <= 2 * tolerance[i]:
                    status[i], steps[i] = Status.CONVERGED, arrival
                elif k >= budgets[i]:
                    status[i], steps[i] = Status.UNDECIDED, k
            k += status[i] == Status.PENDING
        ends[i] = k
    at = np.arange(count)
    left = np.isin(status, [Status.DIVERGED, Status.NONFINITE])
    now, before = residuals[ends, at], residuals[np.maximum(ends - every, 0), at]
    with np.errstate(all="ignore"):
        ratio = np.where(before > 0, now / before, 0.0)
    return Orbits(status, steps, states[ends, :, at].T, np.where(left, np.inf, now), np.where(left, np.inf, ratio))


def residual_of(name: str, number: int) -> sp.Expr:
    return gradient_norm(random_polynomial(number)) if name == "random" else cached(name).coordinates[number].residual


def assert_driven_as_step_by_step(name: str, number: int, per_orbit: bool) -> None:
    step, state, parameters = case_of(name, number, 300)
    generator = np.random.default_rng(5)
    if not per_orbit:
        parameters = [np.full(300, np.median(p)) for p in parameters]
    residual = program_of([residual_of(name, number)], (*step.state, *step.parameters))
    tolerance, budgets = 10.0 ** generator.uniform(-5, -2, 300), 16 * generator.integers(8, 25, 300)
    kernel = LaneKernel(step_program(step), residual, len(step.state), (per_orbit,) * len(parameters))
    given = parameters if per_orbit else [p[0] for p in parameters]
    found = kernel.drive(state, given, tolerance, budgets, check_every=16, radius=1e6)
    states = orbit_of(step, state, parameters, 16 * 24)
    rest = np.array([reference.evaluate(residual, [*x, *parameters])[0] for x in states])
    wanted = followed(states, rest, tolerance, budgets, 16, 1e6)
    for a, b in zip(found, wanted, strict=True):
        assert np.array_equal(a, b, equal_nan=a.dtype == np.float64)
    assert name == "random" or (found.status == Status.CONVERGED).sum() > 3  # a random loss may have no minimum
    assert np.isin(found.status, [Status.DIVERGED, Status.NONFINITE]).sum() > 3
    assert len(set(found.steps.tolist())) > 10


@pytest.mark.parametrize(("name", "number"), some_of(COORDINATES))
def test_the_driver_equals_a_loop_that_tests_every_step(name, number):
    assert_driven_as_step_by_step(name, number, per_orbit=True)


PLANES = [
    pytest.param(n, marks=() if n in COMPILED else pytest.mark.deep)
    for n in NAMES
    if len(cached(n).own.step.state) == 2
]


@pytest.mark.parametrize("name", PLANES)
def test_the_driver_with_shared_parameters_equals_a_loop_that_tests_every_step(name):
    assert_driven_as_step_by_step(name, 0, per_orbit=False)  # the kernels of the basins below


@pytest.mark.parametrize("seed", FIVE)
def test_the_driver_equals_a_loop_on_five_of_the_random_polynomials(seed):
    assert_driven_as_step_by_step("random", seed, per_orbit=seed % 8 == 0)


# Basins.


@pytest.mark.parametrize("name", PLANES)
def test_a_tiled_basin_equals_its_pixels_followed_step_by_step(name):
    m = cached(name)
    own, step = m.own, m.own.step
    columns, rows = (Axis(s, *ends, 24) for s, ends in zip(step.state, WINDOW, strict=True))
    job = BasinJob(m, slice_of(m, columns, rows, {eta: Fraction(1, 5)}), Rules(1, 512, 512), None, 10)
    picture = {n: np.zeros(job.layout.shape(v), v.dtype) for n, v in job.layout.variables.items()}
    for tile in range(job.layout.count):
        for n, values in compute_tile(job, tile).items():
            picture[n][job.layout.region(tile, job.layout.variables[n])] = values
    assert job.layout.count == 9

    starts = np.array([[float(columns.exact(i)), float(rows.exact(j))] for j in range(24) for i in range(24)]).T
    values = {eta: np.full(576, 0.2)}
    states = orbit_of(step, starts, [values[eta]], 512)
    residual = program_of([own.residual], (*step.state, *step.parameters))
    rest = np.array([reference.evaluate(residual, [*x, values[eta]])[0] for x in states])
    tolerance = np.broadcast_to(evaluated([own.tolerance], values)[0], 576)
    orbits = followed(
        states, rest, tolerance, np.full(576, 512), CHECK_EVERY, job.rules.radius * length_of(own, starts, values)
    )
    wanted = outcomes_of(m, own, orbits, starts, values).columns
    for n in ("status", "limit", "period", "steps", "sharpness"):
        assert np.array_equal(picture[n].ravel(), wanted[n].astype(picture[n].dtype), equal_nan=n == "sharpness")
        for i in range(24):
            alone = job.pixels(np.array([i]), np.array([23 - i]))[n]
            assert np.array_equal(alone, picture[n][[i], [23 - i]], equal_nan=n == "sharpness")
    assert picture["computed"].all()
    assert len(set(picture["status"].ravel().tolist())) > 1


WINDOW = (Fraction(-1, 2), Fraction(4)), (Fraction(1, 10), Fraction(5, 2))


# What no kernel can take is refused in words.


def assert_drives(step: StepMap, residual: Program, state: Array) -> None:
    kernel = LaneKernel(step_program(step), residual, len(step.state), (False,) * len(step.parameters))
    states = orbit_of(step, state, [np.full(state.shape[1], 0.5)], 64)
    rest = np.array([reference.evaluate(residual, [*x, 0.5])[0] for x in states])
    count = state.shape[1]
    wanted = followed(states, rest, np.full(count, 1e-3), np.full(count, 64), 16, 1e6)
    found = kernel.drive(state, [0.5], 1e-3, 64, check_every=16, radius=1e6)
    for a, b in zip(found, wanted, strict=True):
        assert np.array_equal(a, b)
    assert {Status.CONVERGED, Status.DIVERGED} == set(found.status)


def decay(n: int) -> tuple[StepMap, Program]:
    """A map of n variables and its residual, for which one more argument than numba inlines is needed from n = 30."""
    x = symbols(" ".join(f"x{i}" for i in range(n)))
    return StepMap("decay", x, (A * x[0] + x[0] ** 3, *(A * s for s in x[1:])), (A,)), program_of([abs(x[0])], (*x, A))


def test_a_map_may_have_many_variables():
    assert_drives(*decay(40), np.outer(np.ones(40), [0.1, 0.2, 5.0]))


def test_a_step_that_permutes_its_state_is_refused_by_the_lanes():
    swap = StepMap("swap", (U, V), (V, A * U), (A,))
    other = StepMap("exchange", (U, V), (V, U), (A,))
    residual = program_of([abs(U)], (U, V, A))
    LaneKernel(step_program(swap), residual, 2, (False,)).advance([[1.0], [2.0]], [0.5], 3)
    with pytest.raises(ValueError, match="a step that permutes its own state needs a binding"):
        LaneKernel(step_program(other), residual, 2, (False,)).advance([[1.0], [2.0]], [0.5], 3)


def test_a_map_with_a_kink_has_exponents_and_no_taylor_series():
    step = StepMap("tent", (U,), (1 - A * sp.Abs(U),), (A,))
    found = growth(step, [[0.3, 0.4]], {A: 1.75}, Measurement(800, 0))
    np.testing.assert_allclose(found.exponent, np.log(1.75), rtol=1e-12)  # every slope is 1.75 or -1.75
    with pytest.raises(ValueError, match="abs has no Taylor series: write the map without it"):
        Family(step, {}, A).jacobian([0.3, 0.1], 1)


def test_a_function_no_printer_knows_is_refused_by_every_kernel():
    step = StepMap("error function", (U,), (A * sp.erf(U),), (A,))
    with pytest.raises(ValueError, match="no kernel can evaluate erf"):
        growth(step, [[0.3]], {A: 0.1}, Measurement(8, 0))
    with pytest.raises(ValueError, match="no kernel can evaluate erf"):
        OrbitDiagramJob(step, A, (0.1, 0.2), 3, U, (0, 1), 3, [[0.5]], 1, 1)
    with pytest.raises(ValueError, match="no kernel can evaluate erf"):
        step_program(step)


def test_a_deep_picture_of_a_transcendental_loss_is_refused():
    m = model_of_loss(Loss((U, V), (sp.tanh(U) - V) ** 2))
    near = Axis(U, Fraction(1), 1 + Fraction(1, 10**20), 8), Axis(V, Fraction(1), 1 + Fraction(1, 10**20), 8)
    where = slice_of(m, *near, {eta: Fraction(1, 5)})
    with pytest.raises(ValueError, match="has no double-double form: write the expression with"):
        BasinJob(m, where, Rules(1, 64, 64), None)
