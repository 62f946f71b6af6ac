"""Update rules say their factors themselves: whoever makes a model asks them, and a new rule is known everywhere."""

from __future__ import annotations

import pytest
import sympy as sp

from edgestab import arguments
from edgestab.errors import InputError
from edgestab.theory.loss import Loss
from edgestab.theory.models.given import Wording, model_given
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.optimizers import catalogue
from edgestab.theory.optimizers.catalogue import OPTIMIZERS, update_rule
from edgestab.theory.optimizers.gradient_descent import GRADIENT_DESCENT, gradient_descent
from edgestab.theory.optimizers.momentum import BETA, heavy_ball
from edgestab.theory.optimizers.rule import Factor, UpdateRule
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import ETA, symbol, symbols
from edgestab.verify.claim_files.door import specification_of
from edgestab.verify.claim_files.entries import Entries

R = sp.Rational
x, c = symbols("x c")
RATE = symbol("decay")
TEXT = "(c - x)**2/2"


@pytest.mark.parametrize("rule", OPTIMIZERS.values(), ids=list(OPTIMIZERS))
def test_a_rule_names_every_parameter_of_its_step(rule):
    step = rule.step(Loss.parse(TEXT, "x", "c"))
    assert set(step.parameters) == {ETA, c, *(f.symbol for f in rule.factors)}
    assert OPTIMIZERS[rule.name] is rule is update_rule(rule.name)
    assert rule.reference
    values = {f.symbol: R(f.example) for f in rule.factors}
    assert set(rule.on(Loss.parse(TEXT, "x", "c"), values).parameters) == {ETA, c}


def test_factors_are_wanted_and_within_their_domain():
    rule, loss = update_rule("heavy-ball"), Loss.parse("x**2", "x")
    with pytest.raises(InputError, match=r"heavy-ball needs its momentum: give beta, for example 0.9"):
        rule.on(loss, {})
    for value in (R(11, 10), -sp.sqrt(2), sp.Integer(7)):
        with pytest.raises(InputError, match="beta, the momentum, is between -1 and 1, got"):
            rule.on(loss, {BETA: value})
    for value in (sp.S.One, -sp.S.One, sp.sqrt(2) / 2):
        assert rule.on(loss, {BETA: value}) == heavy_ball(loss).substitute({BETA: value})
    assert Factor(BETA, "momentum", -sp.S.One, sp.S.One, "0.9", R(1, 2)).among({}, "it") == R(1, 2)


def test_an_unknown_rule_is_refused_with_those_that_exist():
    with pytest.raises(
        InputError, match=r"unknown optimizer 'fire'; the optimizers are .*gradient-descent, heavy-ball"
    ):
        update_rule("fire")
    with pytest.raises(InputError, match=r"unknown optimizer 'adamant'; did you mean adam\?"):
        update_rule("adamant")


def entries(**changes) -> Entries:
    given = {"region": {"x": ["1", "2"]}, "loss": TEXT, "parameters": "x", "eta": 0.1, "constants": {"c": 1.5}}
    return Entries(**{**given, **changes})


@pytest.mark.parametrize(("optimizer", "more"), [("gradient-descent", {}), ("heavy-ball", {"beta": 0.5}), ("nesterov", {"beta": 0.5})])  # fmt: skip
def test_command_line_claim_files_and_python_make_the_same_model(optimizer, more):
    values = {"c": 1.5, **more}
    loss = Loss.parse("(3/2 - x)**2/2", "x")
    rule = OPTIMIZERS[optimizer]
    wanted = model_of_loss(loss, None if not more else rule.step(loss).substitute({BETA: R(1, 2)}))
    words = tuple(f"{n}={v}" for n, v in values.items())
    region = {"x": ["1", "2"]} if not more else {"x": ["1", "2"], "x_prev": ["1", "2"]}
    assert model_given(None, TEXT, "x", optimizer, {symbol(n): R(str(v)) for n, v in values.items()}) == wanted
    assert arguments.Subject(TEXT, "x", optimizer, "0.1", words).model(None) == wanted
    assert specification_of(entries(optimizer=optimizer, constants=values, region=region, name="loss")).model == wanted


def test_a_new_rule_is_known_everywhere(monkeypatch):
    def with_decay(loss: Loss) -> StepMap:
        update = tuple((1 - ETA * RATE) * p - ETA * g for p, g in zip(loss.parameters, loss.gradient, strict=True))
        return StepMap(f"GD with decay on {loss.name}", loss.parameters, update, (ETA, RATE, *loss.constants))

    factor = Factor(RATE, "weight decay", sp.S.Zero, sp.Integer(10), "0.1")
    rule = UpdateRule("decay", with_decay, "an example", (factor,))
    monkeypatch.setattr(catalogue, "OPTIMIZERS", {**OPTIMIZERS, "decay": rule})
    with pytest.raises(InputError, match=r"decay needs its weight decay: give decay, for example 0.1"):
        specification_of(entries(optimizer="decay"))
    with pytest.raises(InputError, match="decay, the weight decay, is between 0 and 10, got 11"):
        arguments.Subject(TEXT, "x", "decay", set_=("c=1", "decay=11")).model(None)
    found = specification_of(entries(optimizer="decay", constants={"c": 1.5, "decay": 0.1})).model
    assert found.own.step.parameters == (ETA,)
    assert sp.expand(found.own.step.update[0] - (x * (1 - ETA / 10) - ETA * (x - R(3, 2)))) == 0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "give either a model's name or --loss E with --params"),
        ({"name": "quartic", "loss": "x"}, "give either a model's name or --loss E with --params"),
        ({"name": "quartic", "parameters": "x"}, "leave out parameters and optimizer"),
        ({"name": "quartic", "optimizer": "nesterov"}, "leave out parameters and optimizer"),
        ({"loss": "x**2"}, "a loss needs its parameters, for example --params"),
        ({"loss": "x**2", "parameters": "x", "optimizer": "adamant"}, "unknown optimizer"),
        ({"loss": "x**2*eta", "parameters": "x eta"}, "eta is the step size"),
        ({"loss": "x**2", "parameters": "x", "constants": {ETA: sp.S.One}}, "eta is the step size"),
        ({"loss": "x**2", "parameters": "x", "constants": {x: sp.S.One}}, "x is a parameter and a constant"),
        ({"loss": "x**2 + q", "parameters": "x"}, "unknown name 'q'"),
    ],
)
def test_what_makes_no_model_is_refused(given, message):
    with pytest.raises(InputError, match=message):
        model_given(**given, wording=Wording("--loss E", "--params"))


def test_only_plain_gradient_descent_gets_charts():
    text, names = "(1 - x**2*y**2)**2/4", "x y"
    assert len(model_given(loss=text, parameters=names).coordinates) == 2
    assert (
        len(model_given(loss=text, parameters=names, optimizer="heavy-ball", constants={BETA: R(1, 2)}).coordinates)
        == 1
    )
    assert update_rule("gradient-descent") is GRADIENT_DESCENT
    assert GRADIENT_DESCENT.step is gradient_descent
