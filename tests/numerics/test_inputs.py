"""What callers may give to the numerics: as it is meant, in each of its forms, or refused in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy as sp
import xarray as xr

from edgestab.errors import InputError
from edgestab.numerics import inputs
from edgestab.numerics.cycles.branches import branches
from edgestab.numerics.cycles.cascade import cascade
from edgestab.numerics.cycles.continuation import continue_cycle
from edgestab.numerics.cycles.cycles import cycles
from edgestab.numerics.cycles.jets import Family
from edgestab.numerics.maps.exponents.exponents import ExponentsJob, exponents
from edgestab.numerics.maps.exponents.growth import Measurement
from edgestab.numerics.maps.exponents.transverse import transverse_exponents, transverse_growth
from edgestab.numerics.maps.measures.boxcount import box_counting
from edgestab.numerics.maps.measures.entropy import basin_entropy
from edgestab.numerics.maps.measures.uncertainty import uncertainty_exponent
from edgestab.numerics.maps.pictures.basin import BasinJob
from edgestab.numerics.maps.pictures.orbit_diagram import OrbitDiagramJob
from edgestab.numerics.maps.pictures.passage import passage
from edgestab.numerics.maps.pictures.slices import Axis, Slice, slice_of
from edgestab.numerics.orbits.follow import Rules
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.orbits.sweep import sweep
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import symbols
from tests.models_under_test import cached, eta, frozen_s

QUARTIC, CUBIC = cached("quartic"), cached("frozen-cubic").own.step
X, Y = QUARTIC.own.step.state
(D,) = CUBIC.state
A, B, U = symbols("a b u")
TILTED = StepMap("tilted", (U,), (A * U - U**3 + B,), (A, B))
BARE = sp.Symbol("eta")  # without the assumption of being positive: another symbol of the same name
STARTS = np.array([[3.3, 3.1, 2.0], [0.3, 0.2, 1.0]])
LABELS = np.triu(np.ones((300, 300), int))


def refused(words: str, do: Callable[..., Any], *arguments: Any, **options: Any) -> None:
    """One sentence of ours, whatever `do` would have made of it."""
    with pytest.raises(InputError, match=words) as caught:
        do(*arguments, **options)
    assert "\n" not in str(caught.value)


# Forms that mean the same.


@pytest.mark.parametrize("starts", [STARTS.tolist(), xr.DataArray(STARTS), sp.Matrix(STARTS).tolist()])
@pytest.mark.parametrize("name", ["eta", BARE, eta])
def test_a_sweep_takes_lists_and_names(starts, name):
    wanted = sweep(QUARTIC, STARTS, {eta: 0.2})
    assert sweep(QUARTIC, starts, {name: 0.2}).identical(wanted)
    assert sweep(QUARTIC, starts, {name: [0.2, 0.2, 0.2]}).identical(wanted)
    assert sweep(QUARTIC, starts, {name: Fraction(1, 5)}, observers=[]).identical(wanted)


def test_one_start_is_one_orbit():
    assert sweep(QUARTIC, [3.3, 0.3], {"eta": 0.2}).identical(sweep(QUARTIC, STARTS[:, :1], {eta: 0.2}))
    found, wanted = (exponents(QUARTIC, s, {"eta": 0.1}, steps=100, transient=0) for s in ([1.4, 0.7], [[1.4], [0.7]]))
    assert found.identical(wanted)
    one, many = (transverse_exponents(QUARTIC.own.step, QUARTIC.minima[1], p, {"eta": 0.2}) for p in (
        [2.0, 0.5], [[2.0], [0.5]],
    ))  # fmt: skip
    assert one.exponents.tolist() == many.exponents.tolist()


def test_a_list_of_starts_in_one_dimension_is_an_orbit_each():
    found = sweep(cached("frozen-cubic"), [0.2, 0.4, 0.9], {"s": 0.5})
    assert found.identical(sweep(cached("frozen-cubic"), [[0.2, 0.4, 0.9]], {frozen_s: 0.5}))
    assert found.sizes["orbit"] == 3


def test_a_start_that_is_not_finite_is_an_orbit_with_a_status():
    bad = np.array([[np.nan, np.inf, 3.3], [0.3, 0.3, 0.3]])
    found = sweep(QUARTIC, bad, {eta: 0.1})
    assert found["status"].values.tolist() == [Status.NONFINITE, Status.NONFINITE, Status.CONVERGED]
    assert found["steps"].values[:2].tolist() == [0, 0]
    measured = exponents(QUARTIC, bad, {eta: 0.1}, steps=10, transient=0)
    assert measured["status"].values.tolist() == [Status.NONFINITE, Status.NONFINITE, Status.BOUNDED]


def test_a_passage_takes_names_and_what_its_quantities_need():
    (c,) = symbols("c")
    found = passage(QUARTIC, [3.3, 0.3], {"eta": 0.1, "c": 2}, c * X, Y, 60, 10)
    wanted = passage(QUARTIC, (3.3, 0.3), {eta: 0.1}, 2 * X, Y, 60, 10)
    assert found.abscissa.tolist() == wanted.abscissa.tolist()


def test_axes_and_slices_take_decimals_and_names():
    for columns in (Axis("x", 3.0, 4, 4), Axis("x", "3", "8/2", 4), Axis(X, Fraction(3), Fraction(4), 4)):
        where = slice_of(QUARTIC, columns, Axis("y", 0.1, 0.5, 4), {"eta": 0.2})
        assert where.identity == slice_of(
            QUARTIC, Axis(X, Fraction(3), Fraction(4), 4), Axis(Y, Fraction(1, 10), Fraction(1, 2), 4),
            {eta: Fraction(1, 5)},
        ).identity  # fmt: skip


def test_a_diagram_takes_lists_and_names():
    wanted = OrbitDiagramJob(TILTED, A, (0.5, 1.2), 3, U, (0, 1), 3, np.array([[0.4, 0.2]]), 5, 5, {B: 0.1})
    found = OrbitDiagramJob(TILTED, "a", (0.5, 1.2), 3, U, (0, 1), 3, [0.4, 0.2], 5, 5, {"b": 0.1})
    assert found.identity == wanted.identity


def test_cycles_take_names():
    found = cycles(CUBIC, {"s": 1.1}, [(0, 1.5)], 2)
    wanted = cycles(CUBIC, {frozen_s: Fraction(11, 10)}, [(0, 1.5)], 2)
    assert [c.row() for c in found.cycles] == [c.row() for c in wanted.cycles]
    by_name = continue_cycle(CUBIC, "s", (0.5, 1.2), np.array([1.0]), 0.6)
    assert by_name.dataset().identical(continue_cycle(CUBIC, frozen_s, (0.5, 1.2), [1.0], 0.6).dataset())
    flips = cascade(CUBIC, "s", [1], 1, 1).flips
    assert [f.value for f in flips] == [f.value for f in cascade(CUBIC, frozen_s, [1.0], 1.0, 1).flips]
    fixed = {"b": Fraction(1, 10)}
    assert len(branches(TILTED, "a", (0.2, 0.5), [(0, 1)], fixed=fixed)) == 1


# What is refused.

WRONG_VALUES: list[tuple[Any, str]] = [
    ({}, "no value is given for eta"),
    ({eta: 0.2, "s": 1}, "s is no parameter of .*, which has eta: leave it out"),
    ({eta: 0.2, "eta": 0.1}, "eta has two values: leave one out"),
    ({eta: 0.0}, "step size must be positive and finite, got 0"),
    ({eta: -0.1}, "step size must be positive and finite, got -0.1"),
    ({eta: np.nan}, "step size must be positive and finite, got nan"),
    ({eta: np.inf}, "step size must be positive and finite, got inf"),
    ({eta: "0.2"}, "eta must be real numbers"),
    ({eta: True}, "eta must be real numbers"),
    ({eta: 1j}, "eta must be real numbers"),
    ({eta: None}, "eta must be real numbers"),
    ({eta: X}, "eta must be real numbers"),
    (0.2, "values are given by name, such as"),
]


@pytest.mark.parametrize(("values", "words"), WRONG_VALUES)
def test_wrong_parameters_are_refused(values, words):
    refused(words, sweep, QUARTIC, STARTS, values)
    refused(words, exponents, QUARTIC, STARTS, values, steps=10, transient=0)
    refused(words, transverse_exponents, QUARTIC.own.step, QUARTIC.minima[1], [2.0, 0.5], values)
    refused(words, transverse_growth, QUARTIC.own.step, QUARTIC.minima[1], [1.4, 0.7], values, 5)
    if values != WRONG_VALUES[1][0]:
        refused(words, passage, QUARTIC, [3.3, 0.3], values, X, Y, 60, 10)


def test_wrong_shapes_are_refused():
    for do in (
        lambda s, v: sweep(QUARTIC, s, v),
        lambda s, v: exponents(QUARTIC, s, v, steps=10, transient=0),
        lambda s, v: transverse_growth(QUARTIC.own.step, QUARTIC.minima[1], s, v, 5),
    ):
        refused(
            r"must have the shape \(2, n\), one row for each of x, y, got \(3, 4\)", do, np.ones((3, 4)), {eta: 0.1}
        )
        refused("one row for each of x, y, and not one column, got", do, np.ones((3, 2)), {eta: 0.1})
        refused("one row for each of x, y, got", do, [1.0, 2.0, 3.0], {eta: 0.1})
        refused("one row for each of x, y, got", do, 1.0, {eta: 0.1})
        refused("in rows of equal length", do, [[1.0, 2.0], [1.0]], {eta: 0.1})
        refused("must be real numbers", do, [["1"], ["2"]], {eta: 0.1})
        refused(r"eta must be a number or have the shape \(3,\), got \(2,\)", do, STARTS, {eta: [0.1, 0.2]})
        refused("step size must be positive and finite, got -1", do, STARTS, {eta: [0.1, -1, 0.2]})
    refused("the value of s must be finite, got nan", sweep, cached("frozen-cubic"), [0.2], {"s": np.nan})


def test_wrong_numbers_are_refused_where_whole_ones_are_meant():
    refused("threads must be at least 1, got 0", sweep, QUARTIC, STARTS, {eta: 0.2}, threads=0)
    refused("threads must be a whole number, got 1.5", sweep, QUARTIC, STARTS, {eta: 0.2}, threads=1.5)
    refused("steps must be a whole number, got 10.0", Measurement, 10.0, 0)
    refused("count must be a whole number, got '2'", Measurement, 10, 0, "2")
    refused("windows must be a whole number, got True", Measurement, 10, 0, windows=True)
    refused("steps must be a whole number", passage, QUARTIC, [3.3, 0.3], {eta: 0.1}, X, Y, 1e3, 10)
    refused("tile must be at least 1, got 0", BasinJob, QUARTIC, window(), tile=0)


def test_rules_that_end_nothing_are_refused():
    refused("budget must be positive, got nan", Rules, np.nan)
    refused("most must be positive, got 0", Rules, most=0)
    refused("least must not be negative, got -1", Rules, least=-1)
    refused("radius must be positive, got -1", Rules, radius=-1)


def test_a_wrong_passage_is_refused():
    for start in ([3.3], [3.3, np.nan], ["a", "b"], [[3.3], [0.3]]):
        refused("the start must be", passage, QUARTIC, start, {eta: 0.1}, X, Y, 60, 10)
    refused("b is no parameter of", passage, QUARTIC, [3.3, 0.3], {eta: 0.1, "b": 1}, X, Y, 60, 10)
    refused("the value of c must be finite", passage, QUARTIC, [3.3, 0.3], {eta: 0.1, "c": np.inf},
            symbols("c")[0] * X, Y, 60, 10)  # fmt: skip


def window(**fixed: Any) -> Slice:
    return slice_of(QUARTIC, Axis("x", 3, 4, 8), Axis("y", 0.1, 0.5, 8), fixed or {"eta": Fraction(1, 5)})


@pytest.mark.parametrize("value", [np.nan, np.inf, "two", True, None, 1j, X])
def test_what_is_no_number_is_neither_an_end_nor_a_value(value):
    refused("the low end of x(: unknown name 'two'| must be)", Axis, "x", value, 4, 8)
    refused("eta(: unknown name 'two'| must be)", window, eta=value)
    refused("s(: unknown name 'two'| must be)", cycles, CUBIC, {"s": value}, [(0, 1)], 1)
    refused("s(: unknown name 'two'| must be)", Family, CUBIC, {"s": value})


def test_wrong_slices_and_basins_are_refused():
    refused("the number of pixels of x must be a whole number, got 8.0", Axis, "x", 3, 4, 8.0)
    refused("no coordinates x, y, z for quartic", window, eta=0.2, z=1)
    refused("step size must be positive and finite, got -0.2", BasinJob, QUARTIC, window(eta=-0.2))
    descending = slice_of(QUARTIC, Axis("eta", -1, 1, 8), Axis("y", 0.1, 0.5, 8), {"x": 3})
    refused("step size must be positive and finite, got -0.875", BasinJob, QUARTIC, descending)
    plane = Axis("x", 3, 4, 8), Axis("y", 0.1, 0.5, 8)
    refused("no value is given for eta", BasinJob, QUARTIC, Slice(*plane, (X, Y)))
    refused("the slice starts in 3 coordinates, the model in 2", BasinJob, QUARTIC, Slice(*plane, (X, Y, X)))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"interval": (np.nan, 1)}, "the interval must be two finite numbers in ascending order"),
        ({"window": 3}, "the window must be two finite numbers in ascending order"),
        ({"window": ("0", "1")}, "the window must be two finite numbers in ascending order"),
        ({"columns": 3.5}, "columns must be a whole number, got 3.5"),
        ({"kept": "all"}, "kept must be a whole number, got 'all'"),
        ({"starts": "0.4"}, "starts must be real numbers"),
        ({"starts": [[0.4], [0.2]]}, "starts must be finite, of shape"),
        ({"parameters": {B: np.inf}}, "the value of b must be finite"),
        ({"parameters": {B: 0, "b": 1}}, "b has two values"),
        ({"parameters": {B: 0, "c": 1}}, "c takes no fixed value here"),
        ({"swept": "c"}, "c is neither a parameter nor a state variable"),
    ],
)
def test_a_wrong_diagram_is_refused(changes, words):
    fields = {
        "step": TILTED, "swept": A, "interval": (0.5, 1.2), "columns": 3, "observable": U, "window": (0, 1), "rows": 3,
        "starts": [[0.4]], "settle": 5, "kept": 5, "parameters": {B: 0},
    } | changes  # fmt: skip
    refused(words, OrbitDiagramJob, **fields)


def test_a_diagram_of_step_sizes_that_are_not_positive_is_refused():
    refused("step size must be positive and finite, got -0.75", OrbitDiagramJob, QUARTIC.own.step, "eta", (-1, 1), 4,
            X, (0, 1), 3, [[1.1], [1.0]], 5, 5)  # fmt: skip


def test_wrong_maps_of_exponents_are_refused():
    axes, rules = (Axis("x", 0.5, 1, 4),), Measurement(10, 0)
    refused("step size must be positive and finite, got -1", ExponentsJob, QUARTIC.own.step, axes,
            ((Y, 1.0), (eta, -1.0)), rules)  # fmt: skip
    refused("the value of y must be finite, got nan", ExponentsJob, QUARTIC.own.step, axes,
            ((Y, np.nan), (eta, 0.1)), rules)  # fmt: skip
    by_name = ExponentsJob(QUARTIC.own.step, axes, (("y", 1.0), ("eta", 0.1)), rules)
    assert by_name == ExponentsJob(QUARTIC.own.step, axes, ((Y, 1.0), (eta, 0.1)), rules)


def test_wrong_searches_for_cycles_are_refused():
    for box in ([(0, np.inf)], [(np.nan, 1)], [(1, 0)], [3], [("0", "1")]):
        refused(
            "the box's interval of d must be two finite numbers in ascending order", cycles, CUBIC, {"s": 1}, box, 1
        )
    refused("b is no parameter of 'frozen-s cubic'", cycles, CUBIC, {"s": 1, "b": 2}, [(0, 1)], 1)
    refused("period must be a whole number, got 1.0", cycles, CUBIC, {"s": 1}, [(0, 1)], 1.0)
    refused("budget must be at least 1, got 0", cycles, CUBIC, {"s": 1}, [(0, 1)], 1, budget=0)
    refused("resolution must be positive, got nan", cycles, CUBIC, {"s": 1}, [(0, 1)], 1, resolution=np.nan)
    refused("values are given by name", cycles, CUBIC, 1.0, [(0, 1)], 1)


def test_wrong_guesses_of_cycles_are_refused():
    def follow(
        parameter: Any = "s", interval: Any = (0.5, 1.2), start: Any = (1.0,), at: Any = 0.6, **others: Any
    ) -> None:
        continue_cycle(CUBIC, parameter, interval, start, at, **others)

    refused("'q' is not a parameter of 'frozen-s cubic'; there is s", follow, "q")
    refused("the interval of s must be two finite numbers in ascending order", follow, interval=(1.2, 0.5))
    refused("the start must be 1 finite numbers", follow, start=(1.0, 2.0))
    refused("the start must be 1 finite numbers", follow, start=(np.nan,))
    refused("the start's s must be a finite number, got nan", follow, at=np.nan)
    refused("points must be at least 1, got 0", follow, points=0)
    refused("the box has 2 sides but the state 1 variables", follow, box=[(0, 1), (0, 1)])
    refused("s has two values|choose|no parameter", follow, fixed={"b": 1})
    for start, at, doublings, words in (
        ((1.0,), 1.0, -1, "doublings must be at least 0, got -1"),
        ((1.0, 1.0), 1.0, 2, "the start must be 1 finite numbers"),
        ((1.0,), np.inf, 2, "the start's s must be a finite number, got inf"),
    ):
        refused(words, cascade, CUBIC, "s", start, at, doublings)
    refused("'q' is not a parameter of", cascade, CUBIC, "q", (1.0,), 1.0, 1)
    refused("doublings must be at least 0", branches, CUBIC, "s", (0.5, 1), [(0, 1)], doublings=-1)
    refused("the interval of s must be two finite", branches, CUBIC, "s", (1, 0.5), [(0, 1)])


def test_wrong_pictures_are_refused_by_the_measures():
    for measure in (box_counting, basin_entropy):
        refused("labels must be a 2-D array of integers, got rows of unequal length", measure, [[1, 2], [3]])
        refused("labels must be a 2-D array of integers", measure, LABELS + 0.5)
        refused("labels must be a 2-D array of integers", measure, None)
        refused("level must be a finite number, got nan", measure, LABELS, level=np.nan)
        refused("level must be a finite number, got '95%'", measure, LABELS, level="95%")
        assert measure(LABELS.tolist()) == measure(LABELS)
    refused("smallest must be a whole number, got 2.0", box_counting, LABELS, smallest=2.0)
    refused("largest must be a whole number, got '8'", box_counting, LABELS, largest="8")
    refused("box must be a whole number, got 5.0", basin_entropy, LABELS, 5.0)


def test_wrong_draws_are_refused_by_the_uncertainty_exponent():
    def measure(label_of: Any = lambda p: p[0] > p[1], window: Any = ((0, 0), (1, 1)), **others: Any) -> Any:
        return uncertainty_exponent(
            label_of, window, **{"epsilons": [0.1, 0.03, 0.01], "pairs": 400, "seed": 1} | others
        )

    assert measure(epsilons=np.array([0.1, 0.03, 0.01])) == measure()
    refused("window must be real numbers", measure, window="unit")
    refused("window must be real numbers", measure, window=[[0, 0], [1]])
    refused("epsilons must be at least three different distances", measure, epsilons=[0.1, np.nan, 0.01])
    refused("epsilons must be real numbers", measure, epsilons=["0.1", "0.2", "0.3"])
    refused("pairs must be a whole number, got 400.0", measure, pairs=400.0)
    refused("seed must be at least 0, got -1", measure, seed=-1)
    refused("label_of must give integers, got float64", measure, label_of=lambda p: p[0])


# The readers themselves.


def test_numbers_are_an_array_of_their_own():
    given = np.array([1.0, 2.0])
    found = inputs.numbers(given, "x")
    found[0] = 5
    assert given.tolist() == [1.0, 2.0]
    assert inputs.numbers([sp.Rational(1, 2), Fraction(1, 4), 2], "x").tolist() == [0.5, 0.25, 2]
    assert inputs.numbers(np.float32(0.5), "x").dtype == np.float64


def test_an_exact_number_is_the_decimal_that_was_written():
    assert inputs.exact(0.1, "x") == Fraction(1, 10)
    assert inputs.exact(np.float64(1e-7), "x") == Fraction(1, 10**7)
    assert float(inputs.exact(0.1 + 0.2, "x")) == 0.1 + 0.2
    assert inputs.exact(sp.Float("0.25"), "x") == Fraction(1, 4)
    assert inputs.exact(np.int64(3), "x") == 3


def test_a_long_value_is_shortened_in_a_sentence():
    with pytest.raises(InputError) as caught:
        inputs.numbers(["a" * 500], "x")
    assert len(str(caught.value)) < 130
