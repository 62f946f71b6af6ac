r"""Where gradient descent lands when a minimum is made unstable: the scalar theory's final sharpness, on networks.

A network is trained to a minimum with a small step size. Then the step size is raised to :math:`\eta = (1 + r)\,2/S`
and the minimum is left along u. On a manifold of minima alpha = 0, and the normal form
(`edgestab.numerics.networks.stabilization.flip`) says where the sharpness ends: with :math:`Y = 4cy/\beta`, at
:math:`(1 + Y)e^{-Y} = (1 + Y_0)e^{-Y_0}`. Large :math:`Y_0` is the concentration at the edge of Zhu et al. (2023);
small :math:`Y_0` the mirror image of their two-layer example.
"""

from __future__ import annotations

from math import isfinite

import numpy as np
from torch import Tensor

from edgestab.errors import InputError
from edgestab.numerics.networks.experiments.result import ExperimentResult
from edgestab.numerics.networks.losses.objective import Objective
from edgestab.numerics.networks.optimizers.gradient_descent import gradient_descent
from edgestab.numerics.networks.specs.problems import problem
from edgestab.numerics.networks.stabilization.flip import flip_form
from edgestab.numerics.networks.stabilization.flip import landing as landing_of
from edgestab.numerics.networks.stabilization.plane import Splitter, fit_parabola, plane_of
from edgestab.numerics.networks.training.loop import iterates


def landing(
    *,
    seed: int,
    network: str = "linear-three",
    rise: float = 0.05,
    kick: float = 1e-3,
    steps: int = 20000,
    low: float = 1e-24,
    relaxing: int = 0,
) -> ExperimentResult:
    r"""Measure where the sharpness ends after the step size was raised at a minimum, and the parabola on the way.

    Parameters
    ----------
    network : str
        A name in `PROBLEMS`, or `SCALAR`.
    rise : float
        r.
    kick : float
        The displacement along u, in parameter space.
    steps, low : int, float
        Each of the two runs ends when the loss is below `low`, or after so many steps.
    relaxing : int
        See `flip_form`.

    Returns
    -------
    ExperimentResult
        Statistics. By the normal form of the minimum that was left: ``start``, :math:`Y_0 > 0`; ``end``, Y;
        ``expected``, what :math:`Y_0` says of Y; ``error``, end/expected - 1; ``mirror_error``, (2/eta - S)
        at the end over S - 2/eta at the start, less 1;
        By that of the minimum that was reached: ``gap``,
        (2/eta - S)/(beta/4c), 1 at the end of the attracting parabola; ``curvature`` of the parabola from the widest
        swing on, over :math:`c/(\nabla S\cdot d)`, its ``r_squared``, and the ``share`` of the trajectory in its
        plane. ``sharpness``, eta S/2 at the end, and ``loss``. Series: x, z, fit_x, fit_z.

    Raises
    ------
    InputError
        For an unknown problem, or when gradient descent diverges.
    """
    of = problem(network, seed)
    objective, w = of.objective, of.start
    w = _descend(objective, w, 0.6 / flip_form(objective, w, 1.0).sharpness, steps, low)
    eta = (1 + rise) * 2 / flip_form(objective, w, 1.0).sharpness
    before = flip_form(objective, w, eta, relaxing=relaxing)
    splitter = Splitter()
    w = _descend(objective, w + kick * before.u, eta, steps, low, splitter)
    w = w - eta / 2 * objective.gradient(w)  # what swing is left
    after = flip_form(objective, w, eta, relaxing=relaxing)
    start, end = (form.excess / before.gap for form in (before, after))
    expected = landing_of(start)
    onwards = _onwards(splitter)
    plane = plane_of(splitter.midpoints[onwards], splitter.swings[onwards])
    fit = fit_parabola(plane.x, plane.z)
    slope = float(after.normal.cpu().double().numpy() @ plane.drift)
    return ExperimentResult(
        {
            "start": start,
            "end": end,
            "expected": expected,
            "error": end / expected - 1,
            "mirror_error": -after.excess / before.excess - 1,
            "gap": -after.excess / after.gap,
            "curvature": fit.curvature * slope / after.c,
            "r_squared": fit.r_squared,
            "share": plane.share,
            "sharpness": after.sharpness * eta / 2,
            "loss": objective.loss(w),
        },
        {"x": plane.x, "z": plane.z, **fit.curve(plane.x)},
    )


def _onwards(splitter: Splitter) -> slice:
    """From the widest swing on, until the swings are a thousandth of it."""
    sizes = np.linalg.norm(splitter.swings, axis=1)
    first = int(sizes.argmax())
    small = np.flatnonzero(sizes[first:] < 1e-3 * sizes[first])
    return slice(first, first + max(int(small[0]), 3) if len(small) else None)


def _descend(
    objective: Objective, w: Tensor, eta: float, steps: int, low: float, splitter: Splitter | None = None
) -> Tensor:
    for here in iterates(objective, gradient_descent(eta), w):
        w = here.w
        if here.t == steps:
            break
        if not isfinite(here.loss):
            raise InputError(f"gradient descent on {objective.name} diverged at eta = {eta:.4g}: choose a smaller rise")
        if here.loss < low:
            break
        if splitter is not None:
            splitter(w)
    return w
