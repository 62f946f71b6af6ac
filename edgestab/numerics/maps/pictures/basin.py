"""Basins of attraction: the outcome of every start of a slice, computed whole or refined along the boundary."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from edgestab.errors import InputError
from edgestab.numerics import inputs
from edgestab.numerics.maps.pictures.refine import Refinement, refine
from edgestab.numerics.maps.pictures.slices import Axis, Slice
from edgestab.numerics.orbits.classify import attributes_of, outcomes_of
from edgestab.numerics.orbits.follow import Rules, drive, follow, kernel_of
from edgestab.numerics.orbits.lanes import LaneKernel, Orbits
from edgestab.numerics.orbits.outcomes import SCHEMA, flags
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.orbits.told_apart import PILOT, can_be_told_apart, told_apart
from edgestab.numerics.printers import reference
from edgestab.numerics.printers.ball import ball
from edgestab.numerics.programs.double_double import doubled, split
from edgestab.numerics.programs.program import Program, program_of
from edgestab.numerics.rigorous import balls
from edgestab.numerics.tiling.tiles import TILE_DIMENSION, Coordinate, Layout, Part, Tile, Variable
from edgestab.theory.models.base import Coordinates, Model

Array = NDArray[np.float64]
Index = NDArray[np.intp]

TILE = 512
"""Pixels along the side of a tile."""

FLOAT64_PITCH = Fraction(1, 2**43)
"""The least distance of two pixels, relative to the coordinates, that float64 tells apart. A rounding error of the
first steps counts as an error of the start; with 2^9 units in the last place to a pixel it moves none visibly."""

DOUBLE_DOUBLE_PITCH = Fraction(1, 2**94)
"""The same for double-double arithmetic."""

_DTYPES = {"status": "int8", "limit": "int8", "period": "int16", "steps": "int32", "sharpness": "float64"}


class TooDeep(InputError):
    """The pixels of a picture lie closer together than any arithmetic here can tell apart."""


def arithmetic_of(where: Slice) -> str:
    """Return the arithmetic in which neighbouring pixels differ: ``float64`` or ``double-double``.

    Raises
    ------
    TooDeep
        When it would take more than double-double.
    """
    pitch = min(_pitch(where, axis) for axis in (where.columns, where.rows))
    if pitch >= FLOAT64_PITCH:
        return "float64"
    if pitch >= DOUBLE_DOUBLE_PITCH:
        return "double-double"
    raise TooDeep(
        f"pixels lie {float(pitch):.1e} of their coordinates apart, and double-double arithmetic ends at "
        f"{float(DOUBLE_DOUBLE_PITCH):.1e}: choose a larger window or fewer pixels"
    )


@functools.lru_cache(maxsize=256)
def _pitch(where: Slice, axis: Axis) -> Fraction:
    """The distance of two pixels along an axis, as orbits feel it: relative to the coordinates of the starts.

    A chart may add one to what its axis shows, and then the axis resolves more than the start does.
    """
    moving = [e for e in where.start if axis.symbol in e.free_symbols]
    if not moving:
        return axis.pitch
    with balls.precision(400):
        middle = {a.symbol: ball((a.low + a.high) / 2) for a in (where.columns, where.rows)}
        at = {**middle, **{s: ball(v) for s, v in where.fixed}}
        low, high = (balls.values(moving, {**at, axis.symbol: ball(end)}) for end in (axis.low, axis.high))
        steps = [abs(b - a) / axis.count / abs(a).max(abs(b)) for a, b in zip(low, high, strict=True)]
        known = [float(s.mid()) for s in steps if s.is_finite()]
    return Fraction(max(known)) if known else axis.pitch


def basin_of(
    model: Model,
    where: Slice,
    rules: Rules = Rules(),  # noqa: B008 - a frozen value
    refinement: Refinement | None = Refinement(),  # noqa: B008 - likewise
) -> BasinJob:
    """Return the job of a picture in which the isolated minima that orbits reach are told apart.

    They are found from the starts of a lattice of pixels: see `edgestab.numerics.orbits.told_apart`.
    """
    side = math.isqrt(PILOT)
    rows, columns = (
        np.unique(((np.arange(side) + 0.5) * a.count / side).astype(np.intp)) for a in (where.rows, where.columns)
    )
    r, c = (i.ravel() for i in np.meshgrid(rows, columns, indexing="ij"))
    known = model
    if can_be_told_apart(model):
        known = told_apart(model, where.starts(r, c), where.parameters(model.own.step.parameters, r, c), rules)
    return BasinJob(known, where, rules, refinement)


@dataclass(frozen=True)
class BasinJob:
    """The outcomes of the starts of a slice.

    Parameters
    ----------
    model : Model
        The loss, its step and its minima.
    where : Slice
        The picture.
    rules : Rules
        Budget and radius.
    refinement : Refinement, optional
        How to refine; every pixel is computed without.
    tile : int
        Pixels along the side of a tile.

    Raises
    ------
    InputError
        When a parameter has no value, a step size is not positive, or pixels lie closer than any arithmetic can tell.

    Notes
    -----
    Orbits are followed in the model's own coordinates: near a fractal boundary they leave the domains of charts.
    Where float64 cannot tell the pixels apart they are followed in double-double arithmetic, and the result
    says so in its attribute ``arithmetic``.
    """

    model: Model
    where: Slice
    rules: Rules = Rules()  # noqa: RUF009 - a frozen value, so one instance may serve all
    refinement: Refinement | None = Refinement()  # noqa: RUF009 - likewise
    tile: int = TILE

    def __post_init__(self) -> None:
        inputs.whole(self.tile, "tile", 1)
        step = self.coordinates.step
        if len(self.where.start) != len(step.state):
            raise InputError(f"the slice starts in {len(self.where.start)} coordinates, the model in {len(step.state)}")
        first = {**self.where.values, **{s: a.centres[0] for s, a in self.where.axes.items()}}
        missing = [str(p) for p in step.parameters if p not in first]
        if missing:
            raise InputError(f"no value is given for {', '.join(missing)}")
        for symbol, value in first.items():
            inputs.require_usable(symbol, float(value))
        if arithmetic_of(self.where) != "float64":
            # Refused before any work: a step, or a chart, that has no such form.
            _ = self._doubled
            self._precise_start()
        if self.dims[0] in _RESERVED or self.dims[1] in _RESERVED:
            raise InputError(f"an axis cannot be called {' or '.join(sorted(_RESERVED))}: rename the variable")

    @property
    def dims(self) -> tuple[str, str]:
        """The names of the vertical and the horizontal axis."""
        return str(self.where.rows.symbol), str(self.where.columns.symbol)

    @property
    def coordinates(self) -> Coordinates:
        """The coordinates in which orbits are followed."""
        return self.model.own

    @functools.cached_property
    def layout(self) -> Layout:
        """The shape of the result."""
        rows, columns = self.dims
        variables = {n: Variable((rows, columns), d, *_about(n)) for n, d in _DTYPES.items()}
        variables["computed"] = Variable(
            (rows, columns), "int8", "1 where the pixel was computed, 0 where it was filled"
        )
        variables["audited"] = Variable((TILE_DIMENSION,), "int32", "filled pixels that were computed to see")
        variables["mislabelled"] = Variable((TILE_DIMENSION,), "int32", "of these, pixels with another label")
        kernel = kernel_of(self.coordinates, (), self._shared)
        attributes = attributes_of(self.model, self.coordinates, kernel.step.digest, self.rules.words)
        arithmetic = arithmetic_of(self.where)
        if arithmetic != "float64":
            attributes["arithmetic"] = f"{arithmetic}: float64 cannot tell these pixels apart"
        attributes["title"] = f"basins of {self.coordinates.step.name}"
        attributes["fixed"] = ", ".join(f"{s} = {v}" for s, v in self.where.fixed)
        return Layout(
            {rows: self.where.rows.count, columns: self.where.columns.count},
            {rows: self.tile, columns: self.tile},
            variables,
            {
                rows: Coordinate((rows,), self.where.rows.centres, rows),
                columns: Coordinate((columns,), self.where.columns.centres, columns),
            },
            attributes,
        )

    @property
    def identity(self) -> dict[str, Any]:
        """What the values depend on."""
        own = self.coordinates
        how = self.refinement
        kernel = kernel_of(own, (), self._shared)
        return {
            "kind": "basin",
            "model": self.model.name,
            "step": kernel.step.digest,
            "residual": kernel.residual.digest,
            "tolerance": str(own.tolerance),
            "sharpness": str(own.sharpness if own.sharpness is not None else self.model.loss),
            "minima": [s.name if s.box else str(s.residual) for s in self.model.minima],
            "slice": self.where.identity,
            "rules": self.rules.words,
            "refinement": None if how is None else [how.coarsest, how.finest, how.audit],
        }

    @property
    def _doubled(self) -> LaneKernel:
        return kernel_of(self.coordinates, (), shared=False).doubled

    @property
    def _shared(self) -> bool:
        """Whether all orbits have the same parameters."""
        return not any(p in self.where.axes for p in self.coordinates.step.parameters)

    def compute(self, part: Part) -> Tile:
        """Return the values of one tile."""
        rows, columns = (part[d] for d in self.dims)
        shape = rows.stop - rows.start, columns.stop - columns.start

        def pixels(r: Index, c: Index) -> Tile:
            return self.pixels(r + rows.start, c + columns.start)

        if self.refinement is None:
            r, c = (i.ravel() for i in np.indices(shape))
            values = {n: v.reshape(shape) for n, v in pixels(r, c).items()}
            return {**values, "computed": np.ones(shape, np.int8), **_audit(0, 0)}
        seed = rows.start * self.where.columns.count + columns.start
        found = refine(shape, pixels, label, self.refinement, seed, _work)
        return {**found.values, "computed": found.computed.view(np.int8), **_audit(found.audited, found.mislabelled)}

    def pixels(self, rows: Index, columns: Index) -> Tile:
        """Return the outcomes at some pixels, given by their indices, each variable of shape (n,)."""
        own = self.coordinates
        starts = self.where.starts(rows, columns)
        values = self.where.parameters(own.step.parameters, rows, columns)
        if arithmetic_of(self.where) == "float64":
            orbits = follow(own, starts, values, self.rules, shared=self._shared)
        else:
            orbits = self._precisely(rows, columns, values)
        found = outcomes_of(self.model, own, orbits, starts, values).columns
        return {n: np.asarray(found[n]).astype(d) for n, d in _DTYPES.items()}

    def _precise_start(self) -> Program:
        """The program of the starts in double-double arithmetic, in the axes' symbols and the fixed ones."""
        inputs = (*self.where.axes, *(s for s, _ in self.where.fixed))
        return doubled(program_of(self.where.start, inputs), len(inputs))

    def _precisely(self, rows: Index, columns: Index, values: Mapping[sp.Symbol, Array]) -> Orbits:
        """The orbits in double-double arithmetic, their hi parts."""
        own, where = self.coordinates, self.where
        index = {where.rows.symbol: rows, where.columns.symbol: columns}
        pairs: dict[sp.Symbol, tuple[Array, Array]] = {}
        for symbol, axis in where.axes.items():
            used, place = np.unique(index[symbol], return_inverse=True)
            high, low = split([axis.exact(int(i)) for i in used])
            pairs[symbol] = high[place], low[place]
        for symbol, value in where.fixed:
            high, low = split([value])
            pairs[symbol] = np.full(rows.size, high[0]), np.full(rows.size, low[0])
        state = reference.evaluate(
            self._precise_start(), [*(p[0] for p in pairs.values()), *(p[1] for p in pairs.values())]
        )
        parameters = [pairs[p][k] for k in (0, 1) for p in own.step.parameters]
        return drive(self._doubled, own, np.array(state), parameters, values, self.rules)


_EXAMINED = 256.0
"""The steps that take as long as to examine the limit of an orbit that converged; measured."""

_RESERVED = {*_DTYPES, "computed", "audited", "mislabelled", TILE_DIMENSION}


def label(values: Tile) -> NDArray[np.int64]:
    """Return what makes two outcomes the same: status, set of minima and period, in one number."""
    status, limit, period = (values[n].astype(np.int64) for n in ("status", "limit", "period"))
    return np.asarray(status + 16 * (limit + 1) + 4096 * period)


def _work(values: Tile) -> NDArray[np.float64]:
    """What pixels cost, in steps."""
    found: NDArray[np.float64] = values["steps"] + _EXAMINED * (values["status"] == Status.CONVERGED)
    return found


def _about(name: str) -> tuple[str, str, dict[str, Any]]:
    about = SCHEMA[name]
    return about.long_name, about.units, flags() if name == "status" else {}


def _audit(audited: int, mislabelled: int) -> Tile:
    return {"audited": np.array([audited]), "mislabelled": np.array([mislabelled])}
