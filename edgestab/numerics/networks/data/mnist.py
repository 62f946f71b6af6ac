"""MNIST, Fashion-MNIST and other sets in IDX files of the user's own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from edgestab.errors import InputError
from edgestab.numerics.networks.data.file_formats import idx
from edgestab.numerics.networks.data.images import digests_of, images_as_data
from edgestab.numerics.networks.data.kind import Class, Count, DataKind, Held, outputs_of
from edgestab.numerics.networks.data.samples import Data, Loaded, parted


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
    digests = digests_of(sha256, 2)
    pixels, numbers = idx(images, 3, digests[0]), idx(labels, 1, digests[1])
    if len(pixels) != len(numbers):
        raise InputError(
            f"{images} holds {len(pixels)} images and {labels} holds {len(numbers)} labels: they do not belong together"
        )
    count = max(10, int(numbers.max()) + 1)
    return images_as_data(images.name, pixels[:, None], numbers, count, n, first, standardise, classes, pair)


class MnistSpec(DataKind, frozen=True, tag="mnist"):
    """MNIST or Fashion-MNIST (see `mnist`); `test` images after the first `n` are held out."""

    FILES = ("images", "labels")

    images: str
    labels: str
    n: Count
    test: Held = 0
    standardise: str = "pixel"
    pair: tuple[Class, Class] | None = None
    sha256: tuple[str, ...] = ()

    def load(self, classes: bool, folder: Path, /) -> Loaded:
        """Return the data."""
        whole = mnist(
            folder / self.images,
            folder / self.labels,
            self.n + self.test,
            standardise=self.standardise,
            classes=classes,
            pair=self.pair,
            sha256=self.sha256,
        )
        return parted(whole, self.test, max(10, outputs_of(whole)) if self.pair is None else 1)
