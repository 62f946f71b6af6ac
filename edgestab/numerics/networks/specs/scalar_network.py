r"""The scalar network of Zhu et al. (2023): four layers of one neuron, tied in pairs, on the one sample (1, 1)."""

from __future__ import annotations

import torch
from torch import Tensor

from edgestab.numerics.networks.data.samples import Data
from edgestab.numerics.networks.losses.criteria import squared_error
from edgestab.numerics.networks.losses.network import Network, Parameters, network_objective
from edgestab.numerics.networks.specs.spec import Problem


def scalar_network_problem(seed: int) -> Problem:
    r"""Return :math:`\tfrac14(1 - x^2y^2)^2`, started where it is sharper than 2/eta for eta = 0.1.

    Examples
    --------
    >>> problem = scalar_network_problem(0)
    >>> problem.objective.loss(torch.tensor([2.0, 0.0])), problem.objective.size
    (0.25, 2)
    """

    def forward(p: Parameters, inputs: Tensor) -> Tensor:
        return (p[0] * p[1]) ** 2 * inputs

    def initial(generator: torch.Generator) -> list[Tensor]:
        x = 3.2 + 0.05 * torch.rand((), generator=generator, dtype=torch.float64)
        return [x, 1.1 / x]

    network = Network("scalar network", ((), ()), forward, initial)
    one = torch.ones(1, 1, dtype=torch.float64)
    data, criterion = Data("one sample", one, one), squared_error(0.25)
    objective = network_objective(network, data, criterion)
    return Problem(network, data, None, criterion, objective, network.start(seed))
