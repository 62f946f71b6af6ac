"""Units mean nothing: x -> c x, L -> k L and what follows for the step give the same outcomes, and as many steps."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
import sympy as sp

from edgestab.numerics.orbits.coordinates import evaluate
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.orbits.sweep import sweep
from edgestab.theory.loss import Loss
from edgestab.theory.models.base import Model
from edgestab.theory.models.catalogue import MODELS, model
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.optimizers.catalogue import OPTIMIZERS

# Powers of two change no digit, so that the same orbit is followed.
UNITS = [
    (2.0**-40, 2.0**40),
    *(
        pytest.param(2.0**a, 2.0**b, marks=pytest.mark.deep)
        for a, b in [(40, 0), (-40, 0), (0, 40), (0, -40), (40, -40)]
    ),
]
ALL = [f"{name}:{e}" if e else name for name, b in MODELS.items() for e in b.examples]
NAMES = [
    name if name in ("quartic", "degree-2", "chain:1,2", "vector:1") else pytest.param(name, marks=pytest.mark.deep)
    for name in ALL
    if model(name).loss is not None
]


def starts_of(m: Model, count: int = 24) -> np.ndarray:
    """Starts beside a minimum and far from it."""
    return np.random.default_rng(7).uniform(0.2, 2.0, (len(m.loss.parameters), count))


def scaled(loss: Loss, c: float, k: float) -> Loss:
    """The loss in other units."""
    length = sp.Rational(c)
    inside = {p: p / length for p in loss.parameters}
    return Loss(loss.parameters, sp.Rational(k) * loss.expression.xreplace(inside))


def outcomes(
    m: Model, starts: np.ndarray, values: Mapping[str, object], **more: object
) -> tuple[np.ndarray, np.ndarray]:
    named = dict(zip(m.loss.parameters, starts, strict=True))
    named |= {c.symbol: evaluate([c.start], named)[0] for c in m.own.step.carried}
    found = sweep(m, np.array([named[s] for s in m.own.step.state]), values, threads=1, **more)
    status, steps = found["status"].values, found["steps"].values
    return np.where(status == Status.NONFINITE, Status.DIVERGED, status), steps


def assert_same(found: tuple[np.ndarray, np.ndarray], wanted: tuple[np.ndarray, np.ndarray]) -> None:
    """The same outcomes after as many steps, and where orbits leave, one more or less.

    In coordinates of a chart, lengths mix; and where doubles end is a length of its own: the one an orbit overflows at.
    """
    np.testing.assert_array_equal(found[0], wanted[0])
    assert (abs(found[1] - wanted[1]) <= (wanted[0] == Status.DIVERGED)).all()
    assert (wanted[0] != Status.DIVERGED).any()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("c", "k"), UNITS)
def test_every_model_in_other_units(name: str, c: float, k: float) -> None:
    m = model(name)
    starts = starts_of(m)
    etas = np.repeat([0.05, 0.2, 0.6], len(starts[0]) // 3)
    found = outcomes(model_of_loss(m.loss), starts, {"eta": etas})
    other = outcomes(model_of_loss(scaled(m.loss, c, k)), c * starts, {"eta": etas * c * c / k})
    assert_same(other, found)


@pytest.mark.parametrize("name", ["quartic", "degree-2"])
def test_on_the_diagonal_where_a_chart_ends_no_start_is_lost(name: str) -> None:
    etas, at = np.linspace(0.01, 0.3, 200), np.linspace(0.7, 1.1, 200)
    found = sweep(model(name), [at, at], {"eta": etas}, threads=1)
    assert (found["status"] == Status.CONVERGED).all()
    assert np.isfinite(found["final_x"]).all()


# What becomes of a step of size 1 and of the factors, in powers of c and k.
ETA = {"sign": (1, 0), "normalized": (1, 0), "rmsprop": (1, 0), "scalar-rmsprop": (1, 0), "adam": (1, 0)}
FACTORS = {
    ("sam", "rho"): (1, 0),
    ("unnormalized-sam", "rho"): (2, -1),
    ("cr-sam", "rho"): (1, 0),
    ("rmsprop", "eps"): (-1, 1),
    ("scalar-rmsprop", "eps"): (-1, 1),
    ("adam", "eps"): (-1, 1),
}
LOSSES = [("(x*y - 1)**2/2", "x y"), pytest.param("x**4/4 + x*y + y**2", "x y", marks=pytest.mark.deep)]


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize(("text", "names"), LOSSES)
def test_every_update_rule_in_other_units(name: str, text: str, names: str) -> None:
    rule = OPTIMIZERS[name]
    c, k = 2.0**-40, 2.0**40
    factors = {f.symbol: sp.Rational(f.default if f.default is not None else f.example) for f in rule.factors}

    def model_in(loss: Loss, by: Mapping[sp.Symbol, sp.Expr]) -> Model:
        return model_of_loss(loss, rule.on(loss, {s: v * by.get(s, 1) for s, v in factors.items()}))

    unit = {
        s: sp.Rational(c) ** a * sp.Rational(k) ** b for s in factors for a, b in [FACTORS.get((name, s.name), (0, 0))]
    }
    a, b = ETA.get(name, (2, -1))
    loss = Loss.parse(text, names)
    plain, other = model_in(loss, {}), model_in(scaled(loss, c, k), unit)
    starts = starts_of(plain)
    found = outcomes(plain, starts, {"eta": 0.1})
    again = outcomes(other, c * starts, {"eta": 0.1 * c**a * k**b})
    assert_same(again, found)
