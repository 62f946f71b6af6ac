r"""Multilayer perceptrons: any depth, width and activation."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import torch
from torch import Tensor

from numerics.networks.architectures.activations import activation
from numerics.networks.network import Network, Parameters


def mlp(widths: Sequence[int], act: str = "tanh", *, gain: float = 1.0, bias: bool = True) -> Network:
    r"""Return :math:`f = W_D\,\phi(W_{D-1}\cdots\phi(W_1x + b_1)\cdots) + b_D`; weights N(0, gain^2/fan in), biases 0.

    Parameters
    ----------
    widths : sequence of int
        Inputs, hidden layers, outputs. Inputs of more dimensions are flattened.
    act : str
        A name in `ACTIVATIONS`.
    gain : float
        Of the weights' standard deviation.
    bias : bool
        Whether the layers have biases.

    Examples
    --------
    >>> mlp((1, 30, 20, 1)).size
    701
    """
    phi = activation(act)
    if len(widths) < 2 or min(widths) < 1:
        raise ValueError(f"an MLP needs the widths of inputs and outputs, all at least 1, got {tuple(widths)}")
    pairs = list(zip(widths[:-1], widths[1:], strict=True))
    step = 2 if bias else 1
    shapes = tuple(s for i, o in pairs for s in (((o, i), (o,)) if bias else ((o, i),)))

    def forward(p: Parameters, x: Tensor) -> Tensor:
        x = x.reshape(len(x), prod(x.shape[1:]))
        for k in range(0, len(p), step):
            x = torch.nn.functional.linear(x, p[k], p[k + 1] if bias else None)
            if k + step < len(p):
                x = phi(x)
        return x

    def initial(generator: torch.Generator) -> list[Tensor]:
        found = []
        for i, o in pairs:
            found.append(gain / i**0.5 * torch.randn(o, i, generator=generator, dtype=torch.float64))
            if bias:
                found.append(torch.zeros(o, dtype=torch.float64))
        return found

    return Network(f"{act} MLP {'-'.join(map(str, widths))}", shapes, forward, initial)
