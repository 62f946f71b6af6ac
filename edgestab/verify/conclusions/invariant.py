"""Judging starts whose next state is claimed to be in the region of starts."""

from __future__ import annotations

from edgestab.verify.conclusions.along import AlongJudge


class InvariantJudge(AlongJudge):
    """The least margin of all that bounds the region, after one step."""
