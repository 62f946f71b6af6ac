"""What a contender is: a way to iterate the map, and what to know of it to measure it fairly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.start import Array  # at run time it would bring SymPy, which not everything here needs


class Unavailable(Exception):
    """A contender's library or compiler is not installed; the message says which."""


class Disagreement(Exception):
    """A contender's final states are not ours: it is not timed."""


@dataclass(frozen=True)
class Contender:
    """One way to iterate the map.

    Parameters
    ----------
    name : str
        What ``--only`` and the results call it.
    title : str
        What it is, in a few words.
    run : callable
        From starts of shape (2, n) and a number of steps to the final states. It compiles on its first call.
    orbits, steps : int
        The size of one measured call, where this contender is at its best.
    exact : bool
        Whether its operations are ours in our order, so that every bit must agree.
    threads : int
        How many it runs on.
    note : str
        Which of its variants this is.
    iterates : int, optional
        Useful iterates of one call, when they are not orbits times steps.
    check : callable, optional
        Takes the place of the comparison of final states; returns how well it agrees, or raises `Disagreement`.
    """

    name: str
    title: str
    run: Callable[[Array, int], Array]
    orbits: int
    steps: int
    exact: bool = False
    threads: int = 1
    note: str = ""
    iterates: int | None = None
    check: Callable[[], str] | None = None

    @property
    def work(self) -> int:
        """Useful iterates of one call."""
        return self.orbits * self.steps if self.iterates is None else self.iterates
