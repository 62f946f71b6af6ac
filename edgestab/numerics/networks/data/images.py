"""Images of bytes with class numbers as data: some of them, standardised over all."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np
import torch
from numpy.typing import NDArray

from edgestab.errors import InputError
from edgestab.numerics.networks.data.samples import Data, one_hot

_AXES: dict[str, tuple[int, ...] | None] = {"pixel": (0,), "channel": (0, 2, 3), "none": None}


def images_as_data(
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
    """Return the images `first` to `first + n` of a file, or of those of two classes; see `cifar10`."""
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


def digests_of(given: Sequence[str], files: int) -> list[str | None]:
    """Return the digest of each file, None where none are given."""
    if given and len(given) != files:
        raise InputError(f"sha256 takes one digest for each of the {files} files, got {len(given)}")
    return list(given) if given else [None] * files
