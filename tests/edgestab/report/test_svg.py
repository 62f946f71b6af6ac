"""Figures in the page: small, of its colours, and drawn as they were."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from edgestab.figures.style import new_figure, publication, to_svg
from edgestab.report.page import render
from edgestab.report.svg import _relative, figure_svg, letter_sheet
from edgestab.theory.claim import Claim
from edgestab.verify.catalogue import find
from edgestab.verify.check import check
from edgestab.verify.verdict import Verdict
from tests.reports_under_test import sampled, statement


def scatter(n, **how):
    rng = np.random.default_rng(0)
    with publication():
        figure = new_figure(5, 3)
        ax = figure.subplots()
        ax.plot(*rng.uniform(0, 1, (2, n)), ".", markeredgewidth=0, **how)
        ax.plot([0, 1], [0, 1], color="black")
        ax.set_title("$\\eta = 0.1$")
    return figure


def test_letters_are_shared():
    letters = {}
    first = figure_svg(scatter(20), "a", letters)
    count = len(letters)
    second = figure_svg(scatter(20), "b", letters)
    assert len(letters) == count > 0
    assert '<path id="l0" d="' in letter_sheet(letters)
    assert "<path id=" not in first  # ticks and markers are shared too
    ids = set(re.findall(r'id="([^"]+)"', letter_sheet(letters) + first + second))
    used = set(re.findall(r'href="#([^"]+)"', first + second)) | set(re.findall(r"url\(#([^)]+)\)", first + second))
    assert used <= ids
    assert not re.findall(r' id="([^"]+)"', first) or not set(re.findall(r' id="([^"]+)"', first)) & set(
        re.findall(r' id="([^"]+)"', second)
    )
    assert letter_sheet({}) == ""


@pytest.mark.parametrize("rasterized", [False, True])
def test_a_figure_is_a_fraction_of_what_matplotlib_writes(rasterized):
    figure = scatter(1400, rasterized=rasterized)
    letters = {}
    small = figure_svg(figure, "f", letters)
    assert len(small) < 0.4 * len(to_svg(figure, "f"))
    assert ET.fromstring(small).tag == "svg"
    assert ("data:image/webp;base64," in small) is rasterized


def test_every_dot_is_drawn_where_it_was():
    figure = scatter(50)
    before = re.findall(
        r'<use href="#f-m[0-9a-f]+" x="([\d.]+)" y="([\d.]+)" style="fill: #1f77b4', to_svg(figure, "f")
    )
    path = re.search(r'd="([^"]*h0)"', figure_svg(figure, "f", {}))[1]
    at, dots = np.zeros(2), []
    for x, y in re.findall(r"[Mm](-?[\d.]+)[ ]?(-?[\d.]+)h0", path):
        at = at + np.array([float(x), float(y)])
        dots.append(at)
    assert len(dots) == 50
    wanted = sorted((float(f"{float(x):.1f}"), float(f"{float(y):.1f}")) for x, y in before)
    np.testing.assert_allclose(dots, wanted, atol=1e-6)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("M1.5 2L3 4L3 4L2.5 6z", "M1.5 2l1.5 2-.5 2z"),
        ("M0 0L10 0.5L20 0", "M0 0l10 .5 10-.5"),
        ("M1 1h0M2 3h0", "M1 1h0m1 2h0"),
        ("M1 1C2 2 3 3 4 4", "M1 1C2 2 3 3 4 4"),
        ("M5 5L6 6zL7 7", "M5 5l1 1zl2 2"),
    ],
)
def test_paths_go_from_point_to_point(path, expected):
    assert _relative(path) == expected


def test_ink_is_the_page_s():
    found = figure_svg(scatter(5), "f", {})
    assert "#000000" not in found
    assert "currentColor" in found
    assert "#ffffff" not in found


def test_words_stand_where_they_stood():
    """The last letter of what is written at the ticks, from the matrices that a browser would multiply."""
    figure = scatter(5)
    wanted = set()
    for place, letters_of in re.findall(
        r'<g transform="translate\(([^)]*)\) scale\(0\.1 -0\.1\)">(.*?)</g>', to_svg(figure, "f"), re.DOTALL
    ):
        last = re.findall(r'transform="translate\(([^)]*)\)', letters_of)
        if last:
            (x, y), (dx, dy) = (map(float, t.split()) for t in (place, last[-1]))
            wanted.add((x + 0.1 * dx, y - 0.1 * dy))
    letters = {}
    small, sheet = figure_svg(figure, "f", letters), letter_sheet(letters)
    found = set()
    for use in re.findall(r'<use [^>]*href="#l\d+"[^>]*/>', small):
        at = dict(re.findall(r'(\w+)="#?([^"]*)"', use))
        word = re.search(rf'<g id="{at["href"]}" transform="scale\(0\.1 -0\.1\)">(.*?)</g>', sheet)
        if word:
            last = dict(re.findall(r'(\w+)="([^"]*)"', re.findall(r"<use [^>]*/>", word[1])[-1]))
            x, y, dx, dy = (float(d.get(k, "0")) for d in (at, last) for k in "xy")
            found.add((x + 0.1 * dx, y - 0.1 * dy))
    assert len(wanted) > 8
    assert all(min(np.hypot(x - p, y - q) for p, q in found) < 0.015 for x, y in wanted)


def test_the_same_figure_is_drawn_once():
    claims = [Claim(f"user.{i}", "me", "t", "w", (statement(),), kind="user") for i in "ab"]
    one, two = (render([Verdict(c, (sampled(),)) for c in some], effort="quick") for some in (claims[:1], claims))
    svg = re.search(r'<svg aria-hidden="true" focusable="false" width.*?</svg>', one, re.DOTALL)[0]
    assert len(two) - len(one) < len(svg) + 6000
    assert two.count("<image") + two.count('stroke-linecap="round"') == one.count("<image") + one.count(
        'stroke-linecap="round"'
    )


def followed(name, n, rng):
    """A verdict of so many orbits."""
    ends = {"offset": (0.02, 0.2), "b": (-0.1, 0.1), "margin": (0.1, 1), "gap": (0.4, 0.6)}
    series = {k: np.resize(v, n) for k, v in sampled().series.items()} | {
        k: rng.uniform(*v, n) for k, v in ends.items()
    }
    claim = Claim(f"user.{name}", "me", "t", "w", (statement(),), kind="user")
    return Verdict(claim, (sampled(series=series, points=n),))


def test_the_whole_catalogue_stays_below_three_megabytes():
    """What proofs, dense figures and sparse ones add to the page, times their numbers in the catalogue."""
    ids = ("zhu2023.minima", "zhu2023.coupled", "zhu2023.exact-map", "damian2023.heavy-ball", "kalra2023.map")
    proofs = [check(find(i)) for i in ids]
    rng = np.random.default_rng(2)
    orbits = [followed("a", 2000, rng), followed("b", 2000, rng), followed("c", 80, rng)]
    sizes = [len(render(v, effort="quick").encode()) for v in (proofs[:1], proofs, *(orbits[:i] for i in (1, 2, 3)))]
    proof, dense, sparse = (sizes[1] - sizes[0]) / (len(proofs) - 1), sizes[3] - sizes[2], sizes[4] - sizes[3]
    total = sizes[2] + 122 * proof + 36 * (dense + sparse)
    assert 2_000_000 < total < 3_000_000, (proof, dense, sparse)
