"""Where a run is: everything that what follows depends on, in memory and as arrays for a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from edgestab.numerics.networks.spectra.eigen import Tracker

RunStatus = Literal["RUNNING", "FINISHED", "STOPPED", "DIVERGED", "NONFINITE"]

Memory = Mapping[str, Tensor | int]
"""What a tracker remembers."""


@dataclass(frozen=True)
class RunState:
    """Where a run is: everything that what follows depends on.

    Parameters
    ----------
    step : int
        How many rows are made; until the run has ended, the next step.
    rule : tuple of Tensor
        The state of the update rule, w first.
    trackers : mapping
        What the eigensolvers remember.
    status : str
        RUNNING until the run has ended.
    sentence : str
        How it ended.
    kick_step : int
        The step at which w was kicked; -1 before.
    missed : int
        How often the eigensolver failed.
    loss, sharpness, relative : float
        Those measured last.
    """

    step: int
    rule: tuple[Tensor, ...]
    trackers: Mapping[str, Memory] = field(default_factory=dict)
    status: RunStatus = "RUNNING"
    sentence: str = ""
    kick_step: int = -1
    missed: int = 0
    loss: float = nan
    sharpness: float = nan
    relative: float = nan


def memory_of(tracker: Tracker) -> Memory:
    """Return what a tracker remembers."""
    return {name: dense(x) if isinstance(x, Tensor) else x for name, x in tracker.state().items()}


def dense(x: Tensor) -> Tensor:
    """Return the same numbers in a layout that a file keeps: the last bits of a product depend on it."""
    return x if x.is_contiguous() or (x.ndim == 2 and x.T.is_contiguous()) else x.contiguous()


_TEXT = ("status", "sentence")
_NUMBERS = ("step", "kick_step", "missed", "loss", "sharpness", "relative")


def arrays_of(state: RunState) -> dict[str, NDArray[Any]]:
    """Return a state as arrays, for a file."""
    found: dict[str, NDArray[Any]] = {name: np.asarray(getattr(state, name)) for name in _TEXT + _NUMBERS}
    found |= {f"rule.{i}": x.cpu().numpy() for i, x in enumerate(state.rule)}
    for name, memory in state.trackers.items():
        for key, x in memory.items():
            place = "" if not isinstance(x, Tensor) else "cpu" if x.device.type == "cpu" else "device"
            found[f"tracker.{name}.{key}.{place}"] = x.cpu().numpy() if isinstance(x, Tensor) else np.asarray(x)
    return found


def state_of(arrays: Mapping[str, NDArray[Any]], device: torch.device) -> RunState:
    """Return the state that arrays hold, in memory of torch's own: the last bits depend on its alignment."""
    values: dict[str, Any] = {n: arrays[n].item() for n in _TEXT + _NUMBERS}
    rule = sorted((n for n in arrays if n.startswith("rule.")), key=lambda n: int(n.split(".")[1]))
    trackers: dict[str, dict[str, Tensor | int]] = {}
    for full, x in arrays.items():
        if full.startswith("tracker."):
            _, name, key, place = full.split(".")
            of = trackers.setdefault(name, {})
            of[key] = _tensor(x, device if place == "device" else torch.device("cpu")) if place else int(x)
    return RunState(rule=tuple(_tensor(arrays[n], device) for n in rule), trackers=trackers, **values)


def _tensor(x: NDArray[Any], device: torch.device) -> Tensor:
    return torch.from_numpy(x).clone().to(device)
