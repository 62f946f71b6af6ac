"""A user's own claim or sweep, from TOML text: every expression goes through the whitelisting parser."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec
import sympy as sp
from sympy.core.relational import Relational

from edgestab.errors import InputError
from edgestab.numerics.storage.toml_file import decoder, read_toml
from edgestab.theory.claim import Claim
from edgestab.theory.loss import Loss
from edgestab.theory.models.base import Model
from edgestab.theory.models.catalogue import model
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.optimizers import BETA, OPTIMIZERS
from edgestab.theory.region import Region
from edgestab.theory.statement import (
    Along,
    Conclusion,
    Converges,
    Diverges,
    FinalSharpness,
    Monotone,
    OrbitStatement,
    StepSizes,
)
from edgestab.theory.symbols import ETA, symbol
from edgestab.theory.text.grammar import ParseError, parse_expression, parse_number, parse_relation

Number = int | float | str
"""An exact decimal, fraction or constant expression in quotes, or a TOML number."""


class SpecError(InputError):
    """A specification that cannot be used; the message says what to change."""


class ConclusionSpec(msgspec.Struct, forbid_unknown_fields=True):
    """The ``[conclusion]`` table."""

    kind: Literal["converges", "final-sharpness", "along", "monotone", "diverges"]
    to: str | None = None
    low: Number | None = None
    high: Number | None = None
    inequality: str | None = None
    quantity: str | None = None
    direction: Literal["nonincreasing", "nondecreasing"] | None = None


class ClaimSpec(msgspec.Struct, forbid_unknown_fields=True):
    """A specification file.

    A claim has a conclusion; a sweep has none, and may ask for a grid.
    """

    region: dict[str, Number | list[Number]]
    model: str | None = None
    loss: str | None = None
    parameters: str | None = None
    constants: dict[str, Number] = {}
    optimizer: str = "gradient-descent"
    eta: Number | list[Number] | None = None
    eta_range: list[Number] | None = None
    where: list[str] = []
    conclusion: ConclusionSpec | None = None
    name: str = "claim"
    statement: str = ""
    points: int = 4096
    grid: dict[str, int] = {}
    tile: int = 1 << 15


def read(path: Path) -> ClaimSpec:
    """Read a specification file.

    Raises
    ------
    InputError
        When the file cannot be read, is not UTF-8, is no TOML, or has a wrong or missing entry.
    """
    return read_toml(path, decoder(ClaimSpec))


def claim_of(spec: ClaimSpec) -> Claim:
    """Return the claim that a specification states.

    Raises
    ------
    SpecError
        When there is no conclusion, or anything in it is wrong.
    """
    statement = statement_of(spec)
    words = spec.statement or f"From every start of the region: {spec.conclusion.kind if spec.conclusion else ''}."
    return Claim(f"user.{spec.name}", "given by the user", spec.name, words, (statement,), kind="user")


def statement_of(spec: ClaimSpec) -> OrbitStatement:
    """Return the statement of a claim's specification."""
    if spec.conclusion is None:
        raise SpecError('there is no [conclusion] table: say what is claimed, for example kind = "converges"')
    return _refused_in_one_sentence(spec)


def sweep_of(spec: ClaimSpec) -> OrbitStatement:
    """Return the region, model and step sizes of a sweep's specification, with nothing claimed."""
    return _refused_in_one_sentence(msgspec.structs.replace(spec, conclusion=None))


def _refused_in_one_sentence(spec: ClaimSpec) -> OrbitStatement:
    try:
        return _statement(spec)
    except SpecError:
        raise
    except ValueError as error:
        raise SpecError(str(error)) from error


def _statement(spec: ClaimSpec) -> OrbitStatement:
    if "eta" in {*spec.constants, *(spec.parameters or "").replace(",", " ").split()}:
        raise SpecError("eta is the step size: call the parameter or constant otherwise")
    constants = {symbol(k): number(v, k) for k, v in spec.constants.items()}
    m = _model(spec, constants)
    sizes = _step_sizes(spec)
    region = _region(spec, m, constants)
    names = {s.name: s for s in (*m.own.step.state, *m.own.step.parameters)}
    known = {**names, "eta": ETA, **{s.name: s for s in constants}, **{s.name: s for s in region.variables}}
    conclusion = _conclusion(spec.conclusion, m, known, constants) if spec.conclusion is not None else Converges()
    if isinstance(conclusion, FinalSharpness):
        _not_empty(conclusion, sizes)
    return OrbitStatement(spec.name, m, sizes, region, conclusion)


def _not_empty(window: FinalSharpness, sizes: StepSizes) -> None:
    """Refuse a window whose ends are in the wrong order at a step size it is claimed for."""
    for eta in sizes.values or (sizes.low, sizes.high):
        low, high = (e.subs(ETA, eta) for e in (window.low, window.high))
        if low.is_number and high.is_number and not (low.is_extended_real and high.is_extended_real):
            raise SpecError(f"the window {window.low} .. {window.high} is not real at eta = {eta}")
        if low.is_number and high.is_number and low >= high:
            raise SpecError(
                f"the window {window.low} .. {window.high} is empty at eta = {eta}: write the smaller end first"
            )


def number(value: Number, name: str) -> sp.Expr:
    """Return an exact real number: a TOML float stands for the decimal it is written as.

    Raises
    ------
    SpecError
        When it is not finite, or no constant expression.
    """
    if isinstance(value, bool):
        raise SpecError(f"{name} must be a number, got {value}")
    text = value if isinstance(value, str) else repr(value)
    if text.lstrip("+-").lower() in ("inf", "nan"):
        raise SpecError(f"{name} must be finite, got {text}")
    try:
        return parse_number(text)
    except ParseError as error:
        raise SpecError(f"{name}: {error}") from error


def _model(spec: ClaimSpec, constants: Mapping[sp.Symbol, sp.Expr]) -> Model:
    if (spec.model is None) == (spec.loss is None):
        raise SpecError('give either model = "NAME" or loss = "EXPRESSION" with parameters = "x y"')
    if spec.model is not None:
        if spec.parameters is not None or spec.optimizer != "gradient-descent":
            raise SpecError("a built-in model has its own parameters and step: remove parameters and optimizer")
        return model(spec.model)
    if spec.parameters is None:
        raise SpecError('a loss needs its parameters, for example parameters = "x y"')
    if spec.optimizer not in OPTIMIZERS:
        raise SpecError(f"unknown optimizer {spec.optimizer[:40]!r}; the optimizers are {', '.join(OPTIMIZERS)}")
    names = " ".join(s.name for s in constants)
    loss = Loss.parse(spec.loss or "", spec.parameters, names, spec.name)
    loss = Loss(loss.parameters, loss.expression.subs(constants), loss.name)
    if spec.optimizer == "gradient-descent":
        return model_of_loss(loss)
    step = OPTIMIZERS[spec.optimizer](loss)
    if BETA not in constants:
        raise SpecError(f'{spec.optimizer} needs its momentum, for example constants = {{beta = "0.9"}}')
    return model_of_loss(loss, step.substitute({BETA: constants[BETA]}))


def _step_sizes(spec: ClaimSpec) -> StepSizes:
    if (spec.eta is None) == (spec.eta_range is None):
        raise SpecError('give the step size either as eta = "0.1" (or a list) or as eta_range = ["0.01", "0.1"]')
    if spec.eta_range is not None:
        if len(spec.eta_range) != 2:
            raise SpecError(f"eta_range takes two numbers, got {len(spec.eta_range)}")
        low, high = (_positive(v) for v in spec.eta_range)
        return StepSizes((), low, high)
    values = spec.eta if isinstance(spec.eta, list) else [spec.eta]
    if not values:
        raise SpecError("eta is an empty list: give at least one step size")
    return StepSizes(tuple(_positive(v) for v in values if v is not None))


def _positive(value: Number) -> sp.Rational:
    try:
        exact = number(value, "step size")
    except SpecError as error:
        if "finite" in str(error):
            raise SpecError(f"step size must be positive and finite, got {value}") from error
        raise
    if not exact.is_positive:
        raise SpecError(f"step size must be positive and finite, got {value}")
    if not exact.is_Rational:
        raise SpecError(f"step size must be rational, got {value}")
    return exact


def _region(spec: ClaimSpec, m: Model, constants: Mapping[sp.Symbol, sp.Expr]) -> Region:
    names = tuple(spec.region)
    if not names:
        raise SpecError("the region is empty: give an interval for every coordinate")
    known = {"eta": ETA, **{s.name: s for s in constants}}
    bounds = []
    for name, ends in spec.region.items():
        pair = ends if isinstance(ends, list) else [ends, ends]
        if len(pair) != 2:
            raise SpecError(f"region.{name} takes two ends, got {len(pair)}")
        low, high = (_end(e, name, known).subs(constants) for e in pair)
        if low.is_number and high.is_number and (low > high or (isinstance(ends, list) and low == high)):
            raise SpecError(f"the interval of {name} is empty: {pair[0]} .. {pair[1]}; write the smaller end first")
        bounds.append((low, high))
    region = Region.of(m, names, tuple(bounds))
    symbols_ = {**known, **{s.name: s for s in (*region.variables, *m.own.step.state)}}
    # A condition may speak of the model's own coordinates, whatever the region is written in.
    own = dict(zip(m.own.step.state, region.start, strict=True))
    where = tuple(_relation(text, symbols_).subs(constants).xreplace(own) for text in spec.where)
    return Region(region.variables, region.bounds, region.start, where)


def _end(value: Number, name: str, known: Mapping[str, sp.Symbol]) -> sp.Expr:
    if isinstance(value, str):
        try:
            return parse_expression(value, known)
        except ParseError as error:
            raise SpecError(f"region.{name}: {error}") from error
    return number(value, f"region.{name}")


def _relation(text: str, known: Mapping[str, sp.Symbol]) -> Relational:
    relation = parse_relation(text, known)
    if not isinstance(relation, Relational):
        raise SpecError(f"{text[:40]!r} is no single inequality: write one relation for each entry")
    return relation


def _conclusion(
    spec: ConclusionSpec, m: Model, known: Mapping[str, sp.Symbol], constants: Mapping[sp.Symbol, sp.Expr]
) -> Conclusion:
    _no_more_than(spec)
    if spec.to is not None and spec.to not in [s.name for s in m.minima]:
        raise SpecError(f"unknown set of minima {spec.to[:40]!r}; this model has {', '.join(s.name for s in m.minima)}")
    if spec.kind == "converges":
        return Converges(spec.to)
    if spec.kind == "diverges":
        return Diverges()
    if spec.kind == "final-sharpness":
        if spec.low is None and spec.high is None:
            raise SpecError("final-sharpness needs low, high or both")
        final = {f"{s}_final": symbol(f"{s}_final") for s in m.own.step.state}
        ends = [
            default if e is None else _end_of_window(e, {**known, **final}).subs(constants)
            for e, default in ((spec.low, -sp.oo), (spec.high, sp.oo))
        ]
        return FinalSharpness(ends[0], ends[1], spec.to)
    if spec.kind == "along":
        if spec.inequality is None:
            raise SpecError('along needs an inequality, for example inequality = "x*y <= 2"')
        relation = _relation(spec.inequality, known)
        if isinstance(relation, sp.Eq | sp.Ne):
            raise SpecError("along needs an inequality with <, <=, > or >=")
        return Along((relation.gts - relation.lts).subs(constants), relation.rel_op in ("<", ">"))
    if spec.quantity is None or spec.direction is None:
        raise SpecError('monotone needs quantity = "..." and direction = "nonincreasing" or "nondecreasing"')
    # An additive constant does not move, but it would hide small increments behind its rounding.
    _, moving = _quantity(spec.quantity, m, known).subs(constants).as_coeff_Add()
    return Monotone(moving, spec.direction)


_ALLOWED = {
    "converges": {"to"},
    "diverges": set(),
    "final-sharpness": {"low", "high", "to"},
    "along": {"inequality"},
    "monotone": {"quantity", "direction"},
}


def _no_more_than(spec: ConclusionSpec) -> None:
    given = {f for f in spec.__struct_fields__ if f != "kind" and getattr(spec, f) is not None}
    extra = sorted(given - _ALLOWED[spec.kind])
    if extra:
        raise SpecError(f"a conclusion of kind {spec.kind} takes no {', '.join(extra)}: remove it")


def _end_of_window(value: Number, known: Mapping[str, sp.Symbol]) -> sp.Expr:
    if isinstance(value, str):
        return parse_expression(value, known)
    return number(value, "conclusion")


def _quantity(text: str, m: Model, known: Mapping[str, sp.Symbol]) -> sp.Expr:
    named = {"gfs_sharpness": m.own.gfs_sharpness, "loss": m.loss.expression if m.loss is not None else None}
    if text in named and text not in known:
        value = named[text]
        if value is None:
            raise SpecError(f"{m.name} has no {text}: write the quantity as an expression")
        return value
    return parse_expression(text, known)
