"""What a model is: a loss, the coordinates its step is written in, its minima and what gradient flow conserves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sympy as sp

from edgestab.theory.chart import Chart
from edgestab.theory.display import card
from edgestab.theory.loss import Loss
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import ETA, symbol


@dataclass(frozen=True)
class LimitSet:
    """A named set of minima, in the model's own coordinates.

    Parameters
    ----------
    name : str
        What reports and specification files call it.
    residual : Expr
        Vanishes exactly on the set.
    equations : tuple of Expr
        Independent equations of the set, when one is not enough; `residual` alone by default.
    velocity : tuple of tuple of Expr
        The matrix V with F(theta) - theta = V equations(theta), one row for each state variable, where it is
        known; else it is found by polynomial division.
    box : tuple of (Rational, Rational)
        Of an isolated minimum: an interval for each parameter of the loss, which together hold it and no other
        stationary point. Its `residual` is then the distance from the doubles nearest to it.
    """

    name: str
    residual: sp.Expr
    equations: tuple[sp.Expr, ...] = ()
    velocity: tuple[tuple[sp.Expr, ...], ...] = ()
    box: tuple[tuple[sp.Rational, sp.Rational], ...] = ()

    @property
    def system(self) -> tuple[sp.Expr, ...]:
        """The equations."""
        return self.equations or (self.residual,)


@dataclass(frozen=True)
class Coordinates:
    """One system of coordinates, with the exact step and what to watch in it.

    Parameters
    ----------
    name : str
        The coordinates' names, as a specification file gives them.
    step : StepMap
        The step in these coordinates.
    residual : Expr
        Non-negative; zero exactly on the union of the minima.
    tolerance : Expr
        The residual at which an orbit has converged, in the parameters of the step. An orbit cannot be
        expected to go much below: in (x, y) rounding holds it on a false 2-cycle near 1e-16 / eta.
    sharpness : Expr, optional
        The largest Hessian eigenvalue at a minimum. Without it the Hessian of the loss is evaluated.
    gfs_sharpness : Expr, optional
        The sharpness of the minimum that gradient flow reaches from the state.
    least_sharpness : Expr, optional
        The sharpness of the flattest minimum.
    chart : Chart, optional
        From the model's own coordinates to these; none for the model's own.
    minima : tuple of LimitSet
        The model's minima in these coordinates, where a proof of convergence is easier here than in its own.
    pace : Expr or None
        The step size in the model's own units: near the edge orbits converge in 25 to 45 times its power -2. None where
        the loss says nothing about its units.
    """

    name: str
    step: StepMap
    residual: sp.Expr
    tolerance: sp.Expr
    sharpness: sp.Expr | None = None
    gfs_sharpness: sp.Expr | None = None
    chart: Chart | None = None
    minima: tuple[LimitSet, ...] = ()
    pace: sp.Expr | None = ETA
    least_sharpness: sp.Expr | None = None


@dataclass(frozen=True)
class Pair:
    """Two orbits side by side, as one of both.

    Parameters
    ----------
    loss : Loss
        That of one orbit; the model's own is the sum of both.
    twins : tuple of (Symbol, Symbol)
        A name of the first orbit, and that of the second for the same.
    """

    loss: Loss
    twins: tuple[tuple[sp.Symbol, sp.Symbol], ...]

    @property
    def twin(self) -> dict[sp.Symbol, sp.Expr]:
        """From the names of the first orbit to those of the second."""
        return dict(self.twins)


@dataclass(frozen=True)
class Model:
    """A loss and its update rule, with what theory knows of it.

    Parameters
    ----------
    name : str
        The name by which `edgestab.theory.models.model` finds it.
    title : str
        One line for people.
    source : str
        Where it is from.
    loss : Loss or None
        The loss whose Hessian gives the sharpness; None for a map that is a limit of none.
    coordinates : tuple of Coordinates
        The model's own first, then its charts, the last being the best one to compute in.
    minima : tuple of LimitSet
        The sets an orbit may converge to.
    invariants : tuple of Expr
        What gradient flow conserves, in the model's own coordinates.
    charts : tuple of Chart
        Further named charts in which a region of starts may be written.
    network_hessian : Matrix, optional
        The Hessian of a network whose layers are tied, with all its layers apart, in the model's own coordinates; the
        loss's own by default.
    pair : Pair, optional
        Of two orbits of one start: what they are made of.
    """

    name: str
    title: str
    source: str
    loss: Loss | None
    coordinates: tuple[Coordinates, ...]
    minima: tuple[LimitSet, ...]
    invariants: tuple[sp.Expr, ...] = ()
    charts: tuple[Chart, ...] = ()
    network_hessian: sp.ImmutableMatrix | None = None
    pair: Pair | None = None

    def _repr_html_(self) -> str:
        loss = None if self.loss is None else self.loss._repr_latex_()
        minima = f"Minima: {', '.join(m.name for m in self.minima)}." if self.minima else ""
        under = ", ".join(text for text in (self.name, self.source) if text)
        return card(self.title, under, [minima], [loss, self.own.step._repr_latex_()])

    @property
    def hessian(self) -> sp.ImmutableMatrix | None:
        """The matrix whose largest eigenvalue is the sharpness; None without a loss."""
        return self.loss.hessian if self.network_hessian is None and self.loss is not None else self.network_hessian

    @property
    def own(self) -> Coordinates:
        """The model's own coordinates."""
        return self.coordinates[0]

    @property
    def best(self) -> Coordinates:
        """The coordinates to compute in."""
        return self.coordinates[-1]

    @property
    def provable(self) -> Coordinates:
        """The coordinates in which a limit is proved."""
        return next((c for c in self.coordinates if c.minima), self.own)

    @property
    def all_charts(self) -> tuple[Chart, ...]:
        """Every chart of the model, those of its coordinates included."""
        return (*self.charts, *(c.chart for c in self.coordinates if c.chart is not None))


def isolated_set(
    name: str,
    parameters: tuple[sp.Symbol, ...],
    centre: Sequence[float],
    box: tuple[tuple[sp.Rational, sp.Rational], ...],
) -> LimitSet:
    """Return an isolated minimum as a set: the doubles nearest to it, and a box that holds it and no other."""
    away = [p - sp.Rational(*float(c).as_integer_ratio()) for p, c in zip(parameters, centre, strict=True)]
    return LimitSet(name, sp.sqrt(sp.Add(*(a**2 for a in away))), box=box)


def gradient_norm(loss: Loss) -> sp.Expr:
    """Return the Euclidean norm of the gradient, the residual of a loss about which nothing is known."""
    return sp.sqrt(sp.Add(*(g**2 for g in loss.gradient)))


LENGTH = symbol("length_of_the_orbit")
"""What an orbit is measured by, in a tolerance: the length of its start or of its first step, whichever is greater."""

SMALL_STEP = LENGTH / (10**11 * ETA)
"""The norm of the gradient at which an orbit has come to rest: its step is 1e-11 of its length, far above rounding."""

DEFAULT_TOLERANCE = sp.Min(ETA / 10**8 + sp.Rational(1, 10**15) / ETA**2, sp.Rational(1, 10**8))
"""The residual at which an orbit near the edge has converged: small against eta, above the rounding that
accumulates over the eta**-2 steps of the approach, and small whatever eta is."""
