"""Random programs of every operation that has an interval form."""

from __future__ import annotations

from hypothesis import strategies as st

from edgestab.numerics.programs.program import Instruction, Operand, Program

UNARY = ("neg", "abs", "sqrt", "exp", "log")
BINARY = ("add", "sub", "mul", "div", "min", "max", "pow")
SMOOTH = ("neg", "add", "sub", "mul", "div", "sqrt", "exp", "log")

fractions = st.fractions(-3, 3, max_denominator=9)


@st.composite
def programs(draw, operations=(*UNARY, *BINARY, "mul", "mul", "pi"), most=25) -> Program:
    """Three inputs; operands prefer recent values, so that powers and long chains occur."""
    instructions: list[Instruction] = []
    for number in range(draw(st.integers(1, most))):
        values = st.integers(0, number + 2).map(lambda back, last=number + 2: last - back)
        operands: st.SearchStrategy[Operand] = st.one_of(values, values, values, fractions)
        op = draw(st.sampled_from(operations))
        if op in UNARY:
            args = (draw(values),)
        elif op == "pi":
            args = ()
        elif op == "mul" and draw(st.booleans()):
            value = draw(values)
            args = (value, value)
        else:
            args = (draw(operands), draw(operands))
        instructions.append(Instruction(op, args))
    last = len(instructions) + 2
    outputs = draw(st.lists(st.one_of(st.integers(0, last), fractions), max_size=4))
    return Program(("a", "b", "c"), tuple(instructions), (last, *outputs))
