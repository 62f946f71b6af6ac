"""Hundreds of steps of gradient descent on data of CIFAR's shape, the sharpness known at every one of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Tensor

from benchmarks.found import Found, Tick, figures
from benchmarks.networks.clock import Clock
from benchmarks.networks.problems import residual, wide
from benchmarks.networks.steps import TOLERANCE, Stretch, milliseconds
from edgestab.numerics.networks.spectra.eigen import Tracker

EDGE = 1.9
"""The step size is that for which the start's sharpness is so much over eta: the edge, at 2, is near."""

SAMPLES = 5000
"""Of the MLP."""

PLAIN = 20
"""Steps without tracking that are timed for comparison."""


def problems(device: str, *, small: bool = False) -> list[Callable[[], Stretch]]:
    """Return an MLP in both dtypes and a ResNet in float32; where `small`, the ResNet on two images alone."""

    def perceptron(dtype: torch.dtype) -> Stretch:
        case = wide(SAMPLES)
        name = f"{case.network.name}, n = {SAMPLES}, {str(dtype).removeprefix('torch.')}"
        return Stretch(name, case.objective(dtype, device), case.network.start(0))

    def images_of(count: int, chunk: int) -> Stretch:
        network, objective = residual(count, chunk, torch.float32, device)
        return Stretch(f"{network.name}, n = {count}, float32", objective, network.start(0))

    if small:
        return [partial(images_of, 2, 2)]
    return [*(partial(perceptron, dtype) for dtype in (torch.float32, torch.float64)), partial(images_of, 500, 250)]


def measure(make: Callable[[], Stretch], device: str, steps: int, seconds: float, tick: Tick) -> Found:
    """Return a row of the table.

    Parameters
    ----------
    make : callable
        Makes the problem.
    device : str
        Where.
    steps : int
        Tracked steps, fewer where `seconds` are over.
    seconds : float
        When to stop.
    """
    until = time.monotonic() + seconds
    cuda = torch.device(device).type == "cuda"
    if cuda:
        torch.cuda.reset_peak_memory_stats(device)
    problem, clock = make(), Clock(device)
    objective, tracker = problem.objective, Tracker(1, tolerance=TOLERANCE)
    w = objective.vector(problem.start)
    tick(f"{problem.name}: the sharpness at its start")
    point = objective.at(w)
    eta = EDGE / float(tracker(point.hvp, point.gradient).values[0])
    plain = [clock(partial(objective.value_and_gradient, w))[0] for _ in range(PLAIN if steps > PLAIN else 2)][1:]

    def tracked(q: Tensor) -> tuple[Tensor, float, float, int]:
        here = objective.at(q)
        pairs = tracker(here.hvp, here.gradient)
        return q - eta * here.gradient, here.loss, float(pairs.values[0]), pairs.products

    times, losses, sharpnesses, products = [], [], [], []
    while len(times) < steps and (time.monotonic() < until or not times):
        tick(f"{problem.name}: tracked step {len(times) + 1} of {steps}")
        taken, (w, loss, sharpness, spent) = clock(partial(tracked, w))
        times.append(taken)
        losses.append(loss)
        sharpnesses.append(sharpness)
        products.append(spent)
    memory = torch.cuda.max_memory_allocated(device) if cuda else None
    return Found(
        "long-runs",
        f"Gradient descent near the edge, lambda_1 at every step to a residual of {TOLERANCE:g}, on {device}",
        ("", "parameters", "steps", "plain step, ms", "tracked step, ms", "products", "eta S", "loss", "peak MiB"),
        [
            (
                problem.name,
                f"{objective.size:,}",
                str(len(times)),
                milliseconds(np.median(plain)),
                milliseconds(np.mean(times)),
                figures(float(np.mean(products))),
                f"{figures(eta * sharpnesses[0])} to {figures(eta * sharpnesses[-1])}",
                f"{figures(losses[0])} to {figures(losses[-1])}",
                "" if memory is None else figures(memory / 2**20, 4),
            )
        ],
        ("Tracked step: the mean, its audits included.",),
        {
            problem.name: {
                "eta": eta,
                "plain": plain,
                "tracked": times,
                "products": products,
                "losses": losses,
                "sharpness": sharpnesses,
                "peak_bytes": memory,
            }
        },
    )
