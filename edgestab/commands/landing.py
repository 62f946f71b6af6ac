"""``edgestab landing``: how far below the edge gradient descent on l(xy) ends, derived and simulated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from edgestab.commands.printing import output, print_json
from edgestab.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import sympy as sp
    from numpy.typing import NDArray

    from edgestab.theory.landing import ProductMinimum
    from edgestab.theory.models.base import Model

STEP_SIZES = (0.2, 0.1, 0.05, 0.02)
"""Where orbits are followed, in units of 2/(h d0), d0 at least 1: a loss with h = 2 and d0 = 1 has the unit 1."""

SMALL = 0.1
"""What part of the sharpness the gap may be for its leading order to mean anything."""


def landing(
    model: str | None = None,
    /,
    *,
    loss: str | None = None,
    params: str | None = None,
    at: str | None = None,
    terms: int = 3,
    near: str | None = None,
    eta: str | None = None,
    json_: Annotated[bool, Parameter("--json", negative="")] = False,
) -> None:
    """Print how far below the edge gradient descent ends: the law, and orbits beside it.

    For a loss l(xy) the law is a series in eta^2; with --near it is that of any manifold of minima, at one step size.

    Parameters
    ----------
    model
        A built-in model, such as quartic; or give --loss and --params.
    loss
        A loss: an expression such as "(1 - x*y**2)**2/2", instead of a model.
    params
        The parameters of the loss, such as "x y".
    at
        The minimum of l: the value of xy there. Of a polynomial the largest rational one by default.
    terms
        Terms of the series in eta^2, from 1 to 6.
    near
        For any loss with a manifold of minima: a point near it, such as "x=5,y=0.45", from which the edge is reached
        along the minima; with --eta.
    eta
        The step size: with --near.
    json_
        Print JSON.
    """
    import numpy as np
    import sympy as sp

    from edgestab.arguments import Subject, rational
    from edgestab.numerics.orbits.landing import landing_gaps
    from edgestab.theory.landing import product_minimum

    if not 1 <= terms <= 6:
        raise InputError(f"--terms is from 1 to 6, got {terms}")
    of = Subject(loss, params).model(model)
    if of.loss is None:
        raise InputError(f"{of.name} is a map without a loss: it has no edge")
    if near is not None or eta is not None:
        _on_minima(of, near, eta, json_=json_)
        return
    place = None if at is None else sp.Rational(rational(at, "at"))
    minimum = product_minimum(of.loss, place)
    series = minimum.series(terms)
    unit = 2 / float(minimum.curvature) / max(abs(float(minimum.place)), 1.0)
    sizes = unit * np.array(STEP_SIZES)
    gaps = landing_gaps(of.loss, minimum, sizes)
    if json_:
        print_json(
            {
                "l": str(minimum.outer),
                "minimum": str(minimum.place),
                "derivatives": {str(k): str(minimum.derivative(k)) for k in (2, 3, 4)},
                "alpha": str(minimum.alpha),
                "series": [str(c) for c in series],
                "simulated": [
                    {"eta": float(e), "gap": None if np.isnan(g) else float(g)}
                    for e, g in zip(sizes, gaps, strict=True)
                ],
            }
        )
        return
    _print(minimum, series, sizes, gaps)


def _print(
    minimum: ProductMinimum, series: Sequence[sp.Rational], eta: NDArray[np.float64], gaps: NDArray[np.float64]
) -> None:
    from rich.table import Table
    from rich.text import Text

    console = output()
    h, l3, l4 = (minimum.derivative(k) for k in (2, 3, 4))
    powers = ["", " eta^2", *(f" eta^{2 * k}" for k in range(2, len(series)))]
    written = " + ".join(f"({c}){p}" if p else str(c) for c, p in zip(series, powers, strict=False))
    for line in (
        f"L = l(p), p the product of the parameters, l = {minimum.outer}, minimum p = {minimum.place}",
        f"h = l'' = {h}, l3 = l''' = {l3}, l4 = l'''' = {l4}, alpha = 3 l3^2 - h l4 = {minimum.alpha} > 0",
        f"G(eta) = (2/eta - S)/eta = {written} + O(eta^{2 * len(series)}), a formal series; S the sharpness at the end",
    ):
        console.print(Text(line), soft_wrap=True)
    table = Table("eta", "G of one orbit", "first term", f"{len(series)} terms")
    for e, g in zip(eta, gaps, strict=True):
        whole = sum(float(c) * float(e) ** (2 * k) for k, c in enumerate(series))
        seen = "no limit" if g != g else f"{g:.8f}"
        table.add_row(f"{e:.6g}", seen, f"{float(series[0]):.8f}", f"{whole:.8f}")
    console.print(table)
    console.print(Text("Orbits begin 5 % above the edge (u = 0.1), beside the minimum; the series is asymptotic."))


def _on_minima(of: Model, near: str | None, eta: str | None, *, json_: bool) -> None:
    import numpy as np
    from rich.text import Text

    from edgestab.arguments import rational, starts
    from edgestab.numerics.orbits.landing_on_minima import landed

    if near is None or eta is None:
        raise InputError("--near and --eta go together: a point near the minima, and a step size")
    size = float(rational(eta, "eta"))
    if not size > 0:
        raise InputError(f"step size must be positive and finite, got {eta}")
    loss = of.loss
    if loss is None or loss.constants:
        raise InputError("the law on a manifold of minima needs a loss without constants")
    (given,) = starts([near], of)
    edge, found = landed(loss, np.array([float(given[p]) for p in loss.parameters]), size)
    place = ", ".join(f"{p} = {v:.8g}" for p, v in zip(loss.parameters, edge.point, strict=True))
    slope = float(edge.slope @ edge.slope)
    if json_:
        at = {str(p): float(v) for p, v in zip(loss.parameters, edge.point, strict=True)}
        seen = None if np.isnan(found) else found
        print_json({"edge": at, "G": slope, "C": edge.cubic, "predicted": edge.gap, "simulated": seen})
        return
    console = output()
    for line in (
        f"minimum of sharpness 2/eta = {2 / size:.8g}: {place}",
        f"G = |slope of the sharpness along the minima|^2 = {slope:.8g}",
        f"C = {edge.cubic:.8g} > 0: the flip is supercritical",
        f"2/eta - S at the end: {edge.gap:.8g} predicted, G/(2 C), to leading order; "
        + ("the orbit converged nowhere" if np.isnan(found) else f"{found:.8g} for one orbit from 5 % above the edge"),
    ):
        console.print(Text(line), soft_wrap=True)
    if edge.gap > SMALL * edge.sharpness:
        console.print(Text("G/(2 C) is not small against 2/eta: the leading order says nothing here"))
