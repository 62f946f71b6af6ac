"""Figures of maps, one command each: those of Zhu et al. (2023), sections 4 and 5, recomputed, and some beside them.

    python examples/gallery.py                 the names of the figures
    python examples/gallery.py fractal         compute one and save it as examples/gallery/fractal.png
    python examples/gallery.py all --size 1200 --out figures --format pdf

``--size`` is about how many pixels a map has along a side. A figure takes between a second and a minute at its
default size, and the first one some more, while kernels are compiled.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import sympy as sp
from drawing import DPI, command, shared_legend
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import ConnectionPatch, Rectangle

from edgestab.figures.basin import draw_basin
from edgestab.figures.cycles import draw_branches, draw_cascade
from edgestab.figures.exponents import draw_exponent_map, draw_exponents
from edgestab.figures.orbit_diagram import draw_orbit_diagram
from edgestab.figures.style import BLACK, EDGE, FLOW, SHARPNESS, new_figure
from edgestab.numerics.cycles.branches import flips
from edgestab.numerics.cycles.cascade import cascade
from edgestab.numerics.cycles.continuation import beside_flip, continue_cycle
from edgestab.numerics.cycles.jets import Family
from edgestab.numerics.maps.exponents.exponents import ExponentsJob, Measurement
from edgestab.numerics.maps.pictures.basin import BasinJob
from edgestab.numerics.maps.pictures.orbit_diagram import OrbitDiagramJob
from edgestab.numerics.maps.pictures.passage import passage
from edgestab.numerics.maps.pictures.slices import Axis, slice_of
from edgestab.numerics.orbits.follow import Rules
from edgestab.numerics.orbits.sharpness import sharpness
from edgestab.numerics.tiling.running import run
from edgestab.theory.loss import Loss
from edgestab.theory.models.catalogue import model
from edgestab.theory.optimizers.gradient_descent import gradient_descent
from edgestab.theory.optimizers.momentum import BETA, heavy_ball
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import ETA, symbol

FOLDER = Path(__file__).with_suffix("")

QUARTIC = model("quartic")
X, Y = QUARTIC.own.step.state
CUBIC = model("frozen-cubic").own.step
(D,), (S,) = CUBIC.state, CUBIC.parameters
A, B, K = symbol("a"), symbol("b"), symbol("k")
SIMPLIFIED = StepMap("the simplified two-step map", (B,), (B * (1 + 8 * A * K - 16 * B**2),), (A, K))


def basin(x: tuple[str, str], y: tuple[str, str], eta: Fraction, size: int, rules: Rules | None = None) -> BasinJob:
    """Every pixel of a window of starts (x, y) of the quartic."""
    columns, rows = (Axis(v, Fraction(low), Fraction(high), size) for v, (low, high) in ((X, x), (Y, y)))
    where = slice_of(QUARTIC, columns, rows, {ETA: eta})
    return BasinJob(QUARTIC, where, rules or Rules(), refinement=None)


def fractal(size: int = 640) -> Figure:
    """Section 5: where (x0, y0) converges at eta = 0.2, and the boundary of it inside [3, 3.4] x [0.1, 0.5]."""
    eta, x, y = Fraction(1, 5), ("3", "3.4"), ("0.1", "0.5")
    patient = Rules(least=500_000)  # beside the origin orbits take long to leave
    figure = new_figure(7.2, 4.1)
    left, right = figure.subplots(1, 2)
    for ax, window in ((left, (("-4", "4"), ("-4", "4"))), (right, (x, y))):
        draw_basin(ax, run(basin(*window, eta, size, patient)), legend=False, dpi=DPI)
        ax.set_box_aspect(1)
        ax.set_xlabel("$x_0$")
        ax.set_ylabel("$y_0$")
    right.yaxis.tick_right()
    right.yaxis.set_label_position("right")
    right.spines["left"].set_visible(False)
    right.spines["right"].set_visible(True)
    corner = float(x[0]), float(y[0])
    left.add_patch(Rectangle(corner, float(x[1]) - corner[0], float(y[1]) - corner[1], fill=False, lw=1.0, ec=BLACK))
    for side in (0, 1):
        above = float(y[side])
        line = ConnectionPatch(
            (float(x[1]), above), (0, side), "data", "axes fraction", axesA=left, axesB=right, lw=0.6
        )
        line.set_in_layout(False)
        figure.add_artist(line)
    shared_legend(figure)
    return figure


def slow_passage(size: int = 800) -> Figure:
    """Section 5: gradient descent at eta = 0.01 from (12.5, 0.05), over the simplified map and over the exact cubic.

    Above, the map b'' = b (1 + 8 a k - 16 b^2) of two steps with a frozen, k = sqrt(eta). Below, one step in the limit
    of small step sizes, d' = d (1 + s - s d^2) with s = eta (x^2 + y^2) frozen. Lines stand at the proved flips of each
    map's cycles. The simplified map has the symmetry b -> -b, which gradient descent has not.
    """
    eta, start, steps, points = 0.01, (12.5, 0.05), 60_000, 3000
    a = sp.sqrt(X**2 - Y**2) - (ETA**-2 - 4) ** sp.Rational(1, 4)
    both, one = np.linspace(0.02, 0.2, 4), np.linspace(0.35, 0.95, 8)
    figure = new_figure(7.2, 5.8)
    above, below = figure.subplots(2, 1)

    def draw(ax: Axes, job: OrbitDiagramJob, box: tuple[Fraction, Fraction], along: sp.Expr, across: sp.Expr) -> None:
        low, high = (Fraction(str(end)) for end in job.interval)
        found = flips(job.step, job.swept, (low, high), [box], fixed=job.parameters, budget=4000)
        orbit = passage(QUARTIC, start, {ETA: eta}, along, across, steps, points)
        draw_orbit_diagram(ax, run(job), flips=found, passage=orbit, legend=ax is above, dpi=DPI,
                           passage_label=r"gradient descent, $\eta = 0.01$")  # fmt: skip

    def words(ax: Axes, along: str, across: str, inside: str) -> None:
        ax.set_xlabel(along)
        ax.set_ylabel(across)
        ax.text(0.11, 0.06, inside, transform=ax.transAxes)  # right of the first flip below

    simplified = OrbitDiagramJob(SIMPLIFIED, A, (-0.2, 2.55), size, B, (-1.05, 0.75), size // 2,
                                 np.r_[both, -both][np.newaxis], 2000, 600, {K: Fraction(1, 10)})  # fmt: skip
    draw(above, simplified, (Fraction(1, 100), Fraction(1)), a, X * Y - 1)
    words(above, "offset from the edge, $a$", "$b = xy - 1$", "simplified map of two steps, $a$ frozen")
    draw(below, cubic_diagram(size, one), (Fraction(0), Fraction(2)), ETA * (X**2 + Y**2), X * Y)
    words(below, r"$s = \eta\,(x^2 + y^2)$", "$d = xy$", "one step, $s$ frozen")
    return figure


def cubic_diagram(size: int, starts: np.ndarray) -> OrbitDiagramJob:
    """The orbits of the frozen-s cubic up to where they escape."""
    return OrbitDiagramJob(CUBIC, S, (0.9, 2.0), size, D, (-1.5, 1.5), size // 2, starts[np.newaxis], 2000, 600)


def window(size: int = 640) -> Figure:
    """Section 5: which starts at eta = 0.2 end, within 50,000 iterations, at a sharpness in (2/eta - 0.1, 2/eta)."""
    rules = Rules(least=50_000, most=50_000)
    data = run(basin(("0", "4"), ("0", "4"), Fraction(1, 5), size, rules))
    figure = new_figure(7.2, 3.45)
    left, right = figure.subplots(1, 2)
    draw_basin(left, data, colour="window", window=(0, 0.1), dpi=DPI)
    draw_basin(right, data, colour="gap", dpi=DPI)
    for ax in (left, right):
        ax.set_box_aspect(1)
        ax.set_xlabel("$x_0$")
        ax.set_ylabel("$y_0$")
    return figure


def adaptivity(size: int = 260) -> Figure:
    """Section 5: from one start, step sizes 2/8, 2/10 and 2/12 end at minima of sharpness 8, 10 and 12.

    The sharpness is the largest eigenvalue of the Hessian of (1 - x y z w)^2 / 2 along the orbit; the thicker line is
    that of the minimum to which gradient flow would go from there.
    """
    start = (2.68, 0.36)
    gfs = 2 * sp.sqrt((X**2 - Y**2) ** 2 + 4)
    full = Loss.parse("(1 - x*y*z*w)**2/2", "x y z w")
    figure = new_figure(7.2, 3.1)
    axes = figure.subplots(1, 3, sharey=True)
    for ax, edge in zip(axes, (8, 10, 12), strict=True):
        steps = size
        run_x = passage(QUARTIC, start, {ETA: 2 / edge}, X, Y, steps, steps)
        flow = passage(QUARTIC, start, {ETA: 2 / edge}, gfs, X * Y, steps, steps)
        x, y = run_x.abscissa, run_x.ordinate
        steep = sharpness(full, np.array([x, y, x, y]))
        ax.plot(run_x.step, steep, color=SHARPNESS, lw=0.8, label="sharpness along the orbit")
        ax.plot(flow.step, flow.abscissa, color=FLOW, lw=1.8, label="sharpness where gradient flow would end")
        ax.axhline(edge, color=EDGE, lw=1.0, ls="--", label=r"$2/\eta$")
        ax.set_title(rf"$\eta = 2/{edge}$")
        ax.set_xlim(0, steps)
        ax.set_xlabel("iteration")
    axes[0].set_ylabel("sharpness")
    axes[0].set_ylim(0, 20)
    shared_legend(figure)
    return figure


def hysteresis(size: int = 900) -> Figure:
    """Gradient descent on (x^2 - 1)^2/4 - h x at eta = 0.95, the tilt h swept up and down.

    The orbit stays in its well until the well is gone, chaotic or not, so that two attractors stand over one tilt.
    """
    x, h = symbol("x"), symbol("h")
    step = gradient_descent(Loss.parse("(x**2 - 1)**2/4 - h*x", "x", "h"))
    job = OrbitDiagramJob(step, h, (-0.8, 0.8), size, x, (-1.85, 1.85), size // 2, np.array([[-1.0]]), 1000, 600,
                          {ETA: 0.95}, ("up", "down"))  # fmt: skip
    figure = new_figure(7.2, 3.7)
    ax = figure.subplots()
    draw_orbit_diagram(ax, run(job), direction=("up", "down"), dpi=DPI)
    ax.set_xlabel("tilt $h$")
    return figure


def exponents(size: int = 900) -> Figure:
    """The orbit diagram of the frozen-s cubic, and the Lyapunov exponent below it."""
    job = ExponentsJob(CUBIC, (Axis(S, Fraction(9, 10), Fraction(2), 2 * size),), ((D, 0.4),),
                       Measurement(16_000, 2000, 1, 16, 8))  # fmt: skip
    exact = {"$1$": 1.0, r"$\sqrt{5} - 1$": 5**0.5 - 1, r"$3\sqrt{3}/2 - 1$": 1.5 * 3**0.5 - 1}
    figure = new_figure(7.2, 5.4)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    draw_orbit_diagram(above, run(cubic_diagram(size, np.linspace(0.35, 0.95, 8))), flips=exact, dpi=DPI)
    above.set_xlabel("")
    draw_exponents(below, run(job))
    return figure


def momentum(size: int = 300) -> Figure:
    """The largest Lyapunov exponent of heavy ball on (1 - x^2)^2/4, over step size and momentum."""
    step = heavy_ball(Loss.parse("(1 - x**2)**2/4", "x"))
    axes = Axis(ETA, Fraction(1, 2), Fraction(2), size), Axis(BETA, Fraction(-1, 2), Fraction(9, 10), size)
    job = ExponentsJob(step, axes, tuple((v, 0.4) for v in step.state), Measurement(4000, 2000))
    figure = new_figure(4.8, 3.6)
    draw_exponent_map(figure.subplots(), run(job), dpi=DPI)
    return figure


def doublings(size: int = 9) -> Figure:
    """The period doublings of the frozen-s cubic, each proved, and how they accumulate; the size is their number."""
    figure = new_figure(5.4, 3.8)
    draw_cascade(figure.subplots(), cascade(CUBIC, S, [1.0], 1.0, min(size, 12)))
    return figure


def branches(size: int = 2000) -> Figure:
    """A loss steeper than its parabola flips subcritically: its 2-cycles are older than the loss of stability.

    Gradient descent on x^2/2 + x^4/4 - x^6/4 + x^8/16; the size is the largest number of points on a branch.
    """
    step = gradient_descent(Loss.parse("x**2/2 + x**4/4 - x**6/4 + x**8/16", "x"))
    interval, size = (1.5, 2.3), max(size, 500)
    centre = continue_cycle(step, ETA, interval, [0.0], 1.6, points=size)
    (flip,) = (b for b in centre.special if b.kind == "flip")
    found = [centre, continue_cycle(step, ETA, interval, *beside_flip(Family(step, {}, ETA), flip), 2, points=size)]
    figure = new_figure(6.4, 3.8)
    draw_branches(figure.subplots(), found, name="x")
    return figure


FIGURES: dict[str, Callable[..., Figure]] = {
    "fractal": fractal,
    "passage": slow_passage,
    "window": window,
    "adaptivity": adaptivity,
    "hysteresis": hysteresis,
    "exponents": exponents,
    "momentum": momentum,
    "cascade": doublings,
    "branches": branches,
}


if __name__ == "__main__":
    command(FIGURES, "Figures of maps, one command each; without a name, they are listed.", FOLDER)
