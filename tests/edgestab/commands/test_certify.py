"""``edgestab certify``: what it proves, what it says is missing, what it leaves behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edgestab.cli import run

CLAIM = """
name = "window"
model = "quartic"
eta = "0.1"
where = ["b != 0"]
[region]
offset = ["0.05", "0.2"]
b = ["-0.2", "0.1"]
[conclusion]
kind = "final-sharpness"
low = "2/eta - eta"
high = "2/eta"
"""

BOX = 'offset = ["0.05", "0.2"]\nb = ["-0.2", "0.1"]'


def write(folder: Path, text: str, name: str = "claim.toml") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command that must exit with 2 and one line, and return the line."""
    status = run(list(arguments))
    captured = capsys.readouterr()
    assert status == 2, captured
    lines = captured.err.strip().splitlines()
    assert len(lines) == 1, captured.err
    assert lines[0].startswith("edgestab: error: ")
    return lines[0]


def certified(capsys: pytest.CaptureFixture[str], status: int, *arguments: str) -> dict:
    """Run ``certify --json`` and return what it prints."""
    assert run(["certify", *arguments, "--json"]) == status
    return json.loads(capsys.readouterr().out)


def test_a_users_own_claim_is_proved(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["certify", write(tmp_path, CLAIM)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("PROVED: window: by interval arithmetic on ")
    assert "for eta = 0.1 every start with 0.05 <= P - 1 <= 0.2, -0.2 <= xy - 1 <= 0.1, xy != 1 converges" in out
    assert "; where P = eta^2 ((x^2 - y^2)^2 + 4)\n" in out
    assert out.count("\n") == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (BOX, 'x = ["3.22", "3.26"]\ny = ["0.27", "0.33"]'),
        (BOX, 'a = ["0.05", "0.1"]\nb = ["-0.1", "0.1"]'),
        ('model = "quartic"', 'loss = "(1 - x**2*y**2)**2/4"\nparameters = "x y"'),
        ('low = "2/eta - eta"\n', ""),
        ('high = "2/eta"\n', ""),
        ('kind = "final-sharpness"\nlow = "2/eta - eta"\nhigh = "2/eta"', 'kind = "converges"'),
        ('eta = "0.1"', "eta = [0.1, 0.05]"),
        ('eta = "0.1"', 'eta_range = ["0.09", "0.1"]'),
    ],
)
def test_claims_in_other_words_are_proved(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, old: str, new: str
) -> None:
    text = CLAIM.replace(old, new)
    assert text != CLAIM
    if "x = [" in new:
        text = text.replace("b != 0", "x*y != 1")
    (part,) = certified(capsys, 0, write(tmp_path, text))["parts"]
    assert part["standing"] == "PROVED"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('where = ["b != 0"]', "", "where = "),
        ('["0.05", "0.2"]', '["-0.05", "0.2"]', "steeper than the edge"),
        ('["0.05", "0.2"]', '["0.05", "0.6"]', "lower the upper end of x"),
        ('"2/eta - eta"', '"2/eta - 2/5*eta"', "widen the window"),
        ('"2/eta - eta"', '"2/eta - eta*x_final"', "write its ends in eta alone"),
        ('model = "quartic"', 'model = "degree-2"', "no slow manifold"),
        (BOX, 'x = ["3.22", "3.26"]\ny = ["0.27", "0.33"]', "minima that repel"),
        ('kind = "final-sharpness"\nlow = "2/eta - eta"\nhigh = "2/eta"', 'kind = "diverges"', "nothing along the orbit"),
        ('kind = "final-sharpness"\nlow = "2/eta - eta"\nhigh = "2/eta"', 'kind = "converges"\nto = "xy = -1"', "not xy = -1"),
        ('model = "quartic"', 'loss = "(1 - x**2*y**2)**2/4"\nparameters = "x y"\noptimizer = "heavy-ball"\nconstants = {beta = 0.5}', "gradient descent"),
        ('model = "quartic"', 'loss = "x**2/2 + y**4"\nparameters = "x y"', "product of two parameters"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, old: str, new: str, says: str
) -> None:
    text = CLAIM.replace(old, new)
    assert text != CLAIM
    if "loss" in new and "where" in text:
        text = text.replace(BOX, 'x = ["3.22", "3.26"]\ny = ["0.27", "0.3"]').replace("b != 0", "x*y != 1")
    if "x = [" in new:
        text = text.replace("b != 0", "x*y != 2")
    out = tmp_path / "certificate.json"
    (part,) = certified(capsys, 3, write(tmp_path, text), "--out", str(out))["parts"]
    assert part["standing"] == "UNDECIDED"
    assert says in part["sentence"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["claim.toml"]  # nothing is left behind


@pytest.mark.parametrize(
    ("eta", "says"),
    [
        (("0.1", "0.1"), "for eta = 0.1 "),
        (("1/15", "1/15"), "for eta = 1/15 "),
        (("0.08", "0.1"), "for eta in [0.08, 0.1] "),
        (("0", "0.05"), "for eta in (0, 0.05] "),
    ],
)
def test_other_step_sizes(capsys: pytest.CaptureFixture[str], tmp_path: Path, eta: tuple[str, str], says: str) -> None:
    text = CLAIM.replace('high = "2/eta"', 'high = "2/eta - eta/5"')
    (part,) = certified(capsys, 0, write(tmp_path, text), "--eta-range", *eta)["parts"]
    assert says in part["sentence"]


@pytest.mark.parametrize(
    "eta", [("0.1", "0.05"), ("-0.1", "0.1"), ("0", "0"), ("sqrt(2)/10", "0.2"), ("0.1", "q"), ("nan", "0.1")]
)
def test_wrong_step_sizes_are_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path, eta: tuple[str, str]) -> None:
    refused(capsys, "certify", write(tmp_path, CLAIM), "--eta-range", *eta)
    refused(capsys, "certify", write(tmp_path, CLAIM), "--eta", eta[1] if eta == ("0", "0") else "-0.1")


def test_one_file_and_several(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    claim = write(tmp_path, CLAIM)
    folder = tmp_path / "out"
    folder.mkdir()
    out = folder / "c.json"
    assert certified(capsys, 0, claim, "--out", str(out))["files"] == [str(out)]
    document = json.loads(out.read_text(encoding="utf-8"))
    assert document["format"] == "edgestab-certificate"
    assert document["eta"] == ["1/10", "1/10"]
    assert document["start"]["box"]["x"] if "box" in document["start"] else document["start"]["x"] == ["1/20", "1/5"]
    out.unlink()
    several = write(tmp_path, CLAIM.replace('eta = "0.1"', "eta = [0.1, 0.05]"), "several.toml")
    files = certified(capsys, 0, several, "--out", str(out))["files"]
    assert files == [str(folder / "c-1.json"), str(folder / "c-2.json")]
    assert sorted(str(p) for p in folder.iterdir()) == files
    etas = [json.loads(Path(f).read_text(encoding="utf-8"))["eta"][1] for f in files]
    assert etas == ["1/10", "1/20"]


def test_the_same_claim_gives_the_same_bytes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    claim, texts = write(tmp_path, CLAIM), []
    for name in ("a.json", "b.json"):
        certified(capsys, 0, claim, "--out", str(tmp_path / name))
        texts.append((tmp_path / name).read_bytes())
    assert texts[0] == texts[1]
    assert len(texts[0]) < 5e6


def test_a_file_of_yours_survives_a_failure(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = tmp_path / "precious.json"
    out.write_text("mine", encoding="utf-8")
    certified(
        capsys,
        3,
        write(tmp_path, CLAIM.replace('"2/eta - eta"', '"2/eta - 2/5*eta"')),
        "--out",
        str(out),
        "--overwrite",
    )
    assert out.read_text(encoding="utf-8") == "mine"


def test_bad_usage_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "unknown claim" in refused(capsys, "certify", "zhu2023.none")
    assert "nothing to certify" in refused(capsys, "certify", "zhu2023.R5")
    assert "there is no file" in refused(capsys, "certify", str(tmp_path / "none.toml"))
    claim = write(tmp_path, CLAIM)
    refused(capsys, "certify", claim, "--out", str(tmp_path / "none" / "c.json"))
    assert "leave one out" in refused(capsys, "certify", claim, "--eta", "0.1", "--eta-range", "0.1", "0.2")
    assert [p.name for p in tmp_path.iterdir()] == ["claim.toml"]
