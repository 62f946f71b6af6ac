"""Observations: run the experiment for every seed, and hold its statistics against the bounds."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from typing import Any

import sympy as sp

from edgestab.numerics.experiment import Experiment, ExperimentResult
from edgestab.numerics.matrices.experiments import registry as arrays
from edgestab.theory.observation import Observation
from edgestab.verify.evidence.observed import ObservedEvidence, StatisticResult

NEEDED = ("torch", "sklearn")
"""What the extra ``nn`` brings, and experiments on networks need."""


Settings = tuple[tuple[str, int | float | str], ...]


@dataclass(frozen=True)
class Run:
    """One run of an experiment: what it gives depends on nothing else, and claims that ask for the same one share it.

    Parameters
    ----------
    experiment : str
        Its key.
    settings : tuple of (str, value)
        What it is given besides the seed.
    seed : int
        The seed.
    """

    experiment: str
    settings: Settings
    seed: int

    @property
    def on_networks(self) -> bool:
        """Whether it needs torch: experiments on arrays do not."""
        return self.experiment not in arrays.EXPERIMENTS


def experiment_of(name: str) -> Experiment:
    """Return an experiment, on arrays or on networks.

    Raises
    ------
    InputError
        When there is none of this name.
    """
    if name in arrays.EXPERIMENTS:
        return arrays.experiment(name)
    from edgestab.numerics.networks.experiments.registry import experiment

    return experiment(name)


def runs_of(observation: Observation, effort: str) -> tuple[Run, ...]:
    """Return the runs that an observation asks for at an effort; none where what they need is not installed."""
    if _missing(observation):
        return ()
    experiment_of(observation.experiment)  # a wrong name is an error, not a run that failed
    seeds = range(observation.first, observation.first + observation.count(effort))
    return tuple(Run(observation.experiment, _plain(observation.settings), seed) for seed in seeds)


@cache
def measure(run: Run) -> ExperimentResult | str:
    """Return what a run gives, or one sentence where it gave nothing: it diverged, or never came where it should."""
    with _one_thread() if run.on_networks else nullcontext():
        try:
            return experiment_of(run.experiment)(seed=run.seed, **dict(run.settings))
        except (ValueError, RuntimeError, ArithmeticError) as error:
            return " ".join(str(error).split())


def observe(
    observation: Observation,
    effort: str,
    report: Callable[[str, float], None] | None = None,
    measured: Callable[[Run], ExperimentResult | str] = measure,
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
    measured : callable
        Gives what a run gave; by default it is run here.
    """
    about = observation.name, observation.networks
    if missing := _missing(observation):
        return ObservedEvidence(
            *about, problem=f'not run: {" and ".join(missing)} not installed; pip install "edgestab[nn]"'
        )
    counted: dict[int, ExperimentResult] = {}
    failed: dict[int, str] = {}
    excluded = []
    runs = runs_of(observation, effort)
    for number, run in enumerate(runs):
        if report is not None:
            report(f"{run.experiment}, seed {run.seed}", number / len(runs))
        found = measured(run)
        if isinstance(found, str):
            failed[run.seed] = found
        elif all(b.margin(_value(found, b.statistic)) >= 0 for b in observation.provided):
            counted[run.seed] = found
        else:
            excluded.append(run.seed)
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


@contextmanager
def _one_thread() -> Iterator[None]:
    """Hold torch to one thread: networks this small are slower on two, and sums would depend on their number."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _missing(observation: Observation) -> list[str]:
    if observation.experiment in arrays.EXPERIMENTS:
        return []
    return [name for name in NEEDED if importlib.util.find_spec(name) is None]


def _plain(settings: tuple[tuple[str, int | str | sp.Rational], ...]) -> Settings:
    """The settings as Python numbers."""

    def value(v: int | str | sp.Rational) -> int | float | str:
        if not isinstance(v, sp.Rational):
            return v
        return int(v) if v.is_Integer else float(v)

    return tuple((name, value(v)) for name, v in settings)


def _value(measured: ExperimentResult, statistic: str) -> float:
    found: Mapping[str, Any] = measured.statistics
    if statistic not in found:
        raise KeyError(f"the experiment has no statistic {statistic!r}; it has {', '.join(found)}")
    return float(found[statistic])
