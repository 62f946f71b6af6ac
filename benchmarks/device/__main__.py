"""The command line: run every section within its time, and write one file of figures and one page of tables."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.device.budget import SECTIONS, TOTAL, Section
from benchmarks.device.page import page

ROOT = Path(__file__).parents[2]

GRACE = 5.0
"""Seconds beyond its time after which a section that has not ended by itself is ended."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the sections one after another. What fails or is left out is named, and the others run."""
    began = time.monotonic()
    options = _parser().parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    record: dict[str, Any] = {"small": options.small, "sections": {}}
    names = options.only or [section.name for section in SECTIONS]
    for section in (s for s in SECTIONS if s.name in names):
        left = TOTAL - GRACE - (time.monotonic() - began)
        print(f"{section.name} ...", flush=True)
        found = _run(section, min(section.seconds, left), options)
        print(f"{section.name}: {found['status']}, {found['seconds']:.0f} s", flush=True)
        record["sections"][section.name] = found
        record["seconds"] = time.monotonic() - began
        # Written after every section: what ends this command leaves what was measured.
        (options.folder / "device.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        (options.folder / "device.md").write_text(page(record), encoding="utf-8")
    print(f"{record['seconds']:.0f} seconds; {options.folder / 'device.json'}, {options.folder / 'device.md'}")
    if any(found["status"] == "failed" for found in record["sections"].values()):
        raise SystemExit(1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="benchmarks/device.sh", description="Test and measure networks on a GPU, within nine minutes."
    )
    out = os.environ.get("OUT")
    parser.add_argument(
        "folder", type=Path, nargs="?" if out else None, default=out, help="where to write; $OUT by default"
    )
    parser.add_argument("--device", default="cuda", help="cuda (the default), cuda:1, cpu")
    parser.add_argument("--small", action="store_true", help="small sizes and few samples: does everything run?")
    names = [section.name for section in SECTIONS]
    parser.add_argument("--only", action="append", choices=names, help=f"one of {', '.join(names)}; repeatable")
    return parser


def _run(section: Section, seconds: float, options: argparse.Namespace) -> dict[str, Any]:
    """Run a section in a process of its own, which says line by line what it has found."""
    missing = [name for name in section.needs if find_spec(name) is None]
    if missing or seconds <= 0:
        reason = f"not installed: {', '.join(missing)}" if missing else "no time was left"
        return {"status": "left out", "reason": reason, "seconds": 0.0, "tables": []}
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        lines = Path(name, "found.jsonl")
        command = [sys.executable, "-m", "benchmarks.device.section", section.name, str(lines)]
        command += ["--device", options.device, "--seconds", f"{seconds:.1f}", *(["--small"] if options.small else [])]
        # A session of its own: what it started itself is ended with it.
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )
        try:
            output, _ = process.communicate(timeout=seconds + GRACE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
            ended = {"status": "out of time"}
        else:
            ended = {"status": "done"} if process.returncode == 0 else {"status": "failed", "output": output[-4000:]}
        texts = lines.read_text(encoding="utf-8").splitlines() if lines.exists() else []
    tables = [json.loads(text) for text in texts]
    return {**ended, "seconds": time.monotonic() - began, "tables": tables}


if __name__ == "__main__":
    main()
