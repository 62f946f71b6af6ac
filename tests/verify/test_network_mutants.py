"""Wrong mathematics in the experiments on networks: every claim about it must no longer be supported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pkgutil import resolve_name
from typing import Any

import pytest

from theory.claims import find
from theory.observation import Observation
from verify.check import check
from verify.evidence import ObservedEvidence, Standing
from verify.observe import run

pytest.importorskip("torch")

Patch = Callable[[pytest.MonkeyPatch], None]
NETWORKS = "numerics.networks."
EXPERIMENTS = NETWORKS + "experiments."


def wrong(name: str, change: Callable[..., Any]) -> Patch:
    """Replace a function, method or property by `change` of its value and its arguments."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        owner, _, attribute = (NETWORKS + name).rpartition(".")
        right = vars(resolve_name(owner))[attribute]
        inner = right.fget if isinstance(right, property) else right

        def mutant(*args: Any, **kwargs: Any) -> Any:
            return change(inner(*args, **kwargs), *args, **kwargs)

        monkeypatch.setattr(resolve_name(owner), attribute, property(mutant) if isinstance(right, property) else mutant)

    return patch


def times(factor: float) -> Callable[..., Any]:
    return lambda value, *_, **__: factor * value


def field(name: str, factor: float) -> Callable[..., Any]:
    """One field of a dataclass multiplied."""
    return lambda value, *_, **__: replace(value, **{name: factor * getattr(value, name)})


def both(*patches: Patch) -> Patch:
    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        for one in patches:
            one(monkeypatch)

    return patch


def optimizer(name: str, where: str, change: Callable[..., Any]) -> Patch:
    """Change the rules that an optimizer's settings give, in one experiment; `change` takes the rule and eta."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        rules = resolve_name(f"{EXPERIMENTS}{where}.OPTIMIZERS")
        make = rules[name]
        mutant = {**rules, name: lambda eta, *args, **factors: change(make, eta, *args, **factors)}
        monkeypatch.setattr(f"{EXPERIMENTS}{where}.OPTIMIZERS", mutant)

    return patch


def edge_times(name: str, factor: float) -> Patch:
    def change(make: Any, *args: Any, **factors: Any) -> Any:
        rule = make(*args, **factors)
        return replace(rule, edge=factor * rule.edge)

    return optimizer(name, "edge_of_stability", change)


def steps_times(name: str, factor: float, where: str = "edge_of_stability") -> Patch:
    """Steps of factor * eta, while the edge stays where eta has it."""

    def change(make: Any, eta: float, *args: Any, **factors: Any) -> Any:
        return replace(make(factor * eta, *args, **factors), edge=make(eta, *args, **factors).edge, eta=eta)

    return optimizer(name, where, change)


def cross_term(factor: float) -> Callable[..., Any]:
    """The term x y u of a predicted step of a network multiplied."""

    def change(v: Any, before: Any, here: Any) -> Any:
        u, normal = here.curvature.u, here.curvature.perpendicular
        return v - (factor - 1) * here.eta * (u @ before) * (normal @ before) * u

    return change


def of_quartics(change: Callable[..., Any]) -> Patch:
    """Add `change(x, y, delta^2, normal, u)` to the predicted step on a batch of quartics."""

    def added(v: Any, here: Any, before: Any) -> Any:
        x, y = ((d * before).sum(axis=1)[:, None] for d in (here.u, here.normal))
        return v + change(x, y, (2 * here.alpha / here.beta)[:, None], here.normal, here.u)

    return wrong("experiments.coupling.predicted_step", added)


def without_projection(_: Any, objective: Any, start: Any, eta: float, **__: Any) -> Iterator[Any]:
    """Gradient descent in the place of the constrained trajectory."""
    from numerics.networks.constrained import project
    from numerics.networks.eigen import Tracker

    tracker = Tracker(2, tolerance=1e-6)
    here = project(objective, start, eta, tracker)
    while True:
        yield here
        here = project(objective, here.w - eta * here.point.gradient, eta, tracker, substeps=0)


def no_response(preconditioner: Any, *_: Any) -> Any:
    return replace(preconditioner, response=None)


def rate_of_memory(factor: float) -> Callable[..., Any]:
    """The memory moves at another rate than A and B suppose or, as `kappa` does, consistently with them."""

    def change(response: Any, *_: Any) -> Any:
        return replace(response, rate=lambda X: factor * response.rate(X))

    return lambda preconditioner, *_: replace(
        preconditioner, response=lambda *args: change(preconditioner.response(*args))
    )


def kappa(factor: float) -> Patch:
    return wrong("central_rmsprop._kappa", times(factor))


def variance(factor: float) -> Patch:
    """A flow that moves by another X than the complementarity problem gives."""
    return wrong("central_flow.solve_sdcp", field("X", factor))


@dataclass(frozen=True)
class Mutant:
    """Wrong mathematics, and what it must break: a part of a claim, on its first seeds."""

    claim: str
    patch: Patch
    part: int = 0
    seeds: int = 1
    deep: bool = False


EOS = "cohen2021.edge-of-stability"
GD, RMSPROP = "cohen2024.central-flow-gd", "cohen2024.central-flow-rmsprop"
PREDICTED = "damian2023.predicted-dynamics"
SELF = "experiments.self_stabilization."
FLIP = "experiments.landing.flip_form"

MUTANTS: dict[str, Mutant] = {
    # gradient descent and its edge
    "steps of 0.9 eta": Mutant(EOS, steps_times("gd", 0.9)),
    "steps of 1.1 eta": Mutant(EOS, steps_times("gd", 1.1)),
    "steps of 0.95 eta": Mutant(EOS, steps_times("gd", 0.95)),
    "steps of 1.05 eta": Mutant(EOS, steps_times("gd", 1.05)),
    "steps of 0.97 eta": Mutant(EOS, steps_times("gd", 0.97)),
    "steps of 1.03 eta": Mutant(EOS, steps_times("gd", 1.03)),
    "the edge 1/eta": Mutant(EOS, edge_times("gd", 0.5)),
    "Hessian-vector products 5 % large": Mutant(EOS, wrong("objective.Point.hvp", times(1.05))),
    "Hessian-vector products 5 % small": Mutant(EOS, wrong("objective.Point.hvp", times(0.95))),
    "D^3L of the other sign": Mutant("cohen2021.progressive-sharpening", wrong("objective.Point.third", times(-1))),
    "steps of 0.3 eta, loss": Mutant("cohen2021.non-monotone", steps_times("gd", 0.3)),
    "steps of 0.9 eta, loss": Mutant("cohen2021.non-monotone", steps_times("gd", 0.9)),
    "steps of 1.1 eta, loss": Mutant("cohen2021.non-monotone", steps_times("gd", 1.1), seeds=5),
    "steps of 1.25 eta, loss": Mutant("cohen2021.non-monotone", steps_times("gd", 1.25), seeds=5),
    "heavy ball, the edge 2/eta": Mutant("cohen2021.momentum", edge_times("heavy-ball", 2 / 3), 0),
    "heavy ball, the edge 4/eta": Mutant("cohen2021.momentum", edge_times("heavy-ball", 4 / 3), 0),
    "heavy ball, the edge 5 % high": Mutant("cohen2021.momentum", edge_times("heavy-ball", 1.05), 0),
    "heavy ball, the edge 5 % low": Mutant("cohen2021.momentum", edge_times("heavy-ball", 0.95), 0, 2),
    "Nesterov with the edge of heavy ball": Mutant("cohen2021.momentum", edge_times("nesterov", 2.8), 1),
    "Nesterov, the edge 2/eta": Mutant("cohen2021.momentum", edge_times("nesterov", 4 / 3), 2),
    "RMSProp, the edge 10 % high": Mutant("cohen2021.adaptive", edge_times("rmsprop", 1.1), 1),
    "RMSProp, the edge 10 % low": Mutant("cohen2021.adaptive", edge_times("rmsprop", 0.9), 1),
    "RMSProp, the edge 5 % high": Mutant("cohen2021.adaptive", edge_times("rmsprop", 1.05), 1),
    "scalar RMSProp, the edge 2 % high": Mutant("cohen2021.adaptive", edge_times("scalar-rmsprop", 1.02)),
    "scalar RMSProp, the edge 2 % low": Mutant("cohen2021.adaptive", edge_times("scalar-rmsprop", 0.98)),
    "scalar RMSProp, P = nu": Mutant("cohen2021.adaptive", optimizer("scalar-rmsprop", "edge_of_stability", lambda make, *a, **k: replace(make(*a, **k), preconditioner=lambda s: s[1].expand_as(s[0])))),
    "gradient flow by Euler's method": Mutant("cohen2021.gradient-flow", wrong("experiments.flow_departure.flow", lambda _, objective, w, eta: euler(objective, w, eta))),
    "gradient flow 10 % slow": Mutant("cohen2021.gradient-flow", wrong("experiments.flow_departure.flow", lambda _, objective, w, eta: resolve_name(NETWORKS + "gradient_flow.flow")(objective, w, 0.9 * eta))),
    "a quadratic model with 0.9 H": Mutant("cohen2021.quadratic-model", wrong("taylor.Taylor.gradient", lambda g, model, v: g - 0.1 * model.point.hvp(v))),
    "a cut that is none": Mutant("cohen2021.step-size-drop", wrong("experiments.step_size_drop.gradient_descent", lambda rule, eta: resolve_name(NETWORKS + "optimizers.gradient_descent")(0.2))),
    "a cut to a tenth": Mutant("cohen2021.step-size-drop", wrong("experiments.step_size_drop.gradient_descent", lambda rule, eta: resolve_name(NETWORKS + "optimizers.gradient_descent")(0.2 if eta == 0.2 else 0.02))),
    # self-stabilization
    "coupling, delta^2 10 % large": Mutant("damian2023.coupling", of_quartics(lambda x, y, d2, n, u: 0.05 * d2 * n)),
    "coupling, delta^2 1 % large": Mutant("damian2023.coupling", of_quartics(lambda x, y, d2, n, u: 0.005 * d2 * n)),
    "coupling, alpha = 0": Mutant("damian2023.coupling", of_quartics(lambda x, y, d2, n, u: -d2 / 2 * n)),
    "coupling, without x y": Mutant("damian2023.coupling", of_quartics(lambda x, y, d2, n, u: x * y * u)),
    "coupling, x y of the other sign": Mutant("damian2023.coupling", of_quartics(lambda x, y, d2, n, u: 2 * x * y * u)),
    "coupling, x^2 10 % large": Mutant("damian2023.coupling", of_quartics(lambda x, y, d2, n, u: -0.05 * x**2 * n)),
    "coupling, x y 10 % large": Mutant("damian2023.coupling", of_quartics(lambda x, y, d2, n, u: -0.1 * x * y * u)),
    "predictions, x y of the other sign": Mutant(PREDICTED, both(wrong(SELF + "predicted_step", cross_term(-1)), wrong(SELF + "generalised_step", cross_term(-1)))),
    "generalised prediction, x y of the other sign": Mutant(PREDICTED, wrong(SELF + "generalised_step", cross_term(-1))),
    "predictions, without x y": Mutant(PREDICTED, wrong(SELF + "predicted_step", cross_term(0))),
    "predictions, delta^2 10 % large": Mutant(PREDICTED, wrong("constrained.Stable.delta_squared", times(1.1)), seeds=3),
    "predictions, delta^2 20 % large": Mutant(PREDICTED, wrong("constrained.Stable.delta_squared", times(1.2)), seeds=3),
    "predictions, delta^2 20 % small": Mutant(PREDICTED, wrong("constrained.Stable.delta_squared", times(0.8)), seeds=3),
    "predictions, delta^2 = alpha/beta": Mutant(PREDICTED, wrong("constrained.Stable.delta_squared", times(0.5))),
    "predicted loss without x^2/eta": Mutant(PREDICTED, wrong(SELF + "coordinates", lambda c, v, here: replace(c, loss=here.point.loss))),
    "predicted loss with x^2/(2 eta)": Mutant(PREDICTED, wrong(SELF + "coordinates", lambda c, v, here: replace(c, loss=(c.loss + here.point.loss) / 2))),
    "not displaced": Mutant(PREDICTED, wrong(SELF + "kick", lambda _, w, *__: w)),
    "oscillation, delta^2 = alpha/beta": Mutant("damian2023.oscillation", wrong("constrained.Stable.delta_squared", times(0.5))),
    "oscillation, delta^2 20 % large": Mutant("damian2023.oscillation", wrong("constrained.Stable.delta_squared", times(1.2)), seeds=3),
    "oscillation, x 10 % small": Mutant("damian2023.oscillation", wrong(SELF + "coordinates", field("x", 0.9)), seeds=3),
    "D^3L 1 % large": Mutant("damian2023.sharpness-gradient-networks", wrong("objective.Point.third", times(1.01))),
    "grad S by Hessian-vector products 5 % large": Mutant("damian2023.sharpness-gradient-networks", wrong("objective.Point.hvp", times(1.05))),
    "the identity with + c": Mutant("damian2023.displacement", wrong(SELF + "exact_step", lambda v, _, __, after: v + 2 * after.displacement)),
    "the identity without c": Mutant("damian2023.displacement", wrong(SELF + "exact_step", lambda v, _, __, after: v + after.displacement)),
    "no projection, the set": Mutant("damian2023.constrained-trajectory", wrong(SELF + "constrained_trajectory", without_projection)),
    "a projection of one Newton step": Mutant("damian2023.constrained-trajectory", wrong(SELF + "constrained_trajectory", lambda _, objective, w, eta: resolve_name(NETWORKS + "constrained.constrained_trajectory")(objective, w, eta, substeps=1))),
    "projected on 1.01 times the edge": Mutant("damian2023.constrained-trajectory", wrong(SELF + "constrained_trajectory", lambda _, objective, w, eta: (replace(s, eta=eta) for s in resolve_name(NETWORKS + "constrained.constrained_trajectory")(objective, w, eta / 1.01)))),
    "no projection, distances": Mutant("damian2023.implicit-bias", wrong(SELF + "constrained_trajectory", without_projection)),
    "the distances exchanged": Mutant("damian2023.implicit-bias", wrong(SELF + "_distances", lambda d, *_: d | {"distance_ratio": 1 / d["distance_ratio"]} if d else d)),
    "gradient flow slow by half": Mutant("damian2023.implicit-bias", wrong(SELF + "adaptive_flow", lambda _, o, w, times, **k: resolve_name(NETWORKS + "gradient_flow.adaptive_flow")(o, w, [t / 2 for t in times], **k)), seeds=3),
    "responses of the other sign": Mutant("damian2023.responses", wrong("predicted.Responses.__call__", lambda r, self, here: _negate(self) or r)),
    # central flows
    "no Sigma": Mutant(GD, variance(0.0)),
    "Sigma 10 % large": Mutant(GD, variance(1.1), seeds=2),
    "Sigma half as large": Mutant(GD, variance(0.5), seeds=2),
    "Sigma twice as large": Mutant(GD, variance(2.0), seeds=2),
    "predicted loss without tr X": Mutant(GD, wrong("central_flow.Central.predicted_loss", lambda v, flow: flow.loss)),
    "predicted loss with tr X/2": Mutant(GD, wrong("central_flow.Central.predicted_loss", lambda v, flow: (v + flow.loss) / 2), seeds=2),
    "predicted loss with 1.5 tr X": Mutant(GD, wrong("central_flow.Central.predicted_loss", lambda v, flow: 1.5 * v - 0.5 * flow.loss), seeds=2),
    "predicted loss with 2 tr X": Mutant(GD, wrong("central_flow.Central.predicted_loss", lambda v, flow: 2 * v - flow.loss), seeds=2),
    "the flow with D^3L 20 % small": Mutant(GD, wrong("experiments.central_flow.central_flow", lambda _, *a, **k: _with_third(0.8, *a, **k)), seeds=2),
    "the central flow at half speed": Mutant(GD, wrong("central_flow.drift_of", lambda d, *_: replace(d, velocity=lambda X: d.velocity(X) / 2)), seeds=2),
    "steps of 0.9 eta, central flow": Mutant(GD, steps_times("gd", 0.9, "central_flow"), seeds=2),
    "scalar RMSProp, no Sigma": Mutant("cohen2024.central-flow-scalar-rmsprop", variance(0.0)),
    "scalar RMSProp, Sigma half": Mutant("cohen2024.central-flow-scalar-rmsprop", variance(0.5)),
    "scalar RMSProp, P constant": Mutant("cohen2024.central-flow-scalar-rmsprop", wrong("experiments.central_flow.scalar_rmsprop_preconditioner", no_response)),
    "scalar RMSProp, nu at half the rate": Mutant("cohen2024.central-flow-scalar-rmsprop", kappa(0.5)),
    "RMSProp, nu at half the rate": Mutant(RMSPROP, kappa(0.5)),
    "RMSProp, nu at twice the rate": Mutant(RMSPROP, kappa(2.0)),
    "RMSProp, P constant": Mutant(RMSPROP, wrong("experiments.central_flow.rmsprop_preconditioner", no_response)),
    "RMSProp, Sigma half": Mutant(RMSPROP, variance(0.5)),
    "RMSProp, nu at 0.8 of the rate in its own equation": Mutant(RMSPROP, wrong("experiments.central_flow.rmsprop_preconditioner", rate_of_memory(0.8))),
    "RMSProp, nu at half the rate in its own equation": Mutant(RMSPROP, wrong("experiments.central_flow.rmsprop_preconditioner", rate_of_memory(0.5))),
    "sigma^2 5 % large": Mutant("cohen2024.constrained-trajectory", variance(1.05)),
    "delta^2 5 % large": Mutant("cohen2024.constrained-trajectory", wrong("constrained.Stable.delta_squared", times(1.05))),
    "no projection against the central flow": Mutant("cohen2024.constrained-trajectory", wrong("experiments.central_and_constrained.constrained_trajectory", without_projection)),
    "no variance against the constrained trajectory": Mutant("cohen2024.constrained-trajectory", variance(0.0)),
    "the closed form with half of kappa": Mutant("cohen2024.scalar-rmsprop-variance", wrong("experiments.rmsprop_at_the_edge.scalar_variance", lambda _, *, beta2, **k: resolve_name(NETWORKS + "central_rmsprop.scalar_variance")(beta2=2 * beta2 / (1 + beta2), **k))),
    "the closed form 0.1 % large": Mutant("cohen2024.scalar-rmsprop-variance", wrong("experiments.rmsprop_at_the_edge.scalar_variance", times(1.001))),
    "X 1 % large": Mutant("cohen2024.complementarity", wrong("experiments.complementarity.solve_sdcp", field("X", 1.01))),
    "X 1e-5 large": Mutant("cohen2024.complementarity", wrong("experiments.complementarity.solve_sdcp", field("X", 1 + 1e-5))),
    "P at rest 1 % large": Mutant("cohen2024.stationary-preconditioner", wrong("experiments.rmsprop_at_the_edge.stationary_preconditioner", field("P", 1.01))),
    "multiplier at rest 1 % large": Mutant("cohen2024.stationary-preconditioner", wrong("experiments.rmsprop_at_the_edge.stationary_preconditioner", field("multiplier", 1.01))),
    "at rest under 1.01 Sigma": Mutant("cohen2024.stationary-preconditioner", wrong("experiments.rmsprop_at_the_edge.solve_sdcp", field("X", 1.01))),
    # rotation
    "polarity of the other sign": Mutant("wang2024.polarity", wrong("experiments.rotation.polarity", field("polarity", -1.0))),
    "polarity of the other sign, path": Mutant("wang2024.polarity", wrong("experiments.rotation.polarity", field("polarity", -1.0)), 1),
    "rotations in the reverse order of time": Mutant("wang2024.rotation", wrong("experiments.rotation.Turning.speed", lambda s, *_: s[::-1])),
    "rotations in the reverse order of time, path": Mutant("wang2024.rotation", wrong("experiments.rotation.Turning.speed", lambda s, *_: s[::-1]), 1),
    "angles all alike": Mutant("wang2024.rotation", wrong("experiments.rotation.angle", lambda *_: 0.1)),
    "quartic errors without a hidden layer": Mutant("wang2024.depth", wrong("experiments.rotation.squared_error", lambda c, *_: replace(c, total=lambda f, y: ((f - y) ** 4).sum()))),
    "one hidden layer, none": Mutant("wang2024.depth", wrong("experiments.rotation.mlp", lambda _, *a: resolve_name(NETWORKS + "architectures.mlp.mlp")((64, 1))), 1),
    "raised not at all": Mutant("wang2024.flattening", wrong("experiments.rotation.gradient_descent", lambda *_: resolve_name(NETWORKS + "optimizers.gradient_descent")(0.2))),
    "raised steps of 1.1 eta": Mutant("wang2024.flattening", wrong("experiments.rotation.gradient_descent", lambda r, eta: r if eta == 0.2 else replace(r, step=lambda s, g: (s[0] - 1.1 * eta * g,))), seeds=2),
    "S_0 twice as large": Mutant("wang2024.goldilocks", wrong("experiments.goldilocks.sharpnesses", lambda s, o, w, **_: replace(s, values=(2 if len(w) == 1 else 1) * s.values))),
    "S_0 half as large": Mutant("wang2024.goldilocks", wrong("experiments.goldilocks.sharpnesses", lambda s, o, w, **_: replace(s, values=(0.5 if len(w) == 1 else 1) * s.values))),
    # landing
    "c without T^2": Mutant("zhu2023.networks-gap", wrong(FLIP, lambda f, o, w, eta, **_: replace(f, c=f.c - eta / 4 * float(f.u @ o.D(w, 3, f.u, f.u)) ** 2)), seeds=3),
    "c without Q": Mutant("zhu2023.networks-gap", wrong(FLIP, lambda f, o, w, *_, **__: replace(f, c=f.c + float(o.D(w, 4, f.u, f.u, f.u, f.u)) / 6)), seeds=3),
    "c <= 0": Mutant("zhu2023.networks-gap", wrong(FLIP, field("c", -1.0)), seeds=3),
    "c 20 % large": Mutant("zhu2023.networks-gap", wrong(FLIP, field("c", 1.2)), seeds=3),
    "beta twice as large": Mutant("zhu2023.networks-gap", wrong(FLIP, field("beta", 2.0)), seeds=3),
    "three layers, beta twice as large": Mutant("zhu2023.networks-gap", wrong(FLIP, field("beta", 2.0)), 1, seeds=3),
    "three layers, c 20 % large": Mutant("zhu2023.networks-gap", wrong(FLIP, field("c", 1.2)), 1, seeds=3),
    "three layers, c 40 % large": Mutant("zhu2023.networks-gap", wrong(FLIP, field("c", 1.4)), 1, seeds=3),
    "three layers, c <= 0": Mutant("zhu2023.networks-gap", wrong(FLIP, field("c", -1.0)), 1, seeds=3),
    "three layers, c without T^2": Mutant("zhu2023.networks-gap", wrong(FLIP, lambda f, o, w, eta, **_: replace(f, c=f.c - eta / 4 * float(f.u @ o.D(w, 3, f.u, f.u)) ** 2)), 1, seeds=3),
    "three layers, c without Q": Mutant("zhu2023.networks-gap", wrong(FLIP, lambda f, o, w, *_, **__: replace(f, c=f.c + float(o.D(w, 4, f.u, f.u, f.u, f.u)) / 6)), 1, seeds=3),
    "two layers, S 1 % large": Mutant("zhu2023.networks-gap", wrong(FLIP, field("sharpness", 1.01)), 2, seeds=3),
    "late, S 2 % large": Mutant("zhu2023.networks-late", wrong("experiments.parabola.flip_form", field("sharpness", 1.02))),
    "late, S 5 % small": Mutant("zhu2023.networks-late", wrong("experiments.parabola.flip_form", field("sharpness", 0.95))),
    "late, below the edge": Mutant("zhu2023.networks-late", wrong("experiments.parabola._late", lambda _, chosen, seed, eta, *rest: resolve_name(EXPERIMENTS + "parabola")._late(chosen, seed, 0.06, *rest))),
}


def euler(objective: Any, w: Any, eta: float) -> Iterator[Any]:
    while True:
        yield w
        w = w - eta * objective.gradient(w)


def part_of(mutant: Mutant) -> Observation:
    part = find(mutant.claim).parts[mutant.part]
    assert isinstance(part, Observation)
    return replace(part, seeds=(mutant.seeds,) * 3)


def verdict_on(mutant: Mutant) -> ObservedEvidence:
    claim = replace(find(mutant.claim), parts=(part_of(mutant),))
    (evidence,) = check(claim, "quick").evidence
    assert isinstance(evidence, ObservedEvidence)
    return evidence
