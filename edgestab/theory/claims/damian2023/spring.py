"""The spring toy: the reduced map with damping, progressive sharpening, and where its 2-cycle attracts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.claims.damian2023.cubic import in_logarithm
from edgestab.theory.claims.damian2023.notation import (
    AFTER,
    JURY,
    A,
    B,
    C,
    R,
    T,
    X,
    Y,
    Z,
    characteristic,
    jacobian,
    jury,
)
from edgestab.theory.conclusions.converges import Converges
from edgestab.theory.conclusions.diverges import Diverges
from edgestab.theory.conclusions.monotone import Monotone
from edgestab.theory.lemma import Identity, Inequality, Lemma
from edgestab.theory.models.catalogue import model
from edgestab.theory.models.self_stabilization import (
    ALPHA,
    BETA,
    MU,
    reduced_map,
    spring_cycle,
    spring_in_squares,
    spring_loss,
)
from edgestab.theory.optimizers.gradient_descent import gradient_descent
from edgestab.theory.parts.proof import Proof
from edgestab.theory.region import Region
from edgestab.theory.statement import OrbitStatement, StepSizes
from edgestab.theory.symbols import ETA, symbols

S, M, U, V = symbols("s m u v")

LOSS = spring_loss(A, B, C, MU)
FINAL = A + B * C
"""S_inf, the sharpness at the minimum."""
SQUARE, HEIGHT = spring_cycle(A, B, C, MU)
RATES = {ALPHA: MU * B * (C - HEIGHT), BETA: B**2}
"""alpha and beta at (0, z*)."""
SAMPLE = (R(1), R(1), R(3), R(1, 4))
"""Constants for orbits; S_inf = 4."""


def _map() -> Claim:
    after = dict(zip(LOSS.parameters, gradient_descent(LOSS).closed_form(), strict=True))
    excess = A + B * Z - 2 / ETA
    moved = [u.xreplace({**RATES, Y: excess}) for u in reduced_map().closed_form()]
    edge = {X: sp.S.Zero, Z: HEIGHT}
    rate = [g.xreplace(edge) for g in LOSS.sharpness_gradient_along((sp.S.One, sp.S.Zero))]
    slope = [g.xreplace(edge) for g in LOSS.gradient]
    at_height = LOSS.expression.subs(Z, HEIGHT)
    valley = LOSS.expression.subs(Z, C - B * X**2 / (2 * MU))
    lemmas = (
        Identity("x'", after[X], moved[0]),
        Identity("y' = a + b z' - 2/eta", excess.xreplace(after), moved[1]),
        Identity("S = 2/eta at (0, z*)", LOSS.hessian[0, 0].xreplace(edge), 2 / ETA),
        Identity("x, z are eigenvectors there", LOSS.hessian[0, 1].xreplace(edge), sp.S.Zero),
        Identity("the other curvature is mu", LOSS.hessian[1, 1].xreplace(edge), MU),
        Identity("u.grad L = 0 there", slope[0], sp.S.Zero),
        Identity("alpha = -grad L.grad S", RATES[ALPHA], -slope[0] * rate[0] - slope[1] * rate[1]),
        Identity("beta = |grad S|^2", RATES[BETA], rate[0] ** 2 + rate[1] ** 2),
        Identity("delta^2 = 2 alpha/beta = 2 mu (c - z*)/b", 2 * RATES[ALPHA] / RATES[BETA], 2 * MU * (C - HEIGHT) / B),
        Identity("delta^2 = 2 mu (S_inf - 2/eta)/b^2", 2 * RATES[ALPHA] / RATES[BETA], SQUARE),
        Identity("L(x, z*) = L(0, z*) + x^2/eta", at_height, at_height.subs(X, 0) + X**2 / ETA),
        Identity("on z = c - b x^2/(2 mu): L = S_inf x^2/2 - b^2 x^4/(8 mu)", valley, FINAL * X**2 / 2 - B**2 * X**4 / (8 * MU)),
    )  # fmt: skip
    return Claim(
        "damian2023.spring-map",
        AFTER,
        "the spring toy's step is the damped reduced map",
        "For b not 0 and mu > 0, GD on L = (a + b z) x^2/2 + mu (z - c)^2/2 is x' = -(1 + eta y) x, "
        "y' = (1 - eta mu) y + eta (alpha - beta x^2/2) in y = a + b z - 2/eta, with alpha = mu b (c - z*), beta = b^2, "
        "z* = (2/eta - a)/b. Where mu < 2/eta these are -grad L.grad S and |grad S|^2 at (0, z*), where S = 2/eta and u.grad L = 0; "
        "delta^2 = 2 mu (c - z*)/b; and L(x, z*) = L(0, z*) + x^2/eta.",
        (Proof("exact map", lemmas),),
        (
            sp.Eq(sp.Symbol("x'"), -(1 + ETA * Y) * X),
            sp.Eq(sp.Symbol("y'"), (1 - ETA * MU) * Y + ETA * (ALPHA - BETA * X**2 / 2)),
        ),
        kind="derived",
        notes=("The loss is unbounded below as |x| grows along z = c - b x^2/(2 mu).",),
    )


def _sharpening() -> Claim:
    steep, start = A + B * Z, symbols("s0")[0]
    flow = [-g for g in LOSS.gradient]
    rate = sp.diff(steep, Z) * flow[1]
    solution = FINAL - (FINAL - start) * sp.exp(-MU * T)
    after = dict(zip(LOSS.parameters, gradient_descent(LOSS).closed_form(), strict=True))
    on_axis = {X: sp.S.Zero}
    lemmas: tuple[Lemma, ...] = (
        Identity("x = 0 stays, under the flow", flow[0].xreplace(on_axis), sp.S.Zero),
        Identity("dS/dt = mu (S_inf - S) on x = 0", rate.xreplace(on_axis), MU * (FINAL - steep)),
        Identity("off it, dS/dt = mu (S_inf - S) - b^2 x^2/2", rate, MU * (FINAL - steep) - B**2 * X**2 / 2),
        Identity("S = S_inf - (S_inf - S_0) e^(-mu t) solves it", sp.diff(solution, T), MU * (FINAL - solution)),
        Identity("and starts at S_0", solution.subs(T, 0), start),
        Identity("x = 0 stays, under GD", after[X].xreplace(on_axis), sp.S.Zero),
        Identity(
            "S_inf - S' = (1 - eta mu) (S_inf - S) under GD",
            (FINAL - steep).xreplace(after).xreplace(on_axis),
            (1 - ETA * MU) * (FINAL - steep),
        ),
    )
    m = model("spring:1,1,3,1/4")
    starts = Region.in_coordinates(m, {"x": ("0", "0"), "z": ("-1", "3")})
    below = StepSizes.between("0.1", "0.49")
    return Claim(
        "damian2023.spring-sharpening",
        AFTER,
        "progressive sharpening of the spring toy",
        "On x = 0, for mu > 0, the curvature S = a + b z obeys dS/dt = mu (S_inf - S), S_inf = a + b c, under gradient flow: from "
        "S_0 < S_inf it rises to S_inf strictly. Under GD with 0 < eta mu < 1 the gap S_inf - S shrinks by the factor 1 - eta mu a step. "
        "Off x = 0 the flow has dS/dt = mu (S_inf - S) - b^2 x^2/2.",
        (Proof("sharpening", lemmas, "S is the sharpness where S > mu."),),
        (sp.Eq(sp.Symbol("dS/dt"), MU * (sp.Symbol("S_oo") - sp.Symbol("S"))),),
        kind="derived",
        checks=(
            OrbitStatement("a + b z does not decrease", m, below, starts, Monotone(1 + Z, "nondecreasing")),
            OrbitStatement("and the orbit ends at the minimum", m, below, starts, Converges("the minimum")),
        ),
    )


def _cycle() -> Claim:
    # In (log|x|, y) both points of the cycle are one fixed point.
    step = reduced_map()
    cycle = {X: sp.sqrt(2 * ALPHA / BETA), Y: sp.S.Zero}
    alpha = (S - 2) * M / ETA**2  # mu b (c - z*) in s = eta S_inf, m = eta mu
    scaled = {ALPHA: alpha, MU: M / ETA}
    one = in_logarithm(step).subs(cycle).subs(scaled)
    full = jacobian(step)
    two = (full.subs({X: -cycle[X], Y: 0}) * full.subs(cycle)).subs(scaled)
    low, high, inner = jury(one)
    trace, det = one.trace(), one.det()
    double = jury(two)
    image = [u.subs(cycle) for u in step.closed_form()]
    lemmas: tuple[Lemma, ...] = (
        Identity("alpha = eta mu (eta S_inf - 2)/eta^2", RATES[ALPHA], alpha.subs({S: ETA * FINAL, M: ETA * MU})),
        Identity("(delta, 0) goes to (-delta, 0): x", image[0], -cycle[X]),
        Identity("(delta, 0) goes to (-delta, 0): y", image[1], sp.S.Zero),
        Identity("trace T = 2 - m", trace, 2 - M),
        Identity("D - 1 = m (2 s - 5)", det - 1, M * (2 * S - 5)),
        Identity("1 - T + D = 2 m (s - 2)", low, 2 * M * (S - 2)),
        Identity("1 + T + D = 2 (2 - m) + 2 m (s - 2)", high, 2 * (2 - M) + 2 * M * (S - 2)),
        Identity("1 - D = m (5 - 2 s)", inner, M * (5 - 2 * S)),
        Identity("two steps: 1 - T2 + D2 = (1 - T + D) (1 + T + D)", double[0], low * high),
        Identity("two steps: 1 + T2 + D2 = T^2 + (1 - D)^2", double[1], trace**2 + (1 - det) ** 2),
        Identity("two steps: 1 - D2 = (1 - D) (1 + D)", double[2], inner * (1 + det)),
        Inequality("s > 2: 5 - 2 s > 0 up to 5/2", 5 - 2 * S, {S: (sp.S(2), R(5, 2))}, strict=True),
        Inequality("and 2 s - 5 > 0 beyond", 2 * S - 5, {S: (R(5, 2), sp.oo)}, strict=True),
        Identity("at s = 5/2: det(J - lam) = lam^2 - (2 - m) lam + 1", characteristic(one, T).subs(S, R(5, 2)), T**2 - (2 - M) * T + 1),
        Inequality("with complex roots: T^2 < 4 for 0 < m < 4", 4 - (2 - M) ** 2, {M: (sp.S.Zero, sp.S(4))}, strict=True),
        Identity("D passes 1 with speed 2 m", sp.diff(det, S), 2 * M),
        Inequality("m < 2: T > 0, so lam^k is not 1 for k = 1, 2, 3, 4", 2 - M, {M: (sp.S.Zero, sp.S(2))}, strict=True),
    )  # fmt: skip
    cycles = spring_in_squares(*SAMPLE)
    square, height = spring_cycle(*SAMPLE)
    bounds = ((R(1, 2), R(3, 2)), (-R(1, 5), R(1, 5)))
    starts = Region((U, V), bounds, (U * square, V + height))
    small = Region((U, V), ((R(9, 10), R(19, 20)), (R(1, 50), R(1, 20))), starts.start)
    near, past = StepSizes.between("0.55", "0.62"), StepSizes.of("0.725")
    return Claim(
        "damian2023.spring-cycle",
        AFTER,
        "the 2-cycle of the spring toy attracts up to eta S_inf = 5/2",
        "For b not 0 and 0 < eta mu < 2, GD on the spring toy with s = eta S_inf > 2 has the 2-cycle (+-delta, z*), on which "
        "a + b z = 2/eta. Both its multipliers are inside the unit circle for s < 5/2 and outside for s > 5/2, where all but countably many "
        "starts do not converge to it. At s = 5/2 a complex pair of modulus 1, in (log|x|, y) with lam^k not 1 for k = 1 to 4, crosses "
        "the circle with non-zero speed: a Neimark-Sacker bifurcation, if its first Lyapunov coefficient is not 0.",
        (
            Proof(
                "Jury's criterion",
                lemmas,
                f"{JURY} s = eta S_inf, m = eta mu. 1 + D > 0 since D - 1 > -m > -2; T > 0. For s > 5/2, D > 1 and "
                "T^2 < 4 < 4 D: a complex pair of modulus sqrt(D). The cycle then repels, so that an orbit converges to it only if it "
                "lands on it; and a point with x not 0 has at most three preimages.",
            ),
        ),
        (sp.Eq(sp.Symbol("D") - 1, ETA * MU * (2 * ETA * sp.Symbol("S_oo") - 5)),),
        kind="derived",
        notes=(
            "Orbits are followed in (x^2, z), where the cycle is a fixed point, for a, b, c, mu = 1, 1, 3, 1/4.",
            "That an orbit just beyond 5/2 stays bounded is no conclusion a statement can have of orbits that settle nowhere.",
        ),
        checks=(
            OrbitStatement("eta S_inf in [2.2, 2.48]: orbits settle", cycles, near, starts, Converges("the 2-cycle")),
            OrbitStatement("eta S_inf = 2.9: orbits escape", cycles, past, small, Diverges()),
        ),
    )


CLAIMS: Mapping[str, Callable[[], Claim]] = {
    "damian2023.spring-map": _map,
    "damian2023.spring-sharpening": _sharpening,
    "damian2023.spring-cycle": _cycle,
}
"""The claims on the spring toy."""
