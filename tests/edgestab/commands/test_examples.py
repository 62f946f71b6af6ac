"""The examples at the end of every help run, in an empty folder; completion scripts are what shells read."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edgestab.cli import COMMANDS, run
from edgestab.commands.examples import EXAMPLES, FIRST


def test_every_command_has_examples() -> None:
    assert list(EXAMPLES) == list(COMMANDS)
    for name, lines in EXAMPLES.items():
        assert any(line.startswith(f"edgestab {name}") for line in lines)


LONG = ("verify", "certify", "")
"""Commands whose examples take a quarter of a minute or more."""


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.deep) if n in LONG else n for n in (*EXAMPLES, "")])
def test_examples_run(
    name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "train":
        pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    for line in EXAMPLES.get(name, FIRST):
        if not line.startswith("edgestab "):
            continue  # for a shell: see below
        words = shlex.split(line)[1:]
        assert run(words) == 0, (line, capsys.readouterr().err)
        for option in ("--out", "--png"):
            if option in words:  # certificates of several parts are numbered
                named = Path(words[words.index(option) + 1])
                assert named.exists() or Path(f"{named.stem}-1{named.suffix}").exists(), line


@pytest.mark.parametrize("name", COMMANDS)
def test_help_ends_with_the_examples_unbroken(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0
    out = capsys.readouterr().out
    assert out.rstrip().splitlines()[-len(EXAMPLES[name]) :] == [f"    {line}" for line in EXAMPLES[name]]


def test_help_keeps_formulas_and_brackets(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert run(["derive", "--help"]) == 0
    assert '"(1 - x*y**2)**2/2"' in capsys.readouterr().out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_of_the_shell(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert all(name in script for name in ("verify", "--scheduler", "basin"))
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")
    done = subprocess.run([shell, "-n"], input=script, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
def test_bash_completes_a_command(tmp_path: Path) -> None:
    code = "from edgestab.cli import app; print(app.generate_completion(shell='bash'))"
    script = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, check=True).stdout
    asked = 'COMP_WORDS=(edgestab ver); COMP_CWORD=1; COMP_LINE="edgestab ver"; _edgestab; echo "${COMPREPLY[@]}"'
    done = subprocess.run(
        ["bash", "-c", f"{script}\n{asked}"], cwd=tmp_path, text=True, capture_output=True, check=False
    )
    assert done.stdout.split() == ["verify"], done.stderr
