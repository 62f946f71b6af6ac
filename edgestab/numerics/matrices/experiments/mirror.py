r"""Diagonal networks: where gradient descent ends, against the closed form and the conditions of its limit."""

from __future__ import annotations

import numpy as np

from edgestab.numerics.experiment import ExperimentResult
from edgestab.numerics.matrices.diagonal import diagonal_network


def mirror(
    *, seed: int, eta: float = 0.1, features: int = 20, examples: int = 8, alpha: float = 0.3, steps: int = 200_000
) -> ExperimentResult:
    r"""Run from :math:`u = \sqrt2\alpha`, v = 0 on normal data with sparse labels, to a loss of 1e-26.

    Parameters
    ----------
    seed : int
        Of the data.
    eta : float
        The step size, in units of :math:`\|X\|^2/n`.
    features, examples, alpha, steps : int, float
        d, n < d, the scale of the start, and steps at most.

    Returns
    -------
    ExperimentResult
        Statistics: ``converged`` (1 or 0), ``identity`` (the largest relative error of the closed form of beta at the
        end), ``kkt`` (the part outside the range of X^T of asinh(beta/a)/2 - asinh(b/a)/2, relative to its norm),
        ``largest`` (the largest \|eta g\| on the way), ``moved`` (by how much alpha_+ alpha_- fell, relative), ``norm``
        (the l1 norm of beta).
    """
    random = np.random.default_rng([seed, 4])
    x = random.standard_normal((examples, features))
    truth = np.zeros(features)
    truth[:3] = 1.0
    model = diagonal_network(x, x @ truth)
    step = eta * examples / float(np.linalg.norm(x, 2) ** 2)
    w = np.concatenate([np.full(features, np.sqrt(2) * alpha), np.zeros(features)])[None]
    total, plus, minus, largest, converged = (np.zeros(features), np.zeros(features), np.zeros(features), 0.0, False)
    for _ in range(steps):
        beta = w[0, :features] * w[0, features:]
        slope = step * (x.T @ (x @ beta - model.labels) / examples)
        loss, gradient = model.loss_and_gradient(w)
        if loss[0] < 1e-26:
            converged = True
            break
        total += slope
        plus += -2 * slope - np.log((1 - slope) ** 2)
        minus += 2 * slope - np.log((1 + slope) ** 2)
        largest = max(largest, float(abs(slope).max()))
        w = w - step * gradient
    up, down = alpha**2 * np.exp(-plus), alpha**2 * np.exp(-minus)
    beta = w[0, :features] * w[0, features:]
    closed = (up * np.exp(-2 * total) - down * np.exp(2 * total)) / 2
    scale, start = np.sqrt(up * down), (up - down) / 2
    dual = (np.arcsinh(beta / scale) - np.arcsinh(start / scale)) / 2
    outside = dual - x.T @ np.linalg.lstsq(x.T, dual)[0]
    return ExperimentResult(
        {
            "converged": float(converged),
            "identity": float(abs(closed - beta).max() / abs(beta).max()),
            "kkt": float(np.linalg.norm(outside) / np.linalg.norm(dual)),
            "largest": largest,
            "moved": float(1 - (scale / alpha**2).min()),
            "norm": float(abs(beta).sum()),
        }
    )
