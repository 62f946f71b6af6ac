from itertools import islice, pairwise

import pytest
import torch

from edgestab.numerics.networks.architectures.mlp import mlp
from edgestab.numerics.networks.data.chebyshev import chebyshev
from edgestab.numerics.networks.losses.criteria import squared_error
from edgestab.numerics.networks.losses.network import network_objective
from edgestab.numerics.networks.losses.objective import Objective
from edgestab.numerics.networks.spectra.eigen import Tracker
from edgestab.numerics.networks.stabilization.constrained import constrained_trajectory, project
from edgestab.numerics.networks.training.edge import find_edge

A, B, C, MU = 1.0, 0.7, 3.0, 0.25


def spring(c=C):
    return Objective("spring", 2, (lambda w: (A + B * w[1]) * w[0] ** 2 / 2 + MU * (w[1] - c) ** 2 / 2,))


def tracker():
    return Tracker(2, extra=1, tolerance=1e-9)


def test_the_spring_stays_where_its_sharpness_is_two_over_eta():
    eta = 0.8
    z = (2 / eta - A) / B
    for here in islice(constrained_trajectory(spring(), torch.tensor([0.1, z + 0.2]), eta), 1, 5):
        assert here.w.tolist() == pytest.approx([0, z], abs=1e-9)
        c = here.curvature
        assert (c.alpha, c.beta) == (pytest.approx(MU * B * (C - z), abs=1e-8), pytest.approx(B**2))
        assert here.delta_squared == pytest.approx(2 * MU * (C - z) / B, abs=1e-8)
        assert here.delta_squared == pytest.approx(c.delta_squared, abs=1e-8)
        assert here.second == pytest.approx(MU)
        assert here.active
        # What the projection moved by is what one step gains.
        assert here.displacement.tolist() == pytest.approx([0, -eta * here.delta_squared * B / 2], abs=1e-8)


def test_where_the_sharpness_falls_the_trajectory_is_gradient_descent():
    eta, c = 0.8, 1.0  # the spring rests at S = 1.7 and the edge is 2.5
    states = list(islice(constrained_trajectory(spring(c), torch.tensor([0.0, 4.0]), eta), 6))
    assert states[0].active
    assert states[0].excess == pytest.approx(0, abs=1e-9)
    z = float(states[0].w[1])
    for t, here in enumerate(states):
        assert here.curvature.alpha < 0
        assert float(here.w[1]) == pytest.approx(c + (z - c) * (1 - eta * MU) ** t, abs=1e-9)
        assert (here.active, here.excess < 0) == ((True, here.excess < 0) if t == 0 else (False, True))
        assert here.delta_squared == (0 if t else pytest.approx(0, abs=1e-8))


def test_a_point_inside_stays_and_a_point_off_the_slope_moves_along_u_alone():
    inside = project(spring(), torch.tensor([0.0, 0.5]), 0.8, tracker())
    assert (inside.displacement.tolist(), inside.active) == ([0, 0], False)
    tilted = project(spring(), torch.tensor([0.05, 0.5]), 0.8, tracker(), substeps=30)
    assert float(tilted.displacement[0]) == pytest.approx(-0.05, rel=0.05)
    assert abs(tilted.along) < 1e-9
    assert not tilted.active


def test_a_linearised_step_too_far_is_taken_back_but_not_further_than_it_went():
    """Where S is concave the first step lands below 2/eta; the projection is on the boundary all the same."""
    concave = Objective("concave", 2, (lambda w: (1 + torch.log1p(w[1])) * w[0] ** 2 / 2 - w[1],))
    eta = 1.0
    once = project(concave, torch.tensor([0.0, 4.0]), eta, tracker(), substeps=1)
    found = project(concave, torch.tensor([0.0, 4.0]), eta, tracker())
    assert once.excess < -0.01
    assert abs(found.excess) < 1e-9
    assert float(found.w[1]) == pytest.approx(torch.e - 1)
    assert found.active


@pytest.mark.parametrize(("widths", "degree", "eta", "seed"), [((1, 6, 1), 3, 0.5, 0), ((1, 12, 8, 1), 4, 0.3, 2)])
def test_a_network_against_dense_hessians(widths, degree, eta, seed):
    network = mlp(widths)
    objective = network_objective(network, chebyshev(degree, 10), squared_error(0.5))
    edge = find_edge(objective, network.start(seed), eta, steps=1000)
    states = list(islice(constrained_trajectory(objective, edge.w, eta), 25))
    assert sum(here.active for here in states) >= 20
    for here in states[::6]:
        hessian = torch.autograd.functional.hessian(lambda q: sum(p(q) for p in objective.parts), here.w)
        values, vectors = torch.linalg.eigh(hessian)
        assert here.curvature.sharpness == pytest.approx(float(values[-1]), abs=1e-8)
        assert here.second == pytest.approx(float(values[-2]), abs=1e-6)
        assert float(values[-1]) <= 2 / eta + 1e-7
        if here.active:
            assert float(values[-1]) == pytest.approx(2 / eta, abs=1e-7)
        assert abs(float(vectors[:, -1] @ objective.gradient(here.w))) < 1e-6
    for here, after in pairwise(states):
        step = here.w - eta * here.point.gradient + after.displacement
        assert torch.allclose(step, after.w, rtol=0, atol=1e-14)
        assert after.point.loss < here.point.loss


def test_the_projection_is_orthogonal_to_leading_order():
    """The displacement is a combination of u and grad S at the foot, to second order in the distance."""
    eta, start = 0.8, torch.tensor([0.02, 2.0, 0.3], dtype=torch.float64)
    bent = Objective(
        "bent", 3, (lambda w: (1 + w[1] + w[2] ** 2) * w[0] ** 2 / 2 + (w[1] - 3) ** 2 / 8 + w[2] ** 2 / 10,)
    )
    residues = []
    for distance in (1e-2, 1e-3):
        foot = project(bent, start, eta, tracker())
        away = foot.w + distance * (foot.curvature.perpendicular + foot.curvature.u)
        back = project(bent, away, eta, tracker())
        residues.append(float((back.w - foot.w).norm()))
    assert residues[0] < 1e-3
    assert residues[1] < residues[0] / 50
