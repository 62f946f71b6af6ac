"""What callers give: read once, at the door, into symbols, arrays and exact numbers, or refused in one sentence."""

from __future__ import annotations

import operator
from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from edgestab.errors import InputError
from edgestab.theory.exact import rational
from edgestab.theory.symbols import ETA

Array = NDArray[np.float64]
Name: TypeAlias = "sp.Symbol | str"
"""A variable: by its symbol, or by the symbol's name."""


def by_symbol(given: Mapping[Name, Any], symbols: Collection[sp.Symbol]) -> dict[sp.Symbol, Any]:
    """Return a mapping whose keys are these symbols, or names of them, by symbol; other keys stay.

    Raises
    ------
    InputError
        When it is no mapping, or one symbol has two values.

    Examples
    --------
    >>> by_symbol({"eta": 0.2}, [ETA]) == {ETA: 0.2}
    True
    """
    if not isinstance(given, Mapping):
        raise InputError(f'values are given by name, such as {{"eta": 0.2}}, got {_shortened(given)}')
    known = {s.name: s for s in symbols}
    found: dict[sp.Symbol, Any] = {}
    for key, value in given.items():
        symbol = known.get(str(key), key)
        if symbol in found:
            raise InputError(f"{symbol} has two values: leave one out")
        found[symbol] = value
    return found


def one_each(
    given: Mapping[Name, Any], symbols: Sequence[sp.Symbol], owner: str, others: Collection[sp.Symbol] = ()
) -> dict[sp.Symbol, Any]:
    """Return the value of each of these symbols, in their order, and of the others that have one.

    Parameters
    ----------
    given : mapping
        The values by name or symbol.
    symbols : sequence of Symbol
        What must have a value.
    owner : str
        Whose parameters they are, for the sentence.
    others : collection of Symbol
        What may have a value, and need not.

    Raises
    ------
    InputError
        When one has no value, or two, or something else has one.
    """
    found = by_symbol(given, [*symbols, *others])
    missing = [str(s) for s in symbols if s not in found]
    if missing:
        raise InputError(f"no value is given for {', '.join(missing)}")
    unknown = [str(s) for s in found if s not in symbols and s not in others]
    if unknown:
        names = ", ".join(map(str, symbols)) or "none"
        raise InputError(f"{', '.join(unknown)} is no parameter of {owner!r}, which has {names}: leave it out")
    return {s: found[s] for s in (*symbols, *others) if s in found}


def numbers(values: Any, name: str) -> Array:
    """Return real numbers as a float64 array of its own.

    Raises
    ------
    InputError
        For text, truth values, complex numbers, expressions with symbols, or rows of unequal length.

    Examples
    --------
    >>> numbers([Fraction(1, 2), 3], "starts")
    array([0.5, 3. ])
    """
    try:
        plain = np.asarray(values)
        if plain.dtype.kind not in "iufO" or any(isinstance(v, _NO_NUMBERS) for v in _objects(plain)):
            raise TypeError
        return np.array(plain, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{name} must be real numbers, in rows of equal length, got {_shortened(values)}") from None


_NO_NUMBERS = (str, bool, np.bool_, type(None))
"""What NumPy would make numbers of."""


def _objects(array: NDArray[Any]) -> Iterable[Any]:
    return array.ravel() if array.dtype.kind == "O" else ()


def _shortened(value: object) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def points(state: Sequence[sp.Symbol], values: Any, name: str) -> Array:
    """Return points of a state space, shape (n_state, n), one a column; a 1-D array is one point.

    Where there is one state variable, a 1-D array is a point each.

    Raises
    ------
    InputError
        When there is not one row for each state variable.

    Examples
    --------
    >>> from edgestab.theory.symbols import symbols
    >>> points(symbols("x y"), [3, 1], "starts").shape, points(symbols("x"), [3, 1], "starts").shape
    ((2, 1), (1, 2))
    """
    found = numbers(values, name)
    if found.ndim < 2:
        found = found.reshape(1, -1) if len(state) == 1 else found.reshape(-1, 1)
    if found.ndim != 2 or len(found) != len(state):
        shape, names = np.shape(numbers(values, name)), ", ".join(map(str, state))
        hint = ", and not one column" if len(shape) == 2 and shape[1] == len(state) else ""
        raise InputError(
            f"{name} must have the shape ({len(state)}, n), one row for each of {names}{hint}, got {shape}"
        )
    return found


def parameters(
    symbols: Sequence[sp.Symbol],
    given: Mapping[Name, Any],
    count: int,
    owner: str,
    others: Collection[sp.Symbol] = (),
) -> dict[sp.Symbol, Array]:
    """Return the finite value of each parameter: one number, of shape (), or one for each of `count` orbits.

    Parameters
    ----------
    symbols, given, owner, others
        As in `one_each`.
    count : int
        How many orbits there are.

    Raises
    ------
    InputError
        As in `one_each`; for a wrong shape, for a value that is not finite, or a step size that is not positive.
    """
    found = {}
    for symbol, value in one_each(given, symbols, owner, others).items():
        v = numbers(value, str(symbol))
        if v.shape == (1,) != (count,):
            v = v.reshape(())
        if v.shape not in ((), (count,)):
            raise InputError(f"{symbol} must be a number or have the shape ({count},), got {v.shape}")
        require_usable(symbol, v)
        found[symbol] = v
    return found


def require_usable(symbol: sp.Symbol, value: ArrayLike) -> None:
    """Refuse a step size that is not positive and finite, and any other value that is not finite."""
    v = np.asarray(value, dtype=np.float64)
    bad = ~np.isfinite(v) | (v <= 0 if symbol == ETA else False)
    if bad.any():
        what = "step size must be positive and finite" if symbol == ETA else f"the value of {symbol} must be finite"
        raise InputError(f"{what}, got {v[bad].flat[0]:g}")


def exact(value: Any, name: str) -> Fraction:
    """Return the exact rational number that a value stands for, as `edgestab.theory.exact.rational` reads it.

    Examples
    --------
    >>> exact(0.1, "eta"), exact("1/3", "eta")
    (Fraction(1, 10), Fraction(1, 3))
    """
    if isinstance(value, Fraction):
        return value
    found = rational(value, name)
    return Fraction(int(found.p), int(found.q))


def require_finite(value: Any, name: str) -> None:
    """Refuse anything but one finite real number."""
    try:
        found = numbers(value, name)
    except InputError:
        found = np.array(np.nan)
    if found.ndim or not np.isfinite(found):
        raise InputError(f"{name} must be a finite number, got {_shortened(value)}")


def whole(value: Any, name: str, least: int | None = None) -> int:
    """Return a whole number, of at least `least`.

    Raises
    ------
    InputError
        For any other value.
    """
    try:
        if isinstance(value, bool | np.bool_):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise InputError(f"{name} must be a whole number, got {_shortened(value)}") from None
    if least is not None and number < least:
        raise InputError(f"{name} must be at least {least}, got {number}")
    return number


def interval(ends: Any, name: str) -> tuple[Any, Any]:
    """Return two finite numbers in ascending order, as they were given.

    Raises
    ------
    InputError
        For anything else.
    """
    try:
        low, high = ends
        for end in (low, high):
            require_finite(end, name)
        if low < high:
            return low, high
    except (TypeError, ValueError):
        pass
    raise InputError(f"{name} must be two finite numbers in ascending order, the low end first, got {_shortened(ends)}")


def require_box(symbols: Sequence[sp.Symbol], box: Sequence[object]) -> None:
    """Refuse a box that has not one interval for each variable, finite and in ascending order."""
    if len(box) != len(symbols):
        raise InputError(f"the box has {len(box)} sides but the state {len(symbols)} variables")
    for side, symbol in zip(box, symbols, strict=True):
        interval(side, f"the box's interval of {symbol}")


def point(symbols: Sequence[sp.Symbol], values: Any, name: str) -> Array:
    """Return one finite point of a state space, shape (n_state,).

    Raises
    ------
    InputError
        When there is not one finite number for each state variable.
    """
    found = numbers(values, name)
    if found.shape != (len(symbols),) or not np.isfinite(found).all():
        raise InputError(f"{name} must be {len(symbols)} finite numbers, got {_shortened(values)}")
    return found
