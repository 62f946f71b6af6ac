"""What is released: everything of ours under one name, and it works beside a user's own files of any name."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[1]
WRITTEN = {"build", "dist", "report"}  # what builds and runs write at the top; packages may be called so

BUILD = "import sys, setuptools.build_meta as backend; print(backend.build_{kind}(sys.argv[1]))"


def left_behind(folder: str, entries: list[str]) -> set[str]:
    """Entries that are not part of a checkout."""
    if Path(folder) == ROOT:
        return {e for e in entries if e in WRITTEN or e.startswith((".", "edgestab-", "edgestab.egg"))}
    return {e for e in entries if e == "__pycache__"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The source archive, and the wheel made of what is in it."""
    folder = tmp_path_factory.mktemp("built")
    checkout = folder / "checkout"
    shutil.copytree(ROOT, checkout, ignore=left_behind, symlinks=True)
    sdist = build("sdist", checkout, folder)
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    return {"sdist": sdist, "wheel": build("wheel", folder / sdist.name.removesuffix(".tar.gz"), folder)}


def build(kind: str, source: Path, target: Path) -> Path:
    command = [sys.executable, "-c", BUILD.format(kind=kind), str(target)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target / done.stdout.splitlines()[-1]


def names(archive: Path) -> set[str]:
    """Files in an archive; those of a source archive without its top folder."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return set(wheel.namelist())
    with tarfile.open(archive) as sdist:
        assert not [m.name for m in sdist if m.issym() or m.islnk()]
        return {str(PurePosixPath(*PurePosixPath(m.name).parts[1:])) for m in sdist if m.isfile()}


def files(*folders: str) -> Iterator[str]:
    for folder in folders:
        for file in (ROOT / folder).rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                yield file.relative_to(ROOT).as_posix()


def test_the_wheel_has_one_name(built: dict[str, Path]) -> None:
    # Whatever else is installed, under names such as "verify" and "numerics" too, shares no file with it.
    tops = {name.split("/")[0] for name in names(built["wheel"])}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"edgestab"}
    assert len(tops) == 2


def test_the_wheel_has_every_file_of_ours(built: dict[str, Path]) -> None:
    ours = set(files("edgestab"))
    assert {"edgestab/py.typed", "edgestab/__init__.py"} <= ours
    assert {name for name in names(built["wheel"]) if name.startswith("edgestab/")} == ours


def test_the_source_archive_is_enough_to_test(built: dict[str, Path]) -> None:
    found = names(built["sdist"])
    alone = {
        "pyproject.toml",
        "README.md",
        "CITATION.cff",
        "LICENSE",
        "Makefile",
        "constraints.txt",
        "conftest.py",
        "MANIFEST.in",
    }
    assert alone | set(files("edgestab", "tests", "benchmarks", "docs", "examples")) <= found
    assert {name.split("/")[0] for name in found}.isdisjoint({"theory", "numerics", "verify", ".git", ".venv"})


@pytest.fixture
def beside(built: dict[str, Path], tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A folder whose files are named as our rooms are, and an environment in which the wheel is installed."""
    site = tmp_path / "site"
    with zipfile.ZipFile(built["wheel"]) as wheel:
        wheel.extractall(site)
    folder = tmp_path / "work"
    folder.mkdir()
    for name in ("theory", "numerics", "verify", "tests", "errors"):
        (folder / f"{name}.py").write_text("raise ImportError('a file of the user was imported')\n")
    return folder, {"PYTHONPATH": str(site), "EDGESTAB_CACHE_DIR": str(tmp_path / "kernels")}


def run(beside: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    folder, environment = beside
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    done = subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_import_beside_files_of_any_name(beside: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import edgestab, edgestab.verify.check; print(edgestab.__file__)"
    origin = run(beside, monkeypatch, "-c", code).strip()
    assert Path(origin).is_relative_to(beside[1]["PYTHONPATH"])


def test_command_line_beside_files_of_any_name(
    beside: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = run(beside, monkeypatch, "-m", "edgestab", "verify", "zhu2023.slip1", "--out", "report")
    assert "REFUTED" in shown
    assert (beside[0] / "report" / "report.html").stat().st_size > 1000
