r"""The one loop of training: an update rule applied to a loss, one iterate after another.

.. math:: s_{t+1} = \mathrm{step}(s_t, \nabla L(w_t)), \qquad s_t = (w_t, \text{what the rule remembers}).

An iterate is a value. What it is asked for is computed once and only then, so that a loop that wants the iterates alone
takes one gradient a step, and one that looks at the next iterate before it goes there takes no more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from math import isfinite
from typing import Protocol

from torch import Tensor

from edgestab.numerics.networks.losses.objective import Objective, Point
from edgestab.numerics.networks.optimizers.optimizer import Optimizer, State


class Differentiable(Protocol):
    """A loss with its gradient: an `Objective`, its `Taylor` model, or a loss on batches drawn anew at every call."""

    def value_and_gradient(self, w: Tensor, /) -> tuple[float, Tensor]:
        """Return the loss and the gradient, shape (p,), at w."""


@dataclass(frozen=True, eq=False)
class Iterate:
    """Where an update rule is, and what comes next.

    Parameters
    ----------
    objective : Differentiable
        The loss.
    rule : Optimizer
        The update rule.
    state : tuple of Tensor
        w first, then what the rule remembers.
    t : int
        How many steps were taken before.
    curved : bool
        Whether the loss and the gradient are those of `point`, of which Hessian-vector products are wanted here too.

    Examples
    --------
    >>> import torch
    >>> from edgestab.numerics.networks.optimizers.gradient_descent import gradient_descent
    >>> square = Objective("square", 1, (lambda w: w @ w,))
    >>> here = Iterate(square, gradient_descent(0.25), (torch.ones(1, dtype=torch.float64),))
    >>> here.loss, float(here.midpoint), here.next().t, float(here.next().w)
    (1.0, 0.75, 1, 0.5)
    """

    objective: Differentiable
    rule: Optimizer
    state: State
    t: int = 0
    curved: bool = False

    @property
    def w(self) -> Tensor:
        """The parameters, shape (p,)."""
        return self.state[0]

    @cached_property
    def point(self) -> Point:
        """The loss at w with the graph of its gradient."""
        if not isinstance(self.objective, Objective):
            raise TypeError(f"a {type(self.objective).__name__} keeps no graph of its gradient")
        return self.objective.at(self.w)

    @cached_property
    def _value_and_gradient(self) -> tuple[float, Tensor]:
        if self.curved:
            return self.point.loss, self.point.gradient
        return self.objective.value_and_gradient(self.w)

    @property
    def loss(self) -> float:
        """L(w)."""
        return self._value_and_gradient[0]

    @property
    def gradient(self) -> Tensor:
        """The gradient at w, shape (p,)."""
        return self._value_and_gradient[1]

    @property
    def finite(self) -> bool:
        """Whether the loss and every entry of the gradient are finite."""
        return isfinite(self.loss) and bool(self.gradient.isfinite().all())

    @cached_property
    def after(self) -> State:
        """The state after the step from here."""
        return self.rule.step(self.state, self.gradient)

    @property
    def midpoint(self) -> Tensor:
        """The middle of w and the next w, where an oscillation of period two cancels."""
        return (self.w + self.after[0]) / 2

    def next(self) -> Iterate:
        """Return the iterate one step later."""
        return replace(self, state=self.after, t=self.t + 1)

    def displaced(self, by: Tensor) -> Iterate:
        """Return the same step from w + by; what the rule remembers stays."""
        return replace(self, state=(self.w + by, *self.state[1:]))


def iterates(
    objective: Differentiable, rule: Optimizer, start: Tensor | State, *, curved: bool = False
) -> Iterator[Iterate]:
    r"""Yield the iterates :math:`t = 0, 1, 2, \dots` without end.

    Parameters
    ----------
    objective : Differentiable
        The loss.
    rule : Optimizer
        The update rule.
    start : Tensor or tuple of Tensor
        w at the start, shape (p,); or the state that an earlier run ended in.
    curved : bool
        See `Iterate`.

    Examples
    --------
    >>> import torch
    >>> from edgestab.numerics.networks.optimizers.heavy_ball import heavy_ball
    >>> square = Objective("square", 1, (lambda w: w @ w / 2,))
    >>> [round(here.loss, 4) for here in islice(iterates(square, heavy_ball(0.5, 0.5), torch.ones(1)), 4)]
    [0.5, 0.125, 0.0, 0.0312]
    """
    here = Iterate(objective, rule, rule.start(start) if isinstance(start, Tensor) else start, 0, curved)
    while True:
        yield here
        here = here.next()


def after_steps(objective: Differentiable, rule: Optimizer, start: Tensor | State, steps: int) -> Tensor:
    """Return w after so many steps, shape (p,); see `iterates`."""
    return next(islice(iterates(objective, rule, start), steps, None)).w
