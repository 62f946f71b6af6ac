"""Axes and slices: exact centres, starts and parameters of pixels, and what is refused."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from edgestab.numerics.maps.pictures.slices import LARGEST, Axis, Slice, slice_of
from edgestab.theory.symbols import symbol, symbols
from tests.models_under_test import cached, charted, eta

x, y, offset, b = symbols("x y offset b")
FRACTIONS = st.fractions(-1000, 1000, max_denominator=10**30)


def axis(name: str, low: str, high: str, count: int) -> Axis:
    return Axis(symbol(name), Fraction(low), Fraction(high), count)


@given(FRACTIONS, FRACTIONS, st.integers(1, 40))
def test_centres_are_the_doubles_nearest_to_the_exact_ones(low: Fraction, high: Fraction, count: int) -> None:
    if low == high:
        return
    along = Axis(x, min(low, high), max(low, high), count)
    exact = [along.exact(i) for i in range(count)]
    assert along.centres.tolist() == [float(e) for e in exact]
    width = along.high - along.low
    assert exact[0] - along.low == along.high - exact[-1] == width / (2 * count)
    assert all(later - sooner == width / count for sooner, later in itertools.pairwise(exact))
    with pytest.raises(ValueError, match="read-only"):
        along.centres[0] = 0


def test_a_window_far_below_the_resolution_of_doubles_still_has_exact_centres() -> None:
    deep = axis("x", "3.123", "3.12300000000000000000001", 10)
    assert len(set(deep.centres)) == 1
    assert deep.exact(9) - deep.exact(0) == Fraction(9, 10**24)
    assert 0 < deep.pitch < Fraction(1, 10**24)


@pytest.mark.parametrize(
    ("low", "high", "count", "words"),
    [
        ("1", "1", 4, "the interval of x is empty: write the smaller end first"),
        ("2", "1", 4, "the interval of x is empty"),
        ("0", "1", 0, f"x takes between 1 and {LARGEST} pixels, got 0"),
        ("0", "1", LARGEST + 1, f"got {LARGEST + 1}"),
    ],
)
def test_axes_that_cannot_be_are_refused(low: str, high: str, count: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        axis("x", low, high, count)


def test_a_slice_gives_the_starts_of_pixels_and_their_parameters() -> None:
    where = slice_of(cached("quartic"), axis("x", "3", "4", 8), axis("y", "0", "1", 4), {eta: Fraction(1, 5)})
    rows, columns = np.array([0, 3, 1]), np.array([7, 0, 2])
    np.testing.assert_array_equal(where.starts(rows, columns), [[3.9375, 3.0625, 3.3125], [0.125, 0.875, 0.375]])
    np.testing.assert_array_equal(where.parameters((eta,), rows, columns)[eta], [0.2, 0.2, 0.2])


def test_the_step_size_may_be_an_axis() -> None:
    where = slice_of(cached("quartic"), axis("eta", "0.1", "0.3", 4), axis("y", "0", "1", 4), {x: Fraction(3)})
    rows, columns = np.array([1, 1]), np.array([0, 3])
    np.testing.assert_array_equal(where.parameters((eta,), rows, columns)[eta], where.columns.centres[[0, 3]])
    np.testing.assert_array_equal(where.starts(rows, columns), [[3, 3], [0.375, 0.375]])


def test_a_slice_in_the_coordinates_of_a_chart_starts_where_the_chart_says() -> None:
    m = cached("quartic")
    where = slice_of(m, axis("offset", "0.05", "0.2", 6), axis("b", "-0.2", "0.1", 5), {eta: Fraction(1, 10)})
    rows, columns = (i.ravel() for i in np.indices((5, 6)))
    starts = where.starts(rows, columns)
    chart = next(c for c in m.all_charts if c.target == (offset, b))
    image = [sp.lambdify((x, y, eta), e)(*starts, 0.1) for e in chart.forward]
    np.testing.assert_allclose(image[0], where.columns.centres[columns], atol=1e-13)
    np.testing.assert_allclose(image[1], where.rows.centres[rows], atol=1e-14)


def test_a_curved_plane_of_a_larger_space() -> None:
    u, v = symbols("u v")
    where = Slice(axis("u", "0", "1", 2), axis("v", "0", "1", 2), (u + v, u * v, sp.sqrt(u)))
    np.testing.assert_array_equal(where.starts(np.array([1]), np.array([0])), [[1.0], [0.1875], [0.5]])
    assert charted(cached("quartic"), cached("quartic").own, np.ones((2, 1)), {}).shape == (2, 1)


@pytest.mark.parametrize(
    ("columns", "rows", "fixed", "words"),
    [
        ("x", "x", {eta: Fraction(1, 5)}, "both axes are x: name two variables"),
        ("x", "y", {}, "no value is given for eta"),
        ("x", "z", {eta: Fraction(1, 5)}, "no coordinates x, z for quartic"),
        ("x", "y", {eta: Fraction(1, 5), b: Fraction(1)}, "no coordinates"),
        ("x", "eta", {}, "no coordinates x for quartic"),
    ],
)
def test_slices_that_cannot_be_are_refused(
    columns: str, rows: str, fixed: dict[sp.Symbol, Fraction], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        slice_of(cached("quartic"), axis(columns, "0.1", "1", 4), axis(rows, "0.1", "1", 4), fixed)


def test_a_start_in_an_unknown_symbol_is_refused() -> None:
    with pytest.raises(ValueError, match="the starts depend on c: give it a value"):
        Slice(axis("x", "0", "1", 2), axis("y", "0", "1", 2), (x, symbol("c")))
