"""What the file of an argument says: a step, its sizes, the starts and a claim, all read into one tape."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from flint import arb

from edgestab.verify.checker.enclosures import Work, ball
from edgestab.verify.checker.evaluation import Code, MeanValue
from edgestab.verify.checker.reading import SEVERAL, Box, CertificateError, demand, listed, number, record, text
from edgestab.verify.checker.tape import FUNCTIONS, Node, Tape

BASE, EACH = 1_000_000, 60  # the most operations on balls in hand; how often a leaf may use every formula for a step
RANGES = 5_000  # the most ranges of step sizes
SIDES = "ABCDEFGH"  # what cuts a side of a state, in its order
SIGNS = {">": (lambda u: u > 0, lambda u: u <= 0), ">=": (lambda u: u >= 0, lambda u: u < 0)}
SIGNS["!="] = (lambda u: u > 0 or u < 0, lambda u: u == 0)
"""Whether a condition on the value of a text certainly holds of a ball, and whether it certainly fails."""


class Purse(Work):
    """Operations that are allowed as a proof goes on: what is left over is not heaped up for a leaf that fails."""

    def allow(self, operations: int) -> None:
        """Allow so many more, up to the most in hand."""
        self.left = max(self.left, min(self.left + operations, BASE))


class Statement:
    """A statement about orbits; its formulas are values of one tape, in the order of `balls`."""

    def __init__(self, step: Any, eta: Any, starts: Any, claim: Any, *, counts: bool) -> None:
        state, parameters, self.loss_text, self.update_texts, domain = record(
            step, "state parameters loss update domain", "step"
        )
        self.state = listed(_name, state, "step.state", len(SIDES))
        self.parameters = [] if parameters == [] else listed(_name, parameters, "step.parameters", len(SIDES))
        n = len(self.state)
        demand(self.state[: len(self.parameters)] == self.parameters, "step.parameters are not the first of the state")
        demand(self.loss_text is None or self.parameters, "step: a loss has parameters")
        self.eta = listed(_range, eta, "eta", RANGES)
        demand(all(low > 0 for low, _ in self.eta), "eta must be > 0")
        self.box, where = self._starts(starts)
        self.kind = text(claim.get("kind") if isinstance(claim, dict) else None, "claim.kind")
        self.claim = claim
        self.clock = ["t"] if counts and "t" not in self.state else []
        self.finals = [f"{p}_final" for p in self.parameters]
        names = [*self.state, "eta", *self.clock, *self.finals]
        demand(len({*names}) == len(names), "step: a name stands for two things")
        self.tape, self.work = Tape(names), Purse(BASE)
        tape, own = self.tape, names[: n + 1 + len(self.clock)]
        self.loss = None if self.loss_text is None else tape.read(self.loss_text, self.parameters)
        if self.update_texts is None:
            demand(
                self.loss is not None and self.parameters == self.state, "step has no update, and no loss of its own"
            )
            self.gradient = [tape.number(0) if g is None else g for g in self._slopes(self.loss)]
            moves = zip(range(n), self.gradient, strict=True)
            self.update = [tape.emit("sub", x, tape.emit("mul", tape.names["eta"], g)) for x, g in moves]
        else:
            self.gradient = []
            texts = listed(text, self.update_texts, "step.update", len(SIDES))
            demand(len(texts) == n, "step.update must have an entry for each of step.state")
            self.update = [tape.read(entry, own) for entry in texts]
        self.domain, self.domain_said = self._conditions(domain, "step.domain", own)
        self.where, self.where_said = self._conditions(where, "starts.where", [*self.state, "eta"])
        self.where_texts = [] if where == [] else [(entry["text"], entry["is"]) for entry in where]
        partial = [] if self.loss is None or tape.is_total(self.loss) else [self.loss]
        self._defined = Code(self.work, tape, [*(f for f, _ in self.domain), *partial])
        self._where = Code(self.work, tape, [f for f, _ in self.where])

    def _starts(self, starts: Any) -> tuple[Box, Any]:
        if starts is None:
            return (), []
        box, where = record(starts, "box where", "starts")
        sides = listed(_range, box, "starts.box", len(SIDES))
        demand(len(sides) == len(self.state), "starts.box must have a range for each of step.state")
        return tuple(sides), where

    def _slopes(self, f: Node | None) -> list[Node | None]:
        return [None if f is None else self.tape.slope(f, i) for i in range(len(self.state))]

    def _conditions(self, value: Any, where: str, names: Sequence[str]) -> tuple[list[tuple[Node, str]], list[str]]:
        if value == []:
            return [], []
        found, said = [], []
        for entry in listed(lambda e, w: record(e, "text is", w), value, where):
            demand(entry[1] in tuple(SIGNS), f"{where}: a condition is one of {' '.join(SIGNS)}")
            found.append((self.tape.read(entry[0], names), str(entry[1])))
            said.append(f"{shown(entry[0])} {entry[1]} 0")
        return found, said

    @property
    def hessian(self) -> list[Node | None]:
        """The entries of the Hessian, row by row."""
        return [h for g in self.gradient for h in self._slopes(g)]

    def balls(self, cell: Sequence[arb], t: int = 0, final: Sequence[arb] = ()) -> list[arb]:
        """Return what the names stand for: a state and a step size, the number of the step and the limit."""
        return [*cell, *(arb(t) for _ in self.clock), *final, *(arb("nan") for _ in self.finals[len(final) :])]

    def mean_value(self, outputs: Sequence[Node]) -> MeanValue:
        """Return enclosures of values, by mean values in the state at every step size of a cell."""
        return MeanValue(self.work, self.tape, outputs, range(len(self.state)))

    def is_defined(self, balls: Sequence[arb]) -> bool:
        """Whether the loss is certainly defined all over a box; a step that may not be has an image without bounds."""
        found = self._defined(balls)
        signs = zip(self.domain, found, strict=False)
        return all(x.is_finite() for x in found) and all(SIGNS[sign][0](x) for (_, sign), x in signs)

    def is_left_out(self, balls: Sequence[arb]) -> bool:
        """Whether a condition on starts certainly fails all over a box."""
        return any(SIGNS[sign][1](x) for (_, sign), x in zip(self.where, self._where(balls), strict=True))

    def operations(self, steps: int = 0) -> int:
        """Return how many operations a leaf may take that follows orbits for so many steps."""
        return EACH * len(self.tape.code) * (steps + 1)

    @property
    def step_in_words(self) -> str:
        """The step and its sizes."""
        state = ", ".join(self.state)
        if self.update_texts is None:
            what = f"Gradient descent on L({state}) = {shown(self.loss_text)}"
        else:
            what = f"The step ({state}) -> ({', '.join(map(shown, self.update_texts))})"
        if self.domain_said:
            what += f", defined where {' and '.join(self.domain_said)}"
        n = len(self.state)
        if self.update_texts is not None and self.loss_text is not None:
            what += f", beside L({', '.join(self.parameters)}) = {shown(self.loss_text)}"
        used = [self.tape.uses[f] >> n for f in self.update]
        if self.clock and any(bits >> 1 & 1 for bits in used):
            what += ", t being the number of the step"
        if not any(bits & 1 for bits in used):
            return what
        sizes = "eta = {0}", "eta in [{0}, {1}]"
        return f"{what}, with {' or '.join(sizes[low < high].format(low, high) for low, high in self.eta)}"

    def starts_in_words(self, brackets: str = "[]") -> str:
        """The starts, from a closed box or from an open one."""
        left, right = brackets[0], brackets[1]
        sides = zip(self.state, self.box, strict=True)
        box = ", ".join(f"{s} = {a}" if a == b else f"{s} in {left}{a}, {b}{right}" for s, (a, b) in sides)
        return f"from every start with {box}{''.join(f' and {said}' for said in self.where_said)}"

    def whole(self, eta: tuple[Fraction, Fraction]) -> Box:
        """The starts, and a range of step sizes."""
        return (*self.box, eta)


def over(cell: Box) -> list[arb]:
    """Return the balls of the sides of a box."""
    return [ball(low, high) if low < high else ball(low) for low, high in cell]


def shown(source: Any) -> str:
    """Return a text that has been read as Python writes its parts."""
    return ast.unparse(ast.parse(source, mode="eval")).replace(" ** ", "**")


def truth(value: Any, where: str) -> bool:
    """Return true or false."""
    demand(value in (True, False) and isinstance(value, bool), f"{where} must be true or false")
    return bool(value)


def whole_number(value: Any, where: str, most: int) -> int:
    """Return an integer from 0 on."""
    demand(type(value) is int and 0 <= value <= most, f"{where} must be an integer from 0 to {most}")
    return int(value)


def _name(value: Any, where: str) -> str:
    proper = re.fullmatch("[A-Za-z][A-Za-z0-9_]{0,39}", text(value, where))
    demand(
        proper and value not in (*FUNCTIONS, *SEVERAL, "eta", "pi"),
        f"{where}: a name is letters, digits and _, and no function",
    )
    return str(value)


def _range(value: Any, where: str) -> tuple[Fraction, Fraction]:
    ends = listed(number, value, where, 2)
    if len(ends) != 2 or ends[0] > ends[1]:
        raise CertificateError(f"{where}: a range must be [low, high]")
    return ends[0], ends[1]
