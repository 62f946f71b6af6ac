"""A step of gradient descent on deep factorizations: all runs at once, on NumPy and on torch, and in a plain loop."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from benchmarks.found import Found, Tick, figures
from benchmarks.spread import Spread
from edgestab.errors import InputError
from edgestab.numerics.matrices.backend import Backend, backend_named
from edgestab.numerics.matrices.factorization import Factorization, factorization
from edgestab.numerics.matrices.model import step
from edgestab.numerics.matrices.starts import gaussian

Array = NDArray[np.float64]
CASES = (
    (3, 5, 1), (3, 5, 16), (3, 5, 256), (3, 5, 4096),  # depth, width, runs
    (2, 5, 256), (5, 5, 256), (8, 5, 256),
    (3, 2, 256), (3, 10, 256), (3, 20, 256), (3, 50, 64), (3, 100, 16),
)  # fmt: skip
SECONDS = 0.3


def loop(model: Factorization, starts: Array, etas: Array, steps: int) -> Array:
    """One run after another, one matrix at a time: what one writes first."""
    ends = np.empty_like(starts)
    for number, eta in enumerate(etas):
        layers = [x[number].copy() for x in model.layers(starts)]
        for _ in range(steps):
            before = [layers[0]]
            for w in layers[1:]:
                before.append(w @ before[-1])
            back, moved = before[-1] - model.target, []
            for k in range(len(layers) - 1, -1, -1):
                moved.append(back @ before[k - 1].T if k else back)
                if k:
                    back = layers[k].T @ back
            layers = [w - eta * g for w, g in zip(layers, moved[::-1], strict=True)]
        ends[number] = np.concatenate([w.ravel() for w in layers])
    return ends


def batched(model: Factorization, starts: Array, etas: Array, steps: int) -> Array:
    """All at once, on the model's backend."""
    xp = model.backend
    w, eta = xp.array(starts), xp.array(etas[:, None])
    for _ in range(steps):
        w = step(model, w, eta)
    return xp.numpy(w)


def measure(rounds: int, device: str, tick: Tick, *, cases: Sequence[tuple[int, int, int]] = CASES) -> Found:
    """Return the table of microseconds of a run's step."""
    torch, missing = _torch(device)
    clock = time.process_time if device == "cpu" else time.perf_counter
    rows, record = [], []
    for depth, width, runs in cases:
        target = np.diag(np.linspace(1.0, 0.5, width))
        contenders: dict[str, Callable[..., Array]] = {
            "batched": partial(batched, factorization(target, depth)),
            "loop": partial(loop, factorization(target, depth)),
        }
        if torch is not None:
            contenders["torch"] = partial(batched, factorization(target, depth, backend=torch))
        starts = gaussian(factorization(target, depth), 0.3 / width**0.5, 0, runs)
        etas = np.linspace(0.01, 0.1, runs)
        ends = {name: call(starts, etas, 3) for name, call in contenders.items()}
        differ = {name: float(abs(end - ends["batched"]).max()) for name, end in ends.items()}
        times: dict[str, list[float]] = {name: [] for name in contenders}
        for number in range(rounds):
            for name, call in contenders.items():
                tick(f"depth {depth}, width {width}, {runs} runs: {name}, {number + 1} of {rounds}")
                times[name].append(_seconds(partial(call, starts, etas), clock) / runs)
        against = {n: Spread.of(t / o for t, o in zip(times[n], times["batched"], strict=True)) for n in times}
        rows.append(
            (
                f"{depth} layers, width {width}, {runs} runs",
                figures(1e6 * float(np.median(times["batched"]))),
                figures(against["loop"].median),
                "0" if differ["loop"] == 0 else f"{differ['loop']:.0e}",
                *((figures(against["torch"].median), f"{differ['torch']:.0e}") if torch else ("", "")),
            )
        )
        record.append({"depth": depth, "width": width, "runs": runs, "seconds": times, "differs": differ})
    return Found(
        "steps",
        f"A step of gradient descent on a deep factorization, float64; torch on {device}",
        ("", "batched NumPy, us a run", "loop / it", "differs by", "torch / it", "differs by"),
        rows,
        ("One thread.", *missing),
        {"cases": record},
    )


def _torch(device: str) -> tuple[Backend | None, list[str]]:
    try:
        backend = backend_named(f"torch:{device}")
        if device == "cpu":
            import torch

            torch.set_num_threads(1)
    except InputError as reason:
        return None, [f"torch: skipped, {reason}"]
    return backend, []


def _seconds(call: Callable[[int], Array], clock: Callable[[], float]) -> float:
    """Seconds of a step, from as many as take a while."""
    steps = 4
    while True:
        began = clock()
        call(steps)
        taken = clock() - began
        if taken >= SECONDS / 4 or steps >= 4096:
            return taken / steps
        steps *= 4
