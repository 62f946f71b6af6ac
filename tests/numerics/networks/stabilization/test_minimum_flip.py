"""The flip beside a minimum of a network, the walk along minima, and the reduced map."""

import numpy as np
import pytest
import torch

from edgestab.errors import InputError
from edgestab.numerics.networks.architectures.deep_linear import DeepLinearSpec
from edgestab.numerics.networks.architectures.mlp import MlpSpec
from edgestab.numerics.networks.data.chebyshev import ChebyshevSpec
from edgestab.numerics.networks.data.digits import DigitsSpec
from edgestab.numerics.networks.data.whitened_linear import WhitenedLinearSpec
from edgestab.numerics.networks.losses.criteria import CrossEntropySpec, SquaredErrorSpec
from edgestab.numerics.networks.losses.objective import Objective
from edgestab.numerics.networks.specs.spec import ProblemSpec, problem_of
from edgestab.numerics.networks.spectra.curvature import dense_hessian, sharpness
from edgestab.numerics.networks.spectra.ritz import NotConverged
from edgestab.numerics.networks.spectra.split import split
from edgestab.numerics.networks.stabilization.minima import at_sharpness, minimum_near
from edgestab.numerics.networks.stabilization.minimum_flip import flip_at_minimum
from edgestab.numerics.networks.stabilization.reduced import Landing, drifting_swing, reduced_landing

F64 = torch.float64

SMALL = {
    "tanh": ProblemSpec(ChebyshevSpec(3, 4), MlpSpec([5]), SquaredErrorSpec()),
    "softplus": ProblemSpec(ChebyshevSpec(2, 3), MlpSpec([3, 3], "softplus")),
    "linear": ProblemSpec(WhitenedLinearSpec(3, 3, 2), DeepLinearSpec([3, 3])),
}


def interpolating(name, seed=0):
    """A network at its start, with its own outputs as targets: a minimum, whatever the start."""
    of = problem_of(ProblemSpec(SMALL[name].data, SMALL[name].network, seed=seed))
    w = of.start + 0.3 * torch.randn(len(of.start), generator=torch.Generator().manual_seed(seed), dtype=F64)
    inputs = of.data.inputs
    targets = of.network.outputs(w, inputs)

    def loss(v):
        return ((of.network.outputs(v, inputs) - targets) ** 2).sum() / (2 * len(inputs))

    return Objective(name, len(w), (loss,)), w


def dense(objective, w):
    """G, C and kappa by the formulas, from arrays of second and third derivatives."""
    h = dense_hessian(objective, w).numpy()
    values, vectors = np.linalg.eigh(h)
    u = torch.from_numpy(vectors[:, -1].copy())
    # T by a central difference of Hessians, Q by one of second differences: no nested derivatives.
    e = 1e-3
    ahead, behind = (dense_hessian(objective, w + s * u).numpy() for s in (e, -e))
    third = (ahead - behind) @ u.numpy() / (2 * e)
    fourth = u.numpy() @ (ahead - 2 * h + behind) @ u.numpy() / e**2
    steep = values > 1e-9 * values[-1]
    parts = vectors.T @ third
    rest = steep.copy()
    rest[-1] = False
    pull = (parts[~steep] ** 2).sum()
    cubic = (parts[steep] ** 2 / values[steep]).sum() - fourth / 3
    return pull, cubic, pull * (parts[rest] ** 2 / values[rest] ** 2).sum() / cubic**2


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("seed", [0, 1])
def test_the_flip_is_that_of_the_dense_formula(name, seed):
    objective, w = interpolating(name, seed)
    flip = flip_at_minimum(objective, w)
    pull, cubic, lag = dense(objective, w)
    assert flip.pull == pytest.approx(pull, rel=1e-4)
    assert flip.cubic == pytest.approx(cubic, rel=1e-4, abs=1e-4 * (flip.bare**2) ** 0.5)
    assert flip.lag == pytest.approx(lag, rel=1e-3)
    assert flip.gap == pytest.approx(pull / (2 * cubic), rel=1e-3) if cubic > 0 else np.isnan(flip.gap)


@pytest.mark.parametrize("name", SMALL)
def test_the_slope_is_that_of_the_sharpness_along_the_minima(name):
    objective, w = interpolating(name)
    flip = flip_at_minimum(objective, w)
    along = flip.slope / flip.slope.norm()
    e = 1e-4
    ahead, behind = (sharpness(objective, minimum_near(objective, w + s * along), tolerance=1e-9) for s in (e, -e))
    assert (ahead - behind) / (2 * e) == pytest.approx(flip.pull**0.5, rel=1e-4)


@pytest.mark.parametrize("tracked", [2, 3, 6])
def test_what_is_tracked_changes_the_cost_and_nothing_else(tracked):
    objective, w = interpolating("tanh")
    one, other = flip_at_minimum(objective, w), flip_at_minimum(objective, w, tracked=tracked)
    assert other.cubic == pytest.approx(one.cubic, rel=1e-8)
    assert other.pull == pytest.approx(one.pull, rel=1e-8)
    assert other.lag == pytest.approx(one.lag, rel=1e-8)


def test_the_cost_counts_every_product(monkeypatch):
    objective, w = interpolating("softplus")
    spent = []
    right = type(objective.at(w)).hvp
    monkeypatch.setattr(type(objective.at(w)), "hvp", lambda self, v: spent.append(1) or right(self, v))
    flip = flip_at_minimum(objective, w)
    assert flip.gradients == 1 + 2 * len(spent) + 4 + 8


def test_a_flip_that_is_subcritical_has_no_gap_and_no_parabola():
    objective = Objective("steep", 2, (lambda w: (2 + w[1]) * w[0] ** 2 + w[0] ** 4 / 24,))
    flip = flip_at_minimum(objective, torch.zeros(2, dtype=F64))
    assert flip.cubic == pytest.approx(-1 / 3)
    assert flip.share == pytest.approx(-1)
    assert np.isnan(flip.gap)
    assert np.isnan(drifting_swing(flip, 0.1))


def test_a_mode_that_relaxes_adds_to_c_and_lags():
    """L = S x^2/2 + x^2 (n r + m z)/2 + l r^2/2: G = m^2, C = n^2/l, kappa = G (n^2/l^2)/C^2."""
    S, n, m, lam = 4.0, 0.7, 0.4, 0.9
    objective = Objective("fold", 3, (lambda w: (S + n * w[1] + m * w[2]) * w[0] ** 2 / 2 + lam * w[1] ** 2 / 2,))
    flip = flip_at_minimum(objective, torch.zeros(3, dtype=F64))
    assert flip.pull == pytest.approx(m**2)
    assert flip.cubic == pytest.approx(n**2 / lam)
    assert flip.bare == pytest.approx(0, abs=1e-12)
    assert flip.lag == pytest.approx(m**2 / n**2)


def test_a_saddle_has_no_flip():
    objective = Objective("saddle", 3, (lambda w: (2 + w[1] + w[2]) * w[0] ** 2 - w[1] ** 2 / 2,))
    with pytest.raises(InputError, match="no minimum of saddle: the Hessian has the eigenvalue -1"):
        flip_at_minimum(objective, torch.zeros(3, dtype=F64))


# The split.


@pytest.mark.parametrize("rank", [1, 4, 9])
def test_a_vector_is_split_as_by_the_eigenvectors(rank):
    random = np.random.default_rng(rank)
    q = np.linalg.qr(random.standard_normal((12, 12)))[0]
    values = np.concatenate([random.uniform(0.01, 3, rank), np.zeros(12 - rank)])
    h, v = torch.from_numpy(q * values @ q.T), torch.from_numpy(random.standard_normal(12))
    found = split(lambda x: h @ x, v, float(values.max()))
    np.testing.assert_allclose(found.tangent, q[:, rank:] @ (q[:, rank:].T @ v.numpy()), atol=1e-10)
    np.testing.assert_allclose(found.inverse, np.linalg.pinv(h.numpy(), rcond=1e-9) @ v.numpy(), atol=1e-7)
    assert found.products <= rank + 2
    assert float((found.parts**2 / found.values).sum()) == pytest.approx(float(v @ found.inverse), rel=1e-9)


def test_a_split_says_what_it_cannot_do():
    with pytest.raises(InputError, match="must be positive at a minimum, got -1"):
        split(lambda v: v, torch.ones(2, dtype=F64), -1.0)
    spread = torch.logspace(-6, 0, 40, dtype=F64)
    with pytest.raises(NotConverged, match="after 5 products"):
        split(lambda v: spread * v, torch.ones(40, dtype=F64), 1.0, most=5)
    nothing = split(lambda v: v, torch.zeros(3, dtype=F64), 1.0)
    assert nothing.products == 0


# Minima.


def test_the_minimum_of_a_given_sharpness_is_one():
    objective, w = interpolating("tanh")
    begun = sharpness(objective, w)
    there, flip = at_sharpness(objective, w, 1.2 * begun)
    assert flip.sharpness == pytest.approx(1.2 * begun, rel=1e-9)
    assert sharpness(objective, there) == pytest.approx(1.2 * begun, rel=1e-6)
    assert float(objective.gradient(there).norm()) < 1e-10


def test_a_saddle_is_no_minimum_and_a_flattest_minimum_has_no_slope():
    saddle = Objective("saddle", 2, (lambda w: w[0] ** 2 - w[1] ** 2 / 2,))
    with pytest.raises(InputError, match="came to no minimum"):
        minimum_near(saddle, torch.tensor([1.0, 1.0], dtype=F64))
    bowl = Objective("bowl", 2, (lambda w: w @ w + w[0] ** 2,))
    with pytest.raises(InputError, match="the sharpness does not become 5"):
        at_sharpness(bowl, torch.zeros(2, dtype=F64), 5.0)


def test_a_smoothed_cross_entropy_has_minima():
    of = problem_of(ProblemSpec(DigitsSpec(1), MlpSpec([2]), CrossEntropySpec(0.2), seed=3))
    w = of.start
    for _ in range(3000):
        w = w - 0.3 * of.objective.gradient(w)
    w = minimum_near(of.objective, w)
    assert float(of.objective.gradient(w).norm()) < 1e-12
    target = torch.full((10,), 0.02, dtype=F64)
    target[of.data.targets[0]] += 0.8
    assert of.objective.loss(w) == pytest.approx(float(-(target * target.log()).sum()), rel=1e-9)
    flip = flip_at_minimum(of.objective, w)
    pull, cubic, _ = dense(of.objective, w)
    assert (flip.pull, flip.cubic) == (pytest.approx(pull, rel=1e-3), pytest.approx(cubic, rel=1e-3))


# The reduced map.


def fold(n, m, lam, quartic=0.0):
    def loss(w):
        return (4 + n * w[1] + m * w[2]) * w[0] ** 2 / 2 + lam * w[1] ** 2 / 2 + quartic * w[0] ** 4 / 24

    objective = Objective("fold", 3, (loss,))
    return objective, flip_at_minimum(objective, torch.zeros(3, dtype=F64))


def test_without_lag_the_reduced_map_ends_at_the_gap():
    _, flip = fold(0.7, 0.01, 1.0)
    assert flip.lag < 1e-3
    end = reduced_landing(flip, 0.5, 3 * flip.gap, drifting_swing(flip, 3 * flip.gap))
    assert end.gap == pytest.approx(flip.gap, rel=0.002)


@pytest.mark.parametrize(("n", "m", "lam"), [(0.05, 0.02, 0.02), (0.05, 0.04, 0.02)])
def test_with_lag_gradient_descent_ends_where_the_reduced_map_does_and_not_at_the_gap(n, m, lam):
    objective, flip = fold(n, m, lam)
    eta, excess = 0.5, 2 * flip.gap
    assert flip.lag > 0.1
    swing = drifting_swing(flip, excess)
    end = reduced_landing(flip, eta, excess, swing)
    w = torch.tensor([swing, 0.0, excess / m], dtype=F64)
    for _ in range(end.steps + 200):
        w = w - eta * objective.gradient(w)
    found = -m * float(w[2])
    assert found == pytest.approx(end.gap, rel=0.02)
    assert abs(found / flip.gap - 1) > 0.03


@pytest.mark.parametrize("share", [-0.8, 0.3, 0.7])
def test_a_bent_sharpness_changes_the_parabola_and_not_its_end(share):
    _, flip = fold(0.7, 0.01, 1.0)
    bend = share * flip.cubic
    on, off = drifting_swing(flip, flip.gap / 2, bend), drifting_swing(flip, flip.gap / 2)
    ends = [reduced_landing(flip, 0.5, flip.gap / 2, swing, bend=bend).gap for swing in (on, off)]
    assert on**2 * (1 - share) == pytest.approx(off**2)
    assert ends[0] == pytest.approx(flip.gap, rel=0.005)
    assert abs(ends[1] / flip.gap - 1) > 0.01
    assert np.isnan(drifting_swing(flip, flip.gap, 1.1 * flip.cubic))


def test_a_swing_is_needed_and_one_that_grows_has_no_end():
    _, flip = fold(0.7, 0.1, 0.9)
    with pytest.raises(InputError, match="must begin with a swing, got 0"):
        reduced_landing(flip, 0.5, 0.1, 0.0)
    _, steep = fold(0.7, 0.1, 0.9, quartic=40.0)
    assert steep.cubic < 0
    assert np.isnan(reduced_landing(steep, 0.5, 0.1, 0.1).gap)
    assert reduced_landing(flip, 0.5, flip.gap, 0.01, steps=10) == Landing(pytest.approx(np.nan, nan_ok=True), 10)
