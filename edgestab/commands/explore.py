"""``edgestab explore``: a page in which a loss is explored by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from edgestab.arguments import Overwrite, Start, Subject, Words, interval
from edgestab.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    import sympy as sp


def explore(
    model: str | None = None,
    /,
    *,
    x: Words | None = None,
    y: Words | None = None,
    subject: Subject = Subject(),  # noqa: B008 - a frozen value
    start: Start = (),
    out: Path | None = None,
    open_: Annotated[bool, Parameter("--open")] = True,
    overwrite: Overwrite = False,
) -> None:
    """Write one HTML page that computes basins, orbit diagrams and phase portraits as one looks, and open it.

    The page is whole: it works offline, from a file, on a phone, in an e-mail. Of a folder RUN.zarr that `edgestab
    train` wrote it shows the record.

    Parameters
    ----------
    model
        A built-in model, such as quartic; or give --loss and --params; or RUN.zarr.
    x
        The horizontal axis: NAME LOW HIGH, a coordinate of the start or a parameter; to begin with, as all that is
        given.
    y
        The vertical axis: NAME LOW HIGH, likewise.
    subject
        What is iterated.
    start
        Where orbits begin: coordinates, such as "y=0.3".
    out
        Write the result here: a file FILE.html; by default a file of its own in the folder for temporary ones.
    open_
        Open the page in the browser.
    overwrite
        Replace what is there: a file when the new one is complete, a store before the work begins.
    """
    import tempfile
    import webbrowser

    from edgestab.numerics.storage.atomic import replacing
    from edgestab.numerics.storage.places import free_file

    if out is not None and out.suffix != ".html":
        raise InputError(f"--out takes a file FILE.html, got {out}")
    if out is None and overwrite:
        raise InputError("--overwrite is for --out FILE.html: add it, or leave it out")
    if out is not None:
        free_file(out, overwrite=overwrite)
    if model is not None and model.endswith(".zarr"):
        if subject != Subject() or start or x is not None or y is not None:
            raise InputError("a record is shown as it is: leave out everything but RUN.zarr and where the page goes")
        text = _record(Path(model))
    else:
        text = _model(model, subject, start, [interval(words) for words in (x, y) if words is not None])
    page = text.encode()
    if out is None:
        out = Path(tempfile.mkdtemp(prefix="edgestab-")) / "explorer.html"
    with replacing(out) as file:
        file.write(page)
    print(out)
    if open_:
        webbrowser.open(out.resolve().as_uri())


def _model(
    model: str | None, subject: Subject, start: Sequence[str], ends: Sequence[tuple[sp.Symbol, Fraction, Fraction]]
) -> str:
    """The page of a model."""
    from edgestab.explorer.asked import by_loss, by_name
    from edgestab.explorer.page import page_of
    from edgestab.explorer.view import view_of
    from edgestab.theory.symbols import ETA

    windows = {s: (low, high) for s, low, high in ends}
    if len(windows) < len(ends):
        raise InputError(f"--x and --y are both {ends[0][0]}: let two things vary")
    # Constants stay parameters of the step, for which the page has sliders.
    of = replace(subject, set_=(), eta=None).model(model, [s.name for s in (*subject.values, *windows)])
    # The page finds a step size by itself.
    varying = {*windows, *({ETA} & {*of.own.step.parameters} - {*subject.values})}
    values = subject.fixed(of, tuple(varying), start)
    asked = by_name(model) if model is not None else by_loss(of.loss, subject.optimizer) if of.loss else None
    return page_of(of, view_of(of, values, windows), asked)


def _record(folder: Path) -> str:
    """The page of a record of training."""
    from edgestab.explorer.record import page_of_record
    from edgestab.numerics.networks.run.recording import open_run

    run = open_run(folder)
    return page_of_record(run, str(run.attrs["name"]))
