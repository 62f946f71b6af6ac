"""Where gradient descent on l(xy) lands, for the losses of `edgestab.theory.landing_losses`: two tables in Markdown.

    python examples/landing.py [NAME ...]

The first has the coefficients G_0 and G_1 of the law, and the gap G = (2/eta - S)/eta at which one orbit ends, enclosed
in balls to 1e-10, S its sharpness there. The orbit begins 5 % above the edge, at two doubles that are taken exactly.
The second has how far the compiled kernel is from these, the slope of log |G - G_0| between the two smallest step
sizes, and how many steps were enclosed.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from edgestab.numerics.orbits.landing import landing_gaps, starts_beyond
from edgestab.numerics.rigorous.landing import EnclosedLanding, enclosed_landing
from edgestab.theory.landing_losses import LOSSES, LandingLoss

STEP_SIZES = ("1/5", "1/10", "1/20", "1/50", "1/100")

WIDTH = 1e-10
"""Of the enclosures: radii are at most this."""


@dataclass(frozen=True)
class Row:
    """One loss: the gaps of the kernel, and of the same orbits in balls."""

    of: LandingLoss
    eta: tuple[Fraction, ...]
    kernel: NDArray[np.float64]
    enclosed: tuple[EnclosedLanding, ...]

    @property
    def middles(self) -> NDArray[np.float64]:
        return np.array([float(e.gap.mid()) for e in self.enclosed])

    @property
    def slope(self) -> float:
        """Of the error of G_0 between the two smallest step sizes."""
        errors = np.abs(self.middles[-2:] - float(self.of.constant))
        return float(np.log(errors[1] / errors[0]) / np.log(float(self.eta[-1] / self.eta[-2])))


def row(of: LandingLoss, step_sizes: Sequence[str] = STEP_SIZES) -> Row:
    """Follow one orbit at each step size, by the kernel and in balls; step sizes are doubles."""
    sizes = np.array([float(Fraction(s)) for s in step_sizes])
    exact = tuple(Fraction(float(s)) for s in sizes)
    starts = starts_beyond(of.minimum, sizes)
    enclosed = tuple(
        enclosed_landing(of.loss, of.minimum, e, s, radius=WIDTH) for e, s in zip(exact, starts.T, strict=True)
    )
    return Row(of, exact, landing_gaps(of.loss, of.minimum, sizes), enclosed)


def gaps_of(r: Row) -> str:
    """The line of the first table: nine digits, of which the enclosures leave the last uncertain by one at most."""
    second = f"{float(r.of.next_of_example):.6g}"
    return f"| {r.of.name} | {r.of.constant} | {second} | " + " | ".join(f"{m:.9f}" for m in r.middles) + " |"


def errors_of(r: Row) -> str:
    """The line of the second table."""
    off = float(np.abs(r.kernel - r.middles).max())
    bits = max(e.bits for e in r.enclosed)
    return f"| {r.of.name} | {r.slope:.3f} | {off:.0e} | {r.enclosed[-1].steps} | {bits} |"


def main() -> None:
    """Print the tables."""
    rows = []
    for name in sys.argv[1:] or LOSSES:
        rows.append(row(LOSSES[name]))
        print(name, file=sys.stderr)
    print("| loss | `G_0` | `G_1` | " + " | ".join(f"eta = {float(Fraction(s)):g}" for s in STEP_SIZES) + " |")
    print("| --- " * (3 + len(STEP_SIZES)) + "|")
    print(*map(gaps_of, rows), "", sep="\n")
    print("| loss | slope | kernel off by at most | steps enclosed at the smallest eta | bits |")
    print("| --- | --- | --- | --- | --- |")
    print(*map(errors_of, rows), sep="\n")


if __name__ == "__main__":
    main()
