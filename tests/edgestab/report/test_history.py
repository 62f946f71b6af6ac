"""What was wrong before: no more than the changelog says, of claims that there are."""

import re
from pathlib import Path

from edgestab.report.history import history
from edgestab.report.relations import named_in
from edgestab.verify.catalogue import find, ids

CHANGELOG = Path(__file__).parents[3] / "CHANGELOG.md"


def test_every_change_is_a_row_of_the_changelog():
    rows = [
        re.split(r" ?\| ?", line.strip(" |"))
        for line in CHANGELOG.read_text(encoding="utf-8").splitlines()
        if "|" in line
    ]
    told = {(row[1], row[2]) for row in rows if len(row) == 3}
    assert history()
    for claim, changes in history().items():
        assert claim in ids()
        for change in changes:
            assert (change.said, change.says) in told, change


def test_every_row_is_a_change():
    text = CHANGELOG.read_text(encoding="utf-8")
    rows = re.findall(r"^  \| ((?:zhu|damian)2023\.[^|]*) \|", text, re.MULTILINE)
    named = {name.split(".")[-1] for row in rows for name in re.findall(r"[\w.-]+", row)}
    covered = {claim.partition(".")[2] for claim in history()}
    missing = {n for n in named if not any(c.endswith(n) or c.startswith(n) for c in covered)}
    assert missing - {"1", "2"} == set()


def test_a_claim_names_what_its_text_names():
    assert named_in(find("zhu2023.minima"), ids()) == ("zhu2023.edge-minimum",)
    assert "zhu2023.R11" in named_in(find("zhu2023.cor3.1"), ids())
    assert named_in(find("zhu2023.coupled"), ids()) == ()
    assert named_in(find("zhu2023.minima"), ()) == ()
