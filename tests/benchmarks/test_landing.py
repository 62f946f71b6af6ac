"""The contenders of the benchmark of landings make the steps that ours makes."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.landing import CONTENDERS, ETA_OF_RUN, NAMES
from edgestab.numerics.orbits.landing import starts_beyond
from edgestab.numerics.printers import reference
from edgestab.numerics.programs.program import step_program
from edgestab.theory.landing_losses import LOSSES
from edgestab.theory.optimizers.gradient_descent import gradient_descent


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("contender", CONTENDERS)
def test_the_same_steps(name: str, contender: str) -> None:
    of = LOSSES[name]
    (start,) = starts_beyond(of.minimum, np.array([ETA_OF_RUN])).T
    step = step_program(gradient_descent(of.loss))
    here = start.tolist()
    for _ in range(40):
        here = [float(v) for v in reference.evaluate(step, [*here, ETA_OF_RUN])]
    found = CONTENDERS[contender](of.loss.gradient, of.loss.parameters)(*start.tolist(), 40)
    assert found == pytest.approx(here, rel=1e-9)
    assert here != pytest.approx(start.tolist(), rel=1e-6)
