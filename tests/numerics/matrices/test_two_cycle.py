"""Balanced 2-cycles: against high precision, against runs, and the numbers of the cascade."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from edgestab.errors import InputError
from edgestab.numerics.cycles.cascade import cascade_of
from edgestab.numerics.matrices.curvatures import curvatures, rank_of_oscillation
from edgestab.numerics.matrices.descent import descend
from edgestab.numerics.matrices.factorization import factorization
from edgestab.numerics.matrices.starts import balanced, generic, small
from edgestab.numerics.matrices.two_cycle import multiplier, scaled_step, second_flip, two_cycle, two_cycle_starts
from edgestab.theory.models.catalogue import model as model_named


@pytest.mark.parametrize("depth", [2, 3, 4, 7])
@pytest.mark.parametrize("over", [1.0001, 1.05, 1.2, 3.0])
def test_it_is_a_cycle_in_forty_digits(depth: int, over: float) -> None:
    sigma = 3.7
    eta = over * 2 / (depth * sigma ** (2 - 2 / depth))
    low, high = (float(x) for x in two_cycle(eta, sigma, depth))
    with mpmath.workdps(40):
        e, s, n = mpmath.mpf(eta), mpmath.mpf(sigma), depth

        def F(r: mpmath.mpf) -> mpmath.mpf:
            return r + e * (s - r**n) * r ** (n - 1)

        a, b = mpmath.findroot(lambda a, b: (F(a) - b, F(b) - a), (low, high))
        assert a < s ** (mpmath.mpf(1) / n) < b < (2 * s) ** (mpmath.mpf(1) / n)
        slope = mpmath.diff(F, a) * mpmath.diff(F, b)
    # Near the edge the amplitude is a square root: it has half of the digits of the distance to it.
    tolerance = 1e-14 if over > 1.01 else 1e-11
    assert low == pytest.approx(float(a), rel=tolerance)
    assert high == pytest.approx(float(b), rel=tolerance)
    assert float(multiplier(eta, sigma, depth)) == pytest.approx(float(slope), rel=1e-11, abs=1e-9)


def test_two_layers_have_a_closed_form() -> None:
    eta, sigma = 0.3, np.array([3.4, 4.0, 5.0])
    a = eta * sigma
    low, high = two_cycle(eta, sigma, 2)
    root = np.sqrt((1 + a) ** 2 - 4)
    np.testing.assert_allclose(eta * low**2, (1 + a - root) / 2, rtol=1e-13)
    np.testing.assert_allclose(eta * high**2, (1 + a + root) / 2, rtol=1e-13)
    np.testing.assert_allclose(multiplier(eta, sigma, 2), 9 - 2 * (1 + a) ** 2, rtol=1e-12)


def test_below_the_edge_there_is_the_minimum_only() -> None:
    low, high = two_cycle([0.01, 0.0218, 0.02209], 8.0, 4)  # 2/S = 0.022097
    assert (low == high).all()
    np.testing.assert_allclose(low, 8**0.25, rtol=1e-15)
    low, high = two_cycle(0.1, [0.0, 1.0], 3)
    assert low.tolist() == high.tolist() == [0.0, 1.0]


@pytest.mark.parametrize("depth", range(2, 9))
def test_the_scaled_step_increases_from_the_edge(depth: int) -> None:
    z = np.concatenate([[1.0], 1 + np.logspace(-6, 3, 4000)])
    h = scaled_step(z, depth)
    assert h[0] == pytest.approx(2 / depth, rel=1e-15)
    assert (np.diff(h) >= 0).all()
    assert (np.diff(h[z > 1.01]) > 0).all()


EDGES = (0.0309439256, 0.0331342593, 0.0356111005)
AMPLITUDES = (5.8063613558, 4.2848413484, 1.865157406)


def test_the_example_of_the_paper() -> None:
    sigma = [10.0, 9.5, 9.0]
    np.testing.assert_allclose(2 / np.diag(curvatures(sigma, 3)), EDGES, atol=5e-11)
    low, high = two_cycle(0.03625, sigma, 3)
    np.testing.assert_allclose(high**3 - low**3, AMPLITUDES, atol=5e-11)
    model = factorization(np.diag([*sigma, 0.0, 0.0]), depth=3)
    ends = descend(model, small(model, 0.01), [0.03625], 4000).ends
    after = descend(model, ends, [0.03625], 1).ends
    np.testing.assert_allclose(abs(model.modes(after) - model.modes(ends))[0, :3], AMPLITUDES, atol=5e-10)


def test_with_a_further_factor_of_the_depth_it_would_not_be_an_orbit() -> None:
    # z = 1 + eta L (sigma - rho^L) rho^(L-2), as transcribed, is the orbit at L times the step size.
    low, high = two_cycle(3 * 0.03625, 10.0, 3)
    eta = 0.03625
    assert abs(low + eta * (10 - low**3) * low**2 - high) > 0.3
    assert float(high**3 - low**3) == pytest.approx(10.646, abs=1e-3)  # and not 5.806, which runs show


def test_past_the_second_flip_the_run_has_period_four() -> None:
    model = factorization([[10.0]], depth=3)
    found = descend(model, np.full((1, 3), 2.0), [0.0384, 0.0386, 0.04], 20000)
    assert found.periods.tolist() == [2, 4, 4]
    values = np.sort(np.array([x**3 for x in _orbit(found.ends[2, 0], 0.04, 10.0, 3, 4)]))
    np.testing.assert_allclose(values, np.sort([6.925, 13.027, 4.764, 11.784]), atol=6e-4)


def _orbit(rho: float, eta: float, sigma: float, depth: int, steps: int) -> list[float]:
    seen = []
    for _ in range(steps):
        rho = rho + eta * (sigma - rho**depth) * rho ** (depth - 1)
        seen.append(rho)
    return seen


CASCADE = {  # eta S at the second, third and fourth flip and at the end, and the first ratios
    2: (2.4721359549996, 2.5760635089657, 2.5984558793004, 2.6045669254014, (4.542933, 4.641204, 4.663184, 4.667909)),
    3: (2.4892147856786, 2.6008329495146, 2.6249632838072, 2.6315559454713, (4.382932, 4.625637, 4.658204, 4.667059)),
    4: (2.4943385448727, 2.6082999680715, 2.6329565543979, 2.6396951914995, (4.337771, 4.621947, 4.656736, 4.666832)),
    5: (2.4967542118683, 2.6118259482012, 2.6367313173130, 2.6435389868573, (4.316909, 4.620359, 4.656047, 4.666730)),
}


@pytest.mark.parametrize("depth", CASCADE)
def test_the_table_of_the_cascade(depth: int) -> None:
    found = cascade_of(model_named(f"balanced:{depth}"), 6)
    *flips, end, ratios = CASCADE[depth]
    assert found.flips[0].value * depth == pytest.approx(2, abs=1e-14)
    for flip, noted in zip(found.flips[1:], flips, strict=False):
        assert flip.value * depth == pytest.approx(noted, abs=6e-14)
    value, error = found.accumulation
    assert value * depth == pytest.approx(end, abs=1e-8)
    assert error < 1e-6
    for ours, noted in zip(found.ratios, ratios, strict=False):
        assert float(ours.mid()) == pytest.approx(noted, abs=6e-7)
    # The closed form of the multiplier is -1 at the second flip.
    assert float(multiplier(found.flips[1].value, 1.0, depth)) == pytest.approx(-1, abs=1e-11)
    assert second_flip(depth) == pytest.approx(found.flips[1].value, abs=1e-14)


def test_infinitely_many_layers() -> None:
    # rho^L = sigma e^x, L to infinity: x' = x + g e^x (1 - e^x), whose 2-cycle flips at g = 2.503291242.
    with mpmath.workdps(30):

        def equations(x: mpmath.mpf, g: mpmath.mpf) -> tuple[mpmath.mpf, mpmath.mpf]:
            here, slope = x, mpmath.mpf(1)
            for _ in range(2):
                e = mpmath.exp(here)
                slope *= 1 + g * (e - 2 * e**2)
                here = here + g * e * (1 - e)
            return here - x, slope + 1

        g = mpmath.findroot(equations, (-0.65, 2.5))[1]
    assert float(g) == pytest.approx(2.503291242, abs=6e-10)
    assert [second_flip(depth) * depth < float(g) for depth in (2, 5, 40)] == [True] * 3
    assert second_flip(400) * 400 == pytest.approx(float(g), abs=2e-4)


@pytest.mark.deep
@pytest.mark.parametrize("depth", [2, 3, 4, 5])
def test_the_cascade_in_high_precision(depth: int) -> None:
    found = cascade_of(model_named(f"balanced:{depth}"), 9)
    for flip in found.flips[1:5]:
        with mpmath.workdps(50):
            assert abs(_flip(depth, flip.period, float(flip.point[0].mid()), flip.value) - flip.value) < 1e-14
    assert float(found.ratios[-1].mid()) == pytest.approx(4.669201609, abs=1e-5)
    value, error = found.accumulation
    assert value * depth == pytest.approx(CASCADE[depth][3], abs=6e-14)
    assert error < 1e-11


def test_the_second_flip_in_forty_digits() -> None:
    h2 = {2: "1.2360679774997896964", 3: "0.82973826189288", 4: None, 5: None}
    for depth, noted in h2.items():
        found = cascade_of(model_named(f"balanced:{depth}"), 1)
        with mpmath.workdps(40):
            value = _flip(depth, 2, float(found.flips[1].point[0].mid()), found.flips[1].value)
        assert abs(value - found.flips[1].value) < 1e-14
        if noted:
            assert abs(value - mpmath.mpf(noted)) < 1e-14


def _flip(depth: int, period: int, rho: float, h: float) -> mpmath.mpf:
    """Newton's method for F^p(rho) = rho with multiplier -1, sigma = 1."""

    def equations(r: mpmath.mpf, step: mpmath.mpf) -> tuple[mpmath.mpf, mpmath.mpf]:
        here, slope = r, mpmath.mpf(1)
        for _ in range(period):
            slope *= 1 + step * ((depth - 1) * here ** (depth - 2) - (2 * depth - 1) * here ** (2 * depth - 2))
            here = here + step * (1 - here**depth) * here ** (depth - 1)
        return here - r, slope + 1

    return mpmath.findroot(equations, (rho, h))[1]


@pytest.mark.parametrize(("depth", "noted"), [(2, 3.196152), (3, 3.660996)])
def test_where_the_highest_value_first_returns_to_zero(depth: int, noted: float) -> None:
    # gamma of the worst case: F(F(critical point)) = 0.
    with mpmath.workdps(30):

        def height(gamma: mpmath.mpf) -> mpmath.mpf:
            h = gamma / depth

            def F(r: mpmath.mpf) -> mpmath.mpf:
                return r + h * (1 - r**depth) * r ** (depth - 1)

            def slope(r: mpmath.mpf) -> mpmath.mpf:
                return 1 + h * ((depth - 1) * r ** (depth - 2) - (2 * depth - 1) * r ** (2 * depth - 2))

            return F(F(mpmath.findroot(slope, (0.3, 1.2), solver="anderson")))

        found = mpmath.findroot(height, (noted - 0.1, noted + 0.1), solver="anderson")
    assert float(found) == pytest.approx(noted, abs=6e-7)
    if depth == 2:
        assert float(found) == pytest.approx(3 * 3**0.5 - 2, rel=1e-14)


def test_where_balanced_runs_escape() -> None:
    # From 0.9 sigma^(1/L): L = 2 escapes from eta S = 4 on, exactly; L = 3, 4, 5 first at about 4.393, 4.818, 4.989.
    for depth, first in ((2, 4.0), (3, 4.393), (4, 4.818), (5, 4.989)):
        gammas = np.arange(first - 0.2, first + 0.02, 0.001)
        rho = np.full(len(gammas), 0.9)
        with np.errstate(over="ignore", invalid="ignore"):
            for _ in range(6000):
                rho = rho + gammas / depth * (1 - rho**depth) * rho ** (depth - 1)
        escaped = gammas[~(abs(rho) < 1e3)]
        assert escaped.min() == pytest.approx(first, abs=0.0021), depth


def test_curvatures_are_the_eigenvalues_of_the_hessian() -> None:
    for depth, target in (
        (2, np.diag([3.0, 1.0, 0.0])),
        (3, np.diag([2.0, 1.5, 1.0])),
        (4, np.diag([2.0, 0.5])[:, :1]),
    ):
        model = factorization(target, depth=depth, widths=[3] * (depth - 1))
        w = balanced(model, generic(model, 0))
        dense = np.array([model.at(w).product(e[None])[0] for e in np.eye(model.size)])
        s = model.svd[1]
        left, right = (np.pad(s, (0, n - len(s))) for n in target.shape)
        wanted = np.sort(np.concatenate([curvatures(left, depth, right).ravel(), np.zeros(model.size - target.size)]))
        np.testing.assert_allclose(np.linalg.eigvalsh(dense), wanted, atol=1e-12)


def test_which_count_is_which() -> None:
    assert [rank_of_oscillation([10, 9.5, 9], 3, eta) for eta in (0.03, 0.0315, 0.0325, 0.0335, 0.036)] == [
        (0, 0), (1, 1), (1, 3), (2, 6), (3, 9),
    ]  # fmt: skip


def test_starts_are_the_orbit_with_any_phases_and_rotations() -> None:
    model, eta = factorization(np.diag([10.0, 9.5, 9.0]), depth=3), 0.036
    for signs in (None, (1, -1), (-1, -1, 1)):
        a, b = two_cycle_starts(model, eta, signs, generic(model, 4))
        there = descend(model, [a, b], eta, 1).ends
        np.testing.assert_allclose(there, [b, a], atol=1e-13)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((0.1, 1.0, 1), "at least 2"), ((-0.1, 1.0, 2), "step sizes must be positive"), ((0.1, -1.0, 2), "not negative"),
        ((0.1, np.nan, 2), "finite"),
    ],
)  # fmt: skip
def test_bad_input_is_refused(arguments, words: str) -> None:
    with pytest.raises(InputError, match=words):
        two_cycle(*arguments)


def test_signs_are_signs() -> None:
    model = factorization(np.eye(2))
    for signs in ([0, 1], [1, 1, 1]):
        with pytest.raises(InputError, match="signs are 1 or -1"):
            two_cycle_starts(model, 0.1, signs)
    with pytest.raises(InputError, match="not negative"):
        curvatures([-1.0], 2)
