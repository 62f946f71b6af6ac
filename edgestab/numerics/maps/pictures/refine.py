"""A picture of labels computed where it matters: cells whose corners agree are filled, the others are cut in four.

The corners of square cells are computed first. A cell is cut when its corners do not agree, or when those of
one of its eight neighbours do not; at the smallest size every pixel of it is computed. A picture with a boundary
of dimension D costs a part of its pixels that shrinks like size^(D - 2).

What can go wrong is a feature that lies between the corners of a cell and all its neighbours: the dust of a fractal
set does. So every block of the picture is audited: pixels drawn at random among the filled ones are computed, and
where one was filled wrongly the whole block is computed; where many were, its neighbours too, and theirs. A block with
a share p of wrong ones among its filled pixels passes with probability (1 - p)^n when n are drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgestab.errors import InputError
from edgestab.numerics.tiling.tiles import Tile

Index = NDArray[np.intp]
Compute = Callable[[Index, Index], Tile]
"""From row and column indices, each of shape (n,), to the variables at these pixels, each of shape (n,)."""

Label = Callable[[Tile], NDArray[np.int64]]
"""From variables to what must agree for a cell to be filled."""


Work = Callable[[Tile], NDArray[np.float64]]
"""From variables to what the pixels cost, in steps."""

BLOCK = 64
"""The side of a block of pixels that is audited by itself."""

SPREAD = 0.01
"""The share of a block's pixels beyond which wrong ones are looked for in its neighbours as well."""

_CROWDED, _JUDGED = 0.5, 256
"""Where more than this share of at least so many cells have corners that differ, every pixel is computed: cutting
would save little, and miss much of what is so fine."""

_FINE, _DUST = 0.6, 0.6
"""The same where more than this share of so many cells are to be cut, and the share that is mixed has fallen to no less
than this part of what it was two cuts before: along curves it falls to a quarter, in dust hardly."""


@dataclass(frozen=True)
class Refinement:
    """How a picture is refined.

    Parameters
    ----------
    coarsest, finest : int
        Sides of the first and the last cells, in pixels: powers of two.
    audit : int
        How many filled pixels of each block of 64 by 64 are computed all the same, to see whether they were filled
        rightly.
    worth : float
        The steps of a pixel, on average over the corners of the coarsest cells, below which every pixel is computed:
        there a pixel costs no more than to decide whether to compute it.
    """

    coarsest: int = 64
    finest: int = 4
    audit: int = 128
    worth: float = 64.0

    def __post_init__(self) -> None:
        for side in (self.coarsest, self.finest):
            if side < 2 or side & (side - 1):
                raise InputError(f"the side of a cell is a power of two, at least 2, got {side}")
        if self.finest > self.coarsest:
            raise InputError(f"the finest cell ({self.finest}) is larger than the coarsest ({self.coarsest})")
        if self.audit < 0:
            raise InputError(f"the number of pixels to audit cannot be negative, got {self.audit}")


@dataclass(frozen=True)
class Refined:
    """A refined picture.

    Parameters
    ----------
    values : dict
        The variables, each of the picture's shape: computed, or filled.
    computed : ndarray of bool
        Which pixels were computed.
    audited, mislabelled : int
        How many filled pixels were looked at, and how many of them had another label. These are right in `values`, and
        their blocks were computed in full.
    """

    values: Tile
    computed: NDArray[np.bool_]
    audited: int
    mislabelled: int


def refine(
    shape: tuple[int, int], compute: Compute, label: Label, how: Refinement, seed: int = 0, work: Work | None = None
) -> Refined:
    """Compute a picture where its labels change, and fill it elsewhere.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns.
    compute : callable
        Computes pixels.
    label : callable
        Tells their labels.
    how : Refinement
        Sizes of cells, and the audit.
    seed : int
        Of the choice of audited pixels.
    work : callable, optional
        Tells what pixels cost, in steps; without it a pixel is taken to cost much.

    Examples
    --------
    >>> disc = lambda r, c: {"in": (np.hypot(r - 50, c - 50) < 30).astype(int)}
    >>> found = refine((100, 100), disc, lambda v: v["in"], Refinement(16, 4, 0))
    >>> bool((found.values["in"] == disc(*np.indices((100, 100)))["in"]).all()), bool(found.computed.mean() < 0.5)
    (True, True)
    """
    from edgestab.numerics.maps.pictures.fill import paint  # numba takes half a second to import

    side = how.coarsest
    cells = _Cells(shape, side)
    active = np.ones(cells.shape, dtype=bool)
    corners = cells.corners_of(active)
    first = compute(*corners)
    if work is not None and work(first).mean() < how.worth:
        # All at once, the corners a second time: to put pixels into their places takes longer.
        rows, columns = (i.ravel() for i in np.indices(shape))
        values = {name: v.reshape(shape) for name, v in compute(rows, columns).items()}
        return Refined(values, np.ones(shape, dtype=bool), 0, 0)
    picture = _Picture(shape, compute, label)
    picture.take(*corners, first)
    level = np.full(shape, side, np.int32)
    shares: list[float] = []
    while True:
        picture.need(*cells.corners_of(active))
        labels = picture.labels[np.ix_(*cells.lines)]
        mixed = cells.mixed(labels, active)
        wanted = active & _dilated(mixed)
        shares.append(float(mixed.mean()))
        is_dust = len(shares) > 2 and wanted.mean() > _FINE and shares[-1] > _DUST * shares[-3]
        if mixed.size >= _JUDGED and (shares[-1] > _CROWDED or is_dust):
            return picture.in_full()
        if side == how.finest:
            break
        side //= 2
        finer = _Cells(shape, side)
        active = finer.children_of(cells, wanted)
        paint(level, *finer.origins(active), side)
        cells = finer
    picture.need(*cells.pixels_of(wanted))
    picture.fill(level)
    audited, mislabelled = picture.audit(how.audit, seed)
    return Refined(picture.values, picture.computed, audited, mislabelled)


class _Picture:
    """Pixels computed so far. The one mutable thing here: an array is filled in the order of the refinement."""

    def __init__(self, shape: tuple[int, int], compute: Compute, label: Label) -> None:
        self.shape, self._compute, self._label = shape, compute, label
        self.computed = np.zeros(shape, dtype=bool)
        self.labels = np.zeros(shape, np.int64)
        self.values: Tile = {}

    def need(self, rows: Index, columns: Index) -> None:
        # A pixel may be asked for twice in one call; through a mask it is computed once, without sorting.
        asked = np.zeros(self.shape, dtype=bool)
        asked[rows, columns] = True
        asked &= ~self.computed
        rows, columns = np.divmod(np.flatnonzero(asked), self.shape[1])
        if not rows.size:
            return
        self.take(rows, columns, self._compute(rows, columns))

    def in_full(self) -> Refined:
        rows, columns = np.divmod(np.flatnonzero(~self.computed), self.shape[1])
        self.take(rows, columns, self._compute(rows, columns))
        return Refined(self.values, self.computed, 0, 0)

    def take(self, rows: Index, columns: Index, found: Tile) -> None:
        for name, values in found.items():
            if name not in self.values:
                self.values[name] = np.zeros(self.shape, values.dtype)
            self.values[name][rows, columns] = values
        self.labels[rows, columns] = self._label(found)
        self.computed[rows, columns] = True

    def fill(self, level: NDArray[np.int32]) -> None:
        from edgestab.numerics.maps.pictures.fill import fill  # numba takes half a second to import

        for values in self.values.values():
            # Codes have no values in between; counts and sharpness do.
            fill(values, self.computed, level, values.dtype.itemsize >= 4)
        filled = ~self.computed
        if filled.any():
            self.labels[filled] = self._label({name: values[filled] for name, values in self.values.items()})

    def audit(self, each: int, seed: int) -> tuple[int, int]:
        """Look at filled pixels of every block; compute in full those in which one is wrong, and all around them."""
        blocks = tuple(-(-n // BLOCK) for n in self.shape)
        at = np.arange(self.shape[0])[:, None] // BLOCK * blocks[1] + np.arange(self.shape[1]) // BLOCK
        order = np.random.default_rng(seed).permutation(np.flatnonzero(~self.computed))
        # The first of every block in a random order.
        order = order[np.argsort(at.ravel()[order], kind="stable")]
        counts = np.bincount(at.ravel()[order], minlength=blocks[0] * blocks[1])
        place = np.arange(order.size) - np.repeat(np.cumsum(counts) - counts, counts)
        drawn = order[place < each]
        wrong = self._checked(*np.divmod(drawn, self.shape[1]))
        audited, mislabelled = int(drawn.size), int(wrong.size)
        done = np.zeros(blocks, dtype=bool)
        now = np.zeros(blocks, dtype=bool)
        now.ravel()[at.ravel()[wrong]] = True
        while now.any():
            done |= now
            pixels = np.flatnonzero(now.ravel()[at] & ~self.computed)
            wrong = self._checked(*np.divmod(pixels, self.shape[1]))
            much = np.zeros(blocks, dtype=bool)
            much.ravel()[:] = np.bincount(at.ravel()[wrong], minlength=much.size) > SPREAD * BLOCK**2
            now = _dilated(much) & ~done
        return audited, mislabelled

    def _checked(self, rows: Index, columns: Index) -> Index:
        """Compute pixels, and return the places of those that had been filled wrongly."""
        new = ~self.computed[rows, columns]
        rows, columns = rows[new], columns[new]
        before = self.labels[rows, columns]
        self.need(rows, columns)
        return np.asarray((rows * self.shape[1] + columns)[before != self.labels[rows, columns]])


class _Cells:
    """The cells of one size: squares between the lines of a lattice, the last line being the picture's edge."""

    def __init__(self, shape: tuple[int, int], side: int) -> None:
        self.picture, self.side = shape, side
        self.lines = tuple(np.unique(np.append(np.arange(0, n, side), n - 1)) for n in shape)
        self.shape = tuple(max(line.size - 1, 1) for line in self.lines)
        self.lattice_shape = tuple(line.size for line in self.lines)

    def corners_of(self, active: NDArray[np.bool_]) -> tuple[Index, Index]:
        needed = np.zeros(self.lattice_shape, dtype=bool)
        for i in (0, 1):
            for j in (0, 1):
                part = needed[i : i + self.shape[0], j : j + self.shape[1]]
                part |= active[: part.shape[0], : part.shape[1]]
        rows, columns = np.nonzero(needed)
        return self.lines[0][rows], self.lines[1][columns]

    def mixed(self, labels: NDArray[np.int64], active: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which active cells have corners that differ."""
        edge = np.pad(labels, ((0, 1), (0, 1)), mode="edge")
        a = edge[: self.shape[0], : self.shape[1]]
        others = (edge[1:, 1:], edge[1:, :-1], edge[:-1, 1:])
        differs = np.zeros(self.shape, dtype=bool)
        for other in others:
            differs |= a != other[: self.shape[0], : self.shape[1]]
        return differs & active

    def children_of(self, parents: _Cells, wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
        rows = np.minimum(self.lines[0][: self.shape[0]] // parents.side, parents.shape[0] - 1)
        columns = np.minimum(self.lines[1][: self.shape[1]] // parents.side, parents.shape[1] - 1)
        return np.asarray(wanted[np.ix_(rows, columns)])

    def origins(self, cells: NDArray[np.bool_]) -> tuple[Index, Index]:
        """The first row and column of some cells."""
        rows, columns = np.nonzero(cells)
        return self.lines[0][rows], self.lines[1][columns]

    def pixels_of(self, cells: NDArray[np.bool_]) -> tuple[Index, Index]:
        """Every pixel of some cells, their far edges included, those in two cells twice."""
        reach = np.arange(self.side + 1)
        rows, columns = self.origins(cells)
        down = np.minimum(rows[:, None, None] + reach[:, None], self.picture[0] - 1)
        along = np.minimum(columns[:, None, None] + reach, self.picture[1] - 1)
        down, along = np.broadcast_arrays(down, along)
        return down.ravel(), along.ravel()


def _dilated(cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cells and their eight neighbours."""
    grown = np.pad(cells, 1)
    grown = grown[:-2] | grown[1:-1] | grown[2:]
    return np.asarray(grown[:, :-2] | grown[:, 1:-1] | grown[:, 2:])
