"""Exact inequalities against brute force: signs on boxes, half lines, touching roots, and honest witnesses."""

from __future__ import annotations

import itertools
import signal
from contextlib import contextmanager

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from edgestab.theory.positivity import nonnegative
from edgestab.theory.symbols import symbols

u, v, w = symbols("u v w")
UNIT = (sp.S(0), sp.S(1))
R = sp.Rational

integers = st.integers(-6, 6)


def violates(expression, witness, domain, strict):
    """Whether a witness lies in the domain, is rational, and breaks the inequality."""
    assert set(witness) == set(expression.free_symbols)
    for s, value in witness.items():
        low, high = domain[s]
        assert value.is_Rational
        assert low <= value <= high
    value = expression.subs(witness)
    return value < 0 or (strict and value <= 0)


@settings(max_examples=60)
@given(st.lists(integers, min_size=1, max_size=6), st.tuples(integers, st.integers(1, 5)), st.booleans())
def test_one_variable_against_brute_force(coefficients, interval, strict):
    p = sp.Add(*(c * u**k for k, c in enumerate(coefficients)))
    low, high = sp.S(interval[0]), sp.S(interval[0] + interval[1])
    if not p.free_symbols:
        found = nonnegative(p, {}, strict=strict)
        assert found.holds == (p > 0 if strict else p >= 0)
        return
    found = nonnegative(p, {u: (low, high)}, strict=strict)
    grid = [low + (high - low) * R(k, 64) for k in range(1, 64)]
    seen = any(p.subs(u, g) < 0 or (strict and p.subs(u, g) == 0) for g in grid)
    assert not (seen and found.holds)
    if found.holds:
        assert not found.witness
    elif found.witness:
        assert violates(p, found.witness, {u: (low, high)}, strict)
    else:
        assert strict  # it touches zero at an irrational point
        assert sp.Poly(p, u).count_roots(low, high) > 0
    # Brute force that misses nothing: the sign between two neighbouring real roots.
    ends = [low, *[r for r in sp.Poly(p, u).real_roots() if low < r < high], high]
    least = min(p.subs(u, R(str(sp.N((a + b) / 2, 30)))) for a, b in itertools.pairwise(sorted(set(ends), key=float)))
    touches = any(low < r < high for r in sp.Poly(p, u).real_roots())
    assert found.holds == (least >= 0 and not (strict and touches))


@settings(max_examples=30)
@given(
    st.dictionaries(st.tuples(st.integers(0, 2), st.integers(0, 2)), integers, min_size=1, max_size=5),
    st.integers(-2, 2),
    st.booleans(),
)
def test_two_variables_against_brute_force(terms, low, strict):
    p = sp.Add(*(c * u**i * v**j for (i, j), c in terms.items())) + u * v / 7
    domain = {u: (sp.S(low), sp.S(low + 2)), v: UNIT}
    found = nonnegative(p, domain, strict=strict, max_boxes=400)
    values = [p.subs({u: low + R(i, 8), v: R(j, 16)}) for i in range(17) for j in range(17)]
    if found.holds:
        assert min(values) > 0 if strict else min(values) >= 0
    elif found.holds is False:
        assert violates(p, found.witness, domain, strict)
    else:
        assert found.boxes >= 400
    if min(values) < -1:
        assert found.holds is False
    if min(values) > 8:
        assert found.holds is not False


@pytest.mark.parametrize(
    ("expression", "domain", "weakly", "strictly"),
    [
        ((u - R(1, 2)) ** 2, UNIT, True, False),
        ((u - R(1, 3)) ** 4 * (u + 1), UNIT, True, False),
        ((u**2 - R(1, 2)) ** 2, UNIT, True, False),  # touches at an irrational point
        (u * (1 - u), UNIT, True, True),  # zero at the ends only
        (u**3, (sp.S(-1), sp.S(1)), False, False),
        (u**2, (sp.S(-1), sp.S(1)), True, False),
        (u**2 + R(1, 10**12), (sp.S(-1), sp.S(1)), True, True),
        ((u - R(1, 3)) ** 2 - R(1, 10**5), UNIT, False, False),
        (1 - u, (sp.S(0), sp.S(1)), True, True),
        (u, (sp.S(0), sp.oo), True, True),
        (u**2 - u, (sp.S(1), sp.oo), True, True),
        (u**2 - 3 * u, (sp.S(1), sp.oo), False, False),
        (1000 - u, (sp.S(0), sp.oo), False, False),
        (-u, (-sp.oo, sp.S(0)), True, True),
        (u + 1000, (-sp.oo, sp.S(0)), False, False),
        (u**4 - u + 1, (-sp.oo, sp.oo), True, True),
        (u**4 - u + R(1, 4), (-sp.oo, sp.oo), False, False),
        (u * (u - 1) + R(1, 4), (-sp.oo, sp.oo), True, False),
    ],
)
def test_one_variable_by_hand(expression, domain, weakly, strictly):
    for strict, wanted in ((False, weakly), (True, strictly)):
        found = nonnegative(expression, {u: domain}, strict=strict)
        assert found.holds == wanted
        if found.witness:
            assert violates(expression, found.witness, {u: domain}, strict)
        if not strict and not wanted:
            assert found.witness


@pytest.mark.parametrize(
    ("expression", "domain", "strict", "holds"),
    [
        (u**2 + v**2 - u * v + R(1, 50), {u: UNIT, v: UNIT}, False, True),
        (u + v, {u: UNIT, v: UNIT}, True, False),  # zero at a corner
        (u + v + R(1, 10**9), {u: UNIT, v: UNIT}, True, True),
        (u * v - R(1, 4), {u: UNIT, v: UNIT}, False, False),
        (1 - u * v * w, {u: UNIT, v: UNIT, w: UNIT}, False, True),
        (u - v * w, {u: UNIT, v: UNIT, w: UNIT}, False, False),
        ((u - v) ** 2 + R(1, 100), {u: (sp.S(-3), sp.S(4)), v: (sp.S(-2), sp.S(5))}, True, True),
    ],
)
def test_several_variables_by_hand(expression, domain, strict, holds):
    found = nonnegative(expression, domain, strict=strict)
    assert found.holds == holds
    if not holds:
        assert violates(expression, found.witness, domain, strict)


def test_a_spent_budget_is_no_verdict():
    found = nonnegative((u - R(1, 3) - v) ** 2, {u: UNIT, v: UNIT}, max_boxes=50)
    assert found.holds is None
    assert 50 <= found.boxes <= 51
    assert not found.witness


def test_quotients_are_decided_by_numerator_times_denominator():
    assert nonnegative(1 / (1 + u), {u: UNIT}, strict=True).holds
    assert nonnegative((u - 2) / (u - 3), {u: UNIT}).holds
    assert nonnegative(u / (u - 3), {u: UNIT}).holds is False
    assert nonnegative(1 / u - 1, {u: UNIT}).holds


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="no interval is given for v"):
        nonnegative(u * v, {u: UNIT})
    with pytest.raises(ValueError, match="no rational function of u"):
        nonnegative(sp.sqrt(u), {u: UNIT})
    with pytest.raises(ValueError, match="bounded box"):
        nonnegative(u * v, {u: UNIT, v: (sp.S(0), sp.oo)})


@contextmanager
def seconds(limit):
    """Stop a computation that does not end."""

    def stop(*_):
        raise TimeoutError(f"no answer after {limit} s")

    old = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="needs an alarm clock")
@pytest.mark.parametrize(("expression", "at", "holds"), [(u - 1, 2, True), (u - 1, 1, True), (u - 1, 0, False)])
def test_an_interval_may_be_one_point(expression, at, holds):
    with seconds(3):
        assert nonnegative(expression, {u: (sp.S(at), sp.S(at))}).holds == holds


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="needs an alarm clock")
@pytest.mark.parametrize(
    "name", ["at the upper end", "at the lower end", "between two roots", "beyond a root at the end"]
)
def test_a_failure_in_a_sliver_is_found_at_once(name):
    root = R(1414213562373095049, 10**18)  # a little above sqrt 2
    expression, domain = {
        "at the upper end": (2 - u**2, (sp.S(1), root)),
        "at the lower end": (u**2 - 2, (2 / root, sp.S(3))),
        "between two roots": ((u**2 - 2) * (u - root), (sp.S(1), sp.S(2))),
        "beyond a root at the end": ((u - 1) * (2 - u**2), (sp.S(1), root)),
    }[name]
    with seconds(5):
        found = nonnegative(expression, {u: domain})
    assert found.holds is False
    assert violates(expression, found.witness, {u: domain}, False)
