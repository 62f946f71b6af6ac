"""What a claim file concludes: its ``[conclusion]`` table as expressions."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.exact import exact
from edgestab.theory.models.base import Model
from edgestab.theory.statement import Along, Conclusion, Converges, Diverges, FinalSharpness, Monotone, StepSizes
from edgestab.theory.symbols import ETA, symbol
from edgestab.theory.text.grammar import parse_expression, parse_relation
from edgestab.verify.claim_files.entries import ConclusionEntries, Written

_ALLOWED = {
    "converges": {"to"},
    "diverges": set(),
    "final-sharpness": {"low", "high", "to"},
    "along": {"inequality"},
    "monotone": {"quantity", "direction"},
}


def conclusion_of(
    entries: ConclusionEntries,
    model: Model,
    step_sizes: StepSizes,
    names: Mapping[str, sp.Symbol],
    constants: Mapping[sp.Symbol, sp.Expr],
) -> Conclusion:
    """Return what the entries of a conclusion say, in the given names, with the constants' values put in.

    Raises
    ------
    InputError
        When anything in them is wrong, missing or too much.
    """
    given = {f for f in entries.__struct_fields__ if f != "kind" and getattr(entries, f) is not None}
    extra = sorted(given - _ALLOWED[entries.kind])
    if extra:
        raise InputError(f"a conclusion of kind {entries.kind} takes no {', '.join(extra)}: remove it")
    minima = [s.name for s in model.minima]
    if entries.to is not None and entries.to not in minima:
        raise InputError(f"unknown set of minima {entries.to[:40]!r}; this model has {', '.join(minima)}")
    if entries.kind == "converges":
        return Converges(entries.to)
    if entries.kind == "diverges":
        return Diverges()
    if entries.kind == "final-sharpness":
        return _window(entries, model, step_sizes, names, constants)
    if entries.kind == "along":
        if entries.inequality is None:
            raise InputError('along needs an inequality, for example inequality = "x*y <= 2"')
        relation = parse_relation(entries.inequality, names)
        if not isinstance(relation, sp.Gt | sp.Ge | sp.Lt | sp.Le):
            raise InputError("along needs a single inequality with <, <=, > or >=")
        return Along((relation.gts - relation.lts).subs(constants), relation.rel_op in ("<", ">"))
    if entries.quantity is None or entries.direction is None:
        raise InputError('monotone needs quantity = "..." and direction = "nonincreasing" or "nondecreasing"')
    # An additive constant does not move, but it would hide small increments behind its rounding.
    _, moving = _quantity(entries.quantity, model, names).subs(constants).as_coeff_Add()
    return Monotone(moving, entries.direction)


def _window(
    entries: ConclusionEntries,
    model: Model,
    step_sizes: StepSizes,
    names: Mapping[str, sp.Symbol],
    constants: Mapping[sp.Symbol, sp.Expr],
) -> FinalSharpness:
    if entries.low is None and entries.high is None:
        raise InputError("final-sharpness needs low, high or both")
    known = {**names, **{f"{s}_final": symbol(f"{s}_final") for s in model.own.step.state}}

    def end(value: Written | None, name: str, default: sp.Expr) -> sp.Expr:
        return default if value is None else exact(value, f"conclusion.{name}", known).subs(constants)

    window = FinalSharpness(end(entries.low, "low", -sp.oo), end(entries.high, "high", sp.oo), entries.to)
    for eta in step_sizes.values or (step_sizes.low, step_sizes.high):
        low, high = (e.subs(ETA, eta) for e in (window.low, window.high))
        if not (low.is_number and high.is_number):
            continue
        if not (low.is_extended_real and high.is_extended_real):
            raise InputError(f"the window {window.low} .. {window.high} is not real at eta = {eta}")
        if low >= high:
            raise InputError(
                f"the window {window.low} .. {window.high} is empty at eta = {eta}: write the smaller end first"
            )
    return window


def _quantity(text: str, model: Model, names: Mapping[str, sp.Symbol]) -> sp.Expr:
    named = {
        "gfs_sharpness": model.own.gfs_sharpness,
        "loss": model.loss.expression if model.loss is not None else None,
    }
    if text not in named or text in names:
        return parse_expression(text, names)
    if named[text] is None:
        raise InputError(f"{model.name} has no {text}: write the quantity as an expression")
    return named[text]
