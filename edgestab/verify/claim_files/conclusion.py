"""What a claim file concludes: its ``[conclusion]`` table as expressions, each entry read as the conclusion asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.conclusions.conclusion import Conclusion, Field, Read
from edgestab.theory.conclusions.kinds import CONCLUSIONS
from edgestab.theory.exact import exact
from edgestab.theory.models.base import Model
from edgestab.theory.statement import StepSizes
from edgestab.theory.symbols import symbol
from edgestab.theory.text.grammar import parse_expression, parse_relation
from edgestab.verify.claim_files.entries import ConclusionEntries, Written

Names = Mapping[str, sp.Symbol]


def conclusion_of(
    entries: ConclusionEntries,
    model: Model,
    step_sizes: StepSizes,
    names: Names,
    constants: Mapping[sp.Symbol, sp.Expr],
) -> Conclusion:
    """Return what the entries of a conclusion say, in the given names, with the constants' values put in.

    Raises
    ------
    InputError
        When anything in them is wrong, missing or too much.
    """
    if entries.kind not in CONCLUSIONS:
        raise InputError(f"unknown conclusion {entries.kind[:40]!r}; the kinds are {', '.join(CONCLUSIONS)}")
    kind = CONCLUSIONS[entries.kind]
    written = {f: getattr(entries, f) for f in entries.__struct_fields__ if f != "kind"}
    given = {f: value for f, value in written.items() if value is not None}
    extra = sorted(given.keys() - {f.name for f in kind.fields})
    if extra:
        raise InputError(f"a conclusion of kind {entries.kind} takes no {', '.join(extra)}: remove it")
    read = {f.name: _READERS[f.read](given[f.name], f, model, names) for f in kind.fields if f.name in given}
    conclusion = kind.of(read, constants)
    conclusion.require_possible(step_sizes.values or (step_sizes.low, step_sizes.high))
    return conclusion


def _minima(value: Written, _field: Field, model: Model, _names: Names) -> str:
    known = [s.name for s in model.minima]
    if value not in known:
        raise InputError(f"unknown set of minima {str(value)[:40]!r}; this model has {', '.join(known)}")
    return str(value)


def _end(value: Written, field: Field, model: Model, names: Names) -> sp.Expr:
    final = {f"{s}_final": symbol(f"{s}_final") for s in model.own.step.state}
    return exact(value, f"conclusion.{field.name}", {**names, **final})


def _relation(value: Written, _field: Field, _model: Model, names: Names) -> sp.Basic:
    return parse_relation(str(value), names)


def _quantity(value: Written, _field: Field, model: Model, names: Names) -> sp.Expr:
    text = str(value)
    named = {
        "gfs_sharpness": model.own.gfs_sharpness,
        "loss": model.loss.expression if model.loss is not None else None,
    }
    if text not in named or text in names:
        return parse_expression(text, names)
    if named[text] is None:
        raise InputError(f"{model.name} has no {text}: write the quantity as an expression")
    return named[text]


def _choice(value: Written, field: Field, _model: Model, _names: Names) -> str:
    if value not in field.choices:
        raise InputError(f"{field.name} must be {' or '.join(field.choices)}, got {str(value)[:40]!r}")
    return str(value)


_READERS: Mapping[Read, Callable[[Written, Field, Model, Names], object]] = {
    "minima": _minima,
    "end": _end,
    "relation": _relation,
    "quantity": _quantity,
    "choice": _choice,
}
