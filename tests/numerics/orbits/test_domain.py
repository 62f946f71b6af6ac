"""Orbits that leave the domain of the loss: when, and why, against a plain loop over the formulas."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from edgestab.numerics.orbits.status import Status
from edgestab.numerics.orbits.sweep import sweep
from edgestab.theory.loss import Loss
from edgestab.theory.models.of_loss import model_of_loss

CASES: list[tuple[str, float, Callable[[float], float], Callable[[float], bool], tuple[float, float]]] = [
    ("x**4/4 - log(x)", 0.2, lambda x: x**3 - 1 / x, lambda x: x > 0, (0.2, 2.9)),
    ("exp(log(x))**2/2", 1.01, lambda x: x, lambda x: x > 0, (-1.0, 2.0)),
    ("x**2/2 + 0*sqrt(3 - x)", 1.9995, lambda x: x, lambda x: x <= 3, (-3.5, 3.5)),
    ("x**2/2 + x/x - 1", 2.0, lambda x: x, lambda x: x != 0, (-1.0, 1.0)),
    ("x**3/3 - sqrt(x - 1)", 0.15, lambda x: x * x - 0.5 / math.sqrt(x - 1), lambda x: x > 1, (0.505, 3.0)),
]


@pytest.mark.parametrize(("text", "eta", "slope", "inside", "ends"), CASES)
def test_the_step_at_which_an_orbit_leaves_is_that_of_a_plain_loop(text, eta, slope, inside, ends) -> None:
    starts = np.linspace(*ends, 301)
    found = sweep(model_of_loss(Loss.parse(text, "x")), starts[None], {"eta": eta}, threads=1)
    left = found["status"].values == Status.LEFT_DOMAIN
    for start, gone, steps in zip(starts, left, found["steps"].values, strict=True):
        x, n = float(start), 0
        while inside(x) and n < 20_000:
            x, n = x - eta * slope(x), n + 1
        assert gone == (n < 20_000), start
        assert not gone or steps == n
    assert left.any()


def test_what_overflows_or_goes_far_has_not_left_the_domain() -> None:
    m = model_of_loss(Loss.parse("x**2/2 + x**4/4 - log(x + 1000)/10**9", "x"))
    found = sweep(m, [[0.5, 30.0, -2000.0]], {"eta": 0.5}, threads=1)
    assert [Status(int(s)) for s in found["status"].values] == [
        Status.CONVERGED,
        Status.LEFT_DOMAIN,  # x1 = 30 - 13515
        Status.LEFT_DOMAIN,
    ]
    assert found["steps"].values[1:].tolist() == [1, 0]
    plain = model_of_loss(Loss.parse("-exp(x**2) + 0*log(x + 1)", "x"))
    assert Status(int(sweep(plain, [[2.0]], {"eta": 1.0}, threads=1)["status"].values[0])) in (
        Status.DIVERGED,
        Status.NONFINITE,
    )
