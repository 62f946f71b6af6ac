r"""The multipliers 1 of a cycle that belongs to a family, without matrices.

Along a family of cycles the monodromy M has the eigenvalue 1, once for each dimension. The range of :math:`M^T - I`
is orthogonal to its eigenvectors there, and :math:`M^T` maps it into itself: a Krylov space that begins in it knows
nothing of the family. How many dimensions there are is counted by projecting normal vectors onto the kernel of
:math:`M - I`, by LSMR: so many of them are independent, or, where there are too many to count, the mean square of
their lengths is the dimension.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse.linalg import LinearOperator, lsmr

from edgestab.numerics.floquet.dynamics import Vector
from edgestab.numerics.floquet.monodromy import Monodromy

COUNTED = 12
"""Up to so many dimensions are counted; more are estimated."""

SAMPLES = 2
"""Vectors for an estimate: its standard error is the root of 2 n/SAMPLES for n dimensions."""

SOLVED = 1e-6
"""|(M - I) w|/|v| at most, for the part w in the kernel of a vector v."""


@dataclass(frozen=True)
class Count:
    """How many multipliers of a cycle are 1, besides the symmetries.

    Parameters
    ----------
    value : float
        Their number, or an estimate.
    error : float
        The standard error of an estimate; 0 where they were counted.
    problem : str
        Why there is no number; empty where there is.
    """

    value: float
    error: float
    problem: str = ""

    def allows(self, number: int) -> bool:
        """Whether there may be this many: for an estimate, within four standard errors.

        Examples
        --------
        >>> Count(330.0, 18.0).allows(342), Count(6.0, 0.0).allows(7)
        (True, False)
        """
        return abs(self.value - number) <= 4 * self.error

    @property
    def words(self) -> str:
        """The number in words."""
        return (
            f"{self.value:.0f} were counted" if not self.error else f"estimated as {self.value:.0f} +- {self.error:.0f}"
        )


def leave_out(monodromy: Monodromy, v: Vector) -> Vector:
    """Return a vector of the complement of the family and the symmetries."""
    v = monodromy.projection(v)
    return monodromy.across(v) - v


def count_ones(monodromy: Monodromy, expected: int, seed: int, most: int) -> Count:
    """Count the multipliers 1 across the symmetries, or estimate how many there are.

    Parameters
    ----------
    monodromy : Monodromy
        Of the cycle.
    expected : int
        How many there should be: up to 12 are counted, up to one more than these.
    seed : int
        Of the normal vectors.
    most : int
        Iterations of LSMR for each, at most.
    """
    size = monodromy.size

    # The symmetries' tangent is in the kernel as well: what is left across it has the family's dimension.
    def forth(v: Vector) -> Vector:
        return monodromy.times(v) - v

    def back(v: Vector) -> Vector:
        return monodromy.transposed_times(v) - v

    operator = LinearOperator((size, size), matvec=forth, rmatvec=back, dtype=np.float64)
    random = np.random.default_rng([seed, 1])
    exact = expected <= COUNTED
    found = []
    for _ in range(expected + 1 if exact else SAMPLES):
        v = random.standard_normal(size)
        w = v - lsmr(operator, forth(v), atol=1e-12, btol=1e-12, conlim=1e14, maxiter=most)[0]
        if np.linalg.norm(forth(w)) > SOLVED * np.linalg.norm(v):
            return Count(0.0, 0.0, f"the multipliers 1 of the family are not resolved after {most} iterations")
        found.append(monodromy.projection(w))
    if exact:
        lengths = np.linalg.svd(np.array(found), compute_uv=False)
        return Count(float((lengths > 1e-4).sum()), 0.0)
    squares = [float(w @ w) for w in found]
    return Count(float(np.mean(squares)), float(np.sqrt(2 * expected / SAMPLES)))
