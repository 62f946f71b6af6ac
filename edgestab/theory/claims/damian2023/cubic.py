"""The reduced map without damping: the loss it is the step of, its spiral, and the flow it discretises."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.claims.damian2023.notation import AFTER, LAM, P, X, Y, Z, characteristic
from edgestab.theory.lemma import Identity, Inequality, Lemma
from edgestab.theory.models.self_stabilization import ALPHA, BETA, EDGE, MU, ROOT, cubic_toy, reduced_map
from edgestab.theory.optimizers.gradient_descent import gradient_descent
from edgestab.theory.parts.proof import Proof
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import ETA, symbols

XI, EPS, DEPTH = symbols("xi eps m")

UNDAMPED = reduced_map().substitute({MU: sp.S.Zero})
"""x' = -(1 + eta y) x, y' = y + eta (alpha - beta x^2/2)."""


def _cubic_toy() -> Claim:
    loss = cubic_toy()
    after = dict(zip(loss.parameters, gradient_descent(loss).closed_form(), strict=True))
    excess = EDGE + ROOT * P - 2 / ETA
    moved = [u.xreplace({Y: excess, BETA: ROOT**2}) for u in UNDAMPED.closed_form()]
    at = {X: sp.S.Zero}
    rate = [g.xreplace(at) for g in loss.sharpness_gradient_along((sp.S.One, sp.S.Zero))]
    slope = [g.xreplace(at) for g in loss.gradient]
    lemmas = (
        Identity("x'", after[X], moved[0]),
        Identity("y' = s + r p' - 2/eta", excess.xreplace(after), moved[1]),
        Identity("on x = 0 the curvature in x is s + r p", loss.hessian[0, 0].xreplace(at), EDGE + ROOT * P),
        Identity("and x, p are eigenvectors", loss.hessian[0, 1].xreplace(at), sp.S.Zero),
        Identity("the other curvature is 0", loss.hessian[1, 1], sp.S.Zero),
        Identity("u.grad L = 0 there", slope[0], sp.S.Zero),
        Identity("-grad L.grad S = alpha", -slope[0] * rate[0] - slope[1] * rate[1], ALPHA),
        Identity("|grad S|^2 = r^2 = beta", rate[0] ** 2 + rate[1] ** 2, ROOT**2),
    )
    return Claim(
        "damian2023.cubic-toy",
        AFTER,
        "a loss whose step is the reduced map",
        "For beta > 0, GD on L = (s + r p) x^2/2 - (alpha/r) p, r = sqrt(beta), is x' = -(1 + eta y) x, y' = y + eta (alpha - beta x^2/2) in "
        "y = s + r p - 2/eta. Where x = 0 and s + r p > 0: S = 2/eta + y, alpha = -grad L.grad S and beta = |grad S|^2.",
        (Proof("exact map", lemmas),),
        (sp.Eq(sp.Symbol("x'"), -(1 + ETA * Y) * X), sp.Eq(sp.Symbol("y'"), Y + ETA * (ALPHA - BETA * X**2 / 2))),
        kind="derived",
        notes=("On a general loss the map is the leading order of the step; that is not claimed here.",),
    )


def in_logarithm(step: StepMap) -> sp.Matrix:
    """Return the Jacobian of a map x' = m(y) x, y' = n(x, y) in (log|x|, y), as a function of x and y."""
    x, y = step.closed_form()
    multiplier = sp.cancel(x / X)
    return sp.Matrix([[sp.S.One, sp.diff(multiplier, Y) / multiplier], [X * sp.diff(y, X), sp.diff(y, Y)]])


def _spiral() -> Claim:
    j = in_logarithm(UNDAMPED)
    there = {Y: sp.S.Zero, X: sp.sqrt(2 * ALPHA / BETA)}
    fixed = j.subs(there).subs(ALPHA, EPS**2 / ETA**2)
    image = [u.subs(there) for u in UNDAMPED.closed_form()]
    vector = fixed * sp.Matrix([XI, Y])
    alpha = EPS**2 / ETA**2

    def energy(xi: sp.Expr, y: sp.Expr) -> sp.Expr:
        return 2 * xi**2 + y**2 / alpha

    # The same step with the new x in the update of y: two shears one after the other.
    late = Y + ETA * (ALPHA - BETA * (UNDAMPED.closed_form()[0]) ** 2 / 2)
    shears = in_logarithm(StepMap("shears", (X, Y), (UNDAMPED.update[0], late), UNDAMPED.parameters))
    lemmas: tuple[Lemma, ...] = (
        Identity("det J = 1 + eta^2 beta x^2 / (1 + eta y)", j.det(), 1 + ETA**2 * BETA * X**2 / (1 + ETA * Y)),
        Identity("(delta, 0) goes to (-delta, 0): x", image[0], -there[X]),
        Identity("(delta, 0) goes to (-delta, 0): y", image[1], sp.S.Zero),
        Identity("there det(J - lam) = (lam - 1)^2 + 2 eps^2", characteristic(fixed, LAM), (LAM - 1) ** 2 + 2 * EPS**2),
        Identity("and det J = 1 + 2 eps^2", fixed.det(), 1 + 2 * EPS**2),
        Identity("the linear step multiplies 2 xi^2 + y^2/alpha by 1 + 2 eps^2", energy(*vector), (1 + 2 * EPS**2) * energy(XI, Y)),
        Identity("with x' for x in the update of y, det J = 1", shears.det(), sp.S.One),
    )  # fmt: skip
    return Claim(
        "damian2023.spiral",
        AFTER,
        "the reduced map spirals outwards near its fixed point",
        "For alpha, beta > 0, in (log|x|, y) the reduced map has Jacobian determinant 1 + eta^2 beta x^2/(1 + eta y), more than 1 where "
        "x is not 0 and 1 + eta y > 0. Its fixed point |x| = delta = sqrt(2 alpha/beta), y = 0 has the eigenvalues 1 +- i sqrt2 eps, "
        "eps = eta sqrt(alpha), of modulus sqrt(1 + 2 eps^2): a repelling 2-cycle of the map in (x, y).",
        (
            Proof(
                "spiral",
                lemmas,
                "xi = log(|x|/delta). The roots of (lam - 1)^2 = -2 eps^2 are 1 +- i sqrt2 eps.",
            ),
        ),
        (sp.Eq(sp.Symbol("lambda"), 1 + sp.I * sp.sqrt(2) * EPS),),
        kind="derived",
    )


def _conserved() -> Claim:
    square = 2 * ALPHA / BETA

    def g(z: sp.Expr) -> sp.Expr:
        return z - 1 - sp.log(z)

    flow = {X: X * Y, Y: ALPHA - BETA * X**2 / 2}

    def along(quantity: sp.Expr) -> sp.Expr:
        return sp.Add(*(sp.diff(quantity, s) * f for s, f in flow.items()))

    h = Y**2 / ALPHA + g(X**2 / square)
    energy = Y**2 / 2 + BETA * X**2 / 4 - ALPHA * sp.log(X**2) / 2
    slope = sp.diff(g(Z), Z)
    lemmas: tuple[Lemma, ...] = (
        Identity("dH/dt = 0", along(h), sp.S.Zero),
        Identity("H = 2 E/alpha up to a constant: in x", sp.diff(h, X), 2 / ALPHA * sp.diff(energy, X)),
        Identity("H = 2 E/alpha up to a constant: in y", sp.diff(h, Y), 2 / ALPHA * sp.diff(energy, Y)),
        Identity("g(1) = 0", g(sp.S.One), sp.S.Zero),
        Inequality("g decreases up to z = 1", -slope, {Z: (sp.S.Zero, sp.S.One)}, strict=True),
        Inequality("g increases from there on", slope, {Z: (sp.S.One, sp.oo)}, strict=True),
        Identity("x0 = delta e^-m: g = 2 m - 1 + e^-2m", g(sp.exp(-2 * DEPTH)), 2 * DEPTH - 1 + sp.exp(-2 * DEPTH)),
    )
    return Claim(
        "damian2023.conserved",
        AFTER,
        "what the reduced flow conserves",
        "For alpha, beta > 0 the flow x' = x y, y' = alpha - beta x^2/2 conserves H = y^2/alpha + g(x^2/delta^2), g(z) = z - 1 - log z, "
        "and E = y^2/2 + beta x^2/4 - alpha log|x| = alpha H/2 + constant. From (x0, 0), x0 not 0 and |x0| < delta: y reaches "
        "y_max = sqrt(alpha g(z0)), z0 = x0^2/delta^2, as |x| passes delta, and no more, with "
        "g(z0) = 2 log(delta/|x0|) - 1 + z0; x^2/delta^2 reaches the other root z_max > 1 of g(z) = g(z0), and no more.",
        (
            Proof(
                "conservation",
                lemmas,
                "g > 0 but for g(1) = 0, and g grows without bound at both ends, so each level of H is a closed curve round (delta, 0) "
                "with no other rest point. On it y^2 = alpha (g(z0) - g(z)) is largest at z = 1, and z at y = 0.",
            ),
        ),
        (sp.Eq(sp.Symbol("H"), h),),
        kind="derived",
        notes=("Of the flow: the map with step eta does not conserve it, see damian2023.spiral.",),
    )


CLAIMS: Mapping[str, Callable[[], Claim]] = {
    "damian2023.cubic-toy": _cubic_toy,
    "damian2023.spiral": _spiral,
    "damian2023.conserved": _conserved,
}
"""The claims on the cubic toy."""
