r"""Stability of a minimum under noise: products of random matrices.

A step on a random batch B is :math:`\theta' = F_B(\theta)`. At a point p that every :math:`F_B` fixes, its linear part
is the product of independent matrices :math:`A_B = DF_B(p)`, drawn with equal probability. p is stable

* in the mean, when the spectral radius of :math:`E A` is below 1;
* in mean square, when that of :math:`E\,A \otimes A` is;
* almost surely, when the Lyapunov exponent :math:`\lim \frac1n E\log\|A_n\cdots A_1\|` is negative.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import sympy as sp

from edgestab.theory.part import Part
from edgestab.theory.statement import StepSizes

Sense = Literal["in the mean", "in mean square", "almost surely"]
SENSES: tuple[Sense, ...] = ("in the mean", "in mean square", "almost surely")


@dataclass(frozen=True)
class NoisyStability(Part):
    """A point is stable under steps on random batches.

    Parameters
    ----------
    name : str
        What it says, in a few words.
    matrices : tuple of ImmutableMatrix
        The derivative of the step at the point for each batch, in eta; all are equally likely.
    step_sizes : StepSizes
        For which step sizes it is claimed.
    sense : str
        In which sense.
    point : str
        The point in words.
    """

    matrices: tuple[sp.ImmutableMatrix, ...]
    step_sizes: StepSizes
    sense: Sense
    point: str
