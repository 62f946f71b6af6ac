"""Step maps: composition, bindings, optimizers and their thresholds, all in exact arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from edgestab.numerics.programs.program import step_program
from edgestab.theory.loss import Loss
from edgestab.theory.optimizers.catalogue import OPTIMIZERS
from edgestab.theory.optimizers.gradient_descent import gradient_descent
from edgestab.theory.optimizers.momentum import BETA, heavy_ball, nesterov
from edgestab.theory.stepmap import Observer, StepMap
from edgestab.theory.symbols import ETA, symbols
from tests.models_under_test import COORDINATES, cached

x, y, r = symbols("x y r")
QUARTIC = Loss.parse("(1 - x**2*y**2)**2/4", "x y")


def apply(step: StepMap, state: tuple[sp.Expr, ...], parameters: tuple[sp.Expr, ...]) -> tuple[sp.Expr, ...]:
    """One step at numbers, binding by binding."""
    values = dict(zip((*step.state, *step.parameters), (*state, *parameters), strict=True))
    for bound, expression in step.bindings:
        values[bound] = expression.xreplace(values)
    return tuple(u.xreplace(values) for u in step.update)


def rational_point(step: StepMap, seed: int) -> tuple[tuple[sp.Expr, ...], tuple[sp.Expr, ...]]:
    generator = np.random.default_rng(seed)
    draw = [sp.Rational(int(generator.integers(1, 12)), int(generator.integers(7, 13))) for _ in range(20)]
    n = len(step.state)
    return tuple(draw[:n]), tuple(d / 5 for d in draw[n : n + len(step.parameters)])


def same(left: tuple[sp.Expr, ...], right: tuple[sp.Expr, ...]) -> bool:
    """Exactly where rational; to forty digits where a radical is left."""
    for a, b in zip(left, right, strict=True):
        if a.is_Rational and b.is_Rational:
            if a != b:
                return False
        elif abs(sp.N(a - b, 40, maxn=400)) > sp.Float("1e-35"):
            return False
    return True


@pytest.mark.parametrize(("name", "number"), COORDINATES)
def test_a_composition_is_the_repeated_application(name, number):
    step = cached(name).coordinates[number].step
    state, parameters = rational_point(step, seed=number)
    assert same(apply(step.compose(1), state, parameters), apply(step, state, parameters))
    several = state
    for n in (1, 2):
        several = apply(step, several, parameters)
        assert same(apply(step.compose(n), state, parameters), several)


@pytest.mark.parametrize("rule", list(OPTIMIZERS.values()), ids=list(OPTIMIZERS))
def test_compositions_of_optimizers(rule):
    step = rule.step(QUARTIC)
    # Roots of roots are not for exact arithmetic: 60 digits are left of 80 when two orders of operations agree.
    state, parameters = (tuple(sp.Float(v, 80) for v in values) for values in rational_point(step, seed=3))
    once = apply(step, state, parameters)
    twice = apply(step, once, parameters)

    def equal(a, b):
        return all(abs(x - y) <= sp.Float(10, 80) ** -60 * (1 + abs(x)) for x, y in zip(a, b, strict=True))

    assert equal(apply(step.compose(2), state, parameters), twice)
    assert equal(apply(step.compose(3), state, parameters), apply(step, twice, parameters))
    assert equal(apply(step.compose(2).compose(2), state, parameters), apply(step.compose(4), state, parameters))


def test_closed_form_is_the_bound_form():
    for name, number in COORDINATES:
        step = cached(name).coordinates[number].step
        state, parameters = rational_point(step, seed=9)
        values = dict(zip((*step.state, *step.parameters), (*state, *parameters), strict=True))
        assert same(tuple(u.xreplace(values) for u in step.closed_form()), apply(step, state, parameters))
        assert not {b for b, _ in step.bindings} & {s for u in step.closed_form() for s in u.free_symbols}


def test_a_composition_is_never_expanded():
    one, two, eight = (step_program(cached("quartic").own.step.compose(n)).operations for n in (1, 2, 8))
    assert one < 14
    assert two < 40
    assert eight <= 8 * one
    assert sum(int(sp.count_ops(e)) for _, e in cached("quartic").own.step.compose(2).bindings) < 40


@pytest.mark.parametrize("n", [0, -1])
def test_a_map_is_composed_at_least_once(n):
    with pytest.raises(ValueError, match="composed at least once"):
        gradient_descent(QUARTIC).compose(n)


def test_gradient_descent_formula():
    step = gradient_descent(QUARTIC)
    assert step.state == (x, y)
    assert step.parameters == (ETA,)
    pull = (1 - x**2 * y**2) * x * y
    for found, wanted in zip(step.closed_form(), (x + ETA * pull * y, y + ETA * pull * x), strict=True):
        assert sp.expand(found - wanted) == 0


def test_heavy_ball_formula():
    step = heavy_ball(QUARTIC)
    old = symbols("x_prev y_prev")
    assert step.state == (x, y, *old)
    for p, q, g, found in zip((x, y), old, QUARTIC.gradient, step.closed_form(), strict=False):
        assert sp.expand(found - (p - ETA * g + BETA * (p - q))) == 0
    assert step.closed_form()[2:] == (x, y)


def test_nesterov_formula():
    step = nesterov(QUARTIC)
    old = symbols("x_prev y_prev")
    ahead = {p: p + BETA * (p - q) for p, q in zip((x, y), old, strict=True)}
    for p, g, found in zip((x, y), QUARTIC.gradient, step.closed_form(), strict=False):
        assert sp.expand(found - (ahead[p] - ETA * g.subs(ahead, simultaneous=True))) == 0
    assert step.closed_form()[2:] == (x, y)


@pytest.mark.parametrize("rule", [heavy_ball, nesterov])
def test_without_momentum_it_is_gradient_descent(rule):
    plain = gradient_descent(QUARTIC).closed_form()
    still = rule(QUARTIC).substitute({BETA: sp.S(0)}).closed_form()
    assert all(sp.expand(a - b) == 0 for a, b in zip(plain, still, strict=False))


@pytest.mark.parametrize(
    ("rule", "edge"),
    [
        (gradient_descent, 2 / ETA),
        (heavy_ball, (2 + 2 * BETA) / ETA),
        (nesterov, (2 + 2 * BETA) / (ETA * (1 + 2 * BETA))),
    ],
)
def test_the_edge_is_where_the_multiplier_is_minus_one(rule, edge):
    """On S x^2 / 2 the step is linear; its characteristic polynomial vanishes at mu = -1 exactly at the edge."""
    sharpness, mu = symbols("S mu")
    quadratic = Loss((x,), sharpness * x**2 / 2)
    step = rule(quadratic)
    assert sharpness in step.parameters
    jacobian = sp.Matrix(step.closed_form()).jacobian(step.state)
    characteristic = (mu * sp.eye(jacobian.shape[0]) - jacobian).det().subs(mu, -1)
    (root,) = sp.solve(characteristic, sharpness)
    assert sp.cancel(root - edge) == 0


def test_substitution_replaces_parameters_everywhere():
    a = symbols("a")[0]
    step = cached("quartic").own.step
    changed = step.substitute({ETA: 2 * a})
    assert changed.parameters == (a,)
    state, _ = rational_point(step, 1)
    assert apply(changed, state, (sp.Rational(1, 14),)) == apply(step, state, (sp.Rational(1, 7),))
    fixed = step.substitute({ETA: sp.Rational(1, 7)})
    assert fixed.parameters == ()
    assert apply(fixed, state, ()) == apply(step, state, (sp.Rational(1, 7),))


def test_an_observer_is_carried_along():
    step = gradient_descent(QUARTIC)
    low, jump = symbols("low jump")
    watched = step.observing(Observer(low, x * y, sp.Min)).observing(Observer(jump, x - y, sp.Max, x - y))
    state, parameters = rational_point(step, 2)
    new = apply(step, state, parameters)
    found = apply(watched, (*state, sp.Rational(1, 2), sp.S(-100)), parameters)
    assert found[:2] == new
    assert found[2] == sp.Min(sp.Rational(1, 2), new[0] * new[1])
    assert found[3] == (new[0] - new[1]) - (state[0] - state[1])
    with pytest.raises(ValueError, match="already carries low"):
        watched.observing(Observer(low, x, sp.Max))


def test_ill_formed_maps_are_refused():
    with pytest.raises(ValueError, match="2 state variables but 1 updates"):
        StepMap("short", (x, y), (x,), ())
    with pytest.raises(ValueError, match="'loose' uses r: name it among the parameters"):
        StepMap("loose", (x,), (x * r,), ())
    a, b = symbols("a b")
    with pytest.raises(ValueError, match="uses b"):
        StepMap("early", (x,), (a,), (), ((a, b + 1), (b, x)))
