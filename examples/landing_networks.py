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

NAMES = {
    "small-tanh-two": "tanh 1-5-5-1, Chebyshev T_3",
    "small-tanh-three": "tanh 1-4-4-4-1, Chebyshev T_3",
    "small-linear-three": "linear 3-4-4-1, whitened",
    "small-linear-four": "linear 3-4-4-4-2, whitened",
    "small-softplus": "softplus 2-6-1, teacher",
    "small-softplus-two": "softplus 4-5-5-1, teacher",
    "small-gelu-two": "GELU 64-3-3-1, parity of 3 digits",
    "small-silu-two": "SiLU 4-4-4-1, teacher",
    "small-elu-two": "ELU 64-3-3-1, parity of 2 digits",
    "small-softmax": "tanh 64-3-10, one digit, softmax with smoothed labels",
    "small-parity": "tanh 64-3-3-1, parity of 6 digits",
}
"""The settings as the tables call them."""

BENT, APART = 0.5, 0.95
"""k/C and the second eigenvalue over S are at most these in every table."""

LARGEST = 0.05
"""Runs with G/(2C) above this part of S are in no table: neither prediction means anything there."""

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
    most = {"kappa": 0.3, "relative": 0.02, "bend": BENT, "second": APART}
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


def table_of_runs() -> list[str]:
    """Return the rows of the first table of docs/landing.md."""
    rows, lines = read(RUNS), []
    for name in dict.fromkeys(row["network"] for row in rows):
        own = [row for row in rows if row["network"] == name]
        landed = [row for row in own if row["relative"] <= LARGEST and np.isfinite(row["ratio"])]
        small = {row["seed"]: row["ratio"] for row in landed if inside(row)}
        others = [r for r in landed if not inside(r) and r["second"] <= APART and r["bend"] <= BENT]
        cells = (_spread(list(small.values())), *(_spread([r[k] for r in others]) for k in ("ratio", "reduced_ratio")))
        starts = len({row["seed"] for row in own})
        lines.append(f"| {NAMES[name]} | {problem(name, 0).objective.size} | {starts} |" + "".join(cells))
    return lines


def table_of_minima() -> list[str]:
    """Return the rows of the second."""
    rows, lines = read(MINIMA), []
    for name in (*NAMES, "all"):
        own = [row for row in rows if name in (row["network"], "all")]
        share, kappa = ([row[key] for row in own] for key in ("share", "kappa"))
        quartiles = [np.quantile(values, [0.25, 0.5, 0.75]) for values in (share, kappa)]
        of = " / ".join(f"{q:.2f}" for q in quartiles[0]), " / ".join(f"{q:.2g}" for q in quartiles[1])
        negative = sum(row["C"] < 0 for row in own)
        lines.append(f"| {NAMES.get(name, name)} | {len(own)} | {negative} | {min(share):.2f} | {of[0]} | {of[1]} |")
    return lines


def _spread(values: list[float]) -> str:
    """Least, median and greatest, and of how many."""
    if not values:
        return " |"
    three = [f"{q:.2f}" for q in np.quantile(values, [0, 0.5, 1])]
    return f" {' / '.join(three if len(values) > 1 else three[:1])} ({len(values)}) |"


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
        print("\n".join((*table_of_runs(), "", *table_of_minima())))
    else:
        torch.set_num_threads(1)
        (RUNS if asked == "runs" else MINIMA).unlink(missing_ok=True)
        (runs if asked == "runs" else minima)(SMALL)
