"""What goes wrong from outside: processes killed at any moment, full disks, wrong data, devices that are not there."""

from __future__ import annotations

import errno
import itertools
import json
import multiprocessing
import os
import random
import re
import resource
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest
import torch

from edgestab.numerics.networks.run import checkpoint, recording
from edgestab.numerics.networks.run.recording import open_run
from edgestab.numerics.networks.run.spec import spec_of
from edgestab.numerics.networks.run.train import RunProgress, train
from edgestab.numerics.storage import atomic
from edgestab.numerics.storage.zarr_folder import ROOT
from tests.numerics.networks.run.runs_under_test import SPECS, files, run, spec, train_in_child

CHILDREN = multiprocessing.get_context("forkserver")
CHILDREN.set_forkserver_preload(["tests.numerics.networks.run.runs_under_test", "sympy", "flint"])


def in_child(name: str, path: Path, interval: float, row: int = -1, operation: int = 0) -> int:
    """Go on with a run in another process; return its exit code."""
    process = CHILDREN.Process(target=train_in_child, args=(name, str(path), interval, row, operation))
    process.start()
    process.join()
    code = process.exitcode
    process.close()
    return int(code if code is not None else 1)


def killed_and_resumed(name: str, folder: Path, rows: list[int], intervals: list[float]) -> None:
    assert in_child(name, folder / "whole.zarr", 100.0) == 0
    whole = files(folder / "whole.zarr")
    path = folder / "killed.zarr"
    for row, interval in zip(rows, intervals, strict=True):
        assert in_child(name, path, interval, row) == -signal.SIGKILL
    found = open_run(path)
    assert found.attrs["status"] == "RUNNING"
    assert found.attrs["recorded"] < 91
    assert in_child(name, path, 0.05) == 0
    assert files(path) == whole


@pytest.mark.parametrize("name", ["kicked", pytest.param("adaptive", marks=pytest.mark.deep)])
def test_a_run_killed_twice_ends_bitwise_as_one_that_was_not(name: str, tmp_path: Path) -> None:
    # With interval 0 every row is on the disk; with 0.02 the last rows before the death are made again.
    killed_and_resumed(name, tmp_path, [31, 62], [0.0, 0.02])


@pytest.mark.deep
@pytest.mark.parametrize("name", [n for n in SPECS if n != "plain"])
def test_a_run_killed_at_ten_random_steps(name: str, tmp_path: Path) -> None:
    draw = random.Random(name)
    rows = sorted(draw.sample(range(2, 90), 10))
    killed_and_resumed(name, tmp_path, rows, [draw.choice([0.0, 0.01, 0.03, 0.1]) for _ in rows])


def killed_at_operations(name: str, first: int, stride: int, folder: Path) -> int:
    """Kill a run at every stride-th thing it does to a file, go on with it each time, and return how often."""
    assert in_child(name, folder / "whole.zarr", 100.0) == 0
    whole, path = files(folder / "whole.zarr"), folder / "killed.zarr"
    for count in itertools.count():
        shutil.rmtree(path, ignore_errors=True)
        code = in_child(name, path, 0.03, operation=first + count * stride)
        if code == 0:
            return count
        assert code == -signal.SIGKILL
        if (path / ROOT).exists():
            open_run(path).load()  # what is there can be read
        run(name, path, resume=True)
        assert files(path) == whole
    raise AssertionError


def test_a_run_killed_at_file_operations(tmp_path: Path) -> None:
    assert killed_at_operations("plain", 20, 60, tmp_path) >= 3


@pytest.mark.deep
def test_a_run_killed_at_any_file_operation(tmp_path: Path) -> None:
    assert killed_at_operations("kicked", 1, 47, tmp_path) > 10


class Stop(Exception):
    """Raised where the user would interrupt."""


@pytest.mark.parametrize(
    ("error", "words"), [(KeyboardInterrupt, "Interrupted after 17"), (Stop, "Ended by Stop after 17")]
)
def test_an_interrupted_run_keeps_every_row(error: type[BaseException], words: str, tmp_path: Path) -> None:
    def at(progress: RunProgress) -> None:
        if progress.row == 17:
            raise error

    path = tmp_path / "r.zarr"
    with pytest.raises(error):
        run("plain", path, progress=at)
    found = open_run(path)
    assert (found.attrs["status"], found.attrs["recorded"], found.sizes["step"]) == ("INTERRUPTED", 17, 17)
    assert found.attrs["sentence"].startswith(words)
    run("plain", path, resume=True)
    run("plain", tmp_path / "whole.zarr")
    assert files(path) == files(tmp_path / "whole.zarr")


def test_an_interrupt_in_the_middle_of_a_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The eigensolver has moved on, the step is not done: the state must be the one before.
    from edgestab.numerics.networks.run.course import Tracker

    whole, asked = Tracker.__call__, [-1]  # it is asked once before the store is made

    def interrupted(self: Tracker, *arguments: object) -> object:
        found = whole(self, *arguments)  # type: ignore[arg-type]
        asked[0] += 1
        if asked[0] == 12:
            raise KeyboardInterrupt
        return found

    path = tmp_path / "r.zarr"
    monkeypatch.setattr(Tracker, "__call__", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run("plain", path)
    monkeypatch.undo()
    assert open_run(path).attrs["recorded"] == 11
    run("plain", path, resume=True)
    run("plain", tmp_path / "whole.zarr")
    assert files(path) == files(tmp_path / "whole.zarr")


@pytest.mark.parametrize("at", ["rows", "state", "summary"])
def test_a_full_disk(at: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, commits = tmp_path / "r.zarr", [0]

    def full(*_: object, **__: object) -> None:
        commits[0] += 1
        if commits[0] > 6:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if at == "rows":
        import zarr.storage._local as local

        put = local._put
        monkeypatch.setattr(local, "_put", lambda *a, **k: (full() if commits[0] >= 0 else None, put(*a, **k))[1])
        commits[0] = -(10**6)  # first let the store be made
    elif at == "state":
        save = np.savez
        monkeypatch.setattr(checkpoint.np, "savez", lambda *a, **k: (full(), save(*a, **k))[1])
    else:
        write = recording._write_root
        monkeypatch.setattr(recording, "_write_root", lambda *a: (full(), write(*a))[1])

    def begun(progress: RunProgress) -> None:
        if at == "rows" and progress.row == 9:
            commits[0] = 0

    with pytest.raises(
        OSError, match=r"No space left on device; the .* rows that were recorded stay.*--resume"
    ) as caught:
        run("plain", path, interval=0.0, progress=begun)
    assert caught.value.filename == str(path)
    monkeypatch.undo()
    found = open_run(path).load()
    kept = found.attrs["recorded"]
    assert found.attrs["status"] == "RUNNING"
    assert 4 <= kept <= 20
    assert not list(path.rglob("*.partial"))
    run("plain", path, resume=True)
    run("plain", tmp_path / "whole.zarr")
    assert files(path) == files(tmp_path / "whole.zarr")
    np.testing.assert_array_equal(open_run(path).loss[:kept], found.loss)


def with_small_files(name: str, path: str, limit: int) -> None:
    torch.set_num_threads(1)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        run(name, Path(path), resume=True, interval=0.0)
    except OSError as error:
        os._exit(77 if error.errno == errno.EFBIG and "--resume" in str(error) else 1)


def test_a_system_that_refuses_to_write_on(tmp_path: Path) -> None:
    # First the store cannot be made, then the state cannot be written.
    run("adaptive", tmp_path / "whole.zarr")
    path, whole = tmp_path / "r.zarr", files(tmp_path / "whole.zarr")
    limits = (len(whole[ROOT]) // 2, len(whole[recording.STATE]) - 64)
    assert limits[1] > len(whole[ROOT])
    for limit in limits:
        process = CHILDREN.Process(target=with_small_files, args=("adaptive", str(path), limit))
        process.start()
        process.join()
        assert process.exitcode == 77
    assert open_run(path).load().attrs["status"] == "RUNNING"
    run("adaptive", path, resume=True)
    assert files(path) == whole


def test_another_run_is_not_resumed(tmp_path: Path) -> None:
    path = tmp_path / "r.zarr"
    run("plain", path)
    before = files(path)
    entries = json.loads(spec("plain").text)
    for changed, words in (
        ({"steps": 41}, "steps is 40 there and 41 here"),
        ({"optimizer": {"eta": 0.19}}, "eta is 0.2 there and 0.19 here"),
        ({"stop": {"loss_below": 0.1}}, "stop.loss_below is None there and 0.1 here"),
        ({"problem": {**entries["problem"], "seed": 1}}, "problem.seed is 0 there and 1 here"),
    ):
        with pytest.raises(ValueError, match=re.escape(words)):
            train(spec_of(entries | changed), path, resume=True)
    with pytest.raises(ValueError, match="--resume"):
        run("plain", path)
    assert files(path) == before
    assert run("plain", path, resume=True).status == "FINISHED"
    assert files(path) == before


def test_a_run_of_other_code_is_not_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from edgestab.numerics.networks.run import train as module

    run("plain", tmp_path / "r.zarr")
    monkeypatch.setattr(module, "versions", lambda: {"code": "other"})
    with pytest.raises(ValueError, match="another version of edgestab"):
        run("plain", tmp_path / "r.zarr", resume=True)


def test_folders_that_are_no_record(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.tex").write_text("precious")
    for resume in (False, True):
        with pytest.raises(ValueError, match=r"exists|thesis\.tex"):
            run("plain", other, resume=resume)
        with pytest.raises(ValueError, match=r"exists|is a file"):
            run("plain", other / "thesis.tex", resume=resume)
    assert [p.name for p in other.iterdir()] == ["thesis.tex"]
    for path in (other, tmp_path / "none"):
        with pytest.raises(ValueError, match="no record of a training run"):
            open_run(path)


def test_two_processes_do_not_write_into_one_store(tmp_path: Path) -> None:
    path = tmp_path / "r.zarr"

    def second(progress: RunProgress) -> None:
        if progress.row == 3:
            run("plain", path, resume=True)

    with pytest.raises(ValueError, match="another process is writing"):
        run("plain", path, interval=0.0, progress=second)


def test_lost_and_damaged_files(tmp_path: Path) -> None:
    path = tmp_path / "r.zarr"
    run("plain", path)
    chunk = path / "loss" / "c" / "0"
    content = chunk.read_bytes()
    chunk.unlink()
    with pytest.raises(ValueError, match="loss/c/0 is missing"):
        run("plain", path, resume=True)
    with pytest.raises(ValueError, match="loss/c/0 is missing"):
        open_run(path)
    chunk.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(Exception, match=r"(?i)crc|checksum"):
        open_run(path).load()
    chunk.write_bytes(content)
    (path / recording.STATE).write_bytes(b"PK\x03\x04 nonsense")
    with pytest.raises(ValueError, match="damaged"):
        run("plain", path, resume=True)


DIGITS = {"data": {"kind": "digits", "n": 40}, "network": {"kind": "mlp", "hidden": [4]}}


def user_file(path: Path, inputs: np.ndarray, targets: np.ndarray) -> dict[str, object]:
    np.savez(path, allow_pickle=False, x=inputs, y=targets)
    return {"data": {"kind": "npz", "path": str(path), "n": 20}, "network": {"kind": "mlp", "hidden": [4]}}


@pytest.mark.parametrize("fault", ["NaN", "length", "device", "start"])
def test_a_wrong_problem_is_refused_before_anything_is_written(fault: str, tmp_path: Path) -> None:
    x, y = np.random.default_rng(0).normal(size=(20, 3)), np.zeros((20, 1))
    if fault == "NaN":
        x[3, 1] = np.nan
    problem = user_file(tmp_path / "d.npz", x, y[:-1] if fault == "length" else y)
    words = {"NaN": "not finite", "length": "20 inputs and 19 targets", "device": "CUDA", "start": "at the start"}[
        fault
    ]
    if fault == "device":
        if torch.cuda.is_available():
            pytest.skip("there is a device")
        problem["device"] = "cuda"
    if fault == "start":
        problem["network"] = {"kind": "mlp", "hidden": [4], "gain": 1e200, "act": "identity"}
    path = tmp_path / "r.zarr"
    with pytest.raises(ValueError, match=words):
        train(spec_of({"problem": problem, "optimizer": {"eta": 0.1}, "steps": 5}), path)
    assert not path.exists()


def test_data_that_changed_between_two_runs(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(20, 3))
    problem = user_file(tmp_path / "d.npz", x, x[:, :1])
    entries = {"problem": problem, "optimizer": {"eta": 0.1}, "steps": 5}
    train(spec_of(entries), tmp_path / "r.zarr")
    user_file(tmp_path / "d.npz", x, x[:, 1:2])
    with pytest.raises(ValueError, match="digest is"):
        train(spec_of(entries), tmp_path / "r.zarr", resume=True)


def test_wrong_derivatives_are_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from edgestab.numerics.networks.specs.spec import Problem

    def refuse(_: Problem) -> None:
        raise ValueError("the Hessian-vector product is wrong")

    monkeypatch.setattr(Problem, "require_right_derivatives", refuse)
    with pytest.raises(ValueError, match="Hessian"):
        run("plain", tmp_path / "r.zarr")
    assert not (tmp_path / "r.zarr").exists()
    # Without curvature there is nothing to check.
    train(spec_of({**json.loads(spec("plain").text), "record": {"sharpness_every": 0}}), tmp_path / "r.zarr")


def test_a_checkpoint_is_whole_or_as_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "state.npz"
    assert checkpoint.load(file) is None
    first = {"a.b": np.arange(3.0), "word": np.asarray("RUNNING"), "f": np.asfortranarray(np.ones((2, 3)))}
    checkpoint.save(file, first)
    again = checkpoint.load(file)
    assert again is not None
    assert {n: x.tolist() for n, x in again.items()} == {n: x.tolist() for n, x in first.items()}
    assert again["f"].flags.f_contiguous
    content = file.read_bytes()
    checkpoint.save(file, first)
    assert file.read_bytes() == content  # no time of writing in it
    monkeypatch.setattr(atomic.os, "fsync", lambda _: (_ for _ in ()).throw(OSError(errno.EIO, "I/O error")))
    with pytest.raises(OSError, match="I/O"):
        checkpoint.save(file, {"a": np.zeros(1)})
    assert file.read_bytes() == content
    assert [p.name for p in tmp_path.iterdir()] == ["state.npz"]
