r"""Sharpness under stochastic gradient descent: below 2/eta, and lower the smaller the batch (Cohen et al. 2021)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

import torch
from torch import Tensor

from edgestab.numerics.networks.experiments.result import ExperimentResult
from edgestab.numerics.networks.optimizers.gradient_descent import gradient_descent
from edgestab.numerics.networks.specs.problems import problem
from edgestab.numerics.networks.specs.spec import Problem
from edgestab.numerics.networks.spectra.eigen import Tracker
from edgestab.numerics.networks.training.loop import iterates


def batch_size(
    *, seed: int, network: str = "digits-small", eta: float = 0.3, steps: int = 2000, small: int = 8, large: int = 64
) -> ExperimentResult:
    r"""Train with batches of two sizes and with the full batch, for as many steps, from one start.

    Batches are drawn without replacement, anew for every step. The sharpness is that of the full-batch loss, at the
    mean of the last two iterates, averaged over measurements every steps/50 in the last fifth of the steps.

    Returns
    -------
    ExperimentResult
        Statistics: ``small``, ``large``, ``full`` (S eta/2 at the end), ``small_over_large``, ``large_over_full``.
    """
    of = problem(network, seed)
    objective = of.objective
    rule, n, found = gradient_descent(eta), len(of.data.inputs), {}
    for name, size in (("small", small), ("large", large), ("full", n)):
        loss = objective if size == n else Minibatches(of, size, torch.Generator().manual_seed(seed))
        tracker, values = Tracker(1, tolerance=1e-3), []
        for here in islice(iterates(loss, rule, of.start), steps):
            if here.t >= 0.8 * steps and here.t % max(1, steps // 50) == 0:
                point = objective.at(here.midpoint)
                values.append(float(tracker(point.hvp, point.gradient).values[0]))
        found[name] = sum(values) / len(values) * eta / 2
    found["small_over_large"] = found["small"] / found["large"]
    found["large_over_full"] = found["large"] / found["full"]
    return ExperimentResult(found)


@dataclass(frozen=True)
class Minibatches:
    """The loss on as many samples as a batch has, drawn without replacement, others at every call.

    Parameters
    ----------
    problem : Problem
        The network, its data and its criterion.
    size : int
        How many samples a batch has.
    generator : torch.Generator
        What the batches are drawn by.
    """

    problem: Problem
    size: int
    generator: torch.Generator

    def value_and_gradient(self, w: Tensor) -> tuple[float, Tensor]:
        """Draw a batch and return the loss on it and the gradient at w."""
        of = self.problem
        inputs, targets = of.data.inputs, of.data.targets
        drawn = torch.randperm(len(inputs), generator=self.generator)[: self.size]
        leaf = w.clone().requires_grad_()
        loss = of.criterion.total(of.network.outputs(leaf, inputs[drawn]), targets[drawn]) / self.size
        (gradient,) = torch.autograd.grad(loss, leaf)
        return float(loss.detach()), gradient
