r"""Isolated minima: a point where the gradient vanishes and the Hessian is positive definite, proved and named.

Krawczyk's operator on :math:`\nabla L = 0` proves that a box holds exactly one stationary point; a Cholesky factor of
the Hessian over the box proves that it is a minimum. A point that a text names by decimals is the one stationary point
less than a unit of its last digits away.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import flint
import numpy as np
import sympy as sp

from edgestab.errors import InputError
from edgestab.numerics.printers.ball import ball
from edgestab.numerics.rigorous.balls import Point, precision, values
from edgestab.numerics.rigorous.krawczyk import Enclosure, Zero, newton, only_zero, prove
from edgestab.numerics.rigorous.limits import positive_definite
from edgestab.theory.exact import exact
from edgestab.theory.loss import Loss
from edgestab.theory.models.base import LimitSet, isolated_set
from edgestab.theory.symbols import symbol
from edgestab.theory.text.tokens import ParseError

BITS = 128
"""The precision at which stationary points are proved."""

DIGITS = 6
"""Significant digits of a coordinate in a name, unless more are needed."""

DENOMINATOR = 360
"""The greatest denominator of a fraction that a coordinate is tried to be."""

_DECIMAL = re.compile(r"\s*([+-]?)(\d*)\.(\d+)(?:[eE]([+-]?\d{1,3}))?\s*")


@dataclass(frozen=True)
class _Stationary:
    """The equations grad L = 0, as `krawczyk` wants them."""

    loss: Loss

    def over(self, box: Sequence[flint.arb]) -> Enclosure:
        names, n = self.loss.parameters, len(self.loss.parameters)
        entries = [*self.loss.gradient, *self.loss.hessian]
        wide = values(entries, dict(zip(names, box, strict=True)))
        middle = values(list(self.loss.gradient), dict(zip(names, (x.mid() for x in box), strict=True)))
        return Enclosure(middle, wide[:n], flint.arb_mat(n, n, wide[n:]))


def minimum_beside(loss: Loss, guess: Sequence[float]) -> Zero | None:
    """Return the isolated minimum that Newton's method finds from a guess, proved; None when there is none.

    Parameters
    ----------
    loss : Loss
        Without constants.
    guess : sequence of float
        One number for each parameter.

    Examples
    --------
    >>> found = minimum_beside(Loss.parse("(x**2 - 1)**2/4 + x/10", "x"), [-1.0])
    >>> float(found.point[0])
    -1.0466805318046022
    >>> minimum_beside(Loss.parse("(x**2 - 1)**2/4", "x"), [0.1]) is None  # a maximum
    True
    """
    system = _Stationary(loss)
    with precision(BITS):
        near = newton(system, [flint.arb(x) for x in guess])
        zero = None if near is None else prove(system, near)
        if zero is None or not positive_definite(system.over(zero.unique).jacobian):
            return None
        return _widened(system, zero)


def stationary_in(loss: Loss, box: Point) -> tuple[Point, int] | None:
    """Return the proved stationary point beside the middle of a box, with the sign of the Hessian there.

    The sign is 1 where the Hessian is positive definite, -1 where it certainly has a negative eigenvalue, and 0 where
    neither is shown; None where no stationary point is proved.

    Examples
    --------
    >>> loss = Loss.parse("(x**2 - 1)**2/4", "x")
    >>> [stationary_in(loss, (flint.arb(x),))[1] for x in (0.0, 1.0)]
    [-1, 1]
    """
    system = _Stationary(loss)
    zero = prove(system, [x.mid() for x in box])
    if zero is None:
        return None
    hessian = system.over(zero.point).jacobian
    if positive_definite(hessian):
        return zero.point, 1
    n = len(box)
    floats = np.array([float(x.mid()) for x in hessian.entries()]).reshape(n, n)
    if not np.isfinite(floats).all():
        return zero.point, 0
    # A direction in which the loss curves downwards, seen in doubles and shown in balls.
    direction = flint.arb_mat(n, 1, np.linalg.eigh(floats)[1][:, 0].tolist())
    along = (direction.transpose() * hessian * direction)[0, 0]
    return zero.point, -1 if along < 0 else 0


def named_minimum(loss: Loss, zero: Zero, digits: int = DIGITS) -> LimitSet:
    """Return a proved minimum as a set with a name such as ``x = 1, y = -1.04668``.

    A coordinate is named by an integer or a fraction only where the gradient vanishes exactly at such a point.

    Examples
    --------
    >>> loss = Loss.parse("(x**2 - 1)**2/4 + (y**2 - 1/9)**2", "x y")
    >>> named_minimum(loss, minimum_beside(loss, [1.1, -0.3])).name
    'x = 1, y = -1/3'
    """
    box = tuple(_ends(x) for x in zero.unique)
    centre = [float(x.mid()) for x in zero.point]
    exactly = rational_stationary(loss, zero.unique)
    words = [f"{c:.{digits}g}" for c in centre] if exactly is None else [str(exactly[p]) for p in loss.parameters]
    name = ", ".join(f"{p} = {w}" for p, w in zip(loss.parameters, words, strict=True))
    return isolated_set(name, loss.parameters, centre, box)


def rational_stationary(loss: Loss, box: Point) -> dict[sp.Symbol, sp.Rational] | None:
    """Return the point of small fractions in a box at which the gradient vanishes exactly; None for none.

    Examples
    --------
    >>> loss = Loss.parse("(3*x - 1)**2", "x")
    >>> rational_stationary(loss, minimum_beside(loss, [0.3]).unique)
    {x: 1/3}
    """
    ends = [_ends(x) for x in box[: len(loss.parameters)]]
    fractions = [((low + high) / 2).limit_denominator(DENOMINATOR) for low, high in ends]
    at = dict(zip(loss.parameters, fractions, strict=True))
    inside = all(low <= f <= high for (low, high), f in zip(ends, fractions, strict=True))
    return at if inside and all(sp.expand(g.xreplace(at)) == 0 for g in loss.gradient) else None


def minimum_named(loss: Loss, text: str) -> LimitSet:
    """Return the isolated minimum that a text names.

    Parameters
    ----------
    loss : Loss
        Without constants.
    text : str
        Such as ``"x = 1, y = sqrt(2)"``, a number for each parameter. A decimal such as ``-1.04668`` is taken as
        exact where the gradient vanishes there, else as the one stationary point less than a unit of its last digit
        away.

    Raises
    ------
    InputError
        When the text names no such point, or the point is no minimum.

    Examples
    --------
    >>> tilted = Loss.parse("(x**2 - 1)**2/4 + x/10", "x")
    >>> minimum_named(tilted, "x = -1.04668").name
    'x = -1.04668'
    >>> minimum_named(tilted, "x = 0.10")
    Traceback (most recent call last):
    edgestab.errors.InputError: the stationary point near x = 0.10 is no minimum: the Hessian there is not positive
    definite
    """
    written = _written(loss, text)
    numbers = {p: exact(t, str(p)) for p, t in written.items()}
    name = ", ".join(f"{p} = {written[p].strip()}" for p in loss.parameters)
    system = _Stationary(loss)
    with precision(BITS):
        point = [values([numbers[p]], {})[0] for p in loss.parameters]
        zero = prove(system, [x.mid() for x in point])
        if zero is not None and all(u.contains(x) for u, x in zip(zero.unique, point, strict=True)):
            stands = all(sp.expand(g.xreplace(numbers)) == 0 for g in loss.gradient)
        else:
            stands = False
        if not stands:
            zero = _within_a_unit(system, [written[p] for p in loss.parameters], point, name)
            zero = prove(system, zero.point)  # in a box as thin as any
        if zero is None:
            raise InputError(f"that {name} is an isolated stationary point is not proved")
        if not positive_definite(system.over(zero.unique).jacobian):
            near = "at" if stands else "near"
            raise InputError(
                f"the stationary point {near} {name} is no minimum: the Hessian there is not positive definite"
            )
        return replace(named_minimum(loss, _widened(system, zero)), name=name)


def point_in_words(names: Sequence[sp.Symbol], point: Point) -> str:
    """Return the coordinates of an enclosed point to six digits.

    Examples
    --------
    >>> point_in_words([symbol("x")], (flint.arb(1) / 3,))
    'x = 0.333333'
    """
    return ", ".join(f"{s} = {float(x.mid()):.{DIGITS}g}" for s, x in zip(names, point, strict=False))


def coordinates_in(text: str) -> list[tuple[str, str]]:
    """Return the names in the text of a point, each with the text of its value; empty where it has none.

    Examples
    --------
    >>> coordinates_in("x = 1, y = z = -sqrt(2)")
    [('x', '1'), ('y', '-sqrt(2)'), ('z', '-sqrt(2)')]
    """
    parts = [[piece.strip() for piece in part.split("=")] for part in text.split(",")]
    return [(name, values[-1] if values else "") for name, *values in parts for name in (name, *values[:-1])]


def _written(loss: Loss, text: str) -> Mapping[sp.Symbol, str]:
    pairs = coordinates_in(text)
    written = {symbol(name): value for name, value in pairs if value and name.isidentifier()}
    if len(pairs) != len(loss.parameters) or set(written) != set(loss.parameters):
        wanted = ", ".join(f"{p} = ..." for p in loss.parameters)
        raise ParseError(f"{text[:60]!r} names no point: write {wanted}")
    return written


def _within_a_unit(system: _Stationary, texts: Sequence[str], point: Point | list[flint.arb], name: str) -> Zero:
    """The one stationary point less than a unit of the last digits away."""
    decimals = [_DECIMAL.fullmatch(text) for text in texts]
    if not any(decimals):
        raise InputError(
            f"the gradient does not vanish at {name}: write the minimum exactly, or its decimals as 1.0 or 0.33"
        )
    box = [x.mid() + flint.arb(0, _unit(d, x).upper()) for d, x in zip(decimals, point, strict=True)]
    zero = only_zero(system, box)
    if zero is not None and not all(d or z.overlaps(x) for d, z, x in zip(decimals, zero.point, point, strict=True)):
        zero = None
    if zero is None:
        near = newton(system, point)
        found = "" if near is None else f"; the nearest found is {point_in_words(system.loss.parameters, near)}"
        raise InputError(
            f"that one stationary point is within a unit of the last digits of {name} is not proved{found}"
        )
    return zero


def _unit(decimal: re.Match[str] | None, x: flint.arb) -> flint.arb:
    """A unit of the last digit; of a number that is meant exactly, only room for a proof."""
    if decimal is None:
        return (1 + abs(x)) * flint.arb(2) ** -30
    return ball(Fraction(10) ** (int(decimal[4] or 0) - len(decimal[3])))


def _widened(system: _Stationary, zero: Zero) -> Zero:
    """The zero with a wide box in which there is no other, so that an enclosed limit lies in it soon."""
    for bits in range(4, 64, 4):
        wide = only_zero(system, [x.mid() + flint.arb(0, (1 + abs(x)).upper() * 2**-bits) for x in zero.point])
        if wide is not None:
            return Zero(zero.point, wide.unique)
    return zero


def _ends(x: flint.arb) -> tuple[sp.Rational, sp.Rational]:
    """The ends of a ball, whatever the precision of the context."""
    middle, radius = _exact(x.mid()), _exact(x.rad())
    return middle - radius, middle + radius


def _exact(x: flint.arb) -> sp.Rational:
    """The number that a ball without radius is."""
    mantissa, exponent = x.man_exp()
    return sp.Rational(int(mantissa)) * sp.Integer(2) ** int(exponent)
