"""The elementary functions in WebAssembly against 40 digits, and where they have no value."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence

import mpmath
import numpy as np
import pytest
import sympy as sp

from edgestab.numerics.programs.program import program_of
from edgestab.numerics.wasm.elementary import ERRORS, REDUCED
from edgestab.numerics.wasm.printer import LANES, lane_module
from edgestab.theory.symbols import symbols
from tests.numerics.browser.javascript import needs_node, numbers, run

pytestmark = needs_node

X, Y = symbols("x y")
SCRIPT = """
const bytes = Uint8Array.from(atob(data.module), (c) => c.charCodeAt(0));
const columns = { f: 1 };
const module = new LaneModule(bytes, { columns }, data.lanes);
return module.columns("f", data.inputs.map((row) => Float64Array.from(row, Number)), data.inputs[0].length)[0];
"""


def values(expression: sp.Expr, *inputs: Sequence[float]) -> np.ndarray:
    plain = program_of([X], [X])
    module = lane_module(plain, plain, 1, 1, (0,), {"f": program_of([expression], [X, Y][: len(inputs)])})
    rows = [[repr(float(v)).replace("inf", "Infinity").replace("nan", "NaN") for v in row] for row in inputs]
    given = {"module": base64.b64encode(module).decode(), "lanes": LANES, "inputs": rows}
    return np.array(numbers(run(SCRIPT, given)))


def arguments(name: str) -> np.ndarray:
    rng = np.random.default_rng(11)
    sizes = np.exp(rng.uniform(-30, 6, 3000))
    both = np.concatenate([sizes, -sizes, rng.uniform(-2, 2, 3000), np.linspace(-1.001, 1.001, 501)])
    if name == "log":
        return np.concatenate([sizes, np.exp(rng.uniform(-740, 709, 2000)), 1 + rng.uniform(-1e-3, 1e-3, 1000)])
    if name in ("sin", "cos", "tan"):
        return np.concatenate([both, rng.uniform(-REDUCED, REDUCED, 3000), rng.uniform(1e5, 1e15, 200)])
    return both


@pytest.mark.parametrize("name", list(ERRORS))
def test_errors_are_within_what_is_said(name: str) -> None:
    x = arguments(name)
    found = values(getattr(sp, name)(X), x)
    with mpmath.workdps(50):
        exact = [getattr(mpmath, name)(mpmath.mpf(float(v))) for v in x]
        rounded = np.array([float(e) for e in exact])
        away = np.array([abs(float(mpmath.mpf(float(f)) - e)) for f, e in zip(found, exact, strict=True)])
    size = np.abs(rounded)
    if name in ("sin", "cos", "tan"):
        size = np.maximum(size, 1e-6)
    worst = (away / np.spacing(size))[np.isfinite(rounded)].max()
    assert worst <= ERRORS[name]
    assert worst > ERRORS[name] / 4, "the bound that is stated is not near what is seen"


@pytest.mark.parametrize(
    ("expression", "at", "expected"),
    [
        (sp.exp(X), [math.inf, -math.inf, math.nan, 0.0, 710.0, -746.0, -740.0], [math.inf, 0, math.nan, 1, math.inf, 0, math.exp(-740)]),
        (sp.log(X), [0.0, -0.0, -1.0, math.inf, math.nan, 1.0, 5e-324], [-math.inf, -math.inf, math.nan, math.inf, math.nan, 0, math.log(5e-324)]),
        (sp.sin(X), [math.inf, math.nan, 0.0, 1e300], [math.nan, math.nan, 0, math.sin(1e300)]),
        (sp.tanh(X), [math.inf, -math.inf, math.nan, 0.0, 800.0], [1, -1, math.nan, 0, 1]),
        (sp.cosh(X), [math.inf, -math.inf, math.nan, 710.2], [math.inf, math.inf, math.nan, math.cosh(710.2)]),
        (sp.sinh(X), [math.inf, -math.inf, math.nan, -710.2], [math.inf, -math.inf, math.nan, math.sinh(-710.2)]),
        (sp.sign(X), [3.0, -2.0, 0.0, math.nan], [1, -1, 0, math.nan]),
    ],
)  # fmt: skip
def test_where_values_are_special(expression: sp.Expr, at: list[float], expected: list[float]) -> None:
    np.testing.assert_allclose(values(expression, at), expected, rtol=1e-13)


def test_what_is_undefined_stays_so_in_minima_and_maxima() -> None:
    x, y = [math.nan, 1.0, 2.0, 1.0], [1.0, math.nan, 1.0, 2.0]
    np.testing.assert_array_equal(values(sp.Min(X, Y), x, y), [math.nan, math.nan, 1, 1])
    np.testing.assert_array_equal(values(sp.Max(X, Y), x, y), [math.nan, math.nan, 2, 2])


def test_powers_are_those_of_the_host() -> None:
    x = [2.0, 0.5, 10.0, -1.0]
    np.testing.assert_allclose(
        values(X**Y, x, [0.3, -2.7, 300.1, 0.5]), [2**0.3, 0.5**-2.7, 10**300.1, math.nan], rtol=1e-14
    )
