"""Certificates of the chain (x, y, y): they are proved again, spoilt ones are not, and orbits end where they say."""

from __future__ import annotations

import copy
import hashlib
from fractions import Fraction as F
from functools import cache

import numpy as np
import pytest
import sympy as sp

from edgestab.theory.drift import EPS, B, NoDriftForm, X
from edgestab.theory.drift_of_chain import DRIFT, MULTIPLIER, ChainForm, U, V, frozen_chain
from edgestab.verify.certify.cells import Unproved
from edgestab.verify.certify.document import Certificate
from edgestab.verify.certify.enclosed import enclosed
from edgestab.verify.certify.engine import certify
from edgestab.verify.certify.plan import Problem
from edgestab.verify.checker.chain import _margins
from edgestab.verify.checker.check import check
from edgestab.verify.checker.gradient_descent import EPS as CHECKED_EPS
from edgestab.verify.checker.gradient_descent import horner
from edgestab.verify.checker.reading import CertificateError
from edgestab.verify.checker.tube import TubeProof

STARTS = (F(1, 20), F(1, 4)), (F(-3, 25), F(3, 25))
WINDOW = (F(23, 100),), (F(26, 100),)


def problem(eta: tuple[F, F], gap=WINDOW, starts=STARTS) -> Problem:
    form = enclosed(ChainForm(), *starts, (eta[0] ** 3, eta[1] ** 3))
    return Problem(form, eta, *starts, gap)


@cache
def certificate(low: F, high: F) -> Certificate:
    return certify(problem((low, high)))


@pytest.mark.parametrize("low", [F(0), F(1, 5)])
def test_it_is_proved_again_from_the_file(low: F) -> None:
    words = check(certificate(low, F(1, 5)).document)
    assert "converges to a minimum u v^2 = 1 with 23/100 < gap < 13/50" in words
    assert "(2/eta - sharpness)/eta^2" in words


def test_the_step_in_these_variables_is_gradient_descent() -> None:
    x, y, eta = sp.symbols("x y eta", positive=True)
    there = {U: eta * x, V: y**2 / eta, B: x * y**2 - 1, EPS: eta**3, X: eta**2 * (x**2 - y**2) - 1}
    x1 = x - eta * (x * y**2 - 1) * y**2
    y1 = y - eta * (x * y**2 - 1) * x * y
    after = {X: eta**2 * (x1**2 - y1**2) - 1, B: x1 * y1**2 - 1}
    assert sp.expand((X - EPS * B**2 * DRIFT).xreplace(there) - after[X]) == 0
    assert sp.expand((MULTIPLIER * B).xreplace(there) - after[B]) == 0


def test_the_frozen_cycle_is_one() -> None:
    frozen = frozen_chain()
    for b in (-0.3, -0.05, 0.02, 0.15):
        x = b * b * float(frozen.closed_form.subs(B, b))
        u, p = np.sqrt(1 + x), 1 + b
        once = p * (1 - u * (p - 1)) ** 2
        assert once * (1 - u * (once - 1)) ** 2 == pytest.approx(p, abs=1e-13)
        assert once != pytest.approx(p, abs=1e-3)


@pytest.mark.parametrize(
    "gap", [((F(253, 1000),), (F(28, 100),)), ((F(20, 100),), (F(24, 100),)), ((F(26, 100),), (F(3, 10),))]
)
def test_windows_beside_the_limit_are_not_proved(gap) -> None:
    with pytest.raises((Unproved, ValueError)):
        certify(problem((F(1, 5), F(1, 5)), gap))


def test_orbits_end_in_the_window() -> None:
    rng = np.random.default_rng(5)
    for eta in (0.2, 0.1):
        wide, b = rng.uniform(0.05, 0.25, 64), rng.uniform(-0.12, 0.12, 64)
        y = np.full(64, np.sqrt(eta))
        for _ in range(60):  # x = (1 + b)/y^2 and eta^2 (x^2 - y^2) = 1 + X
            x = np.sqrt((1 + wide) / eta**2 + y**2)
            y = np.sqrt((1 + b) / x)
        for _ in range(int(80 / eta**3)):
            x, y = x - eta * (x * y * y - 1) * y * y, y - eta * (x * y * y - 1) * x * y
        gap = (2 / eta - (2 * x + 1 / x**2)) / eta**2
        assert (abs(x * y * y - 1) < 1e-6).all()
        assert ((gap > 0.23) & (gap < 0.26)).all()


def rehashed(document: dict) -> None:
    texts = [document["map"][name] for name in ("chain", "drift", "multiplier")]
    document["map"]["sha256"] = hashlib.sha256("\n".join(texts).encode()).hexdigest()


def spoilt(path: str, value: object):
    def change(document: dict) -> None:
        *keys, last = path.split(".")
        inner = document
        for key in keys:
            inner = inner[int(key)] if isinstance(inner, list) else inner[key]
        inner[int(last) if isinstance(inner, list) else last] = (
            value(inner[int(last) if isinstance(inner, list) else last]) if callable(value) else value
        )

    return change


def scaled(factor: str):
    return lambda text: str(F(text) * F(factor))


SPOILT = {
    "another drift": spoilt("map.drift", "v*(x + 2)"),
    "another multiplier": spoilt("map.multiplier", lambda m: f"{m} + b"),
    "another chain": spoilt("map.chain", "x, x, y"),
    "the root is another function": spoilt("map.root.polynomial.1", scaled("11/10")),
    "the root's bound is too small": spoilt("map.root.bounds.0", "1/1000000000000000000000000000000"),
    "the bound of a derivative is too small": spoilt("map.root.bounds.2", "1/1000000000000000000000000000000"),
    "a domain without kappa": spoilt("map.root.domain", ["-1/64", "1/1024"]),
    "a window beside the limit": spoilt("limit.gap", [["253/1000"], ["28/100"]]),
    "a window that is too low": spoilt("limit.gap", [["23/100"], ["6/25"]]),
    "no roots between": lambda d: d["limit"].pop("between"),
    "a lower root that is too high": spoilt("limit.between.0", ["-1/2"]),
    "an upper root that is too low": spoilt("limit.between.1", ["-1"]),
    "eta one and a half times as large": spoilt("eta", ["0", "3/10"]),
    "the bound of the slope is too small": spoilt("map.root.bounds.1", "1/1000000000000000000000000000000"),
    "the bound of the third derivative is too small": spoilt("map.root.bounds.3", "1/1000000000000000000000000000000"),
    "step sizes up to 1/2": spoilt("eta.1", "1/2"),
    "the roots exchanged": spoilt("limit.between", lambda pair: pair[::-1]),
    "a frozen curve that is none": spoilt("curve.frozen.value", "2"),
    "the other root in the frozen curve": spoilt("curve.frozen.image", "(-1 - 3*b - r)/2"),
    "another limit": spoilt("curve.c.0", scaled("101/100")),
    "a tube that is too narrow": spoilt("tube.rho.0", scaled("1/20")),
    "version 1": spoilt("version", 1),
}


@pytest.mark.parametrize("change", SPOILT.values(), ids=SPOILT)
def test_a_spoilt_file_is_refused(change) -> None:
    document = copy.deepcopy(certificate(F(0), F(1, 5)).document)
    change(document)
    rehashed(document)
    with pytest.raises(CertificateError):
        check(document)


def test_the_formulas_are_those_of_b_above_minus_1() -> None:
    """There u is another root of the cubic; so in the strip, and before each step of a start that is followed."""
    document = copy.deepcopy(certificate(F(0), F(1, 5)).document)
    document["tube"]["strip"][0] = "-1"
    with pytest.raises(CertificateError, match="another form"):
        check(document)
    document = certificate(F(0), F(1, 5)).document
    proof = TubeProof(*(document[name] for name in ("map", "version", "eta", "curve", "tube")))
    for b in ((F(-1), F(-1, 2)), (F(-3, 2), F(-5, 4))):
        with pytest.raises(CertificateError, match="another form"):
            proof.captured("1", ((F(1, 20), F(1, 20)), b, proof.eps))


BEYOND = {
    "below": (1, "-1", "23/100", "13/50"),
    "above": (0, "-1/2", "23/100", "13/50"),
    "gap_minus_low": (1, None, "253/1000", "13/50"),
    "high_minus_gap": (0, None, "23/100", "6/25"),
    # Both polynomials are small at a negative root, and every end of a window is below its gap.
    "root": (1, "-375/2", "3/10", "3/5"),
    # Where u^3 < eps the sharpness falls with the root.
    "grows": (0, "-475/4", "23/100", "6/25"),
}


@pytest.mark.parametrize("name", BEYOND)
def test_each_inequality_of_a_window_is_needed(name: str) -> None:
    """At eta = 1/5, where the gap is between 0.246 and 0.254: each of the files fails by one inequality alone."""
    side, root, low, high = BEYOND[name]
    document = copy.deepcopy(certificate(F(1, 5), F(1, 5)).document)
    document["limit"]["gap"] = [[low], [high]]
    if root is not None:
        document["limit"]["between"][side] = [root]
    with pytest.raises(CertificateError, match=f"limit: {name} > 0"):
        check(document)
    c, rho0 = F(document["curve"]["c"][0]), F(document["tube"]["rho"][0])
    roots, window = ([[F(w) for w in side] for side in document["limit"][key]] for key in ("between", "gap"))
    ends = [horner(side, CHECKED_EPS) for side in window]
    margins = _margins(
        (sp.Rational(str(c - rho0)), sp.Rational(str(c + rho0))), ends, [horner(w, CHECKED_EPS) for w in roots]
    )
    values = {key: sp.sympify(margin).subs(CHECKED_EPS, sp.Rational(1, 125)) for key, margin in margins.items()}
    assert [key for key, value in values.items() if value <= 0] == [name]


def test_the_engine_wants_positive_roots() -> None:
    c, rho0 = F(-9, 4), F(1, 100)
    roots = sp.Integer(-1), sp.Rational(-375, 2)
    found = ChainForm().enough((c - rho0, c + rho0), (sp.Rational(3, 10), sp.Rational(3, 5)), roots)
    assert "the roots are positive" in [name for name, e in found.items() if not e.subs(EPS, sp.Rational(1, 125)) > 0]


def test_a_chain_has_no_basin() -> None:
    document = copy.deepcopy(certificate(F(1, 5), F(1, 5)).document)
    document["basin"] = {}
    with pytest.raises(CertificateError, match="polynomial l"):
        check(document)


@pytest.mark.parametrize("eta", ["2/3", "1"])
def test_no_minimum_is_flatter_than_3(eta: str) -> None:
    """2 x + 1/x^2 >= 3, at x = 1."""
    ChainForm().require_an_edge(sp.Rational(3, 5))
    with pytest.raises(NoDriftForm, match="below 2/3"):
        ChainForm().require_an_edge(sp.Rational(eta))


def test_y_may_change_its_sign_before_it_is_in_the_strip() -> None:
    """At u b > 1; the file's words say that the two y are equal, not that they stay positive."""
    words = check(certificate(F(1, 5), F(1, 5)).document)
    assert "so that v = w in every step" in words
    assert "stay" not in words
