"""What the sentence of a certificate says its symbols are."""

from __future__ import annotations

import pytest
import sympy as sp

from edgestab.theory.drift import drift_form
from edgestab.theory.models.catalogue import model
from edgestab.theory.symbols import symbols
from edgestab.theory.text.grammar import parse_expression
from edgestab.verify.certify.words import edge_ratio

x, y, eta = symbols("x y eta")


@pytest.mark.parametrize(("name", "curvature"), [("quartic", 2), ("degree-2", 1)])
def test_p_is_the_square_of_the_sharpness_over_two_over_eta(name: str, curvature: int) -> None:
    of = model(name)
    text = edge_ratio(drift_form(of)).removeprefix("P = ").replace("eta)^2 (", "eta)^2*(").replace("eta^2 (", "eta^2*(")
    written = parse_expression(text.replace("/2 eta", "/2*eta"), {"x": x, "y": y, "eta": eta})
    # From (x, y) gradient flow keeps x^2 - y^2 = c and ends at xy = 1, where the sharpness is h (x^2 + y^2).
    at = {x: sp.Rational(5, 2), y: sp.Rational(1, 3)}
    c = (x**2 - y**2).subs(at)
    sharpness = curvature * sp.sqrt(c**2 + 4)
    assert sp.simplify(written.subs(at) - (eta * sharpness / 2) ** 2) == 0
