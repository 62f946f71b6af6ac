"""Where results go: what is there already is left alone, unless its overwriting was asked for."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from edgestab.errors import InputError
from edgestab.numerics.storage.zarr_folder import LOCK, StoreError, attributes_of, locked


def free_file(path: Path, *, overwrite: bool = False) -> Path:
    """Return the path of a file after making sure, before any work, that it may be written.

    Nothing is touched: a file that is to be overwritten keeps what it holds until the new content is complete.

    Parameters
    ----------
    path : Path
        The file.
    overwrite : bool
        Whether it may be there already.

    Raises
    ------
    InputError
        When it is there and is not to be overwritten, or its folder is not there.
    OSError
        When it cannot be written.
    """
    if not path.parent.is_dir():
        raise InputError(f"cannot write {path}: there is no folder {path.parent}; make it first")
    if path.is_dir():
        raise InputError(f"{path} is a folder: name a file in it")
    if path.exists() and not overwrite:
        raise InputError(f"{path} exists: name another file, or add --overwrite")
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        error.filename = str(path)  # what was asked for, and not a temporary name
        raise
    return path


def free_store(path: Path, *, overwrite: bool = False) -> Path:
    """Return the path of a store after making sure, before any work, that nothing is there; a store is removed first.

    Parameters
    ----------
    path : Path
        The folder.
    overwrite : bool
        Whether a store may be there, and is removed. A folder with anything else in it never is.

    Raises
    ------
    StoreError
        When something is there that is not to be overwritten, or another process is writing to it.
    """
    if not path.exists() or (path.is_dir() and all(p.name == LOCK for p in path.iterdir())):
        return path
    if attributes_of(path) is None:
        raise StoreError(f"{path} is no store of edgestab: name another folder")
    if not overwrite:
        raise StoreError(f"{path} exists: continue it with --resume, name another folder, or add --overwrite")
    with locked(path):
        shutil.rmtree(path)
    return path
