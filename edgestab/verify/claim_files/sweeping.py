"""A sweep as a user specifies it: a region, a design, and the outcomes of its orbits, tile by tile."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from edgestab.errors import InputError
from edgestab.numerics.orbits import designs
from edgestab.numerics.orbits.classify import attributes_of
from edgestab.numerics.orbits.follow import Rules, kernel_of
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.orbits.sweep import sweep
from edgestab.numerics.orbits.told_apart import PILOT, can_be_told_apart, told_apart
from edgestab.numerics.tiling.executors import threads as thread_pool
from edgestab.numerics.tiling.running import run
from edgestab.numerics.tiling.tiles import Layout, Part, Tile, Variable
from edgestab.theory.conclusions.converges import Converges
from edgestab.theory.models.base import Model
from edgestab.theory.statement import OrbitStatement
from edgestab.verify.claim_files.specification import Specification
from edgestab.verify.orbits.starts import Sample, dimension, place

LARGEST = 1 << 44
"""The most orbits in one sweep."""

LARGEST_SOBOL = 1 << 30
"""The most points of a Sobol design."""

LARGEST_IN_MEMORY = 1 << 26
"""The most orbits that are kept in memory."""

TILE = 1 << 15
"""Orbits in a tile, unless the specification says otherwise."""

LARGEST_TILE = 1 << 22


@dataclass(frozen=True)
class SweepJob:
    """The outcomes of a specification's starts.

    Parameters
    ----------
    name : str
        Of the specification.
    statement : OrbitStatement
        The model, the step sizes and the region.
    points : int
        How many starts.
    grid : tuple of int
        Cells along each free variable; a Sobol design when empty.
    rules : Rules
        Budget and radius.
    tile : int
        Orbits in a tile.
    """

    name: str
    statement: OrbitStatement
    points: int
    grid: tuple[int, ...] = ()
    rules: Rules = Rules()  # noqa: RUF009 - a frozen value, so one instance may serve all
    tile: int = TILE

    @functools.cached_property
    def layout(self) -> Layout:
        """The shape of the result: that of a sweep over no orbits at all, made longer."""
        empty, _ = place(self.statement, np.empty((0, dimension(self.statement))))
        like = self._followed(empty)
        variables = {
            str(n): Variable(
                ("orbit",),
                v.dtype.name,
                v.attrs["long_name"],
                v.attrs["units"],
                {k: a for k, a in v.attrs.items() if k not in ("long_name", "units")},
            )
            for n, v in like.items()
        }
        attributes = {**like.attrs, "specification": self.name}
        return Layout({"orbit": self.points}, {"orbit": min(self.tile, self.points)}, variables, {}, attributes)

    @property
    def identity(self) -> dict[str, Any]:
        """What the values depend on."""
        model, region, sizes = self.statement.model, self.statement.region, self.statement.step_sizes
        kernel = kernel_of(model.best, (), False)
        return {
            "kind": "sweep",
            **attributes_of(model, model.best, kernel.step.digest, self.rules.words),
            "residual": kernel.residual.digest,
            "tolerance": str(model.best.tolerance),
            "sharpness": str(model.best.sharpness if model.best.sharpness is not None else model.loss),
            "variables": [str(v) for v in region.variables],
            "bounds": [[str(e) for e in pair] for pair in region.bounds],
            "start": [str(e) for e in region.start],
            "where": [str(r) for r in region.where],
            "eta": [str(sizes.low), str(sizes.high), *map(str, sizes.values)],
            "points": self.points,
            "grid": list(self.grid),
        }

    def compute(self, part: Part) -> Tile:
        """Return the values of one tile."""
        sample, valid = place(self.statement, self._unit(part["orbit"]))
        chosen = Sample(
            sample.unit[valid],
            sample.eta[valid],
            {v: values[valid] for v, values in sample.variables.items()},
            np.ascontiguousarray(sample.start[:, valid]),
            0,
        )
        found = self._followed(chosen)
        tile: Tile = {}
        for name, about in self.layout.variables.items():
            empty = Status.EXCLUDED if name == "status" else -1 if name == "limit" else 0
            values = np.full(valid.size, np.nan if about.dtype.startswith("float") else empty, about.dtype)
            values[valid] = found[name].values
            tile[name] = values
        return tile

    def _followed(self, sample: Sample) -> xr.Dataset:
        model = self.statement.model
        parameters = sample.parameters(model.best.step)
        ds = sweep(model, sample.start, parameters, rules=self.rules, threads=1)
        for name, values in sample.variables.items():
            if f"start_{name}" not in ds:
                ds[f"start_{name}"] = ("orbit", values, {"long_name": f"start_{name}", "units": "1"})
        return ds

    def _unit(self, part: slice) -> NDArray[np.float64]:
        """The design's points of one tile, in the unit cube."""
        if not self.grid:
            return designs.stratified(self.points, dimension(self.statement), seed=0, part=part)
        cell = np.unravel_index(np.arange(part.start, part.stop), self.grid)
        return np.stack([(c + 0.5) / s for c, s in zip(cell, self.grid, strict=True)], axis=-1)


def sweep_job(specification: Specification) -> SweepJob:
    """Return the sweep that a specification asks for; its conclusion plays no part.

    Raises
    ------
    InputError
        When the design is empty, too large, or names what is no interval of the region.
    """
    s = specification
    statement = OrbitStatement(s.name, s.model, s.step_sizes, s.region, Converges())
    statement = replace(statement, model=_told_apart(statement))
    intervals = [str(v) for v, (a, b) in zip(s.region.variables, s.region.bounds, strict=True) if a != b]
    if not 1 <= s.tile <= LARGEST_TILE:
        raise InputError(f"tile must be between 1 and {LARGEST_TILE} orbits, got {s.tile}")
    names = (["eta"] if len(s.step_sizes.values) != 1 else []) + intervals
    if not s.grid:
        if not 1 <= s.points <= LARGEST:
            raise InputError(f"points must be between 1 and {LARGEST}, got {s.points}")
        if s.points > LARGEST_SOBOL:
            raise InputError(f"a design has at most {LARGEST_SOBOL} points: for {s.points} of them give a grid")
        return SweepJob(s.name, statement, s.points, tile=s.tile)
    if set(s.grid) != set(names):
        raise InputError(f"grid must give a size for each of {', '.join(names)}, got {', '.join(s.grid)}")
    sizes = tuple(s.grid[n] for n in names)
    if min(sizes) < 1 or math.prod(sizes) > LARGEST:
        raise InputError(f"a grid has between 1 and {LARGEST} cells, got {' x '.join(map(str, sizes))}")
    return SweepJob(s.name, statement, math.prod(sizes), sizes, tile=s.tile)


def _told_apart(statement: OrbitStatement) -> Model:
    """The model with the isolated minima that some of the orbits reach as sets of their own."""
    if not can_be_told_apart(statement.model):
        return statement.model
    sample, _ = place(statement, designs.stratified(PILOT, dimension(statement), seed=0))
    parameters = sample.parameters(statement.model.own.step)
    return told_apart(statement.model, sample.start, parameters, Rules())


def outcomes_of(
    specification: Specification,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> xr.Dataset:
    """Return the outcomes of a specification's starts, in memory, with the region's variables beside them.

    Raises
    ------
    InputError
        When the design cannot be used, or no start satisfies the region's conditions.
    """
    job = sweep_job(specification)
    require_memory(job)
    with thread_pool(threads) as executor:
        ds = run(job, executor=executor, progress=progress)
    require_followed(ds)
    return ds


def require_memory(job: SweepJob) -> None:
    """Raise an `InputError` when the orbits of a sweep do not fit into memory."""
    if job.points > LARGEST_IN_MEMORY:
        raise InputError(
            f"{job.points} orbits do not fit into memory: write them with --out DIR.zarr, "
            f"or follow at most {LARGEST_IN_MEMORY}"
        )


def require_followed(ds: xr.Dataset) -> None:
    """Raise an `InputError` when no start satisfied the conditions of the region."""
    if all((part == Status.EXCLUDED).all() for part in _parts(ds)):
        raise InputError("no start satisfies the region and its conditions: widen them")


def summary(ds: xr.Dataset) -> dict[str, int]:
    """Return how many orbits ended with each status."""
    counts = np.zeros(len(Status), np.int64)
    for part in _parts(ds):
        counts += np.bincount(part, minlength=len(Status))
    return {Status(code).name: int(n) for code, n in enumerate(counts) if n}


def reached(ds: xr.Dataset) -> dict[str, int]:
    """Return how many orbits converged to each set of minima, by its name."""
    names = [*(m for m in ds.attrs["minima"].split("; ") if m), "elsewhere"]
    counts = np.zeros(len(names), np.int64)
    for status, limit in zip(_parts(ds), _parts(ds, "limit"), strict=True):
        counts += np.bincount(limit[status == Status.CONVERGED] % len(names), minlength=len(names))
    return {name: int(n) for name, n in zip(names, counts, strict=True) if n}


def _parts(ds: xr.Dataset, name: str = "status") -> Iterator[NDArray[np.int8]]:
    """Statuses, or other codes, a piece at a time, for results that do not fit into memory."""
    codes = ds[name]
    length = max(1, (1 << 22) // math.prod(codes.shape[1:]))
    for low in range(0, len(codes), length):
        yield codes[low : low + length].values.ravel()
