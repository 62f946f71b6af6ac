"""Liang & Montufar 2025 (arXiv 2509.25351): the critical step size of a factorization of a scalar.

Derived here; that the formula is the paper's is recalled, not read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.lemma import Identity, Lemma
from edgestab.theory.models.uv import A, P, Q, invariant_ellipse
from edgestab.theory.parts.proof import Proof
from edgestab.theory.symbols import ETA, symbols

U, V, Y = symbols("u v y")


def critical_step() -> sp.Expr:
    r"""Return :math:`\eta^* = 8/(N + \sqrt{N^2 + 16y(y - uv)})`, :math:`N = u^2 + v^2`.

    Examples
    --------
    >>> critical_step().subs({U: 1, V: 1, Y: 1})
    2
    """
    size = U**2 + V**2
    return 8 / (size + sp.sqrt(size**2 + 16 * Y * (Y - U * V)))


def _critical_step() -> Claim:
    size, k = U**2 + V**2, Y * (Y - U * V)
    edge = critical_step()
    at = {P: ETA * (U + V) ** 2 / 4, Q: ETA * (U - V) ** 2 / 4, A: ETA * Y}
    root = sp.sqrt(size**2 + 16 * k)
    lemmas: tuple[Lemma, ...] = (
        Identity(
            "(4 - a^2)(E - 1) = K eta^2 + N eta - 4, K = y (y - u v)",
            ((4 - A**2) * (invariant_ellipse() - 1)).subs(at, simultaneous=True),
            k * ETA**2 + size * ETA - 4,
        ),
        Identity(
            "N^2 + 16 K = (N - 4 y)^2 + 8 y (u - v)^2", size**2 + 16 * k, (size - 4 * Y) ** 2 + 8 * Y * (U - V) ** 2
        ),
        Identity(
            "K eta^2 + N eta - 4 = (eta - eta*)(K eta + 4/eta*)",
            k * ETA**2 + size * ETA - 4,
            (ETA - edge) * (k * ETA + 4 / edge),
        ),
        Identity("4/eta* = (N + sqrt(N^2 + 16 K))/2", 4 / edge, (size + root) / 2),
        Identity("2 (y - u v) + (N + N - 4 y)/2 = (u - v)^2", 2 * (Y - U * V) + (2 * size - 4 * Y) / 2, (U - V) ** 2),
    )
    return Claim(
        "liang2025.critical-step",
        "derived; after Liang & Montufar 2025, as recalled",
        "below the critical step size of a start, gradient descent on a scalar factorization is bounded",
        "For GD on 1/2 (uv - y)^2, y >= 0, from (u, v), not 0, with N = u^2 + v^2: eta* = 8/(N + sqrt(N^2 + 16 y (y - uv))) has eta* y <= 2, "
        "and for eta > 0 with eta y < 2, eta < eta* exactly when the start is inside the ellipse E = 1 of kalra2023.ellipse, and eta = eta* when on it. "
        "So for 0 < eta < eta* the orbit is bounded.",
        (
            Proof(
                "critical step size",
                lemmas,
                "By the second lemma R = sqrt(N^2 + 16 K) is real and at least |N - 4 y|, so 4/eta* = (N + R)/2 >= 2 y. In the factor "
                "K eta + 4/eta*, which is positive where K >= 0, K < 0 gives y > 0 and K eta > 2 (y - u v) as eta y < 2, and "
                "4/eta* >= (N + N - 4 y)/2: so it is positive, and E - 1 has the sign of eta - eta*. Below eta*, eta y < 2 and "
                "kalra2023.ellipse applies, with a = eta y.",
            ),
        ),
        (sp.Eq(sp.Symbol("eta*"), edge),),
        kind="derived",
        notes=(
            "For y < 0 change the signs of v and y. For eta y < 2 almost every start with eta* < eta diverges: kalra2023.escape.",
        ),
    )


CLAIMS: Mapping[str, Callable[[], Claim]] = {"liang2025.critical-step": _critical_step}
"""The paper's claims."""
