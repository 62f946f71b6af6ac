"""The papers: every paper of the catalogue has an entry, and what catalogue and entry both say agrees."""

import re
from pathlib import Path

import pytest

from edgestab.theory.claims.catalogue import PAPERS
from edgestab.theory.papers import PUBLICATIONS, arxiv_numbers
from edgestab.verify.catalogue import papers

ROOT = Path(__file__).parents[2]


def test_every_paper_of_the_catalogue_is_there_and_no_other():
    assert {*PUBLICATIONS, "derived"} == set(papers())


@pytest.mark.parametrize("key", PUBLICATIONS)
def test_entries_are_whole(key):
    paper = PUBLICATIONS[key]
    assert paper.title
    assert paper.authors
    assert key.endswith(str(paper.year))
    assert re.fullmatch(r"(\d{4}\.\d{4,5})?", paper.arxiv)
    assert paper.url.endswith(paper.arxiv)
    entry = paper.bibtex(key)
    assert entry.count("{") == entry.count("}")
    assert all(a in entry for a in paper.authors)


def test_numbers_agree_with_the_catalogue_s_sources():
    for key, paper in PAPERS.items():
        for number in arxiv_numbers(paper.source):
            assert PUBLICATIONS[key].arxiv == number


def test_no_two_papers_share_a_number():
    numbers = [p.arxiv for p in PUBLICATIONS.values() if p.arxiv]
    assert len(numbers) == len(set(numbers))
