"""Taylor arithmetic against symbolic derivatives, and the normal forms of bifurcations against independent ones."""

from __future__ import annotations

from fractions import Fraction

import flint
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from edgestab.numerics.cycles.bifurcations import locate
from edgestab.numerics.cycles.jets import Family
from edgestab.numerics.cycles.normal_forms import (
    Multilinear,
    flip_coefficient,
    fold_coefficient,
    neimark_sacker_coefficient,
    slope_of_multiplier,
)
from edgestab.numerics.printers import series
from edgestab.numerics.printers.ball import ball
from edgestab.numerics.programs.program import program_of
from edgestab.numerics.rigorous.balls import precision
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import symbols
from tests.models_under_test import cached, frozen_s

X, Y, A, B, R, MU = symbols("x y a b r mu")
HENON = StepMap("Henon", (X, Y), (1 - A * X**2 + Y, B * X), (A, B))
DELAYED = StepMap("delayed logistic", (X, Y), (R * X * (1 - Y), X), (R,))
FROZEN = Family(cached("frozen-cubic").own.step, {}, frozen_s)

FUNCTIONS = [
    sp.sinh(X),
    sp.cosh(X),
    sp.tanh(X),
    sp.tan(X / 2),
    sp.exp(X) / (1 + X**2),
    sp.log(2 + X),
    sp.sqrt(3 + X),
    sp.sin(X) * sp.cos(2 * X),
    (2 + X) ** sp.Rational(1, 3),
    sp.Pow(2 + X, X, evaluate=False),
    sp.pi * X**3 - 1 / (X + 3),
]


def taylor(expression, line, length):
    with series.truncation(length):
        (found,) = series.evaluate(program_of([expression], [X]), [flint.arb_series(line)])
        return [found[k] for k in range(length)]


@pytest.mark.parametrize("function", FUNCTIONS, ids=str)
@pytest.mark.parametrize("at", [Fraction(-3, 4), Fraction(0), Fraction(5, 7)])
def test_taylor_coefficients_are_the_symbolic_ones(function, at):
    with precision(160):
        found = taylor(function, [ball(at), 1], 5)
        for k, coefficient in enumerate(found):
            exact = sp.diff(function, X, k).subs(X, sp.Rational(at.numerator, at.denominator)) / sp.factorial(k)
            assert abs(coefficient - flint.arb(str(sp.N(exact, 40)))) < flint.arb("1e-36")
            assert float(coefficient.rad()) < 1e-40


@settings(max_examples=60)
@given(st.sampled_from(FUNCTIONS), st.floats(-0.7, 0.7), st.floats(1e-6, 0.2), st.floats(-1, 1))
def test_coefficients_over_a_ball_enclose_those_at_its_points(function, centre, radius, share):
    with precision(80):
        wide = taylor(function, [flint.arb(centre, radius), 1], 4)
        thin = taylor(function, [flint.arb(centre) + flint.arb(radius) * flint.arb(share), 1], 4)
        assert all(w.overlaps(t) for w, t in zip(wide, thin, strict=True))


@pytest.mark.parametrize("function", [1 / X, sp.log(X), sp.sqrt(X)])
def test_out_of_its_domain_a_function_has_no_finite_coefficients(function):
    assert not taylor(function, [flint.arb(0, 1), 1], 3)[1].is_finite()


@pytest.mark.parametrize("function", [sp.Abs(X), sp.Min(X, 1), sp.Max(X, X**2)])
def test_what_is_not_analytic_is_refused(function):
    with pytest.raises(ValueError, match="has no Taylor series"):
        taylor(function, [flint.arb(2), 1], 2)


def test_the_truncation_is_restored():
    before = flint.ctx.cap
    with pytest.raises(KeyError), series.truncation(3):
        raise KeyError
    assert flint.ctx.cap == before


def test_derivatives_of_an_iterate_are_those_of_the_composed_map():
    """Second and third derivatives by polarisation, against SymPy on the composition."""
    composed = HENON.compose(3).closed_form()
    at = {X: sp.Rational(1, 3), Y: sp.Rational(-1, 5), A: sp.Rational(7, 5), B: sp.Rational(3, 10)}
    with precision(120):
        maps = Multilinear(
            Family(HENON, {A: Fraction(7, 5), B: Fraction(3, 10)}), [ball(Fraction(1, 3)), ball(Fraction(-1, 5))], 3
        )
        u, v, w = [(1, 2), (-1, 3), (2, 1)]
        b = maps.b(list(map(flint.arb, u)), list(map(flint.arb, v)))
        c = maps.c(*(list(map(flint.arb, d)) for d in (u, v, w)))

        def along(e, d):
            return sum(sp.diff(e, s) * k for s, k in zip((X, Y), d, strict=True))

        for i, e in enumerate(composed):
            for found, exact in ((b[i], along(along(e, u), v)), (c[i], along(along(along(e, u), v), w))):
                value = sp.Rational(exact.subs(at))
                assert found.contains(flint.fmpq(int(value.p), int(value.q)))
                assert float(found.rad()) < 1e-28


def test_the_cubic_flips_with_coefficient_eight():
    flip = locate(FROZEN, "flip", [0.9], 1.05, 1)
    assert flip.proved
    assert flip.parameter.contains(1)
    assert flip_coefficient(FROZEN, flip).contains(8)


def test_a_flip_of_an_iterate_by_symbols():
    """For G = F^2 in one dimension c = G''^2/4 + G'''/6, exactly at s = sqrt 5 - 1."""
    flip = locate(FROZEN, "flip", [1.15], 1.24, 2)
    assert abs(float(flip.parameter) - (np.sqrt(5) - 1)) < 1e-15
    d = FROZEN.step.state[0]
    g = FROZEN.step.compose(2).closed_form()[0]
    at = {d: sp.Float(flip.point[0].mid().str(30, radius=False), 30), frozen_s: sp.sqrt(5).n(30) - 1}
    wanted = (sp.diff(g, d, 2) ** 2 / 4 + sp.diff(g, d, 3) / 6).subs(at)
    assert float(flip_coefficient(FROZEN, flip)) == pytest.approx(float(wanted), rel=1e-12)
    # 9 - 2 (1 + s)^2 is the multiplier, so its slope is -4 (1 + s).
    with precision(flip.bits):
        assert float(slope_of_multiplier(FROZEN, flip)) == pytest.approx(-4 * np.sqrt(5), rel=1e-14)


def adjoint_pair(matrix, value):
    """Right and left eigenvectors with |q| = 1 and <p, q> = 1, by NumPy."""
    values, vectors = np.linalg.eig(matrix)
    q = vectors[:, np.abs(values - value).argmin()]
    values, lefts = np.linalg.eig(matrix.T)
    p = lefts[:, np.abs(values - value).argmin()]
    q = q / np.linalg.norm(q)
    return q, p / (p @ q)


def test_fold_and_flip_of_the_henon_map():
    """At a = -(1-b)^2/4 and 3(1-b)^2/4; B(u, v) = (-2 a u1 v1, 0) is the only higher derivative."""
    b = 0.3
    family = Family(HENON, {B: Fraction(3, 10)}, A)
    fold = locate(family, "fold", [2.9, 0.8], -0.12, 1)
    flip = locate(family, "flip", [0.9, 0.3], 0.37, 1)
    with precision(128):
        assert fold.parameter.contains(ball(Fraction(-49, 400)))
        assert flip.parameter.contains(ball(Fraction(3 * 49, 400)))
    a, x = fold.value, fold.centre[0]
    q, p = adjoint_pair(np.array([[-2 * a * x, 1], [b, 0]]), 1)
    assert abs(float(fold_coefficient(family, fold))) == pytest.approx(abs(p[0] * -2 * a * q[0] ** 2 / 2), rel=1e-6)
    a, x = flip.value, flip.centre[0]
    matrix = np.array([[-2 * a * x, 1], [b, 0]])
    q, p = adjoint_pair(matrix, -1)
    rest = np.linalg.solve(matrix - np.eye(2), [-2 * a * q[0] ** 2, 0])
    wanted = -p[0] * -2 * a * q[0] * rest[0] / 2
    assert float(flip_coefficient(family, flip)) == pytest.approx(wanted, rel=1e-12)
    assert flip_coefficient(family, flip) > 0


def test_the_delayed_logistic_map_has_its_circle_at_two():
    """At r = 2 the multipliers are exp(+-i pi/3); B(u, v) = -r (u1 v2 + u2 v1) in the first component."""
    family = Family(DELAYED, {}, R)
    circle = locate(family, "Neimark-Sacker", [0.49, 0.51], 1.93, 1)
    assert circle.proved
    assert circle.parameter.contains(2)
    assert circle.cosine.contains(flint.arb("0.5"))
    matrix = np.array([[1.0, -1.0], [1.0, 0.0]])
    turn = np.exp(1j * np.pi / 3)
    q, p = adjoint_pair(matrix, turn)

    def bilinear(u, v):
        return np.array([-2 * (u[0] * v[1] + u[1] * v[0]), 0])

    one = bilinear(q, np.linalg.solve(np.eye(2) - matrix, bilinear(q, q.conj())))
    two = bilinear(q.conj(), np.linalg.solve(turn**2 * np.eye(2) - matrix, bilinear(q, q)))
    wanted = ((2 * p @ one + p @ two) / turn).real / 2
    found = neimark_sacker_coefficient(family, circle)
    assert float(found) == pytest.approx(wanted, rel=1e-12)
    assert found < 0
    assert float(found.rad()) < 1e-25


def test_the_invariant_circle_has_the_predicted_radius():
    """z' = e^{i theta} z (1 + mu + d |z|^2) to third order: simulation against the coefficient."""
    family = Family(DELAYED, {}, R)
    circle = locate(family, "Neimark-Sacker", [0.49, 0.51], 1.93, 1)
    d = float(neimark_sacker_coefficient(family, circle))
    r = 2.002
    fixed = 1 - 1 / r
    size = np.sqrt(r - 1)  # det A = r x*, so |lambda| = sqrt(r - 1)
    z = np.array([fixed + 0.01, fixed])
    radii = []
    turn = np.exp(1j * np.pi / 3)
    p = adjoint_pair(np.array([[1.0, -1.0], [1.0, 0.0]]), turn)[1]
    for k in range(40000):
        z = np.array([r * z[0] * (1 - z[1]), z[0]])
        if k > 38000:
            radii.append(abs(p @ (z - fixed)))
    assert np.sqrt(np.mean(np.square(radii))) == pytest.approx(np.sqrt((size - 1) / -d), rel=0.03)


def test_a_subcritical_flip_has_a_negative_coefficient():
    step = StepMap("subcritical", (X,), (-(1 + MU) * X - X**3,), (MU,))
    family = Family(step, {}, MU)
    flip = locate(family, "flip", [0.01], 0.01, 1)
    assert flip_coefficient(family, flip).contains(-1)


def test_a_circle_is_asked_of_a_circle_only():
    flip = locate(FROZEN, "flip", [1.0], 1.0, 1)
    with pytest.raises(ValueError, match="Neimark-Sacker"):
        neimark_sacker_coefficient(FROZEN, flip)


def test_a_branch_point_cannot_be_asked_for():
    with pytest.raises(ValueError, match="free"):
        locate(FROZEN, "branch point", [1.0], 1.0, 1)
