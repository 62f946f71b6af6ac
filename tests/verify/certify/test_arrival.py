"""The bound of the number of steps: it holds on orbits, the two programs find the same one, and no relaxed number passes."""

from __future__ import annotations

import copy
import math
import re
from dataclasses import replace
from fractions import Fraction as F
from functools import cache

import numpy as np
import pytest
from flint import arb, ctx

from edgestab.theory.claims.zhu2023 import regions
from edgestab.theory.conclusions.converges import Converges
from edgestab.theory.drift import NoDriftForm, drift_form
from edgestab.theory.drift_of_chain import ChainForm
from edgestab.theory.loss import Loss
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.parts.certified import Certified
from edgestab.theory.region import Region
from edgestab.theory.statement import OrbitStatement, StepSizes
from edgestab.verify.certify.arrival import arrival, upward
from edgestab.verify.certify.cells import Budget
from edgestab.verify.certify.claims import prove_one
from edgestab.verify.certify.document import Certificate
from edgestab.verify.certify.enclosed import enclosed
from edgestab.verify.certify.engine import certify
from edgestab.verify.certify.part import certify_part
from edgestab.verify.certify.plan import Problem
from edgestab.verify.certify.statement import problems
from edgestab.verify.checker import arrival as arrivals
from edgestab.verify.checker.arrival import _up as checked_up
from edgestab.verify.checker.arrival import prove_time
from edgestab.verify.checker.check import check
from edgestab.verify.checker.gradient_descent import DEVIATION, MULTIPLIER, RATIO, TRACE
from edgestab.verify.checker.gradient_descent import EPS as CHECKED_EPS
from edgestab.verify.checker.reading import CertificateError
from edgestab.verify.checker.tube import TubeProof
from tests.verify.certify.proofs_under_test import outcome, parts, wanted

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


@cache
def to_the_edge() -> Certificate:
    (problem,) = problems(regions.certified(timed=True))
    return certify(problem)


def test_the_strip_of_theorem_31_is_the_one_that_its_lemma_speaks_of() -> None:
    assert max(map(abs, to_the_edge().tube.strip)) <= F(1, 4)


def test_the_time_of_a_chain_is_refused_by_the_checker() -> None:
    starts = (F(1, 20), F(1, 5)), (F(-1, 10), F(1, 10))
    form = enclosed(ChainForm(), *starts, (F(1, 1000), F(1, 1000)))
    document = copy.deepcopy(certify(Problem(form, (F(1, 10), F(1, 10)), *starts)).document)
    document["time"] = timed().document["time"]
    with pytest.raises(CertificateError, match=r"that of l\(uv\)"):
        check(document)


def test_almost_every_start_has_no_time() -> None:
    """Neither in a file, whose T would be read as that of the basin, nor by the engine."""
    document = copy.deepcopy(outcome("R10").certificates[0].document)
    document["time"] = timed().document["time"]
    with pytest.raises(CertificateError, match="basin besides"):
        check(document)
    (problem,) = wanted("R10")
    with pytest.raises(NoDriftForm, match="leave out the basin"):
        certify(replace(problem, timed=True))
    assert "almost every" in certify_part(replace(parts("R10")[0], timed=True)).evidence.sentence


def test_no_argument_stands_in_for_a_time() -> None:
    """An argument proves the window; that is not the time that was asked for."""
    m = model_of_loss(Loss.parse("(x*y - 1)**2/2 + (x**2 + y**2)/20", "x y"))
    region = Region.in_coordinates(m, {"x": ("1/2", "3/2"), "y": ("1/2", "6/5")})
    part = Certified("it", OrbitStatement("it", m, StepSizes.of("3/10"), region, Converges()))
    assert prove_one(part).certificates
    assert not prove_one(replace(part, timed=True)).certificates


def test_starts_above_1_have_no_time() -> None:
    problem = Problem(timed().tube.form, (F(0), LARGEST), *STARTS, timed=True)
    tube = replace(timed().tube, ceiling=F(11, 10))
    with pytest.raises(NoDriftForm, match="x <= 1"):
        arrival(tube, problem, timed().limit, F(-1, 100), Budget(1000), None)


def test_what_is_needed_in_the_end_is_proved_by_the_engine() -> None:
    """A window that the limits of the tube do not leave room for."""
    problem = Problem(timed().tube.form, (F(0), LARGEST), *STARTS, timed=True)
    narrow = replace(timed().limit, gap=(timed().limit.gap[0], (F(1),)))
    with pytest.raises(NoDriftForm, match="upper end"):
        arrival(timed().tube, problem, narrow, timed().contraction[0].box[0][0], Budget(1000), None)


def proof_of(document: dict) -> TubeProof:
    """The checker's proof, before the time."""
    proof = TubeProof(*(document[name] for name in ("map", "version", "eta", "curve", "tube")))
    proof.contraction(document["contraction"])
    proof.limit(document["limit"])
    proof.start(document["start"])
    return proof


@cache
def proved_again(power: bool) -> TubeProof:
    with ctx.workprec(64):
        return proof_of((to_the_edge() if power else timed()).document)


def refused(match: str, to_edge: bool = False, change: dict | None = None, **of_proof: object) -> None:
    """The time is not proved where a number of its section, or of the proof before it, is another."""
    proof = copy.copy(proved_again(to_edge))
    for name, value in of_proof.items():
        setattr(proof, name, value)
    entry = dict((to_the_edge() if to_edge else timed()).document["time"]) | (change or {})
    with ctx.workprec(64), pytest.raises(CertificateError, match=match):
        prove_time(proof, entry)


def test_the_proof_that_is_spoilt_below_is_one() -> None:
    for power, of in ((False, timed), (True, to_the_edge)):
        with ctx.workprec(64):
            assert "T = 6 + " in prove_time(copy.copy(proved_again(power)), of().document["time"])


def test_each_bound_is_proved_over_the_region_of_theorem_4(monkeypatch: pytest.MonkeyPatch) -> None:
    proof, entry = copy.copy(proved_again(False)), timed().document["time"]
    near, high, top, low = F(entry["near"]), F(entry["height"][1]), proof.ceiling, proof.lowest
    eps, found = (F(0), LARGEST**2), {}
    monkeypatch.setattr(arrivals, "settle", lambda _test, _token, cell, where: found.update({where: cell}))
    with ctx.workprec(64):
        prove_time(proof, entry)
    assert low < F(proof.c.subs(CHECKED_EPS, 0)) * eps[1] - proof.rho[0] * eps[1] < 0
    assert found == {
        "time.fall": ((low, top), proof.strip, eps),
        "time.least": ((F(0), top), proof.strip, eps),
        "time.turn": ((F(0), top), proof.strip, eps),
        "time.near": ((-near, near),),
        "time.height": (proof.strip, eps),
        "time.gain": ((low, near**2 * high), (-near, near), (F(0), F(0))),
        "time.loss": ((low, F(0)), (-near, near), eps),
        "time": (eps,),
    }


def test_t_is_that_of_theorem_4() -> None:
    """Every number of it, rounded up in the fourth digit."""
    proof, entry = copy.copy(proved_again(False)), timed().document["time"]
    proof.shrunk, proof.followed = F(3, 10), 7
    with ctx.workprec(64):
        text = prove_time(proof, entry)
    turn, least, fall, theta, near, pace = (F(entry[k]) for k in ("turn", "least", "fall", "theta", "near", "pace"))
    top, kept = proof.ceiling, 1 - proof.rho[1] - proof.rho[2] * proof.ceiling
    exact = [
        least * top / (2 * turn) / proof.shrunk,
        4 * turn**2 / (least**2 * fall),
        F(entry["height"][1]) / (fall * kept),
        (top - proof.lowest) / theta,
        2 / pace,
        near,
    ]
    said = re.search(
        r"T = 13 \+ \(1 \+ 4/f\) ln\+\((.*)/\|b_0\|\) \+ (.*)/\(eps f\) \+ \((.*)/eps\) ln\((.*)/eps\) \+ "
        r"\((.*)/eps\) ln\+\((.*)/e\), f = 1/20",
        text,
    )
    assert said is not None
    assert all(e <= F(n) <= e * F(1001, 1000) for e, n in zip(exact, said.groups(), strict=True))


@pytest.mark.parametrize(
    ("match", "of_proof"),
    [
        ("frozen 2-cycles", {"frozen": False}),
        ("ceiling is above 1", {"ceiling": F(101, 100)}),
        ("nearly vanish", {"shrunk": F(0)}),
        ("near is not in the strip", {"strip": (F(-1, 20), F(1, 2))}),
        ("near is not in the strip", {"strip": (F(-1, 2), F(1, 20))}),
        ("box have no keep, and floor", {"floor": [F(0), F(1)]}),
    ],
)
def test_a_tube_that_has_no_time(match: str, of_proof: dict) -> None:
    refused(match, **of_proof)


def test_the_2_cycles_are_those_of_the_formulas_near_the_end() -> None:
    """Where the edge 1 + b^2 F is not seen to be positive, J need not be 1 there."""

    def signs(_: str, cell: tuple) -> None:
        raise CertificateError(f"edge > 0 is not proved on {len(cell)} side")

    refused("edge > 0 is not proved on 1 side", signs=signs)


@pytest.mark.parametrize("name", ["least", "fall", "theta", "near", "gain", "pace"])
@pytest.mark.parametrize("sign", [0, -1])
def test_a_number_that_is_not_positive_is_refused(name: str, sign: int) -> None:
    refused("a sign is wrong", change={name: str(sign * F(timed().document["time"][name]))})


def test_a_fall_above_the_edge_is_none() -> None:
    """With theta so large and A < 0 every inequality holds, and b need not fall."""
    changes = {"theta": "3", "gain": "-1", "near": "1/5", "pace": "1/10", "gap": ["-3"], "loss": "1"}
    refused("a sign is wrong", change=changes)


@pytest.mark.parametrize(
    ("match", "name", "value"),
    [
        ("time.turn", "turn", "0"),
        ("time.turn", "turn", "-1"),
        ("time.least", "least", "101/100"),
        ("time.loss", "loss", "0"),
        ("time.loss", "loss", "-1"),
        ("time.height", "height", ["4/5", "429/500"]),
        ("time.height", "height", ["133/250", "3/5"]),
        ("time: near", "height", ["-1", "429/500"]),
        ("time: falls", "pace", "2"),
        ("time: falls", "pace", "17/20"),
        ("time: falls", "theta", "2"),
        ("time: near", "near", "1/20"),
        ("time: gap_minus_low", "gap", ["3/4"]),
        ("must be a list of 1 to 2", "height", ["1/2", "3/5", "4/5"]),
    ],
)
def test_the_inequality_that_fails_is_named(match: str, name: str, value: object) -> None:
    refused(match, change={name: value})


def test_the_slope_of_m_is_bounded_on_either_side() -> None:
    """dm/db < 0 on the whole strip of the quartic, so that one side alone would let C be anything."""
    refused("over > 0 is not proved", True, change={"turn": "1"})
    flow = dict(proved_again(True).flow)
    mirrored = {name: flow[name].xreplace({DEVIATION: -DEVIATION}) for name in (RATIO, TRACE, MULTIPLIER)}
    refused("below > 0 is not proved", True, change={"turn": "1"}, flow=flow | mirrored)


@pytest.mark.parametrize(
    ("match", "keep"),
    [
        ("between 0 and 1", None),
        ("between 0 and 1", "0"),
        ("between 0 and 1", "-1/2"),
        ("between 0 and 1", "1"),
        ("g > 0", "9/10"),
        ("floor > 0", "1/100"),
    ],
)
def test_starts_down_to_the_edge_need_a_part_that_is_kept(match: str, keep: str | None) -> None:
    refused(match, True, change={"keep": keep})


def test_what_is_kept_has_to_suffice_for_all_smaller_steps() -> None:
    """At the largest eps they are in the tube in time; as eps^(-1/100) hardly grows, not at smaller ones."""
    refused_power = (F(400), F(99, 100), F(69, 250))
    refused("slope > 0", True, power=refused_power)


def test_starts_that_are_followed_count_their_steps() -> None:
    document = copy.deepcopy(timed().document)
    document["start"]["cells"] = ["2"]
    with ctx.workprec(64):
        proof = proof_of(document)
        text = prove_time(proof, document["time"])
    assert "T = 8 + " in text
    axis, first = numbers(text + ", ln+")[3], numbers(check(timed().document))[3]
    assert axis == pytest.approx(first / float(proof.shrunk), rel=2e-3)
    rng = np.random.default_rng(3)
    eps = rng.uniform(1e-6, float(LARGEST) ** 2, 10_000)
    c, b = np.sqrt(4 * (1 + rng.uniform(0.1, 0.2, 10_000)) / eps - 4), rng.uniform(-0.1, 0.1, 10_000)
    x = np.sqrt((np.sqrt(c**2 + 4 * (1 + b) ** 2) + c) / 2)
    y = (1 + b) / x
    for _ in range(2):
        g = np.sqrt(eps) * np.tanh(x * y - 1)
        x, y = x - g * y, y - g * x
    assert (np.abs(x * y - 1) >= float(proof.shrunk) * np.abs(b)).all()
    assert proof.shrunk > F(1, 2)


def test_how_much_b_shrinks_is_rounded_down() -> None:
    """Just below 3/1000: the nearest double times 1000 is 3."""
    proof = copy.copy(proved_again(False))
    nearly, done = arb("0.0029999999999999999999"), []
    proof.step = lambda *_: done.append(0) or (nearly, arb("0.05"), arb(0))
    with ctx.workprec(80):
        proof.captured("1", ((F(1, 5), F(1, 5)), (F(1, 10), F(1, 10)), proof.eps))
    assert done
    assert proof.shrunk == F(2, 1000)


@pytest.mark.parametrize(
    "value", [F(1), F(5), F(999), F(1000), F(123456789), F(1, 3), F(2, 3) / 10**6, F(10001, 10000)]
)
def test_the_numbers_of_t_are_rounded_up(value: F) -> None:
    assert re.fullmatch(r"\d+(\.\d*[1-9])?", checked_up(value))
    for text in (checked_up(value), upward(value)):
        assert value <= F(text) <= value * F(1001, 1000)


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
