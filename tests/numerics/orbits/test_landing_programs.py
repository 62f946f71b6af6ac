"""The programs that make the tables of docs/landing.md: their cheap parts, and the exponent that they print."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest
import sympy as sp

from edgestab.errors import InputError
from edgestab.numerics.orbits.concentration import contraction_exponent
from edgestab.theory.landing import ProductMinimum
from edgestab.theory.landing_losses import LOSSES
from edgestab.theory.models.product import P

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "landing.md").read_text(encoding="utf-8")


def program(name: str) -> dict[str, object]:
    return runpy.run_path(str(ROOT / "examples" / f"{name}.py"))


def cells(name: str, heading: str) -> list[str]:
    """The line of a loss in the table of the page whose first line begins so."""
    table = PAGE[PAGE.index(heading) :].split("\n\n")[0]
    (line,) = (x for x in table.splitlines() if x.startswith(f"| {name} |"))
    return [c.strip() for c in line.strip("| ").split("|")]


@pytest.mark.parametrize("name", ["pseudo-Huber", "Poisson"])
def test_the_first_table(name: str) -> None:
    found = program("landing")["row"](LOSSES[name], ("1/5", "1/10", "1/20"))
    assert np.abs(found.kernel - found.middles).max() < 1e-9
    assert all(e.gap.rad() < 1e-10 for e in found.enclosed)
    printed = cells(name, "| loss | `G_0`")
    assert [f"{m:.9f}" for m in found.middles] == printed[3:6]
    assert sp.Rational(printed[1]) == found.of.constant
    assert float(printed[2]) == pytest.approx(float(found.of.next_of_example), rel=1e-5)


def test_every_loss_has_its_lines_and_errors_of_the_second_order() -> None:
    for name in LOSSES:
        assert len(cells(name, "| loss | `G_0`")) == 8
        slope, off = cells(name, "| loss | slope")[1:3]
        assert float(off) < 1e-7
        assert float(slope) == pytest.approx(2, abs=0.1)


def test_the_page_shows_every_figure_beside_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "examples")
    for name in program("landing_figures")["FIGURES"]:
        assert f"](../examples/gallery/{name}.png)" in PAGE
        assert f"`python examples/landing_figures.py {name}`" in PAGE


def test_the_fold_is_passed_as_the_page_says() -> None:
    """sqrt 2 - eta S in units of eta^(4/3), from before the edge: to the constant, with what is left falling."""
    left = []
    for eta in (0.02, 0.005):
        balance, b = np.sqrt(4 * 0.8) / eta, 1.3
        while abs(b) > 1e-12:
            g = b * (1 + 3 * b * b) / (1 + b * b) ** 1.5
            span = eta * np.sqrt(balance**2 + 4 * b * b)
            balance, b = balance * (1 - (eta * g) ** 2), b * (1 + (eta * g) ** 2) - span * g
        left.append(4.585 - (np.sqrt(2) - eta * balance) / eta ** (4 / 3))
    assert 0 < left[1] < 0.65 * left[0] < 0.4


def test_what_is_left_of_a_difference_falls_as_predicted() -> None:
    *_, last = program("landing_curve")["lines"](LOSSES["quartic"], 0.1, ("1/10", "1/12"))
    slope, exponent = (float(c) for c in last.strip("| ").split("|")[-2:])
    assert slope == pytest.approx(exponent, rel=0.005)
    assert slope != pytest.approx(exponent / 1.158, rel=0.1)  # the leading order of the exponent is not enough


@pytest.mark.parametrize("name", LOSSES)
def test_the_exponent_begins_as_the_constant_says(name: str) -> None:
    """A = u0/G_0 + O(u0^2)."""
    errors = [
        contraction_exponent(LOSSES[name].minimum, u) * float(LOSSES[name].constant) / u - 1 for u in (2e-3, 1e-3)
    ]
    assert abs(errors[1]) < 0.004
    assert errors[0] == pytest.approx(2 * errors[1], rel=0.05, abs=2e-5)


def test_without_a_cycle_there_is_no_exponent() -> None:
    with pytest.raises(InputError, match="alpha"):
        contraction_exponent(ProductMinimum(sp.cosh(P - 1), sp.S.One), 0.1)
    with pytest.raises(InputError, match="2-cycle"):
        contraction_exponent(LOSSES["quartic"].minimum, 1.5)
