"""The small problems that experiments, named runs and benchmarks are about, by name."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from edgestab.errors import InputError
from edgestab.numerics.networks.architectures.cnn import CnnSpec
from edgestab.numerics.networks.architectures.deep_linear import DeepLinearSpec
from edgestab.numerics.networks.architectures.mlp import MlpSpec
from edgestab.numerics.networks.data.chebyshev import ChebyshevSpec
from edgestab.numerics.networks.data.digits import DigitsParitySpec, DigitsSpec
from edgestab.numerics.networks.losses.criteria import CrossEntropySpec
from edgestab.numerics.networks.specs.scalar_network import scalar_network_problem
from edgestab.numerics.networks.specs.small import SMALL
from edgestab.numerics.networks.specs.spec import Problem, ProblemSpec, problem_of

PROBLEMS: Mapping[str, ProblemSpec] = {
    "chebyshev": ProblemSpec(ChebyshevSpec(6), MlpSpec([30, 20])),
    "digits-tanh": ProblemSpec(DigitsSpec(1000), MlpSpec([50, 50, 50], gain=0.8)),
    "digits-elu": ProblemSpec(DigitsSpec(1000), MlpSpec([64] * 5, "elu", gain=0.7)),
    "digits-cnn": ProblemSpec(DigitsSpec(500), CnnSpec([8, 16], gain=0.9)),
    "digits-small": ProblemSpec(DigitsSpec(300), MlpSpec([32, 32], init="uniform")),
    "digits-parity": ProblemSpec(DigitsParitySpec(300), MlpSpec([24, 24])),
    "digits-classes": ProblemSpec(DigitsSpec(300), MlpSpec([32, 32]), CrossEntropySpec()),
    # Those whose minima can be reached:
    "elu": ProblemSpec(DigitsParitySpec(50), MlpSpec([32] * 4, "elu")),
    "relu": ProblemSpec(DigitsParitySpec(200), MlpSpec([50] * 4, "relu", gain=1.4)),
    "elu-digits": ProblemSpec(DigitsSpec(1000), MlpSpec([64] * 5, "elu")),
    "tanh-one": ProblemSpec(DigitsParitySpec(1), MlpSpec([32] * 4)),
    "elu-one": ProblemSpec(DigitsParitySpec(1), MlpSpec([32] * 4, "elu")),
    # Linear networks on one sample, unbalanced at the start:
    "linear-two": ProblemSpec(DigitsParitySpec(1), DeepLinearSpec([10], "normal", [4.0, 0.1])),
    "linear-three": ProblemSpec(DigitsParitySpec(1), DeepLinearSpec([10] * 2, "normal", [4.0, 0.3, 0.3])),
    "linear-five": ProblemSpec(DigitsParitySpec(1), DeepLinearSpec([10] * 4, "normal", [4.0, 4.0, 4.0, 0.1, 0.1])),
    **SMALL,
}
"""The problems by name; a run of one may hold out samples, and starts from any seed."""

SCALAR = "scalar"
"""The name of the scalar network, which no table of a specification states."""


def problem(name: str, seed: int) -> Problem:
    """Return a problem with its start, in float64 on the CPU.

    Parameters
    ----------
    name : str
        A key of `PROBLEMS`, or `SCALAR`.
    seed : int
        Of the start.

    Raises
    ------
    InputError
        When there is none of this name.

    Examples
    --------
    >>> problem("chebyshev", 0).objective.name
    'tanh MLP 1-30-20-1 on Chebyshev T_6, 20 points, 0.5|f - y|^2'
    """
    if name == SCALAR:
        return scalar_network_problem(seed)
    if name not in PROBLEMS:
        raise InputError(f"unknown problem {name[:40]!r}; the problems are {', '.join((*PROBLEMS, SCALAR))}")
    return problem_of(replace(PROBLEMS[name], seed=seed))
