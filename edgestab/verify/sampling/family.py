"""Families: a statement with an unspecified constant, value by value, and the smallest value that survives."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from edgestab.theory.effort import EFFORTS, Effort
from edgestab.theory.parts.family import StatementFamily
from edgestab.theory.statement import OrbitStatement
from edgestab.verify.evidence.family import FamilyEvidence
from edgestab.verify.sampling.sampling import sample_statement
from edgestab.verify.sampling.stages import Report, survives


def check_family(
    family: StatementFamily, effort: Effort, threads: int | None = None, report: Report | None = None
) -> FamilyEvidence:
    """Check the stated values, then bisect for the smallest survivor.

    A value survives when no failure is seen in floating point; a value counts as failed in the search
    without confirmation, which the stated values always get.
    """
    members = {
        str(value): sample_statement(_member(family, value), effort, threads=threads, report=report)
        for value in family.values
    }
    return FamilyEvidence(
        family.name, str(family.constant), members, _smallest(family, effort, threads), _out_of_reach(family)
    )


def _member(family: StatementFamily, value: sp.Rational) -> OrbitStatement:
    return family.statement.with_constants({family.constant: value})


def _smallest(family: StatementFamily, effort: Effort, threads: int | None) -> tuple[float, float] | None:
    scout = replace(EFFORTS["quick"], local_rounds=1, examples=1, confirm_operations=0, iterates=effort.iterates // 4)
    low, high = family.search

    def holds(value: sp.Rational) -> bool:
        return survives(_member(family, value), scout, threads)

    if holds(low) or not holds(high):
        return None
    for _ in range(7):
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return float(low), float(high)


def _out_of_reach(family: StatementFamily) -> str:
    value = family.values[-1]
    printed = float(family.printed_step_size.subs(family.constant, value))
    used = float(family.statement.step_sizes.largest)
    if printed >= used:
        return ""
    return (
        f"The text asks for eta < {printed:.2g} at {family.constant} = {value}, where an orbit takes about "
        f"{25 / printed**2:.0e} steps: out of reach of simulation, so the conclusion is checked at larger eta"
    )
