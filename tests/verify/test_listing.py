"""The list of the catalogue: what the claims say, from the cache when it is whole."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from edgestab.errors import InputError
from edgestab.verify import listing as module
from edgestab.verify.catalogue import catalogue
from edgestab.verify.listing import Listed, listing


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(module, "cache_folder", lambda: tmp_path)
    return tmp_path


def test_it_says_what_the_claims_say_with_and_without_the_cache(folder: Path) -> None:
    true = tuple(Listed(c.id, c.title, c.kind, c.source, c.words) for c in catalogue())
    assert listing() == true
    (file,) = folder.iterdir()
    assert listing() == true
    assert listing("wang2024") == tuple(c for c in true if c.id.startswith("wang2024."))
    file.write_text("[{", encoding="utf-8")
    assert listing() == true
    assert json.loads(file.read_text(encoding="utf-8"))[0]["id"] == true[0].id


def test_other_sources_are_another_list(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listing()
    monkeypatch.setattr(module, "version", lambda name: f"{name} 0")
    listing()
    assert len(list(folder.iterdir())) == 2


def test_a_stored_list_needs_no_sympy() -> None:
    listing()
    code = "import sys; from edgestab.verify.listing import listing; listing(); print('sympy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_an_unknown_paper_is_refused() -> None:
    with pytest.raises(InputError, match="unknown paper 'zhu'; did you mean zhu2023"):
        listing("zhu")
