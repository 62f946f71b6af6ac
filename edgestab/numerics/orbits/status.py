"""How an orbit ended: one code for each, and the sentence that explains it."""

from __future__ import annotations

from enum import IntEnum


class Status(IntEnum):
    """The outcome of one orbit."""

    PENDING = 0
    CONVERGED = 1
    PERIODIC = 2
    BOUNDED = 3
    DIVERGED = 4
    NONFINITE = 5
    UNDECIDED = 6
    EXCLUDED = 7
    LEFT_DOMAIN = 8

    @property
    def sentence(self) -> str:
        """What the code says, in words."""
        return _SENTENCES[self]


_SENTENCES = {
    Status.PENDING: "not computed yet",
    Status.CONVERGED: "converged: the residual is below tolerance and contracting, at a linearly stable limit, or a "
    "flat minimum has captured the orbit",
    Status.PERIODIC: "settled on a cycle",
    Status.BOUNDED: "stayed bounded for the whole budget of steps, at no minimum and on no cycle that is recognised",
    Status.DIVERGED: "left the ball of the given radius, which does not show that it stays away",
    Status.NONFINITE: "became infinite or not a number",
    Status.UNDECIDED: "could not be decided: on its way when the budget ended, or at rest where no minimum is found",
    Status.LEFT_DOMAIN: "left the domain of the loss",
    Status.EXCLUDED: "not followed: the start does not satisfy the conditions of the region",
}
