"""Branch and bound: a box cut into cells, on each of which an inequality is proved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from edgestab.errors import InputError

Array = NDArray[np.float64]
Interval = tuple[Fraction, Fraction]
Judge = Callable[[Array, Array], tuple[Sequence[str | None], Array]]
"""From lower and upper ends, of shape (axes, n), to a leaf for each cell proved, None for the others, and by how much
each fails or holds (negative when it holds)."""

BATCH = 4096
_ULPS = 8 * 2.0**-53


class Unproved(InputError):
    """An inequality that could not be proved on a cell; the message shows the hardest one."""


@dataclass(frozen=True)
class Cells:
    """A box and the bisection tree of its cells.

    Parameters
    ----------
    axes : str
        One letter for each variable.
    box : tuple of Interval
        The box.
    tree : tuple of str
        In preorder: a letter cuts the present box at the middle of that variable, anything else is a leaf.
    """

    axes: str
    box: tuple[Interval, ...]
    tree: tuple[str, ...]

    @property
    def leaves(self) -> int:
        """How many cells."""
        return sum(1 for node in self.tree if node not in self.axes)


@dataclass
class Budget:
    """How many cells may still be tried."""

    cells: int

    def spend(self, count: int) -> None:
        """Take `count` cells from the budget."""
        self.cells -= count

    @property
    def is_spent(self) -> bool:
        """Whether nothing is left."""
        return self.cells < 0


def prove(
    what: str,
    axes: str,
    box: tuple[Interval, ...],
    judge: Judge,
    budget: Budget,
    scale: Sequence[float],
    depth: int = 42,
) -> Cells:
    """Bisect a box until every cell is proved.

    Parameters
    ----------
    what : str
        The inequality, for messages.
    axes : str
        One letter for each variable.
    box : tuple of Interval
        The box; a variable whose ends agree is never cut.
    judge : callable
        Decides a batch of cells.
    budget : Budget
        How many cells may be tried; shared between boxes.
    scale : sequence of float
        For each variable the width that counts as one: the variable widest in these units is cut.
    depth : int
        The most bisections above a cell.

    Raises
    ------
    Unproved
        When a cell is not proved at the greatest depth or the budget is spent.
    """
    low = np.array([float(a) for a, _ in box])
    width = np.array([float(b - a) for a, b in box])
    slack = _ULPS * np.array([max(abs(float(a)), abs(float(b))) for a, b in box])
    # Rounding must not carry a cell across 0, where h has its kink and eps ends.
    floor = np.where([a >= 0 for a, _ in box], 0.0, -np.inf)[:, None]
    roof = np.where([b <= 0 for _, b in box], 0.0, np.inf)[:, None]
    nodes: list[str] = [""]
    children: dict[int, int] = {}
    pending = np.zeros(1, dtype=np.int64)  # numbers of nodes
    index = np.zeros((len(box), 1))  # the cell is low + width * [index, index + 1] / 2**level
    level = np.zeros((len(box), 1))
    units = np.asarray(scale, dtype=np.float64)
    while pending.size:
        budget.spend(pending.size)
        size = 0.5**level * width[:, None]
        lower = np.maximum(low[:, None] + size * index - slack[:, None], floor)
        upper = np.minimum(low[:, None] + size * (index + 1) + slack[:, None], roof)
        failed = []
        worst: tuple[float, int] | None = None
        for at in range(0, pending.size, BATCH):
            part = slice(at, at + BATCH)
            leaves, excess = judge(lower[:, part], upper[:, part])
            for k, leaf in enumerate(leaves):
                if leaf is not None:
                    nodes[pending[at + k]] = leaf
                else:
                    failed.append(at + k)
                    if worst is None or excess[k] > worst[0] or np.isnan(excess[k]):
                        worst = (float(excess[k]), at + k)
        chosen = np.array(failed, dtype=np.int64)
        whole = bool((size[:, chosen].max(axis=0, initial=0) == 0).any())
        if worst is not None and (budget.is_spent or whole or level[:, chosen].sum(axis=0).max() >= depth):
            cell = ", ".join(f"{a} in [{lower[i, worst[1]]:.8g}, {upper[i, worst[1]]:.8g}]" for i, a in enumerate(axes))
            why = "the budget of cells is spent" if budget.is_spent else "cells as small as this do not help"
            raise Unproved(f"{what} is not proved on the cell {cell} ({why}; by {worst[0]:.3g})")
        axis = np.argmax(size[:, chosen] / units[:, None], axis=0)
        first = len(nodes)
        nodes.extend([""] * (2 * chosen.size))
        for k, (cell_, cut) in enumerate(zip(chosen, axis, strict=True)):
            number = int(pending[cell_])
            nodes[number], children[number] = axes[cut], first + 2 * k
        cut_here = np.arange(len(box))[:, None] == axis[None, :]
        level = np.repeat(level[:, chosen] + cut_here, 2, axis=1)
        index = np.repeat(np.where(cut_here, 2 * index[:, chosen], index[:, chosen]), 2, axis=1)
        index[:, 1::2] += cut_here
        pending = first + np.arange(2 * chosen.size)
    return Cells(axes, box, _preorder(nodes, children))


def _preorder(nodes: list[str], children: dict[int, int]) -> tuple[str, ...]:
    tree, stack = [], [0]
    while stack:
        number = stack.pop()
        tree.append(nodes[number])
        if number in children:
            stack += [children[number] + 1, children[number]]
    return tuple(tree)
