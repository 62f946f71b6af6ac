"""The setting: the coupled model, its Hessian, minima, coordinates and exact maps."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.theory.chart import Chart
from edgestab.theory.claim import Claim
from edgestab.theory.claims.zhu2023.notation import SOURCE, R
from edgestab.theory.lemma import Identity, Inequality
from edgestab.theory.loss import Loss
from edgestab.theory.models.base import Model
from edgestab.theory.models.catalogue import model
from edgestab.theory.models.chain import chain, untied
from edgestab.theory.models.quartic import EOS_C, EOS_X
from edgestab.theory.models.vector import G, M, N, gram_step
from edgestab.theory.optimizers.gradient_descent import gradient_descent
from edgestab.theory.parts.proof import Proof
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import ETA, symbols

X, Y, Z, W, D, S, CC, C = symbols("x y z w d s C c")
FOUR = Loss((X, Y, Z, W), (1 - X * Y * Z * W) ** 2 / 2, "four layers")


def _coupled() -> Claim:
    step = gradient_descent(FOUR).closed_form()
    on_plane = {Z: X, W: Y}
    quartic = model("quartic").own.step.closed_form()
    lemmas = (
        Identity("z moves as x on z = x, w = y", step[2].subs(on_plane), step[0].subs(on_plane)),
        Identity("w moves as y", step[3].subs(on_plane), step[1].subs(on_plane)),
        Identity("x moves as by GD on (1 - x^2 y^2)^2 / 4", step[0].subs(on_plane), quartic[0]),
        Identity("y moves as by GD on (1 - x^2 y^2)^2 / 4", step[1].subs(on_plane), quartic[1]),
    )
    return Claim(
        "zhu2023.coupled",
        f"{SOURCE}, section 3",
        "coupled starts stay coupled",
        "GD on 1/2 (1 - xyzw)^2 from z0 = x0, w0 = y0 keeps z = x and w = y, and is GD on 1/4 (1 - x^2 y^2)^2.",
        (Proof("coupling", lemmas),),
        (sp.Eq(sp.Symbol("L"), (1 - X**2 * Y**2) ** 2 / 4),),
    )


def _tied() -> Claim:
    u, rest = symbols("u Q")  # a layer, and the product of all others
    own = Loss((u, rest), (1 - u * rest) ** 2 / 2, "a layer")
    lemmas = [
        Identity(
            "whatever the other layers are, a layer u moves by u (1 - delta), delta = eta (P - 1) P/u^2, P = u Q",
            u - ETA * own.gradient[0],
            u * (1 - ETA * (u * rest - 1) * u * rest / u**2),
        )
    ]
    for groups in ((2, 2), (1, 2), (1, 3), (2, 1, 1)):
        tied, full = chain(groups).own.step, gradient_descent(untied(groups))
        owner = [w for w, m in zip(tied.state, groups, strict=True) for _ in range(m)]
        to_group = dict(zip(full.state, owner, strict=True))
        new = dict(zip(tied.state, tied.closed_form(), strict=True))
        for w, u in zip(owner, full.closed_form(), strict=True):
            lemmas.append(Identity(f"groups {groups}: a layer of {w} moves as {w}", u.xreplace(to_group), new[w]))
    w1, w2 = symbols("w1 w2")
    plain = gradient_descent(Loss((w1, w2), (1 - w1 * w2**2) ** 2 / 2, "tied")).closed_form()
    step = chain((1, 2)).own.step.closed_form()
    lemmas.append(Identity("GD on the tied loss moves a pair twice as far", plain[1] - w2, 2 * (step[1] - w2)))
    return Claim(
        "zhu2023.tied",
        f"{SOURCE}, sections 3 and 4",
        "tied layers move as in the untied network",
        "For 1/2 (1 - P)^2, P the product of any number of layers, a layer w, not 0, moves by w' = w (1 - delta), delta = eta (P - 1) P/w^2, so that "
        "equal layers stay equal. Plain GD on the tied loss (1 - w1 w2^2)^2/2 moves the pair twice as far.",
        (
            Proof(
                "tying",
                tuple(lemmas),
                "delta depends on the layer's own value and on P alone: equal layers have equal ones. The lemmas on groups say that the "
                "models here step so.",
            ),
        ),
        kind="derived",
    )


def _hessian() -> Claim:
    g = X * Y
    h = FOUR.hessian.subs({Z: X, W: Y})
    root = sp.sqrt((X**2 + Y**2) ** 2 * (1 - 3 * g**2) ** 2 + 4 * g**2 * (3 - 10 * g**2 + 7 * g**4))
    lam = symbols("lam")[0]
    characteristic = (h - lam * sp.eye(4)).det(method="berkowitz")
    lemmas = []
    first, second = (((X**2 + Y**2) * (3 * g**2 - 1) + sign * root) / 2 for sign in (1, -1))
    for name, value in (
        ("l1", first),
        ("l2", second),
        ("l3", X**2 * (1 - g**2)),
        ("l4", Y**2 * (1 - g**2)),
    ):
        lemmas.append(Identity(f"{name} is an eigenvalue", characteristic.subs(lam, value), sp.S(0)))
    pair = lam**2 - (X**2 + Y**2) * (3 * g**2 - 1) * lam - g**2 * (3 - 10 * g**2 + 7 * g**4)
    others = (lam - X**2 * (1 - g**2)) * (lam - Y**2 * (1 - g**2))
    lemmas.append(
        Identity("det(lam - H) is the product of both and of (lam - l3)(lam - l4)", characteristic, pair * others)
    )
    return Claim(
        "zhu2023.hessian",
        f"{SOURCE}, section 3",
        "eigenvalues of the four-layer Hessian",
        "With g = xy, at (x, x, y, y) the Hessian of the four-layer loss has the eigenvalues l3, l4 = x^2 (1 - g^2), y^2 (1 - g^2) and l1, l2, the "
        "zeros of lam^2 - (x^2 + y^2)(3 g^2 - 1) lam - g^2 (3 - 10 g^2 + 7 g^4).",
        (Proof("eigenvalues", tuple(lemmas)),),
        tuple(sp.Eq(sp.Symbol(f"l_{i}"), value) for i, value in enumerate((first, second), 1)),
    )


def _minima() -> Claim:
    t = symbols("t")[0]
    h = model("quartic").loss.hessian.subs(Y, 1 / X)  # type: ignore[union-attr]
    four = FOUR.hessian.subs({Z: X, W: Y}).subs(Y, 1 / X)
    steep = 2 * (X**2 + 1 / X**2)
    lemmas = (
        Identity("the coupled Hessian is singular at a minimum", h.det(), sp.S(0)),
        Identity("its trace is 2 (x^2 + y^2)", h.trace(), steep),
        Identity("so is the four-layer trace", four.trace(), steep),
        Identity(
            "H^2 = 2 (x^2 + y^2) H for the four-layer Hessian: rank one",
            sum_of_squares(four * four - steep * four),
            sp.S(0),
        ),
        Inequality("2 (t + 1/t) >= 4 for t = x^2 > 0", 2 * (t + 1 / t) - 4, {t: (sp.S(0), sp.oo)}),
    )
    return Claim(
        "zhu2023.minima",
        f"{SOURCE}, section 3",
        "sharpness of the minima",
        "At a minimum xy = 1 the sharpness is 2 (x^2 + y^2) >= 4, for the coupled loss and at (x, x, y, y) for the four-layer loss: one of "
        "sharpness 2/eta has eta <= 1/2, and then there is one (zhu2023.edge-minimum).",
        (
            Proof(
                "sharpness",
                lemmas,
                "A singular 2 x 2 matrix, and a symmetric matrix of rank one, have their trace as eigenvalue.",
            ),
        ),
        (sp.Eq(sp.Symbol("S"), 2 * (X**2 + Y**2)),),
    )


def sum_of_squares(matrix: sp.MatrixBase) -> sp.Expr:
    """Return the sum of the squared entries, which is zero exactly when all are."""
    return sp.Add(*(entry**2 for entry in matrix))


def _edge_minimum() -> Claim:
    root = symbols("t")[0]
    lemmas = (
        Identity(
            "t^2 - t/eta + 1, the condition 2 (t + 1/t) = 2/eta on t = x^2, has the roots x^2 and 1/x^2 of the stated x",
            root**2 - root / ETA + 1,
            (root - EOS_X**2) * (root - 1 / EOS_X**2),
        ),
        Identity("2 (x^2 + 1/x^2) = 2/eta at the stated x", 2 * (EOS_X**2 + 1 / EOS_X**2), 2 / ETA),
        Identity("c^4 = (x^2 - y^2)^2 there", (EOS_X**2 - 1 / EOS_X**2) ** 2, EOS_C**4),
    )
    return Claim(
        "zhu2023.edge-minimum",
        f"{SOURCE}, section 3",
        "the minima of sharpness 2/eta",
        "For eta <= 1/2 the minima of sharpness 2/eta on xy = 1 are (x, y), (y, x), (-x, -y), (-y, -x) with "
        "x = ((eta^-2 - 4)^(1/2) + eta^-1)^(1/2) / sqrt 2, y = 1/x; for eta < 1/2 the first is ((eta^-2 - 4)^(1/4), 1) in (c, d).",
        (Proof("edge minimum", lemmas),),
        (sp.Eq(X, EOS_X),),
    )


def _bijection() -> Claim:
    x2 = (sp.sqrt(C**4 + 4 * D**2) + C**2) / 2
    y2 = D**2 / x2
    t = symbols("t")[0]
    lemmas = (
        Identity("x^2 - y^2 = c^2", x2 - y2, C**2),
        Identity("x^2 y^2 = d^2", x2 * y2, D**2),
        Identity("the stated x^2 solves t^2 - c^2 t - d^2 = 0", x2**2 - C**2 * x2 - D**2, sp.S(0)),
        Identity("its other root is -d^2/x^2 < 0", t**2 - C**2 * t - D**2, (t - x2) * (t + D**2 / x2)),
    )
    return Claim(
        "zhu2023.chart-cd",
        f"{SOURCE}, section 3",
        "(c, d) is a bijection",
        "(x, y) -> (sqrt(x^2 - y^2), xy) maps {x > y > 0} one to one onto (0, oo)^2, with the stated inverse.",
        (Proof("bijection", lemmas, "x^2 and y^2 are determined by their difference and product; both are positive."),),
        (sp.Eq(X**2, x2),),
    )


def _exact_map() -> Claim:
    eps = ETA**2
    step = model("quartic").own.step.closed_form()
    d, c, s = X * Y, X**2 - Y**2, ETA * (X**2 + Y**2)
    r = d**2 - 1
    q = d**2 * r**2
    sigma = (ETA * c) ** 2
    d1, c1, s1 = step[0] * step[1], step[0] ** 2 - step[1] ** 2, ETA * (step[0] ** 2 + step[1] ** 2)
    lemmas = (
        Identity("C' = C (1 - eps q)", c1, c * (1 - eps * q)),
        Identity("d' = d (1 - s r + eps q)", d1, d * (1 - s * r + eps * q)),
        Identity("s' = s (1 + eps q) - 4 eps d^2 r", s1, s * (1 + eps * q) - 4 * eps * d**2 * r),
        Identity("sigma = s^2 - 4 eps d^2", sigma, s**2 - 4 * eps * d**2),
        Identity("sigma' = sigma (1 - eps q)^2", (ETA * c1) ** 2, sigma * (1 - eps * q) ** 2),
        Identity("the multiplier at a minimum is 1 - 2s", sp.diff(D * (1 - S * (D**2 - 1)), D).subs(D, 1), 1 - 2 * S),
    )
    return Claim(
        "zhu2023.exact-map",
        "derived; exact form of Zhu et al. 2023, section 3",
        "the exact planar map",
        "In d = xy, s = eta (x^2 + y^2), C = x^2 - y^2 a GD step is C' = C (1 - eps q), d' = d (1 - s r + eps q), "
        "s' = s (1 + eps q) - 4 eps d^2 r, with r = d^2 - 1, q = d^2 r^2, eps = eta^2.",
        (Proof("exact map", lemmas),),
        (sp.Eq(sp.Symbol("d'"), D * (1 - S * (D**2 - 1) + ETA**2 * D**2 * (D**2 - 1) ** 2)),),
        kind="derived",
    )


def conjugacy(name: str, m: Model, chart: Chart, step: StepMap) -> tuple[Identity, ...]:
    """Return the identities forward(step(x)) = charted step(forward(x)), one for each coordinate.

    The charted step may contain the root s = sqrt(...), which on the image of the chart is
    eta (x^2 + y^2) up to a constant factor; its square is compared where a root is left.
    """
    own = m.own.step
    image = dict(zip(own.state, own.closed_form(), strict=True))
    here = dict(zip(chart.target, chart.forward, strict=True))
    charted = step.closed_form()
    return tuple(
        Identity(f"{name}: {new}' is conjugate", f.xreplace(image), _denest(u.xreplace(here)))
        for new, f, u in zip(chart.target, chart.forward, charted, strict=True)
    )


def _denest(e: sp.Expr) -> sp.Expr:
    """Replace sqrt(eta^2 (x^2 + y^2)^2 * square) by the positive root it is."""
    steep = ETA * (X**2 + Y**2)
    for root in e.atoms(sp.Pow):
        if root.exp == R(1, 2):
            ratio = sp.cancel(sp.expand(root.base) / sp.expand(steep**2))
            if ratio.is_Rational and sp.sqrt(ratio).is_Rational:
                e = e.xreplace({root: sp.sqrt(ratio) * steep})
    return e


def _charts() -> Claim:
    lemmas: list[Identity] = []
    for name in ("quartic", "degree-2", "product:p**2/2-p**4/12", "product:p**2/2-p**3/15-p**4/12"):
        m = model(name)
        chart = m.best.chart
        if chart is not None:
            lemmas += conjugacy(f"{name} in (v, b)", m, chart, m.best.step)
    x, b = symbols("offset b")
    m = model("quartic")
    chart = next(c for c in m.charts if c.name == "offset b")
    sigma = sp.sqrt(1 + x + 4 * ETA**2 * b * (2 + b))
    g = (1 + b) * b * (2 + b)
    drift = ETA**2 * ((1 + b) * (2 + b)) ** 2 * (1 + x - 4 * ETA**2) * (2 - ETA**2 * g**2)
    multiplier = 1 - (1 + b) * (2 + b) * (sigma - ETA**2 * g * (1 + b))
    step = StepMap("x b", (x, b), (x - b**2 * drift, multiplier * b), (ETA,))
    lemmas += conjugacy("quartic in (x, b)", m, chart, step)
    return Claim(
        "zhu2023.charts",
        "derived; charts (v, b) and (x, b)",
        "the charts in which nothing cancels",
        "For l(p) = (1 - p^2)^2/4, (1 - p)^2/2, p^2/2 - p^4/12 and p^2/2 - p^3/15 - p^4/12 the (v, b) form of the step, and for the first "
        "the (x, b) form too, takes the chart of (x, y) to the chart of the next (x, y) of gradient descent on l(xy): an identity, where the root in "
        "it is eta (x^2 + y^2) up to a constant.",
        (Proof("conjugacy", tuple(lemmas)),),
        kind="derived",
    )


def _gram() -> Claim:
    lemmas = []
    for dimension in (1, 2, 3):
        x = sp.Matrix(symbols(" ".join(f"x{i}" for i in range(dimension))))
        y = sp.Matrix(symbols(" ".join(f"y{i}" for i in range(dimension))))
        g = (x.T * y)[0]
        norm = sum_of_squares(sp.eye(dimension) - x * y.T * x * y.T)
        scalars = dimension - 2 * g**2 + g**2 * (x.T * x)[0] * (y.T * y)[0]
        lemmas.append(
            Identity(f"dimension {dimension}: ||I - x y^T x y^T||^2 = d - 2 g^2 + g^2 |x|^2 |y|^2", norm, scalars)
        )
        m = model(f"vector:{dimension}")
        own = m.own.step
        image = dict(zip(own.state, own.closed_form(), strict=True))
        chart = m.best.chart
        if chart is None:
            continue
        here = dict(zip((N, G, M), chart.forward, strict=True))
        for new, f, u in zip((N, G, M), chart.forward, gram_step().closed_form(), strict=True):
            lemmas.append(Identity(f"dimension {dimension}: {new}'", f.xreplace(image), u.xreplace(here)))
    return Claim(
        "zhu2023.gram",
        "derived; reduction of Theorem 3.2",
        "the vector model moves by three Gram scalars",
        "GD on 1/4 ||I - x y^T x y^T||^2 closes on |x|^2, x.y, |y|^2, by the same polynomial map in every dimension.",
        (
            Proof(
                "Gram map",
                tuple(lemmas),
                "x' and y' are combinations of x and y with coefficients in the Gram scalars, and a rotation puts x and y into the plane of "
                "the first two coordinates, which it carries along: dimension 2 is every dimension.",
            ),
        ),
        kind="derived",
    )


CLAIMS: Mapping[str, Callable[[], Claim]] = {
    "zhu2023.coupled": _coupled,
    "zhu2023.tied": _tied,
    "zhu2023.hessian": _hessian,
    "zhu2023.minima": _minima,
    "zhu2023.edge-minimum": _edge_minimum,
    "zhu2023.chart-cd": _bijection,
    "zhu2023.exact-map": _exact_map,
    "zhu2023.charts": _charts,
    "zhu2023.gram": _gram,
}
"""The claims on the setting."""
