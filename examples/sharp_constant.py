"""The final gap of GD on the minimalist example, three ways: compiled kernel, ball arithmetic, series.

    python examples/sharp_constant.py [ETA ...]

For each step size one start well inside the region is followed by the float64 kernel in the chart (v, b) and,
exactly the same start, in ball arithmetic until its limit is enclosed. Printed: (2/eta - S)/eta from each, their
difference, the six-term series of G(eta), and the constant 20/3 of the printed window.
"""

from __future__ import annotations

import sys
from fractions import Fraction

import numpy as np

from edgestab.numerics.orbits.coordinates import evaluate
from edgestab.numerics.orbits.sweep import sweep
from edgestab.numerics.printers.ball import ball
from edgestab.numerics.rigorous.balls import BallMap, at_rising_precision
from edgestab.numerics.rigorous.limits import limit_on_set, rigorous_sharpness
from edgestab.theory.claims.zhu2023.results import sharp_constant_expression
from edgestab.theory.models.catalogue import model
from edgestab.theory.symbols import ETA

QUARTIC = model("quartic")


def start(eta: float) -> np.ndarray:
    """The point with offset 0.18 and b = 0.05, as doubles x and y."""
    chart = next(c for c in QUARTIC.all_charts if c.name == "offset b")
    offset, b = chart.target
    one = np.ones(1)
    return np.array(evaluate(chart.inverse, {offset: 0.18 * one, b: 0.05 * one, ETA: eta * one}))


def enclosed_gap(eta: Fraction, point: np.ndarray, width: float) -> tuple[float, float, int]:
    """The middle and radius of an enclosure of (2/eta - S)/eta, and the steps it took."""

    def attempt() -> tuple[float, float, int]:
        orbit = BallMap(QUARTIC.own.step, {ETA: eta})
        (minimum,) = (s for s in QUARTIC.minima if s.name == "xy = 1")
        exact = tuple(ball(float(v)) for v in point[:, 0])
        for step, here in enumerate(orbit.orbit(exact)):
            if step % 512:
                continue
            limit = limit_on_set(orbit, minimum, here)
            if limit is not None:
                gap = (2 / ball(eta) - rigorous_sharpness(QUARTIC, orbit, limit)) / ball(eta)
                if float(gap.rad()) < width:
                    return float(gap.mid()), float(gap.rad()), step
        raise AssertionError("an orbit does not end")

    return at_rising_precision(attempt)


def main() -> None:
    """Print the table."""
    etas = sys.argv[1:] or ["0.2", "0.1", "0.05", "0.02", "0.01"]
    heads = ("eta", "kernel", "ball arithmetic", "radius", "kernel-ball", "series", "printed")
    widths = (6, 16, 16, 8, 12, 16, 8)
    print(*(f"{h:>{w}}" for h, w in zip(heads, widths, strict=True)))
    for text in etas:
        eta = Fraction(text)
        point = start(float(eta))
        outcome = sweep(QUARTIC, point, {ETA: float(eta)})
        gap = (2 / float(eta) - float(outcome["sharpness"][0])) / float(eta)
        precise = -2 * float(outcome["final_v"][0]) / (1 + np.sqrt(1 + float(eta) ** 2 * float(outcome["final_v"][0])))
        middle, radius, _ = enclosed_gap(eta, point, 1e-9 if eta > Fraction(1, 20) else 1e-8)
        series = float(sharp_constant_expression().subs(ETA, text))
        off = abs(precise - middle)
        print(f"{text:>6} {precise:16.12f} {middle:16.12f} {radius:8.0e} {off:12.1e} {series:16.12f} {20 / 3:8.4f}")
        assert abs(gap - precise) < 1e-6


if __name__ == "__main__":
    main()
