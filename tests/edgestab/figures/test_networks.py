"""Figures of training: what is drawn is what the columns hold, where they were measured, and the legend clears it."""

import io
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_hex
from PIL import Image

from edgestab.figures.networks import central_flow, goldilocks, landing, plane, rotation, stabilization, training
from edgestab.figures.networks.scale import log_if_wide
from edgestab.figures.save import save_figure
from edgestab.figures.style import CYCLE, FLOW, GREY, ORBIT, REFINED, ROLES, new_figure, publication
from tests.edgestab.figures.galleries_under_test import listed

PALETTE = {to_hex(c) for c in (GREY, *ROLES.values(), *CYCLE)}


def axes(width=4.0, height=3.0):
    with publication():
        return new_figure(width, height).subplots()


def line(ax, gid):
    """The one line of this name."""
    (found,) = [artist for artist in ax.lines if artist.get_gid() == gid]
    return found


def shown(ax):
    return ax.get_legend_handles_labels()[1]


def drawn(ax):
    """The figure as an array of pixels."""
    buffer = io.BytesIO()
    with publication():
        ax.figure.savefig(buffer, format="png", dpi=100)
    return np.asarray(Image.open(buffer).convert("RGB")).astype(int)


def run(steps=50, *, every=1, optimizer="gd", status="FINISHED", **more):
    """A dataset like those of recorded runs: the loss falls, the sharpness rises to the edge at 10 and stays."""
    t = np.arange(steps)
    sharpness = np.where(t % every == 0, np.minimum(4 + 0.3 * t, 10 + 0.2 * (-1.0) ** t), np.nan)
    columns = {
        "loss": 2.0 * np.exp(-0.1 * t),
        "step_size": np.full(steps, 0.2),
        "edge": np.full(steps, 10.0),
        "sharpness": sharpness,
        "relative_sharpness": sharpness / 10,
        **more,
    }
    attributes = {
        "network": "tanh MLP 1-30-20-1", "optimizer": optimizer, "eta": 0.2, "status": status, "kick_step": -1,
        "sentence": f"It is {status}.",
    }  # fmt: skip
    return xr.Dataset({n: ("step", v) for n, v in columns.items()}, {"step": t}, attributes)


def with_eigenvalues(ds, k=3):
    values = ds["sharpness"].values[:, None] * 0.6 ** np.arange(k)
    return ds.assign(eigenvalues=(("step", "k"), values))


# A run.


def test_the_loss_is_drawn_as_it_is():
    ds = run()
    ax = axes()
    training.draw_loss(ax, ds)
    np.testing.assert_array_equal(line(ax, "training loss").get_xydata(), np.c_[ds["step"], ds["loss"]])
    assert ax.get_yscale() == "log"
    assert shown(ax) == ["training loss"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("step", "loss")


def test_a_loss_that_hardly_falls_has_a_linear_axis():
    ax = axes()
    training.draw_loss(ax, run(steps=20))
    assert ax.get_yscale() == "linear"


@pytest.mark.parametrize(
    ("values", "scale"),
    [([1, 11], "log"), ([1, 9], "linear"), ([0, 100], "linear"), ([-1, 100], "linear"), ([np.nan, 1, 50], "log"),
     ([np.nan], "linear"), ([np.inf, 1], "linear")],
)  # fmt: skip
def test_when_an_axis_is_logarithmic(values, scale):
    ax = axes()
    log_if_wide(ax, np.array(values, dtype=float))
    assert ax.get_yscale() == scale


def test_the_sharpness_stands_with_its_edge():
    ds = with_eigenvalues(run())
    ax = axes()
    training.draw_sharpness(ax, ds)
    assert shown(ax) == [r"$\lambda_{3}$", r"$\lambda_{2}$", "sharpness", r"$2/\eta$"]
    assert set(line(ax, "edge").get_ydata()) == {10.0}
    np.testing.assert_array_equal(line(ax, "sharpness").get_ydata(), ds["sharpness"])
    np.testing.assert_allclose(line(ax, r"$\lambda_{3}$").get_ydata(), 0.36 * ds["sharpness"].values)
    assert ax.get_ylim()[0] == 0


def test_relative_sharpness_has_its_edge_at_one():
    ax = axes()
    training.draw_sharpness(ax, run(optimizer="adam"), relative=True)
    assert set(line(ax, "edge").get_ydata()) == {1.0}
    assert line(ax, "sharpness / edge").get_ydata().max() == pytest.approx(1.02)
    ax = axes()
    training.draw_sharpness(ax, run(optimizer="heavy-ball"))
    assert shown(ax)[-1] == "edge"  # 2/eta is the edge of gradient descent only


def test_steps_without_a_measurement_are_bridged():
    ds = run(every=7)
    ax = axes()
    training.draw_sharpness(ax, ds)
    np.testing.assert_array_equal(line(ax, "sharpness").get_xdata(), np.arange(0, 50, 7))
    assert np.isfinite(line(ax, "sharpness").get_ydata()).all()


@pytest.mark.parametrize("steps", [1, 2])
def test_a_run_of_one_row_is_a_dot(steps):
    ax = axes()
    training.draw_loss(ax, run(steps=steps))
    assert line(ax, "training loss").get_marker() == ("o" if steps == 1 else "None")
    training.draw_sharpness(axes(), with_eigenvalues(run(steps=steps)))
    assert drawn(ax).std() > 0


def test_a_run_without_sharpness_shows_the_edge_alone():
    ax = axes()
    training.draw_sharpness(ax, run().drop_vars(["sharpness", "relative_sharpness"]))
    assert shown(ax) == [r"$2/\eta$"]


def test_kick_and_drop_of_the_step_size_are_marked():
    sizes = np.where(np.arange(50) < 30, 0.2, 0.1)
    ds = run(step_size=sizes, edge=2 / sizes)
    ds.attrs["kick_step"] = 12
    ax = axes()
    training.draw_sharpness(ax, ds)
    assert line(ax, "kick").get_xdata()[0] == 12
    assert line(ax, "step size").get_xdata()[0] == 30
    np.testing.assert_array_equal(line(ax, "edge").get_ydata(), ds["edge"])


def test_an_unfinished_run_says_so():
    for status, notes in (("FINISHED", 0), ("STOPPED", 0), ("DIVERGED", 1), ("INTERRUPTED", 1)):
        ax = axes()
        training.draw_title(ax, run(status=status))
        found = [t.get_text() for t in ax.texts if t.get_gid() == "note"]
        assert found == [f"It is {status}."] * notes
        assert ax.get_title() == r"tanh MLP 1-30-20-1, $\eta = 0.2$"


# Self-stabilization and central flows.


def oscillation(n=200):
    t = np.linspace(0, 4, n)
    x = 0.05 * (1.2 + np.sin(2 * t)) * (-1.0) ** np.arange(n)
    return {
        "x": x, "predicted_x": 1.3 * x, "generalised_x": 1.1 * x, "delta_squared": np.linspace(4e-3, -1e-4, n),
        "y": np.cos(2 * t), "predicted_y": 1.2 * np.cos(2 * t), "generalised_y": np.cos(2 * t + 0.1),
        "distance": np.abs(x), "flow_distance": 0.1 * t,
    }  # fmt: skip


def test_displacements_are_drawn_without_their_signs():
    series = oscillation()
    ax = axes()
    stabilization.draw_displacement(ax, series)
    for gid, name in (("GD", "x"), ("predicted", "predicted_x"), ("generalised", "generalised_x")):
        np.testing.assert_array_equal(line(ax, gid).get_ydata(), np.abs(series[name]))
    delta = line(ax, "delta").get_ydata()
    assert np.isnan(delta[-1])  # where delta^2 < 0 there is no delta
    assert delta[0] == pytest.approx(0.0632, abs=1e-4)
    assert shown(ax) == ["GD", "predicted", "generalised", r"$\delta$"]


def test_the_excess_keeps_its_sign():
    series = oscillation()
    ax = axes()
    stabilization.draw_excess(ax, series)
    np.testing.assert_array_equal(line(ax, "predicted").get_ydata(), series["predicted_y"])
    assert line(ax, "GD").get_ydata().min() < -0.9


def test_distances_go_without_the_flow_where_it_was_not_followed():
    series = oscillation()
    ax = axes()
    stabilization.draw_distances(ax, series)
    assert shown(ax) == ["from gradient flow", "from the constrained trajectory"]
    ax = axes()
    stabilization.draw_distances(ax, {"distance": series["distance"]})
    assert shown(ax) == ["from the constrained trajectory"]


def flows(n=120):
    t = np.arange(0, 2.0 * n, 2)
    loss = np.exp(-t / 100)
    smooth = np.where((t > 20) & (t < 200), loss, np.nan)
    return {
        "step": t, "loss": loss * (1 + 0.3 * (-1.0) ** np.arange(n)), "smooth_loss": smooth, "central_loss": 0.9 * loss,
        "predicted_loss": 1.01 * loss, "flow_loss": 0.7 * loss, "distance": 0.01 * t**0.5, "flow_distance": 0.02 * t,
        "eigenvalue_1": np.ones(n), "eigenvalue_2": np.linspace(0.3, 1, n),
    }  # fmt: skip


def test_all_five_losses_are_told_apart():
    series = flows()
    ax = axes()
    central_flow.draw_losses(ax, series)
    looks = set()
    for name in ("loss", "smooth_loss", "predicted_loss", "central_loss", "flow_loss"):
        found = line(ax, name)
        np.testing.assert_array_equal(found.get_xydata(), np.c_[series["step"], series[name]])
        looks.add((found.get_color(), found.get_linestyle(), found.get_linewidth()))
    assert len(looks) == 5
    assert shown(ax) == ["GD", "GD, mean over time", "its prediction", "central flow", "gradient flow"]
    ax = axes()
    central_flow.draw_losses(ax, series, name="RMSProp")
    assert shown(ax)[-1] == "flow without an edge"


def test_as_many_eigenvalues_as_there_are():
    ax = axes()
    central_flow.draw_eigenvalues(ax, flows())
    assert shown(ax) == ["edge", r"$\lambda_1$", r"$\lambda_2$"]
    ax = axes()
    central_flow.draw_distances(ax, flows())
    assert line(ax, "flow").get_ydata()[-1] > line(ax, "central").get_ydata()[-1]


# Rotation.


def test_the_heat_map_has_the_cosines_in_their_places():
    steps = np.array([0, 10, 20, 40])
    angles = np.array([0.0, 0.2, 1.0, 1.5])
    cosines = np.cos(angles[:, None] - angles) * np.array([1, -1, 1, 1])[:, None]
    ax = axes()
    rotation.draw_rotation(ax, steps, cosines, crossing=15)
    (mesh,) = ax.collections
    np.testing.assert_allclose(np.asarray(mesh.get_array()).reshape(4, 4), np.abs(cosines))
    assert mesh.get_clim() == (0, 1)
    edges = mesh.get_coordinates()[0, :, 0]
    assert edges.tolist() == [-5, 5, 15, 30, 50]
    assert [(list(m.get_xdata()), list(m.get_ydata())) for m in ax.lines] == [([15, 15], [0, 1]), ([0, 1], [15, 15])]
    assert ax.get_aspect() == 1


@pytest.mark.parametrize("shape", [(3, 3), (4, 3), (1, 1)])
def test_cosines_that_do_not_fit_are_refused(shape):
    with pytest.raises(ValueError, match="need a square of as many cosines"):
        rotation.draw_rotation(axes(), np.arange(4 if shape != (1, 1) else 1), np.ones(shape))


def test_the_page_shows_which_vectors_agree():
    """Two blocks of equal vectors, orthogonal to each other: the squares of the page have two colours."""
    values = np.kron(np.eye(2), np.ones((5, 5)))
    ax = axes()
    rotation.draw_rotation(ax, np.arange(10), values)
    image = drawn(ax)
    spots = ax.transData.transform([(2, 2), (7, 7), (2, 7), (7, 2)])
    spots = spots * 100 / ax.figure.dpi
    found = [tuple(image[image.shape[0] - int(y) - 1, int(x)]) for x, y in spots]
    assert found[0] == found[1] != found[2] == found[3]


# The plane.


def bounce(n=40, fitted=True):
    x = np.exp(-0.1 * np.arange(n))
    series = {"x": x, "z": -(x**2) + x[-1] ** 2}
    if fitted:
        series |= {"fit_x": np.linspace(-1, 1, 101), "fit_z": -(np.linspace(-1, 1, 101) ** 2)}
    return series


def test_both_sides_of_the_parabola_are_drawn():
    series = bounce()
    ax = axes()
    plane.draw_plane(ax, series)
    x, z = line(ax, "GD").get_data()
    assert len(x) == 80
    assert np.sort(x)[::-1][:40].tolist() == series["x"].tolist()
    assert sorted(-x) == pytest.approx(sorted(x))
    np.testing.assert_array_equal(z[::2], z[1::2])
    np.testing.assert_array_equal(line(ax, "fit").get_ydata(), series["fit_z"])
    assert line(ax, "end").get_data() == (pytest.approx([0.0]), pytest.approx([series["z"][-1]]))
    assert ax.get_xlim() == pytest.approx((-1.08, 1.08))


def test_without_a_fit_there_is_none():
    ax = axes()
    plane.draw_plane(ax, bounce(fitted=False))
    assert "parabola" not in shown(ax)


# Step sizes.


def test_medians_and_seeds_by_hand():
    eta = np.array([0.4, 0.1, 0.2])
    accuracy = np.array([[0.5, 0.7, 0.9], [0.1, 0.2, 0.3], [np.nan, np.nan, np.nan]])
    ax = axes()
    goldilocks.draw_accuracy(ax, eta, accuracy, 5.0)
    np.testing.assert_allclose(line(ax, "values").get_xydata(), [[0.1, 0.2], [0.2, np.nan], [0.4, 0.7]])
    assert line(ax, "seeds").get_xdata().size == 9
    assert line(ax, "start").get_xdata()[0] == 0.4
    assert line(ax, "diverged").get_xdata().tolist() == [0.2]
    assert ax.get_xscale() == "log"
    assert "median accuracy" in shown(ax)


def test_one_seed_has_no_median():
    ax = axes()
    goldilocks.draw_final_sharpness(ax, [0.1, 0.2], [15.0, 9.8], 4.0)
    assert shown(ax) == [r"$2/\eta$", "sharpness", r"$\eta = 2/S_0$"]
    np.testing.assert_allclose(line(ax, "edge").get_ydata(), [20, 10])


# All of them.


def gaps():
    """Runs inside and outside the terms of the law, one of them without a reduced prediction."""
    found = np.array([0.01, 0.02, 0.05, 0.03])
    return found, np.array([0.011, 0.02, 0.02, 0.01]), np.array([0.01, 0.02, 0.048, np.nan]), np.arange(4) < 2


DRAWINGS = {
    "loss": lambda ax, **how: training.draw_loss(ax, run(), **how),
    "sharpness": lambda ax, **how: training.draw_sharpness(ax, with_eigenvalues(run()), **how),
    "displacement": lambda ax, **how: stabilization.draw_displacement(ax, oscillation(), **how),
    "excess": lambda ax, **how: stabilization.draw_excess(ax, oscillation(), **how),
    "distances": lambda ax, **how: stabilization.draw_distances(ax, oscillation(), **how),
    "losses": lambda ax, **how: central_flow.draw_losses(ax, flows(), **how),
    "flow distances": lambda ax, **how: central_flow.draw_distances(ax, flows(), **how),
    "eigenvalues": lambda ax, **how: central_flow.draw_eigenvalues(ax, flows(), **how),
    "plane": lambda ax, **how: plane.draw_plane(ax, bounce(), **how),
    "accuracy": lambda ax, **how: goldilocks.draw_accuracy(ax, [0.1, 0.2], [[0.1, 0.2], [0.3, 0.4]], 5.0, **how),
    "landing": lambda ax, **how: landing.draw_landing(ax, *gaps(), **how),
    "final sharpness": lambda ax, **how: goldilocks.draw_final_sharpness(ax, [0.1, 0.2], [9.0, 8.0], 5.0, **how),
}


@pytest.mark.parametrize("draw", DRAWINGS.values(), ids=DRAWINGS)
def test_the_legend_is_above_the_axes_or_left_to_the_figure(draw):
    ax = axes()
    draw(ax)
    with publication():
        ax.figure.draw_without_rendering()
    legend = ax.get_legend()
    assert [t.get_text() for t in legend.get_texts()] == shown(ax)
    assert legend.get_window_extent().y0 >= ax.get_window_extent().y1 - 0.5
    assert legend.get_window_extent().y1 <= ax.figure.bbox.y1 + 1
    ax = axes()
    draw(ax, legend=False)
    assert ax.get_legend() is None
    assert shown(ax)


@pytest.mark.parametrize("draw", DRAWINGS.values(), ids=DRAWINGS)
def test_every_line_has_a_colour_of_the_palette_and_both_axes_have_names(draw):
    ax = axes()
    draw(ax)
    assert {to_hex(artist.get_color()) for artist in ax.lines} <= PALETTE
    assert ax.get_xlabel()
    assert ax.get_ylabel()


@pytest.mark.parametrize("suffix", [".png", ".pdf", ".svg"])
def test_equal_figures_have_equal_bytes_and_are_small(tmp_path, suffix):
    for name in "ab":
        ax = axes()
        plane.draw_plane(ax, bounce())
        rotation.draw_rotation(ax.inset_axes([0.6, 0.6, 0.3, 0.3]), np.arange(10), np.eye(10))
        save_figure(ax.figure, tmp_path / f"{name}{suffix}", dpi=100)
    one, two = ((tmp_path / f"{name}{suffix}").read_bytes() for name in "ab")
    assert one == two
    assert len(one) < 100_000


def test_a_landing_shows_the_reduced_map_where_the_law_does_not_hold():
    ax = axes()
    landing.draw_landing(ax, *gaps())
    assert line(ax, "law").get_xdata().tolist() == [0.011, 0.02]
    assert line(ax, "law outside").get_ydata().tolist() == [0.05, 0.03]
    assert line(ax, "reduced").get_xdata().tolist() == [0.048]
    low, high = line(ax, "diagonal").get_xdata()
    assert low < 0.01 < 0.05 < high


def test_colours_say_the_same_in_every_figure():
    """Gradient descent, gradient flow and the central flow have each their own."""
    ax = axes()
    stabilization.draw_distances(ax, oscillation())
    assert line(ax, "flow").get_color() == FLOW
    ax = axes()
    central_flow.draw_distances(ax, flows())
    assert line(ax, "flow").get_color() == FLOW
    assert line(ax, "central").get_color() == REFINED
    ax = axes()
    stabilization.draw_excess(ax, oscillation())
    assert line(ax, "GD").get_color() == ORBIT


def test_the_gallery_of_networks_lists_its_figures_and_has_them(monkeypatch, capsys):
    pytest.importorskip("torch")
    root = Path(__file__).parents[3]
    names = listed("networks", monkeypatch, capsys)
    assert names == ["edge", "stabilization", "central-flow", "rotation", "plane", "goldilocks", "landing"]
    for name in names:
        assert 10_000 < (root / "examples" / "gallery" / f"{name}.png").stat().st_size < 150_000


def test_the_tables_of_landing_are_those_of_the_runs_that_are_kept(monkeypatch, capsys):
    pytest.importorskip("torch")
    root = Path(__file__).parents[3]
    monkeypatch.setattr(sys, "argv", ["landing_networks.py"])
    monkeypatch.syspath_prepend(root / "examples")
    runpy.run_path(str(root / "examples" / "landing_networks.py"), run_name="__main__")
    rows = [line for line in capsys.readouterr().out.splitlines() if line]
    assert len(rows) == 10 + 12
    page = (root / "docs" / "landing.md").read_text(encoding="utf-8").splitlines()
    assert [row for row in rows if row not in page] == []
