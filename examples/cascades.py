"""Period-doubling cascades of the balanced chains, every flip proved, to the accumulation point.

GD on the balanced chain of depth L, rho' = rho + eta (1 - rho^L) rho^(L-1), leaves the edge of stability
eta S = 2 (S = L) by a cascade of period doublings, as the frozen-s cubic does (L = 2). Each flip is located by
Newton's method on its extended system in extended precision and enclosed by the Krawczyk operator; the ratios
tend to Feigenbaum's 4.669201609...

    python examples/cascades.py [--doublings 10]
"""

import argparse
import time

from edgestab.numerics.cycles.cascade import cascade_of
from edgestab.theory.models.catalogue import model


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--doublings", type=int, default=10, help="how many to follow (default 10)")
    options = parser.parse_args()
    for name in ("frozen-cubic", "balanced:2", "balanced:3", "balanced:4", "balanced:5"):
        began = time.perf_counter()
        found = cascade_of(model(name), options.doublings)
        seconds = time.perf_counter() - began
        depth = float(model(name).own.sharpness)
        print(f"{name}: {len(found.flips) - 1} doublings in {seconds:.1f} s, S = {depth:g}")
        ratios = [None, *found.ratios, None]
        for flip, ratio in zip(found.flips, ratios, strict=True):
            radius = flip.parameter.rad().str(1, radius=False)
            shown = "" if ratio is None else f"{float(ratio.mid()):.7f}"
            words = "proved" if flip.proved else "not proved"
            print(f"  period {flip.period:5d}  flips at {flip.value:.15f} +- {radius} ({words})  ratio {shown}")
        value, error = found.accumulation
        print(f"  accumulates at {value:.14f} (extrapolated, +- {error:.0e}), eta S = {value * depth:.12f}")


if __name__ == "__main__":
    main()
