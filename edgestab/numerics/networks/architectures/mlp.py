r"""Multilayer perceptrons: any depth, width and activation."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod

import torch
from torch import Tensor

from edgestab.errors import InputError
from edgestab.numerics.networks.architectures.activations import activation
from edgestab.numerics.networks.architectures.initial import scheme_named, starting_bias, starting_weight
from edgestab.numerics.networks.architectures.kind import NetworkKind, Size, inputs_of
from edgestab.numerics.networks.data.samples import Loaded
from edgestab.numerics.networks.losses.network import Network, Parameters


def mlp(
    widths: Sequence[int], act: str = "tanh", *, gain: float = 1.0, bias: bool = True, init: str = "normal"
) -> Network:
    r"""Return :math:`f = W_D\,\phi(W_{D-1}\cdots\phi(W_1x + b_1)\cdots) + b_D`.

    Parameters
    ----------
    widths : sequence of int
        Inputs, hidden layers, outputs. Inputs of more dimensions are flattened.
    act : str
        A name in `ACTIVATIONS`.
    gain : float
        The weights of the scheme are multiplied by it.
    bias : bool
        Whether the layers have biases.
    init : str
        A name in `SCHEMES`: "normal" is N(0, 1/fan in) with zero biases, "uniform" is PyTorch's own.

    Raises
    ------
    InputError
        For widths below 1, and names that are not there.

    Examples
    --------
    >>> mlp((1, 30, 20, 1)).size
    701
    """
    phi = activation(act)
    scheme_named(init)
    if len(widths) < 2 or min(widths) < 1:
        raise InputError(f"an MLP needs the widths of inputs and outputs, all at least 1, got {tuple(widths)}")
    weights = [(o, i) for i, o in pairwise(widths)]
    step = 2 if bias else 1
    shapes = tuple(s for o, i in weights for s in (((o, i), (o,)) if bias else ((o, i),)))

    def forward(p: Parameters, x: Tensor) -> Tensor:
        x = x.reshape(len(x), prod(x.shape[1:]))
        for k in range(0, len(p), step):
            x = torch.nn.functional.linear(x, p[k], p[k + 1] if bias else None)
            if k + step < len(p):
                x = phi(x)
        return x

    def initial(generator: torch.Generator) -> list[Tensor]:
        found = []
        for weight in weights:
            found.append(starting_weight(init, weight, generator, gain=gain))
            if bias:
                found.append(starting_bias(init, weight, generator))
        return found

    return Network(f"{act} MLP {'-'.join(map(str, widths))}", shapes, forward, initial)


class MlpSpec(NetworkKind, frozen=True, tag="mlp"):
    """See `mlp`."""

    hidden: list[Size]
    act: str = "tanh"
    gain: float = 1.0
    bias: bool = True
    init: str = "normal"

    def build(self, loaded: Loaded) -> Network:
        """Return the network."""
        widths = (inputs_of(loaded), *self.hidden, loaded.outputs)
        return mlp(widths, self.act, gain=self.gain, bias=self.bias, init=self.init)
