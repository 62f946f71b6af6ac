"""What a kind of network is in a specification: the entries of its table, and the network they stand for."""

from __future__ import annotations

from math import prod
from typing import Annotated

import msgspec

from edgestab.errors import InputError
from edgestab.numerics.networks.data.samples import Loaded
from edgestab.numerics.networks.losses.network import Network

Size = Annotated[int, msgspec.Meta(ge=1, le=1 << 20)]


class NetworkKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """A ``[network]`` table. Each kind is a struct beside the function it calls, tagged with its name.

    Inputs and outputs are not entries: the data say them.
    """

    def build(self, loaded: Loaded) -> Network:
        """Return the network for these data.

        Raises
        ------
        InputError
            When it does not take such inputs.
        """
        raise NotImplementedError


def inputs_of(loaded: Loaded) -> int:
    """Return how many numbers an input has."""
    return prod(loaded.train.inputs.shape[1:])


def image_of(loaded: Loaded, kind: str) -> tuple[int, int, int]:
    """Return channels, height and width of the inputs.

    Raises
    ------
    InputError
        When they are no images.
    """
    shape = tuple(loaded.train.inputs.shape[1:])
    if len(shape) != 3:
        raise InputError(
            f"a {kind} takes images of shape (channels, height, width), and {loaded.train.name} has inputs of shape "
            f"{shape}: use an mlp, or other data"
        )
    return shape
