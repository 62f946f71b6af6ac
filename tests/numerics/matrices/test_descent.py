"""Gradient descent in batches: statuses, exact steps, and the same bits whatever else runs."""

from __future__ import annotations

import numpy as np
import pytest

from edgestab.errors import InputError
from edgestab.numerics.matrices.backend import backend_named
from edgestab.numerics.matrices.descent import Outcome, Rules, descend, iterates
from edgestab.numerics.matrices.diagonal import diagonal_network
from edgestab.numerics.matrices.factorization import factorization, two_layer
from edgestab.numerics.matrices.starts import balanced, gaussian, generic, on_singular_vectors, perturbed, small
from edgestab.numerics.matrices.two_cycle import two_cycle_starts

EXAMPLE = factorization(np.diag([10.0, 9.5, 9.0, 0.0, 0.0]), depth=3)


def loop(model, w, eta: float, steps: int) -> list[np.ndarray]:
    """One run, one matrix at a time."""
    layers = [x[0].copy() for x in model.layers(w)]
    seen = [np.concatenate([x.ravel() for x in layers])]
    for _ in range(steps):
        w1, w2, w3 = layers
        e = w3 @ w2 @ w1 - model.target
        back = w3.T @ e
        layers = [w1 - eta * (w2.T @ back), w2 - eta * (back @ w1.T), w3 - eta * (e @ (w2 @ w1).T)]
        seen.append(np.concatenate([x.ravel() for x in layers]))
    return seen


def test_a_run_is_that_of_a_plain_loop_bit_by_bit() -> None:
    w = perturbed(small(EXAMPLE, 0.05), 1e-3, 1)
    seen = [x[0] for x in iterates(EXAMPLE, w, 0.02, 50)]
    for ours, plain in zip(seen, loop(EXAMPLE, w, 0.02, 50), strict=True):
        assert (ours == plain).all()


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_outcomes_do_not_depend_on_the_batch(library: str) -> None:
    if library == "torch":
        pytest.importorskip("torch")
    model = factorization(np.random.default_rng(1).standard_normal((24, 24)), depth=3).on(backend_named(library))
    starts = gaussian(model, 0.2, 3, 6)
    etas = np.array([0.004, 0.02, 0.2, 0.012, 0.03, 0.008])
    whole = descend(model, starts, etas, 300)
    for rows in ([0], [3, 1], [5, 4, 2, 0]):
        part = descend(model, starts[rows], etas[rows], 300)
        for name in ("outcomes", "steps", "ends", "losses", "slack", "periods", "settling"):
            assert (getattr(part, name) == getattr(whole, name)[rows]).all(), name


def test_the_step_of_an_end_is_the_first_within_its_test_interval() -> None:
    model = factorization(np.diag([2.0, 1.0]), depth=2)
    starts = gaussian(model, 0.7, 0, 20)
    etas = np.linspace(0.1, 1.4, 20)
    coarse, fine = (descend(model, starts, etas, 4000, Rules(every=n)) for n in (16, 1))
    assert {Outcome.CONVERGED, Outcome.DIVERGED} <= set(coarse.outcomes)
    assert (coarse.outcomes == fine.outcomes).all()
    ended = coarse.outcomes != Outcome.UNDECIDED
    assert (coarse.steps[ended] == fine.steps[ended]).all()
    assert (coarse.ends[ended] == fine.ends[ended]).all()
    for k in np.flatnonzero(ended)[:6]:
        *_, last = iterates(model, starts[k], etas[k], int(coarse.steps[k]))
        assert np.array_equal(last[0], coarse.ends[k], equal_nan=True)


def test_a_saddle_is_no_end_and_a_minimum_is_one() -> None:
    saddle = np.zeros((1, EXAMPLE.size))
    found = descend(EXAMPLE, saddle, 0.01, 64)
    assert found.outcomes[0] == Outcome.UNDECIDED
    found = descend(EXAMPLE, balanced(EXAMPLE), 0.01, 64)
    assert (found.outcomes[0], found.steps[0]) == (Outcome.CONVERGED, 0)
    assert found.sentence(0).startswith("converged after 0 steps")


def test_a_floor_above_zero_is_reached() -> None:
    random = np.random.default_rng(3)
    model = factorization(random.standard_normal((4, 4)), depth=2, widths=[2])
    found = descend(model, gaussian(model, 0.5, 2, 4), 0.05, 20000)
    assert (found.outcomes == Outcome.CONVERGED).all()
    np.testing.assert_allclose(found.losses, model.floor, rtol=1e-9)
    lines = diagonal_network(random.standard_normal((3, 6)), random.standard_normal(3))
    start = np.concatenate([np.full(6, 0.3), np.full(6, 0.1)])
    assert (descend(lines, start, [0.02, 0.05], 30000).outcomes == Outcome.CONVERGED).all()
    one = two_layer([1.0, 0.5], 1.0, 16)
    assert descend(one, gaussian(one, 1.0, 0), 0.2, 2000).outcomes[0] == Outcome.CONVERGED


def test_what_hardly_moves_any_more_says_critical_slowing() -> None:
    # At eta = 2/S exactly the amplitude dies like t^(-1/2); 40 steps past it, it is far from 0 and from a cycle.
    edge = 2 / (3 * 10 ** (4 / 3))
    found = descend(EXAMPLE, small(EXAMPLE, 0.01), [edge, 0.0325], 3000)
    assert found.outcomes.tolist() == [Outcome.UNDECIDED] * 2
    assert "critical slowing" in found.sentence(0)
    assert found.sentence(1).startswith("undecided after 3000 steps: it repeats every 2 steps")
    assert found.periods[1] == 2


def test_what_leaves_a_cycle_does_not_say_that_it_slows_down() -> None:
    start = perturbed(two_cycle_starts(EXAMPLE, 0.034)[0], 1e-6, 0)
    found = descend(EXAMPLE, start, 0.034, 40)
    assert found.sentence(0).startswith("undecided after 40 steps: it is near a cycle of period 2, to ")
    assert found.sentence(0).endswith("and leaves it")


def test_periods_up_to_64_are_seen() -> None:
    scalar = factorization([[1.0]], depth=2)
    etas = [1.1, 1.25, 1.295, 1.453, 1.6]
    found = descend(scalar, [[0.9, 0.9]], etas, 20000)
    assert found.periods[:4].tolist() == [2, 4, 8, 3]  # 1.453 is in the window of period 3
    assert "moves on" in found.sentence(4)


def test_divergence_is_no_warning_and_no_nan_without_a_status() -> None:
    found = descend(EXAMPLE, gaussian(EXAMPLE, 2.0, 0), [0.5, 10.0], 100)
    assert found.outcomes.tolist() == [Outcome.DIVERGED] * 2
    assert found.sentence(0) == f"diverged after {found.steps[0]} steps"


def test_starts_are_what_they_say() -> None:
    turns = generic(EXAMPLE, 5)
    for q in turns:
        np.testing.assert_allclose(q.T @ q, np.eye(5), atol=1e-14)
    minimum = balanced(EXAMPLE, turns)
    assert EXAMPLE.loss_and_gradient(minimum)[0][0] < 1e-26
    assert EXAMPLE.balancing_gap(minimum)[0] < 1e-13
    straight = small(EXAMPLE, 0.01)
    w1, w2, w3 = EXAMPLE.layers(straight)
    assert (w1[0] == 0.01 * np.eye(5)).all()
    assert (w2[0] == 0.01 * np.eye(5)).all()
    assert not w3.any()
    # Streams of their own: a start is the same whatever the count.
    assert (gaussian(EXAMPLE, 1.0, 3, 5)[:2] == gaussian(EXAMPLE, 1.0, 3, 2)).all()
    moved = perturbed(straight, 1e-8, 0) - straight
    assert 0 < abs(moved).max() < 1e-7


def test_gradient_descent_stays_on_the_singular_vector_set() -> None:
    m = np.random.default_rng(2).standard_normal((4, 3))
    model = factorization(m, depth=3, widths=[5, 3])
    turns = generic(model, 1)
    values = np.random.default_rng(4).uniform(0.5, 1.5, (3, 3))
    *_, end = iterates(model, on_singular_vectors(model, values, turns), 0.02, 40)
    u, s, v = model.svd
    # Each pair follows its own scalar chain.
    chain = values.T.copy()
    for _ in range(40):
        product = chain.prod(axis=1, keepdims=True)
        chain = chain - 0.02 * (product - s[:, None]) * product / chain
    frames = [v, *turns, u]
    for k, x in enumerate(model.layers(end)):
        inner = frames[k + 1].T @ x[0] @ frames[k]
        wanted = np.zeros_like(inner)
        wanted[:3, :3] = np.diag(chain[:, k])
        np.testing.assert_allclose(inner, wanted, atol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"etas": -0.1}, "step sizes must be positive"),
        ({"etas": [np.nan]}, "step sizes must be positive"),
        ({"etas": np.inf}, "positive and finite"),
        ({"starts": np.zeros((2, 3))}, "starts have shape"),
        ({"starts": np.full((1, 75), np.nan)}, "starts must be finite"),
        ({"starts": np.zeros((3, 75)), "etas": [0.1, 0.2]}, "do not fit"),
        ({"steps": -1}, "must not be negative"),
    ],
)
def test_bad_input_is_refused(arguments, words: str) -> None:
    with pytest.raises(InputError, match=words):
        descend(EXAMPLE, **{"starts": np.zeros((1, 75)), "etas": 0.1, "steps": 3, **arguments})


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: on_singular_vectors(EXAMPLE, np.ones((2, 3))), "L = 3"),
        (lambda: on_singular_vectors(EXAMPLE, np.ones((3, 6))), "narrowest width"),
        (lambda: on_singular_vectors(EXAMPLE, np.ones((3, 2)), [np.eye(5)]), "one orthogonal matrix for each"),
        (lambda: on_singular_vectors(two_layer([1.0], 1.0, 2), np.ones((2, 1))), "without data"),
        (lambda: small(EXAMPLE, 0.0), "alpha must be positive"),
        (lambda: gaussian(EXAMPLE, -1.0, 0), "the scale must be positive"),
    ],
)
def test_starts_that_do_not_fit_are_refused(make, words: str) -> None:
    with pytest.raises(InputError, match=words):
        make()
