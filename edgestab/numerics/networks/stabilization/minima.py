r"""Minima of a network: the one beside a point, and the one of a given sharpness along the slope of the sharpness."""

from __future__ import annotations

import torch
from torch import Tensor

from edgestab.errors import InputError
from edgestab.numerics.networks.losses.objective import Objective
from edgestab.numerics.networks.spectra.curvature import sharpness
from edgestab.numerics.networks.spectra.ritz import EigenError
from edgestab.numerics.networks.spectra.split import split
from edgestab.numerics.networks.stabilization.minimum_flip import MinimumFlip, flip_at_minimum

FLAT = 1e-7
"""Beside a minimum the Hessian has eigenvalues of this part of the largest, of either sign, along the minima."""

LONGEST = 0.05
"""The longest step along the minima, as a part of the norm of w."""


def minimum_near(
    objective: Objective, w: Tensor, *, scale: float | None = None, steps: int = 40, within: float = 1e-12
) -> Tensor:
    r"""Return the minimum beside a point, by Newton's steps across the minima.

    That the loss falls in no direction is seen of those alone that the gradient has a part along.

    Parameters
    ----------
    objective : Objective
        The loss.
    w : Tensor
        Shape (p,), so near that Newton's steps come there.
    scale : float, optional
        The sharpness thereabouts, where it is known.
    steps : int
        At most so many.
    within : float
        The last step is at most this part of w.

    Raises
    ------
    InputError
        When they do not come to a minimum.

    Examples
    --------
    >>> quartic = Objective("quartic", 2, (lambda w: (1 - (w[0] * w[1]) ** 2) ** 2 / 4,))
    >>> w = minimum_near(quartic, torch.tensor([2.0, 0.6], dtype=torch.float64))
    >>> round(float(w[0] * w[1]), 12)
    1.0
    """
    w = objective.vector(w)
    try:
        scale = sharpness(objective, w) if scale is None else scale
        for _ in range(steps):
            point = objective.at(w)
            found = split(point.hvp, point.gradient, scale, floor=FLAT, tolerance=1e-6)
            curved_down = found.lowest < -FLAT * scale
            if curved_down:  # as off any minimum: what is no steeper than that is left alone
                floor = min(-2 * found.lowest / scale, 0.9)
                found = split(point.hvp, point.gradient, scale, floor=floor, tolerance=floor)
            small = float(found.inverse.norm()) <= within * float(w.norm())
            w = w - found.inverse
            if small and not curved_down:
                return w
    except EigenError as error:
        raise InputError(f"Newton's steps on {objective.name} came to no minimum: {error}") from None
    raise InputError(f"Newton's steps on {objective.name} came to no minimum from there: train for longer")


def towards(objective: Objective, w: Tensor, flip: MinimumFlip, change: float) -> tuple[Tensor, MinimumFlip]:
    """Return the minimum one step along the slope of the sharpness, and its flip.

    Parameters
    ----------
    objective : Objective
        The loss.
    w : Tensor
        A minimum, shape (p,).
    flip : MinimumFlip
        Its flip, with a slope that is not zero.
    change : float
        By how much the sharpness is to change, to first order; a step is at most a twentieth of the norm of w.
    """
    move = flip.slope * (change / flip.pull)
    most = LONGEST * float(w.norm())
    w = minimum_near(objective, w + move * min(1.0, most / float(move.norm())), scale=flip.sharpness)
    return w, flip_at_minimum(objective, w, start=torch.cat([flip.tracked, flip.slope[:, None]], dim=1))


def at_sharpness(
    objective: Objective, w: Tensor, target: float, *, steps: int = 200, within: float = 1e-10
) -> tuple[Tensor, MinimumFlip]:
    r"""Return the minimum of a given sharpness that is reached along the slope of the sharpness, and its flip.

    Parameters
    ----------
    objective : Objective
        The loss.
    w : Tensor
        A minimum, shape (p,).
    target : float
        The sharpness.
    steps : int
        At most so many steps along the minima, each of at most a twentieth of the norm of w.
    within : float
        The relative error that is allowed in the sharpness.

    Raises
    ------
    InputError
        When the sharpness does not become that.

    Examples
    --------
    >>> quartic = Objective("quartic", 2, (lambda w: (1 - (w[0] * w[1]) ** 2) ** 2 / 4,))
    >>> w, flip = at_sharpness(quartic, torch.tensor([2.0, 0.5], dtype=torch.float64), 20.0)
    >>> round(flip.sharpness, 8), round(float(w[0] ** 2 + w[1] ** 2), 6)
    (20.0, 10.0)
    """
    flip = flip_at_minimum(objective, w)
    for _ in range(steps):
        off = target - flip.sharpness
        if abs(off) <= within * target:
            return w, flip
        if not flip.pull > 0:
            break
        w, flip = towards(objective, w, flip, off)
    raise InputError(f"along the minima of {objective.name} the sharpness does not become {target:.6g}")
