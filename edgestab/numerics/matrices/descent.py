"""Gradient descent from many starts with many step sizes at once; a run that has ended is taken out of the batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgestab.errors import InputError
from edgestab.numerics.inputs import numbers
from edgestab.numerics.matrices.backend import Array
from edgestab.numerics.matrices.model import ArrayModel, step


class Outcome(IntEnum):
    """What became of a run."""

    UNDECIDED = 0
    CONVERGED = 1
    DIVERGED = 2


@dataclass(frozen=True)
class Rules:
    """When a run ends.

    Parameters
    ----------
    gradient : float
        A run has converged when its gradient's norm is at most this multiple of that of the unit, loss(0) divided by
        the norm of the parameters, and its loss is above the infimum by at most `excess` times loss(0): a saddle is
        no end.
    excess : float
        See above.
    ceiling : float
        A run has diverged when its loss is above this multiple of loss(0), or no number.
    every : int
        Tests are made every so many steps; the step of the end is then found by repeating these.
    """

    gradient: float = 1e-12
    excess: float = 1e-9
    ceiling: float = 1e6
    every: int = 16


@dataclass(frozen=True)
class Descent:
    """What became of m runs.

    Parameters
    ----------
    etas : ndarray
        Shape (m,).
    outcomes : ndarray
        `Outcome` of each, shape (m,).
    steps : ndarray
        After how many steps it ended, or was left undecided, shape (m,).
    ends : ndarray
        Where it was then, shape (m, p).
    losses : ndarray
        The loss there, shape (m,).
    slack : ndarray
        For an undecided run, the least over q = 1, ..., 64 of the distance between its end and the iterate q steps
        later, relative to the norm of the end: near rounding it rests on a cycle; small but above, it is still
        slowing down.
    periods : ndarray
        The least such q whose distance is within 10 of the smallest, or rests.
    settling : ndarray
        Whether that distance is smaller 64 steps later: else an orbit near a cycle is leaving it.
    """

    etas: NDArray[np.float64]
    outcomes: NDArray[np.int64]
    steps: NDArray[np.int64]
    ends: NDArray[np.float64]
    losses: NDArray[np.float64]
    slack: NDArray[np.float64]
    periods: NDArray[np.int64]
    settling: NDArray[np.bool_]

    def sentence(self, run: int) -> str:
        """Say what became of one run."""
        outcome, steps = Outcome(int(self.outcomes[run])), int(self.steps[run])
        if outcome is Outcome.CONVERGED:
            return f"converged after {steps} steps, loss {self.losses[run]:.3g}"
        if outcome is Outcome.DIVERGED:
            return f"diverged after {steps} steps"
        slack, period = float(self.slack[run]), int(self.periods[run])
        if slack <= RESTS:
            return f"undecided after {steps} steps: it repeats every {period} steps to {slack:.1g}"
        if slack <= SLOWS and self.settling[run]:
            return (
                f"undecided after {steps} steps: critical slowing, iterates {period} apart differ by {slack:.1g}; "
                "take more steps, or a step size farther from a bifurcation"
            )
        if slack <= SLOWS:
            return (
                f"undecided after {steps} steps: it is near a cycle of period {period}, to {slack:.1g}, and leaves it"
            )
        return f"undecided after {steps} steps: it moves on and repeats nothing within {LONGEST} steps"


RESTS = 1e-10
"""Slack up to which an undecided run rests on a cycle."""
SLOWS = 1e-3
"""Slack up to which it is said to slow down towards one."""
LONGEST = 64


def descend(model: ArrayModel, starts: ArrayLike, etas: ArrayLike, steps: int, rules: Rules | None = None) -> Descent:
    """Run gradient descent from every start with its step size.

    Parameters
    ----------
    model : ArrayModel
        The loss.
    starts : array_like
        Shape (m, p), or (p,) or (1, p), the same for all.
    etas : array_like
        A number, or shape (m,); positive.
    steps : int
        How many at most.
    rules : Rules, optional
        When a run ends.

    Returns
    -------
    Descent
        The same, bit by bit, whatever other runs are in the batch.

    Raises
    ------
    InputError
        When the shapes do not fit, a start is not finite, or a step size is not positive.

    Examples
    --------
    >>> from edgestab.numerics.matrices.factorization import factorization
    >>> model = factorization(np.diag([10.0, 9.5, 9.0]), depth=3)
    >>> from edgestab.numerics.matrices.starts import small
    >>> found = descend(model, small(model, 0.01), [0.02, 0.036, 0.2], 3000)
    >>> [Outcome(o).name for o in found.outcomes], int(found.periods[1])
    (['CONVERGED', 'UNDECIDED', 'DIVERGED'], 2)
    """
    rules = rules or Rules()
    rates, w = _read(model, starts, etas, steps)
    m, xp = len(rates), model.backend
    outcomes, taken = np.zeros(m, dtype=np.int64), np.full(m, steps, dtype=np.int64)
    ends, losses = np.array(w), np.zeros(m)
    alive = np.arange(m)
    here, eta = xp.array(w), xp.array(rates[:, None])
    done = 0
    with xp.quiet():
        while len(alive) and done < steps:
            length = min(rules.every, steps - done)
            before = here
            for _ in range(length):
                here = step(model, here, eta)
            ended = np.flatnonzero(_ended(model, here, rules))
            if len(ended):
                late, rate = xp.rows(before, ended), xp.rows(eta, ended)
                outcome, count, where = _replay(model, late, rate, rules, length)
                lanes = alive[ended]
                outcomes[lanes], taken[lanes], ends[lanes] = outcome, done + count, where
                kept = np.setdiff1d(np.arange(len(alive)), ended)
                alive, here, eta = alive[kept], xp.rows(here, kept), xp.rows(eta, kept)
            done += length
        if len(alive):
            ends[alive] = xp.numpy(here)
        losses[:] = xp.numpy(model.loss_and_gradient(xp.array(ends))[0])
        slack, periods, settling = np.zeros(m), np.ones(m, dtype=np.int64), np.zeros(m, dtype=np.bool_)
        which = outcomes == Outcome.UNDECIDED
        if which.any():
            slack[which], periods[which], settling[which] = _repeats(model, ends[which], rates[which])
    return Descent(rates, outcomes, taken, ends, losses, slack, periods, settling)


def iterates(model: ArrayModel, starts: ArrayLike, etas: ArrayLike, steps: int) -> Iterator[Array]:
    """Yield the start and the iterates after 1, ..., `steps` steps, each of shape (m, p), on the model's backend."""
    rates, w = _read(model, starts, etas, steps)
    here, eta = model.backend.array(w), model.backend.array(rates[:, None])
    yield here
    for _ in range(steps):
        with model.backend.quiet():
            here = step(model, here, eta)
        yield here


def _read(
    model: ArrayModel, starts: ArrayLike, etas: ArrayLike, steps: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    w, rates = np.atleast_2d(numbers(starts, "the starts")), np.atleast_1d(numbers(etas, "step sizes"))
    if w.ndim != 2 or w.shape[1] != model.size or rates.ndim != 1:
        raise InputError(f"starts have shape (m, {model.size}) and step sizes (m,), got {w.shape} and {rates.shape}")
    if not (np.isfinite(rates).all() and (rates > 0).all()):
        raise InputError(f"step sizes must be positive and finite, got {rates[~(rates > 0)][:1].tolist() or 'inf'}")
    if not np.isfinite(w).all():
        raise InputError("starts must be finite: one has an entry that is infinite or not a number")
    if steps < 0:
        raise InputError(f"the number of steps must not be negative, got {steps}")
    m = max(len(w), len(rates))
    if len(w) not in (1, m) or len(rates) not in (1, m):
        raise InputError(f"{len(w)} starts and {len(rates)} step sizes do not fit: give one of them, or as many")
    return np.array(np.broadcast_to(rates, (m,))), np.array(np.broadcast_to(w, (m, w.shape[1])))


def _tests(model: ArrayModel, w: Array, rules: Rules) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which rows have converged, and which have diverged."""
    numpy = model.backend.numpy
    loss, gradient = model.loss_and_gradient(w)
    value, slope = numpy(loss), numpy((gradient * gradient).sum(1)) ** 0.5
    size = numpy((w * w).sum(1)) ** 0.5
    unit = model.unit
    diverged = ~(value <= rules.ceiling * unit)
    converged = (slope * size <= rules.gradient * unit) & (value - model.floor <= rules.excess * unit)
    return converged & ~diverged, diverged


def _ended(model: ArrayModel, w: Array, rules: Rules) -> NDArray[np.bool_]:
    converged, diverged = _tests(model, w, rules)
    return np.asarray(converged | diverged)


def _replay(
    model: ArrayModel, w: Array, eta: Array, rules: Rules, length: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """The outcome of each row that ended within `length` steps, at which of them, and where."""
    m = len(eta)
    outcome, count = np.zeros(m, dtype=np.int64), np.zeros(m, dtype=np.int64)
    where = model.backend.numpy(w).copy()
    for number in range(length + 1):
        converged, diverged = _tests(model, w, rules)
        new = (outcome == Outcome.UNDECIDED) & (converged | diverged)
        outcome[new & converged], outcome[new & diverged] = Outcome.CONVERGED, Outcome.DIVERGED
        count[new] = number
        where[new] = model.backend.numpy(w)[new]
        if number < length:
            w = step(model, w, eta)
    return outcome, count, where


def _repeats(
    model: ArrayModel, ends: NDArray[np.float64], rates: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_]]:
    """How nearly each row repeats, after how many steps, and whether it does so more nearly later."""
    xp = model.backend
    w, eta, first = xp.array(ends), xp.array(rates[:, None]), ends
    size = np.linalg.norm(first, axis=1) + np.finfo(float).tiny
    apart = []
    for _ in range(LONGEST):
        w = step(model, w, eta)
        apart.append(np.linalg.norm(xp.numpy(w) - first, axis=1) / size)
    table = np.nan_to_num(np.array(apart), nan=np.inf)
    slack = table.min(axis=0)
    near = table <= np.maximum(10 * slack, RESTS)
    periods = 1 + near.argmax(axis=0)
    then, later = xp.numpy(w).copy(), np.zeros(len(first))
    for number in range(1, int(periods.max()) + 1):
        w = step(model, w, eta)
        due = periods == number
        later[due] = np.linalg.norm(xp.numpy(w)[due] - then[due], axis=1) / size[due]
    earlier = np.take_along_axis(table, periods[None] - 1, axis=0)[0]
    return slack, periods, np.asarray(later < earlier)
