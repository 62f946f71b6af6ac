"""A sweep of step sizes: all runs at once beside one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import torch
from torch import Tensor

from benchmarks.found import Found, Tick, figures
from benchmarks.networks.clock import Clock
from benchmarks.networks.problems import CASES, Case
from benchmarks.networks.steps import milliseconds
from benchmarks.spread import Spread
from edgestab.numerics.networks.losses.objective import Objective
from edgestab.numerics.networks.training.batched import sweep

STEPS = {"Chebyshev": 50, "digits": 10}


def measure(
    rounds: int,
    device: str,
    tick: Tick,
    *,
    runs: int = 32,
    cases: Mapping[str, tuple[Callable[[], Case], float]] = CASES,
) -> Found:
    """Return the table; each case comes with the largest of its step sizes."""
    clock, rows, record = Clock(device), [], {}
    for name, (make, eta) in cases.items():
        case, steps = make(), STEPS[name]
        objective, start = case.objective(torch.float64, device), case.network.start(0)
        etas = [eta * (r + 1) / runs for r in range(runs)]
        tick(f"sweep: {name}")
        difference = float(
            (_together(objective, start, etas, steps) - _alone(objective, start, etas, steps)).abs().max()
        )
        taken: list[list[float]] = [[], []]
        for number in range(rounds):
            tick(f"sweep: {name}, sample {number + 1} of {rounds}")
            for times, call in zip(taken, (_together, _alone), strict=True):
                times.append(clock(partial(call, objective, start, etas, steps))[0] / steps)
        faster = Spread.of(alone / together for together, alone in zip(*taken, strict=True))
        entries = *(milliseconds(np.median(times)) for times in taken), figures(faster.median)
        rows.append(
            (
                f"{case.network.name}, {case.data.name}",
                *entries,
                f"{figures(faster.low)}-{figures(faster.high)}",
                f"{difference:.0e}",
            )
        )
        record[name] = {"runs": runs, "steps": steps, "together": taken[0], "alone": taken[1], "differs": difference}
    return Found(
        "sweep",
        f"A GD step of {runs} runs with as many step sizes, float64, milliseconds on {device}",
        ("", "at once", "one by one", "faster by", "min-max", "differs by"),
        rows,
        ("Differs by: the largest difference of a parameter at the end.",),
        record,
    )


def _together(objective: Objective, start: Tensor, etas: list[float], steps: int) -> Tensor:
    return sweep(objective, start, etas, steps, record_every=steps).parameters


def _alone(objective: Objective, start: Tensor, etas: list[float], steps: int) -> Tensor:
    ends = []
    for eta in etas:
        w = objective.vector(start)
        for _ in range(steps):
            w = w - eta * objective.value_and_gradient(w)[1]
        ends.append(w)
    return torch.stack(ends)
