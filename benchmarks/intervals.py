"""Interval arithmetic on batches of boxes beside Arb, a plain Python class and compiled straight-line code.

Each contender is timed right beside ours, in turns, and the figure is the median of the ratios.
"""

from __future__ import annotations

import math
import statistics
import time
from argparse import Namespace
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import flint
import numpy as np
from numpy.typing import NDArray

from benchmarks.command import parser_of, positive, run, within
from benchmarks.found import Found, Tick
from edgestab.numerics.intervals.assembly import enclosure
from edgestab.numerics.intervals.tape import evaluate
from edgestab.numerics.printers import ball
from edgestab.numerics.programs import modules
from edgestab.numerics.programs.program import Instruction, Operand, Program, step_program
from edgestab.theory.landing_losses import LOSSES
from edgestab.theory.models.catalogue import model
from edgestab.theory.optimizers.gradient_descent import gradient_descent

Array = NDArray[np.float64]

BATCH = 4096

TRANSCENDENTAL = ("cross-entropy, label 1/4", "Poisson", "Cauchy", "Welsch")
"""Losses l(xy) whose steps are measured beside polynomial ones; that of Cauchy's is a quotient."""


@dataclass(frozen=True)
class Interval:
    """What one writes in an afternoon: outward rounding by `math.nextafter`, one object a value."""

    lo: float
    hi: float

    @classmethod
    def of(cls, ball: flint.arb) -> Interval:
        return cls(float(ball.lower()), float(ball.upper()))

    @classmethod
    def around(cls, *values: float) -> Interval:
        return cls(math.nextafter(min(values), -math.inf), math.nextafter(max(values), math.inf))

    def __neg__(self) -> Interval:
        return Interval(-self.hi, -self.lo)

    def __add__(self, other: Interval) -> Interval:
        return Interval.around(self.lo + other.lo, self.hi + other.hi)

    def __sub__(self, other: Interval) -> Interval:
        return Interval.around(self.lo - other.hi, self.hi - other.lo)

    def __mul__(self, other: Interval) -> Interval:
        return Interval.around(self.lo * other.lo, self.lo * other.hi, self.hi * other.lo, self.hi * other.hi)

    def __truediv__(self, other: Interval) -> Interval:
        if other.lo <= 0 <= other.hi:
            return Interval(-math.inf, math.inf)
        return Interval.around(self.lo / other.lo, self.lo / other.hi, self.hi / other.lo, self.hi / other.hi)

    def __abs__(self) -> Interval:
        return Interval(max(self.lo, -self.hi, 0.0), max(-self.lo, self.hi))


PLAIN: dict[str, Callable[..., Interval]] = {
    "neg": lambda a: -a,
    "abs": abs,
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "min": lambda a, b: Interval(min(a.lo, b.lo), min(a.hi, b.hi)),
    "max": lambda a, b: Interval(max(a.lo, b.lo), max(a.hi, b.hi)),
    "sqrt": lambda a: Interval.around(math.sqrt(a.lo), math.sqrt(a.hi)),
    "exp": lambda a: Interval.around(math.exp(a.lo), math.exp(a.hi)),
    "log": lambda a: Interval.around(math.log(a.lo), math.log(a.hi)),
    "pow": lambda a, b: Interval.around(a.lo**b.lo, a.lo**b.hi, a.hi**b.lo, a.hi**b.hi),
}
"""Products of 0 and infinity and the errors of exp, log and pow are left as they come: nothing here is proved."""

_NAMES = {"abs": "magnitude", "min": "minimum", "max": "maximum", "pow": "real_power"}

_TEMPLATE = '''"""Generated: one box after another."""

import numba

from edgestab.numerics.intervals.arithmetic import *


@numba.njit(nogil=True, fastmath=False, error_model="numpy")
def run(lower, upper, below, above):
    for j in range(lower.shape[1]):
{lines}
'''


def ours(program: Program, lower: Array, upper: Array) -> Callable[[], object]:
    """The interpreter, checks included."""
    return lambda: evaluate(program, lower, upper)


def compiled(program: Program, lower: Array, upper: Array) -> Callable[[], object]:
    """Straight-line code of the same operations, made for this program alone."""
    lines = [f"v{i} = lower[{i}, j], upper[{i}, j]" for i in range(len(program.inputs))]

    def text(operand: Operand) -> str:
        return repr(enclosure(operand)) if isinstance(operand, Fraction) else f"v{operand}"

    for number, i in enumerate(program.instructions, len(program.inputs)):
        args = [text(a) for a in i.args]
        square = i.op == "mul" and args[0] == args[1]
        name, args = ("sqr", args[:1]) if square else (_NAMES.get(i.op, i.op), args)
        lines.append(f"v{number} = {name}({', '.join(f'*{a}' for a in args)})")
    lines += [f"below[{i}, j], above[{i}, j] = {text(o)}" for i, o in enumerate(program.outputs)]
    run = modules.load(_TEMPLATE.format(lines="\n".join(f"        {line}" for line in lines))).run
    shape = (len(program.outputs), lower.shape[1])
    return lambda: run(lower, upper, np.empty(shape), np.empty(shape))


def arb(program: Program, lower: Array, upper: Array) -> Callable[[], object]:
    """Arb at 53 bits; the balls are made beforehand."""
    boxes = [
        [flint.arb(a / 2 + b / 2, b / 2 - a / 2) for a, b in zip(*box, strict=True)] for box in _columns(lower, upper)
    ]
    return lambda: [ball.evaluate(program, box) for box in boxes]


def plain(program: Program, lower: Array, upper: Array) -> Callable[[], object]:
    """The class above, led through the program as Arb is."""
    constants, operations, outputs = ball.resolved(
        program, PLAIN, lambda c: Interval(float(c.lower()), float(c.upper()))
    )
    boxes = [[Interval(a, b) for a, b in zip(*box, strict=True)] for box in _columns(lower, upper)]

    def run() -> None:
        for box in boxes:
            values = [*box, *constants]
            for function, args in operations:
                values.append(function(*[values[i] for i in args]))
            [values[o] for o in outputs]

    return run


def _columns(lower: Array, upper: Array) -> list[list[list[float]]]:
    return np.stack([lower, upper]).transpose(2, 0, 1).tolist()


CONTENDERS = {"compiled": (compiled, BATCH), "Arb": (arb, 256), "plain Python": (plain, 256)}
"""Each with the boxes of one of its samples."""


def seconds_per_box(run: Callable[[], object], boxes: int, seconds: float) -> float:
    """CPU time, which is not charged for the moments when another process had the core."""
    calls, taken = 0, time.process_time()
    stop = time.perf_counter() + seconds
    while calls == 0 or time.perf_counter() < stop:
        run()
        calls += 1
    return (time.process_time() - taken) / (calls * boxes)


def measured(
    program: Program, lower: Array, upper: Array, rounds: int, seconds: float
) -> tuple[float, dict[str, float]]:
    """Return our seconds a box, and how many times more every contender takes."""
    mine = ours(program, lower, upper)
    mine()
    times, ratios = [], {}
    for name, (make, boxes) in CONTENDERS.items():
        boxes = min(boxes, lower.shape[1])
        other = make(program, lower[:, :boxes].copy(), upper[:, :boxes].copy())
        other()
        pairs = []
        for _ in range(rounds):
            one = seconds_per_box(mine, lower.shape[1], seconds)
            pairs.append(seconds_per_box(other, boxes, seconds) / one)
            times.append(one)
        ratios[name] = statistics.median(pairs)
    return statistics.median(times), ratios


def overestimation(program: Program, points: Array) -> float:
    """Return the average width of the results of point operands, in units in the last place."""
    low, high = evaluate(program, points, points)
    return float(np.mean((high - low) / np.spacing(np.maximum(np.abs(low), np.abs(high)))))


def one(op: str, *args: Operand) -> Program:
    """A program of one instruction."""
    names = ("a", "b")[: len({a for a in args if not isinstance(a, Fraction)})]
    return Program(names, (Instruction(op, args),), (len(names),))


def programs() -> dict[str, Program]:
    """Every operation, and steps of gradient descent."""
    unary = {op: one(op, 0) for op in ("neg", "abs", "sqrt", "exp", "log")}
    binary = {op: one(op, 0, 1) for op in ("add", "sub", "mul", "div", "min", "max", "pow")}
    cube = Program(("a",), (Instruction("mul", (0, 0)), Instruction("mul", (0, 1))), (2,))
    more = {"square": one("mul", 0, 0), "cube": cube, "times 1/3": one("mul", 0, Fraction(1, 3))}
    quartic, width = model("quartic").own.step, model("vector:3").own.step
    steps = {"quartic": quartic, "quartic, 3 steps": quartic.compose(3), "vector:3": width}
    for name in TRANSCENDENTAL:
        steps[name] = gradient_descent(LOSSES[name].loss)
        steps[f"{name}, 3 steps"] = steps[name].compose(3)
    return unary | binary | more | {name: step_program(step) for name, step in steps.items()}


def measure(options: Namespace, tick: Tick) -> Iterable[Found]:
    """Yield the table of every operation and three programs, and that of smaller batches."""
    generator = np.random.default_rng(1)
    rows, record = [], {}
    for name, program in programs().items():
        tick(name)
        lower = generator.uniform(0.3, 1.5, (len(program.inputs), BATCH))
        upper = lower * (1 + 2.0 ** generator.uniform(-30, -3, lower.shape))
        taken, ratios = measured(program, lower, upper, options.rounds, options.seconds)
        cells = [taken * 1e9, taken * 1e9 / program.operations, overestimation(program, lower), *ratios.values()]
        rows.append((name, str(program.operations), *(f"{c:.3g}" for c in cells)))
        record[name] = {"seconds": taken, "width": cells[2], "over_ours": ratios}
    yield Found(
        "enclosures",
        f"Enclosures of {BATCH} boxes, one thread",
        (
            "program", "operations", "ns/box", "ns/operation", "width in ulps",
            *(f"{n} / ours" for n in CONTENDERS),
        ),
        rows,
        ["A program of one operation also reads and writes its box."],
        record,
    )  # fmt: skip
    three, rows, record = programs()["quartic, 3 steps"], [], {}
    for count in (1, 16, 64, 256, 1024):
        tick(f"batches of {count}")
        lower = generator.uniform(0.3, 1.5, (len(three.inputs), count))
        taken, ratios = measured(three, lower, lower, options.rounds, options.seconds)
        rows.append((str(count), f"{taken * 1e9:.1f}", f"{ratios['compiled']:.2g}"))
        record[str(count)] = {"seconds": taken, "over_ours": ratios}
    heads = ("boxes", "ns/box", "compiled / ours")
    yield Found("batches", "quartic, 3 steps, smaller batches", heads, rows, (), record)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark of interval arithmetic."""
    parser = parser_of("benchmarks.intervals", "Enclosures beside Arb, plain Python and compiled straight-line code.")
    parser.add_argument("--rounds", type=positive, default=5, metavar="N", help="pairs of samples (default 5)")
    parser.add_argument("--seconds", type=within(60), default=0.02, metavar="S", help="of one sample (default 0.02)")
    run(parser.parse_args(arguments), {"intervals": measure})


if __name__ == "__main__":
    main()
