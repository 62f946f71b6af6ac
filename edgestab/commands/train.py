"""``edgestab train``: training runs of networks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from edgestab.arguments import Overwrite, rational
from edgestab.commands.drawing import Picture, draw
from edgestab.commands.exits import NOT_REACHED
from edgestab.commands.printing import errors
from edgestab.errors import InputError

if TYPE_CHECKING:
    import xarray as xr
    from rich.console import Console

    from edgestab.numerics.networks.run.spec import RunSpec
    from edgestab.numerics.networks.run.train import RunProgress
    from edgestab.numerics.networks.specs.registry import DataSpec


def train(
    spec: Path | None = None,
    /,
    *,
    preset: str | None = None,
    out: Path | None = None,
    resume: Annotated[bool, Parameter(negative="")] = False,
    steps: int | None = None,
    eta: str | None = None,
    seed: int | None = None,
    device: str | None = None,
    files: Annotated[tuple[Path, ...], Parameter("--dataset", negative="")] = (),
    interval: float = 10.0,
    picture: Picture = Picture(),  # noqa: B008 - a frozen value
    overwrite: Overwrite = False,
    list_presets: Annotated[bool, Parameter(negative="")] = False,
    json_: Annotated[bool, Parameter("--json", negative="")] = False,
) -> int:
    """Train a network and record its loss and sharpness at every step.

    A run that was killed goes on with --resume, and ends as if it had not been.

    Parameters
    ----------
    spec
        A specification in TOML: [problem], [optimizer], steps, [record], [stop], [kick].
    preset
        A named run instead; see --list-presets.
    out
        Write the result here: the folder RUN.zarr of the record.
    resume
        Go on with what is there: a run that was killed ends as if it had not been.
    steps
        How many steps: by default the specification's.
    eta
        The step size; by default the specification's.
    seed
        Another start of the network.
    device
        cpu, cuda or cuda:0.
    files
        A file of the data, such as data_batch_1.bin of CIFAR-10; repeatable.
    interval
        Seconds between two checkpoints. What is recorded does not depend on it.
    picture
        Where the picture goes, and how large it is.
    overwrite
        Replace what is there: a file when the new one is complete, a store before the work begins.
    list_presets
        Print the presets and do nothing.
    json_
        Print JSON: a summary.
    """
    _require_torch()
    if list_presets:
        return _list_presets(json_)
    if out is None or out.suffix != ".zarr":
        raise InputError("a training run needs --out RUN.zarr, the folder of its record")
    if not (isfinite(interval) and interval >= 0):
        raise InputError(f"--interval must be at least 0 seconds, got {interval}")
    if resume and overwrite:
        raise InputError("--resume goes on with a run and --overwrite begins anew: leave one out")
    picture.check(overwrite=overwrite or resume)
    from edgestab.numerics.networks.run import train as runs
    from edgestab.numerics.networks.run.recording import open_run
    from edgestab.numerics.storage.places import free_store

    wanted = _spec(spec, preset, steps, eta, seed, device, files)
    if not resume:
        free_store(out, overwrite=overwrite)
    console = errors()
    with _progress(console, wanted.name, wanted.optimizer.name) as show:
        state = runs.train(
            wanted,
            out,
            folder=spec.parent if spec is not None else Path(),
            resume=resume,
            interval=interval,
            progress=show,
            notice=console.print,
        )
    dataset = open_run(out)
    _draw(picture, dataset.load() if picture.written else dataset)
    facts = {name: dataset.attrs[name] for name in ("status", "sentence", "recorded", "network", "data", "criterion")}
    numbers = {"loss": state.loss, "sharpness": state.sharpness, "relative_sharpness": state.relative}
    written = [str(p) for p in (out, *picture.written)]
    if json_:
        finite = {name: value if isfinite(value) else None for name, value in numbers.items()}
        print(json.dumps({**facts, **finite, "files": written}, indent=2, allow_nan=False))
    else:
        print(f"{facts['network']} on {facts['data']}, {facts['criterion']}")
        print(f"{state.status}: {state.sentence}")
        print("\n".join(written))
    return NOT_REACHED if state.status in ("DIVERGED", "NONFINITE") else 0


def _draw(picture: Picture, dataset: xr.Dataset) -> None:
    """Loss above, sharpness and the edge below."""
    if not picture.written:
        return
    from functools import partial

    from edgestab.figures.networks.training import figure_of_run

    size = picture.size(7.2, 6.2 if "sharpness" in dataset else 3.6)
    caption = f"{dataset.attrs['network']} on {dataset.attrs['data']}, {dataset.attrs['criterion']}"
    draw(picture, partial(figure_of_run, dataset, *size, title=picture.title is None), dataset, caption)


def _require_torch() -> None:
    from importlib.util import find_spec

    if find_spec("torch") is None:
        raise InputError("training needs torch, which is not installed: pip install 'edgestab[nn]'")


def _list_presets(as_json: bool) -> int:
    from edgestab.numerics.networks.run.presets import PRESETS

    if as_json:
        print(
            json.dumps({n: {"words": p.words, "spec": json.loads(p.spec.text)} for n, p in PRESETS.items()}, indent=2)
        )
        return 0
    width = max(map(len, PRESETS))
    for name, found in PRESETS.items():
        print(f"{name:<{width}}  {found.words}")
    return 0


def _spec(
    path: Path | None,
    preset: str | None,
    steps: int | None,
    eta: str | None,
    seed: int | None,
    device: str | None,
    data: tuple[Path, ...],
) -> RunSpec:
    """The specification that was asked for, with what the command line says otherwise."""
    from msgspec.structs import replace

    from edgestab.numerics.networks.run import presets
    from edgestab.numerics.networks.run.spec import read

    if (path is None) == (preset is None):
        raise InputError("give either a specification SPEC.toml or --preset NAME")
    if seed is not None and not 0 <= seed < 1 << 63:
        raise InputError(f"--seed must be from 0 to 2^63 - 1, got {seed}")
    if path is not None and str(path) in presets.PRESETS:
        raise InputError(f"{path} is a preset: give --preset {path}")
    found = presets.preset(preset) if preset is not None else read(path or Path())
    chosen = {name: value for name, value in (("seed", seed), ("device", device)) if value is not None}
    problem = replace(found.problem, data=_with_files(found.problem.data, [str(p.absolute()) for p in data]), **chosen)
    optimizer = found.optimizer if eta is None else replace(found.optimizer, eta=float(rational(eta, "step size")))
    return replace(found, problem=problem, optimizer=optimizer, steps=found.steps if steps is None else steps)


def _with_files(data: DataSpec, files: list[str]) -> DataSpec:
    """The data with the files that were named."""
    from msgspec.structs import replace

    from edgestab.numerics.networks.specs.registry import DATA

    kind, entries = data.__struct_config__.tag, [getattr(data, name) for name in data.FILES]
    if not files:
        if [] in entries:
            raise InputError("this run is on files of your own: give --dataset data_batch_1.bin, and others if need be")
        return data
    if not entries:
        others = ", ".join(name for name, found in DATA.items() if found.FILES)
        raise InputError(f"--dataset is for problems on files, {others}; this one is on {kind}")
    if isinstance(entries[0], list):
        return replace(data, **{data.FILES[0]: files})
    if len(files) != len(entries):
        names = " and ".join(data.FILES)
        raise InputError(f"{kind} takes --dataset {len(entries)} times, for its {names}, got {len(files)}")
    return replace(data, **dict(zip(data.FILES, files, strict=True)))


@contextmanager
def _progress(console: Console, name: str, rule: str) -> Iterator[Callable[[RunProgress], None] | None]:
    """One line on a terminal: loss, sharpness, sharpness over the edge, time left; nothing anywhere else."""
    if not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    ratio = "eta S/2" if rule == "gd" else "S/edge"
    numbers = TextColumn(
        f"loss {{task.fields[loss]:.4g}}  S {{task.fields[sharpness]:.4g}}  {ratio} {{task.fields[ratio]:.3f}}",
        markup=False,
    )
    columns = (TextColumn("{task.description}", style="bold", markup=False), BarColumn(), MofNCompleteColumn(), numbers)
    with Bar(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console, transient=True) as bar:
        nan = float("nan")
        task = bar.add_task(name, total=None, loss=nan, sharpness=nan, ratio=nan)

        def show(at: RunProgress) -> None:
            bar.update(
                task,
                completed=at.row,
                total=at.rows,
                loss=at.loss,
                sharpness=at.sharpness,
                ratio=at.relative,
            )

        yield show
