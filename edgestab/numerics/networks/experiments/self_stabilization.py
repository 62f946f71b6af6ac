r"""Self-stabilization (Damian, Nichani & Lee 2023): GD, kicked at the edge, against everything that predicts it.

One run follows five things from the step at which gradient descent reaches the edge: gradient descent, the constrained
trajectory, the predicted and the generalised predicted dynamics around it, and gradient flow. It ends where the
hypotheses end: where alpha is no longer positive or a second eigenvalue reaches 1.9/eta on the constrained trajectory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from math import nan

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from edgestab.numerics.networks.experiments.result import ExperimentResult, without_edge
from edgestab.numerics.networks.flows.gradient_flow import adaptive_flow
from edgestab.numerics.networks.losses.objective import Objective
from edgestab.numerics.networks.losses.taylor import Taylor
from edgestab.numerics.networks.optimizers.gradient_descent import gradient_descent
from edgestab.numerics.networks.specs.problems import problem
from edgestab.numerics.networks.spectra.eigen import Tracker, top_eigenpairs
from edgestab.numerics.networks.stabilization.constrained import ConstrainedPoint, constrained_trajectory
from edgestab.numerics.networks.stabilization.predicted import (
    Responses,
    cubic_step,
    exact_step,
    generalised_step,
    local_coordinates,
    predicted_step,
    validity,
)
from edgestab.numerics.networks.training.edge import NoEdge, find_edge, kick
from edgestab.numerics.networks.training.loop import after_steps, iterates

Array = NDArray[np.float64]

MODELS: Mapping[str, Callable[[Tensor, ConstrainedPoint, ConstrainedPoint], Tensor]] = {
    "predicted": lambda v, here, _: predicted_step(v, here),
    "generalised": lambda v, here, _: generalised_step(v, here),
    "cubic": cubic_step,
}
"""One step of v on a model, from a point of the constrained trajectory and the next."""


def self_stabilization(
    *,
    seed: int,
    network: str = "chebyshev",
    eta: float = 0.2,
    kicked: float = 0.3,
    steps: int = 200,
    horizon: float = 6.0,
    search: int = 5000,
) -> ExperimentResult:
    r"""Measure how well the theory of self-stabilization predicts gradient descent on one network.

    Parameters
    ----------
    network : str
        A name in `PROBLEMS`.
    eta : float
        The step size.
    kicked : float
        The kick at the edge in units of delta; 0 for none.
    steps : int
        At most so many after the edge.
    horizon : float
        The predictions are held against gradient descent over so many times 1/epsilon steps, epsilon being
        :math:`\eta\sqrt\alpha` at the edge; the theorem is for O(1/epsilon) steps.
    search : int
        At most so many steps to the edge.

    Returns
    -------
    ExperimentResult
        Statistics, nan where a run does not give them. Hypotheses: ``edge_step``; ``steps``, for so many alpha was
        positive and eta lambda_2 below 1.9; ``time``, these times epsilon; ``covered``, the fraction of the horizon
        within them; ``epsilon`` and ``delta`` at the edge; ``amplitude``, \|x\|/delta after the kick; ``alpha_low``;
        ``second``, the largest eta lambda_2.

        Exact: ``gradient_error``, relative, of D^3L[u, u] against a central difference of S; ``identity_error`` of
        :math:`v' = v - \eta[\nabla L(w^\dagger + v) - \nabla L(w^\dagger)] - c`; ``excess`` and ``along``, the largest
        \|S - 2/eta\| and \|u . grad L\| on the constrained trajectory where the constraint is active.

        Over the horizon, after each of ``predicted_``, ``generalised_`` and ``cubic_``: ``x`` and ``y``, correlations
        of \|x\| and of y with gradient descent's; ``error``, rms \|v - v*\| over rms \|v\|; ``sharpness``, rms error
        over rms of S - 2/eta; ``loss``, mean relative error. ``gain``, the plain error over the generalised.

        Over all steps: ``square``, <x^2>/<delta^2>; ``distance``, the rms distance of GD from the constrained
        trajectory over the last quarter; ``distance_ratio``, it over that from gradient flow; ``response``, the least
        beta_{s->t}/beta_{s->s}. From the sharpest iterate, over 100 steps: ``quadratic_growth`` of the loss under GD
        on the quadratic Taylor model there, and ``true_growth`` under GD.
    """
    of = problem(network, seed)
    objective = of.objective
    edge = find_edge(objective, of.start, eta, steps=search)
    if isinstance(edge, NoEdge):
        return without_edge(_names(), steps=0.0, time=0.0, covered=0.0)
    run = follow(objective, edge.w, eta, kicked=kicked, steps=steps)
    found = {
        "edge_step": float(edge.step),
        "gradient_error": _gradient_error(run.first),
        **_on_the_way(run),
        **_predictions(run, horizon),
    }
    if len(run):
        found |= _taylor(objective, run) | _distances(objective, edge.w, run)
    return ExperimentResult(dict.fromkeys(_names(), nan) | found, run.series)


@dataclass(frozen=True)
class StabilizationRun:
    """What `follow` saw, a row for every step.

    Parameters
    ----------
    eta : float
        The step size.
    first : ConstrainedPoint
        The constrained trajectory at the edge.
    w : Tensor
        Gradient descent, shape (steps, p).
    series : mapping
        Columns by name.
    responses : list of ndarray
        See `Responses`.
    """

    eta: float
    first: ConstrainedPoint
    w: Tensor
    series: dict[str, Array]
    responses: list[Array]

    def __len__(self) -> int:
        """How many steps."""
        return len(self.w)

    @property
    def epsilon(self) -> float:
        """The theory's small parameter at the edge; nan where alpha is not positive."""
        return self.eta * max(0.0, self.first.curvature.alpha) ** 0.5 or nan


def follow(objective: Objective, w: Tensor, eta: float, *, kicked: float, steps: int) -> StabilizationRun:
    """Follow gradient descent and its models from w, as long as the theory's hypotheses hold.

    Parameters
    ----------
    w : Tensor
        Where gradient descent reached the edge, shape (p,).
    kicked : float
        The kick in units of delta.
    steps : int
        At most so many.
    """
    trajectory = constrained_trajectory(objective, w, eta)
    first = here = next(trajectory)
    tracker, responses = Tracker(1, extra=1), Responses()
    w = kick(w, here.curvature.u, kicked * max(0.0, here.curvature.delta_squared) ** 0.5)
    models = dict.fromkeys(MODELS, w - here.w)
    rows: list[dict[str, float]] = []
    orbit = []
    for at_w in islice(iterates(objective, gradient_descent(eta), w, curved=True), steps):
        w, v = at_w.w, at_w.w - here.w
        if not validity(v, here).holds:
            break
        point = at_w.point
        at = local_coordinates(v, here)
        row = {
            "step": len(rows),
            "loss": at_w.loss,
            "sharpness": float(tracker(point.hvp, point.gradient).values[0]),
            "x": at.x,
            "y": at.y,
            "distance": float(v.norm()),
            "constrained_loss": here.point.loss,
            "constrained_sharpness": here.curvature.sharpness,
            "alpha": here.curvature.alpha,
            "beta": here.curvature.beta,
            "delta_squared": here.delta_squared,
            "second": eta * here.second,
            "along": here.along,
            "active": here.active,
        }
        for name, model in models.items():
            c = local_coordinates(model, here)
            row |= {f"{name}_x": c.x, f"{name}_y": c.y, f"{name}_sharpness": c.sharpness, f"{name}_loss": c.loss}
            row[f"{name}_distance"] = float((v - model).norm())
        responses(here)
        orbit.append(w)
        after = next(trajectory)
        row["identity"] = float((at_w.after[0] - after.w - exact_step(v, here, after)).abs().max())
        models = {name: _finite(MODELS[name](model, here, after)) for name, model in models.items()}
        rows.append(row)
        here = after
    series = {name: np.array([row[name] for row in rows], dtype=np.float64) for name in (rows[0] if rows else ())}
    return StabilizationRun(
        eta, first, torch.stack(orbit) if orbit else w.new_zeros((0, len(w))), series, responses.values
    )


def _finite(v: Tensor, most: float = 1e6) -> Tensor:
    """A model that has diverged is not a number from then on, before it overflows."""
    return v if float(v.norm()) < most else torch.full_like(v, nan)


def _on_the_way(run: StabilizationRun) -> dict[str, float]:
    s, n = run.series, len(run)
    found = {
        "steps": float(n),
        "time": n * run.epsilon,
        "epsilon": run.epsilon,
        "delta": max(0.0, run.first.curvature.delta_squared) ** 0.5,
        "alpha_low": run.first.curvature.alpha,
        "second": run.eta * run.first.second,
    }
    if n == 0:
        return found
    active = s["active"] > 0
    amplitude = abs(float(s["x"][0])) / found["delta"]  # a run of one step or more has alpha > 0
    excess = np.abs(s["constrained_sharpness"] - 2 / run.eta)
    lags = [r / abs(r[0]) for r in run.responses]
    return found | {
        "amplitude": amplitude,
        "alpha_low": float(s["alpha"].min()),
        "second": float(s["second"].max()),
        "identity_error": float(s["identity"].max()),
        "excess": float(excess[active].max()) if active.any() else nan,
        "along": float(np.abs(s["along"]).max()),
        "square": float((s["x"] ** 2).mean() / s["delta_squared"].mean()),
        "response": float(np.concatenate(lags).min()) if lags else nan,
    }


def _predictions(run: StabilizationRun, horizon: float) -> dict[str, float]:
    wanted = horizon / run.epsilon
    found = {"covered": min(1.0, len(run) / wanted) if wanted > 0 else 0.0}
    n = min(len(run), round(wanted)) if wanted > 0 else 0
    if n < 3:
        return found
    s = {name: column[:n] for name, column in run.series.items()}
    above = s["sharpness"] - 2 / run.eta
    for name in MODELS:
        found |= {
            f"{name}_x": _correlation(np.abs(s["x"]), np.abs(s[f"{name}_x"])),
            f"{name}_y": _correlation(s["y"], s[f"{name}_y"]),
            f"{name}_error": _rms(s[f"{name}_distance"]) / _rms(s["distance"]),
            f"{name}_sharpness": _rms(s["sharpness"] - s[f"{name}_sharpness"]) / _rms(above),
            f"{name}_loss": float(np.mean(np.abs(s["loss"] - s[f"{name}_loss"]) / s["loss"])),
        }
    return found | {"gain": found["predicted_error"] / found["generalised_error"]}


def _distances(objective: Objective, start: Tensor, run: StabilizationRun) -> dict[str, float]:
    """Against gradient flow from the same edge; its distance joins the series."""
    n = len(run)
    if n < 4:
        return {}
    flow = adaptive_flow(objective, start, [run.eta * t for t in range(n)], rtol=1e-6, atol=1e-8)
    run.series["flow_distance"] = (run.w - flow).norm(dim=1).to("cpu", torch.float64).numpy()
    last = slice(-(n // 4), None)
    distance = _rms(run.series["distance"][last])
    return {"distance": distance, "distance_ratio": distance / _rms(run.series["flow_distance"][last])}


def _taylor(objective: Objective, run: StabilizationRun, steps: int = 100) -> dict[str, float]:
    w = run.w[int(run.series["sharpness"].argmax())]
    model, rule = Taylor(objective.at(w)), gradient_descent(run.eta)
    start = model.point.loss
    v, true = after_steps(model, rule, torch.zeros_like(w), steps), after_steps(objective, rule, w, steps)
    return {"quadratic_growth": abs(model.loss(v)) / start, "true_growth": objective.loss(true) / start}


def _gradient_error(here: ConstrainedPoint, h: float = 1e-4) -> float:
    """The gradient of S against central differences along itself and along a random direction; the larger error."""
    objective, c = here.point.objective, here.curvature
    noise = torch.randn(len(here.w), generator=torch.Generator().manual_seed(0), dtype=torch.float64).to(here.w)
    pair = top_eigenpairs(here.point.hvp, c.pairs.vectors, tolerance=1e-10)
    u = pair.vectors[:, 0]
    gradient = here.point.third(u, u)

    def sharpness(w: Tensor) -> float:
        return float(top_eigenpairs(objective.at(w).hvp, c.pairs.vectors, tolerance=1e-10).values[0])

    errors = []
    for direction in (gradient, noise):
        d = direction / direction.norm()
        slope = (sharpness(here.w + h * d) - sharpness(here.w - h * d)) / (2 * h)
        errors.append(abs(float(gradient @ d) - slope) / float(gradient.norm()))
    return float(np.max(errors))


def _names() -> tuple[str, ...]:
    hypotheses = ("edge_step", "steps", "time", "covered", "epsilon", "delta", "amplitude", "alpha_low", "second")
    exact = ("gradient_error", "identity_error", "excess", "along")
    predictions = tuple(f"{m}_{what}" for m in MODELS for what in ("x", "y", "error", "sharpness", "loss"))
    run = ("square", "distance", "distance_ratio", "response", "quadratic_growth", "true_growth")
    return (*hypotheses, *exact, *predictions, "gain", *run)


def _rms(values: Array) -> float:
    return float(np.sqrt(np.mean(values**2)))


def _correlation(a: Array, b: Array) -> float:
    """Not a number where a is constant or b is not finite, as after a divergence."""
    if not (np.isfinite(b).all() and a.std() > 0 and b.std() > 0):
        return nan
    return float(np.corrcoef(a, b)[0, 1])
