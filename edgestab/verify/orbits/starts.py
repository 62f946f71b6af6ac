"""Starts drawn from a statement's hypotheses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from edgestab.errors import InputError
from edgestab.numerics.orbits.coordinates import evaluate
from edgestab.theory.relations import compare
from edgestab.theory.statement import OrbitStatement
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import ETA

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """Starts inside the hypotheses.

    Parameters
    ----------
    unit : ndarray, shape (n, dimension)
        Where in the unit cube each was drawn.
    eta : ndarray, shape (n,)
        Step sizes.
    variables : dict
        The region's variables, each of shape (n,).
    start : ndarray, shape (n_state, n)
        The model's own coordinates.
    excluded : int
        Points drawn that do not satisfy the hypotheses.
    """

    unit: Array
    eta: Array
    variables: dict[sp.Symbol, Array]
    start: Array
    excluded: int

    @property
    def count(self) -> int:
        """How many starts."""
        return int(self.eta.size)

    def parameters(self, step: StepMap) -> dict[sp.Symbol, Array]:
        """Return the parameters of a step: constants that the region varies, and the step size for all others."""
        return {p: self.variables.get(p, self.eta) for p in step.parameters}

    def part(self, of: NDArray[np.intp]) -> Sample:
        """Return some of the starts."""
        variables = {s: v[of] for s, v in self.variables.items()}
        return Sample(self.unit[of], self.eta[of], variables, self.start[:, of], 0)


def dimension(statement: OrbitStatement) -> int:
    """Return how many numbers choose a start: one for each variable with an interval, one for the step size."""
    free = [pair for pair in statement.region.bounds if pair[0] != pair[1]]
    return len(free) + (len(statement.step_sizes.values) != 1)


def draw(statement: OrbitStatement, unit: Array) -> Sample:
    """Map points of the unit cube into the hypotheses; those outside are dropped and counted.

    Raises
    ------
    InputError
        When the statement still has an unspecified constant.
    """
    placed, valid = place(statement, unit)
    return Sample(
        unit[valid],
        placed.eta[valid],
        {v: values[valid] for v, values in placed.variables.items()},
        np.ascontiguousarray(placed.start[:, valid]),
        int((~valid).sum()),
    )


def place(statement: OrbitStatement, unit: Array) -> tuple[Sample, NDArray[np.bool_]]:
    """Map points of the unit cube into the region's bounds, and tell which of them satisfy all hypotheses.

    Raises
    ------
    InputError
        When the statement still has an unspecified constant.
    """
    if statement.region.constants:
        names = ", ".join(sorted(str(s) for s in statement.region.constants))
        raise InputError(f"no value is given for {names}")
    columns = iter(unit.T)
    eta = _step_sizes(statement, columns, len(unit))
    known: dict[sp.Symbol, Array] = {ETA: eta}
    valid = np.ones(len(unit), dtype=bool)
    for variable, (low, high) in zip(statement.region.variables, statement.region.bounds, strict=True):
        a, b = evaluate([low, high], known)
        if low == high:
            known[variable] = a
            continue
        valid &= np.isfinite(a) & np.isfinite(b) & (a < b)
        drawn = a + next(columns) * (b - a)
        # Exactly 0 or 1 where that was meant: there lie the exceptional sets, and rounding would miss them.
        known[variable] = np.where(np.abs(drawn - np.round(drawn)) <= 1e-15 * (b - a), np.round(drawn), drawn)
        valid &= (known[variable] > a) & (known[variable] < b)
    start = np.array(evaluate(statement.region.start, known))
    valid &= np.isfinite(start).all(axis=0)
    named = {**known, **dict(zip(statement.model.own.step.state, start, strict=True))}
    for relation in statement.region.where:
        valid &= compare(relation, *evaluate([relation.lhs, relation.rhs], named))
    variables = {v: known[v] for v in statement.region.variables}
    return Sample(unit, eta, variables, start, 0), valid


def _step_sizes(statement: OrbitStatement, columns: Iterator[Array], count: int) -> Array:
    sizes = statement.step_sizes
    if len(sizes.values) == 1:
        return np.full(count, float(sizes.values[0]))
    u = next(columns)
    if sizes.values:
        values = np.array([float(v) for v in sizes.values])
        return np.asarray(values[np.minimum((u * len(values)).astype(int), len(values) - 1)])
    low, high = float(sizes.low), float(sizes.high)
    return np.asarray(np.clip(low * (high / low) ** u, low, high))
