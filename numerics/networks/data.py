r"""Data sets that need no download: scikit-learn's packaged digits, Chebyshev polynomials, teachers, whitened inputs."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


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
    ValueError
        When the lengths differ, there are no samples, or a number is not finite.
    """

    name: str
    inputs: Tensor
    targets: Tensor

    def __post_init__(self) -> None:
        """Refuse what no loss can be computed from."""
        if len(self.inputs) != len(self.targets):
            raise ValueError(
                f"{self.name} has {len(self.inputs)} inputs and {len(self.targets)} targets: they must be as many"
            )
        if len(self.inputs) == 0:
            raise ValueError(f"{self.name} has no samples")
        for name, values in (("inputs", self.inputs), ("targets", self.targets)):
            bad = int((~torch.isfinite(values)).sum())
            if bad:
                raise ValueError(f"{self.name}: {bad} of the {name} are not finite; mend the data first")


def chebyshev(degree: int, points: int = 20) -> Data:
    r"""Return :math:`T_k(x)` at equispaced points of [-1, 1] (Cohen et al. 2021, Appendix).

    Examples
    --------
    >>> chebyshev(2, 3).targets.flatten()
    tensor([ 1., -1.,  1.], dtype=torch.float64)
    """
    x = torch.linspace(-1, 1, points, dtype=torch.float64)
    return Data(f"Chebyshev T_{degree}, {points} points", x[:, None], torch.cos(degree * torch.acos(x))[:, None])
