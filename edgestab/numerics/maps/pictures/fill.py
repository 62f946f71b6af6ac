"""The compiled loop that fills the cells of a refined picture from their corners."""

from __future__ import annotations

from typing import Any

import numba


@numba.njit(cache=True, nogil=True, fastmath=False, error_model="numpy")
def paint(level: Any, rows: Any, columns: Any, side: int) -> None:
    """Set `level` to `side` over square cells, in place.

    Parameters
    ----------
    level : ndarray of int, shape (rows, columns)
        The side of each pixel's cell.
    rows, columns : ndarray of int, shape (n,)
        The first row and column of each cell.
    side : int
        Its side; a cell may reach over the edge.
    """
    height, width = level.shape
    for k in range(rows.size):
        # The picture's last line begins no cell: it belongs to the one before.
        bottom = height if rows[k] + side >= height - 1 else rows[k] + side
        right = width if columns[k] + side >= width - 1 else columns[k] + side
        for r in range(rows[k], bottom):
            for c in range(columns[k], right):
                level[r, c] = side


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
        left = 0
        while left < columns:
            side = level[r, left]
            top = r // side * side
            end = min(left + side, columns)
            corner = values[top, left]
            if linear:
                bottom, right = min(top + side, rows - 1), min(left + side, columns - 1)
                down, width = (r - top) / max(bottom - top, 1), max(right - left, 1)
                first = corner + down * (values[bottom, left] - corner)
                last = values[top, right] + down * (values[bottom, right] - values[top, right])
                slope = (last - first) / width
                for c in range(left, end):
                    if not computed[r, c]:
                        values[r, c] = first + (c - left) * slope
            else:
                for c in range(left, end):
                    if not computed[r, c]:
                        values[r, c] = corner
            left = end
