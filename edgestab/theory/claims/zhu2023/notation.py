"""The paper's notation: k = sqrt(eta), the coordinates (a, b), and the exact step in them."""

from __future__ import annotations

import sympy as sp

from edgestab.theory.symbols import ETA, symbols

SOURCE = "Zhu et al. 2023"

K_BIG, K, A, B, X, Y, D, S, C2 = symbols("K k a b x y d s c2")
"""The unspecified constant; sqrt(eta); offsets from the edge; parameters; xy; eta (x^2 + y^2); x^2 - y^2."""

R = sp.Rational

WINDOW = (2 / ETA - R(20, 3) * ETA, 2 / ETA)
"""The paper's window for the final sharpness."""

SCALED_EDGE = (1 - 4 * K**4) ** R(1, 4)
"""k times the coordinate c of the minimum at the edge: analytic in k, where c = (1/k^4 - 4)^(1/4) is not."""

Q = ((1 + B) ** 3 - (1 + B)) ** 2
"""q = d^2 (d^2 - 1)^2 with d = 1 + b."""

WEIGHTS = {A: 3, B: 2, K: 1}
"""The scaling in which a k, b^2 and k^4 have one size."""


def scaled_a_step(a: sp.Expr = A, b: sp.Expr = B) -> sp.Expr:
    """Return k a', from C' = C (1 - eps q): k a' = -k c0 + (k a + k c0) sqrt(1 - q k^4)."""
    q = ((1 + b) ** 3 - (1 + b)) ** 2
    return -SCALED_EDGE + (K * a + SCALED_EDGE) * sp.sqrt(1 - q * K**4)


def b_step(scaled_a: sp.Expr = K * A, b: sp.Expr = B) -> sp.Expr:
    """Return b', from d' = d (1 - s r + eps q), with s in terms of k a."""
    d = 1 + b
    r = d**2 - 1
    s = sp.sqrt(4 * d**2 * K**4 + (scaled_a + SCALED_EDGE) ** 4)
    return d * (1 - s * r + K**4 * d**2 * r**2) - 1


def two_steps() -> tuple[sp.Expr, sp.Expr]:
    """Return k a'' and b''."""
    first_a, first_b = scaled_a_step(), b_step()
    return scaled_a_step(first_a / K, first_b), b_step(first_a, first_b)
