"""Milliseconds of the steps that runs are made of, for networks of several sizes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.found import Found, Tick, figures
from benchmarks.networks.clock import Clock
from benchmarks.networks.problems import CASES, residual, wide
from benchmarks.spread import Spread
from edgestab.numerics.networks.losses.objective import Objective, Point
from edgestab.numerics.networks.spectra.curvature import sharpness
from edgestab.numerics.networks.spectra.eigen import Tracker
from edgestab.numerics.networks.stabilization.constrained import constrained_trajectory

TOLERANCE = 1e-3
SETTLE = 10
"""Tracked steps that are not timed: those before predictions can be made."""

SAMPLE = 0.02
"""Seconds that a sample lasts at least."""

Taken = tuple[list[float], list[float]]
"""Seconds of something, and of the GD step beside it."""


@dataclass(frozen=True)
class Stretch:
    """An objective and where along gradient descent it is measured.

    Parameters
    ----------
    name : str
        As in the table.
    objective : Objective
        The loss.
    start : Tensor
        Shape (p,).
    eta : float, optional
        The step size; half of the edge at the start by default.
    before : int
        GD steps before the first that is measured.
    constrained : bool
        Whether a step of the constrained trajectory, which takes a hundred products, is measured too.
    """

    name: str
    objective: Objective
    start: Tensor
    eta: float | None = None
    before: int = 0
    constrained: bool = False


def problems(device: str) -> list[Callable[[], Stretch]]:
    """Return the problems, each to be made when its turn comes; fewer samples of the large ones on a CPU."""
    large = torch.device(device).type != "cpu"
    n, images, chunk = (5000, 500, 250) if large else (1000, 10, 5)

    def small(name: str, before: int) -> Stretch:
        make, eta = CASES[name]
        case = make()
        label = f"{case.network.name}, {case.data.name}, float64"
        return Stretch(label, case.objective(torch.float64, device), case.network.start(0), eta, before, True)

    def perceptron(dtype: torch.dtype) -> Stretch:
        case = wide(n)
        label = f"{case.network.name}, n = {n}, {_short(dtype)}"
        return Stretch(label, case.objective(dtype, device), case.network.start(0), constrained=large)

    def images_of(dtype: torch.dtype) -> Stretch:
        network, objective = residual(images, chunk, dtype, device)
        label = f"{network.name}, n = {images} in chunks of {chunk}, {_short(dtype)}"
        return Stretch(label, objective, network.start(0), constrained=large)

    dtypes = torch.float32, torch.float64
    return [
        partial(small, "Chebyshev", 150),
        partial(small, "digits", 10),
        *(partial(perceptron, dtype) for dtype in dtypes),
        *(partial(images_of, dtype) for dtype in dtypes),
    ]


def measure(
    rounds: int,
    device: str,
    tick: Tick,
    *,
    follow: int = 20,
    chosen: Sequence[Callable[[], Stretch]] | None = None,
) -> Found:
    """Return the table.

    Parameters
    ----------
    rounds : int
        Samples of everything but tracked steps.
    follow : int
        Tracked steps that are timed.
    chosen : sequence of callable, optional
        `problems` by default.
    """
    clock = Clock(device)
    rows, record = [], {}
    for make in problems(device) if chosen is None else chosen:
        tick("making the next problem")
        problem = make()

        def note(text: str, name: str = problem.name) -> None:
            tick(f"{name}: {text}")

        try:
            found = _steps(problem, clock, rounds, follow, note)
        except torch.OutOfMemoryError:
            rows.append((problem.name, "out of memory", *[""] * 6))
            continue
        rows.append((problem.name, *_entries(found)))
        record[problem.name] = found
    return Found(
        "steps",
        f"Milliseconds, and in brackets GD steps, on {device}",
        ("", "parameters", "GD step", "Hv", "grad S", "tracked step", "products", "constrained step"),
        rows,
        (
            "Hv and grad S: on the retained graph. A tracked step is a GD step that yields lambda_1 to a residual of "
            f"{TOLERANCE:g}: the mean of {follow} in a row, after {SETTLE}.",
            "Constrained step: a gradient step and its projection onto the stable set, two eigenpairs to 1e-6.",
            "In brackets: over a GD step beside it, which in a small network takes longer than one of many in a row.",
        ),
        record,
    )


def _steps(problem: Stretch, clock: Clock, rounds: int, follow: int, tick: Tick) -> dict[str, Any]:
    """Every figure of one problem, in seconds."""
    objective = problem.objective
    w = objective.vector(problem.start)
    tracker = Tracker(1, tolerance=TOLERANCE)
    tick("its sharpness")
    eta = problem.eta or 1 / _sharpness(objective.at(w), tracker)
    for _ in range(problem.before):
        w = w - eta * objective.gradient(w)

    def step(q: Tensor) -> Tensor:
        return q - eta * objective.value_and_gradient(q)[1]

    taken = _derivatives(objective, step, w, clock, rounds, tick)
    taken["tracked"], products = _tracked(objective, tracker, step, w, eta, clock, follow, tick)
    if problem.constrained:
        taken["constrained"] = _constrained(objective, step, w, clock, min(rounds, 3), tick)
    steps = taken["product"][1] + taken["gradient_of_sharpness"][1]
    return {
        "parameters": objective.size,
        "eta": eta,
        "step": steps,
        "products": products,
        **{name: {"seconds": own, "steps": beside} for name, (own, beside) in taken.items()},
    }


def _derivatives(
    objective: Objective, step: Callable[[Tensor], Tensor], w: Tensor, clock: Clock, rounds: int, tick: Tick
) -> dict[str, Taken]:
    point = objective.at(w)
    v = torch.randn(len(w), generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    v = objective.vector(v / v.norm())
    return {
        "product": beside(clock, lambda: step(w), lambda: point.hvp(v), rounds, tick),
        "gradient_of_sharpness": beside(clock, lambda: step(w), lambda: _third(point, v), rounds, tick),
    }


def _third(point: Point, v: Tensor) -> Tensor:
    # A copy of v each time: for the same tensor, D^3L(v, .) would be remembered.
    u = v.clone()
    found = point.third(u, u)
    point._products.clear()
    return found


def beside(
    clock: Clock, step: Callable[[], object], call: Callable[[], object], rounds: int, tick: Tick
) -> Taken:  # fmt: skip
    """Seconds of a call and of a step beside it; the first of each is not counted."""
    counts = [max(1, round(SAMPLE / max(min(clock(f)[0] for _ in range(2)), 1e-9))) for f in (call, step)]
    seconds: Taken = [], []
    for number in range(rounds):
        tick(f"sample {number + 1} of {rounds}")
        for place, f in enumerate((call, step)):
            taken, _ = clock(partial(_repeated, f, counts[place]))
            seconds[place].append(taken / counts[place])
    return seconds


def _sharpness(point: Point, tracker: Tracker) -> float:
    return float(tracker(point.hvp, point.gradient).values[0])


def _tracked(
    objective: Objective,
    tracker: Tracker,
    step: Callable[[Tensor], Tensor],
    w: Tensor,
    eta: float,
    clock: Clock,
    follow: int,
    tick: Tick,
) -> tuple[Taken, list[int]]:
    """Tracked GD steps, each beside the plain one from the same point."""
    products = []

    def tracked(q: Tensor) -> tuple[Tensor, int]:
        point = objective.at(q)
        spent = tracker(point.hvp, point.gradient).products
        return q - eta * point.gradient, spent

    seconds: Taken = [], []
    for t in range(SETTLE + follow):
        tick(f"tracked step {t + 1} of {SETTLE + follow}")
        plain, _ = clock(partial(step, w))
        taken, (w, spent) = clock(partial(tracked, w))
        if t >= SETTLE:
            seconds[0].append(taken)
            seconds[1].append(plain)
            products.append(spent)
    return seconds, products


def _constrained(
    objective: Objective, step: Callable[[Tensor], Tensor], w: Tensor, clock: Clock, count: int, tick: Tick
) -> Taken:
    """Steps of the constrained trajectory of the step size for which w is at the edge."""
    states = constrained_trajectory(objective, w, 2 / sharpness(objective, w))
    seconds: Taken = [], []
    for t in range(-2, count):
        tick(f"constrained step {t + 3} of {count + 2}")
        plain, _ = clock(lambda: step(w))
        taken, _ = clock(lambda: next(states))
        if t >= 0:
            seconds[0].append(taken)
            seconds[1].append(plain)
    return seconds


def _repeated(call: Callable[[], object], count: int) -> None:
    for _ in range(count):
        call()


def ratio(taken: Taken) -> float:
    """Return GD steps: the median of the ratios of neighbours."""
    return Spread.of(own / beside for own, beside in zip(*taken, strict=True)).median


def _entries(found: dict[str, Any]) -> tuple[str, ...]:
    def of(name: str) -> str:
        if name not in found:
            return ""
        taken = found[name]["seconds"], found[name]["steps"]
        if name == "tracked":  # audits are rare and dear: what counts is the mean
            return f"{milliseconds(np.mean(taken[0]))} ({figures(sum(taken[0]) / sum(taken[1]))})"
        return f"{milliseconds(np.median(taken[0]))} ({figures(ratio(taken))})"

    head = f"{found['parameters']:,}", milliseconds(np.median(found["step"]))
    names = "product", "gradient_of_sharpness", "tracked"
    return *head, *map(of, names), figures(float(np.mean(found["products"]))), of("constrained")


def _short(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def milliseconds(seconds: Any) -> str:
    return figures(1e3 * float(seconds))
