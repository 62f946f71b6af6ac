"""Whole certifications and their checks, each in a process of its own: SymPy cold, the kernel loaded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.found import Found, figures
from benchmarks.spread import Spread

FILE_WANTED, CHECK_WANTED, CHECK_MOST = 5_000_000, 60.0, 300
"""Bytes of a file; seconds of a check; seconds after which a check is given up."""


@dataclass(frozen=True)
class Theorem:
    """A theorem of the catalogue.

    Parameters
    ----------
    claim : str
        The id of the claim.
    part : int
        Which of its certified parts.
    eta : str
        The step sizes, for the table.
    single : str
        The one step size, where the part has several.
    wanted : float
        Seconds.
    """

    claim: str
    part: int
    eta: str
    single: str = ""
    wanted: float | None = None


THEOREMS = {
    "R9": Theorem("zhu2023.R9", 0, "(0, 0.1]", wanted=5.0),
    "R9 at 0.2": Theorem("zhu2023.R9", 2, "0.2", wanted=1.0),
    **{f"R9 at {eta}": Theorem("zhu2023.R9", 1, eta, eta, 1.0) for eta in ("0.1", "0.05", "0.02", "0.01")},
    "R10": Theorem("zhu2023.R10", 0, "(0, 0.1]"),
    "R11": Theorem("zhu2023.R11", 0, "(0, 0.05]"),
    **{f"R11 at {eta}": Theorem("zhu2023.R11", 1, eta, eta) for eta in ("0.1", "0.05", "0.01")},
    "Theorem 3.1": Theorem("zhu2023.thm3.1", 0, "(0, 0.01]"),
}


def certified(name: str) -> dict[str, Any]:
    """Certify a theorem, and say how long it took from the statement to the text of the file."""
    from sympy.core.cache import clear_cache

    from edgestab.numerics.intervals.kernel import kernel
    from edgestab.theory.claims.catalogue import find
    from edgestab.theory.parts.certified import Certified
    from edgestab.theory.statement import StepSizes
    from edgestab.verify.certify.part import certify_part

    kernel()
    theorem = THEOREMS[name]
    part = [p for p in find(theorem.claim).parts if isinstance(p, Certified)][theorem.part]
    if theorem.single:
        part = replace(part, statement=replace(part.statement, step_sizes=StepSizes.of(theorem.single)))
    clear_cache()  # the whole catalogue was built to find this one
    wall, cpu = time.perf_counter(), time.process_time()
    outcome = certify_part(part)
    if str(outcome.evidence.standing) != "PROVED":
        return {"problem": outcome.evidence.sentence}
    (certificate,) = outcome.certificates
    text = certificate.text
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"seconds": wall, "cpu": cpu, "cells": certificate.cells, "bytes": len(text.encode()), "text": text}


def checked(text: str) -> dict[str, Any]:
    """Check a certificate, and say how long it took."""
    from edgestab.verify.checker.check import check

    began = time.perf_counter()
    check(json.loads(text))
    return {"seconds": time.perf_counter() - began}


def _alone(what: str, argument: str) -> dict[str, Any]:
    """Run one of the above in a process of its own."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "benchmarks.certificates.whole", what]
    try:
        done = subprocess.run(
            command, input=argument, capture_output=True, text=True, timeout=CHECK_MOST, check=False, env=os.environ
        )
    except subprocess.TimeoutExpired:
        return {"problem": f"not done after {CHECK_MOST} s"}
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["ended without a word"]
        return {"problem": lines[-1][:300]}
    return {**json.loads(done.stdout), "process": time.perf_counter() - began}


def measure(names: Sequence[str], rounds: int, check: bool, tick: Callable[[str], None]) -> Found:
    """Return the table of certifications and checks."""
    rows: list[tuple[str, ...]] = []
    notes: list[str] = []
    record: dict[str, Any] = {}
    unchecked: dict[str, list[str]] = {}
    tick("compiling the kernels")
    _alone("certified", names[0])
    for name in names:
        tick(f"certifying {name}")
        runs = [_alone("certified", name) for _ in range(rounds)]
        failed = next((run["problem"] for run in runs if "problem" in run), None)
        if failed is not None:
            notes.append(f"{name}: not certified: {failed}")
            continue
        text = runs[0]["text"]
        tick(f"checking {name}")
        verdict = _alone("checked", text) if check else {}
        if "problem" in verdict:
            unchecked.setdefault(verdict["problem"], []).append(name)
        rows.append(_row(name, runs, verdict))
        record[name] = {
            "certified": [{k: v for k, v in run.items() if k != "text"} for run in runs],
            "checked": verdict,
        }
    notes += [f"not checked: {why} ({', '.join(which)})" for why, which in unchecked.items()]
    heads = (
        "theorem",
        "eta",
        "cells",
        "file, kB",
        "s (min-max)",
        "process, s",
        "wanted, s",
        "",
        "check, s",
        "< 60 wanted",
    )
    return Found(
        "whole",
        f"Whole certifications, SymPy cold, the kernel loaded, medians of {rounds} processes",
        heads,
        rows,
        notes,
        record,
    )


def _row(name: str, runs: Sequence[Mapping[str, Any]], verdict: Mapping[str, Any]) -> tuple[str, ...]:
    theorem, wall = THEOREMS[name], Spread.of(run["seconds"] for run in runs)
    process = Spread.of(run["process"] for run in runs)
    size = runs[0]["bytes"]
    return (
        name.split(" at ")[0],
        theorem.eta,
        str(runs[0]["cells"]),
        figures(size / 1000) + (" (over 5 MB)" if size > FILE_WANTED else ""),
        f"{figures(wall.median)} ({figures(wall.low)}-{figures(wall.high)})",
        figures(process.median),
        "" if theorem.wanted is None else f"< {theorem.wanted:g}",
        "" if theorem.wanted is None else _verdict(wall.median, theorem.wanted),
        figures(verdict["seconds"]) if "seconds" in verdict else "-",
        _verdict(verdict["seconds"], CHECK_WANTED) if "seconds" in verdict else "",
    )


def _verdict(seconds: float, wanted: float) -> str:
    return "met" if seconds < wanted else "not met"


if __name__ == "__main__":
    print(json.dumps({"certified": certified, "checked": checked}[sys.argv[1]](sys.stdin.read())))
