"""Where results go: what is there stays, unless its overwriting was asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgestab.errors import InputError
from edgestab.numerics.storage.places import free_file, free_store
from edgestab.numerics.storage.zarr_folder import ROOT, StoreError, locked


def test_a_file_that_cannot_be_written_is_refused_before_any_work(tmp_path: Path) -> None:
    assert free_file(tmp_path / "f.nc") == tmp_path / "f.nc"
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InputError, match="is a folder: name a file in it"):
        free_file(tmp_path, overwrite=True)
    with pytest.raises(InputError, match=r"there is no folder .*none"):
        free_file(tmp_path / "none" / "f.nc")


def test_a_file_is_refused_and_keeps_what_it_holds(tmp_path: Path) -> None:
    file = tmp_path / "f.png"
    file.write_text("a picture")
    with pytest.raises(InputError, match="exists: name another file, or add --overwrite"):
        free_file(file)
    assert free_file(file, overwrite=True) == file
    assert file.read_text() == "a picture"


def store(path: Path) -> Path:
    path.mkdir()
    (path / ROOT).write_text('{"attributes": {"kind": "basin"}}')
    return path


def test_a_store_is_removed_where_that_was_asked_for(tmp_path: Path) -> None:
    assert free_store(tmp_path / "new.zarr") == tmp_path / "new.zarr"
    found = store(tmp_path / "old.zarr")
    with pytest.raises(StoreError, match="--resume, name another folder, or add --overwrite"):
        free_store(found)
    assert found.exists()
    with locked(found), pytest.raises(StoreError, match="another process is writing"):
        free_store(found, overwrite=True)
    assert (found / ROOT).exists()
    free_store(found, overwrite=True)
    assert not found.exists()


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_what_is_no_store_is_never_removed(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "thesis"
    if kind == "folder":
        path.mkdir()
        (path / "chapter1.tex").write_text("Gradient descent")
    else:
        path.write_text("Gradient descent")
    for overwrite in (False, True):
        with pytest.raises(StoreError, match="is no store of edgestab"):
            free_store(path, overwrite=overwrite)
    assert path.exists()
