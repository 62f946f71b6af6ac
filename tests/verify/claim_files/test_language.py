"""What claim files can say, each on an input whose truth is known by algebra."""

from __future__ import annotations

import msgspec
import pytest

from edgestab.errors import InputError
from edgestab.theory.claim import Claim
from edgestab.verify.check import check
from edgestab.verify.claim_files.door import specification_of
from edgestab.verify.claim_files.entries import Entries
from edgestab.verify.claim_files.specification import claim_of

PARABOLA = {"loss": "x**2/2", "parameters": "x", "region": {"x": ["0.1", "2"]}}
PRODUCT = {"loss": "(x*y - 1)**2/2", "parameters": "x y", "region": {"x": ["0.8", "1.2"], "y": ["0.8", "1.2"]}}
WELL = {"loss": "(x**2 - 1)**2/4", "parameters": "x", "region": {"x": ["0.1", "1.3"]}, "eta": "1.1"}
CONVERGES = {"kind": "converges"}


def claim(**entries: object) -> Claim:
    return claim_of(specification_of(msgspec.convert(entries, Entries)))


def verdict(**entries: object) -> tuple[str, str]:
    found = check(claim(**entries))
    return str(found.standing), found.sentence


HEAVY = {"state": {"m": 0}, "step": {"x": "x - eta*(beta*m + gx)", "m": "beta*m + gx"}, "constants": {"beta": "0.9"}}


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        # On a parabola of curvature 1: sign descent alternates, SAM has a 2-cycle at eta rho/(2 - eta).
        ({"optimizer": "sign", "eta": "0.3"}, "REFUTED"),
        ({"optimizer": "sam", "constants": {"rho": "0.1"}, "eta": "0.5"}, "REFUTED"),
        # theta' = theta - eta (theta + rho theta): an edge at eta (1 + rho) = 2.
        ({"optimizer": "unnormalized-sam", "constants": {"rho": "0.25"}, "eta": "1.59"}, "SUPPORTED"),
        ({"optimizer": "unnormalized-sam", "constants": {"rho": "0.25"}, "eta": "1.61"}, "REFUTED"),
        # A buffer of slopes has the edge of heavy ball, 2 (1 + beta)/eta.
        ({**HEAVY, "eta": "3.79"}, "SUPPORTED"),
        ({**HEAVY, "eta": "3.81"}, "REFUTED"),
        # Newton's step, 1.9 and 2.1 of it.
        ({"loss": "x**2/2 + x**4/4", "eta": "1.9/sharpness"}, "SUPPORTED"),
        ({"loss": "x**2/2 + x**4/4", "eta": "2.1/sharpness"}, "REFUTED"),
        ({"eta": "0.5", "step_size": "eta*min(1, (t + 1)/20)"}, "SUPPORTED"),
        ({"eta": "1", "weight_decay": "0.9"}, "SUPPORTED"),
        ({"eta": "1", "weight_decay": "1.1"}, "REFUTED"),
    ],
)
def test_steps(changes: dict[str, object], wanted: str) -> None:
    assert verdict(**{**PARABOLA, "conclusion": CONVERGES, **changes})[0] == wanted


def test_the_step_size_is_not_named_where_the_state_sets_it() -> None:
    standing, sentence = verdict(**PARABOLA, conclusion=CONVERGES, eta="2.5/sharpness")
    assert standing == "REFUTED"
    assert "eta" not in sentence
    with pytest.raises(InputError, match="unknown name 'eta'"):
        claim(**PARABOLA, conclusion={"kind": "final-sharpness", "high": "2/eta"}, eta="1/sharpness")
    with pytest.raises(InputError, match="a formula for eta does not use eta"):
        claim(**PARABOLA, conclusion=CONVERGES, eta="eta/sharpness")


def test_a_step_that_divides_by_what_vanishes_at_rest_is_not_said_to_converge() -> None:
    # Adam's fixed point has the multiplier 1 - eta/eps: it attracts nothing, whatever an orbit looks like on its way.
    adam = {"optimizer": "adam", "constants": {"beta1": "0.9", "beta2": "0.99"}, "eta": "0.01"}
    assert verdict(**PARABOLA, **adam, conclusion=CONVERGES)[0] == "UNDECIDED"


@pytest.mark.parametrize(
    ("changes", "wanted", "phrase"),
    [
        # The 2-cycle of the double well at eta = 1.1 attracts all of (0.1, 1.3) but the fixed point and what meets it.
        ({"conclusion": {"kind": "cycle", "period": 2}, "for": "almost every start"}, "SUPPORTED", "measure zero"),
        (
            {"conclusion": {"kind": "cycle", "period": 2}},
            "REFUTED",
            "x = 1: the orbit is on no cycle: it comes to rest",
        ),
        ({"conclusion": {"kind": "cycle", "period": 4}, "for": "almost every start"}, "REFUTED", "a cycle of period 2"),
        (
            {"conclusion": {"kind": "cycle", "inequality": "x > 1"}, "for": "almost every start"},
            "REFUTED",
            "at a point of its",
        ),
        ({"conclusion": CONVERGES, "for": "almost every start"}, "REFUTED", "at all starts within"),
        ({"conclusion": CONVERGES, "for": "some start", "eta": "0.9"}, "PROVED", "the orbit converges"),
        ({"conclusion": {"kind": "diverges"}, "for": "some start"}, "UNDECIDED", "does not exclude one"),
        ({"conclusion": CONVERGES, "at_least": "1/2", "eta": "0.9"}, "SUPPORTED", "0.5 is allowed"),
        ({"conclusion": {"kind": "bounded"}, "region": {"x": [2, 3]}}, "REFUTED", "the orbit diverges"),
        ({"conclusion": {"kind": "bounded"}}, "SUPPORTED", ""),
        ({"conclusion": {"kind": "limit", "inequality": "x_final > 0"}, "eta": "0.9"}, "SUPPORTED", ""),
        ({"conclusion": {"kind": "limit", "inequality": "x_final < 1/2"}, "eta": "0.9"}, "REFUTED", "at the limit"),
        ({"conclusion": {"kind": "limit", "inequality": "loss_final < 1"}, "eta": "0.9"}, "SUPPORTED", ""),
    ],
)
def test_quantifiers_and_conclusions(changes: dict[str, object], wanted: str, phrase: str) -> None:
    standing, sentence = verdict(**{**WELL, **changes})
    assert standing == wanted, sentence
    assert phrase in sentence


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        # x_t = (9/10)^t x_0 exactly, |x_0| < 2.
        ({"inequality": "x**2 <= 4*(81/100)**1*1.0001/(1 + (t - 1)/10)", "from": 1, "until": 5}, "SUPPORTED"),
        ({"inequality": "loss <= 5/(eta*t)", "from": 1, "until": 500}, "SUPPORTED"),
        ({"inequality": "t*loss <= 4/100", "until": 500}, "REFUTED"),
        ({"inequality": "x**2 < 1", "from": 7, "until": 9}, "SUPPORTED"),  # 0.9^7 = 0.478 and 2 * 0.478 < 1
        ({"inequality": "x**2 < 1", "from": 6, "until": 9}, "REFUTED"),  # 0.9^6 = 0.531
        ({"inequality": "x**2 < 1", "from": 7}, "SUPPORTED"),
        ({"inequality": "x**2 > 0.03**2", "until": 10}, "SUPPORTED"),  # 0.1 * 0.9^10 = 0.0349
        ({"inequality": "x**2 > 0.03**2", "until": 12}, "REFUTED"),  # 0.1 * 0.9^12 = 0.0282
    ],
)
def test_inequalities_at_some_of_the_steps(said: dict[str, object], wanted: str) -> None:
    found = verdict(**PARABOLA, eta="0.1", conclusion={"kind": "along", **said})
    assert found[0] == wanted, found


def test_an_orbit_that_leaves_before_the_steps_of_an_inequality_is_looked_at() -> None:
    said = {"kind": "along", "inequality": "x < 2", "from": 30, "until": 100}
    standing, sentence = verdict(**{**WELL, "region": {"x": [2, 3]}, "conclusion": said})
    assert standing == "REFUTED" or "could not be decided" in sentence
    again = verdict(**{**WELL, "region": {"x": [2, 3]}, "conclusion": {**said, "inequality": "x**2 < 2"}})
    assert again[0] == "REFUTED", again


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"step": {"x": "x - eta*gx"}, "optimizer": "sign"}, "leave out the optimizer"),
        ({"state": {"m": 0}}, r"state is what a \[step\] carries"),
        ({"step": {"x": "x - eta*gx", "m": "m"}}, "gives m, which is no state"),
        ({"step": {"x": "x - eta*gx"}, "state": {"m": 0}}, "has no formula for m"),
        ({"step": {"x": "x - eta*gz"}}, "step.x: unknown name 'gz'"),
        ({"step": {"x": "x - eta*gx"}, "state": {"x": 0}}, "state.x is a parameter"),
        ({"for": "most starts"}, "for is one of every start, almost every start, some start, got 'most starts'"),
        ({"for": "some start", "at_least": "1/2"}, "at_least is about every start"),
        ({"at_least": "3/2"}, "at_least is a fraction"),
        ({"weight_decay": "-1"}, "weight_decay is at least 0"),
        ({"conclusion": {"kind": "cycle", "period": 1}}, "a period of at least 2"),
        ({"conclusion": {"kind": "cycle", "period": "2"}}, "conclusion.period is a whole number"),
        ({"conclusion": {"kind": "along", "inequality": "x < t"}}, "give until"),
        ({"conclusion": {"kind": "along", "inequality": "x < 2", "from": 5, "until": 3}}, "along goes from"),
        ({"conclusion": {"kind": "limit", "inequality": "x < x_last"}}, "unknown name 'x_last'"),
        ({"optimizer": "sam", "constants": {"rho": "-1"}}, "rho, the radius, is at least 0"),
        (
            {"loss": "x**2 + beta", "constants": {"beta": 1}, "optimizer": "heavy-ball"},
            "beta is the momentum of heavy-ball",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        claim(**{**PARABOLA, "eta": "0.1", "conclusion": CONVERGES, **changes})
