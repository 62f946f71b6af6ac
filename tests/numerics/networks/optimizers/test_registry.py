"""Every update rule says itself what it takes, and takes what it says."""

from __future__ import annotations

import inspect

import pytest
import torch

from edgestab.numerics.networks.optimizers.registry import OPTIMIZERS, update_rule

FACTORS = {"beta": 0.5, "beta1": 0.4, "beta2": 0.6, "eps": 1e-3, "nu": 0.1}


@pytest.mark.parametrize("rule", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_its_factors_are_those_of_its_function(rule):
    eta, *rest = inspect.signature(rule.make).parameters.values()
    assert eta.name == "eta"
    defaults = {p.name: None if p.default is p.empty else p.default for p in rest}
    assert {f.name: f.default for f in rule.factors} == defaults


@pytest.mark.parametrize("rule", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_it_makes_a_rule_of_its_name_and_says_whether_it_has_a_preconditioner(rule):
    made = rule(0.1, **{f.name: FACTORS[f.name] for f in rule.factors})
    assert (made.name, made.eta) == (rule.name, 0.1)
    w = torch.ones(3, dtype=torch.float64)
    assert (made.preconditioner(made.step(made.start(w), w)) is not None) == rule.preconditioned


@pytest.mark.parametrize(
    ("name", "eta", "factors", "words"),
    [
        ("gd", 0.1, {"beta": 0.9}, "gd takes no beta: leave it out"),
        ("adam", 0.1, {"beta": 0.9}, "adam takes no beta: it takes beta1, beta2, eps"),
        ("heavy-ball", 0.1, {}, "heavy-ball needs beta: momentum"),
        ("nesterov", 0.1, {"beta": 1.0}, r"beta \(momentum\) must be in \[0, 1\), got 1.0"),
        ("rmsprop", 0.1, {"beta2": float("nan")}, r"beta2 .* must be in \[0, 1\), got nan"),
        ("rmsprop", 0.1, {"beta2": 0.9, "eps": -1.0}, "eps .* must be at least 0 and finite, got -1.0"),
        ("scalar-rmsprop", 0.1, {"beta2": 0.9, "nu": float("inf")}, "nu .* must be at least 0 and finite, got inf"),
        ("gd", 0.0, {}, "step size must be positive and finite, got 0.0"),
    ],
)
def test_what_it_does_not_take_is_said(name, eta, factors, words):
    with pytest.raises(ValueError, match=words):
        update_rule(name)(eta, **factors)


def test_another_name_is_refused():
    with pytest.raises(ValueError, match="unknown optimizer 'sgd'; the optimizers are gd, heavy-ball"):
        update_rule("sgd")
