"""What of the scalar picture is seen in networks: late trajectories in a plane, bouncing, and the gap to the edge.

Observations, SUPPORTED at best. On a manifold of minima the normal form of the flip gives the gap beta/(4c) between 2/eta
and the final sharpness, where beta = |grad S|^2 and c is the cubic coefficient of the two-step map; on the scalar model it
is eta/2, the leading term of zhu2023.R6.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from edgestab.theory.claim import Claim
from edgestab.theory.claims.networks import R
from edgestab.theory.observation import Bound, Observation, between

SOURCE = "derived; after Zhu et al. 2023, Section 6"


def _late() -> Claim:
    plane = between("share", "share of the late trajectory in the plane of bounce and drift", low="0.9")
    bounce = between("bounce", "median share of a step that bounces back", low="0.9")
    edge = between("sharpness", "eta S/2 at the end", "0.95", "1.01")
    parabola = between("r_squared", "R^2 of the parabola", low="0.5")
    drift = between("descent", "cosine between the drift and grad S", "-0.2", "0.2")

    def run(
        name: str,
        words: str,
        bounds: tuple[Bound, ...],
        seeds: tuple[int, int, int],
        first: int,
        **settings: int | str | R,
    ) -> Observation:
        return Observation(name, "parabola", words, bounds, tuple(settings.items()), (), seeds, R(3, 5), first)

    elu = "ELU MLP with five weight layers (hidden layers of 32) on the parity of 50 digits"
    parts = (
        run("ELU", f"{elu}, eta = 0.15, loss 1e-5 to 1e-8", (plane, bounce, edge, parabola, drift), (5, 10, 20), 300),
        run("ELU, a step size below the edge: no bounce", f"{elu}, eta = 0.06, loss 1e-5 to 1e-8",
            (plane, between("bounce", "median share of a step that bounces back", high="0.05")), (2, 8, 16), 300, eta=R(3, 50)),
        run("ReLU", "ReLU MLP with five weight layers (hidden layers of 50) on the parity of 200 digits, eta = 0.15, loss 1e-4 to 1e-7",
            (plane, bounce, edge, drift), (0, 5, 10), 300, network="relu", high=R(1, 10**4), low=R(1, 10**7), steps=5000),
    )  # fmt: skip
    return Claim(
        "zhu2023.networks-late",
        SOURCE,
        "late trajectories of deep networks",
        "Late in training on small data, from at least three of five starts, gradient descent on these five-layer networks moves in "
        "a plane: it bounces from step to step across a parabola along which it drifts, at the edge of stability.",
        parts,
        kind="derived",
        notes=(
            "The plane and the parabola alone show nothing: below the edge they are there too. The bounce is not.",
            "The mechanism is not the scalar one: the drift is orthogonal to grad S here, and opposite to it there.",
            "With 1000 digits and several eigenvalues at the edge the picture does not hold.",
        ),
    )  # fmt: skip


def _gap() -> Claim:
    inside = (between("loss", "loss at the end", high="1e-12"),)

    def run(name: str, words: str, bound: Bound, first: int, **settings: int | str | R) -> Observation:
        networks = f"{words} on one sample, step size raised at a minimum"
        return Observation(
            name, "landing", networks, (bound, *inside), tuple(settings.items()), (), (3, 10, 30), R(4, 5), first
        )

    gap = "(2/eta - S)/(beta/4c) at the end"
    parts = (
        run("the scalar model: the end of the parabola", "scalar net with four layers", between("gap", gap, "0.9", "1.1"), 100,
            network="scalar"),
        run("three layers: the end of the parabola",
            "linear net with three layers of width 10, asymmetric at the start, eta up by 15 %",
            between("gap", gap, "0.9", "1.15"), 300, network="linear-three", rise=R(3, 20)),
        run("two layers: the mirror image",
            "linear net with two layers of width 10, asymmetric at the start, eta up by 5 %",
            between("mirror_error", "2/eta - S at the end over S - 2/eta at first, less 1", "-0.2", "0.2"), 300, network="linear-two"),
    )  # fmt: skip
    return Claim(
        "zhu2023.networks-gap",
        SOURCE,
        "the gap of linear networks",
        "When the step size is raised at a minimum of a linear network on one sample, gradient descent ends below the new edge: with "
        "three layers by the gap beta/(4c) of the normal form, where the attracting parabola ends, as in the scalar model; with two "
        "layers about as far below as it began above, from at least four of five starts.",
        parts,
        kind="derived",
        notes=(
            "With two layers beta/(4c) is large, the parabola hardly attracts on the way, and the landing mirrors the start.",
        ),
    )


CLAIMS: Mapping[str, Callable[[], Claim]] = {
    "zhu2023.networks-late": _late,
    "zhu2023.networks-gap": _gap,
}
"""The claims that link networks to the scalar model."""
