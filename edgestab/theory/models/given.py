"""The model that a user gives: by its name, or by a loss, its parameters, an update rule and constants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.loss import Loss, Names
from edgestab.theory.models.base import Model
from edgestab.theory.models.catalogue import model
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.optimizers.catalogue import update_rule
from edgestab.theory.optimizers.gradient_descent import GRADIENT_DESCENT
from edgestab.theory.optimizers.rule import UpdateRule
from edgestab.theory.optimizers.written import (
    Surroundings,
    WrittenStep,
    with_averages,
    with_decay,
    with_step_size,
    written_step,
)
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import ETA, symbol
from edgestab.theory.text.names import names_of
from edgestab.theory.text.vocabulary import NOTHING_MORE, Vocabulary


@dataclass(frozen=True)
class Wording:
    """How messages ask for a loss and its parameters, where these are given."""

    loss: str = 'loss = "EXPRESSION"'
    parameters: str = 'parameters = "x y"'


ALONE = WrittenStep()
"""Nothing is written about the step."""
_NONE: Mapping[sp.Symbol, sp.Expr] = MappingProxyType({})


def model_given(
    name: str | None = None,
    loss: str | None = None,
    parameters: Names | None = None,
    optimizer: str = GRADIENT_DESCENT.name,
    constants: Mapping[sp.Symbol, sp.Expr] = _NONE,
    title: str = "loss",
    wording: Wording = Wording(),
    free: Sequence[str] = (),
    vocabulary: Vocabulary = NOTHING_MORE,
    written: WrittenStep = ALONE,
    decay: sp.Expr = sp.S.Zero,
) -> Model:
    """Return the built-in model of a name, or the model of a loss under an update rule.

    Parameters
    ----------
    name : str, optional
        A built-in model.
    loss : str, optional
        An expression, instead of a name.
    parameters : str or iterable of str, optional
        Of the loss.
    optimizer : str
        A key of `edgestab.theory.optimizers.catalogue.OPTIMIZERS`, for a loss.
    constants : mapping of Symbol to Expr
        The values of the loss's other names and of the update rule's factors; more do no harm.
    title : str
        What the loss is called.
    wording : Wording
        For messages.
    free : sequence of str
        Names, of the loss or of factors of the update rule, that stay parameters of the step: they vary.
    vocabulary : Vocabulary
        Names for parts of the loss, columns of data, and matrices.
    written : WrittenStep
        Formulas for the step, instead of an update rule, and for its size.
    decay : Expr
        Weight decay: every rule takes the gradient of L + decay/2 `|theta|^2`, which is the model's loss.

    Raises
    ------
    InputError
        When not exactly one of name and loss is given, or anything in them is wrong or missing.

    Examples
    --------
    >>> model_given(loss="(c - x)**2", parameters="x", constants={symbol("c"): sp.Integer(2)}).own.step.update
    (-eta*(2*x - 4) + x,)
    """
    if (name is None) == (loss is None):
        raise InputError(f"give either a model's name or {wording.loss} with {wording.parameters}")
    names = names_of(parameters) if parameters else ()
    if "eta" in names or ETA in constants:
        raise InputError("eta is the step size: call the parameter or constant otherwise")
    if name is not None:
        if (
            names
            or update_rule(optimizer) is not GRADIENT_DESCENT
            or replace(written, counted=False, averages=ALONE.averages) != ALONE
            or decay != 0
        ):
            raise InputError("a built-in model has its own parameters and step: leave out parameters and optimizer")
        found_ = model(name)
        if not written.counted:
            return found_
        step = found_.own.step.clocked()
        if written.averages:
            if found_.loss is None:
                raise InputError(f"{found_.name} has no loss: averages are of a model with one")
            step = with_averages(step, found_.loss, written.averages, Surroundings(constants, vocabulary))
        return replace(found_, coordinates=(replace(found_.own, step=step),), charts=())
    if not names:
        raise InputError(f"a loss needs its parameters, for example {wording.parameters}")
    rule = update_rule(optimizer)
    both = [n for n in names if symbol(n) in constants]
    if both:
        raise InputError(f"{both[0]} is a parameter and a constant: call one of them otherwise")
    factors = {f.symbol.name for f in rule.factors}
    own = [n for n in free if n not in factors]
    found = Loss.parse(loss or "", names, (*constants, *own), title, vocabulary)
    shared = [f for f in rule.factors if f.symbol in found.constants]
    if shared:
        what = f"the {shared[0].title} of {rule.name} and a constant of the loss"
        raise InputError(f"{shared[0].symbol} is {what}: call the loss's otherwise")
    found = found.with_constants(constants)
    found = with_decay(found, decay)
    return model_of_loss(found, _step(found, rule, written, Surroundings(constants, vocabulary), free))


def _step(
    loss: Loss, rule: UpdateRule, written: WrittenStep, around: Surroundings, free: Sequence[str]
) -> StepMap | None:
    """The step that is asked for; None for plain gradient descent."""
    if written.update:
        if rule is not GRADIENT_DESCENT:
            raise InputError("[step] is the step itself: leave out the optimizer")
        step = written_step(loss, written, around)
    elif written.state:
        raise InputError("state is what a [step] carries: give its formulas, or leave it out")
    elif rule is GRADIENT_DESCENT and written == ALONE:
        return None
    else:
        step = rule.on(loss, around.constants, free)
        step = step.clocked() if written.counted else step
    step = with_step_size(step, loss, written.size, around) if written.size else step
    step = with_averages(step, loss, written.averages, around) if written.averages else step
    if (written.cycle or written.every > 1) and (written.size or written.counted):
        raise InputError("steps in turn, or several at once, have sizes that are numbers, and are not counted by t")
    step = step.in_turn(ETA, written.cycle) if written.cycle else step
    return step.compose(written.every) if written.every > 1 else step
