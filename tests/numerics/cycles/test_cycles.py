"""All cycles in a box: exact counts, closed forms, and honesty where nothing can be decided."""

from __future__ import annotations

from fractions import Fraction

import flint
import numpy as np
import pytest
import sympy as sp
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edgestab.numerics.cycles.cycles import cycles, multipliers, stability
from edgestab.numerics.printers.ball import ball
from edgestab.numerics.rigorous.balls import precision
from edgestab.theory.loss import Loss
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import ETA, symbols
from tests.models_under_test import cached, eta, frozen_s

X, Y, W, A, B = symbols("x y w a b")
HENON = StepMap("Henon", (X, Y), (1 - A * X**2 + Y, B * X), (A, B))
CLASSICAL = {A: Fraction(7, 5), B: Fraction(3, 10)}
CUBIC = StepMap("cubic", (X,), (X**3 + (A - 2) * X**2 + (1 - 2 * A) * X,), (A,))
FROZEN = cached("frozen-cubic").own.step


def dynamics(found):
    return sorted((c.period, c.stability) for c in found.cycles)


@pytest.mark.parametrize(
    ("period", "least"), [(1, {1: 3}), (2, {1: 3, 2: 3}), (3, {1: 3, 3: 8}), (4, {1: 3, 2: 3, 4: 18})]
)
def test_the_hyperbolic_cubic_has_all_3_to_the_p_points(period, least):
    """For s > 2 the points that stay bounded are a full shift on three symbols, all with |d| <= sqrt(1 + 2/s)."""
    found = cycles(FROZEN, {frozen_s: Fraction(5, 2)}, [(-2, 2)], period)
    assert found.complete
    assert found.points_in_box == 3**period
    assert {p: len(found.of_period(p)) for p in least} == least
    assert sum(c.period for c in found.cycles) == 3**period
    assert all(c.period_proved and c.stability == "repelling" for c in found.cycles)
    bound = np.sqrt(1 + 2 / 2.5) + 1e-12
    assert all(np.abs(c.centres).max() <= bound for c in found.cycles)


@pytest.mark.parametrize("s", ["21/20", "6/5", "5/4", "3/2"])
def test_the_two_cycle_of_the_cubic_is_the_known_one(s):
    s = Fraction(s)
    found = cycles(FROZEN, {frozen_s: s}, [(Fraction(1, 10), Fraction(3, 2))], 2)
    (fixed,), (cycle,) = found.of_period(1), found.of_period(2)
    with precision(128):
        (one,), (other,) = cycle.points
        assert (one * other).contains(ball(1 / s))
        assert (one**2 + other**2).contains(ball(1 + 1 / s))
        assert cycle.multipliers[0].real.contains(ball(9 - 2 * (1 + s) ** 2))
        assert fixed.points[0][0].contains(1)
        assert fixed.multipliers[0].real.contains(ball(1 - 2 * s))
        assert max(float(p[0].rad()) for p in cycle.points) < 1e-34
    assert found.complete
    assert fixed.stability == "repelling"
    assert cycle.stability == ("attracting" if s < Fraction(1236, 1000) else "repelling")


@pytest.mark.parametrize("step_size", ["7/10", "4/5", "17/20", "1"])
def test_the_two_cycle_of_depth_three_solves_its_equations(step_size):
    """With z = rho2 / rho1, sigma = 1 and L = 3: rho1^3, the step size and the multiplier are functions of z."""
    h = Fraction(step_size)
    found = cycles(cached("balanced:3").own.step, {eta: h}, [(Fraction(1, 10), Fraction(13, 10))], 2)
    assert found.complete
    (cycle,) = found.of_period(2)
    with precision(128):
        low, high = sorted((p[0] for p in cycle.points), key=float)
        z = high / low
        third = flint.arb(1) / 3
        assert (low**3).overlaps((1 + z**2) / (1 + z**5))
        size = (z - 1) * (1 + z**5) ** (4 * third) / (z**2 * (z**3 - 1) * (1 + z**2) ** third)
        assert size.contains(ball(h))
        top = (2 * z**5 + z**4 + z**3 - 4 * z**2 - 3) * (3 * z**5 + 4 * z**3 - z**2 - z - 2)
        assert cycle.multipliers[0].real.overlaps(-top / (z**3 * (z**2 + z + 1) ** 2))
        assert float(size.rad()) < 1e-30
    assert cycle.stability == ("attracting" if h < Fraction(8297, 10000) else "repelling")


@pytest.mark.parametrize(("a", "count"), [("1.450440964", 0), ("1.450440965", 2)])
def test_period_three_of_the_cubic_begins_where_it_should(a, count):
    found = cycles(CUBIC, {A: Fraction(a)}, [(-2, Fraction(5, 2))], 3)
    assert found.complete
    assert len(found.of_period(3)) == count


@pytest.mark.parametrize(
    ("period", "least"),
    [(1, {1: 2}), (2, {1: 2, 2: 1}), (3, {1: 2, 3: 0}), (4, {1: 2, 2: 1, 4: 1}), (5, {1: 2, 5: 0})],
)
def test_the_henon_map_has_its_known_cycles(period, least):
    found = cycles(HENON, CLASSICAL, [(-2, 2), (-1, 1)], period)
    assert found.complete
    assert {p: len(found.of_period(p)) for p in least} == least
    assert len(found.cycles) == sum(least.values())
    with precision(128):
        for cycle in found.cycles:
            assert cycle.stability == "saddle"
            first, second = cycle.multipliers
            assert (first * second).real.contains(ball(Fraction(-3, 10) ** cycle.period))
            assert cycle.error < 1e-15


@pytest.mark.deep
def test_the_henon_map_has_two_cycles_of_period_six():
    found = cycles(HENON, CLASSICAL, [(-2, 2), (-1, 1)], 6)
    assert found.complete
    assert [len(found.of_period(p)) for p in (1, 2, 3, 6)] == [2, 1, 0, 2]


def test_short_cycles_of_the_henon_map_in_closed_form():
    a, b = ball(Fraction(7, 5)), ball(Fraction(3, 10))
    found = cycles(HENON, CLASSICAL, [(-2, 2), (-1, 1)], 2)
    with precision(128):
        a, b = ball(Fraction(7, 5)), ball(Fraction(3, 10))
        root = ((1 - b) ** 2 + 4 * a).sqrt()
        for fixed, x in zip(found.of_period(1), [(b - 1 - root) / (2 * a), (b - 1 + root) / (2 * a)], strict=True):
            assert fixed.points[0][0].overlaps(x)
            assert fixed.points[0][1].overlaps(b * x)
        (one, _), (other, _) = found.of_period(2)[0].points
        assert (one + other).overlaps((1 - b) / a)
        assert (one * other).overlaps(((1 - b) ** 2 - a) / a**2)


ROOTS = st.lists(st.integers(-12, 12), min_size=1, max_size=5, unique=True)


@settings(max_examples=40)
@given(ROOTS, st.sampled_from([1, 2, -3]))
@example([-8, 7, 3, 10], -3)  # the box of 3/8 is proved while it is wide, and shrinks slowly at first
def test_exactly_the_chosen_fixed_points_are_found(roots, scale):
    """The map x + c prod(x - r) has its fixed points at the r, some on faces of bisected boxes."""
    exact = [sp.Rational(r, 8) for r in sorted(roots)]
    step = StepMap("chosen", (X,), (X + scale * sp.Mul(*(X - r for r in exact)),), ())
    found = cycles(step, {}, [(-2, 2)], 1)
    assert found.complete
    assert len(found.cycles) == len(roots)
    slope = sp.diff(step.update[0], X)
    for cycle, root in zip(found.cycles, exact, strict=True):
        assert cycle.points[0][0].contains(flint.fmpq(int(root.p), int(root.q)))
        size = abs(slope.subs(X, root))
        assert cycle.stability == ("attracting" if size < 1 else "repelling" if size > 1 else "undecided")
        assert cycle.multipliers[0].real.contains(flint.fmpq(int((s := slope.subs(X, root)).p), int(s.q)))


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        (sp.cos(X), [0.7390851332151607]),
        (sp.tanh(2 * X), [-0.9575040240772687, 0.0, 0.9575040240772687]),
        (sp.exp(-X), [0.5671432904097838]),
        (sp.sqrt(X + 3) - sp.log(X + 3), [0.61620703]),
    ],
)
def test_maps_that_are_no_polynomials_are_searched_too(expression, values):
    found = cycles(StepMap("smooth", (X,), (expression,), ()), {}, [(-2, 2)], 1)
    assert found.complete
    assert len(found.cycles) == len(values)
    for cycle, value in zip(found.cycles, values, strict=True):
        point = cycle.centres[0, 0]
        assert point == pytest.approx(value, abs=1e-6)
        assert float(sp.N(expression.subs(X, sp.Float(point, 30)) - point)) == pytest.approx(0, abs=1e-13)


def test_three_dimensions_have_their_multipliers_enclosed():
    update = (X**2 - sp.Rational(1, 2), Y / 3 + X * W, 2 * W + X * Y)
    found = cycles(StepMap("three", (X, Y, W), update, ()), {}, [(-1, 1)] * 3, 1)
    with precision(128):
        for cycle in found.cycles:
            x, y, w = (p.mid() for p in cycle.points[0])
            exact = sp.Matrix([[2 * X, 0, 0], [W, sp.Rational(1, 3), X], [Y, X, 2]])
            floats = np.array(exact.subs({X: float(x), Y: float(y), W: float(w)}), dtype=float)
            wanted = np.sort_complex(np.linalg.eigvals(floats))
            assert np.allclose(np.sort_complex(cycle.multiplier_values), wanted, atol=1e-12)
            assert max(float(abs(m).rad()) for m in cycle.multipliers) < 1e-25
    assert len(found.cycles) == 1
    assert found.cycles[0].stability == "saddle"


def test_a_curve_of_minima_is_never_called_decided():
    found = cycles(cached("quartic").own.step, {eta: Fraction(1, 5)}, [(1, 3), (Fraction(1, 4), 1)], 2, budget=2000)
    assert not found.complete
    assert found.examined == 2000
    # Every point x y = 1 of the box is in an undecided box.
    for x in np.linspace(1.01, 3, 40):
        here = ball(float(x))
        assert any(p[0].contains(here) and p[1].overlaps(1 / here) for p in found.undecided)


def test_at_a_flip_the_doubled_cycle_is_left_undecided():
    found = cycles(FROZEN, {frozen_s: Fraction(1)}, [(Fraction(1, 2), Fraction(3, 2))], 2)
    assert not found.complete
    assert found.cycles == ()
    assert any(box[0].contains(1) for box in found.undecided)
    assert all(abs(float(box[0].mid()) - 1) < 1e-3 for box in found.undecided)


def test_points_outside_the_box_are_not_counted():
    found = cycles(FROZEN, {frozen_s: Fraction(11, 10)}, [(Fraction(1, 10), Fraction(9, 10))], 2)
    (cycle,) = found.cycles
    assert found.complete
    assert found.points_in_box == 1
    assert cycle.period == 2
    assert cycle.centres.max() > 1.0  # the cycle's other point is given all the same


def test_a_row_is_plain_numbers():
    row = cycles(FROZEN, {frozen_s: Fraction(11, 10)}, [(Fraction(1, 2), Fraction(3, 2))], 2).cycles[-1].row()
    assert row["period"] == 2
    assert row["stability"] == "attracting"
    assert np.prod(row["points"]) == pytest.approx(10 / 11, abs=4 * row["error"])


@given(st.lists(st.floats(-3, 3), min_size=4, max_size=4))
def test_multipliers_of_two_by_two_matrices_are_enclosed(entries):
    with precision(100):
        found = multipliers(flint.arb_mat(2, 2, entries))
        trace, determinant = entries[0] + entries[3], entries[0] * entries[3] - entries[1] * entries[2]
        assert abs(complex(sum(m.mid() for m in found)) - trace) < 1e-12
        for m in found:
            near = complex(m.mid())
            slack = float(abs(m).rad()) + 1e-6
            assert abs(near**2 - trace * near + determinant) < 20 * slack


def test_multipliers_on_the_circle_prove_nothing():
    def of(*sizes):
        return stability([flint.acb(s) for s in sizes])

    assert of(flint.arb(1)) == "undecided"
    assert of(flint.arb(1, 1e-9), 2) == "undecided"
    assert of(flint.arb("0.5"), 2) == "saddle"
    assert of(flint.arb("0.5"), flint.arb("-0.9")) == "attracting"
    assert of(flint.arb("-1.5"), 2) == "repelling"
    assert of(flint.arb.nan()) == "undecided"


@pytest.mark.parametrize(
    ("box", "period", "message"),
    [([(0, 1), (0, 1)], 1, "sides"), ([(1, 0)], 1, "low end"), ([(0, 1)], 0, "at least 1")],
)
def test_a_box_that_makes_no_sense_is_refused(box, period, message):
    with pytest.raises(ValueError, match=message):
        cycles(FROZEN, {frozen_s: Fraction(1)}, box, period)


def test_a_missing_parameter_is_named():
    with pytest.raises(ValueError, match="give s a value"):
        cycles(FROZEN, {}, [(0, 1)], 1)


def test_a_kink_is_refused():
    with pytest.raises(ValueError, match="has no Taylor series"):
        cycles(StepMap("kink", (X,), (sp.Abs(X) / 2,), ()), {}, [(-1, 1)], 1)


@pytest.mark.parametrize(
    ("loss", "eta", "box", "stability", "multipliers"),
    [
        # The Hessian at x^2 = y^2 = 1/2 is symmetric in x and y: the half difference of its diagonal is exactly 0.
        ("(x**2-2)**2/4 + (y**2-2)**2/4 + 3*x*y/2", Fraction(1, 2), (Fraction(1, 2), 1), "saddle", [0.5, 2.0]),
        ("(x**2-2)**2/4 + (y**2-2)**2/4 + x*y/5", Fraction(1, 4), (1, 2), "attracting", [0.1, 0.2]),
    ],
)
def test_multipliers_at_a_point_of_symmetry(loss, eta, box, stability, multipliers):
    step = model_of_loss(Loss.parse(loss, "x y")).own.step
    (found,) = cycles(step, {ETA: eta}, [box, box], 1).cycles
    assert found.stability == stability
    assert np.allclose(np.sort(found.multiplier_values.real), multipliers, atol=1e-12)


def test_a_fixed_point_in_the_middle_of_its_box_is_found_though_a_side_shrinks_to_nothing():
    step = model_of_loss(Loss.parse("x**4/4 - x**2/2 + y**2/2", "x y")).own.step
    found = cycles(
        step, {ETA: Fraction(1, 2)}, [(Fraction(1, 2), Fraction(3, 2)), (Fraction(-1, 2), Fraction(1, 2))], 1
    )
    assert found.complete
    assert len(found.cycles) == 1


def test_outside_the_domain_of_the_loss_there_is_no_cycle() -> None:
    step = model_of_loss(Loss.parse("x**2/2 - log(x)", "x")).own.step
    found = cycles(step, {"eta": Fraction(1, 5)}, [(-2, -0.5)], 1)
    assert found.complete
    assert not found.cycles  # x = -1 is a zero of x - 1/x
    (inside,) = cycles(step, {"eta": Fraction(1, 5)}, [(0.2, 3)], 1).cycles
    assert inside.stability == "attracting"
