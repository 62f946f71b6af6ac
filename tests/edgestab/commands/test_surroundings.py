"""What is built in, and what is found on this machine."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError

import pytest

import edgestab.surroundings
from edgestab.cli import run
from edgestab.inventory import described, names
from edgestab.numerics.programs.modules import cache_folder
from edgestab.theory.models.catalogue import MODELS
from edgestab.theory.optimizers.catalogue import OPTIMIZERS


def test_models_lists_every_model_and_optimizer(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in listed] == [*MODELS, *OPTIMIZERS]
    assert run(["models"]) == 0
    out = capsys.readouterr().out
    assert all(row["title"] in out for row in listed)


@pytest.mark.parametrize("name", [row["name"] for row in names()])
def test_each_has_its_formulas(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = described(name)
    assert found["step"]
    assert set(found["step"]) >= set(found.get("coordinates", ["x"]))
    assert run(["models", name]) == 0
    out = capsys.readouterr().out
    assert all(f"{symbol}' = {formula}" in out for symbol, formula in found["step"].items())


def test_charts_and_constants_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "quartic", "heavy-ball", "--json"]) == 0
    quartic, rule = json.loads(capsys.readouterr().out)
    assert quartic["parameters"] == ["eta"]
    assert quartic["charts"]["c d"] == {"c": "sqrt(x**2 - y**2)", "d": "x*y"}
    assert rule["constants"] == {"beta": "momentum, such as 0.9"}


def test_a_misspelt_name_is_asked_back(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "hevy-ball"]) == 2
    assert "did you mean heavy-ball?" in capsys.readouterr().err


def test_the_doctor_looks_for_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--json"]) == 0
    found = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    wanted = {"edgestab", "processors", "kernel cache", "compiler", "torch", "distributed", "Coq", "browser"}
    assert wanted <= set(found)
    assert found["compiler"]["there"]
    assert found["kernel cache"]["there"]


def test_what_is_missing_has_advice_and_is_no_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    blocked = tmp_path_factory.mktemp("d") / "file"
    blocked.write_text("")
    monkeypatch.setattr(edgestab.surroundings, "version_of", missing)
    monkeypatch.setenv("EDGESTAB_CACHE_DIR", str(blocked / "kernels"))
    monkeypatch.setenv("PATH", "")
    cache_folder.cache_clear()
    try:
        assert run(["doctor"]) == 0
    finally:
        cache_folder.cache_clear()
    out = capsys.readouterr().out
    for advice in ("pip install 'edgestab[nn]'", "pip install 'edgestab[cluster]'", "set EDGESTAB_CACHE_DIR"):
        assert advice in out
