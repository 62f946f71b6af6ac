"""Values as plain data that JSON can hold."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any


def plain(value: Any) -> Any:
    """Return a value as numbers, texts, lists and dictionaries only; numbers that are not finite become None.

    Examples
    --------
    >>> plain({"margin": float("nan"), "outcomes": (1, 2)})
    {'margin': None, 'outcomes': [1, 2]}
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if hasattr(value, "as_data"):
        return value.as_data()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, Sequence | set | frozenset):
        return [plain(v) for v in value]
    if hasattr(value, "tolist"):  # a NumPy number or array
        return plain(value.tolist())
    return str(value)
