"""Sets of stationary points that a user names, by their equations."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.loss import Loss
from edgestab.theory.models.base import LimitSet
from edgestab.theory.symbols import ETA


def named_set(name: str, equations: Sequence[sp.Expr], loss: Loss) -> LimitSet:
    r"""Return the set of a user's polynomial equations, on which the gradient is shown to vanish.

    By division the gradient is :math:`V E` with the equations :math:`E = 0`, directly or by a Groebner basis of them.

    Raises
    ------
    InputError
        When that is not shown, or something is no polynomial.

    Examples
    --------
    >>> from edgestab.theory.symbols import symbols
    >>> x, y = symbols("x y")
    >>> named_set("flat", [x * y - 1], Loss.parse("(1 - x*y)**2/2", "x y")).velocity
    ((-eta*y,), (-eta*x,))
    """
    parameters = loss.parameters
    polynomial = all(e.is_polynomial(*parameters) for e in (*equations, *loss.gradient))
    if not equations or not polynomial or loss.constants:
        raise InputError(f"minima.{name} is given by polynomial equations, of a loss whose gradient is a polynomial")
    if not all(e.free_symbols <= set(parameters) and e.free_symbols for e in equations):
        raise InputError(f"minima.{name} has an equation that is none between the parameters")
    residual = sp.Add(*(e**2 for e in equations))
    divided = [sp.reduced(g, list(equations), *parameters) for g in loss.gradient]
    if all(rest == 0 for _, rest in divided):
        velocity = tuple(tuple(-ETA * q for q in quotients) for quotients, _ in divided)
        return LimitSet(name, residual, tuple(equations), velocity)
    basis = sp.groebner(list(equations), *parameters, order="grevlex")
    if not all(basis.contains(g) for g in loss.gradient):
        raise InputError(f"minima.{name}: the gradient is not shown to vanish there; change its equations")
    return LimitSet(name, residual, tuple(equations))
