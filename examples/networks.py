"""Figures of networks at the edge of stability, one command each.

    python examples/networks.py                  the names of the figures
    python examples/networks.py stabilization    run it and save it as examples/gallery/stabilization.png
    python examples/networks.py all --seed 3 --out figures --format pdf

A figure takes between a second and half a minute.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from drawing import command, shared_legend
from landing_networks import RUNS, inside, read
from matplotlib.figure import Figure
from msgspec.structs import replace

from edgestab.figures.networks import central_flow as flows
from edgestab.figures.networks.goldilocks import draw_accuracy, draw_final_sharpness
from edgestab.figures.networks.landing import draw_landing
from edgestab.figures.networks.plane import draw_plane
from edgestab.figures.networks.rotation import draw_rotation
from edgestab.figures.networks.stabilization import draw_displacement, draw_distances, draw_excess
from edgestab.figures.networks.training import draw_loss, draw_sharpness, draw_title
from edgestab.figures.style import new_figure
from edgestab.numerics.networks.experiments.result import ExperimentResult
from edgestab.numerics.networks.run.presets import preset
from edgestab.numerics.networks.run.recording import open_run
from edgestab.numerics.networks.run.spec import RecordSpec
from edgestab.numerics.networks.run.train import train
from edgestab.verify.observe import Run, measure

FOLDER = Path(__file__).parent / "gallery"


def measured(experiment: str, seed: int, **settings: float | str) -> ExperimentResult:
    """One run of an experiment."""
    found = measure(Run(experiment, tuple(settings.items()), seed))
    if isinstance(found, str):
        raise SystemExit(found)
    return found


def edge(seed: int = 0) -> Figure:
    """Loss and the top three eigenvalues of a small tanh network, with 2/eta."""
    spec = preset("chebyshev-eos")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.zarr"
        train(replace(spec, name="edge", problem=replace(spec.problem, seed=seed)), path)
        record = open_run(path).load()
    figure = new_figure(7.2, 5.4)
    above, below = figure.subplots(2, sharex=True)
    draw_loss(above, record, legend=False)
    draw_sharpness(below, record)
    draw_title(above, record)
    above.label_outer()
    return figure


def stabilization(seed: int = 0) -> Figure:
    """Damian et al.: |x| and y against the predicted dynamics, and distances; displaced by 0.3 delta at the edge."""
    series = measured("self-stabilization", seed, steps=400).series
    figure = new_figure(7.2, 5.2)
    for ax, draw in zip(figure.subplots(3, sharex=True), (draw_displacement, draw_excess, draw_distances), strict=True):
        draw(ax, series, legend=False)
        ax.label_outer()
    shared_legend(figure)
    return figure


def central_flow(seed: int = 0) -> Figure:
    """Cohen et al. 2024: the central flow's prediction of the mean loss, the eigenvalues and the distances."""
    series = measured("central-flow", seed, steps=2500).series
    figure = new_figure(7.2, 6.4)
    draws = (flows.draw_losses, flows.draw_eigenvalues, flows.draw_distances)
    for ax, draw in zip(figure.subplots(3, sharex=True), draws, strict=True):
        draw(ax, series, legend=False)
        ax.label_outer()
    shared_legend(figure)
    return figure


def rotation(seed: int = 0) -> Figure:
    """Angles between the top eigenvectors of any two times, and where the sharpness first reaches the edge."""
    spec = preset("chebyshev-eos")
    settings = {"steps": 1500, "record": RecordSpec(eigenvectors_every=10), "problem": replace(spec.problem, seed=seed)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.zarr"
        train(replace(spec, name="rotation", **settings), path)
        record = open_run(path).load()
    u = record["eigenvectors"].isel(k=0).dropna("eigenvector_step")
    sharp = record["sharpness"].values
    crossing = np.flatnonzero(sharp >= record["edge"].values)
    figure = new_figure(5.6, 4.6)
    cosines = u.values @ u.values.T
    draw_rotation(
        figure.subplots(), u["eigenvector_step"].values, cosines, crossing=float(crossing[0]) if len(crossing) else None
    )
    return figure


def plane(seed: int = 100) -> Figure:
    """Zhu et al., Section 6: the late trajectory of a five-layer ELU network in its plane, with the parabola."""
    figure = new_figure(5.2, 3.8)
    draw_plane(figure.subplots(), measured("parabola", seed).series)
    return figure


def goldilocks(seed: int = 0) -> Figure:
    """Validation accuracy and final sharpness against the step size, with 2/S_0; the same number of steps."""
    found = measured("goldilocks", seed)
    series, start = found.series, found.statistics["start"]
    figure = new_figure(7.2, 3.4)
    left, right = figure.subplots(1, 2)
    draw_accuracy(left, series["eta"], series["accuracy"], start, legend=False)
    draw_final_sharpness(right, series["eta"], series["sharpness"], start, legend=False)
    shared_legend(figure)
    return figure


def landing(seed: int = 0) -> Figure:
    """The landing law on networks: gaps predicted and found, from the runs of landing_networks.py, from a seed on."""
    rows = [row for row in read(RUNS) if row["seed"] >= seed and row["found"] > 0 and row["relative"] < 0.1]
    found, law, reduced = (np.array([row[name] for row in rows]) for name in ("found", "predicted", "reduced"))
    figure = new_figure(5.2, 5.6)
    draw_landing(figure.subplots(), found, law, reduced, np.array([inside(row) for row in rows]))
    return figure


FIGURES: dict[str, Callable[..., Figure]] = {
    "edge": edge,
    "stabilization": stabilization,
    "central-flow": central_flow,
    "rotation": rotation,
    "plane": plane,
    "goldilocks": goldilocks,
    "landing": landing,
}

if __name__ == "__main__":
    command(FIGURES, "Figures of networks, one command each; without a name, they are listed.", FOLDER, "--seed")
