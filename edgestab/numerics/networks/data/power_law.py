"""Gaussian inputs whose covariance has a power law as its spectrum."""

from __future__ import annotations

from pathlib import Path

import torch

from edgestab.numerics.networks.data.kind import Count, DataKind, Held, Level, Seed
from edgestab.numerics.networks.data.samples import Data, Loaded, parted, seeded


def power_law_gaussian(n: int, d: int, *, exponent: float = 1.0, seed: int = 0, noise: float = 0.0) -> Data:
    r"""Return x from N(0, diag(j^-a)), j = 1 .. d, and :math:`y = \theta\cdot x + \sigma\xi` with theta from N(0, I).

    Parameters
    ----------
    exponent : float
        a, of the spectrum of the inputs.
    noise : float
        sigma.

    Examples
    --------
    >>> power_law_gaussian(100, 20).targets.shape
    torch.Size([100, 1])
    """
    generator = seeded(seed, n, d)
    scale = torch.arange(1, d + 1, dtype=torch.float64) ** (-exponent / 2)
    x = scale * torch.randn(n, d, generator=generator, dtype=torch.float64)
    theta = torch.randn(d, 1, generator=generator, dtype=torch.float64)
    y = x @ theta + noise * torch.randn(n, 1, generator=generator, dtype=torch.float64)
    return Data(f"power law {exponent:g} in {d} dimensions, n = {n}", x, y)


class PowerLawSpec(DataKind, frozen=True, tag="power-law"):
    """See `power_law_gaussian`."""

    n: Count
    d: Count
    exponent: float = 1.0
    noise: Level = 0.0
    seed: Seed = 0
    test: Held = 0

    def load(self, _classes: bool, _folder: Path, /) -> Loaded:
        """Return the data."""
        whole = power_law_gaussian(self.n + self.test, self.d, exponent=self.exponent, seed=self.seed, noise=self.noise)
        return parted(whole, self.test, 1)
