"""Files that are complete or what they were before."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgestab.numerics.storage.atomic import content_of, replacing, synchronise


@pytest.mark.parametrize("durable", [False, True])
def test_a_file_is_what_was_written_or_what_it_was(durable: bool, tmp_path: Path) -> None:
    file = tmp_path / "f"
    with replacing(file, durable=durable) as out:
        out.write(b"first")
        assert not file.exists()
    assert content_of(file) == b"first"

    def fails(error: type[BaseException]) -> None:
        with replacing(file, durable=durable) as out:
            out.write(b"second")
            raise error

    for error in (OSError, KeyboardInterrupt):
        with pytest.raises(error):
            fails(error)
    assert content_of(file) == b"first"
    assert [p.name for p in tmp_path.iterdir()] == ["f"]
    assert content_of(tmp_path / "none") is None
    assert content_of(tmp_path) is None


def test_files_and_folders_are_synchronised(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x")
    synchronise(tmp_path / "f")
    synchronise(tmp_path)
    assert content_of(tmp_path / "f") == b"x"
    with pytest.raises(FileNotFoundError):
        synchronise(tmp_path / "none")
