"""Orbits in ball arithmetic: rigorous enclosures, with the precision raised until they are thin."""

from __future__ import annotations

import functools
import itertools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

import flint
import numpy as np
import sympy as sp

from edgestab.numerics.printers.ball import ball, evaluate
from edgestab.numerics.programs.program import Program, jacobian_program, program_of, step_program
from edgestab.theory.stepmap import StepMap

T = TypeVar("T")
_THIN = flint.arb("1e-3")
_STEPS_PER_FRAME = 8

_ONE_AT_A_TIME = threading.RLock()

Point = tuple[flint.arb, ...]


class TooImprecise(ArithmeticError):
    """The enclosure became useless at this precision."""


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Work at a precision of `bits`, and restore the previous one.

    Arb has one precision for the whole process: another thread that asks for one waits until this is done.
    """
    with _ONE_AT_A_TIME:
        old = flint.ctx.prec
        flint.ctx.prec = bits
        try:
            yield
        finally:
            flint.ctx.prec = old


@dataclass(frozen=True)
class BallMap:
    """A step map with exact parameters, evaluated in ball arithmetic.

    Parameters
    ----------
    step : StepMap
        The map.
    parameters : mapping
        An exact value for each of its parameters.
    """

    step: StepMap
    parameters: Mapping[sp.Symbol, Fraction]

    def orbit(self, start: Point) -> Iterator[Point]:
        """Yield enclosures of the start and of every iterate.

        An enclosure is a parallelepiped c + A e: the centre moves by the map, the error e by its Jacobian, in
        a frame that is renewed by a QR factorization every few steps (Lohner's method), so that boxes are not
        wrapped in boxes step by step. A map without a Jacobian the printers know is followed by plain ball arithmetic.

        Raises
        ------
        TooImprecise
            When an enclosure is wider than 1/1000 of its size, or not finite.
        """
        constants = [ball(self.parameters[p]) for p in self.step.parameters]
        program, jacobian = step_program(self.step), jacobian_program(self.step)
        n = len(start)
        # x = centre + slope * error + rest: slope is the product of Jacobians since the last frame.
        centre = [x.mid() for x in start]
        slope = _identity(n)
        error = flint.arb_mat(n, 1, [x - c for x, c in zip(start, centre, strict=True)])
        rest = flint.arb_mat(n, 1)
        point = start
        for count in itertools.count(1):
            yield point
            if jacobian is None:
                point = tuple(evaluate(program, [*point, *constants]))
            else:
                derivative = flint.arb_mat(n, n, evaluate(jacobian, [*point, *constants]))
                image = evaluate(program, [*centre, *constants])
                centre = [x.mid() for x in image]
                slope = derivative * slope
                rest = derivative * rest + flint.arb_mat(n, 1, [x - c for x, c in zip(image, centre, strict=True)])
                if count % _STEPS_PER_FRAME == 0:
                    frame, back = _frame(slope)
                    error, rest = (back * slope) * error + back * rest, flint.arb_mat(n, 1)
                    slope = frame
                point = tuple(c + d for c, d in zip(centre, (slope * error + rest).entries(), strict=True))
            if any(not x.is_finite() or x.rad() > _THIN * (1 + abs(x.mid())) for x in point):
                raise TooImprecise(f"the enclosure is lost after {count} steps at {flint.ctx.prec} bits")

    def value(self, expression: sp.Expr, at: Mapping[sp.Symbol, flint.arb]) -> flint.arb:
        """Enclose an expression of the state, the parameters and whatever else `at` names."""
        return value(expression, {**{p: ball(v) for p, v in self.parameters.items()}, **at})


def _identity(n: int) -> flint.arb_mat:
    return flint.arb_mat(n, n, [int(i == j) for i in range(n) for j in range(n)])


def _frame(slope: flint.arb_mat) -> tuple[flint.arb_mat, flint.arb_mat]:
    """An orthogonal frame of doubles for the columns of a matrix, and its exact inverse."""
    n = slope.nrows()
    if n == 1:
        return _identity(1), _identity(1)
    floats = np.array([float(x.mid()) for x in slope.entries()]).reshape(n, n)
    size = np.abs(floats).max()
    if not (np.isfinite(size) and size > 0):
        return _identity(n), _identity(n)
    q, _ = np.linalg.qr(floats / size)
    frame = flint.arb_mat(n, n, q.ravel().tolist())
    return frame, frame.inv()


def value(expression: sp.Expr, at: Mapping[sp.Symbol, flint.arb]) -> flint.arb:
    """Enclose an expression on named balls."""
    return values([expression], at)[0]


def values(expressions: Sequence[sp.Expr], at: Mapping[sp.Symbol, flint.arb]) -> list[flint.arb]:
    """Enclose expressions on named balls."""
    names = tuple(at)
    finite = tuple(sp.S(0) if e.is_infinite else e for e in expressions)
    found = evaluate(_program(finite, names), [at[s] for s in names])
    return [flint.arb(str(float(e))) if e.is_infinite else f for e, f in zip(expressions, found, strict=True)]


@functools.lru_cache(maxsize=1024)
def _program(expressions: tuple[sp.Expr, ...], names: tuple[sp.Symbol, ...]) -> Program:
    return program_of(expressions, names)


def at_rising_precision(attempt: Callable[[], T], first: int = 128, last: int = 1 << 16) -> T:
    """Run `attempt` at doubling precision until it no longer raises `TooImprecise`."""
    bits = first
    while True:
        with precision(bits):
            try:
                return attempt()
            except TooImprecise:
                if bits >= last:
                    raise
        bits *= 2
