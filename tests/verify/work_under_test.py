"""Less work for tests whose verdicts are known from a line of algebra and do not hang on how hard the package looks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgestab.theory.effort import EFFORTS
from edgestab.verify.proofs import image
from edgestab.verify.sampling import stages


def less_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave an eighth of the starts, a third of the attack, and a tenth of what claims cost that stay open or hold."""
    assert isinstance(EFFORTS, dict)
    quick = EFFORTS["quick"]
    less = replace(quick, uniform=128, stratified=64, boundary=64, local_rounds=1, examples=3)
    monkeypatch.setitem(EFFORTS, "quick", replace(less, confirm_operations=quick.confirm_operations // 10))
    monkeypatch.setattr(stages, "LAST", stages.LAST // 20)
    monkeypatch.setattr(image, "MOST_CELLS", image.MOST_CELLS // 10)
