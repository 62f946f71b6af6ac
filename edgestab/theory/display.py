"""How a notebook shows what is exact: formulas for its typesetter, and cards of HTML in which everything is escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable

import sympy as sp

MOST = 3000
"""Characters: longer mathematics is not typeset, and a notebook shows the object as text instead."""

MOST_OPERATIONS = 400
"""Expressions of more operations are not even written out."""

_CARD = "border-left:3px solid #767676;padding:0.1em 0 0.1em 0.9em;max-width:60em"
_PLAIN = "tex2jax_ignore mathjax_ignore"  # a dollar sign in someone's words begins no formula


def definitions(pairs: Iterable[tuple[str, sp.Basic]]) -> str | None:
    r"""Return lines ``left = right`` as one formula in LaTeX, or None where that would be too long to read.

    Parameters
    ----------
    pairs : iterable of (str, Basic)
        The left side in LaTeX, and the right side.

    Examples
    --------
    >>> x = sp.Symbol("x")
    >>> definitions([("x'", x / 2)])
    "$\\displaystyle \\begin{aligned}x' &= \\frac{x}{2}\\end{aligned}$"
    """
    kept = list(pairs)
    if sum(int(sp.count_ops(right)) for _, right in kept) > MOST_OPERATIONS:
        return None
    lines = r" \\ ".join(f"{left} &= {sp.latex(right)}" for left, right in kept)
    return rf"$\displaystyle \begin{{aligned}}{lines}\end{{aligned}}$" if len(lines) <= MOST else None


def formula(expression: sp.Basic) -> str | None:
    r"""Return an expression in LaTeX between dollar signs, or None where that would be too long to read.

    Examples
    --------
    >>> formula(sp.sqrt(sp.Symbol("x")) < 2)
    '$\\displaystyle \\sqrt{x} < 2$'
    """
    text = sp.latex(expression) if sp.count_ops(expression) <= MOST_OPERATIONS else ""
    return rf"$\displaystyle {text}$" if 0 < len(text) <= MOST else None


def card(title: str, under: str, words: Iterable[str] = (), formulas: Iterable[str | None] = ()) -> str:
    """Return an object as a few lines of HTML: a title, where it is from in small print, sentences, and formulas.

    Parameters
    ----------
    title, under : str
        Any text.
    words : iterable of str
        Any texts, a paragraph each; empty ones are left out.
    formulas : iterable of str or None
        In LaTeX between dollar signs, which the notebook typesets; None is left out.

    Examples
    --------
    >>> "<b>1 &lt; 2</b>" in card("1 < 2", "a book"), "<script>" in card("<script>", "")
    (True, False)
    """
    lines = [f"<b>{html.escape(title)}</b>"]
    lines += [f'<div style="font-size:85%;opacity:0.75">{html.escape(under)}</div>'] if under else []
    lines += [f'<p style="margin:0.4em 0">{html.escape(text)}</p>' for text in words if text]
    shown = "".join(f'<p style="margin:0.4em 0">{html.escape(text)}</p>' for text in formulas if text)
    return f'<div style="{_CARD}"><div class="{_PLAIN}">{"".join(lines)}</div>{shown}</div>'
