"""Sweeps with and without a store, on threads and on a Dask cluster: what a tile costs, and whom."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.found import Found, Tick, figures
from benchmarks.maps.effort import Effort
from benchmarks.maps.memory import peak
from edgestab.numerics.tiling import store as stores
from edgestab.numerics.tiling.executors import Executor, cluster, threads
from edgestab.numerics.tiling.running import run, run_stored
from edgestab.numerics.tiling.tiles import compute_tile
from edgestab.verify.claim_files.door import specification_of
from edgestab.verify.claim_files.entries import Entries
from edgestab.verify.claim_files.sweeping import TILE, SweepJob, sweep_job

LARGE_TILE = 1 << 18
"""Orbits in a tile, for comparison."""

SHORT = Entries({"x": ["0.5", "4"], "y": ["0.05", "2"]}, model="quartic", eta="1/5", name="short orbits")
LONG = Entries({"x": ["5", "8"], "y": ["0.1", "0.15"]}, model="quartic", eta="1/50", name="long orbits")


@dataclass(frozen=True)
class Sweep:
    """A sweep in one way.

    Parameters
    ----------
    name : str
        Which, and how.
    orbits, tiles : int
        How many of each.
    steps : float
        The mean number of steps of an orbit.
    wall, cpu : float
        Seconds of this process.
    """

    name: str
    orbits: int
    tiles: int
    steps: float
    wall: float
    cpu: float


@dataclass(frozen=True)
class Put:
    """What the process that keeps the results does for one tile.

    Parameters
    ----------
    name : str
        Of the sweep.
    tile : int
        Orbits in it.
    raw, disk, files : float
        Bytes computed, bytes on disk, and files.
    write, look, verify : float
        Seconds of CPU time to write a tile, to see whether it is done, and to compare it with its checksum.
    write_wall : float
        Seconds by the wall clock to write it.
    """

    name: str
    tile: int
    raw: float
    disk: float
    files: float
    write: float
    write_wall: float
    look: float
    verify: float


@dataclass(frozen=True)
class Share:
    """What the processes of a sweep on a Dask cluster spend on one tile, their start not counted.

    Parameters
    ----------
    tile, tiles : int
        Orbits in a tile, and how many tiles were computed.
    shared : bool
        Whether the worker wrote them itself.
    coordinator, scheduler, worker : float
        CPU seconds a tile.
    sent : float
        Bytes sent over the loopback interface, by anyone, for each byte that was computed.
    peaks : dict
        The largest resident set of each process, in bytes.
    """

    tile: int
    tiles: int
    shared: bool
    coordinator: float
    scheduler: float
    worker: float
    sent: float
    peaks: dict[str, int]


def measure(effort: Effort, tick: Tick) -> list[Found]:
    """Measure sweeps of short and of long orbits."""
    tiles = 8 if effort.rounds > 3 else 2
    sweeps = [s for spec in (SHORT, LONG) for s in _both(spec, tiles, tick)]
    puts = [_put(_job(spec, 4, size), tick) for spec, size in ((SHORT, TILE), (SHORT, LARGE_TILE), (LONG, TILE))]
    shares, left_out = _on_a_cluster([_job(SHORT, 4 * tiles), _job(SHORT, tiles, LARGE_TILE)], tick)
    return [_sweeps(sweeps, puts, shares), _puts(puts), _cluster(shares, left_out)]


def _sweeps(sweeps: list[Sweep], puts: list[Put], shares: list[Share]) -> Found:
    each = costs(sweeps)
    rows = [
        [s.name, str(s.orbits)]
        + [figures(v) for v in (s.steps, s.orbits / s.cpu, 1e3 * s.cpu / s.tiles, 1e3 * s.wall / s.tiles)]
        for s in sweeps
    ]
    return Found(
        "store",
        f"Sweeps of the quartic, tiles of {TILE} orbits, one thread",
        ("sweep", "orbits", "steps an orbit", "orbits/s of CPU", "CPU ms a tile", "wall ms a tile"),
        rows,
        [f"an orbit takes {each.start * 1e9:.0f} ns and {each.step * 1e9:.2f} ns a step"],
        {
            "sweeps": [asdict(s) for s in sweeps],
            "puts": [asdict(p) for p in puts],
            "shares": [asdict(s) for s in shares],
            "orbit": asdict(each),
            "job_bytes": _sent(_job(SHORT, 1)),
        },
    )


def _puts(puts: list[Put]) -> Found:
    return Found(
        "store-tiles",
        "What keeping a tile takes",
        ("tile", "bytes an orbit", "on disk", "files", "write ms CPU", "wall", "look ms", "verify ms"),
        [
            [f"{p.tile} {p.name}", figures(p.raw / p.tile), figures(p.disk / p.tile), figures(p.files)]
            + [figures(1e3 * v) for v in (p.write, p.write_wall, p.look, p.verify)]
            for p in puts
        ],
    )


def _cluster(shares: list[Share], left_out: list[str]) -> Found:
    return Found(
        "store-dask",
        "The sweep of short orbits into a store, on a Dask cluster of one worker thread",
        (
            "orbits a tile",
            "written by",
            "coordinator ms a tile",
            "scheduler ms",
            "worker ms",
            "bytes sent a byte",
            "peak MiB: each",
        ),
        [
            [
                str(s.tile),
                "worker" if s.shared else "coordinator",
                *(figures(1e3 * v) for v in (s.coordinator, s.scheduler, s.worker)),
                figures(s.sent),
                ", ".join(f"{peak / 2**20:.0f}" for peak in s.peaks.values()),
            ]
            for s in shares
        ],
        left_out,
    )


def _sent(job: SweepJob) -> int | None:
    """Bytes of a job as Dask sends it to a worker; None without Dask."""
    try:
        from distributed.protocol import serialize_bytes
    except ImportError:
        return None
    return len(serialize_bytes(job))


@dataclass(frozen=True)
class OrbitCost:
    """CPU seconds of an orbit: once, and for each step."""

    start: float
    step: float


def costs(sweeps: list[Sweep]) -> OrbitCost:
    """Return what an orbit costs, from a sweep of short and one of long orbits, both in memory."""
    short, long = (next(s for s in sweeps if s.name == f"{spec.name}, in memory") for spec in (SHORT, LONG))
    per_step = (long.cpu / long.orbits - short.cpu / short.orbits) / (long.steps - short.steps)
    return OrbitCost(max(short.cpu / short.orbits - per_step * short.steps, 0.0), per_step)


def _job(spec: Entries, tiles: int, tile: int = TILE) -> SweepJob:
    from msgspec.structs import replace as changed

    side = int(np.sqrt(tiles * tile))
    spec = changed(spec, grid={"x": tiles * tile // side, "y": side})
    return replace(sweep_job(specification_of(spec)), tile=tile)


def _both(spec: Entries, tiles: int, tick: Tick) -> Iterator[Sweep]:
    job = _job(spec, tiles)
    with threads(1) as one, tempfile.TemporaryDirectory() as folder:
        tick(f"{spec.name}: in memory")
        compute_tile(job, 0)  # kernels are compiled and loaded
        for words, work in (
            ("in memory", lambda: run(job, executor=one)),
            ("into a store", lambda: run_stored(job, Path(folder, "sweep.zarr"), executor=one)),
        ):
            tick(f"{spec.name}: {words}")
            wall, cpu, found = _timed(work)
            yield Sweep(f"{spec.name}, {words}", job.points, job.layout.count, float(found["steps"].mean()), wall, cpu)


def _timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    wall, cpu = time.perf_counter(), time.process_time()
    found = work()
    return time.perf_counter() - wall, time.process_time() - cpu, found


def _put(job: SweepJob, tick: Tick) -> Put:
    """Write all tiles of a job, look for them, and verify them."""
    tick(f"tiles of {job.tile} orbits")
    count = job.layout.count
    values = [compute_tile(job, number) for number in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "tiles.zarr")
        with stores.create(path, job) as store:
            frame = {f for f in path.rglob("*") if f.is_file()}

            def write_all() -> None:
                for number, found in enumerate(values):
                    store.put(number, found)

            write_wall, write, _ = _timed(write_all)
            _, look, _ = _timed(store.missing)
            _, verify, _ = _timed(store.damaged)
        files = [f for f in path.rglob("*") if f.is_file() and f not in frame]
        disk = sum(f.stat().st_size for f in files)
    raw = sum(a.nbytes for v in values for a in v.values())
    each = [v / count for v in (raw, disk, len(files), write, write_wall, look, verify)]
    return Put(job.name, job.tile, *each)


def _on_a_cluster(jobs: list[SweepJob], tick: Tick) -> tuple[list[Share], list[str]]:
    """Run sweeps on a cluster of this machine and see who spends what; the smallest tiles first, for the peaks."""
    try:
        import psutil
    except ImportError:
        return [], ["the cluster was not measured: pip install 'edgestab[cluster]'"]
    shares = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        scheduler = stack.enter_context(_dask(folder, "scheduler", "--port", "0", "--host", "127.0.0.1"))
        worker = stack.enter_context(_dask(folder, "worker", "--nthreads", "1", "--no-nanny", "--host", "127.0.0.1"))
        executor: Executor = stack.enter_context(cluster(_address(folder)))
        run(_job(SHORT, 1), executor=executor)  # imports and kernels
        processes = [psutil.Process(p.pid) for p in (scheduler, worker)]
        for number, (job, shared) in enumerate((job, shared) for job in jobs for shared in (False, True)):
            tick(f"a Dask cluster of one worker, tiles of {job.tile} orbits")
            before, sent = [sum(p.cpu_times()[:2]) for p in processes], _loopback()
            _, cpu, found = _timed(
                partial(run_stored, job, folder / f"{number}.zarr", shared=shared, executor=executor)
            )
            spent = [sum(p.cpu_times()[:2]) - b for p, b in zip(processes, before, strict=True)]
            count = job.layout.count
            coordinated, scheduled, computed = (s / count for s in (cpu, *spent))
            sent = (_loopback() - sent) / found.nbytes
            peaks = {
                n: peak(p)
                for n, p in (("coordinator", os.getpid()), ("scheduler", scheduler.pid), ("worker", worker.pid))
            }
            shares.append(Share(job.tile, count, shared, coordinated, scheduled, computed, sent, peaks))
    return shares, []


@contextmanager
def _dask(folder: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "dask", *words, "--no-dashboard", "--scheduler-file", str(folder / "address.json")]
    # The scheduler unpacks tasks too, so it needs the package as the workers do.
    where = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    process = subprocess.Popen(command, cwd=folder, env=where, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _address(folder: Path) -> str:
    limit = time.monotonic() + 30
    while time.monotonic() < limit:
        try:
            return str(json.loads((folder / "address.json").read_text())["address"])
        except (OSError, ValueError):
            time.sleep(0.1)
    raise TimeoutError("the Dask scheduler did not start within 30 seconds")


def _loopback() -> float:
    import psutil

    found = psutil.net_io_counters(pernic=True).get("lo")
    return float("nan") if found is None else float(found.bytes_sent)
