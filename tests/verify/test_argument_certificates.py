"""Certificates of arguments: what is proved is proved again from the file alone, and nothing that is false."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edgestab.cli import run
from edgestab.theory.statement import StepSizes
from edgestab.verify.checker.check import check, check_text
from edgestab.verify.checker.reading import CertificateError
from edgestab.verify.evidence.argued import ArguedEvidence
from edgestab.verify.evidence.standing import Standing
from edgestab.verify.parts import settle_part
from edgestab.verify.proofs import certificate, image
from edgestab.verify.proofs.attempts import argument_for
from edgestab.verify.proofs.certificate import again
from tests.verify.arguments_under_test import OF_PAPERS, OURS, THEOREMS, document, statement, text

REFUSED_WITHIN = 5.0  # seconds


def spoiled(name: str, *path: Any) -> dict[str, Any]:
    """A certificate with the entry at a path replaced by the last argument; without it for `...`."""
    *way, last, value = path
    whole = at = document(name)
    for key in way:
        at = at[key]
    if value is ...:
        del at[last]
    else:
        at[last] = value
    return whole


@pytest.mark.parametrize("name", [*OF_PAPERS, *OURS])
def test_every_argument_is_proved_again(name: str) -> None:
    words = check(document(name))
    assert words.startswith(("Gradient descent on L(", "The step ("))
    assert len(text(name)) < 20_000


def test_the_theorem_is_said_in_the_words_of_the_file() -> None:
    assert check(document("domain-image")) == (
        "Gradient descent on L(x) = x - log(x), defined where x > 0, with eta = 3/2: every orbit from every start with "
        "x in [1/2, 5/2] satisfies 1000 - x**2 >= 0 at the iterates 0 to 1."
    )
    assert "from every start with x in [1/2, 3/2], y in [1/2, 6/5] and 5 / 2 - x - y > 0 sat" in check(
        document("plane-image")
    )
    assert "beside L(x, y) = 3 * x**2 / 2 + y**2, with eta = 1/2: every orbit from every start converges" in check(
        document("linear-window")
    )
    assert "at which 1 / 3 - x_final >= 0" in check(document("linear-limit"))


FALSE: list[tuple[Any, ...]] = [
    # A wider range of step sizes, or another one.
    ("range-image", "eta", [["7/5", "8/5"]]),
    ("chen2023-trapped", "eta", [["8/5", "8/5"]]),
    ("chen2023-below", "eta", [["21/20", "21/20"]]),
    ("chen2023-below", "eta", [["9/10", "21/20"]]),
    ("chen2023-bounded", "eta", [["5/2", "5/2"]]),
    ("heavyball1964-edge", "eta", [["1/100", "11/50"]]),
    ("andriushchenko2022-usam-above", "eta", [["33/100", "33/100"]]),
    ("zhang2020-unclipped", "eta", [["1/10", "1/10"]]),
    ("nesterov2004-descent", "eta", [["2", "2"]]),
    # More starts.
    ("chen2023-trapped", "starts", "box", [["1/20", "27/20"]]),
    ("chen2023-below", "starts", "box", [["-1/2", "6/5"]]),
    ("chen2023-bounded", "starts", "box", [["1/10", "13/10"]]),
    ("zhang2020-unclipped", "starts", "box", [["5/2", "9"]]),
    ("zhang2020-unclipped", "starts", "box", [["-9", "9"]]),
    ("andriushchenko2022-usam-above", "starts", "where", []),
    ("plane-image", "starts", "where", []),
    ("plane-image", "starts", "where", [{"text": "2601/1000 - x - y", "is": ">"}]),
    ("zhang2020-unclipped", "step", {"state": ["x"], "parameters": [], "loss": None, "update": ["x + 1"], "domain": []}),
    ("plane-image", "starts", "where", [{"text": "x + y - 5/2", "is": ">"}]),
    ("meng2024-below", "starts", "box", [["-20", "21"]]),
    # Constants moved by 5 % or less, and inequalities exchanged.
    ("chen2023-trapped", "claim", "margin", "min(-1/20 + x, 31/25 - x)"),
    ("trapped-along", "claim", "margin", "122/100 - x"),
    ("trapped-along", "claim", "margin", "x - 123/100"),
    ("sharp-image", "claim", "strict", True),
    ("sharp-image", "claim", "until", 2),
    ("sharp-image", "claim", "margin", "x - 21/40"),
    ("limit", "claim", "margin", "x_final - 1001/1000"),
    ("limit", "claim", "margin", "999/1000 - x_final"),
    ("linear-limit", "claim", "strict", True),
    ("linear-limit", "claim", "margin", "1/3 - 1/100 - x_final"),
    ("window", "claim", "low", "61/20"),
    ("window", "claim", "high", "59/20"),
    ("window", "claim", "high", "3"),
    ("linear-window", "claim", "low", "3"),
    ("linear-window", "claim", "high", "59/20"),
    ("macdonald2023-decay", "claim", "to", [["19/20", "2"], ["19/20", "2"]]),
    ("warmup-image", "claim", "margin", "31/10 + t - x"),
    # Another claim than the argument proves.
    ("limit", "claim", {"kind": "monotone"}),
    ("heavyball1964-edge", "claim", {"kind": "monotone"}),
    ("chen2023-bounded", "claim", {"kind": "converges", "to": None}),
    ("zhang2020-unclipped", "claim", {"kind": "bounded"}),
    ("andriushchenko2022-usam-below", "claim", {"kind": "diverges"}),
    # Another loss, another step.
    ("chen2023-trapped", "step", "loss", "(x**2 - 1)**2/3"),
    ("chen2023-below", "step", "loss", "(x**2 - 4)**2/4"),
    ("chen2023-bounded", "step", "loss", "(x**2 - 2)**2/4"),
    ("huber", "step", "loss", "11*x**2/20 - max(0, abs(x) - 1)**2/2"),
    ("barrier", "step", "loss", "x - log(x) + 0*log(x - 2/3)"),
    ("domain-image", "step", "domain", [{"text": "x - 3/5", "is": ">"}]),
    ("zhang2020-unclipped", "step", "loss", "x**2/2 - x**4/40"),
    ("warmup-image", "step", "update", ["x + eta*(x + x**3)*min(1, 1/50 + t/50)"]),
    ("clipped", "step", "update", ["x - 38*eta*(x + x**3)/max(1, abs(x + x**3))"]),
    ("linear-window", "step", "update", ["3*x/2 - x_prev/2 - 3*eta*x", "3*y/2 - 11*y_prev/20 - 2*eta*y + 1/10", "x", "y"]),
    ("linear-window", "step", "loss", "3*x**2/2 + y**2 + x/10"),
    ("linear-window", "step", "loss", "3*x**2/2 - y**2"),
    ("heavyball1964-edge", "step", "loss", "x**2/2 + 9*y**2 + 5*x*y"),
    ("meng2024-below", "step", "loss", "2*log(1 + exp(-w)) + log(1 + exp(2*w)) - max(0, w - 10)**2/50"),
    ("meng2024-below", "step", "loss", "2*log(1 + exp(-w)) + log(1 + exp(2*w)) + 2*max(0, w - 10)**2"),
    ("meng2024-below", "step", "loss", "2*log(1 + exp(-w)) + log(1 + exp(2*w)) + 0*log(w + 19)"),
    ("meng2024-below", "step", "domain", [{"text": "w + 19", "is": ">"}]),
    ("meng2024-below", "step", "domain", [{"text": "w - 19", "is": "!="}]),
    ("chen2023-bounded", "step", "domain", [{"text": "x - 1/2", "is": "!="}]),
    ("chen2023-bounded", "step", "loss", "(x**2 - 1)**2/4 + abs(x - 1/2)"),
    ("zhang2020-unclipped", "step", {"state": ["x"], "parameters": [], "loss": None, "update": ["-x*(x + 3)"], "domain": []}),
    ("zhang2020-unclipped", "step", {"state": ["x"], "parameters": [], "loss": None, "update": ["x*(x**2 - 25)"], "domain": []}),
    ("zhang2020-unclipped", "step", "domain", [{"text": "x - 10", "is": "!="}]),
    # Another proof of the same.
    ("chen2023-below", "proof", "centre", ["19/20"]),
    ("chen2023-below", "proof", "curvature", "21/10"),
    ("chen2023-below", "proof", "radius", "1/10"),
    ("chen2023-below", "proof", "radius", "1/1000000000"),
    ("chen2023-below", "proof", "near", "1/100"),
    ("chen2023-below", "proof", "capture", None),
    ("limit", "proof", "capture", 0, -1, "0"),
    ("window", "proof", "direction", ["0", "1"]),
    ("window", "proof", "direction", ["0", "0"]),
    ("macdonald2023-decay", "eta", [["1", "1"]]),
    ("chen2023-bounded", "proof", "boxes", 0, "box", [["1/10", "61/50"]]),
    ("linear-limit", "proof", "rest", ["7/20"]),
    ("zhang2020-unclipped", "proof", "radius", "1"),
    ("zhang2020-unclipped", "proof", "radius", "63/20"),
]  # fmt: skip


@pytest.mark.parametrize(
    "change", FALSE, ids=[f"{c[0]}-{'.'.join(map(str, c[1:-1]))}-{i}" for i, c in enumerate(FALSE)]
)
def test_what_is_false_or_not_shown_is_refused(change: tuple[Any, ...]) -> None:
    with pytest.raises(CertificateError):
        check(spoiled(*change))


def test_a_ball_about_another_point_has_no_minimum_near_its_centre() -> None:
    proof = document("meng2024-below")["proof"]
    for centre, stands in (("0", True), ("1/20", False)):
        moved = spoiled("meng2024-below", "proof", {**proof, "centre": [centre], "radius": "21", "hessian": ["."]})
        if stands:
            assert "within" in check(moved)
            continue
        with pytest.raises(CertificateError, match="minimum > 0 is not proved"):
            check(moved)


def test_a_start_that_is_near_one_step_later_is_not_near() -> None:
    (tokens,) = document("chen2023-below")["proof"]["capture"]
    fewer = [str(max(0, int(t) - 1)) if t.isdecimal() else t for t in tokens]
    with pytest.raises(CertificateError, match="is near after"):
        check(spoiled("chen2023-below", "proof", "capture", [fewer]))


TREES = [
    ("chen2023-trapped", "proof", "cells", 0),
    ("chen2023-below", "proof", "capture", 0),
    ("nesterov2004-descent", "proof", "hessian"),
    ("trapped-along", "proof", "boxes", 0, "image"),
    ("trapped-along", "proof", "boxes", 0, "claim"),
]


@pytest.mark.parametrize("path", TREES)
def test_a_tree_without_a_cell_or_with_one_more_is_refused(path: tuple[Any, ...]) -> None:
    name, *way = path
    tokens: Any = document(name)
    for key in way:
        tokens = tokens[key]
    cut = next((i for i, t in enumerate(tokens) if t in "ABe"), None)
    for wrong in (
        [*tokens[:-1]],
        [*tokens, "."],
        [],
        *([[*tokens[:cut], *tokens[cut + 1 :]]] if cut is not None else []),
    ):
        with pytest.raises(CertificateError):
            check(spoiled(name, *way, wrong))


DEEP = "(" * 1900 + "x" + ")" * 1900
BOMB = "exp(" * 300 + "10**64*x" + ")" * 300
HOSTILE: list[tuple[Any, ...]] = [
    *(("chen2023-trapped", "step", "loss", source) for source in (
        "__import__('os').system('true')", "x.__class__", "(lambda: x)()", "[x for x in x]", "x if x else x", "f'{x}'", "x := 1",
        "x" * 4001, "x**x", "x**-1", "x**(2**9)", "((x**9)**9)**9", "1e999", "0x10", "nan", "inf", "x\n+1", "x # 1", "é", "", " ", "x,", "sqrt(x, x)",
        "min(x)", "max()", "abs(*x)", "exp(x=1)", "eval(x)", "x_final", "eta*x", "t*x", "y", "x if", DEEP, BOMB, "-" * 3900 + "x", "9" * 4000, "x/0", "log(-1 + 0*x)", "sqrt(-1 - x**2)",
        "sin(" * 200 + "9**64*x" + ")" * 200, "tan(exp(exp(exp(9*x))))", "max(" + ", ".join(["x**2"] * 600) + ")", "*".join(["(x + 1)"] * 480), 7, None, True, [], {"a": 1}, ["x"],
    )),
    *(("chen2023-trapped", "step", "state", names) for names in (["eta"], ["sin"], ["x", "x"], ["x"] * 9, [], ["__x"], ["lambda"], "x", [1], ["y"])),
    *(("chen2023-trapped", "eta", sizes) for sizes in (
        [], [["0", "1"]], [["-1", "1"]], [["2", "1"]], [["1"]], [["nan", "nan"]], [[1.5, 1.5]], [["1e9", "1e9"]], [["3/2", "3/2"]] * 201, [["9" * 3999, "9" * 3999]], None, "1", [[float("nan"), "1"]],
    )),
    *(("chen2023-trapped", "starts", box) for box in (None, {}, {"box": [], "where": []}, {"box": [["1", "0"]], "where": []}, {"box": [["0", "9" * 4000]], "where": []}, {"box": [["1/20", "32/25"]], "where": [{"text": "x", "is": "~"}]})),
    *(("chen2023-trapped", "claim", claim) for claim in (
        None, {}, {"kind": []}, {"kind": "along"}, {"kind": "along", "margin": "x", "strict": 1, "from": 1, "until": 1},
        {"kind": "along", "margin": "x", "strict": True, "from": 2, "until": 1}, {"kind": "along", "margin": "x", "strict": True, "from": 0, "until": 10**9},
        {"kind": "along", "margin": "x", "strict": True, "from": True, "until": 1}, {"kind": "along", "margin": "x - x_final", "strict": False, "from": 1, "until": 1},
    )),
    *(("chen2023-trapped", "proof", "cells", cells) for cells in (None, [], [[]], [["A"] * 200_000], [["A", "."] * 100_000], [["."] * 200_000], [["e"] * 500], [[1]], [[None]], [["x" * 5000]], [["."], ["."]])),
    *(("chen2023-trapped", "argument", name) for name in ("convex", "linear", "expanding", "trapping", "tube", "", None, [], "__class__")),
    *(("chen2023-trapped", "version", value) for value in (2, "1", True, 1.0, None)),
    *(("chen2023-below", "proof", "radius", value) for value in ("0", "-1", "9" * 3999, "nan", "inf", 1, None)),
    *(("chen2023-below", "proof", "near", value) for value in ("0", "-1", "1", "9" * 3999)),
    *(("chen2023-below", "proof", "capture", value) for value in ([["999"]], [["401"]], [["-1"]], [["1" * 4000]], [["٣"]], [["0x1"]])),
    ("chen2023-below", "step", {**document("chen2023-below")["step"], "loss": "exp(exp(exp(exp(x**2))))"}),
    ("heavyball1964-edge", "step", "update", ["x**9", "y", "x", "y"]),
    ("heavyball1964-edge", "step", "update", [f"x*eta**{k} + y*(1 + eta)**60" for k in range(60, 64)]),
    ("heavyball1964-edge", "step", "update", [f"{'7' * 3000}*x*eta + {k}*y + x_prev/{'3' * 900}" for k in range(4)]),
    ("heavyball1964-edge", "proof", "rest", ["0", "0", "0", "9" * 3999]),
    ("zhang2020-unclipped", "step", "loss", "x**64"),
    ("zhang2020-unclipped", "step", "loss", " + ".join(f"{'9' * 200}*x**{k}/{'7' * 20}" for k in range(1, 20))),
    ("trapped-along", "proof", "boxes", 0, "box", [["-" + "9" * 3999, "9" * 3999]]),
]  # fmt: skip


@pytest.mark.parametrize("number", range(0, len(HOSTILE), 16))
def test_hostile_files_are_refused_at_once_and_in_one_sentence(number: int) -> None:
    for change in HOSTILE[number : number + 16]:
        began = time.perf_counter()
        with pytest.raises(CertificateError) as refused:
            check(spoiled(*change))
        assert time.perf_counter() - began < REFUSED_WITHIN, change
        assert 0 < len(str(refused.value)) < 600, change


@pytest.mark.parametrize(
    "source", ["", "{", "[" * 100_000, '{"format":"edgestab-argument"}', '{"format":["edgestab-argument"]}', "NaN", '{"format":"edgestab-argument","format":"edgestab-argument"}']
)  # fmt: skip
def test_texts_that_are_no_certificate_are_refused(source: str) -> None:
    with pytest.raises(CertificateError):
        check_text(source)


@pytest.mark.parametrize(
    "name", ["chen2023-trapped", "chen2023-below", "trapped-along", "heavyball1964-edge", "zhang2020-unclipped"]
)
def test_whatever_is_put_anywhere_is_read_or_refused(name: str) -> None:
    chance = random.Random(name)
    values: list[Any] = [None, True, 0, -1, 1.5, "", "0", "-1", "1/3", "x", ".", "A", [], {}, ["x"], [["0", "1"]]]

    def somewhere(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        return [*([way] if way else []), *(w for key, entry in inside for w in somewhere(entry, (*way, key)))]

    ways = somewhere(document(name))
    for _ in range(40):
        with suppress(CertificateError):
            assert check(spoiled(name, *chance.choice(ways), chance.choice([*values, ...]))).endswith(".")


def test_what_the_checker_does_not_accept_is_not_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    part = statement("chen2023-trapped")
    proved = settle_part(part)
    assert proved.standing is Standing.PROVED
    assert "by images of cells in ball arithmetic, and again by an independent checker: " in proved.sentence
    monkeypatch.setattr(image, "_holds", lambda *_: True)  # an unsound argument
    argument, _ = argument_for(replace(part, step_sizes=StepSizes.of("8/5")))
    assert argument is not None
    assert "is not proved" in again(argument).refused
    monkeypatch.undo()

    def refuse(_: str) -> str:
        raise CertificateError("it is blind today")

    monkeypatch.setattr(certificate, "check_text", refuse)
    argument, _ = argument_for(part)
    assert argument is not None
    assert isinstance(proved, ArguedEvidence)
    refused = replace(proved, again=again(argument))
    assert refused.standing is Standing.UNDECIDED
    assert refused.sentence.endswith("a proof by images of cells in ball arithmetic: it is blind today")


def test_the_commands_write_and_read_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "trapped.json"
    assert run(["certify", str(THEOREMS / "chen2023-trapped.toml"), "--out", str(out)]) == 0
    assert "and again by an independent checker" in capsys.readouterr().out
    assert run(["recheck", str(out)]) == 0
    assert "every orbit from every start with x in [1/20, 32/25] satisfies" in capsys.readouterr().out
    assert json.loads(out.read_text()) == document("chen2023-trapped")


def test_certificates_are_the_same_to_the_byte() -> None:
    names = ["chen2023-trapped", "huber", "window", "plane-image", "heavyball1964-edge"]
    code = f"from tests.verify.arguments_under_test import text; print(*map(text, {names}), sep='\\n')"
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [text(name) for name in names]


@pytest.mark.parametrize(
    ("eta", "domain"),
    [
        ([["1/10", "1"]], "1 - 3*eta*x*x/2"),
        ([["1/2", "1/2"], ["1", "1"]], "3/4 - eta"),
        ([["1/2", "1"]], "3/4 - eta"),
    ],
)
@pytest.mark.parametrize("claim", [{"kind": "converges", "to": None}, {"kind": "monotone"}])
def test_a_domain_is_asked_at_every_step_size(eta: list[list[str]], domain: str, claim: dict[str, Any]) -> None:
    proof = {"centre": ["0"], "near": "1/100", "curvature": "1/2", "radius": "2", "hessian": ["."], "capture": None}
    step = {"state": ["x"], "parameters": ["x"], "loss": "x**2/2", "update": None}
    file = {
        "format": "edgestab-argument",
        "version": 1,
        "argument": "convex",
        "step": {**step, "domain": []},
        "eta": eta,
        "starts": {"box": [["-1", "1"]], "where": []},
        "claim": claim,
        "proof": {**proof, "direction": ["1"]},
    }
    assert check(file)
    with pytest.raises(CertificateError):
        check({**file, "step": {**step, "domain": [{"text": domain, "is": ">"}]}})
