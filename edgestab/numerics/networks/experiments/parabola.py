r"""The late trajectory in a plane (Zhu et al. 2023, Sections 1 and 6): it bounces from side to side while it drifts.

On the scalar quartic the drift goes down the sharpness along the parabola of the normal form
(`edgestab.numerics.networks.stabilization.flip`) and ends at 2/eta - beta/(4c). A network is measured the same way.
There alpha > 0 as a rule: the drift follows the constrained trajectory, along which the sharpness stays, and ends
closer to the edge.
"""

from __future__ import annotations

from itertools import islice
from math import isfinite

import numpy as np
import torch
from torch import Tensor

from edgestab.errors import InputError
from edgestab.numerics.networks.experiments.result import ExperimentResult
from edgestab.numerics.networks.optimizers.gradient_descent import gradient_descent
from edgestab.numerics.networks.specs.problems import problem
from edgestab.numerics.networks.specs.spec import Problem
from edgestab.numerics.networks.stabilization.flip import flip_form
from edgestab.numerics.networks.stabilization.plane import Splitter, fit_parabola, plane_of
from edgestab.numerics.networks.training.loop import iterates


def parabola(
    *,
    seed: int,
    network: str = "elu",
    eta: float = 0.15,
    steps: int = 8000,
    high: float = 1e-5,
    low: float = 1e-8,
    keep: int = 150,
    relaxing: int = 20,
) -> ExperimentResult:
    r"""Train, and look at the trajectory while the loss falls from `high` to `low`.

    Parameters
    ----------
    network : str
        A name in `PROBLEMS`, or `SCALAR`.
    eta, steps : float, int
        The step size and the most steps.
    high, low : float
        The losses between which the trajectory is late.
    keep : int
        At least so many midpoints and swings, where there are enough steps.
    relaxing : int
        See `flip_form`.

    Returns
    -------
    ExperimentResult
        Statistics: ``share`` (see `Plane`); ``r_squared`` of the parabola;
        ``bounce``, the median of A/(A + B), A = |w(t-1) - 2 w(t) + w(t+1)| and B = |w(t+1) - w(t-1)|, 1 where steps
        only bounce; ``descent``, the cosine between the drift and grad S across u; ``sharpness`` and ``second``,
        eta/2 times the top two eigenvalues at the last midpoint; ``gap``, (2/eta - S)/(beta/4c);
        ``loss`` and ``steps`` at the end. Series: step, x, z, fit_x, fit_z.

        Any smooth decay along one direction also has a share and an r_squared near 1, also below the edge: what tells
        a bouncing trajectory is ``bounce``, and what tells the scalar theory's is ``descent`` near -1 and a gap of 1.

    Raises
    ------
    InputError
        For an unknown problem, or a run that never is late.
    """
    of = problem(network, seed)
    late = _late(of, eta, steps, high, low, keep)
    midpoints, swings = late.splitter.midpoints, late.splitter.swings
    if len(midpoints) < 3:
        raise InputError(f"{network} was hardly ever late in {steps} steps: take more of them, or a larger `high`")
    plane = plane_of(midpoints, swings)
    fit = fit_parabola(plane.x, plane.z)
    form = flip_form(of.objective, torch.from_numpy(plane.origin), eta, relaxing=relaxing)
    slope = float(form.normal.cpu().double().numpy() @ plane.drift)
    return ExperimentResult(
        {
            "share": plane.share,
            "r_squared": fit.r_squared,
            "bounce": float(np.median(late.bounces)),
            "descent": slope / float(form.normal.norm()),
            "sharpness": form.sharpness * eta / 2,
            "second": form.second * eta / 2,
            "gap": -form.excess / form.gap,
            "loss": late.loss,
            "steps": float(late.steps),
        },
        {
            "step": np.array(late.splitter.steps, dtype=np.float64) + late.first,
            "x": plane.x,
            "z": plane.z,
            **fit.curve(plane.x),
        },
    )


class _Late:
    """What is kept of the late part of a run."""

    def __init__(self, keep: int) -> None:
        self.splitter = Splitter(keep)
        self.bounces: list[float] = []
        self.first = self.steps = 0
        self.loss = float("nan")


def _late(of: Problem, eta: float, steps: int, high: float, low: float, keep: int) -> _Late:
    found = _Late(keep)
    objective = of.objective
    before: Tensor | None = None
    begun = False
    for here in islice(iterates(objective, gradient_descent(eta), of.start), steps):
        found.loss, found.steps = here.loss, here.t
        if not isfinite(found.loss):
            raise InputError(f"gradient descent on {objective.name} diverged at eta = {eta:.4g}: choose a smaller")
        if begun and found.loss < low:
            break
        if not begun and found.loss < high:
            begun, found.first = True, here.t
        w, after = here.w, here.after[0]
        if begun:
            found.splitter(w)
            if before is not None:
                swing, move = float((before - 2 * w + after).norm()), float((after - before).norm())
                found.bounces.append(swing / (swing + move) if swing + move > 0 else 0.0)
        before = w
    return found
