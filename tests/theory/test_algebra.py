"""Exact identities: true ones reduce to zero, false ones do not, with rational functions and radicals."""

from __future__ import annotations

import pytest
import sympy as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from edgestab.theory.algebra import equal, polynomial_part, rational_largest, reduce_to_zero, taylor
from edgestab.theory.symbols import symbols

x, y, z, t, eta = symbols("x y z t eta")
SYMBOLS = (x, y, z)


@st.composite
def polynomials(draw: st.DrawFn) -> sp.Expr:
    terms = draw(
        st.dictionaries(
            st.tuples(*(st.integers(0, 3) for _ in SYMBOLS)),
            st.fractions(-5, 5, max_denominator=6).filter(bool),
            min_size=1,
            max_size=4,
        )
    )
    return sp.Add(
        *(
            sp.Rational(c.numerator, c.denominator) * sp.Mul(*(s**e for s, e in zip(SYMBOLS, m, strict=True)))
            for m, c in terms.items()
        )
    )


@settings(max_examples=40)
@given(polynomials(), polynomials(), polynomials())
def test_polynomial_identities_reduce_to_zero(p, q, perturbation):
    identities = (
        (p + q) ** 2 - p**2 - 2 * p * q - q**2,
        (p - q) * (p + q) - p**2 + q**2,
        (p + q) ** 3 - p**3 - 3 * p * q * (p + q) - q**3,
    )
    for identity in identities:
        assert reduce_to_zero(identity).is_zero
        wrong = reduce_to_zero(identity + perturbation)
        assert wrong.terms == len(sp.Poly(perturbation, *SYMBOLS).terms())
        assert wrong.conclusive


@settings(max_examples=30)
@given(polynomials(), polynomials(), polynomials())
def test_quotients_are_brought_over_one_denominator(p, q, r):
    d = q**2 + 1
    assert equal(p / d + r / (d + 1), (p * (d + 1) + r * d) / (d * (d + 1)))
    assert not equal(p / d + r / (d + 1), (p * (d + 1) + r * d + 1) / (d * (d + 1)))


@settings(max_examples=30)
@given(polynomials(), polynomials())
def test_radicals_obey_their_rule(p, q):
    inside = p**2 + q**2 + 1
    assume(not isinstance(sp.sqrt(inside), sp.Integer))
    root = sp.sqrt(inside)
    assert equal((p + root) * (p - root), -(q**2) - 1)
    assert equal(1 / (root - p), (root + p) / (q**2 + 1))
    assert not equal((p + root) * (p - root), -(q**2) - 2)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (sp.sqrt(x**2 + 1) ** 3, (x**2 + 1) * sp.sqrt(x**2 + 1)),
        (1 / sp.sqrt(eta), sp.sqrt(eta) / eta),
        (sp.sqrt(1 + sp.sqrt(x)) ** 4, 1 + 2 * sp.sqrt(x) + x),
        ((sp.sqrt(2 + sp.sqrt(y**2 + 4)) ** 2 - 2) ** 2, y**2 + 4),
        ((x**2 + 3) ** sp.Rational(1, 3) * (x**2 + 3) ** sp.Rational(2, 3), x**2 + 3),
        ((eta**-2 - 4) ** sp.Rational(1, 4) * (eta**-2 - 4) ** sp.Rational(3, 4), eta**-2 - 4),
        (sp.sqrt((sp.sqrt(x**4 + 4 * y**2) + x**2) / 2) ** 2 * 2 - x**2, sp.sqrt(x**4 + 4 * y**2)),
        (sp.sin(x) * (sp.sin(x) + 1), sp.sin(x) ** 2 + sp.sin(x)),
        (x / y / z, x / (y * z)),
        (sp.S(1) / 3 + sp.S(1) / 6, sp.S(1) / 2),
    ],
)
def test_true_identities(left, right):
    assert equal(left, right)
    assert not equal(left, right + sp.Rational(1, 10**9))
    assert not equal(left + x, right)


def test_nested_radicals_are_eliminated_from_the_outside_in():
    c, d = symbols("c d")
    big = sp.sqrt((sp.sqrt(c**4 + 4 * d**2) + c**2) / 2)
    small = d / big
    assert equal(big**2 - small**2, c**2)
    assert equal(big * small, d)
    assert not equal(big**2 - small**2, c**2 + d**4)


def test_a_rest_with_radicals_is_not_conclusive():
    """sqrt(x^2) = |x|: a rest may vanish on part of the domain, so it disproves nothing here."""
    rest = reduce_to_zero(sp.sqrt(x**2 + 1) - x)
    assert not rest.is_zero
    assert not rest.conclusive
    assert reduce_to_zero(x**2 - x).conclusive
    assert not reduce_to_zero(sp.sin(x) - x).conclusive


def test_rules_are_applied():
    rules = {t: (2, x**2 + 1)}
    assert equal(t**4, (x**2 + 1) ** 2, rules)
    assert equal(1 / t, t / (x**2 + 1), rules)
    assert not equal(t**4, (x**2 + 1) ** 2)
    assert not equal(t, sp.S(1), rules)
    assert equal(z**5, z**2 / y, {z: (3, 1 / y)})


def test_rules_may_stand_on_one_another():
    u, v = symbols("u v")
    rules = {u: (2, x + 1), v: (2, u + 1)}
    assert equal((v**2 - 1) ** 2, x + 1, rules)
    assert not equal((v**2 - 1) ** 2, x + 2, rules)


def test_no_sign_is_assumed_of_a_root():
    a, b = symbols("a b")
    assert not equal(sp.sqrt(a**2 + b**2), a + b)
    assert not equal(sp.sqrt(x**2 + 2 * x + 1), -x - 1)


@pytest.mark.parametrize("order", [0, 1, 5, 8])
def test_taylor_agrees_with_sympy(order):
    expression = sp.sqrt(1 + x + x**3) / (1 - 2 * x) ** 3 * (4 + x) ** sp.Rational(-1, 2)
    found = taylor(expression, {x: 1}, order)
    wanted = sp.series(expression, x, 0, order + 1).removeO()
    assert sp.expand(polynomial_part(expression, {x: 1}, order) - wanted) == 0
    assert all(m[0] <= order for m in found)


def test_taylor_cuts_by_weighted_degree():
    found = taylor(1 / (1 - x - y), {x: 2, y: 3}, 6)
    assert found == {(0, 0): 1, (1, 0): 1, (0, 1): 1, (2, 0): 1, (1, 1): 2, (0, 2): 1, (3, 0): 1}


@settings(max_examples=30)
@given(polynomials())
def test_a_polynomial_is_its_own_taylor_polynomial(p):
    assert sp.expand(polynomial_part(p, {x: 1, y: 1, z: 1}, 9) - p) == 0


@pytest.mark.parametrize("expression", [1 / x, sp.sqrt(x), sp.sqrt(2 + x), sp.exp(x), sp.log(1 + x)])
def test_what_has_no_rational_series_is_refused(expression):
    with pytest.raises(ValueError, match=r"series|power"):
        taylor(expression, {x: 1}, 3)


@pytest.mark.parametrize(
    ("entries", "largest"),
    [
        ([[1, 0], [0, 3]], 3),
        ([[3, 0], [0, 1]], 3),
        ([[-5, 0], [0, 1]], 1),
        ([[-5, 0], [0, -7]], -5),
        ([[2, 1], [1, 2]], 3),
        ([[4]], 4),
        ([[2, 0, 0], [0, 1, 1], [0, 1, 1]], 2),
        ([[1, 0, 0], [0, 1, 1], [0, 1, 0]], None),  # the largest is (1 + sqrt 5)/2, and 1 is another
    ],
)
def test_the_largest_eigenvalue_where_it_is_rational(entries, largest):
    assert rational_largest(sp.Matrix(entries)) == largest
