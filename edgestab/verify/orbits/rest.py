"""Orbits in floating point that are at rest, and how far those that converge still have to go."""

from __future__ import annotations

import functools

import flint
import numpy as np
import sympy as sp
import xarray as xr
from numpy.typing import NDArray

from edgestab.numerics.orbits.coordinates import evaluate as evaluated
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.printers import reference
from edgestab.numerics.printers.ball import ball, evaluate
from edgestab.numerics.programs.program import Program, program_of, step_program
from edgestab.numerics.rigorous.balls import precision
from edgestab.theory.loss import Loss
from edgestab.theory.optimizers.gradient_descent import is_gradient_descent
from edgestab.theory.statement import OrbitStatement
from edgestab.theory.stepmap import StepMap
from edgestab.verify.orbits.starts import Array, Sample

BITS, MOST = 256, 256
"""The precision at which a rest is shown, and of how many orbits it is asked at most."""


def is_at_rest(statement: OrbitStatement, sample: Sample, outcomes: xr.Dataset) -> NDArray[np.bool_]:
    """Return where the step leaves the last state as it is: in doubles, and in ball arithmetic as well.

    A gradient may vanish because it is too small for doubles, and a rule with momentum moves on where it vanishes.
    """
    step = statement.model.own.step
    status = outcomes["status"].values
    resting = np.isin(status, [Status.UNDECIDED, Status.BOUNDED]) & (outcomes["residual"].values == 0)
    moved = displacement(step, sample, outcomes)
    resting &= moved == 0
    resting[np.flatnonzero(resting)[MOST:]] = False
    loss, program = statement.model.loss, step_program(step)
    plain = loss is not None and not loss.constants and is_gradient_descent(step, loss)
    slopes = None if loss is None or not plain else _slopes(loss)
    given = sample.parameters(step)
    with precision(BITS):
        for index in np.flatnonzero(resting):
            state = [ball(float(outcomes[f"final_{s}"].values[index])) for s in step.state]
            if slopes is not None:
                resting[index] = _is_flat(evaluate(slopes, state))
            else:
                resting[index] = _stays(program, state, [ball(float(v[index])) for v in given.values()], step)
    return np.asarray(resting)


@functools.lru_cache(maxsize=64)
def _slopes(loss: Loss) -> Program:
    """The components of a gradient, and the sizes of their terms, in turn."""
    expanded = [sp.expand(g) for g in loss.gradient]
    terms = [sp.Add(*(sp.Abs(t) for t in sp.Add.make_args(g))) for g in expanded]
    return program_of([e for pair in zip(loss.gradient, terms, strict=True) for e in pair], loss.parameters)


def _is_flat(found: list[flint.arb]) -> bool:
    """Whether every component of a gradient is a rounding of 0: small against its terms, and not of itself."""
    slopes, terms = found[::2], found[1::2]
    return all(g.is_finite() and abs(g) <= flint.arb(2) ** -45 * t for g, t in zip(slopes, terms, strict=True))


def _stays(program: Program, state: list[flint.arb], parameters: list[flint.arb], step: StepMap) -> bool:
    after = evaluate(program, [*state, *parameters])
    return all(
        a.overlaps(z) and a.rad() <= flint.arb(2) ** (8 - BITS) * (1 + abs(z))
        for a, z, s in zip(after, state, step.state, strict=True)
        if s != step.clock
    )


def displacement(step: StepMap, sample: Sample, outcomes: xr.Dataset) -> Array:
    """Return how far the next step would move each orbit from its last state, the number of the step left aside."""
    state = [outcomes[f"final_{s}"].values for s in step.state]
    after = reference.evaluate(step_program(step), [*state, *sample.parameters(step).values()])
    rows = [np.abs(a - z) for a, z, s in zip(after, state, step.state, strict=True) if s != step.clock]
    with np.errstate(invalid="ignore"):
        return np.asarray(np.max(np.broadcast_arrays(*rows, np.zeros(sample.count)), axis=0))


def still_to_go(statement: OrbitStatement, sample: Sample, outcomes: xr.Dataset) -> Array:
    """Return how far orbits that converge still have to go, roughly: the length of all steps to come.

    That is the length of the next step, as its formula gives it with nothing lost to rounding, times what all residuals
    to come are together, in units of the next.
    """
    residual, tail = np.abs(outcomes["residual"].values), np.abs(outcomes["residual_tail"].values)
    step = statement.model.own.step
    named = {s: outcomes[f"final_{s}"].values for s in step.state} | sample.parameters(step)
    with np.errstate(all="ignore"):
        longer = np.where(residual > 0, np.maximum(tail / residual, 1), 1)
        return np.asarray(evaluated([step.moved], named)[0] * np.where(np.isfinite(longer), longer, 1e6))
