"""Figures of where gradient descent on l(xy) lands, one command each.

    python examples/landing_figures.py                   the names of the figures
    python examples/landing_figures.py landing-errors    draw it and save it as examples/gallery/landing-errors.png
    python examples/landing_figures.py all --out figures --format pdf

Nothing is random. A figure takes some seconds, landing-forgetting half a minute.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import sympy as sp
from drawing import command, shared_legend
from landing_curve import BITS, gaps, largest_difference
from matplotlib.figure import Figure
from numpy.typing import NDArray

from edgestab.figures.landing import draw_branch, draw_edge, draw_errors, draw_forgetting, draw_orbit
from edgestab.figures.style import BLUE, GREEN, ORBIT, new_figure
from edgestab.numerics.orbits.concentration import contraction_exponent
from edgestab.numerics.orbits.landing import landing_gaps
from edgestab.numerics.printers.ball import ball
from edgestab.numerics.rigorous.balls import precision
from edgestab.theory.claims.edgestab2026.subcritical import OUTER
from edgestab.theory.landing import ProductMinimum
from edgestab.theory.landing_losses import LOSSES
from edgestab.theory.models.product import P

FOLDER = Path(__file__).parent / "gallery"
Array = NDArray[np.float64]


def iterates(at: ProductMinimum, eta: float, excess: float, b: float) -> tuple[Array, Array]:
    """The numbers b and u of the iterates, from a start until b is below 1e-6."""
    h, d0 = float(at.curvature), float(at.place)
    slope = sp.lambdify(P, sp.diff(at.outer, P), "math")
    balance, p = np.sqrt(4 * (1 + excess) / (h * eta) ** 2 - 4 * d0**2), d0 + b
    found = []
    while abs(p - d0) > 1e-6 and len(found) < 100_000:
        found.append((p - d0, (h * eta / 2) ** 2 * (balance**2 + 4 * d0**2) - 1))
        g = slope(p)
        span = eta * np.sqrt(balance**2 + 4 * p**2)
        balance, p = balance * (1 - (eta * g) ** 2), p * (1 + (eta * g) ** 2) - span * g
    return tuple(np.array(found).T)


def errors() -> Figure:
    """How far the gap is from its constant, against what the next term of the law predicts, for 16 losses."""
    found = {}
    for name, of in LOSSES.items():
        constant, following = float(of.constant), float(of.next_of_example)
        eta = np.geomspace(0.012, 0.1, 7) / np.sqrt(constant)
        gap = landing_gaps(of.loss, of.minimum, eta)
        found[name] = (eta * np.sqrt(abs(following) / constant), np.abs(gap - constant) / constant)
    figure = new_figure(7.2, 5.2)
    draw_errors(figure.subplots(), found)
    shared_legend(figure)
    return figure


def orbit() -> Figure:
    """One orbit of log cosh(xy - 1) at eta = 0.05, down to its end, and the invariant parabola at two scales."""
    at, eta = LOSSES["log cosh"].minimum, 0.05
    h, constant = float(at.curvature), float(at.constant)
    end = -constant * (h * eta) ** 2 / h**2
    b, u = iterates(at, eta, 0.1, 0.05)
    across = np.linspace(0, 0.42, 200)
    parabola = across**2 * h**2 / constant
    figure = new_figure(7.2, 3.8)
    for ax, (width, low, high) in zip(
        figure.subplots(1, 2), ((0.45, -0.01, 0.115), (0.11, -0.0055, 0.004)), strict=True
    ):
        draw_orbit(ax, b, u, "iterates")
        draw_branch(ax, across, parabola + end, "invariant parabola, leading order")
        draw_edge(ax, 0)
        ax.set(xlim=(-width, width), ylim=(low, high), xlabel="$b = xy - d_0$")
    figure.axes[0].set_ylabel("$u$")
    shared_legend(figure)
    return figure


def forgetting() -> Figure:
    """What is left in the gap of the difference between starts, against 1/eta^2, and the predicted slopes."""
    found = {}
    steps = [Fraction(1, n) for n in (10, 14, 18, 22, 26)]
    for name, excess in (("quartic", 0.1), ("quartic", 0.05), ("log cosh", 0.1), ("log cosh", 0.05)):
        of = LOSSES[name]
        exponent = contraction_exponent(of.minimum, excess)
        fallen = []
        with precision(BITS):
            for eta in steps:
                orbits = gaps(of, eta, excess, radius=float(np.exp(-1.3 * exponent / float(eta) ** 2 - 10)))
                fallen.append(-float((largest_difference(orbits) * ball(eta**2)).log()))
        inverse = np.array([1 / float(eta) ** 2 for eta in steps])
        found[f"{name}, $u_0 = {excess}$"] = (inverse, np.array(fallen), exponent)
    figure = new_figure(7.2, 4.2)
    draw_forgetting(figure.subplots(), found)
    shared_legend(figure)
    return figure


def jump() -> Figure:
    """Orbits on l(xy) with alpha < 0, eta = 0.02: from beyond the edge, and from before it in both basins."""
    at, eta = ProductMinimum(OUTER, sp.S.Zero), 0.02
    points = np.linspace(0, 3, 400)
    level = 2 * (1 + points**2) ** 1.5 / (1 + 3 * points**2)
    figure = new_figure(7.2, 4.6)
    ax = figure.subplots()
    inner, outer = points <= 1, points >= 1
    draw_branch(ax, points[outer], level[outer], "2-cycles that attract")
    draw_branch(ax, points[inner], level[inner], "2-cycles that repel", attracts=False)
    for name, excess, b, colour in (
        ("from beyond the edge", 0.1, 0.03, ORBIT),
        ("from before it, far away", -0.2, 1.3, BLUE),
        ("from before it, near", -0.2, 0.1, GREEN),
    ):
        across, u = iterates(at, eta, excess, b)
        draw_orbit(ax, across, 2 * np.sqrt(1 + u), name, colour)
    draw_edge(ax, 2)
    ax.set(
        xlabel="$b = xy$",
        ylabel=r"$\eta$ times the sharpness of the minimum beside",
        ylim=(1.3, 2.2),
        xlim=(-3, 3),
    )
    shared_legend(figure)
    return figure


FIGURES: dict[str, Callable[..., Figure]] = {
    "landing-errors": errors,
    "landing-orbit": orbit,
    "landing-forgetting": forgetting,
    "landing-jump": jump,
}

if __name__ == "__main__":
    command(FIGURES, "Figures of where gradient descent lands; without a name, they are listed.", FOLDER, "--seed")
