"""Windows of smooth losses: they are certified and checked again, false ones are not, and orbits end inside."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from edgestab.theory.conclusions.converges import Converges
from edgestab.theory.conclusions.final_sharpness import FinalSharpness
from edgestab.theory.drift import B, NoDriftForm, drift_form
from edgestab.theory.loss import Loss
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.parts.certified import Certified
from edgestab.theory.region import Region
from edgestab.theory.statement import OrbitStatement, StepSizes
from edgestab.theory.symbols import ETA
from edgestab.verify.certify.cells import Unproved
from edgestab.verify.certify.enclosed import enclosed
from edgestab.verify.certify.engine import certify
from edgestab.verify.certify.limit import limit
from edgestab.verify.certify.part import certify_part
from edgestab.verify.certify.plan import Problem, at
from edgestab.verify.checker.check import check_text
from edgestab.verify.evidence.standing import Standing
from tests.verify.certify.orbits_under_test import crowded
from tests.verify.certify.proofs_under_test import broken
from tests.verify.certify.smooth_under_test import (
    HALF,
    LOSSES,
    SIDES,
    SINGLE,
    UNIFORM,
    Ends,
    enclosed_form,
    landings,
    model,
    problem,
    proved,
    series_of,
)

F = Fraction
REFUSED = (NoDriftForm, Unproved)
NOW = ("log cosh", "label 1/3")
"""The losses that are tried each time."""


def some(names: tuple[str, ...], *each_time: str) -> list:
    return [pytest.param(n, marks=() if n in (each_time or NOW) else pytest.mark.deep) for n in names]


# What is proved ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", some((*LOSSES,)))
def test_a_window_of_half_width_eta_over_fifty_for_every_step_size(name: str) -> None:
    certificate = proved(name)
    first, second = series_of(name)
    assert certificate.eta == (0, F(1, 20))
    assert certificate.limit.gap == ((first - HALF, second), (first + HALF, second))
    said = check_text(certificate.text)
    assert "with eta in (0, 1/20]" in said
    low, high = LOSSES[name][1]
    assert (
        f"from every start with {low} <= x <= {high}, -1/10 <= b <= 1/10, b /= 0, converges to a minimum uv = 1" in said
    )


@pytest.mark.parametrize("name", some((*LOSSES,), "Poisson"))
def test_and_at_a_single_one(name: str) -> None:
    certificate = proved(name, SINGLE)
    assert check_text(certificate.text).count("eta in [1/20, 1/20]") == 1
    low, high = (at(g, 0.0025) for g in certificate.limit.gap)
    assert high - low == pytest.approx(0.04, rel=1e-6)


@pytest.mark.parametrize("name", some((*LOSSES,)))
def test_the_tube_contracts_at_random_points(name: str) -> None:
    """By the definitions, with the loss itself for the polynomials that the certificate has of it."""
    tube = proved(name).tube
    assert broken(tube, 20_000, (2.5e-7, 2.5e-3)) == 0
    assert broken(replace(tube, rate=6 * tube.rate), 20_000, (2.5e-7, 2.5e-3)) > 0


@pytest.mark.parametrize("eta", [0.05, pytest.param(0.03, marks=pytest.mark.deep)])
@pytest.mark.parametrize("name", some((*LOSSES,), *LOSSES))
def test_orbits_end_inside(name: str, eta: float) -> None:
    land_inside(name, eta, 10_000)


def land_inside(name: str, eta: float, count: int) -> None:
    x, b = crowded(tuple(map(float, LOSSES[name][1])), tuple(map(float, SIDES)), count, seed=3)
    gaps = landings(name, x, b, eta)
    first, second = series_of(name)
    middle = float(first) + float(second) * eta**2
    assert not np.isnan(gaps).any()
    assert (np.abs(gaps - middle) < float(HALF)).all()


@pytest.mark.deep
@pytest.mark.parametrize("name", LOSSES)
def test_a_million_orbits_end_inside(name: str) -> None:
    land_inside(name, 0.05, 1_000_000)


# What is false ----------------------------------------------------------------------------------------------------------


def refused(p: Problem) -> str:
    """The sentence with which it is refused."""
    with pytest.raises(REFUSED) as why:
        certify(p, cells=4000)
    return str(why.value)


@pytest.mark.parametrize("factor", ["9/10", "11/10"])
@pytest.mark.parametrize("eta", [UNIFORM, SINGLE], ids=["every step size", "one"])
@pytest.mark.parametrize("name", some((*LOSSES,)))
def test_windows_ten_per_cent_off(name: str, eta: Ends, factor: str) -> None:
    """The orbits above end elsewhere: a tenth of G_0 is at least HALF. No fit has them proved, nor the tube that is true."""
    assert series_of(name)[0] / 10 > HALF
    wrong, true = problem(name, eta, F(factor)), proved(name, eta)
    assert "orbits end with (2/eta - sharpness)/eta in" in refused(wrong)
    with pytest.raises(Unproved, match="the limit is not proved"):
        limit(true.tube, wrong, true.contraction[0].box[0][0])


STEEPENING = (
    "cosh(x*y - 1)",
    "sinh(x*y - 1)**2",
    "tan(x*y - 1)**2",
    "-log(cos(x*y - 1))",
    "exp((x*y - 1)**2)",
    "1/cos(x*y - 1)",
)
"""alpha = 3 l'''^2 - l'' l'''' < 0."""


@pytest.mark.parametrize("text", STEEPENING)
@pytest.mark.parametrize("eta", [UNIFORM, SINGLE], ids=["every step size", "one"])
def test_losses_of_which_no_curve_attracts(text: str, eta: Ends) -> None:
    form = drift_form(model(text))
    assert form.curvature > 0
    x = (F(1, 20), F(3, 20))
    with pytest.raises(REFUSED) as why:
        certify(Problem(enclosed(form, x, SIDES, (eta[0] ** 2, eta[1] ** 2)), eta, x, SIDES), cells=4000)
    assert any(words in str(why.value) for words in ("no slow manifold: alpha", "2-cycle"))


def test_what_is_refused_there_is_false() -> None:
    """Orbits near a minimum at which alpha < 0 are thrown far from it, or do not converge."""
    x, b = crowded((0.05, 0.15), (-0.1, 0.1), 200, seed=1)
    gaps = landings("cosh(x*y - 1)", x, b, 0.05)
    assert np.isnan(gaps).mean() > 0.5


@pytest.mark.parametrize("high", ["3/2", "6"])
@pytest.mark.parametrize("name", some((*LOSSES,)))
def test_regions_beyond_the_flip_of_the_two_cycle(name: str, high: str) -> None:
    x = (LOSSES[name][1][0], F(high) * (4 if name in ("log cosh", "cosine") else 1))
    with pytest.raises(REFUSED) as why:
        certify(problem(name, SINGLE, x=x), cells=4000)
    sentence = str(why.value)
    assert any(
        w in sentence for w in ("lower the upper end of x", "not proved", "shorten", "not defined", "close enough")
    )


def test_those_regions_hold_starts_that_end_elsewhere() -> None:
    """On -cos(p - 1) from x up to 6 orbits come to other minima, or to none."""
    x, b = crowded((0.2, 24.0), (-0.1, 0.1), 500, seed=1)
    first, second = series_of("cosine")
    gaps = landings("cosine", x, b, 0.05)
    assert (~(np.abs(gaps - float(first + second / 400)) < float(HALF))).sum() > 50


def part(name: str, conclusion: object = None, where: tuple = (sp.Ne(B, 0),), x: tuple = (), down: bool = True) -> str:
    """What is said of a claim that is not proved."""
    ends = x or tuple(map(str, LOSSES[name][1]))
    region = Region.in_coordinates(model(name), {"offset": ends, "b": ("-1/10", "1/10")}, where)
    sizes = StepSizes.between("0.02", "0.05") if down else StepSizes.of("0.05")
    statement = OrbitStatement("it", model(name), sizes, region, conclusion or Converges())
    outcome = certify_part(Certified("it", statement, down_to_zero=down))
    assert outcome.evidence.standing is Standing.UNDECIDED
    assert outcome.certificates == ()
    return outcome.evidence.sentence


@pytest.mark.parametrize("name", LOSSES)
def test_regions_that_hold_minima(name: str) -> None:
    assert "minima that repel" in part(name, where=())
    assert "minima that repel" in part(name, where=(sp.Gt(B, -1),))


@pytest.mark.parametrize("name", some((*LOSSES,)))
def test_the_wrong_minimum(name: str) -> None:
    assert "not xy = 2" in part(name, Converges("xy = 2")) or "xy = 2" in part(name, Converges("xy = 2"))


@pytest.mark.parametrize("name", some((*LOSSES,)))
def test_starts_below_the_edge(name: str) -> None:
    assert "steeper than the edge" in part(name, x=("-1/20", "1/10"), down=False)


def test_a_window_that_depends_on_more_than_the_step_size() -> None:
    assert "depends on the start" in part("log cosh", FinalSharpness(sp.Symbol("x", real=True), 2 / ETA))


@pytest.mark.parametrize("text", ["-log(x*y - 3) - x*y/2", "-log(x*y - 3) - x*y/2 - (x*y - 1)**4/10"])
def test_a_loss_that_is_not_defined_at_its_minimum(text: str) -> None:
    """l' = 0 and l'' = 1/4 at p = 1, where log(p - 3) is not defined."""
    with pytest.raises(NoDriftForm, match="no slow variable"):
        drift_form(model_of_loss(Loss.parse(text, "x y")))


def test_a_loss_that_is_not_defined_on_the_whole_interval() -> None:
    """Only xy > -1/2 are starts."""
    form = drift_form(model("(x*y - 1)**2/2 - (x*y - 1)**4/30 - (x*y - 1)**3*log(x*y + 1/2)/50"))
    x, eps = (F(1, 20), F(1, 10)), (F(0), F(1, 400))
    enclosed(form, x, SIDES, eps)
    with pytest.raises(NoDriftForm, match="defined on the whole interval"):
        enclosed(form, x, (F(-8, 5), F(1, 10)), eps)


def test_too_large_a_step_size() -> None:
    """At eta = 1 no minimum xy = 1 with l'' = 1 is flatter than 2/eta."""
    x = LOSSES["log cosh"][1]
    form = enclosed_form("log cosh", UNIFORM, x)
    assert "as flat as 2/eta" in refused(Problem(form, (F(1), F(1)), x, SIDES))


def test_there_are_sixty_false_statements() -> None:
    each = 2 * 2 + 2 + 2 + 1 + 1  # windows, regions, minima, the wrong minimum, the edge
    assert each * len(LOSSES) + 2 * len(STEEPENING) + 5 >= 60
