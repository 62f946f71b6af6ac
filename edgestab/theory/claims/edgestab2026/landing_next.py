"""The next coefficient of the sharpness at which the invariant curve of gradient descent on l(xy) ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.claims.derived.notation import R
from edgestab.theory.claims.edgestab2026.landing import ALPHA, C2, C3, C4, CUBIC, D0, L3, L4, SETTING, SOURCE, B, E, H
from edgestab.theory.lemma import CurveConstant, Expansion, Identity, Lemma
from edgestab.theory.models.product import P, drift_and_multiplier
from edgestab.theory.parts.proof import Proof
from edgestab.theory.symbols import ETA, symbols

C5, C6, U, AT_ZERO, TAU, L5, L6 = symbols("c5 c6 u x20 tau l5 l6")

OF_UNITS = {C3: (4 * C2**2 - 1) / 2}
"""In units of xy with Y = 4 c2^2 - 2 c3 = 1."""

B4 = -32 * C2**4 + 14 * C2**2 + 12 * C2 * C4 - 2 * C5 + R(3, 4)
EB2 = -64 * C2**4 + 22 * C2**2 + 24 * C2 * C4 + 4 * C2 * D0 - 4 * C5 + R(1, 2)
E2 = EB2 + D0**2 + R(3, 4)
"""The coefficients of b^4, e b^2 and e^2 in u on the curve, in these units."""

G = (-64 * C2**4 + 24 * C2 * C4 - 4 * C5) / CUBIC**2 + 22 * C2**2 / CUBIC + 4 * C2 * D0 + D0**2 * CUBIC + 1
"""(alpha/(3 h^4))^2 times the coefficient of eta^3, in any units."""

DERIVATIVES = {C2: L3 / (2 * H), C3: L4 / (6 * H), C4: L5 / (24 * H), C5: L6 / (120 * H)}


def _defect() -> sp.Expr:
    """How far two steps lead from the curve, with the coefficient of e^2 left open."""
    shift = P - D0
    slope = (shift + C2 * shift**2 + C3 * shift**3 + C4 * shift**4 + C5 * shift**5 + C6 * shift**6).subs(OF_UNITS)
    drift, multiplier = drift_and_multiplier(slope, D0, U, B, E)

    def curve(b: sp.Expr) -> sp.Expr:
        return -E + b**2 + 2 * C2 * b**3 + B4 * b**4 + EB2 * E * b**2 + AT_ZERO * E**2

    u, b = curve(B), B
    for _ in range(2):
        here = {U: u, B: b}
        u, b = u - b**2 * drift.xreplace(here), b * multiplier.xreplace(here)
    return u - curve(b)


def third_of(derivatives: Sequence[sp.Expr], d0: sp.Expr) -> sp.Expr:
    """Return the coefficient of eta^3 from the derivatives of l of order 2 to 6 at its minimum d0."""
    names = dict(zip((H, L3, L4, L5, L6), derivatives, strict=True))
    return (9 * H**8 / ALPHA**2 * G.subs(DERIVATIVES)).subs(names).subs(D0, d0)


def third(outer: sp.Expr, d0: sp.Expr) -> sp.Expr:
    """Return the coefficient of eta^3 for a loss l(p) with its minimum at d0.

    Examples
    --------
    >>> third((1 - P**2) ** 2 / 4, sp.S(1))
    129/32
    """
    return third_of([sp.diff(outer, P, n).subs(P, d0) for n in range(2, 7)], d0)


def _examples() -> tuple[Lemma, ...]:
    losses = (
        ((1 - P**2) ** 2 / 4, sp.S(1)),
        ((1 - P) ** 2 / 2 + (P - 1) ** 3 / 3, sp.S(1)),
        (R(3, 2) * (P + 2) ** 2 + (P + 2) ** 3 - (P + 2) ** 4 / 4 + (P + 2) ** 5 - (P + 2) ** 6 / 3, sp.S(-2)),
    )
    found = []
    for outer, d0 in losses:
        h, l3, l4 = (sp.diff(outer, P, n).subs(P, d0) for n in (2, 3, 4))
        first = 3 * h**4 / ALPHA.subs({H: h, L3: l3, L4: l4})
        stated = (first, -third(outer, d0))
        found.append(CurveConstant(f"l = {outer}: G = {stated[0]} + ({stated[1]}) eta^2 + ...", outer, d0, stated))
    return tuple(found)


def _next() -> Claim:
    weights = {B: 1, E: 2, C2: 0, C4: 0, C5: 0, C6: 0, D0: 0, AT_ZERO: 0}
    units = {C2: C2 * TAU, C4: C4 * TAU**3, C5: C5 * TAU**4, D0: D0 / TAU}
    at_units = E2 - R(1, 4)
    lemmas: tuple[Lemma, ...] = (
        Expansion("Y = 1: u'' - u(b'') = 4 (c20 - x20) e^2 b^2 + O(7) on u = -e + b^2 + 2 c2 b^3 + c04 b^4 + c12 e b^2 + x20 e^2", _defect(),
                  4 * (E2 - AT_ZERO) * E**2 * B**2, weights, 6),
        Expansion("sqrt(1 - e + c20 e^2) = 1 - e/2 + (c20 - 1/4) e^2/2 + O(e^3)", sp.sqrt(1 - E + AT_ZERO * E**2),
                  1 - E / 2 + (AT_ZERO - R(1, 4)) * E**2 / 2, {E: 1, AT_ZERO: 0}, 2),
        Identity("in units tau of xy, tau^2 = 1/Y, c20 - 1/4 is G", at_units.subs(units, simultaneous=True), G.subs(C3, (4 * C2**2 - 1 / TAU**2) / 2)),
        Identity("(h^2/Y)^2 = 9 h^8/alpha^2", (H**2 / CUBIC.subs(DERIVATIVES)) ** 2, 9 * H**8 / ALPHA**2),
        *_examples(),
    )  # fmt: skip
    alpha = sp.Symbol("alpha")
    return Claim(
        "edgestab2026.landing-next",
        SOURCE,
        "losses l(xy): the coefficient of eta^3",
        f"{SETTING} If alpha > 0, a curve u = -(3 h^4/alpha) eta^2 + (alpha/(3 h^2)) b^2 + ... with terms of weight up to 4 (1 for b, 2 for eta^2 and u) is carried into itself by two steps of "
        "gradient descent up to terms of weight 7 or more, and meets b = 0 at the sharpness 2/eta - (3 h^4/alpha) eta + (9 h^8/alpha^2) g eta^3 + O(eta^5), where "
        "g = (24 c2 c4 - 64 c2^4 - 4 c5)/Y^2 + 22 c2^2/Y + 4 c2 d0 + d0^2 Y + 1, Y = alpha/(3 h^2), c2 = l3/(2 h), c4 = l5/(24 h), c5 = l6/(120 h).",
        (
            Proof(
                "in units with Y = 1",
                lemmas,
                "A step eta on l is a step h eta on l/h. With xy = tau p, tau^2 = 1/Y, it is a step h tau eta on l(tau p)/(h tau^2), of which h and Y are 1, c_k is c_k tau^(k-1) and the minimum d0/tau; "
                "the sharpness is h tau times that of the new parameters. So e = (h tau eta)^2 = h^2 eta^2/Y and S = (2/eta) sqrt(1 + u). The chart is that of edgestab2026.landing; later terms of l' than c6 b^6 have weight above those stated.",
            ),
        ),
        (sp.Eq(sp.Symbol("S_oo"), 2 / ETA - 3 * H**4 / alpha * ETA + 9 * H**8 / alpha**2 * sp.Symbol("g") * ETA**3),),
        kind="derived",
        notes=("For (1 - p^2)^2/4 the coefficient is 129/32, as in zhu2023.R2.",),
    )  # fmt: skip


CLAIMS: Mapping[str, Callable[[], Claim]] = {"edgestab2026.landing-next": _next}
"""The next coefficient."""
