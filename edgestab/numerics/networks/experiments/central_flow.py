r"""Optimisers at the edge of stability against their central flows (Cohen et al. 2024)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice, repeat
from math import nan

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from edgestab.errors import InputError
from edgestab.numerics.networks.experiments.result import ExperimentResult
from edgestab.numerics.networks.flows.central_flow import Central, Preconditioner, central_flow, descent, drift_of
from edgestab.numerics.networks.flows.central_rmsprop import rmsprop_preconditioner, scalar_rmsprop_preconditioner
from edgestab.numerics.networks.flows.stable_flow import FlowState, stable_flow
from edgestab.numerics.networks.losses.objective import Objective
from edgestab.numerics.networks.optimizers.optimizer import Optimizer, State
from edgestab.numerics.networks.optimizers.registry import update_rule
from edgestab.numerics.networks.specs.problems import problem
from edgestab.numerics.networks.training.edge import below_edge
from edgestab.numerics.networks.training.loop import Iterate

Array = NDArray[np.float64]


def central_flow_of(
    *,
    seed: int,
    network: str = "chebyshev",
    optimizer: str = "gd",
    eta: float = 0.2,
    beta2: float = 0.99,
    steps: int = 1000,
    dt: float = 2.0,
    kick: float = 0.3,
    window: int = 100,
    before: int = 4000,
) -> ExperimentResult:
    r"""Follow an optimiser, its central flow and the flow without an edge, from where the optimiser reaches the edge.

    Whenever the central flow comes to the edge the optimiser is displaced along u, by `kick` standard deviations of the
    predicted oscillation: below the edge its oscillation dies, and grows again from rounding errors only slowly.
    Means over time are over `window` steps, the same for the optimiser and for what is predicted of it. The eigenvalues
    are those of :math:`P^{-1}H` over the edge: for GD, :math:`\eta\lambda/2`.

    Parameters
    ----------
    network : str
        A name in `PROBLEMS`.
    optimizer : str
        "gd", "scalar-rmsprop" or "rmsprop".
    eta, beta2 : float
        Its settings; GD has no beta2.
    steps : int
        How many after the edge is reached.
    dt : float
        The step of both flows, a whole number of steps or one over a whole number.
    kick : float
        See above; 0 for none.
    window : int
        See above.
    before : int
        Within how many steps the edge must be reached.

    Returns
    -------
    ExperimentResult
        Statistics, errors being means over time, relative: ``loss_error`` of the predicted loss, ``loss_ratio`` and
        ``own_ratio`` (it over the error of the loss of the flow without an edge, and over that of the central flow's
        loss without the oscillation's); ``memory_error`` of nu; ``variance_ratio`` (the mean square of the displacement
        from the central flow along the critical eigenvectors over its prediction); ``pinned`` (the largest distance
        from the edge of an eigenvalue that held variance the time before); ``rises`` (the largest relative rise of the
        central flow's loss between its times); ``shared`` (the fraction of times when two eigenvalues or more hold
        variance); ``distance`` and ``flow_distance`` (of the optimiser from both flows, means over the last quarter)
        and ``distance_ratio``; ``residual`` (of the complementarity problems). Series: step, loss, smooth_loss,
        central_loss, predicted_loss, flow_loss, distance, flow_distance, eigenvalue_1 to 3 (nan where not tracked),
        variance, oscillation (the same of the displacement from the optimiser's own midpoints,
        :math:`(w_{t-1} + 2w_t + w_{t+1})/4`), predicted_variance, ranks (how many eigenvalues hold variance).

    Raises
    ------
    InputError
        For settings that cannot be.
    RuntimeError
        When the optimiser or the central flow does not come to the edge.
    """
    of = problem(network, seed)
    objective = of.objective
    rule, preconditioner = _rules(optimizer, eta, beta2)
    w, memory = below_edge(objective, rule, of.start, before)
    stride, within = max(1, round(dt)), max(1, round(1 / dt))
    if not np.isclose(stride / within, dt):
        raise InputError(f"dt must be a whole number or one over a whole number, got {dt}")
    if steps < 2 * window:
        raise InputError(f"steps must be at least twice the window of {window}, got {steps}")
    central = islice(central_flow(objective, preconditioner, w, memory, steps=steps, dt=dt), 0, None, within)
    free = islice(_held(stable_flow(objective, preconditioner, w, memory, steps=steps, dt=dt)), 0, None, within)
    remembers = len(rule.start(w)) > 1
    state = (w, memory) if remembers else (w,)
    record = _follow(objective, rule, preconditioner, state, central, free, steps, stride, kick)
    return ExperimentResult(record.statistics(window, remembers), record.series(window))


@dataclass(frozen=True)
class _Record:
    """What was seen: `losses` at every step, the rest at the flows' times."""

    losses: Array
    times: Array
    central: dict[str, Array]

    def statistics(self, window: int, remembers: bool) -> dict[str, float]:
        c = self.central
        loss = _smooth(self.losses, window)

        def error(of: Array, name: str) -> float:
            predicted = _smooth(np.interp(np.arange(len(self.losses)), self.times, c[name]), window)
            return float(np.mean(np.abs(predicted - of)) / np.mean(of))

        held = c["ranks"] > 0
        if not held[1:].any():
            raise RuntimeError(f"the central flow was at the edge at none of {self.times[-1]:g} steps: take more steps")
        last = slice(-max(1, len(self.times) // 4), None)
        predicted, flow = error(loss, "predicted_loss"), error(loss, "flow_loss")
        near, far = float(c["distance"][last].mean()), float(c["flow_distance"][last].mean())
        return {
            "loss_error": predicted,
            "loss_ratio": predicted / flow,
            "own_ratio": predicted / error(loss, "central_loss"),
            "memory_error": float(c["memory_error"].mean()) if remembers else nan,
            "variance_ratio": float(c["variance"][held].sum() / c["predicted_variance"][held].sum()),
            "pinned": float(c["deviation"].max()),
            "rises": float(np.max(np.diff(c["central_loss"]) / c["central_loss"][:-1])),
            "shared": float((c["ranks"] > 1).mean()),
            "distance": near,
            "flow_distance": far,
            "distance_ratio": near / far,
            "residual": float(c["residual"].max()),
        }

    def series(self, window: int) -> dict[str, Array]:
        at = self.times.astype(int)
        smooth = np.full(len(self.losses), np.nan)
        smooth[window // 2 : window // 2 + len(self.losses) - window + 1] = _smooth(self.losses, window)
        names = ("central_loss", "predicted_loss", "flow_loss", "distance", "flow_distance", "eigenvalue_1",
                 "eigenvalue_2", "eigenvalue_3", "variance", "oscillation", "predicted_variance", "ranks")  # fmt: skip
        return {"step": self.times, "loss": self.losses[at], "smooth_loss": smooth[at]} | {
            name: self.central[name] for name in names
        }


def _follow(
    objective: Objective,
    rule: Optimizer,
    preconditioner: Preconditioner,
    state: State,
    central: Iterator[Central],
    free: Iterator[FlowState],
    steps: int,
    stride: int,
    kick: float,
) -> _Record:
    losses, rows = [], []
    here = Iterate(objective, rule, state)
    previous, held = here.w, 0
    while here.t <= steps:
        flow = next(central) if here.t % stride == 0 else None
        if flow is not None and held == 0 and rank(flow) > 0:
            swing = kick * _amplitude(flow, preconditioner)
            if float((flow.oscillation(here.w) ** 2).sum()) < float((flow.oscillation(flow.w + swing) ** 2).sum()):
                previous, here = previous - swing, here.displaced(swing)
        losses.append(here.loss)
        if flow is not None:
            rows.append(_compare(previous, here.w, here.after, flow, next(free), held))
            held = rank(flow)
        previous, here = here.w, here.next()
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return _Record(np.array(losses), np.arange(0.0, steps + 1, stride), columns)


def rank(flow: Central) -> int:
    """How many eigenvalues hold variance."""
    if flow.variance == 0:
        return 0
    held = np.linalg.eigvalsh(flow.X)
    return int((held > 1e-6 * held.max()).sum())


def _held(flow: Iterator[FlowState]) -> Iterator[FlowState]:
    """The flow, and where it ends its last state again and again."""
    for state in flow:
        yield state
    yield from repeat(state)


def _compare(before: Tensor, w: Tensor, after: State, flow: Central, free: FlowState, held: int) -> dict[str, float]:
    values = flow.eigenvalues / 2
    swing = (2 * w - before - after[0]) / 4
    return {
        "central_loss": flow.loss,
        "predicted_loss": flow.predicted_loss,
        "flow_loss": free.point.loss,
        "variance": float((flow.oscillation(w) ** 2).sum()),
        "oscillation": float((flow.oscillation(flow.w + swing) ** 2).sum()),
        "predicted_variance": flow.variance,
        "ranks": float(rank(flow)),
        "deviation": float(np.abs(values[:held] - 1).max(initial=0.0)),
        "memory_error": float((after[1] - flow.memory).norm() / flow.memory.norm()) if len(after) > 1 else nan,
        "distance": float((w - flow.w).norm()),
        "flow_distance": float((w - free.point.w).norm()),
        "residual": flow.residual,
        **{f"eigenvalue_{n + 1}": float(values[n]) if n < len(values) else nan for n in range(3)},
    }


def _rules(optimizer: str, eta: float, beta2: float) -> tuple[Optimizer, Preconditioner]:
    flows: dict[str, Callable[..., Preconditioner]] = {
        "gd": descent,
        "scalar-rmsprop": scalar_rmsprop_preconditioner,
        "rmsprop": rmsprop_preconditioner,
    }
    if optimizer not in flows:
        raise InputError(f"central flows are known of {', '.join(flows)}, not of {optimizer[:40]!r}")
    rule = update_rule(optimizer)
    factors = {f.name: beta2 for f in rule.factors if f.name == "beta2"}
    return rule(eta, **factors), flows[optimizer](eta, **factors)


def _amplitude(flow: Central, preconditioner: Preconditioner) -> Tensor:
    """The standard deviation of the oscillation that would hold the top eigenvalue, times u."""
    drift = drift_of(flow.point, flow.memory, preconditioner, flow.pairs, 1)
    variance = -float(drift.A[0, 0]) / float(drift.B[0, 0, 0, 0])
    swing: Tensor = max(0.0, variance) ** 0.5 * flow.P.rsqrt() * flow.pairs.vectors[:, 0]
    return swing


def _smooth(values: Array, window: int) -> Array:
    """Means over windows, shorter by window - 1."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    mean: Array = (sums[window:] - sums[:-window]) / window
    return mean
