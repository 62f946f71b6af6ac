"""Activations by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from edgestab.errors import InputError

Activation = Callable[[Tensor], Tensor]

ACTIVATIONS: Mapping[str, Activation] = {
    "identity": lambda x: x,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "elu": torch.nn.functional.elu,
    "gelu": torch.nn.functional.gelu,
    "silu": torch.nn.functional.silu,
    "softplus": torch.nn.functional.softplus,
    "hardtanh": torch.nn.functional.hardtanh,
}
"""The activations by name."""


def activation(name: str) -> Activation:
    """Return an activation.

    Raises
    ------
    InputError
        When there is none of this name.
    """
    if name not in ACTIVATIONS:
        raise InputError(f"unknown activation {name[:40]!r}; the activations are {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]
