"""The script for a machine with a GPU runs every section on a CPU, in small sizes, and keeps what it has in time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("torch")

import torch

from benchmarks.device import __main__, section
from benchmarks.device.budget import SECTIONS, TOTAL, Section
from benchmarks.device.page import merged, page

ROOT = Path(__file__).parents[2]

WITHOUT = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {missing!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Missing())
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name in {missing!r} else found(name, package)
from benchmarks.device import page, section
section.main(["launches", {file!r}, "--device", "cpu", "--seconds", "60", "--small"])
from benchmarks.networks import launches, long_runs, steps, sweeps
"""


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def found(name: str, folder: Path) -> list[dict]:
    file = folder / f"{name}.jsonl"
    section.main([name, str(file), "--device", "cpu", "--seconds", "60", "--small"])
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_every_section_is_measured():
    assert list(section.MEASURES) == [s.name for s in SECTIONS]
    assert sum(s.seconds for s in SECTIONS) <= TOTAL < 540 - __main__.GRACE


def test_steps_and_sweeps(tmp_path):
    (steps,), (sweep,) = found("steps", tmp_path), found("sweeps", tmp_path)
    [record] = steps["record"].values()
    assert record["parameters"] == 701
    assert len(record["tracked"]["seconds"]) == 3
    assert sweep["record"]["Chebyshev"]["differs"] < 1e-12


def test_a_run_is_tracked(tmp_path):
    [table] = found("tracking", tmp_path)
    [run] = table["record"].values()
    assert len(run["sharpness"]) == len(run["losses"]) == len(run["tracked"]) == 4
    assert run["sharpness"][0] * run["eta"] == pytest.approx(1.9, rel=1e-2)
    assert run["losses"][-1] < run["losses"][0]
    assert len(table["rows"][0]) == len(table["heads"])


def test_launches_agree_or_say_what_they_need(tmp_path):
    graph, compiled = found("launches", tmp_path)
    if not torch.cuda.is_available():
        assert graph["rows"][0][-1] == "needs a CUDA device"
    [record] = compiled["record"].values()
    assert record["differs"] < 1e-12
    assert min(record["seconds"]) > 0


def test_torch_and_numpy_are_enough(tmp_path):
    missing = {"rich", "scipy", "sklearn", "numba", "sympy", "flint", "xarray", "zarr", "msgspec", "pytest"}
    code = WITHOUT.format(missing=missing, file=str(tmp_path / "found.jsonl"))
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "found.jsonl").read_text().splitlines()) == 2


def test_the_command_writes_figures_and_a_page(tmp_path):
    words = ["benchmarks/device.sh", str(tmp_path), "--small", "--device", "cpu", "--only", "tests"]
    done = subprocess.run(
        words, cwd=ROOT, env={**os.environ, "PYTHON": sys.executable}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    record = json.loads((tmp_path / "device.json").read_text())
    [table] = record["sections"]["tests"]["tables"]
    refused = {name: outcome for name, outcome, _ in table["rows"]}
    there = torch.cuda.is_available()
    assert refused == {"test_a_device_that_is_not_there_is_refused": "skipped" if there else "passed"}
    shown = (tmp_path / "device.md").read_text()
    assert "## tests" in shown
    assert "| test_a_device_that_is_not_there_is_refused | " in shown


def test_what_overruns_is_ended_and_what_it_found_is_kept(tmp_path, monkeypatch, capsys):
    slow = tmp_path / "slow.py"
    slow.write_text(
        "import json, sys, time\n"
        "open(sys.argv[2], 'w').write(json.dumps("
        "{'name': 'a', 'title': 'A', 'heads': ['', 'x'], 'rows': [['r', '1']], 'notes': [], 'record': {}}) + '\\n')\n"
        "time.sleep(60)\n"
    )
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nshift 2\nexec "{sys.executable}" "{slow}" "$@"\n')
    python.chmod(0o755)
    monkeypatch.setattr(__main__.sys, "executable", str(python))
    monkeypatch.setattr(__main__, "GRACE", 1.0)
    sections = (Section("steps", 1.0), Section("sweeps", 1.0, ("no_such_module",)))
    monkeypatch.setattr(__main__, "SECTIONS", sections)
    began = time.monotonic()
    __main__.main([str(tmp_path)])
    assert time.monotonic() - began < 30
    record = json.loads((tmp_path / "device.json").read_text())["sections"]
    assert record["steps"]["status"] == "out of time"
    assert record["steps"]["tables"][0]["rows"] == [["r", "1"]]
    assert record["sweeps"]["reason"] == "not installed: no_such_module"
    assert "| r | 1 |" in (tmp_path / "device.md").read_text()
    assert "out of time" in capsys.readouterr().out


def test_what_fails_is_shown_and_ends_with_a_status(tmp_path, monkeypatch):
    monkeypatch.setattr(__main__, "SECTIONS", (Section("steps", 60.0),))
    with pytest.raises(SystemExit, match="1"):
        __main__.main([str(tmp_path), "--device", "no-device"])
    record = json.loads((tmp_path / "device.json").read_text())["sections"]["steps"]
    assert record["status"] == "failed"
    assert "unknown device 'no-device'" in record["output"]
    assert "unknown device" in (tmp_path / "device.md").read_text()


def test_rows_of_one_table_are_put_together():
    tables = [
        {"name": "a", "title": "A", "heads": ["", "x"], "rows": [[name, "1"]], "notes": ["same"], "record": {}}
        for name in ("first", "second")
    ]
    [table] = merged(tables)
    assert [row[0] for row in table.rows] == ["first", "second"]
    assert (
        page({"small": False, "seconds": 1, "sections": {"s": {"status": "done", "tables": tables}}}).count("same") == 1
    )
