"""Problems that are proved, made once, and the definitions that the engine's inequalities are measured against."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction

import flint
import numpy as np
import sympy as sp
from numpy.typing import NDArray

from edgestab.numerics.printers import ball as balls
from edgestab.numerics.printers import reference
from edgestab.numerics.programs.program import program_of
from edgestab.numerics.rigorous.balls import precision
from edgestab.theory.claims.catalogue import find
from edgestab.theory.drift import EPS, B, X, drift_form
from edgestab.theory.parts.certified import Certified
from edgestab.verify.certify.cells import Cells
from edgestab.verify.certify.document import Certificate
from edgestab.verify.certify.engine import certify
from edgestab.verify.certify.part import Outcome, certify_part
from edgestab.verify.certify.plan import Problem, at
from edgestab.verify.certify.statement import problems
from edgestab.verify.certify.tube import Tube
from tests.models_under_test import cached

Array = NDArray[np.float64]
F = Fraction

BOX = (F(1, 20), F(6, 25)), (F(-7, 25), F(13, 100))
"""R9's starts."""


def quartic(
    low: Fraction, high: Fraction, gap: tuple[str, str] | None = None, box: tuple = BOX, **more: object
) -> Problem:
    """R9's starts, or others, for the quartic."""
    window = None if gap is None else ((F(gap[0]),), (F(gap[1]),))
    return Problem(drift_form(cached("quartic")), (F(low), F(high)), *box, window, **more)


SOFT = "product:p**2/2-p**4/12"
SKEW = "product:p**2/2-p**3/15-p**4/12"
STEEP = "product:(p-1)**2*(p+2)**2"

PROBLEMS: dict[str, tuple[str, Problem]] = {
    "R9 at 0.2": ("quartic", quartic("0.2", "0.2", ("0.17", "0.56"))),
    "R9 at 0.1": ("quartic", quartic("0.1", "0.1", ("0.22", "0.76"))),
    "R9 at 0.05": ("quartic", quartic("0.05", "0.05", ("0.22", "0.76"))),
    "R9 at 0.02": ("quartic", quartic("0.02", "0.02", ("0.22", "0.76"))),
    "R9 at 0.01": ("quartic", quartic("0.01", "0.01", ("0.22", "0.76"))),
    "R9 uniform": ("quartic", quartic("0", "0.1", ("0.23", "0.73"))),
    "p**2/2 - p**4/12": (
        SOFT,
        Problem(drift_form(cached(SOFT)), (F(0), F(1, 10)), (F(1, 20), F(1, 5)), (F(-3, 10), F(3, 10))),
    ),
    "p**2/2 - p**3/15 - p**4/12": (
        SKEW,
        Problem(drift_form(cached(SKEW)), (F(1, 10), F(1, 10)), (F(1, 20), F(3, 20)), (F(-1, 5), F(1, 5))),
    ),
}


@functools.cache
def proved(name: str) -> Certificate:
    """The certificate of one of the problems."""
    return certify(PROBLEMS[name][1])


@functools.cache
def outcome(claim: str, number: int = 0) -> Outcome:
    """What came of a certified part of the catalogue."""
    return certify_part(parts(claim)[number])


@functools.cache
def parts(claim: str) -> tuple[Certified, ...]:
    """The certified parts of a claim of the catalogue."""
    return tuple(p for p in find(f"zhu2023.{claim}").parts if isinstance(p, Certified))


@functools.cache
def wanted(claim: str, number: int = 0) -> tuple[Problem, ...]:
    """The problems that a certified part makes."""
    return problems(parts(claim)[number])


def leaves(cells: Cells) -> Iterator[tuple[str, tuple[tuple[Fraction, Fraction], ...]]]:
    """Every leaf with its exact box, from the tree in preorder alone."""
    nodes = iter(cells.tree)

    def walk(box: tuple) -> Iterator[tuple[str, tuple]]:
        node = next(nodes)
        if node not in cells.axes:
            yield node, box
            return
        axis = cells.axes.index(node)
        low, high = box[axis]
        middle = (low + high) / 2
        for half in ((low, middle), (middle, high)):
            yield from walk((*box[:axis], half, *box[axis + 1 :]))

    yield from walk(cells.box)
    assert next(nodes, None) is None


def leaf_boxes(trees: Sequence[Cells], kind: str) -> Array:
    """The boxes of the leaves of one kind, shape (n, axes, 2), in doubles."""
    found = [box for tree in trees for leaf, box in leaves(tree) if leaf.startswith(kind)]
    return np.array([[[float(a), float(b)] for a, b in box] for box in found]).reshape(len(found), 3, 2)


def points_in(boxes: Array, count: int, seed: int = 0, *, corners: float = 0.3) -> tuple[Array, Array, Array]:
    """Random points of random boxes, some of them on faces and corners: x, b and eps > 0."""
    g = np.random.default_rng(seed)
    chosen = boxes[g.integers(len(boxes), size=count)]
    t = g.random((count, 3))
    t = np.where(g.random((count, 3)) < corners, np.round(t), t)
    x, b, e = (chosen[:, i, 0] + t[:, i] * (chosen[:, i, 1] - chosen[:, i, 0]) for i in range(3))
    return x, b, np.maximum(e, 1e-9 * e.max())


def known(tube: Tube) -> sp.Expr:
    """The curve's definition: eps c + b^2 (F + eps q), written out anew."""
    c = sum((sp.Rational(str(v)) * EPS**j for j, v in enumerate(tube.curve.c)), sp.S.Zero)
    q = sum(
        (sp.Rational(str(v)) * B**i * EPS**j for (j, row) in enumerate(tube.curve.q) for i, v in enumerate(row)),
        sp.S.Zero,
    )
    frozen = tube.form.frozen.closed_form if tube.form.frozen is not None else sp.S.Zero
    return EPS * c + B**2 * (frozen + EPS * q)


def height(tube: Tube, x: Array, e: Array) -> Array:
    """h."""
    rho0, rho1, rho2 = map(float, tube.rho)
    p = np.maximum(x, 0)
    return rho0 * e + rho1 * p + rho2 * p * p


@functools.cache
def _programs(tube: Tube) -> tuple:
    d, m = tube.form.drift, tube.form.multiplier
    return program_of([d, m], [X, B, EPS]), program_of([known(tube)], [B, EPS])


def floats(tube: Tube, x: Array, b: Array, e: Array) -> dict[str, Array]:
    """D, m, V, x', b' and V' by their definitions, in doubles."""
    step, curve = _programs(tube)
    d, m = reference.evaluate(step, [x, b, e])
    x1, b1 = x - e * b * b * d, m * b
    v, v1 = (np.abs(p - reference.evaluate(curve, [q, e])[0]) / height(tube, p, e) for p, q in ((x, b), (x1, b1)))
    return {"D": d, "m": m, "x1": x1, "b1": b1, "V": v, "V1": v1}


def exactly(tube: Tube, x: float, b: float, e: float, bits: int = 200) -> dict[str, flint.arb]:
    """The same in ball arithmetic, of the doubles as they are."""
    step, curve = _programs(tube)
    with precision(bits):
        xb, bb, eb = map(balls.ball, (x, b, e))
        d, m = balls.evaluate(step, [xb, bb, eb])
        x1, b1 = xb - eb * bb * bb * d, m * bb
        rho = [balls.ball(r) for r in tube.rho]

        def v(p: flint.arb, q: flint.arb) -> flint.arb:
            up = flint.arb.max(p, flint.arb(0))
            return abs(p - balls.evaluate(curve, [q, eb])[0]) / (rho[0] * eb + rho[1] * up + rho[2] * up * up)

        return {"D": d, "m": m, "x1": x1, "b1": b1, "V": v(xb, bb), "V1": v(x1, b1)}


def allowed_rate(tube: Tube, x: Array, e: Array) -> Array:
    """r: lam where x >= f, else 0."""
    floor = float(tube.floor[0]) + float(tube.floor[1]) * e
    return np.where(x >= floor, float(tube.rate), 0.0)


def broken(tube: Tube, count: int, eps: tuple[float, float], seed: int = 0) -> int:
    """At how many random points of its domain the contraction fails, by the definitions."""
    g = np.random.default_rng(seed)
    e = g.uniform(*eps, count)
    low = e * np.array([at(tube.curve.c, v) for v in e]) - float(tube.rho[0]) * e
    x = np.where(g.random(count) < 0.4, low + (4 * e) * g.random(count), g.uniform(low, float(tube.ceiling)))
    x = np.minimum(x, float(tube.ceiling))
    b = g.uniform(float(tube.strip[0]), float(tube.strip[1]), count)
    b = np.where(g.random(count) < 0.2, b * 10.0 ** g.uniform(-4, 0, count), b)
    f = floats(tube, x, b, e)
    rate = allowed_rate(tube, x, e)
    domain = (rate > 0) | (x >= float(tube.floor[0]) + float(tube.floor[1]) * e) | (f["V"] <= 1)
    top = np.maximum(f["V"], 1) * (1 - rate * b * b * f["D"])
    holds = (f["D"] > 0) & (f["m"] < 0) & (f["V1"] <= top * (1 + 1e-12) + 1e-12)
    holds &= (f["b1"] >= float(tube.strip[0])) & (f["b1"] <= float(tube.strip[1]))
    return int((domain & ~holds).sum())


def window(certificate: Certificate, eta: float) -> tuple[float, float]:
    """The certified window of the gap."""
    low, high = (at(g, eta**2) for g in certificate.limit.gap)
    return low, high


def disjoint_and_whole(cells: Cells) -> bool:
    """Whether the leaves tile the box: volumes add up exactly, and neighbours in preorder share a face at most."""
    boxes = [box for _, box in leaves(cells)]
    thick = [i for i, (a, b) in enumerate(cells.box) if a < b]

    def volume(box: tuple) -> Fraction:
        total = F(1)
        for i in thick:
            total *= box[i][1] - box[i][0]
        return total

    if sum(map(volume, boxes)) != volume(cells.box):
        return False
    if any(not (c[0] <= a <= b <= c[1]) for box in boxes for (a, b), c in zip(box, cells.box, strict=True)):
        return False
    return not any(
        all(max(p[i][0], q[i][0]) < min(p[i][1], q[i][1]) for i in thick)
        for p, q in itertools.combinations(boxes[:120], 2)
    )
