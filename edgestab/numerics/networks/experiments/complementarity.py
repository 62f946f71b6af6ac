r"""Random semidefinite complementarity problems with known solutions, and how exactly they are solved."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edgestab.numerics.networks.experiments.result import ExperimentResult
from edgestab.numerics.networks.flows.sdcp import Matrix, kkt_residual, solve_sdcp

KINDS = ("regular", "singular", "parallel", "scaled", "tied")
"""B of full rank; of rank at most k; nearly of rank 1; with rows of scales from 1e-3 to 1e3; a solution where X + S is
singular."""


def complementarity(*, seed: int, problems: int = 50, most: int = 6) -> ExperimentResult:
    r"""Solve random problems :math:`X \succeq 0,\ A + B[X] \succeq 0,\ \langle X, A + B[X]\rangle = 0`.

    They have B = M M^T for random M and A = S - B[X] for random complementary X and S, so that a solution exists.

    Parameters
    ----------
    problems : int
        How many of each kind, for k = 1 to `most` in turn.
    most : int
        The largest k.

    Returns
    -------
    ExperimentResult
        Statistics: ``residual`` (the largest, see `kkt_residual`), ``error`` (of X, the largest where B has full rank
        and X is unique, relative, in units in which all rows are alike) and ``iterations`` (the most).
        Series: residual of each problem, by kind.
    """
    rng = np.random.default_rng(seed)
    residuals: dict[str, list[float]] = {kind: [] for kind in KINDS}
    error, iterations = 0.0, 0
    for kind in KINDS:
        for n in range(problems):
            A, B, X, d = random_problem(rng, n % most + 1, kind)
            found = solve_sdcp(A, B, tolerance=1.0)
            # In units in which all rows are alike: a norm over rows of scales 1e-3 to 1e3 sees only the largest.
            D, E = np.outer(d, d), np.einsum("i,j,k,l->ijkl", d, d, d, d)
            residuals[kind].append(kkt_residual(A / D, B / E, found.X * D))
            iterations = max(iterations, found.iterations)
            if kind in ("regular", "scaled"):
                error = float(np.maximum(error, np.linalg.norm((found.X - X) * D) / np.linalg.norm(X * D)))
    return ExperimentResult(
        {"residual": max(map(max, residuals.values())), "error": error, "iterations": float(iterations)},
        {kind: np.array(values) for kind, values in residuals.items()},
    )


def random_problem(rng: np.random.Generator, k: int, kind: str) -> tuple[Matrix, Matrix, Matrix, NDArray[np.float64]]:
    """Return A, B, a solution X, and the scales d of the rows."""
    length = {"singular": max(1, k - 1)}.get(kind, 60)
    M = rng.normal(size=(k, k, length))
    M = M + M.transpose(1, 0, 2)
    if kind == "parallel":
        M = 1e-4 * M + np.eye(k)[:, :, None] * rng.normal(size=length)
    B = np.einsum("ijp,klp->ijkl", M, M)
    Q = np.linalg.qr(rng.normal(size=(k, k)))[0]
    rank = int(rng.integers(1, k + 1))
    x, s = rng.exponential(size=k), rng.exponential(size=k)
    x[rank:], s[:rank] = 0, 0
    if kind == "tied" and k > 1:
        x[rank - 1] = s[-1] = 0
        x[0] = 1
    X, S = (Q * x) @ Q.T, (Q * s) @ Q.T
    A = S - np.einsum("ijkl,kl->ij", B, X)
    d = 10.0 ** rng.uniform(-3, 3, size=k) if kind == "scaled" else np.ones(k)
    if kind == "scaled":
        A, X = A * np.outer(d, d), X / np.outer(d, d)
        B = np.einsum("ijkl,i,j,k,l->ijkl", B, d, d, d, d)
    units = 10.0 ** rng.uniform(-6, 6, size=2)
    return A * units[0], B * units[1], X * units[0] / units[1], d
