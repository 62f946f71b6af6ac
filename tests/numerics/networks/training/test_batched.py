"""Many runs at once, against each run by itself."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from edgestab.numerics.networks.architectures.mlp import mlp
from edgestab.numerics.networks.data.chebyshev import chebyshev
from edgestab.numerics.networks.experiments.goldilocks import goldilocks
from edgestab.numerics.networks.losses.criteria import squared_error
from edgestab.numerics.networks.losses.network import network_objective
from edgestab.numerics.networks.losses.objective import Objective
from edgestab.numerics.networks.optimizers.optimizer import Optimizer
from edgestab.numerics.networks.optimizers.registry import OPTIMIZERS
from edgestab.numerics.networks.training.batched import losses_and_gradients, sharpnesses, spread, sweep

NETWORK = mlp((1, 8, 5, 1))
# An even target: that of an odd one has gradients that are all rounding, which RMSProp and Adam divide by themselves.
OBJECTIVE = network_objective(NETWORK, chebyshev(4, 12), squared_error(0.5))
IN_CHUNKS = network_objective(NETWORK, chebyshev(4, 12), squared_error(0.5), chunk=5)

RULES = {
    "gd": ({}, (0.05, 0.4, 0.9)),
    "heavy-ball": ({"beta": 0.9}, (0.01, 0.05, 0.1)),
    "nesterov": ({"beta": 0.5}, (0.01, 0.1, 0.3)),
    "scalar-rmsprop": ({"beta2": 0.99, "nu": 0.1}, (0.001, 0.01, 0.03)),
    "rmsprop": ({"beta2": 0.9, "eps": 1e-8}, (1e-4, 1e-3, 2e-3)),
    "adam": ({}, (0.001, 0.01, 0.02)),
}


def alone(rule: Optimizer, objective: Objective, w: torch.Tensor, steps: int) -> tuple[torch.Tensor, list[float]]:
    state, losses = rule.start(w), []
    for _ in range(steps):
        loss, gradient = objective.value_and_gradient(state[0])
        losses.append(loss)
        state = rule.step(state, gradient)
    return state[0], [*losses, objective.loss(state[0])]


def test_every_rule_is_here() -> None:
    assert set(RULES) == set(OPTIMIZERS)


@pytest.mark.parametrize("objective", [OBJECTIVE, IN_CHUNKS], ids=["whole", "chunks"])
@pytest.mark.parametrize("name", RULES)
def test_runs_together_are_the_runs_alone(name: str, objective: Objective) -> None:
    factors, etas = RULES[name]
    starts = torch.stack([NETWORK.start(seed) for seed in (3, 4, 5)])
    found = sweep(objective, starts, etas, 50, optimizer=name, factors=factors)
    assert found.outcomes == ("FINISHED",) * 3
    assert found.taken.tolist() == [50] * 3
    assert found.steps.tolist() == list(range(51))
    for r, eta in enumerate(etas):
        w, losses = alone(OPTIMIZERS[name](eta, **factors), objective, starts[r], 50)
        torch.testing.assert_close(found.parameters[r], w, rtol=0, atol=1e-10)
        np.testing.assert_allclose(found.losses[:, r], losses, rtol=0, atol=1e-10)


def test_runs_that_end_stay_where_they_are_and_cost_the_others_nothing() -> None:
    w = NETWORK.start(0)
    etas, limits = [0.1, 1e9, 0.3, 30.0, 0.3], [60, 60, 25, 60, 0]
    found = sweep(OBJECTIVE, w, etas, limits, record_every=7, diverged=1e3)
    assert found.outcomes[:3] == ("FINISHED", "DIVERGED", "FINISHED")
    assert found.outcomes[3:] == ("DIVERGED", "FINISHED")
    assert found.taken[[0, 2, 4]].tolist() == [60, 25, 0]
    assert found.steps.tolist() == [*range(0, 57, 7), 60]
    for r in range(5):
        taken = int(found.taken[r])
        ends, losses = alone(OPTIMIZERS["gd"](etas[r]), OBJECTIVE, w, taken)
        torch.testing.assert_close(found.parameters[r], ends, rtol=0, atol=1e-10 * float(1 + ends.abs().max()))
        rows = [losses[min(int(t), taken)] for t in found.steps]
        np.testing.assert_allclose(found.losses[:, r], rows, rtol=1e-9, atol=1e-10)
        if found.outcomes[r] == "DIVERGED":
            assert losses[-1] > 1e3 * losses[0]
            assert max(losses[:-1]) <= 1e3 * losses[0]
    assert found.finished.tolist() == [True, False, True, False, True]


def test_a_run_that_overflows_is_not_finite() -> None:
    found = sweep(OBJECTIVE, NETWORK.start(0), [0.1, 1e300], 10, diverged=np.inf)
    assert found.outcomes == ("FINISHED", "NONFINITE")
    assert not np.isfinite(found.losses[-1, 1])
    assert found.taken[1] < 10


def test_a_run_that_reaches_its_aim() -> None:
    found = sweep(OBJECTIVE, NETWORK.start(1), [0.2, 0.4], 400, loss_below=0.23)
    assert found.outcomes == ("FINISHED", "FINISHED")
    for r in range(2):
        taken = found.taken[r]
        assert 0 < taken < 400
        assert found.losses[taken, r] < 0.23 <= found.losses[taken - 1, r]
    assert found.taken[1] < found.taken[0]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"etas": []}, "positive"),
        ({"etas": [0.1, -1.0]}, "positive"),
        ({"etas": [np.nan]}, "positive"),
        ({"starts": torch.zeros(3, dtype=torch.float64)}, "shape"),
        ({"steps": -1}, "steps"),
        ({"optimizer": "sgd"}, "sgd"),
        ({"record_every": 0}, "record_every"),
        ({"diverged": 1.0}, "diverged"),
    ],
)
def test_a_sweep_that_cannot_be_made(settings: dict[str, object], words: str) -> None:
    given = {"starts": NETWORK.start(0), "etas": [0.1], "steps": 3, **settings}
    with pytest.raises(ValueError, match=words):
        sweep(OBJECTIVE, **given)  # type: ignore[arg-type]


def test_gradients_and_sharpness_of_many_points() -> None:
    w = torch.stack([NETWORK.start(seed) for seed in range(4)])
    losses, gradients = losses_and_gradients(IN_CHUNKS, w)
    found = sharpnesses(IN_CHUNKS, w, tolerance=1e-7)
    assert (found.residuals <= 1e-7).all()
    for r in range(4):
        loss, gradient = OBJECTIVE.value_and_gradient(w[r])
        assert float(losses[r]) == pytest.approx(loss, rel=1e-12)
        torch.testing.assert_close(gradients[r], gradient, rtol=0, atol=1e-13)
        dense = torch.stack([OBJECTIVE.D(w[r], 2, e) for e in torch.eye(w.shape[1], dtype=torch.float64)])
        values, vectors = torch.linalg.eigh(dense)
        assert found.values[r] == pytest.approx(float(values[-1]), rel=1e-10)
        assert float((found.vectors[r] @ vectors[:, -1]).abs()) == pytest.approx(1.0, abs=1e-9)


def test_sharpness_is_the_largest_eigenvalue_and_not_the_largest_modulus() -> None:
    # diag(1, ..., 9, -50): restarted often, with Krylov spaces of 4 vectors.
    diagonal = torch.tensor([1.0, 2, 3, 4, 5, 6, 7, 8, 9, -50], dtype=torch.float64)
    quadratic = Objective("quadratic", 10, (lambda w: (diagonal * w * w).sum() / 2,))
    w = torch.zeros((2, 10), dtype=torch.float64)
    found = sharpnesses(quadratic, w, tolerance=1e-8, most_vectors=4)
    np.testing.assert_allclose(found.values, [9.0, 9.0], rtol=1e-12)
    assert found.products > 10
    assert sharpnesses(quadratic, w, tolerance=1e-14, most_products=3).residuals.max() > 1e-3  # it says so
    with pytest.raises(ValueError, match="finite"):
        sharpnesses(quadratic, w * torch.nan)


def test_step_sizes_are_spread_evenly_in_their_logarithms() -> None:
    np.testing.assert_allclose(spread(0.1, 10.0, 5), [0.1, 10**-0.5, 1.0, 10**0.5, 10.0])
    with pytest.raises(ValueError, match="larger"):
        spread(1.0, 0.5, 3)


def test_goldilocks_on_a_small_network() -> None:
    found = goldilocks(seed=0, n=100, width=8, low=0.25, high=4.0, count=5, steps=150)
    numbers, series = found.statistics, found.series
    np.testing.assert_allclose(series["ratio"], [0.25, 0.5, 1.0, 2.0, 4.0])
    np.testing.assert_allclose(series["eta"] * numbers["start"] / 2, series["ratio"])
    ok = np.isfinite(series["accuracy"])
    assert ok[0]
    assert not ok[-1]
    assert numbers["diverged"] == series["ratio"][~ok].min() > numbers["largest"] == series["ratio"][ok].max()
    assert numbers["accuracy_best"] == np.nanmax(series["accuracy"])
    assert numbers["gain"] == numbers["accuracy_best"] - series["accuracy"][0]
    # One run again, by hand.
    from edgestab.numerics.networks.data.digits import digits
    from edgestab.numerics.networks.losses.accuracy import accuracy

    network = mlp((64, 8, 10))
    objective = network_objective(network, digits(100), squared_error(0.5))
    w, losses = alone(OPTIMIZERS["gd"](float(series["eta"][1])), objective, network.start(0), 150)
    assert series["loss"][1] == pytest.approx(losses[-1], rel=1e-9)
    assert series["accuracy"][1] == accuracy(network, w, digits(1697, first=100))
    timed = goldilocks(seed=0, n=100, width=8, low=0.25, high=1.0, count=3, steps=40, same_time=120).series
    assert timed["steps"].tolist() == [120, 80, 40]
