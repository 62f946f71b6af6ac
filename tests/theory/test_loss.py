"""Losses: derivatives against central differences, the cubic model against Taylor, and refusals."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from edgestab.theory.invariants import quadratic_invariants
from edgestab.theory.loss import Loss
from edgestab.theory.symbols import symbols
from edgestab.theory.text.grammar import ParseError
from tests.models_under_test import NAMES, cached

LOSSES = [
    Loss.parse("(1 - x**2*y**2)**2/4", "x y"),
    Loss.parse("(1 - x*y*z)**2/2 + x**4/8", "x y z"),
    Loss.parse("log(1 + exp(-x*y)) + tanh(x - y)**2", "x y"),
    Loss.parse("sqrt(1 + x**2)*cos(y)", "x y"),
    *(cached(n).loss for n in NAMES if cached(n).loss is not None),
]

POINTS = np.random.default_rng(0).uniform(0.3, 1.2, (8, 20))
H = 2.0**-17


def at(loss, expressions, shift=None):
    n = len(loss.parameters)
    points = POINTS[:n] if shift is None else POINTS[:n] + np.asarray(shift)[:, None]
    # By SymPy's own printer: what is tested here are the derivatives, not the programs made of them.
    found = sp.lambdify(loss.parameters, list(expressions), "numpy")(*points)
    return np.array([np.broadcast_to(f, points.shape[1]) for f in found])


def central(loss, expressions, i):
    unit = np.eye(len(loss.parameters))[i] * H
    return (at(loss, expressions, unit) - at(loss, expressions, -unit)) / (2 * H)


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: str(loss.expression)[:30])
def test_derivatives_equal_central_differences(loss):
    n = len(loss.parameters)
    slope = at(loss, loss.gradient)
    hessian = at(loss, list(loss.hessian)).reshape(n, n, -1)
    third = at(loss, list(sp.flatten(loss.third_derivative))).reshape(n, n, n, -1)
    for i in range(n):
        np.testing.assert_allclose(slope[i], central(loss, [loss.expression], i)[0], rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(hessian[i], central(loss, loss.gradient, i), rtol=1e-6, atol=1e-6)
        wanted = central(loss, list(loss.hessian), i).reshape(n, n, -1)
        np.testing.assert_allclose(third[:, :, i], wanted, rtol=1e-6, atol=1e-5)
    np.testing.assert_allclose(third, third.transpose(1, 2, 0, 3), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("loss", LOSSES[:3], ids=lambda loss: str(loss.expression)[:30])
def test_the_cubic_model_is_the_taylor_polynomial(loss):
    model = loss.cubic_model()
    t = sp.Symbol("t")
    moved = {p: p + t * v for p, v in zip(loss.parameters, model.parameters, strict=True)}
    taylor = sum(
        (sp.diff(loss.expression.xreplace(moved), t, k).subs(t, 0) / sp.factorial(k) for k in range(4)), sp.S(0)
    )
    generator = np.random.default_rng(3)
    for _ in range(3):
        values = {s: sp.Rational(int(generator.integers(1, 20)), 13) for s in (*loss.parameters, *model.parameters)}
        assert abs(sp.N((model.expression - taylor).subs(values), 40)) < sp.Float("1e-30")
    assert set(model.constants) == set(loss.parameters)
    assert [p.name for p in model.parameters] == [f"v_{p.name}" for p in loss.parameters]


def test_the_cubic_model_of_a_cubic_is_exact():
    loss = Loss.parse("x**3 - 2*x*y**2 + y + 3", "x y")
    x, y, vx, vy = symbols("x y v_x v_y")
    shifted = loss.expression.subs({x: x + vx, y: y + vy}, simultaneous=True)
    assert sp.expand(loss.cubic_model().expression - shifted) == 0


def test_the_gradient_of_the_sharpness():
    """Along the unit eigenvector of a simple eigenvalue, by differences of eigenvalues."""
    loss = LOSSES[0]
    x, y = loss.parameters
    point = np.array([1.4, 0.8])

    def hessian(p):
        return np.array(loss.hessian.subs(dict(zip((x, y), p, strict=True))).tolist(), dtype=float)

    _, vectors = np.linalg.eigh(hessian(point))
    found = [
        float(g.subs({x: point[0], y: point[1]}))
        for g in loss.sharpness_gradient_along(tuple(sp.Float(v) for v in vectors[:, -1]))
    ]
    h = 1e-5
    wanted = [
        (np.linalg.eigvalsh(hessian(point + h * e))[-1] - np.linalg.eigvalsh(hessian(point - h * e))[-1]) / (2 * h)
        for e in np.eye(2)
    ]
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_constants_are_what_is_no_parameter():
    loss = Loss.parse("(a - x*y)**2/2 + lam*x**2", "x y", "lam a")
    assert [c.name for c in loss.constants] == ["a", "lam"]
    assert LOSSES[0].constants == ()


@pytest.mark.parametrize(
    ("text", "parameters", "error", "message"),
    [
        ("x**2", "x y", ValueError, "does not depend on y"),
        ("x**2 + q", "x", ParseError, "q"),
        ("__import__('os')", "x", ParseError, None),
        ("x +", "x", ParseError, None),
        ("x**2", "", ParseError, None),
    ],
)
def test_bad_losses_are_refused(text, parameters, error, message):
    with pytest.raises(error, match=message):
        Loss.parse(text, parameters)


def test_a_loss_needs_a_parameter():
    with pytest.raises(ValueError, match="at least one parameter"):
        Loss((), sp.S(1))


@pytest.mark.parametrize(
    ("text", "names", "wanted"),
    [
        ("(1 - x*y)**2", "x y", ["x**2 - y**2"]),
        ("(1 - x*y**2)**2", "x y", ["2*x**2 - y**2"]),
        ("(1 - x*y*z)**2", "x y z", ["x**2 - y**2", "x**2 - z**2"]),
        ("x**2 + y**4", "x y", []),
        ("sin(x*y)", "x y", []),
    ],
)
def test_quadratic_invariants_are_found(text, names, wanted):
    found = quadratic_invariants(Loss.parse(text, names))
    assert len(found) == len(wanted)
    known = {s.name: s for s in symbols(names)}
    span = [sp.sympify(w, locals=known) for w in wanted]
    rows = [[sp.expand(e).coeff(s**2) for s in known.values()] for e in (*found, *span)]
    assert not rows or sp.Matrix(rows).rank() == len(wanted)
