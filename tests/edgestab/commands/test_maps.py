"""The commands that draw maps, run as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from edgestab.cli import run

BASIN = ["basin", "quartic", "--eta", "0.2", "--x", "x", "3", "3.4", "--y", "y", "0.1", "0.5", "--size", "48"]
ORBITS = ["orbits", "frozen-cubic", "--vary", "s", "0.9", "1.3", "--window", "0", "1.5", "--start", "d=0.5"]
SMALL = ["--size", "24", "--rows", "30", "--settle", "400", "--steps", "64"]
EXPONENTS = ["exponents", "frozen-cubic", "--x", "s", "1", "2", "--start", "d=0.4", "--size", "16", "--steps", "2000"]


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line with which bad usage is refused."""
    assert run(list(arguments)) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("edgestab: error: ")
    assert captured.err.count("\n") == 1
    assert "Traceback" not in captured.err
    return captured.err


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    """What a command prints as JSON."""
    assert run([*arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def test_a_basin_is_computed_drawn_stored_and_resumed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    store, file = tmp_path / "b.zarr", tmp_path / "b.nc"
    first = said(capsys, *BASIN, "--out", str(store), "--png", str(tmp_path / "b.png"))
    assert sum(first["outcomes"].values()) == 48 * 48  # type: ignore[attr-defined]
    assert (tmp_path / "b.png").read_bytes().startswith(b"\x89PNG")
    assert "--resume" in refused(capsys, *BASIN, "--out", str(store))
    assert said(capsys, *BASIN, "--out", str(store), "--resume")["outcomes"] == first["outcomes"]
    other = [w if w != "0.2" else "0.19" for w in BASIN]
    assert "eta" in refused(capsys, *other, "--out", str(store), "--resume")
    assert run(["export", str(store), "--out", str(file)]) == 0
    with xr.open_dataset(file, engine="h5netcdf", mask_and_scale=False) as exported:
        direct = tmp_path / "d.nc"
        assert run([*BASIN, "--out", str(direct)]) == 0
        with xr.open_dataset(direct, engine="h5netcdf", mask_and_scale=False) as whole:
            assert exported.identical(whole)


def test_a_basin_of_a_loss_with_a_constant_and_momentum(capsys: pytest.CaptureFixture[str]) -> None:
    loss = ["basin", "--loss", "(c - x*y)**2/2", "--params", "x y", "--set", "c=2", "--eta", "0.1"]
    where = ["--x", "x", "1", "2", "--y", "y", "1", "2", "--size", "8", "--full"]
    assert said(capsys, *loss, *where)["outcomes"] == {"converged": 64}
    momentum = [*loss, "--optimizer", "heavy-ball", "--set", "beta=0.5"]
    assert said(capsys, *momentum, *where)["outcomes"] == {"converged": 64}


def test_a_plane_of_a_start_and_the_step_size(capsys: pytest.CaptureFixture[str]) -> None:
    plane = ["basin", "degree-2", "--x", "x", "0.5", "3", "--y", "eta", "0.1", "1.9", "--start", "y=1", "--size", "16"]
    found = said(capsys, *plane, "--full")["outcomes"]
    assert isinstance(found, dict)
    assert found["converged"] > 0
    assert found["diverged"] > 0


def test_measures_of_a_boundary(capsys: pytest.CaptureFixture[str]) -> None:
    bigger = [w if w != "48" else "256" for w in BASIN]
    found = said(capsys, *bigger, "--measures")
    assert str(found["dimension"]).startswith("box-counting dimension 1.")
    smooth = ["basin", "degree-2", "--eta", "0.2", "--x", "x", "1", "1.1", "--y", "y", "1", "1.1", "--size", "32"]
    assert "no boundary" in str(said(capsys, *smooth, "--measures")["dimension"])


def test_an_orbit_diagram_marks_exact_flips(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    found = said(capsys, *ORBITS, *SMALL, "--flips", "2", "--png", str(tmp_path / "o.png"))
    assert np.allclose(found["flips"], [1, np.sqrt(5) - 1, 1.2880317544828], atol=1e-12)  # type: ignore[arg-type]
    assert found["visits"] == 24 * 64
    assert (tmp_path / "o.png").stat().st_size > 1000


def test_an_orbit_diagram_swept_both_ways_is_stored(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    store = tmp_path / "o.zarr"
    both = [*ORBITS, *SMALL, "--direction", "up", "--direction", "down", "--out", str(store)]
    assert said(capsys, *both)["visits"] == 2 * 24 * 64
    assert said(capsys, *both, "--resume")["visits"] == 2 * 24 * 64
    with xr.open_zarr(store) as ds:
        assert ds["density"].dims == ("direction", "row", "column")


def test_exponents_over_a_range_and_a_plane(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    found = said(capsys, *EXPONENTS, "--png", str(tmp_path / "e.png"))
    assert 0.9 < float(str(found["largest"])) < 1.2  # ln 3 at s = 2
    plane = said(capsys, *EXPONENTS[:5], "1.9", "--y", "d", "0.1", "0.9", "--size", "8", "--steps", "1000")
    assert plane["measured"] == 64


def test_either_exponent_can_be_shown(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    plane = ["exponents", "quartic", "--set", "eta=0.1", "--x", "x", "1.5", "2", "--y", "y", "0.6", "0.9"]
    small = ["--size", "4", "--steps", "400", "--settle", "4000"]
    one, two = (said(capsys, *plane, *small, "--index", k, "--png", str(tmp_path / f"{k}.png")) for k in ("1", "2"))
    # At a minimum one multiplier is 1, along the minima, and the other 1 - eta S.
    assert abs(float(str(one["largest"]))) < 1e-9
    assert -3 < float(str(two["largest"])) < -0.01
    assert (tmp_path / "1.png").read_bytes() != (tmp_path / "2.png").read_bytes()
    assert run([*plane, "--index", "3"]) == 2
    assert "from 1, the largest exponent, to 2" in capsys.readouterr().err


def test_cycles_are_found_and_proved(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = tmp_path / "c.json"
    search = ["cycles", "frozen-cubic", "--set", "s=2.5", "--box", "d", "-2", "2", "--period", "2", "--out", str(out)]
    assert run(search) == 0
    assert "proved" in capsys.readouterr().out
    found = json.loads(out.read_text())
    assert found["complete"]
    assert sum(r["period"] for r in found["rows"]) == 9


def test_cycles_over_a_parameter(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    vary = ["cycles", "frozen-cubic", "--box", "d", "0.1", "1.9", "--vary", "s", "0.5", "1.29", "--doublings", "2"]
    found = said(capsys, *vary, "--png", str(tmp_path / "c.png"))
    assert isinstance(found["rows"], list)
    rows = [r for r in found["rows"] if r["kind"] == "flip"]
    assert np.allclose([r["parameter"] for r in rows], [1, np.sqrt(5) - 1, 1.2880317544828], atol=1e-12)
    assert abs(rows[0]["coefficient"] - 8) < 1e-9
    assert run(vary) == 0
    assert "flip" in capsys.readouterr().out


SWEEP = """
name = "window"
model = "quartic"
eta = "0.2"
where = ["x*y != 1"]
points = 100
[region]
x = ["3", "3.4"]
y = ["0.1", "0.5"]
"""


def test_a_sweep_into_a_store(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(SWEEP)
    store = tmp_path / "s.zarr"
    sweep = ["sweep", str(tmp_path / "s.toml"), "--out", str(store)]
    first = said(capsys, *sweep)
    assert first["orbits"] == 100
    assert said(capsys, *sweep, "--resume") == first
    with xr.open_zarr(store) as ds:
        assert ds["status"].attrs["flag_meanings"].startswith("PENDING CONVERGED")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["basin", "quartic", "--x", "x", "3", "3.4", "--y", "y", "0.1", "0.5"], "step size is missing"),
        (["basin", "quartic", "--eta", "-1", "--x", "x", "3", "3.4", "--y", "y", "0.1", "0.5"], "positive"),
        (["basin", "quartic", "--eta", "0.2", "--x", "x", "3.4", "3", "--y", "y", "0.1", "0.5"], "smaller end first"),
        (["basin", "quartic", "--eta", "0.2", "--x", "x", "3", "nan", "--y", "y", "0.1", "0.5"], "nan"),
        (["basin", "quartic", "--eta", "0.2", "--x", "x", "3", "4", "--y", "x", "0.1", "0.5"], "x"),
        (["basin", "quartic", "--eta", "0.2", "--x", "x", "3", "4", "--y", "z", "0.1", "0.5"], "coordinates"),
        ([*BASIN, "--set", "eta=0.3"], "two values"),
        ([*BASIN, "--set", "x=0.3"], "x varies"),
        ([*BASIN, "--start", "x=0.3"], "x varies"),
        (["exponents", "frozen-cubic", "--x", "s", "1", "2", "--set", "d=0.4"], "give --start d=2/5"),
        ([*BASIN, "--set", "eta"], "NAME=VALUE"),
        ([*BASIN, "--steps", "0"], "--steps"),
        ([*BASIN, "--threads", "0"], "--threads"),
        ([*BASIN, "--out", "result.txt"], "DIR.zarr"),
        ([*BASIN, "--resume"], "--out"),
        ([*BASIN, "--png", "picture.jpg"], ".png"),
        (
            [*BASIN, "--png", "no/such/folder/picture.png"],
            "cannot write no/such/folder/picture.png: there is no folder no/such/folder",
        ),
        ([*BASIN, "--data", "numbers.txt"], ".csv or .nc"),
        ([*BASIN, "--title", "alone"], "--title"),
        ([*BASIN, "--svg", "p.svg", "--size-inches", "0", "3"], "1.5 to 60"),
        ([*BASIN, "--shared", "--out", "b.zarr"], "--scheduler ADDRESS"),
        ([*BASIN, "--shared", "--scheduler", "tcp://127.0.0.1:1"], "--out DIR.zarr"),
        ([*BASIN, "--threads", "2", "--scheduler", "tcp://127.0.0.1:1"], "leave one out"),
        ([*BASIN[:-1], "0"], "pixels"),
        ([*BASIN[:-1], "10000000"], "pixels"),
        (["basin", "--loss", "__import__('os')", "--params", "x y", *BASIN[2:]], "__import__"),
        (["basin", *BASIN[2:]], "--loss"),
        ([*ORBITS[:-1], "q=1"], "start"),
        ([*ORBITS, "--observable", "d*q"], "q"),
        ([*ORBITS, "--rows", "0"], "rows"),
        ([*ORBITS[:3], "t", "0", "1", *ORBITS[6:]], "t"),
        ([*EXPONENTS, "--steps", "0"], "steps"),
        (["exponents", "frozen-cubic", "--x", "s", "1", "2"], "d"),
        (["cycles", "frozen-cubic", "--set", "s=2", "--period", "2"], "box"),
        (["cycles", "frozen-cubic", "--set", "s=2", "--box", "x", "0", "1"], "state variables"),
        (["cycles", "frozen-cubic", "--set", "s=2", "--box", "d", "0", "1", "--period", "0"], "--period"),
        (["cycles", "frozen-cubic", "--set", "s=2", "--box", "d", "0", "1", "--out", "c.txt"], "FILE.json"),
        (["cycles", "frozen-cubic", "--set", "s=2", "--box", "d", "0", "1", "--png", "c.png"], "--vary"),
        (["cycles", "frozen-cubic", "--box", "d", "0", "1", "--vary", "q", "0", "1"], "parameter"),
        (["export", "nothing.zarr", "--out", "x.nc"], "no folder nothing.zarr"),
        (["export", "nothing.zarr", "--out", "x.txt"], "FILE.nc"),
    ],
    ids=lambda v: " ".join(v)[-50:] if isinstance(v, list) else v,
)
def test_bad_usage_is_refused_in_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], word: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert word in refused(capsys, *arguments)
    assert list(tmp_path.iterdir()) == []
