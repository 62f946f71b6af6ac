"""Seconds of a call: of CPU time on a CPU, which other processes do not change much; by the wall clock on a GPU."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import torch

T = TypeVar("T")


class Clock:
    """Times calls on a device."""

    def __init__(self, device: str) -> None:
        self._device = torch.device(device)

    def __call__(self, call: Callable[[], T]) -> tuple[float, T]:
        if self._device.type != "cuda":
            began = time.process_time()
            result = call()
            return time.process_time() - began, result
        torch.cuda.synchronize(self._device)
        began = time.perf_counter()
        result = call()
        torch.cuda.synchronize(self._device)
        return time.perf_counter() - began, result
