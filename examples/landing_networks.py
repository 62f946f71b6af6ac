"""The landing law on networks: predicted and found, setting by setting, and the sign of C at many minima.

    python examples/landing_networks.py runs      both tables of docs/landing.md, from fresh runs
    python examples/landing_networks.py minima    C at the minima that training finds
    python examples/landing_networks.py figure    predicted against found, from the runs written last

The first two take about ten minutes each and write `examples/gallery/landing-runs.csv` and `landing-minima.csv`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

import torch

from edgestab.errors import InputError
from edgestab.numerics.networks.experiments.landing_on_minima import TRAINED, landing_on_minima
from edgestab.numerics.networks.specs.problems import problem
from edgestab.numerics.networks.spectra.eigen import EigenError
from edgestab.numerics.networks.stabilization.minima import minimum_near
from edgestab.numerics.networks.stabilization.minimum_flip import flip_at_minimum
from edgestab.numerics.networks.training.batched import sharpnesses, sweep

FOLDER = Path(__file__).parent / "gallery"
RUNS, MINIMA = FOLDER / "landing-runs.csv", FOLDER / "landing-minima.csv"

FIRST, TRIED, WANTED = 400, 12, 5
"""The first seed, how many are tried at most, and how many inside the law's terms are wanted in each setting."""

EACH, TRAINING = 30, 4000
"""Starts of each setting, and the steps of training."""

Row = Mapping[str, float | str]


def inside(row: Row) -> bool:
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
                row: Row = {"network": name, "seed": float(seed), "small": small, **found}
                _append(RUNS, row)
                counted += small > 0 and inside(row) and row["ratio"] == row["ratio"]
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
        for seed, w in enumerate(found.parameters, FIRST):
            try:
                flip = flip_at_minimum(objective, minimum_near(objective, w))
            except (InputError, EigenError) as error:
                print(f"{name}, seed {seed}: {error}")
                continue
            known = {"C": flip.cubic, "share": flip.share, "bare": flip.bare, "kappa": flip.lag}
            sizes = {"sharpness": flip.sharpness, "relative": flip.gap / flip.sharpness}
            _append(MINIMA, {"network": name, "seed": float(seed), **known, **sizes})
        print(name, flush=True)


def _append(path: Path, row: Row) -> None:
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, sorted(row, key=lambda k: (k not in ("network", "seed", "small"), k)))
        if new:
            writer.writeheader()
        writer.writerow({k: v if isinstance(v, str) else f"{v:.6g}" for k, v in row.items()})
