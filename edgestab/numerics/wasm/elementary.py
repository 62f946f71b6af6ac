r"""The elementary functions on two doubles at once: range reduction, one polynomial, and the parts put together.

Every polynomial is a Taylor series cut where its next term is below :math:`2^{-56}` of the sum on the reduced range,
so what is left is rounding. The largest errors that were seen, against 60 digits, are in `ERRORS`, in units of the last
place; the tests measure them again. Sine, cosine and tangent of arguments beyond `REDUCED` and powers are those of the
host, one lane at a time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from edgestab.numerics.wasm.encoding import V128, Code

ERRORS: Mapping[str, float] = {
    "exp": 1.5,
    "log": 1.5,
    "sin": 2.0,
    "cos": 2.0,
    "tan": 3.0,
    "sinh": 3.0,
    "cosh": 3.0,
    "tanh": 3.0,
}
"""The largest error of each function, in units in the last place of its value; for sine, cosine and tangent of the
larger of the value and 1e-6 of 1, since their reduction is exact to 2^-100 only."""

REDUCED = 1e5
"""Up to here sine and cosine reduce their arguments themselves."""

HOST = ("sin/1", "cos/1", "tan/1", "pow/2")
"""What a module asks of its host."""

_LN2_HI, _LN2_LO = float.fromhex("0x1.62e42fee00000p-1"), float.fromhex("0x1.a39ef35793c76p-33")
_HALF_PI = tuple(float.fromhex(h) for h in ("0x1.921fb54400000p+0", "0x1.0b4611a600000p-34", "0x1.3198a2e037073p-69"))
_SHIFTER = 6755399441055744.0  # 1.5 * 2^52: the integer nearest to a number stands in the last bits of their sum
_SIGN = 1 << 63


def functions(host: Mapping[str, int], first: int) -> dict[str, Code]:
    """Return the functions, each from v128 to v128, in an order in which none calls a later one.

    Parameters
    ----------
    host : mapping
        The numbers of the functions of `HOST` by name.
    first : int
        The number that the first of them gets.
    """
    made: dict[str, Code] = {}

    def number(name: str) -> int:
        return first + list(made).index(name)

    made["exp"] = _exp()
    made["log"] = _log()
    for name in ("sin", "cos"):
        made[name] = _circular(name, host[name])
    made["tan"] = _tan(host["tan"], number("sin"), number("cos"))
    for name, function in (("sinh", _sinh), ("cosh", _cosh), ("tanh", _tanh)):
        made[name] = function(number("exp"))
    made["pow"] = _pow(host["pow"])
    return made


def _new(takes: int = 1) -> Code:
    return Code((V128,) * takes, (V128,))


def _horner(c: Code, z: int, coefficients: Sequence[Fraction]) -> int:
    """The polynomial in z, the constant term first."""
    total = c.constant(float(coefficients[-1]))
    for a in reversed(coefficients[:-1]):
        total = c.of("f64x2.add", c.of("f64x2.mul", total, z), c.constant(float(a)))
    return total


def _select(c: Code, yes: int, no: int, mask: int) -> int:
    return c.of("v128.bitselect", yes, no, mask)


def _factorials(powers: Sequence[int], alternating: bool = False) -> list[Fraction]:
    return [Fraction((-1) ** k if alternating else 1, math.factorial(n)) for k, n in enumerate(powers)]


def _power_of_two(c: Code, k: int) -> int:
    """2^k of integers k in [-1022, 1023], as doubles."""
    integers = c.of("f64x2.add", k, c.constant(_SHIFTER))
    return c.of("i64x2.add", c.shift("i64x2.shl", integers, 52), c.bits(1023 << 52))


def _exp() -> Code:
    c = _new()
    x = c.of("f64x2.max", c.of("f64x2.min", 0, c.constant(710.0)), c.constant(-746.0))
    k = c.of("f64x2.nearest", c.of("f64x2.mul", x, c.constant(1 / math.log(2))))
    r = c.of("f64x2.sub", x, c.of("f64x2.mul", k, c.constant(_LN2_HI)))
    r = c.of("f64x2.sub", r, c.of("f64x2.mul", k, c.constant(_LN2_LO)))
    tail = c.of("f64x2.mul", c.of("f64x2.mul", r, r), _horner(c, r, _factorials(range(2, 15))))
    value = c.of("f64x2.add", c.of("f64x2.add", tail, r), c.constant(1.0))
    half = c.of("f64x2.nearest", c.of("f64x2.mul", k, c.constant(0.5)))
    value = c.of("f64x2.mul", value, _power_of_two(c, half))
    c.get(c.of("f64x2.mul", value, _power_of_two(c, c.of("f64x2.sub", k, half))))
    return c


def _log() -> Code:
    c = _new()
    small = c.of("f64x2.lt", 0, c.constant(2.0**-1022))
    x = _select(c, c.of("f64x2.mul", 0, c.constant(2.0**54)), 0, small)
    exponent = c.of("v128.or", c.shift("i64x2.shr_u", x, 52), c.bits(0x4330000000000000))
    e = c.of("f64x2.sub", exponent, c.constant(2.0**52 + 1023))
    e = c.of("f64x2.sub", e, c.of("v128.and", c.constant(54.0), small))
    m = c.of("v128.or", c.of("v128.and", x, c.bits((1 << 52) - 1)), c.bits(1023 << 52))
    large = c.of("f64x2.gt", m, c.constant(math.sqrt(2)))
    m = _select(c, c.of("f64x2.mul", m, c.constant(0.5)), m, large)
    e = c.of("f64x2.add", e, c.of("v128.and", c.constant(1.0), large))
    f = c.of("f64x2.sub", m, c.constant(1.0))
    s = c.of("f64x2.div", f, c.of("f64x2.add", f, c.constant(2.0)))
    z = c.of("f64x2.mul", s, s)
    rest = c.of("f64x2.mul", z, _horner(c, z, [Fraction(2, 2 * n + 3) for n in range(11)]))
    square = c.of("f64x2.mul", c.of("f64x2.mul", c.constant(0.5), f), f)
    inner = c.of("f64x2.mul", s, c.of("f64x2.add", square, rest))
    inner = c.of("f64x2.add", inner, c.of("f64x2.mul", e, c.constant(_LN2_LO)))
    inner = c.of("f64x2.sub", c.of("f64x2.sub", square, inner), f)
    value = c.of("f64x2.sub", c.of("f64x2.mul", e, c.constant(_LN2_HI)), inner)
    value = _select(c, 0, value, c.of("f64x2.eq", 0, c.constant(math.inf)))
    value = _select(c, c.constant(-math.inf), value, c.of("f64x2.eq", 0, c.constant(0.0)))
    defined = c.of("f64x2.ge", 0, c.constant(0.0))
    c.get(_select(c, value, c.constant(math.nan), defined))
    return c


def _reduced(c: Code) -> tuple[int, int, int]:
    """The integer multiple of pi/2 in the last bits of a vector, and sine and cosine of what is left."""
    k = c.of("f64x2.nearest", c.of("f64x2.mul", 0, c.constant(2 / math.pi)))
    r = 0
    for part in _HALF_PI:
        r = c.of("f64x2.sub", r, c.of("f64x2.mul", k, c.constant(part)))
    z = c.of("f64x2.mul", r, r)
    odd = _horner(c, z, _factorials(range(3, 20, 2), alternating=True))
    sine = c.of("f64x2.sub", r, c.of("f64x2.mul", c.of("f64x2.mul", r, z), odd))
    even = _horner(c, z, _factorials(range(4, 20, 2), alternating=True))
    half = c.of("f64x2.mul", z, c.constant(0.5))
    above = c.of("f64x2.sub", c.constant(1.0), half)
    lost = c.of("f64x2.sub", c.of("f64x2.sub", c.constant(1.0), above), half)
    tail = c.of("f64x2.add", lost, c.of("f64x2.mul", c.of("f64x2.mul", z, z), even))
    cosine = c.of("f64x2.add", above, tail)
    return c.of("f64x2.add", k, c.constant(_SHIFTER)), sine, cosine


def _circular(name: str, host: int) -> Code:
    c = _new()
    integers, sine, cosine = _reduced(c)
    if name == "cos":
        integers = c.of("i64x2.add", integers, c.bits(1))
    odd = c.shift("i64x2.shr_s", c.shift("i64x2.shl", integers, 63), 63)
    sign = c.of("v128.and", c.shift("i64x2.shl", integers, 62), c.bits(_SIGN))
    value = c.of("v128.xor", _select(c, cosine, sine, odd), sign)
    if name == "sin":  # of -0 too
        value = _select(c, 0, value, c.of("f64x2.eq", 0, c.constant(0.0)))
    return _far(c, value, host)


def _tan(host: int, sin: int, cos: int) -> Code:
    c = _new()
    c.get(0)
    c.call(sin)
    sine = c.kept()
    c.get(0)
    c.call(cos)
    return _far(c, c.of("f64x2.div", sine, c.kept()), host)


def _far(c: Code, value: int, host: int) -> Code:
    """Beyond the range of the reduction the host is asked."""
    far = c.of("f64x2.gt", c.of("f64x2.abs", 0), c.constant(REDUCED))
    c.block()
    c.get(far)
    c.op("v128.any_true")
    c.op("i32.eqz")
    c.branch_if(0)
    _by_lane(c, host, [0])
    theirs = c.kept()
    c.get(theirs, value, far)
    c.op("v128.bitselect")
    c.set(value)
    c.end()
    c.get(value)
    return c


def _by_lane(c: Code, host: int, operands: Sequence[int]) -> None:
    c.get(operands[0])
    for lane in (0, 1):
        for operand in operands:
            c.lane(operand, lane)
        c.call(host)
        c.replace_lane(lane)


def _pow(host: int) -> Code:
    c = _new(2)
    _by_lane(c, host, [0, 1])
    return c


def _scaled(c: Code, exp: int, by: float) -> int:
    """Exp of a multiple of the magnitude of the argument."""
    c.get(c.of("f64x2.mul", c.of("f64x2.abs", 0), c.constant(by)))
    c.call(exp)
    return c.kept()


def _signed(c: Code, magnitude: int) -> int:
    return c.of("v128.or", magnitude, c.of("v128.and", 0, c.bits(_SIGN)))


def _odd(c: Code) -> int:
    """The series of sinh, for arguments up to 1."""
    z = c.of("f64x2.mul", 0, 0)
    series = _horner(c, z, _factorials(range(3, 24, 2)))
    return c.of("f64x2.add", 0, c.of("f64x2.mul", c.of("f64x2.mul", 0, z), series))


def _even(c: Code) -> int:
    """The series of cosh, for arguments up to 1."""
    return _horner(c, c.of("f64x2.mul", 0, 0), _factorials(range(0, 23, 2)))


def _halves(c: Code, exp: int, combined: Callable[[Code, int, int], int]) -> int:
    """(e -+ 1/e)/2, with e taken as a square so that it is finite wherever the value is."""
    root = _scaled(c, exp, 0.5)
    half = c.of("f64x2.mul", root, c.constant(0.5))
    other = c.of("f64x2.div", c.of("f64x2.div", c.constant(0.5), root), root)
    return combined(c, c.of("f64x2.mul", half, root), other)


def _sinh(exp: int) -> Code:
    c = _new()
    far = _signed(c, _halves(c, exp, lambda c, a, b: c.of("f64x2.sub", a, b)))
    near = c.of("f64x2.lt", c.of("f64x2.abs", 0), c.constant(1.0))
    c.get(_select(c, _odd(c), far, near))
    return c


def _cosh(exp: int) -> Code:
    c = _new()
    c.get(_halves(c, exp, lambda c, a, b: c.of("f64x2.add", a, b)))
    return c


def _tanh(exp: int) -> Code:
    c = _new()
    above = c.of("f64x2.add", _scaled(c, exp, 2.0), c.constant(1.0))
    far = c.of("f64x2.sub", c.constant(1.0), c.of("f64x2.div", c.constant(2.0), above))
    near = c.of("f64x2.lt", c.of("f64x2.abs", 0), c.constant(1.0))
    c.get(_select(c, c.of("f64x2.div", _odd(c), _even(c)), _signed(c, far), near))
    return c
