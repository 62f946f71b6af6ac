"""The state of a run on disk: plain arrays in one file, written in one atomic step."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from edgestab.errors import InputError
from edgestab.numerics.storage.atomic import replacing, synchronise

Arrays = Mapping[str, NDArray[Any]]


def save(path: Path, arrays: Arrays) -> None:
    """Write arrays into a file: afterwards it holds them and is on the disk, or it is what it was before.

    Raises
    ------
    OSError
        When it cannot be written.
    """
    with replacing(path, durable=True) as file:
        cast(Any, np.savez)(file, **arrays)  # its types mistake names of arrays for its own arguments
    synchronise(path.parent)


def load(path: Path) -> dict[str, NDArray[Any]] | None:
    """Return what was written; None where there is no file.

    Raises
    ------
    InputError
        When it is damaged.
    """
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except FileNotFoundError:
        return None
    except (ValueError, EOFError, KeyError, OSError, zipfile.BadZipFile) as error:
        raise InputError(f"{path} is damaged: remove the folder it is in and run again") from error
