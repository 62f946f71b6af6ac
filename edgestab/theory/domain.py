r"""The domain of an expression over the reals: where every logarithm, root and quotient in it is defined.

A guard is an expression that is 0 where a condition holds and undefined elsewhere:

.. math:: [u > 0] = 0/\sqrt{u}, \qquad [u \ge 0] = 0\cdot\sqrt{u}, \qquad [u \ne 0] = 0/u.

Added to another it changes no value in the domain and leaves none outside. Every arithmetic here has a word for
"undefined": NaN in floating point, a ball that is not finite in ball arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, TypeAlias

import sympy as sp

from edgestab.errors import InputError

Condition: TypeAlias = Any
"""A relation of SymPy: A comparison of an expression with 0: ``u > 0``, ``u >= 0`` or ``u != 0``."""


class Guard(sp.Function):  # type: ignore[misc]  # SymPy ships no types
    """0 where a condition on the argument holds, undefined elsewhere; its derivative is 0."""

    nargs = 1
    holds: ClassVar[str]
    """The assumption of SymPy that says that the condition holds."""

    @classmethod
    def eval(cls, u: sp.Expr) -> sp.Expr | None:
        """Return 0 or NaN where the condition is decided."""
        decided = getattr(u, cls.holds)
        if decided is None:
            return None
        return sp.S.Zero if decided else sp.nan

    def fdiff(self, argindex: int = 1) -> sp.Expr:  # noqa: ARG002 # SymPy passes it
        """Return 0: a guard is constant where it is defined."""
        return sp.S.Zero

    def _eval_is_extended_real(self) -> bool:
        return True

    def _eval_is_finite(self) -> bool:
        return True


class Positive(Guard):
    """0 where the argument is positive."""

    holds = "is_positive"


class Nonnegative(Guard):
    """0 where the argument is not negative."""

    holds = "is_nonnegative"


class Nonzero(Guard):
    """0 where the argument is not 0."""

    holds = "is_nonzero"


_GUARDS: dict[type[Any], type[Guard]] = {sp.Gt: Positive, sp.Ge: Nonnegative, sp.Ne: Nonzero}


def guard(conditions: Iterable[Condition]) -> sp.Expr:
    """Return what is 0 where all conditions hold and undefined elsewhere.

    Examples
    --------
    >>> x = sp.Symbol("x", real=True)
    >>> guard([x > 0]), Positive(x**2 + 1)
    (Positive(x), 0)
    """
    return sp.Add(*(_GUARDS[type(c)](c.lhs) for c in conditions))


def condition(relation: Any) -> Condition:
    """Return a strict, a weak or a negated comparison as one of an expression with 0.

    Raises
    ------
    InputError
        When it is nothing of the kind, or holds nowhere.

    Examples
    --------
    >>> x = sp.Symbol("x", real=True)
    >>> condition(x < 1), condition(sp.Ne(x, 2))
    (1 - x > 0, Ne(x - 2, 0))
    """
    match relation:
        case sp.Gt() | sp.Ge() | sp.Ne():
            return _compared(type(relation), relation.lhs - relation.rhs)
        case sp.Lt() | sp.Le():
            return _compared(sp.Gt if isinstance(relation, sp.Lt) else sp.Ge, relation.rhs - relation.lhs)
    raise InputError(f"a domain is said by comparisons such as x > 0, got {str(relation)[:40]}")


def conditions_of(expression: sp.Expr) -> tuple[Condition, ...]:
    """Return the conditions under which an expression is defined over the reals, as far as they are not certain.

    Examples
    --------
    >>> x = sp.Symbol("x", real=True)
    >>> conditions_of(sp.log(x) + sp.sqrt(1 + x**2) + 1 / (x - 1))
    (x > 0, Ne(x - 1, 0))
    """
    return open_conditions(c for e in sp.preorder_traversal(expression) for c in own_conditions(e))


def own_conditions(e: sp.Basic) -> Iterator[Condition]:
    """Yield the conditions of the outermost operation of an expression."""
    if isinstance(e, sp.log):
        yield _compared(sp.Gt, e.args[0])
    elif isinstance(e, sp.Pow) and e.base is not sp.E:
        yield from conditions_of_power(e.base, e.exp)


def conditions_of_power(base: sp.Expr, exponent: sp.Expr) -> Iterator[Condition]:
    """Yield the conditions of a power: a root is that of a number that is not negative, whatever its degree."""
    if exponent.is_integer:
        if not exponent.is_nonnegative:
            yield _compared(sp.Ne, base)
    else:
        yield _compared(sp.Gt if not exponent.is_nonnegative else sp.Ge, base)


def open_conditions(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """Return those that are not certain, each once and in a fixed order; one that never holds stays.

    A base that must be positive need not be said to be different from 0.
    """
    found = [c for c in dict.fromkeys(conditions) if guard([c]) != 0]
    strict = {c.lhs for c in found if isinstance(c, sp.Gt)}
    return tuple(
        sorted((c for c in found if isinstance(c, sp.Gt) or c.lhs not in strict), key=lambda c: sp.default_sort_key(c))
    )


def _compared(kind: type[Any], u: sp.Expr) -> Condition:
    found: Condition = kind(u, 0, evaluate=False)
    return found
