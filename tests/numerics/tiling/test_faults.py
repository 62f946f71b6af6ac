"""What goes wrong from outside: processes killed at any moment, full disks, folders that cannot be written."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import xarray as xr

from edgestab.numerics.maps.pictures.refine import Refinement
from edgestab.numerics.storage.zarr_folder import StoreError
from edgestab.numerics.tiling import store as stores
from edgestab.numerics.tiling.running import run, run_stored
from edgestab.numerics.tiling.tiles import Job
from tests.jobs_under_test import Toy, basin, files, store_in_child

CHILDREN = multiprocessing.get_context("forkserver")
CHILDREN.set_forkserver_preload(["tests.jobs_under_test", "edgestab.numerics.tiling.store", "xarray", "dask.base"])


def in_child(job: Job, path: Path, *, kill_after: float | None = None, operation: int = 0) -> tuple[int, float]:
    """Go on with a store in another process; return its exit code and how long it took."""
    began = time.perf_counter()
    process = CHILDREN.Process(target=store_in_child, args=(job, str(path), 2, operation))
    process.start()
    process.join(kill_after)
    if process.exitcode is None:
        process.kill()
        process.join()
    code = process.exitcode
    process.close()
    return int(code if code is not None else 1), time.perf_counter() - began


def done(path: Path) -> set[int]:
    """The tiles whose status stands on disk."""
    return {int(p.name) for p in path.glob("tile_status/c/*") if p.name.isdigit()}


def reference(job: Job, path: Path) -> tuple[dict[str, bytes], float]:
    """The store of an uninterrupted run, and how long one takes once everything is compiled and warm."""
    for _ in range(2):
        shutil.rmtree(path, ignore_errors=True)
        code, duration = in_child(job, path)
        assert code == 0
    return files(path), duration


@pytest.mark.parametrize(
    ("seed", "job"),
    [
        pytest.param(1, Toy(pause=0.03), id="toy"),
        pytest.param(2, basin(40, 16), id="basin", marks=pytest.mark.deep),
        pytest.param(3, basin(40, 16, Refinement(8, 2, 8)), id="refined basin", marks=pytest.mark.deep),
    ],
)
def test_a_process_killed_at_random_moments_costs_nothing_that_was_done(seed: int, job: Job, tmp_path: Path) -> None:
    whole, duration = reference(job, tmp_path / "whole.zarr")
    draw, killed = random.Random(seed), 0
    if isinstance(job, Toy):
        job = replace(job, log=str(tmp_path / "log"))
    for number, in_a_row in enumerate((1, 1, 2, 3)):
        path = tmp_path / f"{number}.zarr"
        for last in [False] * in_a_row + [True]:
            kept = {name: content for name, content in files(path).items() if not name.endswith(".partial")}
            finished, begun = done(path), len(job.computed()) if isinstance(job, Toy) else 0
            code, _ = in_child(job, path, kill_after=None if last else draw.uniform(0, 0.9 * duration))
            assert code == 0 if last else code in (0, -signal.SIGKILL)
            killed += code != 0
            if isinstance(job, Toy):
                assert not finished & set(job.computed()[begun:])
            assert {n: c for n, c in files(path).items() if n in kept} == kept
        assert files(path) == whole
    assert killed  # else nothing was tested; how often depends on how busy the machine is


def killed_at_operations(job: Job, first: int, stride: int, folder: Path) -> int:
    """Kill a run at every stride-th thing it does to a file, go on with it each time, and return how often."""
    whole, _ = reference(job, folder / "whole.zarr")
    path = folder / "killed.zarr"
    for count in itertools.count():
        shutil.rmtree(path, ignore_errors=True)
        code, _ = in_child(job, path, operation=first + count * stride)
        if code == 0:
            return count
        assert code == -signal.SIGKILL
        if done(path) != set(range(job.layout.count)):
            with pytest.raises(StoreError, match=r"not complete|not finished|no store"):
                stores.load(path)
        run_stored(job, path, resume=True)
        assert files(path) == whole
    raise AssertionError


def test_a_process_killed_at_any_file_operation(tmp_path: Path) -> None:
    assert killed_at_operations(Toy(), 3, 29, tmp_path) > 8


@pytest.mark.deep
def test_a_process_killed_at_every_file_operation(tmp_path: Path) -> None:
    assert killed_at_operations(Toy(), 1, 1, tmp_path) > 200
    assert killed_at_operations(basin(40, 16, Refinement(8, 2, 8)), 1, 7, tmp_path) > 40


def mount(*arguments: str) -> bool:
    if os.geteuid() != 0 or shutil.which("mount") is None:
        return False
    return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """A disk in memory, of the size it was last asked to have."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if not mount("-t", "tmpfs", "-o", "size=16k", "tmpfs", str(disk)):
        pytest.skip("a file system may not be mounted here")

    def options(words: str) -> Path:
        assert mount("-o", f"remount,{words}", str(disk))
        return disk

    try:
        yield options
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.mark.parametrize("size", ["16k", "48k", "128k", "180k"])
def test_a_full_disk_is_named_and_what_was_written_stays(
    size: str, small_disk: Callable[[str], Path], tmp_path: Path
) -> None:
    run_stored(Toy(), tmp_path / "whole.zarr")
    path = small_disk(f"size={size}") / "toy.zarr"
    with pytest.raises(OSError, match=r"No space left on device.*go on with --resume.*toy.zarr"):
        run_stored(Toy(), path)
    kept = done(path)
    assert (len(kept) > 0) == (size in ("128k", "180k"))
    with pytest.raises(OSError, match="No space left on device"):
        run_stored(Toy(), path, resume=True)
    assert kept <= done(path)
    kept = done(path)
    small_disk("size=4m")
    job = Toy(log=str(tmp_path / "log"))
    run_stored(job, path, resume=True)
    assert set(job.computed()) == set(range(8)) - kept
    assert files(path) == files(tmp_path / "whole.zarr")


@pytest.fixture
def read_only() -> Iterator[Callable[[Path], None]]:
    """Makes a folder read-only: by its mode, or, for the superuser, whom no mode stops, by a mount."""
    mounted: list[Path] = []

    def seal(folder: Path) -> None:
        mounted.append(folder)
        if os.geteuid() != 0:
            for inside in (folder, *(p for p in folder.rglob("*") if p.is_dir())):
                inside.chmod(0o555)
            for file in folder.rglob(".lock"):
                file.chmod(0o444)
        elif not (mount("--bind", str(folder), str(folder)) and mount("-o", "remount,bind,ro", str(folder))):
            pytest.skip("a file system may not be mounted here, and no mode stops the superuser")

    yield seal
    for folder in mounted:
        if os.geteuid() == 0:
            subprocess.run(["umount", "-l", str(folder)], check=False, capture_output=True)
        else:
            for inside in (folder, *(p for p in folder.rglob("*") if p.is_dir())):
                inside.chmod(0o755)


@pytest.mark.parametrize("resume", [False, True])
def test_a_read_only_folder_is_refused_before_any_work(
    resume: bool, read_only: Callable[[Path], None], tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    read_only(folder)
    job = Toy(log=str(tmp_path / "log"))
    with pytest.raises(OSError, match=r"(Read-only|Permission).*toy.zarr"):
        run_stored(job, folder / "toy.zarr", resume=resume)
    with pytest.raises(OSError, match=r"(Read-only|Permission).*folder"):
        run_stored(job, folder, resume=resume)
    assert job.computed() == []


def test_a_read_only_store_can_be_read_and_not_continued(read_only: Callable[[Path], None], tmp_path: Path) -> None:
    path = tmp_path / "folder" / "toy.zarr"
    run_stored(Toy(), path)
    unfinished = tmp_path / "folder" / "unfinished.zarr"
    with stores.create(unfinished, Toy()):
        pass
    read_only(tmp_path / "folder")
    xr.testing.assert_identical(stores.load(path).load(), run(Toy()))
    job: Any = Toy(log=str(tmp_path / "log"))
    with pytest.raises(OSError, match=r"(Read-only|Permission).*unfinished.zarr"):
        run_stored(job, unfinished, resume=True)
    assert job.computed() == []
