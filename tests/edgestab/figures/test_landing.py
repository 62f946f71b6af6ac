"""Figures of the landing: what is drawn is what was given, each thing with its name."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from edgestab.figures.landing import draw_branch, draw_edge, draw_errors, draw_forgetting, draw_orbit


def lines(figure: Figure) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    return {line.get_gid(): line.get_data() for line in figure.axes[0].get_lines()}


def test_errors_lie_beside_the_square() -> None:
    figure, scaled = Figure(), np.array([0.01, 0.1])
    draw_errors(figure.subplots(), {"a": (scaled, 2 * scaled**2), "b": (scaled / 2, scaled)})
    found = lines(figure)
    np.testing.assert_allclose(found["errors a"][1], 2 * scaled**2)
    x, y = found["slope 2"]
    np.testing.assert_allclose(x, [0.005, 0.1])
    np.testing.assert_allclose(y, x**2)


def test_an_orbit_its_end_and_branches_on_both_sides() -> None:
    figure, b = Figure(), np.array([0.3, -0.2, 0.1])
    ax = figure.subplots()
    draw_orbit(ax, b, b**2, "run")
    draw_branch(ax, np.array([0.0, 1.0]), np.array([2.0, 1.5]), "cycles", attracts=False)
    draw_edge(ax, 2.0)
    found = lines(figure)
    np.testing.assert_array_equal(found["orbit run"][0], b)
    assert found["end run"][0].tolist() == [0.1]
    np.testing.assert_array_equal(found["cycles -1"][0], [0.0, -1.0])
    styles = {line.get_gid(): line.get_linestyle() for line in ax.get_lines()}
    assert styles["cycles 1"] == "--"
    assert set(ax.get_legend_handles_labels()[1]) == {"run", "cycles", "edge of stability"}


def test_the_predicted_line_goes_through_the_last_point() -> None:
    figure, inverse = Figure(), np.array([100.0, 200.0])
    draw_forgetting(figure.subplots(), {"a": (inverse, np.array([20.0, 41.0]), 0.2)})
    np.testing.assert_allclose(lines(figure)["prediction a"][1], [21.0, 41.0])
