"""The figures: their artists carry the right data, and each verdict gets the figure it should."""

import dataclasses
import re
import subprocess
import sys

import numpy as np
import pytest
import sympy as sp
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from edgestab.figures import gap, orbits, portrait, starts
from edgestab.figures.of_claims import draw, figure_for
from edgestab.figures.style import BLUE, VERMILLION, label, publication, to_svg
from edgestab.numerics.orbits import gap as gaps
from edgestab.numerics.orbits.coordinates import evaluate
from edgestab.numerics.orbits.status import Status
from edgestab.theory import frozen_cubic
from edgestab.theory.claim import Claim
from edgestab.theory.claims.catalogue import find
from edgestab.theory.conclusions.converges import Converges
from edgestab.theory.conclusions.final_sharpness import FinalSharpness
from edgestab.theory.models.catalogue import model
from edgestab.theory.region import Region
from edgestab.theory.statement import OrbitStatement, StepSizes
from edgestab.theory.symbols import ETA
from edgestab.verify.check import check
from edgestab.verify.evidence.followed import Counterexample
from edgestab.verify.evidence.sampling import SamplingEvidence
from edgestab.verify.verdict import Verdict


@pytest.fixture
def ax():
    return Figure().subplots()


def by_gid(ax, gid):
    return next(a for a in ax.get_children() if a.get_gid() == gid)


def offsets_of(ax, name):
    return next(np.asarray(c.get_offsets()) for c in ax.collections if c.get_label() == name)


def texts(figure):
    return [t.get_text() for legend in figure.legends for t in legend.get_texts()]


def series(n=60, etas=(0.1,)):
    rng = np.random.default_rng(2)
    return {
        "eta": np.resize(etas, n).astype(float),
        "offset": rng.uniform(0.02, 0.2, n),
        "b": rng.uniform(-0.1, 0.1, n),
        "margin": np.r_[-0.5, np.nan, rng.uniform(0.1, 1, n - 2)],
        "status": np.r_[np.full(n - 1, int(Status.CONVERGED)), int(Status.DIVERGED)],
        "steps": np.full(n, 100),
        "gap": rng.uniform(0.4, 0.6, n),
        "uses_eta": np.full(n, True),
    }


def user_verdict(columns, conclusion, etas=("0.1",), **changes):
    quartic = model("quartic")
    region = Region.in_coordinates(quartic, {"offset": ("0.02", "0.2"), "b": ("-0.1", "0.1")})
    statement = OrbitStatement("$\\bad{", quartic, StepSizes.of(*etas), region, conclusion)
    plain = {
        "part": "$\\bad{", "points": 60, "excluded": 0, "undecided": 1, "failed": 1, "uniform": 60, "uniform_failed": 1,
        "failing_fraction": (0.0, 0.2), "margin": -0.5, "worst": {"eta": 0.1, "offset": 0.05, "b": 0.01},
        "outcomes": {"CONVERGED": 60}, "step_sizes": "eta = 0.1", "series": columns,
    }  # fmt: skip
    claim = Claim("user.$\\bad{", "user", "$\\bad{", "words", (statement,), kind="user")
    return Verdict(claim, (SamplingEvidence(**(plain | changes)),))


# The plane (a, b).


def test_the_parabola_and_the_window(ax):
    eta = 0.01
    k = np.sqrt(eta)
    path = np.zeros((2, 2, 1)) + 1e-3
    portrait.draw_portrait(ax, eta, path, (-0.004, 0.06), (-0.1, 0.1))
    a, b = by_gid(ax, "parabola").get_data()
    assert b.min() < 0 < b.max()
    np.testing.assert_allclose(b**2, a * k / 2 + k**4 / 16, atol=1e-15)
    assert a.min() == pytest.approx(-(k**3) / 8)
    window = by_gid(ax, "window")
    assert window.get_x() == pytest.approx(-5 / 3 * k**3)
    assert window.get_x() + window.get_width() == pytest.approx(-(k**3) / 10)
    assert ax.get_xlabel() == "$a$"


def test_ellipses_pass_through_the_starts(ax):
    path = np.array([[[0.01], [0.02]], [[-0.01], [0.001]]])
    portrait.draw_ellipses(ax, 0.01, path)
    a, b = by_gid(ax, "ellipse").get_data()
    constant = a**2 + 0.01 * b**2 / 4
    np.testing.assert_allclose(constant, 0.01**2 + 0.01 * 0.02**2 / 4)


def test_the_invariant_ellipse(ax):
    portrait.draw_invariant_ellipse(ax, 0.5)
    x, y = by_gid(ax, "ellipse").get_data()
    np.testing.assert_allclose(x**2 + y**2 - 0.5 * x * y, 4 / 0.5 - 0.5)
    on = next(line for line in ax.lines if line.get_label() == "an orbit on it")
    x, y = on.get_data()
    np.testing.assert_allclose(x**2 + y**2 - 0.5 * x * y, 7.5, rtol=1e-3)


# The gap.


def test_the_window_of_the_paper_and_the_constant(ax):
    columns = series(etas=(0.1, 0.05, 0.02))
    window = gaps.claimed_gaps(FinalSharpness(2 / ETA - sp.Rational(20, 3) * ETA, 2 / ETA))
    low, high = window(np.array([0.02, 0.1]))
    np.testing.assert_allclose(low, 0, atol=1e-9)
    np.testing.assert_allclose(high, 20 / 3)
    gap.draw_gap(ax, columns, window, series=True)
    assert ax.get_ylim()[1] > 20 / 3
    line = next(line for line in ax.lines if str(line.get_label()).startswith("$G"))
    eta, constant = line.get_data()
    np.testing.assert_allclose(constant, 0.5 - 129 / 32 * eta**2 + 2483 / 128 * eta**4, atol=2e-2)
    assert float(gaps.sharp_constant(np.array([0.1]))[0]) == pytest.approx(0.46149753616278, abs=1e-4)
    assert len(offsets_of(ax, "converged, conclusion fails")) == 1
    assert len(offsets_of(ax, "undecided")) == 1
    assert len(offsets_of(ax, "converged, conclusion holds")) == 57  # the diverged orbit has no gap


def test_one_sided_windows_and_no_orbits(ax):
    window = gaps.claimed_gaps(FinalSharpness(-sp.oo, 2 / ETA))
    gap.draw_gap(ax, series(), window)
    assert np.isfinite(ax.get_ylim()).all()
    empty = series() | {"status": np.full(60, int(Status.DIVERGED))}
    gap.draw_gap(Figure().subplots(), empty, window)


def test_the_window_stays_visible_beside_far_gaps(ax):
    window = gaps.claimed_gaps(FinalSharpness(2 / ETA - ETA, 2 / ETA))
    gap.draw_gap(ax, series() | {"gap": np.linspace(0.4, 150, 60)}, window)
    assert ax.get_yscale() == "symlog"
    low, high = (ax.transData.transform((0, y))[1] for y in (0, 1))
    assert high - low > 0.1 * ax.get_window_extent().height


# The starts.


def test_starts_are_coloured_by_outcome(ax):
    columns = series()
    counterexample = {"eta": 0.1, "offset": 0.07, "b": 0.03}
    starts.draw_starts(ax, columns, ("offset", "b"), worst={"offset": 0.1, "b": 0.0}, counterexample=counterexample)
    for name, rows, colour in (
        ("converged, conclusion holds", np.arange(2, 59), BLUE),
        ("converged, conclusion fails", np.array([0]), VERMILLION),
        ("undecided", np.array([1]), None),
        ("diverged, conclusion holds", np.array([59]), None),
    ):
        np.testing.assert_allclose(offsets_of(ax, name), np.c_[columns["offset"], columns["b"]][rows])
        if colour:
            drawn = next(c for c in ax.collections if c.get_label() == name)
            assert to_hex(drawn.get_facecolor()[0]).lower() == colour.lower()
    np.testing.assert_allclose(offsets_of(ax, "counterexample"), [[0.07, 0.03]])
    np.testing.assert_allclose(offsets_of(ax, "least margin"), [[0.1, 0.0]])
    assert ax.get_xlabel() == "$P - 1$"


def test_axes_skip_constant_and_tied_variables():
    n = 50
    u = np.linspace(1, 2, n)
    columns = {"eta": np.full(n, 0.1), "c": np.ones(n), "u": u, "v": 3 - u + 1e-6 * np.sin(9 * u), "w": np.cos(40 * u)}
    assert starts.axes_of(columns, ["c", "u", "v", "w"]) == ("u", "w")
    assert starts.axes_of(columns, ["u", "v"]) == ("u", "v")
    assert starts.axes_of(columns, ["c", "u"]) is None
    assert starts.axes_of(columns | {"eta": u}, ["c", "w"]) == ("eta", "w")


# The orbit diagram.


def test_the_density_shows_the_cascade():
    image = orbits.density(40, 61, settle=2000, kept=60, lanes=2)
    s = 0.9 + 1.1 * (np.arange(40) + 0.5) / 40
    visited = (image > 0).sum(axis=0)
    assert (visited[(s > 0.92) & (s < 0.97)] == 1).all()
    assert (visited[(s > 1.05) & (s < 1.2)] == 2).all()
    assert visited[s > 1.9].min() > 20
    assert image.max() == 1
    below_zero = image[:30].sum(axis=0) > 0
    assert not below_zero[s < float(frozen_cubic.REACHES_ZERO) - 0.03].any()


def test_the_exact_values_of_the_diagram(ax):
    orbits.draw_orbit_diagram(ax, np.zeros((4, 4)))
    at = [
        line.get_xdata()[0]
        for line in ax.lines
        if len(line.get_xdata()) == 2 and line.get_xdata()[0] == line.get_xdata()[1]
    ]
    np.testing.assert_allclose(sorted(at), [1, 5**0.5 - 1, 81 / 64, 3 * 3**0.5 / 2 - 1, 2])
    s, d = by_gid(ax, "two-cycle").get_data()
    after = d * (1 + s - s * d**2)
    np.testing.assert_allclose(after * (1 + s - s * after**2), d, rtol=1e-7)
    upper, lower = evaluate(frozen_cubic.two_cycle(), {frozen_cubic.S: np.array([1.0, 1.2])})
    np.testing.assert_allclose(upper * lower, [1, 1 / 1.2])


# Which figure shows what.


def test_figures_of_the_catalogue():
    assert figure_for(check(find("zhu2023.minima"))) is None
    assert figure_for(check(find("zhu2023.slip1"))) is None
    ode = draw(check(find("zhu2023.eq8-ode")))
    assert len(ode.figure.axes) == 2
    assert {"parabola", "window for the limit", "limit"} <= set(texts(ode.figure))
    assert "parabola" in ode.caption
    run = figure_for(check(find("zhu2023.sec5-one-start")))
    assert "claimed window" in texts(run)


def test_a_users_claim_gets_the_map_and_the_gap():
    window = FinalSharpness(2 / ETA - ETA, 2 / ETA)
    against = Counterexample({"eta": "1/10", "offset": "1/20", "b": "1/30"}, "")
    figure = figure_for(user_verdict(series(), window, counterexample=against))
    assert len(figure.axes) == 2
    assert {"counterexample", "least margin", "claimed window"} <= set(texts(figure))
    assert len(texts(figure)) == len(set(texts(figure)))
    alone = figure_for(user_verdict(series(), Converges()))
    assert len(alone.axes) == 1
    several = figure_for(user_verdict(series(etas=(0.1, 0.05)), window, etas=("0.1", "0.05")))
    assert len(several.axes) == 3


def test_an_own_figure_is_not_for_a_user_who_takes_its_name():
    verdict = user_verdict(series(), Converges())
    named = dataclasses.replace(verdict, claim=dataclasses.replace(verdict.claim, id="zhu2023.R4"))
    assert "least margin" in texts(figure_for(named))


def test_nothing_followed_nothing_drawn():
    assert figure_for(user_verdict({}, Converges(), points=0)) is None
    empty = {k: v[:0] for k, v in series().items()}
    assert figure_for(user_verdict(empty, Converges(), points=0)) is None


# Into the page.


def test_svg_stands_alone_and_is_reproducible():
    verdict = user_verdict(series(), FinalSharpness(2 / ETA - ETA, 2 / ETA))
    one, two = (to_svg(figure_for(verdict), "fig-a") for _ in range(2))
    assert one == two
    assert one.startswith("<svg ")
    assert one.endswith("</svg>")
    assert "://" not in one
    assert all(i.startswith("fig-a-") for i in re.findall(r'\bid="([^"]*)"', one))
    assert set(re.findall(r'href="#([^"]*)"', one)) <= set(re.findall(r'\bid="([^"]*)"', one))


def test_many_markers_become_one_image():
    small = to_svg(figure_for(user_verdict(series(1000), Converges())), "f")
    large = to_svg(figure_for(user_verdict(series(4000), Converges())), "f")
    assert "data:image/png;base64," not in small
    assert "data:image/png;base64," in large
    assert len(large) < 400_000


def test_labels_never_break_mathematics():
    for name in ("eta", "x0", "w2_final", "p_", "a_b_c", "lambda", "dx", "__", "$", "x y", "K", "alpha1"):
        figure = Figure()
        figure.text(0, 0, label(name))
        figure.canvas.draw()
    assert label("alpha1") == r"$\alpha_{1}$"


def test_defaults_are_put_back():
    import matplotlib as mpl

    before = mpl.rcParams["font.family"]
    with publication():
        assert mpl.rcParams["font.family"][:1] == ["STIXGeneral"]
    assert mpl.rcParams["font.family"] == before


def test_importing_the_figures_leaves_matplotlib_alone():
    code = "import sys, edgestab.figures.of_claims, edgestab.report.write; print('matplotlib' in sys.modules, 'jinja2' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "False"]
