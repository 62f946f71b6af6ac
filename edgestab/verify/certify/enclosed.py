"""A drift form with functions enclosed that have no closed form, where a certificate needs them."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

from edgestab.numerics.rigorous.enclosed_root import enclosed_root
from edgestab.numerics.rigorous.enclosing import enclosed_ratio, enclosed_rise
from edgestab.numerics.rigorous.expansions import NotEnclosed
from edgestab.numerics.rigorous.slow_manifold import two_cycle
from edgestab.theory.drift import B, DriftForm, ImplicitCurve, NoDriftForm, ProductForm
from edgestab.theory.drift_of_chain import ChainForm
from edgestab.verify.certify.cells import Interval

ABOVE = (1.6, 1.4, 1.25, 1.1, 1.02)
"""How far above the ceiling the 2-cycle is looked for whose points bound the interval of b, the farthest first."""

MARGIN = Fraction(1, 8)
"""By what part of itself the interval reaches beyond the 2-cycle: strips are wider than it."""


def enclosed(form: DriftForm, x: Interval, b: Interval, eps: Interval) -> DriftForm:
    """Return the form with those functions enclosed that a certificate about these starts and step sizes needs."""
    if isinstance(form, ChainForm):
        largest = Fraction(math.ceil(128 * eps[1]), 64)  # kappa is at most eps (1 + b)(1 + x)^(-3/2)
        return replace(form, root=enclosed_root((Fraction(-1, 64), max(largest, Fraction(1, 32)))))
    if not isinstance(form, ProductForm) or (form.is_polynomial and (form.frozen is not None or eps[0] == eps[1])):
        return form
    return _enclosed(form, x, b, eps[1])


def _enclosed(form: ProductForm, x: Interval, b: Interval, eps: Fraction) -> ProductForm:
    """Return the form with l'(d0 + b)/b enclosed, and where they can be the 2-cycles of the frozen map.

    Raises
    ------
    NoDriftForm
        When b ends on no 2-cycle with x held fixed, or the loss is not smooth enough.
    """
    _ = form.leading  # which says that alpha is not positive
    cycles = [two_cycle(form, factor * float(x[1]), float(eps)) for factor in ABOVE]
    domains = [_outward(c[0] * (1 + MARGIN), c[1] * (1 + MARGIN)) for c in cycles if c is not None]
    if not domains:
        raise NoDriftForm(
            f"at x = {float(x[1]):.4g} b does not end on a 2-cycle while x is held fixed: lower the upper end of x"
        )
    starts = _outward(b[0], b[1])
    try:
        ratio = enclosed_ratio(form, (min(domains[0][0], starts[0]), max(domains[0][1], starts[1])))
    except NotEnclosed as error:
        raise NoDriftForm(str(error)) from error
    known = replace(form, ratio=ratio.at(B), enclosed=ratio)
    for domain in dict.fromkeys(domains):
        try:
            return replace(known, frozen=ImplicitCurve(enclosed_rise(form, ratio, domain)))
        except NotEnclosed:
            pass
    return known  # enough for single step sizes


def _outward(low: float | Fraction, high: float | Fraction) -> Interval:
    """Ends of few binary digits."""
    return Fraction(math.floor(64 * low), 64), Fraction(math.ceil(64 * high), 64)
