r"""A network as a pure function of its parameters, and its loss on data as an `Objective`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor

from edgestab.errors import InputError
from edgestab.numerics.networks.data.samples import Data
from edgestab.numerics.networks.losses.criteria import Criterion
from edgestab.numerics.networks.losses.objective import Objective, Part

Parameters = Sequence[Tensor]
Forward = Callable[[Parameters, Tensor], Tensor]


@dataclass(frozen=True)
class Network:
    """A network.

    Parameters
    ----------
    name : str
        Such as "tanh MLP 1-30-20-1".
    shapes : tuple
        The shapes of the parameters, in the order in which `forward` takes them.
    forward : callable
        From the parameters and inputs of shape (n, ...) to outputs of shape (n, outputs). Each sample by itself.
    initial : callable
        From a generator on the CPU to the parameters at the start, in float64.
    """

    name: str
    shapes: tuple[tuple[int, ...], ...]
    forward: Forward
    initial: Callable[[torch.Generator], list[Tensor]]

    @property
    def size(self) -> int:
        """The number of parameters."""
        return sum(map(prod, self.shapes))

    def start(self, seed: int) -> Tensor:
        """Return the parameters at the start as one vector in float64, the same on every device."""
        parameters = self.initial(torch.Generator().manual_seed(seed))
        found = tuple(tuple(p.shape) for p in parameters)
        if found != self.shapes:
            raise InputError(f"{self.name}: initial gives the shapes {found}, and shapes says {self.shapes}")
        return torch.cat([p.reshape(-1).to(torch.float64) for p in parameters])

    def unflatten(self, w: Tensor) -> list[Tensor]:
        """Return the parameters as views of the flat vector."""
        pieces = torch.split(w, [prod(shape) for shape in self.shapes])
        return [piece.view(shape) for piece, shape in zip(pieces, self.shapes, strict=True)]

    def outputs(self, w: Tensor, inputs: Tensor) -> Tensor:
        """Return the outputs, shape (n, outputs)."""
        return self.forward(self.unflatten(w), inputs)


def network_objective(
    network: Network,
    data: Data,
    criterion: Criterion,
    *,
    chunk: int | None = None,
    dtype: torch.dtype = torch.float64,
    device: str | torch.device = "cpu",
    retain: bool = True,
) -> Objective:
    r"""Return the mean of a criterion over a whole data set, :math:`L(w) = \frac1n\sum_i \ell(f(w, x_i), y_i)`.

    Parameters
    ----------
    chunk : int, optional
        How many samples go through the network at once; all of them by default.
    retain : bool
        See `Objective`.

    Raises
    ------
    InputError
        When the device is not there, or outputs and targets do not fit.
    """
    place = require_device(device)
    inputs, targets = data.inputs.to(place, dtype), data.targets.to(place)
    if targets.is_floating_point():
        targets = targets.to(dtype)
    n = len(inputs)
    size = n if chunk is None else chunk
    if size < 1:
        raise InputError(f"chunk must be at least 1, got {chunk}")
    _require_fit(network, criterion, inputs[:1], targets[:1])

    def part(x: Tensor, y: Tensor) -> Part:
        return lambda w: criterion.total(network.outputs(w, x), y) / n

    parts = tuple(part(inputs[i : i + size], targets[i : i + size]) for i in range(0, n, size))
    name = f"{network.name} on {data.name}, {criterion.name}"
    return Objective(name, network.size, parts, dtype, place, retain)


def _require_fit(network: Network, criterion: Criterion, inputs: Tensor, targets: Tensor) -> None:
    """Raise InputError unless the network's outputs on these inputs fit the targets."""
    with torch.no_grad():
        w = network.start(0).to(inputs.device, inputs.dtype)
        outputs = network.outputs(w, inputs)
    if criterion.classes:
        fits = outputs.ndim == 2 and targets.ndim == 1 and not targets.is_floating_point()
    else:
        fits = outputs.shape == targets.shape
    if not fits:
        raise InputError(
            f"{network.name} gives outputs of shape {tuple(outputs.shape)} and the targets have shape "
            f"{tuple(targets.shape)}: {criterion.name} does not take these"
        )


def require_device(device: str | torch.device) -> torch.device:
    """Return a device that is there, with tf32 off.

    Raises
    ------
    InputError
        When it is not.

    Examples
    --------
    >>> require_device("cpu")
    device(type='cpu')
    """
    try:
        place = torch.device(device)
    except RuntimeError:
        raise InputError(f"unknown device {str(device)[:40]!r}; give cpu, cuda or cuda:0") from None
    if place.type == "cuda":
        count = torch.cuda.device_count()
        if (place.index or 0) >= count:
            raise InputError(f"device {device} was asked for and torch sees {count or 'no'} CUDA devices: use cpu")
        torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.allow_tf32 = False
    return place
