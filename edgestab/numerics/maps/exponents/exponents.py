"""Lyapunov exponents of step maps: labelled results, and jobs that map them over starts and parameters.

The definitions, and the functions on plain arrays, are in `edgestab.numerics.maps.exponents.growth`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from edgestab.errors import InputError
from edgestab.numerics import inputs
from edgestab.numerics.inputs import Name
from edgestab.numerics.maps.exponents.growth import Growth, Measurement, growth
from edgestab.numerics.maps.pictures.slices import Axis
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.programs.variational import variational
from edgestab.numerics.tiling.tiles import Coordinate, Layout, Part, Tile, Variable
from edgestab.theory.models.base import Model
from edgestab.theory.stepmap import StepMap

__all__ = ["Axis", "ExponentsJob", "Growth", "Measurement", "exponents", "growth"]

Array = NDArray[np.float64]


def exponents(
    model_or_step: Model | StepMap,
    starts: ArrayLike,
    parameters: Mapping[Name, ArrayLike],
    *,
    steps: int,
    transient: int,
    count: int | None = 1,
    renormalise: int = 16,
    windows: int = 1,
    radius: float = 1e8,
    threads: int | None = None,
) -> xr.Dataset:
    """Return the Lyapunov exponents of many orbits as a labelled dataset.

    Parameters
    ----------
    model_or_step : Model or StepMap
        The map; of a model, the step in its own coordinates. Exponents are the same in all coordinates.
    starts, parameters, threads
        As in `growth`.
    steps, transient, count, renormalise, windows, radius
        As in `Measurement`.

    Returns
    -------
    Dataset
        ``exponent`` and ``standard_error`` over (index, orbit), ``finite_time`` over (window, index, orbit),
        ``status`` and ``steps`` over (orbit,).

    Examples
    --------
    >>> from edgestab.theory.models.catalogue import model
    >>> from edgestab.theory.symbols import ETA
    >>> found = exponents(model("quartic"), [[1.4], [0.7]], {ETA: 0.1}, steps=4000, transient=1000, count=None)
    >>> found.exponent.values[:, 0].round(3)
    array([ 0.   , -0.686])
    """
    step = model_or_step.own.step if isinstance(model_or_step, Model) else model_or_step
    rules = Measurement(steps, transient, count, renormalise, windows, radius)
    found = growth(step, starts, parameters, rules, threads=threads)
    k, n = found.exponent.shape
    layout = _layout(step, rules, k, {"orbit": n}, {"orbit": n}, {})
    return layout.dataset(_columns(found, (n,)))


def _columns(found: Growth, shape: tuple[int, ...]) -> Tile:
    columns: dict[str, NDArray[Any]] = {
        "exponent": found.exponent,
        "standard_error": found.standard_error,
        "finite_time": found.finite_time,
        "status": found.status,
        "steps": found.steps,
    }
    return {name: values.reshape(*values.shape[:-1], *shape) for name, values in columns.items()}


def _layout(
    step: StepMap,
    rules: Measurement,
    k: int,
    places: Mapping[str, int],
    tile: Mapping[str, int],
    axes: Mapping[str, Coordinate],
) -> Layout:
    where = tuple(places)
    flags = {
        "flag_values": [int(s) for s in (Status.BOUNDED, Status.DIVERGED, Status.NONFINITE)],
        "flag_meanings": "MEASURED DIVERGED NONFINITE",
    }
    rate = "nat/iteration"
    variables = {
        "exponent": Variable(("index", *where), "float64", "Lyapunov exponent, in decreasing order", rate),
        "standard_error": Variable(("index", *where), "float64", "standard error from the spread of the windows", rate),
        "finite_time": Variable(("window", "index", *where), "float64", "finite-time Lyapunov exponent", rate),
        "status": Variable(where, "int8", "whether the exponents were measured", "1", flags),
        "steps": Variable(where, "int64", "iterations made, transient included", "iterations"),
    }
    attributes = {
        "title": f"Lyapunov exponents of {step.name}",
        "program": variational(step, k).program.digest,
        "rules": rules.words,
        "arithmetic": "IEEE float64 without contraction",
    }
    number = Coordinate(("index",), np.arange(1, k + 1), "number of the exponent, from the largest")
    return Layout(
        {"window": rules.windows, "index": k, **places}, tile, variables, {"index": number, **axes}, attributes
    )


@dataclass(frozen=True)
class ExponentsJob:
    """Exponents along a range, or over a plane, of starts and parameters (see `edgestab.numerics.tiling.tiles`).

    Parameters
    ----------
    step : StepMap
        The map.
    axes : tuple of Axis
        One, along the dimension ``column``, or two, the second along ``row``.
    fixed : tuple of (Symbol, Fraction or float)
        The values of all other coordinates and parameters; pixels stand for their centres.
    rules : Measurement
        How exponents are measured.
    tile : tuple of int
        Rows and columns of a tile; of a range the columns count.

    Examples
    --------
    >>> from edgestab.numerics.tiling.tiles import compute_tile
    >>> from edgestab.theory.models.catalogue import model
    >>> step = model("frozen-cubic").own.step
    >>> d, s = *step.state, *step.parameters
    >>> job = ExponentsJob(step, (Axis(s, Fraction(0), Fraction(9, 10), 3),), ((d, 0.5),), Measurement(1000, 1000))
    >>> compute_tile(job, 0)["exponent"].round(4)
    array([[-0.3567, -2.3026, -0.6931]])
    """

    step: StepMap
    axes: tuple[Axis, ...]
    fixed: tuple[tuple[sp.Symbol, Fraction | float], ...]
    rules: Measurement
    tile: tuple[int, int] = (128, 128)

    def __post_init__(self) -> None:
        if len(self.axes) not in (1, 2):
            raise InputError(f"a map has one axis or two, got {len(self.axes)}")
        wanted = [*self.step.state, *self.step.parameters]
        fixed = inputs.by_symbol(dict(self.fixed), wanted)
        if len(fixed) == len(self.fixed):
            object.__setattr__(self, "fixed", tuple(fixed.items()))
        given = [a.symbol for a in self.axes] + [s for s, _ in self.fixed]
        if set(given) != set(wanted) or len(given) != len(wanted):
            raise InputError(f"each of {', '.join(map(str, wanted))} must be an axis or fixed, once")
        for symbol, value in (*self.fixed, *((a.symbol, a.centres[0]) for a in self.axes)):
            inputs.require_usable(symbol, float(value))
        for size in self.tile:
            inputs.whole(size, "a tile's side", 1)

    @property
    def _k(self) -> int:
        return len(self.step.state) if self.rules.count is None else self.rules.count

    @property
    def layout(self) -> Layout:
        """The shape of the result."""
        names = ("column", "row")[: len(self.axes)]
        along = dict(zip(names, self.axes, strict=True))
        places = {d: along[d].count for d in reversed(names)}
        tile = {d: min(size, places[d]) for d, size in zip(("row", "column"), self.tile, strict=True) if d in places}
        axes = {str(a.symbol): Coordinate((d,), a.centres, str(a.symbol)) for d, a in along.items()}
        return _layout(self.step, self.rules, self._k, places, tile, axes)

    @property
    def identity(self) -> dict[str, Any]:
        """What the values depend on."""
        rules = self.rules
        return {
            "kind": "exponents",
            "program": variational(self.step, self._k).program.digest,
            "inputs": [str(s) for s in (*self.step.state, *self.step.parameters)],
            "axes": [a.identity for a in self.axes],
            "fixed": {str(s): str(v) for s, v in self.fixed},
            "rules": [rules.steps, rules.transient, self._k, rules.renormalise, rules.windows, rules.radius],
        }

    def compute(self, part: Part) -> Tile:
        """Return the values of one tile."""
        lines = [a.centres[part[d]] for d, a in zip(("column", "row"), self.axes, strict=False)]
        grid = np.meshgrid(*reversed(lines), indexing="ij")
        at: dict[sp.Symbol, Any] = {s: float(v) for s, v in self.fixed}
        at |= {a.symbol: g.ravel() for a, g in zip(self.axes, reversed(grid), strict=True)}
        starts = np.array([np.broadcast_to(at[s], grid[0].size) for s in self.step.state], dtype=np.float64)
        found = growth(self.step, starts, {p: at[p] for p in self.step.parameters}, self.rules)
        return _columns(found, grid[0].shape)
