"""The machine a figure was measured on, as far as it matters, and how much of it others were using."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import time
from pathlib import Path

PACKAGES = ("numpy", "numba", "llvmlite", "sympy", "heyoka", "pynamicalsys")


def description() -> dict[str, str]:
    """Return the CPU and the versions that made the figures; no name of the host."""
    facts = _cpu_facts()
    cpu = f"{facts.get('model name', platform.machine())}, family {facts.get('cpu family', '?')}"
    flags = facts.get("flags", "").split()
    vectors = next((name for name in ("avx512f", "avx2", "sse2") if name in flags), "unknown")
    versions = {name: _version(name) for name in PACKAGES}
    return {
        "cpu": cpu,
        "vectors": vectors,
        "cores": str(os.cpu_count()),
        "python": platform.python_version(),
        **versions,
    }


def device_of(name: str) -> dict[str, str]:
    """Return the version of torch, and which GPU a device of that name is."""
    import torch

    facts = {"torch": torch.__version__}
    if torch.device(name).type == "cuda":
        facts |= {"gpu": torch.cuda.get_device_name(name), "cuda": str(torch.version.cuda)}
    return facts


class OtherLoad:
    """Cores that other processes kept busy since this was made; None where the system does not say."""

    def __init__(self) -> None:
        self._wall, self._busy, self._own = time.perf_counter(), _busy_seconds(), _own_seconds()

    def cores(self) -> float | None:
        """Return the average so far."""
        busy, before = _busy_seconds(), self._busy
        if busy is None or before is None:
            return None
        others = (busy - before) - (_own_seconds() - self._own)
        return max(0.0, others / (time.perf_counter() - self._wall))


def _own_seconds() -> float:
    t = os.times()
    return t.user + t.system + t.children_user + t.children_system


def _busy_seconds() -> float | None:
    try:
        user, nice, system, _, _, irq, softirq, steal = map(int, Path("/proc/stat").read_text().split()[1:9])
    except (OSError, ValueError):
        return None
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def _cpu_facts() -> dict[str, str]:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return {}
    pairs = (line.partition(":") for line in text.split("\n\n")[0].splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
