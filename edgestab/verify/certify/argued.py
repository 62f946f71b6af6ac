"""Certifying a part by one of the arguments that `verify` tries."""

from __future__ import annotations

from edgestab.theory.drift import NoDriftForm
from edgestab.theory.parts.certified import Certified
from edgestab.verify.certify.outcome import Attempt
from edgestab.verify.certify.statement import require_sense
from edgestab.verify.proofs.attempts import argument_for
from edgestab.verify.proofs.certificate import certificate_of


def prove_by_argument(part: Certified, attempt: Attempt) -> Attempt:
    """Return the certificate of an argument that proves a part; what was refused before, where there is none."""
    if part.down_to_zero or part.timed:  # arguments bound no number of steps
        return attempt
    try:
        require_sense(part.statement)
    except NoDriftForm as reason:
        return Attempt(part.name, (), (*attempt.refused, str(reason)))
    argument, _ = argument_for(part.statement)
    certificate = None if argument is None else certificate_of(argument)
    if argument is not None and certificate is None:
        return Attempt(part.name, (), (f"proved by {argument.method}, without a certificate: {argument.certificate}",))
    return attempt if certificate is None else Attempt(part.name, (("", certificate),))
