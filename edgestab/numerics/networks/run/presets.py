"""Named runs: those that the figures and the notes are about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edgestab.errors import InputError
from edgestab.numerics.networks.run.spec import RunSpec, spec_of

Table = dict[str, Any]


@dataclass(frozen=True)
class Preset:
    """A named run.

    Parameters
    ----------
    words : str
        What it shows.
    entries : mapping
        Its specification, as TOML would hold it.
    """

    words: str
    entries: Mapping[str, Any]

    def spec(self, name: str) -> RunSpec:
        """Return the specification under a name."""
        return spec_of({"name": name, **self.entries})


def _chebyshev(steps: int, optimizer: Table, **more: Any) -> Table:
    """Degree 6 at 20 points, tanh 30-20: one eigenvalue at the edge for long."""
    problem = {"data": {"kind": "chebyshev", "degree": 6}, "network": {"kind": "mlp", "hidden": [30, 20]}}
    return {"problem": problem, "optimizer": optimizer, "steps": steps, **more}


def _digits(n: int, network: Table, eta: float, steps: int, **more: Any) -> Table:
    problem = {"data": {"kind": "digits", "n": n, "test": 1797 - n}, "network": network}
    return {"problem": problem, "optimizer": {"eta": eta}, "steps": steps, "record": {"accuracy_every": 10}, **more}


PRESETS: Mapping[str, Preset] = {
    "chebyshev-eos": Preset(
        "the sharpness of a small tanh network rises to 2/eta = 10 and stays",
        _chebyshev(4000, {"eta": 0.2}, record={"eigenvalues": 3}),
    ),
    "chebyshev-kick": Preset(
        "self-stabilization from |x| = 0.3 delta, until a second eigenvalue comes near the edge",
        _chebyshev(
            1500,
            {"eta": 0.2},
            record={"eigenvalues": 2, "midpoint_every": 1, "eigenvectors_every": 1},
            kick={"size": 0.3},
            stop={"second_eigenvalue": 0.95},
        ),
    ),
    "chebyshev-drop": Preset(
        "the step size is halved at the edge: sharpening goes on to the new edge",
        _chebyshev(3000, {"eta": 0.2, "schedule": [[1500, 0.1]]}),
    ),
    "chebyshev-momentum": Preset(
        "heavy ball: the edge is (2 + 2 beta)/eta",
        _chebyshev(3000, {"name": "heavy-ball", "eta": 0.3, "beta": 0.5}),
    ),
    "chebyshev-nesterov": Preset(
        "Nesterov: the edge is (2 + 2 beta)/(eta (1 + 2 beta))",
        _chebyshev(3000, {"name": "nesterov", "eta": 0.12, "beta": 0.5}),
    ),
    "chebyshev-scalar-rmsprop": Preset(
        "RMSProp with one scale: the preconditioned sharpness stays at 2/eta",
        _chebyshev(3000, {"name": "scalar-rmsprop", "eta": 0.02, "beta2": 0.99}),
    ),
    "chebyshev-rmsprop": Preset(
        "RMSProp: the preconditioned sharpness stays at 2/eta",
        _chebyshev(3000, {"name": "rmsprop", "eta": 0.0005, "beta2": 0.99}),
    ),
    "chebyshev-adam": Preset(
        "Adam: the preconditioned sharpness stays near (2 + 2 beta1)/((1 - beta1) eta)",
        _chebyshev(2000, {"name": "adam", "eta": 0.003}),
    ),
    "digits-eos": Preset(
        "digits, tanh 50-50-50: several eigenvalues at the edge",
        _digits(1000, {"kind": "mlp", "hidden": [50, 50, 50], "gain": 0.8}, 0.5, 700),
    ),
    "digits-elu": Preset(
        "digits, five hidden layers of 64 ELU",
        _digits(1000, {"kind": "mlp", "hidden": [64] * 5, "act": "elu", "gain": 0.7}, 0.5, 600),
    ),
    "digits-cnn": Preset(
        "digits, a tanh CNN of 8 and 16 channels",
        _digits(500, {"kind": "cnn", "channels": [8, 16], "gain": 0.9}, 0.35, 800),
    ),
    "digits-parity": Preset(
        "even or odd digits with targets of +1 and -1, kicked at the edge",
        {
            "problem": {
                "data": {"kind": "digits-parity", "n": 300, "test": 300},
                "network": {"kind": "mlp", "hidden": [24, 24]},
            },
            "optimizer": {"eta": 0.45},
            "steps": 600,
            "record": {"eigenvalues": 2, "midpoint_every": 1, "accuracy_every": 10},
            "kick": {"size": 0.3},
        },
    ),
    "elu5": Preset(
        "five layers of ELU: late in training the trajectory lies on a parabola in a plane",
        {
            "problem": {
                "data": {"kind": "digits", "n": 200},
                "network": {"kind": "mlp", "hidden": [50] * 4, "act": "elu"},
            },
            "optimizer": {"eta": 0.2},
            "steps": 600,
            "record": {"eigenvalues": 2, "eigenvectors_every": 25, "parameters_every": 3},
        },
    ),
    "two-layer-linear": Preset(
        "two linear layers that start at scales 4 and 0.1: the sharpness ends visibly below 2/eta",
        {
            "problem": {
                "data": {"kind": "whitened-linear", "n": 50, "d": 10, "outputs": 1},
                "network": {"kind": "deep-linear", "hidden": [10], "gains": [4.0, 0.1]},
            },
            "optimizer": {"eta": 0.05},
            "steps": 200,
            "record": {"parameters_every": 1},
        },
    ),
    "cifar-mlp": Preset(
        "5000 images of the user's own CIFAR-10, tanh 200-200 (Cohen et al. 2021); give --data FILE.bin",
        {
            "problem": {
                "data": {"kind": "cifar10", "batches": [], "n": 5000},
                "network": {"kind": "mlp", "hidden": [200, 200], "init": "uniform"},
            },
            "optimizer": {"eta": 0.01},
            "steps": 10_000,
            "record": {"sharpness_every": 10, "accuracy_every": 50},
            "stop": {"accuracy_above": 0.99},
        },
    ),
    "cifar-resnet": Preset(
        "1000 images of the user's own CIFAR-10, a ResNet with group norms; give --data FILE.bin",
        {
            "problem": {
                "data": {"kind": "cifar10", "batches": [], "n": 1000, "standardise": "channel"},
                "network": {"kind": "resnet", "widths": [16, 32, 64], "blocks": 1},
                "chunk": 500,
            },
            "optimizer": {"eta": 0.02},
            "steps": 2000,
            "record": {"sharpness_every": 10, "accuracy_every": 50},
        },
    ),
}
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
        raise InputError(f"unknown preset {name[:40]!r}; the presets are {', '.join(PRESETS)}")
    return PRESETS[name].spec(name)
