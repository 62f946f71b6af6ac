"""Every interval operation encloses, keeps its ends in order and free of NaN, and is about as tight as it can be.

Two oracles, both rigorous, judge whether lo <= T <= hi for the exact result T at points of the operands:

- Arb at 300 bits: a comparison of balls holds only when it is certain.
- IEEE arithmetic, whole arrays at once, for + - * / and the square root: RN(T) is the double the processor
  rounds T to, and rounding is monotone, so lo < RN(T) implies lo <= T; where lo = RN(T), T is compared in exact
  rationals. The extreme values of these operations lie at the ends, which are all taken.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from fractions import Fraction

import flint
import numpy as np
import pytest

from edgestab.numerics.intervals import arithmetic
from edgestab.numerics.intervals.tape import evaluate, tape_of
from edgestab.numerics.programs.program import Instruction, Operand, Program
from edgestab.numerics.rigorous.balls import precision
from tests.numerics.intervals.operands_under_test import LEAST, MOST, NORMAL, Array, intervals, points_of

arb = flint.arb


def one(op: str, *args: Operand) -> Program:
    """A program of one instruction; without arguments, on its inputs."""
    arity = len({a for a in args if not isinstance(a, Fraction)})
    return Program(("a", "b")[:arity], (Instruction(op, args),), (arity,))


def powers(n: int) -> Program:
    """x**n as the builder writes odd powers: by repeated squaring."""
    instructions, value, made = [], 0, 1
    for bit in bin(n)[3:]:
        instructions.append(Instruction("mul", (value, value)))
        value = made
        made += 1
        if bit == "1":
            instructions.append(Instruction("mul", (value, 0)))
            value = made
            made += 1
    return Program(("a",), tuple(instructions), (value,))


def exp(x: flint.arb) -> flint.arb:
    """Of anything beyond +-800 the exponential is under every double or over it, and so are those of +-800."""
    return arb(800).exp() if x > 800 else arb(-800).exp() if x < -800 else x.exp()


FACTORS = (
    Fraction(3),
    Fraction(1, 3),
    Fraction(-2, 7),
    Fraction(1, 8),
    Fraction(2**40),
    Fraction(-1),
    Fraction(10) ** 300,
    Fraction(1, 10**310),
    Fraction(1, 10**330),
    Fraction(10) ** 310,
)

EXACT: dict[str, tuple[Program, Callable[..., flint.arb]]] = {
    "neg": (one("neg", 0), lambda x: -x),
    "abs": (one("abs", 0), abs),
    "sqr": (one("mul", 0, 0), lambda x: x * x),
    "sqrt": (one("sqrt", 0), lambda x: x.sqrt()),
    "exp": (one("exp", 0), exp),
    "log": (one("log", 0), lambda x: x.log()),
    "add": (one("add", 0, 1), lambda x, y: x + y),
    "sub": (one("sub", 0, 1), lambda x, y: x - y),
    "mul": (one("mul", 0, 1), lambda x, y: x * y),
    "div": (one("div", 0, 1), lambda x, y: x / y),
    "min": (one("min", 0, 1), lambda x, y: x.min(y)),
    "max": (one("max", 0, 1), lambda x, y: x.max(y)),
    "pow": (one("pow", 0, 1), lambda x, y: exp(y * x.log())),
    **{f"pow {n}": (powers(n), lambda x, n=n: math.prod([x] * n, start=arb(1))) for n in (3, 4, 5, 6, 7, 12, 31)},
    **{f"times {c}": (one("mul", 0, c), lambda x, c=c: x * arb(flint.fmpq(c.numerator, c.denominator))) for c in FACTORS},
    "over 7": (one("div", 0, Fraction(7)), lambda x: x / 7),
    "over 0": (one("div", 0, Fraction(0)), lambda x: x / 0),
    "1 over": (one("div", Fraction(1), 0), lambda x: 1 / x),
    "plus 1/10": (one("add", 0, Fraction(1, 10)), lambda x: x + arb(flint.fmpq(1, 10))),
}  # fmt: skip


def boxes(program: Program, count: int, seed: int) -> tuple[Array, Array]:
    generator = np.random.default_rng(seed)
    ends = [intervals(count, generator) for _ in program.inputs]
    return np.array([low for low, _ in ends]), np.array([high for _, high in ends])


def assert_ordered(lower: Array, upper: Array) -> None:
    assert (lower <= upper).all()  # false where an end is NaN
    assert (lower < np.inf).all()
    assert (upper > -np.inf).all()


def assert_encloses_arb(name: str, lower: Array, upper: Array, points: Array, found: tuple[Array, Array]) -> int:
    """Return at how many points the operation is defined."""
    exact, defined = EXACT[name][1], 0
    low, high = found[0][0].tolist(), found[1][0].tolist()
    with precision(300):
        for k, point in enumerate(points.T.tolist()):
            value = exact(*map(arb, point))
            if not value.is_finite():
                continue
            defined += 1
            assert arb(low[k]) <= value <= arb(high[k]), (name, lower[:, k], upper[:, k], point, low[k], high[k])
    return defined


@pytest.mark.parametrize("name", EXACT)
def test_enclosures_hold_by_arb(name):
    program = EXACT[name][0]
    lower, upper = boxes(program, 20_000, seed=1)
    found = evaluate(program, lower, upper)
    assert_ordered(*found)
    generator = np.random.default_rng(2)
    points = np.array([points_of(a, b, generator) for a, b in zip(lower, upper, strict=True)])
    defined = assert_encloses_arb(name, lower, upper, points, found)
    assert defined > 5000 or name == "over 0"


@pytest.mark.parametrize("name", EXACT)
def test_any_operands_give_ordered_ends_without_nan(name):
    """Infinite intervals such as [inf, inf] hold no real number; NaN stands for the whole line."""
    program = EXACT[name][0]
    ends = [np.nan, -np.inf, -MOST, -1.0, -LEAST, -0.0, 0.0, LEAST, NORMAL, 1.0, MOST, np.inf]
    pairs = [(a, b) for a, b in itertools.product(ends, ends) if not a > b]
    chosen = list(itertools.product(pairs, repeat=len(program.inputs)))
    lower, upper = np.array([[p[0] for p in c] for c in chosen]).T, np.array([[p[1] for p in c] for c in chosen]).T
    found = evaluate(program, lower, upper)
    assert_ordered(*found)
    unknown = np.isnan(lower) | np.isnan(upper)
    line = evaluate(program, np.where(unknown, -np.inf, lower), np.where(unknown, np.inf, upper))
    assert np.array_equal(found, line)


WHOLE = [
    ("div", (1, 2), (0, 1)), ("div", (1, 2), (-1, 0)), ("div", (1, 2), (-1, 1)), ("div", (0, 0), (0, 0)),
    ("div", (1, 2), (-0.0, -0.0)), ("div", (-math.inf, math.inf), (-math.inf, math.inf)), ("div", (1, 1), (-LEAST, LEAST)),
    ("sqrt", (-LEAST, 1)), ("sqrt", (-2, -1)), ("sqrt", (-math.inf, math.inf)),
    ("log", (0, 1)), ("log", (-0.0, 0.0)), ("log", (-1, 1)), ("log", (-2, -1)), ("log", (-math.inf, math.inf)),
    ("pow", (0, 1), (2, 2)), ("pow", (-1, 1), (0.5, 0.5)), ("pow", (-2, -1), (-1, 1)), ("1 over", (-1, 1)), ("over 0", (1, 1)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "operands"), [(name, operands) for name, *operands in WHOLE])
def test_nothing_is_known_outside_the_domain(name, operands):
    low, high = evaluate(EXACT[name][0], [[a] for a, _ in operands], [[b] for _, b in operands])
    assert (low[0, 0], high[0, 0]) == (-math.inf, math.inf)


TIGHT = [
    ("add", (0, 0), (0, 0), (0, 0)),
    ("add", (1, 1), (-1, -1), (0, 0)),
    ("sub", (LEAST, LEAST), (LEAST, LEAST), (0, 0)),
    ("mul", (0, 0), (-math.inf, math.inf), (0, 0)),
    ("mul", (-1, 1), (-0.0, 0.0), (0, 0)),
    ("mul", (0, 0.5), (0, LEAST), (0, LEAST)),
    ("mul", (-0.5, 0), (LEAST, LEAST), (-LEAST, 0)),
    ("mul", (0, 0), (1, math.inf), (0, 0)),
    ("mul", (0, 1), (1, math.inf), (0, math.inf)),
    ("mul", (-math.inf, 0), (0, math.inf), (-math.inf, 0)),
    ("div", (0, 0), (1, math.inf), (0, 0)),
    ("div", (0, 1), (MOST, math.inf), (0, 1 / MOST)),
    ("div", (1, math.inf), (1, math.inf), (0, math.inf)),
    ("sqr", (-1e-200, 1e-300), (0, LEAST)),
    ("sqr", (0, 0), (0, 0)),
    ("sqr", (-math.inf, -1e200), (MOST, math.inf)),
    ("sqr", (-3, 2), (0, 9)),
    ("sqrt", (0, 4), (0, 2)),
    ("sqrt", (-0.0, 0.0), (0, 0)),
    ("pow 3", (-1, 2), (-1, 8)),
    ("pow 7", (-2, 1), (-128, 1)),
    ("pow 6", (-1, 2), (0, 64)),
    ("pow 12", (-2, 1), (0, 4096)),
    ("exp", (-math.inf, 0), (0, 1)),
    ("exp", (-1000, -900), (0, LEAST)),
    ("exp", (710, math.inf), (MOST, math.inf)),
    ("log", (1, 1), (0, 0)),
    ("log", (1, math.inf), (0, math.inf)),
    ("abs", (-3, 2), (0, 3)),
    ("abs", (-3, -2), (2, 3)),
    ("min", (-1, 4), (2, 3), (-1, 3)),
    ("max", (-1, 4), (2, 3), (2, 4)),
    ("times 1/8", (-3, 5), (-0.375, 0.625)),
    ("times -1", (-3, 5), (-5, 3)),
    ("times 1/3", (0, 3), (0, 1)),
    ("times -2/7", (0, 7), (-2, 0)),
    ("over 7", (-7, 0), (-1, 0)),
]


@pytest.mark.parametrize(("name", "operands", "wanted"), [(name, o, w) for name, *o, w in TIGHT])
def test_ranges_are_found_to_a_few_units(name, operands, wanted):
    low, high = evaluate(EXACT[name][0], [[a] for a, _ in operands], [[b] for _, b in operands])
    for have, want, towards in ((low[0, 0], wanted[0], -math.inf), (high[0, 0], wanted[1], math.inf)):
        furthest = float(want)
        for _ in range(0 if want == 0 else 40):
            furthest = math.nextafter(furthest, towards)
        inner, outer = (have, furthest) if towards > 0 else (furthest, have)
        assert inner <= outer, (low, high)
        assert have >= want if towards > 0 else have <= want


@pytest.mark.parametrize("name", ["add", "sub", "mul", "div", "sqr", "sqrt"])
def test_ends_are_at_most_two_doubles_from_the_rounded_result(name):
    """Of operands that are points: one by the inflation, two at a magnitude near 2**-1021 (Rump et al., theorem 2.2)."""
    program = EXACT[name][0]
    lower, _ = boxes(program, 100_000, seed=3)
    with np.errstate(all="ignore"):
        value = ROUNDED[name](*lower)
    known = np.isfinite([*lower, value]).all(axis=0)
    lower, value = lower[:, known], value[known]
    low, high = evaluate(program, lower, lower)
    for end, direction in ((low[0], -np.inf), (high[0], np.inf)):
        with np.errstate(all="ignore"):
            once = np.nextafter(value, direction)
            twice = np.nextafter(once, direction)
        near_border = (np.abs(value) > 2.0**-1023) & (np.abs(value) < 2.0**-1019)
        assert ((end == value) | (end == once) | (near_border & (end == twice))).all()


ROUNDED: dict[str, Callable[..., Array]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "sqr": np.square,
    "sqrt": np.sqrt,
}

FRACTIONS: dict[str, Callable[..., Fraction]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "sqr": lambda x: x * x,
}


def at_most(ends: Array, name: str, corner: tuple[Array, ...], sign: int) -> Array:
    """Whether sign * end <= sign * T for the exact results T at finite corners, by the processor's own rounding."""
    value = ROUNDED[name](*corner)
    good = sign * ends < sign * value
    unknown = np.isnan(value) | ~np.all([np.isfinite(c) for c in corner], axis=0)  # no real numbers
    equal = (ends == value) & ~good & ~unknown
    good |= equal & np.isinf(ends) & (sign * ends < 0)
    zero = equal & (value == 0)
    if name in ("add", "sub"):
        good |= zero  # a sum that is rounded to zero is zero
    elif name != "sqrt":
        good |= zero & np.any([c == 0 for c in (corner[:1] if name == "div" else corner)], axis=0)
    for k in np.flatnonzero(equal & ~good):
        if name == "sqrt":
            exact, square = Fraction(corner[0][k]), Fraction(ends[k]) ** 2
            good[k] = sign * square <= sign * exact
        else:
            exact = FRACTIONS[name](*(Fraction(c[k]) for c in corner))
            good[k] = sign * Fraction(ends[k]) <= sign * exact
    return good | unknown


def assert_encloses_ieee(name: str, lower: Array, upper: Array, found: tuple[Array, Array]) -> None:
    low, high = found[0][0], found[1][0]
    whole = (low == -np.inf) & (high == np.inf)
    if name == "div":
        outside = (lower[1] <= 0) & (upper[1] >= 0)
        assert whole[outside].all()
    else:
        outside = lower[0] < 0 if name == "sqrt" else np.zeros(low.size, bool)
        assert whole[outside].all()
    if name == "sqr":
        crossing = (lower[0] <= 0) & (upper[0] >= 0)
        assert (low[crossing] == 0).all()
    # At an infinite end the operation is taken at the largest double, and the limit is looked at in the ends found.
    ends = [(np.maximum(a, -MOST), np.minimum(b, MOST)) for a, b in zip(lower, upper, strict=True)]
    with np.errstate(all="ignore"):
        for corner in itertools.product(*ends):
            assert (at_most(low, name, corner, 1) | outside).all()
            assert (at_most(high, name, corner, -1) | outside).all()
    unbounded = np.isinf(lower[0])
    if name in ("add", "sqrt"):
        assert (low[unbounded] == -np.inf).all()


IEEE = ("add", "sub", "mul", "div", "sqr", "sqrt")


@pytest.mark.parametrize("name", IEEE)
def test_enclosures_hold_at_all_ends(name):
    program = EXACT[name][0]
    lower, upper = boxes(program, 200_000, seed=4)
    assert_encloses_ieee(name, lower, upper, evaluate(program, lower, upper))


@pytest.mark.deep
@pytest.mark.parametrize("name", IEEE)
def test_enclosures_hold_at_all_ends_ten_million_times(name):
    program = EXACT[name][0]
    for seed in range(20):
        lower, upper = boxes(program, 500_000, seed=[5, seed])
        found = evaluate(program, lower, upper)
        assert_ordered(*found)
        assert_encloses_ieee(name, lower, upper, found)


@pytest.mark.deep
@pytest.mark.parametrize("name", ["neg", "abs", "min", "max"])
def test_exact_operations_are_exact_ten_million_times(name):
    program = EXACT[name][0]
    for seed in range(20):
        lower, upper = boxes(program, 500_000, seed=[6, seed])
        low, high = evaluate(program, lower, upper)
        if name == "abs":
            crossing = (lower[0] <= 0) & (upper[0] >= 0)
            wanted = (
                np.where(crossing, 0, np.minimum(abs(lower[0]), abs(upper[0]))),
                np.maximum(abs(lower[0]), abs(upper[0])),
            )
        elif name == "neg":
            wanted = -upper[0], -lower[0]
        else:
            how = np.minimum if name == "min" else np.maximum
            wanted = how(*lower), how(*upper)
        assert np.array_equal(low[0], wanted[0])
        assert np.array_equal(high[0], wanted[1])


MODERATE = {"exp": (-750, 712), "log": (0, 4), "pow": (0, 30)}
"""Where the elementary functions are neither 0 nor infinite, nor undefined."""

BY_ARB = [
    pytest.param(name, 50 if name in ("exp", "log", "pow", "pow 3", "pow 7", "times 3", "times 1/3") else 5, id=name)
    for name in EXACT
    if name not in (*IEEE, "neg", "abs", "min", "max")
]


@pytest.mark.deep
@pytest.mark.parametrize(("name", "rounds"), BY_ARB)
def test_enclosures_hold_by_arb_up_to_ten_million_times(name, rounds):
    """Every operation of the interpreter ten million times, and a million times its other exponents and factors."""
    program = EXACT[name][0]
    for seed in range(rounds):
        lower, upper = boxes(program, 200_000, seed=[9, seed])
        generator = np.random.default_rng([10, seed])
        if seed % 2 and name in MODERATE:
            lower = upper = generator.uniform(*MODERATE[name], lower.shape)
        found = evaluate(program, lower, upper)
        assert_ordered(*found)
        points = np.array([points_of(a, b, generator) for a, b in zip(lower, upper, strict=True)])
        assert_encloses_arb(name, lower, upper, points, found)


@pytest.mark.parametrize("exponent", range(-1074, 1024, 7))
def test_up_and_down_pass_the_next_double(exponent):
    """The predecessor and the successor, in every binade and at its borders."""
    for start in (
        2.0**exponent,
        math.nextafter(2.0**exponent, 0),
        math.nextafter(2.0**exponent, math.inf),
        1.7 * 2.0**exponent,
    ):
        for x in (start, -start):
            assert arithmetic.down(x) <= math.nextafter(x, -math.inf)
            assert arithmetic.up(x) >= math.nextafter(x, math.inf)


def test_up_and_down_know_nothing_of_nan():
    assert arithmetic.down(math.nan) == -math.inf
    assert arithmetic.up(math.nan) == math.inf
    assert arithmetic.down(math.inf) == math.nextafter(MOST, 0)
    assert arithmetic.up(-math.inf) == -math.nextafter(MOST, 0)
    assert (arithmetic.down(-math.inf), arithmetic.up(math.inf)) == (-math.inf, math.inf)
    assert (arithmetic.down(-MOST), arithmetic.up(MOST)) == (-math.inf, math.inf)


SCALARS: dict[str, Callable[..., tuple[float, float]]] = {
    "neg": arithmetic.neg,
    "abs": arithmetic.magnitude,
    "sqr": arithmetic.sqr,
    "sqrt": arithmetic.sqrt,
    "exp": arithmetic.exp,
    "log": arithmetic.log,
    "add": arithmetic.add,
    "sub": arithmetic.sub,
    "mul": arithmetic.mul,
    "div": arithmetic.div,
    "min": arithmetic.minimum,
    "max": arithmetic.maximum,
    "pow": arithmetic.real_power,
    "pow 3": lambda a, b: arithmetic.power(a, b, 3),
    "pow 7": lambda a, b: arithmetic.power(a, b, 7),
}


@pytest.mark.parametrize("name", SCALARS)
def test_the_loops_over_blocks_do_what_the_scalar_functions_do(name):
    program = EXACT[name][0]
    lower, upper = boxes(program, 1000, seed=12)
    found = np.array(evaluate(program, lower, upper))[:, 0]
    ends = np.stack([lower, upper], axis=1).reshape(-1, 1000)
    wanted = np.array([SCALARS[name](*column) for column in ends.T.tolist()]).T
    assert np.array_equal(found, wanted)


@pytest.mark.parametrize("n", range(2, 17))
def test_powers_enclose(n):
    """Those of the scalar function, even ones too."""
    generator = np.random.default_rng(n)
    lower, upper = intervals(300, generator)
    points = points_of(lower, upper, generator)
    with precision(2000):
        for a, b, x in zip(lower.tolist(), upper.tolist(), points.tolist(), strict=True):
            low, high = arithmetic.power(a, b, n)
            assert arb(low) <= arb(x) ** n <= arb(high)
            assert low >= 0 or n % 2


def test_the_elementary_functions_are_within_their_proved_errors():
    generator = np.random.default_rng(13)
    with precision(200):
        unit = arb(2) ** -53
        for x in np.concatenate([generator.uniform(-708, 709.7, 5000), generator.uniform(-2, 2, 5000)]).tolist():
            assert abs(arb(arithmetic._exp(x)) / arb(x).exp() - 1) < 3 * unit
        values = np.concatenate([2.0 ** generator.uniform(-1074, 1024, 5000), generator.uniform(0.5, 2, 5000)])
        for x in values.tolist():
            if x != 1:
                assert abs(arb(arithmetic._log(x)) / arb(x).log() - 1) < arb(6.3) * unit


def test_a_product_of_equal_values_is_a_square_and_a_power_is_one_instruction():
    assert len(tape_of(powers(7)).code) == 2  # and the output
    assert len(tape_of(powers(12)).code) == 4
    assert evaluate(powers(4), [[-1.0]], [[2.0]])[0][0, 0] == 0
