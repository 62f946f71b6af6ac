"""Subspaces that symmetries fix: steps do not leave them, and on what is no symmetry none is found."""

import pytest
import sympy as sp

from edgestab.theory.loss import Loss
from edgestab.theory.optimizers.gradient_descent import gradient_descent
from edgestab.theory.symmetry import fixed_subspaces

FACTORS = "(e*a + f*c - 2)**2/2 + (e*b + f*d)**2/2 + (g*a + h*c)**2/2 + (g*b + h*d - 1)**2/2"

LOSSES = [
    (FACTORS, "a b c d e f g h"),
    ("(x*y*z - 1)**2", "x y z"),
    ("(x**2 + y**2 - 1)**2 + x*z", "x y z"),
    ("(a*c + b*d - 1)**2 + (a*d + b*c)**2", "a b c d"),
    ("x**4 + y**4 - x**2*y", "x y"),
]


@pytest.mark.parametrize(("text", "names"), LOSSES)
def test_steps_do_not_leave_them(text, names):
    loss = Loss.parse(text, names)
    step = gradient_descent(loss)
    found = list(fixed_subspaces(loss, loss.parameters))
    assert found
    for subspace in found:
        at = subspace.point
        after = dict(zip(step.state, (u.xreplace(at) for u in step.closed_form()), strict=True))
        for parameter, stands in at.items():
            wanted = sp.S.Zero if stands == 0 else after[stands]
            assert sp.expand(after[parameter] - wanted) == 0
        restricted = subspace.restricted(step)
        assert all(
            sp.expand(u - after[s]) == 0 for s, u in zip(restricted.state, restricted.closed_form(), strict=True)
        )


def test_factors_of_a_diagonal_matrix_stay_diagonal():
    loss = Loss.parse(FACTORS, "a b c d e f g h")
    off = [p for p in loss.parameters if p.name in "bcfg"]
    assert [s.words for s in fixed_subspaces(loss, off)] == ["b = c = f = g = 0, a = e, d = h"]


@pytest.mark.parametrize(
    ("text", "names"),
    [("x**2 + 2*y**2 + x*y + x", "x y"), ("(x*y**2 - 1)**2 + x*y", "x y"), ("exp(x) + exp(-x) + y**2 + x*y", "x y")],
)
def test_without_symmetries_there_are_none(text, names):
    loss = Loss.parse(text, names)
    assert not list(fixed_subspaces(loss, loss.parameters))
