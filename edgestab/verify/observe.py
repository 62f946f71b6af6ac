"""Observations: run the experiment for every seed, and hold its statistics against the bounds."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import sympy as sp

from edgestab.theory.observation import Observation
from edgestab.verify.evidence.evidence import ObservedEvidence, StatisticResult

if TYPE_CHECKING:
    from edgestab.numerics.networks.experiments import Measured

NEEDED = ("torch", "sklearn")
"""What the extra ``nn`` brings."""


def observe(
    observation: Observation, effort: str, report: Callable[[str, float], None] | None = None
) -> ObservedEvidence:
    """Return what the runs of an observation show.

    Parameters
    ----------
    observation : Observation
        The experiment, its settings and the bounds.
    effort : str
        quick, standard or deep: how many seeds.
    report : callable, optional
        Called with a name and the fraction done.
    """
    about = observation.name, observation.networks
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        return ObservedEvidence(
            *about, problem=f'not run: {" and ".join(missing)} not installed; pip install "edgestab[nn]"'
        )
    from edgestab.numerics.networks.experiments import experiment

    experiment(observation.experiment)  # a wrong name is an error, not a run that failed
    wanted = observation.count(effort)
    counted: dict[int, Measured] = {}
    failed: dict[int, str] = {}
    excluded = []
    for seed in range(observation.first, observation.first + wanted):
        if report is not None:
            report(f"{observation.experiment}, seed {seed}", (seed - observation.first) / wanted)
        try:
            measured = run(observation.experiment, _plain(observation.settings), seed)
        except (
            ValueError,
            RuntimeError,
            ArithmeticError,
        ) as error:  # this run gave nothing: it diverged, or never came
            failed[seed] = " ".join(str(error).split())
            continue
        if all(b.margin(_value(measured, b.statistic)) >= 0 for b in observation.provided):
            counted[seed] = measured
        else:
            excluded.append(seed)
    seeds = (*counted, *failed)
    margins = {s: [b.margin(_value(m, b.statistic)) for b in observation.bounds] for s, m in counted.items()}
    return ObservedEvidence(
        *about,
        seeds=seeds,
        excluded=tuple(excluded),
        held=tuple(s for s in counted if min(margins[s]) >= 0),
        failed=failed,
        needed=math.ceil(float(observation.at_least * len(seeds))),
        statistics=tuple(
            StatisticResult(
                b.words,
                b.interval,
                tuple(_value(m, b.statistic) for m in counted.values()),
                min((margins[s][k] for s in counted), default=math.nan),
            )
            for k, b in enumerate(observation.bounds)
        ),
        series=next(iter(counted.values())).series if counted else {},
    )


@cache
def run(experiment: str, settings: tuple[tuple[str, int | float | str], ...], seed: int) -> Measured:
    """Run an experiment once; claims that ask for the same run share it.

    Torch is held to one thread: networks this small are slower on two, and sums would depend on their number.
    """
    import torch

    from edgestab.numerics.networks.experiments import experiment as find

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return find(experiment)(seed=seed, **dict(settings))
    finally:
        torch.set_num_threads(before)


def _plain(settings: tuple[tuple[str, int | str | sp.Rational], ...]) -> tuple[tuple[str, int | float | str], ...]:
    """The settings as Python numbers."""

    def value(v: int | str | sp.Rational) -> int | float | str:
        if not isinstance(v, sp.Rational):
            return v
        return int(v) if v.is_Integer else float(v)

    return tuple((name, value(v)) for name, v in settings)


def _value(measured: Measured, statistic: str) -> float:
    found: Mapping[str, Any] = measured.statistics
    if statistic not in found:
        raise KeyError(f"the experiment has no statistic {statistic!r}; it has {', '.join(found)}")
    return float(found[statistic])
