"""Stores: whose they are, what is wrong with them, how they are mended, and what other programs read in them."""

from __future__ import annotations

import json
import multiprocessing
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgestab.numerics.storage.zarr_folder import ROOT, StoreError
from edgestab.numerics.tiling import store as stores
from edgestab.numerics.tiling import tiles
from edgestab.numerics.tiling.frame import RECORDS, SUMS
from edgestab.numerics.tiling.running import run, run_stored
from edgestab.numerics.tiling.tiles import FINGERPRINT, TILE_DIMENSION, Layout
from tests.jobs_under_test import FLAGS, Toy, basin, files, store_in_child

CHILDREN = multiprocessing.get_context("forkserver")


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of the toy job that nothing happened to; tests copy it.

    Of the session, not of the module: a worker may leave the module's tests and come back to them.
    """
    path = tmp_path_factory.mktemp("whole") / "toy.zarr"
    run_stored(Toy(), path)
    return path


def damage_truncate(file: Path, at: float) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: int(at * len(content))])


def damage_flip(file: Path, at: float) -> None:
    content = bytearray(file.read_bytes())
    place = int(at * len(content) * 8)
    content[place // 8] ^= 1 << place % 8
    file.write_bytes(content)


def damage_delete(file: Path, at: float) -> None:
    del at
    file.unlink()


def damage_garbage(file: Path, at: float) -> None:
    file.write_bytes(np.random.default_rng(int(at * 1000)).bytes(len(file.read_bytes())))


DAMAGES = (damage_truncate, damage_flip, damage_delete, damage_garbage)


def tiles_of(layout: Layout, file: str) -> set[int]:
    """The tiles that a file of a store holds a part of; none for the frame."""
    name, _, place = file.partition("/c/")
    about = {**layout.variables, **RECORDS}.get(name)
    if not place or about is None:
        return set()
    if name in RECORDS:
        return {int(place.partition("/")[0])}
    chunks = layout.chunk(about)

    def key(tile: int) -> str:
        return "/".join(str(s.start // n) for s, n in zip(layout.region(tile, about), chunks, strict=True))

    return {t for t in range(layout.count) if key(t) == place}


def mended(path: Path, folder: Path) -> list[int]:
    """The tiles that a resumed run computes."""
    job = Toy(log=str(folder / "log"))
    (folder / "log").unlink(missing_ok=True)
    notices: list[str] = []
    found = run_stored(job, path, resume=True, notice=notices.append)
    xr.testing.assert_identical(found.load(), run(Toy()))
    assert all(str(path) in n for n in notices)
    return sorted(job.computed())


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_is_seen_and_only_the_damaged_tiles_are_computed_again(
    data: st.DataObject, tmp_path: Path, whole: Path
) -> None:
    path = tmp_path / "toy.zarr"
    shutil.rmtree(path, ignore_errors=True)
    shutil.copytree(whole, path)
    before = files(whole)
    names = data.draw(st.lists(st.sampled_from(sorted(before)), min_size=1, max_size=3, unique=True))
    for name in names:
        damage = data.draw(st.sampled_from(DAMAGES))
        damage(path / name, data.draw(st.floats(0, 1, exclude_max=True)))
    if {ROOT, SUMS} <= set(names):
        with pytest.raises(StoreError):
            run_stored(Toy(), path, resume=True)
        return
    with pytest.raises(StoreError) as raised:
        stores.load(path)
    assert "\n" not in str(raised.value)
    assert str(path) in str(raised.value)
    assert mended(path, tmp_path) == sorted(set().union(*(tiles_of(Toy().layout, n) for n in names)))
    assert files(path) == before


@pytest.mark.parametrize("name", [ROOT, SUMS, "height/zarr.json", "row/c/0", "tile_status/zarr.json"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_frame_is_mended_and_no_tile_is_lost(
    name: str, damage: Callable[[Path, float], None], tmp_path: Path, whole: Path
) -> None:
    path = shutil.copytree(whole, tmp_path / "toy.zarr")
    damage(path / name, 0.5)
    with pytest.raises(StoreError, match=f"damaged.*({name}|is not what {SUMS} says)"):
        stores.load(path)
    assert mended(path, tmp_path) == []
    assert files(path) == files(whole)


@pytest.mark.parametrize(
    ("name", "tile", "sentence"),
    [
        ("height/c/1/0", 2, "damaged: tile 2 is not what was written"),
        ("tile_digest/c/5/0", 5, "damaged: tile 5 is not what was written"),
        ("tile_status/c/3", 3, "not complete: 1 of 8 tiles are missing"),
    ],
)
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_tile_is_named(
    name: str, tile: int, sentence: str, damage: Callable[[Path, float], None], tmp_path: Path, whole: Path
) -> None:
    path = shutil.copytree(whole, tmp_path / "toy.zarr")
    damage(path / name, 0.5)
    with pytest.raises(StoreError, match=sentence):
        stores.load(path)
    with pytest.raises(StoreError, match=sentence):
        stores.export_netcdf(path, tmp_path / "toy.nc")
    assert not (tmp_path / "toy.nc").exists()
    assert mended(path, tmp_path) == [tile]


def test_a_lost_variable_costs_every_tile_and_nothing_else(tmp_path: Path, whole: Path) -> None:
    path = shutil.copytree(whole, tmp_path / "toy.zarr")
    shutil.rmtree(path / "kind")
    assert mended(path, tmp_path) == list(range(8))
    assert files(path) == files(whole)


def test_with_both_descriptions_damaged_nobody_can_say_whose_it_is(tmp_path: Path, whole: Path) -> None:
    path = shutil.copytree(whole, tmp_path / "toy.zarr")
    for name in (ROOT, SUMS):
        damage_flip(path / name, 0.5)
    (path / ROOT).write_bytes((path / ROOT).read_bytes()[:-30])
    before = files(path)
    with pytest.raises(StoreError, match=r"both its zarr\.json and its SHA256SUMS are damaged"):
        run_stored(Toy(), path, resume=True)
    assert files(path) == before


def test_a_store_of_other_inputs_is_refused_and_the_difference_named(tmp_path: Path, whole: Path) -> None:
    path = shutil.copytree(whole, tmp_path / "toy.zarr")
    other_tiles = replace(Toy(), tile=(("row", 3), ("column", 4)))
    other_order = replace(Toy(), tile=(("column", 4), ("row", 2)))
    for job, words in ((Toy(salt=2), "salt is 1 there and 2 here"), (other_tiles, "tiles"), (other_order, "tiles")):
        with pytest.raises(StoreError, match=words):
            run_stored(job, path, resume=True)
    stored = tmp_path / "basin.zarr"
    run_stored(basin(8, 8), stored)
    with pytest.raises(StoreError, match=r"slice\.columns.*there"):
        run_stored(basin(8, 8, window=("3", "3.5", "0.1", "0.5")), stored, resume=True)
    assert files(path) == files(whole)


def test_a_store_made_by_other_code_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: Path) -> None:
    path = shutil.copytree(whole, tmp_path / "toy.zarr")
    monkeypatch.setattr(tiles, "code_digest", lambda: "0" * 64)
    with pytest.raises(StoreError, match=r"another version of edgestab.*: name another folder"):
        run_stored(Toy(), path, resume=True)
    assert files(path) == files(whole)


def test_an_existing_folder_is_refused_without_resume(tmp_path: Path, whole: Path) -> None:
    path = shutil.copytree(whole, tmp_path / "toy.zarr")
    with pytest.raises(StoreError, match="exists: continue it with --resume, or name another folder"):
        run_stored(Toy(), path)
    assert files(path) == files(whole)
    file = tmp_path / "file"
    file.write_text("mine")
    for resume in (False, True):
        with pytest.raises(StoreError, match="file"):
            run_stored(Toy(), file, resume=resume)
    assert file.read_text() == "mine"


def test_a_foreign_folder_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    downloads = tmp_path / "downloads"
    (downloads / "sub").mkdir(parents=True)
    (downloads / "film.partial").write_text("half a film")
    (downloads / "sub" / "book.partial").write_text("half a book")
    foreign = tmp_path / "foreign.zarr"
    xr.Dataset({"height": ("row", np.arange(3.0))}).to_zarr(foreign, zarr_format=3, consolidated=False)
    for path, held in ((downloads, "film.partial"), (foreign, "height")):
        before = {p: p.read_bytes() for p in path.rglob("*") if p.is_file()}
        for resume, words in ((True, f"is no store of edgestab: it holds {held}"), (False, "exists")):
            with pytest.raises(StoreError, match=words):
                run_stored(Toy(), path, resume=resume)
        with pytest.raises(StoreError, match="no store of edgestab"):
            stores.load(path)
        assert {p: p.read_bytes() for p in path.rglob("*") if p.is_file()} == before
    with pytest.raises(StoreError, match="no store of edgestab"):
        stores.load(tmp_path / "nothing")


def test_an_empty_folder_becomes_a_store(tmp_path: Path, whole: Path) -> None:
    run_stored(Toy(), tmp_path)
    assert files(tmp_path) == files(whole)


def test_of_two_processes_the_second_is_refused_until_the_first_is_gone(tmp_path: Path, whole: Path) -> None:
    path = tmp_path / "toy.zarr"
    first = CHILDREN.Process(target=store_in_child, args=(Toy(pause=30), str(path), 1))
    first.start()
    while not (path / ROOT).exists():
        assert first.is_alive()
        time.sleep(0.005)
    with pytest.raises(StoreError, match=r"another process is writing to .*toy.zarr: wait for it"):
        run_stored(Toy(), path, resume=True)
    first.kill()
    first.join()
    first.close()
    run_stored(Toy(), path, resume=True)
    assert files(path) == files(whole)


def test_two_runs_of_one_process_exclude_each_other_too(tmp_path: Path, whole: Path) -> None:
    path = tmp_path / "toy.zarr"
    with stores.create(path, Toy()), pytest.raises(StoreError, match="another process"):
        run_stored(Toy(), path, resume=True)
    run_stored(Toy(), path, resume=True)
    assert files(path) == files(whole)


def test_equal_jobs_make_equal_stores_of_whole_files(tmp_path: Path, whole: Path) -> None:
    run_stored(Toy(), tmp_path / "again.zarr")
    found = files(tmp_path / "again.zarr")
    assert found == files(whole)
    layout = Toy().layout
    # One file for each tile of each variable, be it full of zeros or of NaNs, of which there are many.
    for name in (*layout.variables, *RECORDS):
        assert sum(f.startswith(f"{name}/c/") for f in found) == layout.count


def test_other_programs_read_everything_there_is_to_know(whole: Path) -> None:
    found = xr.open_zarr(whole)
    assert found["height"].dims == ("row", "column")
    assert found["empty"].dims == ("column", "row")
    assert found["area"].dims == (TILE_DIMENSION,)
    assert found["height"].attrs["units"] == "m"
    assert found["height"].attrs["long_name"] == "height over the plane"
    assert found["kind"].attrs["flag_meanings"] == FLAGS["flag_meanings"]
    assert list(found["kind"].attrs["flag_values"]) == FLAGS["flag_values"]
    np.testing.assert_array_equal(found["row"], np.arange(7) / 3)
    np.testing.assert_array_equal(found.coords["depth"], np.arange(7) ** 2)
    assert set(found["height"].coords) == {"row", "column", "depth"}
    assert found["row"].attrs == {"long_name": "place along row", "units": "m"}
    assert found.attrs["title"] == "toy"
    made = json.loads(found.attrs[FINGERPRINT])
    assert made["inputs"] == Toy().identity
    assert made["code"] == tiles.code_digest()
    assert (found["tile_status"] == 1).all()


def test_a_basin_read_by_other_programs(tmp_path: Path) -> None:
    job = basin(12, 8)
    run_stored(job, tmp_path / "basin.zarr")
    found = xr.open_zarr(tmp_path / "basin.zarr", mask_and_scale=False)
    assert found["status"].dims == ("y", "x")
    assert "CONVERGED" in found["status"].attrs["flag_meanings"].split()
    np.testing.assert_array_equal(found["x"], job.where.columns.centres)
    assert found.attrs["model"] == "quartic"
    assert found.attrs["fixed"] == "eta = 1/5"
    assert found["steps"].attrs["units"] == "iterations"


def test_the_dataset_in_memory_and_the_stored_one_are_identical(tmp_path: Path, whole: Path) -> None:
    xr.testing.assert_identical(stores.load(whole).load(), run(Toy()))
    xr.testing.assert_identical(run_stored(basin(12, 8), tmp_path / "basin.zarr").load(), run(basin(12, 8)))


def test_netcdf_reads_back_identical(tmp_path: Path, whole: Path) -> None:
    target = tmp_path / "toy.nc"
    stores.export_netcdf(whole, target)
    with xr.open_dataset(target, engine="h5netcdf", mask_and_scale=False) as found:
        wanted = run(Toy())
        assert found.attrs == wanted.attrs
        for name in {*wanted.variables}:
            np.testing.assert_array_equal(found[name], wanted[name])
            assert found[name].dtype == wanted[name].dtype
            assert found[name].dims == wanted[name].dims
            assert {k: np.asarray(v).tolist() for k, v in found[name].attrs.items() if k != "_FillValue"} == {
                k: np.asarray(v).tolist() for k, v in wanted[name].attrs.items()
            }
    assert [p.name for p in tmp_path.iterdir()] == ["toy.nc"]


def test_a_job_in_one_tile_and_a_job_of_one_entry(tmp_path: Path) -> None:
    for number, job in enumerate((replace(Toy(), tile=()), replace(Toy(), sizes=(("row", 1),), tile=(("row", 1),)))):
        path = tmp_path / f"{number}.zarr"
        xr.testing.assert_identical(run_stored(job, path).load(), run(job))
