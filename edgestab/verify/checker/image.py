"""Images of cells, proved again: an inequality of the first few iterates, from a cover of the starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edgestab.verify.checker.enclosures import Test
from edgestab.verify.checker.reading import Box, demand, listed, record
from edgestab.verify.checker.statement import RANGES, SIDES, Statement, over, shown, truth, whole_number
from edgestab.verify.checker.trees import tree

FEW = 8  # the most steps


def check_image(said: Statement, proof: Any) -> str:
    """Prove an inequality of the first few iterates, and return it in words."""
    _, margin_text, strict, begin, until = record(said.claim, "kind margin strict from until", "claim")
    until = whole_number(until, "claim.until", FEW)
    begin, strict = whole_number(begin, "claim.from", until), truth(strict, "claim.strict")
    own = [*said.state, "eta", *said.clock]
    margin = said.mean_value([said.tape.read(margin_text, own)])
    move = said.mean_value(said.update)

    def holds(_: str, cell: Box) -> None:
        *at, eta = over(cell)
        if said.is_left_out(said.balls([*at, eta])):
            return
        for t in range(until + 1):
            balls = said.balls([*at, eta], t)
            defined = said.is_defined(balls) and all(x.is_finite() for x in at)
            demand(defined, f"that the iterate {t} is defined is not proved")
            if t >= begin:
                (found,) = margin(balls)
                sign = ">" if strict else ">="
                demand(
                    found > 0 if strict else found >= 0, f"margin {sign} 0 at iterate {t} is not proved, found {found}"
                )
            at = move(balls) if t < until else at

    prove_cells(said, holds, record(proof, "cells", "proof")[0], "proof.cells", lambda _: said.operations(until))
    steps = f"at the iterate {begin}" if begin == until else f"at the iterates {begin} to {until}"
    return f"satisfies {shown(margin_text)} {'>' if strict else '>='} 0 {steps}"


def prove_cells(said: Statement, test: Test, trees: Any, where: str, each: Callable[[str], int]) -> None:
    """Prove what the leaves of a tree say of the starts, for each range of step sizes."""
    demand(said.box, f"{where}: there are no starts")
    entries = listed(lambda value, _: value, trees, where, RANGES)
    demand(len(entries) == len(said.eta), f"{where} must have a tree for each range of eta")
    for eta, cells in zip(said.eta, entries, strict=True):
        tree(test, cells, said.whole(eta), SIDES[: len(said.state)] + "e", where, said.work, each)
