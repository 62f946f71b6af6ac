"""The certificate as data, and the file it becomes (docs/certificates.md)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp

from edgestab.theory.drift import DriftForm, ImplicitCurve, ProductForm
from edgestab.theory.drift_of_chain import DRIFT, MULTIPLIER, ChainForm
from edgestab.theory.remainder import Enclosed
from edgestab.verify.certify.arrival import Arrival, shown
from edgestab.verify.certify.basin import Basin
from edgestab.verify.certify.cells import Cells, Interval
from edgestab.verify.certify.limit import Limit
from edgestab.verify.certify.plan import Polynomial
from edgestab.verify.certify.power import PowerStart
from edgestab.verify.certify.tube import Tube

FORMAT = "edgestab-certificate"

_NAMES = {"x": "x", "b": "b", "e": "eps", "d": "d"}


@dataclass(frozen=True)
class Certificate:
    """What was proved of a box of starts, with every cell on which an inequality was checked.

    Parameters
    ----------
    tube : Tube
        The Lyapunov function.
    eta : Interval
        The step sizes; a lower end 0 is excluded.
    contraction : tuple of Cells
        Where V falls.
    start : Cells
        The starts; its box is the region.
    limit : Limit
        The window of the gap.
    basin : Basin or None
        The larger region of starts, if one was asked for.
    power : PowerStart or None
        The starts down to the edge, if they are not a box.
    time : Arrival or None
        What bounds the number of steps, if that was asked for.
    """

    tube: Tube
    eta: Interval
    contraction: tuple[Cells, ...]
    start: Cells
    limit: Limit
    basin: Basin | None = None
    power: PowerStart | None = None
    time: Arrival | None = None

    @property
    def _power(self) -> dict[str, str] | None:
        if self.power is None:
            return None
        return {"sigma": str(self.power.sigma), "p": str(self.power.p), "reach": str(self.power.reach)}

    @property
    def cells(self) -> int:
        """How many cells were proved."""
        trees = [*self.contraction, self.start, *(self.basin.trees.values() if self.basin is not None else ())]
        return sum(t.leaves for t in trees)

    @property
    def document(self) -> dict[str, Any]:
        """What the file holds."""
        tube, basin = self.tube, self.basin
        timed = {} if self.time is None else {"time": self.time.document}
        return {
            "format": FORMAT,
            "version": 1 if isinstance(tube.form, ProductForm) and tube.form.enclosed is None else 2,
            "map": _map(tube.form),
            "eta": _texts(self.eta),
            "curve": _curve(tube),
            "tube": {
                "rho": _texts(tube.rho),
                "rate": str(tube.rate),
                "floor": _texts(tube.floor),
                "ceiling": str(tube.ceiling),
                "strip": _texts(tube.strip),
            },
            "contraction": [_tree(c) for c in self.contraction],
            "start": {**_box(self.start), "cells": list(self.start.tree), "power": self._power},
            "limit": {
                name: [_texts(p) for p in pair]
                for name, pair in (("gap", self.limit.gap), ("between", self.limit.between))
                if pair is not None
            },
            "basin": None
            if basin is None
            else {
                "x": _texts(basin.x),
                "d_max": str(basin.d_max),
                "losses": _texts(basin.losses),
                "gamma": str(basin.gamma),
                "K": str(basin.k),
                **{name: _tree(cells) for name, cells in basin.trees.items()},
            },
            **timed,
            "made": {
                "by": "edgestab",
                "fitted": ["c", "q", "rho", "rate", "floor", "ceiling", "strip"],
                "proved": ["contraction", "starts", "limit", *(["basin"] if basin is not None else [])],
            },
        }

    @property
    def sentence(self) -> str:
        """The theorem in words."""
        low, high = self.eta
        eta = (
            f"eta = {shown(high)}" if low == high else f"eta in {'(' if low == 0 else '['}{shown(low)}, {shown(high)}]"
        )
        form, x, b = self.tube.form, self.start.box[0], self.start.box[1]
        slow, fast, minima = words_of(form)
        if self.basin is None:
            lowest = shown(x[0]) if self.power is None else f"{shown(self.power.sigma)} eps^({self.power.p})"
            beside = f"{lowest} <= {slow} <= {shown(x[1])}, {shown(b[0])} <= {fast} <= {shown(b[1])}"
            start, ends = f"{beside}, {minima.replace('=', '!=')}", minima
        else:
            x, d0 = self.basin.x, form.minima.removeprefix("xy = ")
            start = (
                f"{shown(x[0])} <= {slow} <= {shown(x[1])}, |xy| <= {shown(self.basin.d_max)} whose orbit never meets "
            )
            start += f"xy = 0 or xy = +-{d0}"
            ends = f"xy = +-{d0}"
        timed = ""
        if self.time is not None:
            sides = f"{_shown(self.time.gap)} and {_shown(self.limit.gap[1])}"
            timed = (
                f"; for every e > 0 and n >= T, |{fast}| <= e and the gap g of gradient flow's end is between {sides}, "
                f"{self.time.steps(self.tube, self.contraction[0].box[0][0], self.power)}, ln+ the positive part of ln"
            )
        scale = "eta" if form.power == 2 else f"eta^{form.power - 1}"
        return (
            f"for {eta} every start with {start} converges to a minimum {ends} "
            f"of sharpness 2/eta - g {scale}, g between {' and '.join(_shown(g) for g in self.limit.gap)}{timed}"
        )

    @property
    def where(self) -> str:
        """What the symbols of the sentence stand for."""
        return f"{edge_ratio(self.tube.form)}{f', eps = eta^{self.tube.form.power}' * ('eps' in self.sentence)}"

    @property
    def text(self) -> str:
        """The file."""
        return json.dumps(self.document, separators=(",", ":"), allow_nan=False)


def words_of(form: DriftForm) -> tuple[str, str, str]:
    """Return x, b and the minima in words."""
    if not isinstance(form, ProductForm):
        return "X", "w1 w2^2 - 1", "w1 w2^2 = 1"
    d0 = form.minimum
    return "P - 1", f"xy - {d0}" if d0 > 0 else f"xy + {-d0}" if d0 else "xy", form.minima


def edge_ratio(form: DriftForm) -> str:
    """Define P, the square of the sharpness over 2/eta where gradient flow ends; or X of a chain."""
    if not isinstance(form, ProductForm):
        return "X = eta^2 (w1^2 - w2^2) - 1"
    half, square = form.curvature / 2, 4 * form.minimum**2
    scale, balance = "eta^2" if half == 1 else f"({half} eta)^2", "(x^2 - y^2)^2"
    return f"P = {scale} " + (f"({balance} + {square})" if square else balance)


def _shown(polynomial: Polynomial) -> str:
    terms = [f"{shown(c)}{' eps^' + str(j) if j > 1 else ' eps' if j else ''}" for j, c in enumerate(polynomial) if c]
    return " + ".join(terms).replace("+ -", "- ") or "0"


def _map(form: DriftForm) -> Mapping[str, Any]:
    if isinstance(form, ChainForm) and form.root is not None:
        names, lines = ["chain", "drift", "multiplier"], ["x, y, y", str(DRIFT), str(MULTIPLIER)]
        more: dict[str, Any] = {"root": _enclosed(form.root)}
    elif isinstance(form, ProductForm):
        moves = (form.drift, form.multiplier) if form.enclosed is None else form.moves(sp.Symbol("ell"))
        names, lines = ["loss", "minimum", "drift", "multiplier"], [str(e) for e in (form.loss, form.minimum, *moves)]
        more = {} if form.enclosed is None else {"ratio": _enclosed(form.enclosed)}
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    return {**dict(zip(names, lines, strict=True)), "sha256": digest, **more}


def _curve(tube: Tube) -> Mapping[str, Any]:
    frozen = tube.form.frozen
    entry: Mapping[str, Any] | None = None
    if isinstance(frozen, ImplicitCurve):
        entry = _enclosed(frozen.rise)
    elif frozen is not None:
        entry = {name: str(getattr(frozen, name)) for name in ("radicand", "value", "edge", "image")}
    return {"frozen": entry, "c": _texts(tube.curve.c), "q": [_texts(row) for row in tube.curve.q]}


def _enclosed(known: Enclosed) -> Mapping[str, Any]:
    return {
        "domain": _texts(known.domain),
        "polynomial": _texts(known.polynomial),
        "bounds": _texts(known.bounds),
        "near": str(known.near),
    }


def _texts(values: Sequence[Fraction]) -> list[str]:
    return [str(v) for v in values]


def _box(cells: Cells) -> dict[str, list[str]]:
    return {_NAMES[axis]: _texts(ends) for axis, ends in zip(cells.axes, cells.box, strict=True)}


def _tree(cells: Cells) -> dict[str, Any]:
    return {"box": _box(cells), "cells": list(cells.tree)}
