r"""Double-double arithmetic: a program rewritten so that every value is the unevaluated sum of two doubles.

A value is a pair (hi, lo) with hi the double nearest to hi + lo: about 106 bits, the range of a double. With it a
picture of starts 1e-25 apart is computed by the same compiled kernel as any other. The rewriting uses plain IEEE
operations only (Knuth's two-sum, Dekker's two-product with Veltkamp's splitting, no fused multiply-add), so kernel
and NumPy reference agree to the bit, and no branches, so lanes stay in lock-step.

With :math:`u = 2^{-53}` the relative errors are at most :math:`3u^2 + 13u^3` for a sum or difference, :math:`5u^2`
for a product, :math:`15u^2 + 56u^3` for a quotient (Joldes, Muller & Popescu 2017, algorithms 6, 10 and 17;
Muller & Rideau 2022) and :math:`25u^2/8` for a square root (Lefèvre et al. 2023); negation, absolute value, minimum,
maximum and scaling by a power of two are exact. They hold while every nonzero intermediate value lies between
:math:`2^{-900}` and :math:`2^{996}` in magnitude. Below, the error is absolute, about :math:`2^{-1000}`; above, both
parts become NaN (at :math:`2^{1024}` in float64). A polynomial step of degree up to 36 therefore has the correct hi
part wherever \|x\| <= 1e8: an orbit is seen to leave that ball exactly when it does. A quotient by zero is NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from edgestab.errors import InputError
from edgestab.numerics.programs.program import Instruction, Operand, Program, double

Array = NDArray[np.float64]
Pair = tuple[Operand, Operand]

_ZERO, _ONE = Fraction(0), Fraction(1)
_SPLITTER = Fraction(2**27 + 1)
_HUGE = Fraction(2**1000)
_LEAST = Fraction(1, 2**1000)
_PI = Fraction("3.14159265358979323846264338327950288419716939937510")


def split(values: Sequence[Fraction]) -> tuple[Array, Array]:
    """Return exact numbers as pairs of doubles, each pair within 2**-106 of its number, relatively.

    Parameters
    ----------
    values : sequence of Fraction
        Numbers in the range of a double.

    Returns
    -------
    tuple of ndarray
        The hi and the lo parts, each of shape (len(values),).

    Examples
    --------
    >>> hi, lo = split([Fraction(1, 3)])
    >>> float(abs(Fraction(hi[0]) + Fraction(lo[0]) - Fraction(1, 3))) < 1e-32
    True
    """
    pairs = [_constant(Fraction(v)) for v in values]
    return np.array([float(h) for h, _ in pairs]), np.array([float(low) for _, low in pairs])


def doubled(program: Program, n_state: int) -> Program:
    """Return a program in double-double arithmetic.

    Parameters
    ----------
    program : Program
        Inputs: the state, then the parameters. Constants in it are exact and enter as pairs.
    n_state : int
        How many of the inputs are state.

    Returns
    -------
    Program
        Inputs: state hi, state lo, parameters hi, parameters lo. Outputs: all hi parts, then all lo parts.
        Every pair of inputs must be normalised: hi the double nearest to hi + lo, as `split` makes them.

    Raises
    ------
    InputError
        When the program uses an operation that is not algebraic.

    Examples
    --------
    >>> from edgestab.theory.symbols import symbols
    >>> from edgestab.numerics.programs.program import program_of
    >>> x, eta = symbols("x eta")
    >>> decay = doubled(program_of([x - eta * x], [x, eta]), 1)
    >>> decay.inputs, len(decay.outputs)
    (('x_hi', 'x_lo', 'eta_hi', 'eta_lo'), 2)
    """
    if not 0 <= n_state <= len(program.inputs):
        raise InputError(f"n_state must be from 0 to the number of inputs, {len(program.inputs)}, got {n_state}")
    count, own = len(program.inputs), program.inputs[:n_state]
    others = program.inputs[n_state:]
    names = tuple(f"{s}_{part}" for group in (own, others) for part in ("hi", "lo") for s in group)
    arithmetic = _Arithmetic(2 * count)
    values: list[Pair] = [(i, i + n_state) for i in range(n_state)]
    values += [(i + n_state, i + count) for i in range(n_state, count)]

    def pair(operand: Operand) -> Pair:
        return _constant(operand) if isinstance(operand, Fraction) else values[operand]

    for instruction in program.instructions:
        if instruction.op not in _RULES:
            raise InputError(
                f"the operation {instruction.op!r} has no double-double form: "
                "write the expression with + - * /, sqrt, abs, min and max"
            )
        values.append(_RULES[instruction.op](arithmetic, *map(pair, instruction.args)))
    outputs = [pair(o) for o in program.outputs]
    return _pruned(Program(names, tuple(arithmetic.instructions), tuple(o[k] for k in (0, 1) for o in outputs)))


def leading(program: Program, count: int) -> Program:
    """Return the program of the first `count` outputs, without what only the others need."""
    return _pruned(Program(program.inputs, program.instructions, program.outputs[:count]))


def _constant(c: Fraction) -> tuple[Fraction, Fraction]:
    high = Fraction(double(c))
    return high, Fraction(float(c - high))


def _is(operand: Operand, value: Fraction) -> bool:
    return isinstance(operand, Fraction) and operand == value  # value number 1 is not the constant 1


def _power_of_two(c: Operand) -> bool:
    if not isinstance(c, Fraction) or c == 0:
        return False
    return abs(math.frexp(double(c))[0]) == 0.5


_ROUNDED: Mapping[str, Callable[..., float]] = {
    "neg": lambda a: -a,
    "abs": abs,
    "sign": lambda a: float((a > 0) - (a < 0)),
    "kink": lambda a, b: 0.0 if a != 0 or b == 0 else math.nan,
    "sqrt": math.sqrt,
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "min": lambda a, b: a if a < b else b,
    "max": lambda a, b: a if a > b else b,
}


class _Emitter:
    """Instructions on doubles. Constants are doubles too, and operations on them are rounded, never exact."""

    def __init__(self, n_inputs: int) -> None:
        self.instructions: list[Instruction] = []
        self._made: dict[Instruction, int] = {}
        self._offset = n_inputs

    def __call__(self, op: str, *args: Operand) -> Operand:
        if all(isinstance(a, Fraction) for a in args):
            try:
                return Fraction(_ROUNDED[op](*map(float, args)))
            except (ValueError, OverflowError, ZeroDivisionError):
                pass  # not finite: the kernel shall see it at run time
        if op in ("add", "sub") and _is(args[1], _ZERO):
            return args[0]
        if op == "add" and _is(args[0], _ZERO):
            return args[1]
        if op == "mul" and any(_is(a, _ZERO) for a in args):
            return _ZERO
        if op in ("add", "mul"):
            args = tuple(sorted(args, key=lambda a: (isinstance(a, Fraction), a)))
        instruction = Instruction(op, args)
        if instruction not in self._made:
            self._made[instruction] = self._offset + len(self.instructions)
            self.instructions.append(instruction)
        return self._made[instruction]


class _Arithmetic(_Emitter):
    """The operations on pairs, each as a sequence of instructions on doubles."""

    def two_sum(self, a: Operand, b: Operand) -> Pair:
        """A + b = s + e exactly (Knuth)."""
        if _is(a, _ZERO) or _is(b, _ZERO):
            return self("add", a, b), _ZERO
        s = self("add", a, b)
        v = self("sub", s, a)
        return s, self("add", self("sub", a, self("sub", s, v)), self("sub", b, v))

    def fast_two_sum(self, a: Operand, b: Operand) -> Pair:
        """The same where a is not the smaller in magnitude (Dekker)."""
        s = self("add", a, b)
        return s, _ZERO if _is(b, _ZERO) else self("sub", b, self("sub", s, a))

    def halves(self, a: Operand) -> Pair:
        """A double as the sum of two numbers of 26 bits (Veltkamp)."""
        c = self("mul", a, _SPLITTER)
        high = self("sub", c, self("sub", c, a))
        return high, self("sub", a, high)

    def two_prod(self, a: Operand, b: Operand) -> Pair:
        """A b = p + e exactly (Dekker)."""
        p = self("mul", a, b)
        (ah, al), (bh, bl) = self.halves(a), self.halves(b)
        e = self("sub", self("mul", ah, bh), p)
        e = self("add", self("add", e, self("mul", ah, bl)), self("mul", al, bh))
        return p, self("add", e, self("mul", al, bl))

    def neg(self, a: Pair) -> Pair:
        return self("neg", a[0]), self("neg", a[1])

    def add(self, a: Pair, b: Pair) -> Pair:
        s, e = self.two_sum(a[0], b[0])
        t, f = self.two_sum(a[1], b[1])
        s, e = self.fast_two_sum(s, self("add", e, t))
        return (s, e) if _is(f, _ZERO) else self.fast_two_sum(s, self("add", e, f))

    def sub(self, a: Pair, b: Pair) -> Pair:
        return self.add(a, self.neg(b))

    def mul(self, a: Pair, b: Pair) -> Pair:
        for x, c in ((a, b), (b, a)):
            if _power_of_two(c[0]) and _is(c[1], _ZERO):
                return self("mul", x[0], c[0]), self("mul", x[1], c[0])
        p, e = self.two_prod(a[0], b[0])
        cross = self("add", self("mul", a[0], b[1]), self("mul", a[1], b[0]))
        return self.fast_two_sum(p, self("add", e, cross))

    def div(self, a: Pair, b: Pair) -> Pair:
        if _power_of_two(b[0]) and _is(b[1], _ZERO):
            return self("div", a[0], b[0]), self("div", a[1], b[0])
        q = self("div", a[0], b[0])
        p, e = self.two_prod(b[0], q)
        p, f = self.fast_two_sum(p, self("mul", b[1], q))
        p, e = self.fast_two_sum(p, self("add", f, e))
        rest = self("add", self("sub", a[0], p), self("sub", a[1], e))
        return self.fast_two_sum(q, self("div", rest, b[0]))

    def sqrt(self, a: Pair) -> Pair:
        root = self("sqrt", a[0])
        p, e = self.two_prod(root, root)
        rest = self("add", a[1], self("sub", self("sub", a[0], p), e))
        # At zero the rest is zero, and must not be divided by zero.
        return self.fast_two_sum(root, self("div", rest, self("max", self("add", root, root), _LEAST)))

    def abs(self, a: Pair) -> Pair:
        # The sign as -1 or 1; a subnormal hi gives less, and has no lo.
        sign = self("max", self("min", self("mul", a[0], Fraction(2**1023)), _ONE), -_ONE)
        return self("abs", a[0]), self("mul", a[1], sign)

    def sign(self, a: Pair) -> Pair:
        return self("sign", a[0]), _ZERO  # the lo of a pair whose hi is 0 is 0

    def kink(self, a: Pair, b: Pair) -> Pair:
        return self("kink", a[0], b[0]), _ZERO

    def _extreme(self, op: str, back: str, a: Pair, b: Pair) -> Pair:
        """The pair with the extreme hi and, of those that have it, the extreme lo: the loser's lo is sent far away."""
        high = self(op, a[0], b[0])
        lows = [self(back, x[1], self("mul", self("abs", self("sub", high, x[0])), _HUGE)) for x in (a, b)]
        return high, self(op, lows[0], lows[1])

    def min(self, a: Pair, b: Pair) -> Pair:
        return self._extreme("min", "add", a, b)

    def max(self, a: Pair, b: Pair) -> Pair:
        return self._extreme("max", "sub", a, b)

    def pi(self) -> Pair:
        return _constant(_PI)


_RULES: Mapping[str, Callable[..., Pair]] = {
    name: getattr(_Arithmetic, name)
    for name in ("add", "sub", "mul", "div", "sqrt", "neg", "abs", "sign", "kink", "min", "max", "pi")
}


def _pruned(program: Program) -> Program:
    """The program without the instructions that no output needs."""
    n = len(program.inputs)
    needed: set[int] = set()
    waiting = [o for o in program.outputs if isinstance(o, int)]
    while waiting:
        value = waiting.pop()
        if value >= n and value not in needed:
            needed.add(value)
            waiting += [a for a in program.instructions[value - n].args if isinstance(a, int)]
    place = {old: n + new for new, old in enumerate(sorted(needed))}

    def at(o: Operand) -> Operand:
        return place.get(o, o) if isinstance(o, int) else o

    instructions = tuple(
        Instruction(i.op, tuple(map(at, i.args))) for k, i in enumerate(program.instructions) if n + k in needed
    )
    return Program(program.inputs, instructions, tuple(map(at, program.outputs)))
