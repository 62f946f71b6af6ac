r"""The variational equation of a step, merged with it into one program.

A tangent vector goes by :math:`v_{n+1} = DF(\theta_n)\,v_n`. Beside the step's own instructions stand those of its
derivatives, so that common subexpressions are computed once and entries 0 and 1 of the Jacobian cost nothing.
"""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass

import sympy as sp

from edgestab.errors import InputError
from edgestab.numerics.programs.program import Program, program_of
from edgestab.theory.stepmap import Binding, StepMap

MOST_BY_VOLUME = 4
"""The largest dimension in which the last exponent comes from the determinant, by expansion in minors."""


@dataclass(frozen=True)
class Variational:
    """A step with tangent vectors, as one program.

    Parameters
    ----------
    program : Program
        Inputs: the state, the tangent vectors one after another, the volume if it is carried, the parameters.
        Outputs: the same without the parameters, one step later.
    n_state, n_tangents : int
        The dimension, and how many tangent vectors there are.
    has_volume : bool
        Whether the product of the determinants is carried: then the sum of all exponents is known, and the last
        one by subtraction.
    """

    program: Program
    n_state: int
    n_tangents: int
    has_volume: bool

    @property
    def rows(self) -> int:
        """How many numbers an orbit carries."""
        return self.n_state * (1 + self.n_tangents) + self.has_volume

    @property
    def measures(self) -> int:
        """How many growth rates are followed."""
        return self.n_tangents + self.has_volume


@functools.lru_cache(maxsize=256)
def variational(step: StepMap, count: int) -> Variational:
    """Return the step with what is needed for its `count` largest exponents.

    For all exponents of a map in 2 to 4 dimensions the determinant replaces the last tangent vector. That is
    cheaper, and more accurate where the exponents are far apart: a vector that turns into the direction of a faster
    one keeps few digits of its own.

    Parameters
    ----------
    step : StepMap
        The map.
    count : int
        How many exponents, from 1 to the dimension.

    Raises
    ------
    InputError
        When count is out of range, or a derivative is nothing a printer knows, as that of the absolute value.

    Examples
    --------
    >>> from edgestab.theory.models.catalogue import model
    >>> found = variational(model("frozen-cubic").own.step, 1)
    >>> found.program.inputs[0], found.rows, found.has_volume
    ('d', 2, False)
    """
    n = len(step.state)
    if not 1 <= count <= n:
        raise InputError(f"a map in {n} dimensions has 1 to {n} exponents, got count = {count}")
    has_volume = count == n and 2 <= n <= MOST_BY_VOLUME
    forms = [_merged(step, count - has_volume, has_volume, forward) for forward in (False, True)]
    return Variational(min(forms, key=lambda p: p.operations), n, count - has_volume, has_volume)


class _Names:
    """Names for derivatives, each computed once; numbers, names and their negatives need none."""

    def __init__(self) -> None:
        self.bindings: list[Binding] = []

    def __call__(self, e: sp.Expr) -> sp.Expr:
        if e.is_Atom or (-e).is_Atom:
            return e
        # Without the assumption of being real it equals no symbol of a step.
        name = sp.Symbol(f"_{len(self.bindings)}")
        self.bindings.append((name, e))
        return name


def _merged(step: StepMap, n_tangents: int, has_volume: bool, forward: bool) -> Program:
    """The program of a step and its tangents: by the Jacobian, or with the tangents sent through the bindings."""
    n, names = len(step.state), _Names()
    vectors = [[sp.Symbol(f"_w{c}_{i}") for i in range(n)] for c in range(n_tangents)]
    unit = [[sp.Integer(i == j) for j in range(n)] for i in range(n)]
    across = [[vectors[c][i] for c in range(n_tangents)] for i in range(n)]
    seeds = [[*(unit[i] if has_volume or not forward else []), *(across[i] if forward else [])] for i in range(n)]
    known = dict(zip(step.state, seeds, strict=True))
    for bound, expression in step.bindings:
        names.bindings.append((bound, expression))
        known[bound] = _differential(expression, known, names)
    rows = [_differential(u, known, names) for u in step.update]
    if forward:
        moved = [rows[i][c - n_tangents] for c in range(n_tangents) for i in range(n)]
    else:
        moved = [sp.Add(*(rows[i][j] * w[j] for j in range(n))) for w in vectors for i in range(n)]
    inputs = [*step.state, *(s for w in vectors for s in w)]
    outputs = [*step.update, *moved]
    if has_volume:
        volume = sp.Symbol("_volume")
        inputs.append(volume)
        outputs.append(volume * _determinant([row[:n] for row in rows], names))
    return program_of(outputs, (*inputs, *step.parameters), names.bindings)


def _differential(e: sp.Expr, known: dict[sp.Symbol, list[sp.Expr]], names: _Names) -> list[sp.Expr]:
    """The row of derivatives of an expression by the chain rule, from those of the names it uses."""
    row: list[sp.Expr] = [sp.S.Zero] * len(next(iter(known.values())))
    for name in sorted(e.free_symbols & set(known), key=str):
        partial = names(_shortest(sp.diff(e, name)))
        row = [r + partial * d for r, d in zip(row, known[name], strict=True)]
    return [names(r) for r in row]


def _shortest(e: sp.Expr) -> sp.Expr:
    """The cheapest of a few forms of a derivative: the product rule leaves sums that have a factor in common."""
    forms = [e, sp.factor_terms(e)]
    if e.is_polynomial(*e.free_symbols) and e.count_ops() < 100:
        forms.append(sp.factor(e))
    inputs = sorted(e.free_symbols, key=str)
    return min(forms, key=lambda f: program_of([f], inputs).operations)


def _determinant(matrix: list[list[sp.Expr]], names: _Names) -> sp.Expr:
    """The determinant by expansion in minors, each minor computed once."""
    minors: dict[tuple[int, ...], sp.Expr] = {(): sp.S.One}
    for size, row in enumerate(matrix, 1):
        minors = {
            columns: names(
                sp.Add(
                    *(
                        (-1) ** (size - 1 + place) * row[c] * minors[tuple(o for o in columns if o != c)]
                        for place, c in enumerate(columns)
                    )
                )
            )
            for columns in itertools.combinations(range(len(matrix)), size)
        }
    return minors[tuple(range(len(matrix)))]
