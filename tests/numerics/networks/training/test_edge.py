import pytest
import torch

from edgestab.numerics.networks.architectures.mlp import mlp
from edgestab.numerics.networks.data.chebyshev import chebyshev
from edgestab.numerics.networks.losses.criteria import squared_error
from edgestab.numerics.networks.losses.network import network_objective
from edgestab.numerics.networks.losses.objective import Objective
from edgestab.numerics.networks.training.edge import Edge, NoEdge, find_edge, kick

MU, C = 0.05, 3.0


def spring(mu=MU, c=C):
    """Sharpness 1 + z, pulled to 1 + c."""
    return Objective("spring", 2, (lambda w: (1 + w[1]) * w[0] ** 2 / 2 + mu * (w[1] - c) ** 2 / 2,))


def first_step(eta):
    """From z = 0 with x = 0: z_t = c (1 - (1 - eta mu)^t)."""
    z = [C * (1 - (1 - eta * MU) ** t) for t in range(1000)]
    return next(t for t in range(999) if 1 + (z[t] + z[t + 1]) / 2 >= 2 / eta)


@pytest.mark.parametrize("eta", [0.51, 0.6, 1.0, 1.3, 1.6])
@pytest.mark.parametrize("interval", [0.3, 1.0, 7.0, 60.0])
def test_the_step_is_the_first_one_past_the_edge_however_seldom_it_looks(eta, interval):
    found = find_edge(spring(), torch.zeros(2), eta, steps=500, interval=interval)
    assert isinstance(found, Edge)
    assert found.step == first_step(eta)
    assert found.sharpness >= 2 / eta


def test_a_network_against_dense_hessians_at_every_step():
    network, eta = mlp((1, 6, 1)), 0.5
    objective = network_objective(network, chebyshev(3, 10), squared_error(0.5))
    w = network.start(0)
    found = find_edge(objective, w, eta, steps=1000)
    assert isinstance(found, Edge)
    tops = []
    for _ in range(found.step + 1):
        after = w - eta * objective.gradient(w)
        hessian = torch.autograd.functional.hessian(lambda q: sum(p(q) for p in objective.parts), (w + after) / 2)
        tops.append(float(torch.linalg.eigvalsh(hessian)[-1]))
        before, w = w, after
    assert max(tops[:-1]) < 2 / eta <= tops[-1]
    assert found.sharpness == pytest.approx(tops[-1], abs=1e-5)
    assert torch.allclose(found.w, before, rtol=0, atol=1e-13)


def test_what_keeps_it_from_the_edge_is_said():
    short = find_edge(spring(), torch.zeros(2), 0.6, steps=5)
    past = find_edge(spring(), torch.tensor([0.0, 5.0]), 0.6, steps=5)
    runaway = Objective("runaway", 1, (lambda w: -(w[0] ** 4),))
    diverged = find_edge(runaway, torch.ones(1), 0.5, steps=100)
    assert isinstance(short, NoEdge)
    assert (short.step, "take more steps" in short.reason) == (5, True)
    assert short.sharpness < 2 / 0.6
    assert isinstance(past, NoEdge)
    assert (past.step, past.sharpness) == (0, pytest.approx(5.97))
    assert "starts at 5.97, past the edge" in past.reason
    assert isinstance(diverged, NoEdge)
    assert diverged.sharpness != diverged.sharpness
    assert "diverged at step" in diverged.reason


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"eta": 0.0}, "eta must be positive"),
        ({"eta": float("nan")}, "eta must be positive"),
        ({"interval": -1.0}, "interval must be positive"),
        ({"steps": 0}, "at least 1 step"),
    ],
)
def test_what_is_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        find_edge(spring(), torch.zeros(2), **{"eta": 0.6, "steps": 5, **settings})


def test_a_kick_moves_along_u_alone():
    w, u = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([0.0, 0.6, 0.8])
    assert torch.allclose(kick(w, u, -0.5), torch.tensor([1.0, 1.7, 2.6]))
