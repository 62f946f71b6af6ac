"""What a claim file concludes: its ``[conclusion]`` table read as the fields of that kind of conclusion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp
from sympy.core.relational import Relational

from edgestab.errors import InputError
from edgestab.numerics.rigorous.isolated import coordinates_in, minimum_named
from edgestab.theory.conclusions.conclusion import Conclusion, Field, Read
from edgestab.theory.conclusions.kinds import CONCLUSIONS
from edgestab.theory.exact import exact
from edgestab.theory.loss import Loss
from edgestab.theory.models.base import Model
from edgestab.theory.models.pair import OTHER
from edgestab.theory.relations import mapped
from edgestab.theory.statement import StepSizes
from edgestab.theory.symbols import symbol
from edgestab.theory.text.grammar import parse_expression, parse_relation
from edgestab.theory.text.meanings import Meaning
from edgestab.verify.claim_files.entries import Written
from edgestab.verify.claim_files.quantities import names_with_quantities, with_quantities


@dataclass(frozen=True)
class Known:
    """What a conclusion may speak of: a model, and symbols by name."""

    model: Model
    names: Mapping[str, Meaning]


def conclusion_of(
    entries: Mapping[str, Written], known: Known, step_sizes: StepSizes, constants: Mapping[sp.Symbol, sp.Expr]
) -> Conclusion:
    """Return what the entries of a conclusion say, with the constants' values put in.

    Raises
    ------
    InputError
        When anything in them is wrong, missing or too much.
    """
    kind = entries.get("kind")
    if kind not in CONCLUSIONS:
        kinds = ", ".join((*CONCLUSIONS, "stable", "stationary"))
        raise InputError(f"unknown kind of conclusion {str(kind)[:40]!r}; the kinds are {kinds}")
    found = CONCLUSIONS[str(kind)]
    extra = sorted({*entries} - {"kind", *(f.name for f in found.fields)})
    if extra:
        raise InputError(f"a conclusion of kind {kind} takes no {', '.join(extra)}: remove it")
    given = [f for f in found.fields if f.name in entries]
    conclusion = found.of({f.name: _READERS[f.read](entries[f.name], f, known) for f in given}, constants)
    conclusion.require_possible(step_sizes.values or (step_sizes.low, step_sizes.high))
    return conclusion


def reaching(model: Model, name: str) -> tuple[Model, str]:
    """Return the model with the isolated minimum that a text such as ``x = 1, y = -1`` names as a set, and its name.

    A model that has a set of that name, or a text that is no point, is left alone.

    Raises
    ------
    InputError
        When the loss has no minimum there.
    """
    if model.loss is None or "=" not in name or any(s.name == name for s in model.minima):
        return model, name
    if any(part not in {p.name for p in model.loss.parameters} for part, _ in coordinates_in(name)):
        return model, name
    if model.loss.constants:
        raise InputError(f"the minimum {name[:60]} depends on {model.loss.constants[0]}: give it a value")
    found = minimum_named(model.loss, name)
    return replace(model, minima=(*model.minima, found)), found.name


def relation_of(text: str, known: Known) -> Relational:
    """Return the single relation of a text, with the model's quantities written out.

    Raises
    ------
    InputError
        When it is none, or several.
    """
    relation = with_quantities(
        parse_relation(text, names_with_quantities(known.model, known.names)), known.model, known.names
    )
    if not isinstance(relation, Relational):
        raise InputError(f"{text[:40]!r} is no single inequality: write one relation for each entry")
    return relation


def _text(value: Written, field: Field) -> str:
    if not isinstance(value, str):
        raise InputError(f"conclusion.{field.name} is a text in quotes, got {value}")
    return value


def _minima(value: Written, field: Field, known: Known) -> str:
    sets = [s.name for s in known.model.minima]
    if value not in sets:
        raise InputError(
            f"unknown set of minima {str(value)[:40]!r}; this model has {', '.join(sets)}; an isolated one is written "
            "as a point, such as x = 1, y = -0.333"
        )
    return _text(value, field)


def _end(value: Written, field: Field, known: Known) -> sp.Expr:
    step = known.model.own.step
    final = {f"{s}_final": symbol(f"{s}_final") for s in step.state if s != step.clock}
    return exact(value, f"conclusion.{field.name}", {**known.names, **final})


def _final_relation(value: Written, field: Field, known: Known) -> Relational:
    loss = known.model.loss
    step = known.model.own.step
    final = {s: symbol(f"{s}_final") for s in step.state if s != step.clock}
    names: dict[str, Meaning] = {**known.names, **{s.name: s for s in final.values()}}
    if step.clock is not None:
        names.pop(step.clock.name, None)
    quantities = {}
    if loss is not None:
        ends = _ends(known.model, loss)
        quantities = {symbol(n): e.xreplace(final) for n, e in ends.items() if e is not None and n not in names}
    relation = parse_relation(_text(value, field), {**{s.name: s for s in quantities}, **names})
    if not isinstance(relation, Relational):
        raise InputError(f"conclusion.{field.name} is no single inequality, got {str(value)[:40]}")
    return mapped(relation, lambda side: side.xreplace(quantities))


def _ends(model: Model, loss: Loss) -> dict[str, sp.Expr | None]:
    """What may be said of a limit, in the state; of a pair of both."""
    if model.pair is None:
        return {"loss_final": loss.value, "sharpness_final": loss.sharpness}
    one, twin = model.pair.loss, model.pair.twin
    steep = one.sharpness
    return {
        "loss_final": one.value,
        "sharpness_final": steep,
        f"loss{OTHER}_final": one.value.xreplace(twin),
        f"sharpness{OTHER}_final": None if steep is None else steep.xreplace(twin),
    }


def _whole(value: Written, field: Field, _known: Known) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"conclusion.{field.name} is a whole number, got {str(value)[:40]}")
    return value


def _relation(value: Written, field: Field, known: Known) -> Relational:
    return relation_of(_text(value, field), known)


def _quantity(value: Written, field: Field, known: Known) -> sp.Expr:
    found = parse_expression(_text(value, field), names_with_quantities(known.model, known.names))
    return with_quantities(found, known.model, known.names)


def _value(value: Written, field: Field, known: Known) -> sp.Expr:
    infinite = {"infinity": sp.oo, "-infinity": -sp.oo}
    return infinite[value] if value in infinite else exact(value, f"conclusion.{field.name}", _symbols(known))


def _symbols(known: Known) -> dict[str, sp.Symbol]:
    """What does not change along an orbit: eta and what a region varies."""
    state = {s.name for s in known.model.own.step.state}
    return {n: s for n, s in known.names.items() if isinstance(s, sp.Symbol) and n not in state}


def _choice(value: Written, field: Field, _known: Known) -> str:
    if value not in field.choices:
        raise InputError(f"conclusion.{field.name} is one of {', '.join(field.choices)}, got {str(value)[:40]}")
    return str(value)


_READERS: Mapping[Read, Callable[[Written, Field, Known], Any]] = {
    "minima": _minima,
    "end": _end,
    "relation": _relation,
    "final relation": _final_relation,
    "whole": _whole,
    "quantity": _quantity,
    "value": _value,
    "choice": _choice,
}
