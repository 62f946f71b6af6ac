"""Figures of maps: what is drawn is what the datasets hold, whole, in place, and the same every time."""

import io
import json
import re
import runpy
import subprocess
import sys
import tracemalloc
import zlib
from fractions import Fraction
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib.colors import to_hex, to_rgb
from PIL import Image

from edgestab.figures.annotate import legend_above, plain
from edgestab.figures.basin import COLOURS, draw_basin, step_size
from edgestab.figures.cycles import draw_branches, draw_cascade
from edgestab.figures.exponents import draw_exponent_map, draw_exponents, draw_finite_time
from edgestab.figures.orbit_diagram import DIRECTION_COLOURS, draw_orbit_diagram
from edgestab.figures.raster import apart, block, commonest, gathered, rank_norm, ranks, span
from edgestab.figures.save import save_figure
from edgestab.figures.style import new_figure, publication
from edgestab.numerics.cycles.cascade import FEIGENBAUM, cascade
from edgestab.numerics.cycles.continuation import beside_flip, continue_cycle
from edgestab.numerics.cycles.jets import Family
from edgestab.numerics.maps.exponents.exponents import ExponentsJob, Measurement
from edgestab.numerics.maps.pictures.basin import BasinJob
from edgestab.numerics.maps.pictures.orbit_diagram import OrbitDiagramJob, orbit_diagram
from edgestab.numerics.maps.pictures.passage import Passage
from edgestab.numerics.maps.pictures.refine import Refinement
from edgestab.numerics.maps.pictures.slices import Axis, slice_of
from edgestab.numerics.orbits.follow import Rules
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.tiling.running import run
from edgestab.theory.loss import Loss
from edgestab.theory.models.catalogue import model
from edgestab.theory.optimizers.gradient_descent import gradient_descent
from edgestab.theory.symbols import ETA, symbol

ROOT = Path(__file__).parents[3]
QUARTIC = model("quartic")
CUBIC = model("frozen-cubic").own.step
(D,), (S,) = CUBIC.state, CUBIC.parameters
OUTCOMES = (Status.CONVERGED, Status.PERIODIC, Status.BOUNDED, Status.DIVERGED, Status.NONFINITE, Status.UNDECIDED)


def axes(width=4.0, height=3.0):
    with publication():
        return new_figure(width, height).subplots()


def shown(ax):
    """The words of the legend's entries, in order."""
    return ax.get_legend_handles_labels()[1]


def notes(ax):
    return " ".join(t.get_text() for t in ax.texts if t.get_gid() == "note").replace("\n", " ").replace("\u00a0", " ")


def pixels(figure, **how):
    buffer = io.BytesIO()
    with publication():
        figure.savefig(buffer, format="png", **how)
    return np.asarray(Image.open(buffer).convert("RGB")).astype(int)


def picture(status, **more):
    """A basin of any outcomes over the square [0, 1]^2 at eta = 1/5."""
    status = np.asarray(status, np.int8)
    rows, columns = status.shape
    values = {
        "status": status,
        "period": np.where(status == Status.PERIODIC, 2, 0).astype(np.int16),
        "limit": np.where(status == Status.CONVERGED, 0, -1).astype(np.int8),
        "steps": np.arange(1, status.size + 1, dtype=np.int32).reshape(status.shape),
        "sharpness": np.where(status == Status.CONVERGED, 9.9, np.nan),
        **more,
    }
    centres = {"y": (np.arange(rows) + 0.5) / rows, "x": (np.arange(columns) + 0.5) / columns}
    attributes = {"minima": "xy = -1; xy = 1", "fixed": "eta = 1/5", "arithmetic": "IEEE float64 without contraction"}
    return xr.Dataset({n: (("y", "x"), v) for n, v in values.items()}, centres, attributes)


def quartic_job(size=24, eta=Fraction(1, 5), refinement=None, x=("3", "3.4"), y=("0.1", "0.5")):
    columns, rows = (
        Axis(v, *map(Fraction, ends), size) for v, ends in zip(QUARTIC.own.step.state, (x, y), strict=True)
    )
    return BasinJob(QUARTIC, slice_of(QUARTIC, columns, rows, {ETA: eta}), Rules(least=3000), refinement)


@pytest.fixture(scope="module")
def fractal():
    return run(quartic_job())


# Saving.


@pytest.mark.parametrize("suffix", [".png", ".pdf", ".svg", ".PNG"])
def test_equal_figures_have_equal_bytes(tmp_path, fractal, suffix):
    for name in "ab":
        ax = axes()
        draw_basin(ax, fractal)
        save_figure(ax.figure, tmp_path / f"{name}{suffix}")
    one, two = ((tmp_path / f"{name}{suffix}").read_bytes() for name in "ab")
    assert one == two
    assert not re.search(rb"CreationDate|ModDate|<dc:date>|tIME", one)
    assert one.startswith({"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}[suffix[1:].lower()])


@pytest.mark.parametrize("name", ["figure.bmp", "figure", "png"])
def test_another_ending_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match=r"saved as \.pdf, \.png or \.svg: change the ending of .*" + name):
        save_figure(axes().figure, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_the_old_file_alone(tmp_path):
    path = tmp_path / "figure.png"
    path.write_bytes(b"old")
    ax = axes()
    ax.set_title("$\\bad{$")
    with pytest.raises(ValueError, match="bad"):
        save_figure(ax.figure, path)
    assert [p.name for p in tmp_path.iterdir()] == ["figure.png"]
    assert path.read_bytes() == b"old"


def test_text_in_a_pdf_is_text(tmp_path, fractal):
    path = tmp_path / "figure.pdf"
    ax = axes()
    draw_basin(ax, fractal, colour="status")
    save_figure(ax.figure, path)
    data = path.read_bytes()
    assert b"/FontFile2" in data  # embedded TrueType
    assert b"/Type3" not in data
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL)
    words = []
    for stream in streams:
        try:
            text = zlib.decompress(stream)
        except zlib.error:
            continue
        # Kerned text comes as pieces in parentheses, with numbers in between.
        shown_ = re.findall(rb"\[[^\]]*\]\s*TJ|\([^()]*\)\s*Tj", text)
        words += [b"".join(re.findall(rb"\(([^()]*)\)", t)).replace(b"\0", b"") for t in shown_]
    assert {b"converged", b"diverged"} <= set(words)


def test_fewer_colours_stay_close_to_all(tmp_path, fractal):
    ax = axes()
    draw_basin(ax, fractal)
    save_figure(ax.figure, tmp_path / "first.png")  # the layout of a figure settles when it is drawn, not before
    found = []
    for number, colours in enumerate((None, 256)):
        save_figure(ax.figure, tmp_path / f"{number}.png", colours=colours)
        found.append(np.asarray(Image.open(tmp_path / f"{number}.png").convert("RGB")).astype(int))
    assert np.abs(found[0] - found[1]).max() <= 16
    assert (tmp_path / "1.png").stat().st_size < (tmp_path / "0.png").stat().st_size


# From arrays to images.


@given(arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 3)),
       st.tuples(st.integers(1, 4), st.integers(1, 4)))  # fmt: skip
def test_blocks_by_hand(codes, by):
    rows, columns = (-(-n // b) for n, b in zip(codes.shape, by, strict=True))
    for r in range(rows):
        for c in range(columns):
            part = codes[r * by[0] : (r + 1) * by[0], c * by[1] : (c + 1) * by[1]]
            assert gathered(codes, by)[r, c] == part.sum()
            assert commonest(codes, by)[r, c] == np.bincount(part.ravel()).argmax()
    assert commonest(codes, by).shape == (rows, columns)


@pytest.mark.parametrize("spread", [1.0, 40.0])
def test_every_colour_covers_the_same_area(spread):
    values = np.exp(spread * np.random.default_rng(1).normal(size=(300, 400)))
    values[:50] = np.nan
    share = rank_norm(values)(values[np.isfinite(values)])
    counts = np.histogram(share, 16, (0, 1))[0]
    assert counts.sum() == 250 * 400
    np.testing.assert_allclose(counts, 250 * 400 / 16, rtol=0.02)


def test_a_sample_ranks_a_large_array():
    values = np.random.default_rng(2).exponential(size=(1024, 1024)) ** 5
    counts = np.histogram(rank_norm(values)(values), 8, (0, 1))[0]
    np.testing.assert_allclose(counts, values.size / 8, rtol=0.03)


@given(arrays(np.float64, st.integers(1, 60), elements=st.integers(-4, 4)))
def test_ranks_are_the_distribution_function(values):
    places, share = ranks(values)
    assert (np.diff(places) > 0).all()
    assert (np.diff(share) > 0).all()
    assert places.tolist() == sorted(set(values.tolist()))
    if places.size > 1:
        norm = rank_norm(values)
        np.testing.assert_allclose(norm(places), share, atol=1e-12)
        np.testing.assert_allclose(norm.inverse(share), places, atol=1e-12)


def test_nothing_finite_cannot_be_ranked():
    with pytest.raises(ValueError, match="nothing to rank"):
        rank_norm(np.full(3, np.nan))


@given(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=5, unique=True))
def test_numbers_that_differ_are_written_differently(values):
    texts = apart(values)
    assert len(set(texts)) == len(values)
    np.testing.assert_allclose([float(t.replace("−", "-")) for t in texts], values, rtol=6e-3)


# Basins.


@given(st.sets(st.sampled_from(OUTCOMES), min_size=1), st.integers(0, 1000))
def test_the_legend_holds_the_outcomes_that_occur(outcomes, seed):
    status = np.random.default_rng(seed).choice(sorted(outcomes), (6, 7))
    words = {
        Status.CONVERGED: "converged", Status.PERIODIC: "period 2", Status.BOUNDED: "bounded",
        Status.DIVERGED: "diverged", Status.NONFINITE: "diverged", Status.UNDECIDED: "undecided",
    }  # fmt: skip
    ax = axes()
    draw_basin(ax, picture(status))
    assert set(shown(ax)) == {words[Status(s)] for s in status.ravel()}
    assert len(shown(ax)) == len(set(shown(ax)))
    assert [t.get_text() for t in ax.get_legend().get_texts()] == shown(ax)


def test_every_pixel_has_the_colour_its_legend_says():
    status = np.array([[1, 4, 3], [2, 6, 5], [0, 1, 7]], np.int8)
    ax = axes()
    draw_basin(ax, picture(status))
    words = np.array([["converged", "diverged", "bounded"], ["period 2", "undecided", "diverged"],
                      ["not computed", "converged", "excluded"]])  # fmt: skip
    colours = dict(
        zip(shown(ax), (to_hex(h.get_facecolor()[0]) for h in ax.get_legend_handles_labels()[0]), strict=True)
    )
    assert len(set(colours.values())) == len(colours)
    (image,) = ax.images
    for (r, c), word in np.ndenumerate(words):
        assert to_hex(image.to_rgba(image.get_array())[r, c]) == colours[word]
    # And on the page: the lowest row first.
    found = pixels(ax.figure, dpi=100)
    where = ax.transData.transform([(0.5 / 3, 0.5 / 3), (2.5 / 3, 0.5 / 3), (0.5 / 3, 1.5 / 3)])
    for (x, y), word in zip(where, ("converged", "bounded", "period 2"), strict=True):
        assert found[len(found) - 1 - int(y), int(x)].tolist() == [round(255 * v) for v in to_rgb(colours[word])]


def test_periods_are_told_apart_and_the_rare_ones_put_together():
    status = np.full((20, 20), Status.PERIODIC)
    period = np.repeat([2, 4, 8, 8, 16], 80).reshape(20, 20).astype(np.int16)
    period[-1, -1] = 6
    ax = axes()
    draw_basin(ax, picture(status, period=period))
    assert shown(ax) == ["period 2", "period 4", "period 8", "other periods"]


def test_limits_have_the_names_of_the_sets():
    status = np.array([[1, 1], [1, 4]])
    ax = axes()
    draw_basin(ax, picture(status, limit=np.array([[1, 0], [-1, -1]], np.int8)), colour="limit")
    assert shown(ax) == ["converged to $xy = -1$", "converged to $xy = 1$", "converged elsewhere", "diverged"]


def test_the_window_below_the_edge():
    sharpness = np.array([[9.95, 9.9, 10.0, 10.05, 9.901, 4.0, np.nan]])
    ax = axes()
    draw_basin(ax, picture([[1, 1, 1, 1, 1, 1, 4]], sharpness=sharpness), colour="window", window=(0, 0.1))
    inside, outside, diverged = shown(ax)
    assert inside == r"$2/\eta - 0.1 < S_\infty < 2/\eta$"
    codes = ax.images[0].get_array().data[0]
    # The ends themselves: 2/eta - 9.9 is 0.0999... in float64, and 10 is no smaller than 2/eta.
    assert (codes == codes[0]).tolist() == [True, 10 - 9.9 < 0.1, False, False, True, False, False]
    assert (outside, diverged) == ("converged elsewhere", "diverged")


@pytest.mark.parametrize("along", ["x", "y"])
def test_the_step_size_may_be_an_axis(along):
    data = picture(np.ones((3, 4)), sharpness=np.full((3, 4), 7.0)).rename({along: "eta"})
    eta = data["eta"].values
    ax = axes()
    draw_basin(ax, data, colour="gap")
    wanted = (2 / eta - 7.0) / eta
    found = ax.images[-1].get_array()
    np.testing.assert_allclose(found, np.broadcast_to(wanted if along == "x" else wanted[:, None], (3, 4)))


def test_without_a_step_size_there_is_no_gap():
    data = picture(np.ones((2, 2)))
    data.attrs["fixed"] = "beta = 9/10"
    with pytest.raises(ValueError, match="does not say its step size"):
        draw_basin(axes(), data, colour="gap")
    draw_basin(axes(), data, colour="sharpness")


@pytest.mark.parametrize("colour", ["sharpness", "gap", "steps"])
def test_values_are_coloured_by_rank(fractal, colour):
    ax = axes()
    fractal = fractal.assign(sharpness=fractal["sharpness"] - fractal["x"] / 10)
    draw_basin(ax, fractal, colour=colour)
    image = ax.images[-1]
    status = fractal["status"].values
    converged = status == Status.CONVERGED
    there = converged | (status == Status.DIVERGED) if colour == "steps" else converged
    values = {"sharpness": fractal["sharpness"].values, "steps": fractal["steps"].values.astype(float),
              "gap": (10 - fractal["sharpness"].values) * 5}[colour]  # fmt: skip
    assert (np.ma.getmaskarray(image.get_array()) == ~there).all()
    np.testing.assert_allclose(image.get_array()[there], values[there])
    order = np.asarray(image.norm(values[there]))[np.argsort(values[there])]
    assert (np.diff(order) >= 0).all()
    assert order[0] == 0
    assert order[-1] == 1
    assert len(ax.figure.axes) == 2  # a colour bar
    assert "converged" not in shown(ax)
    ax.figure.draw_without_rendering()


@pytest.mark.parametrize("colour", ["sharpness", "gap"])
def test_noise_is_not_spread_over_all_colours(fractal, colour):
    """Every orbit ends at the same sharpness here, up to 1e-7."""
    ax = axes()
    draw_basin(ax, fractal, colour=colour)
    bar = ax.figure.axes[-1]
    assert "constant to one part in a million" in bar.get_ylabel()
    assert len(bar.get_yticks()) == 1
    norm = ax.images[-1].norm
    assert np.ptp(np.asarray(norm(ax.images[-1].get_array().compressed()))) < 1e-4


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("status", [4, 1])
def test_pictures_of_one_pixel_and_of_one_outcome(colour, status):
    for shape in ((1, 1), (1, 3), (2, 1)):
        ax = axes()
        draw_basin(ax, picture(np.full(shape, status)), colour=colour, window=(0, 1) if colour == "window" else None)
        ax.figure.draw_without_rendering()
        assert ax.images


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(ValueError, match="coloured by status, limit"):
        draw_basin(axes(), picture([[1]]), colour="size")
    for given_ in ({"colour": "window"}, {"colour": "gap", "window": (0, 1)}):
        with pytest.raises(ValueError, match="give the ends of a window"):
            draw_basin(axes(), picture([[1]]), **given_)


def test_the_image_fills_the_window_exactly(fractal):
    ax = axes()
    draw_basin(ax, fractal)
    assert ax.images[0].get_extent() == [3.0, 3.4, 0.1, 0.5]
    assert ax.get_xlim() == (3.0, 3.4)
    assert ax.get_ylim() == (0.1, 0.5)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$x$", "$y$")
    # Without the fingerprint it follows from the centres of the pixels.
    del fractal.attrs["fingerprint"]
    ax = axes()
    draw_basin(ax, fractal)
    np.testing.assert_allclose(ax.images[0].get_extent(), [3.0, 3.4, 0.1, 0.5], rtol=1e-14)


def test_a_deep_picture_is_labelled_by_offsets():
    ends = Fraction(32, 10) + Fraction(1, 7 * 10**20), Fraction(32, 10) + Fraction(8, 7 * 10**20)
    centres = np.full(4, 3.2)
    data = picture(np.ones((4, 4))).assign_coords(x=centres)
    with pytest.raises(ValueError, match="float64 cannot tell the pixels along x apart"):
        draw_basin(axes(), data)
    axis = {"columns": ["x", str(ends[0]), str(ends[1]), 4], "rows": ["y", "0", "1", 4]}
    data.attrs["fingerprint"] = json.dumps({"inputs": {"slice": axis}})
    data.attrs["arithmetic"] = "double-double: float64 cannot tell these pixels apart"
    ax = axes()
    draw_basin(ax, data)
    found = re.fullmatch(r"\$\(x - ([0-9.]+)\)\\,/\\,10\^\{(-\d+)\}\$", ax.get_xlabel())
    centre, unit = Fraction(found[1]), Fraction(10) ** int(found[2])
    assert [Fraction(v) for v in ax.get_xlim()] == pytest.approx([float((e - centre) / unit) for e in ends])
    assert 1 <= np.ptp(ax.get_xlim()) < 10
    assert notes(ax) == "double-double arithmetic"


@given(st.fractions(-50, 50), st.integers(5, 30))
def test_offsets_say_where_a_window_lies(middle, depth):
    ends = middle, middle + Fraction(3, 10**depth)
    data = xr.Dataset({"a": ("x", np.zeros(4))}, {"x": np.full(4, float(middle))})
    data.attrs["fingerprint"] = json.dumps({"inputs": {"axes": [["x", str(ends[0]), str(ends[1]), 4]]}})
    where = span(data, "x", offsets=True)
    found = re.fullmatch(r"\$\(x - (-?[0-9.]+)\)\\,/\\,10\^\{(-\d+)\}\$", where.label)
    if found is None:
        assert (where.low, where.high) == (float(ends[0]), float(ends[1]))
        return
    centre, unit = Fraction(found[1]), Fraction(10) ** int(found[2])
    assert float((ends[0] - centre) / unit) == where.low
    assert float((ends[1] - centre) / unit) == where.high


def test_notes_say_what_was_filled_and_gathered():
    data = run(quartic_job(96, refinement=Refinement(16, 4, 50), x=("1", "5"), y=("0.1", "2")))
    share = 100 * float(data["computed"].mean())
    ax = axes(1.2, 1.2)
    draw_basin(ax, data, dpi=30)
    assert f"{share:.3g} % of the pixels computed" in notes(ax)
    assert f"{int(data['mislabelled'].sum())} of {int(data['audited'].sum())} audited" in notes(ax)
    assert re.search(r"the commonest outcome of (\d) × \1 pixels", notes(ax))
    ax = axes()
    draw_basin(ax, run(quartic_job(8)))
    assert notes(ax) == ""


def test_large_pictures_are_gathered_and_nothing_is_skipped():
    # One pixel in sixteen: every block of 4 x 4 has one, whichever a stride would take.
    status = np.full((400, 406), Status.CONVERGED)
    status[1::4, 2::4] = Status.DIVERGED
    ax = axes(1.3, 1.3)
    draw_basin(ax, picture(status), dpi=100)
    side = min(block(ax, status.shape, 100))
    assert side == 4
    assert shown(ax) == ["converged"]
    # Blocks at the edge are cut by the limits, so that all lie where they belong.
    image = ax.images[0]
    assert image.get_array().shape == (100, 102)
    np.testing.assert_allclose(image.get_extent(), [0, 408 / 406, 0, 1], atol=1e-15)
    assert ax.get_xlim() == pytest.approx((0, 1))
    steps = np.where(status == Status.DIVERGED, 17, 1).astype(np.int32)
    ax = axes(1.3, 1.3)
    draw_basin(ax, picture(status, steps=steps), colour="steps", dpi=100)
    np.testing.assert_allclose(ax.images[-1].get_array()[:, :-1], 2.0)  # the mean of fifteen ones and 17


def test_a_picture_on_disk_is_read_in_strips(tmp_path):
    size = 3000
    status = np.random.default_rng(0).choice([1, 4], (size, size)).astype(np.int8)
    whole = picture(status)
    whole.attrs["fingerprint"] = "{}"
    whole.to_zarr(
        tmp_path / "picture",
        zarr_format=3,
        consolidated=False,
        encoding={n: {"chunks": (500, 500)} for n in whole.data_vars},
    )
    nbytes = whole["sharpness"].nbytes
    del whole
    lazy = xr.open_zarr(tmp_path / "picture", chunks=None, consolidated=False)
    ax = axes()
    tracemalloc.start()
    draw_basin(ax, lazy, colour="gap")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.5 * nbytes


# Orbit diagrams.


def diagram(directions=("fresh",), columns=60, rows=45, interval=(0.9, 2.1), window=(-1.5, 1.5)):
    job = OrbitDiagramJob(CUBIC, S, interval, columns, D, window, rows, np.array([[0.4, 0.9]]), 200, 50,
                          directions=directions)  # fmt: skip
    return orbit_diagram(job)


def test_a_diagram_is_its_density_column_by_column():
    data = diagram()
    ax = axes(7, 4)
    draw_orbit_diagram(ax, data, gamma=1.0)
    counts = data["density"].values[0].astype(float)
    wanted = counts / np.maximum(counts.max(axis=0), 1)
    np.testing.assert_allclose(ax.images[0].get_array(), wanted)
    np.testing.assert_allclose(ax.images[0].get_extent(), [0.9, 2.1, -1.5, 1.5])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$s$", "$d$")
    total = 60 * 50 * 2
    assert notes(ax) == f"{100 * int(data['nonfinite'].sum()) / total:.2g} % have escaped"


def test_counts_of_a_large_diagram_are_added_up():
    data = diagram(columns=80, rows=90, window=(-1.2, 1.2))
    ax = axes(1.0, 1.0)
    draw_orbit_diagram(ax, data, gamma=1.0, dpi=40)
    by = block(ax, (90, 80), 40)
    assert min(by) >= 2
    counts = gathered(data["density"].values[0], by)
    np.testing.assert_allclose(ax.images[0].get_array(), counts / np.maximum(counts.max(axis=0), 1))
    assert "values lie outside the window" in notes(ax)
    assert f"adds up {by[0]} × {by[1]} cells" in notes(ax)


def test_two_sweeps_have_two_colours():
    x, h = symbol("x"), symbol("h")
    step = gradient_descent(Loss.parse("(x**2 - 1)**2/4 - h*x", "x", "h"))
    job = OrbitDiagramJob(step, h, (-0.6, 0.6), 40, x, (-1.6, 1.6), 32, np.array([[-1.0]]), 200, 50, {ETA: 0.4},
                          ("up", "down"))  # fmt: skip
    data = orbit_diagram(job)
    ax = axes(7, 4)
    draw_orbit_diagram(ax, data, direction=("up", "down"))
    image = np.asarray(ax.images[0].get_array())
    up, down = (data["density"].values[i] for i in (0, 1))
    alone = (up == up.max(axis=0)) & (down == 0)
    assert alone.any()
    np.testing.assert_allclose(image[alone], np.broadcast_to(to_rgb(DIRECTION_COLOURS["up"]), (alone.sum(), 3)))
    alone = (down == down.max(axis=0)) & (up == 0)
    np.testing.assert_allclose(image[alone], np.broadcast_to(to_rgb(DIRECTION_COLOURS["down"]), (alone.sum(), 3)))
    both = (up == up.max(axis=0)) & (down == down.max(axis=0))
    product = np.prod([to_rgb(DIRECTION_COLOURS[d]) for d in ("up", "down")], axis=0)
    np.testing.assert_allclose(image[both], np.broadcast_to(product, (both.sum(), 3)))
    assert (image[(up == 0) & (down == 0)] == 1).all()
    assert shown(ax) == ["swept up", "swept down", "both"]
    (meeting,) = (c for c in ax.collections if c.get_label() == "both")
    assert to_hex(meeting.get_facecolor()[0]) == to_hex(product)


def test_a_direction_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="the diagram has the directions fresh, got 'up'"):
        draw_orbit_diagram(axes(), diagram(columns=4, rows=4), direction="up")
    with pytest.raises(ValueError, match="has the directions"):
        draw_orbit_diagram(axes(), diagram(columns=4, rows=4), direction=())


@pytest.fixture(scope="module")
def flips():
    return cascade(CUBIC, S, [1.0], 1.0, 7)


def lines(ax, gid):
    return [line for line in ax.lines if line.get_gid() == gid]


def test_flips_stand_where_they_are_and_labels_do_not_overlap(flips):
    ax = axes(6, 4)
    draw_orbit_diagram(ax, diagram(), flips=flips.flips)
    drawn = [line.get_xdata()[0] for line in lines(ax, "flip")]
    # Four are far enough apart to be seen as lines.
    assert drawn[:3] == [f.value for f in flips.flips[:3]]
    assert set(drawn) < {f.value for f in flips.flips}
    labels = [t for t in ax.texts if t.get_gid() == "flip label"]
    assert [t.get_text() for t in labels[:2]] == [r"$1 \to 2$", r"$2 \to 4$"]
    assert labels[-1].get_text().endswith("…")
    ax.figure.draw_without_rendering()
    boxes = [t.get_window_extent() for t in labels]
    for i, one in enumerate(boxes):
        assert not any(one.overlaps(other) for other in boxes[i + 1 :])
        assert one.y0 > ax.bbox.y1


def test_marks_may_have_names_of_their_own():
    ax = axes(6, 4)
    draw_orbit_diagram(ax, diagram(columns=8, rows=8), flips={r"$\sqrt{5} - 1$": 5**0.5 - 1, "far": 7.0})
    assert [line.get_xdata()[0] for line in lines(ax, "flip")] == [5**0.5 - 1]
    assert [t.get_text() for t in ax.texts if t.get_gid() == "flip label"] == [r"$\sqrt{5} - 1$"]


def test_a_passage_lies_over_the_diagram():
    x, y = np.array([1.5, 1.4, 5.0, np.nan, 1.0]), np.array([0.5, 9.0, 0.0, 0.0, 1.0])
    ax = axes(6, 4)
    draw_orbit_diagram(ax, diagram(columns=8, rows=8), passage=Passage(np.arange(5), x, y), passage_label="run",
                       flips={"1": 1.0})  # fmt: skip
    (line,) = lines(ax, "passage")
    assert np.column_stack(line.get_data()).tolist() == [[1.5, 0.5], [1.0, 1.0]]
    assert [lines(ax, g)[0].get_xdata()[0] for g in ("start", "end")] == [1.5, 1.0]
    assert shown(ax) == ["run", "its start", "its end", "bifurcations"]
    ax.figure.draw_without_rendering()
    (label,) = [t for t in ax.texts if t.get_gid() == "flip label"]
    assert not label.get_window_extent().overlaps(ax.get_legend().get_window_extent())


def test_names_of_axes():
    x, y = QUARTIC.own.step.state
    job = OrbitDiagramJob(QUARTIC.own.step, x, (1, 2), 4, ETA * (x**2 + y**2), (0, 2), 4, np.array([[1.0], [0.4]]), 5, 5,
                          {ETA: 0.1})  # fmt: skip
    ax = axes()
    draw_orbit_diagram(ax, orbit_diagram(job))
    assert ax.get_xlabel() == "$x_{0}$"
    assert "**" not in ax.get_ylabel()
    assert "eta" in ax.get_ylabel()


# Exponents.


def exponents(*axes_, count=1, steps=400, windows=4, d=0.4):
    fixed = () if D in [a.symbol for a in axes_] else ((D, d),)
    return run(ExponentsJob(CUBIC, axes_, fixed, Measurement(steps, 100, count, 16, windows)))


def test_the_curve_of_exponents():
    data = exponents(Axis(S, Fraction(1, 2), Fraction(19, 10), 50))
    ax = axes()
    draw_exponents(ax, data)
    (curve,) = (line for line in ax.lines if line.get_gid() != "zero")
    np.testing.assert_array_equal(curve.get_xdata(), data["s"].values)
    np.testing.assert_array_equal(curve.get_ydata(), data["exponent"].values[0])
    assert lines(ax, "zero")[0].get_ydata()[0] == 0
    (band,) = ax.collections
    inside = band.get_paths()[0].vertices
    error, value = data["standard_error"].values[0], data["exponent"].values[0]
    assert (value + error).max() == pytest.approx(inside[:, 1].max())
    low, high = ax.get_ylim()
    assert low < 0 < value.max() < high
    assert ax.get_xlabel() == "$s$"


def test_exponents_against_a_coordinate_in_any_order():
    data = xr.Dataset(
        {"exponent": (("index", "orbit"), [[0.3, -np.inf, 0.1], [-1.0, -2.0, -3.0]]),
         "standard_error": (("index", "orbit"), np.array([[0.1, np.inf, 0.1], [0.1, 0.1, np.nan]]))},
        {"eta": ("orbit", [3.0, 2.0, 1.0])},
    )  # fmt: skip
    ax = axes()
    draw_exponents(ax, data, against="eta")
    first, second = (line for line in ax.lines if line.get_gid() != "zero")
    assert first.get_xdata().tolist() == [1, 2, 3]
    np.testing.assert_array_equal(first.get_ydata(), [0.1, np.nan, 0.3])
    assert second.get_ydata().tolist() == [-3, -2, -1]
    assert shown(ax) == [r"$\lambda_{1}$", r"$\lambda_{2}$"]
    with pytest.raises(ValueError, match="no coordinate along orbit"):
        draw_exponents(axes(), data.drop_vars("eta"))


def test_the_map_of_exponents_is_white_at_zero():
    data = exponents(Axis(S, Fraction(1, 2), Fraction(21, 10), 30), Axis(D, Fraction(1, 10), Fraction(9, 10), 20))
    ax = axes()
    draw_exponent_map(ax, data)
    image = ax.images[-1]
    assert image.norm.vmin < 0 < image.norm.vmax
    assert min(image.cmap(image.norm(0.0))[:3]) > 0.95
    escaped = data["status"].values != Status.BOUNDED
    assert escaped.any()
    assert (np.ma.getmaskarray(image.get_array()) == escaped).all()
    np.testing.assert_array_equal(image.get_array()[~escaped], data["exponent"].values[0][~escaped])
    assert image.get_extent() == [0.5, 2.1, 0.1, 0.9]
    assert shown(ax) == ["escaped"]
    ax.figure.draw_without_rendering()
    for wrong, right in ((draw_exponents, data), (draw_exponent_map, exponents(Axis(S, Fraction(1), Fraction(2), 3)))):
        with pytest.raises(ValueError, match="these exponents lie"):
            wrong(axes(), right)


@pytest.mark.parametrize("value", [np.nan, -np.inf, 0.0, -0.3, 0.5])
def test_maps_of_one_kind_of_exponent(value):
    shape = (1, 2, 3)
    status = np.full(shape[1:], Status.DIVERGED if np.isnan(value) else Status.BOUNDED)
    data = xr.Dataset({"exponent": (("index", "row", "column"), np.full(shape, value)),
                       "status": (("row", "column"), status)},
                      {"s": ("column", [1.0, 2.0, 3.0]), "d": ("row", [0.0, 1.0])})  # fmt: skip
    ax = axes()
    draw_exponent_map(ax, data)
    ax.figure.draw_without_rendering()
    assert shown(ax) == (["escaped"] if np.isnan(value) else [])


def test_the_histogram_of_finite_times():
    data = exponents(Axis(S, Fraction(15, 10), Fraction(21, 10), 40), windows=8)
    finite = data["finite_time"].values[np.isfinite(data["finite_time"].values)]
    ax = axes()
    draw_finite_time(ax, data, bins=20)
    assert lines(ax, "mean")[0].get_xdata()[0] == pytest.approx(finite.mean())
    corners = ax.patches[0].get_path().vertices
    assert (corners[:, 0].min(), corners[:, 0].max()) == pytest.approx((finite.min(), finite.max()))
    assert f"{finite.size} windows, {data['finite_time'].size - finite.size} without" in notes(ax)
    draw_finite_time(axes(), exponents(Axis(S, Fraction(3), Fraction(4), 2)))


# Cycles.


@pytest.fixture(scope="module")
def steep():
    """A loss steeper than its parabola: a subcritical flip at eta = 2, and a fold of the 2-cycle below."""
    step = gradient_descent(Loss.parse("x**2/2 + x**4/4 - x**6/4 + x**8/16", "x"))
    centre = continue_cycle(step, ETA, (1.5, 2.3), [0.0], 1.6)
    (flip,) = (b for b in centre.special if b.kind == "flip")
    return [centre, continue_cycle(step, ETA, (1.5, 2.3), *beside_flip(Family(step, {}, ETA), flip), 2)]


def test_branches_are_solid_where_they_attract(steep):
    ax = axes(6, 4)
    draw_branches(ax, steep, name="x")
    for gid, style in (("stable", "-"), ("unstable", "--")):
        found = lines(ax, gid)
        assert found
        assert {line.get_linestyle() for line in found} == {style}
    # The minimum attracts up to the flip at 2.
    ends = [line.get_xdata()[[0, -1]] for line in lines(ax, "stable") if not np.any(line.get_ydata())]
    assert len(ends) == 1
    assert ends[0] == pytest.approx([1.5, 2.0], abs=0.03)
    for branch in steep:
        for phase in range(branch.period):
            drawn = np.concatenate([line.get_xdata() for line in [*lines(ax, "stable"), *lines(ax, "unstable")]])
            assert set(branch.values) <= set(drawn)
            assert branch.points[:, phase, 0].max() <= ax.dataLim.y1
    assert (ax.get_xlabel(), ax.get_ylabel()) == (r"$\eta$", "$x$")


def test_special_points_are_marked(steep):
    ax = axes(6, 4)
    draw_branches(ax, steep)
    wanted = {(b.kind, round(b.value, 9)) for branch in steep for b in branch.special}
    found = {(line.get_gid(), round(float(line.get_xdata()[0]), 9)) for line in ax.lines if line.get_marker() != "None"}
    assert found == wanted
    assert {k for k, _ in wanted} >= {"fold", "flip"}
    names = shown(ax)
    assert names[:4] == ["period 1", "period 2", "stable", "unstable"]
    assert {n.partition(" (")[0] for n in names[4:]} == {k for k, _ in wanted}
    hollow = {line.get_gid() for line in ax.lines if line.get_markerfacecolor() == "white"}
    assert hollow == {b.kind for branch in steep for b in branch.special if not b.proved}


def test_branches_of_nothing_or_of_two_parameters_are_refused(steep):
    other = continue_cycle(CUBIC, S, (0.5, 0.9), [1.0], 0.6)
    with pytest.raises(ValueError, match="one parameter at a time, got eta, s"):
        draw_branches(axes(), [*steep, other])
    with pytest.raises(ValueError, match="got none"):
        draw_branches(axes(), [])


def test_a_cascade_falls_with_slope_log_delta(flips):
    ax = axes()
    draw_cascade(ax, flips)
    number, away = lines(ax, "flips")[0].get_data()
    end = flips.accumulation[0]
    np.testing.assert_allclose(away, [abs(f.value - end) for f in flips.flips], rtol=1e-7)
    law = lines(ax, "law")[0].get_ydata()
    np.testing.assert_allclose(np.diff(np.log(law)), -np.log(FEIGENBAUM))
    np.testing.assert_allclose(law[-3:], away[-3:], rtol=0.02)
    assert [t.get_text() for t in ax.get_xticklabels()] == [str(2**n) for n in range(len(number))]
    ratios = [float(t.get_text()) for t in ax.texts if t.get_gid() == "ratio"]
    gaps = np.diff([f.value for f in flips.flips])
    np.testing.assert_allclose(ratios, gaps[:-1] / gaps[1:], rtol=1e-6)
    assert f"{end:.9f}"[:9] in notes(ax)


# What stands around them, and all of it together.


def test_a_legend_that_has_no_room_takes_more_rows():
    names = [f"an outcome of some length, {n}" for n in range(4)]
    for width, most in ((3.0, 1), (12.0, 4)):
        ax = axes(width, 3)
        for name in names:
            ax.plot([0, 1], [0, 1], label=name)
        legend_above(ax)
        ax.figure.draw_without_rendering()
        box = ax.get_legend().get_window_extent()
        assert box.y0 >= ax.bbox.y1
        assert box.x1 - box.x0 < ax.figure.bbox.width
        assert len({round(t.get_window_extent().x0) for t in ax.get_legend().get_texts()}) <= most


def test_plain_text_of_mathematics():
    assert plain(r"$3\sqrt{3}/2 - 1$") == "33/2 - 1"
    assert plain("diverged") == "diverged"


def test_nothing_leaks_into_the_settings_of_matplotlib(fractal, tmp_path):
    before = dict(mpl.rcParams)
    ax = axes()
    draw_basin(ax, fractal, colour="steps")
    save_figure(ax.figure, tmp_path / "figure.pdf")
    assert dict(mpl.rcParams) == before
    names = ("annotate", "basin", "cycles", "exponents", "orbit_diagram", "raster", "save")
    code = f"import sys, {', '.join(f'edgestab.figures.{n}' for n in names)}; print('matplotlib.pyplot' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_step_size_is_read_exactly():
    assert step_size(picture([[1]])).eta.tolist() == [0.2]


sys.path.append(str(ROOT / "examples"))  # where the script finds its neighbour when it is run
GALLERY = runpy.run_path(str(ROOT / "examples" / "gallery.py"), run_name="gallery")


@pytest.mark.parametrize("name", list(GALLERY["FIGURES"]))
def test_every_figure_of_the_gallery_can_be_made_small(name, tmp_path):
    with publication():
        figure = GALLERY["FIGURES"][name](5 if name == "cascade" else 12)
    save_figure(figure, tmp_path / "figure.pdf", dpi=60)
    assert (ROOT / "examples" / "gallery" / f"{name}.png").stat().st_size < 150_000


def test_the_gallery_lists_its_figures():
    done = subprocess.run([sys.executable, "examples/gallery.py"], cwd=ROOT, env={"PYTHONPATH": str(ROOT), "PATH": ""},
                          capture_output=True, text=True, check=True, timeout=60)  # fmt: skip
    assert [line.split()[0] for line in done.stdout.splitlines()] == list(GALLERY["FIGURES"])
