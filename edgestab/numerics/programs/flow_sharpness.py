r"""The sharpness at the end of gradient flow as instructions: Newton's method from below, written out.

With :math:`u = m + \min A` and :math:`r_i = A_i - \min A` the root is that of
:math:`g(u) = \sum_i k_i \log(u + r_i) - \log T`, which rises and is concave. Where g <= 0 Newton's method stays there
and rises to the root. With its last step d from u the root lies in [u, u + 2d] if :math:`g'(u + 2d) \ge g'(u)/2`, since
:math:`g(u + 2d) \ge g(u) + 2d\,g'(u + 2d)`; that is so where 2d <= u. So it is within d of u + d; in ball arithmetic d
is added to the ball, or nothing is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from edgestab.numerics.programs.eigenvalues import Emitter, Operand

STEPS = 12
"""A step multiplies u by 1 + log(root/u) at least, while u is small; then the digits double: it begins within a few
factors of 2 of the root."""

_ZERO, _ONE = Fraction(0), Fraction(1)


def emit_flow_sharpness(
    b: Emitter, target: Fraction, weights: Sequence[Operand], powers: Sequence[int], at: Sequence[Operand]
) -> Operand:
    """Return the value of the sum of weights/(A + m) at the root.

    Parameters
    ----------
    b : Emitter
        The program under construction.
    target : Fraction
        T.
    weights, powers, at : sequences
        c, k and A of each factor.
    """
    least = _extreme(b, "min", at)
    ranges = [b.emit("sub", a, least) for a in at]
    # One of the r is 0: so where B^N >= T the root is at most B, and T B/prod (B + r)^k at most the root.
    bound = _above_root(target, sum(powers))
    product: Operand = 1 / (target * bound)
    for k, r in zip(powers, ranges, strict=True):
        product = b.emit("mul", product, _power(b, b.emit("add", bound, r), k))
    u = b.emit("div", _ONE, product)
    step: Operand = _ZERO
    for _ in range(STEPS):
        product = 1 / target
        slope: Operand = _ZERO
        for k, r in zip(powers, ranges, strict=True):
            t = b.emit("add", u, r)
            product = b.emit("mul", product, _power(b, t, k))
            slope = b.emit("add", slope, b.emit("div", Fraction(k), t))
        step = b.emit("div", b.emit("neg", b.emit("log", product)), slope)
        last, u = u, b.emit("add", u, step)
    # The root is within twice the last step of where that began.
    size = b.emit("abs", step)
    known = b.emit("mul", _ZERO, b.emit("sqrt", b.emit("sub", last, b.emit("add", size, size))))
    u = b.emit("near", u, b.emit("add", size, known))
    total: Operand = _ZERO
    for c, r in zip(weights, ranges, strict=True):
        total = b.emit("add", total, b.emit("div", c, b.emit("add", u, r)))
    return total


def emit_comes_there(b: Emitter, side: Operand, at: Sequence[Operand], through: bool) -> Operand:
    """Return 0 where flow comes to the minimum, undefined elsewhere.

    That is on its side of 0; and from the other side, where flow comes through, if one A is smaller than all others.

    Parameters
    ----------
    b : Emitter
        The program under construction.
    side : Operand
        Positive on the side of the minimum.
    at : sequence of Operand
        A of each factor.
    through : bool
        Whether flow comes through 0.
    """
    room = side
    if through:
        least = [_extreme(b, "min", [a for j, a in enumerate(at) if j != i]) for i in range(len(at))]
        second = _extreme(b, "max", least)
        room = b.emit("max", side, b.emit("sub", second, _extreme(b, "min", at)))
    return b.emit("div", _ZERO, b.emit("sqrt", room))


def _extreme(b: Emitter, op: str, values: Sequence[Operand]) -> Operand:
    found = values[0]
    for value in values[1:]:
        found = b.emit(op, found, value)
    return found


def _above_root(target: Fraction, n: int) -> Fraction:
    """A power of 2, the least, whose n-th power is at least T."""
    found = _ONE
    while found**n < target:
        found *= 2
    while (found / 2) ** n >= target:
        found /= 2
    return found


def _power(b: Emitter, base: Operand, n: int) -> Operand:
    found: Operand = base
    for _ in range(n - 1):
        found = b.emit("mul", found, base)
    return found
