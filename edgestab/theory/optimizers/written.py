"""Steps that a user writes: formulas for the next state, and a step size that depends on the state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.exact import Number, exact
from edgestab.theory.loss import Loss
from edgestab.theory.stepmap import SIZE, Binding, Carried, StepMap, T
from edgestab.theory.symbols import ETA, symbol
from edgestab.theory.text.grammar import parse_expression
from edgestab.theory.text.meanings import Meaning
from edgestab.theory.text.names import parse_names
from edgestab.theory.text.vocabulary import NOTHING_MORE, Vocabulary

_NO_TEXTS: Mapping[str, str] = MappingProxyType({})
_NO_VALUES: Mapping[str, Number] = MappingProxyType({})
_NO_CONSTANTS: Mapping[sp.Symbol, sp.Expr] = MappingProxyType({})


@dataclass(frozen=True)
class WrittenStep:
    """What a user writes about the step, besides the name of an update rule.

    Parameters
    ----------
    update : mapping of str to str
        The next value of each parameter of the loss, and of whatever else the step carries: formulas in the state,
        eta, the constants, the slopes ``gx, gy, ...``, ``loss`` and ``sharpness``. All read the state before the step.
    state : mapping of str to number or str
        What else the step carries, and with what it begins: a number, or a formula in the loss's parameters.
    size : str
        The step size as a formula in the same names; eta where it is empty.
    cycle : tuple of Expr
        Step sizes that are taken in turn: one step of the map is one of each.
    every : int
        How many steps, or turns, make one step of the map.
    counted : bool
        Whether the state carries the number t of the step, so that formulas may use it.
    averages : mapping of str to str
        Names for means over the steps before, of formulas in the same names.
    """

    update: Mapping[str, str] = field(default_factory=lambda: _NO_TEXTS)
    state: Mapping[str, Number] = field(default_factory=lambda: _NO_VALUES)
    size: str = ""
    cycle: tuple[sp.Expr, ...] = ()
    every: int = 1
    counted: bool = False
    averages: Mapping[str, str] = field(default_factory=lambda: _NO_TEXTS)


@dataclass(frozen=True)
class Surroundings:
    """What the formulas of a step may use besides the state.

    Parameters
    ----------
    constants : mapping of Symbol to Expr
        Their values.
    vocabulary : Vocabulary
        Names for formulas, columns of data, and matrices.
    """

    constants: Mapping[sp.Symbol, sp.Expr] = field(default_factory=lambda: _NO_CONSTANTS)
    vocabulary: Vocabulary = NOTHING_MORE


def written_step(loss: Loss, written: WrittenStep, around: Surroundings) -> StepMap:
    """Return the step that formulas describe.

    Raises
    ------
    InputError
        When a parameter or a further state has no formula, or one cannot be read.

    Examples
    --------
    >>> texts = WrittenStep({"x": "x - eta*m", "m": "beta*m + gx"}, {"m": 0})
    >>> constants = Surroundings({symbol("beta"): sp.Rational(9, 10)})
    >>> written_step(Loss.parse("x**2/2", "x"), texts, constants).update
    (-eta*m + x, gx + 9*m/10)
    """
    parameters = {p.name: p for p in loss.parameters}
    for word in written.state:
        if parse_names(word) != (word,) or word in parameters or symbol(word) in (*around.constants, T):
            raise InputError(f"state.{word} is a parameter, a constant or t, or is no name: call it otherwise")
    carried = tuple(Carried(symbol(n), exact(v, f"state.{n}", parameters)) for n, v in written.state.items())
    state = (*loss.parameters, *(c.symbol for c in carried))
    missing = [s.name for s in state if s.name not in written.update]
    extra = [n for n in written.update if symbol(n) not in state]
    if missing or extra:
        wrong = f"[step] has no formula for {missing[0]}" if missing else f"[step] gives {extra[0]}, which is no state"
        all_ = ", ".join(s.name for s in state)
        raise InputError(f"{wrong}: write one for each of {all_}; what else it carries stands with its start in state")
    names, bindings = _names(loss, (*state, T) if written.counted else state, around)
    update = [_read(written.update[s.name], f"step.{s.name}", names, around) for s in state]
    rest = _rest(loss, state, update)
    carried = tuple(replace(c, rest=(rest or {}).get(c.symbol)) for c in carried)
    free = tuple(c for c in loss.constants if c not in around.constants)
    if written.counted:
        state, update = (*state, T), [*update, T + 1]
        carried = (*carried, Carried(T, sp.S.Zero))
    return StepMap(
        f"the step on {loss.name}",
        state,
        tuple(update),
        (ETA, *free),
        _used(bindings, update),
        carried,
        rest is not None,
    )


def _rest(loss: Loss, state: Sequence[sp.Symbol], update: Sequence[sp.Expr]) -> Mapping[sp.Symbol, sp.Expr] | None:
    """What else a step carries at a point where the gradient vanishes, if the step rests there; None if unknown."""
    flat: dict[sp.Symbol, sp.Expr] = {symbol(f"g{p.name}"): sp.S.Zero for p in loss.parameters}
    further = list(state[len(loss.parameters) :])
    moved = [u.xreplace(flat) - s for u, s in zip(update, state, strict=True)]
    own, others = moved[: len(loss.parameters)], moved[len(loss.parameters) :]
    if not all(m.is_polynomial(*further) and sp.Poly(m, *further).total_degree() <= 1 for m in others):
        return None
    rest = sp.solve(others, further, dict=True) if further else [{}]
    if len(rest) != 1 or len(rest[0]) != len(further):
        return None
    return rest[0] if all(sp.simplify(m.subs(rest[0])) == 0 for m in own) else None


def with_step_size(step: StepMap, loss: Loss, text: str, around: Surroundings) -> StepMap:
    """Return a step whose size is a formula in the state; eta in the formula is the one it had.

    Raises
    ------
    InputError
        When the formula cannot be read.

    Examples
    --------
    >>> from edgestab.theory.optimizers.gradient_descent import gradient_descent
    >>> loss = Loss.parse("x**4/4", "x")
    >>> with_step_size(gradient_descent(loss), loss, "1/sharpness", Surroundings()).closed_form()
    (2*x/3,)
    """
    names, bindings = _names(loss, step.state, around)
    size = _read(text, "eta", names, around)
    used = _used(bindings, [size])
    new: dict[sp.Symbol, sp.Expr] = {ETA: SIZE}
    return replace(
        step,
        update=tuple(u.xreplace(new) for u in step.update),
        bindings=(*used, (SIZE, size), *((b, e.xreplace(new)) for b, e in step.bindings)),
    )


def with_averages(step: StepMap, loss: Loss, texts: Mapping[str, str], around: Surroundings) -> StepMap:
    r"""Return a step that carries means over time, :math:`m_{t + 1} = m_t + (f(\theta_t) - m_t)/(t + 1)`, from 0.

    So :math:`m_t` is the mean of f over the steps 0 to t - 1.

    Raises
    ------
    InputError
        When a formula cannot be read, or a name is taken.

    Examples
    --------
    >>> from edgestab.theory.optimizers.gradient_descent import gradient_descent
    >>> loss = Loss.parse("x**2/2", "x")
    >>> with_averages(gradient_descent(loss), loss, {"m": "x"}, Surroundings()).update
    (-eta*x + x, m + (-m + x)/(t + 1), t + 1)
    """
    plain = [s for s in step.state if s != T]
    taken = {*plain, *step.parameters, *around.constants, ETA, T}
    for word in texts:
        if parse_names(word) != (word,) or symbol(word) in taken:
            raise InputError(f"averages.{word} is a parameter, a constant or t, or is no name: call it otherwise")
    names, bindings = _names(loss, step.state, around)
    formulas = {symbol(n): _read(text, f"averages.{n}", names, around) for n, text in texts.items()}
    own = {b for b, _ in step.bindings}
    used = [(b, e) for b, e in _used(bindings, list(formulas.values())) if b not in own]
    means = tuple(m + (f - m) / (T + 1) for m, f in formulas.items())
    update = tuple(u for s, u in zip(step.state, step.update, strict=True) if s != T)
    carried = (*(c for c in step.carried if c.symbol != T), *(Carried(m, sp.S.Zero) for m in (*formulas, T)))
    return replace(
        step,
        state=(*plain, *formulas, T),
        update=(*update, *means, T + 1),
        bindings=(*step.bindings, *used),
        carried=carried,
    )


def with_decay(loss: Loss, decay: sp.Expr) -> Loss:
    r"""Return :math:`L + \tfrac\lambda2|\theta|^2`, whose gradient every rule takes.

    Examples
    --------
    >>> with_decay(Loss.parse("x - y", "x y"), sp.S.Half).expression
    x**2/4 + x + y**2/4 - y
    """
    penalty = decay / 2 * sp.Add(*(p**2 for p in loss.parameters))
    return loss if decay == 0 else replace(loss, expression=loss.expression + sp.expand(penalty))


def _names(
    loss: Loss, state: Sequence[sp.Symbol], around: Surroundings
) -> tuple[dict[str, Meaning], tuple[Binding, ...]]:
    """The names that formulas of a step may use, and what those of quantities stand for."""
    quantities = {f"g{p.name}": g for p, g in zip(loss.parameters, loss.gradient, strict=True)} | {"loss": loss.value}
    if loss.sharpness is not None:
        quantities["sharpness"] = loss.sharpness
    own = {s.name: s for s in (*state, ETA, *loss.constants, *around.constants)}
    bindings = tuple((symbol(n), e) for n, e in quantities.items() if n not in own)
    known = {**{s.name: s for s, _ in bindings}, **own}
    return around.vocabulary.known(known), bindings


def _read(text: str, name: str, names: Mapping[str, Meaning], around: Surroundings) -> sp.Expr:
    try:
        return parse_expression(text, names).subs(around.constants)
    except InputError as error:
        raise InputError(f"{name}: {error}") from error


def _used(bindings: Sequence[Binding], expressions: Sequence[sp.Expr]) -> tuple[Binding, ...]:
    free = {s for e in expressions for s in e.free_symbols}
    return tuple((s, e) for s, e in bindings if s in free)
