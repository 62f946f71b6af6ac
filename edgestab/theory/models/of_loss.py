"""The model of a user's loss, with what can be recognised about it."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from edgestab.theory.chart import Chart
from edgestab.theory.loss import Loss
from edgestab.theory.models.base import SMALL_STEP, Coordinates, LimitSet, Model, gradient_norm
from edgestab.theory.models.common_factor import common_factors
from edgestab.theory.models.flow_sharpness import gfs_sharpness_of, least_sharpness_of
from edgestab.theory.models.monomial import monomial_of, monomial_set
from edgestab.theory.models.product import (
    NotAProduct,
    chart_x_b,
    has_degenerate_points,
    in_units,
    product,
    structure_of,
)
from edgestab.theory.models.smooth_product import smooth_product
from edgestab.theory.models.square import at_rest, square, sum_of_squares
from edgestab.theory.optimizers.gradient_descent import gradient_descent, is_gradient_descent
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import ETA, symbol


def model_of_loss(loss: Loss, step: StepMap | None = None) -> Model:
    """Return the model of a user's loss: plain gradient descent, or the given step on it.

    A loss that is a square has its residual's zeros as minima; of any other only the gradient is known. Where
    the loss is a polynomial of xy and the step is gradient descent, the charts of `edgestab.theory.models.product` are
    added, and orbits are computed in (v, b).
    """
    rule = gradient_descent(loss) if step is None else step
    name = " ".join(map(str, loss.parameters))
    # On other sets of stationary points only gradient descent tells minima from maxima.
    plain = is_gradient_descent(rule.at_a_time(), loss)
    # Minima recognised by their form alone may lie outside the domain.
    known = None if loss.domain else square(loss)
    # The gradient vanishes at minima of a square with R != 0 as well, so it and not R is watched.
    monomial = monomial_of(loss)
    own = Coordinates(name, rule, gradient_norm(loss), SMALL_STEP, pace=None)
    if monomial is not None:
        ending, flattest = gfs_sharpness_of(monomial, loss.parameters), least_sharpness_of(monomial, loss.parameters)
        own = replace(own, gfs_sharpness=ending, least_sharpness=flattest)
    if step is not None:
        # What makes a step small may be its size, or its direction: only gradient descent moves by eta times a slope.
        own = replace(own, residual=rule.moved, tolerance=SMALL_STEP * ETA)
    minima: tuple[LimitSet, ...] = () if known is None else known.minima
    if known is None and not loss.domain:
        minima = sum_of_squares(loss) or (monomial_set(loss) if plain else ())
    if plain:
        minima = minima or common_factors(loss)
    if step is not None:
        minima = tuple(m for s in minima if (m := at_rest(s, loss, rule)) is not None)
    minima = minima or (LimitSet("zero gradient", gradient_norm(loss)),)
    model_ = Model(loss.name, f"L = {loss.expression}", "given by the user", loss, (own,), minima)
    return model_ if step is not None else _with_charts(model_)


def _with_charts(plain: Model) -> Model:
    """Add what is known of a loss l(xy)."""
    loss = plain.loss
    if loss is None:
        return plain
    outer = None if loss.domain else structure_of(loss)
    if outer is None:
        smooth = smooth_product(loss)
        if smooth is None:
            return plain
        chart = chart_x_b(smooth.minimum, smooth.curvature)
        return replace(plain, charts=(_renamed(chart, dict(zip(chart.source, loss.parameters, strict=True))),))
    try:
        known = product(outer, loss.name, "", "")
    except NotAProduct:
        return plain
    if has_degenerate_points(outer):
        return plain
    rename = dict(zip(known.own.step.state, loss.parameters, strict=True))
    known = in_units(known, outer)
    precise = known.best
    if precise.chart is None or known.own.sharpness is None:
        return plain
    ending = known.own.gfs_sharpness
    own = replace(
        plain.own,
        sharpness=known.own.sharpness.xreplace(rename),
        gfs_sharpness=ending.xreplace(rename) if ending is not None else plain.own.gfs_sharpness,
        residual=known.own.residual.xreplace(rename),
        tolerance=known.own.tolerance,
        pace=known.own.pace,
    )
    return replace(
        plain,
        coordinates=(own, _precise_for(precise, precise.chart, rename)),
        minima=tuple(LimitSet(s.name, s.residual.xreplace(rename)) for s in known.minima),
        charts=tuple(_renamed(c, rename) for c in known.charts),
    )


def _precise_for(precise: Coordinates, chart: Chart, rename: dict[sp.Symbol, sp.Symbol]) -> Coordinates:
    """The precise coordinates for a loss in other names, with names of their own."""
    new = _renamed(chart, rename)
    own_names = dict(zip(chart.target, new.target, strict=True))

    def renamed(e: sp.Expr) -> sp.Expr:
        return e.xreplace(own_names)

    step = replace(
        precise.step,
        state=new.target,
        update=tuple(renamed(u) for u in precise.step.update),
        bindings=tuple((b, renamed(e)) for b, e in precise.step.bindings),
    )
    return replace(
        precise,
        name=" ".join(s.name for s in new.target),
        step=step,
        residual=renamed(precise.residual),
        sharpness=None if precise.sharpness is None else renamed(precise.sharpness),
        gfs_sharpness=None if precise.gfs_sharpness is None else renamed(precise.gfs_sharpness),
        chart=new,
    )


def _renamed(chart: Chart, rename: dict[sp.Symbol, sp.Symbol]) -> Chart:
    """A chart of (x, y) for a loss that calls them otherwise; its own names step aside where they are taken."""
    taken = {s.name for s in rename.values()}
    target = tuple(symbol(t.name + "_" * (t.name in taken)) for t in chart.target)
    own_names = {**rename, **dict(zip(chart.target, target, strict=True))}
    return replace(
        chart,
        name=" ".join(s.name for s in target),
        source=tuple(rename[s] for s in chart.source),
        target=target,
        forward=tuple(f.xreplace(rename) for f in chart.forward),
        inverse=tuple(i.xreplace(dict(zip(chart.target, target, strict=True))) for i in chart.inverse),
        domain=tuple(d.xreplace(own_names) for d in chart.domain),
        symmetries=tuple(tuple(e.xreplace(rename) for e in g) for g in chart.symmetries),
    )


def model_of_step(step: StepMap, residual: sp.Expr) -> Model:
    """Return the model of a bare step map whose limits are the zeros of `residual`."""
    own = Coordinates(" ".join(map(str, step.state)), step, sp.Abs(residual), sp.Rational(1, 10**10))
    return Model(step.name, step.name, "given by the user", None, (own,), (LimitSet("limit", residual),))
