"""The bound of the number of steps: it holds on orbits, the two programs find the same one, and no relaxed number passes."""

from __future__ import annotations

import copy
import math
import re
from fractions import Fraction as F
from functools import cache

import numpy as np
import pytest

from edgestab.theory.drift import NoDriftForm, drift_form
from edgestab.theory.drift_of_chain import ChainForm
from edgestab.theory.loss import Loss
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.verify.certify.document import Certificate
from edgestab.verify.certify.enclosed import enclosed
from edgestab.verify.certify.engine import certify
from edgestab.verify.certify.plan import Problem
from edgestab.verify.checker.check import check
from edgestab.verify.checker.reading import CertificateError

STARTS = (F(1, 10), F(1, 5)), (F(-1, 10), F(1, 10))
LARGEST = F(1, 20)


@cache
def timed() -> Certificate:
    form = drift_form(model_of_loss(Loss.parse("log(cosh(x*y - 1))", "x y")))
    form = enclosed(form, *STARTS, (F(0), LARGEST**2))
    return certify(Problem(form, (F(0), LARGEST), *STARTS, timed=True))


def numbers(text: str) -> list[float]:
    """The numbers of T, as they are printed."""
    return [float(F(n)) for n in re.findall(r"\d+(?:\.\d+)?(?:/\d+)?", text[text.index("T = ") : text.index(", ln+")])]


def test_engine_and_checker_find_the_same_time() -> None:
    ours, theirs = timed().sentence, check(timed().document)
    first, second = numbers(ours), numbers(theirs.replace("|b_0|", "|b|").replace("|b_n|", ""))
    assert second == pytest.approx([n for n in first if n != 0], rel=2e-3)


def test_orbits_arrive_by_then_and_stay() -> None:
    text = timed().sentence
    found = re.search(
        r"T = 6 \+ \(1 \+ 4/f\) ln\+\(([\d.]+)/\|b0\|\) \+ ([\d.]+)/\(eps f\) \+ \(([\d.]+)/eps\) ln\(([\d.]+)/eps\) \+ "
        r"\(([\d.]+)/eps\) ln\+\(([\d.]+)/e\), f = ([\d.]+)",
        text,
    )
    assert found is not None
    axis, wide, slow, size, end, near, f = map(float, found.groups())
    low, high = timed().time.gap[0], timed().limit.gap[1][0]
    rng, eta, e = np.random.default_rng(2), 0.05, 1e-6
    eps, count = eta**2, 64
    offset, b = rng.uniform(0.1, 0.2, count), rng.choice([-1, 1], count) * 10 ** rng.uniform(-6, -1, count)
    least = np.abs(b).min()
    steps = 6 + (1 + 4 / f) * max(math.log(axis / least), 0) + wide / (eps * f) + slow / eps * math.log(size / eps)
    steps += end / eps * max(math.log(near / e), 0)
    c, p = np.sqrt(4 * (1 + offset) / eps - 4), 1 + b  # h = 1
    x = np.sqrt((np.sqrt(c**2 + 4 * p**2) + c) / 2)
    y = p / x
    for n in range(int(steps) + 2000):
        g = np.tanh(x * y - 1)
        x, y = x - eta * g * y, y - eta * g * x
        if n >= steps:
            gap = (2 / eta - np.sqrt((x**2 - y**2) ** 2 + 4)) / eta
            assert (np.abs(x * y - 1) <= e).all()
            assert ((gap > low) & (gap < high)).all()
    assert n >= steps


def test_the_time_of_a_chain_is_refused_in_a_sentence() -> None:
    starts = (F(1, 20), F(1, 4)), (F(-1, 10), F(1, 10))
    form = enclosed(ChainForm(), *starts, (F(0), F(1, 1000)))
    with pytest.raises(NoDriftForm, match="a loss l\\(xy\\)"):
        certify(Problem(form, (F(0), F(1, 10)), *starts, timed=True))


@pytest.mark.parametrize(
    ("name", "factor"),
    [
        ("turn", "1/2"),
        ("least", "3/2"),
        ("fall", "3/2"),
        ("gain", "2"),
        ("loss", "1/100000"),
        ("pace", "3"),
        ("near", "1/3"),
        ("theta", "20"),
    ],
)
def test_a_number_that_is_relaxed_too_far_is_refused(name: str, factor: str) -> None:
    document = copy.deepcopy(timed().document)
    document["time"][name] = str(F(document["time"][name]) * F(factor))
    with pytest.raises(CertificateError):
        check(document)


@pytest.mark.parametrize(
    "change",
    [
        {"height": ["9/10", "9/10"]},
        {"height": ["1/2", "3/5"]},
        {"gap": ["1"]},
        {"keep": "1/2"},
        {"pace": "0"},
        {"theta": "-1/100"},
    ],
)
def test_other_changes_are_refused(change: dict) -> None:
    document = copy.deepcopy(timed().document)
    document["time"] |= change
    with pytest.raises(CertificateError):
        check(document)
