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

from collections.abc import Mapping, Sequence
from itertools import pairwise

import sympy as sp

from edgestab.theory.domain import Condition, conditions_of, guard, open_conditions
from edgestab.theory.text.bounds import (
    build,
    stack_guarded,
)
from edgestab.theory.text.meanings import Meaning
from edgestab.theory.text.parser import RELATIONS, Parser, read
from edgestab.theory.text.tokens import (
    ParseError,
    refuse,
)

__all__ = ["ParseError", "parse_expression", "parse_number", "parse_relation", "parse_with_domain"]


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
        parser, value = read(text, symbols)
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
        parser, value = read(text, symbols)
        return value.expr, open_conditions(parser.conditions)


def _lost(parser: Parser, built: Sequence[sp.Expr]) -> sp.Expr:
    """The guard of the conditions of a text that nothing built from it has any more."""
    kept = {c for e in built for c in conditions_of(e)}
    return guard(c for c in open_conditions(parser.conditions) if c not in kept)


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
        parser = Parser(text, symbols)
        left = parser.settled(parser.number(0))
        sides, operators = [left.expr], []
        while parser.token.text in RELATIONS:
            operator = parser.advance()
            right = parser.settled(parser.number(0))
            operators.append(operator)
            sides.append(right.expr)
        parser.end()
        if not operators:
            refuse("no comparison found; write one of < <= > >= == != between two expressions", len(text))
        sides[0] += _lost(parser, sides)
        pairs = zip(operators, pairwise(sides), strict=True)
        return sp.And(*(build(RELATIONS[operator.text], list(pair), operator.start) for operator, pair in pairs))


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
