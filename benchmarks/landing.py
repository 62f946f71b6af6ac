"""Orbits of l(xy) until they land, ours beside plain Python and Arb: ``python -m benchmarks.landing``.

Ours is the whole sweep of a model that is ready, from starts to a dataset of outcomes. The others make the bare steps
of one orbit, as many as ours took, and nothing else. Each sample stands beside one of ours; the figure is the median
of the ratios a step.
"""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Callable, Iterable, Sequence

import flint
import numpy as np
import sympy as sp
from numpy.typing import NDArray

from benchmarks.command import parser_of, positive, run
from benchmarks.found import Found, Tick, figures
from benchmarks.spread import Spread
from edgestab.numerics.orbits.landing import RULES, starts_beyond
from edgestab.numerics.orbits.sweep import sweep
from edgestab.numerics.printers import ball
from edgestab.numerics.programs.program import program_of
from edgestab.theory.landing_losses import LOSSES
from edgestab.theory.models.base import Model
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.symbols import ETA

WANTED = 30
"""How many times faster ours is to be."""

NAMES = ("quartic", "log cosh", "cross-entropy, label 1/4", "Cauchy")

ETA_OF_RUN, ORBITS = 0.05, 256

Steps = Callable[[float, float, int], tuple[float, float]]


def plain(slopes: Sequence[sp.Expr], names: Sequence[sp.Symbol]) -> Steps:
    """Steps in floats of Python, the slopes as SymPy prints them with common subexpressions taken out."""
    gradient = sp.lambdify(names, slopes, "math", cse=True)

    def run(x: float, y: float, count: int) -> tuple[float, float]:
        for _ in range(count):
            g, h = gradient(x, y)
            x, y = x - ETA_OF_RUN * g, y - ETA_OF_RUN * h
        return x, y

    return run


def arb(slopes: Sequence[sp.Expr], names: Sequence[sp.Symbol]) -> Steps:
    """Steps in Arb at 53 bits; the middles of the balls are carried on, so that nothing is enclosed."""
    program = program_of(list(slopes), list(names))

    def run(x: float, y: float, count: int) -> tuple[float, float]:
        eta, here = flint.arb(ETA_OF_RUN), [flint.arb(x), flint.arb(y)]
        for _ in range(count):
            here = [(v - eta * g).mid() for v, g in zip(here, ball.evaluate(program, here), strict=True)]
        return float(here[0]), float(here[1])

    return run


CONTENDERS = {"plain Python": plain, "Arb, 53 bits": arb}


def ours(model: Model, starts: NDArray[np.float64]) -> tuple[float, int, float]:
    """Seconds a step of the sweep, and of its last orbit the steps and the sharpness at the end."""
    began = time.process_time()
    found = sweep(model, starts, {ETA: np.full(ORBITS, ETA_OF_RUN)}, rules=RULES)
    taken = time.process_time() - began
    steps = found["steps"].values
    return taken / steps.sum(), int(steps[-1]), float(found["sharpness"].values[-1])


def measure(options: Namespace, tick: Tick) -> Iterable[Found]:
    """Yield the table."""
    rows, record = [], {}
    for name in NAMES:
        tick(name)
        of = LOSSES[name]
        loss, model = of.loss, model_of_loss(of.loss)
        excesses = np.linspace(0.05, 0.1, ORBITS)
        starts = np.hstack([starts_beyond(of.minimum, np.array([ETA_OF_RUN]), u) for u in excesses])

        _, count, sharpness = ours(model, starts)  # compiles
        steep = sp.lambdify(loss.parameters, loss.hessian.trace(), "math")
        for title, make in CONTENDERS.items():
            others = make(loss.gradient, loss.parameters)
            end = others(*map(float, starts[:, -1]), count)
            if not abs(steep(*end) - sharpness) < 1e-6 * sharpness:
                raise SystemExit(f"{name}: {title} does not land where ours does")
            mine, ratios = [], []
            for _ in range(options.rounds):
                tick(f"{name}: {title}")
                mine.append(ours(model, starts)[0])
                began = time.process_time()
                others(*map(float, starts[:, -1]), count)
                ratios.append((time.process_time() - began) / count / mine[-1])
            spread = Spread.of(ratios)
            met = "met" if spread.median >= WANTED else "not met"
            rows.append(
                (
                    name,
                    title,
                    figures(Spread.of(mine).median * 1e9),
                    f"{figures(spread.median)} ({figures(spread.low)}-{figures(spread.high)})",
                    f"{WANTED}, {met}",
                )
            )
            record[f"{name}: {title}"] = {"ours": mine, "ratios": ratios}
    yield Found(
        "landing",
        f"{ORBITS} orbits of l(xy) until they land, eta = {ETA_OF_RUN}, CPU time",
        ("loss", "against", "ours, ns a step", "ours is faster by (min-max)", "wanted"),
        rows,
        [],
        record,
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = parser_of("benchmarks.landing", "Orbits of l(xy) until they land, beside plain Python and Arb.")
    parser.add_argument("--rounds", type=positive, default=5, metavar="N", help="pairs of samples (default 5)")
    run(parser.parse_args(arguments), {"landing": measure})


if __name__ == "__main__":
    main()
