"""Outcomes that look like convergence or a cycle and are neither."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from edgestab.numerics.maps.pictures.basin import BasinJob
from edgestab.numerics.maps.pictures.slices import Axis, slice_of
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.tiling.running import run
from edgestab.theory.loss import Loss
from edgestab.theory.models.base import Model
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.symbols import ETA, symbol, symbols
from tests.models_under_test import cached

X, Y = symbols("x y")


def outcomes(m: Model, columns: Axis, rows: Axis, **fixed: Fraction) -> set[Status]:
    """How the orbits of a small picture end."""
    where = slice_of(m, columns, rows, {symbol(n): v for n, v in fixed.items()})
    return {Status(int(s)) for s in np.unique(run(BasinJob(m, where, refinement=None)).status.values)}


def axis(s, low, high, count=8):
    return Axis(s, Fraction(low), Fraction(high), count)


def test_a_start_on_a_repelling_cycle_is_on_no_cycle():
    # d = 3 at s = 1/4 lies on the 2-cycle d = +-sqrt(1 + 2/s), whose multiplier is (5 + 2 s)^2.
    d, s = symbols("d s")
    assert outcomes(cached("frozen-cubic"), axis(d, 2, 4, 1), axis(s, "0.2", "0.3", 1)) == {Status.BOUNDED}


def test_slow_convergence_with_multiplier_near_minus_one_is_no_cycle():
    m = model_of_loss(Loss.parse("x**2/2", "x"))
    found = outcomes(m, axis(X, "0.01", 1), axis(ETA, "1.999999999", 2))
    assert Status.PERIODIC not in found


@pytest.mark.parametrize(
    ("loss", "reach"), [("x**2/2 - y**2/200000000", "1e-10"), ("x**2/2 - y**4/4", "1e-5"), ("x**2/2 + y**3/3", "1e-8")]
)
def test_a_flat_saddle_is_no_minimum(loss, reach):
    m = model_of_loss(Loss.parse(loss, "x y"))
    rows = axis(Y, -Fraction(reach), 0)
    assert Status.CONVERGED not in outcomes(m, axis(X, -1, 1), rows, eta=Fraction(1, 2))


def test_a_steep_loss_at_a_tiny_step_size_ends_with_its_true_sharpness_or_undecided():
    m = model_of_loss(Loss.parse("1000*(x**2-1)**2", "x"))
    where = slice_of(m, axis(X, "1.1", "1.2", 4), axis(ETA, "1e-9", "2e-9", 4), {})
    found = run(BasinJob(m, where, refinement=None))
    converged = found.status.values == Status.CONVERGED
    assert np.allclose(found.sharpness.values[converged], 8000, rtol=1e-6)


def test_a_chart_that_adds_one_to_its_axis_is_as_fine_as_the_start_it_makes():
    m = cached("quartic")
    chart = next(c for c in m.all_charts if c.name == "offset b")
    offset, b = chart.target
    where = slice_of(m, axis(offset, "0.1", "0.2"), axis(b, "1e-20", "2e-20"), {ETA: Fraction(1, 5)})
    found = run(BasinJob(m, where, refinement=None))
    assert found.attrs["arithmetic"].startswith("double-double")
    assert (found.status.values == Status.CONVERGED).all()
