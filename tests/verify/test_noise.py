"""Stability under noise against closed forms, to 1e-6 on both sides of each threshold."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest
import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.symbols import symbols
from edgestab.verify.check import check
from edgestab.verify.claim_files.claims import claim_from
from edgestab.verify.claim_files.entries import Entries
from edgestab.verify.verdict import Verdict

SGD = {"kind": "batch", "size": 1}
NEAR = 1e-6


def settled(curvatures: list[Any], size: str | None, sense: str, **more: object) -> Verdict:
    given = {"loss": "mean(a*x**2)/2", "parameters": "x", "data": {"a": curvatures}, "noise": SGD}
    said = {"kind": "stable", "sense": sense, "at": "x = 0"}
    entries = msgspec.convert({**given, "eta": size, "conclusion": said, **more}, Entries)
    return check(claim_from(entries))


def verdict(curvatures: list[Any], size: str | None, sense: str, **more: object) -> str:
    return str(settled(curvatures, size, sense, **more).standing)


def both_sides(threshold: float, curvatures: list[Any], sense: str, **more: object) -> None:
    assert verdict(curvatures, f"{threshold * (1 - NEAR):.15g}", sense, **more) == "PROVED"
    assert verdict(curvatures, f"{threshold * (1 + NEAR):.15g}", sense, **more) == "REFUTED"


@pytest.mark.parametrize(("a", "b"), [(1, 3), (2, 5), (1, 10)])
def test_three_thresholds_of_two_curvatures(a: int, b: int) -> None:
    both_sides(2 / ((a + b) / 2), [a, b], "in the mean")
    both_sides(2 * (a + b) / (a * a + b * b), [a, b], "in mean square")  # E (1 - eta a)^2 = 1
    # |1 - eta a| |1 - eta b| = 1 beyond both zeros: a b eta^2 = (a + b) eta, or = (a + b) eta - 2 between them.
    roots = [(a + b) / (a * b)]
    middle = (a + b) ** 2 - 8 * a * b
    if middle >= 0:
        roots = [(a + b - math.sqrt(middle)) / (2 * a * b)]
    both_sides(roots[0], [a, b], "almost surely")


@pytest.mark.parametrize(("decay", "a", "b"), [("1/2", 1, 3), ("2", 1, 3), ("5", "1/2", 4)])
def test_weight_decay_adds_to_every_curvature(decay: str, a: Any, b: Any) -> None:
    u, v = (float(sp.Rational(a) + sp.Rational(decay)), float(sp.Rational(b) + sp.Rational(decay)))
    both_sides(2 / ((u + v) / 2), [a, b], "in the mean", weight_decay=decay)
    both_sides(2 * (u + v) / (u * u + v * v), [a, b], "in mean square", weight_decay=decay)


@pytest.mark.parametrize("beta", ["0", "1/2", "9/10", "-1/3"])
@pytest.mark.parametrize(("a", "b"), [(1, 2), (1, 9)])
def test_heavy_ball_with_random_curvature(beta: str, a: int, b: int) -> None:
    # Mean-square stable iff eta^2 v < (1 - beta)/(1 + beta) kappa (2 (1 + beta) - kappa), with kappa = eta E a.
    mean, variance, m = (a + b) / 2, (a - b) ** 2 / 4, float(sp.Rational(beta))
    ratio = (1 - m) / (1 + m)
    threshold = ratio * mean * 2 * (1 + m) / (variance + ratio * mean**2)
    more = {"optimizer": "heavy-ball", "constants": {"beta": beta}}
    both_sides(threshold, [a, b], "in mean square", **more)
    assert (
        verdict([a, b], "0", "in mean square", eta=None, eta_range=["0.001", f"{threshold * (1 - NEAR):.15g}"], **more)
        == "PROVED"
    )
    for low in (0.001, threshold * (1 + NEAR)):  # a range across the curve, and one beyond it
        ends = [f"{low:.15g}", f"{threshold * 1.5:.12g}"]
        assert verdict([a, b], "0", "in mean square", eta=None, eta_range=ends, **more) == "REFUTED"


def test_a_refuted_range_names_the_step_size_at_which_it_fails() -> None:
    said = settled([1, 3], None, "in mean square", eta_range=["1/10", "9/10"])  # the threshold is 4/5
    assert str(said.standing) == "REFUTED"
    assert "at eta = 9/10 an eigenvalue of E A (x) A lies on or outside" in said.sentence
    assert "for every" not in said.sentence


def test_the_curve_of_heavy_ball_is_where_an_eigenvalue_is_one() -> None:
    beta, kappa, w, x = symbols("beta kappa w x")
    # E A (x) A on (x x, x p, p p) with the multiplier m = 1 + beta - eta a: E m^2 = (1 + beta - kappa)^2 + w.
    m, m2 = 1 + beta - kappa, (1 + beta - kappa) ** 2 + w
    moments = sp.Matrix([[m2, -2 * beta * m, beta**2], [m, -beta, 0], [1, 0, 0]])
    at_one = sp.factor((sp.eye(3) - moments).det())
    curve = (1 - beta) * kappa * (2 * (1 + beta) - kappa) - (1 + beta) * w
    assert sp.expand(at_one - curve) == 0
    assert sp.expand(moments.charpoly(x).eval(1) - at_one) == 0


def test_batches_of_two_lower_the_noise() -> None:
    data = [1, 3, 8]
    pairs = [2.0, 4.5, 5.5]
    threshold = 2 * sum(pairs) / sum(p * p for p in pairs)
    both_sides(threshold, data, "in mean square", noise={"kind": "batch", "size": 2})


def test_two_parameters() -> None:
    # Two orthogonal directions, one at each step: E A (x) A is diagonal, with E (1 - eta a)^2 in each.
    more = {"loss": "mean((p*x + q*y)**2)/2", "parameters": "x y", "data": {"p": [1, 0], "q": [0, 2]}}
    said = {"kind": "stable", "sense": "in mean square", "at": "x = 0, y = 0"}
    for eta, wanted in (("0.499", "PROVED"), ("0.501", "REFUTED")):  # |1 - 4 eta| < 1
        assert verdict([], eta, "in mean square", **{**more, "conclusion": said}) == wanted
    almost = {**said, "sense": "almost surely"}
    assert verdict([], "0.1", "", **{**more, "conclusion": almost}) == "UNDECIDED"


def test_a_batch_that_leads_there_in_one_step() -> None:
    assert verdict([1, 100], "1", "almost surely") == "PROVED"
    assert verdict([1, 100], "1", "in mean square") == "REFUTED"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"noise": None}, "stable needs data, and noise"),
        ({"noise": {"kind": "gaussian", "size": 1}}, "stable needs data, and noise"),
        ({"noise": {"kind": "batch", "size": 3}}, "noise.size is a whole number from 1 to 2"),
        ({"conclusion": {"kind": "stable", "sense": "surely", "at": "x = 0"}}, "conclusion.sense is one of"),
        ({"conclusion": {"kind": "stable", "sense": "in the mean"}}, "takes sense and at"),
        ({"conclusion": {"kind": "stable", "sense": "in the mean", "at": "y = 0"}}, "gives a value to each of x"),
        ({"loss": "mean((a*x - 1)**4)"}, "has a gradient at the point"),
        ({"region": {"x": [0, 1]}}, "leave out region"),
        ({"eta": None, "eta_cycle": ["0.1", "0.2"]}, "leave out eta_cycle"),
        ({"for": "some start", "at_least": "1/2", "every": 2}, "leave out every, at_least, for"),
        ({"eta": "1/loss"}, "takes eta as a number"),
        ({"data": {"a": ["sqrt(2)", 1]}}, "is not rational"),
        ({"optimizer": "adam", "constants": {"beta1": "0.9", "beta2": "0.9"}}, "state of at most 4"),
        ({"conclusion": {"kind": "converges"}, "region": {"x": [0, 1]}}, "noise is for conclusions of kind"),
    ],
)
def test_what_cannot_be_meant_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        verdict([1, 2], "0.1", "in the mean", **changes)
