"""The page of a record of training."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

from edgestab.cli import run
from edgestab.numerics.networks.run.recording import open_run
from edgestab.numerics.networks.run.thinned import MOST_ROWS, column, path, stride

SPEC = """
name = "<img src=x onerror=window.evil=1>"
steps = 60
[problem.data]
kind = "chebyshev"
degree = 3
points = 10
[problem.network]
kind = "mlp"
hidden = [6]
[optimizer]
eta = 0.4
[record]
eigenvalues = 3
eigenvectors_every = 2
parameters_every = 2
"""


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("record")
    (folder / "run.toml").write_text(SPEC, encoding="utf-8")
    assert run(["train", str(folder / "run.toml"), "--out", str(folder / "run.zarr")]) == 0
    return folder / "run.zarr"


@pytest.fixture(scope="module")
def page(record: Path) -> Path:
    out = record.with_suffix(".html")
    assert run(["explore", str(record), "--no-open", "--out", str(out)]) == 0
    return out


def test_a_page_holds_what_was_recorded(record: Path, page: Path) -> None:
    found = re.search(r'id="data">(.*?)</script>', page.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    data = json.loads(found[1])
    dataset = open_run(record)
    pictures = {p["id"]: p for p in data["pictures"]}
    assert list(pictures) == ["loss", "sharpness", "angle", "path"]
    assert pictures["loss"]["lines"][0]["values"] == pytest.approx(dataset.loss.values, rel=1e-6)
    names = [line["name"] for line in pictures["sharpness"]["lines"]]
    assert names == ["sharpness", "eigenvalue 2", "eigenvalue 3", "the edge 2/eta"]
    assert pictures["sharpness"]["lines"][-1]["values"] == pytest.approx([5.0] * 61)
    assert pictures["angle"]["lines"][0]["values"][0] == pytest.approx(0, abs=1e-5)
    assert len(pictures["path"]["path"]) == len(pictures["path"]["steps"]) == dataset.sizes["parameter_step"]


def test_the_plane_of_a_path_keeps_distances_as_far_as_it_says(record: Path) -> None:
    dataset = open_run(record)
    found, share = path(dataset)
    points = dataset["parameters"].values - dataset["parameters"].values.mean(axis=0)
    assert (found.values**2).sum() == pytest.approx(share * (points**2).sum())
    assert 0.5 < share <= 1


def test_thinning_does_not_hide_what_changes_every_step(record: Path) -> None:
    assert all(stride(n, 10) % 2 == 1 and -(-n // stride(n, 10)) <= 10 for n in range(1, 500))
    kept = column(open_run(record), "loss", 20)
    assert set(np.asarray(kept.steps) % 2) == {0, 1}
    assert MOST_ROWS < 2000


def test_a_slider_moves_along_the_run(opened: Callable[..., Any], page: Path) -> None:
    shown = opened(page)
    assert "step 60" in shown.inner_text("#under")
    shown.focus("#step")
    shown.keyboard.press("Home")
    shown.keyboard.press("ArrowRight")
    assert shown.inner_text("#under").startswith("step 1; loss ")
    assert shown.evaluate("window.evil") is None
    assert shown.evaluate("document.images.length") == 0
    assert shown.evaluate("document.documentElement.scrollWidth") <= 1280


def test_a_record_takes_nothing_else(record: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explore", str(record), "--eta", "0.1", "--no-open"]) != 0
    assert "a record is shown as it is" in capsys.readouterr().err
    assert run(["explore", str(record.parent / "none.zarr"), "--no-open"]) != 0
    assert "is no record of a training run" in capsys.readouterr().err
