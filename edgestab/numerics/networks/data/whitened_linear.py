"""Whitened inputs and linear targets."""

from __future__ import annotations

from pathlib import Path

import torch

from edgestab.errors import InputError
from edgestab.numerics.networks.data.kind import Count, DataKind, Seed
from edgestab.numerics.networks.data.samples import Data, Loaded, seeded


def whitened_linear(n: int, d: int, outputs: int | None = None, *, seed: int = 0) -> Data:
    r"""Return :math:`X = \sqrt n\,Q` with :math:`Q^TQ = I`, and :math:`Y = XA^T`, A of N(0, 1) (Cohen et al. 2021).

    The inputs have the covariance I exactly.

    Examples
    --------
    >>> x = whitened_linear(50, 3).inputs
    >>> torch.allclose(x.T @ x / 50, torch.eye(3, dtype=torch.float64))
    True
    """
    if n < d:
        raise InputError(f"{d} whitened inputs need at least {d} samples, got {n}")
    k = d if outputs is None else outputs
    generator = seeded(seed, n, d, k)
    q, _ = torch.linalg.qr(torch.randn(n, d, generator=generator, dtype=torch.float64))
    x = n**0.5 * q
    a = torch.randn(k, d, generator=generator, dtype=torch.float64)
    return Data(f"whitened linear {d} to {k}, n = {n}", x, x @ a.T)


class WhitenedLinearSpec(DataKind, frozen=True, tag="whitened-linear"):
    """See `whitened_linear`."""

    n: Count = 50
    d: Count = 50
    outputs: Count | None = None
    seed: Seed = 0

    def load(self, _classes: bool, _folder: Path, /) -> Loaded:
        """Return the data."""
        return Loaded(whitened_linear(self.n, self.d, self.outputs, seed=self.seed), None, self.outputs or self.d)
