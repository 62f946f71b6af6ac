"""Arrays of an ``.npz`` file of the user's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from edgestab.errors import InputError
from edgestab.numerics.networks.data.file_formats import npz_arrays
from edgestab.numerics.networks.data.kind import Count, DataKind, Held, outputs_of
from edgestab.numerics.networks.data.samples import Data, Loaded, one_hot, parted

MOST_CLASSES = 1 << 16


def npz(
    path: Path,
    n: int | None = None,
    *,
    inputs: str = "x",
    targets: str = "y",
    first: int = 0,
    classes: bool = False,
    sha256: str | None = None,
) -> Data:
    r"""Return two arrays of an ``.npz`` file, as they are.

    Parameters
    ----------
    path : Path
        Written by `numpy.savez`.
    n, first
        As in `cifar10`.
    inputs, targets : str
        Names of the arrays: numbers of shape (n, ...); and values of shape (n, k), or class numbers of shape (n,).
    classes : bool
        Whether class numbers stay numbers, or become one-hot rows.

    Raises
    ------
    InputError
        When the file is missing or no ``.npz`` file, an array is missing or holds Python objects, lengths differ, or
        numbers are not finite.
    """
    x, y = npz_arrays(path, (inputs, targets), sha256)
    return _arrays(path, x, y, n, first, classes)


def _arrays(
    path: Path, x: NDArray[np.generic], y: NDArray[np.generic], n: int | None, first: int, classes: bool
) -> Data:
    for name, array in (("inputs", x), ("targets", y)):
        if array.dtype.kind not in "fiu" or array.ndim < 1:
            raise InputError(
                f"{path}: the {name} are {array.dtype} of shape {array.shape}, and must be numbers in rows"
            )
    if len(x) != len(y):
        raise InputError(f"{path} holds {len(x)} inputs and {len(y)} targets: they must be as many")
    last = len(x) if n is None else first + n
    if first < 0 or (n is not None and n < 1) or last > len(x) or first >= last:
        raise InputError(f"{path} has {len(x)} samples: {n} from number {first} on cannot be had")
    inputs = torch.from_numpy(x[first:last].astype(np.float64))
    name = f"{path.stem} n = {last - first}"
    if y.ndim == 1 and y.dtype.kind in "iu":
        if not 0 <= y.min() <= y.max() < MOST_CLASSES:
            raise InputError(f"{path}: class numbers must be 0 to {MOST_CLASSES - 1}, got {y.min()} to {y.max()}")
        numbers = torch.from_numpy(y[first:last].astype(np.int64))
        return Data(name, inputs, numbers if classes else one_hot(numbers, int(y.max()) + 1))
    values = torch.from_numpy(y[first:last].astype(np.float64))
    return Data(name, inputs, values[:, None] if values.ndim == 1 else values)


class NpzSpec(DataKind, frozen=True, tag="npz"):
    """See `npz`; the `test` samples after the first `n` are held out."""

    FILES = ("path",)

    path: str
    n: Count
    test: Held = 0
    inputs: str = "x"
    targets: str = "y"
    sha256: str | None = None

    def load(self, classes: bool, folder: Path, /) -> Loaded:
        """Return the data."""
        whole = npz(
            folder / self.path,
            self.n + self.test,
            inputs=self.inputs,
            targets=self.targets,
            classes=classes,
            sha256=self.sha256,
        )
        return parted(whole, self.test, outputs_of(whole))
