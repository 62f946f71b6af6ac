"""Observations on small networks, SUPPORTED at best.

The polarity of a rotation is this package's operational quantity
(docs/networks.md): 1 when an eigenvector turns back the way it came, -1 when it goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from edgestab.theory.claim import Claim
from edgestab.theory.claims.networks import CHEBYSHEV, DIGITS_PARITY, R
from edgestab.theory.observation import Bound, Observation, between

SOURCE = "Wang & Roberts 2024"
MOST = R(4, 5)


def _instabilities(name: str, *bounds: Bound) -> Observation:
    return Observation(
        name, "rotation", f"{CHEBYSHEV}, eta = 0.2, 1000 steps", bounds, (("steps", 1000),),
        provided=(between("instabilities", "instabilities that ended", low="1"),),
        seeds=(2, 5, 15), at_least=MOST, first=100,
    )  # fmt: skip


def _rotation() -> Claim:
    return Claim(
        "wang2024.rotation",
        SOURCE,
        "eigenvectors rotate during instabilities",
        "Past the edge, the top eigenvector of this network's Hessian turns more while the loss rises than while it falls, "
        "from at least four of five starts.",
        (
            _instabilities(
                "at the iterates, over two steps",
                between("rising", "probability of more rotation while the loss rises", low="0.8"),
                between("excess", "mean rotation while it rises over that while it falls", low="2"),
            ),
            _instabilities(
                "at the midpoints",
                between("path_rising", "probability of more rotation while the loss rises", low="0.55"),
                between("path_excess", "mean rotation while it rises over that while it falls", low="2"),
            ),
        ),
    )


def _reversal() -> Claim:
    return Claim(
        "wang2024.polarity",
        SOURCE,
        "the rotation turns back when the instability ends",
        "On this network the rotation of the top eigenvector at the iterates turns back in direction after an instability; that of "
        "the path of midpoints goes on.",
        (
            _instabilities("at the iterates", between("polarity", "mean polarity", low="0.3")),
            _instabilities("at the midpoints", between("path_polarity", "mean polarity", high="-0.1")),
        ),
        notes=(
            "It turns back in direction and does not come all the way back.",
            "On digits with ten classes, where eigenvalues lie within a per cent of each other, no reversal was seen.",
        ),
    )


def _depth() -> Claim:
    def run(layers: int, words: str, bound: Bound) -> Observation:
        return Observation(
            words, "rotation-without-depth", f"{words}, tanh, on {DIGITS_PARITY.split(' on ')[1]}, 100 steps", (bound,),
            (("layers", layers), ("steps", 100)), seeds=(2, 5, 10), at_least=MOST, first=300,
        )  # fmt: skip

    turned = "angle by which the top eigenvector turned"
    return Claim(
        "wang2024.depth",
        SOURCE,
        "rotation needs depth",
        "Without a hidden layer the Hessian of the squared error is constant and its eigenvectors cannot turn; with one or two "
        "they do.",
        (
            run(0, "no hidden layer", between("turned", turned, high="1e-7")),
            run(1, "one hidden layer of 24", between("turned", turned, low="0.2")),
            run(2, "two hidden layers of 24", between("turned", turned, low="0.2")),
        ),
    )


def _flattening() -> Claim:
    bounds = (
        between("sharpness", "sharpness with the larger step size over that with the smaller", "0.7", "0.9"),
        between("relative", "mean of S eta/2 at the end", "0.95", "1.07"),
    )
    observation = Observation(
        "eta up by 25 % at the edge", "flattening", f"{CHEBYSHEV}, eta = 0.2, then 0.25", bounds, seeds=(2, 5, 10),
        at_least=MOST, first=100,
    )  # fmt: skip
    return Claim(
        "wang2024.flattening",
        SOURCE,
        "a larger step size leads to flatter regions",
        "When the step size is raised at the edge of stability, this network moves to where the sharpness is lower, down to the "
        "new edge.",
        (observation,),
    )


def _goldilocks() -> Claim:
    bounds = (
        between("gain", "best validation accuracy less that of the smallest step size", low="0.02"),
        between("best", "S_0 eta/2 at the best", "0.5", "2.9"),
        between("diverged", "the smallest S_0 eta/2 that diverges", "1.9", "4.1"),
        between("end_above", "mean S eta/2 at the end beyond 2/S_0", "0.98", "1.12"),
    )
    observation = Observation(
        "13 step sizes, 1000 steps", "goldilocks", "tanh MLP 64-32-10 on 500 digits, validated on the other 1297", bounds,
        seeds=(1, 5, 10), at_least=MOST, first=100,
    )  # fmt: skip
    return Claim(
        "wang2024.goldilocks",
        SOURCE,
        "the most accurate step size is near 2/S_0 or beyond, after as many steps",
        "After the same number of steps this network validates best with a step size about 2/S_0, S_0 being the sharpness at the "
        "start; much smaller ones are worse, and beyond two to four times 2/S_0 gradient descent diverges.",
        (observation,),
        notes=("What the large step gives here is speed: see wang2024.same-time.",),
    )


def _same_time() -> Claim:
    bound = between("advantage", "best accuracy beyond 2/S_0 less the best below", high="0.01")
    settings = (("same_time", 4000), ("low", R(1, 4)), ("high", 4), ("count", 9))
    observation = Observation(
        "9 step sizes, the same time eta t", "goldilocks", "tanh MLP 64-32-10 on 500 digits, validated on the other 1297",
        (bound,), settings, seeds=(1, 3, 10), at_least=MOST, first=200,
    )  # fmt: skip
    return Claim(
        "wang2024.same-time",
        f"derived; after {SOURCE}",
        "after the same time the advantage is gone",
        "Compared after the same time eta t, step sizes beyond 2/S_0 are no more accurate on this network than those below: the "
        "best by at most one per cent.",
        (observation,),
        kind="derived",
        notes=("A control: one standard error of the accuracies is 0.8 per cent.",),
    )


CLAIMS: Mapping[str, Callable[[], Claim]] = {
    "wang2024.rotation": _rotation,
    "wang2024.polarity": _reversal,
    "wang2024.depth": _depth,
    "wang2024.flattening": _flattening,
    "wang2024.goldilocks": _goldilocks,
    "wang2024.same-time": _same_time,
}
"""The claims on networks."""
