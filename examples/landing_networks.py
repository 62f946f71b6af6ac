"""The landing law on networks: predicted and found in many settings, and the sign of C at many minima.

    python examples/landing_networks.py           both tables of docs/landing.md, from the runs that are kept
    python examples/landing_networks.py runs      run the first again: some ten minutes
    python examples/landing_networks.py minima    run the second again: some five minutes

Runs are kept in `examples/gallery/landing-runs.csv` and `landing-minima.csv`; `python examples/networks.py landing`
draws the first.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from edgestab.errors import InputError
from edgestab.numerics.networks.experiments.landing_on_minima import TRAINED, landing_on_minima
from edgestab.numerics.networks.specs.problems import problem
from edgestab.numerics.networks.specs.small import SMALL
from edgestab.numerics.networks.spectra.eigen import EigenError
from edgestab.numerics.networks.stabilization.minima import minimum_near
from edgestab.numerics.networks.stabilization.minimum_flip import flip_at_minimum
from edgestab.numerics.networks.training.batched import sharpnesses, sweep

FOLDER = Path(__file__).parent / "gallery"
RUNS, MINIMA = FOLDER / "landing-runs.csv", FOLDER / "landing-minima.csv"

FIRST, TRIED, WANTED = 400, 12, 5
"""The first seed, how many are tried at most, and how many inside the law's terms are wanted in each setting."""

LARGEST = 0.1
"""Above this G/(2C)/S says nothing, and the run is in no table."""

EACH, TRAINING = 30, 4000
"""Starts of each setting, and the steps of training."""

Row = Mapping[str, float | str]
Kept = Mapping[str, Any]
"""A row that was read: its network, and numbers by name."""


def read(path: Path) -> list[Kept]:
    """Return the rows that are kept in a file."""
    with path.open(newline="", encoding="utf-8") as file:
        return [{k: v if k == "network" else float(v) for k, v in row.items()} for row in csv.DictReader(file)]


def inside(row: Kept) -> bool:
    """Whether the law's numbers are small: kappa, gap/S, k/C, and the eigenvalues are apart."""
    most = {"kappa": 0.1, "relative": 0.02, "bend": 0.5, "second": 0.95}
    return all(float(row[name]) <= value for name, value in most.items())


def runs(names: Iterable[str]) -> None:
    """Let orbits land on the minima that training finds, and on flatter ones where the law's numbers are small."""
    for name in names:
        counted = 0
        for seed in range(FIRST, FIRST + TRIED):
            for small in (0.0, 0.05):
                try:
                    found = landing_on_minima(seed=seed, network=name, small=small).statistics
                except (InputError, EigenError) as error:
                    print(f"{name}, seed {seed}: {error}")
                    continue
                row = {"network": name, "seed": float(seed), "small": small, **found}
                _append(RUNS, row)
                counted += small > 0 and inside(row) and np.isfinite(row["ratio"])
            if counted == WANTED:
                break
        print(f"{name}: {counted} inside", flush=True)


def minima(names: Iterable[str]) -> None:
    """Write what C is made of at the minima that training finds: gradient descent at half the first edge."""
    for name in names:
        problems = [problem(name, seed) for seed in range(FIRST, FIRST + EACH)]
        objective, starts = problems[0].objective, torch.stack([of.start for of in problems])
        etas = 1 / sharpnesses(objective, starts).values
        found = sweep(objective, starts, etas.tolist(), TRAINING, record_every=100, loss_below=TRAINED)
        for seed, w, finished in zip(range(FIRST, FIRST + EACH), found.parameters, found.finished, strict=True):
            if not finished:
                print(f"{name}, seed {seed}: the training diverged")
                continue
            try:
                flip = flip_at_minimum(objective, minimum_near(objective, w))
            except (InputError, EigenError) as error:
                print(f"{name}, seed {seed}: {error}")
                continue
            known = {"C": flip.cubic, "share": flip.share, "bare": flip.bare, "kappa": flip.lag}
            sizes = {"sharpness": flip.sharpness, "relative": flip.gap / flip.sharpness}
            _append(MINIMA, {"network": name, "seed": float(seed), **known, **sizes})
        print(name, flush=True)


def show() -> None:
    """Print both tables."""
    rows = read(RUNS)
    print(f"{'network':<20}{'seeds':>6}{'inside':>7}  {'law, inside':<20}{'law, outside':<20}reduced, outside")
    for name in dict.fromkeys(row["network"] for row in rows):
        of = [row for row in rows if row["network"] == name and row["relative"] < LARGEST]
        landed = [row for row in of if np.isfinite(row["ratio"])]
        good = {row["seed"]: row for row in landed if inside(row)}.values()
        others = [row for row in landed if not inside(row) and row["second"] <= 0.95 and row["bend"] <= 0.5]
        seeds = len({row["seed"] for row in rows if row["network"] == name})
        cells = (_quartiles([r["ratio"] for r in good]), _quartiles([r["ratio"] for r in others]))
        print(f"{name:<20}{seeds:>6}{len(good):>7}  {cells[0]:<20}{cells[1]:<20}", end="")
        print(_quartiles([r["reduced_ratio"] for r in others]))
    print()
    rows = read(MINIMA)
    print(f"{'network':<20}{'minima':>7}{'C <= 0':>7}  share of C: least, quartiles    kappa, quartiles")
    for name in (*dict.fromkeys(row["network"] for row in rows), "all"):
        of = [row for row in rows if name in (row["network"], "all")]
        share = [row["share"] for row in of]
        print(f"{name:<20}{len(of):>7}{sum(row['C'] <= 0 for row in of):>7}  {min(share):>7.3f}  ", end="")
        print(f"{_quartiles(share):<22}{_quartiles([row['kappa'] for row in of])}")


def _quartiles(values: list[float]) -> str:
    found = [v for v in values if np.isfinite(v)]
    return " ".join(f"{q:.3g}" for q in np.quantile(found, [0.25, 0.5, 0.75])) + f" ({len(found)})" if found else "-"


def _append(path: Path, row: Row) -> None:
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, sorted(row, key=lambda k: (k not in ("network", "seed", "small"), k)))
        if new:
            writer.writeheader()
        writer.writerow({k: v if isinstance(v, str) else f"{v:.6g}" for k, v in row.items()})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="The landing law on networks: tables, and the runs behind them.")
    parser.add_argument("what", nargs="?", choices=["runs", "minima"])
    asked = parser.parse_args().what
    if asked is None:
        show()
    else:
        torch.set_num_threads(1)
        (RUNS if asked == "runs" else MINIMA).unlink(missing_ok=True)
        (runs if asked == "runs" else minima)(SMALL)
