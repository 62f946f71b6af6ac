"""``edgestab exponents``: Lyapunov exponents over a range or a plane."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from cyclopts import Parameter

from edgestab.arguments import Output, Overwrite, Start, Subject, Words, interval, require_values
from edgestab.commands.drawing import PictureAndData, caption_of, draw
from edgestab.commands.shared import computed, report
from edgestab.errors import InputError


def exponents(
    model: str | None = None,
    /,
    *,
    x: Words,
    y: Words | None = None,
    subject: Subject = Subject(),  # noqa: B008 - a frozen value
    start: Start = (),
    size: int = 512,
    rows: int | None = None,
    steps: int = 20_000,
    settle: int = 5_000,
    count: Literal["largest", "all"] = "largest",
    index: int = 1,
    blocks: int = 10,
    renormalise: Annotated[int, Parameter(negative="")] = 16,
    output: Output = Output(),  # noqa: B008 - a frozen value
    picture: PictureAndData = PictureAndData(),  # noqa: B008 - a frozen value
    overwrite: Overwrite = False,
) -> None:
    """Measure Lyapunov exponents along a range, or over a plane, of starts and parameters.

    Parameters
    ----------
    model
        A built-in model, such as frozen-cubic; or give --loss and --params.
    x
        The horizontal axis: NAME LOW HIGH, a parameter or a coordinate of the start.
    y
        The vertical axis: NAME LOW HIGH, for a plane.
    subject
        What is iterated.
    start
        Where orbits begin: the coordinates that do not vary, such as "d=0.4".
    size
        Points along the horizontal axis.
    rows
        Points along the vertical axis; by default as many.
    steps
        How many steps: those that are measured.
    settle
        Steps before the first that counts.
    count
        largest, or all exponents.
    index
        Which exponent the summary and the map of a plane show, from 1 for the largest; as many are measured.
    blocks
        Equal parts of the steps, whose spread gives the standard error.
    renormalise
        Steps between two rescalings of the tangent vectors.
    output
        Where results go.
    picture
        Where the picture goes, and the numbers in it.
    overwrite
        Replace what is there: a file when the new one is complete, a store before the work begins.
    """
    import numpy as np

    from edgestab.numerics.maps.exponents.exponents import Axis, ExponentsJob, Measurement

    output.check(overwrite=overwrite)
    picture.check(overwrite=overwrite or output.resume)
    of = subject.model(model, [w[0] for w in (x, y) if w is not None])
    step = of.own.step
    words = [(x, size)] + ([(y, size if rows is None else rows)] if y is not None else [])
    axes = tuple(Axis(s, low, high, n) for (s, low, high), n in ((interval(w), n) for w, n in words))
    fixed = subject.fixed(of, [a.symbol for a in axes], start)
    given = {*fixed, *(a.symbol for a in axes)}
    require_values(step.state, given, "--start")
    require_values(step.parameters, given, "--set")
    if not 1 <= index <= len(step.state):
        raise InputError(f"--index is {index}, and must be from 1, the largest exponent, to {len(step.state)}")
    if blocks < 1 or steps < 1 or steps % blocks:
        raise InputError(f"--steps must be a positive multiple of --blocks, got {steps} and {blocks}")
    rules = Measurement(steps, settle, index if count == "largest" else None, renormalise, blocks)
    job = ExponentsJob(step, axes, tuple((s, float(v)) for s, v in fixed.items()), rules)
    dataset = computed(job, output, "exponents")
    from edgestab.figures.of_datasets import figure_of

    how: dict[str, Any] = {"index": index} if y is not None else {}
    draw(picture, lambda: figure_of(dataset, size=picture.size_inches, **how), dataset, caption_of(of, fixed))
    shown = dataset["exponent"].values[index - 1]
    measured = ~np.isnan(shown)
    known = shown[measured & np.isfinite(shown)]  # a superstable orbit has minus infinity
    facts = {
        "exponent": index,
        "measured": int(measured.sum()),
        "not measured": int((~measured).sum()),
        "superstable": int(measured.sum() - known.size),
        "largest": float(known.max()) if known.size else None,
        "least": float(known.min()) if known.size else None,
        "positive": f"{(known > 0).mean():.2%} of those measured" if known.size else None,
    }
    report(output, facts, picture)
