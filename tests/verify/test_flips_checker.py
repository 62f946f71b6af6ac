"""Flips of a cascade as files: what is so is proved again, and what is not so is refused whatever the file says."""

import copy
import itertools
import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from edgestab.theory.claims.catalogue import find
from edgestab.theory.claims.ghosh2025.cascade import EDGES, ENDS, SECOND
from edgestab.theory.claims.ghosh2025.two_cycle import FLIPS
from edgestab.theory.parts.flips import Flip, Flips
from edgestab.verify.certify.flips import certify_flips, prove_flips
from edgestab.verify.checker.check import check
from edgestab.verify.checker.reading import CertificateError


def part(depth):
    return next(p for p in find("ghosh2025.cascade").parts if isinstance(p, Flips) and p.name == f"L = {depth}")


@pytest.fixture(scope="module")
def known():
    first = replace(part(2), flips=part(2).flips[:4])
    return json.loads(certify_flips(first).certificates[0].text)


def test_the_theorem_is_the_one_claimed(known):
    found = check(copy.deepcopy(known))
    assert found.count("exactly one pair") == 4
    assert "s = 2.47213595499958" in found
    low, high = map(sp.Rational, known["cycles"][1]["s"])
    assert (low / 2 + 1) ** 2 < 5 < (high / 2 + 1) ** 2  # 2 (sqrt5 - 1)
    assert high - low < 1e-100


def moved(cycle, key, by):
    low, high = (Fraction(v) + Fraction(by) for v in cycle[key])
    return {**cycle, key: [str(low), str(high)]}


@pytest.mark.parametrize("key", ["x", "s"])
@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_a_box_beside_the_flip_is_refused(known, key, number):
    document = copy.deepcopy(known)
    document["cycles"][number] = moved(document["cycles"][number], key, Fraction(1, 2**390))
    with pytest.raises(CertificateError, match="no zero is proved"):
        check(document)


def test_a_cycle_is_not_taken_for_a_longer_one(known):
    document = copy.deepcopy(known)
    for number, period in ((0, 2), (1, 4), (1, 6)):
        document["cycles"] = [{**known["cycles"][number], "period": period}]
        with pytest.raises(CertificateError, match="may not be the least"):
            check(document)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"map": "x + s*(1 - x**2)*x/3"}, "no zero is proved"),  # another speed
        ({"map": "x + s*(1 - x**2)*x/2 + s/10**60/10**55"}, "no zero is proved"),
        ({"map": "s"}, "degree"), ({"map": "x**20*s**5"}, "degree"), ({"map": "(1 + x + s)**8"}, "terms"), ({"map": "1/x"}, "divisor"), ({"map": "__import__('os')"}, "letters"),
        ({"cycles": []}, "list of"), ({"cycles": [{"period": 1, "x": ["1", "2"]}]}, "keys"),
        ({"version": 2}, "version"), ({"extra": 1}, "keys"), ({"made": "by hand"}, "version"),
    ],
)  # fmt: skip
def test_what_is_changed_is_refused(known, changes, words):
    with pytest.raises(CertificateError, match=words):
        check({**copy.deepcopy(known), **changes})


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"period": 0}, "whole number"), ({"period": True}, "whole number"), ({"period": 10**6}, "whole number"),
        ({"x": ["1", "1"]}, "empty"), ({"x": ["2", "1"]}, "range"), ({"s": ["1.9", "2"]}, "integer or p/q"),
        ({"x": ["0", "2"], "s": ["1", "3"]}, "no zero is proved"),  # too wide
        ({"x": ["999/1000", "1001/1000"], "s": ["13/10", "27/10"]}, "no zero is proved"),  # the other side weighs more
    ],
)  # fmt: skip
def test_a_cycle_is_read_strictly(known, entry, words):
    with pytest.raises(CertificateError, match=words):
        check({**copy.deepcopy(known), "cycles": [{**known["cycles"][0], **entry}]})


def test_a_false_value_is_not_certified():
    right = part(3)
    third = right.flips[2]
    wrong = Flip(4, third.low + 3 * (third.high - third.low), third.high + 3 * (third.high - third.low))
    attempt = prove_flips(replace(right, flips=(*right.flips[:2], wrong)))
    assert attempt.certificates == ()
    assert "the flip of the cycle of period 4 is at s = 2.6008329495146" in attempt.refused[0]
    assert str(certify_flips(replace(right, flips=(*right.flips[:2], wrong))).evidence.standing) == "UNDECIDED"
    wrong = replace(right, flips=(right.flips[0], replace(right.flips[1], period=3)))
    assert "period 3 is not found" in prove_flips(wrong).refused[0]


@pytest.mark.parametrize("depth", list(EDGES))
def test_runs_double_their_period_where_it_is_said(depth):
    def period(s):
        x, seen = 0.9, []
        for _ in range(200_000):
            x += s / depth * (1 - x**depth) * x ** (depth - 1)
        for _ in range(65):
            seen.append(x)
            x += s / depth * (1 - x**depth) * x ** (depth - 1)
        return next((p for p in (1, 2, 4, 8, 16, 32, 64) if abs(seen[p] - seen[0]) < 1e-6), None)

    edges = [2.0, *(float(v) for v in (SECOND[depth], *EDGES[depth][:3]))]
    for number, (low, high) in enumerate(itertools.pairwise(edges), start=1):
        assert period(low + 0.05 * (high - low)) == period(high - 0.05 * (high - low)) == 2**number
    assert float(EDGES[depth][-1]) < float(ENDS[depth])


def test_the_second_flips_are_those_of_the_closed_form():
    for depth, value in SECOND.items():
        other = 2 * (np.sqrt(5) - 1) if depth == 2 else float(FLIPS[depth][1])
        assert abs(float(value) - other) < 2e-12
