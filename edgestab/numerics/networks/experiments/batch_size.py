r"""Sharpness under stochastic gradient descent: below 2/eta, and lower the smaller the batch (Cohen et al. 2021)."""

from __future__ import annotations

import torch

from edgestab.numerics.networks.experiments import Measured
from edgestab.numerics.networks.experiments.problems import problem
from edgestab.numerics.networks.spectra.eigen import Tracker


def batch_size(
    *, seed: int, network: str = "digits-small", eta: float = 0.3, steps: int = 2000, small: int = 8, large: int = 64
) -> Measured:
    r"""Train with batches of two sizes and with the full batch, for as many steps, from one start.

    Batches are drawn without replacement, anew for every step. The sharpness is that of the full-batch loss, at the
    mean of the last two iterates, averaged over measurements every steps/50 in the last fifth of the steps.

    Returns
    -------
    Measured
        Statistics: ``small``, ``large``, ``full`` (S eta/2 at the end), ``small_over_large``, ``large_over_full``.
    """
    of = problem(network)
    objective, n = of.objective(), len(of.data.inputs)
    inputs, targets = of.data.inputs, of.data.targets
    found = {}
    for name, size in (("small", small), ("large", large), ("full", n)):
        generator = torch.Generator().manual_seed(seed)
        tracker = Tracker(1, tolerance=1e-3)
        w, values = objective.vector(of.start(seed)), []
        for t in range(steps):
            if size == n:
                gradient = objective.gradient(w)
            else:
                drawn = torch.randperm(n, generator=generator)[:size]
                leaf = w.clone().requires_grad_()
                loss = of.criterion.total(of.network.outputs(leaf, inputs[drawn]), targets[drawn]) / size
                (gradient,) = torch.autograd.grad(loss, leaf)
            after = w - eta * gradient
            if t >= 0.8 * steps and t % max(1, steps // 50) == 0:
                point = objective.at((w + after) / 2)
                values.append(float(tracker(point.hvp, point.gradient).values[0]))
            w = after
        found[name] = sum(values) / len(values) * eta / 2
    found["small_over_large"] = found["small"] / found["large"]
    found["large_over_full"] = found["large"] / found["full"]
    return Measured(found)
