"""The door of claim files: a file is read whole in one pass, by the whitelisting parser; behind it there is no text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import sympy as sp
from msgspec.structs import replace as replace_entries

from edgestab.errors import InputError
from edgestab.numerics.storage.toml_file import decoder, read_toml
from edgestab.theory.conclusions.along import Along
from edgestab.theory.conclusions.final_sharpness import FinalSharpness
from edgestab.theory.exact import exact, rational
from edgestab.theory.models.base import Model
from edgestab.theory.models.given import model_given
from edgestab.theory.models.named import named_set
from edgestab.theory.models.pair import paired
from edgestab.theory.optimizers.gradient_descent import is_gradient_descent
from edgestab.theory.optimizers.written import WrittenStep
from edgestab.theory.region import Region, interval
from edgestab.theory.relations import mapped
from edgestab.theory.statement import Quantifier
from edgestab.theory.symbols import ETA
from edgestab.theory.text.grammar import parse_expression
from edgestab.theory.text.meanings import Meaning
from edgestab.theory.text.names import names_of
from edgestab.theory.text.vocabulary import Vocabulary
from edgestab.verify.claim_files.conclusion import Known, conclusion_of, reaching, relation_of
from edgestab.verify.claim_files.entries import Entries
from edgestab.verify.claim_files.specification import Specification
from edgestab.verify.claim_files.steps import (
    Values,
    constants_of,
    is_counted,
    sets_step_size,
    step_sizes_of,
    turns_of,
    weight_decay_of,
    words_of,
)
from edgestab.verify.claim_files.vocabulary import parameters_of, shapes_of, spread, vocabulary_of

QUANTIFIERS: Mapping[str, Quantifier] = {
    "every start": "every",
    "almost every start": "almost every",
    "some start": "some",
}


STEP_SIZES: Mapping[str, bool] = {"every step size": False, "some step size": True}
"""What for_eta may say; whether one step size is enough."""


def read(path: Path) -> Specification:
    """Read a claim file.

    Raises
    ------
    InputError
        When the file cannot be read, or anything in it is wrong or missing; the message begins with its name.
    """
    return read_toml(path, lambda tables: specification_of(decoder(Entries)(tables), path.parent))


def specification_of(entries: Entries, folder: Path = Path()) -> Specification:
    """Return what the entries of a claim file say; paths in it are relative to its folder.

    Raises
    ------
    InputError
        When anything in them is wrong or missing.
    """
    vocabulary = vocabulary_of(entries, folder)
    entries = _with_flattest(entries, vocabulary)
    constants = constants_of(entries)
    size, sizes = step_sizes_of(entries, constants)
    at_least = rational(entries.at_least, "at_least")
    if not 0 < at_least <= 1:
        raise InputError(f"at_least is a fraction of the starts, above 0 and at most 1, got {at_least}")
    quantifier = QUANTIFIERS.get(entries.quantifier)
    if quantifier is None:
        raise InputError(f"for is one of {', '.join(QUANTIFIERS)}, got {entries.quantifier[:40]!r}")
    for_eta = STEP_SIZES.get(entries.for_eta)
    if for_eta is None:
        raise InputError(f"for_eta is one of {', '.join(STEP_SIZES)}, got {entries.for_eta[:40]!r}")
    if quantifier != "every" and at_least != 1:
        raise InputError("at_least is about every start: leave it out, or leave out for")
    if quantifier == "some" and not sizes.values and not for_eta:
        raise InputError("some start is looked for at single step sizes: give eta, not eta_range")
    turns, counted = turns_of(entries, constants), is_counted(entries)
    written = WrittenStep(entries.step, entries.state, size, *turns, counted, entries.averages)
    model = model_given(
        entries.model,
        entries.loss,
        parameters_of(entries),
        entries.optimizer,
        constants,
        free=_varied(entries),
        title=entries.name,
        vocabulary=vocabulary,
        written=written,
        decay=weight_decay_of(entries),
    )
    model = _with_minima(model, entries, vocabulary)
    if entries.eta_other is not None:
        model = paired(model, _other_size(entries, constants))
    said = entries.conclusion
    if said is not None and isinstance(to := said.get("to"), str):
        model, name = reaching(model, to)
        said = {**said, "to": name}
    region = _region(entries, model, constants, vocabulary)
    conclusion, words = None, ""
    if said is not None:
        known = Known(model, _names(entries, model, region, constants, vocabulary))
        conclusion = conclusion_of(said, known, sizes, constants).within(region, model.own.step)
        if model.pair is not None and isinstance(conclusion, FinalSharpness):
            raise InputError('of two orbits write kind = "limit", in sharpness_final and sharpness_other_final')
        if entries.averages and not (
            isinstance(conclusion, Along) and conclusion.until is not None and conclusion.begin
        ):
            raise InputError(
                "averages are of the steps before, up to some step: use them in along, with from = 1 and until"
            )
        starts = f"{quantifier} start" if at_least == 1 else f"at least {at_least} of the starts"
        words = f"From {starts} of the region: {conclusion.kind}."
    return Specification(
        entries.name,
        entries.statement or words,
        model,
        sizes,
        region,
        conclusion,
        at_least,
        quantifier,
        for_eta,
        entries.points,
        entries.grid,
        entries.tile,
    )


def _varied(entries: Entries) -> tuple[str, ...]:
    """Constants of the loss or the step that the region varies."""
    parameters = parameters_of(entries)
    if entries.loss is None or entries.step or not parameters:
        return ()
    known = {*names_of(parameters), *entries.constants, *entries.formulas, *entries.state, *shapes_of(entries), "eta"}
    return tuple(n for n in entries.region if n not in known)


def _other_size(entries: Entries, constants: Values) -> sp.Expr:
    """The step size of the second orbit, in eta."""
    if sets_step_size(entries) or entries.step_size or entries.minima or entries.averages or entries.every > 1:
        raise InputError("eta_other is the step size of a second orbit: give eta as numbers, and no more of the step")
    names = {"eta": ETA, **{s.name: s for s in constants}}
    other = exact(entries.eta_other or 0, "eta_other", names).subs(constants)
    if other.is_number and not other > 0:
        raise InputError(f"eta_other is positive, got {other}")
    return other


FLATTEST = "sharpness_min"
"""What stands, in step sizes and elsewhere, for the sharpness of the flattest minimum."""


def _with_flattest(entries: Entries, vocabulary: Vocabulary) -> Entries:
    """The entries with the sharpness of the flattest minimum among the constants, where they speak of it."""
    if FLATTEST not in words_of(entries) or FLATTEST in {*entries.constants, *entries.formulas, *entries.state}:
        return entries
    constants = constants_of(entries)
    plain = model_given(entries.model, entries.loss, parameters_of(entries), constants=constants, vocabulary=vocabulary)
    flattest = plain.own.least_sharpness
    if flattest is None:
        raise InputError(f"{FLATTEST} is known of losses of one product with one rational minimum: write it out")
    return replace_entries(entries, constants={**entries.constants, FLATTEST: str(flattest)})


def _with_minima(model: Model, entries: Entries, vocabulary: Vocabulary) -> Model:
    """The model with the sets of stationary points that the file names before its own."""
    if not entries.minima:
        return model
    if model.loss is None or not is_gradient_descent(model.own.step, model.loss):
        raise InputError("minima are named for a loss and plain gradient descent: other steps may be drawn to maxima")
    known = vocabulary.known({p.name: p for p in model.loss.parameters})
    sets = []
    for name, texts in entries.minima.items():
        equations = [_equation(name, t, known) for t in (texts if isinstance(texts, list) else [texts])]
        sets.append(named_set(name, equations, model.loss))
    return replace(model, minima=(*sets, *model.minima))


def _equation(name: str, text: str, known: Mapping[str, Meaning]) -> sp.Expr:
    """The difference of the sides of an equation, or an expression that vanishes."""
    sides = text.split("=")
    if len(sides) > 2:
        raise InputError(f"minima.{name} has one equation a text, got {text[:40]!r}")
    left, *right = (parse_expression(side, known) for side in sides)
    return sp.expand(left - right[0]) if right else left


def _region(entries: Entries, model: Model, constants: Values, vocabulary: Vocabulary) -> Region:
    known = _and_eta(entries, {s.name: s for s in constants})
    bounds = []
    written = spread(entries.region, shapes_of(entries))
    for name, ends in written.items():
        low, high = (e.subs(constants) for e in interval(ends, name, known))
        if low == high and isinstance(ends, list):
            raise InputError(f"the interval of {name} is empty: {low} .. {high}; write the smaller end first")
        bounds.append((low, high))
    region = Region.of(model, tuple(written), tuple(bounds))
    both = [s for s in (*region.variables, *model.own.step.state) if s in constants]
    if both:
        raise InputError(f"{both[0]} is a coordinate and a constant: call the constant otherwise")
    names = _names(entries, model, region, constants, vocabulary)
    # A condition may speak of the model's own coordinates, whatever the region is written in.
    own = dict(zip(model.own.step.state, region.start, strict=True))
    where = tuple(
        mapped(relation_of(text, Known(model, names)), lambda e: e.subs(constants).xreplace(own))
        for text in entries.where
    )
    return Region(region.variables, region.bounds, region.start, where)


def _names(
    entries: Entries, model: Model, region: Region, constants: Values, vocabulary: Vocabulary
) -> dict[str, Meaning]:
    """What conditions and conclusions may speak of."""
    own = model.own.step
    known = {s.name: s for s in (*own.state, *own.parameters, *constants, *region.variables) if s != ETA}
    known = _and_eta(entries, known)
    return vocabulary.known(known)


def _and_eta(entries: Entries, known: dict[str, sp.Symbol]) -> dict[str, sp.Symbol]:
    """The names with eta among them, unless the state sets the step size."""
    return known if sets_step_size(entries) else {"eta": ETA, **known}
