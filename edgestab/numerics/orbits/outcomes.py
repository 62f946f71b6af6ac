"""Outcomes: what became of every orbit, as a labelled dataset described once, here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from edgestab.errors import InputError
from edgestab.numerics.orbits.status import Status


class Column(NamedTuple):
    """The description of one variable of the dataset."""

    dtype: str
    long_name: str
    units: str = "1"


SCHEMA: dict[str, Column] = {
    "status": Column("int8", "outcome of the orbit"),
    "steps": Column("int64", "iterations until the outcome was reached", "iterations"),
    "limit": Column("int8", "index of the set of minima converged to, -1 for none"),
    "period": Column("int16", "period of the cycle settled on, 0 for none", "iterations"),
    "residual": Column("float64", "distance from the minima at the last iterate, zero exactly on them"),
    "residual_tail": Column("float64", "sum of the residuals still to come, from the observed contraction"),
    "sharpness": Column("float64", "largest Hessian eigenvalue at the limit, NaN unless converged"),
    "sharpness_error": Column("float64", "estimated error of the sharpness: rounding and tail"),
}
"""Every variable over the dimension ``orbit``; beside them stand ``start_<name>`` and ``final_<name>``."""


def flags() -> dict[str, Any]:
    """Return the attributes that explain status codes, as the CF conventions have them."""
    return {"flag_values": [int(s) for s in Status], "flag_meanings": " ".join(s.name for s in Status)}


def dataset(
    columns: Mapping[str, NDArray[Any]],
    states: Mapping[str, NDArray[np.float64]],
    attributes: Mapping[str, Any],
) -> xr.Dataset:
    """Return the dataset of outcomes, after checking it against the schema.

    Parameters
    ----------
    columns : mapping
        The variables of `SCHEMA`, each of shape (n,).
    states : mapping
        ``start_x``, ``final_x``, ``eta`` and the like, each of shape (n,).
    attributes : mapping
        Provenance: program digest, rules, versions.
    """
    if set(columns) != set(SCHEMA):
        raise InputError(f"outcomes must have exactly the variables {sorted(SCHEMA)}, got {sorted(columns)}")
    variables: dict[str, Any] = {}
    for name, about in SCHEMA.items():
        meta: dict[str, Any] = {"long_name": about.long_name, "units": about.units}
        if name == "status":
            meta |= flags()
        variables[name] = ("orbit", columns[name].astype(about.dtype), meta)
    for name, values in states.items():
        variables[name] = ("orbit", np.asarray(values, dtype=np.float64), {"long_name": name, "units": "1"})
    return xr.Dataset(variables, attrs=dict(attributes))
