r"""The law of landing on networks: 2/eta - S at the end of gradient descent, predicted at the minimum at the edge.

A network is trained to a minimum, and the sharpness is followed down along the minima as long as the law's two small
numbers are not small: gap/S, and the lag kappa of the normal modes (`MinimumFlip`). There the step size is set to 2/S.
Gradient descent begins above, at a steeper minimum, displaced along u onto the parabola (`reduced`).
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from edgestab.errors import InputError
from edgestab.numerics.networks.experiments.result import ExperimentResult, without_edge
from edgestab.numerics.networks.losses.objective import Objective
from edgestab.numerics.networks.optimizers.gradient_descent import gradient_descent
from edgestab.numerics.networks.specs.problems import problem
from edgestab.numerics.networks.spectra.curvature import sharpness
from edgestab.numerics.networks.stabilization.minima import at_sharpness, minimum_near, towards
from edgestab.numerics.networks.stabilization.minimum_flip import MinimumFlip, flip_at_minimum
from edgestab.numerics.networks.stabilization.reduced import at_rest, drifting_swing, reduced_landing
from edgestab.numerics.networks.training.loop import iterates

TRAINED = 1e-20
"""A loss of an interpolating network below this is that of a minimum."""

DOWN = 0.97
"""By what factor the sharpness goes down at a time."""

TIMES = 100
"""How often at most."""

FARTHEST = 0.1
"""How far above the edge an orbit begins at most, as a part of 2/eta."""

RELATIVE = 0.2
"""gap/S counts five times as much as kappa."""

APART = 0.95
"""The second eigenvalue is at most this part of the first: else two directions are unstable together."""


NAMES = ("ratio", "reduced_ratio", "predicted", "reduced", "found", "drift", "second_at_end", "steps")
"""What an orbit gives; the other statistics are those of the minimum at the edge."""


def landing_on_minima(
    *,
    seed: int,
    network: str = "small-tanh-two",
    small: float = 0.05,
    above: float = 2.0,
    swing: float = 1.0,
    train: int = 4000,
    steps: int = 60000,
) -> ExperimentResult:
    r"""Predict where gradient descent lands on the minima of a network, and let it land.

    Parameters
    ----------
    network : str
        A name in `PROBLEMS`.
    small : float
        The sharpness is followed down until kappa and 5 gap/S are at most this, or the second eigenvalue is near the
        first; 0 to stay at the minimum that was trained.
    above : float
        How far above the edge the orbit begins, in units of the gap predicted, and at most by a tenth of 2/eta; below
        the edge, where nothing drifts, if negative.
    swing : float
        The displacement along u, in units of that of the drifting 2-cycle.
    train, steps : int
        Steps of training, and of the landing, at most.

    Returns
    -------
    ExperimentResult
        Statistics. At the minimum at the edge: ``share`` of C (`MinimumFlip`); ``kappa``; ``relative``, gap/S;
        ``second``, the second eigenvalue over S; ``bend``, k/C (`reduced`); ``gradients``, what G and C cost.
        ``ratio``, the gap found over G/(2C), and ``reduced_ratio``, over that of the reduced map; ``predicted``,
        ``reduced`` and ``found``, the three over S. ``second_at_end``, over S; ``steps``; ``drift``, by how much the
        sharpness of the minimum went down, over S. What needs an orbit is NaN where none was begun, as C or C - k is
        not positive, or none came to rest.

    Raises
    ------
    InputError
        For an unknown problem, or when the training comes to no minimum.
    """
    of = problem(network, seed)
    objective = of.objective
    w, flip = _down(objective, trained(objective, of.start, train), small)
    edge, eta = flip.sharpness, 2 / flip.sharpness
    known = {
        "share": flip.share,
        "kappa": flip.lag,
        "relative": flip.gap / edge,
        "second": flip.second / edge,
        "gradients": float(flip.gradients),
    }
    if not (flip.cubic > 0 and flip.pull > 0):
        return without_edge((*NAMES, "bend"), **known)
    excess = max(min(above * flip.gap, FARTHEST * edge), -FARTHEST * edge)
    begun, there = at_sharpness(objective, w, edge + excess)
    bend = (there.pull - flip.pull) / (2 * excess)
    known["bend"] = bend / flip.cubic
    displaced = swing * drifting_swing(flip, max(excess, 0.0), bend)
    if not displaced > 0:
        return without_edge(NAMES, **known)
    landed = _land(objective, begun + displaced * there.u, eta, at_rest(flip), steps)
    if landed.w is None:
        return without_edge(NAMES, **known)
    at_end = flip_at_minimum(objective, landed.w)
    gap = reduced_landing(flip, eta, excess, displaced, bend=bend).gap
    found = edge - at_end.sharpness
    orbit = (
        found / flip.gap,
        found / gap,
        flip.gap / edge,
        gap / edge,
        found / edge,
        (excess + found) / edge,
        at_end.second / edge,
        float(landed.steps),
    )
    return ExperimentResult(known | dict(zip(NAMES, orbit, strict=True)))


def trained(objective: Objective, w: Tensor, steps: int) -> Tensor:
    """Return the minimum to which gradient descent at half the first edge leads, and Newton's steps at its end."""
    eta = 1 / sharpness(objective, w)
    for here in iterates(objective, gradient_descent(eta), w):
        w = here.w
        if here.t == steps or here.loss < TRAINED:
            break
        if not here.finite:
            raise InputError(f"training {objective.name} diverged at eta = {eta:.4g}: start it from another seed")
    return minimum_near(objective, w)


def _down(objective: Objective, w: Tensor, small: float) -> tuple[Tensor, MinimumFlip]:
    """The first minimum down the slope of the sharpness where the law's numbers are small, or the last looked at."""
    flip = flip_at_minimum(objective, w)
    for _ in range(TIMES if small > 0 else 0):
        good = flip.cubic > 0 and max(flip.lag, flip.gap / flip.sharpness / RELATIVE) <= small
        if good or flip.second > APART * flip.sharpness or not flip.pull > 0:
            break
        w, flip = towards(objective, w, flip, (DOWN - 1) * flip.sharpness)
    return w, flip


@dataclass(frozen=True)
class _Landed:
    """The minimum where an orbit landed, or None, and how many steps it took."""

    w: Tensor | None
    steps: int


def _land(objective: Objective, w: Tensor, eta: float, low: float, steps: int) -> _Landed:
    for here in iterates(objective, gradient_descent(eta), w):
        swing = eta * here.gradient / 2
        if not here.finite or here.t == steps:
            return _Landed(None, here.t)
        if float(swing @ swing) < low:
            return _Landed(minimum_near(objective, here.w - swing, scale=2 / eta), here.t)
    raise AssertionError  # the iterates do not end
