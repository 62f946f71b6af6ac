"""Malformed claim files: one line on the standard error stream, exit status 2, nothing evaluated."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgestab.cli import run
from edgestab.commands.exits import BAD_USAGE

GOOD = {
    "name": '"bad"',
    "loss": '"(x*y - 1)**2/2"',
    "parameters": '"x y"',
    "eta": '"0.1"',
    "region": "{x = [1, 2], y = [0, 1]}",
    "conclusion": '{kind = "converges"}',
}

CHANGES = {
    "no toml": {"name": "bad"},
    "a number for a name": {"name": "3"},
    "an unknown entry": {"epsilon": "1"},
    "no loss": {"loss": None},
    "no parameters": {"parameters": None},
    "no step size": {"eta": None},
    "no region": {"region": None},
    "no conclusion": {"conclusion": None},
    "loss and model": {"model": '"quartic"'},
    "an unknown model": {"model": '"quintic"', "loss": None, "parameters": None},
    "a loss that is code": {"loss": '"__import__(\'os\').system(\'true\')"'},
    "a loss with an attribute": {"loss": '"x.real**2 + y**2"'},
    "a loss with a lambda": {"loss": '"(lambda: x*y)()"'},
    "a loss with a string": {"loss": "\"x**2 + y**2 + 'a'\""},
    "a loss with an unknown function": {"loss": '"gamma(x)*y"'},
    "a loss with an unknown name": {"loss": '"x*y*z"'},
    "a loss without a parameter": {"loss": '"x**2"'},
    "a loss that is no number": {"loss": '"x*y + 1/0"'},
    "a loss of a huge power": {"loss": '"(x*y)**99999999"'},
    "a loss of a tower of powers": {"loss": '"9**9**9**9*x*y"'},
    "a loss nested too deeply": {"loss": '"' + "(" * 300 + "x*y" + ")" * 300 + '"'},
    "an endless loss": {"loss": '"' + "x*y + " * 4000 + '1"'},
    "an empty loss": {"loss": '""'},
    "a comparison for a loss": {"loss": '"x < y"'},
    "parameters twice": {"parameters": '"x x y"'},
    "a parameter that is a function": {"parameters": '"x exp"'},
    "eta as a parameter": {"parameters": '"x eta"', "loss": '"x*eta"'},
    "a step size of 0": {"eta": "0"},
    "a negative step size": {"eta": '"-1/10"'},
    "an infinite step size": {"eta": "inf"},
    "no number for a step size": {"eta": "nan"},
    "an irrational step size": {"eta": '"sqrt(2)"'},
    "an empty list of step sizes": {"eta": "[]"},
    "a range of three": {"eta": None, "eta_range": "[1, 2, 3]"},
    "a reversed range": {"eta": None, "eta_range": "[2, 1]"},
    "a step size of an unknown name": {"eta": '"1/curvature"'},
    "a step size by itself": {"eta": '"eta/2"'},
    "an unknown optimizer": {"optimizer": '"sgd"'},
    "momentum without a value": {"optimizer": '"heavy-ball"'},
    "momentum beyond 1": {"optimizer": '"heavy-ball"', "constants": "{beta = 2}"},
    "a constant that is no number": {"constants": '{c = "x"}', "loss": '"c*x*y"'},
    "a constant that is a parameter": {"constants": "{x = 1}"},
    "a constant of a table": {"constants": "{c = {a = 1}}"},
    "a matrix that is ragged": {"constants": "{M = [[1, 2], [3]]}"},
    "a matrix that is empty": {"constants": "{M = []}"},
    "a matrix for a number": {"constants": "{M = [[1, 2], [3, 4]]}", "loss": '"M*x*y"'},
    "a formula that names itself": {"with": '{p = "p + 1"}'},
    "formulas that name each other": {"with": '{p = "q", q = "p"}'},
    "a formula of a parameter's name": {"with": '{x = "y"}'},
    "data of two lengths": {"data": "{a = [1, 2], b = [1]}"},
    "data that are no numbers": {"data": '{a = ["one"]}'},
    "data that are not there": {"data": '"nowhere.csv"'},
    "data in a folder": {"data": '"."'},
    "data outside a sum": {"data": "{a = [1, 2]}", "loss": '"a*x*y"'},
    "a sum without data": {"loss": '"sum(x*y)"'},
    "an interval of one end": {"region": "{x = [1], y = 0}"},
    "an empty interval": {"region": "{x = [2, 1], y = 0}"},
    "an interval of nothing": {"region": "{x = [1, 1], y = 0}"},
    "a region without y": {"region": "{x = [1, 2]}"},
    "a region of more": {"region": "{x = [1, 2], y = 0, z = 0}"},
    "a condition that is none": {"where": '["x*y"]'},
    "a condition that is always false": {"where": '["x < x - 1"]'},
    "a condition of an unknown name": {"where": '["z > 0"]'},
    "an unknown quantifier": {"for": '"no start"'},
    "a fraction beyond 1": {"at_least": "2"},
    "an unknown conclusion": {"conclusion": '{kind = "ends"}'},
    "a conclusion with too much": {"conclusion": '{kind = "bounded", by = 3}'},
    "an unknown minimum": {"conclusion": '{kind = "converges", to = "xy = 7"}'},
    "a point that is no minimum": {"conclusion": '{kind = "converges", to = "x = 3, y = 4"}'},
    "an empty window": {"conclusion": '{kind = "final-sharpness", low = 3, high = 2}'},
    "a window of nothing": {"conclusion": '{kind = "final-sharpness"}'},
    "an inequality that is none": {"conclusion": '{kind = "along", inequality = "x*y"}'},
    "an equality": {"conclusion": '{kind = "along", inequality = "x == y"}'},
    "a monotone quantity without direction": {"conclusion": '{kind = "monotone", quantity = "loss"}'},
    "a step without y": {"step": '{x = "x - eta*gx"}'},
    "a step size for a model": {"model": '"quartic"', "loss": None, "parameters": None, "step_size": '"eta"'},
    "a shape that is none": {"parameters": '{x = "2y", y = "1"}'},
    "noise without data": {"noise": '{kind = "batch", size = 1}', "conclusion": '{kind = "stable", sense = "in the mean", at = "x = 0, y = 0"}', "region": None},
}  # fmt: skip


@pytest.mark.parametrize("wrong", CHANGES)
def test_a_malformed_file_is_one_line_and_exit_two(
    wrong: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bad.toml"
    entries = {**GOOD, **CHANGES[wrong]}
    file.write_text("".join(f"{key} = {value}\n" for key, value in entries.items() if value is not None))
    assert run(["verify", str(file)]) == BAD_USAGE
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"edgestab: error: {file}: ")
    assert err.count("\n") == 1


def test_the_file_that_they_change_is_good(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "good.toml"
    file.write_text("".join(f"{key} = {value}\n" for key, value in GOOD.items()))
    assert run(["explain", str(file)]) == 0
    assert "claimed    from every start" in capsys.readouterr().out
