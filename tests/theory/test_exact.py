"""What stands for an exact number: a float is the decimal that was written, and what is no number is refused."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from edgestab.errors import InputError
from edgestab.theory.exact import exact, rational
from edgestab.theory.loss import Loss
from edgestab.theory.optimizers.gradient_descent import gradient_descent
from edgestab.theory.region import Region
from edgestab.theory.statement import StepSizes
from edgestab.theory.symbols import ETA, among, ours, symbol, symbols
from tests.models_under_test import cached

R = sp.Rational
x, y, c = symbols("x y c")
QUARTIC = cached("quartic")


@pytest.mark.parametrize(
    "value",
    ["0.1", " 1/10 ", "1e-1", 0.1, np.float64(0.1), np.float32(0.1), Fraction(1, 10), Decimal("0.1"), R(1, 10), sp.Float(0.1)],
    ids=repr,
)  # fmt: skip
def test_every_spelling_of_a_tenth(value):
    assert exact(value, "it") == R(1, 10)
    assert rational(value, "it") == R(1, 10)


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=1e-300, max_value=1e300))
def test_a_float_is_the_decimal_that_python_writes_for_it(value):
    found = exact(value, "it")
    assert found == R(repr(value)) == exact(sp.Float(value), "it")
    assert float(found) == value


@pytest.mark.parametrize("value", [3, np.int64(3), sp.Integer(3), "3", 3.0])
def test_integers(value):
    assert exact(value, "it") == 3


def test_expressions_keep_their_symbols_and_lose_their_floats():
    assert exact(2 / ETA - 0.6 * ETA, "it") == 2 / ETA - R(3, 5) * ETA
    assert exact("c*eta + pi", "it", {"c": c, "eta": ETA}) == c * ETA + sp.pi
    assert exact(sp.Float("0.12345678901234567890123", 23), "it") == R("0.12345678901234567890123")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "-inf", "nan", sp.oo, sp.nan, sp.zoo, np.float64("nan")])
def test_what_is_not_finite_is_refused(value):
    with pytest.raises(InputError, match="it must be finite, got"):
        exact(value, "it")


@pytest.mark.parametrize("value", [True, np.True_, None, [1], 1j, sp.true, object])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(InputError, match="it must be a number, got"):
        exact(value, "it")


@pytest.mark.parametrize("value", ["", "a", "1..2", "__import__('os')", "sqrt(-1)", sp.I])
def test_what_is_no_real_constant_is_refused(value):
    with pytest.raises(InputError, match=r"^it"):
        exact(value, "it")


def test_irrational_numbers_are_refused_where_a_rational_is_meant():
    with pytest.raises(InputError, match=r"it must be rational, such as 0.1 or 1/3, got sqrt"):
        rational("sqrt(2)", "it")


# The doors of the Python API


def test_step_sizes_of_floats_are_decimals():
    assert StepSizes.of(0.1, "0.2", R(1, 3)) == StepSizes((R(1, 10), R(1, 5), R(1, 3)))
    assert StepSizes.between(0.05, 1) == StepSizes.between("0.05", "1")
    assert StepSizes((0.1,)) == StepSizes([0.1]) == StepSizes(0.1) == StepSizes.of("0.1")


@pytest.mark.parametrize("value", [True, float("nan"), float("inf"), 0, -0.1, [0.1], None, sp.sqrt(2), 2 / ETA])
def test_step_sizes_that_are_none_are_refused(value):
    with pytest.raises(InputError, match="step size must be"):
        StepSizes.of(value)
    with pytest.raises(InputError, match="step size must be"):
        StepSizes.between(0.01, value)


def test_regions_take_names_or_symbols_and_floats():
    wanted = Region.in_coordinates(QUARTIC, {"x": ("0.8", "1.2"), "y": ("1/2", "1/2")})
    assert Region.in_coordinates(QUARTIC, {x: (0.8, 1.2), y: 0.5}) == wanted
    assert Region.in_coordinates(QUARTIC, {sp.Symbol("x"): [0.8, 1.2], sp.Symbol("y"): 0.5}) == wanted
    plain = sp.Symbol("b"), sp.Symbol("eta")
    region = Region.in_coordinates(QUARTIC, {"offset": (0, 0.5 * plain[1]), "b": (0, "eta/2")}, (sp.Ne(plain[0], 0),))
    assert region.bounds == ((0, ETA / 2), (0, ETA / 2))
    assert region.where == (sp.Ne(symbol("b"), 0),)
    assert not region.constants
    one = sp.Ne(symbol("b"), 0)
    assert Region.in_coordinates(QUARTIC, {"offset": 1, "b": 1}, one).where == (one,)


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ({"x": (1, 2, 3), "y": (0, 1)}, "region.x takes two ends, got 3"),
        ({"x": (1,), "y": (0, 1)}, "region.x takes two ends, got 1"),
        ({"x": (2, 1.5), "y": (0, 1)}, r"the interval of x is empty: 2 .. 3/2; write the smaller end first"),
        ({"x": (float("nan"), 2), "y": (0, 1)}, "region.x must be finite"),
        ({"x": (True, 2), "y": (0, 1)}, "region.x must be a number, got True"),
        ({"x": (0, "y"), "y": (0, 1)}, "unknown name 'y'"),
        ({"x": (0, 1), x: (0, 1), "y": (0, 1)}, "no coordinates x, x, y"),
        ({}, "the region is empty"),
    ],
)
def test_regions_that_are_none_are_refused(bounds, message):
    with pytest.raises(InputError, match=message):
        Region.in_coordinates(QUARTIC, bounds)


@pytest.mark.parametrize("where", [True, (True,), (x,), "b != 0"])
def test_conditions_that_are_none_are_refused(where):
    with pytest.raises(InputError, match="a condition of a region is a relation"):
        Region.in_coordinates(QUARTIC, {"offset": 1, "b": 1}, where)


def test_an_interval_that_is_not_real_is_refused():
    region = Region.in_coordinates(QUARTIC, {"offset": (0, sp.sqrt(c)), "b": (0, 1)})
    with pytest.raises(InputError, match="the interval of offset is not real"):
        region.with_constants({c: sp.S.NegativeOne})


def test_losses_take_names_in_one_text_or_one_by_one():
    wanted = Loss.parse("(c - x*y)**2", "x y", "c")
    assert Loss.parse("(c - x*y)**2", ["x", "y"], ["c"]) == wanted
    assert Loss.parse("(c - x*y)**2", (x, sp.Symbol("y")), (c,)) == wanted
    assert Loss.parse("x**2", "x", "  ") == Loss.parse("x**2", "x")


def test_losses_are_made_of_our_symbols_and_exact_numbers():
    u, v = sp.symbols("x y")  # complex, as SymPy takes them
    assert Loss((u, v), 0.5 * (1 - u * v) ** 2) == Loss((x, y), (1 - x * y) ** 2 / 2)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Loss(("x", "y"), x * y), "a parameter of a loss is a symbol, got 'x'"),
        (lambda: Loss((x, x), x**2), "parameter x is named twice"),
        (lambda: Loss((x,), float("nan")), "the loss must be finite, got nan"),
        (lambda: Loss((x,), sp.Gt(x, 0)), "the loss must be a number, got x > 0"),
        (lambda: Loss((x,), 1), "does not depend on x"),
        (lambda: Loss.parse(x**2, "x"), r"a text is expected, such as .*, got 'x\*\*2'"),
        (lambda: Loss.parse("x", [1]), "a name is a text such as 'x', got 1"),
        (lambda: Loss.parse("x", 1), "a name is a text such as 'x', got 1"),
        (lambda: Loss.parse("x", []), "empty"),
    ],
)
def test_losses_that_are_none_are_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()


def test_maps_take_parameters_by_name_or_symbol():
    step = gradient_descent(Loss((x,), x**2 / 2))
    wanted = step.substitute({ETA: R(1, 10)})
    assert wanted.update == (R(9, 10) * x,)
    assert step.substitute({"eta": 0.1}) == step.substitute({sp.Symbol("eta"): "0.1"}) == wanted
    for values in ({"zeta": 1}, {x: 1}):
        with pytest.raises(InputError, match="is not a parameter of GD on loss; there is eta"):
            step.substitute(values)
    with pytest.raises(InputError, match="eta must be finite"):
        step.substitute({"eta": float("nan")})


def test_symbols_are_found_by_name():
    assert ours(sp.Symbol("eta") * sp.Symbol("x")) == ETA * x
    unevaluated = sp.Add(x, x, evaluate=False)
    assert ours(unevaluated) is exact(unevaluated, "it") is unevaluated
    assert among("x", (x, y), "a coordinate") is x
    assert among(sp.Symbol("y"), (x, y), "a coordinate") is y
    for key in ("z", 1, None):
        with pytest.raises(InputError, match="is not a coordinate; there is x, y"):
            among(key, (x, y), "a coordinate")
    with pytest.raises(InputError, match="there is none"):
        among("x", (), "a coordinate")


def test_the_catalogue_of_models_imports_no_sympy():
    code = "import sys, edgestab.theory.models.catalogue; print('sympy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
