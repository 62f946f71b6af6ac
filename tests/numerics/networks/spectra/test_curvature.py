"""Sharpness and its gradient against dense Hessians, finite differences and a model with known formulas."""

from __future__ import annotations

import pytest
import torch

from edgestab.numerics.networks.architectures.mlp import mlp
from edgestab.numerics.networks.data.chebyshev import chebyshev
from edgestab.numerics.networks.losses.criteria import squared_error
from edgestab.numerics.networks.losses.network import network_objective
from edgestab.numerics.networks.losses.objective import Objective
from edgestab.numerics.networks.spectra.curvature import curvature, dense_hessian, midpoint, sharpness
from edgestab.numerics.networks.spectra.eigen import Tracker

NETWORK = mlp((1, 8, 6, 1))
LOSS = network_objective(NETWORK, chebyshev(4), squared_error(0.5))


def spring(a: float, b: float, mu: float, c: float) -> Objective:
    """The spring toy, (a + bz)x^2/2 + mu(z - c)^2/2: at x = 0 its S is a + bz and u is the x axis."""
    return Objective("spring", 2, (lambda w: (a + b * w[1]) * w[0] ** 2 / 2 + mu * (w[1] - c) ** 2 / 2,))


@pytest.mark.parametrize("seed", range(3))
def test_the_gradient_of_sharpness_is_the_third_derivative(seed):
    """grad S = D^3L[u, u] against central differences of the largest eigenvalue, along its own and a random direction."""
    w = NETWORK.start(seed)
    found = curvature(LOSS.at(w), Tracker(1, tolerance=1e-10))
    generator = torch.Generator().manual_seed(seed)
    random = torch.randn(len(w), generator=generator, dtype=torch.float64)
    for direction in (found.gradient, random):
        d = direction / direction.norm()

        def top(t: float, d: torch.Tensor = d) -> float:
            return float(torch.linalg.eigvalsh(dense_hessian(LOSS, w + t * d))[-1])

        h = 1e-3  # of fourth order: errors of h^4 and 1e-15/h
        slope = (8 * (top(h) - top(-h)) - (top(2 * h) - top(-2 * h))) / (12 * h)
        assert float(found.gradient @ d) == pytest.approx(slope, rel=1e-6)


def test_the_spring_has_the_curvature_of_its_formulas():
    a, b, mu, c = 3.0, 2.0, 0.5, 4.0
    z = 1.5
    found = curvature(spring(a, b, mu, c).at(torch.tensor([0.0, z])), Tracker(1, tolerance=1e-10))
    assert found.sharpness == pytest.approx(a + b * z)
    assert found.u.abs().tolist() == pytest.approx([1, 0], abs=1e-9)
    assert found.gradient.tolist() == pytest.approx([0, b], abs=1e-9)
    assert found.alpha == pytest.approx(mu * b * (c - z))
    assert found.beta == pytest.approx(b * b)
    assert found.delta_squared == pytest.approx(2 * mu * (c - z) / b)
    assert found.eigengap == pytest.approx((a + b * z - mu) / (a + b * z))


@pytest.mark.parametrize("k", [1, 2])
def test_the_eigengap_is_that_of_the_dense_hessian(k):
    w = NETWORK.start(1)
    values = torch.linalg.eigvalsh(dense_hessian(LOSS, w)).flip(0)
    found = curvature(LOSS.at(w), Tracker(k, tolerance=1e-8, extra=2))
    assert found.eigengap == pytest.approx(float(1 - values[1] / values[0]), rel=1e-3 if k == 1 else 1e-9)


def test_sharpness_is_the_largest_eigenvalue_not_the_largest_modulus():
    bowl = Objective("saddle", 3, (lambda w: w @ (torch.tensor([1.0, -9.0, 0.5], dtype=w.dtype) * w) / 2,))
    assert sharpness(bowl, torch.ones(3)) == pytest.approx(1)
    assert sharpness(LOSS, NETWORK.start(0)) == pytest.approx(
        float(torch.linalg.eigvalsh(dense_hessian(LOSS, NETWORK.start(0)))[-1]), rel=1e-10
    )


def test_the_dense_hessian_is_that_of_autograd_and_refuses_large_networks():
    w = NETWORK.start(2)
    wanted = torch.autograd.functional.hessian(lambda q: sum(p(q) for p in LOSS.parts), w)
    torch.testing.assert_close(dense_hessian(LOSS, w), wanted, rtol=1e-10, atol=1e-12)
    large = Objective("large", 5001, (lambda w: w @ w,))
    with pytest.raises(ValueError, match="5001 parameters"):
        dense_hessian(large, torch.zeros(5001))


def test_midpoints_cancel_an_alternation():
    path = [torch.tensor([0.1 * t, 1.0 + 0.3 * t]) for t in range(3)]
    w = [p + (-1) ** t * (2.0 + 0.5 * t) for t, p in enumerate(path)]
    torch.testing.assert_close(midpoint(*w), path[1])
    torch.testing.assert_close(midpoint(w[0], w[1]), (w[0] + w[1]) / 2)
