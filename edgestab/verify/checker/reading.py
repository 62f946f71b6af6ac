"""Reading a certificate strictly: records, exact numbers, boxes, and expressions from a whitelist."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import partial, reduce
from typing import Any

import sympy as sp

Box = tuple[tuple[Fraction, Fraction], ...]

BYTES, LETTERS, ENTRIES, POWER = 5_000_000, 4_000, 200, 64  # the most of a file, a text, a list and an exponent
LETTERS_OF = r"[A-Za-z0-9_()+\-*/., ]+"  # what an expression is written in: no comment, line break or escape
SEVERAL = ("min", "max")  # the functions of two arguments or more
SIGNS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


class CertificateError(ValueError):
    """The file proves nothing: the first thing that fails is the message."""


def demand(holds: object, words: str) -> None:
    """Refuse the file with these words unless something holds."""
    if not holds:
        raise CertificateError(words)


def record(value: Any, keys: str, where: str) -> list[Any]:
    """Return the values of a record that has exactly these keys."""
    demand(isinstance(value, dict) and set(value) == set(keys.split()), f"{where} must have the keys {keys}, once each")
    return [value[key] for key in keys.split()]


def listed(read: Callable[[Any, str], Any], value: Any, where: str, most: int = ENTRIES) -> list[Any]:
    """Return the entries of a list, each read."""
    demand(isinstance(value, list) and 0 < len(value) <= most, f"{where} must be a list of 1 to {most} entries")
    return [read(entry, where) for entry in value]


def text(value: Any, where: str) -> str:
    """Return a text of moderate length."""
    demand(isinstance(value, str) and len(value) <= LETTERS, f"{where} must be text of at most {LETTERS} letters")
    return str(value)


def number(value: Any, where: str) -> Fraction:
    """Return an exact number."""
    proper = re.fullmatch("-?[0-9]+(/[1-9][0-9]*)?", text(value, where)) and str(Fraction(value)) == value
    demand(proper, f"{where} must be an integer or p/q in lowest terms, as text")
    return Fraction(value)


def box(value: Any, keys: str, where: str) -> Box:
    """Return the ranges of a record, in the order of the keys."""
    sides = [listed(number, side, where) for side in record(value, keys, where)]
    demand(all(len(side) == 2 and side[0] <= side[1] for side in sides), f"{where}: a range must be [low, high]")
    return tuple((low, high) for low, high in sides)


def expression(
    source: Any,
    names: dict[str, Any],
    lift: Callable[[int], Any] = sp.Integer,
    combine: Callable[..., Any] = lambda sign, a, b: sign(a, b),
    functions: Mapping[str, Callable[..., Any]] | None = None,
    power_of: Callable[[Any, int], Any] | None = None,
) -> Any:
    """Return what a text is in these names, from `lift`, `combine` and functions: built node by node, never run."""
    known = functions or {}

    def walk(node: ast.expr, power: int) -> Any:
        match node:
            case ast.Name(id=name) if name in names:
                return names[name]
            case ast.Constant(value=value) if type(value) is int:
                return lift(value)
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return combine(operator.sub, lift(0), walk(inner, power))
            case ast.BinOp(left=base, op=ast.Pow(), right=ast.Constant(value=int(n))) if 0 < power * n <= POWER:
                inner = walk(base, power * n)
                return power_of(inner, n) if power_of else reduce(partial(combine, operator.mul), [inner] * int(n))
            case ast.BinOp(left=left, op=sign, right=right) if type(sign) in SIGNS:
                return combine(SIGNS[type(sign)], walk(left, power), walk(right, power))
            case ast.Call(func=ast.Name(id=name), args=[*inner], keywords=[]) if name in known:
                demand((len(inner) > 1) == (name in SEVERAL) and inner, f"{name} has the wrong number of arguments")
                return known[name](*(walk(argument, power) for argument in inner))
        raise CertificateError(f"not allowed in an expression in {', '.join(names)}: {ast.unparse(node)[:60]}")

    demand(
        re.fullmatch(LETTERS_OF, text(source, "an expression")), "an expression is of letters, digits and ()+-*/., only"
    )
    return walk(ast.parse(source, mode="eval").body, 1)
