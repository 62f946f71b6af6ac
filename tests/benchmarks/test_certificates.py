"""The benchmark of certificates runs, and its contenders prove what ours proves: no strawmen, nothing unsound."""

import math
from fractions import Fraction

import numpy as np
import pytest

from benchmarks.certificates import race, whole
from benchmarks.certificates.arithmetic import ARB, live
from benchmarks.certificates.one_by_one import Cell, Stopped, one_by_one
from benchmarks.certificates.plain import PYTHON
from edgestab.numerics.intervals.tape import evaluate
from edgestab.verify.certify.plan import Problem, propose
from edgestab.verify.certify.tube import Tube


@pytest.fixture(scope="module")
def problem() -> Problem:
    return race.r9()["0.1"]


@pytest.fixture(scope="module")
def tube(problem: Problem) -> Tube:
    return propose(problem)


@pytest.fixture(scope="module")
def mine(tube: Tube, problem: Problem) -> race.Proof:
    return race.ours(tube, problem.eps, 0)


def test_the_problems_are_those_of_r9():
    tenth = Fraction(1, 10)
    assert {name: p.eta for name, p in race.r9().items()} == {"(0, 0.1]": (0, tenth), "0.1": (tenth, tenth)}


def test_plain_python_proves_the_same_tree(tube: Tube, mine: race.Proof):
    box = mine.trees[0].box
    theirs = race.other(Cell(tube, PYTHON), [box], 1000)
    assert theirs.end == "proved"
    assert theirs.trees[0].tree == tuple(node[0] for node in mine.trees[0].tree)


def test_arb_proves_the_same_box(tube: Tube, mine: race.Proof):
    theirs = race.other(Cell(tube, ARB), [mine.trees[0].box], 1000)
    assert theirs.end == "proved"
    assert theirs.leaves >= mine.trees[0].leaves


@pytest.mark.parametrize("arithmetic", [ARB, PYTHON], ids=["Arb", "Python"])
def test_no_contender_proves_what_does_not_hold(arithmetic, tube: Tube):
    # About b = 0 at the ceiling V falls by less than a rate of 100.
    too_fast = Tube(tube.form, tube.curve, tube.rho, Fraction(100), tube.floor, tube.ceiling, tube.strip)
    eps, top = float(Fraction(1, 100)), float(tube.ceiling)
    cell = [top - 1e-3, 0.0, eps], [top, 1e-3, eps]
    assert Cell(tube, arithmetic).leaf(*cell) in ("F", "D")
    assert Cell(too_fast, arithmetic).leaf(*cell) is None


@pytest.mark.parametrize("arithmetic", [ARB, PYTHON], ids=["Arb", "Python"])
def test_enclosures_hold_the_points_of_the_engine(arithmetic, tube: Tube):
    low, high = [0.1, -0.1, 0.004], [0.12, -0.07, 0.006]
    generator = np.random.default_rng(1)
    points = np.array(low)[:, None] + (np.array(high) - np.array(low))[:, None] * generator.random((3, 200))
    below, above = evaluate(tube.step, points, points)
    box = [arithmetic.of(a, b) for a, b in zip(low, high, strict=True)]
    ends = [arithmetic.ends(v) for v in arithmetic.compile(tube.step)(box)]
    for k, (a, b) in enumerate(ends):
        assert a <= above[k].min()
        assert b >= below[k].max()


def test_a_contender_stops_when_its_cells_are_spent(tube: Tube, mine: race.Proof):
    with pytest.raises(Stopped):
        one_by_one(Cell(tube, PYTHON), 1)(np.full((3, 2), 0.1), np.full((3, 2), 0.2))
    theirs = race.other(Cell(tube, PYTHON), [t.box for t in mine.trees], 5)
    assert theirs.tried == 5
    assert theirs.end == "given up after 5 cells"


def test_what_no_output_needs_is_left_out(tube: Tube):
    slope = live(tube.slope)
    assert slope.operations < tube.slope.operations
    point = [[0.1], [0.05], [0.01]]
    assert np.array_equal(evaluate(slope, point, point), evaluate(tube.slope, point, point))


def test_the_race_is_run_and_recorded():
    found = race.measure(1, 3, lambda _: None)
    assert len(found.rows) == 2 * (1 + len(race.CONTENDERS))
    pairs = [pair for problem in found.record.values() for pairs in problem.values() for pair in pairs]
    assert all(pair["other"]["tried"] == 3 and math.isfinite(pair["ours"]["seconds"]) for pair in pairs)
    assert len(found.notes) == 4


def test_a_theorem_is_certified_and_timed():
    found = whole.certified("R9 at 0.05")
    assert 0 < found["bytes"] < whole.FILE_WANTED
    assert found["cells"] > 0
    assert found["seconds"] > 0


def test_a_check_that_fails_is_a_line_and_no_error(monkeypatch):
    def alone(what: str, _: str) -> dict[str, object]:
        if what == "checked":
            return {"problem": "the checker says no"}
        return {"seconds": 0.5, "process": 1.0, "cells": 1, "bytes": 2, "text": "{}"}

    monkeypatch.setattr(whole, "_alone", alone)
    found = whole.measure(["R9", "R10"], 1, True, lambda _: None)
    assert [row[0] for row in found.rows] == ["R9", "R10"]
    assert found.notes == ["not checked: the checker says no (R9, R10)"]
