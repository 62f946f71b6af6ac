"""The statements of a program as Python text, one assignment an instruction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from edgestab.numerics.programs.program import Operand, Program, double

_MATH = ("sqrt", "exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh")

TEMPLATES: Mapping[str, str] = {
    "neg": "-{0}",
    "add": "{0} + {1}",
    "sub": "{0} - {1}",
    "mul": "{0} * {1}",
    "div": "{0} / {1}",
    **{name: f"math.{name}({{0}})" for name in _MATH},
    "abs": "abs({0})",
    "sign": "(1.0 if {0} > 0.0 else (-1.0 if {0} < 0.0 else {0} * 0.0))",
    "kink": "(0.0 if ({0} > 0.0) | ({0} < 0.0) | ({1} == 0.0) else math.nan)",
    "choose": "({0} if abs({0}) <= 1.0 else 0.0)",
    "near": "{0}",
    "pow": "{0} ** {1}",
    "pi": "math.pi",
    # A select and not min(): it vectorises. What is undefined stays undefined, on whichever side it stands.
    "min": "({0} if ({0} < {1}) | ({0} != {0}) else {1})",
    "max": "({0} if ({0} > {1}) | ({0} != {0}) else {1})",
}


def statements(program: Program, names: Sequence[str], letter: str = "t") -> tuple[list[str], list[str]]:
    """Return the assignments of a program and the text of each of its outputs.

    Parameters
    ----------
    program : Program
        What to print.
    names : sequence of str
        The text that stands for each input.
    letter : str
        With what the names of the values begin.
    """
    text = list(names)
    lines = []
    for number, instruction in enumerate(program.instructions):
        arguments = [_text(a, text) for a in instruction.args]
        template = TEMPLATES.get(instruction.op)
        # A program of its own is a function that the module has by this name.
        right = f"{instruction.op}({', '.join(arguments)})" if template is None else template.format(*arguments)
        lines.append(f"{letter}{number} = {right}")
        text.append(f"{letter}{number}")
    return lines, [_text(o, text) for o in program.outputs]


def _text(operand: Operand, names: Sequence[str]) -> str:
    if isinstance(operand, Fraction):
        value = double(operand)
        return repr(value) if value >= 0 else f"({value!r})"
    return names[operand]
