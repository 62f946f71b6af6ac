"""Proofs that an orbit never comes to rest: it returns exactly, or every step has the same length."""

from __future__ import annotations

import functools
import itertools

import flint
import sympy as sp

from edgestab.numerics.printers.exact import NotRational, evaluate, is_rational
from edgestab.numerics.programs.program import KINKS, Program, program_of, step_program
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import ETA
from edgestab.verify.orbits.walk import Suspect, Walk

MOST_BITS = 4096
"""Of the numerators and denominators of an orbit that is followed exactly."""

LARGEST = 6
"""The most parameters of a loss whose principal minors are looked at: 63 of them."""

MOST_STEPS, FEW_STEPS = 20_000, 16
"""How far it is, with kinks and without: a smooth rational map hardly returns exactly, unless soon, since its numbers
grow without end."""


def returning(period: int) -> str:
    """Return in words that an orbit comes back exactly."""
    if period == 1:
        return "in exact arithmetic it comes to rest"
    return f"in exact arithmetic it comes back to where it was {period} steps before"


def steps_of_one_length(walk: Walk) -> str:
    """Return that every step of an orbit is equally long, so that it does not converge; empty when it is not shown."""
    length = _constant_length(walk.orbit.step)
    return "" if length is None else f"every step has the length {length}"


def exact_period(walk: Walk) -> int:
    """Return after how many steps the orbit comes back to a point exactly; 0 where it is not shown."""
    return _returned(walk)[0]


def no_minimum_at(walk: Walk) -> str:
    """Return why the point at which an orbit comes to rest exactly is no minimum of a loss without kinks; else empty.

    There a component of the gradient is not 0, or a principal minor of the Hessian is negative.
    """
    loss, (period, state) = walk.statement.model.loss, _returned(walk)
    if period != 1 or loss is None or loss.constants or len(loss.parameters) > LARGEST:
        return ""
    n = len(loss.parameters)
    program = program_of([*loss.gradient, *loss.hessian], loss.parameters)
    if not is_rational(program) or KINKS & {i.op for i in program.instructions}:
        return ""
    try:
        found = evaluate(program, state[:n])
    except NotRational:
        return ""
    if any(g != 0 for g in found[:n]):
        return "where the gradient does not vanish"
    for size in range(1, n + 1):
        for chosen in itertools.combinations(range(n), size):
            if flint.fmpq_mat(size, size, [found[n + n * i + j] for i in chosen for j in chosen]).det() < 0:
                return "where the Hessian has a negative eigenvalue"
    return ""


def _returned(walk: Walk) -> tuple[int, tuple[flint.fmpq, ...]]:
    """After how many steps the orbit comes back exactly, 0 where it is not shown, and the state then."""
    program = step_program(walk.orbit.step)
    state = _exact_start(walk)
    if state is None or not is_rational(program):
        return 0, ()
    most = MOST_STEPS if KINKS & {i.op for i in program.instructions} else FEW_STEPS
    values = (walk.orbit.parameters[p] for p in walk.orbit.step.parameters)
    parameters = tuple(flint.fmpq(v.numerator, v.denominator) for v in values)
    loss = walk.statement.model.loss
    own = len(state) if loss is None else len(loss.parameters)
    return _period(program, state, parameters, most, own)


# What is exact is the same at every precision at which a failure is tried to be enclosed: it is computed once.
@functools.lru_cache(maxsize=64)
def _period(
    program: Program, state: tuple[flint.fmpq, ...], parameters: tuple[flint.fmpq, ...], most: int, own: int
) -> tuple[int, tuple[flint.fmpq, ...]]:
    """After how many steps a state recurs; 1 where only what is carried beside the loss's own parameters moves."""
    seen: dict[tuple[flint.fmpq, ...], int] = {}
    for step in range(most):
        if state in seen:
            cycle = [z[:own] for z, at in seen.items() if at >= seen[state]]
            return (1 if len(set(cycle)) == 1 else step - seen[state]), state
        if any(max(x.p.bit_length(), x.q.bit_length()) > MOST_BITS for x in state):
            return 0, state
        seen[state] = step
        try:
            state = tuple(evaluate(program, [*state, *parameters]))
        except NotRational:
            return 0, state
    return 0, state


def _exact_start(walk: Walk) -> tuple[flint.fmpq, ...] | None:
    """The start as rational numbers, in the model's own coordinates, where it is."""
    if walk.where.chart is not None or walk.suspect.spread:
        return None
    region, suspect = walk.statement.region, walk.suspect
    named = _exactly(suspect)
    for variable, (low, high) in zip(region.variables, region.bounds, strict=True):
        if low == high:
            named[variable] = low.subs(named)
    start = [e.subs(named) for e in region.start]
    if not all(x.is_Rational for x in start):
        return None
    return tuple(flint.fmpq(int(x.p), int(x.q)) for x in start)


def _exactly(suspect: Suspect) -> dict[sp.Symbol, sp.Expr]:
    given = {ETA: suspect.eta, **suspect.variables}
    return {s: sp.Rational(v.numerator, v.denominator) for s, v in given.items()}


@functools.lru_cache(maxsize=64)
def _constant_length(step: StepMap) -> sp.Expr | None:
    """The length of every step, where it is the same everywhere and not 0."""
    if step.carried or not any(p.has(sp.sqrt) or _divides(p) for p in step.update):
        return None
    moved = [sp.expand(u - s) for u, s in zip(step.closed_form(), step.state, strict=True)]
    square = sp.cancel(sp.together(sp.Add(*(m**2 for m in moved))))
    constant = not square.free_symbols & set(step.state) and square != 0
    return sp.sqrt(square).subs(sp.Abs(ETA), ETA) if constant else None


def _divides(expression: sp.Expr) -> bool:
    return any(p.exp.is_negative for p in expression.atoms(sp.Pow))
