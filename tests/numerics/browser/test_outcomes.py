"""The worker of a page against the package: the same orbits to the bit, and the same outcomes."""

from __future__ import annotations

import random
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy as sp

from edgestab.errors import InputError
from edgestab.numerics.browser.spec import MOST_STATE, engine_of
from edgestab.numerics.maps.pictures.basin import basin_of
from edgestab.numerics.maps.pictures.slices import Axis, slice_of
from edgestab.numerics.orbits.follow import Rules
from edgestab.numerics.printers import reference
from edgestab.numerics.programs.program import step_program
from edgestab.theory.domain import Positive
from edgestab.theory.models.base import Model
from edgestab.theory.models.catalogue import model
from edgestab.theory.models.given import model_given
from edgestab.theory.optimizers.written import WrittenStep
from edgestab.theory.product_landing import cycles, landings
from edgestab.theory.symbols import ETA, symbol
from tests.models_under_test import NAMES, cached
from tests.numerics.browser.javascript import answers, needs_node, numbers

Window = tuple[str, str, str]


@pytest.fixture(params=[pytest.param("node", marks=needs_node), "chromium"])
def place(request: pytest.FixtureRequest) -> Any:
    """Where the worker runs: a page of Chromium, or None for Node."""
    if request.param == "node":
        return None
    return request.getfixturevalue("page")


@pytest.fixture(scope="module")
def page(browser: Any) -> Any:
    return browser.new_page()


def polynomial(seed: int) -> Model:
    """The model of a polynomial in one or two parameters with small coefficients."""
    draw = random.Random(seed)
    x = ("x", "y")[: 1 + seed % 2]
    terms = [f"{draw.randint(1, 9)}*{v}**{draw.choice((2, 4))}/{draw.randint(4, 9)}" for v in x]
    terms += [f"({draw.randint(-5, 5)})*x**{draw.randint(1, 3)}*{x[-1]}**{draw.randint(0, 2)}/7" for _ in range(3)]
    return model_given(loss=" + ".join(terms), parameters=" ".join(x))


def window_of(of: Model) -> tuple[Window, Window, dict[str, str]]:
    """Two axes of a model, and values for the rest."""
    state, parameters = [str(s) for s in of.own.step.state], [str(p) for p in of.own.step.parameters]
    first = (state[0], "-2.3", "2.7")
    second = (state[1], "-1.9", "2.3") if len(state) > 1 else (parameters[0], "0.05", "1.7")
    fixed = {n: f"0.{3 + k}" for k, n in enumerate([*state, *parameters]) if n not in (first[0], second[0])}
    return first, second, fixed


def compare(
    of: Model, x: Window, y: Window, fixed: Mapping[str, str], size: int, most: int = 2000, page: Any = None
) -> str:
    """Compare every pixel of a picture; return the arithmetic that was used."""
    axes = [Axis(symbol(name), Fraction(low), Fraction(high), size) for name, low, high in (x, y)]
    plane = slice_of(of, axes[0], axes[1], {n: Fraction(v) for n, v in fixed.items()})
    job = basin_of(of, plane, Rules(most=most), None)
    rows, columns = (i.ravel() for i in np.indices((size, size)))
    expected = job.pixels(rows, columns)
    about = {
        k: {"name": n, "low": low, "high": high, "count": size} for k, (n, low, high) in zip("xy", (x, y), strict=True)
    }
    request = {"kind": "tile", "axes": about, "fixed": dict(fixed), "rows": [0, size], "columns": [0, size]}
    (found,) = answers(engine_of(job.model), [{**request, "steps": most}], page)
    assert "error" not in found, found
    assert found["index"] == list(range(size * size))
    for name in ("status", "limit", "period", "steps"):
        np.testing.assert_array_equal(found[name], expected[name], err_msg=f"{of.name}: {name}")
    np.testing.assert_allclose(numbers(found["sharpness"]), expected["sharpness"], rtol=1e-12, atol=1e-14)
    return str(found["arithmetic"])


@pytest.mark.parametrize("name", NAMES)
def test_built_in_models_have_the_outcomes_of_the_package(name: str, place: Any) -> None:
    of = cached(name)
    compare(of, *window_of(of), size=12, page=place)


@needs_node
@pytest.mark.parametrize("seed", range(4))
def test_random_polynomials_have_the_outcomes_of_the_package(seed: int) -> None:
    of = polynomial(seed)
    compare(of, *window_of(of), size=10)


@pytest.mark.parametrize(
    "loss",
    [
        "log(1 + exp(-x*y)) + x**2/50",
        "x - log(x) + y**2/2",
        "sqrt(1 + x**2*y**2) - 1",
        "cosh(x*y - 1)",
        "tanh(x)**2 + y**4",
        "sin(3*x) + x**2/10 + y**2",
        "x**(5/2) + y**2",
        "(x*y*z - 1)**2/2",
        "(x - 1)**2*(x + 2)**2 + y**2*(1 + x**2)/2",
    ],
)
@needs_node
def test_losses_of_users_have_the_outcomes_of_the_package(loss: str) -> None:
    of = model_given(loss=loss, parameters="x y z" if "z" in loss else "x y")
    compare(of, *window_of(of), size=12)


@needs_node
def test_a_flat_minimum_captures_orbits() -> None:
    compare(model_given(loss="x**4/4", parameters="x"), ("x", "-3", "3"), ("eta", "0.05", "1.5"), {}, 16)


@needs_node
@pytest.mark.parametrize("optimizer", ["heavy-ball", "nesterov"])
def test_momentum(optimizer: str) -> None:
    of = model_given(
        loss="x**4/4 - x**2/2", parameters="x", optimizer=optimizer, constants={symbol("beta"): sp.Rational(1, 2)}
    )
    state = [str(s) for s in of.own.step.state]
    compare(of, ("x", "-2", "2"), ("eta", "0.1", "4"), dict.fromkeys(state[1:], "0.25"), 16)


@needs_node
@pytest.mark.parametrize("width", ["1e-13", "1e-18", "1e-24"])
def test_deep_windows_are_in_double_double(width: str) -> None:
    high = [str(Fraction(low) + Fraction(width)) for low in ("1.7", "2.9")]
    windows = [(n, low, top) for n, low, top in zip("xy", ("1.7", "2.9"), high, strict=True)]
    assert compare(model("quartic"), windows[0], windows[1], {"eta": "0.2"}, 8) == "double-double"


@pytest.mark.parametrize("name", [*NAMES, *map(str, range(20))])
def test_states_are_equal_to_the_bit(name: str, place: Any) -> None:
    of = polynomial(int(name)) if name.isdigit() else cached(name)
    first, second, fixed = window_of(of)
    given = {**fixed, first[0]: "0.7", second[0]: "0.6"}
    state, parameters = ([str(s) for s in group] for group in (of.own.step.state, of.own.step.parameters))
    request = {"kind": "orbit", "steps": 60, "start": {s: given[s] for s in state}, "most": 64}
    (found,) = answers(engine_of(of), [{**request, "fixed": {p: given[p] for p in parameters}}], place)
    # The compiled kernels have the bits of the reference: tests/numerics/test_conformance.py.
    program = step_program(of.own.step)
    expected = [[float(given[s]) for s in state]]
    while len(expected) <= 60 and np.isfinite(expected[-1]).all():
        after = reference.evaluate(program, [*expected[-1], *(float(given[p]) for p in parameters)])
        expected.append([float(v) for v in after])
    assert len(expected) > 3
    states = np.array(numbers(found["states"])).reshape(-1, len(state))
    np.testing.assert_array_equal(states, expected)


@needs_node
def test_a_coarse_pass_and_a_fine_one_make_the_picture() -> None:
    axes = {k: {"name": k, "low": "0.01", "high": "4", "count": 24} for k in "xy"}
    request = {"kind": "tile", "axes": axes, "fixed": {"eta": "0.2"}, "rows": [0, 24], "columns": [5, 24]}
    coarse, fine, whole = answers(
        engine_of(model("quartic")), [{**request, "stride": 4}, {**request, "done": 4}, request]
    )
    assert sorted(coarse["index"] + fine["index"]) == whole["index"]
    merged = dict(zip(coarse["index"] + fine["index"], coarse["status"] + fine["status"], strict=True))
    assert [merged[i] for i in whole["index"]] == whole["status"]


@needs_node
def test_an_orbit_has_its_loss_and_its_hessian() -> None:
    start = {"x": "2.6", "y": "0.3"}
    request = {"kind": "orbit", "start": start, "fixed": {"eta": "0.2"}, "steps": 50}
    (found,) = answers(engine_of(model("quartic")), [request])
    x, y = np.array(numbers(found["states"])).reshape(-1, 2).T
    p = x * y
    np.testing.assert_allclose(numbers(found["loss"]), (1 - p**2) ** 2 / 4, rtol=1e-12)
    hessian = np.array([[(3 * p**2 - 1) * y**2, 4 * p**3 - 2 * p], [4 * p**3 - 2 * p, (3 * p**2 - 1) * x**2]])
    values = np.linalg.eigvalsh(hessian.transpose(2, 0, 1))
    np.testing.assert_allclose(numbers(found["sharpness"]), values[:, 1], rtol=1e-9)
    np.testing.assert_allclose(numbers(found["second"]), values[:, 0], rtol=1e-7, atol=1e-9)
    assert float(found["angle"][0]) == pytest.approx(0, abs=1e-7)


@needs_node
def test_a_diagram_counts_where_orbits_come() -> None:
    axis = {"name": "eta", "low": "0.5", "high": "1.5", "count": 5}
    request = {"kind": "diagram", "vary": axis, "start": {"x": "0.4"}, "fixed": {}, "observable": 0}
    window = {"low": "-2", "high": "2", "count": 40}
    of = model_given(loss="x**2/2", parameters="x")
    (found,) = answers(engine_of(of), [{**request, "window": window, "settle": 0, "kept": 3}])
    expected = np.zeros((40, 5), int)
    for column, eta in enumerate((0.6, 0.8, 1.0, 1.2, 1.4)):
        x = 0.4
        for _ in range(3):
            x -= eta * x
            expected[int((x + 2) * 10), column] += 1
    np.testing.assert_array_equal(np.reshape(found["counts"], (40, 5)), expected)


AXES = {k: {"name": k, "low": "0", "high": "1", "count": 4} for k in "xy"}


@needs_node
@pytest.mark.parametrize(
    ("request_", "says"),
    [
        ({"kind": "tile", "axes": {**AXES, "x": {**AXES["x"], "low": "1e999"}}}, "exponent"),
        ({"kind": "tile", "axes": {**AXES, "x": {**AXES["x"], "low": "NaN"}}}, "decimal"),
        ({"kind": "tile", "axes": {**AXES, "x": {**AXES["x"], "low": "2"}}}, "empty"),
        ({"kind": "tile", "axes": {**AXES, "x": {**AXES["x"], "count": 10**9}}}, "pixels"),
        ({"kind": "tile", "axes": {**AXES, "x": {**AXES["x"], "count": 0.5}}}, "pixels"),
        ({"kind": "tile", "axes": {**AXES, "x": {**AXES["x"], "name": "__proto__"}}}, "no coordinate"),
        ({"kind": "tile", "axes": {**AXES, "x": AXES["y"]}}, "two variables"),
        ({"kind": "tile", "axes": AXES, "fixed": {}}, "no value is given for eta"),
        ({"kind": "tile", "axes": AXES, "fixed": {"eta": "-1"}}, "positive"),
        ({"kind": "tile", "axes": AXES, "fixed": {"eta": "0"}}, "positive"),
        ({"kind": "tile", "axes": {**AXES, "x": {**AXES["x"], "low": "0.5", "high": "0.5" + "0" * 60 + "1"}}}, "zoom"),
        ({"kind": "orbit", "start": {}, "steps": 3}, "no value is given for x"),
        ({"kind": "orbit", "start": {"x": "1", "y": "1"}, "steps": 10**9}, "100000 steps"),
        ({"kind": "constructor"}, "no such request"),
        ({"kind": "__proto__"}, "no such request"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_a_sentence(request_: dict[str, object], says: str) -> None:
    whole = {"fixed": {"eta": "0.2"}, "rows": [0, 4], "columns": [0, 4], **request_}
    bad, good = answers(
        engine_of(model("quartic")), [whole, {**whole, "kind": "tile", "axes": AXES, "fixed": {"eta": "0.2"}}]
    )
    assert says in bad["error"]
    assert len(good["status"]) == 16


def test_a_step_that_counts_its_steps_is_refused() -> None:
    of = model_given(loss="x**2", parameters="x", written=WrittenStep(size="1/(1 + t)", counted=True))
    with pytest.raises(InputError, match="counts its steps"):
        engine_of(of)


def test_many_parameters_are_refused() -> None:
    names = [f"x{k}" for k in range(MOST_STATE + 1)]
    of = model_given(loss=" + ".join(f"{n}**2" for n in names), parameters=" ".join(names))
    with pytest.raises(InputError, match="at most 12 state variables"):
        engine_of(of)


def test_two_cycles_are_where_theory_puts_them(place: Any) -> None:
    of = model_given(loss="log(cosh(x*y - 1))", parameters="x y")
    axes = {
        "x": {"name": "x", "low": "0", "high": "4", "count": 9},
        "y": {"name": "y", "low": "0", "high": "2", "count": 7},
    }
    (found,) = answers(engine_of(of), [{"kind": "levels", "axes": axes, "fixed": {"eta": "0.5"}}], place)
    assert of.loss is not None
    (minimum,) = landings(of.loss)
    law = sp.lambdify((*of.loss.parameters, ETA), cycles(minimum, *of.loss.parameters).replace(Positive, beyond))
    y, x = ((np.indices((7, 9))[i].ravel() + 0.5) * side for i, side in enumerate((2 / 7, 4 / 9)))
    with np.errstate(invalid="ignore"):
        np.testing.assert_allclose(numbers(found["cycles"][0]), law(x, y, 0.5), rtol=1e-12, atol=1e-12)
    (none,) = answers(engine_of(model("degree-2")), [{"kind": "levels", "axes": axes, "fixed": {"eta": "0.5"}}], place)
    assert none["cycles"] == []


def beyond(value: sp.Expr) -> sp.Expr:
    """A guard as NumPy has it."""
    return sp.Piecewise((0, value > 0), (sp.nan, True))
