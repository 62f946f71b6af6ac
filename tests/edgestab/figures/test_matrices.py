"""Figures of the matrix models: what is drawn is what was given, and the gallery has them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgestab.figures.matrices import orbits, plane, toy
from edgestab.figures.style import new_figure
from tests.edgestab.figures.galleries_under_test import listed


def line(ax, gid: str):
    (found,) = [x for x in ax.lines if x.get_gid() == gid]
    return found


def test_lines_are_the_values_given() -> None:
    ax = new_figure(4, 3).subplots()
    steps, values = np.arange(4.0), np.arange(8.0).reshape(4, 2)
    orbits.draw_values(ax, steps, values)
    assert line(ax, "sigma 2").get_ydata().tolist() == [1, 3, 5, 7]
    ax = new_figure(4, 3).subplots()
    orbits.draw_gaps(ax, {"a": np.array([1.0, 1e-3, 0.0])})
    assert line(ax, "a").get_ydata().tolist() == [1, 1e-3, 1e-16]
    assert ax.get_yscale() == "log"
    ax = new_figure(4, 3).subplots()
    orbits.draw_multipliers(ax, np.array([0.1, 0.2]), {"one": np.array([0.9, 1.1])}, {"edge": 0.15})
    assert line(ax, "one").get_ydata().tolist() == [0.9, 1.1]
    assert line(ax, "unit circle").get_ydata()[0] == 1
    assert line(ax, "edge").get_xdata()[0] == 0.15
    ax = new_figure(4, 3).subplots()
    orbits.draw_dimension(ax, np.array([0.1, 0.2]), {"seen": np.array([1.0, np.nan])}, {})
    assert ax.get_ylabel() == "dimension"
    ax = new_figure(4, 3).subplots()
    orbits.draw_diagram(ax, np.array([0.1, 0.2]), np.arange(12.0).reshape(2, 2, 3), {})
    assert line(ax, "sigma 1").get_xdata().tolist() == [0.1, 0.1, 0.2, 0.2]
    assert line(ax, "sigma 1").get_ydata().tolist() == [0, 3, 6, 9]


def test_the_plane_is_what_was_given() -> None:
    ax = new_figure(4, 3).subplots()
    steps = np.array([[0.0, 1.0, 3.0], [7.0, np.nan, np.nan]])
    image = plane.draw_escape(ax, np.array([0.0, 3.0]), np.array([0.0, 2.0]), steps)
    np.testing.assert_allclose(image.get_array()[0], [0, 1, 2])
    assert np.isnan(np.ma.filled(image.get_array(), np.nan)[1, 1:]).all()
    assert tuple(image.get_extent()) == (0, 3, 0, 2)
    plane.draw_curves(ax, {"E": ("level", np.array([3.0, 0.0]), np.array([0.0, 1.0]))})
    assert line(ax, "E").get_xdata().tolist() == [3, 0]
    plane.draw_fixed_points(ax, np.array([[0.0, 0.0], [3.0, 0.0]]))
    assert line(ax, "fixed").get_xdata().tolist() == [0, 3]


def test_runs_of_the_toy_are_drawn_in_three_rows() -> None:
    from edgestab.numerics.matrices.experiments.toy import toy as run

    axes = new_figure(4, 5).subplots(3)
    series = run(seed=0, eta=0.011).series
    toy.draw_runs(axes, {"a": series})
    for ax, quantity in zip(axes, ("angle", "loss", "sharpness"), strict=True):
        assert (line(ax, f"{quantity} a").get_ydata() == series[quantity]).all()
    assert line(axes[2], "edge a").get_ydata()[0] == 2 / 0.011
    assert max(line(axes[0], "angle a").get_ydata()) > 8.6


def test_observations_have_figures() -> None:
    from edgestab.figures.networks.panels import draw_observations
    from edgestab.theory.claims.catalogue import find
    from edgestab.verify.check import check

    for name, gid in (("multipliers-in-runs", "runs"), ("rank-two-unstable", "orbits"), ("rank-one-window", "onset")):
        claim = find(f"ghosh2025.{name}")
        drawn = draw_observations(check(replace(claim, parts=claim.parts[1:2]), "quick"))
        assert drawn is not None
        (ax,) = drawn.figure.axes
        seen = line(ax, gid)
        assert len(seen.get_xdata()) > 30
        assert min(seen.get_ydata()) >= 1


def test_the_toy_has_its_three_panels_in_a_report() -> None:
    from edgestab.figures.networks.panels import draw_observations
    from edgestab.theory.claims.catalogue import find
    from edgestab.verify.check import check

    claim = find("wang2024.toy-table")
    drawn = draw_observations(check(replace(claim, parts=claim.parts[2:3]), "quick"))
    assert drawn is not None
    assert [a.get_ylabel() for a in drawn.figure.axes] == ["angle (degrees)", "loss", "sharpness"]
    assert max(line(drawn.figure.axes[0], "angle run").get_ydata()) > 8.6


def test_the_gallery_of_deep_linear_networks_lists_its_figures_and_has_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = Path(__file__).parents[3]
    names = listed("deep_linear", monkeypatch, capsys)
    assert names == [
        "deep-steps",
        "deep-diagram",
        "deep-dimension",
        "deep-gap",
        "deep-floquet",
        "deep-plane",
        "deep-angle",
    ]
    for name in names:
        assert 10_000 < (root / "examples" / "gallery" / f"{name}.png").stat().st_size < 150_000
