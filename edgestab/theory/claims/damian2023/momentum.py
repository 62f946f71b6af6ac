"""The edge with momentum: the step sizes at which heavy ball and Nesterov converge on a quadratic."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.claims.damian2023.notation import JURY, R, X, characteristic, jacobian, jury
from edgestab.theory.conclusions.converges import Converges
from edgestab.theory.conclusions.diverges import Diverges
from edgestab.theory.lemma import Identity, Inequality, Lemma
from edgestab.theory.loss import Loss
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.optimizers.momentum import BETA, heavy_ball, nesterov
from edgestab.theory.parts.proof import Proof
from edgestab.theory.region import Region
from edgestab.theory.statement import OrbitStatement, StepSizes
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import ETA, symbol

S = symbol("S")
SOURCE = "derived; thresholds of Cohen et al. 2021"
MINUS_ONE = "Beyond, det(J - lam) is negative at lam = -1 and positive far below: a multiplier lies below -1."


def _quadratic() -> Loss:
    return Loss((X,), S * X**2 / 2, "quadratic")


def _heavy_ball() -> Claim:
    step = heavy_ball(_quadratic())
    edge = (2 + 2 * BETA) / ETA
    low, high, inner = jury(jacobian(step))
    lemmas: tuple[Lemma, ...] = (
        Identity("1 - T + D = eta S", low, ETA * S),
        Identity("1 + T + D = 2 + 2 beta - eta S", high, 2 + 2 * BETA - ETA * S),
        Identity("1 - D = 1 - beta", inner, 1 - BETA),
        Inequality("1 - beta > 0", 1 - BETA, {BETA: (-sp.S.One, sp.S.One)}, strict=True),
        Identity("det(J + 1) = 2 + 2 beta - eta S", characteristic(jacobian(step), -sp.S.One), 2 + 2 * BETA - ETA * S),
        Identity("-1 is a multiplier at the edge", characteristic(jacobian(step), -sp.S.One).subs(S, edge), sp.S.Zero),
        Inequality("the edge is at 2/eta or above", 2 + 2 * BETA - 2, {BETA: (sp.S.Zero, sp.S.One)}),
    )
    return Claim(
        "damian2023.heavy-ball",
        SOURCE,
        "edge of heavy ball",
        "On L = S x^2/2, S > 0, heavy ball with 0 <= beta < 1 converges to 0 from every start when S < (2 + 2 beta)/eta, and has a "
        "multiplier below -1 when S > (2 + 2 beta)/eta.",
        (Proof("Jury's criterion", lemmas, f"{JURY} {MINUS_ONE}"),),
        (sp.Eq(S, edge),),
        kind="derived",
        checks=_orbits(heavy_ball, "0.376", "0.384"),
    )


def _nesterov() -> Claim:
    step = nesterov(_quadratic())
    edge = (2 + 2 * BETA) / (ETA * (1 + 2 * BETA))
    low, high, inner = jury(jacobian(step))
    unit = {BETA: (sp.S.Zero, sp.S.One)}
    lemmas: tuple[Lemma, ...] = (
        Identity("1 - T + D = eta S", low, ETA * S),
        Identity("1 + T + D = eta (1 + 2 beta) (edge - S)", high, ETA * (1 + 2 * BETA) * (edge - S)),
        Identity("1 - D = (1 - beta) + beta eta S", inner, 1 - BETA + BETA * ETA * S),
        Inequality("1 - beta > 0", 1 - BETA, {BETA: (-sp.S.One, sp.S.One)}, strict=True),
        Inequality("1 + 2 beta > 0", 1 + 2 * BETA, {BETA: (-R(1, 2), sp.S.One)}, strict=True),
        Identity("det(J + 1) = 1 + T + D", characteristic(jacobian(step), -sp.S.One), high),
        Identity("-1 is a multiplier at the edge", characteristic(jacobian(step), -sp.S.One).subs(S, edge), sp.S.Zero),
        Inequality("the edge is at 2/eta or below", 2 - (2 + 2 * BETA) / (1 + 2 * BETA), unit),
    )
    return Claim(
        "damian2023.nesterov",
        SOURCE,
        "edge of Nesterov momentum",
        "On L = S x^2/2, S > 0, Nesterov's rule with 0 <= beta < 1 converges to 0 from every start when "
        "S < (2 + 2 beta)/(eta (1 + 2 beta)), and has a multiplier below -1 when S > (2 + 2 beta)/(eta (1 + 2 beta)).",
        (Proof("Jury's criterion", lemmas, f"{JURY} {MINUS_ONE}"),),
        (sp.Eq(S, edge),),
        kind="derived",
        checks=_orbits(nesterov, "0.135", "0.137"),
    )


def _orbits(rule: Callable[[Loss], StepMap], below: str, above: str) -> tuple[OrbitStatement, ...]:
    """Orbits with S = 10 and beta = 9/10, one hundredth below and above the edge."""
    loss = Loss((X,), 5 * X**2, "5 x^2")
    m = model_of_loss(loss, rule(loss).substitute({BETA: R(9, 10)}))
    starts = Region.in_coordinates(m, {"x": ("0.5", "1.5")})
    return (
        OrbitStatement("below the edge: converges", m, StepSizes.of(below), starts, Converges()),
        OrbitStatement("above it: diverges", m, StepSizes.of(above), starts, Diverges()),
    )


CLAIMS: Mapping[str, Callable[[], Claim]] = {
    "damian2023.heavy-ball": _heavy_ball,
    "damian2023.nesterov": _nesterov,
}
"""The thresholds of heavy ball and of Nesterov."""
