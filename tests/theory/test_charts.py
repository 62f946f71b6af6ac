"""Charts: forward and inverse undo each other on their domain, and the charted step is the step."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from edgestab.theory.chart import Chart
from edgestab.theory.loss import Loss
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.models.quartic import EOS_X
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import symbols
from tests.models_under_test import ORDERED, cached, eta

CHARTS = [
    (name, i) for name in (*ORDERED, "vector:1", "vector:2", "vector:3") for i in range(len(cached(name).all_charts))
]
CHARTED = [
    (name, i)
    for name in (*ORDERED, "vector:1", "vector:2", "vector:3")
    for i in range(1, len(cached(name).coordinates))
]
TOLERANCE = 1e-12


def numbers(expressions, values):
    """Expressions at numbers, to 40 digits, by SymPy alone."""
    return [sp.N(e.xreplace(values), 40, maxn=400) if e.free_symbols else sp.N(e, 40) for e in expressions]


def points_of(chart, count, seed):
    """Random points of a chart's domain and a step size below the edge's bound; short exact decimals."""
    generator = np.random.default_rng(seed)
    for _ in range(count):
        draw = [sp.Rational(int(v), 1000) for v in generator.integers(100, 1500, len(chart.source))]
        if chart.domain:
            draw[0] += draw[1]
        point = dict(zip(chart.source, draw, strict=True))
        assert all(bool(d.xreplace(point)) for d in chart.domain)
        yield point, {p: sp.Rational(int(generator.integers(20, 450)), 1000) for p in chart.parameters}


def close(found, wanted):
    return all(abs(a - b) <= TOLERANCE * (1 + abs(b)) for a, b in zip(found, wanted, strict=True))


@pytest.mark.parametrize(("name", "number"), CHARTS)
def test_forward_then_inverse_then_forward(name, number):
    chart = cached(name).all_charts[number]
    gram = chart.name == "N g M"  # many networks share their Gram scalars: the inverse picks one of them
    for point, constants in points_of(chart, 6, seed=number):
        image = dict(zip(chart.target, numbers(chart.forward, {**point, **constants}), strict=True))
        back = dict(zip(chart.source, numbers(chart.inverse, {**image, **constants}), strict=True))
        again = numbers(chart.forward, {**back, **constants})
        assert close(again, image.values())
        assert all(v.is_real for v in image.values())
        if not gram or len(chart.source) == 2:
            assert close(back.values(), point.values())


@settings(max_examples=40)
@given(
    st.sampled_from([c for c in CHARTS if c[0] in ORDERED]),
    st.integers(1, 10**6),
    st.integers(1, 3 * 10**6),
    st.integers(1, 499_999),
)
def test_product_charts_are_bijections_on_their_domain(which, y, beyond, step_size):
    chart = cached(which[0]).all_charts[which[1]]
    small, micro = sp.Rational(y, 10**6), sp.Rational(1, 10**6)
    point = dict(zip(chart.source, (small + beyond * micro, small), strict=True))
    constants = dict.fromkeys(chart.parameters, step_size * micro)
    image = dict(zip(chart.target, numbers(chart.forward, {**point, **constants}), strict=True))
    back = numbers(chart.inverse, {**image, **constants})
    assert close(back, point.values())


@pytest.mark.parametrize(("name", "number"), CHARTED)
def test_a_charted_step_is_the_step(name, number):
    """Forward after step equals charted step after forward."""
    m = cached(name)
    where = m.coordinates[number]
    own, charted = m.own.step.closed_form(), where.step.closed_form()
    for point, _ in points_of(where.chart, 6, seed=5):
        constants = {p: sp.Rational(3, 20) for p in m.own.step.parameters}
        stepped = dict(zip(m.own.step.state, numbers(own, {**point, **constants}), strict=True))
        wanted = numbers(where.chart.forward, {**stepped, **constants})
        start = dict(zip(where.step.state, numbers(where.chart.forward, {**point, **constants}), strict=True))
        assert close(numbers(charted, {**start, **constants}), wanted)


@pytest.mark.parametrize(("name", "number"), [c for c in CHARTS if c[0] in ORDERED or c[0] == "vector:1"])
def test_conjugation_is_forward_after_step_after_inverse(name, number):
    m = cached(name)
    chart = m.all_charts[number]
    conjugate = chart.conjugate(m.own.step)
    assert conjugate.state == chart.target
    closed = conjugate.closed_form()
    for point, _ in points_of(chart, 3, seed=8):
        constants = {p: sp.Rational(3, 20) for p in {*m.own.step.parameters, *chart.parameters}}
        stepped = dict(zip(m.own.step.state, numbers(m.own.step.closed_form(), {**point, **constants}), strict=True))
        wanted = numbers(chart.forward, {**stepped, **constants})
        start = dict(zip(chart.target, numbers(chart.forward, {**point, **constants}), strict=True))
        assert close(numbers(closed, {**start, **constants}), wanted)


@pytest.mark.parametrize(("name", "number"), CHARTED)
def test_sharpness_and_residual_are_the_same_in_every_chart(name, number):
    """The residual vanishes with the own one; at a minimum the sharpness agrees."""
    m = cached(name)
    where = m.coordinates[number]
    constants = {eta: sp.Rational(3, 20)}
    n = len(m.own.step.state)
    d0 = sp.S(0) if name.startswith("product") else sp.S(1)
    x, y = sp.Rational(7, 4), d0 * sp.Rational(4, 7)
    values = (x, y) if n == 2 else (x, *[sp.S(0)] * (n // 2 - 1), y, *[sp.S(0)] * (n // 2 - 1))
    point = {**dict(zip(m.own.step.state, values, strict=True)), **constants}
    image = {**dict(zip(where.step.state, numbers(where.chart.forward, point), strict=True)), **constants}
    assert m.own.residual.xreplace(point) == 0
    assert abs(numbers([where.residual], image)[0]) < 1e-18
    assert close(numbers([where.sharpness], image), numbers([m.own.sharpness], point))


def test_expressions_travel_both_ways():
    chart = cached("quartic").charts[0]
    x, y = chart.source
    c, d = chart.target
    assert chart.to_source(d) == x * y
    there = chart.to_target(x * y)
    values = {c: sp.Rational(3, 2), d: sp.Rational(4, 5)}
    assert abs(numbers([there], values)[0] - values[d]) < 1e-30
    back = chart.to_source(chart.to_target(x**2 - y**2))
    at = {x: sp.Rational(2), y: sp.Rational(1, 3)}
    assert abs(numbers([back], at)[0] - (4 - sp.Rational(1, 9))) < 1e-30


def test_a_user_s_loss_gets_the_charts_under_its_own_names():
    m = model_of_loss(Loss.parse("(1 - u**2*v**2)**2/4", "u v"))
    u, v = symbols("u v")
    assert m.own.name == "u v"
    assert len(m.coordinates) == 2
    for chart in m.all_charts:  # the parameter v of the loss and the coordinate v of a chart are two things
        assert chart.source == (u, v)
        assert not {t.name for t in chart.target} & {"u", "v"}
    assert m.best.step.state == m.best.chart.target
    chart = m.best.chart
    point = {u: sp.Rational(9, 4), v: sp.Rational(2, 5), eta: sp.Rational(1, 5)}
    image = dict(zip(chart.target, numbers(chart.forward, point), strict=True))
    back = numbers(chart.inverse, {**image, eta: point[eta]})
    assert close(back, [point[u], point[v]])


def test_a_chart_of_other_coordinates_is_refused():
    x, y, u = symbols("x y u")
    chart = Chart("double", (x,), (u,), (2 * x,), (u / 2,))
    with pytest.raises(ValueError, match="chart 'double' has coordinates"):
        chart.conjugate(StepMap("other", (y,), (y / 2,), ()))


@pytest.mark.parametrize("number", [i for i, c in enumerate(cached("quartic").all_charts) if eta in c.parameters])
@pytest.mark.parametrize("step_size", ["0.1", "0.2", "0.45"])
def test_the_origin_of_an_edge_chart_is_the_minimum_at_the_edge(number, step_size):
    m = cached("quartic")
    chart = m.all_charts[number]
    constants = {eta: sp.Rational(step_size)}
    point = numbers(chart.inverse, {**dict.fromkeys(chart.target, sp.S(0)), **constants})
    at = dict(zip(chart.source, point, strict=True))
    assert abs(numbers([m.own.sharpness], at)[0] - 2 / constants[eta]) < 1e-30
    assert abs(point[0] * point[1] - 1) < 1e-30
    assert abs(point[0] - numbers([EOS_X], constants)[0]) < 1e-30
