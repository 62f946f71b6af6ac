"""A program: the straight-line form of expressions, one arithmetic operation an instruction.

Equal subexpressions are one instruction (hash-consing), so no expression is ever expanded or evaluated
twice. The same program is printed as a compiled kernel, as NumPy and as ball arithmetic; its digest is
part of every result's identity.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.domain import Nonnegative, Nonzero, Positive
from edgestab.theory.eigenvalue import Eigenvalue, Overlap
from edgestab.theory.kinks import gathered
from edgestab.theory.models.flow_sharpness import FlowSharpness
from edgestab.theory.remainder import Remainder
from edgestab.theory.stepmap import Binding, StepMap

UNARY = frozenset({"neg", "sqrt", "exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "abs", "sign", "choose"})
BINARY = frozenset({"add", "sub", "mul", "div", "min", "max", "pow", "kink", "near"})
"""``kink`` of u and v is v times the slope of a jump at u = 0: 0 beside it and where v vanishes, else undefined;
``choose`` is any number in [-1, 1], the operand where it lies there; ``near`` of u and v is within \\|v\\| of u."""

REMAINDER = "remainder"
"""Of b, a number, two ends and bounds: a function of b between the ends that is at most the first bound in size, and
whose k-th derivative is at most the k-th bound after it (`edgestab.theory.remainder`)."""

KINKS = frozenset({"sign", "abs", "min", "max", "kink"})
"""Operations whose derivative jumps."""

ROOT_ERROR = Fraction(1, 10**60)
"""How nearly a real algebraic number is known that stands as a constant in a program."""

EIGENVALUE, OVERLAP, FLOW = "eigenvalue", "overlap", "flow"
"""With what the names of operations begin that are programs of their own (`edgestab.numerics.programs.called`)."""

_FUNCTIONS: dict[type[sp.Basic], str] = {
    sp.exp: "exp",
    sp.log: "log",
    sp.sin: "sin",
    sp.cos: "cos",
    sp.tan: "tan",
    sp.sinh: "sinh",
    sp.cosh: "cosh",
    sp.tanh: "tanh",
    sp.Abs: "abs",
    sp.sign: "sign",
}

Operand = int | Fraction
"""The index of an input or an earlier instruction, or an exact constant."""


@dataclass(frozen=True, eq=False)
class Instruction:
    """One operation on earlier values; `pi` is the only operation without operands.

    Two instructions are equal when their texts are: value number 1 is not the constant 1, though Python says
    ``1 == Fraction(1)``.
    """

    op: str
    args: tuple[Operand, ...]

    @cached_property
    def text(self) -> str:
        """The canonical text."""
        return " ".join([self.op, *map(_operand_text, self.args)])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Instruction) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


@dataclass(frozen=True, eq=False)
class Program:
    """Values 0 .. len(inputs)-1 are the inputs; instruction i makes value len(inputs)+i.

    Parameters
    ----------
    inputs : tuple of str
        Names of the inputs.
    instructions : tuple of Instruction
        In order of evaluation.
    outputs : tuple of Operand
        Which values are returned.
    """

    inputs: tuple[str, ...]
    instructions: tuple[Instruction, ...]
    outputs: tuple[Operand, ...]

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the canonical text: names of inputs do not enter, their order does."""
        lines = [f"inputs {len(self.inputs)}"]
        lines += [i.text for i in self.instructions]
        lines.append(f"outputs {' '.join(map(_operand_text, self.outputs))}")
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Program) and (self.digest, self.inputs) == (other.digest, other.inputs)

    def __hash__(self) -> int:
        return hash(self.digest)

    @property
    def operations(self) -> int:
        """How many floating-point operations one evaluation takes."""
        return len(self.instructions)

    @property
    def is_algebraic(self) -> bool:
        """Whether IEEE 754 fixes every operation to the last bit: no transcendental function occurs."""
        exact = {"neg", "sqrt", "abs", "sign", "choose", "near", "kink", "add", "sub", "mul", "div", "min", "max"}
        return all(i.op in exact for i in self.instructions)


def double(constant: Fraction) -> float:
    """Return the double nearest to a constant: the one by which every printer of floating point replaces it.

    Raises
    ------
    InputError
        When it is larger than every double.
    """
    try:
        return float(constant)
    except OverflowError:
        size = len(str(abs(constant.numerator))) - len(str(constant.denominator))
        raise InputError(
            f"the constant of size 1e{size} is larger than any floating-point number: write the loss in other units"
        ) from None


def _operand_text(operand: Operand) -> str:
    return f"#{operand.numerator}/{operand.denominator}" if isinstance(operand, Fraction) else f"v{operand}"


def program_of(
    expressions: Sequence[sp.Expr], inputs: Sequence[sp.Symbol], bindings: Sequence[Binding] = ()
) -> Program:
    """Return the program that evaluates expressions of the inputs.

    Raises
    ------
    InputError
        When an expression uses a function no printer knows, or a name that is no input.

    Examples
    --------
    >>> from edgestab.theory.symbols import symbols
    >>> x, y = symbols("x y")
    >>> program_of([x * y + 1, (x * y) ** 2], [x, y]).operations
    5
    """
    builder = Builder(inputs)
    for bound, expression in bindings:
        builder.known[bound] = builder.visit(expression)
    outputs = tuple(builder.visit(e) for e in expressions)
    return Program(tuple(str(s) for s in inputs), tuple(builder.instructions), outputs)


def step_program(step: StepMap) -> Program:
    """Return the program of one step; its inputs are the state, then the parameters."""
    return program_of(step.update, (*step.state, *step.parameters), step.bindings)


@functools.lru_cache(maxsize=256)
def jacobian_program(step: StepMap) -> Program | None:
    """Return the program of the step's Jacobian, row by row, by the chain rule through the bindings.

    None when a derivative is nothing a printer knows.
    """
    zero: list[sp.Expr] = [sp.S.Zero] * len(step.state)
    slopes: dict[sp.Symbol, list[sp.Expr]] = {s: [sp.Integer(s == t) for t in step.state] for s in step.state}

    def derivative(e: sp.Expr) -> list[sp.Expr]:
        row = list(zero)
        for name in sorted(e.free_symbols, key=str):
            if name in slopes:
                partial = sp.diff(e, name)
                row = [r + partial * d for r, d in zip(row, slopes[name], strict=True)]
        return row

    try:
        for bound, expression in step.bindings:
            slopes[bound] = derivative(expression)
        entries = [d for u in step.update for d in derivative(u)]
        return program_of([*map(gathered, entries)], (*step.state, *step.parameters), step.bindings)
    except ValueError:
        return None


def is_called(op: str) -> bool:
    """Return whether an operation is a program of its own.

    Examples
    --------
    >>> is_called("eigenvalue_3_1"), is_called("exp")
    (True, False)
    """
    return op.partition("_")[0] in (EIGENVALUE, OVERLAP, FLOW)


class Builder:
    """A program under construction.

    Parameters
    ----------
    inputs : sequence of Symbol or str
        The inputs; `visit` knows those that are symbols.
    """

    def __init__(self, inputs: Sequence[sp.Symbol | str]) -> None:
        self.known: dict[sp.Basic, Operand] = {s: i for i, s in enumerate(inputs)}
        self.instructions: list[Instruction] = []
        self._made: dict[Instruction, int] = {}
        self._offset = len(inputs)

    def emit(self, op: str, *args: Operand) -> Operand:
        """Return the value of an operation: a folded constant, an earlier equal instruction's, or a new one's."""
        if all(isinstance(a, Fraction) for a in args):
            folded = _fold(op, [a for a in args if isinstance(a, Fraction)])
            if folded is not None:
                return folded
        if op in ("add", "mul", "min", "max"):  # exactly commutative in IEEE arithmetic
            args = tuple(sorted(args, key=lambda a: (isinstance(a, Fraction), a)))
        instruction = Instruction(op, args)
        if instruction not in self._made:
            self._made[instruction] = self._offset + len(self.instructions)
            self.instructions.append(instruction)
        return self._made[instruction]

    def visit(self, expression: sp.Expr) -> Operand:
        """Return the value of an expression of the inputs."""
        if expression not in self.known:
            self.known[expression] = self._build(expression)
        return self.known[expression]

    def _build(self, e: sp.Expr) -> Operand:
        if isinstance(e, sp.Rational):
            return Fraction(int(e.p), int(e.q))
        if isinstance(e, sp.Float):
            return Fraction(*float(e).as_integer_ratio())
        if isinstance(e, sp.CRootOf):
            about = e.eval_rational(dx=sp.Rational(ROOT_ERROR.numerator, ROOT_ERROR.denominator))
            return self.emit("near", Fraction(int(about.p), int(about.q)), ROOT_ERROR)
        if e is sp.pi:
            return self.emit("pi")
        if e is sp.E:
            return self.emit("exp", Fraction(1))
        if isinstance(e, sp.Add):
            return self._sum(e.args)
        if isinstance(e, sp.Mul):
            return self._product(e)
        if isinstance(e, sp.Pow):
            return self._power(e.base, e.exp)
        if isinstance(e, sp.DiracDelta):
            return self.emit("kink", self.visit(e.args[0]), Fraction(1))
        if isinstance(e, sp.Heaviside):
            return self.visit((1 + sp.sign(e.args[0])) / 2)
        if isinstance(e, sp.Min | sp.Max):
            return self._chain("min" if isinstance(e, sp.Min) else "max", [self.visit(a) for a in e.args])
        if type(e) in _FUNCTIONS:
            return self.emit(_FUNCTIONS[type(e)], self.visit(e.args[0]))
        if isinstance(e, Eigenvalue):
            return self.emit(f"{EIGENVALUE}_{e.rows}_{e.index}", *map(self.visit, e.entries))
        if isinstance(e, Overlap):
            return self.emit(f"{OVERLAP}_{e.rows}_{e.index}", *map(self.visit, e.entries))
        if isinstance(e, FlowSharpness):
            through = int(e.comes_through)
            kind = "_".join([FLOW, *map(str, (e.target.p, e.target.q, through, *(f.power for f in e.factors)))])
            return self.emit(
                kind,
                self.visit(e.side),
                *(self.visit(f.weight) for f in e.factors),
                *(self.visit(f.at) for f in e.factors),
            )
        if isinstance(e, Remainder):
            return self.emit(REMAINDER, self.visit(e.at), *(Fraction(int(c.p), int(c.q)) for c in e.exact))
        if isinstance(e, Positive):
            return self.emit("div", Fraction(0), self.emit("sqrt", self.visit(e.args[0])))
        if isinstance(e, Nonnegative):
            return self.emit("mul", Fraction(0), self.emit("sqrt", self.visit(e.args[0])))
        if isinstance(e, Nonzero):
            return self.emit("div", Fraction(0), self.visit(e.args[0]))
        if isinstance(e, sp.Symbol):
            raise InputError(f"unknown name {e.name!r} in an expression to evaluate")
        raise InputError(f"no kernel can evaluate {type(e).__name__}")

    def _chain(self, op: str, values: Sequence[Operand]) -> Operand:
        total = values[0]
        for value in values[1:]:
            total = self.emit(op, total, value)
        return total

    def _sum(self, terms: Sequence[sp.Expr]) -> Operand:
        plus = [t for t in terms if not t.could_extract_minus_sign()]
        minus = [-t for t in terms if t.could_extract_minus_sign()]
        if not plus:
            return self.emit("neg", self._sum(minus))
        total = self._chain("add", [self.visit(t) for t in plus])
        for term in minus:
            total = self.emit("sub", total, self.visit(term))
        return total

    def _product(self, e: sp.Mul) -> Operand:
        coefficient, factors = e.as_coeff_mul()
        jump = next((f for f in factors if isinstance(f, sp.DiracDelta)), None)
        if jump is not None:
            rest = sp.Mul(coefficient, *(f for f in factors if f is not jump))
            return self.emit("kink", self.visit(jump.args[0]), self.visit(rest))
        if coefficient == -1:
            return self.emit("neg", self._product(-e) if len(factors) > 1 else self.visit(-e))
        over = [f for f in factors if not _is_reciprocal(f)]
        under = [1 / f for f in factors if _is_reciprocal(f)]
        values = [self.visit(f) for f in over]
        if coefficient != 1 or not values:
            values.append(self.visit(coefficient))
        total = self._chain("mul", values)
        if under:
            total = self.emit("div", total, self._chain("mul", [self.visit(f) for f in under]))
        return total

    def _power(self, base: sp.Expr, exponent: sp.Expr) -> Operand:
        if isinstance(exponent, sp.Rational) and exponent < 0:
            return self.emit("div", Fraction(1), self._power(base, -exponent))
        if base is sp.E:
            return self.emit("exp", self.visit(exponent))
        root = self.visit(base)
        if isinstance(exponent, sp.Rational) and int(exponent.q) in (1, 2, 4, 8):
            for _ in range(int(exponent.q).bit_length() - 1):
                root = self.emit("sqrt", root)
            return self._integer_power(root, int(exponent.p))
        return self.emit("pow", root, self.visit(exponent))

    def _integer_power(self, base: Operand, n: int) -> Operand:
        if n == 0:
            return Fraction(1)
        half = self._integer_power(base, n // 2) if n > 1 else None
        square = base if half is None else self.emit("mul", half, half)
        return square if half is None or n % 2 == 0 else self.emit("mul", square, base)


def _is_reciprocal(e: sp.Expr) -> bool:
    return isinstance(e, sp.Pow) and isinstance(e.exp, sp.Rational) and bool(e.exp < 0)


_FOLDS: dict[str, Callable[..., Fraction]] = {
    "neg": lambda a: -a,
    "abs": abs,
    "sign": lambda a: Fraction((a > 0) - (a < 0)),
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "min": min,
    "max": max,
}


def _fold(op: str, args: Sequence[Fraction]) -> Fraction | None:
    if op not in _FOLDS or not args or (op == "div" and args[1] == 0):
        return None
    return _FOLDS[op](*args)
