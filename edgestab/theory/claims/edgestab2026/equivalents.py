"""The number that decides about the flip, on l(xy) and in one dimension: criteria of the literature are its sign."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.claims.edgestab2026.landing import ALPHA, D0, L3, L4, H, X, Y
from edgestab.theory.lemma import Identity, Lemma
from edgestab.theory.parts.proof import Proof
from edgestab.theory.symbols import ETA, symbols

N, T, ALONG, LAM, TJ, Q, A = symbols("N t w lam Tj Q alpha")

LENGTH = {N: (2, X**2 + Y**2)}
"""N is the length of the gradient of xy."""


def _on_the_product() -> tuple[Lemma, ...]:
    """Derivatives of l(xy) at xy = d0 along u = (y, x)/N, and of the second one along the minima."""
    d0 = X * Y

    def taylor(p: sp.Expr) -> sp.Expr:
        return H * (p - d0) ** 2 / 2 + L3 * (p - d0) ** 3 / 6 + L4 * (p - d0) ** 4 / 24

    line = taylor((X + T * Y / N) * (Y + T * X / N))
    second, third, fourth = (sp.diff(line, T, k).subs(T, 0) for k in (2, 3, 4))
    beside = taylor((X + T * Y / N + ALONG * X / N) * (Y + T * X / N - ALONG * Y / N))
    tangential = sp.diff(beside, T, 2, ALONG).subs({T: 0, ALONG: 0})
    return (
        Identity("lambda = D^2L[u, u] = h N^2", second, H * N**2, LENGTH),
        Identity("D^3L[u, u, u] = l3 N^3 + 6 h d0/N", third, L3 * N**3 + 6 * H * d0 / N, LENGTH),
        Identity("D^4L[u, u, u, u] = l4 N^4 + 12 l3 d0 + 12 h d0^2/N^4", fourth, L4 * N**4 + 12 * L3 * d0 + 12 * H * d0**2 / N**4, LENGTH),
        Identity("along w = (x, -y)/N: D^3L[u, u, w] = 2 h (x^2 - y^2)/N", tangential, 2 * H * (X**2 - Y**2) / N, LENGTH),
        Identity("(x^2 - y^2)^2 = N^4 - 4 (xy)^2", (X**2 - Y**2) ** 2, (X**2 + Y**2) ** 2 - 4 * X**2 * Y**2),
    )  # fmt: skip


def _product_stability() -> Claim:
    third, fourth = L3 * N**3 + 6 * H * D0 / N, L4 * N**4 + 12 * L3 * D0 + 12 * H * D0**2 / N**4
    c = N**4 * ALPHA / (3 * H) + 8 * L3 * D0 + 32 * H * D0**2 / N**4
    edge = sp.sqrt(2 / (H * ETA))
    at_edge = 4 * A / (3 * H**3 * ETA**2) + 8 * L3 * D0 + 8 * H**3 * D0**2 * ETA**2
    pull = 8 * H / ETA - 8 * H**3 * D0**2 * ETA
    lemmas: tuple[Lemma, ...] = (
        Identity("one dimension: 3 (l3^2/h - l4/3) = alpha/h", 3 * (L3**2 / H - L4 / 3), ALPHA / H),
        Identity("3 C = 3 sum T_j^2/lam_j - Q, a term of the sum", 3 * (TJ**2 / LAM - Q / 3), 3 * TJ**2 / LAM - Q),
        *_on_the_product(),
        Identity("C = N^4 alpha/(3 h) + 8 l3 d0 + 32 h d0^2/N^4", third**2 / (H * N**2) - fourth / 3, c),
        Identity("where lambda = h N^2 = 2/eta", c.subs(N, edge), at_edge.subs(A, ALPHA)),
        Identity("and |P T|^2 = 4 h^2 (N^4 - 4 d0^2)/N^2", (4 * H**2 * (N**4 - 4 * D0**2) / N**2).subs(N, edge), pull),
        Identity("there |P T|^2/(2 C) = (3 h^4/alpha) eta (1 - h^2 d0^2 eta^2)/(1 + (6 h^3 l3 d0 + 6 h^6 d0^2 eta^2) eta^2/alpha)", pull / (2 * at_edge),
                 3 * H**4 / A * ETA * (1 - H**2 * D0**2 * ETA**2) / (1 + (6 * H**3 * L3 * D0 + 6 * H**6 * D0**2 * ETA**2) * ETA**2 / A)),
    )  # fmt: skip
    return Claim(
        "edgestab2026.product-stability",
        "derived; after Gan 2026, arXiv 2604.02653, arXiv 2606.15551, and Chen & Bruna 2023, arXiv 2206.04172, as transcribed",
        "the flip is supercritical, 3 sum T_j^2/lam_j > Q: in one dimension 3 l'''^2 > l'' l'''', on l(xy) product stability in the limit of small steps",
        "C = sum over normal j of T_j^2/lam_j - Q/3, in the notation of edgestab2026.flip-many, is positive exactly when 3 sum T_j^2/lam_j > Q. For l of one parameter C = alpha/(3 h), alpha = 3 l3^2 - h l4, and this is the "
        "condition 3 l'''^2 > l'' l''''. At a minimum xy = d0 of l(xy), with N^2 = x^2 + y^2, C = N^4 alpha/(3 h) + 8 l3 d0 + 32 h d0^2/N^4; where lambda = 2/eta, C eta^2 tends to 4 alpha/(3 h^3) as eta tends to 0, so that there "
        "C has the sign of alpha, for small eta, if alpha is not 0, and for every eta if d0 = 0. P T, the slope of lambda along the minima, has the square 8 h/eta - 8 h^3 d0^2 eta there, and |P T|^2/(2 C) = (3 h^4/alpha) eta + O(eta^3).",
        (
            Proof(
                "derivatives along u and along the minima",
                lemmas,
                "At xy = d0 the Hessian is h times the square of the gradient (y, x) of xy: u = (y, x)/N is the only normal direction, and w = (x, -y)/N is tangent. Only the derivatives of l up to the fourth enter. If d0 = 0, C = N^4 alpha/(3 h).",
            ),
        ),
        (sp.Eq(sp.Symbol("C"), N**4 * sp.Symbol("alpha") / (3 * H) + 8 * L3 * D0 + 32 * H * D0**2 / N**4),),
        kind="derived",
        notes=("alpha > 0 is product stability (Gan 2026, as transcribed): at one step size it is neither necessary nor sufficient for C > 0 if d0 is not 0.",),
    )  # fmt: skip


CLAIMS: Mapping[str, Callable[[], Claim]] = {"edgestab2026.product-stability": _product_stability}
"""One number, three names."""
