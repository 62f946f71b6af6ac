"""Cohen, Kaur, Li, Kolter & Talwalkar, "Gradient Descent on Neural Networks Typically Occurs at the Edge of Stability".

ICLR 2021. Every claim here is an observation on small networks, named in it, and can be SUPPORTED at best. The edge is
(2 + 2 beta)/eta and (2 + 2 beta)/(eta (1 + 2 beta)) with Polyak's and Nesterov's momentum, which damian2023.heavy-ball
and damian2023.nesterov prove for quadratics.
"""

from __future__ import annotations

from theory.claim import Claim
from theory.claims.networks import CHEBYSHEV, DIGITS, DIGITS_CLASSES, DIGITS_CNN, DIGITS_ELU, DIGITS_SMALL, R
from theory.observation import Bound, Observation, between

SOURCE = "Cohen et al. 2021"

EDGE = "edge-of-stability"
STARTS_BELOW = between("start", "S over the edge at the start", high="0.95")


def claims() -> tuple[Claim, ...]:
    """Return the paper's claims."""
    return (
        _sharpening(),
        _plateau(),
        _loss(),
        _flow(),
        _taylor(),
        _cross_entropy(),
        _drop(),
        _momentum(),
        _batches(),
        _adaptive(),
    )


def _runs(name: str, bounds: tuple[Bound, ...], *, minutes: bool = True) -> tuple[Observation, ...]:
    """The same statement on Chebyshev, and on digits when there is more time."""
    at_least = R(4, 5)
    cheap = Observation(
        name, EDGE, f"{CHEBYSHEV}, eta = 0.2", bounds, provided=(STARTS_BELOW,), seeds=(5, 10, 20), at_least=at_least
    )
    small = Observation(
        name, EDGE, f"{DIGITS_SMALL}, eta = 0.5", bounds,
        settings=(("network", "digits-small"), ("eta", R(1, 2)), ("steps", 1000), ("settle", 200)),
        provided=(STARTS_BELOW,), seeds=(1, 3, 10), at_least=at_least,
    )  # fmt: skip
    return (cheap, small) if minutes else (cheap,)


def _sharpening() -> Claim:
    bounds = (
        between("sharpening", "fraction of the steps below the edge with grad L . grad S < 0", low="0.6"),
        between("highest", "largest S over the edge", low="1"),
    )
    return Claim(
        "cohen2021.progressive-sharpening",
        SOURCE,
        "progressive sharpening",
        "While the sharpness of these networks is below 2/eta, gradient descent moves in directions along which it "
        "rises for most of the time, until it reaches 2/eta.",
        _runs("below the edge", bounds),
        notes=("The sharpness falls at the very start of many runs; the paper says so too.",),
    )


def _plateau() -> Claim:
    more = tuple(
        Observation(
            f"{words}, several eigenvalues at the edge", EDGE, f"{words}, eta = {float(eta):g}",
            (between("plateau", "mean of S eta/2 on the plateau", "0.98", "1.12"),),
            settings=(("network", network), ("eta", eta), ("steps", steps), ("settle", 50)),
            provided=(STARTS_BELOW,), seeds=(0, 3, 5),
        )
        for words, network, eta, steps in (
            (DIGITS, "digits-tanh", R(1, 2), 700),
            (DIGITS_ELU, "digits-elu", R(1, 2), 600),
            (DIGITS_CNN, "digits-cnn", R(7, 20), 800),
        )
    )  # fmt: skip
    bounds = (between("plateau", "mean of S eta/2 on the plateau", "0.96", "1.06"),)
    return Claim(
        "cohen2021.edge-of-stability",
        SOURCE,
        "the sharpness hovers at 2/eta",
        "Once the sharpness of these networks has reached 2/eta, it stays near it or just above: its mean at the "
        "midpoints of the iterates is within a few per cent of 2/eta.",
        (*_runs("on the plateau", bounds), *more),
        notes=(
            "At the midpoints the oscillation of period two cancels; at the iterates themselves the sharpness swings.",
            "Where several eigenvalues are at the edge the largest of them sits above it.",
        ),
    )


def _loss() -> Claim:
    bounds = (
        between("rises_before", "fraction of steps at which the loss rises, below the edge", high="0"),
        between("rises_after", "the same at the edge", low="0.02"),
        between("descent", "loss at the end over loss at the crossing", high="0.7"),
    )
    return Claim(
        "cohen2021.non-monotone",
        SOURCE,
        "the loss falls, not at every step",
        "The loss of these networks falls at every step until the sharpness reaches 2/eta; then it rises at some steps, and falls in the long run.",
        _runs("the loss", bounds),
    )


def _flow() -> Claim:
    bounds = (
        between("relative", "distance to gradient flow at the edge, over the length of the way", high="0.12"),
        between("growth", "distance 600 steps later over that at the edge", low="3"),
    )
    return Claim(
        "cohen2021.gradient-flow",
        SOURCE,
        "gradient descent leaves gradient flow at the edge",
        "Gradient descent on this network follows gradient flow up to the edge of stability and departs from it afterwards.",
        (_departure("the distance to gradient flow", bounds),),
        notes=(
            "How far apart they are at the edge depends on how near it the start is; with 2/eta = 10 the growth in "
            "600 steps is 4 to 34, not always tenfold.",
        ),
    )


def _taylor() -> Claim:
    bounds = (
        between("taylor", "loss of the quadratic model after 600 steps on it, over that at first", low="1000"),
        between("descent", "the same of the loss", high="1"),
    )
    return Claim(
        "cohen2021.quadratic-model",
        SOURCE,
        "the quadratic Taylor model diverges",
        "Past the edge, gradient descent on the quadratic Taylor model of this network's loss diverges, and on the loss itself it does not.",
        (_departure("from where S eta/2 exceeds 1.02", bounds),),
    )


def _departure(name: str, bounds: tuple[Bound, ...]) -> Observation:
    return Observation(
        name, "flow-departure", f"{CHEBYSHEV}, eta = 0.2", bounds,
        provided=(between("reached", "the edge is reached", low="1"),), seeds=(2, 5, 10),
    )  # fmt: skip


def _cross_entropy() -> Claim:
    bounds = (
        between("rise", "largest S over S at the start", low="1.2"),
        between("fall", "S at the end over the largest S", high="0.2"),
    )
    observation = Observation(
        "sharpness under cross-entropy", EDGE, f"{DIGITS_CLASSES}, eta = 1", bounds,
        settings=(("network", "digits-classes"), ("eta", R(1)), ("steps", 1500)), seeds=(1, 3, 10),
    )  # fmt: skip
    return Claim(
        "cohen2021.cross-entropy",
        SOURCE,
        "under cross-entropy the sharpness falls late",
        "With cross-entropy the sharpness of this network rises at first and falls far below its peak at the end of training.",
        (observation,),
        notes=("On these data the edge itself is not reached at step sizes at which training succeeds.",),
    )


def _drop() -> Claim:
    bounds = (
        between("monotone", "fraction of the 50 steps after the cut at which the loss falls", low="1"),
        between("rise", "S after the cut over S before", "1.2", "2.5"),
    )
    observation = Observation(
        "eta cut in half", "step-size-drop", f"{CHEBYSHEV}, eta = 0.2, then 0.1", bounds,
        provided=(between("old", "S eta/2 before the cut", low="0.85"),), seeds=(2, 5, 10),
    )  # fmt: skip
    return Claim(
        "cohen2021.step-size-drop",
        SOURCE,
        "a cut of the step size restarts progressive sharpening",
        "When the step size is cut in half at the edge, the loss of this network falls at every step again and the "
        "sharpness rises once more.",
        (observation,),
    )


def _momentum() -> Claim:
    plateau = (between("plateau", "mean of S over the edge on the plateau", "0.95", "1.05"),)
    provided = (STARTS_BELOW, between("measured", "measurements on the plateau, loss > 1e-3", low="30"))

    def run(name: str, words: str, seeds: tuple[int, int, int], **settings: int | str | R) -> Observation:
        return Observation(name, EDGE, words, plateau, tuple(settings.items()), provided, seeds, R(4, 5))

    parts = (
        run("heavy ball, edge (2 + 2 beta)/eta", f"{DIGITS_SMALL}, eta = 0.5, beta = 0.5", (2, 5, 10),
            network="digits-small", optimizer="heavy-ball", eta=R(1, 2), beta=R(1, 2), steps=1000, settle=100),
        run("Nesterov, edge (2 + 2 beta)/(eta (1 + 2 beta))", f"{DIGITS_SMALL}, eta = 0.2, beta = 0.9", (2, 5, 10),
            network="digits-small", optimizer="nesterov", eta=R(1, 5), beta=R(9, 10), steps=1000, settle=100),
        run("Nesterov, edge (2 + 2 beta)/(eta (1 + 2 beta))", f"{CHEBYSHEV}, eta = 0.12, beta = 0.5", (0, 5, 10),
            optimizer="nesterov", eta=R(3, 25), beta=R(1, 2)),
    )  # fmt: skip
    return Claim(
        "cohen2021.momentum",
        SOURCE,
        "with momentum the sharpness hovers at the momentum's edge",
        "With Polyak's or Nesterov's momentum the sharpness of these networks hovers at the edge of that method.",
        parts,
    )


def _batches() -> Claim:
    bounds = (
        between("small_over_large", "S with batches of 8 over S with batches of 64", high="0.85"),
        between("large_over_full", "S with batches of 64 over S with the full batch", high="1"),
        between("small", "S eta/2 with batches of 8", high="0.9"),
    )
    observation = Observation(
        "sharpness after 2000 steps", "batch-size", f"{DIGITS_SMALL}, eta = 0.3", bounds,
        settings=(("network", "digits-small"), ("eta", R(3, 10)), ("steps", 2000)), seeds=(1, 3, 10),
    )  # fmt: skip
    return Claim(
        "cohen2021.stochastic",
        SOURCE,
        "the sharpness under SGD is lower, the more so the smaller the batch",
        "Under stochastic gradient descent the sharpness of this network stays below 2/eta, and the lower the smaller the batch.",
        (observation,),
    )


def _adaptive() -> Claim:
    plateau = (between("plateau", "mean of the top eigenvalue of P^-1 H over the edge on the plateau", "0.95", "1.06"),)

    def run(name: str, words: str, seeds: tuple[int, int, int], **settings: int | str | R) -> Observation:
        return Observation(name, EDGE, words, plateau, tuple(settings.items()), (), seeds, R(4, 5))

    parts = (
        run("scalar RMSProp, edge 2/eta", f"{CHEBYSHEV}, eta = 0.03, beta2 = 0.99", (2, 5, 10),
            optimizer="scalar-rmsprop", eta=R(3, 100), beta2=R(99, 100)),
        run("RMSProp, edge 2/eta", f"{CHEBYSHEV}, eta = 0.0005, beta2 = 0.99", (2, 5, 10),
            optimizer="rmsprop", eta=R(1, 2000), beta2=R(99, 100)),
    )  # fmt: skip
    return Claim(
        "cohen2021.adaptive",
        "Cohen et al. 2022, arXiv 2207.14484",
        "adaptive methods train at an edge of their own",
        "With RMSProp the top eigenvalue of the Hessian preconditioned by P = sqrt(nu) hovers at 2/eta.",
        parts,
    )
