"""The map of a certificate: gradient descent on l(uv), or on a chain; what is proved of it and what it is in words."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import sympy as sp

from edgestab.verify.checker.chain import prove_chain
from edgestab.verify.checker.enclosures import Program, Work
from edgestab.verify.checker.gradient_descent import RATIO, frozen_step, margins, prove_frozen, prove_map
from edgestab.verify.checker.reading import demand
from edgestab.verify.checker.smooth import prove_cycles, prove_smooth_map

Frozen = tuple[sp.Expr, sp.Expr, sp.Expr, sp.Expr]


class Motion(NamedTuple):
    """A map in x and b.

    `power` says which power of eta eps is; `flow` defines D and m; `frozen` proves what a file says of the 2-cycles at
    eps = 0, and returns R, F, edge and image; `margins` are positive where the gaps of x = eps c are in a window.
    """

    words: tuple[str, str, str]  # the step; the minima; what the symbols are
    power: int
    flow: Program
    frozen: Callable[[Any], Frozen]
    margins: Callable[..., dict[str, sp.Expr]]
    above: Fraction | None  # the formulas hold where b is larger
    product: tuple[sp.Poly | None, Fraction, Fraction] | None  # l where it is a polynomial, d0 and h, of l(uv)


def motion_of(value: Any, version: int, work: Work) -> Motion:
    """Prove the map of a file, of which there are three kinds."""
    keys = set(value) if isinstance(value, dict) else set()
    demand((version == 2) == bool(keys & {"ratio", "chain"}), "version 2 is that of a map with a ratio or a chain")
    if "chain" in keys:
        flow, frozen, between = prove_chain(value, work)
        return Motion(_CHAIN, 3, flow, frozen, between, Fraction(-1), None)
    if "ratio" in keys:
        shown, d0, h, flow, line, ratio = prove_smooth_map(value, work)
        one = sp.Integer(1)
        return Motion(
            _product(shown, d0, h),
            2,
            flow,
            lambda record: (one, prove_cycles(record, line, ratio), one, one),
            margins,
            None,
            (None, d0, h),
        )
    loss, d0, h, flow = prove_map(value)
    after_of = frozen_step(flow[RATIO], h)
    words = _product(sp.sstr(loss.as_expr()), d0, h)
    return Motion(words, 2, flow, lambda record: prove_frozen(record, after_of), margins, None, (loss, d0, h))


def _product(shown: str, d0: Fraction, h: Fraction) -> tuple[str, str, str]:
    return (
        f"Gradient descent on L(u, v) = l(uv), l(p) = {shown},",
        f"uv = {d0}",
        "gap = (2/eta - sharpness)/eta, the sharpness is the largest eigenvalue of the Hessian of L at the minimum, "
        f"eps = eta^2, b = uv - ({d0}), and 1 + x = ({h}/2)^2 eps ((u^2 - v^2)^2 + 4 ({d0})^2), {h} being l''({d0}).",
    )


_CHAIN = (
    "Gradient descent on L(u, v, w) = (1 - u v w)^2/2 from starts with v = w > 0, so that v = w in every step,",
    "u v^2 = 1",
    "gap = (2/eta - sharpness)/eta^2, the sharpness is the largest eigenvalue of the Hessian of L at the minimum, "
    "eps = eta^3, b = u v^2 - 1, and 1 + x = eta^2 (u^2 - v^2).",
)
