r"""Rotation of the top eigenvector in instabilities, its reversal, depth, and flattening (Wang & Roberts 2024).

An *instability* is the time from where sharpness at midpoints rises above 2/eta to where it does so again. Its size
is the amplitude :math:`|x|` of the alternation along u, which grows while :math:`S > 2/\eta` and decays after. The
*peak* is where it is largest; *before* and *after* are where it was and is again a twentieth of that.

Two rotations must be told apart. The eigenvector at the iterates, of one phase of the alternation, turns with x, since
:math:`\nabla^2L(w + xu) \approx \nabla^2L(w) + xD^3L[u]`. The eigenvector at midpoints turns with the path alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from math import nan

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from edgestab.numerics.networks.architectures.mlp import mlp
from edgestab.numerics.networks.data.digits import digits_parity
from edgestab.numerics.networks.experiments.history import follow
from edgestab.numerics.networks.experiments.result import ExperimentResult
from edgestab.numerics.networks.losses.criteria import squared_error
from edgestab.numerics.networks.losses.network import network_objective
from edgestab.numerics.networks.losses.objective import Objective
from edgestab.numerics.networks.optimizers.gradient_descent import gradient_descent
from edgestab.numerics.networks.specs.problems import problem
from edgestab.numerics.networks.spectra.curvature import midpoint, sharpness
from edgestab.numerics.networks.spectra.eigen import Tracker
from edgestab.numerics.networks.spectra.rotation import Polarity, angle, polarity, similarity_in_time
from edgestab.numerics.networks.spectra.trace import trace
from edgestab.numerics.networks.training.loop import iterates

Array = NDArray[np.float64]

FAINT = 0.05
"""The amplitude at which an instability has not begun or is over, relative to its peak."""


@dataclass(frozen=True)
class Turning:
    r"""Gradient descent with eigenvectors at every iterate and every midpoint.

    Parameters
    ----------
    relative : ndarray, shape (T,)
        eta S/2 at midpoints.
    amplitude : ndarray, shape (T,)
        |x|: the distance of the iterate from its midpoint along u there.
    losses : ndarray, shape (T,)
        At the iterates.
    gaps : ndarray, shape (T,)
        Eigengaps at midpoints.
    iterates, path : list of Tensor
        The top eigenvectors at the iterates and at midpoints.
    """

    relative: Array
    amplitude: Array
    losses: Array
    gaps: Array
    iterates: list[Tensor]
    path: list[Tensor]

    @property
    def crossings(self) -> list[int]:
        """Where sharpness at midpoints rises above the edge."""
        above = self.relative > 1
        return [int(t) for t in np.flatnonzero(~above[:-1] & above[1:])]

    def speed(self, vectors: list[Tensor], lag: int) -> Array:
        """The angle turned in the last `lag` steps, shape (T,); NaN at the first ones."""
        turned = [angle(vectors[t], vectors[t - lag]) for t in range(lag, len(vectors))]
        return np.array([nan] * lag + turned)


def turning(objective: Objective, w: Tensor, eta: float, steps: int, *, tolerance: float = 1e-4) -> Turning:
    """Return so many steps of gradient descent with its eigenvectors."""
    here, between = Tracker(1, tolerance=tolerance), Tracker(1, tolerance=tolerance)
    columns: list[tuple[float, float, float, float]] = []
    vectors, path = [], []
    run = iterates(objective, gradient_descent(eta), w, curved=True)
    before = next(run)
    for now in islice(run, steps):
        middle = objective.at(midpoint(before.w, now.w, now.after[0]))
        top = between(middle.hvp, middle.gradient)
        u = top.vectors[:, 0]
        columns.append((float(top.values[0]) * eta / 2, abs(float(u @ (now.w - middle.w))), now.loss, top.gap))
        path.append(u)
        vectors.append(here(now.point.hvp, now.gradient).vectors[:, 0])
        before = now
    relative, amplitude, losses, gaps = np.array(columns).T
    return Turning(relative, amplitude, losses, gaps, vectors, path)


def rotation_in_instabilities(
    *, seed: int, network: str = "chebyshev", eta: float = 0.2, steps: int = 1250, overshoot: float = 1.03
) -> ExperimentResult:
    r"""Train by gradient descent and compare the rotation of u in and out of instabilities.

    Parameters
    ----------
    seed : int
        Of the start.
    network : str
        A name in `PROBLEMS`.
    eta : float
        The step size.
    steps : int
        How many.
    overshoot : float
        The least maximum of eta S/2 of an instability that is counted.

    Returns
    -------
    ExperimentResult
        Statistics: ``instabilities`` (how many came to an end); over them the mean ``polarity`` of the rotation at
        the iterates (see `edgestab.numerics.networks.spectra.rotation`) and ``path_polarity``, that of the path;
        ``rising`` (the probability that u turns more in two steps over which the loss rises than in two over which it
        falls, at the iterates after the first crossing) and ``path_rising`` (in one step of the path); ``excess`` and
        ``path_excess`` (the ratio of the means of these rotations); ``gap`` (the least eigengap of the path until the
        last instability ended). NaN where there is nothing to compare.
        Series: step, relative_sharpness, amplitude, loss, gap, rotation (at the iterates, over two steps),
        path_rotation, time and similarity (|cos| between the path's eigenvectors at these times, for a heat map).
    """
    of = problem(network, seed)
    objective = of.objective
    run = turning(objective, of.start, eta, steps)
    found = [instability(run, first, last) for first, last in _between(run, overshoot)]
    here, path = [p for p, _, _ in found if p], [p for _, p, _ in found if p]
    turned, along = run.speed(run.iterates, 2), run.speed(run.path, 1)
    settled = np.arange(len(run.losses)) > (run.crossings[0] if run.crossings else steps)
    rises = np.append([False, False], run.losses[2:] > run.losses[:-2])
    last = max((end for _, _, end in found), default=len(run.gaps))
    times = np.unique(np.linspace(0, len(run.path) - 1, 80).astype(int))
    return ExperimentResult(
        {
            "instabilities": float(len(found)),
            "polarity": _mean([p.polarity for p in here]),
            "path_polarity": _mean([p.polarity for p in path]),
            "rising": superiority(turned[settled & rises], turned[settled & ~rises]),
            "path_rising": superiority(along[settled & rises], along[settled & ~rises]),
            "excess": _mean(turned[settled & rises]) / _mean(turned[settled & ~rises]),
            "path_excess": _mean(along[settled & rises]) / _mean(along[settled & ~rises]),
            "gap": float(run.gaps[: last + 1].min()),
        },
        {
            "step": np.arange(len(run.losses), dtype=np.float64),
            "relative_sharpness": run.relative,
            "amplitude": run.amplitude,
            "loss": run.losses,
            "gap": run.gaps,
            "rotation": turned,
            "path_rotation": along,
            "time": times.astype(np.float64),
            "similarity": similarity_in_time([run.path[t] for t in times]),
        },
    )


def instability(run: Turning, first: int, last: int) -> tuple[Polarity, Polarity, int]:
    """Return the polarity of an instability at the iterates and along the path, and when it was over."""
    peak = first + int(np.argmax(run.amplitude[first : last + 1]))
    faint = np.flatnonzero(run.amplitude <= FAINT * run.amplitude[peak])
    before = max(int(faint[faint < peak].max(initial=first)), first)
    after = min(int(faint[faint > peak].min(initial=last)), last)
    # Of the phase of the peak: at the other, u is turned to the other side.
    same = [t - (t - peak) % 2 for t in (before, peak, after)]
    one, two, three = (run.iterates[t] for t in same)
    a, b, c = (run.path[t] for t in (before, peak, after))
    return polarity(one, two, three), polarity(a, b, c), after


def rotation_without_depth(*, seed: int, layers: int = 0, fraction: float = 0.9, steps: int = 200) -> ExperimentResult:
    r"""Train a tanh MLP of a number of hidden layers, and measure how far its top eigenvector turns.

    Without a hidden layer the loss is quadratic, its Hessian constant, and nothing can turn: a negative control.

    Parameters
    ----------
    seed : int
        Of the start.
    layers : int
        Hidden layers of 24 tanh neurons; the task is the parity of 300 digits.
    fraction : float
        eta S/2 at the start.
    steps : int
        How many.

    Returns
    -------
    ExperimentResult
        Statistics: ``turned`` (the angle between u of the path at the start and at the end), ``way`` (the sum of the
        angles between), ``change`` (of S, from start to end, relative).
    """
    network = mlp((64, *[24] * layers, 1))
    objective = network_objective(network, digits_parity(300), squared_error(0.5))
    w = objective.vector(network.start(seed))
    eta = 2 * fraction / sharpness(objective, w)
    run = turning(objective, w, eta, steps, tolerance=1e-8)
    return ExperimentResult(
        {
            "turned": angle(run.path[0], run.path[-1]),
            "way": float(np.nansum(run.speed(run.path, 1))),
            "change": float(run.relative[-1] / run.relative[0] - 1),
        }
    )


def flattening(
    *,
    seed: int,
    network: str = "chebyshev",
    eta: float = 0.2,
    factor: float = 1.25,
    before: int = 1500,
    after: int = 1000,
    probes: int = 100,
) -> ExperimentResult:
    r"""Train with eta to its edge, and from there for the same time with eta and factor * eta: progressive flattening.

    Parameters
    ----------
    seed : int
        Of the start.
    network : str
        A name in `PROBLEMS`.
    eta, factor : float
        The step size, and what it is raised by.
    before, after : int
        Steps with eta before the rise and after it; with factor * eta, after/factor. Without any before, two step sizes
        are compared from the start.
    probes : int
        Of the trace, the same at both ends.

    Returns
    -------
    ExperimentResult
        Statistics, the larger step size over the smaller: ``sharpness``, ``trace`` and ``loss``; and
        ``relative`` (mean S factor eta/2 over the last third after the rise).
        Series: step, relative_sharpness (over 2/eta throughout).

    Raises
    ------
    RuntimeError
        When the orbit diverges after the rise: at S factor eta near 4 there is no way back.
    """
    of = problem(network, seed)
    objective = of.objective
    rule, raised = gradient_descent(eta), gradient_descent(factor * eta)
    start = follow(objective, rule, rule.start(of.start), before)
    w = start.state[0]
    same = follow(objective, rule, rule.start(w), after)
    large = follow(objective, raised, raised.start(w), round(after / factor))
    ends = [midpoint(h.state[0], r.step(h.state, objective.gradient(h.state[0]))[0])
            for h, r in ((same, rule), (large, raised))]  # fmt: skip
    values = [sharpness(objective, e, tolerance=1e-4) for e in ends]
    traces = []
    for end in ends:
        point = objective.at(end)
        traces.append(trace(point.hvp, point.gradient, probes=probes, seed=seed))
    losses = [objective.loss(e) for e in ends]
    late = large.sharpness[large.steps >= 2 * round(after / factor) / 3]
    return ExperimentResult(
        {
            "sharpness": values[1] / values[0],
            "trace": traces[1].value / traces[0].value,
            "loss": losses[1] / losses[0],
            "relative": float(late.mean() / raised.edge),
        },
        {
            "step": np.concatenate([start.steps, before + large.steps]),
            "relative_sharpness": np.concatenate([start.sharpness, large.sharpness]) / rule.edge,
        },
    )


def superiority(a: Array, b: Array) -> float:
    """Return the probability that a value of a is above one of b (Mann & Whitney 1947); NaN where either is empty.

    Examples
    --------
    >>> superiority(np.array([2.0, 3.0]), np.array([1.0, 3.0]))
    0.625
    """
    if not len(a) or not len(b):
        return nan
    known = np.sort(b)
    below, up_to = np.searchsorted(known, a, "left"), np.searchsorted(known, a, "right")
    return float((below + up_to).mean() / (2 * len(b)))


def _between(run: Turning, overshoot: float) -> list[tuple[int, int]]:
    """First and last step of every instability that went far enough and was over before the run was."""
    crossings = run.crossings
    found = []
    for first, end in zip(crossings, [*crossings[1:], len(run.relative) - 1][: len(crossings)], strict=True):
        peak = first + int(np.argmax(run.amplitude[first : end + 1]))
        over = (run.amplitude[peak:end] <= FAINT * run.amplitude[peak]).any()
        if run.relative[first : end + 1].max() >= overshoot and over:
            found.append((first, end))
    return found


def _mean(values: list[float] | Array) -> float:
    return float(np.mean(values)) if len(values) else nan
