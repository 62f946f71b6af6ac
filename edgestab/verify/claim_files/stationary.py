"""Claims about the stationary state under noise: a linear step on each batch, with noise in slopes or labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.domain import Guard
from edgestab.theory.exact import exact, rational
from edgestab.theory.loss import Loss
from edgestab.theory.optimizers.catalogue import update_rule
from edgestab.theory.optimizers.written import with_decay
from edgestab.theory.parts.stationary import AffineStep, StationaryMoment
from edgestab.theory.statement import StepSizes
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import ETA, symbol
from edgestab.theory.text.grammar import parse_expression
from edgestab.theory.text.meanings import Meaning
from edgestab.theory.text.names import names_of
from edgestab.theory.text.vocabulary import Vocabulary
from edgestab.verify.claim_files.entries import Entries
from edgestab.verify.claim_files.noise import LARGEST_STATE, batches_of
from edgestab.verify.claim_files.steps import weight_decay_of
from edgestab.verify.claim_files.vocabulary import parameters_of

NOISY = "noise__"
"""With what the names of normal variables begin: a user's have no two underscores."""

ENTRIES: Mapping[str, frozenset[str]] = {
    "batch": frozenset({"kind", "size"}),
    "gaussian": frozenset({"kind", "sigma"}),
    "label": frozenset({"kind", "sigma", "column"}),
}
"""What each kind of noise takes; gaussian and label take a size too."""


def stationary_of(
    entries: Entries, sizes: StepSizes, constants: Mapping[sp.Symbol, sp.Expr], vocabulary: Vocabulary
) -> StationaryMoment:
    """Return what the entries of a claim file say of a stationary expectation.

    Raises
    ------
    InputError
        When anything in them is wrong or missing, or a step is not linear.
    """
    said = {k: v for k, v in (entries.conclusion or {}).items() if k != "kind"}
    if "quantity" not in said or set(said) - {"quantity", "low", "high"} or len(said) < 2:
        raise InputError('a conclusion of kind stationary takes quantity, and low or high, for example high = "eta/2"')
    kind = _kind(entries)
    names = parameters_of(entries)
    if entries.loss is None or not names:
        raise InputError("stationary is about a loss and its parameters")
    parameters = names_of(names)
    rule = update_rule(entries.optimizer)
    factors = {f.symbol for f in rule.factors}
    known = [s for s in constants if s not in factors]
    steps: list[AffineStep] = []
    state: tuple[sp.Symbol, ...] = ()
    for words, noises in _noisy(entries, kind, vocabulary):
        loss = Loss.parse(entries.loss, parameters, known, entries.name, words, complete=False)
        loss = with_decay(loss.with_constants(constants), weight_decay_of(entries))
        if kind == "gaussian":
            sigma = _sigma(entries)
            noises = tuple(symbol(f"{NOISY}{i}") for i in range(len(parameters)))
            slopes = sp.Add(*(sigma * z * p for z, p in zip(noises, loss.parameters, strict=True)))
            loss = Loss(loss.parameters, loss.expression + slopes, loss.name, loss.domain)
        step = rule.on(loss, constants, tuple(z.name for z in noises))
        steps.append(_affine(step, noises))
        state = step.state
    names_known: dict[str, Meaning] = {s.name: s for s in (*state, *known)}
    quantity = parse_expression(str(said["quantity"]), names_known).subs(constants)
    if not quantity.is_polynomial(*state) or sp.Poly(quantity, *state).total_degree() > 2:
        raise InputError("conclusion.quantity is a polynomial of degree 2 at most in the state")
    ends = [_end(said, "low", -sp.oo, constants, sizes), _end(said, "high", sp.oo, constants, sizes)]
    return StationaryMoment(entries.name, tuple(steps), state, quantity, sizes, *ends)


def _sigma(entries: Entries) -> sp.Rational:
    sigma = rational((entries.noise or {})["sigma"], "noise.sigma")
    if not sigma >= 0:
        raise InputError(f"noise.sigma is at least 0, got {sigma}")
    return sigma


def _kind(entries: Entries) -> str:
    noise = entries.noise or {}
    kind = str(noise.get("kind"))
    wanted = ENTRIES.get(kind)
    if wanted is None or set(noise) - {"size"} != wanted - {"size"} or not wanted <= set(noise):
        shapes = "; ".join(", ".join(sorted(e)) for e in ENTRIES.values())
        raise InputError(f"noise is a table of one of these entries: {shapes}")
    return kind


def _noisy(entries: Entries, kind: str, vocabulary: Vocabulary) -> Sequence[tuple[Vocabulary, tuple[sp.Symbol, ...]]]:
    """For each batch its data, and the normal variables in them."""
    noise = entries.noise or {}
    if kind == "label" and (noise["column"] not in vocabulary.data):
        raise InputError(f"noise.column is a column of the data, got {str(noise['column'])[:40]!r}")
    batches = [vocabulary] if not vocabulary.data else batches_of(entries, vocabulary)
    if kind != "label":
        return [(b, ()) for b in batches]
    sigma, column, found = _sigma(entries), str(noise["column"]), []
    for batch in batches:
        values = batch.data[column]
        noises = tuple(symbol(f"{NOISY}{i}") for i in range(len(values)))
        shaken = tuple(v + sigma * z for v, z in zip(values, noises, strict=True))
        found.append((Vocabulary(batch.formulas, {**batch.data, column: shaken}, batch.arrays), noises))
    return found


def _affine(step: StepMap, noises: Sequence[sp.Symbol]) -> AffineStep:
    if len(step.state) > LARGEST_STATE:
        raise InputError(f"stationary takes a state of at most {LARGEST_STATE} numbers, got {len(step.state)}")
    update = [sp.expand(u) for u in step.closed_form()]
    moving = (*step.state, *noises)
    slopes = sp.Matrix([[sp.diff(u, s) for s in moving] for u in update]).applyfunc(sp.expand)
    origin = dict.fromkeys(moving, sp.S.Zero)
    shift = sp.Matrix([u.xreplace(origin) for u in update])
    if not all(e.is_polynomial(ETA) and not e.free_symbols - {ETA} for e in (*slopes, *shift)):
        raise InputError("the step is not linear in state and noise: stationary is about quadratic losses")
    if not all(c.is_Rational for e in (*slopes, *shift) for c in sp.Poly(e, ETA).coeffs()):
        raise InputError("a coefficient of the step is not rational: give rational data")
    n = len(step.state)
    matrix, noise = slopes[:, :n], slopes[:, n:]
    return AffineStep(*(sp.ImmutableMatrix(m) for m in (matrix, shift, noise)))


def _end(
    said: Mapping[str, object], name: str, nothing: sp.Expr, constants: Mapping[sp.Symbol, sp.Expr], sizes: StepSizes
) -> sp.Expr:
    if name not in said:
        return nothing
    names = {"eta": ETA, **{s.name: s for s in constants}}
    end = exact(str(said[name]), f"conclusion.{name}", names).subs(constants)
    # That it is defined is asked below, at the step sizes.
    end = end.replace(lambda e: isinstance(e, Guard), lambda _: sp.S.Zero)
    above, below = sp.fraction(sp.together(end))
    parts = [sp.expand(e) for e in (above, below)]
    if not all(e.is_polynomial(ETA) and all(c.is_Rational for c in sp.Poly(e, ETA).coeffs()) for e in parts):
        raise InputError(f"conclusion.{name} is a rational function of eta")
    ranges = [(v, v) for v in sizes.values] or [(sizes.low, sizes.high)]
    if any(sp.Poly(parts[1], ETA).count_roots(low, high) for low, high in ranges):
        raise InputError(f"conclusion.{name} is undefined at one of the step sizes: its divisor vanishes there")
    return end
