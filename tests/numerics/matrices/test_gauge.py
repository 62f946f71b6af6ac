"""The rotations of the hidden layers: the projection against dense matrices, and what gradient descent does along them."""

from __future__ import annotations

import numpy as np
import pytest

from edgestab.numerics.matrices import gauge
from edgestab.numerics.matrices.factorization import Factorization, factorization
from edgestab.numerics.matrices.model import step
from edgestab.numerics.matrices.starts import balanced, generic, on_singular_vectors, perturbed, small

RANDOM = np.random.default_rng(11)
MODELS = {
    "square": factorization(RANDOM.standard_normal((4, 4)), depth=3),
    "five layers": factorization(RANDOM.standard_normal((3, 3)), depth=5),
    "wide and narrow": factorization(RANDOM.standard_normal((2, 3)), depth=4, widths=[5, 1, 3]),
    "data": Factorization(RANDOM.standard_normal((2, 5)), (3, 4, 2), RANDOM.standard_normal((3, 5)), 0.5),
    "rank one": factorization(np.diag([3.0, 0.0, 0.0]), depth=3),
}


def flat(parts) -> np.ndarray:
    return np.concatenate([x.ravel() for x in parts])


@pytest.mark.parametrize("name", MODELS)
def test_the_projection_is_that_of_a_dense_basis(name: str) -> None:
    model = MODELS[name]
    points = [RANDOM.standard_normal((1, model.size))]
    if model.data is None:
        points += [balanced(model), perturbed(balanced(model), 0.1, 0), small(model, 0.01)]
    for w in points:
        layers = [x[0] for x in model.layers(w)]
        q = gauge.basis(layers)
        v = RANDOM.standard_normal(model.size)
        found = model.project(w, v[None])[0]
        np.testing.assert_allclose(found, v - q @ (q.T @ v), atol=1e-12 * np.linalg.norm(v))
        again = model.project(w, found[None])[0]
        assert np.linalg.norm(again - found) < 1e-13 * np.linalg.norm(v)


def test_the_tangent_is_the_derivative_of_the_action() -> None:
    model = MODELS["wide and narrow"]
    w = RANDOM.standard_normal((1, model.size))
    layers = [x[0] for x in model.layers(w)]
    skew = [x - x.T for x in (RANDOM.standard_normal((n, n)) for n in (5, 1, 3))]
    t = 1e-6

    def acted(s: float) -> np.ndarray:
        turns = [np.linalg.solve(np.eye(len(a)) - s * a / 2, np.eye(len(a)) + s * a / 2) for a in skew]  # Cayley
        q = [np.eye(3), *turns, np.eye(2)]
        return flat(q[k + 1] @ x @ q[k].T for k, x in enumerate(layers))

    np.testing.assert_allclose(flat(gauge.tangent(layers, skew)), (acted(t) - acted(-t)) / (2 * t), atol=1e-8)
    losses = model.loss_and_gradient(np.array([acted(0.0), acted(1.0)]))[0]
    assert losses[1] == pytest.approx(losses[0], rel=1e-12)


def test_adjoint_is_the_transpose_of_tangent() -> None:
    layers = [RANDOM.standard_normal(s) for s in ((4, 3), (2, 4), (3, 2))]
    skew = [x - x.T for x in (RANDOM.standard_normal((n, n)) for n in (4, 2))]
    vector = [RANDOM.standard_normal(x.shape) for x in layers]
    left = flat(gauge.tangent(layers, skew)) @ flat(vector)
    right = flat(skew) @ flat(gauge.adjoint(layers, vector))
    assert left == pytest.approx(right)


def test_gradient_descent_carries_the_tangent_along() -> None:
    model, eta = MODELS["square"], 0.05
    w = on_singular_vectors(model, np.full((3, 4), 0.8), generic(model, 0))
    layers = [x[0] for x in model.layers(w)]
    skew = [x - x.T for x in RANDOM.standard_normal((2, 4, 4))]
    turn = flat(gauge.tangent(layers, skew))
    moved = turn - eta * model.at(w).product(turn[None])[0]
    there = [x[0] for x in model.layers(step(model, w, np.array([[eta]])))]
    np.testing.assert_allclose(moved, flat(gauge.tangent(there, skew)), atol=1e-13)


def test_the_number_of_directions_is_counted() -> None:
    layers = [RANDOM.standard_normal(s) for s in ((4, 3), (3, 4), (2, 3))]
    assert gauge.basis(layers).shape == (12 + 12 + 6, 6 + 3)
    assert gauge.basis([np.ones((1, 2)), np.ones((2, 1))]).shape == (4, 0)
