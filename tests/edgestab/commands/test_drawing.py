"""What every command that draws is told about its picture, and the numbers beside it."""

from __future__ import annotations

from csv import DictReader
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import xarray as xr
from PIL import Image

from edgestab.cli import run

SIZE = ["--size-inches", "3.4", "2.8", "--title", "between <b> & $5"]
DRAWING = {
    "basin": ["quartic", "--eta", "0.2", "--x", "x", "3", "3.4", "--y", "y", "0.1", "0.5", "--size", "12", "--full"],
    "orbits": ["frozen-cubic", "--vary", "s", "0.9", "2", "--window", "-1.5", "1.5", "--start", "d=0.5",
               "--size", "20", "--rows", "16", "--settle", "50", "--steps", "20"],
    "exponents": ["frozen-cubic", "--x", "s", "0.9", "2", "--start", "d=0.4", "--size", "20", "--steps", "500"],
    "cycles": ["balanced:3", "--box", "rho", "0.1", "1.9", "--vary", "eta", "0.5", "0.7"],
}  # fmt: skip


@pytest.mark.parametrize("command", DRAWING)
def test_pictures_have_their_size_and_the_numbers_reopen(command: str, tmp_path: Path) -> None:
    png, svg, csv, nc = (tmp_path / f"it.{ending}" for ending in ("png", "svg", "csv", "nc"))
    words = [command, *DRAWING[command]]
    assert run([*words, "--png", str(png), "--svg", str(svg), "--data", str(csv), *SIZE]) == 0
    with Image.open(png) as picture:
        assert picture.size == (680, 560)
    root = ElementTree.parse(svg).getroot()
    assert [float(root.attrib[n].removesuffix("pt")) for n in ("width", "height")] == pytest.approx([244.8, 201.6])
    assert run([*words, "--data", str(nc)]) == 0
    with csv.open(newline="") as lines:
        rows = list(DictReader(lines))
    with xr.open_dataset(nc, engine="h5netcdf") as whole:
        first = next(iter(whole.data_vars.values()))
        same = [name for name, values in whole.data_vars.items() if values.dims == first.dims]
        assert len(rows) == first.size
        for name in same:
            found = [float({"True": "1", "False": "0", "": "nan"}.get(row[name], row[name])) for row in rows]
            np.testing.assert_array_equal(found, whole[name].values.ravel().astype(float))
