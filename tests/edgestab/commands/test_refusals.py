"""What a newcomer gets wrong is answered with what was meant, in one line that can be acted on."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgestab.cli import run

AXES = ["--eta", "0.2", "--x", "x", "3", "3.4", "--y", "y", "0.1", "0.5"]
ORBITS = ["orbits", "frozen-cubic", "--vary", "s", "0.9", "2", "--window", "-1", "1", "--start", "d=0.5"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["verfy"], "did you mean verify?"),
        (["zzz"], "`edgestab --help` lists them"),
        (["basin", "quartic", "--sise", "8"], "did you mean --size"),
        (["basin", "quartic", *AXES, "--sise=8"], "did you mean --size"),
        (["basin", "quartic", *AXES, "--qqq"], "`edgestab basin --help` lists them"),
        (["--verison"], "edgestab has no option --verison; did you mean --version?"),
        (["-q"], "edgestab has no option -q; `edgestab --help` lists the commands"),
        (["basin", "quartic", "-x", "x", "3", "4"], "has no option -x; did you mean --x?"),
        (["verify", "--jobs"], "--jobs is without its value (processes"),
        (["verify", "--jobs", "two"], "--jobs takes a whole number, got 'two'"),
        (["train", "--interval", "soon"], "--interval takes a number, got 'soon'"),
        (["verify", "--help-me"], "`edgestab verify --help` lists them"),
        (
            ["orbits", "frozen-cubic", "--vary", "t", *ORBITS[4:]],
            "has no t to vary; its parameters and coordinates are s, d",
        ),
        (["sweep", "clam.toml", "--out", "x.nc"], "did you mean claim.toml?"),
        (["sweep", "grid.toml", "--out", "x.nc"], "`edgestab new grid.toml --kind sweep` writes one"),
        (["basin", "quartic"], "needs --x (the horizontal axis: NAME LOW HIGH"),
        (["basin", "quartc", *AXES], "did you mean quartic?"),
        (["basin", "balanced", *AXES], "such as balanced:5"),
        (["basin", "--loss", "x**2", "--params", "x", "--optimizer", "heavyball", *AXES], "did you mean heavy-ball?"),
        (["basin", "quartic", *AXES, "--colour", "statu"], 'Did you mean "status"?'),
        (["basin", "quartic", *AXES, "--png", "nodir/x.png"], "cannot write nodir/x.png: there is no folder nodir"),
        (["basin", "quartic", *AXES, "--out", "nodir/x.nc"], "cannot write nodir/x.nc: there is no folder nodir"),
        (["basin", "quartic", *AXES, "--out", "folder.nc"], "folder.nc is a folder"),
        ([*ORBITS, "--observable", "d*ss"], "the known names are d, s"),
        (["orbits", "uv-model", *ORBITS[2:-1], "p=1,q=1", "--observable", "pp*q"], "unknown name 'pp'"),
        (["exponents", "frozen-cubic", "--x", "s", "1", "2"], "d has no value: give --start d=VALUE"),
        (["exponents", "frozen-cubic", "--x", "d", "0", "1"], "s has no value: give --set s=VALUE"),
        (["exponents", "frozen-cubic", "--x", "s", "1", "2", "--start", "d=1", "--blocks", "3"], "--blocks"),
        ([*ORBITS, "--steps", "0"], "--steps must be at least 1"),
        (["basin", "quartic", *AXES, "--set", "beta=1"], "quartic has no beta to set; did you mean eta?"),
        (["basin", "--loss", "x**2+y**2+z**2", "--params", "x y z", *AXES], "z has no value: give --start z=VALUE"),
        (["basin", "--loss", "x**2+c*y", "--params", "x y", "--set", "d=1", *AXES], "unknown name 'c'"),
        (["basin", "--loss", "x**2+y**2", "--params", "x y", "--set", "bta=1", *AXES], "did you mean eta?"),
        (["basin", "quartic", *AXES, "extra"], "has no use for extra"),
        (["cycles", "frozen-cubic", "--box", "d", "0", "1"], "s has no value: give --set s=VALUE"),
        (["derive", "quartic", "--what", "hesian"], "did you mean hessian?"),
        (["derive", "quartic", "--format", "html"], "choose one of pretty, latex, python, json"),
        (["verify", "zhu2023"], "zhu2023 is a paper: give --paper zhu2023"),
        (["verify", "zhu2023.thm31"], "did you mean zhu2023.thm3.1?"),
        (["verify", "thm3.1"], "did you mean zhu2023.thm3.1?"),
        (["verify", "quartic"], "quartic is a model"),
        (["verify", "--papr", "zhu2023"], "did you mean --paper?"),
        (["verify", "--paper", "zhu23"], "did you mean zhu2023?"),
        (["verify", "--paper", "zhu2023.R9"], "zhu2023.R9 is a claim of the paper zhu2023"),
        (["verify", "clam.toml"], "did you mean claim.toml?"),
        (["verify", "mine.toml"], "`edgestab new mine.toml` writes one"),
        (["verify", "claim"], "did you mean the file claim.toml?"),
        (["verify", "notes.txt"], "a claim file ends in .toml: rename notes.txt"),
        (["verify", "."], ". is a folder"),
        (["verify", ""], "nothing is named"),
        (["new", "mine.toml", "--eta", "-1"], "step size must be positive"),
        (["verify", "cert.json"], "`edgestab recheck cert.json`"),
        (["verify", "zhu2023.R5", "--out", "report.html"], "--out takes a folder"),
        (["check", "notes.txt"], "notes.txt: this is no certificate"),
        (["check", "claim.toml"], "claim.toml: this is no certificate"),
        (["certify", "zhu2023.R9", "--eta", "0.1", "--eta-range", "0", "0.1"], "leave one out"),
        (["claims", "zhu2023.R9", "--paper", "damian2023"], "zhu2023.R9 is no claim of damian2023"),
        (["export", "none.zarr", "--out", "x.nc"], "there is no folder none.zarr"),
        (["new", "claim.txt"], "claim.toml instead of claim.txt"),
        (["explain"], "needs TARGET"),
        (["completion", "csh"], 'Choose from: "bash", "zsh", "fish"'),
    ],
    ids=lambda v: " ".join(v)[:60] if isinstance(v, list) else "",
)
def test_what_was_meant_is_said(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("claim.toml").write_text("name = 1\n")
    Path("notes.txt").write_text("hello\n")
    Path("folder.nc").mkdir()
    assert run(words) == 2
    captured = capsys.readouterr()
    assert says in captured.err
    assert captured.err.startswith("edgestab: error: ")
    assert captured.err.count("\n") == 1
    assert captured.out == ""
    assert "tmp" not in captured.err.replace(str(tmp_path), "")


@pytest.mark.parametrize("preset", ["chebishev-eos", "chebyshev"])
def test_a_misspelt_preset_is_asked_back(preset: str, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch")
    assert run(["train", "--preset", preset, "--out", "r.zarr"]) == 2
    assert "did you mean chebyshev-eos" in capsys.readouterr().err
