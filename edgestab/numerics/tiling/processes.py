"""Processes of this machine as an executor: one that dies costs what it was computing, and nothing else."""

from __future__ import annotations

import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from queue import SimpleQueue
from threading import Lock
from typing import Any, TypeVar, cast

from edgestab.errors import InputError

Item = TypeVar("Item")
Found = TypeVar("Found")
Tell = Callable[[Any], None]

# Starting a process asks all others how they ended, and of two threads that ask for the same one at once the second
# is told status 255: one thread at a time starts or asks.
_ASKING = Lock()


def cores() -> int:
    """Return on how many cores this process may run."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class WorkerDied(RuntimeError):
    """A worker process ended before what it was computing was done; the message says how."""


@dataclass
class _Worker:
    """A process that computes one thing after another, and the end of its pipe that is here."""

    process: Any
    pipe: Connection

    @classmethod
    def begin(cls, context: BaseContext) -> _Worker:
        here, there = context.Pipe()
        # Daemonic: it ends with this process, however that ends.
        process = cast(Any, context).Process(target=_serve, args=(there,), daemon=True)
        with _ASKING:
            process.start()
        there.close()
        return cls(process, here)

    def compute(self, do: Callable[..., Found], item: Any, tell: Tell | None) -> Found:
        try:
            self.pipe.send((do, item, tell is not None))
            while True:
                if self.pipe not in wait([self.pipe, self.process.sentinel]):
                    raise EOFError
                what, value = self.pipe.recv()
                if what == "told":
                    if tell is not None:
                        tell(value)
                elif what == "found":
                    return cast(Found, value)
                else:
                    raise value
        except (EOFError, ConnectionError, BrokenPipeError):
            raise WorkerDied(_how(self._code())) from None

    def end(self) -> None:
        self.process.terminate()
        self._code()
        self.pipe.close()

    def _code(self) -> int:
        with _ASKING:
            self.process.join()
            return cast(int, self.process.exitcode)


def _how(code: int) -> str:
    """How a process ended, from its exit code: minus the number of a signal, or what it returned."""
    if code >= 0:
        return f"its process ended with exit status {code}"
    with suppress(ValueError):
        name = signal.Signals(-code).name
        memory = "; the machine may have been out of memory" if name == "SIGKILL" else ""
        return f"its process was killed by {name}{memory}"
    return f"its process was killed by signal {-code}"


def _serve(pipe: Connection) -> None:
    """Compute what comes through the pipe until it is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt reaches the whole group; the parent ends us
    while True:
        try:
            do, item, listens = pipe.recv()
        except EOFError:
            return
        try:
            found = do(item, lambda message: pipe.send(("told", message))) if listens else do(item)
            pipe.send(("found", found))
        except Exception as error:
            # The traceback does not travel with the error, so it goes along as a note.
            error.add_note("".join(traceback.format_exception(error)))
            pipe.send(("failed", error))


@dataclass(frozen=True)
class Processes:
    """Worker processes of this machine: each begins with the first thing it computes.

    Parameters
    ----------
    pool : ThreadPoolExecutor
        A thread here for each of them, which waits for it.
    idle : SimpleQueue
        Those that compute nothing now, with None for each that has yet to begin.
    begin : callable
        Starts one.
    capacity : int
        How many there are.
    tell : callable, optional
        Called, in any thread, with what a computation says on its way.
    """

    pool: ThreadPoolExecutor
    idle: SimpleQueue[_Worker | None]
    begin: Callable[[], _Worker]
    capacity: int
    tell: Tell | None = None

    def submit(self, do: Callable[..., Found], item: Item) -> Future[Found]:
        """Begin ``do(item)``, or ``do(item, tell)`` when someone listens; `do` is importable, or a partial of such."""
        return self.pool.submit(self._compute, do, item)

    def is_transient(self, error: BaseException) -> bool:
        """Whether the worker was lost."""
        return isinstance(error, WorkerDied)

    def _compute(self, do: Callable[..., Found], item: Item) -> Found:
        worker = self.idle.get()
        try:
            worker = worker or self.begin()
            return worker.compute(do, item, self.tell)
        except WorkerDied:
            worker = None
            raise
        finally:
            self.idle.put(worker)


@contextmanager
def processes(count: int, *, preload: Sequence[str] = (), tell: Tell | None = None) -> Iterator[Processes]:
    """Yield an executor of some processes.

    Parameters
    ----------
    count : int
        How many.
    preload : sequence of str
        Modules that all of them need: where the system can fork a clean server, they are imported once.
    tell : callable, optional
        See `Processes`.

    Raises
    ------
    InputError
        When `count` is below 1.
    """
    if count < 1:
        raise InputError(f"the number of processes must be at least 1, got {count}")
    # Never a fork of this process: its threads hold locks that no child could release.
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(list(preload))
    idle: SimpleQueue[_Worker | None] = SimpleQueue()
    begun: list[_Worker] = []

    def begin() -> _Worker:
        begun.append(_Worker.begin(context))
        return begun[-1]

    for _ in range(count):
        idle.put(None)
    pool = ThreadPoolExecutor(count)
    try:
        yield Processes(pool, idle, begin, count, tell)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in begun:
            worker.end()
        pool.shutdown()
