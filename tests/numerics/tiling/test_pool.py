"""Plain functions on threads: values in order whoever was first, progress as they come, and an end when one fails."""

from __future__ import annotations

import threading
import time

import pytest

from edgestab.errors import InputError
from edgestab.numerics.tiling import executors
from edgestab.numerics.tiling.pool import compute_each, map_on_threads


def late_if_early(x: int) -> int:
    time.sleep(0.02 if x == 0 else 0)
    return x * x


@pytest.mark.parametrize("threads", [1, 2, 5, None])
def test_values_come_in_the_order_of_the_items(threads: int | None) -> None:
    seen: list[int] = []
    assert map_on_threads(late_if_early, range(7), threads=threads, done=seen.append) == [x * x for x in range(7)]
    assert sorted(seen) == [x * x for x in range(7)]
    assert map_on_threads(late_if_early, [], threads=threads) == []
    assert map_on_threads(late_if_early, [3], threads=threads) == [9]


def test_one_thread_is_this_one_and_several_are_others() -> None:
    here = threading.current_thread()
    assert map_on_threads(lambda _: threading.current_thread(), range(3), threads=1) == [here] * 3
    assert here not in map_on_threads(lambda _: threading.current_thread(), range(3), threads=2)


@pytest.mark.parametrize("threads", [1, 2])
def test_an_error_of_the_function_or_of_progress_ends_it(threads: int) -> None:
    begun: list[int] = []

    def breaks(x: int) -> int:
        begun.append(x)
        return 1 // (x - 2)

    with pytest.raises(ZeroDivisionError):
        map_on_threads(breaks, range(1000), threads=threads)
    assert len(begun) < 20
    begun.clear()

    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        map_on_threads(begun.append, range(1000), threads=threads, done=interrupted)
    assert len(begun) < 20


def test_the_number_of_threads_must_be_positive() -> None:
    with pytest.raises(InputError, match="number of threads must be at least 1, got 0"):
        map_on_threads(late_if_early, range(3), threads=0)


def test_the_next_item_is_of_the_kind_of_which_fewest_are_under_way() -> None:
    begun: list[str] = []
    first = threading.Barrier(2)

    def do(item: str) -> str:
        begun.append(item)
        if item in ("a1", "b1"):  # both kinds are under way at once, though three of a come first
            first.wait(10)
        return item

    kept: list[str] = []
    with executors.threads(2) as executor:
        compute_each(do, ["a1", "a2", "a3", "b1"], lambda item, _: kept.append(item), executor, kind=lambda x: x[0])
    assert set(begun[:2]) == {"a1", "b1"}
    assert begun[2:] == ["a2", "a3"]
    assert sorted(kept) == ["a1", "a2", "a3", "b1"]
