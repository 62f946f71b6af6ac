"""What orbits beside a boundary do: how many of their steps come before a neighbourhood in which steps contract."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from benchmarks.found import Found, Tick
from benchmarks.maps.effort import Effort
from benchmarks.maps.pictures import WINDOWS, Window
from edgestab.numerics.maps.pictures.basin import label
from edgestab.numerics.orbits.sharpness import sharpness
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.printers.reference import evaluate
from edgestab.numerics.programs.program import program_of, step_program
from edgestab.numerics.tiling.tiles import compute_tile
from edgestab.theory.models.catalogue import model

NAMES = ("smooth", "whole", "fractal", "small-eta", "chain")
"""Windows of two parameters at one step size."""

Array = NDArray[np.float64]

BELOW, LOW, RESTS = 1.9, 1e-3, 1e-20
"""Where every step contracts: eta S < 1.9, and the loss below 0.001; and where an orbit is at its end. The minima have
loss 0, at products of parameters of size 1."""


@dataclass(frozen=True)
class Row:
    """What the converging orbits beside the boundary of a picture do.

    Parameters
    ----------
    window : str
        Which.
    orbits : int
        Pixels beside the boundary whose orbits converge.
    steps : float
        Their mean number of steps.
    before : float
        The mean number of steps until the last time that the orbit comes to where steps contract.
    """

    window: str
    orbits: int
    steps: float
    before: float


def measure(effort: Effort, tick: Tick) -> list[Found]:
    """Measure the windows, a quarter of the least size a side."""
    rows = list(_rows(effort, tick))
    heads = ("window", "converging orbits beside the boundary", "steps", "before contraction", "share")
    words = [[r.window, str(r.orbits), f"{r.steps:.0f}", f"{r.before:.0f}", f"{r.before / r.steps:.0%}"] for r in rows]
    notes = ["A set from which convergence is proved, by contraction, would spare the rest of the share."]
    return [
        Found("waiting", "Steps of orbits beside boundaries", heads, words, notes, {"rows": [asdict(r) for r in rows]})
    ]


def _rows(effort: Effort, tick: Tick) -> Iterator[Row]:
    size = effort.sizes[0] // 4
    for name in NAMES:
        tick(name)
        x, y = _beside(WINDOWS[name], size)
        steps, before = _followed(WINDOWS[name], x, y)
        yield Row(name, x.size, float(steps.mean()), float(before.mean()))


def _beside(window: Window, size: int) -> tuple[Array, Array]:
    """The starts of the pixels on either side of the boundary of the labels."""
    job = window.job(size, None)
    if job.layout.count > 1:
        raise AssertionError("the picture is more than one tile")
    tile = compute_tile(job, 0)
    labels = label(tile).astype(int)
    edge = np.zeros(labels.shape, bool)
    edge[1:] |= np.diff(labels, axis=0) != 0
    edge[:-1] |= np.diff(labels, axis=0) != 0
    edge[:, 1:] |= np.diff(labels, axis=1) != 0
    edge[:, :-1] |= np.diff(labels, axis=1) != 0
    edge &= tile["status"] == Status.CONVERGED
    columns, rows = np.meshgrid(job.where.columns.centres, job.where.rows.centres)
    return columns[edge], rows[edge]


def _followed(window: Window, x: Array, y: Array) -> tuple[Array, Array]:
    """For each start how many steps its orbit takes, and how many of them before it stays where steps contract."""
    of = model(window.model)
    if of.loss is None:
        raise AssertionError("a picture of a loss")
    step, loss = step_program(of.own.step), program_of([of.loss.value], of.loss.parameters)
    eta = float(Fraction(dict(window.fixed)["eta"]))
    state, steps, before = np.array([x, y]), np.zeros(x.size), np.zeros(x.size)
    going = np.arange(x.size)
    while going.size:
        at = state[:, going]
        low = evaluate(loss, list(at))[0]
        contracts = (low < LOW) & (eta * sharpness(of.loss, at) < BELOW)
        steps[going] += 1
        before[going[~contracts]] = steps[going[~contracts]]
        state[:, going] = evaluate(step, [*at, eta])
        going = going[low > RESTS]
    return steps, before
