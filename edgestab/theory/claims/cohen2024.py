"""Cohen, Damian, Talwalkar, Kolter & Lee, "Understanding Optimization in Deep Learning with Central Flows" (2024).

Observations on small networks, named in each claim, SUPPORTED at best; and two facts of convex optimization about the
flows themselves, on random problems.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from edgestab.theory.claim import Claim
from edgestab.theory.claims.networks import CHEBYSHEV, DIGITS_SMALL, R
from edgestab.theory.observation import Bound, Observation, between

SOURCE = "Cohen et al. 2024"


def _flow(
    name: str,
    words: str,
    seeds: tuple[int, int, int],
    *,
    on: str = CHEBYSHEV,
    first: int = 100,
    more: tuple[Bound, ...] = (),
    **settings: int | str | R,
) -> Observation:
    """The statement of the central flow's claims, held against other seeds than its settings were chosen on."""
    bounds = (
        between("loss_ratio", "error of the predicted mean loss over that of the flow without an edge", high="0.3333"),
        between("own_ratio", "the same error over that of the central flow's own loss", high="0.5"),
        between("pinned", "largest distance from the edge of an eigenvalue that holds variance, relative", high="0.01"),
        between("variance_ratio", "variance of the oscillation over its prediction", "0.85", "1.15"),
        between("rises", "largest rise of the central flow's loss", high="0"),
        between("distance_ratio", "distance to the central flow over that to the flow without an edge", high="0.3"),
    )
    networks = f"{on}, {words}, displaced along u at the edge"
    return Observation(
        name, "central-flow", networks, (*bounds, *more), tuple(settings.items()), (), seeds, R(4, 5), first
    )


NOTE = (
    "Displaced by 0.3 standard deviations of the predicted oscillation whenever the central flow comes to the edge; "
    "cohen2024.no-displacement says what happens otherwise."
)


CLOSE = (
    between("loss_error", "mean relative error of the predicted mean loss", high="0.02"),
    between("pinned", "largest distance from the edge of an eigenvalue that holds variance, relative", high="0.002"),
)
"""With one eigenvalue at the edge; the errors of a flow with half or twice the variance are larger."""


def _gd() -> Claim:
    return Claim(
        "cohen2024.central-flow-gd",
        SOURCE,
        "the central flow of gradient descent",
        "At the edge of stability gradient descent on these networks follows its central flow, which predicts the mean loss "
        "and the variance of the oscillation, from at least four of five starts.",
        (
            _flow("one eigenvalue", "eta = 0.2, 1000 steps from the edge", (2, 5, 10), more=CLOSE, dt=4),
            _flow("up to two eigenvalues", "eta = 0.2, 2500 steps from the edge", (0, 3, 10), steps=2500, dt=2),
            _flow("several eigenvalues", "eta = 0.5, 240 steps from the edge", (0, 3, 5),
                  on=DIGITS_SMALL, first=200, network="digits-small", eta=R(1, 2), steps=240, dt=1),
        ),
        notes=(NOTE,),
    )  # fmt: skip


TIGHT = (between("variance_ratio", "variance of the oscillation over its prediction", "0.97", "1.03"),)


def _scalar_rmsprop() -> Claim:
    return Claim(
        "cohen2024.central-flow-scalar-rmsprop",
        SOURCE,
        "the central flow of scalar RMSProp",
        "At its edge scalar RMSProp on this network follows its central flow, along which eta S/sqrt(nu) is 2, from at least four of five starts.",
        (
            _flow("beta2 = 0.99", "eta = 0.03, beta2 = 0.99, 400 steps from the edge", (1, 5, 10),
                  first=200, more=TIGHT, optimizer="scalar-rmsprop", eta=R(3, 100), steps=400),
            _flow("beta2 = 0.9", "eta = 0.03, beta2 = 0.9, 400 steps from the edge", (0, 3, 10),
                  optimizer="scalar-rmsprop", eta=R(3, 100), beta2=R(9, 10), steps=400, dt=1),
        ),
        notes=(NOTE, "These statistics depend little on the rate at which nu moves; cohen2024.central-flow-rmsprop tests it."),
    )  # fmt: skip


MEMORY = (
    between("memory_error", "mean relative error of nu", high="0.06"),
    between("distance_ratio", "distance to the central flow over that to the flow without an edge", high="0.2"),
    *TIGHT,
)
"""With the rate of nu halved or doubled, its error is above 0.085."""


def _rmsprop() -> Claim:
    return Claim(
        "cohen2024.central-flow-rmsprop",
        SOURCE,
        "the central flow of RMSProp",
        "At its edge RMSProp on this network follows its central flow for 400 steps, from at least four of five starts.",
        (
            _flow("beta2 = 0.99", "eta = 0.001, beta2 = 0.99, 400 steps from the edge", (1, 5, 10),
                  first=300, more=MEMORY, optimizer="rmsprop", eta=R(1, 1000), steps=400, dt=1),
        ),
        notes=(
            NOTE,
            "After 1000 steps the paths have drifted apart by more than the oscillation on some seeds, and the variance "
            "about the central flow says nothing any more; about the optimizer's own midpoints it still agrees.",
        ),
    )  # fmt: skip


def _no_kick() -> Claim:
    observation = Observation(
        "no displacement at the edge", "central-flow", f"{CHEBYSHEV}, eta = 0.2, 1000 steps from the edge",
        (between("loss_ratio", "error of the predicted mean loss over that of the flow without an edge", low="0.3334"),),
        settings=(("dt", 4), ("kick", 0)), seeds=(2, 5, 10), at_least=R(3, 5), first=100,
    )  # fmt: skip
    return Claim(
        "cohen2024.no-displacement",
        f"derived; after {SOURCE}",
        "in float64 the oscillation at the edge is late",
        "When gradient descent in float64 comes to the edge of this network by itself, the central flow predicts the mean loss of "
        "the next 1000 steps less than three times better than gradient flow, from at least three of five starts.",
        (_flow("displaced", "eta = 0.2, 1000 steps from the edge", (2, 5, 10), dt=4), observation),
        kind="derived",
        notes=("The second part is a negative control.",),
    )


def _constrained() -> Claim:
    bounds = (
        between("distance_ratio", "largest distance between the two over the length of the way", high="0.01"),
        between("variance_ratio", "mean sigma^2 over mean delta^2", "0.98", "1.02"),
    )
    observation = Observation(
        "200 steps from the edge", "central-and-constrained", f"{CHEBYSHEV}, eta = 0.2", bounds,
        settings=(("steps", 200),),
        provided=(between("second", "largest second eigenvalue over the edge", high="1"),), seeds=(1, 3, 5),
    )  # fmt: skip
    return Claim(
        "cohen2024.constrained-trajectory",
        f"derived; after {SOURCE} and Damian et al. 2023",
        "the central flow is the constrained trajectory",
        "While one eigenvalue is at the edge, the central flow of gradient descent on this network and Damian's constrained "
        "trajectory are the same path, and sigma^2 = delta^2.",
        (observation,),
    )


def _closed_form() -> Claim:
    observation = Observation(
        "along the flow", "scalar-rmsprop-variance", f"{CHEBYSHEV}, scalar RMSProp with eta = 0.03, beta2 = 0.99",
        (between("error", "largest relative difference", high="1e-4"),),
        provided=(between("points", "points with one eigenvalue at the edge", low="5"),), seeds=(1, 3, 5),
    )  # fmt: skip
    return Claim(
        "cohen2024.scalar-rmsprop-variance",
        SOURCE,
        "the variance in closed form",
        "With one eigenvalue at the edge, the variance of scalar RMSProp's oscillation has a closed form, which the "
        "complementarity problem agrees with along the flow of this network.",
        (observation,),
        notes=("Two ways to the same algebra; this tests that they are computed alike.",),
    )


def _complementarity() -> Claim:
    observation = Observation(
        "random problems", "complementarity", "250 random problems with k = 1 to 6, regular, singular and badly scaled",
        (
            between("residual", "largest residual of the conditions of optimality", high="1e-8"),
            between("error", "largest relative error where the solution is unique", high="1e-5"),
        ),
        seeds=(2, 5, 20),
    )  # fmt: skip
    return Claim(
        "cohen2024.complementarity",
        SOURCE,
        "the complementarity problem is solved",
        "The complementarity problem X >= 0, A + B[X] >= 0, <X, A + B[X]> = 0 is solved to 1e-8 on problems with known solutions.",
        (observation,),
    )


def _stationary() -> Claim:
    observation = Observation(
        "random Hessians", "stationary-preconditioner", "random 6x6 Hessians and gradients, eta = 0.1, beta2 = 0.9",
        (
            between("residual", "residual of the convex problem's conditions of optimality", high="1e-8"),
            between("rate", "largest |nu'|/(kappa nu) at its solution", high="1e-6"),
            between("difference", "relative difference of the preconditioner at which nu comes to rest", high="1e-6"),
            between("multiplier_difference", "relative difference of (2/eta^2) Sigma from the multiplier", high="1e-6"),
        ),
        settings=(("steps", 3000),),
        seeds=(3, 10, 30),
    )  # fmt: skip
    return Claim(
        "cohen2024.stationary-preconditioner",
        SOURCE,
        "RMSProp's preconditioner at rest solves a convex problem",
        "The P at which nu' = 0 minimizes tr P + |g|^2 in P^-1 over eta^2 subject to H <= 2P; its multiplier is (2/eta^2) Sigma.",
        (observation,),
    )


CLAIMS: Mapping[str, Callable[[], Claim]] = {
    "cohen2024.central-flow-gd": _gd,
    "cohen2024.central-flow-scalar-rmsprop": _scalar_rmsprop,
    "cohen2024.central-flow-rmsprop": _rmsprop,
    "cohen2024.no-displacement": _no_kick,
    "cohen2024.constrained-trajectory": _constrained,
    "cohen2024.scalar-rmsprop-variance": _closed_form,
    "cohen2024.complementarity": _complementarity,
    "cohen2024.stationary-preconditioner": _stationary,
}
"""The paper's claims."""
