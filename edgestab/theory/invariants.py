"""Quantities that gradient flow conserves: combinations of squares, found by linear algebra."""

from __future__ import annotations

import sympy as sp

from edgestab.theory.loss import Loss


def quadratic_invariants(loss: Loss) -> tuple[sp.Expr, ...]:
    r"""Return a basis of the conserved quantities :math:`\sum c_i\theta_i^2` of gradient flow on a polynomial loss.

    :math:`\frac{d}{dt}\sum c_i\theta_i^2 = -2\sum c_i\theta_i\partial_iL` vanishes identically exactly when the
    coefficients c solve a linear system, one equation for each monomial.

    Examples
    --------
    >>> quadratic_invariants(Loss.parse("(1 - x*y**2)**2", "x y"))
    (2*x**2 - y**2,)
    """
    if not loss.expression.is_polynomial(*loss.parameters):
        return ()
    moments = [sp.Poly(p * g, *loss.parameters) for p, g in zip(loss.parameters, loss.gradient, strict=True)]
    monomials = sorted({m for poly in moments for m in poly.monoms()})
    system = sp.Matrix([[poly.coeff_monomial(m) for poly in moments] for m in monomials])
    return tuple(
        sp.Add(*(c * p**2 for c, p in zip(_integral(vector), loss.parameters, strict=True)))
        for vector in system.nullspace()
    )


def _integral(vector: sp.MatrixBase) -> list[sp.Expr]:
    """The multiple of a rational vector with coprime integers and a positive first entry."""
    entries = list(vector)
    if not all(e.is_Rational for e in entries):
        return entries
    scale = sp.ilcm(*(e.q for e in entries))
    whole = [e * scale for e in entries]
    common = sp.igcd(*whole) * (1 if next(e for e in whole if e) > 0 else -1)
    return [e / common for e in whole]
