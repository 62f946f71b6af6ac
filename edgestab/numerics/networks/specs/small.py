"""Networks of 25 to 235 parameters whose minima are reached in seconds, for what is measured at many of them."""

from __future__ import annotations

from collections.abc import Mapping

from edgestab.numerics.networks.architectures.deep_linear import DeepLinearSpec
from edgestab.numerics.networks.architectures.mlp import MlpSpec
from edgestab.numerics.networks.data.chebyshev import ChebyshevSpec
from edgestab.numerics.networks.data.digits import DigitsParitySpec, DigitsSpec
from edgestab.numerics.networks.data.whitened_linear import WhitenedLinearSpec
from edgestab.numerics.networks.losses.criteria import CrossEntropySpec
from edgestab.numerics.networks.specs.spec import ProblemSpec
from edgestab.numerics.networks.specs.teacher_student import TeacherStudentSpec

SMALL: Mapping[str, ProblemSpec] = {
    "small-tanh-two": ProblemSpec(ChebyshevSpec(3, 5), MlpSpec([5, 5])),
    "small-tanh-three": ProblemSpec(ChebyshevSpec(3, 5), MlpSpec([4, 4, 4], gain=1.5)),
    "small-linear-three": ProblemSpec(WhitenedLinearSpec(3, 3, 1), DeepLinearSpec([4, 4])),
    "small-linear-four": ProblemSpec(WhitenedLinearSpec(3, 3, 2), DeepLinearSpec([4, 4, 4])),
    "small-softplus": ProblemSpec(TeacherStudentSpec(3, [2, 3, 1]), MlpSpec([6], "softplus")),
    "small-softplus-two": ProblemSpec(TeacherStudentSpec(3, [4, 3, 1]), MlpSpec([5, 5], "softplus", gain=2)),
    "small-silu-two": ProblemSpec(TeacherStudentSpec(3, [4, 3, 1]), MlpSpec([4, 4], "silu", gain=2)),
    "small-gelu-two": ProblemSpec(DigitsParitySpec(3), MlpSpec([3, 3], "gelu", gain=2)),
    "small-elu-two": ProblemSpec(DigitsParitySpec(2), MlpSpec([3, 3], "elu")),
    "small-parity": ProblemSpec(DigitsParitySpec(6), MlpSpec([3, 3])),
    "small-softmax": ProblemSpec(DigitsSpec(1), MlpSpec([3]), CrossEntropySpec(0.2)),
}
"""By name. The labels of the last are smoothed: without that, cross-entropy has no minimum on them."""
