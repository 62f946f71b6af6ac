"""The period doublings of the balanced chain, and their end by extrapolation."""

from __future__ import annotations

from edgestab.numerics.cycles.cascade import FEIGENBAUM, cascade_of
from edgestab.numerics.experiment import ExperimentResult
from edgestab.theory.models.chain import balanced


def doublings(*, seed: int, depth: int = 3, count: int = 8, near: float = 0.0) -> ExperimentResult:
    r"""Follow `count` doublings of the balanced chain of a depth; nothing is random.

    Parameters
    ----------
    seed : int
        Not used.
    depth, count : int
        L, and how many doublings.
    near : float
        Where the end is said to be, in units of :math:`\eta S`.

    Returns
    -------
    ExperimentResult
        Statistics, in units of :math:`\eta S`: ``end`` (where the flips accumulate, extrapolated), ``away`` (its
        distance from `near`), ``error`` (the last change of the extrapolation), ``ratio`` (how far the last ratio of
        successive gaps is from Feigenbaum's), ``proved`` (flips that are proved).
    """
    del seed
    found = cascade_of(balanced(depth), count)
    end, error = found.accumulation
    return ExperimentResult(
        {
            "end": depth * end,
            "away": abs(depth * end - near),
            "error": depth * error,
            "ratio": abs(float(found.ratios[-1].mid()) - FEIGENBAUM),
            "proved": float(sum(f.proved for f in found.flips)),
        }
    )
