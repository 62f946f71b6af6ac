"""Isolated minima: proved where they are, refused where they are none."""

import mpmath
import pytest
import sympy as sp

from edgestab.errors import InputError
from edgestab.numerics.rigorous.isolated import minimum_beside, minimum_named, named_minimum
from edgestab.theory.loss import Loss
from edgestab.theory.symbols import symbol

TILTED = Loss.parse("(x**2 - 1)**2/4 + x/10", "x")
WELLS = Loss.parse("(x**2 - 1)**2/4 + (y**2 - 2)**2/4", "x y")


@pytest.mark.parametrize("guess", [-3.0, -1.0, 0.8, 2.0])
def test_the_box_holds_the_root_and_no_other(guess: float) -> None:
    found = minimum_beside(TILTED, [guess])
    assert found is not None
    ((low, high),) = named_minimum(TILTED, found).box
    roots = [r for r in sp.Poly(TILTED.gradient[0], symbol("x")).real_roots() if low <= r <= high]
    assert len(roots) == 1
    assert low < float(found.point[0]) < high


@pytest.mark.parametrize(
    ("text", "parameters", "guess"),
    [
        ("(x**2 - 1)**2/4", "x", [0.01]),  # a maximum
        ("x**2/2 - y**2/2 + y**4/4", "x y", [0.0, 0.0]),  # a saddle
        ("x**4", "x", [0.1]),  # degenerate
        ("exp(-x)", "x", [40.0]),  # an infimum at infinity
        ("(1 - x*y)**2", "x y", [1.0, 1.0]),  # a curve
        ("x**2 - log(x)", "x", [-0.7]),  # outside the domain
    ],
)
def test_what_is_no_isolated_minimum_is_not_called_one(text: str, parameters: str, guess: list[float]) -> None:
    assert minimum_beside(Loss.parse(text, parameters), guess) is None


@pytest.mark.parametrize(
    ("loss", "written", "where"),
    [
        (WELLS, "x = 1, y = sqrt(2)", (1, mpmath.sqrt(2))),
        (WELLS, "y = -1.4142, x = -1", (-1, -mpmath.sqrt(2))),
        (WELLS, "x = 1.00, y = 1.41", (1, mpmath.sqrt(2))),
        (TILTED, "x = 9.456492e-1", (float(sp.Poly(TILTED.gradient[0]).nroots()[-1]),)),
        (Loss.parse("x**2/2 - 2*log(x)", "x"), "x = sqrt(2)", (mpmath.sqrt(2),)),
        (Loss.parse("cosh(x) - x", "x"), "x = 0.88137", (mpmath.asinh(1),)),
        (Loss.parse("(x/1e9 - 1)**2", "x"), "x = 1e9", (10**9,)),
    ],
)
def test_a_minimum_is_found_by_what_is_written(loss: Loss, written: str, where: tuple[float, ...]) -> None:
    found = minimum_named(loss, written)
    middle = [float((low + high) / 2) for low, high in found.box]
    assert middle == pytest.approx([float(w) for w in where], rel=1e-8)


@pytest.mark.parametrize(
    ("loss", "written", "message"),
    [
        (WELLS, "x = 1", "write x = ..., y = ..."),
        (WELLS, "x = 1, x = 1", "names no point"),
        (WELLS, "x = 0, y = sqrt(2)", "no minimum"),
        (WELLS, "x = 1.1, y = 1.4142", "is not proved; the nearest found is x = 1"),
        (WELLS, "x = 11/10, y = sqrt(2)", "does not vanish"),
        (WELLS, "x = 2, y = 1.4142", "not proved; the nearest found"),
        (TILTED, "x = -1.04667", "not proved"),  # the root is -1.046680..
        (TILTED, "x = -1.", "names no point|does not vanish|minimum"),
        (TILTED, "x = __import__('os')", "x"),
    ],
)
def test_what_names_no_minimum_is_refused(loss: Loss, written: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        minimum_named(loss, written)
