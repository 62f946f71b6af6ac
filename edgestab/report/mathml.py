"""Formulas as presentation MathML, safe to put into an HTML page as it is."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.core.relational import GreaterThan, Relational, StrictGreaterThan
from sympy.printing.mathml import MathMLPresentationPrinter

if TYPE_CHECKING:
    from collections.abc import Sequence

_LARGEST = 400
"""Operations above which a formula is shown as plain text: nobody reads it typeset."""

_UNPRINTABLE = (AttributeError, NotImplementedError, TypeError, ValueError, RecursionError)
"""What SymPy's printer raises on an expression it has no element for, or that is nested too deeply."""

_LONGEST = 600
"""Characters of a formula shown as plain text."""

_ENTITIES = {
    "&InvisibleTimes;": "\u2062",
    "&ApplyFunction;": "\u2061",
    "&ExponentialE;": "e",
    "&ImaginaryI;": "i",
    "&#xB7;": "·",
    "-": "−",
}
_PRIMES = {1: "′", 2: "″", 3: "‴"}


class _Printer(MathMLPresentationPrinter):  # type: ignore[misc]  # SymPy has no types
    """SymPy's printer, with primes, limits and chains of inequalities as they are written by hand."""

    def _print_Symbol(self, sym: sp.Symbol, style: str = "plain") -> Any:
        name = str(sym.name)
        stem = name.rstrip("'")
        primes = len(name) - len(stem)
        base, underscore, below = stem.rstrip("_").partition("_")
        if underscore:
            node = self.dom.createElement("msub")
            node.appendChild(super()._print_Symbol(sp.Symbol(base or "_"), style))
            node.appendChild(self._leaf("mi", "∞" if below == "oo" else below.replace("_", " ")))
        else:
            node = super()._print_Symbol(sp.Symbol(base or "_"), style)
        if not primes:
            return node
        raised = self.dom.createElement("msup")
        raised.appendChild(node)
        raised.appendChild(self._leaf("mo", _PRIMES.get(primes, "′" * primes)))
        return raised

    def _print_And(self, expr: sp.And) -> Any:
        chain = _chain(expr)
        if chain is None:
            return super()._print_And(expr)
        (low, first, middle), (_, second, high) = chain
        row = self.dom.createElement("mrow")
        for part in (self._print(low), self._leaf("mo", first), self._print(middle), self._leaf("mo", second)):
            row.appendChild(part)
        row.appendChild(self._print(high))
        return row

    def _print_Function(self, expr: sp.Function) -> Any:
        if not isinstance(expr, AppliedUndef):
            return super()._print_Function(expr)
        return self._applied(str(expr.func), expr.args)  # SymPy writes the names of functions in small letters

    def _print_Order(self, expr: sp.Order) -> Any:
        return self._applied("O", expr.args[:1])

    def _applied(self, name: str, arguments: Sequence[sp.Basic]) -> Any:
        row = self.dom.createElement("mrow")
        row.appendChild(self._leaf("mi", name))
        row.appendChild(self._leaf("mo", "("))
        for i, argument in enumerate(arguments):
            if i:
                row.appendChild(self._leaf("mo", ","))
            row.appendChild(self._print(argument))
        row.appendChild(self._leaf("mo", ")"))
        return row

    def _as_ordered_terms(self, expr: sp.Expr, order: str | None = None) -> list[sp.Expr]:
        terms = list(super()._as_ordered_terms(expr, order=order))
        if terms and terms[0].could_extract_minus_sign():
            lead = next((t for t in terms if not t.could_extract_minus_sign()), None)
            if lead is not None:
                terms.remove(lead)
                terms.insert(0, lead)
        return terms

    def _leaf(self, tag: str, text: str) -> Any:
        node = self.dom.createElement(tag)
        node.appendChild(self.dom.createTextNode(text))
        return node


def _chain(expr: sp.And) -> tuple[tuple[Any, str, Any], tuple[Any, str, Any]] | None:
    """``low < middle`` and ``middle < high`` as one chain."""
    if len(expr.args) != 2 or not all(isinstance(a, Relational) for a in expr.args):
        return None
    turned = [_increasing(a) for a in expr.args]
    if any(t is None for t in turned):
        return None
    one, two = (t for t in turned if t is not None)
    for first, second in ((one, two), (two, one)):
        if first[2] == second[0]:
            return first, second
    return None


def _increasing(relation: Relational) -> tuple[Any, str, Any] | None:
    if isinstance(relation, sp.StrictLessThan):
        return relation.lhs, "<", relation.rhs
    if isinstance(relation, sp.LessThan):
        return relation.lhs, "≤", relation.rhs
    if isinstance(relation, StrictGreaterThan):
        return relation.rhs, "<", relation.lhs
    if isinstance(relation, GreaterThan):
        return relation.rhs, "≤", relation.lhs
    return None


def formula(expression: sp.Basic, *, block: bool = False) -> str:
    """Return a formula as a ``<math>`` element, or as escaped text in ``<code>`` when it is too large to typeset.

    Parameters
    ----------
    expression : Basic
        What to typeset.
    block : bool
        Whether it stands on a line of its own.

    Examples
    --------
    >>> from sympy.abc import x, y
    >>> formula(x < y)
    '<math><mrow><mi>x</mi><mo>&lt;</mo><mi>y</mi></mrow></math>'
    """
    if sp.count_ops(expression) > _LARGEST:
        return _as_code(expression)
    try:
        body = _serialized(_Printer()._print(expression))
    except _UNPRINTABLE:
        return _as_code(expression)
    return f'<math display="block">{body}</math>' if block else f"<math>{body}</math>"


def interval(low: sp.Basic, high: sp.Basic, *, closed: bool = False) -> str:
    """Return an interval as a ``<math>`` element."""
    left, right = ("[", "]") if closed else ("(", ")")
    return _fenced(left, (low, high), right)


def values(items: Sequence[sp.Basic]) -> str:
    """Return a finite set as a ``<math>`` element, or its only member."""
    return formula(items[0]) if len(items) == 1 else _fenced("{", items, "}")


def _fenced(left: str, items: Sequence[sp.Basic], right: str) -> str:
    if sum(sp.count_ops(i) for i in items) > _LARGEST:
        return f"{left}{', '.join(_as_code(i) for i in items)}{right}"
    try:
        inner = "<mo>,</mo>".join(_serialized(_Printer()._print(i)) for i in items)
    except _UNPRINTABLE:
        return f"{left}{', '.join(_as_code(i) for i in items)}{right}"
    return f'<math><mrow><mo stretchy="false">{left}</mo>{inner}<mo stretchy="false">{right}</mo></mrow></math>'


def _as_code(expression: sp.Basic) -> str:
    text = str(expression)
    return f"<code>{html.escape(text if len(text) <= _LONGEST else text[:_LONGEST] + ' …')}</code>"


def _serialized(node: Any) -> str:
    """The node as text, with everything escaped: SymPy writes ``<`` and its entities raw."""
    if node.nodeType == node.TEXT_NODE:
        text = str(node.data)
        if text.startswith("&") and text not in _ENTITIES:
            text = html.unescape(text)
        return html.escape(_ENTITIES.get(text, text))
    inner = "".join(_serialized(child) for child in node.childNodes)
    attributes = "".join(f' {k}="{html.escape(v)}"' for k, v in sorted((node.attributes or {}).items()))
    return f"<{node.tagName}{attributes}>{inner}</{node.tagName}>"
