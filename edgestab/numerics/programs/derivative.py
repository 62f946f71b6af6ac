"""The derivative of a program: forward differentiation, instruction by instruction."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from fractions import Fraction

from edgestab.errors import InputError
from edgestab.numerics.programs.program import REMAINDER, Builder, Operand, Program, is_called

_ZERO, _ONE, _TWO = Fraction(0), Fraction(1), Fraction(2)


def derivative(program: Program, wrt: Sequence[int | str]) -> Program:
    r"""Return the program of the outputs and of their partial derivatives.

    The chain rule goes through the instructions: for an instruction :math:`v = g(a, b)` and every input x in `wrt`,

    .. math:: \partial_x v = g_a(a, b)\, \partial_x a + g_b(a, b)\, \partial_x b,

    where the partials of g are instructions of their own, made once for all inputs. Slopes that are 0 or 1 are
    never multiplied (Griewank and Walther, Evaluating Derivatives, 2008, chapter 3).

    Parameters
    ----------
    program : Program
        What to differentiate.
    wrt : sequence of int or str
        Numbers or names of inputs.

    Returns
    -------
    Program
        With the same inputs. Its outputs: those of `program`, then for each of them its partials in the order of
        `wrt`, row by row.

    Raises
    ------
    InputError
        When `wrt` names no input.

    Examples
    --------
    >>> from edgestab.theory.symbols import symbols
    >>> from edgestab.numerics.printers import reference
    >>> from edgestab.numerics.programs.program import program_of
    >>> x, y = symbols("x y")
    >>> slopes = derivative(program_of([x**2 * y], [x, y]), ["x", "y"])
    >>> [float(v) for v in reference.evaluate(slopes, [3.0, 5.0])]
    [45.0, 30.0, 9.0]
    """
    return _derivative(program, tuple(_number(program, name) for name in wrt))


def _number(program: Program, name: int | str) -> int:
    if isinstance(name, str) and name in program.inputs:
        return program.inputs.index(name)
    if isinstance(name, int) and 0 <= name < len(program.inputs):
        return name
    raise InputError(f"the program has no input {name!r}: its inputs are {', '.join(program.inputs)}")


Slopes = dict[int, Operand]
"""The partials of a value by the number of the input; those that are missing are zero."""


@functools.lru_cache(maxsize=256)
def _derivative(program: Program, wrt: tuple[int, ...]) -> Program:
    builder = Builder(program.inputs)
    n = len(program.inputs)
    needed = _needed(program)
    values: list[Operand] = list(range(n))
    slopes: list[Slopes] = [{i: _ONE} if i in wrt else {} for i in range(n)]
    for number, instruction in enumerate(program.instructions):
        if n + number not in needed:
            values.append(_ZERO)
            slopes.append({})
            continue
        args = [a if isinstance(a, Fraction) else values[a] for a in instruction.args]
        inner: list[Slopes] = [{} if isinstance(a, Fraction) else slopes[a] for a in instruction.args]
        value = builder.emit(instruction.op, *args)
        values.append(value)
        slopes.append(_chain(builder, instruction.op, args, value, inner))
    outputs = [o if isinstance(o, Fraction) else values[o] for o in program.outputs]
    for o in program.outputs:
        row: Slopes = {} if isinstance(o, Fraction) else slopes[o]
        outputs += [row.get(i, _ZERO) for i in wrt]
    return Program(program.inputs, tuple(builder.instructions), tuple(outputs))


def _needed(program: Program) -> set[int]:
    """Return the numbers of the values that an output depends on."""
    n = len(program.inputs)
    needed = {o for o in program.outputs if not isinstance(o, Fraction)}
    for number in range(len(program.instructions) - 1, -1, -1):
        if n + number in needed:
            needed |= {a for a in program.instructions[number].args if not isinstance(a, Fraction)}
    return needed


def _chain(b: Builder, op: str, args: Sequence[Operand], value: Operand, inner: Sequence[Slopes]) -> Slopes:
    """Return the slopes of one instruction from those of its operands."""
    if not any(inner):
        return {}
    if is_called(op):
        raise InputError(f"{op.partition('_')[0]} has no derivative that is known: write the program without it")
    inputs = sorted(set().union(*inner))
    if op == REMAINDER:
        at, number, low, high, _, *rest = args
        of_argument = inner[0]
        if not rest:
            raise InputError("no bound of a further derivative of a remainder is known")
        further = b.emit(op, at, number, low, high, *rest)
        return {i: _times(b, further, of_argument[i]) for i in inputs}
    if op in ("neg", "add", "sub", "div"):
        pairs = {i: [s.get(i, _ZERO) for s in inner] for i in inputs}
        if op == "neg":
            return {i: _minus(b, _ZERO, d) for i, (d,) in pairs.items()}
        if op == "add":
            return {i: _plus(b, d, e) for i, (d, e) in pairs.items()}
        if op == "sub":
            return {i: _minus(b, d, e) for i, (d, e) in pairs.items()}
        # (d - v e) / b and not d / b - (v / b) e, which is wider in interval arithmetic
        return {i: _quotient(b, _minus(b, d, _times(b, value, e)), args[1]) for i, (d, e) in pairs.items()}
    if op == "mul" and args[0] == args[1] and not isinstance(args[1], Fraction):  # value 3 is not the constant 3
        inner, factors = inner[:1], [_times(b, _TWO, args[0])]
    else:
        factors = [p() if s else _ZERO for p, s in zip(_partials(b, op, value, *args), inner, strict=True)]
    result: Slopes = {}
    for i in inputs:
        total: Operand = _ZERO
        for factor, slope in zip(factors, inner, strict=True):
            total = _plus(b, total, _times(b, factor, slope.get(i, _ZERO)))
        result[i] = total
    return result


def _partials(b: Builder, op: str, v: Operand, x: Operand, y: Operand = _ZERO) -> list[Callable[[], Operand]]:
    """Return the makers of the partials of v = op(x) or op(x, y) with respect to its operands."""
    match op:
        case "mul":
            return [lambda: y, lambda: x]
        case "sqrt":
            return [lambda: b.emit("div", Fraction(1, 2), v)]
        case "exp":
            return [lambda: v]
        case "log":
            return [lambda: b.emit("div", _ONE, x)]
        case "sin":
            return [lambda: b.emit("cos", x)]
        case "cos":
            return [lambda: b.emit("neg", b.emit("sin", x))]
        case "tan":
            return [lambda: b.emit("add", b.emit("mul", v, v), _ONE)]
        case "sinh":
            return [lambda: b.emit("cosh", x)]
        case "cosh":
            return [lambda: b.emit("sinh", x)]
        case "tanh":
            return [lambda: b.emit("sub", _ONE, b.emit("mul", v, v))]
        case "abs":
            return [lambda: b.emit("sign", x)]
        case "sign":  # nowhere but at the kink, and there it has none
            return [lambda: b.emit("kink", x, _ONE)]
        case "kink":
            return [lambda: v, lambda: v]
        case "min":
            return [lambda: _half(b, b.emit("sub", y, x)), lambda: _half(b, b.emit("sub", x, y))]
        case "max":
            return [lambda: _half(b, b.emit("sub", x, y)), lambda: _half(b, b.emit("sub", y, x))]
        case "pow":
            return [lambda: _times(b, y, _power(b, x, _minus(b, y, _ONE))), lambda: _times(b, v, b.emit("log", x))]
    raise InputError(f"{op} has no derivative that is known: write the program without it")


def _half(b: Builder, x: Operand) -> Operand:
    """(1 + sign(x))/2: 1 where x is positive, 0 where it is negative."""
    return b.emit("div", b.emit("add", _ONE, b.emit("sign", x)), _TWO)


def _is(operand: Operand, number: int) -> bool:
    return isinstance(operand, Fraction) and operand == number  # the operand 0 is the first input


def _plus(b: Builder, x: Operand, y: Operand) -> Operand:
    if _is(x, 0):
        return y
    return x if _is(y, 0) else b.emit("add", x, y)


def _minus(b: Builder, x: Operand, y: Operand) -> Operand:
    if _is(y, 0):
        return x
    return b.emit("neg", y) if _is(x, 0) else b.emit("sub", x, y)


def _times(b: Builder, x: Operand, y: Operand) -> Operand:
    if _is(x, 0) or _is(y, 0):
        return _ZERO
    for one, other in ((x, y), (y, x)):
        if _is(one, 1):
            return other
        if _is(one, -1):
            return b.emit("neg", other)
    return b.emit("mul", x, y)


def _quotient(b: Builder, x: Operand, y: Operand) -> Operand:
    if _is(x, 0):
        return _ZERO
    return _times(b, x, 1 / y) if isinstance(y, Fraction) and y != 0 else b.emit("div", x, y)


def _power(b: Builder, x: Operand, y: Operand) -> Operand:
    if _is(y, 0):
        return _ONE
    return x if _is(y, 1) else b.emit("pow", x, y)
