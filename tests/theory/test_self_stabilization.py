"""The toys of self-stabilization: exact reductions, the 2-cycle up to eta S_inf = 5/2, thresholds, and false versions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given
from hypothesis import strategies as st

from edgestab.numerics.orbits.sharpness import sharpness
from edgestab.numerics.printers import reference
from edgestab.numerics.programs.program import program_of, step_program
from edgestab.theory.claim import Claim
from edgestab.theory.claims.catalogue import find
from edgestab.theory.claims.damian2023.notation import jury
from edgestab.theory.conclusions.along import Along
from edgestab.theory.conclusions.conclusion import Conclusion
from edgestab.theory.conclusions.converges import Converges
from edgestab.theory.conclusions.diverges import Diverges
from edgestab.theory.conclusions.monotone import Monotone
from edgestab.theory.loss import Loss
from edgestab.theory.models.catalogue import model
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.models.self_stabilization import (
    ALPHA,
    BETA,
    MU,
    cubic_toy,
    reduced_map,
    spring_cycle,
    spring_in_squares,
)
from edgestab.theory.optimizers.gradient_descent import gradient_descent
from edgestab.theory.optimizers.momentum import BETA as MOMENTUM
from edgestab.theory.optimizers.momentum import heavy_ball, nesterov
from edgestab.theory.statement import OrbitStatement, StepSizes
from edgestab.theory.symbols import ETA, symbol, symbols
from edgestab.verify.check import check
from edgestab.verify.evidence.standing import Standing

R = sp.Rational
x, y, z, q, p = symbols("x y z q p")
CONSTANTS = (R(1), R(1), R(3), R(1, 4))
"""S_inf = 4."""
SPRING = model("spring:1,1,3,1/4")


def orbit(step, start, parameters, steps):
    program = step_program(step)
    state = np.array(start, dtype=float)
    for _ in range(steps):
        state = np.array(reference.evaluate(program, [*state, *parameters]))
    return state


# The spring toy as a model.


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("spring", "needs a colon"),
        ("spring:", "four rational numbers"),
        ("spring:1,1,3", "four rational numbers"),
        ("spring:1,1,3,1/4,2", "four rational numbers"),
        ("spring:1,1,3,sqrt(2)", "four rational numbers"),
        ("spring:1,1,x,1", "unknown name"),
        ("spring:1,0,3,1", "b other than 0"),
        ("spring:1,1,3,0", "mu > 0"),
        ("spring:1,-1,3,1", "a \\+ b c > 0"),
    ],
)
def test_bad_springs_are_refused(name, message):
    with pytest.raises(ValueError, match=message):
        model(name)


def test_a_spring_is_named_by_its_exact_constants():
    assert model("spring:1,1,3,0.25") == SPRING
    assert SPRING.name == "spring:1,1,3,1/4"


@pytest.mark.parametrize("name", ["spring:1,1,3,1/4", "spring:-1/2,2,1,5", "spring:1,-1/3,2,1/7"])
def test_the_minimum_its_sharpness_and_the_velocity(name):
    m = model(name)
    (limit,) = m.minima
    c = sp.solve(limit.equations[1], z)[0]
    assert [g.subs({x: 0, z: c}) for g in m.loss.gradient] == [0, 0]
    assert float(m.own.sharpness) == pytest.approx(sharpness(m.loss, np.array([[0.0], [float(c)]]))[0])
    for new, old, row in zip(m.own.step.closed_form(), (x, z), limit.velocity, strict=True):
        moved = sp.Add(*(v * e for v, e in zip(row, limit.equations, strict=True)))
        assert sp.expand(new - old - moved) == 0


def test_the_chart_carries_the_step_to_the_damped_reduced_map():
    (chart,) = SPRING.charts
    assert [sp.simplify(chart.to_target(f)) for f in chart.forward] == [x, y]
    square, height = spring_cycle(*CONSTANTS)
    rates = {ALPHA: CONSTANTS[3] * (CONSTANTS[2] - height), BETA: 1, MU: CONSTANTS[3]}
    for a, b in zip(chart.conjugate(SPRING.own.step).closed_form(), reduced_map().closed_form(), strict=True):
        assert sp.simplify(a - b.subs(rates)) == 0
    assert sp.simplify(2 * rates[ALPHA] - square) == 0


def test_the_step_in_squares_is_the_step():
    m = spring_in_squares(*CONSTANTS)
    after = dict(zip((x, z), SPRING.own.step.closed_form(), strict=True))
    in_squares = [u.subs(q, x**2) for u in m.own.step.closed_form()]
    assert sp.expand(in_squares[0] - after[x] ** 2) == 0
    assert sp.expand(in_squares[1] - after[z]) == 0
    cycle = dict(zip((q, z), spring_cycle(*CONSTANTS), strict=True))
    assert all(
        sp.simplify(u.subs(cycle) - cycle[s]) == 0 for s, u in zip((q, z), m.own.step.closed_form(), strict=True)
    )


def test_the_spring_is_unbounded_below():
    assert SPRING.loss.expression.subs({x: 100, z: 3 - R(100**2, 2) * 4}) < -(10**7)


@pytest.mark.parametrize("edge", [2.2, 2.4, 2.48])
def test_orbits_settle_on_the_cycle_before_five_halves(edge):
    eta = edge / 4
    square, height = (float(e.subs(ETA, eta)) for e in spring_cycle(*CONSTANTS))
    final = orbit(SPRING.own.step, [[0.8 * square**0.5], [height + 0.05]], [np.array([eta])], 20_000)
    assert abs(final[0, 0]) / square**0.5 == pytest.approx(1, abs=1e-12)
    assert eta * (1 + final[1, 0]) - 2 == pytest.approx(0, abs=1e-12)


def test_just_beyond_five_halves_an_orbit_stays_bounded_and_does_not_settle():
    eta = 2.52 / 4
    square, height = (float(e.subs(ETA, eta)) for e in spring_cycle(*CONSTANTS))
    state = np.array([[1.001 * square**0.5], [height]])
    sizes = []
    for _ in range(40):
        state = orbit(SPRING.own.step, state, [np.array([eta])], 500)
        sizes.append(np.hypot(state[0, 0] ** 2 - square, state[1, 0] - height))
    assert min(sizes[-20:]) > 0.1
    assert max(sizes) < 3


# The cubic toy, its map and its flow.


def test_gradient_descent_on_the_cubic_toy_is_the_reduced_map_number_for_number():
    values = {symbol("s"): R(7), symbol("r"): R(3), ALPHA: R(2, 5), ETA: R(2, 9)}
    step = gradient_descent(cubic_toy())
    state, reduced = {x: R(1, 7), p: R(2, 3)}, {x: R(1, 7), y: 7 + 3 * R(2, 3) - 9}
    for _ in range(4):
        now = [u.subs(values).subs(state) for u in step.closed_form()]
        state = {x: now[0], p: now[1]}
        moved = [
            u.subs({BETA: 9, MU: 0, ALPHA: R(2, 5), ETA: R(2, 9)}).subs(reduced) for u in reduced_map().closed_form()
        ]
        reduced = {x: moved[0], y: moved[1]}
        assert reduced == {x: state[x], y: 7 + 3 * state[p] - 9}


def flow_extremes(alpha, beta, start, steps, dt):
    """The largest y and z = x^2/delta^2 of the reduced flow, and the spread of H, by Runge and Kutta's method."""

    def slope(v):
        return np.array([v[0] * v[1], alpha - beta * v[0] ** 2 / 2])

    def h(v):
        ratio = v[0] ** 2 * beta / (2 * alpha)
        return v[1] ** 2 / alpha + ratio - 1 - np.log(ratio)

    v = np.array([start, 0.0])
    path, levels = [v], [h(v)]
    for _ in range(steps):
        k1 = slope(v)
        k2 = slope(v + dt / 2 * k1)
        k3 = slope(v + dt / 2 * k2)
        v = v + dt / 6 * (k1 + 2 * k2 + 2 * k3 + slope(v + dt * k3))
        path.append(v)
        levels.append(h(v))
    path = np.array(path)
    return path[:, 1].max(), path[:, 0].max() ** 2 * beta / (2 * alpha), np.ptp(levels)


@pytest.mark.parametrize(("ratio", "top"), [(0.5, 2.587), (0.1, 6.49), (0.01, 11.67)])
def test_the_flow_conserves_h_and_reaches_the_stated_extremes(ratio, top):
    alpha, beta = 0.3, 2.0
    z0 = ratio**2
    highest, largest, spread = flow_extremes(alpha, beta, ratio * np.sqrt(2 * alpha / beta), 40_000, 1e-3)
    assert spread < 1e-9
    assert highest == pytest.approx(np.sqrt(alpha * (2 * np.log(1 / ratio) - 1 + z0)), rel=1e-6)
    assert largest == pytest.approx(top, rel=1e-3)
    assert largest - 1 - np.log(largest) == pytest.approx(z0 - 1 - np.log(z0), rel=1e-6)


def test_the_map_spirals_out_by_one_plus_two_eps_squared_a_step():
    eps, eta, beta = 0.02, 0.1, 3.0
    alpha = (eps / eta) ** 2
    delta = np.sqrt(2 * alpha / beta)

    def energy(v):
        return 2 * np.log(abs(v[0, 0]) / delta) ** 2 + v[1, 0] ** 2 / alpha

    start = np.array([[delta * (1 + 1e-7)], [0.0]])
    values = {ETA: eta, ALPHA: alpha, BETA: beta, MU: 0.0}
    final = orbit(reduced_map(), start, [np.array([values[s]]) for s in reduced_map().parameters], 1000)
    assert energy(final) / energy(start) == pytest.approx((1 + 2 * eps**2) ** 1000, rel=1e-4)


# Sharpness.


def test_the_sharpness_gradient_meets_central_differences():
    loss = Loss.parse("x**4*y/3 + (1 - x*y*z)**2/2 + y**2*z**3 + x**2*z", "x y z")
    state = loss.parameters
    hessian = program_of([loss.hessian[i, j] for i in range(3) for j in range(3)], state)

    def top(at):
        values = np.array(reference.evaluate(hessian, list(at))).reshape(3, 3)
        return np.linalg.eigh(values)

    at, h = np.array([0.7, 0.4, 0.9]), 1e-5
    steep, vectors = top(at)
    assert steep[-1] - steep[-2] > 0.1
    u = vectors[:, -1]
    found = [
        float(g.subs(dict(zip(state, at, strict=True)))) for g in loss.sharpness_gradient_along(tuple(map(sp.Float, u)))
    ]
    differences = [(top(at + h * e)[0][-1] - top(at - h * e)[0][-1]) / (2 * h) for e in np.eye(3)]
    np.testing.assert_allclose(found, differences, rtol=1e-6)


def test_the_ellipse_is_covered_by_squares():
    m = model_of_loss(Loss.parse("(1 - x**2/3 - y**2)**2", "x y"))
    assert [s.name for s in m.minima] == ["x**2 + 3*y**2 - 3 = 0"]
    t = np.linspace(0, 2 * np.pi, 13)
    points = np.array([np.sqrt(3) * np.cos(t), np.sin(t)])
    np.testing.assert_allclose(
        sharpness(m.loss, points), 8 * (points[0] ** 2 / 9 + points[1] ** 2), rtol=1e-12, atol=1e-12
    )


# Jury's criterion and the thresholds of momentum.


@given(st.tuples(*[st.fractions(-2, 2, max_denominator=50)] * 4))
def test_jurys_criterion_is_that_both_eigenvalues_are_inside(entries):
    matrix = sp.Matrix(2, 2, [R(e.numerator, e.denominator) for e in entries])
    radius = np.abs(np.linalg.eigvals(np.array(entries, dtype=float).reshape(2, 2))).max()
    assume(abs(radius - 1) > 1e-6)
    assert (radius < 1) == all(value > 0 for value in jury(matrix))


@pytest.mark.parametrize("beta", [0.0, 0.3, 0.5, 0.9, 0.99])
@pytest.mark.parametrize(
    ("rule", "edge"), [(heavy_ball, lambda b: 2 + 2 * b), (nesterov, lambda b: (2 + 2 * b) / (1 + 2 * b))]
)
def test_the_spectral_radius_passes_one_at_the_threshold(rule, edge, beta):
    step = rule(Loss((x,), x**2 / 2))
    matrix = sp.lambdify((ETA, MOMENTUM), sp.Matrix(step.closed_form()).jacobian(step.state))

    def radius(eta):
        return np.abs(np.linalg.eigvals(np.array(matrix(eta, beta), dtype=float))).max()

    assert radius(edge(beta) * 0.999) < 1 < radius(edge(beta) * 1.001)
    assert all(radius(k) < 1 for k in np.linspace(0.01, edge(beta) * 0.999, 50))


# False versions of the claims' statements about orbits.


def statement(claim_id: str, number: int) -> OrbitStatement:
    return find(f"damian2023.{claim_id}").checks[number]


def concludes(claim_id: str, number: int, conclusion: Conclusion, *etas: str) -> OrbitStatement:
    changed = replace(statement(claim_id, number), conclusion=conclusion)
    return replace(changed, step_sizes=StepSizes.of(*etas)) if etas else changed


# Not "the cycle attracts at 2.52": ball arithmetic cannot follow an orbit that stays bounded and settles nowhere.
MUTANTS: dict[str, Callable[[], OrbitStatement]] = {
    "the cycle attracts at 2.9": lambda: concludes("spring-cycle", 1, Converges("the 2-cycle")),
    "orbits escape at 2.48": lambda: concludes("spring-cycle", 0, Diverges(), "0.62"),
    "x^2 <= delta^2 on the way": lambda: concludes("spring-cycle", 0, Along(spring_cycle(*CONSTANTS)[0] - q), "0.6"),
    "the sharpness falls": lambda: concludes("spring-sharpening", 0, Monotone(1 + z, "nonincreasing")),
    "the sharpness stays below 15/4": lambda: concludes("spring-sharpening", 0, Along(R(15, 4) - 1 - z)),
    "heavy ball converges above its edge": lambda: concludes("heavy-ball", 1, Converges()),
    "heavy ball diverges at Nesterov's edge": lambda: concludes("heavy-ball", 1, Diverges(), "0.137"),
    "Nesterov converges at heavy ball's edge": lambda: concludes("nesterov", 0, Converges(), "0.376"),
    "Nesterov diverges below its edge": lambda: concludes("nesterov", 0, Diverges()),
}


LONG = {"heavy ball diverges at Nesterov's edge", "Nesterov diverges below its edge", "the sharpness stays below 15/4"}


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.deep if n in LONG else ()) for n in MUTANTS])
def test_a_mutant_is_refuted_with_a_confirmed_counterexample(name):
    verdict = check(Claim(f"mutant.{name}", "a mutant", name, name, (MUTANTS[name](),), kind="user"), "quick")
    assert verdict.standing is Standing.REFUTED, verdict.sentence
    assert "bits" in verdict.sentence or "in exact arithmetic" in verdict.sentence
