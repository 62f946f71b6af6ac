"""A statement at given values of the constants that its region varies."""

from __future__ import annotations

import functools
from dataclasses import replace
from fractions import Fraction

import sympy as sp

from edgestab.numerics.printers.ball import ball
from edgestab.numerics.rigorous.balls import values
from edgestab.theory.models.base import LimitSet, Model
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.optimizers.gradient_descent import is_gradient_descent
from edgestab.theory.region import Region
from edgestab.theory.relations import mapped
from edgestab.theory.statement import OrbitStatement
from edgestab.theory.symbols import ETA
from edgestab.verify.orbits.walk import NotConfirmed, Suspect


def varied(statement: OrbitStatement) -> tuple[sp.Symbol, ...]:
    """Return the constants of the loss or the step that the region varies."""
    return tuple(p for p in statement.model.own.step.parameters if p != ETA and p in statement.region.variables)


def specialised(statement: OrbitStatement, suspect: Suspect) -> tuple[OrbitStatement, Suspect]:
    """Return the statement at the constants' values of one start, and that start without them.

    There the loss is one without constants, of which more is known: its minima, and what proves a limit.

    Raises
    ------
    NotConfirmed
        When a constant is not strictly inside its interval.
    """
    constants = varied(statement)
    if not constants:
        return statement, suspect
    named = {ETA: ball(suspect.eta), **{s: ball(v) for s, v in suspect.variables.items()}}
    for variable, (low, high) in zip(statement.region.variables, statement.region.bounds, strict=True):
        a, b = values([low, high], named)
        if variable in constants and low != high and not (a < named[variable] and named[variable] < b):
            raise NotConfirmed(f"{variable} is not strictly inside its interval")
    chosen = tuple((c, suspect.variables[c]) for c in constants)
    given = {c: _rational(v) for c, v in chosen}
    region = statement.region
    kept = [k for k, v in enumerate(region.variables) if v not in given]
    inside = Region(
        tuple(region.variables[k] for k in kept),
        tuple((a.xreplace(given), b.xreplace(given)) for a, b in (region.bounds[k] for k in kept)),
        tuple(e.xreplace(given) for e in region.start),
        tuple(mapped(w, lambda e: e.xreplace(given)) for w in region.where),
    )
    here = replace(
        statement,
        model=_model_at(statement.model, chosen),
        region=inside,
        conclusion=statement.conclusion.with_constants(given),
    )
    return here, replace(suspect, variables={s: v for s, v in suspect.variables.items() if s not in given})


@functools.lru_cache(maxsize=64)
def _model_at(model: Model, chosen: tuple[tuple[sp.Symbol, Fraction], ...]) -> Model:
    given = {c: _rational(v) for c, v in chosen}
    if model.loss is None:
        return _map_at(model, given)
    loss, step = model.loss.with_constants(given), model.own.step
    if is_gradient_descent(step, model.loss):
        return model_of_loss(loss)
    return model_of_loss(loss, step.substitute({c: v for c, v in given.items() if c in step.parameters}))


def _map_at(model: Model, given: dict[sp.Symbol, sp.Expr]) -> Model:
    """A map that is the step on no loss, in its own coordinates."""
    own = model.own
    there = replace(
        own,
        step=own.step.substitute({c: v for c, v in given.items() if c in own.step.parameters}),
        residual=own.residual.xreplace(given),
        tolerance=own.tolerance.xreplace(given),
        sharpness=None if own.sharpness is None else own.sharpness.xreplace(given),
    )
    sets = tuple(
        LimitSet(s.name, s.residual.xreplace(given), tuple(e.xreplace(given) for e in s.equations))
        for s in model.minima
    )
    return replace(model, coordinates=(there,), minima=sets, charts=())


def _rational(value: Fraction) -> sp.Rational:
    return sp.Rational(value.numerator, value.denominator)
