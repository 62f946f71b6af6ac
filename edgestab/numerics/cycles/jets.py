"""Iterates of a step map and their derivatives of any order, rigorously, in the state and one parameter."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import flint
import sympy as sp

from edgestab.errors import InputError
from edgestab.numerics import inputs
from edgestab.numerics.printers import ball as balls
from edgestab.numerics.printers import series
from edgestab.numerics.printers.ball import ball
from edgestab.numerics.programs.program import Program, step_program
from edgestab.numerics.rigorous.balls import Point
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import among

Vector = Sequence[flint.arb]


class Jet(NamedTuple):
    """The 2-jet of F^p at z: the value, the derivative by z, and the second derivative along given directions."""

    value: list[flint.arb]
    slopes: flint.arb_mat
    second: list[flint.arb_mat]


@dataclass(frozen=True, eq=False)
class Family:
    r"""A step map in which at most one parameter is left free: :math:`z = (x, \mu) \mapsto F^p(x, \mu)`.

    Parameters
    ----------
    step : StepMap
        The map F.
    fixed : mapping
        By symbol or name an exact value for every other parameter; a float stands for the decimal that was written.
    parameter : Symbol, optional
        The free parameter :math:`\mu`, the last entry of z.
    rounded : bool
        Whether to forget the error bounds after every step: plain arithmetic of the same precision, for proposals.
        Bounds grow by a few bits a step, and numbers lose the digits below their bounds.

    Raises
    ------
    InputError
        When a parameter has neither a value nor is free, or a value is none or belongs to no parameter.
    """

    step: StepMap
    fixed: Mapping[sp.Symbol, Fraction]
    parameter: sp.Symbol | None = None
    rounded: bool = False

    def __post_init__(self) -> None:
        names = self.step.parameters
        fixed = {s: inputs.exact(v, str(s)) for s, v in inputs.by_symbol(self.fixed, names).items()}
        object.__setattr__(self, "fixed", fixed)
        if self.parameter is not None:
            free = among(self.parameter, names, f"a parameter of {self.step.name!r}")
            object.__setattr__(self, "parameter", free)
        unknown = [str(s) for s in fixed if s not in names]
        if unknown:
            raise InputError(f"{', '.join(unknown)} is no parameter of {self.step.name!r}: leave it out")
        known = {*fixed, self.parameter}
        missing = [str(p) for p in self.step.parameters if p not in known]
        if missing:
            raise InputError(f"give {', '.join(missing)} a value: {self.step.name!r} depends on it")

    @property
    def n(self) -> int:
        """The dimension of the state."""
        return len(self.step.state)

    @property
    def size(self) -> int:
        """The length of z: the state, and the parameter if one is free."""
        return self.n + (self.parameter is not None)

    @property
    def program(self) -> Program:
        """The program of one step."""
        return _program(self.step)

    def _constants(self, z: Vector) -> list[flint.arb]:
        return [z[self.n] if p == self.parameter else ball(self.fixed[p]) for p in self.step.parameters]

    def orbit(self, z: Vector, steps: int) -> list[Point]:
        """Enclose x, F(x), ..., F^steps(x)."""
        constants = self._constants(z)
        points = [tuple(z[: self.n])]
        for _ in range(steps):
            image = balls.evaluate(self.program, [*points[-1], *constants])
            points.append(tuple(x.mid() for x in image) if self.rounded else tuple(image))
        return points

    def curve(self, z: Vector, direction: Vector, steps: int, order: int) -> list[list[flint.arb]]:
        r"""Enclose the Taylor coefficients of :math:`t \mapsto F^p(z + t u)`.

        Parameters
        ----------
        z, direction : sequence of arb
            The point and the direction u.
        steps : int
            p.
        order : int
            The last order wanted.

        Returns
        -------
        list of list of arb
            Entry [k][i] encloses component i of :math:`D^kF^p(z)[u, \dots, u]/k!`.
        """
        with series.truncation(order + 1):
            line = [series.Series([a, b]) for a, b in zip(z, direction, strict=True)]
            constants = [
                line[self.n] if p == self.parameter else series.Series([ball(self.fixed[p])])
                for p in self.step.parameters
            ]
            state = line[: self.n]
            for _ in range(steps):
                state = series.evaluate(self.program, [*state, *constants])
                if self.rounded:
                    state = [series.Series([c.mid() for c in s.coeffs()]) for s in state]
            return [[s[k] for s in state] for k in range(order + 1)]

    def jacobian(self, z: Vector, steps: int) -> flint.arb_mat:
        """Enclose the derivative of F^p by z, shape (n, size): by the state, then by the free parameter."""
        columns = [self.curve(z, unit(self.size, j), steps, 1)[1] for j in range(self.size)]
        return flint.arb_mat(self.n, self.size, [columns[j][i] for i in range(self.n) for j in range(self.size)])

    def second(self, z: Vector, steps: int, along: Sequence[Vector]) -> Jet:
        r"""Enclose F^p, its derivative and, for each u of `along`, the matrix :math:`w \mapsto D^2F^p(z)[u, w]`.

        By polarisation: :math:`D^2F[u, w] = Q(u+w) - Q(u) - Q(w)` with :math:`Q(u) = D^2F[u, u]/2`.
        """
        n, size = self.n, self.size
        units = [unit(size, j) for j in range(size)]
        plain = [self.curve(z, e, steps, 2) for e in units]

        def mixed(u: Vector) -> flint.arb_mat:
            own = self.curve(z, u, steps, 2)[2]
            both = [self.curve(z, [a + b for a, b in zip(u, e, strict=True)], steps, 2)[2] for e in units]
            entries = [both[j][i] - own[i] - plain[j][2][i] for i in range(n) for j in range(size)]
            return flint.arb_mat(n, size, entries)

        slopes = flint.arb_mat(n, size, [plain[j][1][i] for i in range(n) for j in range(size)])
        return Jet(plain[0][0], slopes, [mixed(u) for u in along])

    def flow(self, box: Vector, steps: int) -> Iterator[tuple[list[flint.arb], list[flint.arb], flint.arb_mat]]:
        """Yield F^k at the middle of a box of states, over the box, and its Jacobian over it, for k = 1, ..., steps.

        Every image is the intersection of the plain enclosure with the mean value form about the middle of
        the box, so that boxes grow by the map's derivative and little more.
        """
        n = self.n
        constants = [ball(self.fixed[p]) for p in self.step.parameters]
        centre = [x.mid() for x in box]
        offset = flint.arb_mat(n, 1, [x - c for x, c in zip(box, centre, strict=True)])
        image, slope = list(box), [unit(n, j) for j in range(n)]
        with series.truncation(2):
            lifted = [series.Series([c]) for c in constants]
            for _ in range(steps):
                centre = balls.evaluate(self.program, [*centre, *constants])
                if self.rounded:
                    centre = [x.mid() for x in centre]
                for j in range(n):
                    line = [series.Series([x, s]) for x, s in zip(image, slope[j], strict=True)]
                    found = series.evaluate(self.program, [*line, *lifted])
                    slope[j] = [s[1].mid() if self.rounded else s[1] for s in found]
                jacobian = flint.arb_mat(n, n, [slope[j][i] for i in range(n) for j in range(n)])
                mean = (jacobian * offset).entries()
                if self.rounded:
                    image = centre
                    yield centre, image, jacobian
                    continue
                image = [intersection(s[0], c + m) for s, c, m in zip(found, centre, mean, strict=True)]
                yield centre, image, jacobian


_program = functools.lru_cache(maxsize=64)(step_program)


def unit(size: int, j: int) -> list[flint.arb]:
    """Return the j-th unit vector."""
    return [flint.arb(int(i == j)) for i in range(size)]


def intersection(a: flint.arb, b: flint.arb) -> flint.arb:
    """Return the intersection of two enclosures of one number; a ball that is not finite says nothing."""
    if not b.is_finite():
        return a
    return a.intersection(b) if a.is_finite() else b
