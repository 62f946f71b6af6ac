"""A branch of cycles: what continuation finds along a parameter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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

    def cycle_at(self, special: Bifurcation) -> NDArray[np.float64]:
        """Return every point of the cycle at a special point of this branch, shape (period, n).

        The one that the special point encloses is that; the others are interpolated along the branch.
        """
        lines = np.concatenate(
            [np.broadcast_to(self.values[:, None, None], (*self.points.shape[:2], 1)), self.points], 2
        )
        target = np.array([special.value, *special.centre])
        scale = np.ptp(lines, axis=(0, 1))
        apart = (lines - target) / np.where(scale > 0, scale, 1)
        nearest, phase = np.unravel_index(int((apart**2).sum(axis=2).argmin()), apart.shape[:2])
        best, found = np.inf, self.points[nearest]
        for first in (int(nearest) - 1, int(nearest)):
            if not 0 <= first < len(lines) - 1:
                continue
            start, along = apart[first, phase], apart[first + 1, phase] - apart[first, phase]
            share = float(np.clip(-(start @ along) / max(float(along @ along), 1e-300), 0, 1))
            away = float(((start + share * along) ** 2).sum())
            if away < best:
                best, found = away, (1 - share) * self.points[first] + share * self.points[first + 1]
        whole: NDArray[np.float64] = np.array(found)
        whole[phase] = special.centre
        return whole

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


def together(branches: Sequence[Branch]) -> xr.Dataset:
    """Return all points of several branches of one map one after another, along `point`.

    A cycle has one point for each phase. The variables are the ``branch``, counted from 0, its ``period``, the
    ``position`` along it, the ``phase``, the parameter, whether the cycle is ``stable``, and the coordinates ``x1``,
    ``x2``, ...
    """
    pieces: dict[str, list[NDArray[Any]]] = {}
    for number, branch in enumerate(branches):
        count, period, size = branch.points.shape
        each = {
            "branch": np.full(count * period, number),
            "period": np.full(count * period, period),
            "position": np.repeat(np.arange(count), period),
            "phase": np.tile(np.arange(period), count),
            branch.parameter: np.repeat(branch.values, period),
            "stable": np.repeat(branch.stable, period),
            **{f"x{k + 1}": branch.points[:, :, k].ravel() for k in range(size)},
        }
        for name, values in each.items():
            pieces.setdefault(name, []).append(values)
    return xr.Dataset({name: ("point", np.concatenate(parts)) for name, parts in pieces.items()})
