"""The experiments by name: to add one, write its file and name it here."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from edgestab.errors import InputError
from edgestab.numerics.experiment import Experiment

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
    "landing-on-minima": "landing_on_minima.landing_on_minima",
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
    found: Any = getattr(import_module(f"{__package__}.{module}"), function)
    return found  # type: ignore[no-any-return]  # looked up by name
