"""``edgestab basin``: the outcome of every start of a slice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from edgestab.arguments import Output, Overwrite, Start, Subject, Words, interval, require_values
from edgestab.commands.drawing import PictureAndData, caption_of, draw
from edgestab.commands.shared import computed, report
from edgestab.errors import InputError

if TYPE_CHECKING:
    import xarray as xr


MOST_STEPS = 2_000_000_000
"""The largest number of steps that a picture counts."""


def basin(
    model: str | None = None,
    /,
    *,
    x: Words,
    y: Words,
    subject: Subject = Subject(),  # noqa: B008 - a frozen value
    start: Start = (),
    size: int = 1024,
    rows: int | None = None,
    full: Annotated[bool, Parameter(negative="")] = False,
    steps: int | None = None,
    colour: Literal["status", "limit", "sharpness", "gap", "steps"] | None = None,
    measures: Annotated[bool, Parameter(negative="")] = False,
    output: Output = Output(),  # noqa: B008 - a frozen value
    picture: PictureAndData = PictureAndData(),  # noqa: B008 - a frozen value
    overwrite: Overwrite = False,
) -> None:
    """Compute the outcome of every start of a two-dimensional slice, refined along the boundary of the basins.

    Parameters
    ----------
    model
        A built-in model, such as quartic; or give --loss and --params.
    x
        The horizontal axis: NAME LOW HIGH, where NAME is a coordinate of the start, of one of the model's charts, or
        a parameter.
    y
        The vertical axis: NAME LOW HIGH, likewise.
    subject
        What is iterated.
    start
        Where orbits begin: the coordinates that do not vary, such as "y=0.3".
    size
        Points along the horizontal axis.
    rows
        Points along the vertical axis; by default as many.
    full
        Compute every pixel.
    steps
        How many steps: no orbit is followed further.
    colour
        What the picture shows; by default limit where orbits end at several sets of minima, else status. For sharpness,
        gap and steps every pixel is computed: between the corners of a cell they are smooth only where outcomes do not
        change.
    measures
        Measure the boundary between the outcomes that the picture shows: box-counting dimension and basin entropy.
    output
        Where results go.
    picture
        Where the picture goes, and the numbers in it.
    overwrite
        Replace what is there: a file when the new one is complete, a store before the work begins.
    """
    from edgestab.numerics.maps.pictures.basin import basin_of
    from edgestab.numerics.maps.pictures.refine import Refinement
    from edgestab.numerics.maps.pictures.slices import Axis, slice_of
    from edgestab.numerics.orbits.follow import Rules

    output.check(overwrite=overwrite)
    picture.check(overwrite=overwrite or output.resume)
    of = subject.model(model, [x[0], y[0]])
    columns = Axis(*interval(x), size)
    vertical = Axis(*interval(y), size if rows is None else rows)
    if columns.symbol == vertical.symbol:
        raise InputError(f"--x and --y are both {columns.symbol}: let two things vary")
    fixed = subject.fixed(of, (columns.symbol, vertical.symbol), start)
    named = {columns.symbol, vertical.symbol, *fixed}
    moved = {*of.own.step.state} - {c.symbol for c in of.own.step.carried}
    if named & moved and not named - moved - {*of.own.step.parameters}:  # else in a chart
        require_values([s for s in of.own.step.state if s in moved], named, "--start")
    if steps is not None and not 1 <= steps <= MOST_STEPS:
        raise InputError(f"--steps must be between 1 and {MOST_STEPS}, got {steps}")
    rules = Rules() if steps is None else Rules(least=steps, most=steps, plain=steps)
    job = basin_of(
        of,
        slice_of(of, columns, vertical, fixed),
        rules,
        None if full or colour not in (None, "status", "limit") else Refinement(),
    )
    dataset = computed(job, output, "basin")
    facts: dict[str, Any] = _facts(dataset)
    if measures:
        facts |= _measures(dataset, colour)
    from edgestab.figures.of_datasets import figure_of

    draw(picture, lambda: figure_of(dataset, size=picture.size_inches, colour=colour), dataset, caption_of(of, fixed))
    report(output, facts, picture)


def _facts(dataset: xr.Dataset) -> dict[str, Any]:
    """Return how many pixels ended how, which share was computed, and what the audit of the others found."""
    from edgestab.verify.claim_files.sweeping import reached, summary

    pixels = dataset["status"].size
    audited, wrong = int(dataset["audited"].sum()), int(dataset["mislabelled"].sum())
    return {
        "outcomes": {k.lower(): v for k, v in summary(dataset).items()},
        "minima": {f"at {k}": v for k, v in reached(dataset).items()},
        "computed": f"{_total(dataset, 'computed') / pixels:.2%} of the pixels",
        "audit": _audit(wrong, audited) if audited else None,
        "arithmetic": dataset.attrs["arithmetic"],
    }


def _audit(wrong: int, audited: int) -> str:
    if not wrong:
        return f"none of {audited} filled pixels was wrong"
    return f"{wrong} of {audited} filled pixels were wrong, and their blocks computed"


def _measures(dataset: xr.Dataset, colour: str | None) -> dict[str, Any]:
    """The box-counting dimension of the boundary in the picture and the entropies of the basins."""
    import numpy as np

    from edgestab.figures.basin import what_differs
    from edgestab.numerics.maps.measures.boxcount import box_counting
    from edgestab.numerics.maps.measures.entropy import basin_entropy
    from edgestab.numerics.maps.pictures.basin import label

    by_minima = (colour or what_differs(dataset)) != "status"
    values = {n: dataset[n].values for n in ("status", "limit", "period")}
    if not by_minima:
        values["limit"] = np.zeros_like(values["limit"])
    _, small = np.unique(label(values), return_inverse=True)
    between = "minima, periods and other outcomes" if by_minima else "outcomes and periods, whatever the minimum"
    found = {"measured": f"the boundary between {between}"}
    for name, measure in (("dimension", box_counting), ("entropy", basin_entropy)):
        try:
            found[name] = measure(small).sentence
        except ValueError as reason:  # a picture without a boundary, or with too small a one, has none
            found[name] = f"no boundary to measure: {reason}"
    return found


def _total(dataset: xr.Dataset, name: str) -> int:
    rows, piece = dataset[name].shape[0], 512
    return sum(int(dataset[name][low : low + piece].values.sum(dtype=int)) for low in range(0, rows, piece))
