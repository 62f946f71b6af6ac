r"""Periodic orbits of deep matrix factorization, in floating point: on the singular-vector set, and in the space of all matrices.

Gradient descent on |W_L ... W_1 - M|_F^2/2. S_i = L sigma_i^(2-2/L) and lambda_12 = sum_l sigma_1^(2(L-1-l)/L) sigma_2^(2l/L) are
eigenvalues of the Hessian at the balanced minimum, for the pair i and for the entries that mix pairs 1 and 2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from edgestab.theory.claim import Claim
from edgestab.theory.claims.networks import R
from edgestab.theory.observation import Bound, Observation, between

SOURCE = "derived; after Ghosh et al. 2025, Theorem 1 as transcribed"
SEEDS = (1, 4, 16)
FIRST = 100

RANDOM = "random spectra of three singular values in (0.6, 1), step sizes between 2/S_1 and the second flip, none within 1 % of a 2/S_i"
EXAMPLE = "singular values 10, 9.5, 9, 0, 0, three layers"


def _run(
    name: str,
    experiment: str,
    words: str,
    *bounds: Bound,
    seeds: tuple[int, int, int] = SEEDS,
    **settings: int | str | R,
) -> Observation:
    return Observation(name, experiment, words, bounds, tuple(settings.items()), (), seeds, first=FIRST)


STARTS = {2: R(1, 10), 3: R(1, 10), 4: R(3, 10)}
"""alpha: with four layers and a small alpha, the plateau beside W_L = 0 lasts."""


def _amplitudes() -> Claim:
    error = between("error", "largest relative error of an amplitude", high="1e-8")
    parts = tuple(
        _run(
            f"{depth} layers", "deep-linear-amplitudes", f"{depth} layers, 60 {RANDOM}", error, depth=depth, alpha=alpha
        )
        for depth, alpha in STARTS.items()
    )
    return Claim(
        "ghosh2025.orbit-amplitudes",
        SOURCE,
        "the 2-cycle of a singular pair, with z = 1 + eta (sigma - rho^L) rho^(L-2)",
        "From W_L = 0 and W_l = alpha I, gradient descent on a diagonal target ends in rho_1^L, rho_2^L = z^L rho_1^L for every pair "
        "with S_i > 2/eta, where rho_1^L = sigma (1 + z^(L-1))/(1 + z^(2L-1)) and z = 1 + eta (sigma - rho_1^L) rho_1^(L-2).",
        parts,
        kind="derived",
        notes=(
            "As transcribed, z has a further factor L: z = 1 + eta L (sigma - rho^L) rho^(L-2). With it the values are those of another step size, and the runs refute it.",
            "On the singular-vector set only: the entries that mix pairs are exactly zero there, and stay so.",
            "Within 1 % of a 2/S_i convergence is too slow to test with a fixed number of steps.",
        ),
    )  # fmt: skip


def _count_on_set() -> Claim:
    count = between("miscounted", "spectra with another number", high="0")
    both = (count, between("least", "least number", "1", "1"), between("most", "largest number", low="2"))
    parts = tuple(
        _run(
            f"{depth} layers", "deep-linear-amplitudes", f"{depth} layers, 60 {RANDOM}", *both, depth=depth, alpha=alpha
        )
        for depth, alpha in STARTS.items()
    )
    return Claim(
        "ghosh2025.count-on-singular-vectors",
        SOURCE,
        "on the singular-vector set as many pairs oscillate as have S_i > 2/eta",
        "From W_L = 0 and W_l = alpha I, and a diagonal target, exactly the singular pairs with S_i > 2/eta oscillate.",
        parts,
        kind="derived",
    )


def _count_in_space() -> Claim:
    words = "2-cycle with normal noise of 1e-8 in every entry, 6000 steps, 40 random spectra of three singular values in (0.6, 1)"
    leave = between("left", "share of runs that leave", low="1")
    stay = between("left", "share of runs that leave", high="0")
    one = between("rank", "mean number of S_i > 2/eta", "1", "1")
    parts = (
        *(_run(f"{depth} layers, eta > 1.03 (2/lambda_12): it leaves", "deep-linear-noise", f"{depth} layers, {words}", leave, depth=depth)
          for depth in (3, 4)),
        *(_run(f"{depth} layers, eta < 0.98 (2/lambda_12): it stays", "deep-linear-noise", f"{depth} layers, {words}", stay, one, depth=depth, side="below")
          for depth in (2, 3, 4)),
    )  # fmt: skip
    return Claim(
        "ghosh2025.count-fails-in-full-space",
        SOURCE,
        "off the singular-vector set the number of S_i > 2/eta does not count the oscillation",
        "With noise of 1e-8 in every entry, runs from the 2-cycle leave it where eta exceeds 2/lambda_12 by 3 %, whatever the number of "
        "S_i > 2/eta; below 2/lambda_12, where only the first pair oscillates, they stay.",
        parts,
        kind="derived",
        notes=(
            "lambda_12 lies between S_1 and S_2: it passes 2/eta before a second pair does.",
            "With two layers some orbits of rank two are so weakly unstable (a multiplier of 1.001) that 6000 steps do not show it.",
        ),
    )  # fmt: skip


def _rank_two() -> Claim:
    parts = tuple(
        _run(
            f"{depth} layers", "deep-linear-rank-two",
            f"{depth} layers, 2500 orbits in both phases, sigma_2/sigma_1 in (0.5, 0.99), eta from 1.01 (2/S_2) to the second flip",
            between("stable", "orbits of radius at most 1 + 1e-6", high="0"), between("least", "least radius less 1", low="0.000001"),
            depth=depth, count=2500,
        )
        for depth in (3, 4, 5)
    )  # fmt: skip
    return Claim(
        "ghosh2025.rank-two-unstable",
        SOURCE,
        "orbits in which two different singular pairs oscillate are unstable",
        "With three, four and five layers, every sampled balanced 2-cycle in which two different singular pairs oscillate, in phase or "
        "not, has a multiplier outside the unit circle in the entries that mix the two.",
        parts,
        kind="derived",
        notes=(
            "So orbits of rank p >= 2 exist (Theorem 1, as transcribed) and are saddles in the space of all matrices: runs from random starts do not end there.",
            "The multipliers are those of the closed block of 2L entries, the rotations of hidden layers divided out.",
        ),
    )


def _rank_one() -> Claim:
    def window(depth: int, low: str, high: str) -> Observation:
        return _run(
            f"{depth} layers", "deep-linear-rank-one", f"{depth} layers, 200 ratios sigma_2/sigma_1 in (0.6, 0.95)",
            between("unstable", "share that loses stability", low="1"), between("first", "least eta lambda_12/2 there", low=low),
            between("last", "largest eta lambda_12/2 there", high=high), between("before", "largest eta S_2/2 there", high="1"), depth=depth,
        )  # fmt: skip

    return Claim(
        "ghosh2025.rank-one-window",
        SOURCE,
        "where the orbit of rank one attracts",
        "The balanced 2-cycle of the first pair alone loses its stability against the second before that oscillates, at 2/lambda_12 with two "
        "layers, and at most 2 % above 2/lambda_12 with three to five, where the window of the 2-cycle reaches so far.",
        (window(2, "0.99999", "1.00001"), *(window(depth, "1", "1.02") for depth in (3, 4, 5))),
        kind="derived",
    )  # fmt: skip


def _multipliers() -> Claim:
    parts = tuple(
        _run(
            f"{depth} layers", "deep-linear-growth",
            f"{depth} layers, 40 random spectra, a perturbation of 1e-200 of the 2-cycle of rank two over 1200 steps",
            between("error", "largest difference of the moduli", high="0.000001"), between("spectra", "spectra", low="40"), depth=depth,
        )
        for depth in (2, 3, 4)
    )  # fmt: skip
    return Claim(
        "ghosh2025.multipliers-in-runs",
        SOURCE,
        "perturbed runs grow by the Floquet multiplier",
        "What a run of gradient descent grows by along a perturbed 2-cycle of rank two is the modulus of the leading multiplier, within 1e-6, "
        "on 120 random spectra with two, three and four layers.",
        parts,
        kind="derived",
    )


def _example() -> Claim:
    finite = between("diverged", "diverged", high="0")

    def on_set(eta: R, rank: str) -> Observation:
        return _run(
            f"diagonal start, eta = {float(eta):g}", "deep-linear-orbit", f"{EXAMPLE}, W_3 = 0, W_1 = W_2 = 0.01 I, 6000 steps",
            between("error", "largest error of an amplitude", high="1e-9"), between("oscillating", "pairs that oscillate", rank, rank),
            eta=eta, start="diagonal", seeds=(1, 3, 3),
        )  # fmt: skip

    def attracts(eta: R, start: str) -> Observation:
        return _run(
            f"{start} start, eta = {float(eta):g}: it attracts", "deep-linear-orbit", f"{EXAMPLE}, 6000 steps", finite,
            between("error", "largest error of an amplitude", high="1e-4"), between("oscillating", "pairs that oscillate", "1", "1"),
            eta=eta, start=start, seeds=(2, 8, 32),
        )  # fmt: skip

    def leaves(eta: R, start: str) -> Observation:
        return _run(
            f"{start} start, eta = {float(eta):g}: no 2-cycle", "deep-linear-orbit", f"{EXAMPLE}, the last 4000 of 6000 steps",
            between("repeat", "largest |P_t - P_(t-2)|", low="0.01"), between("off", "largest entry that mixes pairs", low="0.01"),
            eta=eta, start=start, last=4000, seeds=(2, 8, 32),
        )  # fmt: skip

    steps = {name: R(f"0.0{name}") for name in ("315", "318", "322", "325", "33", "34", "36")}
    parts = (
        on_set(steps["315"], "1"), on_set(steps["34"], "2"), on_set(R("0.03625"), "3"),
        *(attracts(steps[s], start) for s in ("315", "318") for start in ("noise", "random")),
        *(leaves(steps[s], "noise") for s in ("322", "325", "33", "34")), leaves(steps["325"], "random"),
        *(leaves(steps[s], "rotated") for s in ("325", "34")),
        _run("noise, eta = 0.036: it diverges", "deep-linear-orbit", f"{EXAMPLE}, 6000 steps", between("diverged", "diverged", low="1"),
             eta=steps["36"], seeds=(2, 8, 32)),
    )  # fmt: skip
    return Claim(
        "ghosh2025.example",
        SOURCE,
        "singular values 10, 9.5, 9 with three layers, on the singular-vector set and off it",
        "From a diagonal start the amplitudes at eta = 0.0315, 0.034 and 0.03625 are those of the closed form, of rank 1, 2 and 3. With noise "
        "of 1e-8 or from a random start the orbit of rank one attracts at 0.0315 and 0.0318; at 0.0322 to 0.034 runs come to no 2-cycle, and at 0.036 "
        "they diverge. At 0.0325 and 0.034 the rounding of rotated hidden layers is noise enough.",
        parts,
        kind="derived",
        notes=(
            "A pair of complex multipliers leaves the unit circle at 0.032061. At 0.0322 runs leave the 2-cycle slowly, and after 30,000 steps all of four are on one quasi-periodic orbit, |P_t - P_(t-2)| between 0.015 and 0.565.",
            "At 0.034 runs are chaotic and diverge after times that vary from some thousands of steps to more than 30,000: within 6000 most do not.",
            "2/S_1 = 0.030944, 2/lambda_12 = 0.032008, 2/S_2 = 0.033134, 2/S_3 = 0.035611.",
        ),
    )  # fmt: skip


CLAIMS: Mapping[str, Callable[[], Claim]] = {
    "ghosh2025.orbit-amplitudes": _amplitudes,
    "ghosh2025.count-on-singular-vectors": _count_on_set,
    "ghosh2025.count-fails-in-full-space": _count_in_space,
    "ghosh2025.rank-two-unstable": _rank_two,
    "ghosh2025.rank-one-window": _rank_one,
    "ghosh2025.multipliers-in-runs": _multipliers,
    "ghosh2025.example": _example,
}
"""The claims that runs and multipliers settle, SUPPORTED at best."""
