r"""Losses l(p) in use, with the number at which gradient descent on l(xy) lands, in closed form.

For each, :math:`(2/\eta - S_\infty)/\eta = G_0 + G_1\eta^2 + \dots` in the notation of `edgestab.theory.landing`. The
claim ``edgestab2026.landing-named`` proves both coefficients from the derivatives of l.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import sympy as sp

from edgestab.theory.landing import ProductMinimum
from edgestab.theory.loss import Loss
from edgestab.theory.models.product import P
from edgestab.theory.symbols import symbols

(D0,) = symbols("d0")
_Q = P - D0
_R = sp.Rational
_ONE = sp.S.One


@dataclass(frozen=True)
class LandingLoss:
    """A loss l(p), where its minimum is, and the first two coefficients.

    Parameters
    ----------
    name : str
        A word or two.
    outer : Expr
        l, in the symbols p and, where the minimum may be anywhere, d0.
    place : Expr
        The minimum: d0, or a number.
    constant, following : Expr
        G_0 and G_1, which depends on d0.
    example : Expr
        The number d0 of runs.
    """

    name: str
    outer: sp.Expr
    place: sp.Expr
    constant: sp.Expr
    following: sp.Expr
    example: sp.Expr = _ONE

    @property
    def minimum(self) -> ProductMinimum:
        """The minimum of the example."""
        return ProductMinimum(self.outer.subs(D0, self.example), self.place.subs(D0, self.example))

    @property
    def loss(self) -> Loss:
        """l(xy) of the example.

        Examples
        --------
        >>> LOSSES["log cosh"].loss.expression
        log(cosh(x*y - 1))
        """
        x, y = symbols("x y")
        return Loss((x, y), self.minimum.outer.subs(P, x * y), self.name)

    @property
    def next_of_example(self) -> sp.Expr:
        """The coefficient G_1 of the example."""
        return self.following.subs(D0, self.example)


def soft_label(s: sp.Expr, place: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """Return G_0 and G_1 of log(1 + exp(p)) - s p, whose minimum has the sigmoid s.

    Examples
    --------
    >>> soft_label(sp.Rational(1, 2), sp.S.Zero)
    (3/8, 9/320)
    """
    spread, q, t = s * (1 - s), 1 - 3 * s * (1 - s), 1 - 2 * s
    inner = 20 * q**3 * place**2 + 60 * t * q**2 * place + _R(3, 8) * (45 * t**4 + 60 * t**2 - 1)
    return 3 * spread**2 / (2 * q), -3 * spread**4 * inner / (40 * q**4)


def _cross_entropy(s: sp.Rational) -> LandingLoss:
    place = sp.log(s / (1 - s))
    return LandingLoss(
        f"cross-entropy, label {s}", sp.log(1 + sp.exp(P)) - s * P, place, *soft_label(s, place), example=place
    )


_ALL = (
    LandingLoss("quartic", (1 - P**2) ** 2 / 4, _ONE, _R(1, 2), _R(-129, 32)),
    LandingLoss("square and cube", _Q**2 / 2 + _Q**3 / 3, D0, _R(1, 4), -(8 * D0**2 + 8 * D0 + 5) / 32),
    LandingLoss("with a fifth power", _Q**2 / 2 + _Q**3 / 3 + _Q**5 / 5, D0, _R(1, 4), -(D0**2 + D0 + 1) / 4),
    LandingLoss("log cosh", sp.log(sp.cosh(_Q)), D0, _R(3, 2), -3 * (10 * D0**2 - 3) / 20),
    LandingLoss("cosine", 1 - sp.cos(_Q), D0, sp.S(3), -3 * (10 * D0**2 + 21) / 10),
    LandingLoss("pseudo-Huber", sp.sqrt(1 + _Q**2), D0, _ONE, -(2 * D0**2 - 1) / 2),
    LandingLoss("Poisson", sp.exp(_Q) - P, D0, _R(3, 2), -3 * (20 * D0**2 + 60 * D0 + 39) / 40),
    LandingLoss("Itakura-Saito", P - sp.log(P), _ONE, _R(1, 2), _R(1, 4)),
    _cross_entropy(_R(1, 2)),
    _cross_entropy(_R(1, 4)),
    LandingLoss("Cauchy", sp.log(1 + _Q**2) / 2, D0, _R(1, 2), -(D0**2) / 2),
    LandingLoss("Geman-McClure", _Q**2 / (2 * (1 + _Q**2)), D0, _R(1, 4), -(16 * D0**2 + 1) / 64),
    LandingLoss("Welsch", 1 - sp.exp(-(_Q**2) / 2), D0, _ONE, -(2 * D0**2 + 1) / 2),
    LandingLoss("hyperbolic secant", 1 - 1 / sp.cosh(_Q), D0, _R(3, 5), -3 * (1250 * D0**2 + 201) / 6250),
    LandingLoss("tanh squared", sp.tanh(_Q) ** 2 / 2, D0, _R(3, 8), -3 * (640 * D0**2 + 87) / 5120),
    LandingLoss(
        "exponential squared",
        (sp.exp(_Q) - 1) ** 2 / 2,
        D0,
        _R(3, 20),
        -3 * (10000 * D0**2 + 9000 * D0 + 2427) / 200000,
    ),
)

LOSSES: Mapping[str, LandingLoss] = MappingProxyType({loss.name: loss for loss in _ALL})
"""By name."""
