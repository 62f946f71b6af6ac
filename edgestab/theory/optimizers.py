"""Update rules: gradient descent, heavy ball, Nesterov. Each says itself which factors it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.loss import Loss
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import ETA, symbol

BETA = symbol("beta")
"""Momentum coefficient."""


@dataclass(frozen=True)
class Factor:
    """A constant of an update rule, beside the step size.

    Parameters
    ----------
    symbol : Symbol
        It in the step.
    title : str
        What it is.
    low, high : Rational
        Its domain, a closed interval.
    example : str
        A usual value.
    default : Rational, optional
        Its value where none is given.
    """

    symbol: sp.Symbol
    title: str
    low: sp.Rational
    high: sp.Rational
    example: str
    default: sp.Rational | None = None

    def among(self, values: Mapping[sp.Symbol, sp.Expr], rule: str) -> sp.Expr:
        """Return its value among those that are given.

        Raises
        ------
        InputError
            When it has none, or one outside its domain.
        """
        value = values.get(self.symbol, self.default)
        if value is None:
            raise InputError(f"{rule} needs its {self.title}: give {self.symbol}, for example {self.example}")
        if not self.low <= value <= self.high:
            raise InputError(f"{self.symbol}, the {self.title}, is between {self.low} and {self.high}, got {value}")
        return value


@dataclass(frozen=True)
class UpdateRule:
    """How a loss makes a map.

    Parameters
    ----------
    name : str
        The name that a command line or a claim file uses.
    step : callable
        From a loss to the map, with the factors as parameters.
    reference : str
        Where it is from.
    factors : tuple of Factor
        Its constants, beside the step size.
    """

    name: str
    step: Callable[[Loss], StepMap]
    reference: str
    factors: tuple[Factor, ...] = ()

    def on(self, loss: Loss, values: Mapping[sp.Symbol, sp.Expr], free: Sequence[str] = ()) -> StepMap:
        """Return the step on a loss with its factors replaced by their values, but for those that are free.

        Raises
        ------
        InputError
            When a factor has no value, or one outside its domain.

        Examples
        --------
        >>> update_rule("heavy-ball").on(Loss.parse("x**2/2", "x"), {BETA: sp.Rational(1, 2)}).parameters
        (eta,)
        """
        bound = (f for f in self.factors if f.symbol.name not in free)
        return self.step(loss).substitute({f.symbol: f.among(values, self.name) for f in bound})


def gradient_descent(loss: Loss) -> StepMap:
    r"""Return :math:`\theta' = \theta - \eta \nabla L(\theta)`.

    Examples
    --------
    >>> gradient_descent(Loss.parse("x**2/2", "x")).update
    (-eta*x + x,)
    """
    update = tuple(p - ETA * g for p, g in zip(loss.parameters, loss.gradient, strict=True))
    return StepMap(f"GD on {loss.name}", loss.parameters, update, (ETA, *loss.constants))


def _previous(loss: Loss) -> tuple[sp.Symbol, ...]:
    return tuple(symbol(f"{p.name}_prev") for p in loss.parameters)


def heavy_ball(loss: Loss) -> StepMap:
    r"""Return :math:`\theta' = \theta - \eta\nabla L(\theta) + \beta(\theta - \theta_{prev})` (Polyak 1964).

    The state is (theta, theta_prev). Its edge is :math:`S = (2 + 2\beta)/\eta`.
    """
    old = _previous(loss)
    update = tuple(p - ETA * g + BETA * (p - q) for p, g, q in zip(loss.parameters, loss.gradient, old, strict=True))
    state = (*loss.parameters, *old)
    return StepMap(f"heavy ball on {loss.name}", state, (*update, *loss.parameters), (ETA, BETA, *loss.constants))


def nesterov(loss: Loss) -> StepMap:
    r"""Return Nesterov's rule: the gradient is taken at the look-ahead :math:`\theta + \beta(\theta-\theta_{prev})`.

    The state is (theta, theta_prev). Its edge is :math:`S = (2 + 2\beta)/(\eta(1 + 2\beta))`.
    """
    old = _previous(loss)
    ahead = tuple(symbol(f"{p.name}_ahead") for p in loss.parameters)
    bindings = tuple((a, p + BETA * (p - q)) for a, p, q in zip(ahead, loss.parameters, old, strict=True))
    look = dict(zip(loss.parameters, ahead, strict=True))
    update = tuple(a - ETA * g.xreplace(look) for a, g in zip(ahead, loss.gradient, strict=True))
    state = (*loss.parameters, *old)
    return StepMap(
        f"Nesterov on {loss.name}", state, (*update, *loss.parameters), (ETA, BETA, *loss.constants), bindings
    )


# Beyond |beta| = 1 heavy ball expands volumes, and nothing attracts.
MOMENTUM = Factor(BETA, "momentum", -sp.S.One, sp.S.One, "0.9")

GRADIENT_DESCENT = UpdateRule("gradient-descent", gradient_descent, "Cauchy 1847")

_RULES = (
    GRADIENT_DESCENT,
    UpdateRule("heavy-ball", heavy_ball, "Polyak 1964", (MOMENTUM,)),
    UpdateRule("nesterov", nesterov, "Nesterov 1983", (MOMENTUM,)),
)

OPTIMIZERS: Mapping[str, UpdateRule] = {rule.name: rule for rule in _RULES}
"""Update rules by name."""


def update_rule(name: str) -> UpdateRule:
    """Return an update rule by name.

    Raises
    ------
    InputError
        When there is no such rule, with the names that exist.
    """
    if name not in OPTIMIZERS:
        raise InputError(f"unknown optimizer {str(name)[:40]!r}; the optimizers are {', '.join(OPTIMIZERS)}")
    return OPTIMIZERS[name]
