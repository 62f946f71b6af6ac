"""The late plane, its parabola, the normal form of the flip, and the landing of a minimum made unstable."""

import numpy as np
import pytest
import sympy as sp
import torch

from edgestab.numerics.networks.experiments.landing import landing
from edgestab.numerics.networks.experiments.parabola import parabola
from edgestab.numerics.networks.losses.objective import Objective
from edgestab.numerics.networks.specs.problems import problem
from edgestab.numerics.networks.stabilization.flip import flip_form
from edgestab.numerics.networks.stabilization.flip import landing as landing_of
from edgestab.numerics.networks.stabilization.plane import Splitter, fit_parabola, plane_of
from edgestab.theory.claims.zhu2023.results import sharp_constant_expression
from edgestab.theory.symbols import ETA

F64 = torch.float64


def orbit(steps, p=7, seed=0):
    """Iterates that bounce along one random direction and drift quadratically along another, and the two."""
    random = np.random.default_rng(seed)
    q = np.linalg.qr(random.standard_normal((p, 2)))[0].T
    t = np.arange(steps)
    x = np.exp(-0.01 * t)
    origin = random.standard_normal(p)
    return origin + ((-1) ** t * x)[:, None] * q[0] + (3 - 0.5 * x**2)[:, None] * q[1], q


def split(w, keep=50):
    splitter = Splitter(keep)
    for row in torch.as_tensor(w):
        splitter(row)
    return splitter


# Midpoints and swings.


def test_midpoints_and_swings_add_up_to_the_iterates():
    w, _ = orbit(41)
    splitter = split(w)
    assert splitter.steps == list(range(1, 40, 2))
    np.testing.assert_allclose(splitter.midpoints + splitter.swings, w[splitter.steps], atol=1e-14)
    np.testing.assert_allclose(splitter.midpoints, (w[0:39:2] + 2 * w[1:40:2] + w[2:41:2]) / 4, atol=1e-14)


def test_a_straight_line_has_no_swing():
    w = np.outer(np.arange(20.0), [1.0, 2.0])
    np.testing.assert_allclose(split(w).swings, 0, atol=1e-13)


@pytest.mark.parametrize("steps", [3, 30, 99, 400, 1733])
def test_any_length_is_thinned_evenly_at_one_parity(steps):
    splitter = split(np.arange(float(steps))[:, None], keep=10)
    kept = np.array(splitter.steps)
    assert 1 <= len(kept) < 20
    assert (kept % 2 == 1).all()
    gaps = set(np.diff(kept).tolist())
    assert len(gaps) <= 1
    assert kept[-1] >= steps - 2 - max(gaps, default=2)
    assert len(kept) >= min(10, (steps - 1) // 2)


# The plane.


def test_the_plane_of_a_bouncing_orbit_is_found():
    w, q = orbit(300)
    splitter = split(w, keep=200)
    plane = plane_of(splitter.midpoints, splitter.swings)
    assert abs(plane.swing @ q[0]) == pytest.approx(1, abs=1e-6)
    assert plane.drift @ q[1] == pytest.approx(1, abs=1e-4)  # it drifts this way
    assert plane.swing @ plane.drift == pytest.approx(0, abs=1e-12)
    assert plane.share == pytest.approx(1, abs=1e-9)
    np.testing.assert_allclose(np.abs(plane.x), np.exp(-0.01 * np.array(splitter.steps)), rtol=1e-3)
    assert plane.z[-1] == 0
    fit = fit_parabola(plane.x, plane.z)
    assert fit.curvature == pytest.approx(-0.5, rel=2e-3)
    assert fit.r_squared > 0.9999
    curve = fit.curve(plane.x)
    assert curve["fit_z"][100] == pytest.approx(fit.vertex)
    assert curve["fit_x"][-1] == pytest.approx(np.abs(plane.x).max())


def test_noise_outside_the_plane_lowers_the_share_as_it_should():
    w, _ = orbit(300, p=40)
    noise = 0.05 * np.random.default_rng(1).standard_normal(w.shape)
    clean, noisy = (split(rows, keep=200) for rows in (w, w + noise))
    plane = plane_of(noisy.midpoints, noisy.swings)
    added = ((noisy.swings - clean.swings) ** 2).sum() + ((noisy.midpoints - clean.midpoints) ** 2).sum()
    whole = (noisy.swings**2).sum() + ((noisy.midpoints - noisy.midpoints.mean(axis=0)) ** 2).sum()
    assert 1 - plane.share == pytest.approx(added / whole, rel=0.1)
    assert 0.02 < 1 - plane.share < 0.4


def test_what_has_no_plane_is_refused():
    with pytest.raises(ValueError, match="at least 3 midpoints"):
        plane_of(np.zeros((2, 5)), np.zeros((2, 5)))
    with pytest.raises(ValueError, match="does not move"):
        plane_of(np.zeros((5, 5)), np.zeros((5, 5)))
    with pytest.raises(ValueError, match="differ in both"):
        fit_parabola(np.zeros(3), np.arange(3.0))


def test_points_off_any_parabola_are_not_explained():
    x = np.random.default_rng(0).standard_normal(4000)
    assert abs(fit_parabola(x, x).r_squared) < 0.02


# The normal form.


def scalar_net(w):
    """Half the squared error of a scalar network, at a minimum: the product of w is scaled to 1."""
    w = torch.tensor(w, dtype=F64)
    return Objective("scalar", len(w), (lambda z: (1 - z.prod()) ** 2 / 2,)), w / w.prod() ** (1 / len(w))


@pytest.mark.parametrize("w", [(3.0, 3.0, 0.3, 0.3), (3.0, 0.4, 0.5), (4.0, 1.0, 0.2, 0.2, 0.3), (5.0, 0.2)])
def test_the_gap_of_any_scalar_network(w):
    """Its known leading term is (4/eta)(t3 - t2^2)/c, t_k the sums of powers of (1/w_i^2)/S."""
    objective, at = scalar_net(w)
    sharpness = float((1 / at**2).sum())
    form = flip_form(objective, at, 2 / sharpness)
    share = (1 / at**2) / sharpness
    t2, t3 = float((share**2).sum()), float((share**3).sum())
    c = 4 / 3 * (5 - 9 * t2 + 6 * t2**2 - 2 * t3)
    assert form.sharpness == pytest.approx(sharpness, rel=1e-12)
    assert form.gap == pytest.approx(2 * sharpness * (t3 - t2**2) / c, rel=1e-8)


@pytest.mark.parametrize("eta", [0.1, 0.03, 0.01])
def test_the_gap_of_the_scalar_quartic_is_the_first_term_of_its_series(eta):
    """beta/(4c) at the minimum of sharpness 2/eta is eta G(eta) up to order eta^3."""
    x = ((eta**-2 - 4) ** 0.5 + 1 / eta) ** 0.5 / 2**0.5
    form = flip_form(problem("scalar", 0).objective, torch.tensor([x, 1 / x], dtype=F64), eta)
    exact = float(sharp_constant_expression(3).subs(ETA, eta))
    assert form.excess == pytest.approx(0, abs=1e-9)
    assert form.gap / eta == pytest.approx(exact, abs=5 * eta**2)


def test_the_curvature_against_the_map_itself():
    """On the cycle of x' = x - eta g(x) with S = 2/eta + y, the amplitude squared is y/c to leading order."""
    eta, T, Q = 0.5, 3.0, 2.0
    sizes = []
    for y in (1e-3, 1e-4):
        S = 2 / eta + y
        objective = Objective("line", 1, (lambda w, S=S: (S * w**2 / 2 + T * w**3 / 6 + Q * w**4 / 24).sum(),))
        form = flip_form(objective, torch.zeros(1, dtype=F64), eta)
        x = y**0.5
        for _ in range(200_000 if y < 1e-3 else 20_000):
            x = x - eta * (S * x + T * x**2 / 2 + Q * x**3 / 6)
        after = x - eta * (S * x + T * x**2 / 2 + Q * x**3 / 6)
        sizes.append(((x - after) / 2) ** 2 * form.c / y)
    assert sizes[0] == pytest.approx(1, abs=0.02)
    assert sizes[1] == pytest.approx(1, abs=0.002)


def test_a_direction_that_relaxes_adds_to_c():
    """L = S x^2/2 + n x^2 r/2 + l r^2/2: on its relaxed values r = -n x^2/(2 l), and Q is lowered by 3 n^2/l."""
    S, n, lam, eta = 4.0, 0.7, 0.9, 0.5
    objective = Objective("fold", 2, (lambda w: S * w[0] ** 2 / 2 + n * w[0] ** 2 * w[1] / 2 + lam * w[1] ** 2 / 2,))
    origin = torch.zeros(2, dtype=F64)
    held, relaxed = (flip_form(objective, origin, eta, relaxing=k) for k in (0, 1))
    assert held.c == held.bare == relaxed.bare == pytest.approx(0, abs=1e-9)
    assert held.beta == pytest.approx(n**2, rel=1e-9)
    assert relaxed.c == pytest.approx(n**2 / (2 * lam), rel=1e-9)
    assert relaxed.beta == pytest.approx(0, abs=1e-9)
    assert relaxed.second == pytest.approx(lam, rel=1e-9)


def test_a_subcritical_flip_has_no_gap():
    """A loss that steepens has c = -Q/6 < 0."""
    objective = Objective("steep", 2, (lambda w: (2 + w[1]) * w[0] ** 2 + w[0] ** 4 / 24,))
    form = flip_form(objective, torch.zeros(2, dtype=F64), 0.5)
    assert form.c == pytest.approx(-1 / 6, rel=1e-9)
    assert form.beta == pytest.approx(4, rel=1e-9)
    assert np.isnan(form.gap)


@pytest.mark.parametrize("start", [1e-3, 0.1, 1.0, 4.0])
def test_the_landing_against_the_flow_of_the_normal_form(start):
    """x and y followed through dx/dt = (y - c x^2) x, dy/dt = -beta x^2/2 from a tiny x."""
    from scipy.integrate import solve_ivp

    c, beta = 1.7, 0.6
    y0 = start * beta / (4 * c)

    def flow(_, s):
        log_x, y = s
        x2 = np.exp(2 * log_x)
        return [y - c * x2, -beta * x2 / 2]

    found = solve_ivp(flow, (0, 400 / y0), [np.log(1e-5 * y0**0.5), y0], rtol=1e-10, atol=1e-14, method="LSODA")
    assert found.y[1, -1] * 4 * c / beta == pytest.approx(landing_of(start), rel=1e-5)


def test_the_landing_is_a_solution_and_has_no_start_below_the_edge():
    y = sp.Symbol("y")
    for start in (0.3, 3.0):
        end = landing_of(start)
        assert -1 < end < 0
        value = ((1 + y) * sp.exp(-y)).subs(y, end) - ((1 + y) * sp.exp(-y)).subs(y, start)
        assert abs(float(value)) < 1e-12
    assert np.isnan(landing_of(0.0))
    assert np.isnan(landing_of(-1.0))


# The experiments.


def test_the_scalar_quartic_concentrates_along_the_parabola():
    found = landing(seed=1, network="scalar").statistics
    assert found["start"] > 10
    assert found["gap"] == pytest.approx(1, abs=0.05)
    assert found["curvature"] == pytest.approx(1, abs=0.15)
    assert found["r_squared"] > 0.99
    assert found["share"] == pytest.approx(1, abs=1e-9)


def test_a_deep_linear_network_concentrates_and_a_shallow_one_does_not():
    deep, shallow = (landing(seed=0, network=f"linear-{n}").statistics for n in ("three", "two"))
    assert deep["gap"] == pytest.approx(1, abs=0.15)
    assert deep["curvature"] == pytest.approx(1, abs=0.2)
    assert shallow["gap"] < 0.2
    assert shallow["curvature"] > 5
    assert abs(shallow["mirror_error"]) < 0.1
    assert deep["sharpness"] > shallow["sharpness"] + 0.02


def test_the_landing_of_a_nonlinear_network():
    found = landing(seed=0, network="tanh-one").statistics
    assert abs(found["error"]) < 0.05
    assert abs(found["error"]) < abs(found["mirror_error"])


def test_a_late_network_bounces_at_the_edge_and_not_below_it():
    small = {"seed": 6, "network": "elu", "steps": 2500, "high": 1e-4, "keep": 60}
    at, below = (parabola(eta=eta, **small) for eta in (0.15, 0.06))
    assert at.statistics["bounce"] > 0.9
    assert below.statistics["bounce"] < 0.01
    assert at.statistics["sharpness"] == pytest.approx(1, abs=0.02)
    assert below.statistics["sharpness"] < 0.8
    assert at.statistics["share"] > 0.9
    assert abs(at.statistics["descent"]) < 0.2
    assert at.series["x"].shape == at.series["z"].shape == at.series["step"].shape
    assert at.series["step"][0] >= 1


def test_experiments_refuse_what_they_cannot_do():
    with pytest.raises(ValueError, match="unknown problem 'resnet'; the problems are chebyshev, digits-tanh"):
        landing(seed=0, network="resnet")
    with pytest.raises(ValueError, match="hardly ever late in 20 steps"):
        parabola(seed=0, network="elu", steps=20)
    with pytest.raises(ValueError, match="diverged at eta = 30: choose a smaller"):
        parabola(seed=0, network="linear-three", eta=30.0, steps=2000)
