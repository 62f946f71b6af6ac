"""The benchmark of the matrix models runs, and its plain loop is the same gradient descent."""

import json

import numpy as np
import pytest

from benchmarks.matrices import __main__, multipliers, steps
from edgestab.numerics.matrices.factorization import factorization
from edgestab.numerics.matrices.starts import gaussian


def test_the_loop_is_the_batch_bit_by_bit() -> None:
    model = factorization(np.diag([1.0, 0.7, 0.5]), depth=4)
    starts, etas = gaussian(model, 0.4, 0, 5), np.linspace(0.1, 0.3, 5)
    assert (steps.loop(model, starts, etas, 20) == steps.batched(model, starts, etas, 20)).all()


def test_it_measures(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(steps, "SECONDS", 1e-4)
    monkeypatch.setattr(steps.measure, "__kwdefaults__", {"cases": ((2, 2, 3),)})
    monkeypatch.setattr(multipliers, "SIDES", ())
    monkeypatch.setattr(__main__, "limit_threads", lambda _: None)
    path = tmp_path / "figures.json"
    __main__.main(["--rounds", "2", "--largest", "5", "--json", str(path)])
    found = json.loads(path.read_text())["sections"]
    (case,) = found["steps"]["cases"]
    assert case["differs"]["loop"] == 0
    assert set(case["seconds"]) >= {"batched", "loop"}
    (large,) = found["multipliers"]["cases"]
    assert large["parameters"] == 75
    assert large["radius"] == pytest.approx(large["exact"], abs=1e-9)
