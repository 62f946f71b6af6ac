"""Who computes: threads of this process, and a Dask cluster of real processes, some of which die."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import xarray as xr

from edgestab.numerics.storage.zarr_folder import StoreError
from edgestab.numerics.tiling import executors, pool
from edgestab.numerics.tiling.executors import ATTEMPTS, OtherCode, cluster, do_there, threads
from edgestab.numerics.tiling.running import run, run_stored
from edgestab.numerics.tiling.store import compute_into
from edgestab.numerics.tiling.tiles import code_digest, compute_tile
from tests.jobs_under_test import Toy, basin, files

distributed = pytest.importorskip("distributed")


def test_the_number_of_threads_must_be_positive() -> None:
    with pytest.raises(ValueError, match="number of threads must be at least 1, got 0"), threads(0):
        pass


def test_threads_end_with_the_block() -> None:
    before = threading.active_count()
    with threads(3) as executor:
        assert executor.submit(partial(compute_tile, Toy()), 0).result().keys() == Toy().layout.variables.keys()
        assert executor.capacity == 4
    assert threading.active_count() == before


@dataclass(frozen=True)
class Flaky:
    """An executor each of whose tiles is lost some times before it is computed."""

    losses: int
    error: type[BaseException] = ConnectionError
    capacity: int = 2
    tried: list[int] = field(default_factory=list)

    def submit(self, do: Callable[[int], Any], item: int) -> Future[Any]:
        future: Future[Any] = Future()
        self.tried.append(item)
        if self.tried.count(item) <= self.losses:
            future.set_exception(self.error("the worker is gone"))
        else:
            future.set_result(do(item))
        return future

    def is_transient(self, error: BaseException) -> bool:
        return isinstance(error, ConnectionError | CancelledError)


@pytest.mark.parametrize("error", [ConnectionError, CancelledError])
def test_a_lost_tile_is_tried_again_and_no_other(error: type[BaseException]) -> None:
    flaky = Flaky(ATTEMPTS - 1, error)
    xr.testing.assert_identical(run(Toy(), executor=flaky), run(Toy()))
    assert sorted(flaky.tried) == sorted(list(range(8)) * ATTEMPTS)


def test_a_tile_that_is_always_lost_ends_the_run() -> None:
    flaky = Flaky(ATTEMPTS)
    with pytest.raises(ConnectionError, match="the worker is gone"):
        run(Toy(), executor=flaky)
    assert max(flaky.tried.count(t) for t in range(8)) == ATTEMPTS


def test_an_error_of_the_job_is_not_tried_again() -> None:
    flaky = Flaky(1, ZeroDivisionError)
    with pytest.raises(ZeroDivisionError):
        run(Toy(), executor=flaky)
    assert flaky.tried == [0, 1]


def test_a_worker_with_other_code_refuses() -> None:
    with pytest.raises(OtherCode, match="install the same one on all workers"):
        do_there(partial(compute_tile, Toy()), 0, "0" * 64)
    assert do_there(partial(compute_tile, Toy()), 0, code_digest()).keys() == Toy().layout.variables.keys()


def test_no_scheduler_and_no_worker_are_said_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "PATIENCE", 0.5)
    with (
        pytest.raises(ValueError, match=r"no Dask scheduler answers at tcp://127.0.0.1:1: start one"),
        cluster("tcp://127.0.0.1:1"),
    ):
        pass


@pytest.fixture(scope="module")
def workers() -> Iterator[distributed.LocalCluster]:
    """Two real worker processes of one thread each."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as found:
        yield found


def pids(workers: distributed.LocalCluster) -> list[int]:
    with distributed.Client(workers, set_as_default=False) as client:
        return list(client.run(os.getpid).values())


def test_a_cluster_gives_the_same_bits_as_threads(workers: distributed.LocalCluster, tmp_path: Path) -> None:
    with cluster(workers.scheduler_address) as executor:
        assert executor.capacity == 4
        for job in (Toy(), basin(24, 8)):
            xr.testing.assert_identical(run(job, executor=executor), run(job))
        run_stored(basin(24, 8), tmp_path / "cluster.zarr", executor=executor)
        run_stored(basin(24, 8), tmp_path / "shared.zarr", executor=executor, shared=True)
    run_stored(basin(24, 8), tmp_path / "threads.zarr")
    assert files(tmp_path / "cluster.zarr") == files(tmp_path / "threads.zarr")
    assert files(tmp_path / "shared.zarr") == files(tmp_path / "threads.zarr")


def test_a_worker_that_does_not_see_the_store_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="does not see the store"):
        compute_into(Toy(), 0, str(tmp_path / "elsewhere.zarr"))
    run_stored(Toy(), tmp_path / "s.zarr")
    with pytest.raises(StoreError, match="does not see the store"):
        compute_into(replace(Toy(), sizes=(("row", 41), ("column", 6))), 0, str(tmp_path / "s.zarr"))


def test_a_worker_killed_in_mid_run_costs_nothing(workers: distributed.LocalCluster, tmp_path: Path) -> None:
    job = replace(Toy(pause=0.1), log=str(tmp_path / "log"), sizes=(("row", 40), ("column", 6)))
    victims = pids(workers)

    def kill() -> None:
        while len(job.computed()) < 6:
            time.sleep(0.01)
        os.kill(victims[0], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    with cluster(workers.scheduler_address) as executor:
        run_stored(job, tmp_path / "cluster.zarr", executor=executor)
    killer.join()
    run_stored(replace(job, pause=0, log=""), tmp_path / "threads.zarr")
    assert files(tmp_path / "cluster.zarr") == files(tmp_path / "threads.zarr")
    assert len(job.computed()) > job.layout.count  # what the dead worker had begun was begun again


def test_a_tile_that_kills_every_worker_ends_in_an_error(
    workers: distributed.LocalCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "ATTEMPTS", 2)
    workers.scheduler.allowed_failures = 0
    path = tmp_path / "cluster.zarr"
    with cluster(workers.scheduler_address) as executor, pytest.raises(distributed.KilledWorker):
        run_stored(Toy(dies=6), path, executor=executor)
    run_stored(Toy(), path, resume=True)
    run_stored(Toy(), tmp_path / "threads.zarr")
    assert files(path) == files(tmp_path / "threads.zarr")
