r"""Floquet multipliers of a cycle of gradient descent, across its symmetries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgestab.errors import InputError
from edgestab.numerics.floquet.arnoldi import leading
from edgestab.numerics.floquet.dynamics import Dynamics, Vector
from edgestab.numerics.floquet.monodromy import Monodromy
from edgestab.numerics.floquet.newton import Cycle, refine

DENSE = 250
"""Up to so many parameters all multipliers are computed, from dense matrices."""

NEUTRAL = 1e-6
"""How near to 1 a modulus decides nothing."""

ROOT = 1e-4
"""How far rounding moves a multiplier 1 that is defective: the root of a rounding, and more."""


@dataclass(frozen=True, eq=False)
class Floquet:
    """A cycle and its multipliers across the symmetry group's orbit.

    Parameters
    ----------
    cycle : Cycle
        The cycle.
    multipliers : ndarray
        The leading ones, largest modulus first; from a dense matrix, all.
    residuals : ndarray
        Of each, the residual of its Ritz pair; zeros from a dense matrix.
    products : int
        Products with the monodromy that were spent.
    problem : str
        Why nothing is decided, in words; empty where something is.
    """

    cycle: Cycle
    multipliers: NDArray[np.complex128]
    residuals: NDArray[np.float64]
    products: int
    problem: str = ""

    @property
    def radius(self) -> float:
        """The largest modulus; 0 where there is no multiplier."""
        return float(abs(self.multipliers[0])) if len(self.multipliers) else 0.0

    @property
    def stability(self) -> str:
        """Stability: "attracting", "unstable" or "undecided"."""
        if self.problem:
            return "undecided"
        return "unstable" if self.radius > 1 else "attracting"

    @property
    def sentence(self) -> str:
        """One sentence."""
        about = f"cycle of period {self.cycle.period}"
        if self.problem:
            return f"{about}: undecided: {self.problem}"
        return f"{about}: {self.stability}, the largest multiplier across the symmetries has modulus {self.radius:.10g}"


def floquet(
    dynamics: Dynamics,
    start: Vector,
    period: int,
    *,
    count: int = 2,
    tolerance: float = 1e-9,
    most: int = 200,
    seed: int = 0,
    dense: bool | None = None,
    neutral: int = 0,
) -> Floquet:
    r"""Refine a cycle from a start, and return its leading multipliers transverse to the symmetry group.

    Parameters
    ----------
    dynamics : Dynamics
        Gradient descent on a loss; `dynamics_of` makes it of a matrix model.
    start : ndarray
        Shape (p,), near the cycle.
    period : int
        Of the cycle.
    count : int
        How many multipliers; a complex pair is two.
    tolerance : float
        Of the residuals of the Ritz pairs.
    most : int
        Krylov vectors at most: each is kept in memory.
    seed : int
        Of the start vector.
    dense : bool, optional
        Whether to compute all multipliers from dense matrices; by default up to 250 parameters.
    neutral : int
        Of how many dimensions the family of cycles is that this one belongs to, besides the symmetries: as many
        multipliers are exactly 1 and are left out, which needs dense matrices.

    Returns
    -------
    Floquet
        UNDECIDED, with the reason, where the cycle is not settled, where a multiplier that decides is not, and where
        the largest modulus is 1 within 1e-6: a family of cycles, or critical slowing at a bifurcation.

    Examples
    --------
    >>> from edgestab.numerics.floquet.dynamics import dynamics_of
    >>> from edgestab.numerics.matrices.factorization import factorization
    >>> from edgestab.numerics.matrices.two_cycle import two_cycle_starts
    >>> model = factorization(np.diag([10.0, 6.0]))
    >>> for eta in (0.12, 0.13):
    ...     print(floquet(dynamics_of(model, eta), two_cycle_starts(model, eta)[0], 2).stability)
    undecided
    unstable
    """
    if count < 1 or most < count + 2:
        raise InputError(f"count must be at least 1 and most above it by 2, got {count} and {most}")
    cycle = refine(dynamics, start, period)
    monodromy = Monodromy(dynamics, cycle.points)
    problem = cycle.problem
    if dense or (dense is None and monodromy.size <= DENSE):
        values = monodromy.dense_multipliers()
        if not problem:
            values, problem = _without(values, neutral)
        return Floquet(cycle, values, np.zeros(len(values)), monodromy.size, problem or _neutral(values, cycle, period))
    if neutral:
        raise InputError("multipliers of a family are left out of dense ones only: give dense=True, or neutral=0")
    begin = monodromy.projection(np.random.default_rng(seed).standard_normal(monodromy.size))
    found = leading(monodromy.across, begin, count, tolerance=tolerance, most=most)
    if not problem and not found.converged and found.residuals[0] > max(NEUTRAL, abs(abs(found.values[0]) - 1)) / 10:
        problem = f"the leading multiplier has a residual of {found.residuals[0]:.1g} after {found.products} products"
    return Floquet(
        cycle, found.values, found.residuals, found.products, problem or _neutral(found.values, cycle, period)
    )


def _without(values: NDArray[np.complex128], neutral: int) -> tuple[NDArray[np.complex128], str]:
    """The multipliers without those nearest to 1; what is wrong where these are not 1."""
    if not 0 <= neutral <= len(values):
        raise InputError(f"neutral is a number of multipliers, 0 to {len(values)}, got {neutral}")
    order = np.argsort(abs(values - 1), kind="stable")
    far = abs(values - 1)[order[:neutral]]
    if neutral and not far[-1] <= ROOT:
        return values, f"only {int((far <= ROOT).sum())} multipliers are 1, not {neutral}: the family is smaller"
    return np.delete(values, order[:neutral]), ""


def _neutral(values: NDArray[np.complex128], cycle: Cycle, period: int) -> str:
    if cycle.period < period:
        return f"the cycle has period {cycle.period}, not {period}: there is no other near the start"
    if len(values) and abs(abs(values[0]) - 1) <= NEUTRAL:
        return (
            f"the largest multiplier has modulus 1 within {NEUTRAL:g}: the cycle is one of a family, "
            "or this is critical slowing at a bifurcation"
        )
    return ""
