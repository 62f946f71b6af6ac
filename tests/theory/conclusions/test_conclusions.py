"""What conclusions take in a claim file, and what they are made of it."""

from __future__ import annotations

import pytest
import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.conclusions.along import Along
from edgestab.theory.conclusions.converges import Converges
from edgestab.theory.conclusions.diverges import Diverges
from edgestab.theory.conclusions.final_sharpness import FinalSharpness
from edgestab.theory.conclusions.kinds import CONCLUSIONS
from edgestab.theory.conclusions.monotone import Monotone
from edgestab.theory.symbols import ETA, symbols

K, x, y = symbols("K x y")
THREE = {K: sp.S(3)}


@pytest.mark.parametrize(
    ("kind", "entries", "wanted"),
    [
        ("converges", {}, Converges()),
        ("converges", {"to": "xy = 1"}, Converges("xy = 1")),
        ("diverges", {}, Diverges()),
        ("final-sharpness", {"low": K / ETA}, FinalSharpness(3 / ETA, sp.oo)),
        ("final-sharpness", {"high": K / ETA, "to": "xy = 1"}, FinalSharpness(-sp.oo, 3 / ETA, "xy = 1")),
        ("along", {"inequality": x * y <= K}, Along(3 - x * y)),
        ("along", {"inequality": x * y > K}, Along(x * y - 3, strict=True)),
        ("monotone", {"quantity": K + K * x, "direction": "nondecreasing"}, Monotone(3 * x, "nondecreasing")),
    ],
)
def test_a_conclusion_is_made_of_its_entries(kind, entries, wanted):
    assert set(entries) <= {f.name for f in CONCLUSIONS[kind].fields}
    assert CONCLUSIONS[kind].of(entries, THREE) == wanted


@pytest.mark.parametrize(
    ("kind", "entries", "message"),
    [
        ("final-sharpness", {"to": "xy = 1"}, "needs low, high or both"),
        ("along", {}, "along needs an inequality, for example"),
        ("along", {"inequality": sp.Eq(x, y)}, "a single inequality with <, <=, > or >="),
        ("monotone", {"quantity": x}, "needs quantity"),
        ("monotone", {"direction": "nonincreasing"}, "needs quantity"),
    ],
)
def test_what_is_missing_is_said(kind, entries, message):
    with pytest.raises(InputError, match=message):
        CONCLUSIONS[kind].of(entries, {})


def test_only_minima_are_endings():
    window = FinalSharpness(1 / ETA, 2 / ETA, "xy = 1")
    assert (window.ending.to, window.ending.window) == ("xy = 1", (1 / ETA, 2 / ETA))
    assert (Converges().ending.to, Converges().ending.window) == (None, None)
    assert [c.ending for c in (Diverges(), Along(x), Monotone(x, "nonincreasing"))] == [None, None, None]


def test_an_impossible_window_is_refused_where_it_is_claimed():
    window = FinalSharpness(2 / ETA - 1, 1 / ETA)
    window.require_possible([sp.S(2)])
    with pytest.raises(InputError, match="empty at eta = 1/2"):
        window.require_possible([sp.S(2), sp.Rational(1, 2)])
    with pytest.raises(InputError, match="not real at eta = 2"):
        FinalSharpness(sp.sqrt(1 - ETA), sp.S(2)).require_possible([sp.S(2)])
