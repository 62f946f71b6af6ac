"""Windows of 2-cycles as files: what is so is proved again, and what is not so is refused whatever the file says."""

import copy
import json
from fractions import Fraction

import pytest
import sympy as sp

from edgestab.theory.claims.catalogue import find
from edgestab.theory.parts.two_cycle import TwoCycleWindow
from edgestab.verify.certify.window import certify_window
from edgestab.verify.checker import two_cycle
from edgestab.verify.checker.check import check
from edgestab.verify.checker.enclosures import Form, Work, derived
from edgestab.verify.checker.reading import CertificateError, expression


@pytest.fixture(scope="module")
def known():
    part = next(p for p in find("zhu2023.R4").parts if isinstance(p, TwoCycleWindow))
    (certificate,) = certify_window(part).certificates
    return json.loads(certificate.text)


def test_the_theorem_is_the_one_claimed(known):
    found = check(copy.deepcopy(known))
    assert "every s in [1001/1000, 2]" in found
    assert "d -> -d**3*s + d*s + d" in found
    before, after = map(sp.Rational, known["flip"])
    assert before < sp.sqrt(5) - 1 < after  # where the multiplier is -1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"flip": ["123/100", "309/250"]}, "turns|falls|inside|beyond|takes more work"),  # the flip is beyond
        ({"flip": ["1237/1000", "62/50"]}, "inside|lowest"),  # it lies before
        ({"values": ["1001/1000", "12361/10000"]}, "around flip"),
        ({"values": ["99/100", "2"]}, "sign|falls|takes"),  # no cycle below s = 1
        ({"points": ["6/5", "1"]}, "range must be"),
        ({"points": ["1", "1"]}, "a < b"),
        ({"points": ["4/5", "6/5"]}, "sign|falls|moves|takes"),  # both points of the cycle, and the minimum
        ({"points": ["1", "11/10"]}, "sign"),  # not up to s = 2
        ({"map": "-d**3*s + d*s + d + d**2/1000"}, "inside|sign|falls|turns|takes"),
        ({"map": "d - s*(d**2 - 1)/d"}, "divisor"),
        ({"map": "s"}, "degree"),
        ({"map": "d**10*s"}, "degree"),
        ({"map": "__import__('os')"}, "letters"),
        ({"map": "d # not so"}, "letters"),
        ({"low": ["."]}, None),
        ({"one": ["."]}, None),
        ({"one": ["d", "."]}, "breaks off"),
        ({"one": [".", "."]}, "go on"),
        ({"passing": ["x"]}, "not one of"),
        ({"version": 2}, "version"),
        ({"extra": 1}, "keys"),
        ({"made": "by hand"}, "version"),
    ],
)
def test_what_is_changed_is_refused_or_still_proved(known, changes, words):
    document = {**copy.deepcopy(known), **changes}
    if words is None:  # a coarser tree: parts of the cell are proved
        assert check(document) == check(copy.deepcopy(known))
        return
    with pytest.raises(CertificateError, match=words):
        check(document)


@pytest.mark.parametrize("key", ["flip", "values", "points", "map", "low", "high", "one", "passing", "made", "version"])
def test_a_missing_key_is_refused(known, key):
    document = copy.deepcopy(known)
    del document[key]
    with pytest.raises(CertificateError, match="keys"):
        check(document)


def test_the_engine_refuses_a_window_without_the_flip():
    part = next(p for p in find("zhu2023.R4").parts if isinstance(p, TwoCycleWindow))
    wrong = TwoCycleWindow(
        part.name, part.step, part.parameter, part.values, part.points, (sp.Rational(12, 10), sp.Rational(123, 100))
    )
    assert str(certify_window(wrong, budget=20_000).evidence.standing) == "UNDECIDED"


@pytest.mark.parametrize(
    ("what", "q", "m", "words"),
    [
        ("one", "-d", "d", None),
        ("one", "d", "d", "falls"),  # a zero through which Q rises
        ("attracting", "-d", "d/2", None),
        ("attracting", "-d", "d - 2", "inside"),
        ("passing", "-d", "-s", None),
        ("passing", "-d", "s", "turns"),  # M rises along the zeros
        ("passing", "d", "s", "falls"),
        ("repelling", "-d", "d - 2", None),
        ("repelling", "-d", "d", "beyond"),
        ("low", "1 + d", "d", None),
        ("low", "-1 - d", "d", "sign"),
        ("high", "1 + d", "d", "sign"),
    ],
)
def test_each_section_asks_for_its_inequalities(what, q, m, words):
    names = {"d": two_cycle.D, "s": two_cycle.S}
    program = {two_cycle.Q: expression(q, names), two_cycle.M: expression(m, names), two_cycle.MOVE: sp.Integer(3)}
    form = Form(
        Work(10**6), derived(derived(program, two_cycle.D), two_cycle.S), (two_cycle.D, two_cycle.S),
        "q m move q_d q_s m_d m_s",
    )  # fmt: skip
    cell = ((Fraction(-1, 10), Fraction(1, 10)), (Fraction(1), Fraction(2)))
    if words is None:
        two_cycle._test(form, what)(".", cell)
        return
    with pytest.raises(CertificateError, match=words):
        two_cycle._test(form, what)(".", cell)
