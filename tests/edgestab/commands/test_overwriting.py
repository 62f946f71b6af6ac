"""One rule for whatever a command writes: what exists is refused before any work, and replaced where that was asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgestab.cli import run

SLICE = ["--x", "x", "1", "2", "--y", "y", "0.5", "1", "--size", "8", "--full"]
BASIN = ["basin", "quartic", "--eta", "0.2", *SLICE]

WRITING = {
    "picture": ([*BASIN, "--png", "{}"], "it.png"),
    "netcdf": ([*BASIN, "--out", "{}"], "it.nc"),
    "store": ([*BASIN, "--out", "{}"], "it.zarr"),
    "export": (["export", "made.zarr", "--out", "{}"], "it.nc"),
    "json": (["cycles", "frozen-cubic", "--set", "s=2", "--box", "d", "0", "1", "--out", "{}"], "it.json"),
    "claim": (["new", "{}"], "it.toml"),
    "report": (["verify", "zhu2023.slip1", "--out", "{}"], "it"),
    "certificate": (["certify", "zhu2023.R4", "--out", "{}"], "it.json"),
}


def content(path: Path) -> dict[str, tuple[int, int]]:
    """The files there: which they are, and when they were made."""
    found = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    return {p.name: (p.stat().st_ino, p.stat().st_mtime_ns) for p in found}


@pytest.mark.parametrize("what", WRITING)
def test_what_exists_is_refused_and_replaced_where_that_is_asked(
    what: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words, name = WRITING[what]
    command = [word.format(name) for word in words]
    if what == "export":
        assert run([*BASIN, "--out", "made.zarr"]) == 0
    assert run(command) == 0
    first = content(tmp_path / name)
    assert first
    capsys.readouterr()
    assert run(command) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert content(tmp_path / name) == first
    assert run([*command, "--overwrite"]) == 0
    again = content(tmp_path / name)
    assert again.keys() == first.keys()
    assert again != first
