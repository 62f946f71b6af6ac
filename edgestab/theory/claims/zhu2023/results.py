"""Results R1 to R8, derived and not in the paper; R6 and R7 are in `chains`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.claims.zhu2023 import chains
from edgestab.theory.claims.zhu2023.notation import WINDOW, A, B, R
from edgestab.theory.conclusions.along import Along
from edgestab.theory.conclusions.final_sharpness import FinalSharpness
from edgestab.theory.conclusions.monotone import Monotone
from edgestab.theory.lemma import CurveConstant, Identity, Inequality, Lemma
from edgestab.theory.models.catalogue import model
from edgestab.theory.models.product import P
from edgestab.theory.parts.proof import Proof
from edgestab.theory.parts.two_cycle import TwoCycleWindow
from edgestab.theory.region import Region
from edgestab.theory.statement import OrbitStatement, StepSizes
from edgestab.theory.symbols import ETA, symbols

D, S, EPS, U, RHO, X, Y, T = symbols("d s eps u rho x y t")
NOT_ZERO = (sp.Ne(B, 0),)
SOURCE = "derived"

SHARP = (R(1, 2), R(-129, 32), R(2483, 128), R(-1170947, 8192), R(3017397, 2048), R(-19148984783, 1048576))
"""G(eta) = 1/2 - 129/32 eta^2 + ..."""


def _r1() -> Claim:
    one, two = (sp.S(0), sp.S(1)), (sp.S(1), sp.S(2))
    r = U - 1
    lemmas: tuple[Lemma, ...] = (
        Inequality("q = u (u-1)^2 <= 2 for 0 <= u <= 2", 2 - U * (U - 1) ** 2, {U: (sp.S(0), sp.S(2))}),
        Identity("s^2 = P + 4 eps r", (ETA * (X**2 - Y**2)) ** 2 + 4 * ETA**2 * (X * Y) ** 2,
                 ETA**2 * ((X**2 - Y**2) ** 2 + 4) + 4 * ETA**2 * ((X * Y) ** 2 - 1)),
        # u >= 1: f = 1 - s r + eps u r^2 with 2 sqrt(eps u) <= s <= 2 + eps r.
        Inequality("u >= 1, upper: t = sqrt(eps u) r <= 2, as t^2 = eps u r^2 <= 2", 4 - U * (U - 1) ** 2, {U: two}),
        Inequality("so (1 - t)^2 <= 1", T * (2 - T), {T: (sp.S(0), sp.S(2))}),
        Inequality("u >= 1, lower: (2 + eps r)^2 >= 4 + 4 eps r", (2 + EPS * r) ** 2 - 4 - 4 * EPS * r, {U: two, EPS: one}),
        Identity("r (2 + eps r) - 1 - eps u r^2 = 2r - 1 - eps r^3", r * (2 + EPS * r) - 1 - EPS * U * r**2, 2 * r - 1 - EPS * r**3),
        Inequality("u (2u - 3)^2 <= 2 where 2u >= 3", 2 - U * (2 * U - 3) ** 2, {U: (R(3, 2), sp.S(2))}),
        # u <= 1: f = 1 + s rho + eps u rho^2 with rho = 1 - u and s <= 2 - eps rho.
        Inequality("u <= 1: (2 - eps rho)^2 >= 4 - 4 eps rho", (2 - EPS * RHO) ** 2 - 4 + 4 * EPS * RHO, {RHO: one, EPS: one}),
        Identity("rho (2 - eps rho) + eps (1 - rho) rho^2 = 2 rho - eps rho^3", RHO * (2 - EPS * RHO) + EPS * (1 - RHO) * RHO**2, 2 * RHO - EPS * RHO**3),
        Inequality("u (3 - 2u)^2 <= 2 for 0 <= u <= 1", 2 - U * (3 - 2 * U) ** 2, {U: one}),
        Inequality("(1 - eps q)^2 <= 1 while eps q <= 2", T * (2 - T), {T: (sp.S(0), sp.S(2))}),
    )  # fmt: skip
    proof = Proof(
        "proof by cases",
        lemmas,
        "Let u = d^2, r = u - 1, P = eps (C^2 + 4) <= 4, f = 1 - s r + eps u r^2, so that d' = d f. eps q <= 2 gives C'^2 <= C^2: P and the "
        "GFS sharpness do not increase. If u >= 1, then s >= 2 sqrt(eps u) (x^2 + y^2 >= 2|xy|), so f <= (1 - t)^2 <= 1; and "
        "s <= 2 + eps r gives -f <= 2r - 1 - eps r^3 <= 2u - 3: where f < 0, u f^2 <= u (2u - 3)^2 <= 2, and where f >= 0, u f^2 <= u <= 2. "
        "If u <= 1, then 0 < f <= 1 + 2 rho = 3 - 2u, so u f^2 <= u (3 - 2u)^2 <= 2.",
    )
    m = model("quartic")
    region = Region(
        (symbols("p_")[0], B),
        ((4 * ETA**2, sp.S(4)), (-R(9, 10), sp.sqrt(2) - 1)),  # at d = 0 orbits rest on the saddle
        _from_p(symbols("p_")[0], B),
    )
    sizes = StepSizes.between("0.05", "0.45")  # from 1/2 on there is no stable minimum, and orbits do not end
    gfs = 2 * sp.sqrt((X**2 - Y**2) ** 2 + 4)
    return Claim(
        "zhu2023.R1",
        f"{SOURCE}, R1",
        "trapping region",
        "For 0 < eta <= 1, {(xy)^2 <= 2, (x^2 - y^2)^2 + 4 <= 4/eta^2} is forward invariant, and 2 sqrt((x^2 - y^2)^2 + 4), where xy > 0 the "
        "sharpness of the gradient-flow solution, does not increase on it.",
        (proof,),
        checks=(
            OrbitStatement("orbits stay: (xy)^2 <= 2", m, sizes, region, Along(2 - (X * Y) ** 2)),
            OrbitStatement("orbits stay: P <= 4", m, sizes, region, Along(4 / ETA**2 - (X**2 - Y**2) ** 2 - 4)),
            OrbitStatement("GFS sharpness does not increase", m, sizes, region, Monotone(gfs, "nonincreasing")),
        ),
        kind="derived",
    )


def _from_p(p: sp.Expr, b: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    balance = sp.sqrt(p / ETA**2 - 4)
    x = sp.sqrt((sp.sqrt(balance**2 + 4 * (1 + b) ** 2) + balance) / 2)
    return x, (1 + b) / x


def sharp_constant_expression(order: int = 6) -> sp.Expr:
    """Return the truncated series of G(eta)."""
    return sp.Add(*(g * ETA ** (2 * i) for i, g in enumerate(SHARP[:order])))


def _r2() -> Claim:
    m = model("quartic")
    region = Region.in_coordinates(m, {"offset": ("0.18", "0.22"), "b": ("0.02", "0.1")}, NOT_ZERO)
    g = sharp_constant_expression()

    def within(tolerance: sp.Rational) -> FinalSharpness:
        return FinalSharpness(2 / ETA - (g + tolerance) * ETA, 2 / ETA - (g - tolerance) * ETA)

    return Claim(
        "zhu2023.R2",
        f"{SOURCE}, R2",
        "the sharp constant",
        "The formal invariant curve ends at S_oo = 2/eta - G(eta) eta, G = 1/2 - 129/32 eta^2 + ... an asymptotic series: the constant of the "
        "paper's window, printed as 20/3, is 1/2 for it. Orbits from a box of starts end within 1e-9 eta of it at eta = 0.02 and 0.01, and "
        "within 1e-7 eta at 0.05.",
        (
            Proof(
                "coefficients",
                (CurveConstant("six coefficients", (1 - P**2) ** 2 / 4, sp.S(1), SHARP),),
                "The coefficients are those of the formal invariant curve; that orbits end on it is checked on orbits.",
            ),
            OrbitStatement("orbits end within 1e-9", m, StepSizes.of("0.02", "0.01"), region, within(R(1, 10**9))),
            OrbitStatement("orbits end within 1e-7", m, StepSizes.of("0.05"), region, within(R(1, 10**7))),
        ),
        (
            sp.Eq(sp.Symbol("S_oo"), 2 / ETA - sp.Function("G")(ETA) * ETA),
            sp.Eq(sp.Function("G")(ETA), sharp_constant_expression(2) + sp.O(ETA**4), evaluate=False),
        ),
        kind="derived",
    )


def _r3() -> Claim:
    m = model("quartic")
    cube = ETA ** R(3, 2)
    threshold = cube / 4 * sp.log(B / (689 * ETA))
    chart = next(c for c in m.all_charts if c.name == "a b")
    size = StepSizes.of("0.01", "0.005")

    def region(low: sp.Expr, high: sp.Expr) -> Region:
        bounds = ((R(1, 50), R(1, 10)), (threshold + low * cube, threshold + high * cube))
        return Region((B, A), bounds, chart.inverse)

    growth, constant, k = symbols("growth Cst k")
    edge = -R(5, 3) * k**3
    lemma = Identity(
        "the averaged orbit that ends at a = -5/3 k^3 has C exp(-40/3) = 37/48 k^4",
        (edge * k / 2 + k**4 / 16 + constant * growth).subs(constant, R(37, 48) * k**4 / growth),
        sp.S(0),
    )
    return Claim(
        "zhu2023.R3",
        f"{SOURCE}, R3",
        "where the 20/3 window starts",
        "At eta = 0.01 and 0.005, for 0.02 < b0 < 0.1, the window is reached from a0 in (a0* + k^3/10, a0* + 3 k^3) and missed from a0 in "
        "(a0* - k^3, a0* - k^3/10), a0* = (k^3/4) log(b0/(689 eta)): far below the printed 12 k^(5/2).",
        (
            Proof(
                "averaged derivation",
                (lemma,),
                "On b^2 = a k/2 + k^4/16 + C exp(8a/k^3) a start with b0^2 large against the parabola has a0 = (k^3/8) log(b0^2/C); "
                "with C = 37/48 k^4 e^(40/3) and sqrt(37/48) e^(20/3) = 689.9 that is a0*.",
            ),
            OrbitStatement("above a0*: the window holds", m, size, region(R(1, 10), sp.S(3)), FinalSharpness(*WINDOW)),
            OrbitStatement(
                "below a0*: the window is missed",
                m,
                size,
                region(-sp.S(1), -R(1, 10)),
                FinalSharpness(-sp.oo, WINDOW[0]),
            ),
        ),
        kind="derived",
        notes=("a0* is negative at these step sizes: even starts a little flatter than 2/eta end inside the window.",),
    )


def _r4() -> Claim:
    frozen = D * (1 + S - S * D**2)
    sum_, product = 1 + 1 / S, 1 / S**2
    root = sp.sqrt(sum_**2 - 4 * product)
    t1, t2 = (sum_ + root) / 2, (sum_ - root) / 2
    d1 = sp.sqrt(t1)
    slope = sp.diff(frozen, D)
    q_mean = (t1 * (t1 - 1) ** 2 + t2 * (t2 - 1) ** 2) / 2
    lemmas: tuple[Lemma, ...] = (
        Identity("multiplier 1 - 2s at d = 1", slope.subs(D, 1), 1 - 2 * S),
        Identity("which is -1 at s = 1: the flip", slope.subs({D: 1, S: 1}), sp.S(-1)),
        Identity("on d1^2 + d2^2 = 1 + 1/s, d1 d2 = 1/s: d1 f(d1) = 1/s", d1 * frozen.subs(D, d1), 1 / S),
        Identity("the cycle's multiplier is 9 - 2(1+s)^2",
                 (1 + S - 3 * S * t1) * (1 + S - 3 * S * t2), 9 - 2 * (1 + S) ** 2),
        Identity("it is 1 at s = 1", 9 - 2 * (1 + S.subs(S, 1)) ** 2, sp.S(1)),
        Identity("and -1 at s = sqrt5 - 1", 9 - 2 * (1 + (sp.sqrt(5) - 1)) ** 2, sp.S(-1)),
        Inequality("below 1 for s > 1", 1 - (9 - 2 * (1 + S) ** 2), {S: (sp.S(1), sp.S(2))}, True),
        Identity("f has its maximum at d^2 = (1+s)/(3s)", slope.subs(D, sp.sqrt((1 + S) / (3 * S))), sp.S(0)),
        Identity("where f^2 = 4 (1+s)^3/(27 s)", frozen.subs(D, sp.sqrt((1 + S) / (3 * S))) ** 2, 4 * (1 + S) ** 3 / (27 * S)),
        Identity("f^2 reaches the zero d^2 = (1+s)/s at s = 3 sqrt3/2 - 1",
                 (4 * (1 + S) ** 3 / (27 * S) - (1 + S) / S).subs(S, 3 * sp.sqrt(3) / 2 - 1), sp.S(0)),
        Inequality("the maximum of f^2 is at most (2+s)/s for s <= 2", (2 + S) / S - 4 * (1 + S) ** 3 / (27 * S), {S: (sp.S(0), sp.S(2))}),
        Identity("at the end d^2 = (2+s)/s, f = -d", frozen.subs(D, sp.sqrt((2 + S) / S)), -sp.sqrt((2 + S) / S)),
        Inequality("and the interval is left from the maximum for s > 2", 4 * (1 + S) ** 3 / (27 * S) - (2 + S) / S, {S: (sp.S(2), sp.oo)}, True),
        Identity("which is the first such s: 27 - 4 (1+s)^2 = (3 sqrt3 - 2 - 2s)(3 sqrt3 + 2 + 2s) > 0 below it",
                 (3 * sp.sqrt(3) - 2 - 2 * S) * (3 * sp.sqrt(3) + 2 + 2 * S), 27 - 4 * (1 + S) ** 2),
        Identity("the mean over the cycle of s q - 4 d^2 (d^2 - 1), q = d^2 (d^2 - 1)^2, is -(s-1)/s^2",
                 S * q_mean - 2 * (t1 * (t1 - 1) + t2 * (t2 - 1)), -(S - 1) / S**2),
    )  # fmt: skip
    m = model("frozen-cubic")
    d0 = symbols("d")[0]
    return Claim(
        "zhu2023.R4",
        f"{SOURCE}, R4",
        "the frozen-s cubic",
        "d' = d (1 + s - s d^2), s fixed: at d = 1 the multiplier is -1 for s = 1; 2-cycle d1 d2 = 1/s, d1^2 + d2^2 = 1 + 1/s with multiplier 9 - 2(1+s)^2, which "
        "passes -1 at s = sqrt5 - 1; from 0 < d < sqrt((1+s)/s) the next d is 0 first at s = 3 sqrt3/2 - 1; |d| <= sqrt((2+s)/s) is carried into itself exactly "
        "for s <= 2. In gradient descent s moves on the 2-cycle, on average and to leading order in eps, by -eps (s-1)/s^2 a step.",
        (
            Proof(
                "exact orbit structure",
                lemmas,
                "The largest f^2 on 0 < d < sqrt((1+s)/s), 4 (1+s)^3/(27 s), is below (1+s)/s exactly while 27 > 4 (1+s)^2. By "
                "zhu2023.exact-map a step of gradient descent changes s by eps (s q - 4 d^2 (d^2 - 1)), at d on the frozen 2-cycle to leading order.",
            ),
            TwoCycleWindow(
                "existence, uniqueness and stability of the 2-cycle",
                m.own.step,
                symbols("s")[0],
                (R(1001, 1000), R(2)),
                (R(1), R(6, 5)),
                (R(12360, 10000), R(12361, 10000)),  # sqrt5 - 1 = 1.23606...
            ),
        ),
        checks=(
            OrbitStatement(
                "orbits stay inside d^2 <= (2 + s)/s",
                m,
                StepSizes.of("0.5", "0.9", "1.1", "1.2", "1.25"),
                Region((d0,), ((sp.S(0), sp.sqrt((2 + ETA) / ETA)),), (d0,)),
                Along((2 + symbols("s")[0]) / symbols("s")[0] - d0**2),
            ),
        ),
        kind="derived",
        notes=("In the orbit check the step size of the statement is the parameter s.",),
    )


def _r5() -> Claim:
    x, y, z = symbols("x y z")
    step = model("degree-2").own.step.closed_form()

    def f(a: sp.Expr, b: sp.Expr) -> sp.Expr:
        return a**2 + b**2 - ETA * a * b - (4 / ETA - ETA)

    d = x * y
    d_on = 1 + z / ETA
    s_on = ETA**2 * d_on + 4 - ETA**2
    d_next = d_on - s_on * (d_on - 1) + ETA**2 * (d_on - 1) ** 2 * d_on
    lemmas: tuple[Lemma, ...] = (
        Identity("F' = F (1 + eta^2 d (d-1))", f(*step), f(x, y) * (1 + ETA**2 * d * (d - 1))),
        Inequality("1 + eta^2 d (d-1) > 0 for eta < 2", D * (D - 1) + R(1, 4), {D: (-sp.oo, sp.oo)}),
        Identity("d' = d - s (d-1) + eps (d-1)^2 d", step[0] * step[1],
                 d - ETA * (x**2 + y**2) * (d - 1) + ETA**2 * (d - 1) ** 2 * d),
        Identity("on F = 0, z = eta (d - 1) obeys z' = z^3 - 3z", ETA * (d_next - 1), z**3 - 3 * z),
    )  # fmt: skip
    return Claim(
        "zhu2023.R5",
        f"{SOURCE}, R5",
        "degree 2: an invariant ellipse",
        "For 1/2 (1 - xy)^2 and 0 < eta < 2, F = x^2 + y^2 - eta x y - (4/eta - eta) obeys F' = F (1 + eta^2 d (d-1)): the ellipse F = 0, its inside and its "
        "outside are invariant; on it z = eta (xy - 1) obeys z' = z^3 - 3z.",
        (
            Proof(
                "invariant ellipse",
                lemmas,
                "d (d-1) >= -1/4, so the factor is at least 1 - eta^2/4 > 0 and F keeps its sign.",
            ),
        ),
        (sp.Eq(sp.Symbol("F"), f(x, y)),),
        kind="derived",
    )


def _r8() -> Claim:
    k3 = R(1, 6)
    lemmas = tuple(
        CurveConstant(
            f"k3 = {k}, k5 = {k5}: G(0) = 1/(2 k3)", P**2 / 2 - k * P**4 / 4 + k5 * P**6 / 6, sp.S(0), (1 / (2 * k),)
        )
        for k, k5 in ((R(1, 6), R(0)), (R(1, 3), R(2, 15)), (R(1, 2), R(1, 4)), (R(2), R(-1)), (R(1, 7), R(1)))
    )
    m = model("product:p**2/2-p**4/24+p**6/720")
    region = Region.in_coordinates(m, {"offset": ("0.05", "0.2"), "b": ("0.02", "0.3")})
    center = 1 / (2 * k3)
    window = FinalSharpness(2 / ETA - (center + R(1, 10)) * ETA, 2 / ETA - (center - R(1, 10)) * ETA)
    return Claim(
        "zhu2023.R8",
        f"{SOURCE}, R8",
        "losses l(xy)",
        "For l'(p) = p - k3 p^3 + k5 p^5 the formal invariant curve has the gap eta/(2 k3) to leading order, at five pairs "
        "(k3, k5); orbits of p^2/2 - p^4/24 + p^6/720 end there.",
        (
            Proof(
                "leading coefficient",
                lemmas,
                "For the stated k3 and k5; the coefficient of the invariant curve does not involve k5.",
            ),
            OrbitStatement("l(p) = p^2/2 - p^4/24 + p^6/720", m, StepSizes.of("0.05", "0.02"), region, window),
        ),
        kind="derived",
    )


CLAIMS: Mapping[str, Callable[[], Claim]] = {
    "zhu2023.R1": _r1,
    "zhu2023.R2": _r2,
    "zhu2023.R3": _r3,
    "zhu2023.R4": _r4,
    "zhu2023.R5": _r5,
    **chains.CLAIMS,
    "zhu2023.R8": _r8,
}
"""R1 to R8."""
