"""Slopes of losses with kinks: all that stands at one jump in one term."""

from __future__ import annotations

import sympy as sp


def gathered(expression: sp.Expr) -> sp.Expr:
    """Return an expression that is equal, where both are defined, with one term for each jump.

    The derivative of a jump is a Dirac delta; times what vanishes there it is 0, and else it is undefined. Of several
    terms at one jump the sum may vanish where none of them does.

    Examples
    --------
    >>> x = sp.Symbol("x", real=True)
    >>> gathered(sp.DiracDelta(x) * sp.sign(x - 1) + sp.DiracDelta(x) + x)
    x + (sign(x - 1) + 1)*DiracDelta(x)
    """
    if not expression.has(sp.DiracDelta):
        return expression
    smooth: list[sp.Expr] = []
    at: dict[sp.Expr, list[sp.Expr]] = {}
    for term in sp.Add.make_args(sp.expand(expression)):
        powers = (f.as_base_exp() for f in sp.Mul.make_args(term))
        jump, power = next(((b, e) for b, e in powers if isinstance(b, sp.DiracDelta)), (None, None))
        if jump is None:
            smooth.append(term)
        else:
            # Where what stands beside it vanishes a power of a jump is 0 as the jump is.
            at.setdefault(jump, []).append(term / jump**power)
    return sp.Add(*smooth, *(jump * sp.Add(*rest) for jump, rest in at.items()))
