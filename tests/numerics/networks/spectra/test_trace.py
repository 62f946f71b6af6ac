"""The trace estimate: no bias, an honest standard error, exact cases."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from edgestab.numerics.networks.architectures.mlp import mlp
from edgestab.numerics.networks.data.chebyshev import chebyshev
from edgestab.numerics.networks.losses.criteria import squared_error
from edgestab.numerics.networks.losses.network import network_objective
from edgestab.numerics.networks.spectra.curvature import dense_hessian
from edgestab.numerics.networks.spectra.trace import trace


def symmetric(p: int, seed: int) -> torch.Tensor:
    a = torch.randn(p, p, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return a + a.T


def test_the_standard_error_is_that_of_the_estimates():
    """Over many seeds the estimates scatter about the trace, by as much as the formula and each estimate say."""
    a = symmetric(40, 0)
    found = [trace(lambda v: a @ v, a[0], probes=16, seed=s) for s in range(400)]
    values = np.array([f.value for f in found])
    off = a - torch.diag(torch.diag(a))
    exact = float((2 * off.square().sum() / 16).sqrt())
    assert abs(values.mean() - float(torch.trace(a))) < 4 * exact / 20
    assert values.std() == pytest.approx(exact, rel=0.15)
    assert np.sqrt(np.mean([f.error**2 for f in found])) == pytest.approx(exact, rel=0.1)


def test_the_trace_of_a_network():
    network = mlp((1, 8, 6, 1))
    objective = network_objective(network, chebyshev(4), squared_error(0.5))
    w = network.start(0)
    point = objective.at(w)
    found = trace(point.hvp, point.gradient, probes=200)
    assert abs(found.value - float(torch.trace(dense_hessian(objective, w)))) < 4 * found.error
    assert 0 < found.error < 0.2 * abs(found.value)


def test_it_is_exact_where_there_is_no_variance_and_the_same_for_a_seed():
    d = torch.linspace(-1, 2, 50, dtype=torch.float64)
    found = trace(lambda v: d * v, d, probes=3, seed=5)
    assert found.value == pytest.approx(float(d.sum()), rel=1e-14)
    assert found.error < 1e-14
    a = symmetric(10, 1)
    assert trace(lambda v: a @ v, a[0], seed=2) == trace(lambda v: a @ v, a[0], seed=2)
    assert trace(lambda v: a @ v, a[0], seed=2) != trace(lambda v: a @ v, a[0], seed=3)


def test_one_probe_has_no_standard_error():
    with pytest.raises(ValueError, match="two probes or more, got 1"):
        trace(lambda v: v, torch.ones(3), probes=1)
