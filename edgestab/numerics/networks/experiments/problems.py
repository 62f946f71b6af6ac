"""The small problems that the experiments run on, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor

from edgestab.errors import InputError
from edgestab.numerics.networks.architectures.cnn import cnn
from edgestab.numerics.networks.architectures.mlp import mlp
from edgestab.numerics.networks.data.chebyshev import chebyshev
from edgestab.numerics.networks.data.digits import digits, digits_parity
from edgestab.numerics.networks.data.samples import Data
from edgestab.numerics.networks.losses.criteria import Criterion, cross_entropy, squared_error
from edgestab.numerics.networks.losses.network import Network, network_objective
from edgestab.numerics.networks.losses.objective import Objective


@dataclass(frozen=True)
class Problem:
    """A network, its data and its criterion."""

    network: Network
    data: Data
    criterion: Criterion

    def objective(self) -> Objective:
        """Return the loss in float64 on the CPU."""
        return network_objective(self.network, self.data, self.criterion)

    def start(self, seed: int) -> Tensor:
        """Return the parameters at the start."""
        return self.network.start(seed)


HALF = squared_error(0.5)

PROBLEMS: Mapping[str, Callable[[], Problem]] = {
    "chebyshev": lambda: Problem(mlp((1, 30, 20, 1)), chebyshev(6), HALF),
    "digits-tanh": lambda: Problem(mlp((64, 50, 50, 50, 10), gain=0.8), digits(1000), HALF),
    "digits-elu": lambda: Problem(mlp((64, 64, 64, 64, 64, 64, 10), "elu", gain=0.7), digits(1000), HALF),
    "digits-cnn": lambda: Problem(cnn((1, 8, 8), (8, 16), 10, gain=0.9), digits(500), HALF),
    "digits-small": lambda: Problem(mlp((64, 32, 32, 10), init="uniform"), digits(300), HALF),
    "digits-parity": lambda: Problem(mlp((64, 24, 24, 1)), digits_parity(300), HALF),
    "digits-classes": lambda: Problem(mlp((64, 32, 32, 10)), digits(300, classes=True), cross_entropy()),
}
"""The problems by name."""


def problem(name: str) -> Problem:
    """Return a problem.

    Raises
    ------
    InputError
        When there is none of this name.
    """
    if name not in PROBLEMS:
        raise InputError(f"unknown problem {name[:40]!r}; the problems are {', '.join(PROBLEMS)}")
    return PROBLEMS[name]()
