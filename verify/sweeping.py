"""A sweep as a user specifies it: a region, a design, and the outcomes of its orbits."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from numerics import designs
from numerics.status import Status
from numerics.sweep import sweep
from theory.statement import OrbitStatement
from verify.sample import dimension, draw
from verify.spec import ClaimSpec, SpecError

LARGEST = 1 << 26
"""The most orbits one sweep follows in memory."""


def outcomes_of(
    statement: OrbitStatement,
    spec: ClaimSpec,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> xr.Dataset:
    """Return the outcomes of a specification's starts, with the region's variables beside them.

    Raises
    ------
    SpecError
        When the design is empty, too large, or names what is no interval of the region.
    """
    sample = draw(statement, _unit(statement, spec))
    if not sample.count:
        raise SpecError("no start satisfies the region and its conditions: widen them")
    parameters = dict.fromkeys(statement.model.best.step.parameters, sample.eta)
    ds = sweep(statement.model, sample.start, parameters, threads=threads, progress=progress)
    for name, values in sample.variables.items():
        if f"start_{name}" not in ds:
            ds[f"start_{name}"] = ("orbit", values, {"long_name": f"start_{name}", "units": "1"})
    return ds.assign_attrs(excluded_starts=sample.excluded, specification=spec.name)


def _unit(statement: OrbitStatement, spec: ClaimSpec) -> NDArray[np.float64]:
    intervals = [
        str(v) for v, (a, b) in zip(statement.region.variables, statement.region.bounds, strict=True) if a != b
    ]
    names = (["eta"] if len(statement.step_sizes.values) != 1 else []) + intervals
    if not spec.grid:
        if not 1 <= spec.points <= LARGEST:
            raise SpecError(f"points must be between 1 and {LARGEST}, got {spec.points}")
        return designs.stratified(spec.points, dimension(statement), seed=0)
    if set(spec.grid) != set(names):
        raise SpecError(f"grid must give a size for each of {', '.join(names)}, got {', '.join(spec.grid)}")
    sizes = [spec.grid[n] for n in names]
    if min(sizes) < 1 or np.prod([float(s) for s in sizes]) > LARGEST:
        raise SpecError(f"a grid has between 1 and {LARGEST} cells, got {' x '.join(map(str, sizes))}")
    axes = [(np.arange(s) + 0.5) / s for s in sizes]
    return np.stack([g.ravel() for g in np.meshgrid(*axes, indexing="ij")], axis=-1)


def summary(ds: xr.Dataset) -> dict[str, int]:
    """Return how many orbits ended with each status."""
    status = np.sort(ds["status"].values)
    return {Status(int(code)).name: len(list(group)) for code, group in itertools.groupby(status)}
