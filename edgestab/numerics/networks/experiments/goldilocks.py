r"""Step sizes and where they lead: validation accuracy and final sharpness below and above :math:`2/S_0`.

:math:`S_0` is the sharpness at the start. All step sizes are tried on the same network from the same start, for the
same number of steps or for the same time :math:`\eta t`.
"""

from __future__ import annotations

from collections.abc import Callable
from math import nan
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from edgestab.numerics.networks.architectures.mlp import mlp
from edgestab.numerics.networks.data.digits import DIGITS, digits
from edgestab.numerics.networks.experiments.result import ExperimentResult
from edgestab.numerics.networks.losses.accuracy import accuracy
from edgestab.numerics.networks.losses.criteria import squared_error
from edgestab.numerics.networks.losses.network import network_objective
from edgestab.numerics.networks.training.batched import sharpnesses, spread, sweep


def goldilocks(
    *,
    seed: int,
    n: int = 500,
    width: int = 32,
    act: str = "tanh",
    gain: float = 1.0,
    low: float = 0.125,
    high: float = 8.0,
    count: int = 13,
    steps: int = 1000,
    same_time: int = 0,
) -> ExperimentResult:
    r"""Train a network with one hidden layer on digits with many step sizes, and validate on the other digits.

    Parameters
    ----------
    n : int
        How many digits are trained on.
    width, act, gain : optional
        Of the network.
    low, high : float
        The smallest and the largest :math:`\eta S_0/2`.
    count : int
        How many step sizes.
    steps : int
        How many steps all runs take.
    same_time : int
        Not 0: runs take the time :math:`\eta t` that `steps` steps of :math:`\eta = 2/S_0` take, but at most this
        many steps; with a smaller step size they have more steps then.

    Returns
    -------
    ExperimentResult
        Statistics, where below and above mean :math:`\eta S_0/2 < 1` and >= 1, among runs that did not diverge:
        ``start`` (S_0), ``best`` (:math:`\eta S_0/2` of the most accurate run), ``accuracy_best``,
        ``accuracy_above`` (of the best run there), ``gain`` (accuracy_best less that of the smallest step size),
        ``advantage`` (accuracy_above less that of the best run below), ``largest`` (:math:`\eta S_0/2` of the largest
        step size that did not diverge), ``diverged`` (the smallest that did), ``end_above`` (mean of
        :math:`\eta S/2` at the end), ``slope`` (of log S at the end against log eta, above).
        Series: ratio, eta, accuracy, sharpness, loss, steps.
    """
    network = mlp((64, width, 10), act, gain=gain)
    objective = network_objective(network, digits(n), squared_error(0.5))
    start = objective.vector(network.start(seed))
    sharp = float(sharpnesses(objective, start[None]).values[0])
    ratios = np.array(spread(low, high, count))
    etas = ratios * 2 / sharp
    limits = np.minimum(np.ceil(steps / ratios), same_time).astype(int) if same_time else np.full(count, steps)
    found = sweep(objective, start, etas.tolist(), limits.tolist(), record_every=20)
    ok = found.finished
    ends = found.parameters[torch.from_numpy(ok).to(start.device)]
    validation = digits(DIGITS - n, first=n)
    score, sharpness = np.full(count, nan), np.full(count, nan)
    score[ok] = [accuracy(network, w, validation) for w in ends]
    sharpness[ok] = sharpnesses(objective, ends, tolerance=1e-3).values if ok.any() else nan
    series = {
        "ratio": ratios,
        "eta": etas,
        "accuracy": score,
        "sharpness": sharpness,
        "loss": np.where(ok, found.losses[-1], nan),
        "steps": found.taken.astype(float),
    }
    return ExperimentResult({"start": sharp, **_statistics(series)}, series)


def _statistics(series: dict[str, NDArray[np.float64]]) -> dict[str, float]:
    ratio, score, sharpness = series["ratio"], series["accuracy"], series["sharpness"]
    ok = np.isfinite(score)
    below, above = ok & (ratio < 1), ok & (ratio >= 1)
    best = int(np.nanargmax(score)) if ok.any() else 0
    end = series["eta"] * sharpness / 2
    fit = np.polyfit(np.log(ratio[above]), np.log(sharpness[above]), 1)[0] if above.sum() > 1 else nan
    return {
        "best": float(ratio[best]),
        "accuracy_best": float(score[best]),
        "accuracy_above": _of(np.max, score[above]),
        "gain": float(score[best] - score[0]),
        "advantage": _of(np.max, score[above]) - _of(np.max, score[below]),
        "largest": _of(np.max, ratio[ok]),
        "diverged": _of(np.min, ratio[~ok]),
        "end_above": _of(np.mean, end[above]),
        "slope": float(fit),
    }


def _of(of: Callable[[NDArray[np.float64]], Any], values: NDArray[np.float64]) -> float:
    return float(of(values)) if len(values) else nan
