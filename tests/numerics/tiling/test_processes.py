"""Processes as an executor: values come back, errors too, and a process that dies costs only its own item."""

from __future__ import annotations

import multiprocessing
import multiprocessing.forkserver
import os
import signal
import time
from collections.abc import Callable

import pytest

from edgestab.errors import InputError
from edgestab.numerics.tiling.pool import compute_each
from edgestab.numerics.tiling.processes import WorkerDied, processes


def square(x: int) -> int:
    return x * x


def process_of(x: int) -> int:
    time.sleep(0.2)  # long enough for the other process to take the next
    return os.getpid() + 0 * x


def dies(x: int) -> int:
    if x == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    if x == 4:
        os._exit(7)
    return x


def dies_in_turn(x: int) -> int:
    time.sleep(0.1 * (x - 3))
    return dies(x)


def refuses(x: int) -> int:
    raise InputError(f"not {x}")


def unsendable(_: int) -> Callable[[], int]:
    return lambda: 1


def telling(x: int, tell: Callable[[object], None]) -> int:
    tell(("half", x))
    return x


def test_values_come_back_from_other_processes() -> None:
    seen: dict[int, int] = {}
    with processes(2) as workers:
        compute_each(square, range(10), seen.__setitem__, workers)
        assert seen == {x: x * x for x in range(10)}
        compute_each(process_of, range(4), seen.__setitem__, workers)
    used = {seen[x] for x in range(4)}
    assert len(used) == 2
    assert os.getpid() not in used


def test_an_error_comes_back_as_it_is_with_the_place_where_it_was_raised() -> None:
    with processes(1) as workers, pytest.raises(InputError, match="not 5") as caught:
        workers.submit(refuses, 5).result()
    assert "in refuses" in caught.value.__notes__[0]


def test_a_process_that_dies_costs_its_item_and_says_how() -> None:
    seen: dict[int, object] = {}
    with processes(2) as workers:
        compute_each(dies, range(8), seen.__setitem__, workers, attempts=1, lost=lambda _, error: str(error))
    assert {x: seen[x] for x in (0, 1, 2, 5, 6, 7)} == {x: x for x in (0, 1, 2, 5, 6, 7)}
    assert str(seen[3]).startswith("its process was killed by SIGKILL")
    assert seen[4] == "its process ended with exit status 7"


@pytest.mark.skipif("forkserver" not in multiprocessing.get_all_start_methods(), reason="the race is the fork server's")
def test_how_a_process_ended_is_asked_by_one_thread_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    read = multiprocessing.forkserver.read_signed
    asked: list[int] = []
    twice: list[int] = []

    def slowly(end: int) -> int:
        if end in asked:
            twice.append(end)
        asked.append(end)
        time.sleep(0.2)
        asked.remove(end)
        return int(read(end))

    monkeypatch.setattr("multiprocessing.forkserver.read_signed", slowly)
    seen: dict[int, object] = {}
    with processes(2) as workers:
        compute_each(dies_in_turn, [3, 4], seen.__setitem__, workers, attempts=1, lost=lambda _, error: str(error))
    assert seen[4] == "its process ended with exit status 7"
    assert not twice


def test_a_lost_item_is_tried_as_often_as_asked_and_then_raised() -> None:
    with processes(1) as workers, pytest.raises(WorkerDied, match="SIGKILL"):
        compute_each(dies, [3], lambda *_: None, workers, attempts=2)


def test_what_cannot_be_sent_is_an_error_and_no_death() -> None:
    with processes(1) as workers:
        error = workers.submit(unsendable, 1).exception()
        assert not isinstance(error, WorkerDied)
        assert error is not None
        assert workers.submit(square, 3).result() == 9


def test_what_is_told_on_the_way_arrives() -> None:
    heard: list[object] = []
    with processes(1, tell=heard.append) as workers:
        assert workers.submit(telling, 4).result() == 4
    assert heard == [("half", 4)]


def test_leaving_ends_the_processes() -> None:
    with processes(1) as workers:
        pid = workers.submit(process_of, 0).result()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_no_process_is_refused() -> None:
    with pytest.raises(InputError, match="at least 1, got 0"), processes(0):
        pass
