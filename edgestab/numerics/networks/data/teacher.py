"""Random inputs, with the outputs of a teacher as targets."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from edgestab.numerics.networks.data.samples import Data, seeded


class Teacher(Protocol):
    """What draws its own parameters and turns inputs into targets: a network, for one."""

    @property
    def name(self) -> str:
        """What the data are called after."""

    def start(self, seed: int) -> Tensor:
        """Return its parameters as one vector."""

    def outputs(self, w: Tensor, inputs: Tensor) -> Tensor:
        """Return the outputs, shape (n, outputs)."""


def teacher_student(teacher: Teacher, n: int, shape: tuple[int, ...], *, seed: int = 0, noise: float = 0.0) -> Data:
    r"""Return :math:`y = f(w^*, x) + \sigma\xi` for x and xi from N(0, 1) and a teacher's random w*.

    Parameters
    ----------
    teacher : Teacher
        Any network, for instance. w* is drawn after the inputs, so that a student of the same seed starts elsewhere.
    shape : tuple of int
        Of one input.
    noise : float
        sigma.

    Examples
    --------
    >>> from edgestab.numerics.networks.architectures.mlp import mlp
    >>> teacher_student(mlp((3, 4, 2)), 10, (3,)).targets.shape
    torch.Size([10, 2])
    """
    generator = seeded(seed, n, *shape)
    x = torch.randn(n, *shape, generator=generator, dtype=torch.float64)
    own = int(torch.randint(1 << 31, (1,), generator=generator))
    with torch.no_grad():
        y = teacher.outputs(teacher.start(own), x)
    return Data(
        f"teacher {teacher.name}, n = {n}",
        x,
        y + noise * torch.randn(y.shape, generator=generator, dtype=torch.float64),
    )
