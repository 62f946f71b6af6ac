"""Step sizes in a claim file: numbers, ranges, formulas, several in turn; and whether steps are counted."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.exact import exact
from edgestab.theory.statement import StepSizes
from edgestab.theory.symbols import symbol
from edgestab.theory.text.names import CONSTANTS, FUNCTIONS
from edgestab.theory.text.tokens import tokenize
from edgestab.verify.claim_files.entries import Entries

Values = Mapping[sp.Symbol, sp.Expr]


def constants_of(entries: Entries) -> dict[sp.Symbol, sp.Expr]:
    """Return the values of the constants that are numbers."""
    return {symbol(n): exact(v, n) for n, v in entries.constants.items() if not isinstance(v, list)}


def weight_decay_of(entries: Entries) -> sp.Expr:
    """Return the weight decay.

    Raises
    ------
    InputError
        When it is negative.
    """
    decay = exact(entries.weight_decay, "weight_decay")
    if not decay >= 0:
        raise InputError(f"weight_decay is at least 0, got {decay}")
    return decay


def step_sizes_of(entries: Entries, constants: Values) -> tuple[str, StepSizes]:
    """Return the formula of a step size that depends on the state, if there is one, and what eta ranges over.

    Raises
    ------
    InputError
        When none is given, or more than one kind, or one is no positive number.
    """
    if entries.eta_cycle:
        if entries.eta is not None or entries.eta_range is not None:
            raise InputError("eta_cycle gives the step sizes: leave out eta and eta_range")
        return entries.step_size, StepSizes.of(1)
    if (entries.eta is None) == (entries.eta_range is None):
        raise InputError('give the step size either as eta = "0.1" (or a list) or as eta_range = ["0.01", "0.1"]')
    if entries.eta_range is not None:
        if len(entries.eta_range) != 2:
            raise InputError(f"eta_range takes two numbers, got {len(entries.eta_range)}")
        return entries.step_size, StepSizes.between(*entries.eta_range)
    values = entries.eta if isinstance(entries.eta, list) else [entries.eta]
    if not values:
        raise InputError("eta is an empty list: give at least one step size")
    if sets_step_size(entries):
        if entries.step_size or "eta" in _words(entries.eta):
            raise InputError('a formula for eta does not use eta: write step_size = "..." beside the values of eta')
        return str(entries.eta), StepSizes.of(1)
    names = {s.name: s for s in constants}
    sizes = (
        exact(v, "step size", names, wanted="positive and finite").subs(constants) for v in values if v is not None
    )
    return entries.step_size, StepSizes.of(*sizes)


MOST_TURNS = 16
"""How many steps make one step of a map at most."""


def turns_of(entries: Entries, constants: Values) -> tuple[tuple[sp.Expr, ...], int]:
    """Return the step sizes that are taken in turn, and how many steps, or turns, are one.

    Raises
    ------
    InputError
        When a size is no positive rational number, or too many steps are taken at once.
    """
    names = {s.name: s for s in constants}
    cycle = tuple(exact(v, "eta_cycle", names).subs(constants) for v in entries.eta_cycle)
    if any(not (v.is_Rational and v > 0) for v in cycle):
        raise InputError("eta_cycle is a list of positive rational step sizes")
    if entries.every < 1 or entries.every * max(len(cycle), 1) > MOST_TURNS:
        raise InputError(f"every is at least 1, and at most {MOST_TURNS} steps are taken at once")
    return cycle, entries.every


def sets_step_size(entries: Entries) -> bool:
    """Return whether eta is a formula in the state: it has a name in it that stands for no number."""
    return bool(entries.eta_cycle or _words(entries.eta) - {*FUNCTIONS, *CONSTANTS, *entries.constants})


def is_counted(entries: Entries) -> bool:
    """Return whether t, the number of the step, is used: by a formula without a t of its own, or by a conclusion."""
    said = entries.conclusion or {}
    if entries.averages or {"from", "until"} & {*said}:
        return True
    parameters = _words(entries.parameters) if isinstance(entries.parameters, str) else {*(entries.parameters or ())}
    own = {*parameters, *entries.constants, *entries.state, *entries.formulas}
    own |= {*entries.data} if isinstance(entries.data, dict) else set()
    texts = [entries.eta, entries.step_size, *entries.step.values(), said.get("inequality"), said.get("quantity")]
    return "t" not in own and any("t" in _words(t) for t in texts)


def words_of(entries: Entries) -> set[str]:
    """Return the names in all that a file says of step sizes, starts and the conclusion."""
    said = entries.conclusion or {}
    ends = [e for value in entries.region.values() for e in (value if isinstance(value, list) else [value])]
    sizes = [*(entries.eta if isinstance(entries.eta, list) else [entries.eta]), *(entries.eta_range or ())]
    texts = [*sizes, entries.step_size, *entries.eta_cycle, *ends, *entries.where, *said.values()]
    return set().union(*map(_words, texts))


def _words(text: object) -> set[str]:
    return {t.text for t in tokenize(text) if t.kind == "name"} if isinstance(text, str) and text else set()
