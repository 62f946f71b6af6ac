"""Where the invariant curve of gradient descent on l(xy) ends, whatever the minimum; and what takes its place if alpha < 0."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.claims.derived.notation import R
from edgestab.theory.lemma import CurveConstant, Expansion, Identity, Lemma
from edgestab.theory.models.product import P, drift_and_multiplier
from edgestab.theory.parts.proof import Proof
from edgestab.theory.symbols import ETA, symbols

X, Y, B, D0, C2, C3, C4, E, CHANGE, LAM, K, C, YC = symbols("x y b d0 c2 c3 c4 e u lam K c Y")
H, L3, L4 = symbols("h l3 l4")

SOURCE = "derived; after Gan 2026, arXiv 2604.02653, and Zhu et al. 2023, as transcribed"

ALPHA = 3 * L3**2 - H * L4
"""The number whose sign decides."""

CUBIC = 4 * C2**2 - 2 * C3
"""Y, with c2 = l3/(2 h), c3 = l4/(6 h)."""

WEIGHTS = {B: 1, E: 2, CHANGE: 2, C2: 0, C3: 0, C4: 0, D0: 0}

SETTING = (
    "Let l be smooth with l'(d0) = 0, h = l''(d0) > 0, l3 = l'''(d0), l4 = l''''(d0), alpha = 3 l3^2 - h l4; b = xy - d0, "
    "u = (h eta/2)^2 ((x^2 - y^2)^2 + 4 d0^2) - 1, so that at b = 0 the sharpness of L = l(xy) is (2/eta) sqrt(1 + u)."
)

SCALING = "A step eta on l is a step h eta on l/h: let h = 1, and e = (h eta)^2. With l' = b (1 + c2 b + c3 b^2 + c4 b^3 + ...) the later terms have weight above those stated."


def general_slope(at: sp.Expr = P) -> sp.Expr:
    """Return l' = b (1 + c2 b + c3 b^2 + c4 b^3), b = p - d0."""
    b = at - D0
    return b + C2 * b**2 + C3 * b**3 + C4 * b**4


def two_steps() -> tuple[sp.Expr, sp.Expr]:
    """Return u'' and b'' for h = 1 and l' = b (1 + c2 b + c3 b^2 + c4 b^3)."""
    drift, multiplier = drift_and_multiplier(general_slope(), D0, CHANGE, B, E)
    first = {CHANGE: CHANGE - B**2 * drift, B: multiplier * B}
    return tuple(e.xreplace(first) for e in (CHANGE - B**2 * drift, multiplier * B))


def _chart() -> tuple[Lemma, ...]:
    """The chart's map is gradient descent itself, lam = l'(xy)."""
    x, y = X - ETA * LAM * Y, Y - ETA * LAM * X
    size, d = ETA * (X**2 + Y**2), X * Y
    slope = general_slope(D0 + B)
    drift, multiplier = drift_and_multiplier(general_slope(), D0, CHANGE, B, E)
    step = sp.sqrt(4 * (1 + CHANGE) + 4 * E * B * (2 * D0 + B))
    balance = 1 + CHANGE - D0**2 * E  # (eta/2)^2 (x^2 - y^2)^2
    return (
        Identity("(x^2 - y^2)' = (x^2 - y^2) (1 - eta^2 lam^2)", x**2 - y**2, (X**2 - Y**2) * (1 - ETA**2 * LAM**2)),
        Identity("(xy)' = xy (1 + eta^2 lam^2) - s lam, s = eta (x^2 + y^2)", x * y, d * (1 + ETA**2 * LAM**2) - size * LAM),
        Identity("s^2 = eta^2 (x^2 - y^2)^2 + 4 eta^2 (xy)^2", size**2, ETA**2 * (X**2 - Y**2) ** 2 + 4 * ETA**2 * d**2),
        Identity("for h = 1: s^2 = 4 (1 + u) + 4 e b (2 d0 + b)", step**2, 4 * balance + 4 * E * (D0 + B) ** 2),
        Identity("b' of the chart is (xy)' - d0", multiplier * B + D0, (D0 + B) * (1 + E * slope**2) - step * slope),
        Identity("u' of the chart", CHANGE - B**2 * drift, balance * (1 - E * slope**2) ** 2 + D0**2 * E - 1),
    )  # fmt: skip


def _parabola() -> tuple[Lemma, ...]:
    drifted, moved = two_steps()
    curve = C * E + K * B**2
    step = B + 2 * CHANGE * B - 2 * YC * B**3
    on = step.subs(CHANGE, curve)
    defect = curve - 4 * E * B**2 - C * E - K * on**2
    flat = {B: 1, E: 2, C: 0, K: 0, YC: 0}
    end = {E: 2, C: 0}
    by_derivatives = {C2: L3 / (2 * H), C3: L4 / (6 * H)}
    return (
        Expansion("b'' = b + 2 u b - 2 Y b^3 + O(4), Y = 4 c2^2 - 2 c3", moved, B + 2 * CHANGE * B - 2 * CUBIC * B**3, WEIGHTS, 3),
        Expansion("u'' = u - 4 e b^2 + O(5)", drifted, CHANGE - 4 * E * B**2, WEIGHTS, 4),
        Expansion("on u = c e + K b^2: u'' - c e - K b''^2 = -4 (1 + c K) e b^2 - 4 K (K - Y) b^4 + O(5)", defect,
                  -4 * (1 + C * K) * E * B**2 - 4 * K * (K - YC) * B**4, flat, 4),
        Identity("Y = alpha/(3 h^2)", CUBIC.subs(by_derivatives), ALPHA / (3 * H**2)),
        Identity("K = Y, c = -1/Y: c e = -(3 h^4/alpha) eta^2", -(3 * H**2 / ALPHA) * (H * ETA) ** 2, -(3 * H**4 / ALPHA) * ETA**2),
        Expansion("sqrt(1 + c e) = 1 + c e/2 + O(4)", sp.sqrt(1 + C * E), 1 + C * E / 2, end, 3),
    )  # fmt: skip


def constant(h: sp.Expr, l3: sp.Expr, l4: sp.Expr) -> sp.Expr:
    """Return 3 h^4/alpha.

    Examples
    --------
    >>> constant(sp.S(2), sp.S(6), sp.S(6))  # (1 - p^2)^2/4 at 1
    1/2
    """
    return sp.cancel(3 * h**4 / ALPHA.subs({H: h, L3: l3, L4: l4}))


def _examples() -> tuple[Lemma, ...]:
    """The invariant curve to all orders has this first coefficient, on losses with other minima and derivatives."""
    losses = (
        ((1 - P**2) ** 2 / 4, sp.S(1)),
        ((1 - P) ** 2 / 2 + (P - 1) ** 3 / 3, sp.S(1)),
        (R(3, 2) * (P + 2) ** 2 + (P + 2) ** 3 - (P + 2) ** 4 / 4 + (P + 2) ** 5, sp.S(-2)),
        ((P - R(1, 2)) ** 2 - (P - R(1, 2)) ** 4 / 3 + (P - R(1, 2)) ** 6, R(1, 2)),
        (P**2 / 4 + P**3 / 3 + P**4 / 12, sp.S(0)),
    )
    found = []
    for outer, d0 in losses:
        h, l3, l4 = (sp.diff(outer, P, n).subs(P, d0) for n in (2, 3, 4))
        g = constant(h, l3, l4)
        found.append(CurveConstant(f"h = {h}, l3 = {l3}, l4 = {l4}, d0 = {d0}: G(0) = {g}", outer, d0, (g,)))
    return tuple(found)


def _landing() -> Claim:
    return Claim(
        "edgestab2026.landing",
        SOURCE,
        "losses l(xy): the invariant parabola ends at 2/eta - (3 h^4/alpha) eta + O(eta^3)",
        f"{SETTING} If alpha is not 0, then with the weights 1 for b and 2 for eta^2 and u there is one parabola u = c eta^2 + K b^2 that two steps of gradient descent carry into "
        "itself up to terms of weight 5 or more: K = alpha/(3 h^2), c = -3 h^4/alpha. It meets the minima b = 0 at the sharpness 2/eta - (3 h^4/alpha) eta + O(eta^3), whatever d0.",
        (
            Proof(
                "in the chart (u, b)",
                (*_chart(), *_parabola(), *_examples()),
                f"{SCALING} The defect of u = c e + K b^2 vanishes up to weight 5 exactly when 1 + c K = 0 and K (K - Y) = 0: K = 0 is excluded by the first. "
                "The last lemmas find the same constant from the formal invariant curve of five losses.",
            ),
        ),
        (sp.Eq(sp.Symbol("S_oo"), 2 / ETA - 3 * H**4 / sp.Symbol("alpha") * ETA),),
        kind="derived",
        notes=("That orbits follow the parabola where alpha > 0 is not claimed here: zhu2023.R2 and zhu2023.R8 check it on orbits, certificates prove it for given losses.",),
    )  # fmt: skip


def _no_landing() -> Claim:
    _, moved = two_steps()
    frozen = moved.xreplace({E: sp.S.Zero})
    lemmas: tuple[Lemma, ...] = (
        *_chart(),
        Expansion("eta -> 0, u fixed: b'' = b (1 + 2 u - 2 Y b^2) + O(4)", frozen, B + 2 * CHANGE * B - 2 * CUBIC * B**3,
                  {B: 1, CHANGE: 2, C2: 0, C3: 0, C4: 0, D0: 0}, 3),
        Identity("Y = alpha/(3 h^2)", CUBIC.subs({C2: L3 / (2 * H), C3: L4 / (6 * H)}), ALPHA / (3 * H**2)),
        Identity("p^2/2 + k p^4/4 has alpha = -6 k", ALPHA.subs({H: 1, L3: 0, L4: sp.diff(C4 * P**4 / 4, P, 4)}), -6 * C4),
    )  # fmt: skip
    return Claim(
        "edgestab2026.no-landing",
        SOURCE,
        "losses l(xy) with alpha < 0: from starts steeper than the edge small steps lead away from the minima",
        f"{SETTING} If alpha < 0, there is an r > 0 such that from every start with 0 < u < r and 0 < |b| < r gradient descent leaves |b| < r, for all small enough eta, "
        "u and b at the start being fixed.",
        (
            Proof(
                "the frozen map expels",
                lemmas,
                f"{SCALING} At e = 0 u stays, and with Z = -Y > 0 b''/b = 1 + 2 u + 2 Z b^2 + O(u |b| + u^2 + |b|^3), so that |b''| >= (1 + u + Z b^2) |b| for 0 < u < r, |b| <= r, if r is small: |b| "
                "exceeds any bound below r, which is the r of the claim, in finitely many steps. The chart's map is continuous in e at e = 0: for small eta gradient descent does so in as many steps.",
            ),
        ),
        kind="derived",
        notes=("Where such orbits go is not claimed here: edgestab2026.hysteresis and edgestab2026.escape show a loss of each kind.",),
    )  # fmt: skip


CLAIMS: Mapping[str, Callable[[], Claim]] = {"edgestab2026.landing": _landing, "edgestab2026.no-landing": _no_landing}
"""Both signs of alpha."""
