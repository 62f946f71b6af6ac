"""Singular values that move by themselves, and how their layers balance."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.claims.ghosh2025.notation import AFTER, T
from edgestab.theory.lemma import Identity, Inequality, Lemma
from edgestab.theory.loss import Loss
from edgestab.theory.models.factorization import factorization_loss
from edgestab.theory.optimizers.gradient_descent import gradient_descent
from edgestab.theory.parts.proof import Proof
from edgestab.theory.symbols import ETA, symbol, symbols

XI, XJ, R, SIGMA = symbols("xi xj r sigma")


def _modes() -> Claim:
    lemmas: list[Lemma] = []
    for depth in (2, 3):
        target = [symbol(f"sigma{i}") for i in (1, 2)]
        loss = factorization_loss((2,) * (depth + 1), sp.diag(*target))
        diagonal = {p: p if p.name[-1] == p.name[-3] else sp.S.Zero for p in loss.parameters}
        for p, g in zip(loss.parameters, loss.gradient, strict=True):
            found = g.xreplace(diagonal)
            if diagonal[p] == 0:
                lemmas.append(Identity(f"L = {depth}: no slope in {p}", found, sp.S.Zero))
                continue
            mode = [symbol(f"{q.name[:3]}{p.name[-1]}_{p.name[-1]}") for q in loss.parameters[::4]]
            chain = (sp.Mul(*mode) - target[int(p.name[-1]) - 1]) ** 2 / 2
            lemmas.append(Identity(f"L = {depth}: the slope in {p} is the chain's", found, sp.diff(chain, p)))
    return Claim(
        "ghosh2025.modes",
        AFTER,
        "on the singular vector set every mode is a scalar chain",
        "Let M = U diag(sigma_i) V^T, d x d, and W_l = Q_(l+1) D_l Q_l^T, D_l diagonal, Q_l orthogonal, Q_1 = V, Q_(L+1) = U. GD on |W_L ... W_1 - M|_F^2/2 keeps this form with the same Q_l, and "
        "the entries d_(l,i) of each mode i move by GD on (d_(1,i) ... d_(L,i) - sigma_i)^2/2.",
        (
            Proof(
                "diagonal gradient",
                tuple(lemmas),
                "W_l -> Q_(l+1)^T W_l Q_l is an isometry that makes M and all layers diagonal; then every factor of the gradient A_l^T (W_L ... W_1 - M) B_l^T, A_l and B_l the products of the layers after "
                "and before, is diagonal. The lemmas differentiate the loss itself for L = 2, 3 and d = 2.",
            ),
        ),
        kind="derived",
        notes=("Of exactly diagonal layers: whether the set attracts is another matter, see ghosh2025.transverse.",),
    )


def _balance() -> Claim:
    total = XI * XJ * R
    chain = Loss((XI, XJ), (total - SIGMA) ** 2 / 2, "chain")
    xi, xj = gradient_descent(chain).closed_form()
    k = ETA * (total - SIGMA) * R
    lemmas: tuple[Lemma, ...] = (
        Identity("b' = b (1 - k^2)", xi**2 - xj**2, (XI**2 - XJ**2) * (1 - k**2)),
        Identity("k = eta (P - sigma) P/(x_i x_j)", k, ETA * (total - SIGMA) * total / (XI * XJ)),
        Identity("1 - (1 - t)^2 = t (2 - t)", 1 - (1 - T) ** 2, T * (2 - T)),
        Inequality("which is > 0 for 0 < t < 2", T * (2 - T), {T: (sp.S.Zero, sp.S(2))}, strict=True),
        Inequality("and < 0 beyond", -T * (2 - T), {T: (sp.S(2), sp.oo)}, strict=True),
        Identity("L = 2: k = eta (P - sigma)", k.subs(R, 1), ETA * (XI * XJ - SIGMA)),
    )
    return Claim(
        "ghosh2025.balance",
        AFTER,
        "when a step balances two layers",
        "For GD of step eta on (P - sigma)^2/2, P = x_1 ... x_L, L >= 2, the gap b = x_i^2 - x_j^2 obeys b' = b (1 - k^2), k = eta (P - sigma) P/(x_i x_j), the quotient standing for the product of the other layers. "
        "Where b is not 0: |b'| < |b| exactly when 0 < |k| < sqrt2, |b'| > |b| exactly when |k| > sqrt2. For L = 2, k = eta (P - sigma): with S = 2 sigma, eta S <= 2 sqrt2 "
        "suffices for |b'| <= |b| wherever 0 <= P <= 2 sigma.",
        (Proof("gap", lemmas, "t = k^2. For L = 2, |k| <= eta sigma = eta S/2 on 0 <= P <= 2 sigma."),),
        (sp.Eq(sp.Symbol("b'"), sp.Symbol("b") * (1 - sp.Symbol("k") ** 2)),),
        kind="derived",
        notes=("Of single steps; along orbits from small starts it is sampled in ghosh2025.gaps-along-runs.",),
    )


CLAIMS: Mapping[str, Callable[[], Claim]] = {
    "ghosh2025.modes": _modes,
    "ghosh2025.balance": _balance,
}
"""The claims on modes and their balance."""
