"""Units mean nothing: x -> c x, L -> k L, eta -> eta c^2/k give every claim the same verdict, and the same counts."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import msgspec
import pytest

from edgestab.theory.effort import EFFORTS
from edgestab.verify.check import check
from edgestab.verify.claim_files.door import specification_of
from edgestab.verify.claim_files.entries import Entries
from edgestab.verify.claim_files.specification import claim_of
from edgestab.verify.verdict import Verdict

UNITS = [
    (Fraction(10**12), Fraction(1)),
    pytest.param(Fraction(1, 10**12), Fraction(10**12), marks=pytest.mark.deep),
    pytest.param(Fraction(1), Fraction(1, 10**12), marks=pytest.mark.deep),
]
PRODUCT, QUARTIC, WELL = "(x*y - 1)**2/2", "(x*y - 1)**2/4 + (x - y)**2/9", "(x**2 - 1)**2/4"

# Each conclusion in the symbols c and k: {c} is a length, {k} a loss.
CLAIMS: dict[str, dict[str, Any]] = {
    "converges": {"loss": PRODUCT, "region": {"x": (0.5, 1.5), "y": (0.5, 1.5)}, "eta": 0.5, "kind": "converges"},
    "does not": {"loss": PRODUCT, "region": {"x": (0.5, 2.5), "y": (0.5, 2.5)}, "eta": 0.9, "kind": "converges"},
    "which": {"loss": WELL, "region": {"x": (0.1, 1.2)}, "eta": 0.5, "kind": "converges", "to": "x = {c}"},
    "sharpness": {
        "loss": PRODUCT,
        "region": {"x": (2.5, 3), "y": (0.3, 0.5)},
        "eta": 0.2,
        "kind": "final-sharpness",
        "low": "2/eta*3/4",
        "high": "2/eta",
    },
    "diverges": {"loss": WELL, "region": {"x": (3, 4)}, "eta": 0.5, "kind": "diverges"},
    "monotone": {
        "loss": QUARTIC,
        "region": {"x": (0.5, 1.5), "y": (0.5, 1.5)},
        "eta": 0.1,
        "kind": "monotone",
        "quantity": "loss",
        "direction": "nonincreasing",
    },
    "along": {"loss": WELL, "region": {"x": (0.1, 1.2)}, "eta": 0.9, "kind": "along", "inequality": "x**2 <= 2*{c}**2"},
    "bounded": {"loss": WELL, "region": {"x": (0.1, 1.2)}, "eta": 1.5, "kind": "bounded"},
    "cycle": {"loss": WELL, "region": {"x": (1.01, 1.1)}, "eta": 1.2, "kind": "cycle", "period": 2},
    "limit": {
        "loss": PRODUCT,
        "region": {"x": (0.5, 1.5), "y": (0.5, 1.5)},
        "eta": 0.4,
        "kind": "limit",
        "inequality": "x_final**2 + y_final**2 >= 19/10*{c}**2",
    },
}


@pytest.fixture(autouse=True)
def little_effort(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer starts: what is the same of a few is the same of many."""
    assert isinstance(EFFORTS, dict)
    few = replace(EFFORTS["quick"], uniform=48, stratified=16, boundary=16, confirm_operations=2 * 10**6, watched=2000)
    monkeypatch.setitem(EFFORTS, "quick", few)


def verdict(claim: dict[str, Any], c: Fraction, k: Fraction) -> Verdict:
    """The verdict in units in which a length of 1 is called c and a loss of 1 is called k."""
    names = [*claim["region"]]
    inside = {n: f"({n}/({c}))" for n in names}
    loss = "".join(inside.get(letter, letter) for letter in claim["loss"])
    said = {n: v.replace("{c}", f"({c})") if isinstance(v, str) else v for n, v in claim.items()}
    given = {
        "loss": f"({k})*({loss})",
        "parameters": " ".join(names),
        "region": {n: [str(Fraction(str(v)) * c) for v in ends] for n, ends in claim["region"].items()},
        "eta": str(Fraction(str(claim["eta"])) * c * c / k),
        "conclusion": {n: v for n, v in said.items() if n not in ("loss", "region", "eta")},
    }
    return check(claim_of(specification_of(msgspec.convert(given, Entries))))


@pytest.mark.parametrize("name", CLAIMS)
@pytest.mark.parametrize(("c", "k"), UNITS)
def test_verdicts_do_not_depend_on_units(name: str, c: Fraction, k: Fraction) -> None:
    plain, other = verdict(CLAIMS[name], Fraction(1), Fraction(1)), verdict(CLAIMS[name], c, k)
    assert str(other.standing) == str(plain.standing)
    assert plain.standing != "UNDECIDED"
