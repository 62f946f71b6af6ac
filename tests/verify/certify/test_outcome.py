"""Nothing is proved that the independent checker does not accept."""

from __future__ import annotations

import pytest

from edgestab.theory.claims.catalogue import find
from edgestab.theory.parts.two_cycle import TwoCycleWindow
from edgestab.verify.certify import outcome
from edgestab.verify.certify.window import certify_window
from edgestab.verify.checker.reading import CertificateError


def test_a_certificate_that_the_checker_refuses_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str) -> str:
        raise CertificateError("not so")

    part = next(p for p in find("zhu2023.R4").parts if isinstance(p, TwoCycleWindow))
    assert str(certify_window(part).evidence.standing) == "PROVED"
    monkeypatch.setattr(outcome, "check_text", refuse)
    found = certify_window(part)
    assert str(found.evidence.standing) == "UNDECIDED"
    assert found.certificates == ()
    assert "the independent checker does not accept the certificate: not so" in found.evidence.sentence
