"""Explorers on the site: one page for each built-in model of which a claim speaks, shown on the pages of the claims."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache
from pathlib import Path

import sympy as sp

from edgestab.errors import InputError
from edgestab.explorer.decimals import decimal
from edgestab.explorer.explorer import explore
from edgestab.explorer.view import view_of
from edgestab.theory.claim import Claim
from edgestab.theory.models.base import Model
from edgestab.theory.models.catalogue import model
from edgestab.theory.parts.family import StatementFamily
from edgestab.theory.statement import OrbitStatement
from edgestab.theory.symbols import ETA
from edgestab.verify.catalogue import find, ids

FOLDER = "explorers"
"""Of the pages, beside those of the claims."""

OF_ALGEBRA: Mapping[str, str] = {
    "quartic": "zhu2023.coupled zhu2023.minima zhu2023.edge-minimum zhu2023.chart-cd zhu2023.exact-map "
    "zhu2023.eq7-one-step zhu2023.eq7-two-step zhu2023.two-step-remainder zhu2023.eq8-ode zhu2023.parabola-attracts "
    "zhu2023.sec5-simplified zhu2023.slip1 zhu2023.slip1-corrected zhu2023.slip3 zhu2023.slip3-corrected "
    "zhu2023.slip5 zhu2023.slip5-corrected",
    "degree-2": "zhu2023.sec4-ellipses zhu2023.slip7 zhu2023.slip7-corrected zhu2023.R5",
    "frozen-cubic": "zhu2023.slip8 zhu2023.slip8-corrected",
    "product:p**2/2-p**4/24": "edgestab2026.landing edgestab2026.landing-next",
    "uv-model": "kalra2023.map kalra2023.ellipse kalra2023.fixed-points kalra2023.balanced kalra2023.escape",
    "cubic-map": "chen2024.map chen2024.interval chen2024.escape chen2024.monotone chen2024.period-two "
    "chen2024.period-three chen2024.chebyshev",
    "spring:1,1,3,1/4": "damian2023.spring-map",
    "balanced:3": "ghosh2025.two-cycle ghosh2025.flip ghosh2025.cascade ghosh2025.accumulation",
    "factorization:2,2,2": "ghosh2025.transverse ghosh2025.rank-two",
}
"""By model, the claims that are algebra about it, or about many of which it is one."""

SHARE = sp.Rational(2, 3)
"""Where in the intervals of a region the start lies that is shown: not in the middle, which regions leave out."""

DIGITS = 8


@cache
def built_in(name: str) -> Model | None:
    """The built-in model of this name, if there is one."""
    try:
        return model(name)
    except InputError:
        return None


def statements(claim: Claim) -> Iterator[OrbitStatement]:
    """Yield what a claim says of orbits; of a family the member of its largest constant."""
    for part in (*claim.parts, *claim.checks):
        if isinstance(part, OrbitStatement):
            yield part
        elif isinstance(part, StatementFamily):
            yield part.statement.with_constants({part.constant: part.values[-1]})


def shown(claim: Claim) -> dict[str, str]:
    """Return the built-in models of which a claim speaks, each with the fragment of a start of its region."""
    found: dict[str, str] = {}
    for statement in statements(claim):
        name, _, chart = statement.model.name.partition(" in ")
        if built_in(name) is not None and name not in found:
            found[name] = "" if chart else fragment(statement)
    return found or {name: "" for name, claims in OF_ALGEBRA.items() if claim.id in claims.split()}


def fragment(statement: OrbitStatement) -> str:
    """Return the part of an address with which an explorer begins with a start of the statement's region."""
    step, sizes = statement.model.own.step, statement.step_sizes
    if step.parameters != (ETA,):
        return ""
    values = {ETA: sizes.values[0] if sizes.values else (sizes.low + sizes.high) / 2}
    for variable, (low, high) in zip(statement.region.variables, statement.region.bounds, strict=True):
        values[variable] = (low + SHARE * (high - low)).xreplace(values)
    symbols = (*step.state, ETA)
    exactly = (*(e.xreplace(values) for e in statement.region.start), values[ETA])
    start = {symbol: Fraction(str(sp.N(value, DIGITS))) for symbol, value in zip(symbols, exactly, strict=True)}
    view = view_of(statement.model, {}, {})
    shown = (("x", view.x), ("across", view.x), ("seen", view.x), ("y", view.y), ("up", view.y))
    windows = [_window(axis, key, start, view.ranges[axis]) for key, axis in shown if len(step.state) > 1]
    said = ",".join(f"{symbol}:{decimal(value)}" for symbol, value in start.items())
    return "#" + "&".join([*filter(None, windows), f"set={said}"])


def _window(axis: sp.Symbol, key: str, start: Mapping[sp.Symbol, Fraction], now: tuple[Fraction, Fraction]) -> str:
    """A window around a start that is outside the one that the page begins with."""
    value = start.get(axis, now[0])
    if now[0] <= value <= now[1]:
        return ""
    low, high = sorted((-value / 4, value * 5 / 4))
    return f"{key}={axis},{decimal(low)},{decimal(high)}"


def file_of(name: str) -> str:
    """Return the file of a model's page.

    >>> file_of("chain:1,2")
    'chain-1-2.html'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.replace("**", "")).strip("-") + ".html"


def section(claim: Claim) -> str:
    """Return what stands on the page of a claim: the explorers of its models, which a script loads when unfolded."""
    parts = []
    for name, at in shown(claim).items():
        title, address = html.escape(model(name).title), html.escape(f"{FOLDER}/{file_of(name)}{at}")
        where = " It begins with a start of the region of the claim." if at else ""
        parts.append(
            f'<details class="explorer"><summary>{title}</summary>'
            f"<p>Basins, orbit diagram and orbits of <code>{html.escape(name)}</code>, computed as one looks.{where} "
            f'<a href="{address}">The whole page</a>.</p></details>'
        )
    return f'<section class="claim"><h2>Explore</h2>{"".join(parts)}</section>' if parts else ""


def write(folder: Path) -> None:
    """Write the pages of all models of which claims speak."""
    names = {name for claim in map(find, ids()) for name in shown(claim)}
    files = {file_of(name): name for name in sorted(names)}
    if len(files) < len(names):
        raise InputError("two models have one file name: make file_of tell them apart")
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    for file, name in files.items():
        explore(name).save(folder / FOLDER / file)
