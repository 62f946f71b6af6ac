"""The preconditioned spectrum against dense eigenvalues of P^-1 H, and against the divergence of the rules themselves."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg
import torch

from edgestab.numerics.networks.architectures.mlp import mlp
from edgestab.numerics.networks.data.chebyshev import chebyshev
from edgestab.numerics.networks.losses.criteria import squared_error
from edgestab.numerics.networks.losses.network import network_objective
from edgestab.numerics.networks.losses.objective import Objective
from edgestab.numerics.networks.optimizers.adam import adam
from edgestab.numerics.networks.optimizers.gradient_descent import gradient_descent
from edgestab.numerics.networks.optimizers.rmsprop import rmsprop
from edgestab.numerics.networks.spectra.curvature import dense_hessian
from edgestab.numerics.networks.spectra.eigen import Tracker
from edgestab.numerics.networks.spectra.preconditioned import preconditioned, root_of_inverse, symmetric

NETWORK = mlp((1, 6, 5, 1))
LOSS = network_objective(NETWORK, chebyshev(3), squared_error(0.5))


def state_after(rule, steps: int):
    state = rule.start(NETWORK.start(0))
    for _ in range(steps):
        state = rule.step(state, LOSS.gradient(state[0]))
    return state


@pytest.mark.parametrize(
    "rule", [rmsprop(0.003, 0.9), rmsprop(0.003, 0.9, eps=1e-3), adam(0.003)], ids=lambda r: r.name
)
def test_the_generalised_eigenproblem_is_solved(rule):
    state = state_after(rule, 12)
    found = preconditioned(LOSS.at(state[0]), rule, state, Tracker(3, tolerance=1e-9))
    h, p = dense_hessian(LOSS, state[0]).numpy(), rule.preconditioner(state).numpy()
    assert (p > 0).all()
    wanted = scipy.linalg.eigh(h, np.diag(p), eigvals_only=True)[::-1][:3]
    np.testing.assert_allclose(found.pairs.values, wanted, rtol=1e-9)
    v = found.directions.numpy()
    scale = np.abs(wanted[0]) * np.linalg.norm(p[:, None] * v, axis=0)
    assert (np.linalg.norm(h @ v - (p[:, None] * v) * wanted, axis=0) <= 1e-6 * scale).all()
    np.testing.assert_allclose(v.T @ (p[:, None] * v), np.eye(3), atol=1e-8)
    assert found.relative == pytest.approx(wanted[0] / rule.edge, rel=1e-9)
    assert found.frozen == 0


def test_gradient_descent_has_the_plain_spectrum():
    rule = gradient_descent(0.1)
    w = NETWORK.start(3)
    found = preconditioned(LOSS.at(w), rule, rule.start(w), Tracker(1, tolerance=1e-8))
    assert found.sharpness == pytest.approx(float(torch.linalg.eigvalsh(dense_hessian(LOSS, w))[-1]), rel=1e-10)
    assert found.edge == pytest.approx(20)


def test_parameters_that_never_moved_are_held_fixed():
    """With P = 0 at one parameter the spectrum is that of the Hessian without its row and column, over the other P."""
    a = torch.tensor([[4.0, 1.0, 2.0], [1.0, 3.0, 0.5], [2.0, 0.5, 9.0]], dtype=torch.float64)
    p = torch.tensor([1.0, 0.25, 0.0], dtype=torch.float64)
    scale = root_of_inverse(p)
    found = Tracker(2, tolerance=1e-10)(symmetric(lambda v: a @ v, scale), torch.ones(3, dtype=torch.float64))
    inner = scipy.linalg.eigh(a[:2, :2].numpy(), np.diag(p[:2]), eigvals_only=True)[::-1]
    np.testing.assert_allclose(found.values, inner, rtol=1e-12)
    assert found.vectors[2].abs().max() < 1e-12


def test_the_edge_is_where_the_frozen_rule_diverges():
    """With P held fixed, heavy-ball steps on a quadratic, Adam's own form, stay or blow up with the sign of relative - 1."""
    h = torch.tensor([5.0, 2.0, 0.1], dtype=torch.float64)
    bowl = Objective("bowl", 3, (lambda w: w @ (h * w) / 2,))
    w = torch.ones(3, dtype=torch.float64)
    p = torch.tensor([0.2, 0.01, 1.0], dtype=torch.float64)
    for relative, grows in ((0.99, False), (1.01, True)):
        beta = 0.9
        eta = relative * (2 + 2 * beta) / ((1 - beta) * float((h / p).max()))
        rule = adam(eta, beta, 0.999, eps=0.0)
        state = (w, torch.zeros(3, dtype=torch.float64), (p**2) * 1.0, torch.full((1,), 1e6, dtype=torch.float64))
        found = preconditioned(bowl.at(w), rule, state, Tracker(1, tolerance=1e-10))
        assert found.relative == pytest.approx(relative, rel=1e-9)
        x, m = w.clone(), torch.zeros(3, dtype=torch.float64)
        for _ in range(3000):
            m = beta * m + (1 - beta) * h * x
            x = x - eta * m / p
        assert (float(x.abs().max()) > 1) == grows


@pytest.mark.parametrize(
    ("p", "sentence"),
    [([1.0, -1.0], "not negative"), ([float("nan"), 1.0], "finite"), ([0.0, 0.0], "zero everywhere")],
)
def test_preconditioners_that_cannot_be(p, sentence):
    with pytest.raises(ValueError, match=sentence):
        root_of_inverse(torch.tensor(p))
