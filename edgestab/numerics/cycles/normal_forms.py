r"""Normal form coefficients of cycles at their bifurcations, enclosed (Kuznetsov 2004, sections 5.4 and 5.8).

With :math:`G = F^p(\cdot, \mu)` at the bifurcation, :math:`A = DG`, :math:`B = D^2G`, :math:`C = D^3G`,
:math:`Aq = \lambda q`, :math:`A^{\mathsf T}p = \bar\lambda p`, :math:`|q| = 1` and :math:`\langle p, q\rangle = 1`:

.. math::
   \text{fold:}\quad a &= \tfrac12\langle p, B(q,q)\rangle \\
   \text{flip:}\quad c &= \tfrac16\langle p, C(q,q,q)\rangle
        - \tfrac12\langle p, B(q, (A-I)^{-1}B(q,q))\rangle \\
   \text{Neimark-Sacker:}\quad d &= \tfrac12\operatorname{Re}\, e^{-i\theta}\bigl[\langle p, C(q,q,\bar q)\rangle
        + 2\langle p, B(q, (I-A)^{-1}B(q,\bar q))\rangle
        + \langle p, B(\bar q, (e^{2i\theta}I-A)^{-1}B(q,q))\rangle\bigr]

All derivatives are of the iterate itself, by Taylor arithmetic and polarisation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import flint

from edgestab.errors import InputError
from edgestab.numerics.cycles.bifurcations import Bifurcation
from edgestab.numerics.cycles.jets import Family, Vector
from edgestab.numerics.printers.ball import squared
from edgestab.numerics.rigorous.balls import Point, precision


@dataclass(frozen=True, eq=False)
class Multilinear:
    """The second and third derivatives of F^p in the state, as symmetric multilinear maps.

    Parameters
    ----------
    family : Family
        The map.
    z : sequence of arb
        The point, and the parameter where one is free.
    period : int
        p.
    """

    family: Family
    z: Vector
    period: int

    def _curve(self, order: int, *terms: Vector) -> list[flint.arb]:
        """Taylor coefficient `order` along a sum of directions."""
        direction = [sum(parts, flint.arb(0)) for parts in zip(*terms, strict=True)]
        still = [flint.arb(0)] * (len(self.z) - len(direction))
        return self.family.curve(self.z, [*direction, *still], self.period, order)[order]

    def b(self, u: Vector, v: Vector) -> list[flint.arb]:
        """Enclose D^2F^p[u, v]."""
        parts = zip(self._curve(2, u, v), self._curve(2, u), self._curve(2, v), strict=True)
        return [both - one - other for both, one, other in parts]

    def c(self, u: Vector, v: Vector, w: Vector) -> list[flint.arb]:
        """Enclose D^3F^p[u, v, w]."""
        total = self._curve(3, u, v, w)
        pairs = [self._curve(3, u, v), self._curve(3, u, w), self._curve(3, v, w)]
        single = [self._curve(3, u), self._curve(3, v), self._curve(3, w)]
        return [t - sum(p[i] for p in pairs) + sum(s[i] for s in single) for i, t in enumerate(total)]

    def jacobian(self) -> flint.arb_mat:
        """Enclose DF^p in the state."""
        n = self.family.n
        slopes = self.family.jacobian(self.z, self.period)
        return flint.arb_mat(n, n, [slopes[i, j] for i in range(n) for j in range(n)])


def fold_coefficient(family: Family, at: Bifurcation) -> flint.arb:
    r"""Enclose the fold's coefficient a: on the centre manifold :math:`u' = u + a u^2 + \dots`, not zero at a fold.

    Parameters
    ----------
    family : Family
        The family the bifurcation was found in.
    at : Bifurcation
        A proved fold; its precision is used.
    """
    with precision(at.bits):
        maps, q, p = _frame(family, at, 1)
        return _dot(p, maps.b(q, q)) / 2


def flip_coefficient(family: Family, at: Bifurcation) -> flint.arb:
    r"""Enclose the flip's coefficient c: on the centre manifold :math:`u' = -u + c u^3 + \dots`.

    For c > 0 the flip is supercritical: a stable cycle of twice the period is born. In one dimension
    :math:`c = G''^2/4 + G'''/6`.

    Parameters
    ----------
    family, at
        As in `fold_coefficient`, for a proved flip.

    Examples
    --------
    >>> from edgestab.numerics.cycles.bifurcations import locate
    >>> from edgestab.theory.models.catalogue import model
    >>> from edgestab.theory.symbols import symbol
    >>> family = Family(model("frozen-cubic").own.step, {}, symbol("s"))
    >>> flip = locate(family, "flip", [1], 1, 1, 128)
    >>> float(flip_coefficient(family, flip))
    8.0
    """
    with precision(at.bits):
        maps, q, p = _frame(family, at, -1)
        n = family.n
        identity = flint.arb_mat(n, n, [int(i == j) for i in range(n) for j in range(n)])
        rest = (maps.jacobian() - identity).solve(_column(maps.b(q, q))).entries()
        return _dot(p, maps.c(q, q, q)) / 6 - _dot(p, maps.b(q, rest)) / 2


def neimark_sacker_coefficient(family: Family, at: Bifurcation) -> flint.arb:
    r"""Enclose the first Lyapunov coefficient d: negative, a stable invariant curve is born.

    The formula needs :math:`e^{ik\theta} \ne 1` for k = 1, 2, 3, 4; at a strong resonance the result is not finite or
    means nothing.

    Parameters
    ----------
    family, at
        As in `fold_coefficient`, for a proved Neimark-Sacker point.

    Raises
    ------
    InputError
        When the point is not a Neimark-Sacker point.
    """
    if at.cosine is None:
        raise InputError(f"a {at.kind} has no complex multipliers: give a Neimark-Sacker point")
    with precision(at.bits):
        n = family.n
        maps = Multilinear(family, [*at.point, at.parameter], at.period)
        a = flint.acb_mat(maps.jacobian())
        identity = flint.acb_mat(n, n, [int(i == j) for i in range(n) for j in range(n)])
        turn = flint.acb(at.cosine, (1 - squared(at.cosine)).sqrt())
        # A^2 v = 2 cos(theta) A v - v makes A v - exp(-i theta) v an eigenvector of exp(i theta).
        v = flint.acb_mat(n, 1, list(at.vector))
        q = a * v - v * turn.conjugate()
        size = sum((squared(abs(x)) for x in q.entries()), flint.arb(0)).sqrt()
        q = q * flint.acb(1 / size)
        left = _left(a - identity * turn, q)
        real, imaginary = [x.real for x in q.entries()], [x.imag for x in q.entries()]
        both, cross = maps.b(real, real), maps.b(real, imaginary)
        other = maps.b(imaginary, imaginary)
        square = flint.acb_mat(n, 1, [flint.acb(x - z, 2 * y) for x, y, z in zip(both, cross, other, strict=True)])
        modulus = flint.acb_mat(n, 1, [x + z for x, z in zip(both, other, strict=True)])
        cubes = [
            maps.c(u, v_, w)
            for u, v_, w in (
                (real, real, real),
                (real, imaginary, imaginary),
                (real, real, imaginary),
                (imaginary, imaginary, imaginary),
            )
        ]
        cubic = [flint.acb(w + x, y + z) for w, x, y, z in zip(*cubes, strict=True)]
        first = _product(maps, q, (identity - a).solve(modulus))
        second = _product(maps, q.conjugate(), (identity * (turn * turn) - a).solve(square))
        total = _inner(left, cubic) + 2 * _inner(left, first) + _inner(left, second)
        return (turn.conjugate() * total).real / 2


def slope_of_multiplier(family: Family, flip: Bifurcation) -> flint.arb:
    r"""Enclose :math:`d\lambda/d\mu` along the cycle at a flip, at the current precision.

    With the critical vector v and its adjoint p, :math:`\langle p, v\rangle = 1`:
    :math:`\lambda' = \langle p, D^2G[v, (x', 1)]\rangle` and :math:`(A - I)x' = -\partial_\mu G`.
    """
    n = family.n
    z = [*flip.point, flip.parameter]
    found = family.second(z, flip.period, [[*flip.vector, flint.arb(0)]])
    slopes = found.slopes
    a = flint.arb_mat(n, n, [slopes[i, j] for i in range(n) for j in range(n)])
    identity = flint.arb_mat(n, n, [int(i == j) for i in range(n) for j in range(n)])
    drift = (a - identity).solve(flint.arb_mat(n, 1, [-slopes[i, n] for i in range(n)])).entries()
    turned = (found.second[0] * flint.arb_mat(n + 1, 1, [*drift, 1])).entries()
    border = [[a[j, i] + (i == j) for j in range(n)] + [flip.vector[i]] for i in range(n)]
    border.append([*flip.vector, flint.arb(0)])
    left = flint.arb_mat(border).solve(flint.arb_mat(n + 1, 1, [0] * n + [1])).entries()
    return sum((p * t for p, t in zip(left, turned, strict=False)), flint.arb(0))


def _frame(family: Family, at: Bifurcation, multiplier: int) -> tuple[Multilinear, Point, list[flint.arb]]:
    """The derivatives, the critical vector of length one, and the adjoint one with <p, q> = 1."""
    maps = Multilinear(family, [*at.point, at.parameter], at.period)
    size = sum(map(squared, at.vector), flint.arb(0)).sqrt()
    q = tuple(x / size for x in at.vector)
    n = family.n
    identity = flint.arb_mat(n, n, [multiplier * (i == j) for i in range(n) for j in range(n)])
    left = _left(flint.acb_mat(maps.jacobian() - identity), flint.acb_mat(n, 1, list(q)))
    return maps, q, [x.real for x in left]


def _left(singular: flint.acb_mat, q: flint.acb_mat) -> list[flint.acb]:
    """The row p with p M = 0 and p q = 1, of a matrix M of corank one with M q = 0.

    The matrix bordered by q and its conjugate is regular, and p solves the bordered system exactly.
    """
    n = singular.nrows()
    rows = [[singular[j, i] for j in range(n)] + [q[i, 0].conjugate()] for i in range(n)]
    rows.append([q[j, 0] for j in range(n)] + [flint.acb(0)])
    found = flint.acb_mat(rows).solve(flint.acb_mat(n + 1, 1, [0] * n + [1]))
    return list(found.entries()[:n])


def _product(maps: Multilinear, u: flint.acb_mat, w: flint.acb_mat) -> list[flint.acb]:
    """B(u, w) of complex vectors."""
    a, b = [x.real for x in u.entries()], [x.imag for x in u.entries()]
    c, d = [x.real for x in w.entries()], [x.imag for x in w.entries()]
    parts = zip(maps.b(a, c), maps.b(b, d), maps.b(a, d), maps.b(b, c), strict=True)
    return [flint.acb(ac - bd, ad + bc) for ac, bd, ad, bc in parts]


def _inner(p: Sequence[flint.acb], x: Sequence[flint.acb]) -> flint.acb:
    return sum((a * b for a, b in zip(p, x, strict=True)), flint.acb(0))


def _dot(a: Vector, b: Vector) -> flint.arb:
    return sum((x * y for x, y in zip(a, b, strict=True)), flint.arb(0))


def _column(x: Vector) -> flint.arb_mat:
    return flint.arb_mat(len(x), 1, list(x))
