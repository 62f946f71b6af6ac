"""Pictures of a space of starts and parameters: two axes cut into pixels, everything else fixed."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from edgestab.errors import InputError
from edgestab.numerics import inputs
from edgestab.numerics.inputs import Name
from edgestab.numerics.orbits.coordinates import evaluate
from edgestab.theory.models.base import Model
from edgestab.theory.region import Region
from edgestab.theory.symbols import symbol as symbol_called

Array = NDArray[np.float64]

LARGEST = 1 << 20
"""The most pixels along one axis."""


@dataclass(frozen=True)
class Axis:
    """One axis of a picture: a variable over an interval, in equal pixels.

    Parameters
    ----------
    symbol : Symbol
        A parameter of the step, or a variable in which starts are written; a name will do.
    low, high : Fraction
        The ends, exact; a float stands for the decimal that was written.
    count : int
        Pixels. A pixel stands for its centre, ``low + (i + 1/2) (high - low) / count``.

    Examples
    --------
    >>> from edgestab.theory.symbols import symbol
    >>> Axis(symbol("x"), Fraction(0), Fraction(1), 4).centres
    array([0.125, 0.375, 0.625, 0.875])
    """

    symbol: sp.Symbol
    low: Fraction
    high: Fraction
    count: int

    def __post_init__(self) -> None:
        if isinstance(self.symbol, str):
            object.__setattr__(self, "symbol", symbol_called(self.symbol))
        for end in ("low", "high"):
            object.__setattr__(self, end, inputs.exact(getattr(self, end), f"the {end} end of {self.symbol}"))
        inputs.whole(self.count, f"the number of pixels of {self.symbol}")
        if not self.low < self.high:
            raise InputError(f"the interval of {self.symbol} is empty: write the smaller end first")
        if not 1 <= self.count <= LARGEST:
            raise InputError(f"{self.symbol} takes between 1 and {LARGEST} pixels, got {self.count}")

    def exact(self, index: int) -> Fraction:
        """Return the centre of a pixel."""
        return self.low + (2 * index + 1) * (self.high - self.low) / (2 * self.count)

    @property
    def centres(self) -> Array:
        """The centres of the pixels, each the double nearest to the exact one, shape (count,)."""
        return _centres(self.low, self.high, self.count)

    @property
    def pitch(self) -> Fraction:
        """The distance of two pixels, relative to the larger end."""
        return (self.high - self.low) / self.count / max(abs(self.low), abs(self.high))

    @property
    def identity(self) -> list[str | int]:
        """The axis as JSON can hold it."""
        return [str(self.symbol), str(self.low), str(self.high), self.count]


@functools.lru_cache(maxsize=64)
def _centres(low: Fraction, high: Fraction, count: int) -> Array:
    # One exact rational a pixel; integer arithmetic on a common denominator is an order faster than fractions.
    scale = 2 * count * low.denominator * high.denominator
    first = 2 * count * low.numerator * high.denominator
    step = high.numerator * low.denominator - low.numerator * high.denominator
    centres = np.array([(first + (2 * i + 1) * step) / scale for i in range(count)])
    centres.setflags(write=False)
    return centres


@dataclass(frozen=True)
class Slice:
    """A plane of starts and parameters.

    Parameters
    ----------
    columns, rows : Axis
        The horizontal and the vertical axis.
    start : tuple of Expr
        The model's own coordinates of the start, in the axes' symbols, the fixed symbols and the parameters. Any
        plane, curved or not, of a space of any dimension can be written so.
    fixed : tuple of (Symbol, Fraction)
        What does not vary.
    """

    columns: Axis
    rows: Axis
    start: tuple[sp.Expr, ...]
    fixed: tuple[tuple[sp.Symbol, Fraction], ...] = ()

    def __post_init__(self) -> None:
        _require_two(self.columns, self.rows)
        known = {self.columns.symbol, self.rows.symbol, *(s for s, _ in self.fixed)}
        unknown = sorted(str(s) for e in self.start for s in e.free_symbols - known)
        if unknown:
            raise InputError(f"the starts depend on {', '.join(unknown)}: give it a value")

    @property
    def axes(self) -> dict[sp.Symbol, Axis]:
        """The axes by symbol, the horizontal one first."""
        return {self.columns.symbol: self.columns, self.rows.symbol: self.rows}

    @property
    def values(self) -> dict[sp.Symbol, Fraction]:
        """What does not vary."""
        return dict(self.fixed)

    @property
    def identity(self) -> dict[str, object]:
        """The slice as JSON can hold it."""
        return {
            "columns": self.columns.identity,
            "rows": self.rows.identity,
            "start": [str(e) for e in self.start],
            "fixed": {str(s): str(v) for s, v in self.fixed},
        }

    def named(self, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> dict[sp.Symbol, Array | float]:
        """Return the value of every symbol at some pixels, given by their indices."""
        return {
            self.columns.symbol: self.columns.centres[columns],
            self.rows.symbol: self.rows.centres[rows],
            **{s: float(v) for s, v in self.fixed},
        }

    def starts(self, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Array:
        """Return the starts at some pixels, in the model's own coordinates, shape (n_state, n)."""
        return np.array(evaluate(self.start, self.named(rows, columns)))

    def parameters(
        self, symbols: tuple[sp.Symbol, ...], rows: NDArray[np.intp], columns: NDArray[np.intp]
    ) -> dict[sp.Symbol, Array]:
        """Return the parameters of the step at some pixels, each of shape (n,)."""
        named = self.named(rows, columns)
        return {s: np.broadcast_to(np.asarray(named[s], dtype=np.float64), rows.shape) for s in symbols}


def _require_two(columns: Axis, rows: Axis) -> None:
    if columns.symbol == rows.symbol:
        raise InputError(f"both axes are {columns.symbol}: name two variables")


def slice_of(model: Model, columns: Axis, rows: Axis, fixed: Mapping[Name, Fraction | float]) -> Slice:
    """Return the slice whose axes are coordinates of a model's starts, or parameters of its step.

    Parameters
    ----------
    model : Model
        Its own coordinates, or those of one of its charts, name the starts.
    columns, rows : Axis
        The axes.
    fixed : mapping
        A value for every coordinate and parameter that is no axis, by symbol or name; a float stands for the
        decimal that was written.

    Raises
    ------
    InputError
        When a value is missing, superfluous or not finite, or no chart has these coordinates.

    Examples
    --------
    >>> from edgestab.theory.models.catalogue import model
    >>> from edgestab.theory.symbols import ETA, symbol
    >>> x, y = Axis(symbol("x"), Fraction(3), Fraction(4), 8), Axis(symbol("y"), Fraction(0), Fraction(1), 8)
    >>> slice_of(model("quartic"), x, y, {ETA: Fraction(1, 5)}).start
    (x, y)
    """
    _require_two(columns, rows)
    parameters = model.own.step.parameters
    known = {*parameters, *model.own.step.state, *(s for chart in model.all_charts for s in chart.target)}
    values = {s: inputs.exact(v, str(s)) for s, v in inputs.by_symbol(fixed, known).items()}
    given = {columns.symbol, rows.symbol, *values}
    missing = [str(p) for p in parameters if p not in given]
    if missing:
        raise InputError(f"no value is given for {', '.join(missing)}")
    coordinates = tuple(str(s) for s in (columns.symbol, rows.symbol, *values) if s not in parameters)
    region = Region.of(model, coordinates, ())
    # Momentum keeps the symbols of its own state; a chart may bring symbols that differ by their assumptions.
    return Slice(columns, rows, region.start, tuple(sorted(values.items(), key=lambda item: str(item[0]))))
