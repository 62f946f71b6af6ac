"""One section in this process: what it finds is written line by line, so that nothing measured is lost."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.device.structs import use_where_missing
from benchmarks.found import Found


@dataclass(frozen=True)
class Task:
    """What a section is to do.

    Parameters
    ----------
    device : str
        Where.
    until : float
        When to stop, by `time.monotonic`.
    small : bool
        Whether in small sizes.
    """

    device: str
    until: float
    small: bool

    @property
    def late(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() >= self.until


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a section."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.device.section")
    parser.add_argument("name", choices=MEASURES)
    parser.add_argument("file", type=Path)
    parser.add_argument("--device", required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--small", action="store_true")
    options = parser.parse_args(arguments)
    task = Task(options.device, time.monotonic() + options.seconds, options.small)

    use_where_missing()
    import torch

    from edgestab.errors import InputError
    from edgestab.numerics.networks.losses.network import require_device

    torch.set_num_threads(1)
    try:
        require_device(task.device)
    except InputError as error:
        raise SystemExit(str(error)) from None
    with options.file.open("a", encoding="utf-8") as file:
        for found in MEASURES[options.name](task):
            file.write(json.dumps(dataclasses.asdict(found), default=_plain) + "\n")
            file.flush()


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else str(value)


def _tests(task: Task) -> Iterator[Found]:
    from benchmarks.device.tests import measure

    return measure(task.until, "refused" if task.small else None)


def _steps(task: Task) -> Iterator[Found]:
    from benchmarks.networks import steps

    rounds, follow = (2, 3) if task.small else (5, 20)
    for make in steps.problems(task.device)[: 1 if task.small else None]:
        if task.late:
            return
        yield from _or_left_out(partial(steps.measure, rounds, task.device, _say, follow=follow, chosen=[make]))


def _sweeps(task: Task) -> Iterator[Found]:
    from benchmarks.networks import sweeps
    from benchmarks.networks.problems import CASES

    rounds, runs, names = (2, 4, ["Chebyshev"]) if task.small else (5, 32, list(CASES))
    for name in names:
        if task.late:
            return
        cases = {name: CASES[name]}
        yield from _or_left_out(partial(sweeps.measure, rounds, task.device, _say, runs=runs, cases=cases))


def _tracking(task: Task) -> Iterator[Found]:
    from benchmarks.networks import long_runs

    chosen = long_runs.problems(task.device, small=task.small)
    for place, make in enumerate(chosen):
        left = task.until - time.monotonic()
        if left <= 0:
            return
        seconds = left / (len(chosen) - place)
        yield long_runs.measure(make, task.device, 4 if task.small else 300, seconds, _say)


def _launches(task: Task) -> Iterator[Found]:
    from benchmarks.networks import launches

    backend = "eager" if task.small else "inductor"
    rounds, chosen = (2, slice(1, 3)) if task.small else (5, slice(None))
    for measure in launches.measurements(task.device, backend, rounds, _say)[chosen]:
        if task.late:
            return
        yield from _or_left_out(measure)


def _or_left_out(measure: Callable[[], Found]) -> Iterator[Found]:
    """Yield a table, or say which package it would need."""
    try:
        yield measure()
    except ModuleNotFoundError as error:
        yield Found("left-out", "Left out", ("", "needs"), [("a problem", str(error.name))])


MEASURES = {
    "tests": _tests,
    "steps": _steps,
    "sweeps": _sweeps,
    "tracking": _tracking,
    "launches": _launches,
}


def _say(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    main()
