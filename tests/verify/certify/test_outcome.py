"""Nothing is proved that the independent checker does not accept."""

from __future__ import annotations

from dataclasses import dataclass

from edgestab.theory.claims.catalogue import find
from edgestab.theory.parts.two_cycle import TwoCycleWindow
from edgestab.verify.certify.aside import checking
from edgestab.verify.certify.outcome import Attempt
from edgestab.verify.certify.window import prove_window
from edgestab.verify.checker.reading import CertificateError


def test_a_certificate_that_the_checker_refuses_proves_nothing() -> None:
    def refuse(_: str) -> str:
        raise CertificateError("not so")

    part = next(p for p in find("zhu2023.R4").parts if isinstance(p, TwoCycleWindow))
    proved = prove_window(part)
    assert str(proved.checked().evidence.standing) == "PROVED"
    found = proved.checked(refuse)
    assert str(found.evidence.standing) == "UNDECIDED"
    assert found.certificates == ()
    assert "the independent checker does not accept the certificate: not so" in found.evidence.sentence


def test_the_checker_reads_the_text_alone_here_and_in_another_process() -> None:
    part = next(p for p in find("zhu2023.R4").parts if isinstance(p, TwoCycleWindow))
    (_, good), wrong = prove_window(part).certificates[0], Written('{"format": "edgestab-two-cycle"}')
    attempt = Attempt("it", (("", good), ("at eta = 2: ", wrong)))
    with checking() as check:
        found = check(attempt)()
    assert found == attempt.checked()
    assert str(found.evidence.standing) == "CERTIFIED"
    assert found.certificates == (good,)
    assert found.evidence.refused[0].startswith("at eta = 2: the independent checker does not accept the certificate")


@dataclass(frozen=True)
class Written:
    """A certificate that says much and proves nothing."""

    text: str
    sentence = "everything converges"
    cells = 1
    where = ""
