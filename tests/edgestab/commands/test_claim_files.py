"""``edgestab new`` and ``edgestab explain``: a file to begin with, and what it says before anything is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgestab.cli import run
from edgestab.commands.exits import BAD_USAGE, OK
from edgestab.theory.conclusions.kinds import CONCLUSIONS
from edgestab.theory.optimizers.catalogue import OPTIMIZERS
from edgestab.verify import explanation
from edgestab.verify.claim_files.door import read


@pytest.mark.parametrize("kind", CONCLUSIONS)
def test_every_new_file_can_be_read(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.toml"
    assert run(["new", str(file), "--kind", kind, "--loss", "(a*b - 1)**2", "--params", "a b"]) == OK
    found = read(file)
    assert found.conclusion is not None
    assert (found.name, found.conclusion.kind) == ("mine", kind)
    assert str(file) in capsys.readouterr().out
    assert run(["new", str(file)]) == BAD_USAGE  # nothing is overwritten
    assert found == read(file)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_comes_with_its_factors(optimizer: str, tmp_path: Path) -> None:
    assert run(["new", str(tmp_path / "a.toml"), "--optimizer", optimizer]) == OK
    assert read(tmp_path / "a.toml").model.own.step.state[:2] == read(tmp_path / "a.toml").region.variables


def test_what_would_not_be_one_text_makes_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for options in (["--eta", '0.1"\nat_least = "1/2'], ["--loss", 'x*y"']):
        assert run(["new", str(tmp_path / "a.toml"), *options]) == BAD_USAGE
        assert "has a quote, a backslash or a new line" in capsys.readouterr().err
    assert not (tmp_path / "a.toml").exists()


def test_what_is_no_loss_makes_no_file(tmp_path: Path) -> None:
    assert run(["new", str(tmp_path / "a.toml"), "--loss", "x +"]) == BAD_USAGE
    assert not (tmp_path / "a.toml").exists()


def test_an_explanation_runs_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("something was run")

    for place in ("edgestab.verify.sampling.measure.measure", "edgestab.verify.proofs.convex.captured"):
        monkeypatch.setattr(place, fail)
    file = tmp_path / "mine.toml"
    file.write_text(
        'name = "mine"\nloss = "log(1 + exp(-x)) + x**2/8"\nparameters = "x"\neta = ["0.5", "1"]\nwhere = ["x != 1"]\n'
        '[region]\nx = [-2, "7/2"]\n[conclusion]\nkind = "final-sharpness"\nhigh = "2/eta"\n'
    )
    assert run(["explain", str(file)]) == OK
    out = capsys.readouterr().out
    for line in (
        "loss       L = x**2/8 + log(1 + exp(-x))",
        "step size  eta = 0.5, 1",
        "starts     -2 < x < 7/2",
        "starts     with Ne(x, 1)",
        "claimed    from every start the orbit: converges to a minimum of sharpness S_oo ∈ (-oo, 2/eta)",
        "tried      a proof by convexity about a minimum",
        "not tried  exact algebra of a linear step: the step is not linear",
        "at best    PROVED",
    ):
        assert line in out


def test_some_start_is_proved_at_best(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        'name = "mine"\nloss = "x**2/2"\nparameters = "x"\neta = "1/x"\nfor = "some start"\n[region]\nx = 2\n'
        '[conclusion]\nkind = "converges"\n'
    )
    assert run(["explain", str(file)]) == OK
    out = capsys.readouterr().out
    assert "at best    PROVED by a start shown in ball arithmetic" in out
    assert "step size  step sizes that the state sets" in out
    assert explanation.WORDS["some"] in out


def test_a_claim_of_the_catalogue_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "zhu2023.slip1"]) == OK
    assert capsys.readouterr().out.startswith("claim      zhu2023.slip1: ")
