"""A record of training as a page: loss, eigenvalues, angles and the path, with a slider over the steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edgestab.explorer.render import embedded, heads
from edgestab.explorer.script import RECORD
from edgestab.numerics.networks.run.columns import EIGENVECTOR_STEP, PARAMETER_STEP, STEP
from edgestab.numerics.networks.run.thinned import MOST_ROWS, angles, column, path, stride
from edgestab.provenance import made_with
from edgestab.report.templating import environment
from edgestab.version import version

if TYPE_CHECKING:
    import xarray as xr

_DIGITS = 7
"""Significant digits of a value: more than a picture shows."""

_MOST_EIGENVALUES = 5


def page_of_record(run: xr.Dataset, name: str) -> str:
    """Return the page of a run.

    Parameters
    ----------
    run : Dataset
        From `edgestab.numerics.networks.run.recording.open_run`.
    name : str
        What it is called.
    """
    pictures = [_loss(run)]
    if "sharpness" in run:
        pictures.append(_eigenvalues(run))
    if run.sizes.get(EIGENVECTOR_STEP, 0) > 1:
        pictures.append(_angles(run))
    if run.sizes.get(PARAMETER_STEP, 0) > 2:
        pictures.append(_path(run))
    about = run.attrs
    steps = column(run, "loss").steps.tolist()
    every = stride(run.sizes[STEP], MOST_ROWS)
    shown = (
        "Every step is shown." if every == 1 else f"Of the {run.sizes[STEP]} steps recorded one in {every} is shown."
    )
    return str(
        environment("edgestab.explorer")
        .get_template("record.html.j2")
        .render(
            title=f"Training: {name}",
            sentence=f"{about['network']} on {about['data']}, {about['criterion']}. {about['sentence']}",
            thinning=shown,
            pictures=pictures,
            data=embedded({"steps": steps, "pictures": pictures}),
            provenance=f"Written by edgestab {version()}. {made_with()}",
            **heads(RECORD),
        )
    )


def _loss(run: xr.Dataset) -> dict[str, Any]:
    lines = [_line(run, "loss", "loss", 0)]
    if "test_loss" in run:
        lines.append(_line(run, "test_loss", "test loss", 1))
    positive = all(v is None or v > 0 for line in lines for v in line["values"])
    about = "log₁₀" if positive else ""
    return {"id": "loss", "title": "Loss", "about": about, "log": positive, "lines": lines}


def _eigenvalues(run: xr.Dataset) -> dict[str, Any]:
    if "preconditioned_sharpness" in run:
        lines = [_line(run, "preconditioned_sharpness", "top eigenvalue of the preconditioned Hessian", 0)]
        return _with_edge(run, "Preconditioned sharpness", "against the edge of the rule", lines)
    lines = [_line(run, "sharpness", "sharpness", 0)]
    if "eigenvalues" in run:
        values = column(run, "eigenvalues").values
        for k in range(1, min(values.shape[1], _MOST_EIGENVALUES)):
            lines.append({"name": f"eigenvalue {k + 1}", "values": _plain(values[:, k]), "colour": k, "dashed": False})
    return _with_edge(run, "Sharpness", "the top eigenvalues of the Hessian against the edge", lines)


def _with_edge(run: xr.Dataset, title: str, about: str, lines: list[dict[str, Any]]) -> dict[str, Any]:
    edge = "the edge 2/eta" if run.attrs.get("optimizer") == "gd" else "the edge"
    lines.append(_line(run, "edge", edge, 0) | {"dashed": True})
    return {"id": "sharpness", "title": title, "about": about, "log": False, "lines": lines}


def _angles(run: xr.Dataset) -> dict[str, Any]:
    found = angles(run)
    line = {"name": "angle to the first, degrees", "values": _plain(found.values), "colour": 0, "dashed": False}
    about = "of the leading eigenvector to its first"
    return {
        "id": "angle",
        "title": "Angle",
        "about": about,
        "log": False,
        "steps": found.steps.tolist(),
        "lines": [line],
    }


def _path(run: xr.Dataset) -> dict[str, Any]:
    found, share = path(run)
    return {
        "id": "path",
        "title": "Path",
        "about": f"the parameters in the plane of their first two principal components, {share:.0%} of the variance",
        "path": [_plain(point) for point in found.values],
        "steps": found.steps.tolist(),
        "words": ["first component", "second component"],
        "lines": [],
    }


def _line(run: xr.Dataset, name: str, words: str, colour: int) -> dict[str, Any]:
    return {"name": words, "values": _plain(column(run, name).values), "colour": colour, "dashed": False}


def _plain(values: NDArray[np.float64]) -> list[float | None]:
    """Numbers for JSON, which knows neither infinities nor NaN."""
    return [float(f"{v:.{_DIGITS}g}") if np.isfinite(v) else None for v in values]
