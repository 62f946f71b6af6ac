"""Claims about noise: the step on each batch of data, linear at a point that all of them fix."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from math import comb

import sympy as sp

from edgestab.errors import InputError
from edgestab.numerics.rigorous.isolated import coordinates_in
from edgestab.theory.exact import rational
from edgestab.theory.loss import Loss
from edgestab.theory.optimizers.catalogue import update_rule
from edgestab.theory.optimizers.written import with_decay
from edgestab.theory.parts.noisy import SENSES, NoisyStability
from edgestab.theory.statement import StepSizes
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import ETA
from edgestab.theory.text.names import names_of
from edgestab.theory.text.vocabulary import Vocabulary
from edgestab.verify.claim_files.entries import Entries
from edgestab.verify.claim_files.steps import weight_decay_of
from edgestab.verify.claim_files.vocabulary import parameters_of

MOST_BATCHES, LARGEST_STATE = 1_000, 4
"""How many batches are told apart, and how many numbers the state may have."""


def stability_of(
    entries: Entries, sizes: StepSizes, constants: Mapping[sp.Symbol, sp.Expr], vocabulary: Vocabulary
) -> NoisyStability:
    """Return the stability that the entries of a claim file state.

    Raises
    ------
    InputError
        When anything in them is wrong or missing.
    """
    said = {k: v for k, v in (entries.conclusion or {}).items() if k != "kind"}
    if set(said) != {"sense", "at"}:
        raise InputError('a conclusion of kind stable takes sense and at, for example at = "x = 0"')
    if said["sense"] not in SENSES:
        raise InputError(f"conclusion.sense is one of {', '.join(SENSES)}, got {str(said['sense'])[:40]!r}")
    noise = entries.noise or {}
    if set(noise) != {"kind", "size"} or noise["kind"] != "batch" or not _rows(vocabulary):
        raise InputError('stable needs data, and noise = {kind = "batch", size = 1}: so many of its rows at each step')
    losses = [with_decay(loss, weight_decay_of(entries)) for loss in _losses(entries, constants, vocabulary)]
    point = _point(losses[0], str(said["at"]))
    _require_shared(losses, point)
    rule = update_rule(entries.optimizer)
    matrices = tuple(_derivative(rule.on(loss, constants), point) for loss in losses)
    sense = next(s for s in SENSES if s == said["sense"])
    words = ", ".join(f"{p} = {v}" for p, v in point.items())
    return NoisyStability(entries.name, matrices, sizes, sense, words)


def batches_of(entries: Entries, vocabulary: Vocabulary) -> list[Vocabulary]:
    """Return the words of a file with each batch of its data in turn; with one of all rows where no size is given.

    Raises
    ------
    InputError
        When the size is none, or batches are too many.
    """
    rows = _rows(vocabulary)
    size = _batch_size((entries.noise or {}).get("size", rows), rows)
    return [
        replace(vocabulary, data={n: tuple(values[i] for i in batch) for n, values in vocabulary.data.items()})
        for batch in itertools.combinations(range(rows), size)
    ]


def _rows(vocabulary: Vocabulary) -> int:
    return min((len(values) for values in vocabulary.data.values()), default=0)


def _batch_size(size: object, rows: int) -> int:
    if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= rows:
        raise InputError(f"noise.size is a whole number from 1 to {rows}, got {size}")
    if comb(rows, size) > MOST_BATCHES:
        raise InputError(
            f"{size} of {rows} rows make {comb(rows, size)} batches: at most {MOST_BATCHES} are told apart"
        )
    return size


def _losses(entries: Entries, constants: Mapping[sp.Symbol, sp.Expr], vocabulary: Vocabulary) -> list[Loss]:
    """The loss of each batch: the same text on its rows alone."""
    names = parameters_of(entries)
    if entries.loss is None or not names:
        raise InputError("stable is about a loss and its parameters")
    factors = {f.symbol for f in update_rule(entries.optimizer).factors}
    known = tuple(s for s in constants if s not in factors)
    parsed = (
        Loss.parse(entries.loss, names_of(names), known, entries.name, words, complete=False)
        for words in batches_of(entries, vocabulary)
    )
    return [loss.with_constants(constants) for loss in parsed]


def _point(loss: Loss, text: str) -> dict[sp.Symbol, sp.Rational]:
    given = {name: rational(value, "conclusion.at") for name, value in coordinates_in(text)}
    if set(given) != {p.name for p in loss.parameters}:
        raise InputError(f"conclusion.at gives a value to each of {', '.join(map(str, loss.parameters))}")
    return {p: given[p.name] for p in loss.parameters}


def _require_shared(losses: list[Loss], point: Mapping[sp.Symbol, sp.Rational]) -> None:
    """Refuse a point that some batch moves, unless the losses are quadratic: then added noise decides nothing."""
    for number, loss in enumerate(losses):
        moved = any(sp.simplify(g.xreplace(point)) != 0 for g in loss.gradient)
        if moved and loss.hessian.free_symbols:
            raise InputError(f"batch {number + 1} has a gradient at the point: it is no minimum that all batches share")


def _derivative(step: StepMap, point: Mapping[sp.Symbol, sp.Rational]) -> sp.ImmutableMatrix:
    """The derivative of the step at a point, with all that it carries at rest."""
    if len(step.state) > LARGEST_STATE:
        raise InputError(f"stable takes a state of at most {LARGEST_STATE} numbers, got {len(step.state)}")
    at: dict[sp.Symbol, sp.Expr] = dict(point)
    for carried in step.carried:
        if carried.rest is None:
            raise InputError("what the step carries at rest is not known")
        at[carried.symbol] = carried.rest.xreplace(point)
    found = sp.ImmutableMatrix([[sp.diff(u, s).xreplace(at) for s in step.state] for u in step.closed_form()])
    found = found.applyfunc(sp.expand)
    if not all(e.is_polynomial(ETA) and all(c.is_Rational for c in sp.Poly(e, ETA).coeffs()) for e in found):
        raise InputError("the derivative of the step at the point is not rational: give rational data")
    return found
