"""The plane (a, b) at the edge: its chart, the orbits in it, its curves."""

import numpy as np
import pytest

from edgestab.numerics.maps.pictures import edge_plane
from edgestab.theory.models.catalogue import model
from edgestab.theory.symbols import ETA


@pytest.mark.parametrize(("name", "curvature"), [("quartic", 2.0), ("degree-2", 1.0)])
def test_the_chart_agrees_with_the_model(name, curvature):
    eta = 0.05
    chart = edge_plane.EdgeChart(eta, curvature)
    a = np.array([-0.02, 0.0, 1e-9, 0.3])
    np.testing.assert_allclose(chart.a_of_v(chart.v_of_a(a)), a, rtol=1e-12, atol=1e-22)
    # v of a point (x, y) by the model's own chart.
    best = model(name).best.chart
    y = 0.2
    x = 1 / y + 0.1
    v = float(best.forward[0].subs(dict(zip((*best.source, ETA), (x, y, eta), strict=True))))
    c = np.sqrt(x**2 - y**2)
    assert float(chart.a_of_v(np.array(v))) == pytest.approx(c - chart.edge, rel=1e-9)


def test_orbits_reach_the_parabola_and_the_limit():
    eta = 0.05
    path = edge_plane.two_step_orbits("quartic", eta, np.array([[0.1, 0.1], [0.01, -0.05]]), 40_000, 150)
    np.testing.assert_allclose(path[0], [[0.1, 0.1], [0.01, -0.05]], atol=1e-12)
    assert (np.sign(path[:, 1]) == [1, -1]).all()
    low, high = edge_plane.window(eta)
    assert ((low < path[-1, 0]) & (path[-1, 0] < high)).all()
    middle = path[(path[:, 0, 0] < 0.04) & (path[:, 0, 0] > 0.005)]
    np.testing.assert_allclose(middle[:, 1, 0], edge_plane.parabola(middle[:, 0, 0], eta), rtol=0.12)


def test_the_invariant_ellipse_is_invariant():
    x, y = edge_plane.invariant_ellipse(0.5, np.linspace(0, 2 * np.pi, 50))
    np.testing.assert_allclose(x**2 + y**2 - 0.5 * x * y, 4 / 0.5 - 0.5)
    x, y = edge_plane.orbits_of_degree_two(np.array([x, y]), 0.5, 3)[-1]
    np.testing.assert_allclose(x**2 + y**2 - 0.5 * x * y, 7.5, rtol=1e-12)


def test_an_ellipse_passes_through_its_start():
    a, b = edge_plane.ellipse(0.01, -0.02, 0.01, np.linspace(0, np.pi, 50))
    assert (b <= 0).all()
    np.testing.assert_allclose(a**2 + 0.01 * b**2 / 4, 0.01**2 + 0.01 * 0.02**2 / 4)
