"""The cache of generated code, seen from other processes: reused, healed, and done without."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from edgestab.numerics.programs import modules

ROOT = Path(__file__).parents[3]

# One step of x' = x - eta x in the lane kernel; prints the state after three steps and the warnings given.
PROGRAM = """
import warnings
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    from edgestab.numerics.orbits.lanes import LaneKernel
    from edgestab.numerics.programs.program import program_of
    from edgestab.theory.symbols import symbols
    x, eta = symbols("x eta")
    residual = program_of([x**2], [x, eta])
    for factor in (1, 2):
        kernel = LaneKernel(program_of([x - factor * eta * x], [x, eta]), residual, 1, (False,))
        print(kernel.advance([[1.0, 4.0]], [0.25], 1).tolist())
print([w.category.__name__ for w in seen if issubclass(w.category, RuntimeWarning)])
"""
RESULT = "[[0.75, 3.0]]\n[[0.5, 2.0]]\n"
QUIET = RESULT + "[]\n"


def start(folder: Path) -> subprocess.Popen[str]:
    # Away from pytest's own settings: a subprocess sees the folder named here and nothing else.
    environment = {**os.environ, "EDGESTAB_CACHE_DIR": str(folder), "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM], env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def run(folder: Path) -> str:
    out, err = (process := start(folder)).communicate(timeout=100)
    assert process.returncode == 0, err
    return out


def compiled(folder: Path) -> dict[str, int]:
    return {f.name: f.stat().st_mtime_ns for f in folder.glob("__pycache__/*.nb?")}


def truncated_py(folder: Path) -> None:
    for file in folder.glob("*.py"):
        file.write_bytes(file.read_bytes()[:200])


def truncated_nbi(folder: Path) -> None:
    for file in folder.glob("__pycache__/*.nbi"):
        file.write_bytes(file.read_bytes()[:40])


def empty_nbi(folder: Path) -> None:
    for file in folder.glob("__pycache__/*.nbi"):
        file.write_bytes(b"")


def truncated_nbc(folder: Path) -> None:
    for file in folder.glob("__pycache__/*.nbc"):
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


DAMAGES = (truncated_py, truncated_nbi, empty_nbi, truncated_nbc)


@pytest.fixture(scope="module")
def warm(tmp_path_factory) -> Path:
    """A folder in which one process has compiled both kernels, and the driver of the lanes."""
    folder = tmp_path_factory.mktemp("cache") / "kernels"
    assert run(folder) == QUIET
    return folder


@pytest.fixture(scope="module")
def healed(warm, tmp_path_factory) -> dict[str, tuple[Path, str, str, int]]:
    """For each damage the folder, and what a process with the damaged cache said; two at a time."""

    def one(damage) -> tuple[Path, str, str, int]:
        folder = tmp_path_factory.mktemp(damage.__name__) / "kernels"
        shutil.copytree(warm, folder)  # keeps file times, which numba compares
        damage(folder)
        out, err = (process := start(folder)).communicate(timeout=100)
        return folder, out, err, process.returncode

    with ThreadPoolExecutor(2) as pool:
        return dict(zip((d.__name__ for d in DAMAGES), pool.map(one, DAMAGES), strict=True))


def test_the_cache_holds_one_module_for_each_kernel(warm):
    assert len(list(warm.glob("edgestab_generated_*.py"))) == 3
    assert compiled(warm)
    assert not list(warm.glob("*.tmp"))


def test_a_second_process_compiles_nothing(warm):
    before = compiled(warm)
    times = {f: f.stat().st_mtime_ns for f in warm.glob("*.py")}
    assert run(warm) == QUIET
    assert compiled(warm) == before
    assert {f: f.stat().st_mtime_ns for f in warm.glob("*.py")} == times


def test_two_processes_may_compile_at_once(tmp_path):
    pair = [start(tmp_path / "kernels") for _ in range(2)]
    for process in pair:
        out, err = process.communicate(timeout=100)
        assert out == QUIET, err
    assert len(list((tmp_path / "kernels").glob("*.py"))) == 3
    assert not list((tmp_path / "kernels").glob("*.tmp"))


@pytest.mark.parametrize("damage", [d.__name__ for d in DAMAGES])
def test_a_damaged_cache_is_healed(warm, healed, damage):
    folder, out, err, code = healed[damage]
    assert code == 0, err
    assert out == QUIET
    for file in warm.glob("*.py"):
        assert (folder / file.name).read_text() == file.read_text()


@pytest.mark.parametrize("damage", ["truncated_nbi", "truncated_nbc"])
def test_a_healed_cache_serves_the_next_process(healed, damage):
    folder = healed[damage][0]
    before = compiled(folder)
    assert all(file.stat().st_size > 40 for file in folder.glob("__pycache__/*.nb?"))
    assert run(folder) == QUIET
    assert compiled(folder) == before


def test_an_unwritable_folder_is_done_without_after_one_warning(tmp_path):
    blocked = tmp_path / "file.txt"
    blocked.write_text("no folder")
    assert run(blocked / "cache") == RESULT + "['RuntimeWarning']\n"
    assert blocked.read_text() == "no folder"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root writes where it likes")
def test_a_read_only_folder_is_done_without_after_one_warning(tmp_path):
    folder = tmp_path / "cache"
    folder.mkdir(mode=0o500)
    try:
        assert run(folder) == RESULT + "['RuntimeWarning']\n"
    finally:
        folder.chmod(0o700)


# In this process.


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(modules, "cache_folder", lambda: tmp_path)
    yield tmp_path
    for name in [n for n, m in sys.modules.items() if str(getattr(m, "__file__", "")).startswith(str(tmp_path))]:
        del sys.modules[name]


def test_a_module_is_found_by_the_hash_of_its_text(cache):
    one, same, other = (modules.load(f"VALUE = {v}\n") for v in (1, 1, 2))
    assert one is same
    assert (one.VALUE, other.VALUE) == (1, 2)
    assert len(list(cache.glob("*.py"))) == 2
    assert one.__name__ in sys.modules


@pytest.mark.usefixtures("cache")
def test_an_altered_file_is_written_again():
    module = modules.load("VALUE = 'right'\n")
    file = Path(module.__file__)
    for wrong in (b"VALUE = 'wrong'\n", b"VALUE", b"\xff\xfe", b""):
        del sys.modules[module.__name__]
        file.write_bytes(wrong)
        shutil.rmtree(file.parent / "__pycache__", ignore_errors=True)
        assert modules.load("VALUE = 'right'\n").VALUE == "right"


def test_a_module_that_fails_leaves_no_trace_in_the_interpreter(cache):
    with pytest.raises(ZeroDivisionError):
        modules.load("VALUE = 1 / 0\n")
    assert not [n for n, m in sys.modules.items() if str(getattr(m, "__file__", "")).startswith(str(cache))]
    with pytest.raises(ZeroDivisionError):
        modules.load("VALUE = 1 / 0\n")


def test_a_folder_that_cannot_be_written_warns_once(tmp_path, monkeypatch):
    blocked = tmp_path / "file.txt"
    blocked.write_text("")
    monkeypatch.setenv("EDGESTAB_CACHE_DIR", str(blocked / "cache"))
    modules.cache_folder.cache_clear()
    try:
        with pytest.warns(RuntimeWarning, match="cannot be written") as seen:
            first = modules.cache_folder()
        assert len(seen) == 1
        assert modules.cache_folder() == first
        assert first.is_dir()
    finally:
        modules.cache_folder.cache_clear()
