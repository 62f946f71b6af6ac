r"""Quotients of exponentials written so that they do not overflow where their value is moderate.

The slope of :math:`\log(1 + e^u)` is :math:`e^u/(1 + e^u)`, which in floating point is infinity by infinity beyond
u = 709; as :math:`1/(1 + e^{-u})` it is 1. Likewise :math:`\sinh u/\cosh u` is :math:`\tanh u`.
"""

from __future__ import annotations

import sympy as sp


def balanced(expression: sp.Expr) -> sp.Expr:
    """Return an equal expression in which no exponential is divided by a sum that it dominates.

    Examples
    --------
    >>> x = sp.Symbol("x", real=True)
    >>> balanced(sp.diff(sp.log(1 + sp.exp(x)), x)), balanced(sp.diff(sp.log(sp.cosh(x)), x))
    (1/(1 + exp(-x)), tanh(x))
    >>> y = sp.Symbol("y", real=True)
    >>> balanced(sp.diff(sp.log(1 + sp.exp(y - x)), y))
    1/(exp(x - y) + 1)
    """
    if not expression.has(sp.exp, sp.sinh):
        return expression
    return expression.replace(lambda e: isinstance(e, sp.Mul), _balanced)


def _balanced(product: sp.Expr) -> sp.Expr:
    for factor in product.args if product.is_Mul else ():
        base, power = factor.as_base_exp()
        if not (power.is_Integer and power < 0):
            continue
        if isinstance(base, sp.cosh):
            other = next((f for f in product.args if f.as_base_exp()[0] == sp.sinh(base.args[0])), None)
            times = min(-power, other.as_base_exp()[1]) if other is not None else sp.S.Zero
            if times.is_Integer and times > 0:
                u = base.args[0]
                return _balanced(product * (sp.cosh(u) / sp.sinh(u)) ** times * sp.tanh(u) ** times)
        if base.is_Add and _exponents(base):
            many = next((f for f in product.args if f.is_Add and _exponents(f)), None)
            if many is not None:
                return sp.Add(*(_balanced(t * (product / many)) for t in many.args))
            for above in (f for f in product.args if isinstance(f, sp.exp)):
                for u in _exponents(base):
                    ratio = sp.cancel(above.args[0] / u)
                    if ratio.is_Integer and ratio > 0:
                        times = min(ratio, -power)
                        divided = sp.Add(*(_times_exp(t, -u) for t in base.args))
                        return _balanced(_times_exp(product, -times * u) * (base / divided) ** times)
    return product


def _times_exp(product: sp.Expr, exponent: sp.Expr) -> sp.Expr:
    """A product times an exponential, as one exponential: SymPy multiplies those of sums only where they are equal."""
    factors = sp.Mul.make_args(product)
    total = sp.expand(sp.Add(exponent, *(f.args[0] for f in factors if isinstance(f, sp.exp))))
    return sp.Mul(sp.exp(total), *(f for f in factors if not isinstance(f, sp.exp)))


def _exponents(total: sp.Add) -> list[sp.Expr]:
    """The exponents of the exponentials among the terms of a sum."""
    return [f.args[0] for t in total.args for f in sp.Mul.make_args(t) if isinstance(f, sp.exp)]
