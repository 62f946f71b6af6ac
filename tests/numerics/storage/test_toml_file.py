"""TOML files: a typed value, or one sentence that names the file."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from edgestab.errors import InputError
from edgestab.numerics.storage.toml_file import LARGEST_FILE, decoder, read_toml, tables_of


class Point(msgspec.Struct, forbid_unknown_fields=True):
    x: float
    y: list[int] = []

    def __post_init__(self) -> None:
        if self.x < 0:
            raise InputError(f"x must not be negative, got {self.x}")


def test_a_file_becomes_a_value(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text("x = 1 # µ\ny = [1, 2]", encoding="utf-8")
    assert read_toml(file, decoder(Point)) == Point(1.0, [1, 2])
    assert read_toml(file, dict) == {"x": 1, "y": [1, 2]} == tables_of("x = 1\ny = [1, 2]")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"x = 1 # \xff", "is not UTF-8 text: byte 8 cannot be decoded"),
        (b"x = ", "not valid TOML"),
        (b"x = " + b"[" * 100_000, "not valid TOML"),
        (b"#" * (LARGEST_FILE + 1), "is larger than 1 MiB"),
        (b"y = [1]", "the entry x is missing"),
        (b"x = 1\nz = 2", "unknown entry z; the entries are x, y (line 2)"),
        (b"x = 1\ny = ['a']", "y[0]: expected a whole number, got a text (line 2)"),
        (b"x = -1", "x must not be negative, got -1.0"),
    ],
    ids=range(8),
)
def test_everything_wrong_is_one_sentence_with_the_name_of_the_file(content: bytes, words: str, tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_bytes(content)
    with pytest.raises(InputError, match=f"{re.escape(str(file))}.*{re.escape(words)}") as caught:
        read_toml(file, decoder(Point))
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read .*p\.toml: No such file"):
        read_toml(tmp_path / "p.toml", decoder(Point))


def test_a_bug_in_decoding_is_not_taken_for_a_wrong_file(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text("x = 1")
    with pytest.raises(ZeroDivisionError):
        read_toml(file, lambda _: 1 // 0)
