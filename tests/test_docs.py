"""Every block of README and of the documentation: Python runs, claims are checked, lines for a shell do what they say."""

from __future__ import annotations

import importlib.util
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from edgestab.cli import app
from edgestab.verify.check import check
from edgestab.verify.claim_files.claims import read_claim
from edgestab.verify.claim_files.door import read
from edgestab.verify.claim_files.sweeping import outcomes_of
from edgestab.verify.evidence.standing import Standing
from tests.pages_under_test import PAGES, ROOT, Block, Line, blocks, files_of, lines_of

REFUTED = {"narrow.toml"}  # what a page gives in order to have it refuted
SLOW = ("--paper", "--size 1024", "--size 2048", "basin.zarr", "train ", "run.zarr")
"""What makes a line of the command line one that takes more than a few seconds: it runs in the deep tests."""

NEEDS = {"torch": ("networks", "Observation", "torch"), "distributed": ("distributed",)}
"""What is optional, and the words of blocks that need it."""


def named(things: Iterable[Block | Line]) -> list[object]:
    return [pytest.param(thing, id=thing.name) for thing in things]


def words(text: str) -> str:
    """The words of an output, whatever its columns and the lines of its tables."""
    return " ".join(re.sub("[│┃━┏┓┗┛┡┩┳┻╇└┘┴─┌┐┬├┤┼]", " ", text).split())


def assert_shown(shown: str, real: str) -> None:
    """What a page shows is what is printed; ``...`` stands for anything."""
    rest = words(real)
    for piece in filter(None, (p.strip() for p in words(shown).split("..."))):
        assert piece in rest, f"the page shows\n{piece}\nand this is printed:\n{rest}"
        rest = rest[rest.index(piece) + len(piece) :]


@pytest.mark.parametrize("block", named(blocks("python")))
def test_python_runs(
    block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In this process, where what it imports is loaded already."""
    for package, words_of_it in NEEDS.items():
        if any(word in block.body for word in words_of_it):
            pytest.importorskip(package)
    monkeypatch.chdir(ROOT)
    program = tmp_path / "block.py"
    program.write_text(block.body, encoding="utf-8")
    runpy.run_path(str(program), run_name="__main__")
    printed = capsys.readouterr().out
    assert printed.strip()
    assert_shown(block.output or "", printed)


@pytest.mark.parametrize("block", named(blocks("toml")))
def test_toml_is_checked(block: Block, tmp_path: Path) -> None:
    path = tmp_path / "example.toml"
    path.write_text(block.body, encoding="utf-8")
    if "[problem" in block.body:
        pytest.importorskip("torch")
        from edgestab.numerics.networks.run.spec import read as read_run
        from edgestab.numerics.networks.specs.spec import problem_of

        assert problem_of(read_run(path).problem).objective.size == 701
        return
    if "[conclusion]" not in block.body:
        assert outcomes_of(read(path)).sizes["orbit"] == 1024
        return
    verdict = check(read_claim(path))
    refuted = any(block.body.startswith(f"# {name}\n") for name in REFUTED)
    wanted = (Standing.REFUTED,) if refuted else (Standing.SUPPORTED, Standing.PROVED)
    assert verdict.standing in wanted, verdict.sentence


@pytest.mark.parametrize("line", named(line for page in PAGES for line in lines_of(page)))
def test_a_line_is_understood(line: Line) -> None:
    match line.words:
        case ["edgestab", name, *_]:
            command, _, _ = app.parse_args(line.words[1:], exit_on_error=False, print_error=False)
            assert command.__name__ in (name, "recheck")  # which is named check as well
        case ["python", "-m", module, *_]:
            assert importlib.util.find_spec(module) is not None
        case ["python", script, *_]:
            assert (ROOT / script).is_file()
        case ["make", target, *_]:
            assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        case [program, *_]:
            assert program in ("dask", "pip")


def test_lines_are_found_and_wrong_ones_refused(tmp_path: Path) -> None:
    assert sum(line.words[0] == "edgestab" for page in PAGES for line in lines_of(page)) > 20
    page = tmp_path / "page.md"
    page.write_text(
        "edgestab is a tool.\n\n    edgestab basin quartic \\\n        --eta 1  # c\n\n"
        "```console\n$ edgestab claims\n53 claims\n```\n\n```sh\n.venv/bin/edgestab doctor\n```\n",
        encoding="utf-8",
    )
    assert [line.words for line in lines_of(page)] == [
        ["edgestab", "basin", "quartic", "--eta", "1"],
        ["edgestab", "claims"],
    ]
    with pytest.raises(Exception, match="--executor"):
        app.parse_args(["sweep", "a.toml", "--executor", "dask"], exit_on_error=False, print_error=False)


def runs(line: Line) -> bool:
    """Whether a line runs in a test: all of ours but those for a cluster, a GPU or a browser."""
    return line.words[0] == "edgestab" and not {"--scheduler", "--device", "explore"} & set(line.words)


def is_slow(line: Line) -> bool:
    return any(part in line.command for part in SLOW)


def run_lines(lines: Iterable[Line], page: Path, folder: Path) -> None:
    """Run lines one after another in a folder that holds the files of the page."""
    for name, body in files_of(page).items():
        (folder / name).write_text(body, encoding="utf-8")
    for line in lines:
        done = subprocess.run(
            [sys.executable, "-m", "edgestab", *line.words[1:]],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "4000"},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        refuted = any(word in REFUTED for word in line.words)
        assert done.returncode == refuted, f"{line.command}\n{done.stdout}\n{done.stderr}"
        assert_shown(line.output, done.stdout)


RUN = [page for page in PAGES if page.name != "README.md"]  # whose lines run in tests/test_readme.py
QUICK = [page for page in RUN if any(runs(line) and not is_slow(line) for line in lines_of(page))]
LONG = [page for page in RUN if any(runs(line) and is_slow(line) for line in lines_of(page))]


@pytest.mark.deep  # together they take minutes
@pytest.mark.parametrize("page", QUICK, ids=lambda page: page.name)
def test_lines_run(page: Path, tmp_path: Path) -> None:
    if any(line.words[1] == "train" for line in lines_of(page) if runs(line)):
        pytest.importorskip("torch")
    run_lines((line for line in lines_of(page) if runs(line) and not is_slow(line)), page, tmp_path)


@pytest.mark.deep
@pytest.mark.parametrize("page", LONG, ids=lambda page: page.name)
def test_long_lines_run(page: Path, tmp_path: Path) -> None:
    run_lines((line for line in lines_of(page) if runs(line)), page, tmp_path)


def test_what_a_page_shows_is_compared() -> None:
    assert_shown(
        "claim  PROVED  in exact\n   arithmetic: ...; 3 points", "│ claim │ PROVED │ in exact arithmetic: x; 3 points │"
    )
    with pytest.raises(AssertionError):
        assert_shown("PROVED", "│ claim │ REFUTED │")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", path):
            continue
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors_of(there), f"{page.name}: {target}"


def anchors_of(page: Path) -> set[str]:
    """The anchors of a page's headings, as a forge makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings}
