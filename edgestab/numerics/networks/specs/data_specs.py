"""The kinds of data of a specification: their entries, and the data they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec

from edgestab.numerics.networks.architectures.mlp import mlp
from edgestab.numerics.networks.data.data import (
    Data,
    chebyshev,
    digits,
    digits_parity,
    held_out,
    modular_addition,
    power_law_gaussian,
    teacher_student,
    whitened_linear,
)
from edgestab.numerics.networks.data.files import cifar10, mnist, npz

Count = Annotated[int, msgspec.Meta(ge=1, le=1 << 24)]
Held = Annotated[int, msgspec.Meta(ge=0, le=1 << 24)]
Seed = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]
Class = Annotated[int, msgspec.Meta(ge=0, le=255)]
Level = Annotated[float, msgspec.Meta(ge=0)]


@dataclass(frozen=True)
class Loaded:
    """Samples to train on, samples held out if any, and how many outputs a network for them has."""

    train: Data
    test: Data | None
    outputs: int


class _Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """A kind of data. `load` takes whether the criterion wants class numbers, and where relative paths start."""

    def load(self, classes: bool, folder: Path, /) -> Loaded:
        raise NotImplementedError


class ChebyshevSpec(_Kind, frozen=True, tag="chebyshev"):
    """See `edgestab.numerics.networks.data.data.chebyshev`."""

    degree: Count = 6
    points: Count = 20

    def load(self, _classes: bool, _folder: Path, /) -> Loaded:
        """Return the data."""
        return Loaded(chebyshev(self.degree, self.points), None, 1)


class DigitsSpec(_Kind, frozen=True, tag="digits"):
    """See `edgestab.numerics.networks.data.data.digits`; the `test` images after the first `n` are held out."""

    n: Count = 1000
    test: Held = 0

    def load(self, classes: bool, _folder: Path, /) -> Loaded:
        """Return the data."""
        test = digits(self.test, first=self.n, classes=classes) if self.test else None
        return Loaded(digits(self.n, classes=classes), test, 10)


class DigitsParitySpec(_Kind, frozen=True, tag="digits-parity"):
    """See `edgestab.numerics.networks.data.data.digits_parity`; the `test` images after the first `n` are held out."""

    n: Count = 300
    test: Held = 0

    def load(self, _classes: bool, _folder: Path, /) -> Loaded:
        """Return the data."""
        test = digits_parity(self.test, first=self.n) if self.test else None
        return Loaded(digits_parity(self.n), test, 1)


class TeacherStudentSpec(_Kind, frozen=True, tag="teacher-student"):
    """See `edgestab.numerics.networks.data.data.teacher_student`; the teacher is an MLP of the given widths."""

    n: Count
    widths: list[Count]
    act: str = "tanh"
    noise: Level = 0.0
    seed: Seed = 0
    test: Held = 0

    def load(self, _classes: bool, _folder: Path, /) -> Loaded:
        """Return the data."""
        teacher = mlp(self.widths, self.act)
        whole = teacher_student(teacher, self.n + self.test, (self.widths[0],), seed=self.seed, noise=self.noise)
        return parted(whole, self.test, self.widths[-1])


class WhitenedLinearSpec(_Kind, frozen=True, tag="whitened-linear"):
    """See `edgestab.numerics.networks.data.data.whitened_linear`."""

    n: Count = 50
    d: Count = 50
    outputs: Count | None = None
    seed: Seed = 0

    def load(self, _classes: bool, _folder: Path, /) -> Loaded:
        """Return the data."""
        return Loaded(whitened_linear(self.n, self.d, self.outputs, seed=self.seed), None, self.outputs or self.d)


class PowerLawSpec(_Kind, frozen=True, tag="power-law"):
    """See `edgestab.numerics.networks.data.data.power_law_gaussian`."""

    n: Count
    d: Count
    exponent: float = 1.0
    noise: Level = 0.0
    seed: Seed = 0
    test: Held = 0

    def load(self, _classes: bool, _folder: Path, /) -> Loaded:
        """Return the data."""
        whole = power_law_gaussian(self.n + self.test, self.d, exponent=self.exponent, seed=self.seed, noise=self.noise)
        return parted(whole, self.test, 1)


class ModularAdditionSpec(_Kind, frozen=True, tag="modular-addition"):
    """See `edgestab.numerics.networks.data.data.modular_addition`."""

    modulus: Annotated[int, msgspec.Meta(ge=2, le=4096)]
    test: Held = 0
    seed: Seed = 0

    def load(self, classes: bool, _folder: Path, /) -> Loaded:
        """Return the data."""
        return parted(modular_addition(self.modulus, seed=self.seed, classes=classes), self.test, self.modulus)


class Cifar10Spec(_Kind, frozen=True, tag="cifar10"):
    """See `edgestab.numerics.networks.data.files.cifar10`; the `test` images after the first `n` are held out."""

    batches: list[str]
    n: Count
    test: Held = 0
    standardise: str = "pixel"
    pair: tuple[Class, Class] | None = None
    sha256: list[str] = []

    def load(self, classes: bool, folder: Path, /) -> Loaded:
        """Return the data."""
        whole = cifar10(
            [folder / b for b in self.batches],
            self.n + self.test,
            standardise=self.standardise,
            classes=classes,
            pair=self.pair,
            sha256=self.sha256,
        )
        return parted(whole, self.test, 1 if self.pair else 10)


class MnistSpec(_Kind, frozen=True, tag="mnist"):
    """MNIST or Fashion-MNIST (`networks.data.files.mnist`); `test` images after the first `n` are held out."""

    images: str
    labels: str
    n: Count
    test: Held = 0
    standardise: str = "pixel"
    pair: tuple[Class, Class] | None = None
    sha256: list[str] = []

    def load(self, classes: bool, folder: Path, /) -> Loaded:
        """Return the data."""
        whole = mnist(
            folder / self.images,
            folder / self.labels,
            self.n + self.test,
            standardise=self.standardise,
            classes=classes,
            pair=self.pair,
            sha256=self.sha256,
        )
        return parted(whole, self.test, max(10, _outputs(whole)) if self.pair is None else 1)


class NpzSpec(_Kind, frozen=True, tag="npz"):
    """See `edgestab.numerics.networks.data.files.npz`; the `test` samples after the first `n` are held out."""

    path: str
    n: Count
    test: Held = 0
    inputs: str = "x"
    targets: str = "y"
    sha256: str | None = None

    def load(self, classes: bool, folder: Path, /) -> Loaded:
        """Return the data."""
        whole = npz(
            folder / self.path,
            self.n + self.test,
            inputs=self.inputs,
            targets=self.targets,
            classes=classes,
            sha256=self.sha256,
        )
        return parted(whole, self.test, _outputs(whole))


def parted(data: Data, test: int, outputs: int) -> Loaded:
    """Return the data with its last samples held out."""
    if not test:
        return Loaded(data, None, outputs)
    split = held_out(data, test)
    return Loaded(split.train, split.test, outputs)


def _outputs(data: Data) -> int:
    return data.targets.shape[1] if data.targets.ndim > 1 else 1 + int(data.targets.max())


DataSpec = (
    ChebyshevSpec
    | DigitsSpec
    | DigitsParitySpec
    | TeacherStudentSpec
    | WhitenedLinearSpec
    | PowerLawSpec
    | ModularAdditionSpec
    | Cifar10Spec
    | MnistSpec
    | NpzSpec
)

DATA: Mapping[str, Any] = {kind.__struct_config__.tag: kind for kind in DataSpec.__args__}
"""The kinds of data by name."""
