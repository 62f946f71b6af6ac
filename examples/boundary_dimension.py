"""How rough is the boundary of the basin of the minima? The dimension, measured twice, beside a smooth one.

Zhu et al. (2023), section 5, show a fractal boundary at eta = 0.2 in the window [3, 3.4] x [0.1, 0.5]. Here its
dimension is measured by counting boxes at two resolutions and, from independent random starts, by the uncertainty
exponent. The null is the degree-2 model, whose basin is bounded by an ellipse (result R5): it has to come out at 1.

    python examples/boundary_dimension.py [--size 4096]
"""

import argparse
from fractions import Fraction

import numpy as np

from edgestab.numerics.maps.measures.boxcount import box_counting
from edgestab.numerics.maps.measures.entropy import basin_entropy
from edgestab.numerics.maps.measures.uncertainty import uncertainty_exponent
from edgestab.numerics.maps.pictures.basin import BasinJob
from edgestab.numerics.maps.pictures.slices import Axis, slice_of
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.orbits.sweep import sweep
from edgestab.numerics.tiling.running import run
from edgestab.theory.models.catalogue import model
from edgestab.theory.symbols import ETA, symbol

ETA_VALUE = Fraction(1, 5)
WINDOWS = {"quartic": ("3", "3.4", "0.1", "0.5"), "degree-2": ("1", "4.5", "0.1", "4")}
X, Y = symbol("x"), symbol("y")


def whether(values):
    """Whether an orbit converges: what the paper's picture shows."""
    return (values["status"] == Status.CONVERGED).astype(np.int8)


def where_to(values):
    """Which set of minima it converges to, xy = 1 or xy = -1, if any."""
    return np.where(values["status"] == Status.CONVERGED, values["limit"] + 1, 0).astype(np.int8)


LABELS = {
    "quartic": {"converges or not": whether, "to xy = 1, to xy = -1, or not": where_to},
    "degree-2": {"converges or not": whether},
}


def picture(name, size):
    """Every pixel of a window, computed."""
    a, b, c, d = map(Fraction, WINDOWS[name])
    where = slice_of(model(name), Axis(X, a, b, size), Axis(Y, c, d, size), {ETA: ETA_VALUE})
    found = run(BasinJob(model(name), where, refinement=None))
    return {n: found[n].values for n in ("status", "limit")}


def exponent(name, labels, pairs):
    """The uncertainty exponent of a window."""
    a, b, c, d = map(float, map(Fraction, WINDOWS[name]))
    m = model(name)

    def outcome(points):
        found = sweep(m, points, {ETA: float(ETA_VALUE)}, coordinates=m.own)
        values = {n: found[n].values for n in ("status", "limit")}
        return np.where(values["status"] == Status.UNDECIDED, -1, labels(values))

    epsilons = 2.0 ** -np.arange(7, 21)
    return uncertainty_exponent(outcome, [[a, c], [b, d]], epsilons=list(epsilons), pairs=pairs, seed=2023)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=4096, help="pixels along the larger picture (default 4096)")
    parser.add_argument("--pairs", type=int, default=100_000, help="random starts at each distance (default 100000)")
    options = parser.parse_args()
    for name, window in WINDOWS.items():
        print(f"{name}, eta = {ETA_VALUE}, [{window[0]}, {window[1]}] x [{window[2]}, {window[3]}]")
        pictures = {size: picture(name, size) for size in (options.size // 2, options.size)}
        for words, labels in LABELS[name].items():
            print(f"  {words}")
            for size, values in pictures.items():
                print(f"    {size}^2: {box_counting(labels(values)).sentence}")
            print(f"    {size}^2: {basin_entropy(labels(values)).sentence}")
            print(f"    random starts: {exponent(name, labels, options.pairs).sentence}")


if __name__ == "__main__":
    main()
