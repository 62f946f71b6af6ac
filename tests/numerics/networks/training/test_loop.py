from itertools import islice

import pytest
import torch

from edgestab.numerics.networks.architectures.mlp import mlp
from edgestab.numerics.networks.data.chebyshev import chebyshev
from edgestab.numerics.networks.losses.criteria import squared_error
from edgestab.numerics.networks.losses.network import network_objective
from edgestab.numerics.networks.losses.objective import Objective
from edgestab.numerics.networks.losses.taylor import Taylor
from edgestab.numerics.networks.optimizers.gradient_descent import gradient_descent
from edgestab.numerics.networks.optimizers.heavy_ball import heavy_ball
from edgestab.numerics.networks.optimizers.registry import OPTIMIZERS
from edgestab.numerics.networks.training.loop import Iterate, after_steps, iterates

NETWORK = mlp((1, 6, 1))
OBJECTIVE = network_objective(NETWORK, chebyshev(3, 10), squared_error(0.5))
START = NETWORK.start(0)
FACTORS = {
    "gd": {},
    "heavy-ball": {"beta": 0.5},
    "nesterov": {"beta": 0.5},
    "scalar-rmsprop": {"beta2": 0.9},
    "rmsprop": {"beta2": 0.9},
    "adam": {},
}


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("curved", [False, True])
def test_it_is_the_loop_written_by_hand_to_the_bit(name, curved):
    rule = OPTIMIZERS[name](0.01, **FACTORS[name])
    state = rule.start(START)
    for t, here in enumerate(islice(iterates(OBJECTIVE, rule, START, curved=curved), 20)):
        point = OBJECTIVE.at(state[0])
        loss, gradient = (point.loss, point.gradient) if curved else OBJECTIVE.value_and_gradient(state[0])
        after = rule.step(state, gradient)
        assert (here.t, here.loss) == (t, loss)
        assert torch.equal(here.gradient, gradient)
        assert torch.equal(here.midpoint, (state[0] + after[0]) / 2)
        assert all(torch.equal(a, b) for a, b in zip(here.after, after, strict=True))
        state = after


def test_a_run_goes_on_from_its_state():
    rule = heavy_ball(0.05, 0.9)
    whole = [here.w for here in islice(iterates(OBJECTIVE, rule, START), 9)]
    state = next(islice(iterates(OBJECTIVE, rule, START), 5, None)).state
    assert all(map(torch.equal, whole[5:], (here.w for here in islice(iterates(OBJECTIVE, rule, state), 4))))
    assert torch.equal(after_steps(OBJECTIVE, rule, START, 8), whole[8])


def test_each_step_takes_one_gradient_and_iterates_that_are_not_looked_at_none():
    calls = []

    def loss(w):
        calls.append(w)
        return w @ w

    run = iterates(Objective("counted", 1, (loss,)), gradient_descent(0.1), torch.ones(1))
    first = next(run)
    assert not calls
    assert (first.loss, first.finite, float(first.gradient), float(first.after[0])) == (1, True, 2, pytest.approx(0.8))
    assert len(calls) == 1
    next(run)
    assert len(calls) == 1
    next(run)
    assert len(calls) == 2


def test_a_displacement_moves_the_parameters_alone():
    here = next(islice(iterates(OBJECTIVE, heavy_ball(0.05, 0.9), START), 3, None))
    moved = here.displaced(torch.ones_like(START))
    assert moved.t == 3
    assert torch.equal(moved.w, here.w + 1)
    assert torch.equal(moved.state[1], here.state[1])
    assert moved.loss == OBJECTIVE.loss(here.w + 1)


def test_what_is_not_finite_is_seen():
    wild = Objective("wild", 1, (lambda w: torch.log(w).sum(),))
    assert not Iterate(wild, gradient_descent(0.1), (torch.zeros(1),)).finite


def test_a_model_has_no_graph():
    model = Taylor(OBJECTIVE.at(START))
    here = next(iterates(model, gradient_descent(0.1), torch.zeros_like(START)))
    assert here.loss == pytest.approx(model.point.loss)
    with pytest.raises(TypeError, match="keeps no graph"):
        _ = here.point
