r"""Reading the files that data come in: IDX, CIFAR-10 binary and ``.npz``. Nothing is unpickled."""

from __future__ import annotations

import gzip
import hashlib
import io
import zipfile
import zlib
from collections.abc import Sequence
from math import prod
from pathlib import Path
from stat import S_ISREG
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgestab.errors import InputError

LARGEST = 4 << 30
"""Bytes of the largest file that is read, unpacked."""

CIFAR_RECORD = 1 + 3 * 32 * 32
"""Bytes of one image of CIFAR-10 with its class."""

Bytes = NDArray[np.uint8]


def idx(path: Path, dimensions: int, sha256: str | None = None) -> Bytes:
    """Return the bytes of an IDX file (LeCun's format of MNIST), packed by gzip or not.

    Parameters
    ----------
    dimensions : int
        How many the file must have: 3 for images, 1 for labels.
    sha256 : str, optional
        Of the file as it lies there.

    Raises
    ------
    InputError
        When the file is missing, no IDX file of bytes with as many dimensions, or has another length than it says.
    """
    raw = read_bytes(path, sha256)
    if raw[:2] == b"\x1f\x8b":
        raw = _unpacked(path, raw)
    if raw[:3] != b"\0\0\x08" or len(raw) < 4:
        raise InputError(f"{path} is no IDX file of bytes: it begins with {raw[:4].hex() or 'nothing'}, not 000008")
    header = 4 + 4 * raw[3]
    if raw[3] != dimensions or len(raw) < header:
        raise InputError(f"{path} has {raw[3]} dimensions, and {dimensions} are wanted: 3 for images, 1 for labels")
    shape = tuple(int.from_bytes(raw[i : i + 4], "big") for i in range(4, header, 4))
    size = prod(shape)
    if len(raw) - header != size or not size:
        raise InputError(
            f"{path} says it has {' x '.join(map(str, shape))} bytes after its header, and has {len(raw) - header}: "
            "it is truncated or damaged"
        )
    return np.frombuffer(raw, np.uint8, offset=header).reshape(shape)


def read_bytes(path: Path, sha256: str | None = None) -> bytes:
    """Return what a file holds.

    Raises
    ------
    InputError
        When it cannot be read, is too large, or has another SHA-256.
    """
    try:
        found = path.stat()
        if not S_ISREG(found.st_mode):
            raise InputError(f"{path} is no file")
        if found.st_size > LARGEST:
            raise InputError(f"{path} is larger than {LARGEST >> 30} GiB: split it")
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from None
    if sha256 is not None:
        digest = hashlib.sha256(raw).hexdigest()
        if digest != sha256.lower():
            raise InputError(f"{path} has the SHA-256 {digest}, and {sha256[:64]} was given: it is another file")
    return raw


def _unpacked(path: Path, raw: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as file:
            unpacked = file.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path} cannot be unpacked: {error}") from None
    if len(unpacked) > LARGEST:
        raise InputError(f"{path} unpacks to more than {LARGEST >> 30} GiB: split it")
    return unpacked


def cifar_records(path: Path, sha256: str | None = None) -> tuple[Bytes, Bytes]:
    """Return the class numbers, shape (n,), and images, shape (n, 3, 32, 32), of a file of CIFAR-10's binary version.

    Raises
    ------
    InputError
        When the file is missing, is no whole number of records, or holds a class above 9.
    """
    raw = read_bytes(path, sha256)
    if not raw or len(raw) % CIFAR_RECORD:
        raise InputError(
            f"{path} has {len(raw)} bytes, which is no multiple of the {CIFAR_RECORD} of a CIFAR-10 record: "
            "it is truncated, or not the binary version"
        )
    records = np.frombuffer(raw, np.uint8).reshape(-1, CIFAR_RECORD)
    labels = records[:, 0]
    if labels.max() > 9:
        raise InputError(f"{path} holds the class {labels.max()}, and CIFAR-10 has 0 to 9: it is another file")
    return labels, records[:, 1:].reshape(-1, 3, 32, 32)


def npz_arrays(path: Path, names: Sequence[str], sha256: str | None = None) -> list[NDArray[Any]]:
    """Return arrays of an ``.npz`` file by their names.

    Raises
    ------
    InputError
        When the file is missing or no ``.npz`` file, or an array is missing or holds Python objects.
    """
    raw = read_bytes(path, sha256)
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > LARGEST:
            raise OSError(f"it unpacks to more than {LARGEST >> 30} GiB")
        with np.load(io.BytesIO(raw), allow_pickle=False) as arrays:
            missing = [name for name in names if name not in arrays.files]
            found = None if missing else [arrays[name] for name in names]
            there = ", ".join(arrays.files)[:200] or "none"
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise InputError(f"{path} is no .npz file, or a damaged one: {error}") from None
    except ValueError as error:
        if "allow_pickle" in str(error):
            raise InputError(f"{path} holds Python objects, which are not read: save arrays of numbers") from None
        raise InputError(f"{path} is a damaged .npz file: {error}") from None
    if found is None:
        raise InputError(f"{path} has no array {missing[0][:40]!r}; it has {there}")
    return found
