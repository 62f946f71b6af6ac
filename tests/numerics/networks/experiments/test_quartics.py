"""Random quartics: exact derivatives, the promised point of the stable set, and the coupling's dynamics on them."""

import itertools

import numpy as np
import pytest

pytest.importorskip("torch")  # the experiments are a part of the networks

from edgestab.numerics.networks.experiments.coupling import centre, coupling, follow, predicted_step, project
from edgestab.numerics.networks.experiments.quartics import Quartics, random_quartics

SCALES = np.array([1e-2, 0.1])
CASES = list(itertools.product((2, 3, 5), ("none", "small", "full")))


def first(quartics):
    """The first axis, once for each polynomial."""
    return np.tile(np.eye(quartics.dimension)[0], (len(quartics.g), 1))


def difference(f, w, h=1e-4):
    """Central differences of f along each axis, as the last index; f maps (m, d) to (m, ...)."""
    steps = h * np.eye(w.shape[1])
    return np.stack([(f(w + e) - f(w - e)) / (2 * h) for e in steps], axis=-1)


@pytest.mark.parametrize(("dimension", "across"), CASES)
def test_derivatives_against_differences(dimension, across):
    quartics = random_quartics(3, dimension, SCALES, across=across)
    w = np.random.default_rng(0).standard_normal((2, dimension))
    at = quartics.at(w)
    np.testing.assert_allclose(difference(lambda z: quartics.at(z).loss, w), at.gradient, atol=3e-8)
    np.testing.assert_allclose(difference(lambda z: quartics.at(z).gradient, w), at.hessian, atol=3e-8)
    np.testing.assert_allclose(difference(lambda z: quartics.at(z).hessian, w), at.third, atol=3e-8)
    np.testing.assert_allclose(difference(lambda z: quartics.at(z).third, w), quartics.C, atol=3e-8)
    np.testing.assert_allclose(quartics.gradient(w), at.gradient, atol=1e-14)


def test_a_quartic_by_hand():
    """x^2 y^2 is its own Taylor polynomial."""
    C = np.zeros((1, 2, 2, 2, 2))
    for i in set(itertools.permutations((0, 0, 1, 1))):
        C[(0, *i)] = 4
    zero = [np.zeros((1,) + (2,) * k) for k in (1, 2, 3)]
    at = Quartics(*zero, C).at(np.array([[3.0, 5.0]]))
    assert at.loss.tolist() == [225.0]
    assert at.gradient.tolist() == [[150.0, 90.0]]
    assert at.hessian.tolist() == [[[50.0, 60.0], [60.0, 18.0]]]
    assert at.third[0, 0].tolist() == [[0.0, 20.0], [20.0, 12.0]]


@pytest.mark.parametrize(("dimension", "across"), CASES)
@pytest.mark.parametrize("seed", range(4))
def test_the_origin_is_on_the_edge_of_the_stable_set(seed, dimension, across):
    quartics = random_quartics(seed, dimension, SCALES, across=across)
    here = centre(quartics, np.zeros((2, dimension)), first(quartics))
    np.testing.assert_allclose(here.sharpness, 2, rtol=1e-14)
    np.testing.assert_allclose(here.u, first(quartics), atol=1e-14)
    assert (here.u * here.at.gradient).sum(axis=1).tolist() == [0, 0]
    np.testing.assert_allclose(here.alpha, SCALES**2, rtol=1e-12)
    np.testing.assert_allclose(here.beta, 1, rtol=1e-12)
    inner = np.linalg.eigvalsh(here.at.hessian[:, 1:, 1:])
    assert (inner >= -1e-15).all()
    np.testing.assert_allclose(np.linalg.norm(here.at.hessian[:, 1:, 1:], axis=(1, 2)), SCALES / 4, rtol=1e-12)
    cubic = np.einsum("mijk,mi,mj,mk->m", here.at.third, *[here.normal] * 3)
    np.testing.assert_allclose(cubic, {"none": 0, "small": SCALES, "full": 1}[across], atol=1e-12)


def test_coefficients_are_symmetric_and_do_not_depend_on_the_scales():
    quartics = random_quartics(1, 4, SCALES, across="full")
    for tensor, order in ((quartics.B, 3), (quartics.C, 4)):
        for axes in itertools.permutations(range(1, order + 1)):
            np.testing.assert_allclose(tensor.transpose(0, *axes), tensor, atol=1e-15)
        assert (tensor[0] == tensor[1]).all()
    other = random_quartics(2, 4, SCALES, across="full")
    assert np.abs(other.C - quartics.C).max() > 0.01


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"dimension": 1}, "dimension of at least 2"),
        ({"scales": [0.1, 0.0]}, "positive scales"),
        ({"across": "large"}, "across is one of none, small, full, got 'large'"),
    ],
)
def test_what_is_no_construction_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        random_quartics(**{"seed": 0, "dimension": 3, "scales": SCALES, **arguments})


@pytest.mark.parametrize("dimension", [2, 3, 5])
def test_the_gradient_of_the_sharpness_against_differences(dimension):
    quartics = random_quartics(5, dimension, [0.1])
    w = 0.05 * np.random.default_rng(1).standard_normal((1, dimension))
    here = centre(quartics, w, first(quartics))
    found = difference(lambda z: np.linalg.eigvalsh(quartics.at(z).hessian)[:, -1], w)
    np.testing.assert_allclose(here.normal + here.slope[:, None] * here.u, found, atol=1e-8)


@pytest.mark.parametrize("dimension", [2, 3, 5])
def test_projection_reaches_the_stable_set(dimension):
    quartics = random_quartics(6, dimension, [0.1])
    w = 0.04 * (centre(quartics, np.zeros((1, dimension)), first(quartics)).normal + first(quartics))
    here = centre(quartics, w, first(quartics))
    assert float(here.sharpness[0]) > 2.01
    assert float((here.u * here.at.gradient).sum()) > 0.01
    here = project(quartics, w, first(quartics), rounds=6)
    assert 2 - 5e-3 < float(here.sharpness[0]) < 2 + 1e-10
    assert abs(float((here.u * here.at.gradient).sum())) < 1e-10
    assert np.linalg.norm(here.w - w) < 0.1
    below = project(quartics, -w, first(quartics), rounds=6)  # its sharpness is left alone
    assert float(below.sharpness[0]) < 1.99
    assert abs(float((below.u * below.at.gradient).sum())) < 1e-10


def test_the_predicted_step_by_hand():
    """Along u the step is -(1 + eta y) x, along grad S it is the pull plus the Hessian's, to machine precision."""
    quartics = random_quartics(7, 3, [0.05], across="full")
    here = centre(quartics, np.zeros((1, 3)), first(quartics))
    v = np.array([[0.04, 0.03, -0.02]])
    y = float((here.normal * v).sum())
    after = predicted_step(here, v)[0]
    assert after[0] == pytest.approx(-(1 + y) * 0.04, rel=1e-12)
    pull = (0.04**2 - 2 * 0.05**2) / 2
    inner = here.at.hessian[0, 1:, 1:]
    np.testing.assert_allclose(after[1:], v[0, 1:] - pull * here.normal[0, 1:] - inner @ v[0, 1:], atol=1e-15)


def test_on_the_cubic_toy_the_prediction_is_exact():
    """L = (2 + p) x^2/2 - alpha p: gradient descent is the reduced map, and the constrained trajectory stands still."""
    alpha = 1e-2
    B = np.zeros((1, 2, 2, 2))
    B[0, 0, 0, 1] = B[0, 0, 1, 0] = B[0, 1, 0, 0] = 1
    A = np.array([[[2.0, 0.0], [0.0, 0.0]]])
    toy = Quartics(np.array([[0.0, -alpha]]), A, B, np.zeros((1, 2, 2, 2, 2)))
    errors = follow(toy, np.array([100]), 0.5)
    assert errors.size[0] > 0.1
    assert errors.displacement[0] < 1e-13
    assert errors.epsilon[0] == pytest.approx(0.1, rel=1e-12)
    assert errors.delta[0] == pytest.approx(np.sqrt(2 * alpha), rel=1e-12)


def test_lanes_that_end_early_are_left_as_they_are():
    quartics = random_quartics(2, 3, [0.03, 0.1])
    steps = np.array([60, 20])
    both = follow(quartics, steps, 0.5)
    for lane in (0, 1):
        alone = follow(quartics.take(slice(lane, lane + 1)), steps[lane : lane + 1], 0.5)
        for name in ("displacement", "sharpness", "loss", "alpha_low"):
            assert getattr(both, name)[lane] == pytest.approx(getattr(alone, name)[0], rel=1e-9)
    with pytest.raises(ValueError, match="descending order"):
        follow(quartics, steps[::-1], 0.5)


@pytest.mark.parametrize(("dimension", "seed"), [(2, 0), (3, 1), (5, 2)])
def test_the_coupling_is_of_second_order_only_where_the_hypothesis_holds(dimension, seed):
    held = coupling(seed=seed, dimension=dimension, across="small", least=5e-3, scales=4).statistics
    assert held["slope"] == pytest.approx(2, abs=0.1)
    assert held["sharpness_slope"] == pytest.approx(2, abs=0.15)
    assert held["loss_slope"] == pytest.approx(3, abs=0.2)
    assert held["error_high"] < 2 * held["error_low"]
    assert held["alpha_low"] > 0.5
    assert held["second"] < 0.1
    violated = coupling(seed=seed, dimension=dimension, across="full", least=5e-3, scales=4).statistics
    assert violated["slope"] < 1.5
    assert violated["relative_error"] > 5 * held["relative_error"]


def test_an_orbit_that_escapes_is_an_error():
    with pytest.raises(ValueError, match="left the neighbourhood of the edge"):
        coupling(seed=0, dimension=5, across="full", least=0.5, most=0.9, scales=2, horizon=200)


def test_agreement_with_the_networks_code():
    """The same constrained trajectory and predicted dynamics, through automatic derivatives and the eigensolver."""
    torch = pytest.importorskip("torch")
    from edgestab.numerics.networks.losses.objective import Objective
    from edgestab.numerics.networks.stabilization.constrained import constrained_trajectory
    from edgestab.numerics.networks.stabilization.predicted import predicted_step as predicted

    quartics = random_quartics(4, 3, [0.05], across="small")
    g, A, B, C = (torch.tensor(a[0]) for a in (quartics.g, quartics.A, quartics.B, quartics.C))

    def loss(w):
        cubic = torch.einsum("ijk,i,j,k", B, w, w, w) / 6
        return g @ w + w @ A @ w / 2 + cubic + torch.einsum("ijkl,i,j,k,l", C, w, w, w, w) / 24

    objective = Objective("quartic", 3, (loss,))
    trajectory = constrained_trajectory(objective, torch.zeros(3, dtype=torch.float64), 1.0, tolerance=1e-11)
    here = centre(quartics, np.zeros((1, 3)), first(quartics))
    v = 0.5 * np.sqrt(2 * here.alpha / here.beta)[:, None] * here.u
    found = torch.tensor(v[0])
    for _ in range(25):
        there = next(trajectory)
        np.testing.assert_allclose(there.w.numpy(), here.w[0], atol=1e-9)
        assert there.curvature.alpha == pytest.approx(float(here.alpha[0]), rel=1e-6)
        found, v = predicted(found, there), predicted_step(here, v)
        np.testing.assert_allclose(found.numpy(), v[0], atol=1e-8)
        here = project(quartics, here.w - here.at.gradient, here.u)
    assert np.abs(v).max() > 0.02
