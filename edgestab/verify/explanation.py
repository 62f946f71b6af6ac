"""A claim in plain words, and what will be tried on it: nothing is run."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from edgestab.numerics.orbits.follow import Rules
from edgestab.theory.claim import Claim
from edgestab.theory.drift import NoDriftForm
from edgestab.theory.drift_forms import form_of
from edgestab.theory.effort import Effort
from edgestab.theory.parts.argued import Argued
from edgestab.theory.parts.noisy import NoisyStability
from edgestab.theory.parts.some_step import SomeStepSize
from edgestab.theory.parts.stationary import StationaryMoment
from edgestab.theory.statement import OrbitStatement
from edgestab.verify.proofs.attempts import fitting
from edgestab.verify.sampling.sampling import describe_step_sizes

WORDS = {"every": "from every start", "almost every": "from almost every start", "some": "from some start"}


def explanation(claim: Claim, effort: Effort) -> Iterator[tuple[str, str]]:
    """Yield what a claim says and what will be tried, as rows of a label and a text.

    Parameters
    ----------
    claim : Claim
        Of parts that are statements about orbits; of others the name is told.
    effort : Effort
        How hard will be looked.
    """
    yield "claim", f"{claim.id}: {claim.words}"
    for part in claim.parts:
        if isinstance(part, OrbitStatement):
            yield from _statement(part, effort)
        elif isinstance(part, SomeStepSize):
            sizes = ", ".join(str(eta) for eta, _ in part.members)
            yield "claimed", f"at some step size; tried are {sizes}, up to the first at which it holds"
            yield from _statement(part.statement, effort)
        elif isinstance(part, StationaryMoment):
            between = f"strictly between {part.low} and {part.high}"
            yield "claimed", f"the expectation of {sp.sstr(part.quantity)} tends to a value {between}"
            yield "tried", "exact algebra of mean and second moment"
        elif isinstance(part, NoisyStability):
            yield "claimed", f"{part.point} is stable {part.sense} under {len(part.matrices)} equally likely batches"
            yield "tried", "exact algebra, or almost surely logarithms in ball arithmetic"
        else:
            yield "part", part.name


def _statement(statement: OrbitStatement, effort: Effort) -> Iterator[tuple[str, str]]:
    model, region = statement.model, statement.region
    step = model.own.step
    if model.loss is not None:
        yield "loss", f"L = {sp.sstr(model.loss.expression)}"
        for condition in model.loss.domain:
            yield "defined", f"where {sp.sstr(condition)}"
    for name, value in step.bindings:
        yield "with", f"{name} = {sp.sstr(value)}"
    for name, after in zip(step.state, step.update, strict=True):
        yield "step", f"{name} -> {sp.sstr(after)}"
    yield "step size", describe_step_sizes(statement)
    for variable, (low, high) in zip(region.variables, region.bounds, strict=True):
        between = f"{variable} = {low}" if low == high else f"{low} < {variable} < {high}"
        yield "starts", between
    for condition in region.where:
        yield "starts", f"with {sp.sstr(condition)}"
    yield "minima", "; ".join(s.name for s in model.minima) or "none is known"
    fraction = f", for at least {statement.at_least} of them" if statement.at_least != 1 else ""
    said = "".join(_piece(p) for p in statement.conclusion.words)
    yield "claimed", f"{WORDS[statement.quantifier]}{fraction} the orbit: {said}"
    yield from _what_is_tried(statement, effort)


def _piece(piece: object) -> str:
    if isinstance(piece, tuple):
        return f"({sp.sstr(piece[0])}, {sp.sstr(piece[1])})"
    return piece if isinstance(piece, str) else sp.sstr(piece)


def _what_is_tried(statement: OrbitStatement, effort: Effort) -> Iterator[tuple[str, str]]:
    starts = effort.uniform + effort.stratified + effort.boundary
    rules = Rules()
    steps = "as many steps as they need" if statement.model.best.pace is not None else f"up to {rules.plain} steps"
    attack = " then an attack from the worst of them;" if statement.quantifier == "every" else ""
    yield "tried", f"{starts} starts followed {steps};{attack} what floating point leaves open, in ball arithmetic"
    best = "PROVED by a start shown in ball arithmetic" if statement.quantifier == "some" else "SUPPORTED"
    if isinstance(statement, Argued) and statement.quantifier != "some":
        for method, missing in fitting(statement).items():
            if missing:
                yield "not tried", f"{method}: {missing}"
            else:
                yield "tried", f"a proof by {method}"
                best = "PROVED"
        if _may_have_a_tube(statement):
            yield (
                "tried",
                "a proof by interval arithmetic about the curve that orbits follow (docs/certificates.md)",
            )
            best = "PROVED"
    yield "at best", best
    yield "cost", f"about {_seconds(statement, effort)}"


def _may_have_a_tube(statement: OrbitStatement) -> bool:
    if statement.conclusion.ending is None:
        return False
    try:
        form_of(statement.model)
    except NoDriftForm:
        return False
    return True


def _seconds(statement: OrbitStatement, effort: Effort) -> str:
    """The rough cost: orbits at some hundred million steps a second, and what ball arithmetic may take."""
    balls = effort.confirm_operations / 3.5e6
    orbits = effort.iterates / 5e8 if statement.model.best.pace is not None else 1.0
    return f"{3 + orbits:.0f} s, and up to {balls:.0f} s more where ball arithmetic has to look"
