r"""The drift form of the three-layer chain (x, y, y), :math:`L = \tfrac12(1 - xy^2)^2`, near its minima of large x.

With :math:`\epsilon = \eta^3`, :math:`b = xy^2 - 1`, :math:`u = \eta x`, :math:`v = y^2/\eta` and
:math:`X = \eta^2(x^2 - y^2) - 1`, the step is

.. math:: X' = X - \epsilon b^2 (1 + X) v, \qquad u' = u - \epsilon b v, \qquad v' = v(1 - ub)^2,

and :math:`uv = 1 + b`, :math:`u^3 - (1 + X)u = \epsilon(1 + b)`: with the root :math:`\psi` near 1 of
:math:`\psi^3 - \psi = \kappa`,

.. math:: u = \sqrt{1 + X}\,\psi(\kappa), \qquad \kappa = \epsilon(1 + b)(1 + X)^{-3/2}.

At :math:`\epsilon = 0` the square root of :math:`xy^2` moves by the frozen cubic :math:`d' = d(1 + u - ud^2)`, whose
2-cycles are known in closed form. A minimum has the sharpness :math:`2x + 1/x^2 = (2/\eta)(u + \epsilon/(2u^2))`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import sympy as sp

from edgestab.theory.drift import EPS, B, DriftForm, FrozenCurve, NoDriftForm, Pair, R, X
from edgestab.theory.models.base import Model
from edgestab.theory.remainder import Enclosed
from edgestab.theory.symbols import ETA, symbols

U, V = symbols("u v")

DRIFT = (1 + X) * V
MULTIPLIER = 1 - 2 * U + B * (U**2 - 2 * U) + B**2 * U**2 - EPS * V**2 * (1 - U * B) ** 2
"""D and m in x, b, eps, u and v."""

CHAIN = "chain:1,2"
"""The name of the model; its own coordinates are w1 = x and w2 = y."""


def frozen_chain() -> FrozenCurve:
    """Return the 2-cycles at eps = 0, u = sqrt(1 + X): two values P, P' of xy^2 with PP'u^2 = 1, P + P' = 1 + 1/u."""
    z = (1 + B + R) / 2  # 1/u
    return FrozenCurve((1 + B) * (1 - 3 * B), 2 * (1 + z) / (z**2 * (1 - B + R)), 1 / z, (1 + 3 * B + R) / 2)


@dataclass(frozen=True)
class ChainForm(DriftForm):
    """The step near the minima xy^2 = 1.

    Parameters
    ----------
    root : Enclosed or None
        The function psi, once it is known by a polynomial and bounds.
    """

    root: Enclosed | None = None
    frozen: FrozenCurve = field(default_factory=frozen_chain, init=False)
    power: int = field(default=3, init=False)

    @cached_property
    def _names(self) -> dict[sp.Symbol, sp.Expr]:
        if self.root is None:
            raise NoDriftForm("the root psi is not enclosed yet")
        kappa = EPS * (1 + B) / sp.sqrt(1 + X) ** 3
        u = sp.sqrt(1 + X) * self.root.at(kappa)
        return {U: u, V: (1 + B) / u}

    @property
    def drift(self) -> sp.Expr:
        """D, in x, b and eps."""
        return DRIFT.xreplace(self._names)

    @property
    def multiplier(self) -> sp.Expr:
        """The multiplier m, in x, b and eps."""
        return MULTIPLIER.xreplace(self._names)

    minima = "product = 1"
    above = -sp.S.One
    """Where xy^2 < 0, u is another root."""

    def coordinates(self, start: Sequence[sp.Expr]) -> tuple[sp.Expr, sp.Expr]:
        """Return X and b of a state (x, y)."""
        x, y = start
        return sp.expand(ETA**2 * (x**2 - y**2) - 1), sp.expand(x * y**2 - 1)

    @property
    def leading(self) -> tuple[float, float]:
        """2 and -9/4: near u = 1 the frozen 2-cycle is u = 1 + b^2, and the edge is at X = -2 eps."""
        return 2.0, -2.25

    @property
    def fall(self) -> float:
        """1."""
        return 1.0

    def gap_at(self, c: float, eps: float) -> float:
        """Return 2 (1 - w)/eps, w = u + eps/(2 u^2) and u^2 - eps/u = 1 + eps c."""
        u = _largest(lambda u: u**2 - eps / u - 1 - eps * c, lambda u: 2 * u + eps / u**2)
        return 2 * (1 - u - eps / (2 * u**2)) / eps

    def root_of(self, gap: float, eps: float) -> float:
        """Return u of the minimum with this gap."""
        return _largest(lambda u: u + eps / (2 * u**2) - 1 + gap * eps / 2, lambda u: 1 - eps / u**3)

    def place_of(self, gap: float, eps: float) -> float:
        """Return (u^2 - eps/u - 1)/eps."""
        u = self.root_of(gap, eps)
        return (u**2 - eps / u - 1) / eps

    def enough(self, ends: Pair, gap: Pair, between: Pair | None) -> Mapping[str, sp.Expr]:
        """As `DriftForm.enough`: u = 1 + eps w for two polynomials w between which all u are.

        Both u^2 - eps/u and the sharpness grow with u where u^3 > eps.
        """
        if between is None:
            raise NoDriftForm("the window of a chain needs two polynomials besides")
        u, (bottom, top), (low, high) = [1 + EPS * w for w in between], ends, gap
        over = {
            "the root is below its upper bound": u[1] ** 3 - EPS - (1 + EPS * top) * u[1],
            "the root is above its lower bound": (1 + EPS * bottom) * u[0] - u[0] ** 3 + EPS,
            "the gap is above the window's lower end": (2 - low * EPS) * u[1] ** 2 - 2 * u[1] ** 3 - EPS,
            "the gap is below the window's upper end": 2 * u[0] ** 3 + EPS - (2 - high * EPS) * u[0] ** 2,
        }
        rest = {"the roots are positive": u[1], "the sharpness grows with the root": u[0] ** 3 - EPS}
        return {name: sp.cancel(sp.expand(e) / EPS) for name, e in over.items()} | rest

    def require_an_edge(self, eta: sp.Rational) -> None:
        """Refuse eta >= 2/3: the sharpness of the minima, 2 x + 1/x^2, is at least 3."""
        if eta >= sp.Rational(2, 3):
            raise NoDriftForm(
                f"no minimum of the chain is as flat as 2/eta at eta = {eta}: lower the step size below 2/3"
            )


def _largest(f: Callable[[float], float], slope: Callable[[float], float]) -> float:
    """The zero near 1, by Newton's method."""
    u = 1.0
    for _ in range(50):
        u -= f(u) / slope(u)
    return u


def chain_form(model: Model) -> ChainForm | None:
    """Return the drift form of the built-in chain (x, y, y); None for any other model."""
    return ChainForm() if model.name == CHAIN else None
