"""The checker of certificates of smooth losses: two hundred spoilt files, none of them accepted; and its parts."""

from __future__ import annotations

import functools
import hashlib
import json
import math
from collections.abc import Callable
from fractions import Fraction

import flint
import mpmath
import numpy as np
import pytest
import sympy as sp
from flint import arb, arb_series

from edgestab.theory.models.product import P
from edgestab.verify.checker import smooth
from edgestab.verify.checker.check import check
from edgestab.verify.checker.enclosures import Form, Rest, Work, ball, derived
from edgestab.verify.checker.expansions import TERMS, Line, Point, negative_power, series, sizes
from edgestab.verify.checker.gradient_descent import DEVIATION
from edgestab.verify.checker.reading import CertificateError
from edgestab.verify.checker.smooth import Known, prove_cycles
from tests.verify.certify.smooth_under_test import form_of, proved

F = Fraction
BASES = ("log cosh", "Poisson")
Document = dict
Spoil = Callable[[Document], None]


@functools.cache
def _text(name: str) -> str:
    return proved(name).text


def document(name: str) -> Document:
    """A certificate that is accepted."""
    return json.loads(_text(name))


def entry(doc: Document, which: str) -> dict:
    """What a file says of the ratio, or of the 2-cycles."""
    return doc["map"]["ratio"] if which == "ratio" else doc["curve"]["frozen"]


def hashed(doc: Document) -> None:
    m = doc["map"]
    lines = [m[key] for key in ("loss", "minimum", "drift", "multiplier")]
    m["sha256"] = hashlib.sha256("\n".join(lines).encode()).hexdigest()


@pytest.mark.parametrize("name", BASES)
def test_what_is_spoilt_below_is_accepted(name: str) -> None:
    assert "converges to a minimum" in check(document(name))


# What a file says of l' and of the 2-cycles: false by values of fifty digits ---------------------------------------------


@functools.cache
def exact(name: str, which: str, b: str) -> tuple[mpmath.mpf, ...]:
    """The ratio or the rise at b, and its derivatives."""
    form = form_of(name)
    force = sp.lambdify(P, sp.diff(form.loss, P), "mpmath")
    h = mpmath.mpf(int(form.curvature.p)) / int(form.curvature.q)

    def ratio(z: mpmath.mpf) -> mpmath.mpf:
        return force(1 + z) / z

    def rise(z: mpmath.mpf) -> mpmath.mpf:
        image = mpmath.findroot(lambda y: force(1 + y) + force(1 + z), -z)
        return (h / 2 * (z - image) / force(1 + z) - 1) / z**2

    f, most = (ratio, 3) if which == "ratio" else (rise, 2)
    with mpmath.workdps(90):
        slopes = mpmath.taylor(f, mpmath.mpf(b), most, h=mpmath.mpf("1e-16"))
        return tuple(c * math.factorial(k) for k, c in enumerate(slopes))


def is_false(name: str, which: str, said: dict, places: list[str]) -> bool:
    """Whether a bound is broken at one of these b."""
    coefficients = [F(c) for c in said["polynomial"]]
    for place in places:
        b = F(place)
        for k, bound in enumerate(map(F, said["bounds"])):
            value = sum(c * math.perm(n, k) * b ** (n - k) for n, c in enumerate(coefficients) if n >= k)
            with mpmath.workdps(90):
                off = abs(exact(name, which, place)[k] - mpmath.mpf(value.numerator) / value.denominator)
                if off > mpmath.mpf(bound.numerator) / bound.denominator:
                    return True
    return False


def ends(said: dict) -> list[str]:
    """Decimals just inside the ends of a domain, and some between."""
    low, high = (float(F(end)) for end in said["domain"])
    return [f"{low + t * (high - low):.6f}" for t in np.linspace(1e-5, 1 - 1e-5, 24)]


def moved(i: int, sign: int, said: dict) -> None:
    """A coefficient moved so far that at an end of the domain thrice the bound is missed."""
    end = max(abs(F(e)) for e in said["domain"])
    said["polynomial"][i] = str(F(said["polynomial"][i]) + sign * 3 * F(said["bounds"][0]) / end**i)


def lowered(k: int, factor: int, said: dict) -> None:
    said["bounds"][k] = str(F(said["bounds"][k]) / factor)


def widened(side: int, said: dict) -> None:
    said["domain"][side] = str(F(said["domain"][side]) * F(5, 4))


ENTRIES: dict[str, Callable[[dict], None]] = {
    **{f"coefficient {i} {s:+d}": functools.partial(moved, i, s) for i in (0, 1, 2, 3, 4, 5, 6, -2, -1) for s in (-1, 1)},
    **{f"bound {k} / {f}": functools.partial(lowered, k, f) for k in (0, 1, 2) for f in (100, 10_000)},
    "the lower end of the domain": functools.partial(widened, 0),
    "the upper end of the domain": functools.partial(widened, 1),
}  # fmt: skip

FEW = {"coefficient 0 +1", "coefficient 3 -1", "coefficient -1 +1", "bound 0 / 100", "bound 2 / 100", "the upper end of the domain"}  # fmt: skip
"""Those that are tried each time."""


def _some(names: list[str], few: set[str]) -> list:
    return [
        pytest.param(base, n, id=f"{base}, {n}", marks=() if base == "log cosh" and n in few else pytest.mark.deep)
        for base in BASES
        for n in names
    ]


@pytest.mark.parametrize("which", ["ratio", "rise"])
@pytest.mark.parametrize(("base", "name"), _some([*ENTRIES], FEW))
def test_what_is_false_of_a_function_is_not_accepted(base: str, name: str, which: str) -> None:
    doc = document(base)
    said = entry(doc, which)
    if not name.startswith("coefficient -"):
        assert not is_false(base, which, said, ends(said))
    ENTRIES[name](said)
    if name.startswith("coefficient -"):  # seen from the end of the list
        n = len(said["polynomial"]) + int(name.split()[1])
        end = max(abs(F(e)) for e in said["domain"])
        said["polynomial"][n] = str(F(said["polynomial"][n]) + (5 * F(said["bounds"][0])) / end**n)
    assert is_false(base, which, said, ends(said))
    with pytest.raises(
        CertificateError, match=r"bound of derivative|is not in that|inside the domain|is open|take a value"
    ):
        check(doc)


# Everything else ---------------------------------------------------------------------------------------------------------


def put(path: str, value: object) -> Spoil:
    """Another value at a path; a function is of the old one."""

    def spoil(doc: Document) -> None:
        *parents, last = path.split(".")
        inner = doc
        for key in parents:
            inner = inner[int(key) if key.isdigit() else key]
        key = int(last) if last.isdigit() else last
        inner[key] = value(inner[key]) if callable(value) else value
        hashed(doc)

    return spoil


def times(factor: str) -> Callable[[str], str]:
    return lambda old: str(F(old) * F(factor))


def plus(term: str) -> Callable[[str], str]:
    return lambda old: str(F(old) + F(term))


def eps_to(value: str) -> Spoil:
    """Another largest step size, in every box."""

    def spoil(doc: Document) -> None:
        doc["eta"][1] = value
        square = str(F(value) ** 2)
        for box in (*(c["box"] for c in doc["contraction"]), doc["start"]):
            box["eps"][1] = square

    return spoil


def leaf(part: int, token: str | None) -> Spoil:
    """The first leaf of the contraction's first or last box says something else, or is missing."""

    def spoil(doc: Document) -> None:
        cells = doc["contraction"][part]["cells"]
        i = next(i for i, cell in enumerate(cells) if cell[0] in "FD")
        cells[i : i + 1] = [] if token is None else [token]

    return spoil


def all_leaves(doc: Document) -> None:
    for part in doc["contraction"]:
        part["cells"] = ["O" if c[0] in "FD" else c for c in part["cells"]]


WHOLE: dict[str, Spoil] = {
    # the loss and its minimum: l' of another loss is not near this polynomial
    **{
        f"loss {text}": put("map.loss", text)
        for text in (
            "log(cosh(p - 2))", "log(cosh(p))", "log(cosh(2*p - 2))", "2*log(cosh(p - 1))", "log(cosh(p - 1))/2",
            "log(cosh(p - 1)) + (p - 1)**3/1000000", "log(cosh(p - 1)) + (p - 1)/1000000", "-log(cosh(p - 1))",
            "log(cosh(p - 1)) + abs(p - 1)/1000000", "log(cosh(p - 1)) + sqrt((p - 1)**2)", "exp(p - 1) - p + (p - 1)**4/1000",
            "exp(p) - p", "sin(p)", "p", "1", "(p - 1)**2/2", "-cos(p - 1)", "sqrt(1 + (p - 1)**2)", "log(cosh(p - 1)) + (log(p - 3) + p/2 + (p - 1)**2/8)/10**30",
            "max(log(cosh(p - 1)), 0)", "exp(p - 1) - p + (log(p - 3) + p/2 + (p - 1)**2/8)/10**30", "", "q", "log(cosh(p - 1)",
        )
    },
    **{f"minimum {d}": put("map.minimum", d) for d in ("9/10", "0", "-1", "2", "1000001/1000000", "1.0", "")},
    # the map: not that of gradient descent
    **{
        f"drift {text}": put("map.drift", text)
        for text in (
            "ell**2*(-b**2*ell**2*eps + 2)*(-eps + x + 2)", "ell*(-b**2*ell**2*eps + 2)*(-eps + x + 1)",
            "ell**2*(-b**2*ell**2*eps + 2)*(eps + x + 1)", "ell**2*2*(-eps + x + 1)", "0",
        )
    },
    **{
        f"multiplier {text}": put("map.multiplier", text)
        for text in (
            "b*ell**2*eps*(b + 1) + ell*sqrt(4*b*eps*(b + 2) + 4*x + 4) + 1",
            "b*ell**2*eps*(b + 1) - ell*sqrt(4*b*eps*(b + 2) + 4*x + 5) + 1",
            "b*ell**2*eps*(b + 1) - ell*sqrt(4*x + 4) + 1", "-1",
        )
    },
    "hash": lambda doc: doc["map"].update(sha256="0" * 64),
    "hash of other texts": lambda doc: doc["map"].update(loss=doc["map"]["loss"] + " "),
    **{f"version {v!r}": put("version", v) for v in (1, 3, "2", True, 2.0, None)},
    "no ratio": lambda doc: doc["map"].pop("ratio"),
    "a ratio of version 1": lambda doc: (doc.update(version=1), doc["map"]),
    "the 2-cycles of another loss": lambda doc: entry(doc, "rise").update(
        entry(document(next(b for b in BASES if form_of(b).loss != form_of(BASES[0]).loss or doc["map"]["loss"] != str(form_of(b).loss))), "rise")
        if doc["map"]["loss"] == str(form_of(BASES[0]).loss) else entry(document(BASES[0]), "rise")
    ),
    "no 2-cycles over a range": put("curve.frozen", None),
    "2-cycles in closed form": put("curve.frozen", {"radicand": "1", "value": "0", "edge": "1", "image": "1"}),
    **{f"near {n} of {w}": (lambda doc, n=n, w=w: entry(doc, w).update(near=n)) for w in ("ratio", "rise") for n in ("0", "-1/16", "10")},
    **{f"domain without 0 of {w}": (lambda doc, w=w: entry(doc, w)["domain"].__setitem__(0, "1/64")) for w in ("ratio", "rise")},
    **{f"one bound less of {w}": (lambda doc, w=w: entry(doc, w)["bounds"].pop()) for w in ("ratio", "rise")},
    **{f"a negative bound of {w}": (lambda doc, w=w: entry(doc, w)["bounds"].__setitem__(1, "-1")) for w in ("ratio", "rise")},
    # a domain that the strip leaves
    **{
        f"a narrower domain of {w}": (lambda doc, w=w: entry(doc, w).update(domain=["-1/8", "1/8"], near="1/16"))
        for w in ("ratio", "rise")
    },
    # at eta = 1 no minimum uv = 1 with l'' = 1 is flatter than the edge
    **{f"eta up to {e}": eps_to(e) for e in ("1", "2")},
    **{f"eta alone up to {e}": put("eta.1", e) for e in ("1/19", "1/10", "1", "0")},
    "eta from below 0": put("eta.0", "-1/20"),
    # both losses land at 3/2 as eta -> 0
    **{
        f"window {low} .. {high}": put("limit.gap", [[low, "-21/20"], [high, "-21/20"]])
        for low, high in (
            ("151/100", "155/100"), ("145/100", "149/100"), ("133/100", "137/100"), ("163/100", "167/100"), ("38/25", "37/25"),
            ("3/2", "3/2"), ("-1", "0"), ("0", "1"), ("2", "100"), ("790", "810"),
        )
    },
    # the tube: it has to hold 3/2, to lie in the window and to contract
    **{f"c {c:+}": put("curve.c.0", plus(str(F(c, 100)))) for c in (-50, -10, -4, 4, 10, 50, 200)},
    **{f"q times {q}": put("curve.q.0.0", times(q)) for q in ("-5", "100")},
    "no q": put("curve.q", [["0"]]),
    **{f"rho0 times {r}": put("tube.rho.0", times(r)) for r in ("1/1000", "4", "100", "0", "-1")},
    "rho1 = 1": put("tube.rho.1", "1"),
    "rho2 = 100": put("tube.rho.2", "100"),
    **{f"rate {r}": put("tube.rate", r) for r in ("10", "100", "0", "-1")},
    **{f"floor {f}": put("tube.floor.0", f) for f in ("0", "-1/20", "1/10000")},
    "a narrow strip": put("tube.strip", ["-1/10", "1/10"]),
    "a strip on one side": put("tube.strip", ["1/100", "1/2"]),
    "a ceiling above the cells": put("tube.ceiling", "3"),
    # the cells
    **{f"a leaf {k} {v}": leaf(k, v) for k in (0, -1) for v in (None, "F -1000", "D 1/1000", "F 1/100", "D 2", "F", "?", "x")},
    "only leaves outside": all_leaves,
    **{f"no box {i}": (lambda doc, i=i: doc["contraction"].pop(i)) for i in range(3)},
    "one cell for all": put("contraction", lambda boxes: [{**b, "cells": ["F -1/100"]} for b in boxes]),
    "no cells": put("contraction", lambda boxes: [{**b, "cells": []} for b in boxes]),
    # the starts: at the edge and below it orbits end elsewhere, far above it or from b beyond the strip nothing is said
    **{f"starts {x}": put("start.x", x) for x in (["-1/10", "1/5"], ["0", "1/5"], ["1/10", "3"], ["1/1000", "1/5"])},
    **{f"starts {b} of b": put("start.b", b) for b in (["-5", "5"], ["0", "0"], ["-1/10", "10"])},
    **{f"start cells {c}": put("start.cells", c) for c in ([], ["-1"], ["1/2"], ["10000"], ["F -1"])},
    "a basin": put("basin", {"x": ["0", "1"]}),
    "a power": put("start.power", {"sigma": "1", "p": "1/2", "reach": "1"}),
}  # fmt: skip

SEVERAL = {
    "loss log(cosh(p - 1)) + (p - 1)/1000000", "loss log(cosh(p - 1)) + (log(p - 3) + p/2 + (p - 1)**2/8)/10**30", "minimum 9/10", "drift 0", "version 1", "near 10 of rise",
    "a narrower domain of rise", "eta up to 1", "window 3/2 .. 3/2", "window 163/100 .. 167/100", "c +4", "rho0 times 1/1000",
    "a leaf 0 F -1000", "no box 1", "starts ['0', '1/5']", "rate 100",
}  # fmt: skip


def test_there_are_two_hundred_spoilt_files() -> None:
    assert len(BASES) * (2 * len(ENTRIES) + len(WHOLE)) >= 200
    assert set(WHOLE) >= SEVERAL
    assert set(ENTRIES) >= FEW


@pytest.mark.parametrize(("base", "name"), _some([*WHOLE], SEVERAL))
def test_a_spoilt_file_is_not_accepted(base: str, name: str) -> None:
    doc = document(base)
    WHOLE[name](doc)
    assert json.dumps(doc) != _text(base)
    with pytest.raises(CertificateError):
        check(doc)


# The loss and its derivatives --------------------------------------------------------------------------------------------


def line(source: str, d0: int = 1) -> Line:
    with series():
        return Line(Work(10**7), source, F(d0))


@pytest.mark.parametrize(
    ("source", "h"),
    [
        ("log(cosh(p - 1))", F(1)),
        ("log(1 + exp(p - 1)/2) - (p - 1)/3", F(2, 9)),
        ("log(1 + exp(p - 1)) - p/2", F(1, 4)),
        ("sqrt(4 + (p - 1)**2)", F(1, 2)),
        ("tan(p - 1)**2 + sinh(p - 1)*tanh(p - 1) + p - log(p) + sin(p - 1)**2", F(7)),
    ],
)
def test_the_curvature_at_the_minimum_is_exact(source: str, h: Fraction) -> None:
    assert line(source).h == h


@pytest.mark.parametrize(
    "source",
    [
        "log(cosh(p - 1)) + (p - 1)/10**30",
        "cos(p - 1)",
        "exp(p) - 3*p",
        "exp(p - 2)*exp(1) - p",
        "abs(p - 1)**3 + (p - 1)**2",
        "sqrt((p - 1)**2)",
        "p",
        "3",
        "log(p - 1)",
        "1/(p - 1)",
    ],
)
def test_what_is_no_minimum_or_not_known_to_be_one(source: str) -> None:
    with pytest.raises(CertificateError):
        line(source)


def test_a_loss_has_to_be_defined_and_not_only_its_slope() -> None:
    """-log(p - 3) - p/2 has slope 0 and curvature 1/4 at p = 1, where it is not defined."""
    found = line("-log(p - 3) - p/2")
    assert found.h == F(1, 4)
    with series(), pytest.raises(CertificateError, match="l may be undefined"):
        found.about(arb("0.1"), cycle=False)
    with series():
        line("log(cosh(p - 1))").about(arb("0.1"), cycle=False)


@pytest.mark.parametrize("source", ["p - log(p)", "tan(p - 1)**2", "1/p + p", "sqrt(p) + 1/(4*p**2)"])
def test_nothing_is_known_across_a_singularity(source: str) -> None:
    found = line(source)
    whole = ball(F(-3), F(3))
    with series():
        try:
            point = found.about(whole, cycle=False)
        except (CertificateError, ValueError):
            return
        assert not any(point.slope[n].is_finite() for n in range(TERMS + 1))


# The other point of a 2-cycle --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("low", "high"), [("-1/4", "-1/4"), ("0", "0"), ("-1/100", "1/200"), ("1/5", "21/100")])
def test_the_image_as_a_series(low: str, high: str) -> None:
    """For exp(p - 1) - p it is ln(2 - exp(b))."""
    with series():
        b = arb_series([ball(F(low), F(high)), 1])
        found = line("exp(p - 1) - p").image(b)
        for place in (F(low), (2 * F(low) + F(high)) / 3, F(high)):
            known = (2 - arb_series([ball(place), 1]).exp()).log()
            assert all(found[n].overlaps(known[n]) for n in range(TERMS + 1))
            assert low == high or all(found[n].contains(known[n]) for n in range(TERMS + 1))
        assert low != high or all(float(found[n].rad()) < 1e-30 for n in range(TERMS + 1))


def test_where_there_is_no_other_point_none_is_found() -> None:
    poisson = line("exp(p - 1) - p")
    with series():
        poisson.image_of(arb("0.5"))
        for b in ("0.7", "1", "2"):
            with pytest.raises(CertificateError, match="not found"):
                poisson.image_of(arb(b))


def test_the_signs_decide_and_not_where_newton_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    poisson, true = line("exp(p - 1) - p"), Line.at
    monkeypatch.setattr(
        Line, "at", lambda self, f, b: true(self, f, b) * (10**9 if f == self.second else 1)
    )  # steps too short
    with series(), pytest.raises(CertificateError, match="not found"):
        poisson.image_of(arb("0.25"))


def test_the_image_is_the_one_beside_the_minimum(monkeypatch: pytest.MonkeyPatch) -> None:
    """-cos(p - 1) has its minima 2 pi apart: at -b + 2 pi the slope is that at -b, and l'' > 0 too."""
    cosine, true = line("-cos(p - 1)"), Line.image_of
    base = proved("cosine").document
    ratio = Known(base["map"]["ratio"], "map.ratio", 3)
    loose = base["curve"]["frozen"] | {"bounds": ["1000000000"] * 3}
    outer = [ball(F(end)) for end in loose["domain"]]
    prove_cycles(loose, cosine, ratio)
    monkeypatch.setattr(Line, "image_of", lambda self, b: true(self, b) + 2 * arb.pi() * (b not in outer))
    with pytest.raises(CertificateError, match="take a value twice"):
        prove_cycles(loose, cosine, ratio)


def test_convexity_is_proved_over_all_of_the_cycles() -> None:
    cauchy = line("log(1 + (p - 1)**2)")
    with series():
        cauchy.require_convex(arb("-0.99"), arb("0.99"))
        with pytest.raises(CertificateError, match="between the points"):
            cauchy.require_convex(arb("-0.5"), arb("1.001"))


# Bounds ------------------------------------------------------------------------------------------------------------------


def said(bounds: list[str], near: str = "1/8", domain: tuple[str, str] = ("-1/2", "1/2")) -> Known:
    return Known({"domain": [*domain], "polynomial": ["0"], "bounds": bounds, "near": near}, "it", len(bounds) - 1)


def prove(known: Known, order: int) -> None:
    """Prove bounds of exp(b) as the quotient of b^n exp(b) by b^n."""

    def g(at: Point) -> arb_series:
        total = at.b.exp()
        for _ in range(order):
            total = total * at.b
        return total

    one = [arb(1), *[arb(0)] * (len(known.bounds) - 1)]
    with series():
        known.prove(line("exp(p - 1) - p"), g, order, lambda _: one, cycle=False)


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("k", [0, 1, 2, 3])
def test_a_bound_just_above_is_proved_and_one_below_is_not(order: int, k: int) -> None:
    """On a domain that is all near 0: only the means are used, and at b near 1/500 nothing is lost."""
    domain = ("-1/500", "1/500")
    generous = ["11/10"] * 4
    prove(said(generous, "1/500", domain), order)
    with pytest.raises(CertificateError, match=f"derivative {k}"):
        prove(said([*generous[:k], "1", *generous[k + 1 :]], "1/500", domain), order)


@pytest.mark.parametrize("k", [0, 1, 2])
def test_away_from_zero_too(k: int) -> None:
    """exp(1/2) = 1.6487; Leibniz' rule with maxima over small cells loses some of it."""
    generous = ["5/3", "20", "2000"]
    prove(said(generous), 1)
    with pytest.raises(CertificateError, match=f"derivative {k}"):
        prove(said([*generous[:k], "41/25", *generous[k + 1 :]]), 1)


def test_the_rest_of_taylors_series_is_counted() -> None:
    """1/(1 - b/2) on one cell from 0 to 1: the terms left out are as large as the last."""
    with series():
        poisson = line("exp(p - 1) - p")
        cell = tuple(poisson.about(b, cycle=False) for b in (arb("0.5"), ball(F(0), F(1))))
        found = sizes(lambda at: 1 / (1 - at.b / 2), cell, arb("0.5"), 2)
        assert all(size >= math.factorial(k) * arb(2) for k, size in enumerate(found))
        assert found[0] < arb("2.1")


@pytest.mark.parametrize("n", [1, 2, 3])
def test_derivatives_of_a_negative_power(n: int) -> None:
    slopes = [abs(float(sp.diff(DEVIATION**-n, DEVIATION, k).subs(DEVIATION, 0.5))) for k in range(4)]
    assert [float(size) for size in negative_power(arb("0.5"), n, 3)] == pytest.approx(slopes)


def test_a_weight_is_multiplied() -> None:
    known = said(["11/10", "11/10"], "1/500", ("-1/500", "1/500"))
    with series(), pytest.raises(CertificateError, match="derivative 0"):
        known.prove(
            line("exp(p - 1) - p"), lambda at: at.b * at.b.exp(), 1, lambda _: [arb("1.2"), arb(0)], cycle=False
        )
    with series(), pytest.raises(CertificateError, match="derivative 1"):
        known.prove(
            line("exp(p - 1) - p"), lambda at: at.b * at.b.exp(), 1, lambda _: [arb(1), arb("0.2")], cycle=False
        )


def test_maxima_are_taken_over_all_cells_near_zero_together() -> None:
    """A mean over [0, b] is over several cells: 2 - exp(b) is largest at one end, and its slope at the other."""
    known = Known({"domain": ["-1/4", "1/4"], "polynomial": ["0"], "bounds": ["3/2", "5/2"], "near": "1/4"}, "it", 1)
    with series(), pytest.raises(CertificateError, match="derivative 1"):
        known.prove(
            line("exp(p - 1) - p"), lambda at: at.b * (2 - at.b.exp()), 1, lambda _: [arb(1), arb(1)], cycle=False
        )


@pytest.mark.parametrize("change", [{"near": "0"}, {"near": "3/4"}, {"domain": ["0", "1"]}, {"domain": ["1/8", "1"]}, {"bounds": ["1"]}])  # fmt: skip
def test_what_is_said_has_to_make_sense(change: dict) -> None:
    good = {"domain": ["-1/2", "1/2"], "polynomial": ["0"], "bounds": ["1", "1"], "near": "1/8"}
    Known(good, "it", 1)
    with pytest.raises(CertificateError, match="inside the domain"):
        Known(good | change, "it", 1)


# A function of which bounds are known ------------------------------------------------------------------------------------

NAME = sp.Symbol("value")
HALF = sp.Rational(1, 2)
U, W = (Rest(DEVIATION, n, -1, 1, HALF, HALF, HALF) for n in (1, 2))


def enclosed(f: sp.Expr, low: float, high: float) -> arb:
    work = Work(10**4)
    return Form(work, {NAME: f}, (DEVIATION,), "value").run([arb(low).union(arb(high))])[-1]


def test_a_function_is_known_between_its_ends_only() -> None:
    form = Form(Work(10**4), {NAME: U}, (DEVIATION,), "value")
    (value,) = form(arb(0.5).union(arb(0.999)))
    assert value.contains(arb(0.5))
    assert value.contains(arb(-0.5))
    for low, high in ((0.5, 1.0001), (-1.0001, 0), (2, 3)):
        with pytest.raises(CertificateError, match="not known"):
            form(arb(low).union(arb(high)))
    with pytest.raises(CertificateError, match="not known"):
        form(arb.nan())


def test_different_functions_are_not_multiplied_as_a_square() -> None:
    with flint.ctx.workprec(64):
        for product in (U * W, U * U.xreplace({DEVIATION: -DEVIATION}), U * _slope_of(U), _slope_of(U) * _slope_of(W)):
            assert enclosed(product, 0.1, 0.2).contains(arb(-0.25))
        assert enclosed(U - W, 0.1, 0.2).contains(arb(1))
        assert enclosed(U - _slope_of(U), 0.1, 0.2).contains(arb(1))


def _slope_of(f: sp.Expr) -> sp.Expr:
    return derived({NAME: f}, DEVIATION)[sp.Symbol("value_b")]


def test_slopes_take_the_next_bound_until_none_is_left() -> None:
    f = Rest(DEVIATION**2, 1, -1, 1, sp.S(1), sp.S(3), sp.S(7))
    assert _slope_of(f) == 2 * DEVIATION * Rest(DEVIATION**2, 1, -1, 1, 3, 7)
    assert _slope_of(Rest(DEVIATION, 1, -1, 1, 3, 7)) == Rest(DEVIATION, 1, -1, 1, 7)
    with pytest.raises(CertificateError, match="no bound is given"):
        _slope_of(Rest(DEVIATION, 1, -1, 1, 7))


def test_the_margin_is_wider_than_balls_reach_beyond_their_cells() -> None:
    with series():
        whole = ball(F(1, 3), F(2, 3))
        assert whole.upper() - ball(F(2, 3)) < smooth.MARGIN / 1000
