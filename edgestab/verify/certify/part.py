"""Certifying a part of a claim: the theorems proved, and the evidence they make."""

from __future__ import annotations

from collections.abc import Callable

from edgestab.theory.drift import NoDriftForm
from edgestab.theory.parts.certified import Certified
from edgestab.verify.certify.cells import Unproved
from edgestab.verify.certify.engine import certify
from edgestab.verify.certify.outcome import Outcome, checked
from edgestab.verify.certify.statement import problems
from edgestab.verify.checker.reading import CertificateError
from edgestab.verify.evidence.certificate import CertificateEvidence


def certify_part(part: Certified, *, report: Callable[[str, float], None] | None = None) -> Outcome:
    """Certify a statement at every step size it speaks of.

    Examples
    --------
    >>> from edgestab.theory.claims.catalogue import find
    >>> part = next(p for p in find("zhu2023.R9").parts if isinstance(p, Certified))
    >>> str(certify_part(part).evidence.standing)
    'PROVED'
    """
    certificates, refused = [], []
    try:
        wanted = problems(part)
    except NoDriftForm as error:
        return Outcome(CertificateEvidence(part.name, (), (str(error),)), ())
    for problem in wanted:
        try:
            certificates.append(checked(certify(problem, report=report)))
        except (NoDriftForm, Unproved, CertificateError) as error:
            at = f"at eta = {problem.eta[1]}: " if len(wanted) > 1 else ""
            refused.append(f"{at}{error}")
    proved = tuple(c.sentence for c in certificates)
    cells = sum(c.cells for c in certificates)
    where = "; ".join(dict.fromkeys(c.where for c in certificates))
    return Outcome(CertificateEvidence(part.name, proved, tuple(refused), cells, where), tuple(certificates))
