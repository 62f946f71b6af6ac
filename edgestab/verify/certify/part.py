"""Certifying a part of a claim: the theorems proved, and the evidence they make."""

from __future__ import annotations

from collections.abc import Callable

from edgestab.theory.drift import NoDriftForm
from edgestab.theory.parts.certified import Certified
from edgestab.verify.certify.cells import Unproved
from edgestab.verify.certify.engine import certify
from edgestab.verify.certify.outcome import Attempt, Outcome
from edgestab.verify.certify.statement import problems


def certify_part(part: Certified, *, report: Callable[[str, float], None] | None = None) -> Outcome:
    """Certify a statement at every step size it speaks of.

    Examples
    --------
    >>> from edgestab.theory.claims.catalogue import find
    >>> part = next(p for p in find("zhu2023.R9").parts if isinstance(p, Certified))
    >>> str(certify_part(part).evidence.standing)
    'PROVED'
    """
    return prove_part(part, report=report).checked()


def prove_part(part: Certified, *, report: Callable[[str, float], None] | None = None) -> Attempt:
    """Make the certificates of a statement at every step size it speaks of."""
    certificates, refused = [], []
    try:
        wanted = problems(part)
    except NoDriftForm as error:
        return Attempt(part.name, (), (str(error),))
    for problem in wanted:
        at = f"at eta = {problem.eta[1]}: " if len(wanted) > 1 else ""
        try:
            certificates.append((at, certify(problem, report=report)))
        except (NoDriftForm, Unproved) as error:
            refused.append(f"{at}{error}")
    return Attempt(part.name, tuple(certificates), tuple(refused))
