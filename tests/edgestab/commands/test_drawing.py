"""The options of pictures, on every command that draws: what is asked for is what is written."""

from __future__ import annotations

import csv
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import xarray as xr

from edgestab.cli import run

DRAWING = {
    "basin": "basin quartic --eta 0.2 --x x 3 3.4 --y y 0.1 0.5 --size 24",
    "orbits": "orbits frozen-cubic --vary s 0.9 1.4 --window 0 1.5 --start d=0.5 --size 24 --rows 16 --settle 50 --steps 20",
    "exponents": "exponents frozen-cubic --x s 0.9 2 --start d=0.4 --size 16 --steps 200 --settle 50",
    "cycles": "cycles frozen-cubic --box d 0.5 1.5 --vary s 0.5 0.9",
}


@pytest.mark.parametrize("words", DRAWING.values(), ids=DRAWING)
def test_an_svg_has_the_size_and_the_title_and_the_data_open_again(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    more = ["--svg", "a.svg", "--title", "1 < 2 $ & <b>", "--size-inches", "3.4", "3", "--data", "a.nc"]
    assert run([*words.split(), *more]) == 0
    root = ElementTree.parse("a.svg").getroot()
    width, height = (float(root.attrib[side].removesuffix("pt")) for side in ("width", "height"))
    assert (width, height) == pytest.approx((3.4 * 72, 3 * 72))
    assert "1 < 2 $ & <b>" in "".join(root.itertext())
    assert run([*words.split(), "--data", "a.csv"]) == 0
    with xr.open_dataset("a.nc") as numbers:
        name = next(iter(numbers.data_vars))
        with Path("a.csv").open(encoding="utf-8", newline="") as file:
            column = [float(row[name] or "nan") for row in csv.DictReader(file)]
        np.testing.assert_array_equal(column, numbers[name].values.ravel())


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("--svg nodir/x.svg", "cannot write nodir/x.svg: there is no folder nodir"),
        ("--png x.svg", "--png takes a file ending in .png, got x.svg"),
        ("--data x.txt", "--data takes a file ending in .csv or .nc, got x.txt"),
        ("--png x.png --size-inches 0 3", "--size-inches takes two numbers"),
        ("--title words", "add --png, --pdf or --svg FILE"),
    ],
)
def test_what_cannot_be_drawn_is_refused_before_any_work(
    more: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run([*DRAWING["basin"].split(), *more.split()]) == 2
    assert says in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", DRAWING.values(), ids=DRAWING)
def test_every_line_is_explained_by_the_legend(words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("edgestab.figures.save.save_figure", lambda figure, *_, **__: made.append(figure))
    assert run([*words.split(), "--png", "a.png"]) == 0
    for ax in made[0].axes:
        named = {line.get_color() for line in ax.lines if not str(line.get_label()).startswith("_")}
        plain = {"zero"}  # the axis of zero; and the one curve of a panel, which its axis names
        unexplained = [
            line
            for line in ax.lines
            if line.get_color() not in named and line.get_gid() not in plain and line.get_xydata().size
        ]
        assert len(unexplained) <= (not named), [line.get_gid() for line in unexplained]
