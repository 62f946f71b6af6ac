"""Windows of half-width eta/50 about the series of landing, from boxes of starts, for losses that are no polynomials."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.claims.derived.notation import R
from edgestab.theory.conclusions.final_sharpness import FinalSharpness
from edgestab.theory.landing import product_minimum
from edgestab.theory.loss import Loss
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.parts.certified import Certified
from edgestab.theory.region import Region
from edgestab.theory.statement import OrbitStatement, StepSizes
from edgestab.theory.symbols import ETA, symbols

HALF = R(1, 50)
"""Half the width of the windows, over eta."""

B = symbols("b")[0]

Ends = tuple[str, str]


class Window(NamedTuple):
    """A loss l(xy) with its minimum at xy = 1, and the x of the starts: at eta = 1/10, and at smaller ones."""

    title: str
    loss: str
    below_tenth: Ends | None
    below_twentieth: Ends


WINDOWS: Mapping[str, Window] = {
    "quartic": Window("(1 - p^2)^2/4", "(1 - x**2*y**2)**2/4", ("1/20", "3/20"), ("1/20", "3/20")),
    "log-cosh": Window("log cosh(p - 1)", "log(cosh(x*y - 1))", ("1/5", "3/10"), ("1/10", "1/5")),
    "pseudo-huber": Window("sqrt(1 + (p - 1)^2)", "sqrt(1 + (x*y - 1)**2)", ("1/10", "1/5"), ("1/20", "3/20")),
    "logistic": Window(
        "log(1 + exp(p - 1)) - (p - 1)/2", "log(1 + exp(x*y - 1)) - (x*y - 1)/2", ("1/20", "3/20"), ("1/20", "3/20")
    ),
    "soft-label": Window(
        "log(1 + 2 exp(p - 1)) - 2 (p - 1)/3, cross-entropy with the label 2/3",
        "log(1 + 2*exp(x*y - 1)) - 2*(x*y - 1)/3",
        ("1/20", "3/20"),
        ("1/20", "3/20"),
    ),
    "exponential": Window("exp(p - 1) - p", "exp(x*y - 1) - x*y", None, ("2/25", "3/25")),
    "cauchy": Window("log(1 + (p - 1)^2)", "log(1 + (x*y - 1)**2)", ("1/4", "3/10"), ("1/10", "1/5")),
    "cosine": Window("-cos(p - 1)", "-cos(x*y - 1)", None, ("1/5", "3/10")),
    "tanh": Window(
        "tanh(p - 1)^2/2",
        "tanh(x*y - 1)**2/2",
        ("1/20", "1/10"),
        ("1/20", "1/10"),
    ),
}
"""By the end of the claim's id."""


def _claim(name: str, window: Window) -> Claim:
    loss = Loss.parse(window.loss, "x y", name=name)
    m = model_of_loss(loss)
    first, second = product_minimum(loss, sp.S.One).series(2)
    g = first + second * ETA**2

    def about(title: str, ends: Ends, sizes: StepSizes, down_to_zero: bool = False) -> Certified:
        region = Region.in_coordinates(m, {"offset": ends, "b": ("-1/10", "1/10")}, (sp.Ne(B, 0),))
        conclusion = FinalSharpness(2 / ETA - (g + HALF) * ETA, 2 / ETA - (g - HALF) * ETA)
        return Certified(title, OrbitStatement(title, m, sizes, region, conclusion), down_to_zero)

    parts = [
        about("every eta in (0, 1/20]", window.below_twentieth, StepSizes.between("0.02", "0.05"), down_to_zero=True),
        about("eta = 1/20", window.below_twentieth, StepSizes.of("0.05")),
    ]
    also = ""
    if window.below_tenth is not None:
        parts.append(about("eta = 1/10", window.below_tenth, StepSizes.of("0.1")))
        also = f"; at eta = 1/10 from x in [{', '.join(window.below_tenth)}]"
    sign = "-" if second < 0 else "+"
    return Claim(
        f"edgestab2026.window-{name}",
        "derived here",
        f"where {window.title} lands, to within eta/50, for every small step size",
        f"On l(xy), l(p) = {window.title}, for every eta in (0, 1/20], every start with x = P - 1 in "
        f"[{', '.join(window.below_twentieth)}] and xy - 1 in [-1/10, 1/10] \\ {{0}} converges to a minimum of sharpness within eta/50 of "
        f"2/eta - ({first} {sign} {abs(second)} eta^2) eta{also}.",
        tuple(parts),
        (sp.Eq(sp.Symbol("S_oo"), 2 / ETA - g * ETA),),
        kind="derived",
        notes=(
            "P = (eta/2 times the sharpness of the minimum that gradient flow comes to)^2.",
            "The two coefficients are those of the formal series of edgestab.theory.landing.",
        ),
    )


CLAIMS: Mapping[str, Callable[[], Claim]] = {
    f"edgestab2026.window-{name}": partial(_claim, name, window) for name, window in WINDOWS.items()
}
"""One for each loss."""
