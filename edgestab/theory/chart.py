"""A chart: a change of coordinates with its inverse and domain, turning one exact step map into another."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp
from sympy.core.relational import Relational

from edgestab.errors import InputError
from edgestab.theory.stepmap import StepMap


@dataclass(frozen=True)
class Chart:
    """New coordinates `target` of the points `source`.

    Parameters
    ----------
    name : str
        What reports and specification files call it.
    source, target : tuple of Symbol
        Old and new coordinates.
    forward, inverse : tuple of Expr
        `target` in terms of `source`, and back; either may use `parameters`.
    domain : tuple of Relational
        Where, in `source`, the chart is a bijection onto its image.
    parameters : tuple of Symbol
        Constants, such as the step size.
    symmetries : tuple of tuple of Expr
        Involutions of the source, beside the identity, that the step commutes with and `forward` does not see.
        They carry the points outside the domain into it.
    written : tuple of (Symbol, Expr)
        How texts write coordinates whose names are none of mathematics.
    defined : tuple of (Symbol, Expr)
        The other symbols of those texts, in the source coordinates.
    """

    name: str
    source: tuple[sp.Symbol, ...]
    target: tuple[sp.Symbol, ...]
    forward: tuple[sp.Expr, ...]
    inverse: tuple[sp.Expr, ...]
    domain: tuple[Relational, ...] = ()
    parameters: tuple[sp.Symbol, ...] = ()
    symmetries: tuple[tuple[sp.Expr, ...], ...] = ()
    written: tuple[tuple[sp.Symbol, sp.Expr], ...] = ()
    defined: tuple[tuple[sp.Symbol, sp.Expr], ...] = ()

    def to_target(self, expression: sp.Expr) -> sp.Expr:
        """Return an expression in the source coordinates, in the target coordinates."""
        return expression.xreplace(dict(zip(self.source, self.inverse, strict=True)))

    def to_source(self, expression: sp.Expr) -> sp.Expr:
        """Return an expression in the target coordinates, in the source coordinates."""
        return expression.xreplace(dict(zip(self.target, self.forward, strict=True)))

    def conjugate(self, step: StepMap) -> StepMap:
        """Return the step map in the new coordinates: forward after step after inverse, as bindings.

        Examples
        --------
        >>> from edgestab.theory.symbols import symbols
        >>> x, u, eta = symbols("x u eta")
        >>> double = Chart("double", (x,), (u,), (2 * x,), (u / 2,))
        >>> double.conjugate(StepMap("decay", (x,), (x - eta * x,), (eta,))).closed_form()
        (-eta*u + u,)
        """
        if step.state != self.source:
            raise InputError(f"chart {self.name!r} has coordinates {self.source}, the map {step.state}")
        image = {s: sp.Dummy(f"{s.name}_new", real=True) for s in self.source}
        # A chart may call its coordinates as the model calls its own.
        own = {s: sp.Dummy(s.name, real=True) if s in self.target else s for s in self.source}
        bindings = (
            *((own[s], i) for s, i in zip(self.source, self.inverse, strict=True)),
            *((b, e.xreplace(own)) for b, e in step.bindings),
            *((image[s], u.xreplace(own)) for s, u in zip(self.source, step.update, strict=True)),
        )
        update = tuple(f.xreplace(image) for f in self.forward)
        parameters = tuple(dict.fromkeys((*step.parameters, *self.parameters)))
        return StepMap(f"{step.name} in {self.name}", self.target, update, parameters, bindings)
