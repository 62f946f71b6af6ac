"""Slopes of logarithms of exponentials are written so that they do not overflow."""

from __future__ import annotations

import numpy as np
import pytest

from edgestab.numerics.printers import reference
from edgestab.numerics.programs.program import program_of
from edgestab.theory.loss import Loss

FAR = [-900.0, 900.0]


@pytest.mark.parametrize(
    ("text", "slopes"),
    [
        ("softplus(x) + y", [0, 1]),
        ("log(1 + exp(-x/10 - 9*y/10))", [-0.1, 0]),
        ("log(1 + exp(x/2 - y/3)) + log(1 + exp(y/3 - x/2))", [-0.5, 0.5]),
        ("logsumexp(x, y, -x)", [-1, 1]),
        ("log(cosh(x + y/7))", [-1, 1]),
        ("sigmoid(x + 2*y)", [0, 0]),
    ],
)
def test_far_out_the_slope_is_what_it_tends_to(text: str, slopes: list[float]) -> None:
    loss = Loss.parse(text, "x y")
    program = program_of([loss.gradient[0]], loss.parameters)
    assert reference.evaluate(program, [10 * np.array(FAR), np.zeros(2)])[0].tolist() == pytest.approx(
        slopes, abs=1e-12
    )


@pytest.mark.parametrize(
    "text", ["log(1 + exp(-x/10 - 9*y/10))", "logsumexp(x - y, 2*y, 1 - x*y)", "softplus(x*y - y)"]
)
def test_the_slope_is_that_of_the_loss(text: str) -> None:
    loss = Loss.parse(text, "x y")
    at, h = np.array([0.3, -0.7]), 1e-6
    value, slope = program_of([loss.expression], loss.parameters), program_of(loss.gradient, loss.parameters)
    found = reference.evaluate(slope, list(at))
    for k in range(2):
        ends = [reference.evaluate(value, list(at + s * h * np.eye(2)[k]))[0] for s in (1, -1)]
        assert found[k] == pytest.approx((ends[0] - ends[1]) / (2 * h), abs=1e-8)
