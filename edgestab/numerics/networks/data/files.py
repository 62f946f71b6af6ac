r"""Data files of the user's own, by path: CIFAR-10 (binary version), MNIST and Fashion-MNIST (IDX), and ``.npz``.

Nothing is downloaded and nothing is unpickled. Magic numbers, shapes and lengths are checked before a number is used,
and the SHA-256 of a file where the user gives one.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from edgestab.errors import InputError
from edgestab.numerics.networks.data.data import Data, one_hot
from edgestab.numerics.networks.data.file_formats import cifar_records, idx, npz_arrays

MOST_CLASSES = 1 << 16


def cifar10(
    batches: Sequence[Path],
    n: int | None = None,
    *,
    first: int = 0,
    standardise: str = "pixel",
    classes: bool = False,
    pair: tuple[int, int] | None = None,
    sha256: Sequence[str] = (),
) -> Data:
    r"""Return images of CIFAR-10 (Krizhevsky 2009) from files of the binary version, ``data_batch_1.bin`` and so on.

    Parameters
    ----------
    batches : sequence of Path
        Files of records of 3073 bytes: a class number, then 32 x 32 pixels of red, green and blue.
    n : int, optional
        How many images; all by default.
    first : int
        Where to begin, so that others can be held out.
    standardise : {"pixel", "channel", "none"}
        Pixels are divided by 255. Then the mean of every pixel over all images read is subtracted and the result
        divided by its standard deviation (Cohen et al. 2021); or those of every channel (Damian et al. 2023).
    classes : bool
        Whether targets are class numbers or one-hot rows.
    pair : tuple of int, optional
        Two classes, as many images of each, the first with the target -1 and the second with +1: (3, 5) are cat and
        dog (Damian et al. 2023).
    sha256 : sequence of str
        One for each file, or none.

    Returns
    -------
    Data
        Inputs of shape (n, 3, 32, 32).

    Raises
    ------
    InputError
        When a file is missing, has another length or hash, or holds a class above 9; or there are fewer images.
    """
    if not batches:
        raise InputError("CIFAR-10 needs at least one file such as data_batch_1.bin")
    images, labels = [], []
    for path, digest in zip(batches, _digests(sha256, len(batches)), strict=True):
        numbers, pixels = cifar_records(path, digest)
        labels.append(numbers)
        images.append(pixels)
    return _images("CIFAR-10", np.concatenate(images), np.concatenate(labels), 10, n, first, standardise, classes, pair)


def mnist(
    images: Path,
    labels: Path,
    n: int | None = None,
    *,
    first: int = 0,
    standardise: str = "pixel",
    classes: bool = False,
    pair: tuple[int, int] | None = None,
    sha256: Sequence[str] = (),
) -> Data:
    r"""Return images of MNIST, Fashion-MNIST or another set in IDX files, packed by gzip or not.

    Parameters
    ----------
    images, labels : Path
        Such as ``train-images-idx3-ubyte.gz`` and ``train-labels-idx1-ubyte.gz``.
    n, first, standardise, classes, pair
        As in `cifar10`.
    sha256 : sequence of str
        Of both files as they lie there, or none.

    Returns
    -------
    Data
        Inputs of shape (n, 1, height, width).

    Raises
    ------
    InputError
        When a file is missing, truncated, too long, or no IDX file of bytes; or there are not as many labels as images.
    """
    digests = _digests(sha256, 2)
    pixels, numbers = idx(images, 3, digests[0]), idx(labels, 1, digests[1])
    if len(pixels) != len(numbers):
        raise InputError(
            f"{images} holds {len(pixels)} images and {labels} holds {len(numbers)} labels: they do not belong together"
        )
    count = max(10, int(numbers.max()) + 1)
    return _images(images.name, pixels[:, None], numbers, count, n, first, standardise, classes, pair)


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


def _images(
    name: str,
    pixels: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    count: int,
    n: int | None,
    first: int,
    standardise: str,
    classes: bool,
    pair: tuple[int, int] | None,
) -> Data:
    if standardise not in _AXES:
        raise InputError(f"unknown standardisation {standardise[:40]!r}; give {', '.join(_AXES)}")
    rows = np.arange(len(pixels))
    if pair is not None:
        rows = _pair_rows(name, labels, pair)
    last = len(rows) if n is None else first + n
    if first < 0 or (n is not None and n < 1) or last > len(rows) or first >= last:
        raise InputError(f"{name} has {len(rows)} such images: {n} from number {first} on cannot be had")
    rows = rows[first:last]
    chosen = torch.from_numpy(pixels[rows].astype(np.float64) / 255)
    mean, deviation = _moments(pixels, _AXES[standardise])
    chosen = (chosen - mean) / deviation
    numbers = torch.from_numpy(labels[rows].astype(np.int64))
    if pair is not None:
        return Data(f"{name} {pair[0]} and {pair[1]}, n = {len(rows)}", chosen, _signs(numbers, pair))
    return Data(f"{name} n = {len(rows)}", chosen, numbers if classes else one_hot(numbers, count))


_AXES: dict[str, tuple[int, ...] | None] = {"pixel": (0,), "channel": (0, 2, 3), "none": None}


def _moments(pixels: NDArray[np.uint8], axes: tuple[int, ...] | None) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and standard deviation over the axes; a pixel that never changes is only shifted."""
    if axes is None:
        return torch.zeros((), dtype=torch.float64), torch.ones((), dtype=torch.float64)
    # Sums of bytes are exact in integers, and need no copy of all images in float64.
    n = prod(pixels.shape[a] for a in axes)
    total = pixels.sum(axis=axes, keepdims=True, dtype=np.int64)[0]
    squares = sum(np.square(part, dtype=np.int64).sum(axis=axes, keepdims=True)[0] for part in _pieces(pixels))
    mean = total / n
    deviation = np.sqrt(np.maximum(squares / n - mean**2, 0)) / 255
    deviation[deviation < 1e-6] = 1
    return torch.from_numpy(mean / 255), torch.from_numpy(deviation)


def _pieces(pixels: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    return [pixels[i : i + 1024] for i in range(0, len(pixels), 1024)]


def _pair_rows(name: str, labels: NDArray[np.uint8], pair: tuple[int, int]) -> NDArray[np.int64]:
    """Rows of the two classes, one of each in turn, so that any first 2 m hold m of each."""
    if pair[0] == pair[1]:
        raise InputError(f"a pair needs two classes, got {pair[0]} twice")
    each = [np.flatnonzero(labels == c) for c in pair]
    short = min(map(len, each))
    if not short:
        raise InputError(f"{name} has no images of class {pair[0] if not len(each[0]) else pair[1]}")
    return np.stack([rows[:short] for rows in each], axis=1).reshape(-1)


def _signs(labels: torch.Tensor, pair: tuple[int, int]) -> torch.Tensor:
    return torch.where(labels == pair[0], -1.0, 1.0).to(torch.float64)[:, None]


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


def _digests(given: Sequence[str], files: int) -> list[str | None]:
    if given and len(given) != files:
        raise InputError(f"sha256 takes one digest for each of the {files} files, got {len(given)}")
    return list(given) if given else [None] * files
