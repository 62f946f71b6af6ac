"""What a kind of data is in a specification: the entries of its table, and the data they stand for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar

import msgspec

from edgestab.numerics.networks.data.samples import Data, Loaded

Count = Annotated[int, msgspec.Meta(ge=1, le=1 << 24)]
Held = Annotated[int, msgspec.Meta(ge=0, le=1 << 24)]
Seed = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]
Class = Annotated[int, msgspec.Meta(ge=0, le=255)]
Level = Annotated[float, msgspec.Meta(ge=0)]


class DataKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """A ``[data]`` table. Each kind is a struct beside the function it calls, tagged with its name."""

    FILES: ClassVar[tuple[str, ...]] = ()
    """The entries that name files of the user's own: a path each, or one list of paths."""

    def load(self, classes: bool, folder: Path, /) -> Loaded:
        """Return the data.

        Parameters
        ----------
        classes : bool
            Whether the criterion takes class numbers.
        folder : Path
            Where paths of files start from.

        Raises
        ------
        InputError
            When there are no such data.
        """
        raise NotImplementedError


def outputs_of(data: Data) -> int:
    """Return how many outputs a network for these targets has."""
    return data.targets.shape[1] if data.targets.ndim > 1 else 1 + int(data.targets.max())
