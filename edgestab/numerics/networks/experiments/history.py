r"""What the experiments on training share: an optimizer followed for some steps, with the sharpness along the way.

Sharpness is the top eigenvalue of :math:`P^{-1}H` at the midpoint of consecutive iterates, where the oscillation of
period two at the edge cancels; P is the optimizer's preconditioner.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray

from edgestab.numerics.networks.losses.objective import Objective
from edgestab.numerics.networks.optimizers.optimizer import Optimizer, State
from edgestab.numerics.networks.spectra.eigen import Tracker
from edgestab.numerics.networks.spectra.preconditioned import preconditioned
from edgestab.numerics.networks.training.loop import iterates

Array = NDArray[np.float64]


@dataclass(frozen=True)
class History:
    """Steps of one optimizer.

    Parameters
    ----------
    state : tuple of Tensor
        After the last step.
    losses : ndarray
        Before every step.
    steps : ndarray
        When the sharpness was measured.
    sharpness : ndarray
        At these steps, in absolute units.
    slopes : ndarray
        grad L . grad S there, negative where gradient flow sharpens; nan for an optimizer with a preconditioner.
    """

    state: State
    losses: Array
    steps: Array
    sharpness: Array
    slopes: Array

    @property
    def loss_series(self) -> dict[str, Array]:
        """At most 2000 losses and their steps, for figures."""
        thin = slice(None, None, max(1, len(self.losses) // 2000))
        return {"loss_step": np.arange(len(self.losses), dtype=np.float64)[thin], "loss": self.losses[thin]}


def follow(
    objective: Objective, rule: Optimizer, state: State, steps: int, *, every: int = 10, tolerance: float = 1e-4
) -> History:
    """Take steps and measure the sharpness every so many.

    Parameters
    ----------
    state : tuple of Tensor
        From `rule.start` or from an earlier history.
    tolerance : float
        Relative residual of the eigenpairs.

    Raises
    ------
    RuntimeError
        When the loss is no longer finite.
    """
    tracker = Tracker(1, tolerance=tolerance)
    losses, times, sharpness, slopes = [], [], [], []
    for here in iterates(objective, rule, state):
        state = here.state
        if here.t == steps:
            break
        losses.append(here.loss)
        if not np.isfinite(here.loss):
            raise RuntimeError(
                f"{rule.name} with eta = {rule.eta:g} diverges at step {here.t}: take a smaller step size"
            )
        if here.t % every == 0:
            point = objective.at(here.midpoint)
            found = preconditioned(point, rule, here.after, tracker)
            times.append(here.t)
            sharpness.append(found.sharpness)
            u = found.pairs.vectors[:, 0]
            plain = rule.preconditioner(here.after) is None
            slopes.append(float(point.gradient @ point.third(u, u)) if plain else nan)
    return History(state, np.array(losses), np.array(times, dtype=np.float64), np.array(sharpness), np.array(slopes))
