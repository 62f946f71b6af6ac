"""Formulas in sentences: what is one, what it becomes, and that nothing else is touched."""

import html
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgestab.report.prose import prose
from edgestab.report.tokens import tokens


def mathml(text):
    """The formulas of a sentence."""
    return re.findall(r"<math>(.*?)</math>", prose(text))


def plain(text):
    """What a reader of the HTML without its tags reads."""
    return html.unescape(re.sub(r"<[^>]*>", "", prose(text)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2/eta", "<mn>2</mn><mi>/</mi><mi>η</mi>"),
        ("a0^2", "<msubsup><mi>a</mi><mn>0</mn><mn>2</mn></msubsup>"),
        ("x_final", "<msub><mi>x</mi><mi>final</mi></msub>"),
        ("S_oo", "<msub><mi>S</mi><mi>∞</mi></msub>"),
        ("b''", "<msup><mi>b</mi><mo>″</mo></msup>"),
        ("z*", "<msup><mi>z</mi><mo>*</mo></msup>"),
        ("k^(5/2)", "<msup><mi>k</mi><mrow><mn>5</mn><mi>/</mi><mn>2</mn></mrow></msup>"),
        ("eta^-1", "<msup><mi>η</mi><mrow><mo>−</mo><mn>1</mn></mrow></msup>"),
        ("sqrt2 K", "<msqrt><mn>2</mn></msqrt><mi>K</mi>"),
        ("sqrt(x y)", "<msqrt><mi>x</mi><mi>y</mi></msqrt>"),
        ("xy = 1", "<mi>x</mi><mi>y</mi><mo>=</mo><mn>1</mn>"),
        ("|x| <= 1", "<mi>|</mi><mi>x</mi><mi>|</mi><mo>≤</mo><mn>1</mn>"),
        (
            "(-x, -y)",
            '<mo>(</mo><mo form="prefix">−</mo><mi>x</mi><mo>,</mo><mo form="prefix">−</mo><mi>y</mi><mo>)</mo>',
        ),
        ("1e-9 eta", "<msup><mn>10</mn><mrow><mo>−</mo><mn>9</mn></mrow></msup><mi>η</mi>"),
        ("n x d", "<mi>n</mi><mo>×</mo><mi>d</mi>"),
        ("grad L", "<mo>∇</mo><mi>L</mi>"),
        ("Q_(l+1)", "<msub><mi>Q</mi><mrow><mi>l</mi><mo>+</mo><mn>1</mn></mrow></msub>"),
        ("x**2", "<msup><mi>x</mi><mn>2</mn></msup>"),
    ],
)
def test_formulas(text, expected):
    assert mathml(text) == [expected]
    assert mathml(f"it says that {text} holds") == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "a 2-cycle of the map",
        "Theorem 3.1, and section 4",
        "R4 of the results",
        "from 3 of 5 seeds",
        "the loss falls, not at every step",
        "in (0, 0.1] and at 1/2",
        "one-dimensional (and convex)",
        "A claim (of ours) as it is",
        "seeds 300, 301: 12 per cent",
    ],
)
def test_words_and_numbers_stay_text(text):
    assert prose(text) == html.escape(text)


def test_the_article_is_no_variable():
    assert mathml("by 1 - eta S a step, from a + b") == [
        "<mn>1</mn><mo>−</mo><mi>η</mi><mi>S</mi>",
        "<mi>a</mi><mo>+</mo><mi>b</mi>",
    ]


def test_a_long_formula_may_break_at_its_signs_alone():
    pieces = mathml("lam^2 - (x^2 + y^2)(3 g^2 - 1) lam - g^2 (3 - 10 g^2 + 7 g^4)")
    assert len(pieces) == 3
    assert all(p.startswith('<mo form="infix">−</mo>') for p in pieces[1:])


def test_ids_of_claims_are_links_and_others_are_not():
    text = prose("see zhu2023.R4, zhu2023.R99 and <zhu2023.R4>", {"zhu2023.R4": '#"r4'})
    assert text.count('<a href="#&quot;r4">zhu2023.R4</a>') == 2
    assert "zhu2023.R99" in text


@pytest.mark.parametrize(
    "text",
    ["((((x", "x))", "x^", "sqrt(", "|x", "x_(", "2^^3 x", "{x]", "^2 x", "x +", "* x", "(" * 60 + "x" + ")" * 60],
)
def test_what_fits_together_in_no_way_stays_readable(text):
    assert re.sub(r"\W", "", plain(text)) == re.sub(r"\W", "", text)
    assert prose(text).count("<math>") == prose(text).count("</math>")


def test_a_very_long_text_is_shown_as_it_is():
    text = "x^2 < 1 & " * 3000
    assert prose(text) == html.escape(text)


@pytest.mark.parametrize("piece", ["(", "x^(", "|", "sqrt", "a_", "[x, ", "-("])
def test_texts_that_open_and_never_close_take_no_time(piece):
    text = piece * (19_000 // len(piece))
    began = time.process_time()
    prose(text)
    assert time.process_time() - began < 10


@settings(max_examples=300, deadline=None)
@given(st.text("ax1 ^_()|<>&\"'+-*/=.,eta sqrt[]{}!~\\", max_size=60))
def test_any_text_gives_balanced_elements_and_only_ours(text):
    found = prose(text)
    tags = re.findall(r"<(/?)([a-z]+)[^>]*>", found)
    assert {name for _, name in tags} <= {
        "math",
        "mi",
        "mn",
        "mo",
        "mrow",
        "msup",
        "msub",
        "msubsup",
        "msqrt",
        "mspace",
    }
    open_ = []
    for closing, name in tags:
        if not closing:
            open_.append(name)
        else:
            assert open_.pop() == name
    assert open_ == []
    assert "<" not in re.sub(r"<[^>]*>", "", found)


@given(st.text(max_size=80))
def test_the_pieces_of_a_text_are_the_text(text):
    assert "".join(t.text for t in tokens(text)) == text


def test_statements_of_the_catalogue_are_typeset():
    from edgestab.verify.listing import listing

    ascii_left = re.compile(r"[A-Za-z0-9)]\^[A-Za-z0-9(]|[a-z]_[a-z0-9]|\bsqrt\b|\beta\b")
    left = [c.id for c in listing() if ascii_left.search(re.sub(r"<math>.*?</math>", "", prose(c.words)))]
    assert len(left) <= 3, left
