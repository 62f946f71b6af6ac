"""Experiments: from settings and a seed to statistics of runs of networks; claims say what the statistics must be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgestab.errors import InputError


@dataclass(frozen=True)
class Measured:
    """What one run of an experiment gave.

    Parameters
    ----------
    statistics : mapping
        Numbers by name.
    series : mapping
        Columns for figures, by name.
    """

    statistics: Mapping[str, float]
    series: Mapping[str, NDArray[np.float64]] = field(default_factory=dict, repr=False, compare=False)


Experiment = Callable[..., Measured]
"""Takes `seed` and its settings as keywords."""

EXPERIMENTS: Mapping[str, str] = {
    "batch-size": "batch_size.batch_size",
    "central-and-constrained": "central_and_constrained.central_and_constrained",
    "central-flow": "central_flow.central_flow_of",
    "complementarity": "complementarity.complementarity",
    "coupling": "coupling.coupling",
    "edge-of-stability": "edge_of_stability.edge_of_stability",
    "flattening": "rotation.flattening",
    "flow-departure": "flow_departure.flow_departure",
    "goldilocks": "goldilocks.goldilocks",
    "landing": "landing.landing",
    "parabola": "parabola.parabola",
    "rotation": "rotation.rotation_in_instabilities",
    "rotation-without-depth": "rotation.rotation_without_depth",
    "scalar-rmsprop-variance": "rmsprop_at_the_edge.scalar_closed_form",
    "self-stabilization": "self_stabilization.self_stabilization",
    "stationary-preconditioner": "rmsprop_at_the_edge.stationary",
    "step-size-drop": "step_size_drop.step_size_drop",
}
"""Where each experiment is, as ``module.function`` in this folder."""


def experiment(name: str) -> Experiment:
    """Return an experiment; only its own module is imported.

    Raises
    ------
    InputError
        When there is none of this name.
    """
    if name not in EXPERIMENTS:
        raise InputError(f"unknown experiment {name[:40]!r}; the experiments are {', '.join(EXPERIMENTS)}")
    module, _, function = EXPERIMENTS[name].partition(".")
    found: Any = getattr(import_module(f"{__name__}.{module}"), function)
    return found  # type: ignore[no-any-return]  # looked up by name
