"""Statements that exact arithmetic can settle: the steps of a symbolic proof, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import sympy as sp


@dataclass(frozen=True)
class Identity:
    r"""Two expressions are the same function wherever both are defined.

    Parameters
    ----------
    name : str
        What it says, in a few words.
    left, right : Expr
        The two sides.
    rules : mapping
        Relations that hold: ``{s: (2, u)}`` says :math:`s^2 = u`.
    """

    name: str
    left: sp.Expr
    right: sp.Expr
    rules: Mapping[sp.Symbol, tuple[int, sp.Expr]] = field(default_factory=dict)


@dataclass(frozen=True)
class Inequality:
    """A rational function is >= 0 on a box of closed intervals, or > 0 on its interior when `strict`."""

    name: str
    expression: sp.Expr
    domain: Mapping[sp.Symbol, tuple[sp.Expr, sp.Expr]]
    strict: bool = False


@dataclass(frozen=True)
class Expansion:
    """An expression agrees with `stated` in every Taylor term at the origin of weighted degree <= `order`.

    A symbol of weight 0 is a coefficient: the terms agree whatever its value.
    """

    name: str
    expression: sp.Expr
    stated: sp.Expr
    weights: Mapping[sp.Symbol, int]
    order: int


@dataclass(frozen=True)
class CurveConstant:
    r"""The formal invariant curve of the loss l(xy) gives :math:`G(\eta) = g_0 + g_1\eta^2 + \dots`.

    Parameters
    ----------
    outer : Expr
        l(p), in the symbol p of `edgestab.theory.models.product`.
    minimum : Expr
        The minimum of l.
    stated : tuple of Expr
        The coefficients claimed, from the constant on.

    Examples
    --------
    >>> from edgestab.theory.models.product import P
    >>> claimed = CurveConstant("G(0) = 1/2", (1 - P**2) ** 2 / 4, sp.S(1), (sp.Rational(1, 2),))
    >>> claimed.outer.subs(P, claimed.minimum)
    0
    """

    name: str
    outer: sp.Expr
    minimum: sp.Expr
    stated: tuple[sp.Expr, ...]


Lemma = Identity | Inequality | Expansion | CurveConstant
