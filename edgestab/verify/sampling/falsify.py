"""Falsification: the margin is driven down, by local search from the worst points and by Hypothesis."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from edgestab.theory.statement import OrbitStatement
from edgestab.verify.orbits.starts import Sample, dimension
from edgestab.verify.sampling.measure import Margins

Array = NDArray[np.float64]
Run = Callable[[Array], tuple[Sample, Margins]]

SWARM = 128
"""Points tried at once: as many as advance together in one block of lanes."""

BITS = 27
"""Binary digits of a coordinate that Hypothesis proposes, the first two for the ends; a cloud about it goes finer."""


def attack(
    statement: OrbitStatement,
    seen: list[tuple[Sample, Margins]],
    rounds: int,
    examples: int,
    seed: int,
    run: Run,
) -> list[tuple[Sample, Margins]]:
    """Return what was seen while driving the margin down; the search ends at the first failure.

    Parameters
    ----------
    statement : OrbitStatement
        What is attacked.
    seen : list
        Samples and margins so far: the search starts from their worst points.
    rounds : int
        Rounds of local search; the swarm shrinks from round to round.
    examples : int
        Examples that Hypothesis proposes, each a place and a scale.
    seed : int
        Of the swarms.
    run : callable
        Measures points of the unit cube.
    """
    found = _local(seen, rounds, seed, run)
    if any((m.margin < 0).any() for _, m in found):
        return found
    return found + _hypothesis(dimension(statement), examples, seed, run)


def _local(seen: list[tuple[Sample, Margins]], rounds: int, seed: int, run: Run) -> list[tuple[Sample, Margins]]:
    generator = np.random.default_rng([seed, 11])
    found: list[tuple[Sample, Margins]] = []
    for k in range(rounds):
        unit = np.vstack([s.unit for s, _ in seen + found])
        margin = np.concatenate([m.margin for _, m in seen + found])
        best = np.argsort(np.where(np.isnan(margin), np.inf, margin), kind="stable")[:8]
        centres = np.repeat(unit[best], SWARM // len(best), axis=0)
        step = generator.standard_normal(centres.shape) * 0.1 * 4.0**-k
        # Relative to the distance from the faces as well, so that thin layers there are searched at their own scale.
        scale = np.where(generator.random((len(centres), 1)) < 0.5, np.minimum(centres, 1 - centres) * 10, 1.0)
        found.append(run(np.clip(centres + step * scale, 1e-15, 1 - 1e-15)))
        if (found[-1][1].margin < 0).any():
            break
    return found


class _Falsified(Exception):
    """Ends Hypothesis's search."""


def _hypothesis(size: int, examples: int, seed: int, run: Run) -> list[tuple[Sample, Margins]]:
    import hypothesis
    from hypothesis import Phase, given, settings, target
    from hypothesis import strategies as st

    found: list[tuple[Sample, Margins]] = []
    # Of booleans alone: numbers of any other kind Hypothesis also takes from the source of whatever modules are loaded,
    # and what is found would depend on these.
    coordinate = st.lists(st.booleans(), min_size=BITS, max_size=BITS)
    place = st.lists(coordinate, min_size=size, max_size=size)

    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=True,
        phases=(Phase.generate, Phase.target),
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @given(centre=place, width=coordinate)
    def lower(centre: list[list[bool]], width: list[bool]) -> None:
        generator = np.random.default_rng([seed, 13, len(found)])
        middle, spread = np.array([_place(bits) for bits in centre]), 10.0 ** (6 * _fraction(width) - 6)
        cloud = middle + spread * generator.standard_normal((SWARM, size))
        sample, measured = run(np.clip(cloud, 1e-15, 1 - 1e-15))
        found.append((sample, measured))
        if sample.count and np.isfinite(measured.margin).any():
            least = float(np.nanmin(measured.margin))
            target(-least, label="margin")
            if least < 0:
                raise _Falsified

    with contextlib.suppress(_Falsified):
        lower()
    return found


def _fraction(bits: list[bool]) -> float:
    """A number between 0 and 1 by its binary digits."""
    return (sum(bit << k for k, bit in enumerate(reversed(bits))) + 0.5) / (1 << len(bits))


def _place(bits: list[bool]) -> float:
    """A coordinate of the unit cube, one in four times next to one of its ends."""
    first, second, third, *rest = bits
    return (1 - 1e-9 if third else 1e-9) if first and second else _fraction([third, *rest])
