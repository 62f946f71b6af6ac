"""Stationary second moments, settled in exact arithmetic: two linear systems, and the signs of rational functions."""

from __future__ import annotations

import sympy as sp

from edgestab.theory.parts.stationary import StationaryMoment
from edgestab.theory.positivity import nonnegative
from edgestab.theory.symbols import ETA
from edgestab.verify.evidence.moment import MomentEvidence
from edgestab.verify.evidence.standing import Standing
from edgestab.verify.proofs.linear import is_schur_stable

Range = tuple[sp.Rational, sp.Rational]


def settle(part: StationaryMoment) -> MomentEvidence:
    """Settle where the expectation of a quantity tends.

    Examples
    --------
    >>> from edgestab.theory.parts.stationary import AffineStep
    >>> from edgestab.theory.statement import StepSizes
    >>> from edgestab.theory.symbols import symbol
    >>> x, one = symbol("x"), sp.ImmutableMatrix([[1]])
    >>> step = AffineStep(one * (1 - ETA), 0 * one, ETA * one)  # x' = (1 - eta) x + eta xi: E x^2 -> eta/(2 - eta)
    >>> settle(StationaryMoment("", (step,), (x,), x**2, StepSizes.of(1), sp.S(0), sp.S(2))).sentence
    'at eta = 1 the expectation of x**2 tends to 1, in exact arithmetic'
    """
    sizes = part.step_sizes
    found = [_at(part, r) for r in [(v, v) for v in sizes.values] or [(sizes.low, sizes.high)]]
    standings = [s for s, _ in found]
    worst = next((s for s in (Standing.REFUTED, Standing.UNDECIDED) if s in standings), Standing.PROVED)
    return MomentEvidence(part.name, worst, tuple(text for s, text in found if s is worst))


def _at(part: StationaryMoment, sizes: Range) -> tuple[Standing, str]:
    low, high = sizes
    where = f"at eta = {low}" if low == high else f"for every eta in [{low}, {high}]"
    value = limit_of(part, sizes)
    if value is None:
        return Standing.UNDECIDED, f"{where} the step is not shown to be stable in mean square"
    name = f"the expectation of {sp.sstr(part.quantity)}"
    margins = [value - part.low] if part.low != -sp.oo else []
    margins += [part.high - value] if part.high != sp.oo else []
    if all(_is_positive(m, low, high) for m in margins):
        return Standing.PROVED, f"{where} {name} tends to {sp.sstr(value)}, in exact arithmetic"
    for end in sizes:
        if any(not m.subs(ETA, end) > 0 for m in margins):
            there = sp.sstr(value.subs(ETA, end))
            return Standing.REFUTED, f"at eta = {end} {name} tends to {there}, in exact arithmetic"
    return Standing.UNDECIDED, f"{where} it is not shown between which bounds {name} lies"


def limit_of(part: StationaryMoment, sizes: Range) -> sp.Expr | None:
    """Return what the expectation tends to, a rational function of eta; None where stability is not shown."""
    low, high = sizes
    given = {ETA: low} if low == high else {}
    steps = [tuple(m.subs(given) for m in (s.matrix, s.shift, s.noise)) for s in part.steps]
    count, n = len(steps), len(part.state)
    operator = sum((sp.kronecker_product(a, a) for a, _, _ in steps), sp.zeros(n * n, n * n)) / count
    if not is_schur_stable(operator.applyfunc(sp.expand), low, high):
        return None
    drift = sum((a for a, _, _ in steps), sp.zeros(n, n)) / count
    mean = (sp.eye(n) - drift).LUsolve(sum((b for _, b, _ in steps), sp.zeros(n, 1)) / count)
    rest = sp.zeros(n, n)
    for a, b, c in steps:
        cross = a * mean * b.T
        rest += (cross + cross.T + b * b.T + c * c.T) / count
    second = (sp.eye(n * n) - operator).LUsolve(rest.reshape(n * n, 1))
    value = sp.S.Zero
    for powers, coefficient in sp.Poly(part.quantity, *part.state).terms():
        which = [i for i, k in enumerate(powers) for _ in range(k)]
        moment = {0: sp.S.One, 1: mean[which[0]] if which else None}.get(len(which))
        value += coefficient * (second[n * which[0] + which[1]] if moment is None else moment)
    return sp.cancel(value.subs(given))


def _is_positive(margin: sp.Expr, low: sp.Rational, high: sp.Rational) -> bool:
    """Whether a rational function without poles there is positive on the closed interval."""
    if any(not margin.subs(ETA, end) > 0 for end in (low, high)):
        return False
    if low == high or not margin.has(ETA):
        return True
    above, below = sp.fraction(sp.together(margin))
    return bool(nonnegative(sp.expand(above * below), {ETA: (low, high)}, strict=True).holds)
