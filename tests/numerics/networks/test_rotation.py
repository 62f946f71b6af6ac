"""Angles, polarity and rotations against constructions in which they are known."""

from __future__ import annotations

from math import pi

import numpy as np
import pytest
import scipy.linalg
import torch

from numerics.networks.rotation import angle, polarity, principal_angles, rotation, similarity, similarity_in_time

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
