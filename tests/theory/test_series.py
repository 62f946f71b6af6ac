"""Truncated power series over the rationals: arithmetic, reciprocals, roots, weights."""

from __future__ import annotations

import flint
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from edgestab.theory.series import Series, Space, evaluate
from edgestab.theory.symbols import symbols

x, y = symbols("x y")
SPACE = Space((x, y), (1, 2), 6)

coefficients = st.dictionaries(
    st.tuples(st.integers(0, 4), st.integers(0, 3)), st.integers(-5, 5).filter(bool), max_size=5
)


def series(terms: dict[tuple[int, int], int], constant: int = 0) -> Series:
    polynomial = SPACE.context.from_dict({m: flint.fmpq(c) for m, c in terms.items() if m != (0, 0)})
    return SPACE.cut(polynomial) + SPACE.constant(constant)


def degree(m: tuple[int, ...]) -> int:
    return m[0] + 2 * m[1]


@settings(max_examples=40)
@given(coefficients, coefficients, coefficients)
def test_series_form_a_commutative_ring(a, b, c):
    p, q, r = series(a, 2), series(b, -1), series(c)
    assert (p * (q + r)).terms() == (p * q + p * r).terms()
    assert ((p * q) * r).terms() == (p * (q * r)).terms()
    assert (p * q).terms() == (q * p).terms()
    assert (p - p).terms() == {}
    assert (p + -q).terms() == (p - q).terms()
    assert all(degree(m) <= 6 for m in (p * q * r).terms())


@settings(max_examples=40)
@given(coefficients, st.sampled_from([1, 4, 9]), st.integers(1, 3))
def test_powers_undo_each_other(terms, head, n):
    p = series(terms, head)
    assert (p.power(sp.S(-n)) * p.power(sp.S(n))).terms() == {(0, 0): 1}
    root = p.power(sp.Rational(1, 2))
    assert (root * root).terms() == p.terms()
    assert (p.power(sp.Rational(-3, 2)) * p.power(sp.Rational(3, 2))).terms() == {(0, 0): 1}


@pytest.mark.parametrize(
    "expression",
    [
        sp.sqrt(1 + x - 3 * y) / (2 + x * y),
        (8 + x) ** sp.Rational(1, 3) * (1 - y) ** -2,
        sp.sqrt(4 + sp.sqrt(25 + x) - sp.Rational(5) * y**2),
    ],
)
def test_expressions_agree_with_sympy_in_a_weighted_expansion(expression):
    t = sp.Symbol("t", positive=True)
    found = sp.Add(
        *(
            sp.Rational(int(c.p), int(c.q)) * x ** m[0] * y ** m[1]
            for m, c in evaluate(expression, {x: SPACE.generator(x), y: SPACE.generator(y)}, SPACE).terms().items()
        )
    )
    scaled = expression.subs({x: t * x, y: t**2 * y}, simultaneous=True)
    wanted = sp.series(scaled, t, 0, 7).removeO().subs(t, 1)
    assert sp.expand(found - wanted) == 0


def test_a_generator_beyond_the_order_is_zero():
    space = Space((x, y), (1, 9), 6)
    assert space.generator(y).terms() == {}


@pytest.mark.parametrize(("head", "exponent"), [(0, -1), (0, "1/2"), (2, "1/2"), (-1, "1/2")])
def test_a_power_without_a_rational_series_is_refused(head, exponent):
    with pytest.raises(ValueError, match="has no power"):
        series({(1, 0): 1}, head).power(sp.Rational(exponent))


def test_other_functions_are_refused():
    with pytest.raises(ValueError, match="no series over the rationals"):
        evaluate(sp.sin(x), {x: SPACE.generator(x)}, SPACE)
    with pytest.raises(ValueError, match="no series over the rationals"):
        evaluate(x + sp.pi, {x: SPACE.generator(x)}, SPACE)
