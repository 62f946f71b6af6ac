"""Losses whose minima can be reached, by name: what the scalar theory is held against."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from edgestab.errors import InputError
from edgestab.numerics.networks.architectures.mlp import mlp
from edgestab.numerics.networks.data.digits import digits, digits_parity
from edgestab.numerics.networks.data.samples import Data
from edgestab.numerics.networks.losses.criteria import squared_error
from edgestab.numerics.networks.losses.network import Network, network_objective
from edgestab.numerics.networks.losses.objective import Objective


@dataclass(frozen=True)
class Case:
    """A loss, and where gradient descent on it starts for each seed."""

    objective: Objective
    start: Callable[[int], Tensor]


def case(name: str) -> Case:
    """Return a case.

    Raises
    ------
    InputError
        When there is none of this name.
    """
    if name not in CASES:
        raise InputError(f"unknown case {name[:40]!r}; the cases are {', '.join(CASES)}")
    return CASES[name]()


def _network(network: Network, data: Data, scales: tuple[float, ...] = ()) -> Case:
    """A network on data; `scales` multiply the weight matrices at the start."""

    def start(seed: int) -> Tensor:
        parts = network.unflatten(network.start(seed))
        return torch.cat([(p * s).reshape(-1) for p, s in zip(parts, scales or [1.0] * len(parts), strict=True)])

    return Case(network_objective(network, data, squared_error(0.5)), start)


def _linear(layers: int, scales: tuple[float, ...]) -> Case:
    """A linear network of width 10 on one sample, asymmetric at the start."""
    network = mlp((64, *[10] * (layers - 1), 1), "identity", bias=False)
    return _network(network, digits_parity(1), scales)


def _scalar() -> Case:
    r"""The scalar quartic :math:`\tfrac14(1 - x^2y^2)^2`, from sharper than 2/eta for eta = 0.1."""

    def start(seed: int) -> Tensor:
        generator = torch.Generator().manual_seed(seed)
        x = 3.2 + 0.05 * torch.rand((), generator=generator, dtype=torch.float64)
        return torch.stack([x, 1.1 / x])

    return Case(Objective("scalar quartic", 2, (lambda w: (1 - (w[0] * w[1]) ** 2) ** 2 / 4,)), start)


CASES: Mapping[str, Callable[[], Case]] = {
    "scalar": _scalar,
    "elu": lambda: _network(mlp((64, 32, 32, 32, 32, 1), "elu"), digits_parity(50)),
    "relu": lambda: _network(mlp((64, 50, 50, 50, 50, 1), "relu", gain=1.4), digits_parity(200)),
    "elu-digits": lambda: _network(mlp((64, 64, 64, 64, 64, 64, 10), "elu"), digits(1000)),
    "tanh-one": lambda: _network(mlp((64, 32, 32, 32, 32, 1)), digits_parity(1)),
    "elu-one": lambda: _network(mlp((64, 32, 32, 32, 32, 1), "elu"), digits_parity(1)),
    "linear-two": lambda: _linear(2, (4.0, 0.1)),
    "linear-three": lambda: _linear(3, (4.0, 0.3, 0.3)),
    "linear-five": lambda: _linear(5, (4.0, 4.0, 4.0, 0.1, 0.1)),
}
"""The cases by name."""
