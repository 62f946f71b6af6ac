r"""Criteria: the loss of one sample's outputs. The factor of the squared error is part of the name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import msgspec
from torch import Tensor


@dataclass(frozen=True)
class Criterion:
    """A loss of outputs and targets, summed over samples.

    Parameters
    ----------
    name : str
        With the factor, since the sharpness is proportional to it.
    total : callable
        From outputs (n, k) and targets to the sum over the samples, a scalar.
    classes : bool
        Whether targets are class numbers, shape (n,), or values, shape (n, k).
    """

    name: str
    total: Callable[[Tensor, Tensor], Tensor]
    classes: bool = False


class CriterionKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """A ``[criterion]`` table. Each kind is a struct beside the function it calls, tagged with its name."""

    def make(self) -> Criterion:
        """Return the criterion."""
        raise NotImplementedError


def squared_error(factor: float = 0.5) -> Criterion:
    r"""Return :math:`c\,|f - y|^2` a sample: c = 1/2 in Cohen et al. (2021), 1 in Damian et al. (2023)."""
    return Criterion(f"{factor:g}|f - y|^2", lambda f, y: factor * ((f - y) ** 2).sum())


class SquaredErrorSpec(CriterionKind, frozen=True, tag="squared-error"):
    """See `squared_error`."""

    factor: Annotated[float, msgspec.Meta(gt=0)] = 0.5

    def make(self) -> Criterion:
        """Return the criterion."""
        return squared_error(self.factor)


def cross_entropy(smoothing: float = 0.0) -> Criterion:
    r"""Return :math:`-\sum_c t_c\log\mathrm{softmax}(f)_c` a sample.

    The target t is 1 at the sample's class y and 0 elsewhere, mixed with the uniform distribution by the share
    `smoothing`, below 1. With smoothing the loss has minima on data that can be separated, and without it none.
    """

    def total(f: Tensor, y: Tensor) -> Tensor:
        right = f.gather(1, y[:, None])[:, 0]
        if smoothing:
            right = (1 - smoothing) * right + smoothing * f.mean(dim=1)
        return (f.logsumexp(dim=1) - right).sum()

    name = f"cross-entropy, labels smoothed by {smoothing:g}" if smoothing else "cross-entropy"
    return Criterion(name, total, classes=True)


class CrossEntropySpec(CriterionKind, frozen=True, tag="cross-entropy"):
    """See `cross_entropy`."""

    smoothing: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.0

    def make(self) -> Criterion:
        """Return the criterion."""
        return cross_entropy(self.smoothing)
