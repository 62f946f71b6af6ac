"""Wrong mathematics in the experiments on networks: every claim about it must no longer be supported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pkgutil import resolve_name
from typing import Any

import pytest

from edgestab.theory.claims.catalogue import find
from edgestab.theory.observation import Observation
from edgestab.verify.check import check
from edgestab.verify.evidence.observed import ObservedEvidence
from edgestab.verify.evidence.standing import Standing
from edgestab.verify.observe import measure

pytest.importorskip("torch")

Patch = Callable[[pytest.MonkeyPatch], None]
NETWORKS = "edgestab.numerics.networks."
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
        right = resolve_name(f"{EXPERIMENTS}{where}.update_rule")
        rule = right(name)
        mutant = replace(rule, make=partial(change, rule.make))
        monkeypatch.setattr(
            f"{EXPERIMENTS}{where}.update_rule", lambda asked: mutant if asked == name else right(asked)
        )

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
    from edgestab.numerics.networks.spectra.eigen import Tracker
    from edgestab.numerics.networks.stabilization.constrained import project

    tracker = Tracker(2, tolerance=1e-6)
    here = project(objective, start, eta, tracker)
    while True:
        yield here
        here = project(objective, here.w - eta * here.point.gradient, eta, tracker, substeps=0)


def no_response(preconditioner: Any, *_: Any, **__: Any) -> Any:
    return replace(preconditioner, response=None)


def kappa(factor: float) -> Patch:
    return wrong("flows.central_rmsprop._kappa", times(factor))


def other_sigma(factor: float) -> Patch:
    """A flow that moves by another X than the complementarity problem gives."""
    return wrong("flows.central_flow.solve_sdcp", field("X", factor))


def said_loss(factor: float) -> Patch:
    """L + factor tr X for L + tr X."""
    return wrong("flows.central_flow.Central.predicted_loss", lambda v, flow: flow.loss + factor * (v - flow.loss))


def slow(_: Any, objective: Any, w: Any, eta: float) -> Iterator[Any]:
    """Gradient flow at four fifths of its speed."""
    states: Iterator[Any] = resolve_name(NETWORKS + "flows.gradient_flow.flow")(objective, w, 0.8 * eta)
    return states


def of_eta(name: str, eta: Callable[[float], float]) -> Patch:
    """Another step size than is asked for, in an experiment that makes gradient descent by name."""
    from_eta = NETWORKS + "optimizers.gradient_descent.gradient_descent"
    return wrong(f"experiments.{name}.gradient_descent", lambda _, asked: resolve_name(from_eta)(eta(asked)))


def at_edge(factor: float) -> Callable[..., Any]:
    """The constrained trajectory of another edge."""

    def change(_: Any, objective: Any, w: Any, eta: float) -> Iterator[Any]:
        follow = resolve_name(NETWORKS + "stabilization.constrained.constrained_trajectory")
        return (replace(state, eta=eta) for state in follow(objective, w, eta / factor))

    return change


def one_newton_step(_: Any, objective: Any, w: Any, eta: float) -> Iterator[Any]:
    states: Iterator[Any] = resolve_name(NETWORKS + "stabilization.constrained.constrained_trajectory")(
        objective, w, eta, substeps=1
    )
    return states


def third_squared(form: Any, objective: Any, w: Any, eta: float) -> float:
    return float(eta / 4 * (form.u @ objective.D(w, 3, form.u, form.u)) ** 2)


def fourth(form: Any, objective: Any, w: Any) -> float:
    return float(objective.D(w, 4, form.u, form.u, form.u, form.u)) / 6


@dataclass(frozen=True)
class Mutant:
    """Wrong mathematics, and what it must break: a part of a claim, on its first seeds.

    With `steps` the run is so long, and the claim's hypotheses, which are about long runs, are left out.
    """

    claim: str
    patch: Patch
    part: int = 0
    seeds: int = 1
    steps: int = 0


EOS, MOMENTUM, ADAPTIVE = "cohen2021.edge-of-stability", "cohen2021.momentum", "cohen2021.adaptive"
GD, SCALAR, RMSPROP = (f"cohen2024.central-flow-{name}" for name in ("gd", "scalar-rmsprop", "rmsprop"))
PREDICTED, COUPLING, SQUARE = (f"damian2023.{name}" for name in ("predicted-dynamics", "coupling", "oscillation"))
IDENTITY, SET, SLOPE = (
    f"damian2023.{name}" for name in ("displacement", "constrained-trajectory", "sharpness-gradient-networks")
)
FLOWS, REST, GAP, LATE = (
    "cohen2024.constrained-trajectory",
    "cohen2024.stationary-preconditioner",
    "zhu2023.networks-gap",
    "zhu2023.networks-late",
)
SELF, FLIP = "experiments.self_stabilization.", "experiments.landing.flip_form"
AT_REST = "experiments.rmsprop_at_the_edge."
LANDS, LAGS = "edgestab2026.networks-landing", "edgestab2026.networks-lag"
AT_MINIMUM = "stabilization.minimum_flip.MinimumFlip."

QUICK: dict[str, Mutant] = {
    # edges
    "GD steps by 0.95 eta": Mutant(EOS, steps_times("gd", 0.95)),
    "GD steps by 1.05 eta": Mutant(EOS, steps_times("gd", 1.05)),
    "Hessian-vector products 5 % large": Mutant(EOS, wrong("losses.objective.Point.hvp", times(1.05))),
    "grad S of the other sign": Mutant("cohen2021.progressive-sharpening", wrong("losses.objective.Point.third", times(-1))),
    "heavy ball has the edge 2/eta": Mutant(MOMENTUM, edge_times("heavy-ball", 2 / 3)),
    "Nesterov has the edge 2/eta": Mutant(MOMENTUM, edge_times("nesterov", 4 / 3), 2),
    "RMSProp's edge 10 % low": Mutant(ADAPTIVE, edge_times("rmsprop", 0.9), 1),
    "scalar RMSProp's edge 2 % high": Mutant(ADAPTIVE, edge_times("scalar-rmsprop", 1.02)),
    "the cut of the step size is none": Mutant("cohen2021.step-size-drop", of_eta("step_size_drop", lambda _: 0.2)),
    # self-stabilization
    "coupling with 1.1 delta^2": Mutant(COUPLING, of_quartics(lambda _x, _y, d2, n, _u: 0.05 * d2 * n)),
    "coupling with alpha = 0": Mutant(COUPLING, of_quartics(lambda _x, _y, d2, n, _u: -d2 / 2 * n)),
    "coupling without x y": Mutant(COUPLING, of_quartics(lambda x, y, _d2, _n, u: x * y * u)),
    "coupling with 1.1 x y": Mutant(COUPLING, of_quartics(lambda x, y, _d2, _n, u: -0.1 * x * y * u)),
    "predictions with - x y": Mutant(PREDICTED, both(wrong(SELF + "predicted_step", cross_term(-1)), wrong(SELF + "generalised_step", cross_term(-1)))),
    "the identity with + c": Mutant(IDENTITY, wrong(SELF + "exact_step", lambda v, _, __, after: v + 2 * after.displacement), steps=20),
    "a projection of one Newton step": Mutant(SET, wrong(SELF + "constrained_trajectory", one_newton_step), steps=20),
    "projected on 1.0001 times the edge": Mutant(SET, wrong(SELF + "constrained_trajectory", at_edge(1.0001)), steps=20),
    "grad S 1 % large": Mutant(SLOPE, wrong("losses.objective.Point.third", times(1.01)), steps=20),
    # central flows
    "the central flow without Sigma": Mutant(GD, other_sigma(0.0)),
    "mean loss without tr X": Mutant(GD, said_loss(0)),
    "the variance 25 % large": Mutant(GD, wrong("flows.central_flow.Central.variance", times(1.25))),
    "scalar RMSProp with P constant": Mutant(SCALAR, wrong("experiments.central_flow.scalar_rmsprop_preconditioner", no_response)),
    "RMSProp's nu at half the rate": Mutant(RMSPROP, kappa(0.5)),
    "the variance in closed form 0.1 % large": Mutant("cohen2024.scalar-rmsprop-variance", wrong(AT_REST + "scalar_variance", times(1.001))),
    "X 1 % large": Mutant("cohen2024.complementarity", wrong("experiments.complementarity.solve_sdcp", field("X", 1.01))),
    "X 1e-5 large": Mutant("cohen2024.complementarity", wrong("experiments.complementarity.solve_sdcp", field("X", 1 + 1e-5))),
    "P at rest 1 % large": Mutant(REST, wrong(AT_REST + "stationary_preconditioner", field("P", 1.01))),
    "its multiplier 1 % large": Mutant(REST, wrong(AT_REST + "stationary_preconditioner", field("multiplier", 1.01))),
    "at rest under 1.01 Sigma": Mutant(REST, wrong(AT_REST + "solve_sdcp", field("X", 1.01))),
    # deep networks
    "a quartic loss without a hidden layer": Mutant("wang2024.depth", wrong("experiments.rotation.squared_error", lambda c, *_: replace(c, total=lambda f, y: ((f - y) ** 4).sum()))),
    "the step size is not raised": Mutant("wang2024.flattening", of_eta("rotation", lambda _: 0.2)),
    "c without T^2": Mutant(GAP, wrong(FLIP, lambda f, o, w, eta, **_: replace(f, c=f.c - third_squared(f, o, w, eta)))),
    "c without Q": Mutant(GAP, wrong(FLIP, lambda f, o, w, *_, **__: replace(f, c=f.c + fourth(f, o, w)))),
    "c <= 0": Mutant(GAP, wrong(FLIP, field("c", -1.0)), 1),
    "beta twice as large": Mutant(GAP, wrong(FLIP, field("beta", 2.0)), 1),
    "two layers with S 1 % large": Mutant(GAP, wrong(FLIP, field("sharpness", 1.01)), 2),
    "C 30 % large": Mutant(LANDS, wrong(AT_MINIMUM + "cubic", times(1.3))),
    "the reduced map's gap 40 % large": Mutant(LAGS, wrong("experiments.landing_on_minima.reduced_landing", field("gap", 1.4)), seeds=4),
}  # fmt: skip

DEEP: dict[str, Mutant] = {
    "GD steps by 0.97 eta": Mutant(EOS, steps_times("gd", 0.97)),
    "GD steps by 1.03 eta": Mutant(EOS, steps_times("gd", 1.03)),
    "the loss at 0.3 eta": Mutant("cohen2021.non-monotone", steps_times("gd", 0.3)),
    "heavy ball has the edge 4/eta": Mutant(MOMENTUM, edge_times("heavy-ball", 4 / 3)),
    "Nesterov has the edge of heavy ball": Mutant(MOMENTUM, edge_times("nesterov", 2.8), 1),
    "RMSProp's edge 10 % high": Mutant(ADAPTIVE, edge_times("rmsprop", 1.1), 1),
    "scalar RMSProp's edge 2 % low": Mutant(ADAPTIVE, edge_times("scalar-rmsprop", 0.98)),
    "gradient flow 20 % slow": Mutant("cohen2021.gradient-flow", wrong("experiments.flow_departure.flow", slow)),
    "a quadratic model with 0.9 H": Mutant("cohen2021.quadratic-model", wrong("losses.taylor.Taylor.value_and_gradient", lambda found, model, v: (found[0], found[1] - 0.1 * model.point.hvp(v)))),
    "generalised prediction with - x y": Mutant(PREDICTED, wrong(SELF + "generalised_step", cross_term(-1))),
    "plain prediction without x y": Mutant(PREDICTED, wrong(SELF + "predicted_step", cross_term(0))),
    "predictions with 1.2 delta^2": Mutant(PREDICTED, wrong("stabilization.constrained.ConstrainedPoint.delta_squared", times(1.2))),
    "predictions with delta^2 = alpha/beta": Mutant(PREDICTED, wrong("stabilization.constrained.ConstrainedPoint.delta_squared", times(0.5))),
    "predicted loss without x^2/eta": Mutant(PREDICTED, wrong(SELF + "local_coordinates", lambda c, _, here: replace(c, loss=here.point.loss))),
    "no displacement at the edge": Mutant(PREDICTED, wrong(SELF + "kick", lambda _, w, *__: w)),
    "mean square with delta^2 = alpha/beta": Mutant(SQUARE, wrong("stabilization.constrained.ConstrainedPoint.delta_squared", times(0.5))),
    "grad S with Hessian-vector products 5 % large": Mutant(SLOPE, wrong("losses.objective.Point.hvp", times(1.05))),
    "the identity without c": Mutant(IDENTITY, wrong(SELF + "exact_step", lambda v, _, __, after: v + after.displacement)),
    "no projection": Mutant(SET, wrong(SELF + "constrained_trajectory", without_projection)),
    "responses of the other sign": Mutant("damian2023.responses", wrong("stabilization.predicted.Responses.values", lambda values, *_: [-v for v in values])),
    "the distances exchanged": Mutant("damian2023.implicit-bias", wrong(SELF + "_distances", lambda d, *_: d | {"distance_ratio": 1 / d["distance_ratio"]})),
    "the central flow at half the speed": Mutant(GD, wrong("flows.central_flow.drift_of", lambda d, *_: replace(d, velocity=lambda X: d.velocity(X) / 2))),
    "mean loss with tr X/2": Mutant(GD, said_loss(0.5)),
    "mean loss with 2 tr X": Mutant(GD, said_loss(2)),
    "GD steps by 0.9 eta beside its central flow": Mutant(GD, steps_times("gd", 0.9, "central_flow")),
    "scalar RMSProp's flow without Sigma": Mutant(SCALAR, other_sigma(0.0)),
    "RMSProp's nu at twice the rate": Mutant(RMSPROP, kappa(2.0)),
    "RMSProp's flow with P constant": Mutant(RMSPROP, wrong("experiments.central_flow.rmsprop_preconditioner", no_response)),
    "delta^2 5 % large": Mutant(FLOWS, wrong("stabilization.constrained.ConstrainedPoint.delta_squared", times(1.05))),
    "no projection beside the central flow": Mutant(FLOWS, wrong("experiments.central_and_constrained.constrained_trajectory", without_projection)),
    "no Sigma beside the constrained trajectory": Mutant(FLOWS, other_sigma(0.0)),
    "polarity of the other sign": Mutant("wang2024.polarity", wrong("experiments.rotation.polarity", field("polarity", -1.0))),
    "polarity of the other sign, of the path": Mutant("wang2024.polarity", wrong("experiments.rotation.polarity", field("polarity", -1.0)), 1),
    "angles all alike": Mutant("wang2024.rotation", wrong("experiments.rotation.angle", lambda *_: 0.1)),
    "rotations of the path in the reverse order": Mutant("wang2024.rotation", wrong("experiments.rotation.Turning.speed", lambda s, *_: s[::-1]), 1),
    "S_0 half as large": Mutant("wang2024.goldilocks", wrong("experiments.goldilocks.sharpnesses", lambda s, _, w, **__: replace(s, values=s.values / 2) if len(w) == 1 else s)),
    "late with S 2 % large": Mutant(LATE, wrong("experiments.parabola.flip_form", field("sharpness", 1.02))),
}  # fmt: skip
MUTANTS = QUICK | DEEP
LONG = (EOS, MOMENTUM, ADAPTIVE, PREDICTED, SLOPE, GD, SCALAR, RMSPROP)
"""Claims whose experiments take more than a second each: CI runs the deep tests of this file as well."""
FIRST = {mutant.claim: name for name, mutant in reversed(QUICK.items()) if mutant.claim not in LONG}.values()
"""One mutant of every other claim; the others, which run the same experiments, are deep."""


def part_of(mutant: Mutant) -> Observation:
    part = find(mutant.claim).parts[mutant.part]
    assert isinstance(part, Observation)
    part = replace(part, seeds=(mutant.seeds,) * 3)
    if mutant.steps:
        return replace(
            part, provided=(), settings=(*(s for s in part.settings if s[0] != "steps"), ("steps", mutant.steps))
        )
    return part


def verdict_on(mutant: Mutant) -> ObservedEvidence:
    measure.cache_clear()
    try:
        (evidence,) = check(replace(find(mutant.claim), parts=(part_of(mutant),)), "quick").evidence
    finally:
        measure.cache_clear()
    assert isinstance(evidence, ObservedEvidence)
    return evidence


@pytest.mark.parametrize("name", [pytest.param(n, marks=() if n in FIRST else pytest.mark.deep) for n in MUTANTS])
def test_a_mutant_is_not_supported(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant = MUTANTS[name]
    mutant.patch(monkeypatch)
    evidence = verdict_on(mutant)
    assert evidence.standing is Standing.UNDECIDED, evidence.sentence
    assert not evidence.problem
    assert evidence.seeds, evidence.sentence  # and not because the hypotheses were not met
    assert all("at the edge at none of" in why for why in evidence.failed.values()), evidence.sentence


CONTROLS = {(m.claim, m.part, m.seeds, m.steps): replace(m, patch=lambda _: None) for m in MUTANTS.values()}


@pytest.mark.deep
@pytest.mark.parametrize("control", CONTROLS.values(), ids=[f"{claim}:{part}" for claim, part, *_ in CONTROLS])
def test_without_a_mutation_it_is_supported(control: Mutant) -> None:
    evidence = verdict_on(control)
    assert evidence.standing is Standing.SUPPORTED, evidence.sentence
