"""Where an orbit stopped: minima, isolated or not, plateaus, saddles, inflections and ends at infinity, told apart."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from edgestab.numerics.orbits import stopping
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.orbits.stopping import outer_radius, stopped
from edgestab.numerics.orbits.sweep import sweep
from edgestab.theory.loss import Loss
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.optimizers.momentum import heavy_ball, nesterov
from edgestab.theory.symbols import ETA


def ended(text: str, names: str, start: list[float], step_size: float, rule: object = None) -> Status:
    loss = Loss.parse(text, names)
    m = model_of_loss(loss, rule(loss) if callable(rule) else None)
    values = {"eta": step_size} | ({"beta": 0.5} if rule else {})
    state = start * (len(m.own.step.state) // len(start))
    return Status(int(sweep(m, state, values, threads=1)["status"].values[0]))


UNITS = [(2**30, 1), (1, 2**-20), (2**20, 2**40)]

MINIMA = [
    ("x**2/2 + y**2/2000", "x y", [1.0, 1.0], 0.5),
    ("x**2/2 + (y - 1)**4/4 + (y - 1)**2/200", "x y", [1.0, 2.0], 0.5),
    ("(x**2 - 1)**2/4 + (y**2 - 1)**2/4", "x y", [0.3, -0.3], 0.1),
    ("-exp(-x**2/2) + y**2", "x y", [1.5, 1.0], 0.3),
    ("log(cosh(x - y)) + x**2/200", "x y", [2.0, 1.0], 0.5),
    ("(x*y - 1)**2/2 + (x**2 + y**2)/20", "x y", [0.5, 1.5], 0.3),
    ("(x**2 + y**2 - 1)**2", "x y", [0.5, 0.2], 0.1),  # a circle
    ("(x - 1)**2 + (x*y - 1)**2 + (y - 3)**2", "x y", [2.0, 1.0], 0.05),  # no common zero
    ("log(1 + (x*y - 2)**2)", "x y", [1.0, 0.5], 0.1),
    ("sqrt(1 + (x*y**2 - 1)**2)", "x y", [1.2, 0.5], 0.1),
    ("(sin(x) + y)**2", "x y", [0.4, 1.0], 0.1),
    ("(x**2 - 1)**2/4 + y**2", "x y", [1e-7, 1e-7], 0.1),  # begins beside the saddle in the origin
    ("(x/1e36 - 1)**2/2 + y**2/2e72", "x y", [0.0, 0.0], 5e71),  # and in the origin, far from its minimum
]


@pytest.mark.parametrize(("text", "names", "start", "step_size"), MINIMA)
def test_minima_are_recognised(text, names, start, step_size) -> None:
    assert ended(text, names, start, step_size) is Status.CONVERGED


@pytest.mark.parametrize(("text", "names", "start", "step_size"), MINIMA)
@pytest.mark.parametrize(("c", "k"), [(2**-30, 2**25), *(pytest.param(*u, marks=pytest.mark.deep) for u in UNITS)])
def test_in_other_units_everything_is_the_same(text, names, start, step_size, c, k) -> None:
    """L -> k L(x/c), x -> c x, eta -> eta c^2/k is a change of units: powers of two change no bit."""

    def run(loss: Loss, begin: list[float], eta: float) -> tuple[int, int]:
        found = sweep(model_of_loss(loss), begin, {"eta": eta}, threads=1)
        return int(found["status"].values[0]), int(found["steps"].values[0])

    loss = Loss.parse(text, names)
    scaled = sp.Rational(k) * loss.expression.xreplace({p: p / sp.Rational(c) for p in loss.parameters})
    other = run(Loss(loss.parameters, scaled), [v * c for v in start], step_size * c * c / k)
    assert other[0] == run(loss, start, step_size)[0]
    assert abs(other[1] - run(loss, start, step_size)[1]) <= 64


OTHERS = [
    ("-20*exp(-x**2/2) + 5*y**2", "x y", [10.5, 0.7], 0.05),  # a plateau
    ("x**2/2 - y**2/200000000", "x y", [0.7, 0.002], 0.1),  # a saddle, slowly left
    ("log(1 + exp(-x)) + 5*y**2", "x y", [20.0, 1.0], 0.05),  # an infimum at infinity
    ("1/(1 + x**2) + y**2", "x y", [50.0, 1.0], 0.3),
    ("exp(-x) + y**2", "x y", [25.0, 0.5], 0.3),
    ("x**3/3 + y**2", "x y", [0.001, 1.0], 0.3),  # an inflection
    ("(1 - x*y*z*w*v)**2/2", "x y z w v", [1e-3, 1e-3, 1e-3, 1e-3, 1e-3], 0.1),  # the saddle at 0
    ("(1 - x*y)**2/2", "x y", [0.0, 0.0], 0.1),  # exactly on it
    ("(x**2 - 1)**2/4", "x", [0.0], 0.1),  # exactly on a maximum
    ("x**4/4 - x**2/2 + y**2", "x y", [0.0, 1.0], 0.1),  # along the stable set of a saddle
]


@pytest.mark.parametrize(("text", "names", "start", "step_size"), OTHERS)
def test_what_is_no_minimum_is_never_called_one(text, names, start, step_size) -> None:
    assert ended(text, names, start, step_size) is not Status.CONVERGED


@pytest.mark.parametrize("rule", [heavy_ball, pytest.param(nesterov, marks=pytest.mark.deep)])
@pytest.mark.parametrize(("text", "names", "start", "step_size"), OTHERS)
def test_nor_with_momentum(text, names, start, step_size, rule) -> None:
    assert ended(text, names, start, step_size, rule) is not Status.CONVERGED


@pytest.mark.parametrize("rule", [heavy_ball, nesterov])
def test_minima_are_recognised_with_momentum(rule) -> None:
    for text, names, start, step_size in MINIMA[:4]:
        assert ended(text, names, start, step_size / 4, rule) is Status.CONVERGED


def test_a_slope_that_is_the_same_again_is_no_minimum(monkeypatch: pytest.MonkeyPatch) -> None:
    # L' = 2 pi + sin(k x) has no zero; Newton's step from 0 is one period of the sine, where L'' is what it was.
    m = model_of_loss(Loss.parse("2*pi*x - cos(8*x)/8", "x"))
    at = np.array([[0.0]]), {ETA: np.array([0.1])}, np.array([[1.0]])
    assert not stopped(m, *at).attracting.any()
    monkeypatch.setattr(stopping, "ROUNDING", 1.0)
    assert not stopped(m, *at).attracting.any()  # the gradient does not vanish there either
    monkeypatch.setattr(stopping, "_is_stationary", lambda *_: True)
    assert stopped(m, *at).attracting.all()


def test_the_constants_are_what_tells_them_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    plateau, saddle = OTHERS[2], OTHERS[1]
    monkeypatch.setattr(stopping, "CHANGE", 2.0)
    assert ended(*plateau) is Status.CONVERGED  # Newton's step and its change are of order 1 there
    monkeypatch.undo()
    monkeypatch.setattr(stopping, "OUTSIDE", 1e-8)
    assert ended(*saddle) is Status.CONVERGED  # multiplier 1 + 1e-9


def test_the_outer_radius_equals_sorted_eigenvalues() -> None:
    generator = np.random.default_rng(3)
    for n in (1, 2, 3, 5):
        matrices = generator.standard_normal((50, n, n))
        for neutral in range(n):
            eigenvalues = np.linalg.eigvals(matrices)
            order = np.argsort(np.abs(eigenvalues - 1), axis=1)
            kept = np.take_along_axis(eigenvalues, order, axis=1)[:, neutral:]
            pair = np.isclose(np.abs(eigenvalues.imag).max(axis=1), 0) | (neutral != 1) | (n > 2)
            wanted = np.abs(kept).max(axis=1)
            assert outer_radius(matrices, neutral)[pair] == pytest.approx(wanted[pair])


def test_distances_are_those_to_the_minimum() -> None:
    m = model_of_loss(Loss.parse("(x**2 + y**2 - 1)**2 / 4", "x y"))
    state = np.array([[1.001, 0.0], [0.0, 0.999]])
    found = stopped(m, state, {ETA: np.array([0.1, 0.1])}, state)
    assert found.attracting.all()
    assert found.place.tolist() == [0, 0]
    assert found.distance == pytest.approx([1e-3, 1e-3], rel=1e-2)
