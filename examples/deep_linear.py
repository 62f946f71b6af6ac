"""Figures of deep linear networks beyond the edge of stability, one command each.

    python examples/deep_linear.py                 the names of the figures
    python examples/deep_linear.py deep-diagram    draw it and save it as examples/gallery/deep-diagram.png
    python examples/deep_linear.py all --seed 3 --out figures --format pdf

The target has singular values 10, 9.5, 9, 0, 0 and there are three layers; deep-gap, deep-plane and deep-angle have
two layers of one number each. A figure takes a few seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import sympy as sp
from drawing import command, shared_legend
from matplotlib.figure import Figure
from numpy.typing import NDArray

from edgestab.figures.matrices.orbits import draw_diagram, draw_dimension, draw_gaps, draw_multipliers, draw_values
from edgestab.figures.matrices.plane import draw_curves, draw_escape, draw_fixed_points
from edgestab.figures.matrices.toy import draw_runs
from edgestab.figures.style import new_figure
from edgestab.numerics.matrices.curvatures import curvatures, rank_of_oscillation
from edgestab.numerics.matrices.descent import descend, iterates
from edgestab.numerics.matrices.experiments.toy import toy
from edgestab.numerics.matrices.factorization import factorization
from edgestab.numerics.matrices.pairs import two_cycle_multipliers
from edgestab.numerics.matrices.starts import perturbed, small
from edgestab.theory.models.uv import A, P, Q, escape, level, uv_map

FOLDER = Path(__file__).parent / "gallery"
Array = NDArray[np.float64]

SIGMA = (10.0, 9.5, 9.0)
MODEL = factorization(np.diag([*SIGMA, 0.0, 0.0]), depth=3)
CURVATURES = curvatures(SIGMA, 3)
EDGES = {rf"$2/S_{k + 1}$": float(2 / CURVATURES[k, k]) for k in range(3)}
ALL_EDGES = {**EDGES, r"$2/\lambda_{12}$": float(2 / CURVATURES[0, 1])}
NOISE = 1e-8


def starts(seed: int) -> dict[str, Array]:
    """A diagonal start, and the same with noise."""
    straight = small(MODEL, 0.01)
    return {"diagonal start": straight, "the same with noise of $10^{-8}$": perturbed(straight, NOISE, seed)}


def steps(seed: int = 0) -> Figure:
    """Singular values against steps at eta = 0.0325, from a diagonal start and with noise of 1e-8."""
    figure = new_figure(7.2, 4.4)
    for ax, (name, start) in zip(figure.subplots(2, sharex=True), starts(seed).items(), strict=True):
        values = np.array([MODEL.singular_values(w)[0, :3] for w in iterates(MODEL, start, 0.0325, 3000)])
        draw_values(ax, np.arange(len(values), dtype=float), values)
        ax.set_title(name)
        ax.label_outer()
    shared_legend(figure)
    return figure


def late(start: Array, etas: Array, settle: int, kept: int) -> Array:
    """Products of the last `kept` steps, shape (etas, kept, 5, 5); NaN where the run has diverged."""
    ends = descend(MODEL, start, etas, settle)
    found = np.full((len(etas), kept, 5, 5), np.nan)
    alive = np.flatnonzero(ends.outcomes != 2)
    for number, w in enumerate(iterates(MODEL, ends.ends[alive], etas[alive], kept - 1)):
        product = MODEL.end_to_end(w)
        product[~(abs(product).reshape(len(product), -1).max(axis=1) < 1e3)] = np.nan
        found[alive, number] = product
    return found


def diagram(seed: int = 0) -> Figure:
    """Late singular values against the step size, on the singular-vector set and off it."""
    etas = np.linspace(0.0305, 0.0363, 240)
    figure = new_figure(7.2, 5.0)
    for ax, (name, start) in zip(figure.subplots(2, sharex=True, sharey=True), starts(seed).items(), strict=True):
        products = late(start, etas, 5000, 40)
        bad = np.isnan(products).any(axis=(2, 3))
        values = np.linalg.svd(np.where(bad[..., None, None], 0, products), compute_uv=False)
        draw_diagram(ax, etas, np.where(bad[..., None], np.nan, values)[:, :, :3], ALL_EDGES)
        ax.set_title(name, pad=16)
        ax.label_outer()
    shared_legend(figure)
    return figure


def dimension(seed: int = 0) -> Figure:
    """The dimension of the oscillation against the step size: measured on the set and off it, and both counts."""
    etas = np.linspace(0.0305, 0.0363, 120)
    counted = {}
    here = starts(seed)
    for start in here.values():
        products = late(start, etas, 5000, 60)
        bad = np.isnan(products).any(axis=(1, 2, 3))
        moves = np.diff(np.where(bad[:, None, None, None], 0, products), axis=1).reshape(len(etas), -1, 5)
        found = np.sum(np.linalg.svd(moves, compute_uv=False) > 1e-2, axis=1).astype(float)
        counted["seen, diagonal start" if start is here["diagonal start"] else "seen, with noise"] = np.where(
            bad, np.nan, found
        )
    counts = np.array([rank_of_oscillation(SIGMA, 3, eta) for eta in etas], dtype=float)
    counted[r"$S_i > 2/\eta$"], counted[r"$\lambda_{ij} > 2/\eta$"] = counts.T
    figure = new_figure(7.2, 3.6)
    draw_dimension(figure.subplots(), etas, counted, ALL_EDGES)
    shared_legend(figure)
    return figure


def gap(seed: int = 0) -> Figure:
    """The balancing gap of two scalar layers from (1.5, 2.25), target 5: frozen below the edge, gone past it."""
    del seed  # there is nothing random
    model = factorization([[5.0]], depth=2)
    gaps = {
        rf"$\eta = {eta}$": np.array([model.balancing_gap(w)[0] for w in iterates(model, [1.5, 2.25], eta, 700)])
        for eta in (0.18, 0.1997, 0.21)
    }
    figure = new_figure(5.2, 3.4)
    draw_gaps(figure.subplots(), gaps)
    shared_legend(figure)
    return figure


def multipliers(seed: int = 0) -> Figure:
    """The largest modulus of the multipliers that mix two singular pairs, along the 2-cycle, against the step size."""
    del seed
    etas = np.linspace(0.03096, 0.0363, 400)
    tables = [two_cycle_multipliers(eta, SIGMA, 3) for eta in etas]
    moduli = {
        f"pairs {i + 1} and {j + 1}": np.array([abs(t[i, j]).max() for t in tables])
        for i, j in ((0, 1), (0, 2), (1, 2))
    }
    figure = new_figure(7.2, 3.4)
    draw_multipliers(figure.subplots(), etas, moduli, ALL_EDGES)
    shared_legend(figure)
    return figure


def plane(seed: int = 0) -> Figure:
    """The UV model at a = 1.2: steps to escape, the level that bounds what stays, zero loss, and the fold lines."""
    del seed
    a, steps, side = 1.2, 60, 480
    reach = 1.4 * (2 + a)
    grid = (np.arange(side) + 0.5) * reach / side
    p, q = (x.copy() for x in np.meshgrid(grid, grid))
    move = sp.lambdify((P, Q), uv_map().substitute({A: sp.Rational(str(a))}).closed_form())
    escaped = sp.lambdify((P, Q, A), (level() > 0) & (escape() >= 0))
    taken = np.full(p.shape, np.nan)
    for step in range(steps):
        taken[np.isnan(taken) & escaped(p, q, a)] = step
        on = np.isnan(taken)
        p[on], q[on] = move(p[on], q[on])
    figure = new_figure(5.4, 4.6)
    ax = figure.subplots()
    image = draw_escape(ax, np.array([0, reach]), np.array([0, reach]), taken)
    ends = np.array([0, reach])
    curves = {
        "$E = 1$": ("level", np.array([2 + a, 0]), np.array([0, 2 - a])),
        "zero loss, $z = 0$": ("zero loss", ends + a, ends),
        "folds, $z = 1$ and $z = -1$": ("fold", ends + a + 1, ends),
        "": ("fold", ends + a - 1, ends),
    }
    draw_curves(ax, curves)
    draw_fixed_points(ax, np.array([[0, 0], [2 + a, 0], [0, 2 - a]]))
    ax.set(xlabel="$p$", ylabel="$q$", xlim=(0, reach), ylim=(0, reach))
    ticks = np.array([0, 1, 3, 7, 15, 31])
    bar = figure.colorbar(image, ax=ax, ticks=np.log2(1 + ticks))
    bar.ax.set_yticklabels([str(t) for t in ticks])
    bar.set_label("steps until $z^2 > 2G + 9$")
    shared_legend(figure)
    return figure


def angle(seed: int = 0) -> Figure:
    """Angle of the top eigenvector, loss and sharpness against steps, on (theta_1 theta_2)^2 from (-0.1, 10)."""
    runs = {rf"$\eta = {eta}$": toy(seed=seed, eta=eta).series for eta in (0.001, 0.0095, 0.011, 0.013)}
    figure = new_figure(6.4, 5.6)
    axes = figure.subplots(3, sharex=True)
    draw_runs(axes, runs)
    axes[-1].set(xlim=(0, 80), ylim=(0, 260))
    shared_legend(figure)
    return figure


FIGURES: dict[str, Callable[..., Figure]] = {
    "deep-steps": steps,
    "deep-diagram": diagram,
    "deep-dimension": dimension,
    "deep-gap": gap,
    "deep-floquet": multipliers,
    "deep-plane": plane,
    "deep-angle": angle,
}

if __name__ == "__main__":
    command(FIGURES, "Figures of deep linear networks; without a name, they are listed.", FOLDER, "--seed")
