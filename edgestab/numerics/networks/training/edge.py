r"""Where gradient descent first reaches the edge of stability, and the kick that starts it there.

The sharpness is taken at the midpoint of two iterates, :math:`S((w_t + w_{t+1})/2)`: near the edge the iterates
flip sign along u at every step, and the midpoint does not (after Damian, Nichani & Lee 2023).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from math import isfinite

from torch import Tensor

from edgestab.errors import InputError
from edgestab.numerics.networks.losses.objective import Objective
from edgestab.numerics.networks.optimizers.gradient_descent import gradient_descent
from edgestab.numerics.networks.optimizers.optimizer import Optimizer
from edgestab.numerics.networks.spectra.eigen import Tracker
from edgestab.numerics.networks.spectra.preconditioned import preconditioned
from edgestab.numerics.networks.training.loop import Iterate, iterates


@dataclass(frozen=True)
class Edge:
    r"""The first step at which the sharpness was 2/eta or more.

    Parameters
    ----------
    w : Tensor
        The iterate :math:`w_t`, shape (p,).
    step : int
        t.
    sharpness : float
        :math:`S((w_t + w_{t+1})/2)`.
    """

    w: Tensor
    step: int
    sharpness: float


@dataclass(frozen=True)
class NoEdge:
    """Gradient descent did not come to the edge from below.

    Parameters
    ----------
    step : int
        The last step looked at.
    sharpness : float
        The sharpness there; NaN after a divergence.
    reason : str
        One sentence that says why, and what to change.
    """

    step: int
    sharpness: float
    reason: str


def find_edge(
    objective: Objective, w: Tensor, eta: float, *, steps: int, interval: float = 1.0, tolerance: float = 1e-3
) -> Edge | NoEdge:
    r"""Run gradient descent from w until its sharpness first reaches 2/eta.

    The sharpness is looked at every `interval` of time (step times eta), ten times as often once it is 1/eta, a
    hundred times as often once it is 1.5/eta. When a look finds it past the edge, the run goes back to the look
    before and looks at every step.

    Parameters
    ----------
    objective : Objective
        The loss.
    w : Tensor
        The start, shape (p,).
    eta : float
        The step size.
    steps : int
        At most so many steps.
    interval : float
        See above.
    tolerance : float
        Of the eigenpairs' residual; see `Tracker`.

    Returns
    -------
    Edge or NoEdge
        `NoEdge` when the steps run out, when w starts past the edge, and when the run diverges.

    Raises
    ------
    InputError
        Unless eta and interval are positive and finite, and steps at least 1.

    Examples
    --------
    >>> import torch
    >>> spring = Objective("spring", 2, (lambda w: (1 + w[1]) * w[0] ** 2 / 2 + (w[1] - 3) ** 2 / 8,))
    >>> found = find_edge(spring, torch.zeros(2), 0.6, steps=100)
    >>> found.step, round(found.sharpness, 4)
    (9, 3.3573)
    >>> find_edge(spring, torch.zeros(2), 0.4, steps=100).reason
    'the sharpness is 3.99992 after 100 steps and the edge 2/eta is 5: take more steps, or a larger eta'
    """
    for name, value in (("eta", eta), ("interval", interval)):
        if not (isfinite(value) and value > 0):
            raise InputError(f"{name} must be positive and finite, got {value}")
    if steps < 1:
        raise InputError(f"finding the edge takes at least 1 step, got {steps}")
    tracker, rule, limit = Tracker(1, tolerance=tolerance), gradient_descent(eta), 2 / eta
    here = before = Iterate(objective, rule, rule.start(objective.vector(w)))
    due, every, sharpness = 0, 0, float("nan")
    while here.t <= steps:
        if not here.finite:
            t = here.t
            return NoEdge(t, float("nan"), f"gradient descent diverged at step {t}: take a smaller eta than {eta:g}")
        if here.t in (due, steps):
            middle = objective.at(here.w - eta * here.gradient / 2)
            sharpness = float(tracker(middle.hvp, middle.gradient).values[0])
            if sharpness >= limit:
                if here.t == 0:
                    return NoEdge(
                        0, sharpness, f"the sharpness starts at {sharpness:g}, past the edge 2/eta = {limit:g}: "
                        "take a smaller eta"
                    )  # fmt: skip
                if here.t == before.t + 1:
                    return Edge(here.w, here.t, sharpness)
                here, every = before, 1
            elif every != 1:
                finer = 0.01 if sharpness >= 0.75 * limit else 0.1 if sharpness >= 0.5 * limit else 1.0
                every = max(1, round(finer * interval / eta))
            before, due = here, here.t + every
        here = here.next()
    return NoEdge(
        steps, sharpness, f"the sharpness is {sharpness:g} after {steps} steps and the edge 2/eta is {limit:g}: "
        "take more steps, or a larger eta"
    )  # fmt: skip


def below_edge(
    objective: Objective, rule: Optimizer, w: Tensor, steps: int, *, every: int = 5
) -> tuple[Tensor, Tensor]:
    r"""Return the last look of any rule below its edge before the top eigenvalue of :math:`P^{-1}H` rises past it.

    Parameters
    ----------
    objective : Objective
        The loss.
    rule : Optimizer
        The update rule.
    w : Tensor
        The start, shape (p,).
    steps : int
        At most so many steps.
    every : int
        The steps from one look to the next.

    Returns
    -------
    tuple
        The midpoint, shape (p,), and the last part of the state after that step: what the rule remembers.

    Raises
    ------
    InputError
        When the rule has a preconditioner, and it is zero for some parameter.
    RuntimeError
        When the steps run out.
    """
    tracker = Tracker(1)
    kept: tuple[Tensor, Tensor] | None = None
    for here in islice(iterates(objective, rule, objective.vector(w)), steps):
        if here.t % every:
            continue
        middle = objective.at(here.midpoint)
        found = preconditioned(middle, rule, here.after, tracker)
        if found.frozen:
            raise InputError(
                f"{found.frozen} parameters of {objective.name} never have a gradient, and the flow of {rule.name} "
                "divides by its size: leave out the inputs that are constant"
            )
        if found.sharpness >= rule.edge and kept is not None:
            return kept
        kept = (middle.w, here.after[-1]) if found.sharpness < rule.edge else None
    raise RuntimeError(f"{rule.name} did not come to its edge in {steps} steps: take more steps, or a larger eta")


def reach_edge(objective: Objective, w: Tensor, eta: float, *, steps: int) -> Edge:
    """Return where gradient descent reaches the edge; see `find_edge`.

    Raises
    ------
    RuntimeError
        When it does not, with the reason.
    """
    found = find_edge(objective, w, eta, steps=steps)
    if isinstance(found, NoEdge):
        raise RuntimeError(found.reason)
    return found


def kick(w: Tensor, u: Tensor, x0: float) -> Tensor:
    r"""Return :math:`w + x_0 u`.

    Gradient descent in float64 comes to the edge with an oscillation of 1e-9 or less, far from the theory's
    :math:`x_0 \sim \delta`; a kick of about 0.3 delta along the top eigenvector meets that hypothesis.
    """
    return w + x0 * u
