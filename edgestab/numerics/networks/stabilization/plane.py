r"""The plane in which a late trajectory bounces and drifts, and the parabola it draws there.

Three consecutive iterates are split into a midpoint and a swing,

.. math:: m_t = \tfrac14(w_{t-1} + 2w_t + w_{t+1}), \qquad h_t = \tfrac14(2w_t - w_{t-1} - w_{t+1}), \qquad
          w_t = m_t + h_t,

which are the slow and the alternating part of an oscillation of period two. The plane is spanned by the main direction
of the swings and, across it, the main direction in which the midpoints drift.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from edgestab.errors import InputError

Array = NDArray[np.float64]


class Splitter:
    """Midpoints and swings of a trajectory of any length, at about evenly spaced steps of one parity.

    Parameters
    ----------
    keep : int
        It holds between `keep` and twice as many.

    Examples
    --------
    >>> import torch
    >>> splitter = Splitter()
    >>> for t in range(5):
    ...     splitter(torch.tensor([(-1.0) ** t, 0.1 * t], dtype=torch.float64))
    >>> splitter.steps, splitter.midpoints.round(3).tolist(), splitter.swings.round(3).tolist()
    ([1, 3], [[0.0, 0.1], [0.0, 0.3]], [[-1.0, 0.0], [-1.0, 0.0]])
    """

    def __init__(self, keep: int = 150) -> None:
        self._keep, self._every, self._seen = keep, 2, 0
        self._window: deque[Tensor] = deque(maxlen=3)
        self._kept: list[tuple[int, Array, Array]] = []

    def __call__(self, w: Tensor) -> None:
        """Take the next iterate."""
        self._window.append(w)
        t = self._seen - 1
        self._seen += 1
        if len(self._window) < 3 or (t - 1) % self._every:
            return
        before, here, after = self._window
        middle = (before + 2 * here + after) / 4
        self._kept.append((t, middle.cpu().double().numpy(), (here - middle).cpu().double().numpy()))
        if len(self._kept) >= 2 * self._keep:
            self._kept = self._kept[::2]
            self._every *= 2

    @property
    def steps(self) -> list[int]:
        """The t of each, counted from the first iterate that was taken."""
        return [t for t, _, _ in self._kept]

    @property
    def midpoints(self) -> Array:
        """Shape (n, p)."""
        return np.array([m for _, m, _ in self._kept])

    @property
    def swings(self) -> Array:
        """Shape (n, p)."""
        return np.array([h for _, _, h in self._kept])


@dataclass(frozen=True)
class Plane:
    """Two directions and what of a trajectory lies along them.

    Parameters
    ----------
    origin, swing, drift : ndarray
        The last midpoint, and two orthonormal directions, shape (p,).
    x, z : ndarray
        The swings along the first and the midpoints from the origin along the second, shape (n,).
    share : float
        What part of all squared swings and of the midpoints' variance lies in the plane.
    swing_share, drift_share : float
        The same of the swings and of the midpoints by themselves.
    """

    origin: Array
    swing: Array
    drift: Array
    x: Array
    z: Array
    share: float
    swing_share: float
    drift_share: float


def plane_of(midpoints: Array, swings: Array) -> Plane:
    """Return the plane of a late trajectory, given by a `Splitter`.

    Parameters
    ----------
    midpoints, swings : ndarray
        Shape (n, p), n at least 3.

    Raises
    ------
    InputError
        When there are too few of them, or they do not move.

    Examples
    --------
    Swings along the first axis, midpoints that drift along the second:

    >>> swings = np.array([[3.0, 0, 0], [2, 0, 0], [1, 0, 0]])
    >>> found = plane_of(np.array([[0.0, -9, 0], [0, -4, 0], [0, -1, 0]]), swings)
    >>> found.x, found.z, round(found.share, 9)
    (array([3., 2., 1.]), array([-8., -3.,  0.]), 1.0)
    """
    if len(midpoints) < 3 or midpoints.shape != swings.shape:
        raise InputError(f"a plane needs at least 3 midpoints with their swings, got {len(midpoints)}")
    swing = _main(swings)
    x = swings @ swing
    centred = midpoints - midpoints.mean(axis=0)
    across = centred - np.outer(centred @ swing, swing)
    drift = _main(across)
    if (midpoints[-1] - midpoints[0]) @ drift < 0:
        drift = -drift
    if x.sum() < 0:
        swing, x = -swing, -x
    z = (midpoints - midpoints[-1]) @ drift
    both = np.column_stack([swing, drift])
    inside = np.array([((rows @ both) ** 2).sum() for rows in (swings, centred)])
    whole = np.array([(rows**2).sum() for rows in (swings, centred)])
    swing_share, drift_share = inside / whole
    return Plane(midpoints[-1], swing, drift, x, z, float(inside.sum() / whole.sum()), swing_share, drift_share)


@dataclass(frozen=True)
class Parabola:
    r"""The least-squares fit :math:`z = z_0 + \kappa x^2`.

    Parameters
    ----------
    vertex, curvature : float
        z_0 and kappa.
    r_squared : float
        The part of the variance of z that it explains.
    """

    vertex: float
    curvature: float
    r_squared: float

    def curve(self, x: Array, points: int = 201) -> dict[str, Array]:
        """Return the parabola over the range of x on both sides, as the columns ``fit_x`` and ``fit_z``."""
        reach = float(np.abs(x).max())
        along = np.linspace(-reach, reach, points)
        return {"fit_x": along, "fit_z": self.vertex + self.curvature * along**2}


def fit_parabola(x: Array, z: Array) -> Parabola:
    """Return the parabola through points of shape (n,) each.

    Examples
    --------
    >>> x = np.array([3.0, -2.0, 1.0])
    >>> fit = fit_parabola(x, 5 - x**2 / 2)
    >>> round(fit.vertex, 9), round(fit.curvature, 9), round(fit.r_squared, 9)
    (5.0, -0.5, 1.0)
    """
    scale = float((x**2).max())
    if not scale > 0 or not np.ptp(z) > 0:
        raise InputError("a parabola needs points that differ in both coordinates")
    design = np.column_stack([np.ones_like(x), x**2 / scale])
    found = np.linalg.lstsq(design, z, rcond=None)[0]
    rest = z - design @ found
    return Parabola(float(found[0]), float(found[1] / scale), float(1 - rest @ rest / ((z - z.mean()) ** 2).sum()))


def _main(rows: Array) -> Array:
    """The direction along which rows are longest in the mean square: the first right singular vector."""
    gram = rows @ rows.T
    values, vectors = np.linalg.eigh(gram)
    if not values[-1] > 0:
        raise InputError("the trajectory does not move: take iterates from before it has converged")
    main = rows.T @ vectors[:, -1]
    return np.asarray(main / np.linalg.norm(main))
