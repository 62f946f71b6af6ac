r"""Folds, flips and Neimark-Sacker points of cycles, each a proved zero of its extended system.

With :math:`G = F^p` and :math:`A = \partial_x G(x, \mu)` the unknowns and equations are (Kuznetsov 2004, section 10.3)

.. math::
   \text{fold, flip:}\quad & G(x, \mu) - x = 0,\; Av \mp v = 0,\; \langle l, v\rangle = 1, \\
   \text{Neimark-Sacker:}\quad & G(x, \mu) - x = 0,\; A^2v - 2kAv + v = 0,\;
       \langle l, v\rangle = 1,\; \langle m, v\rangle = 0,\; k = \cos\theta .
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal

import flint
import numpy as np
from numpy.typing import NDArray

from edgestab.errors import InputError
from edgestab.numerics.cycles.jets import Family, Vector
from edgestab.numerics.printers.ball import ball
from edgestab.numerics.rigorous.balls import Point, precision
from edgestab.numerics.rigorous.krawczyk import Enclosure, Zero, newton, prove

Kind = Literal["fold", "flip", "Neimark-Sacker", "branch point"]
_LAST_BITS = 1 << 13


@dataclass(frozen=True)
class Bifurcation:
    """A point of a one-parameter family at which a cycle changes its stability.

    Parameters
    ----------
    kind : str
        ``fold``, ``flip``, ``Neimark-Sacker``, or ``branch point`` where another branch of cycles passes through.
    period : int
        The period of the cycle.
    parameter : arb
        Encloses the parameter's value.
    point : tuple of arb
        Encloses one point of the cycle.
    vector : tuple of arb
        Encloses the critical vector v of the extended system.
    proved : bool
        Whether the enclosures are proved; else they are estimates.
    cosine : arb, optional
        k, the cosine of the multipliers' angle at a Neimark-Sacker point.
    bits : int
        The precision of the enclosures.
    """

    kind: Kind
    period: int
    parameter: flint.arb
    point: Point
    vector: Point
    proved: bool
    cosine: flint.arb | None = None
    bits: int = 53

    @property
    def value(self) -> float:
        """The parameter as a double."""
        return float(self.parameter.mid())

    @property
    def error(self) -> float:
        """A bound of the error of `value`, the rounding to a double included."""
        return float(np.nextafter(float(self.parameter.rad()), np.inf) + np.spacing(abs(self.value)))

    @property
    def centre(self) -> NDArray[np.float64]:
        """The cycle's point as doubles, shape (n,)."""
        return np.array([float(x.mid()) for x in self.point])

    def row(self) -> dict[str, Any]:
        """One row of a table: plain numbers, and the bound of their error."""
        return {
            "kind": self.kind,
            "period": self.period,
            "parameter": self.value,
            "error": self.error,
            "point": self.centre.tolist(),
            "proved": self.proved,
        }


@dataclass(frozen=True, eq=False)
class Critical:
    """The extended system of a multiplier that is +1 or -1; a state of one dimension needs no vector.

    Parameters
    ----------
    family : Family
        With a free parameter.
    period : int
        p.
    multiplier : int
        1 for a fold, -1 for a flip.
    normal : sequence of arb
        l, exact.
    """

    family: Family
    period: int
    multiplier: int
    normal: Sequence[flint.arb]

    def over(self, box: Vector) -> Enclosure:
        """Enclose the equations and their Jacobian; the unknowns are x, the parameter, and v."""
        return _enclosure(self._at, box)

    def _at(self, z: Vector) -> tuple[list[flint.arb], list[list[flint.arb]]]:
        n = self.family.n
        if n == 1:
            # Without v the second derivatives take three curves and not five.
            along, across, both = (
                self.family.curve(z, [flint.arb(i), flint.arb(j)], self.period, 2) for i, j in ((1, 0), (0, 1), (1, 1))
            )
            value = [along[0][0] - z[0], along[1][0] - self.multiplier]
            mixed = both[2][0] - along[2][0] - across[2][0]
            return value, [[along[1][0] - 1, across[1][0]], [2 * along[2][0], mixed]]
        v = list(z[n + 1 :])
        found = self.family.second(z[: n + 1], self.period, [[*v, flint.arb(0)]])
        first = found.slopes
        value = [a - b for a, b in zip(found.value, z, strict=False)]
        value += [sum((first[i, j] * v[j] for j in range(n)), -self.multiplier * v[i]) for i in range(n)]
        value.append(_dot(self.normal, v) - 1)
        rows = [[first[i, j] - (i == j) for j in range(n + 1)] + [flint.arb(0)] * n for i in range(n)]
        for i in range(n):
            bent = [found.second[0][i, j] for j in range(n + 1)]
            rows.append(bent + [first[i, j] - self.multiplier * (i == j) for j in range(n)])
        rows.append([flint.arb(0)] * (n + 1) + list(self.normal))
        return value, rows


@dataclass(frozen=True, eq=False)
class Circle:
    """The extended system of a complex pair of multipliers on the unit circle.

    The unknowns are x, the parameter, v and k; the normals l and m are exact.
    """

    family: Family
    period: int
    normals: tuple[Sequence[flint.arb], Sequence[flint.arb]]

    def over(self, box: Vector) -> Enclosure:
        """Enclose the equations and their Jacobian."""
        return _enclosure(self._at, box)

    def _at(self, z: Vector) -> tuple[list[flint.arb], list[list[flint.arb]]]:
        n = self.family.n
        v, k = list(z[n + 1 : 2 * n + 1]), z[2 * n + 1]
        slopes = self.family.jacobian(z[: n + 1], self.period)
        a = flint.arb_mat(n, n, [slopes[i, j] for i in range(n) for j in range(n)])
        w = (a * flint.arb_mat(n, 1, v)).entries()
        zero = flint.arb(0)
        found = self.family.second(z[: n + 1], self.period, [[*v, zero], [*w, zero]])
        by_v, by_w = found.second
        square = a * a
        value = [x - y for x, y in zip(found.value, z, strict=False)]
        twice = (a * flint.arb_mat(n, 1, w)).entries()
        value += [twice[i] - 2 * k * w[i] + v[i] for i in range(n)]
        value += [_dot(self.normals[0], v) - 1, _dot(self.normals[1], v)]
        rows = [[slopes[i, j] - (i == j) for j in range(n + 1)] + [zero] * (n + 1) for i in range(n)]
        bent = by_w + a * by_v - 2 * k * by_v
        for i in range(n):
            turned = [square[i, j] - 2 * k * a[i, j] + (i == j) for j in range(n)]
            rows.append([bent[i, j] for j in range(n + 1)] + turned + [-2 * w[i]])
        rows += [[zero] * (n + 1) + list(normal) + [zero] for normal in self.normals]
        return value, rows


def locate(
    family: Family,
    kind: Kind,
    state: Sequence[float] | Vector,
    parameter: float | flint.arb,
    period: int,
    bits: int = 128,
    proof_bits: int = 0,
) -> Bifurcation | None:
    """Find a bifurcation near a guess by Newton's method on its extended system, then prove it.

    Parameters
    ----------
    family : Family
        With a free parameter.
    kind : str
        ``fold``, ``flip`` or ``Neimark-Sacker``.
    state, parameter : sequence, float
        The guess.
    period : int
        The period of the cycle; that it is the least one is not asked here.
    bits : int
        The precision to start with; it is doubled until the proof succeeds.
    proof_bits : int
        A precision below which no proof is tried.

    Returns
    -------
    Bifurcation or None
        None when Newton's method does not settle or nothing is proved.
    """
    if family.parameter is None or kind == "branch point":
        raise InputError("leave one parameter of the family free, and ask for a fold, a flip or a Neimark-Sacker point")
    guess = [*(_number(x) for x in state), _number(parameter)]
    while bits <= max(_LAST_BITS, 16 * period):
        with precision(bits):
            system, start = _posed(family, kind, guess, period)
            settled = None if system is None else newton(_rounded(system), start)
            if system is None or settled is None:
                return None
            zero = prove(system, settled) if bits >= proof_bits else None
            guess = list(settled[: family.n + 1])
        if zero is not None:
            return _described(kind, family, period, zero, bits)
        bits *= 2
    return None


def _posed(family: Family, kind: Kind, z: Vector, period: int) -> tuple[Critical | Circle | None, list[flint.arb]]:
    """The extended system with normals and vectors taken at a guess."""
    n = family.n
    slopes = replace(family, rounded=True).jacobian(z, period)
    a = np.array([[float(slopes[i, j].mid()) for j in range(n)] for i in range(n)])
    if not np.isfinite(a).all():
        return None, []
    if kind == "Neimark-Sacker":
        eigenvalues, vectors = np.linalg.eig(a)
        # The pair nearest to the circle, among those that are not real.
        off = np.where(eigenvalues.imag > 1e-12, np.abs(np.abs(eigenvalues) - 1), np.inf)
        if not np.isfinite(off.min()):
            return None, []
        best = int(off.argmin())
        plane, _ = np.linalg.qr(np.stack([vectors[:, best].real, vectors[:, best].imag], axis=1))
        normals = ([flint.arb(float(x)) for x in plane[:, 0]], [flint.arb(float(x)) for x in plane[:, 1]])
        cosine = flint.arb(float(np.cos(np.angle(eigenvalues[best]))))
        return Circle(family, period, normals), [*z, *normals[0], cosine]
    multiplier = 1 if kind == "fold" else -1
    if n == 1:
        return Critical(family, period, multiplier, []), list(z)
    eigenvalues, vectors = np.linalg.eig(a)
    v = vectors[:, int(np.abs(eigenvalues - multiplier).argmin())].real
    v = v / max(float(np.linalg.norm(v)), 1e-300)
    exact = [flint.arb(float(x)) for x in v]
    return Critical(family, period, multiplier, exact), [*z, *exact]


def _rounded(system: Critical | Circle) -> Critical | Circle:
    return replace(system, family=replace(system.family, rounded=True))


def _described(kind: Kind, family: Family, period: int, zero: Zero, bits: int) -> Bifurcation:
    n = family.n
    vector = zero.point[n + 1 : 2 * n + 1] if n > 1 else (flint.arb(1),)
    cosine = zero.point[2 * n + 1] if kind == "Neimark-Sacker" else None
    return Bifurcation(kind, period, zero.point[n], zero.point[:n], vector, True, cosine, bits)


def _enclosure(at: Callable[[Vector], tuple[list[flint.arb], list[list[flint.arb]]]], box: Vector) -> Enclosure:
    value, rows = at(box)
    middle = value if all(x.is_exact() for x in box) else at([x.mid() for x in box])[0]
    return Enclosure(middle, value, flint.arb_mat(rows))


def _dot(a: Vector, b: Vector) -> flint.arb:
    return sum((x * y for x, y in zip(a, b, strict=True)), flint.arb(0))


def _number(x: float | Fraction | flint.arb) -> flint.arb:
    return ball(x).mid()
