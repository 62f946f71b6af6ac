"""The experiments on arrays by name: to add one, write its file and name it here. None needs torch."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from edgestab.errors import InputError
from edgestab.numerics.experiment import Experiment

EXPERIMENTS: Mapping[str, str] = {
    "balanced-cascade": "cascade.doublings",
    "deep-linear-amplitudes": "amplitudes.amplitudes",
    "deep-linear-growth": "growth.growth",
    "deep-linear-noise": "noise.noise",
    "deep-linear-orbit": "orbit.orbit",
    "deep-linear-rank-one": "transverse.rank_one",
    "deep-linear-rank-two": "transverse.rank_two",
    "diagonal-mirror": "mirror.mirror",
    "scalar-chain-ends": "chains.ends",
    "scalar-chain-gaps": "chains.gaps",
    "toy-run": "toy.toy",
    "uv-escape": "escape.escapes",
}
"""Where each experiment is, as ``module.function`` in this folder."""

WITHOUT_CHANCE = frozenset({"balanced-cascade", "toy-run"})
"""Experiments that are the same for every seed: one run says all."""


def experiment(name: str) -> Experiment:
    """Return an experiment; only its own module is imported.

    Raises
    ------
    InputError
        When there is none of this name.

    Examples
    --------
    >>> experiment("deep-linear-growth").__name__
    'growth'
    """
    if name not in EXPERIMENTS:
        raise InputError(f"unknown experiment {name[:40]!r}; the experiments on arrays are {', '.join(EXPERIMENTS)}")
    module, _, function = EXPERIMENTS[name].partition(".")
    found: Any = getattr(import_module(f"{__package__}.{module}"), function)
    return found  # type: ignore[no-any-return]  # looked up by name
