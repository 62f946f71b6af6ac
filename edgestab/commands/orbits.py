"""``edgestab orbits``: orbit diagrams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from edgestab.arguments import (
    Output,
    Overwrite,
    Start,
    Subject,
    Words,
    boxes,
    expression,
    interval,
    rational,
    require_values,
    starts,
)
from edgestab.commands.drawing import PictureAndData, caption_of, draw
from edgestab.commands.shared import computed, report
from edgestab.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    import sympy as sp

    from edgestab.arguments import Ends
    from edgestab.numerics.cycles.bifurcations import Bifurcation
    from edgestab.theory.models.base import Model


def orbits(
    model: str | None = None,
    /,
    *,
    vary: Words,
    subject: Subject = Subject(),  # noqa: B008 - a frozen value
    observable: str | None = None,
    window: Annotated[tuple[str, str], Parameter(negative="", metavar="LOW HIGH")],
    start: Start,
    size: int = 1200,
    rows: int = 800,
    settle: int = 2000,
    steps: int = 1000,
    direction: Annotated[tuple[Literal["fresh", "up", "down"], ...], Parameter(negative="")] = ("fresh",),
    flips: int = 0,
    box: Annotated[tuple[Words, ...], Parameter(negative="")] = (),
    output: Output = Output(),  # noqa: B008 - a frozen value
    picture: PictureAndData = PictureAndData(),  # noqa: B008 - a frozen value
    overwrite: Overwrite = False,
) -> None:
    """Draw an orbit diagram: where orbits settle, over a parameter.

    Parameters
    ----------
    model
        A built-in model, such as frozen-cubic; or give --loss and --params.
    vary
        What varies: NAME LOW HIGH, a parameter or a coordinate of the start.
    subject
        What is iterated.
    observable
        What is shown, an expression of state and parameters; the first state variable by default.
    window
        LOW HIGH: the values of the observable.
    start
        Where orbits begin: all coordinates, such as "x=1,y=0.5"; repeatable.
    size
        Points along the horizontal axis.
    rows
        Points along the vertical axis.
    settle
        Steps before the first that counts.
    steps
        How many steps: those that are shown.
    direction
        fresh: each column from the starts; up, down: each column from where the one before ended. Repeatable.
    flips
        Find the cycles of period 1 at both ends, follow their cascades of period doublings this far, and mark the
        flips.
    box
        Where cycles are sought: NAME LOW HIGH for each state variable; by default the window, if it shows one.
    output
        Where results go.
    picture
        Where the picture goes, and the numbers in it.
    overwrite
        Replace what is there: a file when the new one is complete, a store before the work begins.
    """
    import numpy as np

    from edgestab.numerics.maps.pictures.orbit_diagram import OrbitDiagramJob

    output.check(overwrite=overwrite)
    picture.check(overwrite=overwrite or output.resume)
    for option, value, least in (("--flips", flips, 0), ("--settle", settle, 0), ("--steps", steps, 1)):
        if value < least:
            raise InputError(f"{option} must be at least {least}, got {value}")
    of = subject.model(model, vary[:1])
    varying, low, high = interval(vary)
    seen = of.own.step.state[0] if observable is None else expression(observable, of)
    begin = starts(start, of)
    ends = rational(window[0], "window"), rational(window[1], "window")
    parameters = {s: v for s, v in subject.fixed(of, (varying,)).items() if s in of.own.step.parameters}
    require_values(of.own.step.parameters, [*parameters, varying], "--set")
    job = OrbitDiagramJob(
        of.own.step,
        varying,
        (low, high),
        size,
        seen,
        ends,
        rows,
        np.array([[float(v[s]) for v in begin] for s in of.own.step.state]),
        settle,
        steps,
        parameters,
        direction,
    )
    marks = _flips(of, varying, parameters, (low, high), ends if seen in of.own.step.state else None, box, flips)
    dataset = computed(job, output, "orbits")
    from edgestab.figures.of_datasets import figure_of

    how: dict[str, Any] = {"size": picture.size_inches, "direction": direction, "flips": marks}
    draw(picture, lambda: figure_of(dataset, **how), dataset, caption_of(of, parameters))
    outside = {n: int(dataset[n].sum()) for n in ("below", "above", "nonfinite")}
    report(output, {"visits": int(dataset["density"].sum()), **outside, "flips": [f.value for f in marks]}, picture)


def _flips(
    of: Model,
    varying: sp.Symbol,
    parameters: Mapping[sp.Symbol, Fraction],
    ends: Ends,
    window: Ends | None,
    box: tuple[Words, ...],
    doublings: int,
) -> list[Bifurcation]:
    """The flips of the cascades that begin at cycles of period 1."""
    if not doublings:
        return []
    from edgestab.numerics.cycles.branches import flips

    state = of.own.step.state
    default = {state[0]: window} if window is not None and len(state) == 1 else {}
    found = flips(of.own.step, varying, ends, boxes(box, of, default), fixed=dict(parameters), doublings=doublings)
    return list(found)
