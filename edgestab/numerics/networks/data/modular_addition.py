"""Pairs of tokens and their sum modulo a number."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import torch

from edgestab.errors import InputError
from edgestab.numerics.networks.data.kind import DataKind, Held, Seed
from edgestab.numerics.networks.data.samples import Data, Loaded, one_hot, parted, seeded


def modular_addition(modulus: int, n: int | None = None, *, seed: int = 0, classes: bool = False) -> Data:
    """Return pairs of tokens and their sum modulo a number, in an order drawn from the seed.

    Parameters
    ----------
    n : int, optional
        How many of the modulus^2 pairs; all by default.
    classes : bool
        As in `digits`.

    Examples
    --------
    >>> modular_addition(5, 3, classes=True).inputs.shape
    torch.Size([3, 2])
    """
    count = modulus**2 if n is None else n
    if not 1 <= count <= modulus**2:
        raise InputError(f"there are {modulus**2} pairs modulo {modulus}, and {count} were asked for")
    chosen = torch.randperm(modulus**2, generator=seeded(seed))[:count]
    a, b = chosen // modulus, chosen % modulus
    labels = (a + b) % modulus
    targets = labels if classes else one_hot(labels, modulus)
    return Data(f"addition modulo {modulus}, n = {count}", torch.stack([a, b], dim=1).to(torch.float64), targets)


class ModularAdditionSpec(DataKind, frozen=True, tag="modular-addition"):
    """See `modular_addition`."""

    modulus: Annotated[int, msgspec.Meta(ge=2, le=4096)]
    test: Held = 0
    seed: Seed = 0

    def load(self, classes: bool, _folder: Path, /) -> Loaded:
        """Return the data."""
        return parted(modular_addition(self.modulus, seed=self.seed, classes=classes), self.test, self.modulus)
