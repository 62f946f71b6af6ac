"""Orbits that leave the domain of the loss: when, and why, against a plain loop over the formulas."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import sympy as sp

from edgestab.numerics.orbits.lanes import LaneKernel
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.orbits.sweep import sweep
from edgestab.numerics.printers import reference
from edgestab.numerics.programs.program import program_of, step_program
from edgestab.theory.loss import Loss
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.stepmap import Observer, StepMap
from edgestab.theory.symbols import symbol, symbols

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


@pytest.mark.parametrize("extremum", [sp.Min, sp.Max])
@pytest.mark.parametrize("start", [2.5, 0.5])
def test_a_quantity_that_was_undefined_once_stays_undefined(extremum, start) -> None:
    # From 2.5 the second iterate is 1 - 0.9 * 1.5 < 0, and later ones are positive again.
    m = model_of_loss(Loss.parse("(x - 1)**2/2", "x"))
    (x,) = m.own.step.state
    seen = Observer(symbol("seen"), sp.log(x), extremum)
    found = sweep(m, [start], {"eta": 1.9}, observers=(seen,), threads=1)
    assert Status(int(found["status"].values[0])) is Status.CONVERGED
    assert np.isnan(found["final_seen"].values[0]) == (start == 2.5)


@pytest.mark.parametrize("op", [sp.Min, sp.Max])
def test_selects_keep_what_is_undefined_on_both_sides_in_kernels_and_reference(op) -> None:
    x, y = symbols("x y")
    step = StepMap("select", (x, y), (op(x, y), op(x + 1, y)), ())
    state = np.array([[1.0, math.nan, 1.0, math.nan, -1.0], [2.0, 1.0, math.nan, math.nan, math.inf]])
    program = step_program(step)
    kernel = LaneKernel(program, program_of([sp.Abs(x)], (x, y)), 2, ())
    found, wanted = kernel.advance(state, [], 1), np.array(reference.evaluate(program, list(state)))
    assert np.array_equal(found, wanted, equal_nan=True)
    assert np.isnan(found).all(axis=0).tolist() == [False, True, True, True, False]
