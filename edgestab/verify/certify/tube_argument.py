"""The tube of a certificate as an argument for a statement that a user makes."""

from __future__ import annotations

from edgestab.theory.parts.certified import Certified
from edgestab.theory.statement import OrbitStatement
from edgestab.verify.certify.part import prove_part
from edgestab.verify.evidence.standing import Standing
from edgestab.verify.proofs.argument import Argument


def tube_of(statement: OrbitStatement) -> Argument | None:
    """Return the proof of a statement by a certificate of every one of its step sizes; None where one is missing.

    The independent checker has read the certificates then. Statements that none can be about are refused at once.
    """
    if statement.quantifier != "every":
        return None
    outcome = prove_part(Certified(statement.name, statement)).checked()
    found = outcome.evidence
    if found.standing is not Standing.PROVED:
        return None
    loss = statement.model.loss
    named = () if loss is None else tuple(map(str, loss.parameters))
    words = [found.where] if found.where else []
    words += [f"x, y are {', '.join(named)}"] if named not in ((), ("x", "y")) else []
    where = f"; where {', and '.join(words)}" if words else ""
    shown = tuple(f"{theorem}{where}" for theorem in found.proved)
    return Argument(f"interval arithmetic on {found.cells} cells", shown, "certify writes it", found.cells)
