"""The images of digits packaged with scikit-learn, with their classes or their parity as targets."""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from edgestab.errors import InputError
from edgestab.numerics.networks.data.kind import Count, DataKind, Held
from edgestab.numerics.networks.data.samples import Data, Loaded, one_hot

DIGITS = 1797
"""How many images `digits` has."""


def digits(n: int = DIGITS, *, first: int = 0, classes: bool = False) -> Data:
    r"""Return images of digits, packaged with scikit-learn.

    Pixels are divided by 16; the mean of every pixel over all 1797 images is subtracted.

    Parameters
    ----------
    n : int
        How many, in the order of the package, which mixes the classes.
    first : int
        Where to begin, so that others can be held out.
    classes : bool
        Whether targets are class numbers, for cross-entropy, or one-hot rows of 0 and 1, for the squared error.

    Returns
    -------
    Data
        Inputs of shape (n, 1, 8, 8), targets of shape (n,) or (n, 10).

    Raises
    ------
    InputError
        When there are not as many, or scikit-learn is not installed.

    Examples
    --------
    >>> digits(5, classes=True).targets
    tensor([0, 1, 2, 3, 4])
    """
    images, labels = _digits(n, first)
    targets = labels if classes else one_hot(labels, 10)
    return Data(f"digits n = {n}", images, targets)


def digits_parity(n: int = DIGITS, *, first: int = 0) -> Data:
    """Return the images of `digits` with the target +1 for an even digit and -1 for an odd one, shape (n, 1)."""
    images, labels = _digits(n, first)
    return Data(f"parity of digits n = {n}", images, (1.0 - 2.0 * (labels % 2)).to(torch.float64)[:, None])


def _digits(n: int, first: int) -> tuple[Tensor, Tensor]:
    if n < 1 or first < 0 or first + n > DIGITS:
        raise InputError(f"digits has {DIGITS} images: {n} from number {first} on cannot be had")
    centred, labels = _images()
    rows = slice(first, first + n)
    return centred[rows, None], labels[rows]


@functools.cache
def _images() -> tuple[Tensor, Tensor]:
    """All images and their classes, from the file that scikit-learn packages: importing it takes seconds."""
    package = importlib.util.find_spec("sklearn")
    if package is None or not package.submodule_search_locations:
        raise InputError("the digits come with scikit-learn, which is not installed: pip install 'edgestab[nn]'")
    table = np.loadtxt(Path(package.submodule_search_locations[0], "datasets", "data", "digits.csv.gz"), delimiter=",")
    pixels = torch.from_numpy(table[:, :-1].reshape(-1, 8, 8)) / 16
    return pixels - pixels.mean(dim=0), torch.from_numpy(table[:, -1].astype(np.int64))


class DigitsSpec(DataKind, frozen=True, tag="digits"):
    """See `digits`; the `test` images after the first `n` are held out."""

    n: Count = 1000
    test: Held = 0

    def load(self, classes: bool, _folder: Path, /) -> Loaded:
        """Return the data."""
        test = digits(self.test, first=self.n, classes=classes) if self.test else None
        return Loaded(digits(self.n, classes=classes), test, 10)


class DigitsParitySpec(DataKind, frozen=True, tag="digits-parity"):
    """See `digits_parity`; the `test` images after the first `n` are held out."""

    n: Count = 300
    test: Held = 0

    def load(self, _classes: bool, _folder: Path, /) -> Loaded:
        """Return the data."""
        test = digits_parity(self.test, first=self.n) if self.test else None
        return Loaded(digits_parity(self.n), test, 1)
