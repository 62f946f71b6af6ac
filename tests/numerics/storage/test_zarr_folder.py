"""Folders of stores: one writer at a time, checked twice, and differences in words."""

from __future__ import annotations

import errno
import functools
import multiprocessing
import os
from pathlib import Path

import pytest

from edgestab.numerics.storage.zarr_folder import (
    LOCK,
    ROOT,
    StoreError,
    attributes_of,
    first_difference,
    held,
    is_folder,
    naming,
    require_empty,
    write_missing,
)

CHILDREN = multiprocessing.get_context("spawn")


def hold(path: str) -> None:
    try:
        with held(Path(path), lambda: None):
            os._exit(0)
    except StoreError:
        os._exit(7)


def in_child(path: Path) -> int | None:
    """The exit code of another process that asks for a folder, and dies while it holds it."""
    process = CHILDREN.Process(target=hold, args=(str(path),))
    process.start()
    process.join()
    return process.exitcode


def test_one_process_holds_a_folder_until_it_ends_or_dies(tmp_path: Path) -> None:
    path = tmp_path / "s.zarr"
    with held(path, lambda: None):
        assert in_child(path) == 7
        with pytest.raises(StoreError, match="another process is writing to"), held(path, lambda: None):
            pass
    assert in_child(path) == 0
    with held(path, functools.partial(require_empty, path)):  # what the dead left behind is no content
        pass


def test_a_folder_is_checked_before_it_is_made_and_again_when_it_is_held(tmp_path: Path) -> None:
    path, seen = tmp_path / "s.zarr", []

    def check() -> None:
        seen.append((path.exists(), (path / LOCK).exists()))
        if len(seen) == 3:
            raise StoreError("not this one")

    with held(path, check):
        assert seen == [(False, False), (True, True)]
    (path / "half.partial").write_bytes(b"mine")
    with pytest.raises(StoreError, match="not this one"), held(path, check):
        pass
    assert (path / "half.partial").exists()
    with held(path, lambda: None):
        assert not (path / "half.partial").exists()


def test_files_are_written_where_they_are_missing_or_other(tmp_path: Path) -> None:
    wanted = {"a": b"1", "b/c": b"2", ROOT: b'{"attributes": {"x": 1}}'}
    write_missing(tmp_path, wanted)
    before = {name: (tmp_path / name).stat().st_mtime_ns for name in wanted}
    (tmp_path / "b/c").write_bytes(b"3")
    write_missing(tmp_path, wanted)
    assert {name: (tmp_path / name).read_bytes() for name in wanted} == wanted
    assert [n for n in wanted if (tmp_path / n).stat().st_mtime_ns == before[n]] == ["a", ROOT]
    assert attributes_of(tmp_path) == {"x": 1}
    for content in (b"", b"{}", b"[1]", b'{"attributes": 3}'):
        (tmp_path / ROOT).write_bytes(content)
        assert attributes_of(tmp_path) is None
    assert attributes_of(tmp_path / "none") is None


def test_what_is_there_is_refused_in_words(tmp_path: Path) -> None:
    require_empty(tmp_path)
    assert is_folder(tmp_path)
    assert not is_folder(tmp_path / "none")
    file = tmp_path / "f"
    file.write_text("mine")
    for path in (file, tmp_path):
        with pytest.raises(StoreError, match="exists: continue it with --resume"):
            require_empty(path)
    with pytest.raises(StoreError, match="is a file: name the store's folder"):
        is_folder(file)


def test_an_error_of_the_system_names_the_store_and_what_is_left() -> None:
    said = "No space left on device; all of it stays"
    with pytest.raises(OSError, match=said) as caught, naming(Path("s.zarr"), "all of it stays"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, "s.zarr")


def test_the_first_difference_is_in_the_order_of_what_is_wanted() -> None:
    assert first_difference({"a": [1, {"b": 2}]}, {"a": [1, {"b": 2}]}) is None
    assert first_difference({"x": 1, "y": 2}, {"y": 3, "x": 4}) == ("y", "2 there and 3 here")
    assert first_difference({"x": 1, "more": 2}, {"x": 1}) == ("more", "2 there and None here")
    assert first_difference({"x": None}, {"x": {"y": 1}}) == ("x", "None there and {'y': 1} here")
    found = first_difference({"x": "a" * 41}, {"x": "b" * 40})
    assert found == ("x", f"{'a' * 37}... there and {'b' * 40} here")
