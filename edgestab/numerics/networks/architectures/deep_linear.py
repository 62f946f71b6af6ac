r"""Deep linear networks: a product of matrices."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod

import torch
from torch import Tensor

from edgestab.errors import InputError
from edgestab.numerics.networks.architectures.initial import scheme_named, starting_weight
from edgestab.numerics.networks.architectures.kind import NetworkKind, Size, inputs_of
from edgestab.numerics.networks.data.samples import Loaded
from edgestab.numerics.networks.losses.network import Network, Parameters


def deep_linear(widths: Sequence[int], *, init: str = "xavier", gains: Sequence[float] | None = None) -> Network:
    r"""Return :math:`f = W_D\cdots W_1x`, without biases.

    Parameters
    ----------
    widths : sequence of int
        Inputs, hidden layers, outputs. Inputs of more dimensions are flattened.
    init : str
        A name in `SCHEMES`; "xavier" as in Cohen et al. (2021).
    gains : sequence of float, optional
        One factor a layer, so that the layers start unbalanced: (4, 0.1) in Zhu et al. (2023, Section 6).

    Raises
    ------
    InputError
        For widths below 1, or another number of gains than of layers.

    Examples
    --------
    >>> deep_linear((50,) * 21).size
    50000
    """
    if len(widths) < 2 or min(widths) < 1:
        raise InputError(
            f"a linear network needs the widths of inputs and outputs, all at least 1, got {tuple(widths)}"
        )
    scheme_named(init)
    shapes = tuple((o, i) for i, o in pairwise(widths))
    factors = tuple(gains) if gains is not None else (1.0,) * len(shapes)
    if len(factors) != len(shapes):
        raise InputError(f"gains takes one number for each of the {len(shapes)} layers, got {len(factors)}")

    def forward(p: Parameters, x: Tensor) -> Tensor:
        x = x.reshape(len(x), prod(x.shape[1:]))
        for weight in p:
            x = torch.nn.functional.linear(x, weight)
        return x

    def initial(generator: torch.Generator) -> list[Tensor]:
        return [starting_weight(init, s, generator, gain=g) for s, g in zip(shapes, factors, strict=True)]

    return Network(f"linear {'-'.join(map(str, widths))}", shapes, forward, initial)


class DeepLinearSpec(NetworkKind, frozen=True, tag="deep-linear"):
    """See `deep_linear`."""

    hidden: list[Size]
    init: str = "xavier"
    gains: list[float] | None = None

    def build(self, loaded: Loaded) -> Network:
        """Return the network."""
        return deep_linear((inputs_of(loaded), *self.hidden, loaded.outputs), init=self.init, gains=self.gains)
