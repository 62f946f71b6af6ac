"""Lyapunov exponents against exact spectra and a plain NumPy loop, and their independence of how work is cut up."""

from __future__ import annotations

import functools
import itertools
import json
import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from edgestab.numerics.maps.exponents.exponents import ExponentsJob, Measurement, exponents, growth
from edgestab.numerics.maps.exponents.growth import CHUNK, first_frame
from edgestab.numerics.maps.pictures.slices import Axis
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.printers import reference
from edgestab.numerics.programs.program import step_program
from edgestab.numerics.programs.variational import variational
from edgestab.numerics.tiling.tiles import compute_tile, fingerprint
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import symbols
from tests.models_under_test import cached, eta, frozen_s

X, Y, A, B, D = symbols("x y a b d")

CUBIC = cached("frozen-cubic").own.step
QUARTIC = cached("quartic").own.step
HENON = StepMap("Henon", (X, Y), (1 - A * X**2 + Y, B * X), (A, B))


@functools.cache
def linear(n: int) -> StepMap:
    """A linear map in n dimensions; its parameters are the entries of the matrix, row by row."""
    x = symbols(" ".join(f"x{i}" for i in range(n)))
    m = symbols(" ".join(f"m{i}{j}" for i in range(n) for j in range(n)))
    return StepMap(f"linear {n}", x, tuple(sum(m[n * i + j] * x[j] for j in range(n)) for i in range(n)), m)


def linear_exponents(matrix, count=None, renormalise=16, steps=512, transient=512):
    """The exponents of a linear map, at its fixed point 0."""
    n = len(matrix)
    step = linear(n)
    values = dict(zip(step.parameters, np.ravel(matrix).tolist(), strict=True))
    found = growth(step, np.zeros((n, 1)), values, Measurement(steps, transient, count, renormalise))
    assert found.status.tolist() == [Status.BOUNDED]
    return found.exponent[:, 0]


def plain(step: StepMap, starts, parameters, rules: Measurement):
    """The same algorithm, one array operation after another: final states and exponents."""
    n = len(step.state)
    k = n if rules.count is None else rules.count
    t = variational(step, k)
    count = starts.shape[1]
    values = [np.broadcast_to(parameters[p], count) for p in step.parameters]
    x = np.array(starts)
    rest = np.repeat(first_frame(n)[: t.n_tangents].reshape(-1, 1), count, axis=1)
    if t.has_volume:
        rest = np.vstack([rest, np.ones(count)])
    powers = np.zeros((t.measures, count), np.int64)
    logs = []

    def split():
        vectors = [rest[n * c : n * c + n] for c in range(t.n_tangents)]
        return [*vectors, *([rest[-1:]] if t.has_volume else [])]

    def dot(u, v):
        total = u[0] * v[0]
        for a, b in zip(u[1:], v[1:], strict=True):
            total = total + a * b
        return total

    for window in range(rules.windows + 1):
        left = rules.transient if window == 0 else rules.steps // rules.windows
        while left:
            block = min(left, rules.renormalise)
            left -= block
            for _ in range(block):
                out = reference.evaluate(t.program, [*x, *rest, *values])
                x, rest = np.array(out[:n]), np.array(out[n:])
            vectors = split()
            for c in range(t.n_tangents):
                for u in vectors[:c]:
                    vectors[c] -= dot(u, vectors[c]) / dot(u, u) * u
            for c, v in enumerate(vectors):
                size = functools.reduce(np.add, np.abs(v))
                power = np.frexp(size)[1] - 1
                v *= np.ldexp(1.0, -power)
                powers[c] += power
        norms = [np.sqrt(dot(v, v)) if len(v) > 1 else np.abs(v[0]) for v in split()]
        logs.append((np.array(norms), powers.copy()))

    def rates(first, last, steps):
        found = (np.log(last[0] / first[0]) + (last[1] - first[1]) * math.log(2)) / steps
        if t.has_volume:
            found[-1] -= found[:-1].sum(axis=0)
        return found

    total = rates(logs[0], logs[-1], rules.steps)
    order = np.argsort(-total, axis=0, kind="stable")
    windows = [rates(a, b, rules.steps // rules.windows) for a, b in itertools.pairwise(logs)]
    in_order = [np.take_along_axis(r, order, axis=0) for r in (total, *windows)]
    return x, in_order[0], np.array(in_order[1:])


def start_of(name: str, count: int):
    n = len(cached(name).own.step.state)
    return np.random.default_rng(n).uniform(0.7, 1.3, (n, count))


@functools.cache
def cascade() -> StepMap:
    """Five coordinates, each driven by the next: beyond the dimensions in which there is a determinant."""
    x, c = symbols("x0 x1 x2 x3 x4"), symbols("c0 c1 c2 c3 c4")
    after = [*x[1:], sp.S.Zero]
    return StepMap("cascade", x, tuple(c[i] * x[i] - x[i] ** 3 / 8 + after[i] / 4 for i in range(5)), c)


def step_of(name: str) -> StepMap:
    return cascade() if name == "cascade" else cached(name).own.step


@pytest.mark.parametrize(
    ("name", "values", "count", "rules"),
    [
        ("frozen-cubic", (1.9,), 300, Measurement(300, 50, 1, 16, 3)),
        ("quartic", (np.geomspace(0.1, 0.2, 300),), 300, Measurement(400, 0, 1, 16, 4)),
        ("quartic", (0.2,), 130, Measurement(330, 7, None, 9, 2)),
        ("chain:1,1,1", (0.35,), 129, Measurement(60, 10, None, 3, 2)),
        pytest.param(
            "cascade", (1.5, 1.3, 1.2, 1.1, 1.0), 20, Measurement(40, 4, None, 1, 2), marks=pytest.mark.deep
        ),  # half a minute to compile
    ],
)
def test_the_kernel_equals_numpy_to_the_bit(name, values, count, rules):
    step = step_of(name)
    starts = np.random.default_rng(count).uniform(0.7, 1.3, (len(step.state), count))
    parameters = dict(zip(step.parameters, values, strict=True))
    found = growth(step, starts, parameters, rules)
    assert (found.status == Status.BOUNDED).all()
    final, exponent, finite_time = plain(step, starts, parameters, rules)
    assert np.array_equal(found.final, final)
    assert np.array_equal(found.exponent, exponent)
    assert np.array_equal(found.finite_time, finite_time)


@pytest.mark.parametrize("name", ["quartic", "frozen-cubic", "chain:1,2", "chain:2,2,1"])
def test_the_program_is_the_step_and_its_derivative(name):
    step = cached(name).own.step
    n = len(step.state)
    t = variational(step, 1)
    inputs = sp.Matrix(step.closed_form()).jacobian(step.state)
    point = dict(zip((*step.state, *step.parameters), np.linspace(0.4, 0.9, 9), strict=False))
    v = first_frame(n)[0]
    out = reference.evaluate(t.program, [*(point[s] for s in step.state), *v, *(point[p] for p in step.parameters)])
    stepped = reference.evaluate(step_program(step), list(point.values()))
    assert out[:n] == stepped
    expected = np.array(inputs.subs(point), dtype=np.float64) @ v
    assert np.array(out[n:]) == pytest.approx(expected, rel=1e-13, abs=1e-14)


def test_the_program_shares_what_it_can():
    # Nine operations are the step alone; each factor 0 or 1 of a Jacobian is free.
    assert variational(QUARTIC, 1).program.operations <= 26
    assert variational(HENON, 1).program.operations <= step_program(HENON).operations + 5
    assert variational(HENON, 2).program.operations <= variational(HENON, 1).program.operations + 2


def test_the_cubic_of_chebyshev_has_exponent_log_three():
    starts = np.random.default_rng(0).uniform(-1.2, 1.2, (1, 512))
    found = exponents(cached("frozen-cubic"), starts, {frozen_s: 2.0}, steps=20_000, transient=100, windows=10)
    assert (found.status == Status.BOUNDED).all()
    values = found.exponent.values[0]
    assert values.mean() == pytest.approx(math.log(3), abs=1e-4)
    assert np.abs(values - math.log(3)).max() < 0.01
    assert (found.standard_error.values < 0.01).all()


@pytest.mark.parametrize("s", [1.01, 1.05, 1.1, 1.17, 1.23])
def test_the_two_cycle_of_the_cubic(s):
    found = growth(CUBIC, [[0.9, 1.05]], {frozen_s: s}, Measurement(1000, 20_000))
    assert found.exponent[0] == pytest.approx(math.log(abs(9 - 2 * (1 + s) ** 2)) / 2, abs=1e-10)


@pytest.mark.parametrize("step_size", [0.05, 0.2])
def test_the_quartic_at_a_minimum_has_a_neutral_and_a_transverse_exponent(step_size):
    x = np.array([1.1, 1.3])
    found = growth(QUARTIC, [x, 1 / x], {eta: step_size}, Measurement(1600, 1000, None))
    expected = np.log(np.abs(1 - 2 * step_size * (x**2 + 1 / x**2)))
    assert found.exponent[0] == pytest.approx([0, 0], abs=1e-12)
    assert found.exponent[1] == pytest.approx(expected, abs=1e-12)


def test_a_chain_in_three_dimensions_has_two_neutral_exponents():
    points = np.array([[1.2], [0.9], [1 / (1.2 * 0.9)]])
    found = growth(cached("chain:1,1,1").own.step, points, {eta: 0.3}, Measurement(1600, 1600, None))
    assert found.exponent[:2, 0] == pytest.approx([0, 0], abs=1e-12)
    assert found.exponent[2, 0] == pytest.approx(math.log(abs(1 - 0.3 * (points**-2).sum())), abs=1e-12)


@pytest.mark.parametrize("renormalise", [8, 16, 33])
def test_henon(renormalise):
    starts = np.random.default_rng(1).uniform(-0.1, 0.1, (2, 64))
    rules = Measurement(50_000, 1000, None, renormalise, windows=50)
    found = growth(HENON, starts, {A: 1.4, B: 0.3}, rules)
    assert found.exponent.sum(axis=0) == pytest.approx(math.log(0.3), abs=1e-12)
    assert found.exponent[0] == pytest.approx(0.4192, abs=0.005)
    # The windows' spread is the spread of orbits: within a factor, there are only 64.
    assert found.exponent[0].std(ddof=1) == pytest.approx(found.standard_error[0].mean(), rel=0.5)


@pytest.mark.parametrize("renormalise", [1, 16, 128])
@pytest.mark.parametrize("count", [1, None])
def test_linear_maps_in_the_plane(renormalise, count):
    found = functools.partial(linear_exponents, count=count, renormalise=renormalise)
    pick = slice(0, count)
    two = math.log(2)
    assert found([[2, 1], [0, 0.5]]) == pytest.approx([two, -two][pick], abs=1e-12)
    assert found([[0.5, 7], [0, -2]]) == pytest.approx([two, -two][pick], abs=1e-12)
    # Steps of one vector that are not powers of two are not lost to its scaling.
    assert found([[3e40, 0], [0, 1e-40]]) == pytest.approx([math.log(3e40), math.log(1e-40)][pick], rel=1e-14)
    assert found([[3e-40, 0], [0, 1e-120]]) == pytest.approx([math.log(3e-40), math.log(1e-120)][pick], rel=1e-14)


def test_a_rotation_has_equal_exponents():
    c, s = 1.5 * math.cos(1.0), 1.5 * math.sin(1.0)
    assert linear_exponents([[c, -s], [s, c]], transient=0) == pytest.approx([math.log(1.5)] * 2, abs=1e-3)


@pytest.mark.parametrize("spectrum", [(3, 1, 0.2), (2, 1e-9, 1e-30), (-0.5, 0.25, -0.125)])
@pytest.mark.parametrize("renormalise", [1, 16])
def test_linear_maps_in_space(spectrum, renormalise):
    matrix = np.triu(np.full((3, 3), 0.5), 1) + np.diag(spectrum)
    found = linear_exponents(matrix, renormalise=renormalise)
    assert found == pytest.approx(np.log(np.abs(spectrum)), abs=1e-9)


@pytest.mark.parametrize("renormalise", [*(pytest.param(n, marks=pytest.mark.deep) for n in (1, 4)), 16])
def test_vectors_that_lose_their_digits_are_rescued(renormalise):
    # Sixteen steps that differ by a factor of 100 leave a vector no digit of its own.
    spectrum = [1.5, -1e-2, 1e-3, 1e-5, 1e-9]
    parameters = dict(zip(cascade().parameters, spectrum, strict=True))
    found = growth(cascade(), np.zeros((5, 1)), parameters, Measurement(256, 64, None, renormalise))
    assert found.exponent[:, 0] == pytest.approx(np.log(np.abs(spectrum)), abs=1e-7)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(-2, 2), min_size=9, max_size=9),
    st.sampled_from([1, 5, 16]),
)
def test_the_sum_of_all_exponents_is_the_logarithm_of_the_determinant(entries, renormalise):
    matrix = np.reshape(entries, (3, 3)) + 3 * np.eye(3)
    determinant = np.linalg.det(matrix)
    if abs(determinant) < 1e-3:
        return
    found = linear_exponents(matrix, renormalise=renormalise, transient=0, steps=64)
    assert found.sum() == pytest.approx(math.log(abs(determinant)), abs=1e-9)
    assert (np.diff(found) <= 0).all()


def test_a_superstable_orbit_has_minus_infinity():
    square = StepMap("square", (X,), (X**2,), ())
    found = growth(square, [[0.0, 1.0]], {}, Measurement(64, 0, windows=2))
    assert found.status.tolist() == [Status.BOUNDED] * 2
    assert found.exponent[0].tolist() == [-math.inf, math.log(2)]
    assert found.finite_time[:, 0, 0].tolist() == [-math.inf] * 2
    assert found.standard_error[0].tolist() == [math.inf, 0.0]
    assert linear_exponents([[0.5, 0], [0, 0]]) == pytest.approx([-math.log(2), -math.inf])


def wild(count: int):
    """Starts of the quartic with every kind of fate, and not finite ones."""
    generator = np.random.default_rng(3)
    starts = generator.uniform(0.1, 2.6, (2, count))
    starts[:, ::17] *= 10.0 ** generator.uniform(0, 200, starts[:, ::17].shape[1])
    starts[:, :3] = [[np.nan, np.inf, 1.0], [1.0, 1.0, -np.inf]]
    return starts, generator.uniform(0.05, 0.45, count)


@pytest.mark.parametrize("count", [1, None])
def test_no_nan_without_a_status_and_the_step_of_divergence_is_exact(count):
    starts, etas = wild(500)
    found = growth(QUARTIC, starts, {eta: etas}, Measurement(96, 32, count, 16, 3), threads=1)
    first = np.full(500, -1)
    x = starts
    for t in range(129):
        with np.errstate(invalid="ignore"):
            outside = ~(np.abs(x) <= 1e8).all(axis=0)
        new = outside & (first < 0)
        kind = np.where(np.isfinite(x[:, new]).all(axis=0), Status.DIVERGED, Status.NONFINITE)
        assert (found.status[new] == kind).all()
        first[new] = t
        x = np.array(reference.evaluate(step_program(QUARTIC), [*x, etas]))
    assert 50 < (first >= 0).sum() < 450
    assert len(set(first)) > 5
    assert (found.steps == np.where(first >= 0, first, 128)).all()
    bad = first >= 0
    assert np.isnan(found.exponent[:, bad]).all()
    assert np.isnan(found.finite_time[..., bad]).all()
    assert np.isnan(found.standard_error[:, bad]).all()
    assert (found.status[~bad] == Status.BOUNDED).all()
    assert not np.isnan(found.exponent[:, ~bad]).any()
    assert not np.isnan(found.finite_time[..., ~bad]).any()
    assert not np.isnan(found.standard_error[:, ~bad]).any()


def test_a_derivative_that_is_no_number_has_a_status():
    root = StepMap("root", (X,), (sp.sqrt(X) / 2,), ())
    found = growth(root, [[0.0, 1.0]], {}, Measurement(32, 0))
    assert found.status.tolist() == [Status.NONFINITE, Status.BOUNDED]
    assert np.isnan(found.exponent[0]).tolist() == [True, False]


def same(a, b) -> bool:
    return all(np.array_equal(u, v, equal_nan=True) for u, v in zip(a, b, strict=True))


def test_the_largest_exponent_does_not_depend_on_renormalise():
    starts, etas = wild(300)
    one, *others = (growth(QUARTIC, starts, {eta: etas}, Measurement(384, 128, 1, r, 3)) for r in (1, 8, 16, 100))
    for other in others:
        assert same(one, other)


def test_results_do_not_depend_on_threads_on_company_or_on_order():
    starts, etas = wild(2 * CHUNK + 77)
    rules = Measurement(64, 16, None)
    whole = growth(QUARTIC, starts, {eta: etas}, rules, threads=1)
    assert same(whole, growth(QUARTIC, starts, {eta: etas}, rules, threads=3))
    order = np.random.default_rng(0).permutation(len(etas))
    mixed = growth(QUARTIC, starts[:, order], {eta: etas[order]}, rules, threads=None)
    assert same([part[..., order] for part in whole], mixed)
    for i in (0, 5, 17, 1000):
        alone = growth(QUARTIC, starts[:, [i]], {eta: float(etas[i])}, rules)
        assert same([part[..., [i]] for part in whole], alone)


def test_the_mean_of_the_windows_is_the_exponent():
    starts = np.random.default_rng(0).uniform(0.3, 0.9, (1, 40))
    found = growth(CUBIC, starts, {frozen_s: 1.95}, Measurement(7000, 500, windows=7))
    assert found.finite_time.shape == (7, 1, 40)
    assert found.finite_time.mean(axis=0) == pytest.approx(found.exponent, abs=1e-12)
    assert found.standard_error == pytest.approx(found.finite_time.std(axis=0, ddof=1) / math.sqrt(7))
    assert (found.finite_time.std(axis=0) > 0).all()


def test_each_window_is_a_measurement_of_its_own():
    start, parameters = [[0.4]], {frozen_s: 1.95}
    windows = growth(CUBIC, start, parameters, Measurement(600, 100, windows=3)).finite_time[:, 0, 0]
    for w in range(3):
        alone = growth(CUBIC, start, parameters, Measurement(200, 100 + 200 * w)).exponent[0, 0]
        assert windows[w] == pytest.approx(alone, abs=1e-14)


def test_two_steps_as_one_have_twice_the_exponent():
    starts = [np.linspace(0.2, 0.9, 20)]
    one = growth(CUBIC, starts, {frozen_s: 1.8}, Measurement(60, 8, renormalise=2))
    two = growth(CUBIC.compose(2), starts, {frozen_s: 1.8}, Measurement(30, 4, renormalise=1))
    assert two.exponent == pytest.approx(2 * one.exponent, abs=1e-9)


def test_the_dataset_is_labelled():
    found = exponents(QUARTIC, [[1.4, 1e5], [0.7, 1e5]], {eta: [0.1, 0.1]}, steps=64, transient=0, count=2, windows=4)
    assert found.exponent.dims == ("index", "orbit")
    assert found.standard_error.dims == ("index", "orbit")
    assert found.finite_time.dims == ("window", "index", "orbit")
    assert dict(found.sizes) == {"index": 2, "orbit": 2, "window": 4}
    assert found.index.values.tolist() == [1, 2]
    assert found.exponent.attrs["units"] == "nat/iteration"
    assert found.status.values.tolist() == [Status.BOUNDED, Status.DIVERGED]
    assert found.status.attrs["flag_meanings"].split() == ["MEASURED", "DIVERGED", "NONFINITE"]
    assert found.attrs["program"] == variational(QUARTIC, 2).program.digest


def job(tile=(3, 4), count: int | None = None) -> ExponentsJob:
    x, y = QUARTIC.state
    axes = (Axis(x, Fraction(1, 2), Fraction(5, 2), 10), Axis(eta, Fraction(1, 10), Fraction(2, 5), 7))
    return ExponentsJob(QUARTIC, axes, ((y, Fraction(4, 5)),), Measurement(64, 16, count, 8, 2), tile)


def assembled(a_job: ExponentsJob):
    layout = a_job.layout
    whole = {name: np.zeros(layout.shape(v), v.dtype) for name, v in layout.variables.items()}
    for i in range(layout.count):
        for name, values in compute_tile(a_job, i).items():
            whole[name][layout.region(i, layout.variables[name])] = values
    return whole


def test_a_plane_does_not_depend_on_its_tiles_and_is_the_sweep_of_its_points():
    whole, other = assembled(job()), assembled(job((128, 128)))
    assert same(whole.values(), other.values())
    xs, etas = (axis.centres for axis in job().axes)
    grid_eta, grid_x = np.meshgrid(etas, xs, indexing="ij")
    starts = np.array([grid_x.ravel(), np.full(70, 0.8)])
    flat = growth(QUARTIC, starts, {eta: grid_eta.ravel()}, Measurement(64, 16, None, 8, 2))
    assert np.array_equal(whole["exponent"], flat.exponent.reshape(2, 7, 10), equal_nan=True)
    assert np.array_equal(whole["finite_time"], flat.finite_time.reshape(2, 2, 7, 10), equal_nan=True)
    assert np.array_equal(whole["status"], flat.status.reshape(7, 10))
    assert len(set(whole["status"].ravel())) > 1
    labelled = job().layout.dataset(whole)
    assert labelled.exponent.dims == ("index", "row", "column")
    assert labelled.x.dims == ("column",)
    assert labelled.eta.dims == ("row",)


def test_a_range_of_a_parameter():
    d = CUBIC.state[0]
    axis = Axis(frozen_s, Fraction(1, 25), Fraction(51, 25), 25)  # the last centre is 2
    a_job = ExponentsJob(CUBIC, (axis,), ((d, 0.5),), Measurement(4000, 2000), (128, 10))
    found = a_job.layout.dataset(assembled(a_job))
    assert a_job.layout.count == 3
    assert found.exponent.dims == ("index", "column")
    s = found.s.values
    settled = s < 0.95
    assert found.exponent.values[0, settled] == pytest.approx(np.log(np.abs(1 - 2 * s[settled])), abs=1e-9)
    assert found.exponent.values[0, -1] == pytest.approx(math.log(3), abs=0.02)


def test_a_job_is_a_value():
    a_job = job()
    compute_tile(a_job, 0)
    copy = pickle.loads(pickle.dumps(a_job))
    assert copy == a_job
    assert hash(copy) == hash(a_job)
    assert same(compute_tile(copy, 1).values(), compute_tile(a_job, 1).values())
    assert json.loads(json.dumps(fingerprint(a_job), allow_nan=False)) == fingerprint(copy)
    assert fingerprint(job(count=1)) != fingerprint(a_job)
    assert fingerprint(job((4, 4)))["inputs"] == fingerprint(a_job)["inputs"]


def test_wrong_arguments_are_refused():
    good = Measurement(10, 0)
    for start, values, message in [
        ([[1.0]], {eta: 0.1}, "shape"),
        ([[1.0], [1.0]], {}, "no value is given for eta"),
        ([[1.0], [1.0]], {eta: [0.1, 0.2]}, "eta must be a number"),
    ]:
        with pytest.raises(ValueError, match=message):
            growth(QUARTIC, start, values, good)
    for arguments, message in [
        ((10, 0, 1, 16, 3), "multiple of windows"),
        ((0, 0), "multiple of windows"),
        ((10, -1), "transient"),
        ((10, 0, 1, 0), "renormalise"),
        ((10, 0, 1, 129), "renormalise"),
        ((10, 0, 1, 16, 1, math.inf), "radius"),
    ]:
        with pytest.raises(ValueError, match=message):
            Measurement(*arguments)
    for count in (0, 3):
        with pytest.raises(ValueError, match="1 to 2 exponents"):
            growth(QUARTIC, [[1.0], [1.0]], {eta: 0.1}, Measurement(10, 0, count))
    with pytest.raises(ValueError, match="no kernel can evaluate erf"):
        growth(StepMap("error function", (X,), (sp.erf(X),), ()), [[0.5]], {}, good)
    with pytest.raises(ValueError, match="once"):
        ExponentsJob(QUARTIC, (Axis(X, Fraction(0), Fraction(1), 3),), ((eta, 0.1),), good)
    with pytest.raises(ValueError, match="one axis or two"):
        ExponentsJob(QUARTIC, (), ((X, 0.0), (Y, 0.0), (eta, 0.1)), good)


def test_no_orbits_are_no_error():
    found = growth(CUBIC, np.empty((1, 0)), {frozen_s: 1.0}, Measurement(8, 0, windows=2))
    assert found.exponent.shape == (1, 0)
    assert found.finite_time.shape == (2, 1, 0)
