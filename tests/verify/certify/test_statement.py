"""From statements to problems: images that enclose, windows rounded inward, exclusions however they are written."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from edgestab.theory.conclusions.converges import Converges
from edgestab.theory.conclusions.final_sharpness import FinalSharpness
from edgestab.theory.drift import NoDriftForm, drift_form
from edgestab.theory.parts.certified import Certified
from edgestab.theory.region import Region
from edgestab.theory.statement import OrbitStatement, StepSizes
from edgestab.theory.symbols import ETA
from edgestab.theory.text.grammar import parse_relation
from edgestab.verify.certify.plan import at
from edgestab.verify.certify.statement import power_of, problems
from tests.models_under_test import cached, evaluated

F = Fraction
M = cached("quartic")
R = sp.Rational
CHART = next(c for c in M.charts if c.name == "offset b")

OFFSET_B = {"offset": (R(1, 20), R(1, 5)), "b": (-R(1, 5), R(1, 10))}


def region(bounds: dict[str, tuple], *where: str) -> Region:
    """A region of the quartic, in any of its coordinates."""
    names = tuple(bounds)
    bare = Region.of(M, names, tuple((sp.S.Zero, sp.S.One) for _ in names))
    known = {"x": sp.Symbol("x", real=True), "y": sp.Symbol("y", real=True), "eta": ETA}
    known |= {v.name: v for v in bare.variables}
    ends = tuple(tuple(e if isinstance(e, sp.Expr) else sp.Rational(e) for e in pair) for pair in bounds.values())
    return Region.of(M, names, ends, tuple(parse_relation(w, known) for w in where))


def stated(r: Region, conclusion: object = None, sizes: StepSizes | None = None) -> OrbitStatement:
    return OrbitStatement("it", M, sizes or StepSizes.of("0.1"), r, conclusion or Converges())


def only(s: OrbitStatement, **more: object):
    (problem,) = problems(Certified(s.name, s, **more))
    return problem


IMAGES = {
    "x y": ({"x": ("3.22", "3.26"), "y": ("0.27", "0.3")}, "x*y != 1", ("0.1", "0.1")),
    "x y, y from x": ({"x": ("3.22", "3.26"), "y": (1 - sp.Symbol("x", real=True) / 5, R(2, 5))}, "x*y != 1", ("0.1", "0.1")),
    "a b": ({"a": ("0.05", "0.1"), "b": ("-0.1", "0.1")}, "b != 0", ("0.1", "0.1")),
    "a b over a range": ({"a": (ETA, 2 * ETA), "b": (-ETA, ETA)}, "b != 0", ("0.05", "0.1")),
    "x0 b": ({"x0": ("3.22", "3.26"), "b": ("-0.2", "0.1")}, "b != 0", ("0.1", "0.1")),
    "c d": ({"c": ("3.2", "3.23"), "d": ("0.9", "1.05")}, "d != 1", ("0.1", "0.1")),
    "offset b": (OFFSET_B, "b != 0", ("0.05", "0.1")),
    "b first": ({"b": ("-0.2", "0.1"), "offset": ("0.05", "0.2")}, "b != 0", ("0.1", "0.1")),
    "v b": ({"v": ("5", "20"), "b": ("-0.2", "0.1")}, "b != 0", ("0.1", "0.1")),
    "offset from eta": ({"offset": (6 * ETA**2, 20 * ETA**2), "b": (-R(1, 10), R(1, 10))}, "b != 0", ("0.05", "0.1")),
}  # fmt: skip


@pytest.mark.parametrize("name", IMAGES)
def test_the_image_of_a_region_is_enclosed(name: str) -> None:
    """10 000 random points and corners of a region, at random step sizes, mapped by the chart, lie in the box."""
    bounds, where, (low, high) = IMAGES[name]
    r = region(bounds, where)
    sizes = StepSizes.of(low) if low == high else StepSizes.between(low, high)
    problem = only(stated(r, sizes=sizes))
    g = np.random.default_rng(1)
    n = 10_000
    values = {ETA: g.uniform(float(low), float(high), n)}
    for variable, pair in zip(r.variables, r.bounds, strict=True):
        a, b = evaluated([sp.S.Zero + pair[0], sp.S.Zero + pair[1]], values)
        t = g.random(n)
        t[:2000] = np.round(t[:2000])
        values[variable] = a + t * (b - a)
    own = evaluated(r.start, values)
    x, b = evaluated(CHART.forward, {**dict(zip(CHART.source, own, strict=True)), ETA: values[ETA]})
    slack = 1e-12
    assert float(problem.x[0]) - slack <= x.min()
    assert x.max() <= float(problem.x[1]) + slack
    assert float(problem.b[0]) - slack <= b.min()
    assert b.max() <= float(problem.b[1]) + slack
    # and not by far more than it must
    assert float(problem.x[1] - problem.x[0]) < 1.35 * (x.max() - x.min()) + 1e-6
    assert float(problem.b[1] - problem.b[0]) < 1.35 * (b.max() - b.min()) + 1e-6


def test_rational_bounds_stay_as_they_are() -> None:
    problem = only(stated(region(OFFSET_B, "b != 0")))
    assert (problem.x, problem.b) == ((F(1, 20), F(1, 5)), (F(-1, 5), F(1, 10)))


@pytest.mark.parametrize(
    ("bounds", "where"),
    [
        (OFFSET_B, "b != 0"),
        (OFFSET_B, "0 != b"),
        (OFFSET_B, "-2*b != 0"),
        (OFFSET_B, "b + 1 != 1"),
        ({"x": ("3.22", "3.26"), "y": ("0.27", "0.33")}, "x*y != 1"),
        ({"x": ("3.22", "3.26"), "y": ("0.27", "0.33")}, "1 - x*y != 0"),
        ({"x": ("3.22", "3.26"), "y": ("0.27", "0.33")}, "3*x*y - 3 != 0"),
        ({"c": ("3.2", "3.23"), "d": ("0.9", "1.05")}, "d != 1"),
        ({"a": ("0.05", "0.1"), "b": ("-0.1", "0.1")}, "b != 0"),
        ({"x0": ("3.22", "3.26"), "b": ("-0.2", "0.1")}, "b != 0"),
    ],
)
def test_minima_are_excluded_however_it_is_written(bounds: dict, where: str) -> None:
    assert only(stated(region(bounds, where))).b[0] < 0


@pytest.mark.parametrize("where", [(), ("b != 1",), ("b != -2",), ("offset != 1/10",), ("b**2 != b",), ("b > -1",)])
def test_what_does_not_exclude_the_minima_is_not_taken_for_it(where: tuple[str, ...]) -> None:
    with pytest.raises(NoDriftForm, match="minima that repel"):
        only(stated(region(OFFSET_B, *where)))


def test_regions_away_from_the_minima_need_no_exclusion() -> None:
    assert only(stated(region({"offset": ("0.05", "0.2"), "b": ("0.02", "0.1")}))).b == (F(1, 50), F(1, 10))


@pytest.mark.parametrize("eta", ["0.1", "0.05", "1/3", "0.0123456789"])
@pytest.mark.parametrize(
    ("low", "high"),
    [
        (2 / ETA - R(20, 3) * ETA, 2 / ETA - ETA / 7),
        (2 / ETA * (1 - ETA**2 / 3), 2 / ETA - ETA / 100),
        (2 / ETA - sp.sqrt(2) * ETA, 2 / ETA - ETA / sp.pi),
        (sp.sqrt(4 / ETA**2 - 3), sp.sqrt(4 / ETA**2 - 1)),
        (-sp.oo, 2 / ETA - ETA / 5),
        (2 / ETA - ETA, sp.oo),
    ],
)
def test_windows_are_never_wider_than_asked(eta: str, low: sp.Expr, high: sp.Expr) -> None:
    size = sp.Rational(eta)
    problem = only(stated(region(OFFSET_B, "b != 0"), FinalSharpness(low, high), StepSizes.of(eta)))
    below, above = (sp.Rational(str(g[0])) for g in problem.gap)
    wanted = [((2 / ETA - e) / ETA).subs(ETA, size) for e in (high, low)]
    assert below < above
    assert wanted[0] == -sp.oo or sp.N(below - wanted[0], 60) >= 0
    assert wanted[1] == sp.oo or sp.N(wanted[1] - above, 60) >= 0
    for asked, given in zip(wanted, (below, above), strict=True):
        if asked.is_finite:
            assert abs(sp.N(asked - given, 60)) < sp.Float("1e-8") * (1 + abs(asked))


@pytest.mark.parametrize("low", ["0", "0.05"])
def test_windows_over_a_range_are_polynomials_in_eps(low: str) -> None:
    window = FinalSharpness(2 / ETA - ETA + 3 * ETA**3, 2 / ETA - ETA / 4 - ETA**5 / 9)
    s = stated(region(OFFSET_B, "b != 0"), window, StepSizes.between(low if low != "0" else "0.01", "0.1"))
    problem = only(s, down_to_zero=low == "0")
    assert problem.eta == (F(low), F(1, 10))
    assert problem.eps == (F(low) ** 2, F(1, 100))
    assert problem.gap == ((F(1, 4), F(0), F(1, 9)), (F(1), F(-3)))
    assert at(problem.gap[1], 0.01) == pytest.approx((20 - (20 - 0.1 + 0.003)) / 0.1)


@pytest.mark.parametrize(
    ("conclusion", "expected"),
    [
        (FinalSharpness(-sp.oo, 2 / ETA - ETA / 4), ((F(1, 4),), (F(100),))),
        (FinalSharpness(2 / ETA - ETA, sp.oo), ((F(0),), (F(1),))),
        (Converges(), None),
        (Converges("xy = 1"), None),
    ],
)
def test_one_sided_windows_and_none(conclusion: object, expected: tuple | None) -> None:
    s = stated(region(OFFSET_B, "b != 0"), conclusion, StepSizes.between("0.05", "0.1"))
    assert only(s).gap == expected


def test_over_a_range_an_end_may_be_the_edge_itself() -> None:
    """The paper's own window, whose upper end 2/eta is the gap 0."""
    window = FinalSharpness(2 / ETA - R(20, 3) * ETA, 2 / ETA)
    s = stated(region(OFFSET_B, "b != 0"), window, StepSizes.between("0.05", "0.1"))
    low, high = only(s).gap
    assert all(c == 0 for c in low)
    assert high == (F(20, 3),)


def test_every_single_step_size_is_a_problem_of_its_own() -> None:
    found = problems(Certified("it", stated(region(OFFSET_B, "b != 0"), None, StepSizes.of("0.1", "1/30"))))
    assert [p.eta for p in found] == [(F(1, 10), F(1, 10)), (F(1, 30), F(1, 30))]
    assert all(p.form == drift_form(M) for p in found)


def test_powers_are_recognised_only_as_such() -> None:
    def of(low: sp.Expr) -> object:
        return power_of(region({"offset": (low, R(1, 50)), "b": ("-0.1", "0.1")}))

    assert of(47 * ETA ** R(7, 4)) == (F(47), F(7, 8))
    assert of(ETA) == (F(1), F(1, 2))
    for low in (R(1, 100), ETA + ETA**2, sp.sqrt(2) * ETA, sp.pi * ETA):
        assert of(low) is None


def test_the_power_of_a_region_counts_only_down_to_zero() -> None:
    r = region({"offset": (47 * ETA ** R(7, 4), R(1, 50)), "b": ("-0.1", "0.1")}, "b != 0")
    s = stated(r, sizes=StepSizes.between("0.005", "0.01"))
    down, alone = only(s, down_to_zero=True), only(s)
    assert down.power == (F(47), F(7, 8))
    assert down.eta[0] == 0
    assert alone.power is None
    assert 0 < float(alone.x[0]) <= 47 * 0.005**1.75
    assert alone.x[1] >= F(1, 50)


# Statements that say nothing -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bounds", "where", "eta"),
    [
        ({"offset": ("0.05", "0.2"), "b": ("0", "0")}, ["b != 0"], "0.1"),  # b = 0 and b != 0
        ({"offset": ("0.05", "0.2"), "b": ("-0.1", "0.1")}, ["b != 0", "b > 1/5"], "0.1"),
        ({"offset": ("0.05", "0.2"), "b": ("-0.1", "0.1")}, ["b != 0", "offset > 1"], "0.1"),
        ({"offset": (R(1, 5) - ETA, R(1, 10)), "b": ("-0.1", "0.1")}, ["b != 0"], "0.05"),  # reversed below eta = 1/10
        ({"x": ("3.22", "3.26"), "y": (sp.Symbol("x", real=True), R(2, 5))}, ["x*y != 1"], "0.1"),  # y >= x > 3
    ],
)
def test_a_region_without_starts_is_refused(bounds: dict[str, tuple], where: list[str], eta: str) -> None:
    empty = stated(region(bounds, *where), sizes=StepSizes.of(eta))
    with pytest.raises(NoDriftForm, match="no start of the region was found at eta = 1/"):
        problems(Certified("it", empty))


def test_a_region_empty_at_some_step_sizes_is_refused() -> None:
    reversed_ = region({"offset": (R(1, 5) - ETA, R(3, 20)), "b": ("-0.1", "0.1")}, "b != 0")
    with pytest.raises(NoDriftForm, match="at eta = 1/50"):
        problems(Certified("it", stated(reversed_, sizes=StepSizes.between("0.02", "0.1"))))


@pytest.mark.parametrize("eta", ["0.1", "0.2"])
def test_a_window_that_is_empty_at_the_step_size_asked_for_is_refused(eta: str) -> None:
    usual = region(OFFSET_B, "b != 0")
    crossed = FinalSharpness(2 / ETA - ETA, 2 / ETA - ETA / 2 - 6 * (ETA - R(1, 20)))
    with pytest.raises(NoDriftForm, match="is empty at eta = 1/"):
        problems(Certified("it", stated(usual, crossed, StepSizes.of(eta))))


@pytest.mark.parametrize("gap", [((F(410),), (F(199),)), ((F(390),), (F(395),)), ((F(1, 10),), (F(410),))])
def test_a_window_on_the_wrong_branch_of_the_gap_is_not_proved(gap: tuple) -> None:
    """x = -g eps + g^2 eps^2/4 rises again beyond g = 2/eps = 200."""
    from edgestab.verify.certify.engine import certify
    from tests.verify.certify.proofs_under_test import quartic

    with pytest.raises((NoDriftForm, ValueError)):
        certify(replace(quartic("0.1", "0.1"), gap=gap), cells=8_000)


def test_the_wrong_branch_is_refused_by_the_limit_itself() -> None:
    """With low = 410 and high = 199 both inequalities about the gap hold: low lies beyond 2/eps = 200."""
    from edgestab.verify.certify.engine import certify
    from edgestab.verify.certify.limit import limit
    from tests.verify.certify.proofs_under_test import quartic

    problem = quartic("0.1", "0.1", ("0.22", "0.76"))
    proved = certify(problem, cells=20_000)
    lowest = proved.contraction[0].box[0][0]
    assert limit(proved.tube, problem, lowest).gap == problem.gap
    with pytest.raises(ValueError, match="where a gap determines x"):
        limit(proved.tube, replace(problem, gap=((F(410),), (F(199),))), lowest)
