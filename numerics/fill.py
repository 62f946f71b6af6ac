"""The compiled loop that fills the cells of a refined picture from their corners."""

from __future__ import annotations

from typing import Any

import numba


@numba.njit(cache=True, nogil=True, fastmath=False, error_model="numpy")
def fill(values: Any, computed: Any, level: Any, linear: bool) -> None:
    """Fill the pixels of `values` that were not computed, in place, from the corners of the cells they lie in.

    Parameters
    ----------
    values : ndarray, shape (rows, columns)
        The picture.
    computed : ndarray of bool, same shape
        Which pixels stay as they are.
    level : ndarray of int, same shape
        The side of each pixel's cell; cells begin at multiples of it, and the last one ends at the picture's edge.
    linear : bool
        Interpolate between the four corners; else take the first.
    """
    rows, columns = values.shape
    for r in range(rows):
        for c in range(columns):
            if computed[r, c]:
                continue
            side = level[r, c]
            top, left = r // side * side, c // side * side
            if not linear:
                values[r, c] = values[top, left]
                continue
            bottom, right = min(top + side, rows - 1), min(left + side, columns - 1)
            down = (r - top) / max(bottom - top, 1)
            along = (c - left) / max(right - left, 1)
            upper = values[top, left] + along * (values[top, right] - values[top, left])
            lower = values[bottom, left] + along * (values[bottom, right] - values[bottom, left])
            values[r, c] = upper + down * (lower - upper)
