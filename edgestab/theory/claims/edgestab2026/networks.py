"""The law of landing on networks: where its terms are small, where the modes lag, and below the edge.

Observations, SUPPORTED at best. Bounds were set on seeds below 500.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from edgestab.theory.claim import Claim
from edgestab.theory.claims.networks import R
from edgestab.theory.observation import Bound, Observation, between

SOURCE = "derived; after Zhu et al. 2023 and Gan 2026, arXiv 2604.02653, as transcribed"

RUN = "landing-on-minima"
FIRST = 500
MOST = R(4, 5)

APART = between("second", "second eigenvalue over S", high="0.95")
BEND = between("bend", "k/C", high="0.5")
LAW = between("ratio", "2/eta - S at the end over G/(2C)", "0.85", "1.15")
INSIDE = (
    between("kappa", "kappa", high="0.1"),
    between("relative", "G/(2C) over S", high="0.02"),
    BEND,
    APART,
)

SOFTPLUS = "softplus MLP 2-6-1 on three samples of a teacher"
SOFTPLUS_TWO = "softplus MLP 4-5-5-1 on three samples of a teacher"
TANH_THREE = "tanh MLP 1-4-4-4-1 on the Chebyshev polynomial T_3 at 5 points"
LINEAR_FOUR = "linear net 3-4-4-4-2 on three whitened samples"

MEANING = (
    "S is the sharpness of a minimum, u its eigenvector, T = D^3 L[u, u, .], G the squared slope of S along the minima, C = sum_j T_j^2/lam_j - D^4 L[u, u, u, u]/3 over the normal "
    "directions, kappa = G sum over j not top of T_j^2/lam_j^2/C^2, k the second derivative of S along its slope"
)


def _run(
    name: str,
    network: str,
    words: str,
    bounds: tuple[Bound, ...],
    provided: tuple[Bound, ...],
    seeds: tuple[int, int, int],
    **settings: int | R,
) -> Observation:
    given = (("network", network), *settings.items())
    return Observation(name, RUN, f"{words}, |f - y|^2/2", bounds, given, provided, seeds, MOST, FIRST)


def _landing() -> Claim:
    def law(network: str, words: str, *seeds: int) -> Observation:
        quick, standard, deep = seeds
        return _run(
            "the law", network, f"{words}, down the sharpness to small terms", (LAW,), INSIDE, (quick, standard, deep)
        )

    parts = (
        law("small-softplus", SOFTPLUS, 1, 6, 15),
        law("small-linear-four", LINEAR_FOUR, 2, 6, 15),
        _run(
            "below the edge nothing lands", "small-softplus", f"{SOFTPLUS}, started 2 G/(2C) below the edge with a tenth of the swing",
            (between("ratio", "2/eta - S at the end over G/(2C)", "1.9", "2.1"),), INSIDE, (1, 5, 10), above=-2, swing=R(1, 10),
        ),
        law("small-softplus-two", SOFTPLUS_TWO, 0, 6, 15),
    )  # fmt: skip
    return Claim(
        "edgestab2026.networks-landing",
        SOURCE,
        "networks land at 2/eta - G/(2C) where the terms of the law are small",
        f"{MEANING}. At minima of these networks with kappa <= 0.1, G/(2C) <= S/50, k <= C/2 and the second eigenvalue at most 0.95 S, gradient descent with eta = 2/S that begins above it lands "
        "at a sharpness below 2/eta by G/(2C) up to 15 %, from at least four of five starts.",
        parts,
        kind="derived",
        notes=(
            "Those minima are found by training, and then down the slope of the sharpness along the minima; a start from which there are none is left out and counted.",
            "The third part is a negative control: from below the edge the sharpness stays where it is.",
        ),
    )  # fmt: skip


def _lag() -> Claim:
    near = (between("relative", "G/(2C) over S", high="0.03"), BEND, APART)
    reduced = between("reduced_ratio", "2/eta - S at the end over that of the reduced map", "0.8", "1.25")
    words = f"{TANH_THREE}, at the minimum that was trained"
    parts = (_run("the reduced map", "small-tanh-three", words, (reduced,), near, (4, 8, 20), small=0),)
    return Claim(
        "edgestab2026.networks-lag",
        SOURCE,
        "where the normal modes of a network lag behind the swing, the reduced map says where it lands",
        f"{MEANING}. At minima that training finds of this network, with G/(2C) at most 0.03 S, k <= C/2 and the second eigenvalue at most 0.95 S, gradient descent that begins above the edge lands where the map of the swing, "
        "the sharpness and the normal modes ends, up to 25 %, from at least four of five starts.",
        parts,
        kind="derived",
        notes=(
            "The map: |x|' = |x| (1 + eta (y + sum_j T_j r_j - C_0 x^2/2)), r_j' = (1 - eta lam_j) r_j - eta T_j x^2/2, y' = y - eta (G + 2 k y) x^2/2, with y = S - 2/eta of the minimum that is passed, j not top and "
            "C_0 = T_u^2/lam - Q/3. If the modes follow at once it ends at y = -G/(2C).",
        ),
    )  # fmt: skip


CLAIMS: Mapping[str, Callable[[], Claim]] = {"edgestab2026.networks-landing": _landing, "edgestab2026.networks-lag": _lag}
"""What runs of networks show of the law."""
