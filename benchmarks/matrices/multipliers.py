"""The leading Floquet multiplier of a 2-cycle in a thousand to a hundred thousand parameters."""

from __future__ import annotations

import time

import numpy as np

from benchmarks.found import Found, Tick, figures
from edgestab.numerics.floquet.dynamics import dynamics_of
from edgestab.numerics.floquet.floquet import floquet
from edgestab.numerics.floquet.newton import refine
from edgestab.numerics.matrices.factorization import factorization
from edgestab.numerics.matrices.pairs import pair_multipliers
from edgestab.numerics.matrices.starts import generic, perturbed
from edgestab.numerics.matrices.two_cycle import two_cycle, two_cycle_starts

SIDES = (19, 58, 183)
DEPTH = 3


def measure(largest: int, tick: Tick) -> Found:
    """Return the table: Newton-Krylov from a perturbed orbit, and the multiplier against that of the closed blocks."""
    rows, record = [], []
    for side in [d for d in SIDES if d < largest] + [largest]:
        random = np.random.default_rng(0)
        sigma = np.concatenate([[10.0, 9.4], np.sort(random.uniform(1, 8, side - 2))[::-1]])
        u, v = (np.linalg.qr(random.standard_normal((side, side)))[0] for _ in range(2))
        model = factorization(u * sigma @ v.T, depth=DEPTH)
        eta = 2.3 / (DEPTH * sigma[0] ** (2 - 2 / DEPTH))
        start = two_cycle_starts(model, eta, (1, -1), generic(model, 3))[0]
        dynamics = dynamics_of(model, eta)
        tick(f"{model.size} parameters: Newton")
        began = time.process_time()
        cycle = refine(dynamics, perturbed(start[None], 1e-6, 4)[0], 2)
        newton = time.process_time() - began
        tick(f"{model.size} parameters: multipliers")
        began = time.process_time()
        found = floquet(dynamics, start, 2)
        arnoldi = time.process_time() - began
        exact = _radius(sigma, eta)
        rows.append(
            (
                f"{model.size} parameters",
                figures(newton),
                f"{cycle.residual:.0e}",
                figures(arnoldi),
                str(found.products),
                f"{found.radius:.9f}",
                f"{abs(found.radius - exact):.0e}",
            )
        )
        record.append(
            {
                "parameters": model.size,
                "newton_seconds": newton,
                "residual": cycle.residual,
                "seconds": arnoldi,
                "products": found.products,
                "radius": found.radius,
                "exact": exact,
            }
        )
    return Found(
        "multipliers",
        "The 2-cycle of rank two of a deep factorization with three layers, generic singular vectors and rotations",
        ("", "Newton, s", "residual", "multipliers, s", "products", "largest modulus", "differs by"),
        rows,
        (
            "Newton from the orbit with noise of 1e-6. A product is one with the monodromy, two Hessian products.",
            "Differs by: from the closed block of the two pairs, phases opposite.",
        ),
        {"cases": record},
    )


def _radius(sigma: np.ndarray, eta: float) -> float:
    low, high = two_cycle(eta, sigma[:2], DEPTH)

    def rows(x: float) -> np.ndarray:
        return np.full((1, DEPTH), x)

    cycle = [(rows(low[0]), rows(high[1])), (rows(high[0]), rows(low[1]))]
    return float(abs(pair_multipliers(cycle, sigma[:1], sigma[1:2], eta)[0, 0]))
