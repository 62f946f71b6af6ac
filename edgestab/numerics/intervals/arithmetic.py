r"""Interval arithmetic on doubles, rounded outwards, as small compiled functions that vectorise.

An interval is a pair of doubles ``lo <= hi``, ``lo < inf``, ``hi > -inf``: the real numbers between them. An
infinite end is no real number. No end is ever NaN: where nothing is known, the interval is the whole line.

Every operation is computed in round-to-nearest and its ends are then moved outwards,

.. math:: x \mapsto x \mp (\varphi |x| + t),

which for :math:`\varphi = 2^{-53}(1 + 2^{-52})`, :math:`t = 2^{-1074}` is at least one unit in the last place
(Rump, Zimmermann, Boldo and Melquiond, Computing predecessor and successor in rounding to nearest, BIT 49 (2009)).
The term t is for products that underflow. It is left out where the operation is exact: at a sum of zero, and at a
zero operand, so that zeros stay zeros.

The processor must round to nearest and keep subnormal numbers: `edgestab.numerics.intervals.tape.evaluate` looks.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar, cast

import numba
import numpy as np

from edgestab.numerics.intervals.rounding import MOST, PHI, TINY, UNIT

F = TypeVar("F", bound=Callable[..., object])


def _compiled(function: F) -> F:
    # fastmath would drop NaN, and contract products and sums; a loop that calls does not vectorise.
    return cast("F", numba.njit(nogil=True, fastmath=False, error_model="numpy", forceinline=True)(function))


# exp and log in IEEE operations alone, since no libm states a bound; the errors are proved where they are computed.
_INVERSE_LN2 = 1.4426950408889634
_LN2_HIGH = 0.6931471803691238  # 32 bits: its products with exponents are exact
_LN2_LOW = 1.9082149292705877e-10
_ROOT_HALF = 0.7071067811865476
_EXP = tuple(1 / math.factorial(k) for k in range(14))
_LOG = tuple(1 / (2 * k + 1) for k in range(11))
_EXP_ERROR = 4.5 * UNIT  # 3 proved, 1 for the rounding of the end itself, and the second order
_LOG_ERROR = 7.5 * UNIT  # 6.3 proved, and the same


@_compiled
def down(x: float, phi: float = PHI, tiny: float = TINY) -> float:
    """Return a lower end for a value that was computed as x; -inf for NaN, finite for inf."""
    # Written as min and max instructions treat NaN: the first keeps it, the second replaces it.
    x = MOST if x > MOST else x
    x = x - (abs(x) * phi + tiny)
    return x if x > -np.inf else -np.inf


@_compiled
def up(x: float, phi: float = PHI, tiny: float = TINY) -> float:
    """Return an upper end for a value that was computed as x; inf for NaN, finite for -inf."""
    x = -MOST if x < -MOST else x
    x = x + (abs(x) * phi + tiny)
    return x if x < np.inf else np.inf


@_compiled
def _least(a: float, b: float) -> float:
    return a if a < b else b


@_compiled
def _most(a: float, b: float) -> float:
    return a if a > b else b


@_compiled
def _known(x: float) -> float:
    """0 * inf and inf / inf count as 0: the products and quotients near them are bounded by the other ends."""
    return x if x == x else 0.0


@_compiled
def add(alo: float, ahi: float, blo: float, bhi: float) -> tuple[float, float]:
    """Enclose a + b."""
    lo, hi = alo + blo, ahi + bhi
    lo = MOST if lo > MOST else lo
    hi = -MOST if hi < -MOST else hi
    # A sum that is zero is exact, and |x| = 0 is the only double below the inflation.
    lo = lo - _least(abs(lo), abs(lo) * PHI + TINY)
    hi = hi + _least(abs(hi), abs(hi) * PHI + TINY)
    return lo if lo > -np.inf else -np.inf, hi if hi < np.inf else np.inf


@_compiled
def sub(alo: float, ahi: float, blo: float, bhi: float) -> tuple[float, float]:
    """Enclose a - b."""
    return add(alo, ahi, -bhi, -blo)


@_compiled
def neg(alo: float, ahi: float) -> tuple[float, float]:
    """Return -a."""
    return -ahi, -alo


@_compiled
def mul(alo: float, ahi: float, blo: float, bhi: float) -> tuple[float, float]:
    """Enclose a b."""
    p, q, r, s = _known(alo * blo), _known(alo * bhi), _known(ahi * blo), _known(ahi * bhi)
    lo = down(_least(_least(p, q), _least(r, s)))
    hi = up(_most(_most(p, q), _most(r, s)))
    # The sign of a product is known even where it underflows.
    positive_a, negative_a, positive_b, negative_b = alo >= 0, ahi <= 0, blo >= 0, bhi <= 0
    zero = (positive_a & negative_a) | (positive_b & negative_b)
    positive = (positive_a & positive_b) | (negative_a & negative_b) | zero
    negative = (positive_a & negative_b) | (negative_a & positive_b) | zero
    return _most(lo, 0.0) if positive else lo, _least(hi, 0.0) if negative else hi


@_compiled
def scale(alo: float, ahi: float, c: float, phi: float) -> tuple[float, float]:
    """Enclose a C for a constant C of which the double c > 0 is an approximation.

    phi is 0 when c = C is a power of two, `PHI` when c = C, and `INEXACT` when c is normal and the double nearest C.
    """
    return (
        down(alo * c, phi, _least(abs(alo), 2 * TINY)),
        up(ahi * c, phi, _least(abs(ahi), 2 * TINY)),
    )


@_compiled
def div(alo: float, ahi: float, blo: float, bhi: float) -> tuple[float, float]:
    """Enclose a / b; the whole line when b may be zero."""
    unknown = (blo <= 0) & (bhi >= 0)
    flip = bhi < 0
    plo, phi = (-ahi, -alo) if flip else (alo, ahi)
    qlo, qhi = (-bhi, -blo) if flip else (blo, bhi)
    lo = down(plo / (qlo if plo < 0 else qhi), PHI, _least(abs(plo), TINY))
    hi = up(phi / (qhi if phi < 0 else qlo), PHI, _least(abs(phi), TINY))
    lo, hi = (_most(lo, 0.0) if plo >= 0 else lo), (_least(hi, 0.0) if phi <= 0 else hi)
    return -np.inf if unknown else lo, np.inf if unknown else hi


@_compiled
def magnitude(alo: float, ahi: float) -> tuple[float, float]:
    """Return the least and the greatest absolute value in a: the interval of abs(a)."""
    return _most(_most(alo, -ahi), 0.0), _most(-alo, ahi)


@_compiled
def sqr(alo: float, ahi: float) -> tuple[float, float]:
    """Enclose the square of a, tightly also across zero."""
    lo, hi = magnitude(alo, ahi)
    return _most(down(lo * lo), 0.0), up(hi * hi, PHI, _least(hi, TINY))


@_compiled
def odd_error(n: int) -> tuple[float, float]:
    """Return the inflation, relative and absolute, of x**n made by n - 1 products, for n < 1000.

    The products err by (n - 1) u to first order, the inflation itself by u, and one u is left for the second order.
    Products that underflow have factors below 1, so that each adds at most `TINY`.
    """
    return (n + 1) * UNIT, n * TINY


@_compiled
def power(alo: float, ahi: float, n: int) -> tuple[float, float]:
    """Enclose a**n, tightly, for 0 <= n < 1000."""
    if n == 0:
        return 1.0, 1.0
    if n == 1:
        return alo, ahi
    if n % 2 == 0:
        alo, ahi = magnitude(alo, ahi)
    lo, hi = alo, ahi
    for _ in range(n - 1):
        lo, hi = lo * alo, hi * ahi
    phi, tiny = odd_error(n)
    lo, hi = down(lo, phi, _least(abs(alo), tiny)), up(hi, phi, _least(abs(ahi), tiny))
    return _most(lo, 0.0) if n % 2 == 0 else lo, hi


@_compiled
def sqrt(alo: float, ahi: float) -> tuple[float, float]:
    """Enclose the square root of a; the whole line when a may be negative."""
    unknown = alo < 0
    lo, hi = down(math.sqrt(alo), PHI, 0.0), up(math.sqrt(ahi), PHI, 0.0)  # never subnormal; 0 exactly at 0
    return -np.inf if unknown else lo, np.inf if unknown else hi


@_compiled
def minimum(alo: float, ahi: float, blo: float, bhi: float) -> tuple[float, float]:
    """Return the interval of min(a, b)."""
    return _least(alo, blo), _least(ahi, bhi)


@_compiled
def maximum(alo: float, ahi: float, blo: float, bhi: float) -> tuple[float, float]:
    """Return the interval of max(a, b)."""
    return _most(alo, blo), _most(ahi, bhi)


@_compiled
def _two_to(k: int) -> float:
    """2**k for -1022 <= k <= 1023, by its bits: a table would not vectorise everywhere."""
    value: float = np.int64((k + 1023) << 52).view(np.float64)
    return value


@_compiled
def _exp(x: float) -> float:
    """Approximate e**x for -746 <= x <= 710 with an error below 3 u e**x + t/2, u = 2**-53.

    x = k ln 2 + r, |r| < 0.347. The error of r, below 0.71 u, is relative to the result. Horner's scheme errs by
    2.1 u relative to its value >= 0.7 (bounds of its partial sums q_i: 1.415, 1.196, 0.564, 0.19, ...; each adds
    u (|r q| + |q|) and passes |r| of what it was given), Taylor's remainder by 0.1 u. The scaling by powers of two
    in two steps rounds only a subnormal result.
    """
    k = math.floor(x * _INVERSE_LN2 + 0.5)
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    p = _EXP[13]
    for i in range(12, -1, -1):
        p = p * r + _EXP[i]
    half = k >> 1
    return p * _two_to(half) * _two_to(k - half)


@_compiled
def exp(alo: float, ahi: float) -> tuple[float, float]:
    """Enclose e**a."""
    # Beyond -746 and 710 the value is below the least double or above the largest.
    low, high = _most(_least(alo, 710.0), -746.0), _most(_least(ahi, 710.0), -746.0)
    return _most(down(_exp(low), _EXP_ERROR, TINY), 0.0), up(_exp(high), _EXP_ERROR, TINY)


@_compiled
def _log(x: float) -> float:
    """Approximate the natural logarithm for 0 < x < inf with a relative error below 6.3 u, u = 2**-53.

    x = 2**k m, m between the roots of 1/2 and 2. f = m - 1 is exact, s = f / (2 + f) errs by 2 u, and
    log m = 2 s (1 + s**2 / 3 + ...) by 4.2 u with its sum, its product and a remainder below 2**-60. For k != 0
    the result is above 0.346 >= |log m|: the sum with k ln 2, in two parts, adds 2.1 u.
    """
    small = x < 2.0**-1022
    bits = np.float64(x * 2.0**54 if small else x).view(np.int64)
    k = (bits >> 52) - (1023 + 54 if small else 1023)
    m = np.int64((bits & 0xFFFFFFFFFFFFF) | 0x3FE0000000000000).view(np.float64)  # in [1/2, 1)
    low = m < _ROOT_HALF
    m = 2 * m if low else m
    scale = float(k if low else k + 1)
    f = m - 1
    s = f / (2 + f)
    z = s * s
    p = _LOG[10]
    for i in range(9, -1, -1):
        p = p * z + _LOG[i]
    return scale * _LN2_HIGH + (scale * _LN2_LOW + 2 * s * p)


@_compiled
def log(alo: float, ahi: float) -> tuple[float, float]:
    """Enclose the natural logarithm of a; the whole line when a may be zero or negative."""
    unknown = alo <= 0
    lo, hi = down(_log(alo), _LOG_ERROR, 0.0), up(_log(ahi), _LOG_ERROR, 0.0)  # never subnormal; 0 exactly at 1
    return -np.inf if unknown else lo, np.inf if unknown | (ahi > MOST) else hi


@_compiled
def real_power(alo: float, ahi: float, blo: float, bhi: float) -> tuple[float, float]:
    """Enclose a**b = exp(b log a); the whole line when a may be zero or negative."""
    unknown = alo <= 0
    llo, lhi = log(alo, ahi)
    lo, hi = mul(llo, lhi, blo, bhi)
    lo, hi = exp(lo, hi)
    return -np.inf if unknown else lo, np.inf if unknown else hi


@_compiled
def inside(alo: float, ahi: float, blo: float, bhi: float) -> tuple[float, float]:
    """Enclose a where it is certain to lie in [blo, bhi]: elsewhere nothing is known."""
    known = (blo <= alo) & (ahi <= bhi)
    return alo if known else -np.inf, ahi if known else np.inf


@_compiled
def bounded(alo: float, ahi: float, blo: float, bhi: float) -> tuple[float, float]:
    """Enclose a function of a, known to lie in [blo, bhi] where a is finite."""
    known = (alo > -np.inf) & (ahi < np.inf)
    return blo if known else -np.inf, bhi if known else np.inf
