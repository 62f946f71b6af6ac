r"""Flips of a cascade, enclosed.

A box of one point of the cycle and of the parameter holds one zero of
:math:`f^p(x, s) - x,\; \partial_x f^p(x, s) + 1`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import flint
import sympy as sp

from edgestab.numerics.cycles.cascade import cascade
from edgestab.theory.parts.flips import Flips
from edgestab.verify.certify.outcome import Attempt, Outcome
from edgestab.verify.checker.check import FLIPS

BITS = 768
CENTRE, RADIUS = 2**500, Fraction(1, 2**400)
"""Centres are rounded to multiples of 1/2^500. Balls along a cycle of period p widen by up to 4^p: boxes are tiny."""


@dataclass(frozen=True)
class FlipCertificate:
    """Boxes of a map's flips.

    Parameters
    ----------
    part : Flips
        The map, and where its flips are claimed.
    boxes : tuple of (Fraction, Fraction)
        For each flip the centre: a point of the cycle, and the parameter.
    """

    part: Flips
    boxes: tuple[tuple[Fraction, Fraction], ...]

    @property
    def where(self) -> str:
        """What the parameter stands for."""
        return self.part.where

    @property
    def cells(self) -> int:
        """How many boxes there are."""
        return len(self.boxes)

    @property
    def sentence(self) -> str:
        """The theorem in words."""
        found = ", ".join(
            f"{float(at):.15g} (least period {f.period})"
            for f, (_, at) in zip(self.part.flips, self.boxes, strict=True)
        )
        return f"the multiplier of a cycle passes -1 at {self.part.parameter} = {found}, to 1e-14"

    @cached_property
    def document(self) -> Mapping[str, Any]:
        """What the file holds."""
        ((x,), (f,)) = self.part.step.state, self.part.step.closed_form()
        written = sp.expand(f).xreplace({x: sp.Symbol("x"), self.part.parameter: sp.Symbol("s")})
        cycles = [
            {"period": flip.period, **{n: _range(v) for n, v in zip("xs", centre, strict=True)}}
            for flip, centre in zip(self.part.flips, self.boxes, strict=True)
        ]
        return {"format": FLIPS, "version": 1, "map": str(written), "cycles": cycles, "made": {"by": "edgestab"}}

    @property
    def text(self) -> str:
        """The file."""
        return json.dumps(self.document, separators=(",", ":"), allow_nan=False)


def certify_flips(part: Flips) -> Outcome:
    """Prove where the flips of a cascade are, and again by the independent checker.

    Examples
    --------
    >>> from edgestab.theory.claims.catalogue import find
    >>> part = next(p for p in find("ghosh2025.cascade").parts if isinstance(p, Flips))
    >>> str(certify_flips(part).evidence.standing)
    'PROVED'
    """
    return prove_flips(part).checked()


def prove_flips(part: Flips) -> Attempt:
    """Make the certificate of a cascade's flips."""
    point, value = map(float, part.start)
    first = part.flips[0].period
    found = cascade(part.step, part.parameter, [point], value, len(part.flips) - 1, period=first, bits=BITS).flips
    boxes = []
    for number, claimed in enumerate(part.flips):
        name = f"the flip of the cycle of period {claimed.period}"
        if number >= len(found) or not (found[number].proved and found[number].period == claimed.period):
            return Attempt(part.name, (), (f"{name} is not found",))
        centre = _exact(found[number].point[0]), _exact(found[number].parameter)
        low, high = (Fraction(int(v.p), int(v.q)) for v in (claimed.low, claimed.high))
        if not low <= centre[1] - RADIUS <= centre[1] + RADIUS <= high:
            return Attempt(part.name, (), (f"{name} is at {part.parameter} = {float(centre[1]):.15g}",))
        boxes.append(centre)
    return Attempt(part.name, (("", FlipCertificate(part, tuple(boxes))),))


def _exact(x: flint.arb) -> Fraction:
    """The centre of a ball, rounded."""
    mantissa, exponent = x.mid().man_exp()
    return Fraction(round(Fraction(int(mantissa)) * Fraction(2) ** int(exponent) * CENTRE), CENTRE)


def _range(centre: Fraction) -> list[str]:
    return [str(centre - RADIUS), str(centre + RADIUS)]
