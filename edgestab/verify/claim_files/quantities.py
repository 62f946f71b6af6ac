"""What claim files may name of a model: its loss, eigenvalues of its Hessian, and the sharpness that flow ends with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

import sympy as sp
from sympy.core.relational import Relational

from edgestab.errors import InputError
from edgestab.theory.eigenvalue import MOST, eigenvalue, overlap
from edgestab.theory.models.base import Model, Pair
from edgestab.theory.models.pair import OTHER
from edgestab.theory.relations import mapped
from edgestab.theory.symbols import symbol
from edgestab.theory.text.meanings import Family, Meaning

E = TypeVar("E", bound=sp.Basic)

_SYMBOLS = {name: symbol(name) for name in ("loss", "sharpness", "gfs_sharpness")}
_TWINS = {name: symbol(name + OTHER) for name in ("loss", "sharpness")}
_EIGENVALUES = {str(k): symbol(f"eigenvalue({k})") for k in range(1, MOST + 1)}


def with_quantities(expression: E, model: Model, known: Mapping[str, Meaning]) -> E:
    """Return an expression with the names of quantities replaced by what they are in the model's own coordinates.

    A parameter or constant that a user calls by one of these names stays what it is.

    Raises
    ------
    InputError
        When the model has no such quantity as an expression.

    Examples
    --------
    >>> from edgestab.theory.models.catalogue import model
    >>> of = model("degree-2")
    >>> names = names_with_quantities(of, {})
    >>> with_quantities(names["loss"], of, {})
    (-x*y + 1)**2/2
    """
    free = expression.free_symbols
    values = {s: find() for s, find in _quantities(model, known).items() if s in free}
    if isinstance(expression, Relational):
        found: E = mapped(expression, lambda side: side.xreplace(values))
    else:
        found = expression.xreplace(values)
    return found


def names_with_quantities(model: Model, known: Mapping[str, Meaning]) -> Mapping[str, Meaning]:
    """Return the names that a text may use: those known, and those of quantities.

    ``eigenvalue(k)`` is the k-th largest eigenvalue of the Hessian, ``overlap(x)`` the square of the cosine of the
    angle between the eigenvector of the largest and the axis of the parameter x.
    """
    twins = {} if model.pair is None else {s.name: s for s in _TWINS.values()}
    return {**_SYMBOLS, **twins, "eigenvalue": Family(_EIGENVALUES), "overlap": Family(_overlaps(model)), **known}


def _overlaps(model: Model) -> dict[str, sp.Symbol]:
    return {p.name: symbol(f"overlap({p.name})") for p in model.own.step.state if p != model.own.step.clock}


def _quantities(model: Model, known: Mapping[str, Meaning]) -> dict[sp.Symbol, Callable[[], sp.Expr]]:
    """How each quantity that is not a name of the user's is found."""
    finders: dict[sp.Symbol, Callable[[], sp.Expr]] = {
        _SYMBOLS["loss"]: partial(_loss, model),
        _SYMBOLS["sharpness"]: partial(_eigenvalue, model, "sharpness", 1),
        _SYMBOLS["gfs_sharpness"]: partial(_ending, model),
    }
    finders |= {s: partial(_eigenvalue, model, f"eigenvalue({k})", int(k)) for k, s in _EIGENVALUES.items()}
    finders |= {s: partial(_overlap, model, name) for name, s in _overlaps(model).items()}
    if model.pair is not None:
        finders |= {s: partial(_of_twin, model.pair, finders[_SYMBOLS[name]]) for name, s in _TWINS.items()}
    return {s: find for s, find in finders.items() if s.name.partition("(")[0] not in known}


def _of_twin(pair: Pair, find: Callable[[], sp.Expr]) -> sp.Expr:
    return find().xreplace(pair.twin)


def _loss(model: Model) -> sp.Expr:
    loss = model.loss if model.pair is None else model.pair.loss
    if loss is None:
        raise _unknown(model, "loss")
    return loss.value


def _ending(model: Model) -> sp.Expr:
    if model.own.gfs_sharpness is None:
        raise _unknown(model, "gfs_sharpness")
    return model.own.gfs_sharpness


def _eigenvalue(model: Model, name: str, k: int) -> sp.Expr:
    hessian = _hessian(model, name)
    if k > hessian.rows:
        raise InputError(f"the Hessian of {model.name} has {hessian.rows} eigenvalues: there is no {name}")
    if hessian.rows > MOST:
        raise InputError(f"{name} of more than {MOST} parameters is no expression here: write the quantity out")
    return eigenvalue(hessian, k)


def _overlap(model: Model, name: str) -> sp.Expr:
    """The square of a component of the top eigenvector, from the eigenvalues of the Hessian and of its minor."""
    hessian = _hessian(model, f"overlap({name})")
    loss = model.loss if model.pair is None else model.pair.loss
    names = [] if loss is None else [p.name for p in loss.parameters]
    if name not in names or hessian.rows != len(names):
        raise _unknown(model, f"overlap({name})")
    if hessian.rows > MOST:
        raise InputError(f"overlap({name}) of more than {MOST} parameters is no expression here: write it out")
    return overlap(hessian, names.index(name))


def _hessian(model: Model, name: str) -> sp.ImmutableMatrix:
    found = model.hessian if model.pair is None else model.pair.loss.hessian
    if found is None:
        raise _unknown(model, name)
    return found


def _unknown(model: Model, name: str) -> InputError:
    return InputError(f"{model.name} has no {name} as an expression: write the quantity out")
