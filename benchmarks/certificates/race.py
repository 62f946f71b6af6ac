"""The contraction of R9 proved by ours and by the others, in turns."""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from benchmarks.certificates.arithmetic import ARB, Arithmetic
from benchmarks.certificates.one_by_one import Cell, Stopped, one_by_one
from benchmarks.certificates.plain import PYTHON
from benchmarks.found import Found, figures
from benchmarks.spread import Spread
from edgestab.theory.claims.catalogue import find
from edgestab.theory.parts.certified import Certified
from edgestab.verify.certify.cells import Budget, Cells, Interval, Unproved, prove
from edgestab.verify.certify.engine import CELLS, contract
from edgestab.verify.certify.plan import Problem, propose
from edgestab.verify.certify.statement import problems
from edgestab.verify.certify.tube import Tube

WANTED = 50
"""How many times faster ours is to be."""

CONTENDERS: dict[str, Arithmetic[Any]] = {"Arb, 53 bits": ARB, "plain Python": PYTHON}

ALONE = 0.2
"""Seconds of a sample of ours, which are as many proofs as fit."""


@dataclass(frozen=True)
class Proof:
    """What one proof took.

    Parameters
    ----------
    seconds : float
        Of CPU time.
    tried, leaves : int
        How many cells were judged, and how many proved.
    trees : tuple of Cells
        What was proved.
    end : str
        What became of it.
    """

    seconds: float
    tried: int
    leaves: int
    trees: tuple[Cells, ...]
    end: str = "proved"

    @property
    def cells_per_second(self) -> float:
        return self.tried / self.seconds


@dataclass(frozen=True)
class Race:
    """Samples of ours, each with one of the other's right beside it."""

    pairs: list[tuple[Proof, Proof]] = field(default_factory=list)

    def ratio(self, of: Callable[[Proof], float]) -> Spread:
        """How many times more the other has of something."""
        return Spread.of(of(other) / of(ours) for ours, other in self.pairs)


def r9() -> dict[str, Problem]:
    """Return the problems of R9: every step size up to 0.1, and that alone."""
    found = [p for part in find("zhu2023.R9").parts if isinstance(part, Certified) for p in problems(part)]
    tenth = Fraction(1, 10)
    names = {(0, tenth): "(0, 0.1]", (tenth, tenth): "0.1"}
    return {names[p.eta]: p for p in found if p.eta in names}


def ours(tube: Tube, eps: Interval, seconds: float = ALONE) -> Proof:
    """The engine, as often as fits in the time."""
    calls, began, stop = 0, time.process_time(), time.perf_counter() + seconds
    while calls == 0 or time.perf_counter() < stop:
        budget = Budget(CELLS)
        trees = contract(tube, eps, budget)
        calls += 1
    taken = (time.process_time() - began) / calls
    return Proof(taken, CELLS - budget.cells, sum(t.leaves for t in trees), trees)


def other(cell: Cell[Any], boxes: Sequence[tuple[Interval, ...]], most: int) -> Proof:
    """The same branch and bound of the same boxes, one cell after another, given up after so many cells."""
    budget, judge, trees, end = Budget(CELLS), one_by_one(cell, most), [], "proved"
    began = time.process_time()
    try:
        for box in boxes:
            scale = (
                max(float(box[0][1]), 0.05),
                0.1,
                4 * float(box[2][1]),
            )  # as edgestab.verify.certify.engine.contract
            trees.append(prove("contraction", "xbe", box, judge, budget, scale))
    except Stopped:
        end = f"given up after {most} cells"
    except Unproved as error:
        end = str(error)
    taken = time.process_time() - began
    tried = most if end.startswith("given up") else CELLS - budget.cells
    return Proof(taken, tried, sum(t.leaves for t in trees), tuple(trees), end)


def measure(rounds: int, cells: int, tick: Callable[[str], None]) -> Found:
    """Return the table of both problems."""
    rows, record, notes = [], {}, []
    for eta, problem in r9().items():
        tube = propose(problem)
        boxes = [t.box for t in ours(tube, problem.eps, 0).trees]  # the first proof also makes the programs
        ready = {name: Cell(tube, arithmetic) for name, arithmetic in CONTENDERS.items()}
        for cell in ready.values():
            other(cell, boxes, 20)
        races = {name: Race() for name in CONTENDERS}
        for number, name in itertools.product(range(rounds), CONTENDERS):
            tick(f"eta {eta}: {name}, {number + 1} of {rounds}")
            before = ours(tube, problem.eps)
            theirs = other(ready[name], boxes, cells)
            after = ours(tube, problem.eps)
            mine = before if number % 2 else after
            races[name].pairs.append((mine, theirs))
        mine = races[next(iter(races))].pairs[-1][0]
        mine_seconds = statistics.median(one.seconds for race in races.values() for one, _ in race.pairs)
        rows.append(_row(eta, "ours", mine, mine_seconds))
        for name, race in races.items():
            last = race.pairs[-1][1]
            seconds = statistics.median(p.seconds for _, p in race.pairs)
            rows.append((*_row("", name, last, seconds)[:6], *_ratios(race)))
            if last.end != "proved":
                notes.append(f"eta {eta}, {name}: {last.end}")
        record[eta] = {name: [_numbers(*pair) for pair in race.pairs] for name, race in races.items()}
    return Found(
        "contraction",
        f"Contraction of R9 proved, one thread, medians of {rounds}",
        ("eta", "", "cells tried", "proved", "CPU s", "cells/s", "ours is faster a cell", "in all", f"{WANTED} wanted"),
        rows,
        notes,
        record,
    )


def _row(eta: str, name: str, proof: Proof, seconds: float) -> tuple[str, ...]:
    speed = figures(proof.tried / seconds)
    return eta, name, str(proof.tried), str(proof.leaves), figures(seconds), speed, "", "", ""


def _ratios(race: Race) -> tuple[str, str, str]:
    a_cell = Spread.of(mine.cells_per_second / theirs.cells_per_second for mine, theirs in race.pairs)
    in_all = race.ratio(lambda proof: proof.seconds)
    if any(theirs.end != "proved" for _, theirs in race.pairs):
        return figures(a_cell.median), f"> {figures(in_all.median)}", "met" if in_all.median >= WANTED else "unknown"
    spread = f"{figures(in_all.median)} ({figures(in_all.low)}-{figures(in_all.high)})"
    return figures(a_cell.median), spread, "met" if in_all.median >= WANTED else "not met"


def _numbers(mine: Proof, theirs: Proof) -> dict[str, object]:
    return {
        who: {"seconds": p.seconds, "tried": p.tried, "leaves": p.leaves, "end": p.end}
        for who, p in (("ours", mine), ("other", theirs))
    }
