"""Angles, polarity and rotations against constructions in which they are known."""

from __future__ import annotations

from math import pi

import numpy as np
import pytest
import scipy.linalg
import scipy.stats
import torch

from edgestab.numerics.networks.architectures.mlp import mlp
from edgestab.numerics.networks.data.chebyshev import chebyshev
from edgestab.numerics.networks.experiments.rotation import (
    Turning,
    _between,
    flattening,
    instability,
    rotation_in_instabilities,
    rotation_without_depth,
    superiority,
    turning,
)
from edgestab.numerics.networks.losses.criteria import squared_error
from edgestab.numerics.networks.losses.network import network_objective
from edgestab.numerics.networks.spectra.curvature import dense_hessian, midpoint
from edgestab.numerics.networks.spectra.rotation import (
    angle,
    polarity,
    principal_angles,
    rotation,
    similarity,
    similarity_in_time,
)

RNG = np.random.default_rng(0)


def random(*shape: int) -> torch.Tensor:
    return torch.as_tensor(RNG.standard_normal(shape))


@pytest.mark.parametrize("size", [1e-12, 1e-7, 1e-3, 0.5, 1.2, pi / 2])
def test_angles_of_any_size_are_accurate_and_have_no_sign(size):
    u, v = torch.linalg.qr(random(30, 2))[0].T
    w = np.cos(size) * u + np.sin(size) * v
    for a, b in ((u, w), (-u, 3 * w), (w, -u)):
        assert angle(a, b) == pytest.approx(size, rel=1e-6, abs=1e-15)


def test_principal_angles_are_those_of_scipy():
    u, v = random(20, 3), random(20, 5)
    np.testing.assert_allclose(principal_angles(u, v), scipy.linalg.subspace_angles(u.numpy(), v.numpy()), atol=1e-12)
    np.testing.assert_allclose(principal_angles(u, v), principal_angles(v, u), atol=1e-12)
    # A subspace has no basis of its own: the angles with its rotated self are zero, those with its complement right.
    q = torch.linalg.qr(random(20, 20))[0]
    turned = q[:, :4] @ torch.linalg.qr(random(4, 4))[0]
    assert principal_angles(q[:, :4], turned).max() < 1e-14
    np.testing.assert_allclose(principal_angles(q[:, :4], q[:, 4:8]), pi / 2)


def on_a_circle(angles, p=12):
    a, b = torch.linalg.qr(random(p, 2))[0].T
    return [np.cos(t) * a + np.sin(t) * b for t in angles]


@pytest.mark.parametrize("scale", [1e-4, 0.1, 0.5])
def test_polarity_along_a_great_circle(scale):
    back = polarity(*on_a_circle([0, scale, 0.25 * scale]))
    assert back.polarity == pytest.approx(1, abs=1e-9)
    assert back.returned == pytest.approx(0.75, rel=1e-6)
    assert (back.away, back.back, back.net) == pytest.approx((scale, 0.75 * scale, 0.25 * scale), rel=1e-6)
    on = polarity(*on_a_circle([0, scale, 1.5 * scale]))
    assert on.polarity == pytest.approx(-1, abs=1e-9)
    assert on.returned == pytest.approx(-0.5, rel=1e-6)


def test_polarity_has_no_sign_and_no_scale():
    a, b, c = (random(9) for _ in range(3))
    found = polarity(a, b, c).polarity
    for x, y, z in ((-1, 1, 1), (1, -2, 1), (0.1, 1, -5), (-1, -1, -1)):
        assert polarity(x * a, y * b, z * c).polarity == pytest.approx(found, rel=1e-12)


def test_polarity_of_unrelated_rotations_is_about_zero():
    values = []
    for _ in range(300):
        b = random(200)
        values.append(polarity(b + 0.3 * random(200), b, b + 0.3 * random(200)).polarity)
    assert abs(np.mean(values)) < 0.02
    assert np.std(values) == pytest.approx(200**-0.5, rel=0.2)


def test_rotations_too_small_to_count_have_no_polarity():
    a, b, c = on_a_circle([0, 1e-8, 0.1])
    found = polarity(a, b, c)
    assert np.isnan(found.polarity)
    assert np.isnan(found.returned)
    found = polarity(*on_a_circle([0, 0.1, 0.1 + 1e-9]))
    assert np.isnan(found.polarity)
    assert found.returned == pytest.approx(0, abs=1e-6)


def test_lag_two_does_not_see_an_alternation():
    """Vectors that jump to and fro by 0.4 while drifting by 1e-5 a step."""
    vectors = on_a_circle([0.2 * (-1) ** t + 1e-5 * t for t in range(20)])
    flipped = [v * (-1) ** (t // 3) for t, v in enumerate(vectors)]
    lag1, lag2 = rotation(flipped, 1), rotation(flipped, 2)
    assert (len(lag1), len(lag2)) == (19, 18)
    np.testing.assert_allclose(lag1, 1 - np.cos(0.4), rtol=1e-3)
    np.testing.assert_allclose(lag2, (2e-5) ** 2 / 2, rtol=1e-4)
    with pytest.raises(ValueError, match="lag"):
        rotation(vectors, 0)


def test_similarity_says_which_became_which():
    q = torch.linalg.qr(random(15, 4))[0]
    found = similarity(q, torch.stack([-q[:, 1], q[:, 0], q[:, 2]], dim=1))
    wanted = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1], [0, 0, 0]])
    np.testing.assert_allclose(found, wanted, atol=1e-12)
    times = similarity_in_time([q[:, 0], -q[:, 0], q[:, 1]])
    np.testing.assert_allclose(times, [[1, 1, 0], [1, 1, 0], [0, 0, 1]], atol=1e-12)


def made_up(drift: float, tilt: float) -> Turning:
    """Two instabilities; u at the iterates leans by tilt * x to a side, and the path turns by `drift` a step."""
    t = np.arange(200)
    x = np.exp(-(((t - 50) / 12) ** 2)) + np.exp(-(((t - 150) / 12) ** 2))
    relative = 1 + 0.1 * np.sin(2 * pi * (t - 20) / 100)
    q = torch.linalg.qr(random(40, 3))[0]
    path = [np.cos(drift * s) * q[:, 0] + np.sin(drift * s) * q[:, 1] for s in t]
    here = [(-1) ** s * (u + tilt * (-1) ** s * a * q[:, 2]) for s, u, a in zip(t, path, x, strict=True)]
    return Turning(relative, x, 1 + x**2, np.ones(200), here, path)


@pytest.mark.parametrize("tilt", [0.05, 0.5])
def test_an_instability_that_only_leans_is_reversed_at_the_iterates(tilt):
    run = made_up(1e-9, tilt)
    assert _between(run, 1.03) == [(20, 120), (120, 199)]
    for (first, last), peak in zip(_between(run, 1.03), (50, 150), strict=True):
        here, path, over = instability(run, first, last)
        assert here.polarity == pytest.approx(1, abs=1e-3)
        assert here.returned > 0.9
        assert np.isnan(path.polarity)  # it did not turn
        assert over == pytest.approx(peak + 12 * np.log(20) ** 0.5, abs=2)


def test_a_path_that_turns_on_is_not_reversed():
    here, path, _ = instability(made_up(0.004, 0.0), 20, 120)
    assert path.polarity == pytest.approx(-1, abs=1e-9)
    assert path.returned == pytest.approx(-1, abs=0.1)
    assert here.polarity == pytest.approx(-1, abs=1e-9)


def test_instabilities_that_are_too_small_or_not_over_do_not_count():
    run = made_up(0.0, 0.1)
    assert _between(run, 1.2) == []
    cut = Turning(run.relative[:160], run.amplitude[:160], run.losses[:160], run.gaps[:160], [], [])
    assert _between(cut, 1.03) == [(20, 120)]


def test_eigenvectors_of_a_run_are_those_of_dense_hessians():
    network = mlp((1, 8, 1))
    objective = network_objective(network, chebyshev(3), squared_error(0.5))
    w, eta = network.start(0), 0.1
    run = turning(objective, w, eta, 6, tolerance=1e-8)
    orbit = [w]
    for _ in range(8):
        orbit.append(orbit[-1] - eta * objective.gradient(orbit[-1]))
    for t in range(6):
        values, vectors = torch.linalg.eigh(dense_hessian(objective, orbit[t + 1]))
        assert angle(run.iterates[t], vectors[:, -1]) < 1e-6
        middle = midpoint(*orbit[t : t + 3])
        values, vectors = torch.linalg.eigh(dense_hessian(objective, middle))
        assert angle(run.path[t], vectors[:, -1]) < 1e-6
        assert run.relative[t] == pytest.approx(float(values[-1]) * eta / 2)
        assert run.losses[t] == pytest.approx(objective.loss(orbit[t + 1]))
        assert run.amplitude[t] == pytest.approx(abs(float(vectors[:, -1] @ (orbit[t + 1] - middle))), abs=1e-9)


def test_superiority_is_that_of_mann_and_whitney():
    a, b = RNG.integers(0, 6, 40).astype(float), RNG.integers(0, 5, 30).astype(float)
    wanted = scipy.stats.mannwhitneyu(a, b).statistic / (40 * 30)
    assert superiority(a, b) == pytest.approx(wanted)
    assert np.isnan(superiority(a, b[:0]))


@pytest.mark.parametrize(("layers", "turns"), [(0, False), (1, True)])
def test_without_a_hidden_layer_nothing_turns(layers, turns):
    found = rotation_without_depth(seed=0, layers=layers, steps=30).statistics
    if turns:
        assert found["turned"] > 0.05
        assert found["way"] >= found["turned"] - 1e-9
    else:
        assert found["turned"] < 1e-7
        assert found["way"] < 1e-6
        assert abs(found["change"]) < 1e-12


def test_the_first_instability_of_a_small_run():
    found = rotation_in_instabilities(seed=0, steps=620)
    s = found.statistics
    assert s["instabilities"] == 1
    assert 0.3 < s["polarity"] <= 1
    assert s["path_polarity"] < 0
    assert s["rising"] > 0.8
    assert s["excess"] > 2
    assert found.series["similarity"].shape == (80, 80)
    assert set(map(len, (found.series[n] for n in ("step", "rotation", "path_rotation", "loss")))) == {620}


def test_a_run_without_an_instability_has_no_polarity():
    s = rotation_in_instabilities(seed=0, steps=30).statistics
    assert s["instabilities"] == 0
    assert all(np.isnan(s[n]) for n in ("polarity", "path_polarity", "rising", "excess"))


@pytest.mark.deep
def test_a_larger_step_size_flattens():
    s = flattening(seed=2).statistics
    assert 0.95 < s["relative"] < 1.08
    assert s["sharpness"] == pytest.approx(1 / 1.25, abs=0.06)
    assert s["trace"] < 1
