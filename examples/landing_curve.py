"""How nearly the gap of orbits of l(xy) is a function of eta alone: differences between starts, enclosed in balls.

    python examples/landing_curve.py [NAME ...]

For a loss of `edgestab.theory.landing_losses`, orbits begin at one excess u0 over the edge, at three distances b0 from
the minimum: 1/5, 1/2 and 4/5 of that of the frozen 2-cycle. Printed for each step size: the digits of the gap
G = (2/eta - S)/eta that the three share, 30 at most; the largest difference D between two of them, which the
enclosures tell from 0; the slope of -log(eta^2 D) against 1/eta^2 from the step size before, and A(u0), which the
linearization about the frozen 2-cycles predicts for it. The law that is measured is D = K eta^-2 exp(-A/eta^2).
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Sequence
from fractions import Fraction

import flint
import numpy as np

from edgestab.numerics.orbits.concentration import contraction_exponent
from edgestab.numerics.orbits.landing import starts_beyond
from edgestab.numerics.printers.ball import ball
from edgestab.numerics.rigorous.balls import precision
from edgestab.numerics.rigorous.landing import enclosed_landing
from edgestab.theory.landing_losses import LOSSES, LandingLoss

STEP_SIZES = ("1/10", "1/14", "1/18", "1/22", "1/26")
EXCESSES = (0.1, 0.05)
BESIDE = (0.2, 0.5, 0.8)
BITS = 640
DIGITS = 30


def gaps(of: LandingLoss, eta: Fraction, excess: float, radius: float) -> list[flint.arb]:
    """The gap of each of the three orbits, to a radius; starts are doubles, taken exactly."""
    found = []
    for beside in BESIDE:
        (start,) = starts_beyond(of.minimum, np.array([float(eta)]), excess, beside).T
        found.append(enclosed_landing(of.loss, of.minimum, eta, start, radius=radius, bits=BITS).gap)
    return found


def largest_difference(found: list[flint.arb]) -> flint.arb:
    """The largest difference between two of them; an upper bound where it is not told from 0."""
    return max((abs(a - b) for a, b in itertools.combinations(found, 2)), key=lambda d: float(d.mid().log()))


def shared(found: list[flint.arb]) -> str:
    """The digits that all have in common."""
    texts = [g.str(DIGITS + 2, radius=False)[: DIGITS + 2] for g in found]
    common = "".join(c[0] for c in itertools.takewhile(lambda c: len(set(c)) == 1, zip(*texts, strict=False)))
    return common or "-"


def lines(of: LandingLoss, excess: float, step_sizes: Sequence[str] = STEP_SIZES) -> list[str]:
    """The lines of the table of one loss and excess."""
    exponent = contraction_exponent(of.minimum, excess)
    table: list[str] = []
    before: tuple[float, float] | None = None
    with precision(BITS):
        for text in step_sizes:
            eta = Fraction(text)
            expected = exponent / float(eta) ** 2
            found = gaps(of, eta, excess, radius=float(np.exp(-1.3 * expected - 10)))
            difference = largest_difference(found)
            assert difference > 0, "the enclosures do not tell the orbits apart"
            here = (1 / float(eta) ** 2, -float((difference * ball(eta**2)).log()))
            slope = "" if before is None else f"{(here[1] - before[1]) / (here[0] - before[0]):.4f}"
            before = here
            cells = (
                of.name,
                f"{excess}",
                text,
                shared(found),
                difference.str(3, radius=False),
                slope,
                f"{exponent:.4f}",
            )
            table.append(f"| {' | '.join(cells)} |")
    return table


def main() -> None:
    """Print the table."""
    print("| loss | u0 | eta | shared digits of G | D | slope | A(u0) |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, excess in itertools.product(sys.argv[1:] or ("quartic", "log cosh"), EXCESSES):
        print(*lines(LOSSES[name], excess), sep="\n", flush=True)


if __name__ == "__main__":
    main()
