"""Statements that look true, or false, and are not: each once had the wrong verdict, or might have."""

from __future__ import annotations

import msgspec
import pytest

from edgestab.errors import InputError
from edgestab.verify.check import check
from edgestab.verify.claim_files.door import specification_of
from edgestab.verify.claim_files.entries import Entries
from edgestab.verify.claim_files.specification import claim_of
from tests.verify.work_under_test import less_work

CONVERGES, BOUNDED, DIVERGES = {"kind": "converges"}, {"kind": "bounded"}, {"kind": "diverges"}
WELL = "(x**2 - 1)**2/4"
PRODUCT = "(x*y - 1)**2/2"
BOTH = {"x": ["0.8", "1.2"], "y": ["0.8", "1.2"]}


@pytest.fixture(autouse=True)
def little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is open after a tenth of the work in ball arithmetic is open after all of it."""
    less_work(monkeypatch)


def along(inequality: str, **more: object) -> dict[str, object]:
    return {"kind": "along", "inequality": inequality, **more}


def standing(loss: str, region: dict[str, object], conclusion: dict[str, object], **more: object) -> str:
    given = {"loss": loss, "parameters": " ".join(region), "region": region, "conclusion": conclusion, "eta": "0.5"}
    return str(check(claim_of(specification_of(msgspec.convert({**given, **more}, Entries)))).standing)


@pytest.mark.parametrize(
    ("loss", "region", "conclusion", "more"),
    [
        # A single start that is the fixed point.
        ("(x - 1)**2/2", {"x": "1"}, DIVERGES, {"eta": "2.5"}),
        # Newton's method goes to the maximum; so does ascent, and unnormalized SAM with a large radius.
        (WELL, {"x": ["0.05", "0.4"]}, CONVERGES, {"eta": "1/sharpness"}),
        (WELL, {"x": ["0.05", "0.4"]}, CONVERGES, {"eta": "1/sharpness", "for": "some start"}),
        (WELL, {"x": ["-0.2", "0.2"]}, CONVERGES, {"optimizer": "unnormalized-sam", "constants": {"rho": "2"}}),
        (WELL, {"x": ["-0.5", "0.5"]}, CONVERGES, {"step": {"x": "x + eta*gx"}}),
        ("-log(cosh(x*y - 1))", BOTH, CONVERGES, {"step": {"x": "x + eta*gx", "y": "y + eta*gy"}, "eta": "0.3"}),
        (
            "x**2/2 - y**2/2 + y**4/4",
            {"x": ["-0.3", "0.3"], "y": ["-0.3", "0.3"]},
            CONVERGES,
            {"step": {"x": "x - gx", "y": "y - gy/(3*y**2 - 1)"}},
        ),
        # A step that rests beside the minimum, nearer than any double tells.
        ("x**2/2", {"x": ["0.5", "1"]}, CONVERGES, {"step": {"x": "x - eta*gx + 1/10**25"}, "for": "some start"}),
        # Above the edge no start converges, whatever others do below it.
        ("x**2/2", {"x": ["0.1", "2"]}, CONVERGES, {"eta": ["0.5", "2.5"], "for": "some start"}),
        # A step size that falls far out, where gradient descent would escape.
        ("x**2/2", {"x": [1, 2]}, DIVERGES, {"eta": "3", "step_size": "eta/(1 + (x/10**50)**2)"}),
        # A counter of the user's own is no clock.
        ("x**2/2", {"x": ["0.1", "2"]}, along("x > 0.03", until=40), {"eta": "0.1", "state": {"n": 50}, "step": {"x": "x - eta*gx", "n": "n + 1"}}),
        ("x**2/2", {"x": ["0.1", "2"]}, along("x < 1", **{"from": 5, "until": 20}), {"eta": "0.1", "state": {"n": -100}, "step": {"x": "x - eta*gx", "n": "n + 1"}}),
        # Momentum goes on where the gradient is 0, and so does a gradient that is too small for doubles.
        ("max(0, x)**2/2", {"x": [1, 2]}, along("x > -200"), {"optimizer": "heavy-ball", "constants": {"beta": "0.999"}}),
        ("max(0, x)**2/2", {"x": [1, 2]}, BOUNDED, {"optimizer": "heavy-ball", "constants": {"beta": "1"}}),
        ("x**2/2", {"x": [1, 2]}, BOUNDED, {"step": {"x": "x - 1"}}),
        ("exp(-x)", {"x": [800, 900]}, BOUNDED, {"eta": "1"}),
        ("exp(-x)", {"x": [800, 900]}, along("x < 1000"), {"eta": "1"}),
        # A step size that grows passes the edge when the orbit seems at rest.
        ("x**2/2", {"x": ["0.1", "2"]}, CONVERGES, {"step_size": "eta*(1 + 2*t/201)"}),
        # Steps that die out before the orbit has come to the minimum, and one that grows beyond the edge very late.
        ("x**2/2", {"x": ["0.1", "1"]}, CONVERGES, {"eta": "0.1", "step_size": "eta*max(0, 1 - t/100)"}),
        ("x**2/2", {"x": "1/2"}, CONVERGES, {"eta": "0.1", "step_size": "eta*max(0, 1 - t/100)"}),
        ("x**2/2", {"x": ["0.1", "1"]}, CONVERGES, {"eta": "0.1", "step_size": "eta*exp(-t/50)"}),
        ("x**2/2", {"x": ["0.1", "1"]}, CONVERGES, {"eta": "1", "step_size": "eta/(t + 2)**2"}),
        ("x**2/2", {"x": ["0.1", "1"]}, {"kind": "final-sharpness", "low": "0.9"}, {"eta": "0.1", "step_size": "eta*max(0, 1 - t/100)", "optimizer": "heavy-ball", "constants": {"beta": "1/2"}}),
        (PRODUCT, BOTH, CONVERGES, {"eta": "0.3", "step_size": "eta*max(0, 1 - t/10)"}),
        ("x**2/2", {"x": ["0.1", "1"]}, CONVERGES, {"step_size": "eta*(1 + t/1000000000)"}),
        ("x**2/2", {"x": ["0.1", "1"]}, CONVERGES, {"eta": "0.1", "step_size": "eta*log(t + 2)"}),
        ("x**2/2", {"x": ["0.1", "1"]}, CONVERGES, {"eta": "0.01", "step_size": "eta*log(t + 2)"}),
        # The limit is 1 exactly, and orbits stop above it by more than rounding.
        ("(x - 1)**2/2", {"x": ["3/2", "2"]}, {"kind": "limit", "inequality": "x_final > 1"}, {"eta": "1/100"}),
        # Starts on the line y = -x, which a chart cannot tell from beside it, and in the saddle.
        (PRODUCT, {"x": "0", "y": "0"}, CONVERGES, {"eta": "0.3"}),
        (PRODUCT, {"x": "1/2", "y": "-1/2"}, CONVERGES, {"eta": "0.3"}),
        (PRODUCT, {"x": ["-1", "1"], "y": "0"}, CONVERGES, {"eta": "0.3"}),
        # A step that drifts along the minima.
        (PRODUCT, BOTH, CONVERGES, {"eta": "0.1", "step": {"x": "(x - eta*gx)*1.001", "y": "(y - eta*gy)/1.001"}}),
        # A gradient that is small because the loss is written in large units.
        ("x**2/2000000000", {"x": [1, 2]}, {"kind": "limit", "inequality": "x_final > 0.001"}, {"eta": "0.01/sharpness"}),
        ("x**2/2000000000", {"x": [1, 2]}, along("x > 0.001"), {"eta": "0.01/sharpness"}),
    ],
)  # fmt: skip
def test_what_is_false_does_not_hold(
    loss: str, region: dict[str, object], conclusion: dict[str, object], more: dict[str, object]
) -> None:
    assert standing(loss, region, conclusion, **more) in ("REFUTED", "UNDECIDED")


@pytest.mark.parametrize(
    ("loss", "region", "conclusion", "more"),
    [
        # Inequalities that fail at one point alone, inside the region.
        ("(x - 1/2)**2*(1 + (x - 1/2)**2)/2", {"x": ["0", "0.9"]}, along("loss > 0"), {"eta": "0.3"}),
        ("log(cosh(x)) + x**2/20", {"x": ["0.1", "0.9"]}, along("(4*x - 1)**2 > 0"), {}),
        ("(x - 1/2)**2 + (y - 1/4)**2", {"x": [0, "0.9"], "y": [0, "0.9"]}, along("loss > 0"), {"eta": "0.1"}),
        # A hole in the domain among the starts.
        ("x**2/2*(10*x - 3)/(10*x - 3)", {"x": ["-0.9", "0.9"]}, CONVERGES, {}),
        # At eta = 1 the step divides by 0.
        ("x**2/2", {"x": [1, 2]}, CONVERGES, {"eta": None, "eta_range": ["0.5", "1.5"], "state": {"m": 1}, "step": {"x": "x/2 + m/(eta - 1)", "m": "m/2"}}),
    ],
)  # fmt: skip
def test_what_fails_at_single_points_is_not_proved(
    loss: str, region: dict[str, object], conclusion: dict[str, object], more: dict[str, object]
) -> None:
    assert standing(loss, region, conclusion, **more) != "PROVED"


@pytest.mark.parametrize(
    ("loss", "region", "conclusion", "more"),
    [
        ("x**2/2", {"x": [1, 2]}, BOUNDED, {"eta": "3", "step_size": "eta/(1 + (x/10**50)**2)"}),
        (PRODUCT, {"x": [10, 11], "y": [10, 11]}, BOUNDED, {"eta": "1", "step_size": "eta/(1 + ((x**2 + y**2)/10**60)**8)"}),
        # One start in a saddle is no tenth of them.
        (WELL, {"x": ["-1/2", "1"]}, CONVERGES, {"at_least": "9/10"}),
        # What comes after the last step is not claimed.
        ("exp(log(x))", {"x": ["1", "1.1"]}, along("x > 0", until=3), {"eta": "0.3"}),
        ("exp(log(x))", {"x": "1"}, along("x > 0", until=3), {"eta": "0.3"}),
        ("exp(log(x))", {"x": "1"}, along("x > -1", until=4), {"eta": "0.3"}),
        # What is carried may go on when the parameters have come to rest.
        ("x**2/2", {"x": "1/2"}, CONVERGES, {"eta": "1", "state": {"k": 1}, "step": {"x": "x - eta*gx", "k": "1 - k"}}),
    ],
)  # fmt: skip
def test_what_is_true_is_not_refuted(
    loss: str, region: dict[str, object], conclusion: dict[str, object], more: dict[str, object]
) -> None:
    assert standing(loss, region, conclusion, **more) != "REFUTED"


@pytest.mark.parametrize(
    ("conclusion", "more", "wanted"),
    [
        (DIVERGES, {"step": {"x": "x + eta"}}, {"UNDECIDED"}),  # it does, more slowly than anything that is shown
        (CONVERGES, {"step": {"x": "x/2"}}, {"SUPPORTED", "PROVED"}),
        (along("x < 3", until=0), {}, {"PROVED"}),
        (along("x < 1.5", until=0), {}, {"REFUTED"}),
        (along("x < 3", **{"from": 20_000_000}), {}, {"SUPPORTED"}),
    ],
)
def test_odd_statements_have_their_verdict(
    conclusion: dict[str, object], more: dict[str, object], wanted: set[str]
) -> None:
    assert standing("cosh(x) + x**2", {"x": [1, 2]}, conclusion, **{"eta": "0.1", **more}) in wanted


@pytest.mark.parametrize(
    ("conclusion", "more", "message"),
    [
        ({"kind": "limit", "inequality": "x_final < t"}, {}, "unknown name 't'"),
        ({"kind": "limit", "inequality": "t_final < 10"}, {"step_size": "eta/(t + 1)"}, "unknown name 't_final'"),
        ({"kind": "monotone", "quantity": "x + t", "direction": "nonincreasing"}, {}, "leave t out"),
        (CONVERGES, {"eta": None, "eta_range": ["0.1", "0.2"], "for": "some start"}, "give eta, not eta_range"),
        (CONVERGES, {"state": {"t": 0}, "step": {"x": "x - eta*gx", "t": "t + 1"}}, "state.t is a parameter"),
    ],
)
def test_what_has_no_meaning_is_refused(conclusion: dict[str, object], more: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        standing("x**2/2", {"x": [1, 2]}, conclusion, **more)


@pytest.mark.parametrize(
    ("loss", "region", "conclusion", "more", "words"),
    [
        (PRODUCT, {"x": "0", "y": "0"}, CONVERGES, {"eta": "0.3"}, "negative eigenvalue"),
        (PRODUCT, {"x": ["-1", "1"], "y": "0"}, CONVERGES, {"eta": "0.3"}, "x = 0, y = 0"),
        (WELL, {"x": "0"}, CONVERGES, {}, "negative eigenvalue"),
        (WELL, {"x": ["-1/2", "1"]}, {"kind": "final-sharpness", "low": "1"}, {}, "negative eigenvalue"),
        ("(x*y - 1)**2/2 + x**2/9", {"x": "0", "y": "0"}, CONVERGES, {"eta": "0.1"}, "negative eigenvalue"),
        # A dead zone: the step rests where the slope does not vanish.
        ("x**2/2", {"x": ["1/10", "1/5"]}, CONVERGES, {"step": {"x": "x - max(0, x - 1/4)"}}, "gradient does not vanish"),
    ],
)  # fmt: skip
def test_rest_where_no_minimum_is_refutes(
    loss: str, region: dict[str, object], conclusion: dict[str, object], more: dict[str, object], words: str
) -> None:
    given = {"loss": loss, "parameters": " ".join(region), "region": region, "conclusion": conclusion, "eta": "0.5"}
    verdict = check(claim_of(specification_of(msgspec.convert({**given, **more}, Entries))))
    assert str(verdict.standing) == "REFUTED"
    assert words in verdict.sentence


@pytest.mark.parametrize(
    ("loss", "region", "conclusion", "more"),
    [
        ("x**2/2", {"x": ["0.1", "1"]}, CONVERGES, {"step_size": "eta/(1 + t/100)"}),  # the sum of the steps is infinite
        ("x**2/2", {"x": ["0.1", "1"]}, CONVERGES, {"step_size": "eta*min(1, (t + 1)/50)"}),
        (PRODUCT, {"x": ["0.5", "1"], "y": ["0.5", "1"]}, CONVERGES, {"step_size": "eta*(2 + cos(t))/3"}),
        ("(x**2 - 1)**2/4", {"x": ["0", "1"]}, {"kind": "bounded"}, {}),
    ],
)  # fmt: skip
def test_what_is_true_holds(
    loss: str, region: dict[str, object], conclusion: dict[str, object], more: dict[str, object]
) -> None:
    assert standing(loss, region, conclusion, **more) in ("SUPPORTED", "PROVED")
