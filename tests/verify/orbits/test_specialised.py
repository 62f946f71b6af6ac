"""A start with the constants that a region varies, as a start of the loss at their values."""

from fractions import Fraction

import msgspec
import pytest
import sympy as sp

from edgestab.theory.symbols import symbol
from edgestab.verify.claim_files.door import specification_of
from edgestab.verify.claim_files.entries import Entries
from edgestab.verify.claim_files.specification import claim_of
from edgestab.verify.orbits.specialised import specialised
from edgestab.verify.orbits.walk import NotConfirmed, Suspect

X, C = symbol("x"), symbol("c")


def statement():
    entries = {"loss": "c*(x - c)**2/2", "parameters": "x", "eta": "0.5", "where": ["x < c"]}
    region = {"x": ["0", "1"], "c": ["1", "2"]}
    (part,) = claim_of(
        specification_of(msgspec.convert({**entries, "region": region, "conclusion": {"kind": "converges"}}, Entries))
    ).parts
    return part


def test_the_constant_becomes_its_value():
    suspect = Suspect(Fraction(1, 2), {X: Fraction(1, 2), C: Fraction(3, 2)}, 10)
    here, start = specialised(statement(), suspect)
    assert here.model.loss.constants == ()
    assert sp.expand(here.model.loss.expression - sp.Rational(3, 4) * (X - sp.Rational(3, 2)) ** 2) == 0
    assert here.region.variables == (X,)
    assert [(w.lhs, w.rhs) for w in here.region.where] == [(X, sp.Rational(3, 2))]
    assert start.variables == {X: Fraction(1, 2)}


@pytest.mark.parametrize("value", [Fraction(1), Fraction(2), Fraction(5, 2), Fraction(0)])
def test_a_constant_on_the_ends_or_beyond_is_no_counterexample(value):
    with pytest.raises(NotConfirmed, match="c is not strictly inside"):
        specialised(statement(), Suspect(Fraction(1, 2), {X: Fraction(1, 2), C: value}, 10))
