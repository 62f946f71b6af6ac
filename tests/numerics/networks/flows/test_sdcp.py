"""The complementarity problem: against a minimisation by SciPy, known solutions, and problems without one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from edgestab.numerics.networks.experiments.complementarity import KINDS, complementarity, random_problem
from edgestab.numerics.networks.flows.sdcp import kkt_residual, solve_sdcp


@pytest.mark.parametrize("k", [1, 2, 3, 6])
@pytest.mark.parametrize("kind", KINDS)
def test_random_problems_are_solved(k, kind):
    rng = np.random.default_rng(k)
    for _ in range(5):
        A, B, X, _ = random_problem(rng, k, kind)
        assert kkt_residual(A, B, X) < 1e-7  # the planted solution
        found = solve_sdcp(A, B)
        S = A + np.einsum("ijkl,kl->ij", B, found.X)
        scale = np.linalg.norm(A) + np.linalg.norm(S - A)
        assert np.linalg.eigvalsh(found.X)[0] >= -1e-8 * np.linalg.norm(found.X)
        assert np.linalg.eigvalsh(S)[0] >= -1e-8 * scale
        assert abs(np.sum(found.X * S)) <= 1e-8 * scale * np.linalg.norm(found.X)
        np.testing.assert_allclose(found.S, S, atol=1e-12 * scale)
        if kind == "regular":
            np.testing.assert_allclose(found.X, X, atol=1e-5 * np.linalg.norm(X))


@pytest.mark.parametrize("k", [2, 3, 4])
def test_the_solution_minimises_the_quadratic(k):
    rng = np.random.default_rng(10 + k)
    M = rng.normal(size=(k, k, 40))
    M = M + M.transpose(1, 0, 2)
    B = np.einsum("ijp,klp->ijkl", M, M) / 40
    A = rng.normal(size=(k, k))
    A = A + A.T

    def value(X):
        return np.sum(A * X) + np.einsum("ij,ijkl,kl", X, B, X) / 2

    best = min(
        minimize(lambda L: value(L.reshape(k, k) @ L.reshape(k, k).T), rng.normal(size=k * k), tol=1e-12).fun
        for _ in range(4)
    )
    assert value(solve_sdcp(A, B).X) == pytest.approx(best, abs=1e-7)


def test_one_eigenvalue_has_the_closed_form():
    for a, b in ((-3.0, 2.0), (3.0, 2.0), (0.0, 1.0), (-1e-9, 1e9)):
        found = solve_sdcp(np.array([[a]]), np.array([[[[b]]]]))
        assert found.X[0, 0] == max(0.0, -a / b)
        assert found.iterations == 0


def test_nothing_to_hold():
    assert solve_sdcp(np.zeros((0, 0)), np.zeros((0, 0, 0, 0))).X.shape == (0, 0)
    assert not solve_sdcp(np.diag([0.0, 1.0]), np.zeros((2, 2, 2, 2))).X.any()


def test_a_residual_sees_each_violation():
    B = np.einsum("ik,jl->ijkl", np.eye(2), np.eye(2))
    A = np.diag([-1.0, 1.0])
    assert kkt_residual(A, B, np.diag([1.0, 0.0])) == 0
    assert kkt_residual(A, B, np.diag([0.9, 0.0])) > 0.03  # S is not positive semidefinite
    assert kkt_residual(A, B, np.diag([1.0, -0.1])) > 0.03  # X is not
    assert kkt_residual(A, B, np.diag([1.1, 0.0])) > 0.03  # <X, S> is not zero


def test_without_a_solution_there_is_an_error():
    zero = np.zeros((2, 2, 2, 2))
    with pytest.raises(RuntimeError, match="no solution"):
        solve_sdcp(-np.eye(1), zero[:1, :1, :1, :1])
    with pytest.raises(RuntimeError, match="was not solved"):
        solve_sdcp(-np.eye(2), zero)
    lift = np.zeros((2, 2))
    lift[0, 0] = 1
    with pytest.raises(RuntimeError, match="was not solved"):  # B raises one of the two negative eigenvalues only
        solve_sdcp(-np.eye(2), np.multiply.outer(lift, lift))


@pytest.mark.parametrize(
    ("A", "B", "message"),
    [
        (np.eye(2), np.zeros((2, 2, 2)), "shape"),
        (np.full((2, 2), np.nan), np.zeros((2, 2, 2, 2)), "finite"),
        (-np.eye(2), -np.einsum("ik,jl->ijkl", np.eye(2), np.eye(2)), "positive semidefinite"),
        (-np.eye(2), np.multiply.outer(np.eye(2), np.diag([1.0, -1.0])), "symmetric"),
    ],
)
def test_what_is_no_problem_is_refused(A, B, message):
    with pytest.raises(ValueError, match=message):
        solve_sdcp(A, B)


def test_the_experiment():
    found = complementarity(seed=5, problems=12)
    assert found.statistics["residual"] < 1e-9
    assert found.statistics["error"] < 1e-5
    assert set(found.series) == set(KINDS)
