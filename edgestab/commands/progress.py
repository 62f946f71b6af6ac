"""Progress on a terminal: one line that shows what is running, and nothing when the output is no terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

Report = Callable[[str, float], None]


@contextmanager
def counted(console: Console, title: str) -> Iterator[tuple[Callable[[int, int], None], Report]]:
    """Yield two callables: the first is told how many pieces of how many are done, the second what one of them does.

    Parameters
    ----------
    console : Console
        Where to draw; nothing is drawn unless it is a terminal.
    title : str
        What is being done.
    """
    with _bar(console) as bar:
        outer = bar.add_task(title, total=None, amount="")
        inner = bar.add_task("", total=1, visible=False, amount="")

        def done(completed: int, total: int) -> None:
            bar.update(outer, completed=completed, total=total, amount=f"{completed}/{total}")

        def report(stage: str, fraction: float) -> None:
            bar.update(inner, completed=fraction, description=f"  {stage}", amount=_percent(fraction), visible=True)

        yield done, report


@contextmanager
def progress(console: Console, title: str, total: int) -> Iterator[tuple[Callable[[str], None], Report]]:
    """Yield two callables: the first begins the next of `total` items, the second reports within an item.

    Parameters
    ----------
    console : Console
        Where to draw; nothing is drawn unless it is a terminal.
    title : str
        What is being done.
    total : int
        How many items there are.
    """
    with _bar(console) as bar:
        outer = bar.add_task(title, total=total, amount="")
        inner = bar.add_task("", total=1, visible=False, amount="")
        begun = 0

        def begin(name: str) -> None:
            nonlocal begun
            bar.update(outer, completed=begun, description=f"{title}: {name}", amount=f"{begun}/{total}")
            begun += 1
            bar.update(inner, visible=False)

        def report(stage: str, fraction: float) -> None:
            bar.update(inner, completed=fraction, description=f"  {stage}", amount=_percent(fraction), visible=True)

        yield begin, report
        bar.update(outer, completed=total)


def _percent(fraction: float) -> str:
    """How much of a stage is done, where it says so at all."""
    return f"{fraction:.0%}" if fraction > 0 else ""


def _bar(console: Console) -> Progress:
    from rich.progress import (
        BarColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}", style="bold", markup=False),
        BarColumn(),
        TextColumn("{task.fields[amount]}", markup=False),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
