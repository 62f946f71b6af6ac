"""Losses that nobody here has chosen: verdicts whose truth is known from a line of algebra, of many kinds."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from edgestab.verify.check import check
from edgestab.verify.claim_files.door import specification_of
from edgestab.verify.claim_files.entries import Entries
from edgestab.verify.claim_files.specification import claim_of
from edgestab.verify.evidence.standing import Standing
from tests.verify.work_under_test import less_work

HOLDS, FALSE = {Standing.SUPPORTED}, {Standing.REFUTED}


@pytest.fixture(autouse=True)
def little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is false here is so on open sets."""
    less_work(monkeypatch)


def supported(standing: Standing) -> Standing:
    """What is proved is supported as well."""
    return Standing.SUPPORTED if standing is Standing.PROVED else standing


NOT_SHOWN = {Standing.REFUTED, Standing.UNDECIDED}
CONVERGES, DIVERGES = {"kind": "converges"}, {"kind": "diverges"}


def ends(low: str, high: str) -> dict[str, str]:
    return {"kind": "final-sharpness", "low": low, "high": high}


def along(inequality: str) -> dict[str, str]:
    return {"kind": "along", "inequality": inequality}


def verdict(loss: str, eta: str, region: dict[str, list[str]], conclusion: dict[str, str], **more: Any) -> Any:
    entries = {
        "loss": loss,
        "parameters": " ".join(region),
        "eta": eta,
        "region": region,
        "conclusion": conclusion,
        **more,
    }
    return check(claim_of(specification_of(msgspec.convert(entries, Entries))))


DOMAIN = [
    # x1 = x0 - (x0^3 - 1/x0)/5 < 0 from 2.4 on; near the minimum 1 the slope of the step is 1 - 4 eta.
    ("x**4/4 - log(x)", "0.2", {"x": ["2.4", "2.9"]}, CONVERGES, FALSE),
    ("x**4/4 - log(x)", "0.1", {"x": ["0.8", "1.2"]}, CONVERGES, HOLDS),
    # x1 = -x0/2 for what SymPy makes of it.
    ("exp(log(x))**2/2", "1.5", {"x": ["1", "2"]}, CONVERGES, FALSE),
    ("exp(log(x))**2/2", "0.5", {"x": ["1", "2"]}, CONVERGES, NOT_SHOWN),  # towards 0, where it is not defined
    # x1 = -0.8 x0, and the domain ends at 3.
    ("x**2/2 + 0*log(3 - x)", "1.8", {"x": ["-4", "-3.9"]}, CONVERGES, FALSE),
    ("x**2/2 + 0*log(3 - x)", "1.8", {"x": ["-2", "2"]}, CONVERGES, HOLDS),
    (
        "sqrt(x - 1)**2*(x - 3)**2/(x - 1)",
        "0.9",
        {"x": ["6", "7"]},
        CONVERGES,
        FALSE,
    ),  # 2 (x-3) 0.9: x1 - 3 = -0.8 (x0 - 3)
    ("(x - 3)**2/2 + 0*(x - 1)**(1/3)", "1.9", {"x": ["6", "7"]}, CONVERGES, FALSE),  # x1 - 3 = -0.9 (x0 - 3)
    ("x**2/2 - log(x)/10", "1.5", {"x": ["2", "3"]}, DIVERGES, FALSE),  # x1 = -x0/2 + 0.15/x0 < 0
    ("exp(log(x))**2/2", "1.5", {"x": ["1", "2"]}, along("x > -10"), FALSE),  # there is no second iterate
    ("exp(log(x))**2/2", "1.5", {"x": ["1", "2"]}, ends("0", "2"), FALSE),
    # The inequality is not defined at x1 = 1 - 0.9 (x0 - 1) < 0.
    ("(x - 1)**2/2", "1.9", {"x": ["2.5", "3"]}, along("log(x) > -10"), NOT_SHOWN),
    ("(x - 1)**2/2", "1.9", {"x": ["2.5", "3"]}, along("exp(log(x)) > -10"), NOT_SHOWN),  # which SymPy makes x > -10
    ("(x - 1)**2/2", "1.9", {"x": ["2.5", "3"]}, along("x + 0*sqrt(x) > -10"), NOT_SHOWN),
    ("(x - 1)**2/2", "0.5", {"x": ["2.5", "3"]}, along("log(x) > -1"), HOLDS),  # x - 1 is halved, and x > 1
    ("(x - 1)**2/2", "0.5", {"x": ["2.5", "3"]}, along("log(x) > 1"), FALSE),
]

CONVERGENCE = [
    ("-20*exp(-x**2/2) + 5*y**2", "0.05", {"x": ["10", "11"], "y": ["0.5", "1"]}, ends("9", "11"), NOT_SHOWN),
    ("-20*exp(-x**2/2) + 5*y**2", "0.05", {"x": ["-1", "1"], "y": ["0.5", "1"]}, ends("19", "21"), HOLDS),
    ("x**2/2 - y**2/200000000", "0.1", {"x": ["0.5", "1"], "y": ["0.01", "0.05"]}, CONVERGES, NOT_SHOWN),
    ("log(1 + exp(-x)) + 5*y**2", "0.05", {"x": ["28", "32"], "y": ["0.5", "1"]}, CONVERGES, NOT_SHOWN),
    ("exp(-x) + y**2", "0.3", {"x": ["24", "26"], "y": ["0.5", "1"]}, CONVERGES, NOT_SHOWN),
    ("1/(1 + x**2) + y**2", "0.3", {"x": ["40", "60"], "y": ["0.5", "1"]}, CONVERGES, NOT_SHOWN),
    ("(1 - x*y*z*w*v)**2/2", "0.1", {n: ["0.0005", "0.001"] for n in "xyzwv"}, CONVERGES, NOT_SHOWN),
    ("x**2/2 + y**2/2000", "0.5", {"x": ["1", "2"], "y": ["1", "2"]}, CONVERGES, HOLDS),
    ("(x - 1)**2 + (x*y - 1)**2 + (y - 3)**2", "0.05", {"x": ["1", "2"], "y": ["1", "2"]}, CONVERGES, HOLDS),
    ("x**4/4 - x**2/2 + y**2", "0.1", {"x": ["0.1", "1.5"], "y": ["-1", "1"]}, ends("1.9", "2.1"), HOLDS),
]

UNITS = [
    ("(10**12*x**2 - 1)**2/4", "8e-13", {"x": ["5e-7", "9e-7"]}, CONVERGES, HOLDS),  # multiplier 1 - 1.6
    ("(x/10**9 - 1)**2/2 + y**2/2e18", "5e17", {"x": ["0", "2e9"], "y": ["0", "1"]}, CONVERGES, HOLDS),
    ("1e-20*(x*y - 1)**2/2", "1e19", {"x": ["1", "2"], "y": ["0.1", "0.5"]}, CONVERGES, HOLDS),
    ("(x*y/10**10 - 1)**2/2", "1e9", {"x": ["1e5", "2e5"], "y": ["1e4", "5e4"]}, CONVERGES, HOLDS),
    (
        "(x*y/10**10 - 1)**2/2",
        "1e9",
        {"x": ["1e5", "2e5"], "y": ["1e4", "5e4"]},
        ends("2e-10", "1e-9"),
        HOLDS,
    ),  # x^2 + y^2 >= 2 xy
    ("(x*y/10**10 - 1)**2/2", "1e9", {"x": ["1e5", "2e5"], "y": ["1e4", "5e4"]}, ends("3e-10", "1e-9"), FALSE),
]

LINES = [
    # min at xy = 1 with sharpness x^2 + y^2 >= 2 there.
    ("log(cosh(x*y - 1))", "0.1", {"x": ["1.5", "2.5"], "y": ["0.6", "0.9"]}, ends("0", "3"), FALSE),
    ("log(cosh(x*y - 1))", "0.1", {"x": ["1.5", "2.5"], "y": ["0.6", "0.9"]}, ends("1.9", "20"), HOLDS),
    ("log(1 + (x*y - 2)**2)", "0.05", {"x": ["2", "2.5"], "y": ["0.6", "0.9"]}, ends("0", "7"), FALSE),
    ("sqrt(1 + (x*y - 1)**2)", "0.1", {"x": ["2", "2.5"], "y": ["0.3", "0.4"]}, ends("0", "3.5"), FALSE),
    (
        "7*log(1 + exp(-x*y)) + 3*log(1 + exp(x*y))",
        "0.01",
        {"x": ["2", "2.5"], "y": ["0.3", "0.4"]},
        ends("0", "1"),
        FALSE,
    ),
    ("(1 - tanh(x*y) - 1/2)**2", "0.1", {"x": ["2", "2.5"], "y": ["0.2", "0.3"]}, ends("0", "1"), FALSE),
    ("(sin(x) + y)**2/2", "0.2", {"x": ["0.2", "0.4"], "y": ["0.5", "1"]}, ends("0", "1"), FALSE),  # cos^2 x + 1 > 1
]

WELLS = "(x**2 - 1)**2/4 + (y**2 - 1)**2/4"  # x (1.2 - 0.2 x^2) > 0 on (0, 2.449) at eta = 1/5
TILTED = "(x**2 - 1)**2/4 + x/10"  # the maximum is at 0.10103
CAMEL = "(4 - 2.1*x**2 + x**4/3)*x**2 + x*y + (-4 + 4*y**2)*y**2"
HIMMELBLAU = "(x**2 + y - 11)**2 + (x + y**2 - 7)**2"


def to(where: str) -> dict[str, str]:
    return {"kind": "converges", "to": where}


WHICH = [
    (WELLS, "0.2", {"x": ["0.01", "2"], "y": ["-2", "-0.01"]}, to("x = 1, y = -1"), HOLDS),
    (WELLS, "0.2", {"x": ["0.01", "2"], "y": ["-2", "-0.01"]}, to("y = 1, x = 1"), FALSE),
    (WELLS, "0.2", {"x": ["-0.1", "2"], "y": ["-2", "-0.01"]}, to("x = 1, y = -1"), FALSE),
    (WELLS, "0.2", {"x": ["2.5", "2.6"], "y": ["0.1", "1"]}, to("x = -1, y = 1"), HOLDS),  # x1 in (-0.4, -0.12)
    (WELLS, "0.2", {"x": ["2.5", "2.6"], "y": ["0.1", "1"]}, to("x = 1, y = 1"), FALSE),
    (WELLS, "0.2", {"x": ["0.01", "2"], "y": ["0.01", "2"]}, {**ends("1.9", "2.1"), "to": "x = 1, y = 1"}, HOLDS),
    (WELLS, "0.2", {"x": ["0.01", "2"], "y": ["0.01", "2"]}, {**ends("2", "2.1"), "to": "x = 1, y = 1"}, FALSE),
    (TILTED, "0.2", {"x": ["-2", "0.1"]}, to("x = -1.0467"), HOLDS),
    (TILTED, "0.2", {"x": ["-2", "0.102"]}, to("x = -1.0467"), FALSE),
    (TILTED, "0.2", {"x": ["0.102", "2"]}, to("x = 0.9456"), HOLDS),
    (TILTED, "0.2", {"x": ["0.102", "2"]}, to("x = -1.04668"), FALSE),
    ("cosh(x) - x", "0.2", {"x": ["-1", "2"]}, to("x = 0.88137"), HOLDS),  # asinh 1
    ("x**2/2 - 2*log(x)", "0.2", {"x": ["0.5", "3"]}, to("x = sqrt(2)"), HOLDS),
    ("x**2/2 - 2*log(x)", "0.2", {"x": ["0.5", "3"]}, {**ends("1.99", "2.01"), "to": "x = sqrt(2)"}, HOLDS),
    ("1 - cos(x)", "0.5", {"x": ["4", "8"]}, to("x = 2*pi"), HOLDS),
    ("1 - cos(x)", "0.5", {"x": ["2", "8"]}, to("x = 6.2832"), FALSE),  # 0 from below pi
    (CAMEL, "0.01", {"x": ["0.05", "0.15"], "y": ["-0.8", "-0.6"]}, to("x = 0.0898, y = -0.7127"), HOLDS),
    (CAMEL, "0.01", {"x": ["0.05", "0.15"], "y": ["-0.8", "-0.6"]}, to("x = -0.0898, y = 0.7127"), FALSE),
    (HIMMELBLAU, "0.005", {"x": ["2.8", "3.2"], "y": ["1.8", "2.2"]}, to("x = 3, y = 2"), HOLDS),
    (HIMMELBLAU, "0.005", {"x": ["3.5", "3.6"], "y": ["-1.9", "-1.8"]}, to("x = 3.5844, y = -1.8481"), HOLDS),
    (HIMMELBLAU, "0.005", {"x": ["3.5", "3.6"], "y": ["-1.9", "-1.8"]}, to("x = 3, y = 2"), FALSE),
    # The largest eigenvalue of [[74, 20], [20, 34]] is 54 + sqrt(800).
    (HIMMELBLAU, "0.005", {"x": ["2.8", "3.2"], "y": ["1.8", "2.2"]}, ends("82.2", "82.3"), HOLDS),
    ("(1 - x**2)**2 + (1 - y*z)**2", "0.02", {"x": ["0.5", "1.5"], "y": ["0.5", "1"], "z": ["0.5", "1"]},
     to("x - 1 = 0, y*z - 1 = 0"), HOLDS),
    ("(1 - x**2)**2 + (1 - y*z)**2", "0.02", {"x": ["0.5", "1.5"], "y": ["0.5", "1"], "z": ["0.5", "1"]},
     to("x + 1 = 0, y*z - 1 = 0"), FALSE),
    # Never zero: least where xyz = 3/2.
    ("(x*y*z - 1)**2/2 + (x*y*z - 2)**2/2", "0.02", {n: ["0.9", "1.1"] for n in "xyz"}, CONVERGES, HOLDS),
]  # fmt: skip

NEAR = [
    ("x**2/2", "0.1", {"x": "1"}, along("x <= 1 - 1e-14"), FALSE),
    ("x**2/2", "0.1", {"x": "1"}, along("x < 1"), FALSE),
    ("x**2/2", "0.1", {"x": "1"}, along("x <= 1"), HOLDS),
    ("x**2/2", "0.1", {"x": "1"}, along("1e6*x <= 1e6 - 1e-9"), FALSE),
    ("x**2/2", "0.1", {"x": ["0.5", "1"]}, along("x <= 1 - 1e-14"), FALSE),
    ("x**2/2", "0.1", {"x": ["0.5", "1"]}, along("x < 1"), HOLDS),
    ("x**2/2", "0.1", {"x": ["-1", "-0.5"]}, along("x >= -1 + 1e-14"), FALSE),
    ("x**2/2", "0.1", {"x": ["0.5", "1"]}, along("x > 0"), HOLDS),  # 0.9^n x0
    ("x**2/2", "1", {"x": ["0.5", "1"]}, along("x > 0"), FALSE),  # 0 after one step
    ("y**2/2 - x**2/2e15", "0.1", {"x": ["1", "2"], "y": ["1", "2"]},
     {"kind": "monotone", "quantity": "x", "direction": "nonincreasing"}, FALSE),  # x grows by 1e-16 of itself a step
    ("y**2/2 - x**2/2e15", "0.1", {"x": ["1", "2"], "y": ["1", "2"]},
     {"kind": "monotone", "quantity": "x", "direction": "nondecreasing"}, {Standing.SUPPORTED, Standing.UNDECIDED}),
    ("(1 - x*y)**2/2", "0.1", {"x": ["1", "1.5"], "y": ["1", "1.5"]},
     {"kind": "monotone", "quantity": "loss", "direction": "nonincreasing"}, HOLDS),
    ("x**2/2 + x**4", "0.1", {"x": ["0.1", "0.2"]}, ends("1 + 1e-17", "2"), FALSE),  # the sharpness is 1
    ("x**2/2 + x**4", "0.1", {"x": ["0.1", "0.2"]}, ends("0", "1 - 1e-17"), FALSE),
    ("x**2/2 + x**4", "0.1", {"x": "0.1"}, ends("1 - 1e-17", "1 + 1e-17"), HOLDS),
    ("x**2/2 + x**4", "0.1", {"x": ["0.1", "0.2"]}, ends("1 - 1e-17", "1 + 1e-17"), {Standing.SUPPORTED, Standing.UNDECIDED}),
    # x = y exactly, in numbers that are no doubles.
    ("(x-1)**2/2 + (y-1)**2/2 + (x*y-1)**2/2", "0.1", {"x": "1/3", "y": "1/3"}, along("x > y"), NOT_SHOWN),
    ("(x-1)**2/2 + (y-1)**2/2 + (x*y-1)**2/2", "0.1", {"x": "1/2", "y": "1/2"}, along("x > y"), FALSE),
    ("(x-1)**2/2 + (y-1)**2/2 + (x*y-1)**2/2", "0.1", {"x": "1/3", "y": "1/3"}, along("x >= y + 1/10**45"), FALSE),
    ("(x-1)**2/2 + (y-1)**2/2 + (x*y-1)**2/2", "0.1", {"x": "1/3", "y": "1/3"},
     {"kind": "monotone", "quantity": "(x - y) + x/10**45", "direction": "nonincreasing"}, FALSE),
    # x_n tends to 0 slowly: orbits stop near 2e-8.
    ("x**2/2000", "0.5", {"x": ["1", "2"]}, along("x >= 1/10**8"), NOT_SHOWN),
    # The quantity grows to 1e8 before it falls by 1e-7 once: far above rounding at the start, within it where it falls.
    ("(x - 1)**2/2", "1.9999999", {"x": "1e8"}, {"kind": "monotone", "quantity": "(x - 1)**2", "direction": "nonincreasing"},
     {Standing.SUPPORTED, Standing.UNDECIDED}),
]  # fmt: skip

HUBER = "x**2/2 - max(0, abs(x) - 1)**2/2"

KINKS = [
    (HUBER, "1.9", {"x": ["-10", "10"]}, CONVERGES, HOLDS),  # outside x moves by 1.9 inwards, inside it is -0.9 x
    (HUBER, "1.9", {"x": ["-10", "10"]}, along("abs(x) <= 10"), HOLDS),
    (HUBER, "1.9", {"x": ["2", "10"]}, ends("0.9", "1.1"), HOLDS),
    # x' = x - eta sign(x) |x|^(1/2): 2-cycle at (eta/2)^2.
    ("2*abs(x)**(3/2)/3", "0.5", {"x": ["0.1", "1"]}, CONVERGES, FALSE),
    ("abs(x)**3/3", "0.5", {"x": ["-3.9", "3.9"]}, DIVERGES, NOT_SHOWN),  # |x'| = |x| |1 - x/2| < |x| below 4
    # slopes 2 and 3 beside the minimum at 1, where the gradient vanishes
    ("(x - 1)**2 + max(0, x - 1)**2/2", "0.6", {"x": ["-2", "3"]}, CONVERGES, HOLDS),
    ("min((x - 1)**2, (x + 1)**2)/2", "0.5", {"x": ["0.1", "3"]}, to("x = 1"), HOLDS),
    ("min((x - 1)**2, (x + 1)**2)/2", "0.5", {"x": ["-3", "-0.1"]}, to("x = 1"), FALSE),
]

ON_A_KINK = [
    # (1, 0) is a maximum in y, on the kink where the slope is taken as 0; beside it orbits go to y = +-1.
    ("(x - 1)**2/2 + y**2/2 - abs(y)", "0.5", {"x": ["0", "2"], "y": "0"}, CONVERGES, NOT_SHOWN),
    ("x**2/2 - abs(x)", "0.5", {"x": "0"}, CONVERGES, NOT_SHOWN),
    ("x**2/2 - abs(x)", "0.5", {"x": ["0.1", "3"]}, to("x = 1"), HOLDS),
]

FLAT = [
    ("x**4/4", "0.5", {"x": ["-1.999", "1.999"]}, CONVERGES, HOLDS),  # |x'| = |x| |1 - x^2/2| < |x|
    ("x**4/4", "0.5", {"x": ["-2.1", "2.1"]}, CONVERGES, FALSE),
    ("(x - 2)**6/6", "0.1", {"x": ["1", "3"]}, CONVERGES, HOLDS),
    ("-x**4/4 + x**6/6", "0.1", {"x": ["0.1", "0.2"]}, ends("1.9", "2.1"), HOLDS),  # 0 is a maximum; 5 - 3 at 1
    ("x**3/3", "0.1", {"x": ["0.1", "1"]}, CONVERGES, NOT_SHOWN),  # towards 0, which is no minimum
]

NAMED = [
    # From (x, y) the largest eigenvalue of [[y^2, 2xy - 1], [2xy - 1, x^2]] is 2 at x = y = 1 and falls to it.
    ("(x*y - 1)**2/2", "0.1", {"x": ["1", "1.2"], "y": ["1", "1.2"]}, along("sharpness < 5"), HOLDS),
    ("(x*y - 1)**2/2", "0.1", {"x": ["1", "1.2"], "y": ["1", "1.2"]}, along("sharpness < 1.99"), FALSE),
    ("x**2/2 + x**4/4", "0.1", {"x": ["-1", "1"]}, along("sharpness >= 1"), HOLDS),  # 1 + 3 x^2
    ("x**2/2 + x**4/4", "0.1", {"x": ["0.5", "1"]}, along("loss + sharpness <= 4.75"), HOLDS),
    ("(x*y - 1)**2/2 + (x**2 + y**2)/20", "0.3", {"x": ["0.5", "1.5"], "y": ["0.5", "1.5"]},
     to("x = y = sqrt(9/10)"), HOLDS),
    ("(x*y - 1)**2/2 + (x**2 + y**2)/20", "0.3", {"x": ["-1.5", "-0.5"], "y": ["-1.5", "-0.5"]},
     to("x = y = sqrt(9/10)"), FALSE),
    ("log(1 + exp(-x - y)) + log(1 + exp(x - y)) + log(1 + exp(y))", "0.1", {"x": ["-1", "1"], "y": ["-1", "1"]},
     CONVERGES, HOLDS),
]  # fmt: skip

UNENDING = [
    # x' = x + e^-x/10 grows like log(n/10) for ever.
    ("exp(-x)", "0.1", {"x": ["1", "2"]}, along("x >= 9/10"), HOLDS),
    ("exp(-x)", "0.1", {"x": ["1", "2"]}, along("x <= 50"), NOT_SHOWN),  # broken after 1e22 steps
    (HUBER, "2.5", {"x": ["-10", "10"]}, CONVERGES, NOT_SHOWN),  # every x in (1, 3/2) is on a neutral 2-cycle
    ("2*abs(x)**(3/2)/3", "0.5", {"x": ["0.1", "1"]}, along("abs(x) <= 1"), HOLDS),
    ("(x - 1)**2 + max(0, x - 1)**2/2", "1.1", {"x": ["-2", "3"]}, CONVERGES, NOT_SHOWN),  # times -1.2 and -2.3
    ("max(x, -2*x)", "0.1", {"x": ["0.2", "1"]}, CONVERGES, NOT_SHOWN),  # by 0.1 down and 0.2 up for ever
    ("x**4/4", "0.5", {"x": ["-1.9", "1.9"]}, ends("0", "1"), NOT_SHOWN),  # the sharpness is 0, not in between
    # log(1 + e^u) of sums: separable data, so the loss tends to 0 at infinity and there is no minimum.
    (
        "log(1 + exp(-x - 9*y)) + log(1 + exp(-x + 5*y))",
        "0.1",
        {"x": ["-1", "1"], "y": ["-1", "1"]},
        CONVERGES,
        NOT_SHOWN,
    ),
]
"""These take seconds: nothing is proved of them, or their orbits do not settle."""

UNSETTLED = [
    # The slope at 6 is 1e-15: orbits stop there, on their way to infinity.
    ("exp(-x**2)", "0.1", {"x": ["6", "6.005"]}, along("x <= 6.01"), NOT_SHOWN),
    # x' = x - eta (x^3 - x), chaotic at eta = 1.4 on an interval inside [-1.5, 1.5], which it takes into itself.
    ("(x**2 - 1)**2/4", "1.4", {"x": ["0.1", "1.2"]}, along("x**2 <= 9/4"), {Standing.SUPPORTED, Standing.UNDECIDED}),
    ("(x**2 - 1)**2/4", "1.4", {"x": ["0.1", "1.2"]}, along("x**2 <= 1"), FALSE),
]

CASES = [*DOMAIN, *CONVERGENCE, *UNITS, *LINES, *WHICH, *NEAR, *KINKS, *ON_A_KINK, *FLAT, *NAMED, *UNSETTLED]


# Each compiles kernels of its own.
HALF = [c if k % 2 == 0 else pytest.param(*c, marks=pytest.mark.deep) for k, c in enumerate(CASES)]


@pytest.mark.parametrize(("loss", "eta", "region", "conclusion", "right"), HALF)
def test_the_verdict_is_right(loss, eta, region, conclusion, right) -> None:
    found = verdict(loss, eta, region, conclusion)
    assert supported(found.standing) in right, found.sentence


@pytest.mark.deep
@pytest.mark.parametrize(("loss", "eta", "region", "conclusion", "right"), UNENDING)
def test_the_verdict_is_right_where_orbits_do_not_end(loss, eta, region, conclusion, right) -> None:
    found = verdict(loss, eta, region, conclusion)
    assert found.standing in right, found.sentence


def test_what_left_the_domain_is_told_in_words_of_its_own() -> None:
    found = verdict(*CASES[0][:4])
    assert "the orbit leaves the domain of the loss at step 1: x = -0." in found.sentence
    (part,) = found.evidence
    assert part.outcomes == {"LEFT_DOMAIN": part.points}


@pytest.mark.parametrize(("condition", "right"), [("loss >= 1/2", HOLDS), ("loss < 1/2", {Standing.UNDECIDED})])
def test_a_condition_that_is_always_true_or_never_is_one_still(condition: str, right: set[Standing]) -> None:
    found = verdict("1 + x**2/2", "0.5", {"x": ["1", "2"]}, CONVERGES, where=[condition])
    assert supported(found.standing) in right, found.sentence
