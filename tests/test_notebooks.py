"""The example notebooks, executed from the first cell to the last."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[1] / "examples" / "notebooks"

RUN = """
import sys, nbformat
from nbclient import NotebookClient

book = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(book, timeout=300, kernel_name="python3").execute()
nbformat.write(book, sys.argv[2])
"""


def executed(name: str, folder: Path) -> list[dict[str, Any]]:
    """What the cells of a notebook put out, by media type."""
    pytest.importorskip("nbclient", reason="nbclient is not installed: notebooks are not executed")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed: notebooks are not executed")
    done = folder / "done.ipynb"
    asked = [sys.executable, "-c", RUN, str(FOLDER / f"{name}.ipynb"), str(done)]
    found = subprocess.run(asked, cwd=folder, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr[-3000:]
    cells = json.loads(done.read_text())["cells"]
    return [output["data"] for cell in cells for output in cell.get("outputs", []) if "data" in output]


@pytest.mark.deep
def test_from_a_loss_to_a_verdict(tmp_path: Path) -> None:
    outputs = executed("loss-to-verdict", tmp_path)
    shown = ["".join(o.get("text/html", o.get("text/latex", ""))) for o in outputs]
    assert shown[0].startswith("$")
    assert "x^{2} y^{2}" in shown[0]
    standings = [word for text in shown for word in ("PROVED", "SUPPORTED", "REFUTED") if f"<b>{word}</b>" in text]
    assert standings[0] in ("PROVED", "SUPPORTED")  # as the smoke test: its tube is near the limit of the method
    assert standings[1] == "REFUTED"
    assert any("image/png" in o for o in outputs)


@pytest.mark.deep
def test_a_basin_and_its_boundary(tmp_path: Path) -> None:
    picture, dataset, dimension, page = executed("basin-and-boundary", tmp_path)
    assert "image/png" in picture
    assert "xarray" in "".join(dataset["text/html"])
    assert "Dimension(value=1." in "".join(dimension["text/plain"])
    assert "<iframe" in "".join(page["text/html"])


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ipynb")), ids=lambda p: p.stem)
def test_outputs_are_not_kept(path: Path) -> None:
    cells = json.loads(path.read_text())["cells"]
    assert all(not c.get("outputs") and c.get("execution_count") is None for c in cells)
