"""The report: what is in the page and in the data, and that nothing of a user's text can act in it."""

import dataclasses
import json
import re

import numpy as np
import pytest
import sympy as sp

from edgestab import data as plain
from edgestab.report.hypotheses import hypotheses
from edgestab.report.mathml import formula, interval, values
from edgestab.report.page import render
from edgestab.report.write import write_report
from edgestab.theory.claim import Claim
from edgestab.theory.claims.catalogue import find
from edgestab.theory.conclusions.converges import Converges
from edgestab.theory.loss import Loss
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.observation import Observation, between
from edgestab.theory.papers import PUBLICATIONS
from edgestab.theory.parts.family import StatementFamily
from edgestab.theory.region import Region
from edgestab.theory.statement import OrbitStatement, StepSizes
from edgestab.theory.symbols import symbol, symbols
from edgestab.verify.check import check
from edgestab.verify.evidence.family import FamilyEvidence
from edgestab.verify.evidence.followed import Counterexample
from edgestab.verify.evidence.observed import ObservedEvidence, StatisticResult
from edgestab.verify.evidence.symbolic import LemmaResult, SymbolicEvidence
from edgestab.verify.sampling.sampling import describe_measure
from edgestab.verify.verdict import Verdict
from tests.reports_under_test import Page, sampled, statement

EVIL = "<script>alert('x')</script>\"&$x^2$"


@pytest.fixture(scope="module")
def verdicts():
    user = Claim(f"user.{EVIL}", f"by {EVIL}", EVIL, f"says {EVIL}", (statement(EVIL),), kind="user", notes=(EVIL,))
    against = Counterexample({"eta": "1/10", "offset": "1" * 20 + "/" + "3" * 21, "b": "1/50"}, "enclosed at 128 bits")
    refuted = sampled(EVIL, counterexample=against, failed=1, margin=-0.5, suspected="")
    constant = symbol("K")
    family = StatementFamily(
        "window", constant, (sp.Rational(3), sp.Rational(6)), statement(), (sp.S(1), sp.S(6)), 1 / constant**20
    )
    several = Claim("paper.family", "somewhere", "a family", "For a large enough K.", (family,))
    members = {"3": refuted, "6": sampled(margin=float("nan"), points=0)}
    return [
        check(find("zhu2023.eq7-two-step")),
        check(find("zhu2023.slip3")),
        check(find("zhu2023.slip3-corrected")),
        check(find("zhu2023.slip4")),
        check(find("zhu2023.minima")),
        Verdict(several, (FamilyEvidence("window", "K", members, (1.5, 1.6), "out of reach."),), seconds=1.0),
        Verdict(user, (refuted,), seconds=float("inf")),
    ]


@pytest.fixture(scope="module")
def written(verdicts, tmp_path_factory):
    return write_report(verdicts, tmp_path_factory.mktemp("report") / "new", effort="quick")


@pytest.fixture(scope="module")
def page(written):
    return written.read_text(encoding="utf-8")


def test_every_claim_is_in_the_page_and_linked(page, verdicts):
    found = Page(page)
    assert found.open == []
    assert len(found.ids) == len(set(found.ids))
    inside = [t[1:] for t in found.targets if t.startswith("#")]
    assert set(inside) <= set(found.ids)
    for verdict in verdicts[:5]:
        assert verdict.claim.id in inside
        assert verdict.claim.title in page


def test_the_page_loads_nothing(page):
    found = Page(page)
    assert not {"link", "iframe", "object", "embed", "base"} & set(found.tags)
    assert [n for n, _ in found.attributes].count("src") == 0
    outside = {t for t in found.targets if not t.startswith(("#", "data:image/webp;base64,"))}
    assert outside <= {"verdicts.json", *(f"https://arxiv.org/abs/{p.arxiv}" for p in PUBLICATIONS.values())}
    assert not re.search(r"url\((?!#)|@import|fetch\(|XMLHttp", page)


def test_text_of_users_cannot_act(page):
    assert page.count("<script") == 2  # the data and the filter, both ours
    assert "&lt;script&gt;alert(" in page
    assert not [name for name, _ in Page(page).attributes if name.startswith("on")]


def test_standings_slips_and_corrections(page, verdicts):
    assert page.count("slip found") >= 2
    assert "2 of 2 slips found" in page
    assert re.search(r'slip3"[\s\S]{0,900}href="#zhu2023.slip3-corrected"', page)
    assert "slip4-corrected</span>" in page  # named, but not checked here: no dead link
    for verdict in verdicts[:5]:
        assert f">{verdict.standing}</span>" in page


def test_evidence_is_shown(page):
    assert "reduces to zero" in page or "agree" in page
    assert "1" * 20 + "/" + "3" * 21 in page
    assert "enclosed at 128 bits" in page
    assert "it fails at <math><mi>K</mi></math> = 1.5 and survives at 1.6" in page
    assert "exact binomial bound at 99.9%" in page
    assert "<math" in page
    assert page.count('<svg aria-hidden="true" focusable="false" width') == 2


def test_same_verdicts_same_page(verdicts, page):
    assert render(verdicts, effort="quick") == page.rstrip("\n") or render(verdicts, effort="quick") == page


def test_the_data(written, verdicts):
    def refuse(text):
        raise AssertionError(f"{text} is not JSON")

    data = json.loads((written.parent / "verdicts.json").read_text(encoding="utf-8"), parse_constant=refuse)
    assert data["effort"] == "quick"
    assert [v["id"] for v in data["verdicts"]] == [v.claim.id for v in verdicts]
    for got, verdict in zip(data["verdicts"], verdicts, strict=True):
        assert got == plain.as_dict(verdict)
        assert (got["standing"], got["sentence"]) == (str(verdict.standing), verdict.sentence)
        assert got["expected"] is verdict.expected
    assert data["verdicts"][-1]["seconds"] is None
    family = data["verdicts"][5]["evidence"][0]
    assert family["type"] == "family"
    assert family["members"]["6"]["margin"] is None
    assert family["members"]["3"]["counterexample"]["point"]["eta"] == "1/10"
    assert "series" not in json.dumps(data)


def test_numpy_numbers_become_plain():
    evidence = sampled(
        margin=np.float64("-inf"), points=np.int64(5), failing_fraction=(np.float64(0), np.float64("nan"))
    )
    got = plain.as_dict(Verdict(find("zhu2023.minima"), (evidence,)))["evidence"][0]
    assert (got["margin"], got["points"], got["failing_fraction"]) == (None, 5, [0.0, None])
    assert type(got["points"]) is int
    json.dumps(got, allow_nan=False)


def test_open_and_failed_lemmas_are_told_apart():
    lemmas = tuple(LemmaResult(f"lemma {i}", h, "why") for i, h in enumerate((True, False, None)))
    text = render([Verdict(find("zhu2023.minima"), (SymbolicEvidence("p", lemmas),))], effort="quick")
    for state in ("holds", "fails", "open"):
        assert f'<li class="{state}">' in text
    assert "Not what the catalogue expects" in text


def test_progress_counts_every_verdict(verdicts):
    seen = []
    render(verdicts[:3], effort="quick", progress=lambda *a: seen.append(a))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_no_verdicts_make_an_empty_report(tmp_path):
    assert "0 claims" in write_report([], tmp_path, effort="quick").read_text(encoding="utf-8")


def test_a_folder_that_cannot_be_written_is_left_alone(tmp_path, verdicts):
    blocked = tmp_path / "file"
    blocked.write_text("mine")
    with pytest.raises(OSError, match="file"):
        write_report(verdicts[:1], blocked, effort="quick")
    assert blocked.read_text() == "mine"


def test_a_report_that_fails_leaves_the_old_one(tmp_path, verdicts):
    write_report(verdicts[:1], tmp_path, effort="quick")
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}

    def stop(_done, _total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_report(verdicts, tmp_path, effort="deep", progress=stop)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before
    assert set(before) == {"report.html", "verdicts.json"}


def test_claims_whose_ids_look_alike_get_their_own_anchor():
    claim = find("zhu2023.minima")
    alike = [dataclasses.replace(claim, id=i, kind="user") for i in ("user.a b", "user.a/b", "user.a<b")]
    text = render([Verdict(c, ()) for c in alike], effort="quick")
    ids = Page(text).ids
    assert len(ids) == len(set(ids))
    assert {"user.a-b", "user.a-b-2", "user.a-b-3"} <= set(ids)


def test_a_claim_checked_twice_has_two_sections():
    verdict = check(find("zhu2023.minima"))
    ids = Page(render([verdict, verdict], effort="quick")).ids
    assert len(ids) == len(set(ids))
    assert {"zhu2023.minima", "zhu2023.minima-2"} <= set(ids)


def test_orbits_that_test_a_proof_are_marked():
    claim = dataclasses.replace(find("zhu2023.minima"), checks=(statement("beside it"),))
    proved = check(find("zhu2023.minima")).evidence
    verdict = Verdict(claim, proved, (sampled("beside it", exhaustive=True),))
    text = render([verdict], effort="quick")
    assert text.count("only a counterexample among them would count") == 1
    assert (
        text.index(f"<h4>{proved[0].part} <span")
        < text.index("<h4>beside it <span")
        < text.index("only a counterexample")
    )
    assert "exact binomial bound at" not in text
    assert "<svg" in text
    assert [c["part"] for c in plain.as_dict(verdict)["checks"]] == ["beside it"]


def test_conclusions_without_a_window_are_described():
    claim = Claim("user.c", "user", "c", "c", (statement(conclusion=Converges("xy = 1")),), kind="user")
    text = render([Verdict(claim, (sampled(),))], effort="quick")
    assert "converges to a linearly stable minimum of the set xy = 1" in text


# Formulas.


def test_a_chain_of_inequalities_is_one_line():
    low, x, high = sp.symbols("low x high")
    text = formula(sp.And(low < x, x <= high))
    assert text.count("<mi>x</mi>") == 1
    assert text.index("low") < text.index("&lt;") < text.index("<mi>x</mi>") < text.index("≤") < text.index("high")


def test_a_coordinate_of_a_chart_is_written_as_mathematics_writes_it():
    starts = dict(hypotheses(find("zhu2023.sec5-global").parts[0]))["starts"]
    assert formula(sp.Symbol("P") - 1) in starts
    assert "offset" not in starts


def test_a_users_parameter_keeps_its_name():
    offset = symbols("offset")[0]
    m = model_of_loss(Loss((offset,), (offset - 1) ** 2 / 2))
    region = Region((offset,), ((sp.S(2), sp.S(3)),), (offset,))
    statement = OrbitStatement("", m, StepSizes.of("0.5"), region, Converges())
    assert "<mi>offset</mi>" in dict(hypotheses(statement))["starts"]
    assert describe_measure(statement) == "offset uniform"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a''", "<msup><mi>a</mi><mo>″</mo></msup>"),
        ("S_oo", "<msub><mi>S</mi><mi>∞</mi></msub>"),
        ("x_final", "<msub><mi>x</mi><mi>final</mi></msub>"),
        ("eta", "<mi>η</mi>"),
    ],
)
def test_names_are_typeset(name, expected):
    assert formula(sp.Symbol(name)) == f"<math>{expected}</math>"


@pytest.mark.parametrize("name", ["<b>", "a&b", "x_<i>", "&InvisibleTimes;<p>"])
def test_names_are_escaped(name):
    assert not re.search(r"<(?!/?m)|&(?!amp;|lt;|gt;|quot;|#)", formula(sp.Symbol(name)))


def test_positive_terms_come_first():
    x = symbol("x")
    assert formula(1 - x**2).startswith("<math><mrow><mn>1</mn><mo>−</mo>")


def test_a_huge_formula_is_text():
    x = symbol("x")
    big = sp.Add(*(sp.sin(n * x) for n in range(1, 300)))
    assert formula(big).startswith("<code>")
    assert len(formula(big)) < 1000
    assert interval(big, big).startswith("(<code>")


def test_every_formula_of_the_catalogue_is_typeset():
    from edgestab.theory.claims.catalogue import catalogue

    texts = [formula(f, block=True) for c in catalogue() for f in c.formulas]
    assert texts
    for text in texts:
        assert text.startswith('<math display="block">')
        assert Page(text).open == []


def test_sets_and_intervals():
    one, two = sp.Rational(1, 2), sp.S(2)
    assert values((two,)) == "<math><mn>2</mn></math>"
    assert ">{</mo>" in values((one, two))
    assert ">[</mo>" in interval(one, two, closed=True)


def test_an_observation_is_a_table_of_seeds_and_bounds():
    plateau = between("plateau", "mean of S eta/2", "0.96", "1.03")
    part = Observation("the <plateau>", "edge-of-stability", "a network", (plateau,), seeds=(3, 3, 3))
    evidence = ObservedEvidence(
        part.name,
        part.networks,
        seeds=(300, 302, 303),
        excluded=(301,),
        held=(300, 302),
        needed=2,
        failed={303: "diverges at step 7"},
        statistics=(StatisticResult("mean of S eta/2", plateau.interval, (0.99, 1.02), 0.01),),
        series={
            "step": np.arange(3.0),
            "sharpness": np.array([0.5, 1, 1]),
            "loss_step": np.arange(3.0),
            "loss": np.array([3.0, 2, 1]),
        },
    )
    verdict = Verdict(Claim("mine.plateau", "an example", "plateau", "S hovers.", (part,)), (evidence,))
    text = render([verdict], effort="quick")
    assert "<svg" in text
    assert "the &lt;plateau&gt;" in text
    assert re.findall(r'<th scope="col">(seed \d+)</th>', text) == ["seed 300", "seed 302"]
    assert "<td>in [0.96, 1.03]</td><td>0.99</td><td>1.02</td>" in text
    assert "seed 303 failed: diverges at step 7" in text
    data = plain.as_dict(verdict)["evidence"][0]
    assert (data["type"], data["standing"], data["needed"]) == ("observation", "SUPPORTED", 2)
    assert data["failed"] == {"303": "diverges at step 7"}
    assert json.loads(json.dumps(data)) == data


def test_a_theorem_whose_title_says_it_all_is_stated_formally():
    from edgestab.report.claim import claim_html

    claim = Claim("user.t", "me", "orbits end below 2/eta", "Orbits end below 2/eta.", (statement(),), kind="user")
    text = claim_html(Verdict(claim, (sampled(),)))
    stated = text.partition('<div class="statement">')[2].partition("<p class=")[0]
    assert "to a minimum of sharpness" in stated
    assert "<dt>starts</dt>" in stated
    assert text.count("<dt>starts</dt>") == 1


def test_the_sentence_of_many_parts_counts_them():
    claim = dataclasses.replace(find("zhu2023.minima"), parts=(*find("zhu2023.minima").parts, statement("orbits")))
    proved = check(find("zhu2023.minima")).evidence
    text = render([Verdict(claim, (*proved, sampled("orbits")))], effort="quick")
    assert "<strong>SUPPORTED</strong> 2 parts: 1 PROVED, 1 SUPPORTED." in text
    assert "no counterexample in 40 orbits" in text


def test_a_graph_is_drawn_where_a_claim_names_another():
    ids = ("zhu2023.minima", "zhu2023.edge-minimum", "zhu2023.coupled")
    text = render([check(find(i)) for i in ids], effort="quick")
    assert text.count('<svg class="graph"') == 2 + 1  # of two claims, and of all
    assert "This claim names zhu2023.edge-minimum (PROVED)." in text
    assert "This claim is named by zhu2023.minima (PROVED)." in text


def test_what_was_wrong_before_is_shown():
    text = render([check(find("zhu2023.hessian")), check(find("zhu2023.coupled"))], effort="quick")
    assert text.count("What was wrong before") == 1
    assert "Before 0.1.0 it said: four roots and the trace. It says: the characteristic polynomial factored." in text


def test_a_series_that_is_cut_off_says_so():
    text = "".join(formula(f) for f in find("zhu2023.R2").formulas)
    assert "<mi>O</mi>" in text
    assert "<mi>G</mi>" in text
