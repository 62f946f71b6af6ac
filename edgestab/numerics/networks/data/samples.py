"""Samples: inputs with their targets, and those that are held out."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from edgestab.errors import InputError


@dataclass(frozen=True)
class Data:
    """Inputs and targets.

    Parameters
    ----------
    name : str
        What figures and sentences call it.
    inputs : Tensor
        Shape (n, ...), float64, on the CPU.
    targets : Tensor
        Values of shape (n, k), or class numbers of shape (n,).

    Raises
    ------
    InputError
        When the lengths differ, there are no samples, or a number is not finite.
    """

    name: str
    inputs: Tensor
    targets: Tensor

    def __post_init__(self) -> None:
        """Refuse what no loss can be computed from."""
        if len(self.inputs) != len(self.targets):
            raise InputError(
                f"{self.name} has {len(self.inputs)} inputs and {len(self.targets)} targets: they must be as many"
            )
        if len(self.inputs) == 0:
            raise InputError(f"{self.name} has no samples")
        for name, values in (("inputs", self.inputs), ("targets", self.targets)):
            bad = int((~torch.isfinite(values)).sum())
            if bad:
                raise InputError(f"{self.name}: {bad} of the {name} are not finite; mend the data first")


@dataclass(frozen=True)
class Split:
    """Samples to train on and others to judge by."""

    train: Data
    test: Data


def held_out(data: Data, count: int) -> Split:
    """Return the data without the last `count` samples, and those.

    Raises
    ------
    InputError
        When fewer than 1 sample would be left in either part.

    Examples
    --------
    >>> from edgestab.numerics.networks.data.chebyshev import chebyshev
    >>> split = held_out(chebyshev(6), 5)
    >>> len(split.train.inputs), len(split.test.inputs)
    (15, 5)
    """
    n = len(data.inputs) - count
    if count < 1 or n < 1:
        raise InputError(f"{data.name} has {len(data.inputs)} samples: {count} of them cannot be held out")
    train = Data(f"{data.name}, first {n}", data.inputs[:n], data.targets[:n])
    return Split(train, Data(f"{data.name}, last {count}", data.inputs[n:], data.targets[n:]))


@dataclass(frozen=True)
class Loaded:
    """Samples to train on, samples held out if any, and how many outputs a network for them has."""

    train: Data
    test: Data | None
    outputs: int


def parted(data: Data, test: int, outputs: int) -> Loaded:
    """Return the data with its last samples held out."""
    if not test:
        return Loaded(data, None, outputs)
    split = held_out(data, test)
    return Loaded(split.train, split.test, outputs)


def one_hot(labels: Tensor, classes: int) -> Tensor:
    """Return rows of 0 and 1, shape (n, classes), float64."""
    return torch.nn.functional.one_hot(labels, classes).to(torch.float64)


def seeded(seed: int, *sizes: int) -> torch.Generator:
    """Return a generator on the CPU.

    Raises
    ------
    InputError
        When one of the sizes that are to be drawn is below 1.
    """
    if min(sizes, default=1) < 1:
        raise InputError(f"numbers of samples and dimensions must be at least 1, got {min(sizes)}")
    return torch.Generator().manual_seed(seed)
