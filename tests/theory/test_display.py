"""What notebooks show: nothing of it is anybody's markup, and nothing is too long to typeset."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.display import MOST, card, definitions, formula
from edgestab.theory.loss import Loss
from edgestab.theory.models.catalogue import model
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.optimizers.gradient_descent import gradient_descent

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</div><b>",
    "$\\href{javascript:1}{x}$",
    "a & b",
)


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert {name for name, _ in attrs} <= {"style", "class"}
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_stay_texts(text: str) -> None:
    claim = Claim(text, text, text, text, (), ())
    seen = Tags(claim._repr_html_())
    assert set(seen.tags) <= {"div", "b", "p"}
    assert seen.words.count(text) == 4
    assert Tags(card(text, text, [text], [None])).words.count(text) == 3


def test_words_are_not_typeset() -> None:
    assert 'class="tex2jax_ignore mathjax_ignore"' in card("$x$", "", [], ["$y$"]).partition("$x$")[0]


def test_a_model_shows_its_loss_and_its_step() -> None:
    words = Tags(model("quartic")._repr_html_()).words
    assert "x^{2} y^{2}" in words
    assert "xy = -1, xy = 1" in words


def test_a_step_is_its_updates() -> None:
    shown = gradient_descent(Loss.parse("x**2/2", "x"))._repr_latex_()
    assert shown is not None
    assert "x' &=" in shown


def test_what_is_long_is_not_typeset() -> None:
    x = sp.Symbol("x")
    assert formula(sp.expand((1 + x) ** 150)) is None
    assert definitions([("y", sp.Add(*(x**k for k in range(2, 500))))]) is None
    long = Loss.parse(
        " + ".join(f"x**{k}" for k in range(2, 40)) + "".join(f" + {10**50 + k}*x" for k in range(60)), "x"
    )
    shown = long._repr_latex_()
    assert shown is None or len(shown) < MOST + 100
    assert "<p" in model_of_loss(long)._repr_html_()
