"""A trapping box, proved again: the step carries it into itself, and an inequality holds all over it."""

from __future__ import annotations

from functools import partial
from typing import Any

from edgestab.verify.checker.enclosures import Test, ball
from edgestab.verify.checker.reading import Box, box, demand, listed, record
from edgestab.verify.checker.statement import RANGES, SIDES, Statement, over, shown, truth
from edgestab.verify.checker.trees import tree


def check_trapping(said: Statement, proof: Any) -> str:
    """Prove that orbits stay in a box, or an inequality that holds all over it, and return it in words."""
    demand(said.box and not said.where, "a trapping box is about every start of a box")
    (entries,) = record(proof, "boxes", "proof")
    boxes = listed(lambda entry, where: record(entry, "box image claim", where), entries, "proof.boxes", RANGES)
    demand(len(boxes) == len(said.eta), "proof.boxes must have one for each range of eta")
    margin_text, strict, holds = None, False, None
    if said.kind == "along":
        _, margin_text, strict, begin, until = record(said.claim, "kind margin strict from until", "claim")
        demand((begin, until) == (0, None), "claim: a trapping box is about every iterate")
        strict = truth(strict, "claim.strict")
        holds = _inequality(said, margin_text, strict)
    else:
        record(said.claim, "kind", "claim")
        demand(said.kind == "bounded", "claim.kind must be along or bounded")
    move = said.mean_value(said.update)

    def each(_: str) -> int:
        return said.operations()

    for eta, (sides, image, claim) in zip(said.eta, boxes, strict=True):
        names = " ".join(said.state)
        trap = box(dict(zip(said.state, listed(lambda v, _: v, sides, "proof.boxes.box"), strict=True)), names, "a box")
        inside = all(a <= c and d <= b for (a, b), (c, d) in zip(trap, said.box, strict=True))
        demand(inside, "proof.boxes: a box does not hold the starts")
        letters, cell = SIDES[: len(said.state)] + "e", (*trap, eta)
        carried = partial(_carried, said, move, trap)
        tree(carried, image, cell, letters, "proof.boxes.image", said.work, each)
        demand((claim is None) == (holds is None), "proof.boxes.claim: there must be cells for an inequality only")
        if holds is not None:
            tree(holds, claim, cell, letters, "proof.boxes.claim", said.work, each)
    if margin_text is None:
        return "stays in a bounded set"
    return f"satisfies {shown(margin_text)} {'>' if strict else '>='} 0 at every iterate"


def _carried(said: Statement, move: Any, trap: Box, _: str, cell: Box) -> None:
    balls = said.balls(over(cell))
    demand(said.is_defined(balls), "that the step is defined is not proved")
    for x, (low, high) in zip(move(balls), trap, strict=True):
        demand(
            x >= ball(low) and x <= ball(high),
            f"that the image lies in [{float(low)}, {float(high)}] is not proved, found {x}",
        )


def _inequality(said: Statement, source: Any, strict: bool) -> Test:
    margin = said.mean_value([said.tape.read(source, [*said.state, "eta"])])

    def holds(_: str, cell: Box) -> None:
        (found,) = margin(said.balls(over(cell)))
        demand(found > 0 if strict else found >= 0, f"margin {'>' if strict else '>='} 0 is not proved, found {found}")

    return holds
