r"""Starting weights by name, from a generator on the CPU in float64."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod, sqrt

import torch
from torch import Tensor

from edgestab.errors import InputError

Shape = Sequence[int]
Scheme = Callable[[Shape, torch.Generator], Tensor]


def fans(shape: Shape) -> tuple[int, int]:
    """Return the numbers of inputs and outputs of one unit of a weight of shape (out, in, ...).

    Examples
    --------
    >>> fans((8, 3, 3, 3))
    (27, 72)
    """
    field = prod(shape[2:])
    return shape[1] * field, shape[0] * field


def normal(shape: Shape, generator: torch.Generator) -> Tensor:
    """Return N(0, 1/fan in)."""
    return 1 / sqrt(fans(shape)[0]) * torch.randn(tuple(shape), generator=generator, dtype=torch.float64)


def he(shape: Shape, generator: torch.Generator) -> Tensor:
    """Return N(0, 2/fan in) (He et al. 2015), for ReLU."""
    return sqrt(2) * normal(shape, generator)


def xavier(shape: Shape, generator: torch.Generator) -> Tensor:
    """Return N(0, 2/(fan in + fan out)) (Glorot & Bengio 2010)."""
    return torch.randn(tuple(shape), generator=generator, dtype=torch.float64) * sqrt(2 / sum(fans(shape)))


def uniform(shape: Shape, generator: torch.Generator) -> Tensor:
    """Return numbers uniform between -1/sqrt(fan in) and 1/sqrt(fan in), as in PyTorch's own layers."""
    return (2 * torch.rand(tuple(shape), generator=generator, dtype=torch.float64) - 1) / sqrt(fans(shape)[0])


SCHEMES: Mapping[str, Scheme] = {"normal": normal, "he": he, "xavier": xavier, "uniform": uniform}
"""The schemes by name."""


def starting_weight(scheme: str, shape: Shape, generator: torch.Generator, *, gain: float = 1.0) -> Tensor:
    """Return a weight by the name of its scheme, times the gain."""
    return gain * scheme_named(scheme)(shape, generator)


def starting_bias(scheme: str, weight: Shape, generator: torch.Generator) -> Tensor:
    """Return the bias that goes with a weight of this shape: zero, but for ``uniform``, where it is as in PyTorch."""
    if scheme == "uniform":
        bound = 1 / sqrt(fans(weight)[0])
        return bound * (2 * torch.rand(weight[0], generator=generator, dtype=torch.float64) - 1)
    return torch.zeros(weight[0], dtype=torch.float64)


def scheme_named(name: str) -> Scheme:
    """Return a scheme.

    Raises
    ------
    InputError
        When there is none of this name.
    """
    if name not in SCHEMES:
        raise InputError(f"unknown start {name[:40]!r}; the starts are {', '.join(SCHEMES)}")
    return SCHEMES[name]
