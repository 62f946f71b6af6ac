"""Durations and the date."""

from __future__ import annotations

import calendar
import datetime
import math


def duration(seconds: float) -> str:
    """Return how long something took, in words.

    Examples
    --------
    >>> duration(0.05), duration(90), duration(600)
    ('50 ms', '90.0 s', '10.0 min')
    """
    if not math.isfinite(seconds):
        return "unknown time"
    if seconds < 0.095:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def today() -> datetime.date:
    """Return the date here."""
    return datetime.datetime.now().astimezone().date()


def long_date(day: datetime.date) -> str:
    """Return a date as it is written in a text.

    Examples
    --------
    >>> long_date(datetime.date(2023, 5, 1))
    '1 May 2023'
    """
    return f"{day.day} {calendar.month_name[day.month]} {day.year}"
