"""Orbit diagrams: where the orbits of a map go as one of its parameters, or its start, varies.

An orbit diagram (bifurcation diagram) shows, over each value of a parameter, how often an observable of the orbits
visits each interval of a window once the first steps are left out. Orbits begin afresh in every column, or each column
begins where the one before it ended: swept up and swept down, a map with several attractors shows its hysteresis.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from types import ModuleType
from typing import Any

import numpy as np
import sympy as sp
import xarray as xr
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from edgestab.errors import InputError
from edgestab.numerics import inputs
from edgestab.numerics.printers import density as printer
from edgestab.numerics.programs import modules
from edgestab.numerics.programs.program import Program, program_of, step_program
from edgestab.numerics.tiling import executors
from edgestab.numerics.tiling.running import run
from edgestab.numerics.tiling.tiles import Coordinate, Layout, Part, Tile, Variable
from edgestab.theory.stepmap import StepMap

Array = NDArray[np.float64]
Table = NDArray[np.uint32]
Value = Fraction | float

FRESH, UP, DOWN = "fresh", "up", "down"
DIRECTIONS = (FRESH, UP, DOWN)

COLUMNS = 256
"""Columns in one tile where orbits begin afresh: their counts stay in the second-level cache."""

WIDE, NARROW = 256, 128
"""Orbits that advance together before they count, and while they do."""

_DIMENSIONS = frozenset({"direction", "row", "column", "density", "below", "above", "nonfinite"})


@dataclass(frozen=True, eq=False)
class OrbitDiagramJob:
    r"""How often an observable visits each interval of a window, over a range of one parameter.

    In every column, `kept` values of the observable are counted for each start, at the iterates
    :math:`x_{k+1}, \dots, x_{k+\mathrm{kept}}` with :math:`k` = `settle`. A value v is in row
    :math:`\lfloor (v - \mathrm{low})\,\mathrm{rows}/(\mathrm{high} - \mathrm{low}) \rfloor` of the window [low, high),
    in float64. Values outside it are counted as below, above, or not finite, so that every column sums to
    `kept` times the number of starts.

    Parameters
    ----------
    step : StepMap
        The map.
    swept : Symbol or str
        The parameter that varies; or a state variable, and then that coordinate of every start does.
    interval : tuple of float
        The ends of its range. Columns stand at the centres of equal parts.
    columns : int
        Their number.
    observable : Expr
        Of the state and the parameters.
    window : tuple of float
        The values of the observable that are told apart.
    rows : int
        Into how many equal parts.
    starts : array_like, shape (n_state, m)
        Where the orbits of a column begin.
    settle, kept : int
        Steps before the first that counts, and steps that count.
    parameters : mapping
        The values of the other parameters, by symbol or name.
    directions : tuple of str
        ``fresh``: every column's orbits begin from the starts. ``up``, ``down``: the columns are taken in ascending
        or descending order, and an orbit begins where it ended in the column before, but for the nudge; one that has
        escaped begins from its start again.
    radius : float
        An orbit with a coordinate beyond it, or not finite, has escaped.
    nudge : float
        In a sweep every coordinate x is moved by nudge (1 + abs(x)) where a column begins. Else an orbit that has
        reached an equilibrium to the last bit would stay on it where it is unstable.

    Raises
    ------
    InputError
        When a value is missing, or a range is empty, or nothing would be counted.

    Examples
    --------
    >>> from edgestab.theory.models.catalogue import model
    >>> cubic = model("frozen-cubic").own.step
    >>> (d,), (s,) = cubic.state, cubic.parameters
    >>> job = OrbitDiagramJob(cubic, s, (0.5, 1.2), 7, d, (0.0, 1.4), 27, np.array([[0.4]]), 500, 100)
    >>> (job.compute(job.layout.part(0))["density"][0] > 0).sum(axis=0).tolist()
    [1, 1, 1, 1, 1, 2, 2]
    """

    step: StepMap
    swept: sp.Symbol
    interval: tuple[Value, Value]
    columns: int
    observable: sp.Expr
    window: tuple[Value, Value]
    rows: int
    starts: Array
    settle: int
    kept: int
    parameters: Mapping[sp.Symbol, Value] = field(default_factory=dict)
    directions: tuple[str, ...] = (FRESH,)
    radius: float = 1e8
    nudge: float = 1e-9

    def __post_init__(self) -> None:
        names = (*self.step.parameters, *self.step.state)
        starts = np.atleast_2d(inputs.numbers(self.starts, "starts"))
        starts.flags.writeable = False
        # A copy of its own that nobody can change: a job is a value.
        object.__setattr__(self, "starts", starts)
        object.__setattr__(self, "parameters", inputs.by_symbol(self.parameters, names))
        object.__setattr__(self, "swept", next((s for s in names if s.name == str(self.swept)), self.swept))
        self._check_names()
        self._check_numbers()
        _programs(self.step, self.observable)

    def _check_names(self) -> None:
        step, swept = self.step, self.swept
        names = ", ".join(str(s) for s in (*step.parameters, *step.state))
        if swept not in step.parameters and swept not in step.state:
            raise InputError(f"{swept} is neither a parameter nor a state variable of the map: vary one of {names}")
        missing = [str(p) for p in step.parameters if p != swept and p not in self.parameters]
        if missing:
            raise InputError(f"no value is given for {', '.join(missing)}")
        unused = [str(p) for p in self.parameters if p == swept or p not in step.parameters]
        if unused:
            raise InputError(f"{', '.join(unused)} takes no fixed value here: leave it out of the parameters")
        if swept.name in _DIMENSIONS:
            raise InputError(f"{swept} cannot label an axis of the diagram: give it another name")
        if not self.directions or len(set(self.directions)) < len(self.directions):
            raise InputError(f"directions must be different ones of {', '.join(DIRECTIONS)}, got {self.directions}")
        unknown = [d for d in self.directions if d not in DIRECTIONS]
        if unknown:
            raise InputError(f"there is no direction {unknown[0]!r}: choose from {', '.join(DIRECTIONS)}")
        if swept in step.state and self.directions != (FRESH,):
            raise InputError(f"a sweep carries {swept} from column to column, so it cannot vary: use {FRESH!r} alone")

    def _check_numbers(self) -> None:
        for name, ends in (("interval", self.interval), ("window", self.window)):
            inputs.interval(ends, f"the {name}")
        for name, number, least in (
            ("columns", self.columns, 1),
            ("rows", self.rows, 1),
            ("settle", self.settle, 0),
            ("kept", self.kept, 1),
        ):
            inputs.whole(number, name, least)
        n, m = self.starts.shape
        if n != len(self.step.state) or m < 1 or not np.isfinite(self.starts).all():
            raise InputError(f"starts must be finite, of shape ({len(self.step.state)}, m) with m >= 1, got ({n}, {m})")
        for symbol, value in {**self.parameters, self.swept: self.values[0]}.items():
            inputs.require_usable(symbol, value)
        if not self.radius > 0:
            raise InputError(f"radius must be positive, got {self.radius}")
        if not 0 <= self.nudge < 1:
            raise InputError(f"the nudge must be at least 0 and small, got {self.nudge}")
        if self.kept * m >= 2**32:
            raise InputError(f"{self.kept} steps of {m} starts overflow a count of 32 bits: keep fewer steps")
        if (self.rows + 3) * (self.columns if self._carries else COLUMNS) >= 2**31:
            raise InputError(f"a diagram of {self.rows} rows and {self.columns} columns is too large: use fewer")

    @property
    def _carries(self) -> bool:
        return self.directions != (FRESH,)

    @cached_property
    def values(self) -> Array:
        """What the swept quantity is in each column, shape (columns,)."""
        return _centres(self.interval, self.columns)

    @cached_property
    def layout(self) -> Layout:
        """The shape of the result."""
        step, observable = _programs(self.step, self.observable)
        dims = ("direction", "column")
        name = self.swept.name if self.swept in self.step.parameters else f"start_{self.swept.name}"
        state = {s.name for s in self.step.state} - _DIMENSIONS
        seen = str(self.observable) if str(self.observable) in state else "observable"
        return Layout(
            {"direction": len(self.directions), "row": self.rows, "column": self.columns},
            {"direction": 1, "column": self.columns if self._carries else COLUMNS},
            {
                "density": Variable(("direction", "row", "column"), "uint32", "visits"),
                "below": Variable(dims, "uint32", "values below the window"),
                "above": Variable(dims, "uint32", "values above the window"),
                "nonfinite": Variable(dims, "uint32", "values infinite or not a number"),
            },
            {
                name: Coordinate(("column",), self.values, str(self.swept)),
                seen: Coordinate(("row",), _centres(self.window, self.rows), str(self.observable)),
            },
            {
                "title": f"orbit diagram of {self.step.name}",
                "directions": " ".join(self.directions),
                "program": step.digest,
                "observable": observable.digest,
                "rules": f"{self.kept} steps kept after {self.settle}, {self.starts.shape[1]} starts",
            },
        )

    @cached_property
    def identity(self) -> dict[str, Any]:
        """Everything the values depend on, as JSON can hold it."""
        step, observable = _programs(self.step, self.observable)
        return {
            "kind": "orbit diagram",
            "step": step.digest,
            "observable": observable.digest,
            "inputs": list(step.inputs),
            "swept": self.swept.name,
            "interval": [float(v) for v in self.interval],
            "columns": int(self.columns),
            "window": [float(v) for v in self.window],
            "rows": int(self.rows),
            "starts": self.starts.tolist(),
            "settle": int(self.settle),
            "kept": int(self.kept),
            "parameters": {p.name: float(v) for p, v in self.parameters.items()},
            "directions": list(self.directions),
            "nudge": float(self.nudge),
            "radius": float(self.radius),
        }

    def compute(self, part: Part) -> Tile:
        """Return the counts of some columns in some directions."""
        count = len(self.values[part["column"]])
        table = np.zeros((len(self.directions[part["direction"]]), self.rows + 3, count), np.uint32)
        self._fill(table, part)
        return _views(table)

    def whole(self) -> tuple[Tile, Callable[[Part], None]]:
        """Return room for the whole diagram, and what computes a part of it in its place."""
        table = np.zeros((len(self.directions), self.rows + 3, self.columns), np.uint32)
        return _views(table), lambda part: self._fill(table[part["direction"], :, part["column"]], part)

    def _fill(self, table: Table, part: Part) -> None:
        for direction, counts in zip(self.directions[part["direction"]], table, strict=True):
            if direction == FRESH:
                self._fresh(part["column"], counts)
            else:
                counts[:] = self._carried(direction, part["column"])

    def _fresh(self, columns: slice, table: Table) -> None:
        values = self.values[columns]
        count, many = len(values), self.starts.shape[1]
        # Neighbouring lanes in neighbouring columns: adding to one entry twice in a row waits for the first.
        column = np.tile(np.arange(count, dtype=np.int32), many)
        starts = np.repeat(self.starts, count, axis=1)
        given = [values[column] if p == self.swept else float(self.parameters[p]) for p in self.step.parameters]
        if self.swept in self.step.state:
            starts[self.step.state.index(self.swept)] = values[column]
        along = table.strides[0] // table.itemsize
        flat = as_strided(table, ((len(table) - 1) * along + count,), (table.itemsize,))
        modules.call(self._module, "fresh", starts, *given, column, *self._counting(flat, along, 1))

    def _carried(self, direction: str, columns: slice) -> Table:
        if columns != slice(0, self.columns):
            raise InputError("a sweep passes through all columns: compute a whole direction at once")
        order = np.arange(self.columns)[:: -1 if direction == DOWN else 1].copy()
        given = [float(self.parameters[p]) for p in self.step.parameters if p != self.swept]
        # Column after column, each in one piece: a column is filled by itself here, and its entries share cache lines.
        table = np.zeros((self.columns, self.rows + 3), np.uint32)
        counting = self._counting(table.reshape(-1), 1, self.rows + 3)
        rules = float(self.radius), float(self.nudge)
        modules.call(self._module, "follow", np.array(self.starts), self.values, order, *given, *counting, *rules)
        return table.T

    def _counting(self, table: Table, along: int, across: int) -> list[Any]:
        low, high = map(float, self.window)
        scale = self.rows / (high - low)
        return [table, self.settle, self.kept, low, scale, self.rows, along, across, WIDE, NARROW]

    @property
    def _module(self) -> ModuleType:
        swept = self.step.parameters.index(self.swept) if self.swept in self.step.parameters else None
        return _module(*_programs(self.step, self.observable), len(self.step.state), swept)


def orbit_diagram(
    job: OrbitDiagramJob, *, threads: int | None = None, progress: Callable[[int, int], None] | None = None
) -> xr.Dataset:
    """Compute an orbit diagram in memory.

    Parameters
    ----------
    job : OrbitDiagramJob
        What to compute.
    threads : int, optional
        How many tiles to work on at once; all cores by default. The result is the same to the bit.
    progress : callable, optional
        Called with the tiles done and their number.

    Returns
    -------
    Dataset
        ``density`` over (direction, row, column), and ``below``, ``above``, ``nonfinite`` over (direction, column);
        its axes carry the directions, the observable and the swept quantity.

    Examples
    --------
    >>> from edgestab.theory.models.catalogue import model
    >>> cubic = model("frozen-cubic").own.step
    >>> (d,), (s,) = cubic.state, cubic.parameters
    >>> job = OrbitDiagramJob(cubic, s, (1.9, 2.1), 2, d, (-1.5, 1.5), 10, np.array([[0.4]]), 1000, 100)
    >>> found = orbit_diagram(job)
    >>> found.density.sel(direction="fresh").sum("row").values.tolist()
    [100, 0]
    >>> found.nonfinite.values.tolist()
    [[0, 100]]
    """
    with executors.threads(threads) as pool:
        found = run(job, executor=pool, progress=progress)
    return found.assign_coords(direction=list(job.directions))


@functools.lru_cache(maxsize=256)
def _programs(step: StepMap, observable: sp.Expr) -> tuple[Program, Program]:
    return step_program(step), program_of([observable], (*step.state, *step.parameters))


@functools.lru_cache(maxsize=256)
def _module(step: Program, observable: Program, n_state: int, swept: int | None) -> ModuleType:
    return modules.load(printer.source(step, observable, n_state, swept))


def _centres(interval: tuple[Value, Value], count: int) -> Array:
    low, high = map(float, interval)
    return np.asarray(low + (high - low) * (np.arange(count) + 0.5) / count)


def _views(table: Table) -> Tile:
    """The counts in the window, below and above it, and of what is undefined, by their names."""
    return {"density": table[:, 1:-2], "below": table[:, 0], "above": table[:, -2], "nonfinite": table[:, -1]}
