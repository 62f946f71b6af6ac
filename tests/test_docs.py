"""Every example in the documentation runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from edgestab.verify.check import check
from edgestab.verify.claim_files.claims import read_claim
from edgestab.verify.claim_files.door import read
from edgestab.verify.claim_files.sweeping import outcomes_of
from edgestab.verify.evidence.standing import Standing

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(language: str) -> list[tuple[str, str]]:
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for number, body in enumerate(re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)):
            found.append((f"{page.name}:{number}", body))
    return found


@pytest.mark.parametrize(("name", "body"), blocks("python"), ids=lambda v: v if ":" in v and "\n" not in v else "")
def test_python_examples_run(name: str, body: str) -> None:
    if "networks" in body or "Observation" in body:
        pytest.importorskip("torch")
    done = subprocess.run(
        [sys.executable, "-c", body], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, (name, done.stderr)
    assert done.stdout.strip()


@pytest.mark.parametrize(("name", "body"), blocks("toml"), ids=lambda v: v if ":" in v and "\n" not in v else "")
def test_toml_examples_are_checked(name: str, body: str, tmp_path: Path) -> None:
    path = tmp_path / "example.toml"
    path.write_text(body, encoding="utf-8")
    if name.startswith("networks.md"):
        pytest.importorskip("torch")
        from edgestab.numerics.networks.run.spec import read as read_run
        from edgestab.numerics.networks.specs.spec import problem_of

        assert problem_of(read_run(path).problem).objective.size == 701
        return
    if "[conclusion]" in body:
        verdict = check(read_claim(path))
        assert verdict.standing in (Standing.SUPPORTED, Standing.PROVED), (name, verdict.sentence)
        return
    assert outcomes_of(read(path)).sizes["orbit"] == 1024
