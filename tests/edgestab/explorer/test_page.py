"""The page as a text, the first view, and the command that writes it."""

from __future__ import annotations

import json
import re
import webbrowser
from fractions import Fraction
from pathlib import Path

import pytest

from edgestab.cli import run
from edgestab.errors import InputError
from edgestab.explorer.asked import by_loss
from edgestab.explorer.explorer import explore
from edgestab.explorer.render import embedded
from edgestab.explorer.script import EXPLORER, FOLDER, RECORD, digest, script, style
from edgestab.explorer.view import view_of
from edgestab.theory.loss import Loss
from edgestab.theory.models.catalogue import model
from edgestab.theory.models.given import model_given
from edgestab.theory.symbols import ETA, symbol


def data_of(page: str) -> dict[str, object]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    read: dict[str, object] = json.loads(found[1])
    return read


def test_every_file_of_the_script_is_in_it_once() -> None:
    assert {*EXPLORER, *RECORD} == {p.stem for p in (FOLDER / "ui").glob("*.js")}
    for files in (EXPLORER, RECORD):
        assert len(set(files)) == len(files)
        assert "innerHTML" not in script(files)
        assert "</" not in script(files) + style()  # neither may end the element it stands in


def test_a_page_is_whole_and_small() -> None:
    page = explore("quartic", eta=0.2).page
    assert len(page.encode()) < 1_000_000
    assert re.findall(r"""(?:src|href)\s*=\s*["']""", page.split("<script")[0]) == []
    for text in (script(EXPLORER), style()):
        assert digest(text).replace("'", "&#39;") in page
        assert text in page
    assert "default-src &#39;none&#39;" in page


def test_data_cannot_end_its_element() -> None:
    text = embedded({"a": "</script><!-- & \u2028\u2029"})
    assert json.loads(text) == {"a": "</script><!-- & \u2028\u2029"}
    assert not set("<>&\u2028\u2029") & set(text)


def test_values_and_intervals_are_taken() -> None:
    data = data_of(explore("quartic", eta="1/8", x=(3, 3.4), y=(0.1, 0.5)).page)
    assert data["view"]["x"] == {"name": "x", "low": "3", "high": "3.4"}
    assert data["view"]["values"]["eta"] == "0.125"


def test_a_start_that_stays_is_chosen() -> None:
    view = view_of(model("quartic"), {ETA: Fraction(1, 4)}, {})
    assert view.values[symbol("x")] < Fraction(11, 4)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [({"zeta": 1}, "zeta is no coordinate or parameter"), ({"eta": 0}, "step size must be positive")],
)
def test_what_cannot_be_shown_is_refused(values: dict[str, int], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        explore("quartic", **values)


def test_a_loss_is_asked_for_in_our_words() -> None:
    asked = by_loss(Loss.parse("(1-c*x*y)**2/2", "x y", ["c"]))
    assert asked is not None
    assert asked.words == "--loss '(-c*x*y + 1)**2/2' --params 'x y'"


def test_the_command_writes_a_page_and_leaves_others_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    out = tmp_path / "page.html"
    command = [
        "explore",
        "--loss",
        "(1-c*x*y)**2/2",
        "--params",
        "x y",
        "--set",
        "c=2",
        "--eta",
        "0.2",
        "--out",
        str(out),
    ]
    assert run(command) == 0
    assert opened == [out.as_uri()]
    data = data_of(out.read_text(encoding="utf-8"))
    assert data["spec"]["parameters"] == ["eta", "c"]
    assert data["view"]["values"]["c"] == "2"
    assert run([*command, "--no-open"]) != 0
    assert "exists: name another file, or add --overwrite" in capsys.readouterr().err
    assert run([*command, "--no-open", "--overwrite"]) == 0
    assert len(opened) == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--out", "page.txt"], "--out takes a file FILE.html"),
        (["--x", "x", "0", "1", "--y", "x", "0", "2"], "--x and --y are both x"),
        (["--eta", "-1"], "step size must be positive"),
        (["--set", "x=1"], "give --start x=1"),
        (["--set", "zeta=1"], "quartic has no zeta to set"),
        (["--overwrite"], "--overwrite is for --out"),
        (["--x", "x", "0", "1e70"], "a page shows numbers up to 1e+12"),
        (["--x", "x", "0", "1e-60"], "of at most 48 places"),
    ],
)
def test_the_command_says_what_to_change(words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explore", "quartic", "--no-open", *words]) != 0
    assert sentence in capsys.readouterr().err


def test_where_only_the_gradient_is_known_nothing_is_called_a_minimum() -> None:
    page = explore(Loss.parse("x**4 - x**2 + x*y/2 + y**2", "x y")).page
    assert "where the gradient vanishes" in page
    assert "minima of sharpness" not in page
    assert data_of(page)["stationary"] == 0
    assert "minima of sharpness below" in explore("quartic").page


def test_every_product_loss_has_its_end_and_what_it_is_to_leading_order() -> None:
    page = explore(Loss.parse("log(cosh(u*v - 1))", "u v")).page
    assert data_of(page)["landing"] == [1.5]
    assert "2-cycles beside the minima, to leading order" in page
    assert page.count("The law is formal: that an orbit follows it is not proved here.") == 1
    without = explore("degree-2").page
    assert data_of(without)["landing"] == []
    assert "2-cycles beside" not in without
    both = explore(Loss.parse("(1 - x*y)**2*(2 + x*y)**2", "x y")).page
    assert data_of(both)["landing"] == [91.125]
    carried = explore(
        model_given(loss="log(cosh(u*v - 1))", parameters="u v", optimizer="heavy-ball", free=["beta"])
    ).page
    assert data_of(carried)["landing"] == []
