"""Runs of scalar chains: their balancing gaps, and the sharpness of the minima where they end."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.claims.ghosh2025.notation import AFTER
from edgestab.theory.observation import Bound, Observation, between


def _run(name: str, experiment: str, words: str, *bounds: Bound, **settings: int | str | sp.Rational) -> Observation:
    return Observation(
        name, experiment, words, bounds, tuple(settings.items()), seeds=(1, 4, 16), first=100
    )  # fmt: skip


def _gaps() -> Claim:
    R = sp.Rational
    words = "500 starts with all x_i in (0.02, 0.3), 4000 steps; gaps above 1e-9"
    bounded = between("diverged", "runs that diverge", high="0")
    falls = between("rise", "largest relative growth of a gap in a step", high="0.000001"), bounded
    rises = between("rising", "share of runs in which a gap grows", low="1"), bounded
    return Claim(
        "ghosh2025.gaps-along-runs",
        AFTER,
        "balancing gaps along runs from small starts",
        "GD of step eta on (1 - x_1 ... x_L)^2/2, S = L, from small positive x_i: no gap |x_i^2 - x_j^2| ever grows where eta S < 2 sqrt2 with L = 2, and none for L = 3, 4 up to eta S = 3.6; for "
        "L = 2 and eta S in (3.2, 3.9) it grows in every run.",
        (
            _run("L = 2, eta S in (0.2, 2.82): none grows", "scalar-chain-gaps", f"two layers, {words}", *falls, depth=2),
            _run("L = 2, eta S in (3.2, 3.9): it grows", "scalar-chain-gaps", f"two layers, {words}", *rises, depth=2, low=R("3.2"), high=R("3.9")),
            *(_run(f"L = {depth}, eta S in (0.2, 3.6): none grows", "scalar-chain-gaps", f"{depth} layers, {words}", *falls, depth=depth, high=R("3.6")) for depth in (3, 4)),
        ),
        kind="derived",
        notes=("When a single step shrinks a gap is proved: ghosh2025.balance.", "Below 1e-9 a gap jitters by rounding."),
    )  # fmt: skip


def _ends() -> Claim:
    words = "400 log-normal starts"
    parts = []
    for depth in (2, 3, 4, 5):
        parts += [
            _run(
                f"L = {depth}, eta L/2 in (0.4, 0.99)", "scalar-chain-ends", f"{depth} layers, {words}",
                between("sharpest", "largest eta S where a run ends", high="2.000001"), between("least", "least S there", low=str(depth)),
                between("converged", "share that converges", low="0.8"), depth=depth,
            ),
            _run(
                f"L = {depth}, eta L/2 in (1.02, 1.2)", "scalar-chain-ends", f"{depth} layers, {words}, 20,000 steps",
                between("converged", "share that converges", high="0"), depth=depth, side="above", steps=20_000,
            ),
        ]  # fmt: skip
    return Claim(
        "ghosh2025.ends-are-stable",
        AFTER,
        "scalar chains end at minima with eta S <= 2, and at none past eta = 2/L",
        "Runs of GD on (1 - x_1 ... x_L)^2/2, L = 2 to 5, that converge end at a minimum of sharpness S = sum 1/x_i^2 with L <= S <= 2/eta; for eta > 1.02 (2/L) none converges.",
        tuple(parts),
        kind="derived",
        notes=("Starts that fall on an unstable minimum exist, but not in a sample: they are a null set.", "S >= L by the means (ghosh2025.flattest): past 2/L no minimum is stable."),
    )  # fmt: skip


CLAIMS: Mapping[str, Callable[[], Claim]] = {
    "ghosh2025.gaps-along-runs": _gaps,
    "ghosh2025.ends-are-stable": _ends,
}
"""The claims on runs of scalar chains."""
