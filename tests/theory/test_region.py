"""Regions of starts: coordinates found by name, exact bounds, and refusals."""

from __future__ import annotations

import pytest
import sympy as sp

from edgestab.theory.region import Region
from edgestab.theory.symbols import ETA, symbols
from tests.models_under_test import cached

K, x, y, b = symbols("K x y b")
QUARTIC = cached("quartic")


def test_own_coordinates_start_as_they_are():
    region = Region.in_coordinates(QUARTIC, {"x": ("3", "7/2"), "y": ("0.1", 1)})
    assert region.variables == (x, y)
    assert region.start == (x, y)
    assert region.bounds == ((3, sp.Rational(7, 2)), (sp.Rational(1, 10), 1))


@pytest.mark.parametrize("names", [("c", "d"), ("a", "b"), ("x0", "b"), ("offset", "b"), ("v", "b")])
def test_every_chart_of_a_model_is_found_in_any_order(names):
    forward, backward = (Region.in_coordinates(QUARTIC, dict.fromkeys(n, ("0.1", "0.2"))) for n in (names, names[::-1]))
    assert tuple(v.name for v in forward.variables) == names
    assert backward.variables == forward.variables[::-1]
    assert forward.start == backward.start
    assert {s for e in forward.start for s in e.free_symbols} <= {*forward.variables, ETA}


def test_bounds_are_exact():
    region = Region.in_coordinates(QUARTIC, {"x": ("0.1", "1e3"), "y": ("1/3", 2 * ETA)})
    assert region.bounds[0] == (sp.Rational(1, 10), 1000)
    assert region.bounds[1] == (sp.Rational(1, 3), 2 * ETA)


@pytest.mark.parametrize("names", [("x",), ("x", "y", "b"), ("q", "r"), ("c", "b"), ("X", "Y")])
def test_names_of_no_chart_are_refused_with_those_that_exist(names):
    with pytest.raises(ValueError, match=r"no coordinates .* for quartic; a region takes one of: x, y; .*offset, b"):
        Region.in_coordinates(QUARTIC, dict.fromkeys(names, ("0", "1")))


@pytest.mark.parametrize("end", ["", "a", "1..2", "import os", "x"])
def test_an_end_that_is_no_number_is_refused(end):
    with pytest.raises((ValueError, TypeError)):
        Region.in_coordinates(QUARTIC, {"x": (end, "1"), "y": ("0", "1")})


def test_constants_are_found_and_replaced():
    region = Region.in_coordinates(QUARTIC, {"x": (K, 2 * K), "y": (sp.S(0), 1 / x)}, (sp.Gt(x, K * ETA),))
    assert region.constants == {K}
    fixed = region.with_constants({K: sp.Rational(3, 2)})
    assert fixed.constants == frozenset()
    assert fixed.bounds == ((sp.Rational(3, 2), 3), (0, 1 / x))
    assert fixed.where == (sp.Gt(x, 3 * ETA / 2),)


def test_a_model_without_charts_has_its_own_coordinates():
    assert Region.in_coordinates(cached("frozen-cubic"), {"d": ("0", "1")}).start == symbols("d")
    with pytest.raises(ValueError, match=r"a region takes one of: d$"):
        Region.in_coordinates(cached("frozen-cubic"), {"x": ("0", "1")})
