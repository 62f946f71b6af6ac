"""Stability under noise, settled: by exact algebra, and almost surely by logarithms in ball arithmetic."""

from __future__ import annotations

from fractions import Fraction

import flint
import sympy as sp

from edgestab.numerics.printers.ball import ball
from edgestab.numerics.rigorous.balls import precision
from edgestab.theory.parts.noisy import NoisyStability
from edgestab.theory.symbols import ETA
from edgestab.verify.evidence.noise import NoiseEvidence
from edgestab.verify.evidence.standing import Standing
from edgestab.verify.proofs.linear import is_schur_stable

BITS = 256
Range = tuple[sp.Rational, sp.Rational]


def settle(part: NoisyStability) -> NoiseEvidence:
    """Settle whether a point is stable under steps on random batches.

    Examples
    --------
    >>> from edgestab.theory.statement import StepSizes
    >>> matrices = tuple(sp.ImmutableMatrix([[1 - ETA * a]]) for a in (1, 3))
    >>> part = NoisyStability("", matrices, StepSizes.of("0.79"), "in mean square", "x = 0")
    >>> settle(part).standing  # the threshold is 2 E a/E a^2 = 0.8
    <Standing.PROVED: 'PROVED'>
    """
    sizes = part.step_sizes
    ranges: list[Range] = [(v, v) for v in sizes.values] or [(sizes.low, sizes.high)]
    found = [_at(part, r) for r in ranges]
    standings = [s for s, _ in found]
    worst = next((s for s in (Standing.REFUTED, Standing.UNDECIDED) if s in standings), Standing.PROVED)
    shown = tuple(text for s, text in found if s is worst)
    return NoiseEvidence(part.name, worst, shown, part.sense, part.point, len(part.matrices))


def _at(part: NoisyStability, sizes: Range) -> tuple[Standing, str]:
    low, high = sizes
    where = f"at eta = {low}" if low == high else f"for every eta in [{low}, {high}]"
    if part.sense == "almost surely":
        return _almost_surely(part.matrices, sizes, where)
    count = len(part.matrices)
    of = [m if part.sense == "in the mean" else sp.kronecker_product(m, m) for m in part.matrices]
    operator = sp.Matrix(sum(of[1:], of[0]) / count).applyfunc(sp.expand)
    words = "E A" if part.sense == "in the mean" else "E A (x) A"
    if is_schur_stable(operator, low, high):
        return Standing.PROVED, f"{where} all eigenvalues of {words} lie inside the unit circle"
    unstable = next((end for end in sizes if _is_unstable(operator, end)), None)
    if unstable is not None:  # one end of a range is enough against it, and nothing is said of the others
        return Standing.REFUTED, f"at eta = {unstable} an eigenvalue of {words} lies on or outside the unit circle"
    return Standing.UNDECIDED, f"{where} it is not shown that all eigenvalues of {words} lie inside the unit circle"


def _is_unstable(operator: sp.Matrix, eta: sp.Rational) -> bool:
    """Whether at one step size the eigenvalues are not all inside: Hurwitz's criterion is exact there."""
    return not is_schur_stable(operator.subs(ETA, eta), sp.S.One, sp.S.One)


def _almost_surely(matrices: tuple[sp.ImmutableMatrix, ...], sizes: Range, where: str) -> tuple[Standing, str]:
    low, high = sizes
    if low != high:
        return Standing.UNDECIDED, f"{where} almost sure stability is settled at single step sizes only"
    here = [m.subs(ETA, low) for m in matrices]
    n = here[0].rows
    with precision(BITS):
        if n == 1:
            if any(m[0, 0] == 0 for m in here):
                return Standing.PROVED, f"{where} a batch leads to the point in one step, almost surely in the end"
            exponent = sum((_ball(abs(m[0, 0])).log() for m in here), flint.arb(0)) / len(here)
            words = f"{where} E log|A| = {exponent.str(9, radius=False)}"
            if exponent < 0:
                return Standing.PROVED, f"{words} < 0"
            return (Standing.REFUTED, f"{words} >= 0") if exponent >= 0 else (Standing.UNDECIDED, words)
        norms = [_ball(sum(e**2 for e in m)).sqrt() for m in here]
        if all(x > 0 for x in norms):
            above = sum((x.log() for x in norms), flint.arb(0)) / len(here)
            if above < 0:
                return Standing.PROVED, f"{where} E log|A| <= {above.str(9, radius=False)} < 0 in Frobenius's norm"
        volumes = [_ball(abs(m.det())) for m in here]
        if all(x > 0 for x in volumes):
            below = sum((x.log() for x in volumes), flint.arb(0)) / (n * len(here))
            if below > 0:
                return Standing.REFUTED, f"{where} the Lyapunov exponent is at least {below.str(9, radius=False)} > 0"
    return Standing.UNDECIDED, f"{where} neither norms nor determinants settle the sign of the Lyapunov exponent"


def _ball(x: sp.Rational) -> flint.arb:
    return ball(Fraction(int(x.p), int(x.q)))
