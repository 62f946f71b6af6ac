"""One step of a run after another: what is measured at the parameters, and where they go from there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from math import isfinite, nan
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from edgestab.errors import InputError
from edgestab.numerics.networks.data.samples import Data
from edgestab.numerics.networks.losses.accuracy import accuracy
from edgestab.numerics.networks.losses.network import network_objective
from edgestab.numerics.networks.losses.objective import Point
from edgestab.numerics.networks.run.spec import RunSpec
from edgestab.numerics.networks.run.state import RunState, RunStatus, dense, memory_of
from edgestab.numerics.networks.specs.spec import Problem
from edgestab.numerics.networks.spectra.eigen import EigenError, Eigenpairs, Tracker
from edgestab.numerics.networks.spectra.preconditioned import preconditioned
from edgestab.numerics.networks.training.loop import Iterate

SHARPNESS, MIDPOINT, PRECONDITIONED = "sharpness", "midpoint", "preconditioned"

Found = TypeVar("Found")


class Course:
    """A run of a problem.

    Parameters
    ----------
    spec : RunSpec
        What is done.
    problem : Problem
        What it is done to.

    Raises
    ------
    InputError
        When the loss at the start is not finite.
    """

    def __init__(self, spec: RunSpec, problem: Problem) -> None:
        self.spec, self.problem = spec, problem
        self.objective = problem.objective
        loss = self.objective.loss(problem.start)
        if not isfinite(loss):
            raise InputError(f"{self.objective.name}: the loss at the start is {loss}; mend the data or the network")
        self._ceiling = spec.stop.diverged * loss
        self._scores = _scores(problem)
        record = spec.record
        tracker = partial(Tracker, tolerance=record.tolerance)
        wanted = {
            SHARPNESS: bool(record.sharpness_every),
            MIDPOINT: bool(record.midpoint_every),
            PRECONDITIONED: bool(record.sharpness_every) and self.preconditioned,
        }
        self._trackers = {
            name: tracker(record.eigenvalues if name == SHARPNESS else 1) for name, use in wanted.items() if use
        }

    @property
    def preconditioned(self) -> bool:
        """Whether the rule has a preconditioner."""
        rule = self.spec.optimizer.rule()
        return rule.preconditioner(rule.start(self.problem.start)) is not None

    @property
    def scores(self) -> tuple[str, ...]:
        """Which of accuracy, test_loss and test_accuracy the problem has."""
        return tuple(self._scores)

    def start(self) -> RunState:
        """Return the state before the first step."""
        w = self.objective.vector(self.problem.start)
        return RunState(0, self.spec.optimizer.rule().start(w), {n: memory_of(t) for n, t in self._trackers.items()})

    def advance(self, state: RunState) -> tuple[dict[str, Any] | None, RunState]:
        """Measure at w and take a step.

        Returns
        -------
        row : dict or None
            What was measured; None when w was kicked instead, and is to be measured again.
        state : RunState
            What follows.
        """
        t, record = state.step, self.spec.record
        rule = self.spec.optimizer.rule(t)
        here = Iterate(self.objective, rule, state.rule, t, curved=self._due(record.sharpness_every, t))
        w, loss = here.w, here.loss
        row: dict[str, Any] = {
            "loss": loss,
            "gradient_norm": float(here.gradient.norm()),
            "step_size": rule.eta,
            "edge": rule.edge,
            "distance": float((w - self.problem.start).norm()),
        }
        if record.parameters_every and t % record.parameters_every == 0:
            row["parameters"] = _array(w)
        state = replace(state, step=t + 1, loss=loss)
        broken = self._broken(t, loss, row["gradient_norm"])
        if broken is not None:
            return row, replace(state, status=broken[0], sentence=broken[1])
        if here.curved:
            state, pairs = self._spectrum(state, here, row)
            if pairs is not None:
                kicked = self._kicked(state, here.point, pairs)
                if kicked is not None:
                    return None, replace(state, step=t, rule=(kicked,), kick_step=t)
                if record.eigenvectors_every and t % record.eigenvectors_every == 0:
                    row["eigenvectors"] = _array(pairs.vectors)
        if self._due(record.accuracy_every, t):
            row |= {name: score(w) for name, score in self._scores.items()}
        stopped = self._stopped(row)
        if stopped:
            return row, replace(state, status="STOPPED", sentence=f"Stopped at step {t}: {stopped}.")
        if t == self.spec.steps:
            words = f"All {t} steps were taken: loss {loss:.6g}"
            if record.sharpness_every:
                words += f", sharpness {state.sharpness:.6g}, {state.relative:.4f} of the edge"
            return row, replace(state, status="FINISHED", sentence=words + _missed(state.missed))
        if record.midpoint_every and t % record.midpoint_every == 0:
            middle = self.objective.at(here.midpoint)
            state, pairs = self._asked(state, MIDPOINT, lambda tracker: tracker(middle.hvp, middle.gradient))
            if pairs is not None:
                row["midpoint_sharpness"] = float(pairs.values[0])
        return row, replace(state, rule=tuple(dense(x) for x in here.after))

    def _due(self, every: int, t: int) -> bool:
        """Whether something is measured at step t: every so many steps, and at the last."""
        return bool(every) and (t % every == 0 or t == self.spec.steps)

    def _broken(self, t: int, loss: float, norm: float) -> tuple[RunStatus, str] | None:
        if not isfinite(loss):
            return "NONFINITE", f"Ended at step {t}: the loss is {loss}."
        if not isfinite(norm):
            return "NONFINITE", f"Ended at step {t}: the norm of the gradient is {norm}."
        if loss > self._ceiling:
            times = self.spec.stop.diverged
            return "DIVERGED", f"Diverged at step {t}: the loss {loss:.4g} is above {times:g} times that at the start."
        return None

    def _spectrum(self, state: RunState, here: Iterate, row: dict[str, Any]) -> tuple[RunState, Eigenpairs | None]:
        """Measure the top of the spectra; the preconditioner is that of the step that is taken from here."""
        point, rule = here.point, here.rule
        state, pairs = self._asked(state, SHARPNESS, lambda tracker: tracker(point.hvp, point.gradient))
        if pairs is None:
            return state, None
        values = pairs.values.numpy()
        row["sharpness"] = top = float(values[0])
        row["eigenvalues"] = np.pad(values, (0, self.eigenvalues - len(values)), constant_values=nan)
        row["residual"] = float(pairs.residuals.max() / pairs.values.abs().max())
        row["products"] = float(pairs.products)
        if PRECONDITIONED in self._trackers:
            top = nan
            diagonal = rule.preconditioner(here.after)
            if diagonal is not None and bool(torch.isfinite(diagonal).all() and (diagonal > 0).any()):
                state, scaled = self._asked(
                    state, PRECONDITIONED, lambda tracker: preconditioned(point, rule, here.after, tracker)
                )
                top = scaled.sharpness if scaled is not None else nan
            row["preconditioned_sharpness"] = top
        row["relative_sharpness"] = top / rule.edge
        return replace(state, sharpness=row["sharpness"], relative=row["relative_sharpness"]), pairs

    @property
    def eigenvalues(self) -> int:
        """How many eigenvalues are recorded."""
        return self.spec.record.eigenvalues

    def _asked(self, state: RunState, name: str, ask: Callable[[Tracker], Found]) -> tuple[RunState, Found | None]:
        """Ask a tracker that remembers what the state says, and nothing else; None where it fails."""
        tracker = self._trackers[name]
        tracker.restore(state.trackers[name])
        try:
            found = ask(tracker)
        except EigenError:  # no convergence, or a Hessian that is not finite
            return replace(state, missed=state.missed + 1), None
        return replace(state, trackers={**state.trackers, name: memory_of(tracker)}), found

    def _kicked(self, state: RunState, point: Point, pairs: Eigenpairs) -> Tensor | None:
        """Where w goes when this is the step of the kick."""
        kick = self.spec.kick
        if kick is None or state.kick_step >= 0 or state.relative < kick.at:
            return None
        u = pairs.vectors[:, 0]
        u = torch.where(u[u.abs().argmax()] < 0, -u, u)  # a sign that no solver chooses
        gradient = point.third(u, u)
        perpendicular = gradient - u * (u @ gradient)
        alpha, beta = -float(point.gradient @ perpendicular), float(perpendicular @ perpendicular)
        if not (alpha > 0 and beta > 0):
            return None
        delta: float = (2 * alpha / beta) ** 0.5
        return point.w + kick.size * delta * u

    def _stopped(self, row: Mapping[str, Any]) -> str | None:
        stop = self.spec.stop
        if stop.loss_below is not None and row["loss"] < stop.loss_below:
            return f"the loss is below {stop.loss_below:g}"
        if stop.accuracy_above is not None and row.get("accuracy", 0.0) > stop.accuracy_above:
            return f"the accuracy is above {stop.accuracy_above:g}"
        if stop.at_the_edge and row.get("relative_sharpness", 0.0) >= 1:
            return "the sharpness has reached the edge"
        second = stop.second_eigenvalue
        if second is not None and "eigenvalues" in row and row["eigenvalues"][1] > second * row["edge"]:
            return f"the second eigenvalue is above {second:g} of the edge"
        return None


def _missed(times: int) -> str:
    return f"; eigenvalues were not found {times} times." if times else "."


def _scores(problem: Problem) -> dict[str, Callable[[Tensor], float]]:
    """The scores that a problem has: accuracy only where the targets are classes."""
    network = problem.network
    found: dict[str, Callable[[Tensor], float]] = {}
    if has_classes(problem.data):
        found["accuracy"] = partial(accuracy, network, data=problem.data)
    if problem.test_data is not None:
        of = problem.objective
        test = network_objective(network, problem.test_data, problem.criterion, dtype=of.dtype, device=of.device)
        found["test_loss"] = test.loss
        if has_classes(problem.test_data):
            found["test_accuracy"] = partial(accuracy, network, data=problem.test_data)
    return found


def has_classes(data: Data) -> bool:
    """Whether the targets are class numbers, one-hot rows, or one column of -1 and +1."""
    y = data.targets
    if y.ndim == 1:
        return not y.is_floating_point()
    if y.ndim != 2:
        return False
    if y.shape[1] == 1:
        return bool((y.abs() == 1).all())
    return bool(((y == 0) | (y == 1)).all() and (y.sum(dim=1) == 1).all())


def _array(x: Tensor) -> NDArray[np.float64]:
    return x.detach().to("cpu", torch.float64).numpy()
