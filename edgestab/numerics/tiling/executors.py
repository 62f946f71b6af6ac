"""Who computes the tiles: threads of this process, or workers of a Dask cluster, behind one small protocol."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from edgestab.errors import InputError
from edgestab.numerics.tiling.tiles import code_digest

Item = TypeVar("Item")
Found = TypeVar("Found")

ATTEMPTS = 10
"""How often a tile is tried whose worker died."""

PATIENCE = 30.0
"""Seconds to wait for a scheduler and its first worker."""


class Executor(Protocol):
    """What runs tiles."""

    @property
    def capacity(self) -> int:
        """How many tiles are worth having under way at once."""

    def submit(self, do: Callable[[Item], Found], item: Item) -> Future[Found]:
        """Begin a tile: `do` is a function that any process of the executor can import, or a partial of one."""

    def is_transient(self, error: BaseException) -> bool:
        """Whether a tile failed because of who computed it, so that it is worth another attempt."""


@dataclass(frozen=True)
class Threads:
    """Threads of this process; the kernels release the interpreter's lock.

    Parameters
    ----------
    pool : ThreadPoolExecutor
        The threads.
    capacity : int
        Tiles under way at once.
    """

    pool: ThreadPoolExecutor
    capacity: int

    def submit(self, do: Callable[[Item], Found], item: Item) -> Future[Found]:
        """Begin a tile."""
        return self.pool.submit(do, item)

    def is_transient(self, error: BaseException) -> bool:
        """Return False: a thread does not die alone."""
        del error
        return False


class Here:
    """The thread that asks: a tile is done when it has begun, and is handed to nobody."""

    capacity = 1

    def submit(self, do: Callable[[Item], Found], item: Item) -> Future[Found]:
        """Do a tile."""
        future: Future[Found] = Future()
        try:
            future.set_result(do(item))
        except Exception as error:
            future.set_exception(error)
        return future

    def is_transient(self, error: BaseException) -> bool:
        """Return False, as of other threads."""
        del error
        return False


@contextmanager
def threads(count: int | None = None) -> Iterator[Executor]:
    """Yield an executor of some threads, by default one for each core.

    Raises
    ------
    InputError
        When `count` is below 1.
    """
    if count is not None and count < 1:
        raise InputError(f"the number of threads must be at least 1, got {count}")
    number = count or os.cpu_count() or 1
    if number == 1:
        yield Here()
        return
    pool = ThreadPoolExecutor(number)
    try:
        # One tile more than threads, so that none waits for a tile to be stored.
        yield Threads(pool, number + 1)
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


@dataclass(frozen=True)
class Cluster:
    """Workers of a Dask cluster.

    Parameters
    ----------
    begin : callable
        Submits a call to the cluster.
    threads : callable
        How many tiles the cluster works on at once, as of now.
    killed : type
        What a task raises whose workers kept dying.
    """

    begin: Callable[..., Future[Any]]
    threads: Callable[[], int]
    killed: type[BaseException]

    @property
    def capacity(self) -> int:
        """Two tiles for each thread of the cluster: one under way and one on the wire."""
        return max(2, 2 * self.threads())

    def submit(self, do: Callable[[Item], Found], item: Item) -> Future[Found]:
        """Begin a tile."""
        return self.begin(do_there, do, item, code_digest())

    def is_transient(self, error: BaseException) -> bool:
        """Whether the tile's worker was lost."""
        return isinstance(error, self.killed | CancelledError | ConnectionError)


class OtherCode(InputError):
    """A worker runs other code than this process."""


def do_there(do: Callable[[Item], Found], item: Item, code: str) -> Found:
    """Do a tile's work, on a worker, unless its code is not ours.

    Raises
    ------
    OtherCode
        When its sources or libraries differ: the result might not be the same to the bit.
    """
    if code_digest() != code:
        raise OtherCode("a worker runs another version of edgestab: install the same one on all workers")
    return do(item)


@contextmanager
def cluster(address: str) -> Iterator[Cluster]:
    """Yield an executor of the workers that a Dask scheduler has.

    Parameters
    ----------
    address : str
        The scheduler's, such as ``tcp://10.0.0.1:8786``.

    Raises
    ------
    InputError
        When dask.distributed is not installed, or no scheduler or worker answers.
    """
    try:
        import distributed
    except ImportError as error:
        raise InputError("dask.distributed is not installed: pip install 'edgestab[cluster]'") from error
    try:
        client = distributed.Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError(f"no Dask scheduler answers at {address}: start one, or correct --scheduler") from error
    try:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError as error:
            raise InputError(f"the Dask scheduler at {address} has no workers: start some") from error
        pool: Any = client.get_executor(pure=False)
        yield Cluster(pool.submit, lambda: sum(client.nthreads().values()), distributed.KilledWorker)
        pool.shutdown(wait=False)
    finally:
        client.close()
