r"""Subspaces that gradient descent does not leave, since a symmetry of the loss leaves their points where they are.

If L does not change under a signed permutation P of the parameters, :math:`\nabla L(P\theta) = P\nabla L(\theta)`, and
what P fixes stays fixed: parameters that P makes negative stay 0, and those that it exchanges stay equal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import sympy as sp

from edgestab.theory.loss import Loss
from edgestab.theory.stepmap import StepMap

MOST_FLIPS = 8
"""How many independent changes of signs are combined: 2^8 sets of parameters that may be 0."""


@dataclass(frozen=True)
class Subspace:
    """A subspace in which some parameters are 0 and others agree.

    Parameters
    ----------
    zero : tuple of Symbol
        Those that are 0.
    equal : tuple of tuple of Symbol
        The others, in groups that agree; the first of a group stands for it.
    """

    zero: tuple[sp.Symbol, ...]
    equal: tuple[tuple[sp.Symbol, ...], ...]

    @property
    def point(self) -> dict[sp.Symbol, sp.Expr]:
        """The parameters in those that stand for their groups."""
        return {**dict.fromkeys(self.zero, sp.S.Zero), **{p: group[0] for group in self.equal for p in group}}

    @property
    def words(self) -> str:
        """The equations."""
        said = [" = ".join([*map(str, self.zero), "0"])] if self.zero else []
        return ", ".join([*said, *(" = ".join(map(str, group)) for group in self.equal if len(group) > 1)])

    def restricted(self, step: StepMap) -> StepMap:
        """Return a step that leaves the subspace as it is, in the parameters that stand for their groups."""
        at: Mapping[sp.Symbol, sp.Expr] = self.point
        kept = [(s, u) for s, u in zip(step.state, step.update, strict=True) if at.get(s) == s]
        return replace(
            step,
            name=f"{step.name}, where {self.words}",
            state=tuple(s for s, _ in kept),
            update=tuple(u.xreplace(dict(at)) for _, u in kept),
            bindings=tuple((b, e.xreplace(dict(at))) for b, e in step.bindings),
        )


def fixed_subspaces(loss: Loss, may_be_zero: Sequence[sp.Symbol]) -> Iterator[Subspace]:
    """Yield subspaces that symmetries of a polynomial loss fix, of few parameters first; none of other losses.

    Parameters
    ----------
    loss : Loss
        Without constants.
    may_be_zero : sequence of Symbol
        The parameters that are allowed to be 0.

    Examples
    --------
    >>> loss = Loss.parse("(a*e + c*f - 2)**2 + (a*f + c*e)**2", "a c e f")
    >>> next(fixed_subspaces(loss, loss.parameters[1::2])).words
    'c = f = 0, a = e'
    """
    if loss.constants or loss.domain or not loss.expression.is_polynomial(*loss.parameters):
        return
    polynomial = sp.Poly(loss.expression, *loss.parameters)
    allowed = [i for i, p in enumerate(loss.parameters) if p in may_be_zero]
    found = sorted(_flips(polynomial, allowed), key=lambda s: (-len(s), sorted(s)))
    for zero in found:
        left = [i for i in range(len(loss.parameters)) if i not in zero]
        groups = _exchanged(polynomial, zero, left)
        if left and (zero or len(groups) < len(left)):
            p = loss.parameters
            yield Subspace(tuple(p[i] for i in sorted(zero)), tuple(tuple(p[i] for i in group) for group in groups))


def _flips(polynomial: sp.Poly, allowed: Sequence[int]) -> list[frozenset[int]]:
    """The sets of allowed parameters whose signs may be changed together: every monomial has an even number of them."""
    parities = {tuple(m[i] % 2 for i in allowed) for m in polynomial.monoms()}
    rows = [sum(bit << k for k, bit in enumerate(row)) for row in parities if any(row)]
    basis = _kernel(rows, len(allowed))[:MOST_FLIPS]
    sums = {0}
    for bits in basis:
        sums |= {bits ^ other for other in sums}
    return [frozenset(allowed[k] for k in range(len(allowed)) if bits >> k & 1) for bits in sums]


def _kernel(rows: Sequence[int], n: int) -> list[int]:
    """A basis of the bit vectors that have an even number of bits in common with each row."""
    pivots: dict[int, int] = {}
    for row in rows:
        for pivot, other in pivots.items():
            row = row ^ other if row >> pivot & 1 else row
        if row:
            pivot = row.bit_length() - 1
            pivots = {k: other ^ row if other >> pivot & 1 else other for k, other in pivots.items()} | {pivot: row}
    free = [k for k in range(n) if k not in pivots]
    return [(1 << k) | sum(1 << pivot for pivot, row in pivots.items() if row >> k & 1) for k in free]


def _exchanged(polynomial: sp.Poly, zero: frozenset[int], left: Sequence[int]) -> list[list[int]]:
    """The parameters in groups any two of which may be exchanged where others are 0."""
    terms = {m: c for m, c in polynomial.terms() if not any(m[i] for i in zero)}

    def swapped(m: tuple[int, ...], i: int, j: int) -> tuple[int, ...]:
        other = list(m)
        other[i], other[j] = m[j], m[i]
        return tuple(other)

    groups: list[list[int]] = []
    for i in left:
        home = next((g for g in groups if all(terms.get(swapped(m, g[0], i)) == c for m, c in terms.items())), None)
        if home is None:
            groups.append([i])
        else:
            home.append(i)
    return groups
