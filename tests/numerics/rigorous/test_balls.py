"""Ball arithmetic: enclosures of exact orbits, of limits, of cycles and of eigenvalues."""

from __future__ import annotations

import threading
import time
from fractions import Fraction
from itertools import islice, pairwise

import flint
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from edgestab.numerics.orbits.sweep import sweep
from edgestab.numerics.printers import reference
from edgestab.numerics.printers.ball import ball, evaluate
from edgestab.numerics.programs.program import program_of, step_program
from edgestab.numerics.rigorous.balls import BallMap, TooImprecise, at_rising_precision, precision, value
from edgestab.numerics.rigorous.limits import attracting_cycle, largest_eigenvalue, limit_on_set, rigorous_sharpness
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import symbols
from tests.models_under_test import cached, eta, frozen_s, uncharted

SIGNS = ((-1, -1), (-1, 1), (1, -1), (1, 1))


def exact(x: float | str | Fraction) -> flint.fmpq:
    f = Fraction(x)
    return flint.fmpq(f.numerator, f.denominator)


def quartic_step(x: flint.fmpq, y: flint.fmpq, step_size: flint.fmpq) -> tuple[flint.fmpq, flint.fmpq]:
    """Gradient descent on (1 - x^2 y^2)^2 / 4 by hand: grad = -(1 - x^2 y^2) x y (y, x)."""
    pull = step_size * (1 - x**2 * y**2) * x * y
    return x + pull * y, y + pull * x


def well_inside(step_size: float, offset: float, b: float) -> np.ndarray:
    """A start of the quartic in its own coordinates, shape (2,), doubles taken for exact."""
    where = cached("quartic").best
    v = offset / step_size**2
    return uncharted(where, np.array([[v], [b]]), {eta: np.array([step_size])})[:, 0]


@pytest.mark.parametrize(
    ("x", "y", "step_size"),
    [("3", "2/7", "1/5"), ("11/10", "9/10", "1/3"), ("5/2", "1/2", "1/7"), ("-3/2", "1/3", "1/10")],
)
def test_an_orbit_encloses_the_exact_rational_orbit(x, y, step_size):
    orbit = BallMap(cached("quartic").own.step, {eta: Fraction(step_size)})
    point = exact(x), exact(y)
    with precision(128):
        for enclosure in islice(orbit.orbit(tuple(map(flint.arb, point))), 7):
            for one, other in zip(enclosure, point, strict=True):
                assert one.contains(other)
                assert float(one.rad()) < 1e-30
            point = quartic_step(*point, exact(step_size))


def test_an_orbit_encloses_the_orbits_of_every_point_of_its_start():
    orbit = BallMap(cached("quartic").own.step, {eta: Fraction(1, 5)})
    tiny = flint.fmpq(1, 10**6)
    corners = [(2 + i * tiny, exact("3/10") + j * tiny) for i in (-1, 1) for j in (-1, 1)]
    with precision(128):
        start = (flint.arb(2, "1.0000001e-6"), ball(Fraction(3, 10)) + flint.arb(0, "1.0000001e-6"))
        for enclosure in islice(orbit.orbit(start), 5):
            for corner in corners:
                assert all(e.contains(c) for e, c in zip(enclosure, corner, strict=True))
            corners = [quartic_step(*c, flint.fmpq(1, 5)) for c in corners]


@pytest.mark.parametrize(("start", "step_size"), [((2.0, 0.3), 0.2), ((3.0, 0.375), 0.1), ((1.25, 0.5), 0.4)])
def test_a_wide_orbit_encloses_thin_ones_through_many_frames(start, step_size):
    """The corners of the start, each followed alone at a precision at which plain balls stay thin."""
    step = cached("quartic").own.step
    program, constant = step_program(step), ball(step_size)
    tiny = Fraction(1, 10**9)
    with precision(128):
        wide = tuple(ball(s) + flint.arb(0, 1e-9 * 1.0001) for s in start)
        orbit = list(islice(BallMap(step, {eta: Fraction(step_size)}).orbit(wide), 61))
    assert float(orbit[-1][0].rad()) < 1e-6
    with precision(1500):
        corners = [tuple(ball(Fraction(s) + i * tiny) for s, i in zip(start, ij, strict=True)) for ij in SIGNS]
        for enclosure in orbit:
            for corner in corners:
                assert all(float(c.rad()) < 1e-30 for c in corner)
                assert all(e.contains(c) for e, c in zip(enclosure, corner, strict=True))
            corners = [tuple(evaluate(program, [*c, constant])) for c in corners]


@pytest.mark.parametrize(("offset", "b"), [(0.1, 0.05), (0.15, 0.02), (0.12, -0.08)])
def test_rounding_is_remembered_over_thousands_of_steps(offset, b):
    """At the precision of doubles the enclosure holds the orbit followed at 400 bits."""
    orbit = BallMap(cached("quartic").own.step, {eta: Fraction(1, 10)})
    start = tuple(ball(float(s)) for s in well_inside(0.1, offset, b))

    def every_hundredth(bits: int) -> list[tuple[flint.arb, ...]]:
        with precision(bits):
            return list(islice(orbit.orbit(start), 0, 3000, 100))

    for coarse, fine in zip(every_hundredth(53), every_hundredth(400), strict=True):
        assert all(float(f.rad()) < 1e-60 for f in fine)
        assert all(c.contains(f) for c, f in zip(coarse, fine, strict=True))


def test_a_map_without_a_jacobian_is_followed_all_the_same():
    x, rate = symbols("x rate")
    step = StepMap("kink", (x,), (sp.Abs(x - 1) - rate * x,), (rate,))
    point = Fraction(2, 7)
    with precision(100):
        for enclosure in islice(BallMap(step, {rate: Fraction(1, 3)}).orbit((ball(point),)), 10):
            assert enclosure[0].contains(exact(point))
            point = abs(point - 1) - point / 3


def test_128_bits_carry_an_orbit_to_its_limit():
    orbit = BallMap(cached("quartic").own.step, {eta: Fraction(1, 10)})
    start = well_inside(0.1, 0.1, 0.05)
    with precision(128):
        for point in islice(orbit.orbit(tuple(ball(float(s)) for s in start)), 2001):
            last = point
        assert all(float(p.rad()) < 1e-20 for p in last)


def test_a_chaotic_orbit_at_low_precision_is_refused_and_at_high_precision_followed():
    d = cached("frozen-cubic")
    orbit = BallMap(d.own.step, {frozen_s: Fraction(2)})

    def follow(steps: int) -> flint.arb:
        for (point,) in islice(orbit.orbit((ball(Fraction(1, 3)),)), steps + 1):
            last = point
        return last

    with precision(53), pytest.raises(TooImprecise, match="at 53 bits"):
        follow(300)
    used = []

    def attempt() -> flint.arb:
        used.append(flint.ctx.prec)
        return follow(300)

    before = flint.ctx.prec
    last = at_rising_precision(attempt)
    assert used[0] == 128
    assert all(b == 2 * a for a, b in pairwise(used))
    assert used[-1] > 300  # a bit is lost a step and more
    assert abs(last) < flint.arb("1.5")
    assert flint.ctx.prec == before


def test_a_precision_that_never_suffices_is_given_up():
    def attempt() -> None:
        raise TooImprecise("never")

    with pytest.raises(TooImprecise, match="never"):
        at_rising_precision(attempt, first=64, last=256)


def test_the_precision_is_restored_after_an_error():
    before = flint.ctx.prec

    def fail() -> None:
        with precision(333):
            assert flint.ctx.prec == 333
            raise KeyError("x")

    with pytest.raises(KeyError):
        fail()
    assert flint.ctx.prec == before


def test_values_may_be_infinite_and_parameters_are_known():
    orbit = BallMap(cached("quartic").own.step, {eta: Fraction(1, 3)})
    x = symbols("x")[0]
    with precision(100):
        assert orbit.value(x / eta, {x: ball(2)}).contains(6)
        assert value(sp.oo, {x: ball(1)}) > ball(10**300)


@pytest.mark.parametrize(
    ("name", "start", "step_size"),
    [
        ("quartic", (1.5, 0.75), 0.2),
        ("quartic", (3.0, 0.25), 0.1),
        ("degree-2", (1.25, 0.5), 0.3),
        ("product:p**2/2-p**4/12", (1.25, 0.25), 0.2),
        ("chain:1,2", (1.5, 0.75), 0.1),
    ],
)
def test_a_limit_on_a_set_encloses_the_limit_of_the_float_orbit(name, start, step_size):
    m = cached(name)
    orbit = BallMap(m.own.step, {eta: Fraction(step_size)})
    program = step_program(m.own.step)
    x = np.array(start)
    for _ in range(3000):
        x = np.array(reference.evaluate(program, [*x, step_size]))
    with precision(160):
        for count, point in enumerate(orbit.orbit(tuple(map(ball, start)))):
            found = [f for s in m.minima if count % 20 == 0 and (f := limit_on_set(orbit, s, point)) is not None]
            if found and all(float(p.rad()) < 1e-13 for p in found[0].point):
                break
            assert count < 3000
        limit = found[0]
        assert any(limit.name == s.name for s in m.minima)
        slack = flint.arb(0, 1e-14)
        assert all((p + slack).overlaps(ball(float(f))) for p, f in zip(limit.point, x, strict=True))
        steep = rigorous_sharpness(m, orbit, limit)
        wanted = float(reference.evaluate(_sharpness(name), x)[0])
        assert abs(steep - ball(wanted)) < flint.arb("1e-12") * wanted
        assert float(steep.rad()) < 1e-10


def _sharpness(name):
    m = cached(name)
    return program_of([m.own.sharpness], m.own.step.state)


def test_no_limit_is_claimed_far_from_the_minima_or_beside_an_unstable_one():
    m = cached("quartic")
    minima = m.minima[-1]
    with precision(128):
        far = BallMap(m.own.step, {eta: Fraction(1, 5)})
        assert limit_on_set(far, minima, (ball(3.0), ball(0.8))) is None
        assert limit_on_set(far, minima, (ball(4.0), ball(0.25) + ball(Fraction(1, 10**20)))) is None
        stable = BallMap(m.own.step, {eta: Fraction(1, 40)})
        assert limit_on_set(stable, minima, (ball(4.0), ball(0.25) + ball(Fraction(1, 10**20)))) is not None


def two_cycle(s: float) -> tuple[float, float]:
    """d1 d2 = 1/s and d1^2 + d2^2 = 1 + 1/s."""
    total, difference = np.sqrt(1 + 3 / s), np.sqrt(1 - 1 / s)
    return (total - difference) / 2, (total + difference) / 2


def test_the_two_cycle_of_the_frozen_cubic_is_proved():
    orbit = BallMap(cached("frozen-cubic").own.step, {frozen_s: Fraction(11, 10)})
    low, high = two_cycle(1.1)
    with precision(128):
        found = attracting_cycle(orbit, (ball(low + 1e-6),), 2)
        assert found is not None
        first, second = (box[0] for box in found.boxes)
        radius = flint.arb(0, 1e-15)
        assert first.overlaps(ball(low) + radius)
        assert second.overlaps(ball(high) + radius)
        assert not first.overlaps(second)
        # Exactly: d1 d2 = 1/s on the cycle, and every point of the boxes is near it.
        assert (first * second).contains(exact("10/11"))
        assert float(first.rad()) < 1e-2
        assert attracting_cycle(orbit, (ball(high),), 4) is not None  # it returns after four steps as well


@pytest.mark.parametrize(
    ("s", "start", "period"),
    [
        ("11/10", 0.9, 2),
        ("11/10", 0.5, 2),
        ("11/10", two_cycle(1.1)[0], 3),
        ("11/10", 1.0, 1),
        ("13/10", two_cycle(1.3)[0], 2),
    ],
)
def test_what_is_no_attracting_cycle_is_not_proved_to_be_one(s, start, period):
    orbit = BallMap(cached("frozen-cubic").own.step, {frozen_s: Fraction(s)})
    with precision(128):
        assert attracting_cycle(orbit, (ball(start),), period) is None


@settings(max_examples=60)
@given(st.integers(1, 6), st.integers(0, 2**32 - 1), st.sampled_from(["random", "double", "definite"]))
def test_the_largest_eigenvalue_is_enclosed(n, seed, kind):
    generator = np.random.default_rng(seed)
    a = np.round(generator.uniform(-4, 4, (n, n)) * 64) / 64
    a = a + a.T
    if kind == "definite":
        a = a @ a  # small dyadic numbers: exact
    if kind == "double":
        a = np.kron(np.eye(2), a)
    size = len(a)
    with precision(160):
        found = largest_eigenvalue(flint.arb_mat(size, size, a.ravel().tolist()))
        wanted = float(np.linalg.eigvalsh(a)[-1])
        tiny = 1e-12 * (1 + np.abs(a).sum())
        assert abs(float(found.mid()) - wanted) <= tiny
        assert float(found.rad()) <= 1e-9 * (1 + abs(wanted))
        # Rigorously: the characteristic polynomial has a root there and none above.
        exactly = flint.fmpq_mat(size, size, [exact(v) for v in a.ravel().tolist()])
        # All eigenvalues of a symmetric matrix are real: Sylvester's criterion above, a sign change inside.
        low, high = (flint.fmpq(*map(int, _fraction(end))) for end in (found.lower(), found.upper()))
        assert _definite(high, exactly)
        assert not _definite(low - exact(Fraction(1, 2**60)), exactly)


def _fraction(x: flint.arb) -> tuple[int, int]:
    mantissa, exponent = x.mid().man_exp()
    f = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    return f.numerator, f.denominator


def _definite(t: flint.fmpq, a: flint.fmpq_mat) -> bool:
    """Whether t I - A is positive semidefinite up to 2**-150, by exact pivots of (t + 2**-150) I - A."""
    n = a.nrows()
    t = t + flint.fmpq(1, 2**150)
    m = [[(t if i == j else 0) - a[i, j] for j in range(n)] for i in range(n)]
    for k in range(n):
        if m[k][k] <= 0:
            return False
        for i in range(k + 1, n):
            f = m[i][k] / m[k][k]
            for j in range(k + 1, n):
                m[i][j] = m[i][j] - f * m[k][j]
    return True


def test_a_matrix_of_wide_balls_has_a_wide_eigenvalue():
    with precision(100):
        entries = [flint.arb(2, "0.1"), flint.arb(1, "0.1"), flint.arb(1, "0.1"), flint.arb(2, "0.1")]
        found = largest_eigenvalue(flint.arb_mat(2, 2, entries))
        assert found.contains(flint.arb("2.85"))
        assert found.contains(flint.arb("3.15"))


def test_the_float_sweep_ends_in_the_enclosed_limit():
    m = cached("quartic")
    start = well_inside(0.2, 0.05, 0.1)
    found = sweep(m, start[:, None], {eta: 0.2})
    orbit = BallMap(m.own.step, {eta: Fraction(0.2)})
    with precision(128):
        for count, point in enumerate(orbit.orbit(tuple(ball(float(s)) for s in start))):
            if count % 100 == 0 and (limit := limit_on_set(orbit, m.minima[-1], point)) is not None:
                steep = rigorous_sharpness(m, orbit, limit)
                if float(steep.rad()) < 1e-12:
                    break
            assert count < 5000
        error = abs(steep - ball(float(found.sharpness[0])))
        assert error < flint.arb(float(found.sharpness_error[0])) + flint.arb("1e-11")


def test_threads_have_the_precision_they_ask_for():
    seen: dict[int, set[int]] = {}

    def work(bits: int) -> None:
        for _ in range(50):
            with precision(bits):
                before = flint.ctx.prec
                time.sleep(1e-4)
                seen.setdefault(bits, set()).update({before, flint.ctx.prec})

    threads = [threading.Thread(target=work, args=(bits,)) for bits in (64, 128, 256, 512)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {bits: {bits} for bits in (64, 128, 256, 512)}
