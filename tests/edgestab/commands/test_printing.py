"""What is printed is text as it is, with its brackets; many verdicts are summed up, and few are told in full."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from edgestab.commands import printing
from edgestab.commands.progress import counted, progress
from edgestab.commands.verdicts_shown import FEW, print_verdicts
from edgestab.theory.claim import Claim
from edgestab.verify.catalogue import find
from edgestab.verify.evidence.moment import MomentEvidence
from edgestab.verify.evidence.standing import Standing
from edgestab.verify.verdict import Verdict


def terminal() -> tuple[Console, io.StringIO]:
    stream = io.StringIO()
    return Console(file=stream, force_terminal=True, width=160, color_system=None), stream


def test_consoles_read_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    for console in (printing.output(), printing.errors()):
        console.print("pip install 'edgestab[cluster]' :warning: [bold]no[/]")
    both = capsys.readouterr()
    assert both.out == both.err == "pip install 'edgestab[cluster]' :warning: [bold]no[/]\n"


def test_progress_keeps_brackets_and_is_for_terminals() -> None:
    console, stream = terminal()
    with counted(console, "verifying [red]x[/]") as (done, report):
        done(1, 3)
        report("part [1, 2]", 0.25)
    shown = stream.getvalue()
    assert all(words in shown for words in ("verifying [red]x[/]", "part [1, 2]", "1/3", "25%"))
    console, stream = terminal()
    with progress(console, "certifying", 2) as (begin, report):
        begin("eta in [1/20, 1/10]")
        report("a stage that does not say how much", 0.0)
    assert "certifying: eta in [1/20, 1/10]" in stream.getvalue()
    assert "0%" not in stream.getvalue()
    quiet = io.StringIO()
    with counted(Console(file=quiet), "verifying") as (done, report):
        done(1, 3)
        report("a", 0.5)
    assert quiet.getvalue() == ""


def claims() -> list[Claim]:
    slip, right = find("zhu2023.slip1"), find("zhu2023.slip1-corrected")
    others = [replace(right, id=f"paper{k}.claim") for k in range(FEW)]
    return [slip, right, *others]


def verdict(claim: Claim, holds: bool, sentence: str = "because [so]") -> Verdict:
    found = Standing.PROVED if holds else Standing.REFUTED
    return Verdict(claim, (MomentEvidence("it", found, (sentence,)),))


def printed(verdicts: list[Verdict], *, full: bool) -> str:
    stream = io.StringIO()
    print_verdicts(Console(file=stream, width=160, markup=False), verdicts, full=full)
    return stream.getvalue()


def test_many_verdicts_are_summed_up() -> None:
    slip, right, *others = claims()
    verdicts = [verdict(slip, False), verdict(right, True), *(verdict(c, True) for c in others)]
    shown = printed(verdicts, full=False)
    assert f"{FEW + 1} PROVED, 1 REFUTED" in shown
    assert "refuted as the catalogue says: zhu2023.slip1\n" in shown
    assert "surprising" not in shown
    assert "because" not in shown
    assert "--details" in shown
    full = printed(verdicts, full=True)
    assert full.count("because [so]") == len(verdicts)
    assert "REFUTED (slip)" in full


def test_what_is_surprising_is_told() -> None:
    slip, right, *others = claims()
    shown = printed(
        [verdict(slip, True, "it holds"), verdict(right, False, "it fails"), Verdict(others[0], ())], full=False
    )
    told = shown[shown.index("surprising") :]
    assert "it holds" in told
    assert "it fails" in told
    assert re.search(r"undecided:\n(.|\n)*paper0\.claim", told)
