"""Chebyshev polynomials at equispaced points."""

from __future__ import annotations

from pathlib import Path

import torch

from edgestab.numerics.networks.data.kind import Count, DataKind
from edgestab.numerics.networks.data.samples import Data, Loaded


def chebyshev(degree: int, points: int = 20) -> Data:
    r"""Return :math:`T_k(x)` at equispaced points of [-1, 1] (after Cohen et al. 2021).

    Examples
    --------
    >>> chebyshev(2, 3).targets.flatten()
    tensor([ 1., -1.,  1.], dtype=torch.float64)
    """
    x = torch.linspace(-1, 1, points, dtype=torch.float64)
    return Data(f"Chebyshev T_{degree}, {points} points", x[:, None], torch.cos(degree * torch.acos(x))[:, None])


class ChebyshevSpec(DataKind, frozen=True, tag="chebyshev"):
    """See `chebyshev`."""

    degree: Count = 6
    points: Count = 20

    def load(self, _classes: bool, _folder: Path, /) -> Loaded:
        """Return the data."""
        return Loaded(chebyshev(self.degree, self.points), None, 1)
