"""Whatever a claim of a user says, it is text: every element and attribute of the page is ours."""

import dataclasses
import re

import pytest

from edgestab.report.claim import Context, claim_html
from edgestab.report.page import render
from edgestab.theory.claim import Claim
from edgestab.verify.evidence.followed import Counterexample
from edgestab.verify.evidence.symbolic import LemmaResult, SymbolicEvidence
from edgestab.verify.evidence.unsettled import UnsettledEvidence
from edgestab.verify.verdict import Verdict
from tests.reports_under_test import Page, sampled, statement

ATTACKS = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</style><style>*{display:none}</style>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '" autofocus onfocus="alert(1)',
    "<svg onload=alert(1)>",
    "<math><mtext></mtext><script>1</script></math>",
    "x^<b>2</b> = <i>y</i>_<u>1</u>",
    "sqrt(<iframe src=javascript:alert(1)>)",
    "javascript:alert(1)",
    "{{ 7*7 }}{% raw %}",
    "<!-- comment --><!DOCTYPE html>",
    "]]><![CDATA[<b>",
    "&lt;b&gt; &amp; &#60;script&#62;",
    "</article></main></body></html>",
    "\u202e\u0000\x1b[31m<b>\ud7ff",
    "x" * 30_000,
    "(" * 3_000,
    "|x|^" * 800,
    "NaN, nan, inf < -inf",
    "\\end{verbatim} \\input{/etc/passwd} % $ # _ ~ ^ {}",
)
OURS = re.compile(
    r"html|head|meta|title|style|body|a|header|button|h[1-6]|p|span|div|details|summary|dl|dt|dd|code|nav|ul|li|main|section|form|label"
    r"|input|select|option|output|article|strong|i|time|figure|figcaption|table|caption|thead|tbody|tr|th|td|pre|cite|script"
    r"|svg|g|path|defs|use|clippath|rect|image|circle|text|polygon|line"
    r"|math|m[a-z]+|br"
)


def verdict_of(text):
    """A verdict in which every text is the attack."""
    against = Counterexample({"eta": "1/10", "offset": "1/3", "b": "1/50"}, text)
    claim = Claim(
        f"user.{text}", text, text, text, (statement(text), statement(text)), kind="user", corrected=text, notes=(text,)
    )
    evidence = (
        sampled(text, counterexample=against, failed=1, margin=float("nan"), step_sizes=text, suspected=text),
        SymbolicEvidence(text, (LemmaResult(text, None, text), LemmaResult(text, True, text)), argument=text),
    )
    return Verdict(claim, evidence, (UnsettledEvidence(text, text),), seconds=float("nan"))


def page_of(text):
    return Page(render([verdict_of(text)], effort="quick"))


@pytest.fixture(scope="module")
def harmless():
    return page_of("harmless")


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_no_element_and_no_attribute_comes_from_a_text(attack, harmless):
    hostile = page_of(attack)
    assert hostile.open == []
    assert all(OURS.fullmatch(tag) for tag in hostile.tags)
    assert hostile.tags.count("script") == 2
    assert hostile.tags.count("style") == harmless.tags.count("style")
    for tag in ("img", "iframe", "button", "form", "article", "main", "table", "details", "a", "h3", "input"):
        assert hostile.tags.count(tag) == harmless.tags.count(tag), tag
    names = {name for name, _ in hostile.attributes}
    assert names <= {name for name, _ in harmless.attributes} | {"form"}
    assert not [n for n in names if n.startswith("on")]
    assert all(t.startswith(("#", "data:image/webp;base64,", "verdicts.json")) for t in hostile.targets)


@pytest.mark.parametrize("attack", ATTACKS[:8], ids=range(8))
def test_a_fragment_is_as_safe_as_the_page(attack):
    found = Page(claim_html(verdict_of(attack), Context(effort=attack, data="")))
    assert found.open == []
    assert "script" not in found.tags
    assert not [n for n, _ in found.attributes if n.startswith("on")]


def test_ids_made_of_texts_are_ids():
    alike = [
        dataclasses.replace(verdict_of("x").claim, id=f"user.{text}") for text in ("top", "a b", "a/b", "<b>", "'\"")
    ]
    found = Page(
        render(
            [Verdict(c, ()) for c in alike] + [Verdict(dataclasses.replace(alike[0], id="overview"), ())],
            effort="quick",
        )
    )
    assert len(found.ids) == len(set(found.ids))
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+", i) for i in found.ids)


def test_a_claim_that_takes_the_id_of_the_catalogue_does_not_take_its_paper():
    claim = dataclasses.replace(verdict_of("x").claim, id="zhu2023.R2", corrected="")
    text = claim_html(Verdict(claim, ()))
    assert "arxiv.org" not in text
    assert "What was wrong before" not in text
    assert "edgestab verify FILE.toml" in text
