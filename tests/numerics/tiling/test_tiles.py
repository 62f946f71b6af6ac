"""Layouts and jobs: parts tile the whole exactly once, and a result never depends on who computed it, or when."""

from __future__ import annotations

import json
import math
import pickle
import random
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from edgestab.numerics.maps.pictures.refine import Refinement
from edgestab.numerics.tiling import tiles
from edgestab.numerics.tiling.executors import threads
from edgestab.numerics.tiling.running import run, work
from edgestab.numerics.tiling.tiles import (
    FINGERPRINT,
    TILE_DIMENSION,
    Job,
    Layout,
    Tile,
    Variable,
    compute_tile,
    digest,
    fingerprint,
)
from tests.jobs_under_test import Toy, basin

SIZES = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 11)), min_size=1, max_size=3)


def toy(sizes: list[tuple[int, int]]) -> Toy:
    """A job of these sizes and tiles along its dimensions."""
    names = ("row", "column", "layer")
    return Toy(
        tuple((d, n) for d, (n, _) in zip(names, sizes, strict=False)),
        tuple((d, t) for d, (_, t) in zip(names, sizes, strict=False)),
    )


@given(SIZES)
def test_the_parts_tile_the_whole_exactly_once(sizes: list[tuple[int, int]]) -> None:
    layout = toy(sizes).layout
    for about in layout.variables.values():
        seen = np.zeros(layout.shape(about), int)
        for tile in range(layout.count):
            seen[layout.region(tile, about)] += 1
        assert (seen == 1).all()
    assert layout.count == math.prod(math.ceil(n / t) for n, t in sizes)


@given(SIZES, st.data())
def test_a_tile_is_no_larger_than_its_chunk_and_begins_at_one(
    sizes: list[tuple[int, int]], data: st.DataObject
) -> None:
    layout = toy(sizes).layout
    tile = data.draw(st.integers(0, layout.count - 1))
    for about in layout.variables.values():
        for part, chunk in zip(layout.region(tile, about), layout.chunk(about), strict=True):
            assert part.start % chunk == 0
            assert 1 <= part.stop - part.start <= chunk


def test_only_tiles_that_are_there_have_a_part() -> None:
    layout = Toy().layout
    for tile in (-1, layout.count):
        with pytest.raises(IndexError, match=f"tile {tile} of 8"):
            layout.part(tile)


@pytest.mark.parametrize(
    ("sizes", "tile", "words"),
    [
        ({"row": 0}, {}, "row must have at least 1 entry, got 0"),
        ({"row": 3}, {"row": 0}, "at least 1 long along row, got 0"),
    ],
)
def test_layouts_that_cannot_be_are_refused(sizes: dict[str, int], tile: dict[str, int], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Layout(sizes, tile, {}, {}, {})


def test_a_variable_that_two_tiles_would_write_is_refused() -> None:
    line = Variable(("row",), "float64", "a line")
    with pytest.raises(ValueError, match="line does not extend along column, which is cut"):
        Layout({"row": 4, "column": 4}, {"row": 2, "column": 2}, {"line": line}, {}, {})
    Layout({"row": 4, "column": 4}, {"row": 2, "column": 4}, {"line": line}, {}, {})
    with pytest.raises(ValueError, match="depth is cut, and has no length"):
        Layout({"row": 4}, {"depth": 2}, {}, {}, {})


def test_tiles_of_other_names_or_shapes_are_refused() -> None:
    layout, values = Toy().layout, compute_tile(Toy(), 0)
    with pytest.raises(ValueError, match="a tile has the variables"):
        layout.checked(0, {"height": values["height"]})
    with pytest.raises(ValueError, match=r"height of tile 0 has shape \(2, 4\), got \(4, 2\)"):
        layout.checked(0, {**values, "height": values["height"].T})


@given(SIZES, st.integers(1, 3), st.randoms(use_true_random=False))
def test_every_way_of_computing_a_job_gives_the_same_bits(
    sizes: list[tuple[int, int]], count: int, order: random.Random
) -> None:
    job = toy(sizes)
    wanted = run(job, executor=Shuffled(random.Random(0), job.layout.count))
    xr.testing.assert_identical(run(job, executor=Shuffled(order, job.layout.count)), wanted)
    with threads(count) as executor:
        xr.testing.assert_identical(run(job, executor=executor), wanted)


@dataclass(frozen=True)
class Shuffled:
    """An executor whose tiles end in any order: many are begun, and each wait sees a random one finished."""

    order: random.Random
    count: int
    capacity: int = 5
    begun: list[tuple[Future[Any], Callable[[int], Any], int]] = field(default_factory=list)

    def submit(self, do: Callable[[int], Any], item: int) -> Future[Any]:
        future: Future[Any] = Future()
        self.begun.append((future, do, item))
        if len(self.begun) == self.capacity or item == self.count - 1:
            self.order.shuffle(self.begun)
            while self.begun:
                chosen, its_work, number = self.begun.pop()
                chosen.set_result(its_work(number))
        return future

    def is_transient(self, error: BaseException) -> bool:
        del error
        return False


@pytest.mark.parametrize("job", [basin(24, 7), basin(24, 7, Refinement(4, 2, 3))], ids=["full", "refined"])
def test_a_basin_is_the_same_by_any_number_of_threads_and_in_any_order(job: Job) -> None:
    wanted = run(job, executor=Shuffled(random.Random(1), job.layout.count))
    for count in (1, 3):
        with threads(count) as executor:
            xr.testing.assert_identical(run(job, executor=executor), wanted)


def test_a_tile_of_a_full_basin_is_a_part_of_the_picture_in_one_tile() -> None:
    whole, cut = run(basin(24, 24)), run(basin(24, 7))
    for name in ("status", "limit", "period", "steps", "sharpness"):
        np.testing.assert_array_equal(whole[name], cut[name])


def test_tiles_know_nothing_of_their_neighbours() -> None:
    job = basin(24, 8, Refinement(4, 2, 3))
    alone = compute_tile(pickle.loads(pickle.dumps(job)), 4)
    for tile in (3, 5, 1, 7):
        compute_tile(job, tile)
    assert digest(compute_tile(job, 4)) == digest(alone)


def test_a_job_sent_to_another_process_keeps_its_fingerprint() -> None:
    for job in (Toy(), basin(24, 8, Refinement(4, 2, 3))):
        assert fingerprint(pickle.loads(pickle.dumps(job))) == fingerprint(job)


def test_the_fingerprint_tells_jobs_apart_and_depends_on_nothing_else() -> None:
    job = basin(24, 8)
    others = [
        basin(25, 8),
        basin(24, 9),
        basin(24, 8, Refinement()),
        basin(24, 8, Refinement(audit=3)),
        basin(24, 8, window=("3", "3.4", "0.1", "0.6")),
        replace(job, rules=replace(job.rules, radius=1e6)),
        replace(job, where=replace(job.where, fixed=((job.where.fixed[0][0], job.where.fixed[0][1] / 2),))),
    ]
    texts = {json.dumps(fingerprint(j), sort_keys=True) for j in (job, *others)}
    assert len(texts) == len(others) + 1
    assert fingerprint(Toy(pause=1, log="elsewhere")) == fingerprint(Toy())
    assert json.loads(run(Toy()).attrs[FINGERPRINT]) == fingerprint(Toy())


@given(st.integers(0, 7), st.integers(0, 7), st.floats(allow_nan=True), st.sampled_from(["height", "kind", "area"]))
def test_the_digest_sees_every_change(tile: int, place: int, value: float, name: str) -> None:
    values = compute_tile(Toy(sizes=(("row", 8), ("column", 8))), tile)
    changed = {n: v.copy() for n, v in values.items()}
    flat = changed[name].view(f"u{changed[name].itemsize}").reshape(-1)
    flat[place % flat.size] ^= np.array(1 << place % (8 * flat.itemsize), flat.dtype)
    assert digest(changed) != digest(values)
    del value
    assert digest({**values, "kind": values["kind"].astype("int16")}) != digest(values)
    assert digest({**values, "height": values["height"].T}) != digest(values) or values["height"].shape[0] == 1


def test_progress_counts_to_the_end_and_what_was_kept_stays_when_keeping_fails() -> None:
    seen: list[tuple[int, int]] = []
    run(Toy(), progress=lambda done, total: seen.append((done, total)))
    assert seen == [(n, 8) for n in range(9)]
    kept: list[int] = []

    def keep(tile: int, values: Tile) -> None:
        del values
        if len(kept) == 3:
            raise OSError("no room")
        kept.append(tile)

    with pytest.raises(OSError, match="no room"):
        work(Toy(), range(8), keep)
    assert len(kept) == 3


def test_no_more_tiles_are_under_way_than_the_executor_asks_for() -> None:
    job, most, lock = Toy(sizes=(("row", 40),), tile=(("row", 1),)), [0], threading.Lock()
    begun, kept = set(), set()

    @dataclass(frozen=True)
    class Counting:
        capacity: int = 3

        def submit(self, do: Callable[[int], Any], item: int) -> Future[Any]:
            with lock:
                begun.add(item)
                most[0] = max(most[0], len(begun) - len(kept))
            future: Future[Any] = Future()
            future.set_result(do(item))
            return future

        def is_transient(self, error: BaseException) -> bool:
            del error
            return False

    work(job, range(40), lambda tile, _: kept.add(tile), executor=Counting())
    assert kept == set(range(40))
    assert most[0] == 3


def test_an_error_of_a_tile_is_raised_once_and_as_it_is() -> None:
    @dataclass(frozen=True)
    class Broken(Toy):
        def compute(self, part):  # type: ignore[no-untyped-def]
            raise ZeroDivisionError(f"tile {part[TILE_DIMENSION].start}")

    with pytest.raises(ZeroDivisionError, match=r"tile [0-7]"):
        run(Broken())


def test_the_code_is_our_sources_and_the_libraries_that_compute(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    digest_now = tiles.code_digest.__wrapped__
    assert digest_now() == digest_now() == tiles.code_digest()
    top = Path(tiles.__file__).parents[2]
    for package in ("theory", "numerics", "verify"):
        shutil.copytree(top / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(tiles, "__file__", str(tmp_path / "numerics" / "tiling" / "tiles.py"))
    assert digest_now() == tiles.code_digest()
    with (tmp_path / "verify" / "check.py").open("a") as file:
        file.write("# changed\n")
    changed = digest_now()
    monkeypatch.setattr(tiles, "version", lambda library: f"{library} 0")
    assert len({tiles.code_digest(), changed, digest_now()}) == 3
