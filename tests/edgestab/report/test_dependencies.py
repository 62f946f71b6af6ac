"""The graph of all claims: what is drawn of which arrow, where, and in which colour."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from edgestab.report.dependencies import arrows_among, dependencies
from edgestab.report.graph import paper_svg
from edgestab.report.layers import layers
from edgestab.verify.catalogue import find, ids
from tests.reports_under_test import Page

NODES = st.sampled_from("abcdefg")
ARROWS = st.lists(st.tuples(NODES, NODES).filter(lambda a: a[0] != a[1]), unique=True, min_size=1)


@given(arrows=ARROWS)
def test_no_two_things_have_one_place_and_arrows_lead_to_the_right(arrows: list[tuple[str, str]]) -> None:
    found = layers(arrows, 5)
    assert set(found.places) == {node for arrow in arrows for node in arrow}
    assert len(set(found.places.values())) == len(found.places)
    taken = set(found.places.values())
    for (a, b), route in found.routes.items():
        assert {route[0], route[-1]} == {found.places[a], found.places[b]}
        assert route[0][0] < route[-1][0]
        if all(q[0] - p[0] == 1 for p, q in pairwise(route)):
            assert not taken & set(route[1:-1])
    assert set(found.routes) == set(arrows)


@given(arrows=ARROWS)
def test_without_circles_every_arrow_begins_at_what_is_named(arrows: list[tuple[str, str]]) -> None:
    forward = [(min(a), max(a)) for a in arrows]
    found = layers(list(dict.fromkeys(forward)), 3)
    for (a, b), route in found.routes.items():
        assert (route[0], route[-1]) == (found.places[a], found.places[b])
        assert [place[0] for place in route] == list(range(route[0][0], route[-1][0] + 1))


def test_a_claim_that_names_a_slip_or_is_its_corrected_form_stands_before_it() -> None:
    claims = [*map(find, ids("zhu2023"))]
    arrows = arrows_among(claims)
    assert ("zhu2023.R4", "zhu2023.slip8-corrected") in arrows
    assert all((c.corrected, c.id) in arrows for c in claims if c.corrected)


def test_claims_have_their_verdict_their_link_and_their_whole_name_and_others_are_counted() -> None:
    claims = [*map(find, ids())]
    arrows = arrows_among(claims)
    joined = {name for arrow in arrows for name in arrow}
    text = dependencies(claims, {"zhu2023.slip3": "REFUTED"}, {i: f"{i}.html" for i in ids()}, 2)
    assert joined == {t.removesuffix(".html") for t in Page(f"<div>{text}</div>").targets}
    assert f"{len(claims) - len(joined)} of the {len(claims)} claims" in text
    assert re.search(r'<a href="zhu2023.slip3.html"><title>zhu2023.slip3, REFUTED</title><rect [^>]*refuted"', text)
    assert ">liang2025.critical-step</text>" in text  # in the graph of another paper, by its whole id
    assert ">R4</text>" in text


def test_nothing_is_drawn_where_no_claim_names_another() -> None:
    assert dependencies([find("zhu2023.slip3"), find("zhu2023.tied")], {}, {}, 2) == ""


def test_two_claims_that_name_each_other_are_joined_once_with_two_heads() -> None:
    text = paper_svg("p", [("p.a", "p.b"), ("p.b", "p.a")], {}, {})
    (line,) = re.findall(r'<path d="([^"]*)"', text)
    assert line.count("l") == 4
    (other,) = re.findall(r'<path d="([^"]*)"', paper_svg("p", [("p.a", "p.b")], {}, {}))
    assert other.count("l") == 2
