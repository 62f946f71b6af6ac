"""CIFAR-10 from files of the user's own: its binary version."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from edgestab.errors import InputError
from edgestab.numerics.networks.data.file_formats import cifar_records
from edgestab.numerics.networks.data.images import digests_of, images_as_data
from edgestab.numerics.networks.data.kind import Class, Count, DataKind, Held
from edgestab.numerics.networks.data.samples import Data, Loaded, parted


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
    for path, digest in zip(batches, digests_of(sha256, len(batches)), strict=True):
        numbers, pixels = cifar_records(path, digest)
        labels.append(numbers)
        images.append(pixels)
    return images_as_data(
        "CIFAR-10", np.concatenate(images), np.concatenate(labels), 10, n, first, standardise, classes, pair
    )


class Cifar10Spec(DataKind, frozen=True, tag="cifar10"):
    """See `cifar10`; the `test` images after the first `n` are held out."""

    FILES = ("batches",)

    batches: list[str]
    n: Count
    test: Held = 0
    standardise: str = "pixel"
    pair: tuple[Class, Class] | None = None
    sha256: tuple[str, ...] = ()

    def load(self, classes: bool, folder: Path, /) -> Loaded:
        """Return the data."""
        whole = cifar10(
            [folder / b for b in self.batches],
            self.n + self.test,
            standardise=self.standardise,
            classes=classes,
            pair=self.pair,
            sha256=self.sha256,
        )
        return parted(whole, self.test, 1 if self.pair else 10)
