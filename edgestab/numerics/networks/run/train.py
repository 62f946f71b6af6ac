"""A run from beginning to end: rows and state onto the disk now and then, and exact resume.

On one machine with one number of threads, a run on the CPU that was killed and resumed ends with the same store, bit
for bit, as one that was not: the state holds everything that the next step depends on.
"""

from __future__ import annotations

import functools
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from edgestab.errors import InputError
from edgestab.numerics.networks.run import recording
from edgestab.numerics.networks.run.columns import columns_of, stride_of
from edgestab.numerics.networks.run.course import Course
from edgestab.numerics.networks.run.plan import ROWS, Plan
from edgestab.numerics.networks.run.recording import Recording
from edgestab.numerics.networks.run.spec import RunSpec
from edgestab.numerics.networks.run.state import RunState, arrays_of, state_of
from edgestab.numerics.networks.specs.spec import Problem, problem_of

LARGEST_BUFFER = 1 << 26
"""Bytes of vectors that are kept in memory before they are written."""


@dataclass(frozen=True)
class RunProgress:
    """Where a run is.

    Parameters
    ----------
    row, rows : int
        How many rows are made, and how many there are; one more than steps.
    loss, sharpness, relative : float
        Those measured last; relative is the sharpness over the edge, eta S/2 for gradient descent.
    """

    row: int
    rows: int
    loss: float
    sharpness: float
    relative: float


def train(
    spec: RunSpec,
    path: Path,
    *,
    folder: Path = Path(),
    resume: bool = False,
    interval: float = 10.0,
    progress: Callable[[RunProgress], None] | None = None,
    notice: Callable[[str], None] | None = None,
) -> RunState:
    """Train a network and record the run in a Zarr store.

    Parameters
    ----------
    spec : RunSpec
        What is done.
    path : Path
        The store's folder.
    folder : Path
        Where paths of data files start from.
    resume : bool
        Go on with the store that is there.
    interval : float
        Seconds between two writes; what a killed process has to do again. What is recorded does not depend on it.
    progress : callable, optional
        Called after every step.
    notice : callable, optional
        Called with a sentence where something deserves one.

    Returns
    -------
    RunState
        How the run ended: its `status` and `sentence` are in the store too.

    Raises
    ------
    InputError
        Before anything is written: when the problem is wrong, derivatives of the network are, the store holds
        something else, or the device is not there.
    OSError
        When the store cannot be written; what was recorded stays, and the run can be resumed.
    """
    problem = problem_of(spec.problem, folder)
    course = Course(spec, problem)
    plan = plan_of(course)
    recording.require_usable(path, plan, resume=resume)
    if not (resume and (path / recording.STATE).exists()):
        if spec.record.curved:
            problem.require_right_derivatives()
        course.advance(course.start())  # what cannot be done at all fails here, before anything is written
    with (recording.resume if resume else recording.create)(path, plan) as record:
        found = record.state()
        if found is None:
            state = course.start()
        else:
            state = state_of(found, problem.objective.device)
            threads = int(found["threads"])
            if notice is not None and threads != torch.get_num_threads() and state.status == "RUNNING":
                notice(
                    f"{path} was begun with {threads} threads and goes on with {torch.get_num_threads()}: "
                    "the last bits may differ from those of an uninterrupted run"
                )
        return _run(course, record, state, interval, progress)


def plan_of(course: Course) -> Plan:
    """Return what the store of a run holds, as far as it is known before the run."""
    spec, problem = course.spec, course.problem
    variables = columns_of(spec, course.scores, preconditioned=course.preconditioned)
    dimensions = dict.fromkeys(v.dims[0] for v in variables.values())
    rule = spec.optimizer.rule()
    attributes: dict[str, str | int | float] = {
        "schema": recording.SCHEMA,
        "name": spec.name,
        "network": problem.network.name,
        "data": problem.data.name,
        "criterion": problem.criterion.name,
        "parameters": problem.objective.size,
        "optimizer": rule.name,
        "eta": rule.eta,
        "edge": rule.edge,
        "steps": spec.steps,
        "spec": spec.text,
        "versions": json.dumps(versions(), sort_keys=True),
        "digest": digest(problem),
    }
    sizes = {"k": spec.record.eigenvalues, "parameter": problem.objective.size}
    return Plan(variables, sizes, spec.steps, {d: stride_of(spec, d) for d in dimensions}, attributes)


@functools.cache
def versions() -> dict[str, str]:
    """Return what the last bits of a run depend on: the libraries, and the SHA-256 of our sources."""
    total = hashlib.sha256()
    top = Path(__file__).parents[1]
    for file in sorted(top.rglob("*.py")):
        if "experiments" not in file.relative_to(top).parts:
            total.update(file.relative_to(top).as_posix().encode())
            total.update(file.read_bytes())
    return {"code": total.hexdigest(), **{name: version(name) for name in ("numpy", "torch")}}


def digest(problem: Problem) -> str:
    """Return the SHA-256 of all the numbers that a problem consists of: data and parameters at the start."""
    total = hashlib.sha256()
    sets = [problem.data] if problem.test_data is None else [problem.data, problem.test_data]
    for x in [x for data in sets for x in (data.inputs, data.targets)] + [problem.start]:
        total.update(f"{tuple(x.shape)} {x.dtype}".encode())
        total.update(x.detach().cpu().contiguous().numpy().tobytes())
    return total.hexdigest()


def _run(
    course: Course,
    record: Recording,
    state: RunState,
    interval: float,
    progress: Callable[[RunProgress], None] | None,
) -> RunState:
    rows: list[dict[str, Any]] = []
    held, last = 0, time.monotonic()
    try:
        while state.status == "RUNNING":
            row, after = course.advance(state)
            if row is not None:
                rows.append(row)
                held += sum(x.nbytes for x in row.values() if isinstance(x, np.ndarray))
            state = after
            if held > LARGEST_BUFFER or len(rows) >= ROWS or time.monotonic() - last >= interval:
                _commit(record, rows, state)
                held, last = 0, time.monotonic()
            if progress is not None:
                progress(RunProgress(state.step, course.spec.steps + 1, state.loss, state.sharpness, state.relative))
    except OSError:  # the disk: what is there already stays
        raise
    except BaseException as error:
        words = "Interrupted" if isinstance(error, KeyboardInterrupt) else f"Ended by {type(error).__name__}"
        _commit(record, rows, state, words)
        if isinstance(error, torch.OutOfMemoryError):
            raise InputError("the device's memory is full: give the problem a smaller chunk, and --resume") from error
        raise
    _commit(record, rows, state)
    return state


def _commit(record: Recording, rows: list[dict[str, Any]], state: RunState, words: str = "") -> None:
    """Write the rows that belong to a state; an interruption may have left one more."""
    whole = rows[: state.step - record.rows]
    status: str = state.status
    sentence = state.sentence
    if status == "RUNNING":
        sentence = f"{state.step} of {record.plan.steps + 1} rows are recorded."
        if words:
            status, sentence = "INTERRUPTED", f"{words} after {state.step} of {record.plan.steps + 1} rows."
    arrays = {**arrays_of(state), "threads": np.asarray(torch.get_num_threads())}
    record.commit(whole, arrays, {"status": status, "sentence": sentence, "kick_step": state.kick_step})
    rows.clear()
