"""The five verdicts."""

from __future__ import annotations

from enum import StrEnum


class Standing(StrEnum):
    """The five verdicts."""

    PROVED = "PROVED"
    CERTIFIED = "CERTIFIED"
    SUPPORTED = "SUPPORTED"
    REFUTED = "REFUTED"
    UNDECIDED = "UNDECIDED"
