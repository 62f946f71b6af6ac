"""The claims of this package against numbers that share nothing with their lemmas; and lemmas with coefficients of weight 0."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import sympy as sp

from edgestab.theory.claims.catalogue import find, ids
from edgestab.theory.claims.edgestab2026.landing import constant
from edgestab.theory.claims.edgestab2026.landing_next import third
from edgestab.theory.lemma import Expansion, Inequality
from edgestab.theory.models.product import P
from edgestab.theory.optimizers.momentum import BETA
from edgestab.theory.parts.proof import Proof
from edgestab.theory.symbols import symbols
from edgestab.verify.symbolic import settle_lemma

R = sp.Rational
RNG = np.random.default_rng(20260415)


def radius(matrix: np.ndarray) -> float:
    return float(np.abs(np.linalg.eigvals(matrix)).max())


@pytest.mark.parametrize("side", [1 - 1e-5, 1 + 1e-5, 0.3, 3.0])
def test_heavy_ball_is_stable_below_its_curve_and_not_above(side: float) -> None:
    for beta, share in RNG.uniform((-0.95, 0.01), (0.95, 0.99), (200, 2)):
        kappa = share * 2 * (1 + beta)
        w = side * (1 - beta) / (1 + beta) * kappa * (2 * (1 + beta) - kappa)
        mean = np.array([[1 + beta - kappa, -beta], [1, 0]])
        noise = np.array([[np.sqrt(w), 0], [0, 0]])
        second = np.kron(mean, mean) + np.kron(noise, noise)
        assert (radius(second) < 1) == (side < 1), (beta, kappa)


def test_the_conditions_of_jury_are_those_of_a_cubic() -> None:
    agree = 0
    for roots in RNG.uniform(-1.3, 1.3, (2000, 3)):
        r, s, t = roots if RNG.random() < 0.5 else (roots[0] + 1j * roots[1], roots[0] - 1j * roots[1], roots[2])
        a1, a2, a3 = np.poly([r, s, t])[1:].real
        one, below = 1 + a1 + a2 + a3, 1 - a1 + a2 - a3
        jury = min(one, below, 1 - a3**2, 1 - a3**2 - (a2 - a1 * a3), 1 - a3**2 + (a2 - a1 * a3)) > 0
        assert jury == (max(abs(r), abs(s), abs(t)) < 1)
        agree += jury
    assert 300 < agree < 1700


@pytest.mark.parametrize("kappa", [-0.1, 0.0, 3.0, 3.5])
def test_heavy_ball_outside_the_curve_is_unstable_without_noise(kappa: float) -> None:
    assert radius(np.array([[1.5 - kappa, -0.5], [1, 0]])) >= 1 - 1e-9  # beta = 1/2: 0 < kappa < 3


@pytest.mark.parametrize("n", [1, 2, 5])
def test_zeroth_order_steps_are_stable_below_their_threshold_and_not_above(n: int) -> None:
    for shape in RNG.uniform(0.05, 1, (50, n)):
        low, high = 0.0, 1 / shape.max()
        for _ in range(60):  # sum kappa/(2 (1 - kappa)) = 1
            eta = (low + high) / 2
            low, high = (eta, high) if np.sum(eta * shape / (2 * (1 - eta * shape))) < 1 else (low, eta)
        for factor, stable in ((1 - 1e-6, True), (1 + 1e-6, False)):
            k = factor * low * shape
            h = np.diag(k)
            # E (I - u u^T h) (x) (I - u u^T h), by Wick: E u_i u_j u_k u_l = three pairings.
            eye = np.eye(n)
            pairs = (
                np.einsum("ij,kl->ikjl", eye, eye)
                + np.einsum("ik,jl->ikjl", eye, eye)
                + np.einsum("il,jk->ikjl", eye, eye)
            )
            second = np.kron(eye, eye) - np.kron(h, eye) - np.kron(eye, h) + pairs.reshape(n * n, n * n) @ np.kron(h, h)
            assert (radius(second) < 1) == stable


def test_the_gap_under_noise_is_more_than_its_closed_form() -> None:
    alpha, beta, eta, sigma, x, y = 1.0, 1.0, 0.05, 1.0, np.full(4000, 0.5), np.zeros(4000)
    gap, more, bound = 0.0, 0.0, eta * beta * sigma**2 / (4 * alpha)
    for t in range(4000):
        if t >= 1000:
            gap -= y.mean() / 3000
            more += (
                eta * beta / (4 * alpha) * (x * y) ** 2 + eta / (2 * alpha) * (alpha - beta * x**2 / 2) ** 2
            ).mean() / 3000
        x, y = -(1 + eta * y) * x - eta * sigma * RNG.standard_normal(4000), y + eta * (alpha - beta * x**2 / 2)
    assert gap == pytest.approx(bound + more, rel=0.05)
    assert gap > 1.5 * bound


@pytest.mark.parametrize(
    ("loss", "d0", "found"),
    [((1 - P**2) ** 2 / 4, 1, (0.1, 0.05)), ((1 - P) ** 2 / 2 + (P - 1) ** 3 / 3, 1, (0.1, 0.05))],
)
def test_orbits_land_where_two_coefficients_say(loss: sp.Expr, d0: int, found: tuple[float, float]) -> None:
    h, l3, l4 = (sp.diff(loss, P, n).subs(P, d0) for n in (2, 3, 4))
    first, second = float(constant(h, l3, l4)), float(third(loss, sp.Integer(d0)))
    slope = sp.lambdify(P, sp.diff(loss, P))
    errors = []
    for eta in found:
        x = np.sqrt(2 / (eta * float(h))) * 1.04
        y = (d0 + 0.05) / x
        for _ in range(20_000):
            g = slope(x * y)
            x, y = x - eta * g * y, y - eta * g * x
        gap = (2 / eta - float(h) * (x * x + y * y)) / eta
        errors.append(abs(gap - (first - second * eta**2)) / eta**4)
        assert abs(gap - first) > 3 * errors[-1] * eta**4
    assert errors[1] == pytest.approx(errors[0], rel=0.5)  # what is left is of the order of eta^5 in the sharpness


def test_orbits_leave_where_alpha_is_negative() -> None:
    eta = 0.02
    x, y = np.sqrt(2 / eta) * 1.01, 1e-4
    for _ in range(2000):
        g = x * y + (x * y) ** 3
        x, y = x - eta * g * y, y - eta * g * x
        if abs(x * y) > 0.5:
            return
    pytest.fail("stayed beside the minima")


@pytest.mark.parametrize("attracts", [True, False])
def test_the_two_cycle_of_two_parameters(attracts: bool) -> None:
    # lam = 3 along x, 1 along y; T_x = D^3 L[x,x,x], T_y = D^3 L[x,x,y].
    tx, ty, q = 0.9, 1.1, 2.0 if attracts else 8.0
    c = tx**2 / 3 + ty**2 - q / 3
    assert bool(c > 0) is attracts

    def gradient(t: np.ndarray) -> np.ndarray:
        x, y = t
        return np.array(
            [
                3 * x + tx * x**2 / 2 + ty * x * y + q * x**3 / 6 + 0.3 * x**2 * y,
                y + ty * x**2 / 2 + 0.4 * y**2 + 0.1 * x**3,
            ]
        )

    def hessian(t: np.ndarray) -> np.ndarray:
        x, y = t
        cross = ty * x + 0.3 * x**2
        return np.array([[3 + tx * x + ty * y + q * x**2 / 2 + 0.6 * x * y, cross], [cross, 1 + 0.8 * y]])

    excess = 2e-4 if attracts else -2e-4
    eta = (2 + excess) / 3
    a = np.sqrt(3 * excess / c)
    start = np.array([a, -ty * a**2 / 2])
    for _ in range(30):  # Newton's method for F(F(theta)) = theta
        there = start - eta * gradient(start)
        again = there - eta * gradient(there)
        jacobian = (np.eye(2) - eta * hessian(there)) @ (np.eye(2) - eta * hessian(start))
        start = start - np.linalg.solve(jacobian - np.eye(2), again - start)
    assert abs(start - there).max() / 2 == pytest.approx(a, rel=0.02)
    assert (start + there) / 2 == pytest.approx([-(a**2) / 2 * tx / 3, -(a**2) / 2 * ty], rel=0.05)
    multipliers = np.linalg.eigvals(jacobian)
    assert bool(np.abs(multipliers).max() < 1) is attracts


def test_a_symbol_of_weight_0_is_a_coefficient() -> None:
    x, c = symbols("x c")
    weights = {x: 1, c: 0}
    assert settle_lemma(Expansion("", 1 / (1 - c * x), 1 + c * x + c**2 * x**2, weights, 2)).holds
    assert settle_lemma(Expansion("", 1 / (1 - c * x), 1 + c * x + c * x**2, weights, 2)).holds is False
    assert settle_lemma(Expansion("", 1 / (1 - c * x), 1 + c * x + c**2 * x**2, weights, 3)).holds is False


FALSE: dict[str, tuple[str, str, sp.Expr, sp.Expr]] = {
    "heavy ball: beta and -beta exchanged": (
        "derived.heavy-ball-noise",
        "p(1) =",
        (1 - BETA) / (1 + BETA),
        (1 + BETA) / (1 - BETA),
    ),
    "heavy ball: twice the noise": ("derived.heavy-ball-noise", "p(1) =", symbols("w")[0], 2 * symbols("w")[0]),
    "plateaus: E a^2 for v": ("derived.heavy-ball-plateaus", "eta^2 v", *symbols("v abar")),
    "three criteria: the threshold in mean square for that in the mean": (
        "derived.three-criteria",
        "1 - E (1",
        2 * symbols("a1")[0] + 2 * symbols("a2")[0],
        sp.S(4),
    ),
    "zeroth order: directions of one length": ("derived.zeroth-order", "E x'^2 =", sp.S(2), sp.S.One),
    "noise: the variance doubled": ("derived.noisy-edge", "E (V' - V", symbols("sigma")[0], 2 * symbols("sigma")[0]),
    "landing: 2 l4 for l4": ("edgestab2026.landing", "b'' = b + 2 u b", symbols("c3")[0], 2 * symbols("c3")[0]),
    "landing: the drift of one step": ("edgestab2026.landing", "u'' =", symbols("e")[0], symbols("e")[0] / 2),
    "next: another d0": ("edgestab2026.landing-next", "Y = 1", symbols("d0")[0], 2 * symbols("d0")[0]),
    "cross-entropy: hard labels": ("edgestab2026.landing-cross-entropy", "alpha =", sp.S(6), sp.S(5)),
    "cross-entropy: the next coefficient": ("edgestab2026.landing-cross-entropy", "G_1", symbols("d0")[0], sp.S.One),
    "named: a fourth derivative off by one": ("edgestab2026.landing-named", "3 h^4/alpha = 3/5", R(3, 5), R(3, 4)),
    "product stability: the mixed term": (
        "edgestab2026.product-stability",
        "C = N^4",
        symbols("d0")[0],
        symbols("d0")[0] / 2,
    ),
    "product stability: the normal part of T": (
        "edgestab2026.product-stability",
        "D^3L[u, u, u]",
        sp.S(6),
        sp.S(3),
    ),
    "jump: another fold": ("edgestab2026.jump", "eta = 2 b/l'(b)", sp.S.One, R(9, 10)),
    "jump: which cycle attracts": ("edgestab2026.jump", "1 - b l''/l'", sp.S.NegativeOne, sp.S.One),
    "flip: 3 for 2 in the fourth derivative": (
        "edgestab2026.flip",
        "b'' = b",
        symbols("Q")[0],
        R(3, 2) * symbols("Q")[0],
    ),
    "flip: the other directions left out": ("edgestab2026.flip-many", "b'' = b", symbols("s")[0], sp.S.Zero),
    "flip: the centre on the other side": ("edgestab2026.flip-many", "the mean", symbols("T")[0], -symbols("T")[0]),
    "2-cycles: eta for 2 eta": (
        "derived.two-cycles",
        "a polynomial of degree 4 in two variables: eta dC/dx",
        symbols("u")[0],
        2 * symbols("u")[0],
    ),
    "decay: mu/2 for mu": ("derived.weight-decay", "k = eta", sp.S(2), sp.S.One),
    "critical sharpness: 1/eta_c": ("derived.critical-sharpness", "2/eta_c", symbols("ghg")[0], symbols("ghg")[0] / 2),
}
"""A claim, the beginning of a lemma's name, and what is replaced on its right side by what."""


@pytest.mark.parametrize("name", FALSE)
def test_a_false_variant_is_refuted(name: str) -> None:
    claim, begins, old, new = FALSE[name]
    (proof,) = find(claim).parts
    assert isinstance(proof, Proof)
    lemma = next(x for x in proof.lemmas if x.name.startswith(begins))
    assert settle_lemma(lemma).holds
    side = "stated" if isinstance(lemma, Expansion) else "right"
    wrong = getattr(lemma, side).subs(old, new)
    assert wrong != getattr(lemma, side)
    assert settle_lemma(replace(lemma, **{side: wrong})).holds is False


def test_a_relaxed_inequality_is_refuted() -> None:
    proofs = [p for i in (*ids("derived"), *ids("edgestab2026")) for p in find(i).parts if isinstance(p, Proof)]
    strict = [x for p in proofs for x in p.lemmas if isinstance(x, Inequality) and x.strict and x.domain]
    assert len(strict) > 12
    for lemma in strict:  # on a closed or longer interval
        (variable,) = lemma.domain
        low, high = lemma.domain[variable]
        longer = {variable: (low - 3 if low.is_finite else low, high + 3 if high.is_finite else high)}
        if longer != lemma.domain:
            assert settle_lemma(replace(lemma, domain=longer)).holds is False, lemma.name
