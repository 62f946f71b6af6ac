"""Landing on the minima of networks: inside the terms of the law, below the edge, and where C is not positive."""

import numpy as np
import pytest

from edgestab.errors import InputError
from edgestab.numerics.networks.experiments.landing_on_minima import landing_on_minima, trained
from edgestab.numerics.networks.specs.problems import problem
from edgestab.numerics.networks.spectra.curvature import dense_hessian


def test_a_deep_linear_network_lands_where_the_law_says():
    found = landing_on_minima(seed=1, network="small-linear-four").statistics
    assert max(found["kappa"], 5 * found["relative"]) <= 0.05
    assert found["second"] < 0.95
    assert found["ratio"] == pytest.approx(1, abs=0.1)
    assert found["predicted"] == pytest.approx(found["relative"])
    assert found["found"] == pytest.approx(found["ratio"] * found["predicted"])
    assert found["drift"] == pytest.approx(3 * found["predicted"], rel=0.1)  # from two gaps above to one below


def test_from_below_the_edge_it_stays():
    found = landing_on_minima(seed=1, network="small-linear-four", above=-2.0, swing=0.1).statistics
    assert found["ratio"] == pytest.approx(2, abs=0.02)
    assert found["drift"] < 0.02 * found["predicted"]


def test_where_the_modes_lag_the_reduced_map_is_right_and_the_law_is_not():
    found = landing_on_minima(seed=402, network="small-tanh-three", small=0.0).statistics
    assert found["kappa"] > 1
    assert found["reduced_ratio"] == pytest.approx(1, abs=0.1)
    assert found["ratio"] > 1.3


def test_training_finds_a_minimum_at_which_the_flip_is_subcritical():
    of = problem("small-parity", 415)
    w = trained(of.objective, of.start, 4000)
    values, vectors = np.linalg.eigh(dense_hessian(of.objective, w).numpy())
    assert values[0] > -1e-12
    u = vectors[:, -1]
    # By differences of Hessians along u.
    e = 1e-3
    ahead, here, behind = (dense_hessian(of.objective, w + s * w.new_tensor(u)).numpy() for s in (e, 0, -e))
    parts = vectors.T @ ((ahead - behind) @ u / (2 * e))
    normal = values > 1e-9 * values[-1]
    coefficient = 3 * (parts[normal] ** 2 / values[normal]).sum() - u @ (ahead - 2 * here + behind) @ u / e**2
    assert coefficient == pytest.approx(-1.62, abs=0.02)
    found = landing_on_minima(seed=415, network="small-parity", small=0.0).statistics
    assert found["share"] < -0.2
    assert np.isnan(found["ratio"])


def test_what_cannot_be_trained_is_refused():
    with pytest.raises(InputError, match="unknown problem 'small'"):
        landing_on_minima(seed=0, network="small")
    with pytest.raises(InputError, match="came to no minimum from there: train for longer"):
        landing_on_minima(seed=402, network="small-gelu-two", small=0.0, train=3)
