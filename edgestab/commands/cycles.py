"""``edgestab cycles``: all cycles in a box, with proofs; their branches, bifurcations and cascades over a parameter."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from edgestab.arguments import Overwrite, Subject, Words, boxes, interval, require_values
from edgestab.commands.drawing import PictureAndData, caption_of, draw
from edgestab.commands.printing import output
from edgestab.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    import sympy as sp

    from edgestab.arguments import Ends
    from edgestab.numerics.cycles.bifurcations import Bifurcation
    from edgestab.numerics.cycles.branch import Branch
    from edgestab.theory.models.base import Model


DRAWN = 4
"""The most doublings that are followed as branches; a cascade is followed further, from flip to flip."""


def cycles(
    model: str | None = None,
    /,
    *,
    box: Annotated[tuple[Words, ...], Parameter(negative="")],
    subject: Subject = Subject(),  # noqa: B008 - a frozen value
    period: int = 1,
    vary: Words | None = None,
    doublings: int = 0,
    budget: int = 100_000,
    out: Path | None = None,
    json_: Annotated[bool, Parameter("--json", negative="")] = False,
    picture: PictureAndData = PictureAndData(),  # noqa: B008 - a frozen value
    overwrite: Overwrite = False,
) -> None:
    """Find every cycle in a box and prove that there are no others; or follow cycles over a parameter.

    Parameters
    ----------
    model
        A built-in model, such as balanced:3; or give --loss and --params.
    box
        Where cycles are sought: NAME LOW HIGH for each state variable; repeatable.
    subject
        What is iterated.
    period
        Cycles of this period and of its divisors; with --vary, of this least period.
    vary
        What varies: NAME LOW HIGH, a parameter; cycles that exist at either end are followed through this range.
    doublings
        With --vary: follow period-doubling cascades this far.
    budget
        The most boxes a search may examine.
    out
        Write the result here: a file FILE.json.
    json_
        Print JSON.
    picture
        Where the picture goes, and the numbers in it; with --vary.
    overwrite
        Replace what is there: a file when the new one is complete, a store before the work begins.
    """
    from edgestab.numerics.storage.places import free_file

    picture.check(overwrite=overwrite)
    if out is not None:
        if out.suffix != ".json":
            raise InputError(f"--out takes a file FILE.json, got {out}")
        free_file(out, overwrite=overwrite)
    if period < 1 or doublings < 0:
        raise InputError("--period is at least 1 and --doublings at least 0")
    of = subject.model(model, vary[:1] if vary else ())
    sides = boxes(box, of)
    if vary is None:
        if picture.written or doublings:
            raise InputError("pictures, --data and --doublings need --vary NAME LOW HIGH")
        found = _search(of, subject, sides, period, budget)
    else:
        found = _branches(of, subject, sides, period, budget, interval(vary), doublings, picture)
    text = json.dumps(found, indent=2, allow_nan=False)
    if out is not None:
        out.write_text(text + "\n", encoding="utf-8")
    if json_:
        print(text)
        return
    _print(found["title"], found["rows"])
    for sentence in found["sentences"]:
        print(sentence)


def _search(of: Model, subject: Subject, sides: list[Ends], period: int, budget: int) -> dict[str, Any]:
    from edgestab.numerics.cycles.cycles import cycles as search

    fixed = subject.fixed(of)
    require_values(of.own.step.parameters, fixed, "--set")
    found = search(of.own.step, fixed, sides, period, budget=budget)
    rows = [
        {
            "period": c.period,
            "stability": c.stability,
            "multipliers": [_complex(m) for m in c.multiplier_values],
            "point": c.centres[0].tolist(),
            "error": c.error,
            "points": c.centres.tolist(),
        }
        for c in found.cycles
    ]
    where = " x ".join(f"[{float(a):g}, {float(b):g}]" for a, b in sides)
    if found.complete:
        words = f"These are all cycles of period {period} and its divisors with a point in {where}: proved."
    else:
        words = (
            f"Not complete: {len(found.undecided)} boxes of {where} are undecided "
            "(a curve of fixed points, or too small a --budget)."
        )
    return {
        "title": f"cycles of {of.own.step.name}",
        "rows": rows,
        "complete": found.complete,
        "examined": found.examined,
        "sentences": [words, f"{found.examined} boxes examined."],
    }


def _branches(
    of: Model,
    subject: Subject,
    sides: list[Ends],
    period: int,
    budget: int,
    range_: tuple[sp.Symbol, Fraction, Fraction],
    doublings: int,
    picture: PictureAndData,
) -> dict[str, Any]:
    from edgestab.numerics.cycles.branches import branches
    from edgestab.numerics.cycles.cascade import follow
    from edgestab.numerics.cycles.jets import Family

    parameter, low, high = range_
    fixed = subject.fixed(of, (parameter,))
    if parameter not in of.own.step.parameters:
        names = ", ".join(map(str, of.own.step.parameters))
        raise InputError(f"{parameter} is no parameter of the map: vary one of {names}")
    require_values(of.own.step.parameters, [*fixed, parameter], "--set")
    drawn = min(doublings, DRAWN)
    followed = branches(
        of.own.step, parameter, (low, high), sides, fixed=fixed, periods=(period,), doublings=drawn, budget=budget
    )
    special = [b for branch in followed for b in branch.special]
    rows = [_row(b, of, parameter, fixed) for b in special]
    sentences = [f"Branches followed: {len(followed)}."]
    sentences += [
        f"A branch of period {b.period} could not be followed to an end: it stops at {parameter} = {at:.6g}."
        for b in followed
        for end, at in zip(b.ends, (b.values[0], b.values[-1]), strict=True)
        if end in ("lost", "points")
    ]
    flips = [b for b in special if b.kind == "flip" and b.period == period and b.proved]
    for flip in flips if doublings else []:
        cascade = follow(Family(of.own.step, fixed, parameter), flip, doublings, within=(float(low), float(high)))
        rows += [{**r, "kind": "flip of the cascade"} for r in cascade.rows()[drawn + 1 :]]
        if len(cascade.flips) > 3:
            value, error = cascade.accumulation
            ratio = float(cascade.ratios[-1].mid())
            sentences.append(
                f"The cascade from {parameter} = {flip.value:.12g} accumulates at {value:.14g} "
                f"(extrapolated, +-{error:.0e}); its last ratio is {ratio:.8g}."
            )
    title = f"bifurcations of {of.own.step.name}"
    attributes = {"title": title, "model": of.name, "fixed": ", ".join(f"{s} = {v}" for s, v in fixed.items())}
    _draw(picture, followed, str(of.own.step.state[0]), attributes, caption_of(of, fixed))
    return {"title": title, "rows": rows, "sentences": sentences}


def _row(b: Bifurcation, of: Model, parameter: sp.Symbol, fixed: dict[sp.Symbol, Fraction]) -> dict[str, Any]:
    """A bifurcation with its normal form coefficient."""
    from edgestab.numerics.cycles.jets import Family
    from edgestab.numerics.cycles.normal_forms import flip_coefficient, fold_coefficient, neimark_sacker_coefficient

    forms = {"fold": fold_coefficient, "flip": flip_coefficient, "Neimark-Sacker": neimark_sacker_coefficient}
    form = forms.get(b.kind)
    coefficient = None if form is None or not b.proved else float(form(Family(of.own.step, fixed, parameter), b).mid())
    return {**b.row(), "coefficient": coefficient}


def _draw(
    picture: PictureAndData, followed: Sequence[Branch], name: str, attributes: dict[str, str], caption: str
) -> None:
    if not picture.written:
        return
    from edgestab.figures.cycles import draw_branches
    from edgestab.figures.panels import one_panel
    from edgestab.numerics.cycles.branch import together

    size = picture.size(6.4, 4.6)
    figure = partial(one_panel, lambda ax: draw_branches(ax, followed, name=name), *size)
    draw(picture, figure, together(followed).assign_attrs(attributes), caption)


def _complex(value: complex) -> float | list[float] | None:
    """A multiplier as JSON has it; None where it could not be enclosed."""
    import cmath

    if not cmath.isfinite(value):
        return None
    return value.real if value.imag == 0 else [value.real, value.imag]


def _print(title: str, rows: list[dict[str, Any]]) -> None:
    from rich.table import Table

    table = Table(title=title)
    names = [n for n in dict.fromkeys(n for row in rows for n in row) if n != "points"]
    for name in names:
        table.add_column(name)
    for row in rows:
        table.add_row(*(_short(row.get(n)) for n in names))
    output().print(table)


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.15g}" if abs(value) > 1e-6 else f"{value:.1e}"
    if isinstance(value, list):
        return ", ".join(_short(v) for v in value)
    return "" if value is None else str(value)
