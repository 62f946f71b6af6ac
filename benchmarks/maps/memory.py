"""The peak memory of a process."""

from __future__ import annotations

import os
import resource
from pathlib import Path


def peak(pid: int | None = None) -> int:
    """Return the largest resident set of a process so far, in bytes; 0 where the system does not say.

    Linux hands the peak that `getrusage` knows from a process to the program it starts, so it is read from ``/proc``
    where there is one.
    """
    try:
        lines = Path(f"/proc/{pid or os.getpid()}/status").read_text().splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 if pid is None else 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)
