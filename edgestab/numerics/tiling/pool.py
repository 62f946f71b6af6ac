"""One pool for everything that is computed piece by piece: at most so many under way, lost ones tried again."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import TypeVar

from edgestab.numerics.tiling import executors
from edgestab.numerics.tiling.executors import ATTEMPTS, Executor

Item = TypeVar("Item")
Found = TypeVar("Found")


def compute_each(
    do: Callable[[Item], Found],
    items: Iterable[Item],
    keep: Callable[[Item, Found], None],
    executor: Executor,
    *,
    attempts: int = ATTEMPTS,
    lost: Callable[[Item, BaseException], Found] | None = None,
    kind: Callable[[Item], Hashable] = lambda _: None,
) -> None:
    """Compute a function of every item and hand each value to `keep`, in this thread, as soon as it is there.

    No more items are under way than the executor asks for, so memory does not grow with their number. When the
    function or `keep` fails, or the user interrupts, nothing further is begun.

    Parameters
    ----------
    do : callable
        The function; on a cluster, one that every process can import, or a partial of one.
    items : iterable
        Its arguments, in the order in which they are begun.
    keep : callable
        Called with an item and its value, in the order in which they are done.
    executor : Executor
        Who computes.
    attempts : int
        How often an item is begun whose worker was lost.
    lost : callable, optional
        Gives what is kept in the place of the value of such an item, from it and the last error; by default the error
        is raised.
    kind : callable, optional
        What an item needs that takes time to prepare, compiled kernels for example. The next item is the first of
        those of whose kind the fewest are under way, so that workers do not all prepare the same.
    """
    waiting: dict[Hashable, deque[tuple[Item, int]]] = {}
    for item in items:
        waiting.setdefault(kind(item), deque()).append((item, 1))
    under_way: dict[Future[Found], tuple[Item, int]] = {}
    busy: Counter[Hashable] = Counter()
    try:
        while under_way or any(waiting.values()):
            while len(under_way) < executor.capacity and any(waiting.values()):
                chosen = min((k for k in waiting if waiting[k]), key=busy.__getitem__)
                item, attempt = waiting[chosen].popleft()
                under_way[executor.submit(do, item)] = item, attempt
                busy[chosen] += 1
            finished, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in finished:
                item, attempt = under_way.pop(future)
                busy[kind(item)] -= 1
                try:
                    found = future.result()
                except BaseException as error:
                    if not executor.is_transient(error) or (attempt >= attempts and lost is None):
                        raise
                    if attempt < attempts:
                        waiting[kind(item)].appendleft((item, attempt + 1))
                        continue
                    assert lost is not None
                    found = lost(item, error)
                keep(item, found)
    finally:
        for future in under_way:
            future.cancel()


def map_on_threads(
    do: Callable[[Item], Found],
    items: Sequence[Item],
    *,
    threads: int | None = None,
    done: Callable[[Found], None] | None = None,
) -> list[Found]:
    """Return a function's values at some items, in their order, computed on threads of this process.

    Parameters
    ----------
    do : callable
        The function; it is worth threads where it releases the interpreter's lock, as kernels do.
    items : sequence
        Its arguments.
    threads : int, optional
        How many; by default one for each core. With one, or one item, it is this thread.
    done : callable, optional
        Called in this thread with each value as soon as it is there; what it raises ends the computation.

    Raises
    ------
    InputError
        When the number of threads is below 1.

    Examples
    --------
    >>> map_on_threads(lambda x: x**2, [3, 1, 2], threads=2)
    [9, 1, 4]
    """
    values: dict[int, Found] = {}

    def keep(place: int, found: Found) -> None:
        values[place] = found
        if done is not None:
            done(found)

    if threads == 1 or len(items) <= 1:
        for place, item in enumerate(items):
            keep(place, do(item))
    else:
        with executors.threads(threads) as executor:
            compute_each(lambda place: do(items[place]), range(len(items)), keep, executor)
    return [values[place] for place in range(len(items))]
