"""Sweeps in tiles: the same starts and the same outcomes however they are cut, and every start accounted for."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from edgestab.errors import InputError
from edgestab.numerics.orbits import designs
from edgestab.numerics.orbits.follow import Rules
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.orbits.sweep import sweep
from edgestab.numerics.tiling.running import run, run_stored
from edgestab.numerics.tiling.tiles import compute_tile
from edgestab.verify.claim_files.door import specification_of
from edgestab.verify.claim_files.entries import Entries
from edgestab.verify.claim_files.specification import Specification
from edgestab.verify.claim_files.sweeping import LARGEST, SweepJob, outcomes_of, require_followed, summary, sweep_job
from edgestab.verify.orbits.starts import draw
from tests.jobs_under_test import files
from tests.models_under_test import cached, eta

BOX = {"offset": [0.02, 0.3], "b": [-0.3, 0.3]}


def spec_of(**changes: object) -> Specification:
    entries: dict[str, object] = {"region": BOX, "model": "quartic", "eta": "1/5", "points": 300, **changes}
    return specification_of(Entries(**entries))  # type: ignore[arg-type]


def job_of(tile: int = 1 << 15, **changes: object) -> SweepJob:
    return replace(sweep_job(spec_of(**changes)), tile=tile, rules=Rules(most=20_000))


DESIGNS = {
    "sobol": {},
    "sobol with eta": {"eta": None, "eta_range": [0.1, 0.3]},
    "grid": {"grid": {"offset": 13, "b": 11}},
    "grid with eta": {"eta": None, "eta_range": [0.1, 0.3], "grid": {"eta": 3, "offset": 7, "b": 5}},
    "two step sizes": {"eta": ["1/5", "1/4"]},
    "excluded": {"where": ["offset < 0.2", "b != 0"]},
    "own coordinates": {"region": {"x": [1.5, 3.4], "y": [0.1, 0.5]}},
}


@pytest.mark.parametrize("name", DESIGNS)
def test_tiles_put_together_are_one_big_tile(name: str) -> None:
    whole, cut = job_of(**DESIGNS[name]), job_of(tile=41, **DESIGNS[name])
    assert whole.layout.count == 1
    assert cut.layout.count > 2
    found = run(whole)
    again = run(cut)
    xr.testing.assert_equal(found, again)
    assert found.sizes["orbit"] == whole.points
    for tile in (0, cut.layout.count - 1):
        part = cut.layout.part(tile)["orbit"]
        for variable, values in compute_tile(cut, tile).items():
            np.testing.assert_array_equal(values, found[variable][part])


def test_a_sobol_sweep_follows_the_starts_of_the_design() -> None:
    job = job_of()
    found = run(job)
    sample = draw(job.statement, designs.stratified(300, 2, seed=0))
    assert sample.count == 300
    wanted = sweep(cached("quartic"), sample.start, {eta: sample.eta}, rules=job.rules)
    for name in wanted:
        np.testing.assert_array_equal(found[name], wanted[name])
    for name, values in sample.variables.items():
        np.testing.assert_array_equal(found[f"start_{name}"], values)


def test_a_grid_has_its_cells_in_order_the_last_variable_fastest() -> None:
    found = run(job_of(**DESIGNS["grid"]))
    offset, b = np.meshgrid(
        0.02 + (np.arange(13) + 0.5) / 13 * 0.28, -0.3 + (np.arange(11) + 0.5) / 11 * 0.6, indexing="ij"
    )
    np.testing.assert_allclose(found["start_offset"], offset.ravel(), rtol=1e-14)
    np.testing.assert_allclose(found["start_b"], b.ravel(), rtol=1e-13, atol=1e-15)


def test_excluded_starts_are_said_to_be_excluded_and_no_others() -> None:
    everything, some = run(job_of()), run(job_of(**DESIGNS["excluded"]))
    outside = (everything["start_offset"] >= 0.2).values
    assert 0.1 < outside.mean() < 0.9
    np.testing.assert_array_equal(some["status"] == Status.EXCLUDED, outside)
    for name in everything:
        kept = some[name].values
        np.testing.assert_array_equal(kept[~outside], everything[name].values[~outside])
        if kept.dtype.kind == "f":
            assert np.isnan(kept[outside]).all()
    assert (some["limit"].values[outside] == -1).all()
    assert (some["steps"].values[outside] == 0).all()
    assert summary(some)["EXCLUDED"] == outside.sum()
    assert sum(summary(some).values()) == 300


@pytest.mark.parametrize("tile", [41, 300])
def test_a_region_without_a_start_is_refused(tile: int) -> None:
    job = job_of(tile=tile, where=["b > 1"])
    found = run(job)
    assert summary(found) == {"EXCLUDED": 300}
    with pytest.raises(InputError, match="no start satisfies the region and its conditions: widen them"):
        require_followed(found)
    with pytest.raises(InputError, match="no start satisfies"):
        outcomes_of(spec_of(where=["b > 1"]))


@given(st.integers(1, 700), st.integers(1, 5), st.integers(0, 3), st.data())
def test_a_design_part_by_part_is_the_design(count: int, dimension: int, seed: int, data: st.DataObject) -> None:
    whole = designs.stratified(count, dimension, seed)
    cuts = sorted({0, count, *data.draw(st.lists(st.integers(0, count), max_size=5))})
    parts = [designs.stratified(count, dimension, seed, slice(a, b)) for a, b in itertools.pairwise(cuts)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    assert whole.shape == (count, dimension)


def test_a_stored_sweep_is_the_one_in_memory(tmp_path: Path) -> None:
    job = job_of(tile=64, **DESIGNS["excluded"])
    xr.testing.assert_identical(run_stored(job, tmp_path / "sweep.zarr").load(), run(job))
    run_stored(job, tmp_path / "again.zarr")
    assert files(tmp_path / "sweep.zarr") == files(tmp_path / "again.zarr")


def test_the_identity_tells_sweeps_apart() -> None:
    jobs = [job_of(**d) for d in DESIGNS.values()]
    jobs += [
        job_of(points=301),
        replace(job_of(), rules=Rules()),
        job_of(region={"offset": [0.02, 0.3], "b": [-0.3, 0.31]}),
    ]
    texts = [repr(j.identity) for j in jobs]
    assert len(set(texts)) == len(texts)
    assert repr(job_of(tile=7).identity) == repr(job_of().identity)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"points": 0}, "points must be between 1 and"),
        ({"points": LARGEST + 1}, "points must be between 1 and"),
        ({"points": (1 << 30) + 1}, "give a grid"),
        ({"grid": {"offset": 3}}, "grid must give a size for each of offset, b, got offset"),
        ({"grid": {"offset": 3, "b": 0}}, "a grid has between 1 and"),
        ({"grid": {"offset": 1 << 30, "b": 1 << 30}}, "a grid has between 1 and"),
    ],
)
def test_designs_that_cannot_be_are_refused(changes: dict[str, object], words: str) -> None:
    spec = spec_of(**changes)
    with pytest.raises(InputError, match=words):
        sweep_job(spec)
