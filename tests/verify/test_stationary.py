"""Stationary moments against closed forms and against simulated noise."""

import msgspec
import numpy as np
import pytest

from edgestab.errors import InputError
from edgestab.verify.check import check
from edgestab.verify.claim_files.claims import claim_from
from edgestab.verify.claim_files.entries import Entries

SCALAR = {"loss": "a*x**2/2", "parameters": "x", "constants": {"a": "2"}, "noise": {"kind": "gaussian", "sigma": "1/2"}}
ROWS = {"x": ["1", "2", "-1"], "y": ["1", "0", "3"]}
REGRESSION = {"loss": "mean((w*x - y)**2)/2", "parameters": "w", "data": ROWS}


def verdict(said, **entries):
    conclusion = {"kind": "stationary", **said}
    found = check(claim_from(msgspec.convert({**entries, "conclusion": conclusion}, Entries)))
    return str(found.standing), found.sentence


def around(value, slack="1/10**6"):
    return {"low": f"({value}) - {slack}", "high": f"({value}) + {slack}"}


@pytest.mark.parametrize("eta", ["0.1", "1/3", "0.9"])
def test_gradient_noise_on_a_parabola(eta):
    # x' = (1 - eta a) x - eta sigma xi: E x^2 -> eta sigma^2/(a (2 - eta a)).
    value = f"{eta}*(1/4)/(2*(2 - 2*{eta}))"
    assert verdict({"quantity": "x**2", **around(value)}, eta=eta, **SCALAR)[0] == "PROVED"
    assert verdict({"quantity": "x**2", "high": value}, eta=eta, **SCALAR)[0] == "REFUTED"


def test_a_whole_range_of_step_sizes():
    value = "eta/4/(2*(2 - 2*eta))"
    said = {"quantity": "x**2", "low": f"99/100*{value}", "high": f"101/100*{value}"}
    assert verdict(said, eta_range=["1/100", "9/10"], **SCALAR)[0] == "PROVED"
    assert (
        verdict({"quantity": "x**2", "high": f"99/100*{value}"}, eta_range=["1/100", "9/10"], **SCALAR)[0] == "REFUTED"
    )
    standing, sentence = verdict({"quantity": "x**2", "high": "1"}, eta_range=["1/100", "1"], **SCALAR)
    assert (standing, "not shown to be stable" in sentence) == ("UNDECIDED", True)


def test_momentum_makes_the_stationary_state_wider():
    # Heavy ball: E x^2 = eta sigma^2 (1 + beta)/(a (1 - beta) (2 (1 + beta) - eta a)).
    eta, beta, a, sigma = 0.3, 0.5, 2.0, 0.5
    value = eta * sigma**2 * (1 + beta) / (a * (1 - beta) * (2 * (1 + beta) - eta * a))
    entries = {**SCALAR, "optimizer": "heavy-ball", "constants": {"a": "2", "beta": "1/2"}, "eta": "0.3"}
    assert verdict({"quantity": "x**2", **around(repr(value))}, **entries)[0] == "PROVED"


def test_noise_in_the_labels():
    # w' = (1 - eta m) w + eta c + eta sigma sum x_i xi_i/n: the variance is that of noise sigma sqrt(m/n), m = mean x^2.
    eta, sigma, m, n, c = 0.2, 0.3, 2.0, 3, (1 + 0 - 3) / 3
    variance = eta * sigma**2 * m / n / (m * (2 - eta * m))
    entries = {**REGRESSION, "noise": {"kind": "label", "column": "y", "sigma": "0.3"}, "eta": "0.2"}
    assert verdict({"quantity": "w", **around(repr(c / m))}, **entries)[0] == "PROVED"
    assert verdict({"quantity": "w**2", **around(repr(variance + (c / m) ** 2))}, **entries)[0] == "PROVED"


def test_batches_against_a_simulation():
    entries = {**REGRESSION, "noise": {"kind": "batch", "size": 1}, "eta": "0.2"}
    rng, w = np.random.default_rng(0), np.zeros(200_000)
    x, y = (np.array(ROWS[n], float) for n in "xy")
    for _ in range(200):
        i = rng.integers(3, size=w.size)
        w -= 0.2 * x[i] * (w * x[i] - y[i])
    assert verdict({"quantity": "w**2", **around(repr(float(np.mean(w**2))), "1/50")}, **entries)[0] == "PROVED"
    assert verdict({"quantity": "w", **around(repr(float(np.mean(w))), "1/50")}, **entries)[0] == "PROVED"


def test_two_parameters_and_a_mixed_moment():
    # Independent directions: E x y -> the product of the means, 1 times 2.
    entries = {"loss": "(x - 1)**2/2 + (y - 2)**2", "parameters": "x y", "eta": "0.3"}
    entries["noise"] = {"kind": "gaussian", "sigma": "1"}
    assert verdict({"quantity": "x*y", **around("2")}, **entries)[0] == "PROVED"
    assert verdict({"quantity": "x*y", "low": "2"}, **entries)[0] == "REFUTED"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"noise": {"kind": "gaussian"}}, "noise is a table"),
        ({"noise": {"kind": "gaussian", "sigma": "q"}}, "noise.sigma"),
        ({"noise": {"kind": "label", "sigma": "1", "column": "z"}}, "noise.column"),
        ({"noise": {"kind": "batch", "size": 0}, "data": {"c": ["1"]}}, "noise.size"),
        ({"loss": "a*x**4/2"}, "not linear"),
        ({"noise": {"kind": "gaussian", "sigma": "-1"}}, "noise.sigma is at least 0"),
        (
            {"conclusion": {"kind": "stationary", "quantity": "x**2", "high": "1/(1/10 - eta)**2"}},
            "its divisor vanishes",
        ),
        ({"conclusion": {"kind": "stationary", "quantity": "x**3", "high": "1"}}, "degree 2"),
        ({"conclusion": {"kind": "stationary", "quantity": "x**2"}}, "low or high"),
        ({"conclusion": {"kind": "stationary", "quantity": "x**2", "high": "sqrt(eta)"}}, "rational function"),
        ({"region": {"x": ["0", "1"]}}, "leave out region"),
        ({"eta": "1/loss"}, "number"),
    ],
)
def test_what_is_refused(changes, words):
    entries = {**SCALAR, "eta": "0.1", "conclusion": {"kind": "stationary", "quantity": "x**2", "high": "1"}, **changes}
    with pytest.raises(InputError, match=words):
        claim_from(msgspec.convert(entries, Entries))
