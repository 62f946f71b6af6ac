"""The period doublings of the balanced chain, and their end by extrapolation."""

from __future__ import annotations

from edgestab.numerics.cycles.cascade import cascade_of
from edgestab.numerics.experiment import ExperimentResult
from edgestab.theory.models.chain import balanced


def doublings(*, seed: int, depth: int = 3, count: int = 8) -> ExperimentResult:
    r"""Follow `count` doublings of the balanced chain of a depth; nothing is random.

    Returns
    -------
    ExperimentResult
        Statistics, in units of :math:`\eta S`: ``end`` (where the flips accumulate, extrapolated), ``error`` (the last
        change of the extrapolation), ``ratio`` (the last ratio of successive gaps), ``proved`` (flips that are proved).
    """
    del seed
    found = cascade_of(balanced(depth), count)
    end, error = found.accumulation
    return ExperimentResult(
        {
            "end": depth * end,
            "error": depth * error,
            "ratio": float(found.ratios[-1].mid()),
            "proved": float(sum(f.proved for f in found.flips)),
        }
    )
