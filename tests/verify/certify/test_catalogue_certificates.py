"""The catalogue's certificates: proved, and the printed regions and windows follow from what is certified."""

from __future__ import annotations

import random
from fractions import Fraction

import flint
import pytest
import sympy as sp

from edgestab.numerics.printers.ball import ball, evaluate
from edgestab.numerics.programs.program import program_of
from edgestab.numerics.rigorous.balls import precision
from edgestab.theory.claims.catalogue import find
from edgestab.theory.claims.zhu2023.notation import K_BIG
from edgestab.theory.parts.certified import Certified
from edgestab.theory.parts.proof import Proof
from edgestab.theory.symbols import ETA
from edgestab.verify.evidence.standing import Standing
from edgestab.verify.symbolic import settle
from tests.verify.certify.proofs_under_test import outcome, parts, wanted

F = Fraction


@pytest.mark.parametrize(
    ("claim", "number"),
    [
        pytest.param("R9", 3, marks=pytest.mark.deep),
        ("R10", 1),
        pytest.param("R11", 2, marks=pytest.mark.deep),
        ("thm3.1", 1),
        ("cor3.1", 1),
        ("cor3.2", 1),
    ],
)
def test_the_certified_claims_are_proved(claim: str, number: int) -> None:
    assert len(parts(claim)) == number
    for k in range(number):
        evidence = outcome(claim, k).evidence
        assert evidence.standing is Standing.PROVED, evidence.sentence


def test_what_the_certified_claims_say_of_step_sizes() -> None:
    assert [p.eta for p in wanted("R9")] == [(F(0), F(1, 10))]
    assert [p.eta for p in wanted("R9", 2)] == [(F(1, 5), F(1, 5))]
    assert [p.eta for p in wanted("R10")] == [(F(0), F(1, 10))]
    assert [p.eta for p in wanted("R11")] == [(F(0), F(1, 20))]
    for claim in ("thm3.1", "cor3.1", "cor3.2"):
        assert [p.eta for p in wanted(claim)] == [(F(0), F(1, 100))]


@pytest.mark.parametrize("claim", ["thm3.1", "cor3.1", "cor3.2"])
def test_the_lemmas_of_the_regions_hold(claim: str) -> None:
    proof, certified = find(f"zhu2023.{claim}").parts
    assert isinstance(proof, Proof)
    assert isinstance(certified, Certified)
    assert settle(proof).standing is Standing.PROVED


def printed(claim: str):
    """The printed statement, whose K is free."""
    (family,) = find(f"zhu2023.{claim}").checks
    return family.statement, family.printed_step_size


def draws(count: int, *, printed_eta: bool) -> list[tuple[Fraction, Fraction]]:
    """K >= 8 and eta: up to the printed bound, or up to 1/100."""
    g = random.Random(5)
    found = []
    for _ in range(count):
        k = F(8) if g.random() < 0.3 else F(8) + F(g.random()).limit_denominator(10**6) * 10 ** g.randint(0, 3)
        most = 1 / (8_000_000 * k**2) if printed_eta else F(1, 100)
        eta = most if g.random() < 0.3 else most * F(10 ** -(3 * g.random())).limit_denominator(10**9)
        found.append((k, eta))
    return found


@pytest.mark.parametrize(("claim", "only_printed"), [("thm3.1", False), ("cor3.1", False), ("cor3.2", True)])
def test_printed_regions_lie_in_the_certified_one(claim: str, only_printed: bool) -> None:
    """Corners, edges and inner points at 300 bits: 47 eps^(7/8) <= x <= 1/50 and |b| < 1/8, x from its definition."""
    statement, bound = printed(claim)
    region = statement.region
    assert sp.simplify(bound - 1 / (8_000_000 * K_BIG**2)) == 0
    variables = list(region.variables)
    ends = program_of([e for pair in region.bounds for e in pair], [ETA, K_BIG, *variables])
    start = program_of(region.start, [ETA, K_BIG, *variables])
    g = random.Random(6)
    checked = 0
    with precision(300):
        for k, eta in draws(250, printed_eta=only_printed):
            size, constant = ball(eta), ball(k)
            values: list[flint.arb] = []
            for i in range(len(variables)):
                padded = [size, constant, *values, *[ball(0)] * (len(variables) - len(values))]
                found = evaluate(ends, padded)
                low, high = found[2 * i], found[2 * i + 1]
                t = g.choice([F(1, 10**15), 1 - F(1, 10**15), F(g.random())])
                if not low < high:
                    break  # for this K and eta the printed region is empty
                values.append(low + (high - low) * ball(t))
            if len(values) < len(variables):
                continue
            checked += 1
            x0, y0 = evaluate(start, [size, constant, *values])
            eps = size * size
            difference = x0 * x0 - y0 * y0
            x = eps * (difference * difference + 4) - 1
            assert 47 * eps.root(8) ** 7 <= x
            assert x <= ball(F(1, 50))
            assert abs(x0 * y0 - 1) < ball(F(1, 8))
    assert checked > 60


@pytest.mark.parametrize("claim", ["thm3.1", "cor3.1", "cor3.2"])
def test_the_certified_window_implies_the_printed_one(claim: str) -> None:
    """Sharpness 2/eta - g eta with g in [0.401, 1] is inside, at the certified ends, strictly."""
    statement, _ = printed(claim)
    window = statement.conclusion
    (problem,) = wanted(claim)
    assert problem.gap == ((F(401, 1000),), (F(1),))
    program = program_of([window.low, window.high], [ETA])
    with precision(300):
        for _, eta in draws(200, printed_eta=False):
            size = ball(eta)
            low, high = evaluate(program, [size])
            for gap in (F(401, 1000), F(1)):
                assert low < 2 / size - ball(gap) * size < high


def test_a_smaller_k_would_not_do() -> None:
    """At K = 7 Theorem 3.1's printed b leaves |b| < 1/8: K >= 8 is used."""
    (problem,) = wanted("thm3.1")
    assert problem.b == (F(-1, 8), F(1, 8))
    assert F(1, 7) > problem.b[1]
    assert problem.power == (F(47), F(7, 8))
    assert problem.x[1] == F(1, 50)
