"""The kinds of data, of networks and of criteria: to add one, write its file and name its struct here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edgestab.numerics.networks.architectures import cnn, deep_linear, mlp, resnet, transformer
from edgestab.numerics.networks.data import (
    chebyshev,
    cifar10,
    digits,
    mnist,
    modular_addition,
    npz,
    power_law,
    whitened_linear,
)
from edgestab.numerics.networks.losses import criteria
from edgestab.numerics.networks.specs import teacher_student

DataSpec = (
    chebyshev.ChebyshevSpec
    | digits.DigitsSpec
    | digits.DigitsParitySpec
    | teacher_student.TeacherStudentSpec
    | whitened_linear.WhitenedLinearSpec
    | power_law.PowerLawSpec
    | modular_addition.ModularAdditionSpec
    | cifar10.Cifar10Spec
    | mnist.MnistSpec
    | npz.NpzSpec
)

NetworkSpec = (
    mlp.MlpSpec
    | deep_linear.DeepLinearSpec
    | cnn.CnnSpec
    | resnet.ResnetSpec
    | transformer.PatchTransformerSpec
    | transformer.TokenTransformerSpec
)

CriterionSpec = criteria.SquaredErrorSpec | criteria.CrossEntropySpec


def _by_name(kinds: Any) -> Mapping[str, Any]:
    return {kind.__struct_config__.tag: kind for kind in kinds.__args__}


DATA = _by_name(DataSpec)
"""The kinds of data by name."""

NETWORKS = _by_name(NetworkSpec)
"""The kinds of network by name."""

CRITERIA = _by_name(CriterionSpec)
"""The kinds of criterion by name."""
