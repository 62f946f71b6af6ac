"""Results R6 and R7: scalar chains of any depth."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.claims.zhu2023.notation import B, R
from edgestab.theory.conclusions.final_sharpness import FinalSharpness
from edgestab.theory.lemma import Expansion, Identity, Lemma
from edgestab.theory.models.catalogue import model
from edgestab.theory.parts.proof import Proof
from edgestab.theory.region import Region
from edgestab.theory.statement import OrbitStatement, StepSizes
from edgestab.theory.symbols import ETA, symbols

SOURCE = "derived"


def _r6() -> Claim:
    lemmas: list[Lemma] = []
    (b,) = symbols("b")
    for depth in (2, 3, 4, 5):
        theta = symbols(" ".join(f"theta{i}" for i in range(depth - 1)))
        theta = (*theta, 1 - sp.Add(*theta))
        t2, t3 = (sp.Add(*(t**n for t in theta)) for n in (2, 3))
        weights = {b: 1, **dict.fromkeys(theta[:-1], 0)}
        c = R(4, 3) * (5 - 9 * t2 + 6 * t2**2 - 2 * t3)
        twice = _product_step(_product_step(b, theta), theta)
        lemmas.append(Expansion(f"depth {depth}: b'' = b - 2 c b^3", twice, b - 2 * c * b**3, weights, 3))
        # Balances u_i - u_j shrink by delta_i delta_j = 4 b^2 theta_i theta_j; with lam = 1, u_i = 1/theta_i.
        du = [4 * b**2 * t - 4 * b**2 * t2 for t in theta]
        u = [1 / t for t in theta]
        for i, j in itertools.combinations(range(depth), 2):
            lemmas.append(Identity(f"depth {depth}: balance {i},{j}", du[i] - du[j],
                                   -(u[i] - u[j]) * 4 * b**2 * theta[i] * theta[j]))  # fmt: skip
        lemmas.append(
            Identity(
                f"depth {depth}: the product stays", sp.Add(*(t * v for t, v in zip(theta, du, strict=True))), sp.S(0)
            )
        )
        lemmas.append(Identity(f"depth {depth}: the sharpness falls by 4 b^2 (t3 - t2^2)",
                               -sp.Add(*(t**2 * v for t, v in zip(theta, du, strict=True))), -4 * b**2 * (t3 - t2**2)))  # fmt: skip
    (n,) = symbols("n")
    lemmas.append(Identity("n equal small entries: t3 - t2^2 = 0", 1 / n**2 - (1 / n) ** 2, sp.S(0)))
    lemmas.append(Identity("one dominant entry, t2 = t3 = 1: c = 0", R(4, 3) * (5 - 9 + 6 - 2), sp.S(0)))
    two, cc = symbols("m c")
    lemmas.append(
        Identity(
            "balance of growth and drift: x = c b^2/2 + x_oo is invariant under x'' = x - 8 b^2 m, b'' = b (1 + 4x - 2 c b^2) iff x_oo = -2m/c",
            cc * b**2 * (4 * (cc * b**2 / 2 - 2 * two / cc) - 2 * cc * b**2),
            -8 * b**2 * two,
        )
    )
    statements = []
    for name, big, pairs in (("chain:1,2", "0.2", (1, 2)), ("chain:1,3", "0.3", (1, 3)), ("quartic", "0.02", (2, 2))):
        statements.append(_r6_orbits(name, big, pairs))
    return Claim(
        "zhu2023.R6",
        f"{SOURCE}, R6",
        "scalar nets of depth 2 to 5",
        "To leading order, with theta_i = (1/w_i^2)/S at the final minimum and t_k = sum theta_i^k, 2/eta - S_oo ~ (4/eta)(t3 - t2^2)/c, "
        "c = (4/3)(5 - 9 t2 + 6 t2^2 - 2 t3). For n equal small entries t3 = t2^2, and there is no gap to this order; for one dominant entry c = 0, and the formula says nothing.",
        (
            Proof("leading order", tuple(lemmas), "x is half of eta times the GFS sharpness, less 1; m = t3 - t2^2."),
            *statements,
        ),
        kind="derived",
        notes=("Proved for depths 2 to 5 at leading order; on orbits the prediction is tested to 20 percent.",),
    )


def _product_step(e: sp.Expr, theta: tuple[sp.Expr, ...]) -> sp.Expr:
    """Return P' - 1 for P = 1 + e at the edge, with the balances frozen.

    The point of product P with the balances of the minimum has u_i = w_i^2 = (1/theta_i + gamma)/S, with
    sum log(1 + theta_i gamma) = 2 log(1 + e), so gamma = 2e + (2 t2 - 1) e^2 + O(e^3), and
    delta_i = eta (P - 1) P/u_i = 2 e (1 + e) theta_i/(1 + theta_i gamma).
    """
    t2 = sp.Add(*(t**2 for t in theta))
    gamma = 2 * e + (2 * t2 - 1) * e**2
    return (1 + e) * sp.Mul(*(1 - 2 * e * (1 + e) * t / (1 + t * gamma) for t in theta)) - 1


def _r6_orbits(name: str, eta: str, groups: tuple[int, int]) -> OrbitStatement:
    m = model(name)
    own = m.own.step.state
    w1, w2 = (symbols(f"{s}_final")[0] for s in own)
    first, second = groups
    inverse = (1 / w1**2, 1 / w2**2)
    steep = first * inverse[0] + second * inverse[1]
    t2, t3 = ((first * inverse[0] ** n + second * inverse[1] ** n) / steep**n for n in (2, 3))
    gap = 4 / ETA * (t3 - t2**2) / (R(4, 3) * (5 - 9 * t2 + 6 * t2**2 - 2 * t3))
    # The second group is small; the start is sharper than the edge by 4 to 10 percent.
    size = sp.sqrt(second * ETA / 2)
    v = symbols("v_")[0]
    start = ((1 + B) / v ** R(second, first), v) if first == 1 else ((1 + B) / v, v)
    region = Region((v, B), ((size * R(95, 100), size * R(98, 100)), (R(1, 100), R(4, 100))), start)
    return OrbitStatement(
        f"{name}: the gap is within 20 percent of the prediction",
        m,
        StepSizes.of(eta),
        region,
        FinalSharpness(2 / ETA - R(12, 10) * gap, 2 / ETA - R(8, 10) * gap),
    )


def _r7() -> Claim:
    lemmas: list[Lemma] = []
    zeta = symbols("zeta")[0]
    pi, pj, qi, qj = symbols("pi_ pj qi qj")
    lemmas.append(
        Identity(
            "the term of a pair: p_i p_j (p_i - p_j)(q_i - q_j) = p_i^2 q_i p_j - p_i^2 p_j q_j - p_j^2 p_i q_i + p_j^2 q_j p_i",
            pi * pj * (pi - pj) * (qi - qj),
            pi**2 * qi * pj - pi**2 * pj * qj - pj**2 * pi * qi + pj**2 * qj * pi,
        )
    )
    s1, s2, t1, t2 = symbols("sum_p sum_p2 sum_pq sum_p2q")
    mu = -t1 / s1
    lemmas.append(
        Identity(
            "dS/dzeta = -sum p_i^2 (q_i + mu) = -(sum p sum p^2 q - sum p^2 sum p q)/sum p",
            -(t2 + mu * s2),
            -(s1 * t2 - s2 * t1) / s1,
        )
    )
    ui, uj, c = symbols("ui uj c")
    lemmas.append(Identity("u_i' = u_i (1 - delta_i)^2 with delta_i = c/u_i: the balance shrinks by 1 - c^2/(u_i u_j)",
                           ui * (1 - c / ui) ** 2 - uj * (1 - c / uj) ** 2, (ui - uj) * (1 - c**2 / (ui * uj))))  # fmt: skip
    lemmas.append(Identity("p and q are ordered alike along the way", (ui + zeta / ui - uj - zeta / uj) * (ui - uj),
                           (ui - uj) ** 2 * (1 - zeta / (ui * uj))))  # fmt: skip
    proof = Proof(
        "proof",
        tuple(lemmas),
        "Let u_i = w_i^2. A step changes the balances to those of u_i + zeta/u_i, zeta = (eta (P-1) P)^2. Move zeta from 0 up: the minimum "
        "v with these balances and product 1 moves by dv_i/dzeta = q_i + mu, q_i = 1/u_i, p_i = 1/v_i, mu from sum p_i dv_i = 0. "
        "Summed over all i and j the terms of pairs are 2 (sum p sum p^2 q - sum p^2 sum p q) (Chebyshev), at any depth: so "
        "dS/dzeta = -(sum over pairs)/(2 sum p). v_i - v_j and u_i - u_j have one sign while zeta <= u_i u_j, so every pair's term is "
        "non-negative and S does not increase.",
    )
    return Claim(
        "zhu2023.R7",
        f"{SOURCE}, R7",
        "the sharpness of the minimum with given balances is monotone at any depth",
        "For 1/2 (1 - P)^2, P = prod w_i > 0, a step with 0 <= delta_i delta_j <= 1 for all pairs, delta_i = eta (P - 1) P/w_i^2, does not "
        "increase the sharpness of the minimum that has P = 1 and the balances w_i^2 - w_j^2 of the state.",
        (proof,),
        kind="derived",
    )


CLAIMS: Mapping[str, Callable[[], Claim]] = {
    "zhu2023.R6": _r6,
    "zhu2023.R7": _r7,
}
"""R6 and R7."""
