"""The programs that draw the galleries, run in this process: one of their own only imports everything again."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[3] / "examples"


def listed(program: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The names that a program prints which is given none."""
    monkeypatch.syspath_prepend(EXAMPLES)
    path = str(EXAMPLES / f"{program}.py")
    monkeypatch.setattr(sys, "argv", [path])
    runpy.run_path(path, run_name="__main__")
    return [line.split()[0] for line in capsys.readouterr().out.splitlines()]
