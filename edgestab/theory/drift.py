r"""The drift form of a step: a slow variable that only falls, and a fast one that vanishes at the minima.

For a loss l(xy), in the chart (x, b) of `edgestab.theory.models.product`, gradient descent is

.. math:: x' = x - \epsilon b^2 D(x, b, \epsilon), \qquad b' = m(x, b, \epsilon)\, b, \qquad \epsilon = \eta^2,

with sharpness :math:`(2/\eta)\sqrt{1+x}` at the minima b = 0. At :math:`\epsilon = 0` x is a parameter and b moves
by a map of the line; its 2-cycles form the frozen curve :math:`x = b^2 F(b)`, which at small :math:`\epsilon`
orbits follow down to the edge.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.landing import ProductMinimum
from edgestab.theory.models.base import Model
from edgestab.theory.models.product import P, moves, structure_of
from edgestab.theory.models.smooth_product import smooth_product
from edgestab.theory.remainder import Enclosed
from edgestab.theory.symbols import ETA, symbol

X, B, EPS, R = symbol("x"), symbol("b"), symbol("eps"), symbol("r")


Pair = tuple[sp.Expr, sp.Expr]


class NoDriftForm(InputError):
    """The model lacks an ingredient of the drift form; the message names it."""


@dataclass(frozen=True)
class FrozenCurve:
    r"""The 2-cycles of the frozen map in closed form.

    Parameters
    ----------
    radicand : Expr
        R(b); r is its positive root.
    value : Expr
        F, in b and r.
    edge : Expr
        :math:`\sqrt{1 + b^2 F}`, in b and r.
    image : Expr
        r at the other point of the cycle, :math:`\sqrt{R(mb)}`, in b and r.
    """

    radicand: sp.Expr
    value: sp.Expr
    edge: sp.Expr
    image: sp.Expr

    @property
    def closed_form(self) -> sp.Expr:
        """F in b alone."""
        return self.value.xreplace({R: sp.sqrt(self.radicand)})

    @property
    def roots(self) -> tuple[sp.Expr, ...]:
        """What has to be positive, in b alone."""
        return tuple(e.xreplace({R: sp.sqrt(self.radicand)}) for e in (self.edge, self.image))


@dataclass(frozen=True)
class ImplicitCurve:
    r"""The 2-cycles of the frozen map, which are :math:`(b, \beta)` with :math:`l'(d_0 + \beta) = -l'(d_0 + b)`.

    Parameters
    ----------
    rise : Enclosed
        The function e with :math:`\sqrt{1 + b^2 F} = 1 + b^2 e`.
    """

    rise: Enclosed

    roots: tuple[sp.Expr, ...] = ()
    """Nothing more has to be positive: the edge is, where b and its image are different."""

    @property
    def closed_form(self) -> sp.Expr:
        """F in b alone."""
        e = self.rise.at(B)
        return e * (2 + B**2 * e)


class DriftForm(ABC):
    """A step in such coordinates, near a branch of minima."""

    frozen: FrozenCurve | ImplicitCurve | None
    """The frozen map's 2-cycles, where they are known."""

    @property
    @abstractmethod
    def minima(self) -> str:
        """The name of the branch of minima among the model's sets."""

    @abstractmethod
    def coordinates(self, start: Sequence[sp.Expr]) -> tuple[sp.Expr, sp.Expr]:
        """Return x and b of a state in the model's own coordinates, at the step size ETA."""

    above: sp.Expr = -sp.oo
    """Only for larger b do the formulas hold."""

    power: int
    """eps is this power of eta, and the gap (2/eta - sharpness)/eta^(power - 1)."""

    @property
    @abstractmethod
    def drift(self) -> sp.Expr:
        """D, in x, b and eps."""

    @property
    @abstractmethod
    def multiplier(self) -> sp.Expr:
        """The multiplier m, in x, b and eps."""

    @property
    @abstractmethod
    def leading(self) -> tuple[float, float]:
        """Y(0, 0) and c(0) of the formal invariant curve x = eps c + b^2 Y.

        Raises
        ------
        NoDriftForm
            When the curve does not attract orbits.
        """

    @property
    @abstractmethod
    def fall(self) -> float:
        """D at the edge, for eps = 0."""

    @abstractmethod
    def gap_at(self, c: float, eps: float) -> float:
        """Return the gap of the minimum x = eps c, in floating point; eps > 0."""

    @abstractmethod
    def place_of(self, gap: float, eps: float) -> float:
        """Return c of the minimum x = eps c with this gap."""

    @abstractmethod
    def enough(self, ends: Pair, gap: Pair, between: Pair | None) -> Mapping[str, sp.Expr]:
        """Return polynomials in eps which, being positive, show that minima x = eps c have gaps inside a window.

        Parameters
        ----------
        ends, gap : pair of Expr
            The smallest and largest c, and the ends of the window, polynomials in eps.
        between : pair of Expr or None
            Further polynomials, where the form needs them.
        """

    @abstractmethod
    def require_an_edge(self, eta: sp.Rational) -> None:
        """Refuse a step size at which no minimum of the branch is as flat as 2/eta."""


@dataclass(frozen=True)
class ProductForm(DriftForm):
    """The step of gradient descent on l(xy) near the branch of minima xy = d0.

    Parameters
    ----------
    loss : Expr
        l, in the symbol p.
    minimum : Rational
        d0.
    ratio : Expr
        l'(d0 + b)/b, in b.
    frozen : FrozenCurve, ImplicitCurve or None
        The frozen map's 2-cycles, where they are known.
    enclosed : Enclosed or None
        The ratio, where it is known by a polynomial and bounds.
    """

    loss: sp.Expr
    minimum: sp.Rational
    ratio: sp.Expr
    frozen: FrozenCurve | ImplicitCurve | None
    enclosed: Enclosed | None = None
    power: int = field(default=2, init=False)

    def moves(self, ratio: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
        """Return D and m, in x, b and eps, with something else for l'(d0 + b)/b."""
        drift, multiplier = moves(ratio, self.minimum, self.curvature, X, B, EPS)
        return drift / EPS, multiplier

    @cached_property
    def drift(self) -> sp.Expr:
        """D, in x, b and eps."""
        return self.moves(self.ratio)[0]

    @cached_property
    def multiplier(self) -> sp.Expr:
        """The multiplier m, in x, b and eps."""
        return self.moves(self.ratio)[1]

    @property
    def minima(self) -> str:
        """As xy = d0."""
        return f"xy = {self.minimum}"

    def coordinates(self, start: Sequence[sp.Expr]) -> tuple[sp.Expr, sp.Expr]:
        """Return x and b of a state (x, y)."""
        u, v = start
        x = (self.curvature * ETA / 2) ** 2 * ((u**2 - v**2) ** 2 + 4 * self.minimum**2) - 1
        return x, sp.expand(u * v - self.minimum)

    @property
    def leading(self) -> tuple[float, float]:
        r""":math:`\alpha/(3h^2)` and :math:`-3h^4/\alpha`."""
        minimum = ProductMinimum(self.loss, self.minimum)
        if minimum.alpha.is_positive is not True:
            raise NoDriftForm(
                f"no slow manifold: alpha = 3 l'''^2 - l'' l'''' is {minimum.alpha} at xy = {self.minimum}, and only "
                "where it is positive a curve attracts orbits that end flatter than 2/eta"
            )
        return float(minimum.alpha / (3 * minimum.curvature**2)), float(-minimum.constant)

    def gap_at(self, c: float, eps: float) -> float:
        """Return 2 (1 - sqrt(1 + eps c))/eps."""
        return 2 * (1 - math.sqrt(1 + eps * c)) / eps

    def place_of(self, gap: float, eps: float) -> float:
        """Return -g + g^2 eps/4."""
        return -gap + gap**2 * eps / 4

    def enough(self, ends: Pair, gap: Pair, between: Pair | None) -> Mapping[str, sp.Expr]:
        """As `DriftForm.enough`; c falls with the gap up to 2/eps and then rises again."""
        if between is not None:
            raise NoDriftForm("the window of a product needs no polynomials besides")
        (bottom, top), (low, high) = ends, gap
        return {
            "the gap is above the window's lower end": -low + low**2 * EPS / 4 - top,
            "the gap is below the window's upper end": bottom + high - high**2 * EPS / 4,
            "the lower end is where a gap determines x": 2 - low * EPS,
            "the upper end is where a gap determines x": 2 - high * EPS,
        }

    @property
    def fall(self) -> float:
        """The number 2 h^2."""
        return float(2 * self.curvature**2)

    def require_an_edge(self, eta: sp.Rational) -> None:
        """Refuse eta h |d0| >= 1."""
        least = abs(self.curvature * self.minimum)
        if least * eta >= 1:
            raise NoDriftForm(
                f"no minimum xy = {self.minimum} is as flat as 2/eta at eta = {eta}: lower the step size below "
                f"{1 / least}"
            )

    @property
    def curvature(self) -> sp.Rational:
        """The second derivative of l at d0."""
        return sp.diff(self.loss, P, 2).subs(P, self.minimum)

    @property
    def is_polynomial(self) -> bool:
        """Whether l is a polynomial: else the ratio has to be enclosed before anything is proved with it."""
        return bool(self.loss.is_polynomial(P))

    @property
    def is_even(self) -> bool:
        """Whether l is even and d0 is not 0, so that the map commutes with xy -> -xy."""
        return bool(self.minimum != 0 and sp.expand(self.loss - self.loss.xreplace({P: -P})) == 0)


def drift_form(model: Model) -> ProductForm:
    """Return the drift form of a model's step.

    Raises
    ------
    NoDriftForm
        When the model's step is not gradient descent on a smooth function of the product of two parameters.

    Examples
    --------
    >>> from edgestab.theory.models.catalogue import model
    >>> drift_form(model("quartic")).frozen.edge
    2/((b + 1)*(b + r + 1))
    """
    chart = next((c for c in model.charts if c.name == "offset b"), None)
    outer = structure_of(model.loss) if model.loss is not None else None
    smooth = smooth_product(model.loss) if model.loss is not None and chart is not None and outer is None else None
    if chart is None or (outer is None and smooth is None):
        raise NoDriftForm(
            f"{model.name} has no slow variable that only falls: a certificate needs gradient descent on a smooth "
            "loss l(x*y) of the product of two parameters, with a rational non-degenerate minimum where l'' is rational"
        )
    if smooth is not None:
        ratio = sp.diff(smooth.outer, P).subs(P, smooth.minimum + B) / B
        return ProductForm(smooth.outer, smooth.minimum, ratio, None)
    own = model.own.step.state
    d0 = sp.expand(own[0] * own[1] - chart.forward[1])
    ratio = sp.factor(sp.cancel(sp.expand(sp.diff(outer, P).subs(P, d0 + B)) / B))
    return ProductForm(outer, d0, ratio, frozen_curve(outer, d0))


def frozen_curve(loss: sp.Expr, d0: sp.Rational) -> FrozenCurve | None:
    r"""Return the frozen map's 2-cycles where l' is odd about d0, or an odd cubic about 0; else None.

    The frozen map is :math:`d' = d - s\,l'(d)`, :math:`s = 2\sqrt{1+x}/h`; on a 2-cycle :math:`l'(d) + l'(d') = 0`.
    """
    slope = sp.diff(loss, P)
    h = sp.diff(slope, P).subs(P, d0)
    ell = sp.cancel(sp.expand(slope.subs(P, d0 + B)) / B)
    if sp.expand(ell - ell.subs(B, -B)) == 0 and not ell.is_Rational:  # b' = -b
        edge = h / ell
        return FrozenCurve(sp.S.One, sp.factor(sp.cancel((edge**2 - 1) / B**2)), edge, R)
    if d0 > 0 and sp.expand(slope - h / (2 * d0**2) * (P**3 - d0**2 * P)) == 0:  # d'^2 - d d' + d^2 = d0^2
        d = d0 + B
        edge = 2 * d0**2 / (d * (d + R))
        value = 4 * (2 * d0 + B) ** 2 * (edge + 1) / ((2 * d0**2 - d**2 + d * R) * d * (d + R))
        return FrozenCurve(4 * d0**2 - 3 * d**2, value, edge, (3 * d - R) / 2)
    return None
