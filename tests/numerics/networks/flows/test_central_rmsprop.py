"""RMSProp's central flows: rates against finite differences, closed forms, the convex problem of the preconditioner."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from edgestab.numerics.networks.experiments.central_flow import central_flow_of
from edgestab.numerics.networks.experiments.rmsprop_at_the_edge import scalar_closed_form, stationary
from edgestab.numerics.networks.flows.central_flow import central_flow
from edgestab.numerics.networks.flows.central_rmsprop import (
    rmsprop_preconditioner,
    scalar_rmsprop_preconditioner,
    scalar_variance,
    stationary_preconditioner,
)
from edgestab.numerics.networks.flows.stable_flow import stable_flow
from edgestab.numerics.networks.losses.objective import Objective

ETA, BETA2 = 0.1, 0.9


def quadratic(n: int, seed: int) -> tuple[Objective, torch.Tensor]:
    Q = torch.randn(n, n, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    H, g = Q + Q.T, Q[0]
    return Objective("quadratic", n, (lambda w: g @ w + w @ H @ w / 2,)), H


@pytest.mark.parametrize("make", [scalar_rmsprop_preconditioner, rmsprop_preconditioner])
def test_the_response_is_the_derivative_of_the_preconditioner(make):
    n, k = 5, 2
    objective, _ = quadratic(n, 0)
    point = objective.at(torch.linspace(-1, 1, n, dtype=torch.float64))
    rule = make(ETA, BETA2)
    nu = torch.tensor(
        [0.7] if make is scalar_rmsprop_preconditioner else [0.1, 0.5, 0.3, 1.0, 2.0], dtype=torch.float64
    )
    # Critical eigenvectors, H U = 2 P U, of a Hessian made to have them.
    P = rule.diagonal(nu).expand(n)
    Z = torch.linalg.qr(torch.randn(n, n, generator=torch.Generator().manual_seed(1), dtype=torch.float64))[0]
    H = (
        P.sqrt()[:, None]
        * (Z @ torch.diag(torch.tensor([2.0, 2.0, 1, 0.5, 0.1], dtype=torch.float64)) @ Z.T)
        * P.sqrt()
    )
    U = P.rsqrt()[:, None] * Z[:, :k]
    X = np.array([[0.4, 0.1], [0.1, 0.2]])
    sigma = U @ torch.from_numpy(X) @ U.T
    g = point.gradient
    square = g**2 + (H @ sigma @ H).diagonal()  # E[g^2] of an oscillation of covariance sigma
    if len(nu) == 1:
        square = square.sum(dim=0, keepdim=True)
    response = rule.response(point, nu, U)
    rate = response.rate(X)
    assert torch.allclose(rate, (1 - BETA2) / BETA2 * (square - nu), rtol=1e-10)
    h = 1e-6
    change = (rule.diagonal(nu + h * rate) - rule.diagonal(nu - h * rate)).expand(n) / (2 * h)
    expected = (U.T @ (2 * change[:, None] * U)).numpy()
    found = response.A + np.einsum("ijkl,kl->ij", response.B, X)
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-9)
    operator = response.B.reshape(k * k, k * k)
    np.testing.assert_allclose(operator, operator.T, rtol=1e-12)
    assert np.linalg.eigvalsh(operator)[0] >= -1e-12 * np.abs(operator).max()


def test_the_scalar_variance_keeps_the_effective_sharpness():
    generator = torch.Generator().manual_seed(3)
    for _ in range(20):
        g, rise = (torch.randn(4, generator=generator, dtype=torch.float64) for _ in range(2))
        S = float(torch.rand(1, generator=generator, dtype=torch.float64)) + 0.5
        nu, kappa = (ETA * S / 2) ** 2, (1 - BETA2) / BETA2
        s2 = scalar_variance(gradient=g, sharpness=S, sharpness_gradient=rise, eta=ETA, beta2=BETA2)
        S_rate = -ETA / nu**0.5 * float(rise @ (g + s2 / 2 * rise))
        nu_rate = kappa * (float(g @ g) + s2 * S**2 - nu)
        # d/dt of S/sqrt(nu)
        assert S_rate / nu**0.5 - S * nu_rate / (2 * nu**1.5) == pytest.approx(0, abs=1e-8 * abs(nu_rate) * S / nu**1.5)


@pytest.mark.parametrize("beta2", [0.9, 0.99])
def test_the_closed_form_solves_the_complementarity_problem_on_a_network(beta2):
    found = scalar_closed_form(seed=0, beta2=beta2, steps=60)
    assert found.statistics["points"] >= 5
    assert found.statistics["error"] < 1e-8
    assert found.statistics["flow_error"] < 0.02


def test_off_the_edge_nu_relaxes_to_the_square_of_the_gradient():
    slope = Objective("slope", 2, (lambda w: 3 * w[0] - w[1],))
    nu = torch.tensor([1.0, 4.0], dtype=torch.float64)
    *_, last = central_flow(slope, rmsprop_preconditioner(ETA, BETA2), torch.zeros(2), nu, steps=200)
    assert torch.allclose(last.memory, torch.tensor([9.0, 1.0], dtype=torch.float64), rtol=1e-6)
    *_, free = stable_flow(slope, rmsprop_preconditioner(ETA, BETA2), torch.zeros(2), nu, steps=200)
    assert torch.allclose(free.memory, last.memory)
    assert torch.allclose(free.point.w, last.w)


def test_the_stationary_preconditioner_meets_the_conditions_of_optimality():
    rng = np.random.default_rng(0)
    for n in (1, 2, 5, 8):
        Q = rng.normal(size=(n, n))
        H, g, eta = Q + Q.T, rng.normal(size=n), 0.7
        found = stationary_preconditioner(H, g, eta)
        slack, P, multiplier = 2 * np.diag(found.P) - H, found.P, found.multiplier
        np.testing.assert_allclose(1 - (g / (eta * P)) ** 2, 2 * np.diag(multiplier), atol=1e-6)
        assert np.linalg.eigvalsh(slack)[0] > -1e-6
        assert np.linalg.eigvalsh(multiplier)[0] > -1e-6
        assert abs(np.sum(slack * multiplier)) < 1e-6

        def objective(P, g=g, eta=eta):
            return P.sum() + (g**2 / P).sum() / eta**2

        for _ in range(200):  # nothing feasible nearby is better
            other = P * np.exp(0.1 * rng.normal(size=n))
            if np.linalg.eigvalsh(2 * np.diag(other) - H)[0] >= 0:
                assert objective(other) > objective(P) - 1e-6


def test_where_the_constraint_is_slack_it_is_the_gradient():
    found = stationary_preconditioner(np.diag([0.1, -1.0]), np.array([2.0, 3.0]), 0.5)
    np.testing.assert_allclose(found.P, [4, 6], rtol=1e-6)
    np.testing.assert_allclose(found.multiplier, 0, atol=1e-6)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_nu_comes_to_rest_at_the_stationary_preconditioner(seed):
    s = stationary(seed=seed).statistics
    assert s["critical"] >= 1
    assert s["difference"] < 1e-6
    assert s["multiplier_difference"] < 1e-6
    assert s["rate"] < 1e-6


def test_settings_that_cannot_be_are_refused():
    for eta, beta2 in ((0.0, 0.9), (0.1, 0.0), (0.1, 1.0), (float("nan"), 0.9)):
        with pytest.raises(ValueError, match="step size"):
            rmsprop_preconditioner(eta, beta2)
        with pytest.raises(ValueError, match="step size"):
            scalar_rmsprop_preconditioner(eta, beta2)
    with pytest.raises(ValueError, match="shape"):
        stationary_preconditioner(np.eye(2), np.ones(3), 0.1)


@pytest.mark.deep
@pytest.mark.parametrize(("optimizer", "eta"), [("scalar-rmsprop", 0.03), ("rmsprop", 1e-3)])
def test_rmsprop_follows_its_central_flow(optimizer, eta):
    s = central_flow_of(seed=0, optimizer=optimizer, eta=eta, steps=400, dt=1.0).statistics
    assert s["loss_ratio"] < 1 / 3
    assert s["pinned"] < 1e-2
    assert s["memory_error"] < 0.1
    assert 0.85 < s["variance_ratio"] < 1.15


def test_parameters_that_never_have_a_gradient_are_refused():
    with pytest.raises(ValueError, match=r"parameters of .* never have a gradient, .* leave out the inputs"):
        central_flow_of(seed=0, network="digits-small", optimizer="rmsprop", eta=1e-3, steps=10)
