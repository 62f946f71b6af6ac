"""What a newcomer asks for first, in one call: the claim in a file, a basin from plain numbers and names."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from edgestab.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

    from edgestab.theory.claim import Claim
    from edgestab.theory.loss import Loss
    from edgestab.theory.models.base import Model

Number: TypeAlias = int | float | Fraction
"""An exact number; a float means the decimal that is written."""


def basin(
    model: Model | Loss | str,
    /,
    *,
    size: int = 512,
    full: bool = False,
    **variables: Number | tuple[Number, Number],
) -> xr.Dataset:
    """Compute the outcome of every start of a two-dimensional slice.

    Parameters
    ----------
    model : Model, Loss or str
        What is iterated; a text names a built-in model. A loss is descended by gradient descent.
    size : int
        Pixels along each axis.
    full : bool
        Compute every pixel, and do not refine along the boundary of the basins alone.
    **variables : number or pair of numbers
        The coordinates of the start and the parameters of the step. Two of them are pairs (low, high), the horizontal
        axis and then the vertical one; the others are fixed.

    Returns
    -------
    Dataset
        As of `edgestab.numerics.maps.pictures.basin.BasinJob`: ``status``, ``limit``, ``period``, ``steps``,
        ``sharpness`` and more over the two axes.

    Raises
    ------
    InputError
        Unless two variables are pairs and all others have a value.

    Examples
    --------
    >>> found = basin("quartic", x=(3, 3.4), y=(0.1, 0.5), eta=0.2, size=16)
    >>> dict(found.status.sizes)
    {'y': 16, 'x': 16}
    """
    from edgestab.numerics.inputs import exact
    from edgestab.numerics.maps.pictures.basin import basin_of
    from edgestab.numerics.maps.pictures.refine import Refinement
    from edgestab.numerics.maps.pictures.slices import Axis, slice_of
    from edgestab.numerics.tiling.running import run
    from edgestab.theory.symbols import symbol

    pairs = {name: value for name, value in variables.items() if isinstance(value, tuple | list)}
    if len(pairs) != 2 or any(len(pair) != 2 for pair in pairs.values()):
        raise InputError(f"a basin has two axes, such as x=(-1, 1), y=(-1, 1), got {', '.join(pairs) or 'none'}")
    columns, rows = (Axis(symbol(n), exact(low, n), exact(high, n), size) for n, (low, high) in pairs.items())
    of = _model(model)
    where = slice_of(of, columns, rows, {n: v for n, v in variables.items() if not isinstance(v, tuple | list)})
    return run(basin_of(of, where, refinement=None if full else Refinement()))


def read_claim(path: str | os.PathLike[str]) -> Claim:
    """Return the claim that a file states (docs/claim-files.md).

    Raises
    ------
    InputError
        When the file cannot be read, or anything in it is wrong or missing.
    """
    from edgestab.verify.claim_files import claims

    return claims.read_claim(Path(path))


def open_store(path: str | os.PathLike[str]) -> xr.Dataset:
    """Return the result that a store of a sweep or a map holds, read lazily, after comparing it with its checksums.

    Raises
    ------
    InputError
        When it is no store, not complete, or damaged.
    """
    from edgestab.numerics.tiling.store import load

    return load(Path(path))


def _model(given: Model | Loss | str) -> Model:
    from edgestab.theory.loss import Loss
    from edgestab.theory.models.catalogue import model
    from edgestab.theory.models.of_loss import model_of_loss

    if isinstance(given, str):
        return model(given)
    return model_of_loss(given) if isinstance(given, Loss) else given
