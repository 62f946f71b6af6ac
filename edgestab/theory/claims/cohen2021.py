"""Cohen, Kaur, Li, Kolter & Talwalkar, "Gradient Descent on Neural Networks Typically Occurs at the Edge of Stability".

ICLR 2021. Every claim here is an observation on small networks, named in it, and can be SUPPORTED at best. Bounds were set
on seeds below 300, and the claims are held against the seeds from 300 on, four of five of which must hold. The edge is
(2 + 2 beta)/eta and (2 + 2 beta)/(eta (1 + 2 beta)) with Polyak's and Nesterov's momentum, which damian2023.heavy-ball
and damian2023.nesterov prove for quadratics.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from edgestab.theory.claim import Claim
from edgestab.theory.claims.networks import CHEBYSHEV, DIGITS, DIGITS_CLASSES, DIGITS_CNN, DIGITS_ELU, DIGITS_SMALL, R
from edgestab.theory.observation import Bound, Observation, between

SOURCE = "Cohen et al. 2021"

EDGE = "edge-of-stability"
FIRST = 300
MOST = R(4, 5)
STARTS_BELOW = between("start", "S over the edge at the start", high="0.95")


def _runs(name: str, bounds: tuple[Bound, ...], small: tuple[Bound, ...] = ()) -> tuple[Observation, ...]:
    """A statement on Chebyshev, and the same or another on digits."""
    cheap = Observation(
        name, EDGE, f"{CHEBYSHEV}, eta = 0.2", bounds, (), (STARTS_BELOW,), (5, 10, 20), MOST, FIRST
    )  # fmt: skip
    settings = (("network", "digits-small"), ("eta", R(1, 2)), ("steps", 1000))
    more = Observation(
        name, EDGE, f"{DIGITS_SMALL}, eta = 0.5", small or bounds, settings, (STARTS_BELOW,), (1, 5, 10), MOST, FIRST
    )  # fmt: skip
    return (cheap, more)


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
            settings=(("network", network), ("eta", eta), ("steps", steps)),
            provided=(STARTS_BELOW,), seeds=(0, 4, 6), at_least=R(3, 4), first=FIRST,
        )
        for words, network, eta, steps in (
            (DIGITS, "digits-tanh", R(1, 2), 700),
            (DIGITS_ELU, "digits-elu", R(1, 2), 600),
            (DIGITS_CNN, "digits-cnn", R(7, 20), 800),
        )
    )  # fmt: skip
    spread = between("plateau_sd", "its standard deviation", high="0.05")
    bounds = (between("plateau", "mean of S eta/2 on the plateau", "0.99", "1.03"), spread)
    small = (between("plateau", "mean of S eta/2 on the plateau", "1", "1.06"), spread)
    return Claim(
        "cohen2021.edge-of-stability",
        SOURCE,
        "the sharpness hovers at 2/eta",
        "Once the sharpness of these networks has reached 2/eta, it stays near it or just above: at the midpoints "
        "of the iterates its mean is within a few per cent of 2/eta, and up to 12 per cent above where several eigenvalues are there.",
        (*_runs("on the plateau", bounds, small), *more),
        notes=(
            "The plateau is the second half of the time after the crossing: at first the sharpness swings widely.",
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
        notes=("Where the loss begins to rise is not measured finely: a step size off by ten per cent would pass.",),
    )


def _flow() -> Claim:
    bounds = (
        between("relative", "distance to gradient flow at the edge over that from the start", high="0.1"),
        between("halved_later", "distance 600 steps later over that with half the step size", low="3"),
    )
    return Claim(
        "cohen2021.gradient-flow",
        SOURCE,
        "gradient descent leaves gradient flow at the edge",
        "Gradient descent on this network is near gradient flow when it reaches the edge of stability; 600 steps later its distance "
        "is more than discretization explains: halving the step size divides it by three or more, and not by two.",
        (_departure("the distance to gradient flow", bounds),),
        notes=(
            "Starts at which the sharpness is near 2/eta from the first steps on leave gradient flow at once. The others are "
            "twice as far as with half the step size at the edge, and 40 to 130 times as far later.",
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
        (_departure("from where S eta/2 exceeds 1.04", bounds),),
    )


def _departure(name: str, bounds: tuple[Bound, ...]) -> Observation:
    return Observation(
        name, "flow-departure", f"{CHEBYSHEV}, eta = 0.2", bounds,
        provided=(between("reached", "the edge is reached", low="1"),), seeds=(5, 10, 20), at_least=MOST, first=FIRST,
    )  # fmt: skip


def _cross_entropy() -> Claim:
    bounds = (
        between("rise", "largest S over S at the start", low="1.2"),
        between("fall", "S at the end over the largest S", high="0.2"),
    )
    observation = Observation(
        "sharpness under cross-entropy", EDGE, f"{DIGITS_CLASSES}, eta = 1", bounds,
        settings=(("network", "digits-classes"), ("eta", R(1)), ("steps", 1500)), seeds=(1, 5, 10), at_least=MOST,
        first=FIRST,
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
        between("rise", "S 1000 to 1500 steps after the cut over S before", "1.05", "2.3"),
        between("new", "the same S over the new edge", "0.5", "1.05"),
    )
    observation = Observation(
        "eta cut in half", "step-size-drop", f"{CHEBYSHEV}, eta = 0.2, then 0.1", bounds,
        provided=(between("old", "S eta/2 before the cut", low="0.9"),), seeds=(5, 10, 20), at_least=MOST, first=FIRST,
    )  # fmt: skip
    return Claim(
        "cohen2021.step-size-drop",
        SOURCE,
        "a cut of the step size restarts progressive sharpening",
        "When the step size is cut in half near the edge, the loss of this network falls at each of the next 50 steps and the "
        "sharpness rises once more.",
        (observation,),
    )


def _momentum() -> Claim:
    plateau = (between("plateau", "mean of S over the edge on the plateau", "0.96", "1.04"),)
    provided = (STARTS_BELOW, between("loss", "loss at the end", low="1e-4"))

    def run(name: str, words: str, seeds: tuple[int, int, int], **settings: int | str | R) -> Observation:
        return Observation(name, EDGE, words, plateau, tuple(settings.items()), provided, seeds, MOST, FIRST)

    parts = (
        run("heavy ball, edge (2 + 2 beta)/eta", f"{DIGITS_SMALL}, eta = 0.5, beta = 0.5", (2, 5, 10),
            network="digits-small", optimizer="heavy-ball", eta=R(1, 2), beta=R(1, 2), steps=1000),
        run("Nesterov, edge (2 + 2 beta)/(eta (1 + 2 beta))", f"{DIGITS_SMALL}, eta = 0.2, beta = 0.9", (1, 5, 10),
            network="digits-small", optimizer="nesterov", eta=R(1, 5), beta=R(9, 10), steps=1000),
        run("Nesterov, edge (2 + 2 beta)/(eta (1 + 2 beta))", f"{CHEBYSHEV}, eta = 0.12, beta = 0.5", (2, 5, 10),
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
        between("large", "S eta/2 with batches of 64", high="1"),
    )
    observation = Observation(
        "sharpness after 2000 steps", "batch-size", f"{DIGITS_SMALL}, eta = 0.3", bounds,
        settings=(("network", "digits-small"), ("eta", R(3, 10)), ("steps", 2000)), seeds=(1, 5, 10), at_least=MOST,
        first=FIRST,
    )  # fmt: skip
    return Claim(
        "cohen2021.stochastic",
        SOURCE,
        "the sharpness under SGD is lower, the more so the smaller the batch",
        "Under stochastic gradient descent the sharpness of this network, averaged over the last steps, is below 2/eta, and the lower the smaller the batch.",
        (observation,),
    )


def _adaptive() -> Claim:
    def run(name: str, words: str, low: str, high: str, **settings: int | str | R) -> Observation:
        bound = between("plateau", "mean of the top eigenvalue of P^-1 H over the edge on the plateau", low, high)
        return Observation(name, EDGE, words, (bound,), tuple(settings.items()), (), (2, 5, 10), MOST, FIRST)

    parts = (
        run("scalar RMSProp, edge 2/eta", f"{CHEBYSHEV}, eta = 0.03, beta2 = 0.99", "0.99", "1.01",
            optimizer="scalar-rmsprop", eta=R(3, 100), beta2=R(99, 100)),
        run("RMSProp, edge 2/eta", f"{CHEBYSHEV}, eta = 0.0005, beta2 = 0.99", "1", "1.06",
            optimizer="rmsprop", eta=R(1, 2000), beta2=R(99, 100)),
    )  # fmt: skip
    return Claim(
        "cohen2021.adaptive",
        "Cohen et al. 2022, arXiv 2207.14484",
        "RMSProp trains at an edge of its own",
        "With RMSProp on this network, the top eigenvalue of the Hessian preconditioned by P = sqrt(nu) hovers at 2/eta.",
        parts,
        notes=(
            "The largest is a few per cent above where several eigenvalues are at the edge.",
            "Adam's edge, 38/eta with beta1 = 0.9, is in the package; on networks this small Adam converges before it stays there.",
        ),
    )


CLAIMS: Mapping[str, Callable[[], Claim]] = {
    "cohen2021.progressive-sharpening": _sharpening,
    "cohen2021.edge-of-stability": _plateau,
    "cohen2021.non-monotone": _loss,
    "cohen2021.gradient-flow": _flow,
    "cohen2021.quadratic-model": _taylor,
    "cohen2021.cross-entropy": _cross_entropy,
    "cohen2021.step-size-drop": _drop,
    "cohen2021.momentum": _momentum,
    "cohen2021.stochastic": _batches,
    "cohen2021.adaptive": _adaptive,
}
"""The paper's claims."""
