"""The drift form: it is the step of gradient descent, exactly, and the frozen curves are 2-cycles."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import flint
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from edgestab.numerics.printers.ball import ball, evaluate
from edgestab.numerics.programs.program import program_of
from edgestab.numerics.rigorous.balls import precision
from edgestab.theory.drift import EPS, B, DriftForm, NoDriftForm, R, X, drift_form, frozen_curve
from edgestab.theory.models.product import P
from edgestab.theory.symbols import ETA
from tests.models_under_test import cached

LOSSES = (
    "quartic",
    "degree-2",
    "product:p**2/2-p**4/12",
    "product:p**2/2-p**3/15-p**4/12",
    "product:(p-1)**2*(p+2)**2",
    "product:(1-p**4)**2",
    "product:3*(p**2-4)**2",
)
"""Losses with d0 = 0, 1 and 2, even and not, of degree 2 to 8."""

CLOSED = ("quartic", "product:3*(p**2-4)**2", "product:p**2/2-p**4/12", "product:p**2/2-p**6/30")
"""Losses whose frozen 2-cycles are known."""


@cache
def form_of(name: str) -> DriftForm:
    """The drift form of a model, made once for all examples."""
    return drift_form(cached(name))


fractions = st.fractions(Fraction(-3), Fraction(3), max_denominator=97)


@pytest.mark.parametrize("name", LOSSES)
@given(x=fractions, y=fractions, eta=st.fractions(Fraction(1, 1000), Fraction(2), max_denominator=1000))
def test_a_step_in_the_chart_is_a_step_of_gradient_descent(name: str, x: Fraction, y: Fraction, eta: Fraction) -> None:
    """Exactly, at rational points: where s = eta (x^2 + y^2) is rational the square root is one too."""
    m, form = cached(name), form_of(name)
    at = {sp.Symbol(s, real=True): sp.Rational(v.numerator, v.denominator) for s, v in (("x", x), ("y", y))}
    size = sp.Rational(eta.numerator, eta.denominator)
    gradient = [g.xreplace(at) for g in m.loss.gradient]
    after = {s: v - size * g for (s, v), g in zip(at.items(), gradient, strict=True)}

    d0 = form.minimum
    h = sp.diff(form.loss, P, 2).subs(P, d0)

    def charted(point: dict[sp.Symbol, sp.Rational]) -> tuple[sp.Rational, sp.Rational]:
        px, py = point.values()
        return (h / 2) ** 2 * size**2 * ((px**2 - py**2) ** 2 + 4 * d0**2) - 1, px * py - d0

    (x0, b0), (x1, b1) = charted(at), charted(after)
    here = {X: x0, B: b0, EPS: size**2}
    assert x1 == x0 - size**2 * b0**2 * form.drift.xreplace(here)
    assert b1 == b0 * form.multiplier.xreplace(here)


@pytest.mark.parametrize("name", LOSSES)
def test_the_sharpness_at_the_minima_and_the_multiplier_there(name: str) -> None:
    form = form_of(name)
    assert sp.simplify(form.multiplier.subs(B, 0) - (1 - 2 * sp.sqrt(1 + X))) == 0
    h = sp.diff(form.loss, P, 2).subs(P, form.minimum)
    expected = 2 * h**2 * (1 + X - h**2 * form.minimum**2 * EPS)
    assert sp.expand(form.drift.subs(B, 0) - expected) == 0


@pytest.mark.parametrize("name", CLOSED)
def test_a_frozen_curve_is_a_two_cycle(name: str) -> None:
    """For x = b^2 F at eps = 0: m(b) m(mb) = 1, the same x at the image, sqrt(1 + x) = edge > 0, and r at the image."""
    form = form_of(name)
    f = form.frozen
    assert f is not None
    d0 = form.minimum
    root = sp.sqrt(f.radicand)
    m = form.multiplier.xreplace({EPS: sp.S.Zero})
    outputs = [f.closed_form, f.edge.xreplace({R: root}), f.image.xreplace({R: root}), f.radicand]
    program, step = program_of(outputs, [B]), program_of([m], [X, B])
    # 2-cycles about d0 > 0 exist up to the fold at d = d0/sqrt(3); about 0 where l' keeps its sign.
    ends = (-0.42 * d0, 0.15 * d0) if d0 else (-0.9, 0.9)
    with precision(256):
        for k in range(1, 200):
            b = ball(Fraction(str(float(ends[0]))) + Fraction(k, 200) * Fraction(str(float(ends[1] - ends[0]))))
            if b == 0:
                continue
            value, edge, image, _ = evaluate(program, [b])
            x = b * b * value
            (factor,) = evaluate(step, [x, b])
            other, edge_there, _, radicand = evaluate(program, [factor * b])
            (back,) = evaluate(step, [x, factor * b])
            assert edge > 0
            assert image > 0
            small = flint.arb("1e-60")
            assert factor < 0
            assert abs(factor * back - 1) < small
            assert abs(b * b * factor * factor * other - x) < small
            assert abs((1 + x).sqrt() - edge) < small
            assert abs(edge_there - edge) < small
            assert abs(radicand.sqrt() - image) < small


def test_the_frozen_curve_of_the_quartic_ends_where_the_image_does() -> None:
    """Below d = 1/sqrt(3) the square root at the image has the other sign: the strip must stay above."""
    f = drift_form(cached("quartic")).frozen
    assert f is not None
    image = f.image.xreplace({R: sp.sqrt(f.radicand)})
    assert sp.simplify(image.subs(B, 1 / sp.sqrt(3) - 1)) == 0
    assert image.subs(B, sp.Rational(-1, 2)) < 0


@pytest.mark.parametrize("loss", ["p**2/2 - p**3/15 - p**4/12", "(1 - p)**2/2", "(1-p**4)**2", "(p-1)**2*(p+2)**2"])
def test_no_closed_form_is_claimed_where_there_is_none(loss: str) -> None:
    m = cached(f"product:{loss.replace(' ', '')}")
    form = drift_form(m)
    assert frozen_curve(form.loss, form.minimum) is None


def test_evenness() -> None:
    assert drift_form(cached("quartic")).is_even
    assert drift_form(cached("product:(1-p**4)**2")).is_even
    assert not drift_form(cached("product:p**2/2-p**4/12")).is_even  # the minimum is its own mirror image
    assert not drift_form(cached("product:(p-1)**2*(p+2)**2")).is_even


@pytest.mark.parametrize("name", ["chain:1,1", "chain:2,2", "chain:1,2", "balanced:3", "vector:2", "frozen-cubic"])
def test_models_without_a_drift_form_are_refused(name: str) -> None:
    with pytest.raises(NoDriftForm, match="gradient descent on a smooth loss"):
        drift_form(cached(name))


def test_eta_does_not_remain() -> None:
    for name in LOSSES:
        form = form_of(name)
        assert ETA not in form.drift.free_symbols | form.multiplier.free_symbols
