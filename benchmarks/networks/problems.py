"""The networks and data that are measured, as our objectives and as what curvlinops takes."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

from benchmarks.contender import Unavailable
from edgestab.numerics.networks.architectures.mlp import MlpSpec, mlp
from edgestab.numerics.networks.architectures.resnet import resnet
from edgestab.numerics.networks.data.samples import Data
from edgestab.numerics.networks.losses.criteria import squared_error
from edgestab.numerics.networks.losses.network import Network, network_objective
from edgestab.numerics.networks.losses.objective import Objective
from edgestab.numerics.networks.specs.problems import PROBLEMS, problem


@dataclass(frozen=True)
class Case:
    """A network on data with the loss (1/2)|f - y|^2, averaged over the samples."""

    widths: tuple[int, ...]
    data: Data
    gain: float = 1.0

    @property
    def network(self) -> Network:
        return mlp(self.widths, gain=self.gain)

    def objective(self, dtype: torch.dtype, device: str) -> Objective:
        return network_objective(self.network, self.data, squared_error(0.5), dtype=dtype, device=device)

    def curvlinops(self, dtype: torch.dtype, device: str) -> Curvlinops:
        return Curvlinops(self, dtype, device)


class Curvlinops:
    """The Hessian of the same loss by curvlinops, at parameters that can be set."""

    def __init__(self, case: Case, dtype: torch.dtype, device: str) -> None:
        try:
            # It ships no types.
            operator: Any = importlib.import_module("curvlinops").HessianLinearOperator
        except ImportError:
            raise Unavailable("curvlinops-for-pytorch is not installed") from None
        layers: list[torch.nn.Module] = []
        for i, o in zip(case.widths[:-1], case.widths[1:], strict=True):
            layers += [torch.nn.Linear(i, o), torch.nn.Tanh()]
        self._module = torch.nn.Sequential(torch.nn.Flatten(), *layers[:-1]).to(device, dtype)
        self._parameters = list(self._module.parameters())
        x, y = case.data.inputs.to(device, dtype), case.data.targets.to(device, dtype)
        # Its mean is over samples and outputs, ours over samples with a factor of one half.
        self._factor = y.shape[1] / 2
        self._make: Any = lambda: operator(
            self._module,
            torch.nn.MSELoss(),
            self._parameters,
            [(x, y)],
            check_deterministic=False,
            num_data=len(x),
        )

    def at(self, w: Tensor) -> Any:
        """Return v to Hv at w."""
        with torch.no_grad():
            torch.nn.utils.vector_to_parameters(w, self._parameters)
        operator = self._make()
        return lambda v: self._factor * (operator @ v)


def wide(n: int = 1000) -> Case:
    """MLP 3072-200-200-10 on random data of CIFAR's shape."""
    return Case((3072, 200, 200, 10), _random(n, 3072))


def residual(n: int, chunk: int, dtype: torch.dtype, device: str) -> tuple[Network, Objective]:
    """ResNet of widths 16, 32, 64 on random images of CIFAR's shape, so many at once."""
    network = resnet((3, 32, 32), 10, widths=(16, 32, 64))
    data = _random(n, 3, 32, 32)
    return network, network_objective(network, data, squared_error(0.5), chunk=chunk, dtype=dtype, device=device)


def _random(n: int, *shape: int) -> Data:
    """Ten classes, each a random mean with noise about it, and a mean of all: such data have outlying eigenvalues."""
    generator = torch.Generator().manual_seed(0)

    def normal(*sizes: int) -> Tensor:
        return torch.randn(*sizes, generator=generator, dtype=torch.float64)

    classes = torch.randint(0, 10, (n,), generator=generator)
    x = (normal(*shape) + normal(10, *shape)[classes] + normal(n, *shape)) / 2
    return Data(f"random, n = {n}", x, torch.nn.functional.one_hot(classes, 10).to(torch.float64))


def named(name: str) -> Case:
    """A problem of the package's table whose network is an MLP of tanh neurons."""
    spec, data = PROBLEMS[name].network, problem(name, 0).data
    assert isinstance(spec, MlpSpec), name
    return Case((data.inputs[0].numel(), *spec.hidden, data.targets.shape[1]), data, spec.gain)


CASES: Mapping[str, tuple[Callable[[], Case], float]] = {
    "digits": (partial(named, "digits-tanh"), 0.5),
    "Chebyshev": (partial(named, "chebyshev"), 0.2),
}
"""What sharpness is tracked on, with the step size."""
