"""Text from users to SymPy, by a whitelist.

A formula may come from a command line, a spec file or a web page, so the text is never evaluated as code. A
tokenizer cuts it up, a small Pratt parser builds SymPy objects from the few operators, functions and names it
knows, and everything else is refused with one sentence that says what to change.

The sizes are bounded before anything large is built: the text, its nesting, the number of nodes, the integers,
the exponents and the degree. Every constant is exact, and is evaluated once to see that it is real and finite.

Notes
-----
SymPy simplifies while it builds, and asks many questions about signs when a symbol is declared positive. On deep
towers of such a symbol this takes longer than the bounds here suggest; symbols that are merely real are quick.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any, NoReturn

import sympy as sp

from edgestab.theory.domain import Condition, conditions_of, conditions_of_power, guard, open_conditions
from edgestab.theory.text.bounds import (
    MAX_ARGUMENTS,
    MAX_DEPTH,
    MAX_HYPERBOLIC_DEGREE,
    MAX_NODES,
    MAX_ROWS,
    Shapes,
    build,
    check_numbers,
    check_real,
    checked_power,
    exponential_degrees,
    nested,
    stack_guarded,
)
from edgestab.theory.text.meanings import Column, Defined, Meaning
from edgestab.theory.text.names import CONSTANTS, FUNCTIONS, OVER_DATA, VARIADIC, parse_names
from edgestab.theory.text.tokens import (
    ParseError,
    Token,
    check_character,
    clip,
    listing,
    literal,
    quote,
    refuse,
    tokenize,
)

__all__ = [
    "ParseError",
    "define",
    "parse_expression",
    "parse_number",
    "parse_relation",
    "parse_with_domain",
    "with_columns",
]

_RELATIONS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {"<": sp.Lt, "<=": sp.Le, ">": sp.Gt, ">=": sp.Ge, "==": sp.Eq, "!=": sp.Ne}
)
_EXPONENTIAL = frozenset({"exp", "softplus", "sigmoid", "expm1", "logsumexp"})
_HYPERBOLIC = frozenset({"sinh", "cosh", "tanh"})

_BINDING = {"+": 10, "-": 10, "*": 20, "/": 20, "**": 40, "^": 40}
_SIGN_BINDING = 30  # between product and power: -x**2 is -(x**2)
_POWER_BINDING = 40


def parse_expression(text: str, symbols: Mapping[str, Meaning]) -> sp.Expr:
    """Parse a formula in the given symbols.

    The grammar is Python's: ``+ - * /``, ``**`` (also written ``^``), signs, parentheses and the calls listed in
    `edgestab.theory.text.names.FUNCTIONS`. Literals are exact, so ``0.1`` is 1/10; the only named constant is ``pi``.

    Parameters
    ----------
    text : str
        At most 10 000 ASCII characters.
    symbols : mapping of str to sympy.Symbol
        The names that may occur. Declare them real: the formula is read over the reals.

    Returns
    -------
    sympy.Expr
        The expression, as SymPy's own operators build it; where they drop a part that is not defined everywhere, as of
        ``sqrt(x)**2``, with a guard (`edgestab.theory.domain`) that is undefined there as well.

    Raises
    ------
    ParseError
        If the text is not a formula, is too large, or contains a constant that is not real and finite.

    Examples
    --------
    >>> x, eta = sp.symbols("x eta", real=True)
    >>> parse_expression("x - 0.1*eta*x^2/sqrt(4)", {"x": x, "eta": eta})
    -eta*x**2/20 + x
    >>> parse_expression("x + z", {"x": x, "eta": eta})
    Traceback (most recent call last):
    ...
    edgestab.theory.text.tokens.ParseError: unknown name 'z'; the known names are x, eta (column 5)
    """
    with stack_guarded():
        parser, value = _parsed(text, symbols)
        return value.expr + _lost(parser, [value.expr])


def parse_with_domain(text: str, symbols: Mapping[str, Meaning]) -> tuple[sp.Expr, tuple[Condition, ...]]:
    """Parse a formula, and say where it is defined as it is written: SymPy simplifies what it builds.

    Parameters
    ----------
    text, symbols
        As for `parse_expression`.

    Returns
    -------
    Expr, tuple of comparisons with 0
        The expression, and the conditions of its logarithms, roots and quotients that are not certain.

    Examples
    --------
    >>> x = sp.Symbol("x", real=True)
    >>> parse_with_domain("exp(log(x)) + 0*sqrt(x - 1)", {"x": x})
    (x, (x - 1 >= 0, x > 0))
    """
    with stack_guarded():
        parser, value = _parsed(text, symbols)
        return value.expr, open_conditions(parser.conditions)


def _parsed(text: str, symbols: Mapping[str, Meaning], row: int | None = None) -> tuple[_Parser, _Value]:
    parser = _Parser(text, symbols)
    parser.row = row
    value = parser.settled(parser.expression())
    parser.end("a single expression is expected, not a comparison")
    return parser, value


def _lost(parser: _Parser, built: Sequence[sp.Expr]) -> sp.Expr:
    """The guard of the conditions of a text that nothing built from it has any more."""
    kept = {c for e in built for c in conditions_of(e)}
    return guard(c for c in open_conditions(parser.conditions) if c not in kept)


def with_columns(known: Mapping[str, Meaning], data: Mapping[str, Sequence[sp.Expr]]) -> dict[str, Meaning]:
    """Return names with those of columns of data added.

    Raises
    ------
    ParseError
        If a column's name is none, or is taken, or the columns are not of one length from 1 to `MAX_ROWS`.
    """
    for name in data:
        if parse_names(name) != (name,) or name in known:
            raise ParseError(f"{quote(name)} is a column of data and a name of something else; call one otherwise")
    lengths = {len(values) for values in data.values()}
    if len(lengths) > 1 or not lengths <= set(range(1, MAX_ROWS + 1)):
        found = ", ".join(f"{len(values)} {name}" for name, values in data.items())
        raise ParseError(f"the columns of data have one length, of at least 1 and at most {MAX_ROWS}: {found}")
    return {**known, **{name: Column(tuple(values)) for name, values in data.items()}}


def define(texts: Mapping[str, str], symbols: Mapping[str, Meaning]) -> dict[str, Meaning]:
    """Return names with those of formulas added, each of which may use those before it.

    Parameters
    ----------
    texts : mapping of str to str
        A formula for each new name.
    symbols : mapping
        The names that may occur besides.

    Raises
    ------
    ParseError
        If a name is none, or is taken, or a formula cannot be read; the message names it.

    Examples
    --------
    >>> x, y = sp.symbols("x y", real=True)
    >>> names = define({"p": "x*y", "q": "p**2"}, {"x": x, "y": y})
    >>> parse_expression("q - 1", names)
    x**2*y**2 - 1
    """
    known = dict(symbols)
    for name, text in texts.items():
        if parse_names(name) != (name,) or name in known:
            raise ParseError(f"{quote(name)} has a meaning already, or is no name; call the formula otherwise")
        try:
            with stack_guarded():
                rows = _rows_of(text, known)
                found = tuple(_defined(text, known, row) for row in rows or (None,))
        except ParseError as error:
            raise ParseError(f"in {name}: {error}") from None
        known[name] = Column(found) if rows else found[0]
    return known


def _defined(text: str, known: Mapping[str, Meaning], row: int | None) -> Defined:
    parser, value = _parsed(text, known, row)
    return Defined(value.expr, value.degree, value.roots, parser.nodes, tuple(parser.conditions))


def _rows_of(text: str, known: Mapping[str, Meaning]) -> range:
    """The rows for each of which a formula has a value: none where it sums over them, or names no column."""
    words = {t.text for t in tokenize(text) if t.kind == "name"}
    columns = [m for n, m in known.items() if n in words and isinstance(m, Column)]
    return range(len(columns[0].values) if columns and not words & set(OVER_DATA) else 0)


def parse_relation(text: str, symbols: Mapping[str, Meaning]) -> sp.Basic:
    """Parse a comparison, or a chain of comparisons as in ``0 < eta <= 2``.

    Parameters
    ----------
    text : str
        Expressions joined by ``<``, ``<=``, ``>``, ``>=``, ``==`` or ``!=``.
    symbols : mapping of str to sympy.Symbol
        The names that may occur.

    Returns
    -------
    sympy.Basic
        A relation, or the conjunction of the relations of a chain. What SymPy can decide at once, such as
        ``x > 0`` for a positive symbol, is ``true`` or ``false``.

    Raises
    ------
    ParseError
        If the text is not a comparison of formulas that `parse_expression` accepts.

    Examples
    --------
    >>> eta = sp.Symbol("eta", real=True)
    >>> parse_relation("eta*2 >= 0.5", {"eta": eta})
    2*eta >= 1/2
    >>> parse_relation("0 < eta <= 2", {"eta": eta})
    (eta <= 2) & (0 < eta)
    """
    with stack_guarded():
        parser = _Parser(text, symbols)
        left = parser.settled(parser.expression())
        sides, operators = [left.expr], []
        while parser.token.text in _RELATIONS:
            operator = parser.advance()
            right = parser.settled(parser.expression())
            operators.append(operator)
            sides.append(right.expr)
        parser.end()
        if not operators:
            refuse("no comparison found; write one of < <= > >= == != between two expressions", len(text))
        sides[0] += _lost(parser, sides)
        pairs = zip(operators, pairwise(sides), strict=True)
        return sp.And(*(build(_RELATIONS[operator.text], list(pair), operator.start) for operator, pair in pairs))


def parse_number(text: str) -> sp.Expr:
    """Parse a constant: a literal, or a formula without names.

    Parameters
    ----------
    text : str
        For instance ``0.1``, ``1/3``, ``1e-3`` or ``sqrt(2)``.

    Returns
    -------
    sympy.Expr
        The exact, real and finite value; a `sympy.Rational` unless the text asks for roots, functions or pi.

    Raises
    ------
    ParseError
        If the text is not such a constant.

    Examples
    --------
    >>> parse_number("1e-3"), parse_number("2*sqrt(8)")
    (1/1000, 4*sqrt(2))
    >>> parse_number("sqrt(-1)")
    Traceback (most recent call last):
    ...
    edgestab.theory.text.tokens.ParseError: 'sqrt(-1)' is not real and finite; change it (column 1)
    """
    return parse_expression(text, {})


@dataclass(frozen=True, slots=True)
class _Value:
    """An expression, upper bounds on its complexity, and where in the text it stands."""

    expr: Any
    degree: int  # of the polynomial, were all powers multiplied out; zero for a rational number
    roots: int  # nonlinear levels from the innermost root, logarithm or quotient outwards
    start: int
    stop: int


class _Parser:
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
        return self.tokens[self.index]

    def advance(self) -> Token:
        self.index += 1
        return self.tokens[self.index - 1]

    def count(self, at: int) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            refuse(f"more than {MAX_NODES} numbers, names and operators; shorten the expression", at)

    def expression(self, floor: int = 0, depth: int = 0) -> _Value:
        """Read operands joined by operators that bind tighter than `floor`."""
        if depth > MAX_DEPTH:
            refuse(f"nested deeper than {MAX_DEPTH} levels; split the expression", self.token.start)
        left = self.operand(depth)
        while (binding := _BINDING.get(self.token.text, 0)) > floor:
            operator = self.advance()
            self.count(operator.start)
            # The exponent of a power may hold further powers: those alone associate to the right.
            right = self.expression(binding - (binding == _POWER_BINDING), depth + 1)
            left = self.combine(operator.text, left, right)
        self.shapes.check(left.expr, left.start)
        return left

    def operand(self, depth: int) -> _Value:
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
            return self.value(inner.expr, inner.degree, inner.roots, token.start)
        if token.text in ("+", "-"):
            inner = self.expression(_SIGN_BINDING, depth + 1)
            signed = -inner.expr if token.text == "-" else inner.expr
            return self.value(signed, inner.degree, inner.roots, token.start)
        return refuse(f"expected a number, a name or '(' but found {quote(token.text)}", token.start)

    def name(self, token: Token) -> _Value:
        name = token.text
        if name in self.symbols:
            return self.meaning(name, self.symbols[name], token)
        if name in CONSTANTS:
            return self.value(CONSTANTS[name], 1, 0, token.start)
        if name in FUNCTIONS:
            refuse(f"function {quote(name)} needs its argument; write {name}(...)", token.start)
        known = f"the known names are {listing(self.symbols)}" if self.symbols else "only numbers and pi are known"
        return refuse(f"unknown name {quote(name)}; {known}", token.start)

    def meaning(self, name: str, meaning: Meaning, token: Token) -> _Value:
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
            here = meaning.values[self.row]
            return self.meaning(name, here, token) if isinstance(here, Defined) else self.value(here, 0, 0, token.start)
        return self.value(meaning, 1, 0 if meaning.is_extended_real else 1, token.start)

    def over_data(self, token: Token, depth: int) -> _Value:
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
            terms.append(self.settled(self.expression(0, depth + 1)))
        self.row = None
        self.close()
        total = sp.Add(*(t.expr for t in terms)) / (lengths[0] if token.text == "mean" else 1)
        return self.value(total, max(t.degree for t in terms), max(t.roots for t in terms), token.start)

    def call(self, token: Token, depth: int) -> _Value:
        name = token.text
        if name in self.symbols or name in CONSTANTS:
            refuse(f"{quote(name)} is not a function; write {clip(name)}*(...)", token.start)
        if name in OVER_DATA:
            return self.over_data(token, depth)
        if name not in FUNCTIONS:
            refuse(f"unknown function {quote(name)}; the functions are {', '.join(FUNCTIONS)}", token.start)
        arguments: list[_Value] = []
        while not arguments or self.token.text == ",":
            self.advance()
            arguments.append(self.settled(self.expression(0, depth + 1)))
        self.close()
        least, most = (2, MAX_ARGUMENTS) if name in VARIADIC else (1, 1)
        if not least <= len(arguments) <= most:
            wanted = "one argument" if most == 1 else f"{least} to {most} arguments"
            refuse(f"{name} takes {wanted}, got {len(arguments)}", token.start)
        return self.apply(name, arguments, token.start)

    def close(self) -> None:
        if self.token.text != ")":
            self.misplaced("a comparison is not allowed inside parentheses")
        self.advance()

    def end(self, comparison: str = "") -> None:
        if self.token.kind != "end":
            self.misplaced(comparison)

    def misplaced(self, comparison: str) -> NoReturn:
        """Refuse the token, which cannot follow a complete operand here."""
        token = self.token
        check_character(token)
        if token.kind == "end":
            refuse("a parenthesis is not closed; add ')'", token.start)
        if token.text in _RELATIONS:
            refuse(f"{comparison}: remove {quote(token.text)}", token.start)
        if token.text == ")":
            refuse("')' closes nothing; remove it", token.start)
        if token.text == ",":
            refuse("',' separates only the arguments of a function; remove it", token.start)
        last = self.tokens[self.index - 1].text
        product = f"{'(...)' if last == ')' else clip(last)}*{'(...)' if token.text == '(' else clip(token.text)}"
        refuse(f"an operator is missing before {quote(token.text)}; write {product} for a product", token.start)

    # Building

    def combine(self, operator: str, left: _Value, right: _Value) -> _Value:
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
            refuse(f"exponent {self.piece(right)} is not a rational number such as 2 or 1/3", right.start)
        return self.power(left, right.expr, right.start)

    def power(self, base: _Value, exponent: Any, at: int, start: int | None = None) -> _Value:
        base = self.settled(base)
        if base.expr == 0 and exponent < 0:
            refuse(f"division by zero: {self.piece(base)} is zero", base.start)
        degree = checked_power(base.expr, base.degree, exponent, at)
        roots = nested(base.roots, exponent.q > 1 or exponent.p < 0, at)
        self.conditions += conditions_of_power(base.expr, exponent)
        return self.settled(self.value(base.expr**exponent, degree, roots, base.start if start is None else start))

    def apply(self, name: str, arguments: list[_Value], start: int) -> _Value:
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

    def piece(self, value: _Value) -> str:
        return quote(self.text[value.start : value.stop])

    def value(self, expr: Any, degree: int, roots: int, start: int) -> _Value:
        """Make a value that ends at the last token read, and check the numbers in it."""
        check_numbers(expr, degree, start)
        last = self.tokens[self.index - 1]
        stop = last.start + len(last.text)
        return _Value(expr, 0, 0, start, stop) if expr.is_Rational else _Value(expr, max(1, degree), roots, start, stop)

    def settled(self, value: _Value) -> _Value:
        """Refuse what is not real and finite, and a constant too close to zero to divide by."""
        check_real(value.expr, self.piece(value), value.start)
        return value
