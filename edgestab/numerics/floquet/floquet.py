r"""Floquet multipliers of a cycle of gradient descent, across its symmetries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgestab.errors import InputError
from edgestab.numerics.floquet.arnoldi import Ritz, leading
from edgestab.numerics.floquet.dynamics import Dynamics, Vector
from edgestab.numerics.floquet.family import count_ones, leave_out
from edgestab.numerics.floquet.monodromy import Monodromy
from edgestab.numerics.floquet.newton import Cycle, refine

DENSE = 250
"""Up to so many parameters all multipliers are computed, from dense matrices."""

NEUTRAL = 1e-6
"""How near to 1 a modulus decides nothing."""

ROOT = 1e-4
"""How far rounding moves a multiplier 1 that is defective: the root of a rounding, and more."""


ITERATIONS = 3000
"""Of LSMR, at most, for each vector by which the multipliers 1 of a family are counted."""


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
    family : str
        What was left out as the multipliers 1 of a family, where that was done without matrices.
    """

    cycle: Cycle
    multipliers: NDArray[np.complex128]
    residuals: NDArray[np.float64]
    products: int
    problem: str = ""
    family: str = ""

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
        besides = f", besides {self.family}," if self.family else ""
        return (
            f"{about}: {self.stability}, the largest multiplier across the symmetries{besides} has modulus "
            f"{self.radius:.10g}"
        )


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
        multipliers are exactly 1 and are left out. Without dense matrices all within 1e-4 of 1 are, and whether they
        are as many is counted up to 12, and beyond that estimated from two random vectors.

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
    if not 0 <= neutral <= monodromy.size:
        raise InputError(f"neutral is a number of multipliers, 0 to {monodromy.size}, got {neutral}")
    family = ""
    drawn = np.random.default_rng(seed).standard_normal(monodromy.size)
    if neutral and not problem:
        ones = count_ones(monodromy, neutral, seed, ITERATIONS)
        problem = ones.problem or ("" if ones.allows(neutral) else f"the multipliers 1 are not {neutral}: {ones.words}")
        family = f"{neutral} that are 1 ({ones.words}) and any within {ROOT:g} of 1"
    begin = leave_out(monodromy, drawn) if neutral else monodromy.projection(drawn)
    besides = ROOT if neutral else 0.0
    found = leading(monodromy.across, begin, count, tolerance=tolerance, most=most, besides=besides)
    if not problem and not found.converged and _is_loose(found):
        residual = f"a residual of {found.residuals[0]:.1g}" if len(found.residuals) else "not appeared"
        problem = f"the leading multiplier has {residual} after {found.products} products"
    return Floquet(
        cycle, found.values, found.residuals, found.products, problem or _neutral(found.values, cycle, period), family
    )


def _is_loose(found: Ritz) -> bool:
    """Whether the residual of the leading multiplier leaves open on which side of the circle it is."""
    if not len(found.values):
        return True
    return bool(found.residuals[0] > max(NEUTRAL, abs(abs(found.values[0]) - 1)) / 10)


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
