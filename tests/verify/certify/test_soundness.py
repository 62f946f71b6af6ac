"""Orbits from certified regions, crowded where they are hardest, end in the certified windows."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import pytest

from edgestab.verify.certify.document import Certificate
from edgestab.verify.certify.plan import at
from tests.models_under_test import cached
from tests.verify.certify.orbits_under_test import crowded, final_gaps
from tests.verify.certify.proofs_under_test import PROBLEMS, SKEW, SOFT, outcome, proved, wanted, window


@dataclass(frozen=True)
class Case:
    """A certificate, and a step size at which it is tested."""

    model: str
    eta: float
    source: str
    claim: tuple[str, int, int] | None = None
    """A claim of the catalogue, which of its certified parts, which of that part's certificates."""

    @property
    def certificate(self) -> Certificate:
        """What was proved."""
        if self.claim is None:
            return proved(self.source)
        name, part, number = self.claim
        return outcome(name, part).certificates[number]


CASES = (
    *(Case("quartic", eta, f"R9 at {eta}") for eta in (0.2, 0.1, 0.05, 0.02, 0.01)),
    *(Case("quartic", eta, "R9 uniform") for eta in (0.1, 0.07, 0.05)),
    *(Case("quartic", eta, "R11 uniform", ("R11", 0, 0)) for eta in (0.05, 0.03)),
    *(Case("quartic", eta, f"R11 at {eta}", ("R11", 1, k)) for k, eta in enumerate((0.1, 0.05, 0.01))),
    *(Case("quartic", eta, "R10", ("R10", 0, 0)) for eta in (0.1, 0.05)),
    *(Case("quartic", eta, "Theorem 3.1", ("thm3.1", 0, 0)) for eta in (0.01, 0.005)),
    *(Case(SOFT, eta, "p**2/2 - p**4/12") for eta in (0.1, 0.05)),
    Case(SKEW, 0.1, "p**2/2 - p**3/15 - p**4/12"),
)


def check(case: Case, count: int, seed: int) -> None:
    """All of `count` orbits end inside the window."""
    certificate = case.certificate
    low, high = window(certificate, case.eta)
    m, eps = cached(case.model), case.eta**2
    basin = certificate.basin
    if basin is not None:
        x, b = crowded(tuple(map(float, basin.x)), (-2.4, 0.4), count, seed)
        d = 1 + b
        # Nobody may start on, or be thrown onto, a critical point: those excluded are of measure zero.
        d = np.where(np.abs(d) < 1e-9, 1e-9, d)
        gaps = final_gaps(m, x, d - 1, case.eta, mirrored=-2.0)
    else:
        region = certificate.start.box
        bottom = float(region[0][0])
        if certificate.power is not None:
            bottom = float(certificate.power.sigma) * eps ** float(certificate.power.p)
        x, b = crowded((bottom, float(region[0][1])), tuple(map(float, region[1])), count, seed)
        gaps = final_gaps(m, x, b, case.eta)
    wrong = ~((low < gaps) & (gaps < high))
    where = np.flatnonzero(wrong)[:3]
    assert not wrong.any(), [(x[k], b[k], gaps[k]) for k in where]


FAST = [c for c in CASES if c.eta >= 0.05]


@pytest.mark.parametrize("case", FAST, ids=lambda c: f"{c.source} at eta {c.eta}")
def test_orbits_end_in_the_window(case: Case) -> None:
    check(case, 4000, seed=11)


@pytest.mark.parametrize("case", [c for c in CASES if c.eta < 0.05], ids=lambda c: f"{c.source} at eta {c.eta}")
def test_a_few_orbits_at_small_steps_end_in_the_window(case: Case) -> None:
    check(case, 64, seed=12)


@pytest.mark.parametrize("case", FAST, ids=lambda c: f"{c.source} at eta {c.eta}")
def test_the_window_is_not_so_wide_that_anything_would_end_in_it(case: Case) -> None:
    """A start below the edge stays below it, outside every window proved, so that the test above can fail."""
    m, (low, high) = cached(case.model), window(case.certificate, case.eta)
    x = np.full(50, -3.0 * case.eta**2 * high)
    gaps = final_gaps(m, x, np.linspace(1e-4, 1e-3, 50), case.eta)
    assert not ((low < gaps) & (gaps < high)).any()


@pytest.mark.deep
@pytest.mark.parametrize("case", FAST, ids=lambda c: f"{c.source} at eta {c.eta}")
def test_a_million_orbits_end_in_the_window(case: Case) -> None:
    for k in range(20):
        check(case, 50_000, seed=100 + k)


@pytest.mark.deep
@pytest.mark.parametrize("case", [c for c in CASES if c.eta < 0.05], ids=lambda c: f"{c.source} at eta {c.eta}")
def test_orbits_at_small_steps_end_in_the_window_for_two_minutes(case: Case) -> None:
    """Batches of 4096 orbits until two minutes are over or a million are done; the last line says how many."""
    began, done = time.monotonic(), 0
    while time.monotonic() - began < 120 and done < 10**6:
        check(case, 4096, seed=1000 + done)
        done += 4096
    print(f"{case.source} at eta = {case.eta}: {done} orbits")
    assert done >= 4096


def test_gaps_of_orbits_agree_with_the_fit() -> None:
    """The limit c(eps) of the curve is where orbits really end: windows of the tube are centred."""
    for name in ("R9 at 0.1", "R9 at 0.05"):
        tube, problem = proved(name).tube, PROBLEMS[name][1]
        eta = float(problem.eta[1])
        x, b = crowded((0.05, 0.24), (-0.28, 0.13), 200, 1)
        gaps = final_gaps(cached("quartic"), x, b, eta)
        c = at(tube.curve.c, eta**2)
        assert np.abs(gaps - 2 * (1 - np.sqrt(1 + c * eta**2)) / eta**2).max() < 1e-3


@pytest.mark.parametrize(
    ("claim", "part"),
    [
        ("R9", 0),
        ("thm3.1", 0),
        *(pytest.param(*p, marks=pytest.mark.deep) for p in (("R9", 1), ("R9", 2), ("R11", 0), ("R11", 1))),
    ],
)
def test_the_regions_are_those_of_the_claims(claim: str, part: int) -> None:
    """What is certified is not smaller than what is claimed."""
    for problem, certificate in zip(wanted(claim, part), outcome(claim, part).certificates, strict=True):
        assert certificate.eta == problem.eta
        x, b, eps = certificate.start.box
        assert eps == problem.eps
        assert x[0] <= problem.x[0]
        assert x[1] >= problem.x[1]
        assert b[0] <= problem.b[0]
        assert b[1] >= problem.b[1]
        assert certificate.limit.gap == problem.gap
