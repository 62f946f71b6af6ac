"""The parser that builds, and bounds, SymPy expressions as it reads: see `edgestab.theory.text.grammar`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NoReturn

import sympy as sp

from edgestab.theory.domain import Condition, conditions_of_power
from edgestab.theory.text.bounds import (
    MAX_ARGUMENTS,
    MAX_DEPTH,
    MAX_HYPERBOLIC_DEGREE,
    MAX_NODES,
    Shapes,
    build,
    check_numbers,
    check_real,
    checked_power,
    exponential_degrees,
    nested,
)
from edgestab.theory.text.grids import GRID_FUNCTIONS, Grid, applied, combined
from edgestab.theory.text.meanings import Array, Column, Defined, Family, Meaning
from edgestab.theory.text.names import CONSTANTS, FUNCTIONS, OVER_DATA, PIECEWISE, VARIADIC
from edgestab.theory.text.spelling import near
from edgestab.theory.text.tokens import (
    Token,
    check_character,
    clip,
    listing,
    literal,
    quote,
    refuse,
    tokenize,
)

RELATIONS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {"<": sp.Lt, "<=": sp.Le, ">": sp.Gt, ">=": sp.Ge, "==": sp.Eq, "!=": sp.Ne}
)
_EXPONENTIAL = frozenset({"exp", "softplus", "sigmoid", "expm1", "logsumexp"})
_HYPERBOLIC = frozenset({"sinh", "cosh", "tanh"})

_BINDING = {"+": 10, "-": 10, "*": 20, "/": 20, "**": 40, "^": 40}
_SIGN_BINDING = 30  # between product and power: -x**2 is -(x**2)
_POWER_BINDING = 40


@dataclass(frozen=True, slots=True)
class Value:
    """An expression, upper bounds on its complexity, and where in the text it stands."""

    expr: Any
    degree: int  # of the polynomial, were all powers multiplied out; zero for a rational number
    roots: int  # nonlinear levels from the innermost root, logarithm or quotient outwards
    start: int
    stop: int


class Parser:
    """A Pratt parser that builds, and bounds, SymPy expressions as it reads."""

    def __init__(self, text: str, symbols: Mapping[str, Meaning]) -> None:
        self.text = text
        self.symbols = symbols
        self.tokens = tokenize(text)
        self.index = 0
        self.nodes = 0
        self.shapes = Shapes()
        self.conditions: list[Condition] = []
        self.row: int | None = None

    # Reading

    @property
    def token(self) -> Token:
        """The token to be read next."""
        return self.tokens[self.index]

    def advance(self) -> Token:
        """Read a token."""
        self.index += 1
        return self.tokens[self.index - 1]

    def count(self, at: int) -> None:
        """Count a number, name or operator; refuse too many."""
        self.nodes += 1
        if self.nodes > MAX_NODES:
            refuse(f"more than {MAX_NODES} numbers, names and operators; shorten the expression", at)

    def expression(self, floor: int = 0, depth: int = 0) -> Value | Grid:
        """Read operands joined by operators that bind tighter than `floor`."""
        if depth > MAX_DEPTH:
            refuse(f"nested deeper than {MAX_DEPTH} levels; split the expression", self.token.start)
        left = self.operand(depth)
        while (binding := _BINDING.get(self.token.text, 0)) > floor:
            operator = self.advance()
            self.count(operator.start)
            # The exponent of a power may hold further powers: those alone associate to the right.
            right = self.expression(binding - (binding == _POWER_BINDING), depth + 1)
            if isinstance(left, Grid) or isinstance(right, Grid):
                grid = combined(self, operator.text, left, right)
                left = grid.rows[0][0] if grid.shape == (1, 1) else grid  # such as the product of a row and a column
            else:
                left = self.combine(operator.text, left, right)
        for value in left.entries if isinstance(left, Grid) else [left]:
            self.shapes.check(value.expr, value.start)
        return left

    def number(self, depth: int) -> Value:
        """Read an expression that is a number, or a matrix of one entry."""
        found = self.expression(0, depth)
        return self.alone(found)

    def alone(self, found: Value | Grid) -> Value:
        """Return the number that a value is; refuse a vector or a matrix of more."""
        if not isinstance(found, Grid):
            return found
        if found.shape == (1, 1):
            return found.rows[0][0]
        return refuse(
            f"{found.words} stands where a number is expected; write sumsq(...), trace(...) or dot(...)", found.start
        )

    def operand(self, depth: int) -> Value | Grid:
        """Read a number, a name, a call or what stands in parentheses, with its signs."""
        token = self.token
        self.count(token.start)
        check_character(token)
        if token.kind == "end":
            refuse("the text ends where a number, a name or '(' is expected; complete it", token.start)
        self.advance()
        if token.kind == "number":
            return self.value(literal(token), 0, 0, token.start)
        if token.kind == "name":
            return self.call(token, depth) if self.token.text == "(" else self.name(token)
        if token.text == "(":
            inner = self.expression(0, depth + 1)
            self.close()
            if isinstance(inner, Grid):
                return inner
            return self.value(inner.expr, inner.degree, inner.roots, token.start)
        if token.text in ("+", "-"):
            inner = self.expression(_SIGN_BINDING, depth + 1)
            if isinstance(inner, Grid):
                return inner.mapped(lambda v: self.combine(token.text, self.value(sp.S.Zero, 0, 0, v.start), v))
            signed = -inner.expr if token.text == "-" else inner.expr
            return self.value(signed, inner.degree, inner.roots, token.start)
        return refuse(f"expected a number, a name or '(' but found {quote(token.text)}", token.start)

    def name(self, token: Token) -> Value | Grid:
        """Return what a name stands for."""
        name = token.text
        if name in self.symbols:
            return self.meaning(name, self.symbols[name], token)
        if name in CONSTANTS:
            return self.value(CONSTANTS[name], 1, 0, token.start)
        if name in FUNCTIONS:
            refuse(f"function {quote(name)} needs its argument; write {name}(...)", token.start)
        known = f"the known names are {listing(self.symbols)}" if self.symbols else "only numbers and pi are known"
        meant = near(name, self.symbols) if len(name) > 2 else []  # one letter is like any other
        if meant:
            known = f"did you mean {' or '.join(meant)}? {known[0].upper()}{known[1:]}"
        return refuse(f"unknown name {quote(name)}; {known}", token.start)

    def meaning(self, name: str, meaning: Meaning, token: Token) -> Value | Grid:
        """Return what a user's name stands for: a symbol, a formula, a matrix of them, or a number of this row."""
        if isinstance(meaning, Family):
            return refuse(f"{quote(name)} needs its argument; write {name}({next(iter(meaning.members))})", token.start)
        if isinstance(meaning, Array):
            rows = tuple(tuple(self.entry(name, e, token) for e in row) for row in meaning.rows)
            return Grid(rows, token.start, token.start + len(token.text))
        if isinstance(meaning, Defined):
            for _ in range(meaning.nodes):
                self.count(token.start)
            self.conditions += meaning.conditions
            return self.value(meaning.expr, meaning.degree, meaning.roots, token.start)
        if isinstance(meaning, Column):
            if self.row is None:
                return refuse(
                    f"{quote(name)} has a value for each row of data; write sum(...) or mean(...)", token.start
                )
            return self.entry(name, meaning.values[self.row], token)
        return self.value(meaning, 1, 0 if meaning.is_extended_real else 1, token.start)

    def entry(self, name: str, entry: sp.Expr | Defined | Column, token: Token) -> Value:
        """Return what stands in a column of data or in a matrix: a symbol, a number or a formula."""
        if isinstance(entry, Defined | Column | sp.Symbol):
            return self.alone(self.meaning(name, entry, token))
        return self.value(entry, 0, 0, token.start)

    def over_data(self, token: Token, depth: int) -> Value:
        """The sum or the mean of what is in parentheses, read once for every row of data."""
        lengths = [len(m.values) for m in self.symbols.values() if isinstance(m, Column)]
        if not lengths:
            refuse(f"{token.text} runs over data, and there are none; give data", token.start)
        if self.row is not None:
            refuse(f"{token.text} inside sum or mean is not allowed; write one of them", token.start)
        opening, terms = self.index, []
        for row in range(lengths[0]):
            self.index, self.row = opening, row
            self.advance()
            terms.append(self.settled(self.number(depth + 1)))
        self.row = None
        self.close()
        total = sp.Add(*(t.expr for t in terms)) / (lengths[0] if token.text == "mean" else 1)
        return self.value(total, max(t.degree for t in terms), max(t.roots for t in terms), token.start)

    def call(self, token: Token, depth: int) -> Value | Grid:
        """Read the arguments of a function and apply it."""
        name = token.text
        family = self.symbols.get(name)
        if isinstance(family, Family):
            return self.member(name, family)
        if name in self.symbols or name in CONSTANTS:
            refuse(f"{quote(name)} is not a function; write {clip(name)}*(...)", token.start)
        if name in OVER_DATA:
            return self.over_data(token, depth)
        if name == PIECEWISE:
            return self.choice(token, depth)
        if name not in FUNCTIONS and name not in GRID_FUNCTIONS:
            refuse(f"unknown function {quote(name)}; the functions are {', '.join(FUNCTIONS)}", token.start)
        found: list[Value | Grid] = []
        while not found or self.token.text == ",":
            self.advance()
            argument = self.expression(0, depth + 1)
            found.append(argument if isinstance(argument, Grid) else self.settled(argument))
        self.close()
        arguments = [a for a in found if not isinstance(a, Grid)]
        if name in GRID_FUNCTIONS or len(arguments) < len(found):
            return applied(self, name, found, token.start)
        least, most = (2, MAX_ARGUMENTS) if name in VARIADIC else (1, 1)
        if not least <= len(arguments) <= most:
            wanted = "one argument" if most == 1 else f"{least} to {most} arguments"
            refuse(f"{name} takes {wanted}, got {len(arguments)}", token.start)
        return self.apply(name, arguments, token.start)

    def choice(self, token: Token, depth: int) -> Value:
        """Read a comparison and two expressions: the first where it holds, else the second."""
        self.advance()
        left = self.settled(self.number(depth + 1))
        operator = self.advance()
        if operator.text not in ("<", "<=", ">", ">="):
            refuse(f"{PIECEWISE} begins with a comparison; write {PIECEWISE}(x > 0, x, 2*x)", token.start)
        right = self.settled(self.number(depth + 1))
        pieces = []
        for _ in range(2):
            if self.token.text != ",":
                refuse(
                    f"{PIECEWISE} takes a comparison and two expressions; write {PIECEWISE}(x > 0, x, 2*x)", token.start
                )
            self.advance()
            pieces.append(self.settled(self.number(depth + 1)))
        self.close()
        first, second = (p.expr for p in (pieces if operator.text in (">", ">=") else pieces[::-1]))
        parts = [left, right, *pieces]
        side = sp.sign(left.expr - right.expr)
        expr = (first + second) / 2 + side * (first - second) / 2
        return self.settled(self.value(expr, max(p.degree for p in parts), max(p.roots for p in parts), token.start))

    def member(self, name: str, family: Family) -> Value:
        """Read which member of a family is meant."""
        self.advance()
        which = self.advance()
        if which.text not in family.members:
            refuse(
                f"{name}({clip(which.text).strip(')')}) is not known; it is one of {listing(family.members)}",
                which.start,
            )
        self.close()
        return self.value(family.members[which.text], 1, 0, which.start)

    def close(self) -> None:
        """Read a closing parenthesis."""
        if self.token.text != ")":
            self.misplaced("a comparison is not allowed inside parentheses")
        self.advance()

    def end(self, comparison: str = "") -> None:
        """Refuse whatever follows."""
        if self.token.kind != "end":
            self.misplaced(comparison)

    def misplaced(self, comparison: str) -> NoReturn:
        """Refuse the token, which cannot follow a complete operand here."""
        token = self.token
        check_character(token)
        if token.kind == "end":
            refuse("a parenthesis is not closed; add ')'", token.start)
        if token.text in RELATIONS:
            refuse(f"{comparison}: remove {quote(token.text)}", token.start)
        if token.text == ")":
            refuse("')' closes nothing; remove it", token.start)
        if token.text == ",":
            refuse("',' separates only the arguments of a function; remove it", token.start)
        last = self.tokens[self.index - 1].text
        product = f"{'(...)' if last == ')' else clip(last)}*{'(...)' if token.text == '(' else clip(token.text)}"
        refuse(f"an operator is missing before {quote(token.text)}; write {product} for a product", token.start)

    # Building

    def combine(self, operator: str, left: Value, right: Value) -> Value:
        """Apply a binary operator to what stands on its two sides."""
        degree, roots = max(left.degree, right.degree), max(left.roots, right.roots)
        if operator == "+":
            return self.value(left.expr + right.expr, degree, roots, left.start)
        if operator == "-":
            return self.value(left.expr - right.expr, degree, roots, left.start)
        if operator == "*":
            return self.value(left.expr * right.expr, left.degree + right.degree, roots, left.start)
        if operator == "/":
            inverse = self.power(right, sp.Integer(-1), right.start)
            roots = max(left.roots, inverse.roots)
            return self.value(left.expr * inverse.expr, left.degree + inverse.degree, roots, left.start)
        if not right.expr.is_Rational:
            wanted = "is not a rational number such as 2 or 1/3: write c**t as exp(t*log(c))"
            refuse(f"exponent {self.piece(right)} {wanted}", right.start)
        return self.power(left, right.expr, right.start)

    def power(self, base: Value, exponent: Any, at: int, start: int | None = None) -> Value:
        """Raise to a rational power, and note where that is defined."""
        base = self.settled(base)
        if base.expr == 0 and exponent < 0:
            refuse(f"division by zero: {self.piece(base)} is zero", base.start)
        degree = checked_power(base.expr, base.degree, exponent, at)
        roots = nested(base.roots, exponent.q > 1 or exponent.p < 0, at)
        self.conditions += conditions_of_power(base.expr, exponent)
        return self.settled(self.value(base.expr**exponent, degree, roots, base.start if start is None else start))

    def apply(self, name: str, arguments: list[Value], start: int) -> Value:
        """Call a function on arguments that are settled already."""
        if name == "sqrt":
            return self.power(arguments[0], sp.Rational(1, 2), start, start)
        degree = max(1, *(argument.degree for argument in arguments))
        if name in _HYPERBOLIC and degree > MAX_HYPERBOLIC_DEGREE:
            refuse(f"{name} of a degree above {MAX_HYPERBOLIC_DEGREE} is not allowed; use smaller powers", start)
        if name in _EXPONENTIAL:
            degree = max([degree, *(d for a in arguments for d in exponential_degrees(a.expr, a.degree, start))])
        opens = name in ("log", "log1p", "softplus", "sigmoid", "logsumexp")
        roots = nested(max(argument.roots for argument in arguments), opens, start)
        if name in ("log", "log1p"):
            inside = arguments[0].expr + int(name == "log1p")
            self.conditions.append(sp.Gt(inside, 0, evaluate=False))
        expr = build(FUNCTIONS[name], [argument.expr for argument in arguments], start)
        return self.settled(self.value(expr, degree, roots, start))

    # Checking

    def piece(self, value: Value) -> str:
        """Return the text of a value, quoted."""
        return quote(self.text[value.start : value.stop])

    def value(self, expr: Any, degree: int, roots: int, start: int) -> Value:
        """Make a value that ends at the last token read, and check the numbers in it."""
        check_numbers(expr, degree, start)
        last = self.tokens[self.index - 1]
        stop = last.start + len(last.text)
        return Value(expr, 0, 0, start, stop) if expr.is_Rational else Value(expr, max(1, degree), roots, start, stop)

    def settled(self, value: Value) -> Value:
        """Refuse what is not real and finite, and a constant too close to zero to divide by."""
        check_real(value.expr, self.piece(value), value.start)
        return value


def read_any(text: str, symbols: Mapping[str, Meaning], row: int | None = None) -> tuple[Parser, Value | Grid]:
    """Read a text that is one expression, or a vector or a matrix."""
    parser = Parser(text, symbols)
    parser.row = row
    found = parser.expression()
    if not isinstance(found, Grid) or found.shape == (1, 1):
        found = parser.settled(parser.alone(found))
    parser.end("a single expression is expected, not a comparison")
    return parser, found


def read(text: str, symbols: Mapping[str, Meaning], row: int | None = None) -> tuple[Parser, Value]:
    """Read a text that is one expression, on a row of data where it has a value for each."""
    parser = Parser(text, symbols)
    parser.row = row
    value = parser.settled(parser.number(0))
    parser.end("a single expression is expected, not a comparison")
    return parser, value
