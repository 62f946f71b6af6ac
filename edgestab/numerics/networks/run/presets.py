"""Named runs: those that the figures and the notes are about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from edgestab.errors import InputError
from edgestab.numerics.networks.architectures.deep_linear import DeepLinearSpec
from edgestab.numerics.networks.architectures.mlp import MlpSpec
from edgestab.numerics.networks.architectures.resnet import ResnetSpec
from edgestab.numerics.networks.data.cifar10 import Cifar10Spec
from edgestab.numerics.networks.data.digits import DigitsParitySpec, DigitsSpec
from edgestab.numerics.networks.data.whitened_linear import WhitenedLinearSpec
from edgestab.numerics.networks.run.spec import KickSpec, OptimizerSpec, RecordSpec, RunSpec, StopSpec
from edgestab.numerics.networks.specs.problems import PROBLEMS
from edgestab.numerics.networks.specs.spec import ProblemSpec
from edgestab.theory.text.spelling import did_you_mean


@dataclass(frozen=True)
class Preset:
    """A named run, and what it shows."""

    words: str
    spec: RunSpec


def _chebyshev(name: str, steps: int, optimizer: OptimizerSpec, **more: Any) -> RunSpec:
    """Degree 6 at 20 points, tanh 30-20: one eigenvalue at the edge for long."""
    return RunSpec(name=name, problem=PROBLEMS["chebyshev"], optimizer=optimizer, steps=steps, **more)


def _digits(name: str, problem: str, n: int, eta: float, steps: int) -> RunSpec:
    """The images that are not trained on are held out."""
    what = replace(PROBLEMS[problem], data=DigitsSpec(n, 1797 - n))
    record = RecordSpec(accuracy_every=10)
    return RunSpec(name=name, problem=what, optimizer=OptimizerSpec(eta=eta), steps=steps, record=record)


_PRESETS = (
    Preset(
        "the sharpness of a small tanh network rises to 2/eta = 10 and stays",
        _chebyshev("chebyshev-eos", 4000, OptimizerSpec(eta=0.2), record=RecordSpec(eigenvalues=3)),
    ),
    Preset(
        "self-stabilization from |x| = 0.3 delta, until a second eigenvalue comes near the edge",
        _chebyshev(
            "chebyshev-kick",
            1500,
            OptimizerSpec(eta=0.2),
            record=RecordSpec(eigenvalues=2, midpoint_every=1, eigenvectors_every=1),
            kick=KickSpec(size=0.3),
            stop=StopSpec(second_eigenvalue=0.95),
        ),
    ),
    Preset(
        "the step size is halved at the edge: sharpening goes on to the new edge",
        _chebyshev("chebyshev-drop", 3000, OptimizerSpec(eta=0.2, schedule=[(1500, 0.1)])),
    ),
    Preset(
        "heavy ball: the edge is (2 + 2 beta)/eta",
        _chebyshev("chebyshev-momentum", 3000, OptimizerSpec(name="heavy-ball", eta=0.3, beta=0.5)),
    ),
    Preset(
        "Nesterov: the edge is (2 + 2 beta)/(eta (1 + 2 beta))",
        _chebyshev("chebyshev-nesterov", 3000, OptimizerSpec(name="nesterov", eta=0.12, beta=0.5)),
    ),
    Preset(
        "RMSProp with one scale: the preconditioned sharpness stays at 2/eta",
        _chebyshev("chebyshev-scalar-rmsprop", 3000, OptimizerSpec(name="scalar-rmsprop", eta=0.02, beta2=0.99)),
    ),
    Preset(
        "RMSProp: the preconditioned sharpness stays at 2/eta",
        _chebyshev("chebyshev-rmsprop", 3000, OptimizerSpec(name="rmsprop", eta=0.0005, beta2=0.99)),
    ),
    Preset(
        "Adam: the preconditioned sharpness stays near (2 + 2 beta1)/((1 - beta1) eta)",
        _chebyshev("chebyshev-adam", 2000, OptimizerSpec(name="adam", eta=0.003)),
    ),
    Preset(
        "digits, tanh 50-50-50: several eigenvalues at the edge",
        _digits("digits-eos", "digits-tanh", 1000, 0.5, 700),
    ),
    Preset("digits, five hidden layers of 64 ELU", _digits("digits-elu", "digits-elu", 1000, 0.5, 600)),
    Preset("digits, a tanh CNN of 8 and 16 channels", _digits("digits-cnn", "digits-cnn", 500, 0.35, 800)),
    Preset(
        "even or odd digits with targets of +1 and -1, kicked at the edge",
        RunSpec(
            name="digits-parity",
            problem=replace(PROBLEMS["digits-parity"], data=DigitsParitySpec(300, 300)),
            optimizer=OptimizerSpec(eta=0.45),
            steps=600,
            record=RecordSpec(eigenvalues=2, midpoint_every=1, accuracy_every=10),
            kick=KickSpec(size=0.3),
        ),
    ),
    Preset(
        "five layers of ELU: late in training the trajectory lies on a parabola in a plane",
        RunSpec(
            name="elu5",
            problem=ProblemSpec(DigitsSpec(200), MlpSpec([50] * 4, "elu")),
            optimizer=OptimizerSpec(eta=0.2),
            steps=600,
            record=RecordSpec(eigenvalues=2, eigenvectors_every=25, parameters_every=3),
        ),
    ),
    Preset(
        "two linear layers that start at scales 4 and 0.1: the sharpness ends visibly below 2/eta",
        RunSpec(
            name="two-layer-linear",
            problem=ProblemSpec(WhitenedLinearSpec(50, 10, 1), DeepLinearSpec([10], gains=[4.0, 0.1])),
            optimizer=OptimizerSpec(eta=0.05),
            steps=200,
            record=RecordSpec(parameters_every=1),
        ),
    ),
    Preset(
        "5000 images of the user's own CIFAR-10, tanh 200-200 (Cohen et al. 2021); give --dataset FILE.bin",
        RunSpec(
            name="cifar-mlp",
            problem=ProblemSpec(Cifar10Spec([], 5000), MlpSpec([200, 200], init="uniform")),
            optimizer=OptimizerSpec(eta=0.01),
            steps=10_000,
            record=RecordSpec(sharpness_every=10, accuracy_every=50),
            stop=StopSpec(accuracy_above=0.99),
        ),
    ),
    Preset(
        "1000 images of the user's own CIFAR-10, a ResNet with group norms; give --dataset FILE.bin",
        RunSpec(
            name="cifar-resnet",
            problem=ProblemSpec(
                Cifar10Spec([], 1000, standardise="channel"), ResnetSpec([16, 32, 64], blocks=1), chunk=500
            ),
            optimizer=OptimizerSpec(eta=0.02),
            steps=2000,
            record=RecordSpec(sharpness_every=10, accuracy_every=50),
        ),
    ),
)

PRESETS: Mapping[str, Preset] = {preset.spec.name: preset for preset in _PRESETS}
"""The presets by name."""


def preset(name: str) -> RunSpec:
    """Return the specification of a preset.

    Raises
    ------
    InputError
        When there is none of this name.

    Examples
    --------
    >>> preset("chebyshev-eos").optimizer.rule().edge
    10.0
    """
    if name not in PRESETS:
        listed = f"the presets are {', '.join(PRESETS)}"
        raise InputError(f"unknown preset {name[:40]!r}{did_you_mean(name, PRESETS, listed)}")
    return PRESETS[name].spec
