"""A branch of cycles: what continuation finds along a parameter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from edgestab.numerics.cycles.bifurcations import Bifurcation


@dataclass(frozen=True, eq=False)
class Branch:
    """A branch of cycles, from its lower end along the curve.

    Parameters
    ----------
    parameter : str
        The parameter's name.
    period : int
        The period of the cycles.
    values : ndarray, shape (N,)
        The parameter along the branch; it turns back at a fold.
    points : ndarray, shape (N, period, n)
        The cycles.
    multipliers : ndarray of complex, shape (N, n)
        The eigenvalues of DF^p, computed and not proved.
    special : tuple of Bifurcation
        Folds, flips, Neimark-Sacker points and branch points in the order they are met.
    ends : tuple of str
        Why the branch ends where it does: ``interval``, ``box``, ``points``, ``branch point`` or ``lost``.
    """

    parameter: str
    period: int
    values: NDArray[np.float64]
    points: NDArray[np.float64]
    multipliers: NDArray[np.complex128]
    special: tuple[Bifurcation, ...]
    ends: tuple[str, str]

    @property
    def stable(self) -> NDArray[np.bool_]:
        """Where all multipliers are less than one in absolute value, as computed."""
        return np.asarray((np.abs(self.multipliers) < 1 - 1e-10).all(axis=1))

    def dataset(self) -> xr.Dataset:
        """The branch as a labelled dataset along `position`."""
        return xr.Dataset(
            {
                "points": (("position", "phase", "variable"), self.points),
                "multiplier_real": (("position", "mode"), self.multipliers.real),
                "multiplier_imag": (("position", "mode"), self.multipliers.imag),
                "stable": (("position",), self.stable),
            },
            {self.parameter: (("position",), self.values)},
            {"period": self.period},
        )
