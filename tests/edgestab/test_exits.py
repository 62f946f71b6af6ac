"""How commands end: the status, the lines on the error stream, and what is imported on the way."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import edgestab.verify.listing
from edgestab.cli import COMMANDS, run
from edgestab.commands import exits
from edgestab.version import UNKNOWN, version

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Make ``edgestab claims`` raise."""

    def listing(_: str | None) -> None:
        raise error

    monkeypatch.setattr(edgestab.verify.listing, "listing", listing)


@pytest.mark.parametrize(
    "error",
    [ValueError("a column is missing"), KeyError("x"), OSError("no file's name"), RecursionError(), TypeError()],
)
def test_a_fault_of_ours_is_a_traceback_and_a_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    failing(monkeypatch, error)
    assert run(["claims"]) == exits.BUG == 70
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("Traceback (most recent call last):\n")
    assert type(error).__name__ in captured.err
    assert captured.err.splitlines()[-1] == (
        f"edgestab: this is a bug of edgestab {version()}: please report it with the lines above"
    )


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (PermissionError(errno.EACCES, "Permission denied", "a.nc"), "a.nc: Permission denied"),
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, error: OSError, says: str
) -> None:
    failing(monkeypatch, error)
    assert run(["claims"]) == exits.BAD_USAGE == 2
    assert capsys.readouterr().err == f"edgestab: error: {says}\n"


def test_an_interrupt_has_its_status(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, KeyboardInterrupt())
    assert run(["claims"]) == exits.INTERRUPTED == 130
    assert capsys.readouterr().err.startswith("edgestab: error: interrupted")


def test_a_certificate_that_proves_nothing_is_bad_usage(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    file.write_text(json.dumps({"format": "edgestab-certificate"}), encoding="utf-8")
    for verb in ("recheck", "check"):
        assert run([verb, str(file)]) == exits.BAD_USAGE
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.startswith(f"edgestab: error: {file}: the file must have the keys ")
        assert captured.err.count("\n") == 1


def test_a_pipe_that_closes_ends_quietly() -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        found = subprocess.run(
            [sys.executable, "-m", "edgestab", "claims"],
            stdout=closed, stderr=subprocess.PIPE, env=ENVIRONMENT, text=True, check=False,
        )  # fmt: skip
    assert (found.returncode, found.stderr) == (exits.PIPE_CLOSED, "") == (141, "")


@pytest.mark.parametrize("name", ["", *COMMANDS, "check"])
def test_the_version_is_ours_whatever_the_command(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert run([*([name] if name else []), "--version"]) == 0
    assert capsys.readouterr().out.split() == [version()]


def test_a_tree_that_was_never_installed_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: str) -> str:
        raise importlib.metadata.PackageNotFoundError

    import importlib.metadata

    monkeypatch.setattr(importlib.metadata, "version", missing)
    assert version() == UNKNOWN


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert run([name, "--help"]) == 0
    out = capsys.readouterr().out
    assert f"edgestab {name}" in out
    assert "Parameters" in out or "Arguments" in out


HEAVY = ("sympy", "numpy", "scipy", "numba", "xarray", "matplotlib", "torch", "msgspec", "zarr", "flint")


def loaded_by(*arguments: str) -> set[str]:
    code = "import sys, json; from edgestab.cli import run; run(sys.argv[1:]); print(json.dumps([*sys.modules]))"
    found = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True, env=ENVIRONMENT
    )
    return {name.split(".")[0] for name in json.loads(found.stdout.splitlines()[-1])}


def test_the_list_of_commands_imports_nothing_heavy(capsys: pytest.CaptureFixture[str]) -> None:
    assert not set(HEAVY) & loaded_by("--help")
    assert not set(HEAVY) & loaded_by("basin", "--help")
    run(["--help"])
    out = capsys.readouterr().out
    assert all(name in out for name in COMMANDS)
    assert "List the catalogue, one line a claim." in out


def test_the_catalogue_is_listed_without_anything_heavy() -> None:
    run(["claims"])  # afterwards the list is there
    assert not {*HEAVY, "rich"} & loaded_by("claims")
