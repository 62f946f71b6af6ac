"""The blocks of two singular pairs against dense Hessians and dense monodromies, and what they say of stability."""

from __future__ import annotations

import numpy as np
import pytest

from edgestab.errors import InputError
from edgestab.numerics.floquet.dynamics import dynamics_of
from edgestab.numerics.floquet.monodromy import Monodromy
from edgestab.numerics.matrices.experiments.transverse import radii
from edgestab.numerics.matrices.factorization import factorization
from edgestab.numerics.matrices.pairs import chain_hessian, pair_hessian, pair_multipliers, two_cycle_multipliers
from edgestab.numerics.matrices.starts import generic, on_singular_vectors
from edgestab.numerics.matrices.two_cycle import second_flip, two_cycle, two_cycle_starts

RANDOM = np.random.default_rng(5)


@pytest.mark.parametrize("depth", [2, 3, 4, 5])
def test_blocks_are_those_of_the_dense_hessian_balanced_or_not(depth: int) -> None:
    n, sigma = 3, np.array([3.0, 2.0, 0.7])
    model = factorization(np.diag(sigma), depth=depth)
    values = RANDOM.uniform(0.4, 1.6, (depth, n))
    w = on_singular_vectors(model, values)
    dense = np.array([model.at(w).product(e[None])[0] for e in np.eye(model.size)])

    def entry(layer: int, i: int, j: int) -> int:
        return layer * n * n + i * n + j

    used = set()
    for i in range(n):
        own = [entry(k, i, i) for k in range(depth)]
        used |= {*own}
        np.testing.assert_allclose(
            dense[np.ix_(own, own)], chain_hessian(values[:, i][None], [sigma[i]])[0], atol=1e-12
        )
        for j in range(i + 1, n):
            both = [*(entry(k, i, j) for k in range(depth)), *(entry(k, j, i) for k in range(depth))]
            used |= {*both}
            block = pair_hessian(values[:, i][None], values[:, j][None], [sigma[i]], [sigma[j]])[0]
            np.testing.assert_allclose(dense[np.ix_(both, both)], block, atol=1e-12)
            dense[np.ix_(both, both)] = 0
        dense[np.ix_(own, own)] = 0
    assert len(used) == model.size
    assert abs(dense).max() < 1e-13  # nothing is outside the blocks


@pytest.mark.parametrize("depth", [2, 3, 4])
@pytest.mark.parametrize("signs", [(1, 1, 1), (1, -1, 1)])
def test_together_they_are_the_multipliers_of_the_dense_monodromy(depth: int, signs) -> None:
    sigma = [10.0, 9.0, 7.0]
    for over in (2.1, 2.3, 2.45):
        eta = over / (depth * sigma[0] ** (2 - 2 / depth))
        model = factorization(np.diag(sigma), depth=depth)
        a, b = two_cycle_starts(model, eta, signs, generic(model, 1))
        dense = Monodromy(dynamics_of(model, eta), (a, b)).dense_multipliers()
        blocks = np.concatenate(list(two_cycle_multipliers(eta, sigma, depth, signs).values()))
        assert len(dense) == len(blocks) == depth * 9 - (depth - 1) * 3
        for x in dense:
            nearest = abs(blocks - x).argmin()
            assert abs(blocks[nearest] - x) < 1e-6 if abs(x - 1) < 1e-5 else abs(blocks[nearest] - x) < 1e-10
            blocks = np.delete(blocks, nearest)


def test_two_layers_rank_one_attracts_exactly_while_eta_times_the_sum_is_below_two() -> None:
    s1, m = 1.0, 2000
    s2 = RANDOM.uniform(0.05, 0.999, m)
    eta = RANDOM.uniform(1.001, np.sqrt(5) - 1, m)
    alone = eta * s2 < 1  # only the first oscillates
    s2, eta = s2[alone], eta[alone]
    low, high = two_cycle(eta, s1, 2)
    y = np.sqrt(s2)
    cycle = [(np.stack([x, x], 1), np.stack([y, y], 1)) for x in (low, high)]
    radius = abs(pair_multipliers(cycle, np.full(len(s2), s1), s2, eta)[:, 0])
    far = abs(eta * (s1 + s2) - 2) > 1e-3
    assert ((radius > 1) == (eta * (s1 + s2) > 2))[far].all()
    assert 0.1 < np.mean(radius > 1) < 0.9


@pytest.mark.parametrize(("depth", "ratio"), [(2, (5**0.5 - 1) / 2), (3, 0.714636), (4, 0.750167), (5, 0.768342)])
def test_the_second_flip_comes_first_where_the_second_value_is_small(depth: int, ratio: float) -> None:
    # With two layers eta sigma_1 = sqrt 5 - 1 at the flip, and eta (sigma_1 + sigma_2) = 2: the golden ratio.
    flip = np.array([second_flip(depth)])
    assert radii(flip, np.array([ratio - 1e-5]), depth)[0] < 1 + 1e-9
    assert radii(flip, np.array([ratio + 1e-5]), depth)[0] > 1 + 1e-7


@pytest.mark.parametrize("depth", [2, 3, 4, 5])
@pytest.mark.parametrize("phase", [1, -1])
def test_rank_two_is_never_stable(depth: int, phase: int) -> None:
    m = 4000
    s2 = RANDOM.uniform(0.5, 0.999, m)
    last = {2: 2.472, 3: 2.489, 4: 2.494, 5: 2.497}[depth]
    onset = s2 ** -(2 - 2 / depth) * 2 / depth
    eta = onset * 1.0001 + RANDOM.uniform(size=m) * (last / depth - onset)
    inside = eta > 1.001 * onset
    s2, eta = s2[inside], eta[inside]
    assert len(s2) > 500
    a, b = two_cycle(eta, 1.0, depth), two_cycle(eta, s2, depth)
    if phase < 0:
        b = b[::-1]
    cycle = [(np.repeat(x[:, None], depth, 1), np.repeat(y[:, None], depth, 1)) for x, y in zip(a, b, strict=True)]
    radius = abs(pair_multipliers(cycle, np.ones(len(s2)), s2, eta)[:, 0])
    assert radius.min() > 1 + 1e-7


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: pair_hessian([[1.0]], [[1.0]], [1.0], [1.0]), "L of at least 2"),
        (lambda: pair_hessian([[1.0, 1.0]], [[1.0, 1.0, 1.0]], [1.0], [1.0]), "same shape"),
        (lambda: pair_multipliers([([0.0, 0.0], [0.0, 0.0])], [1.0], [1.0], 0.1), "must not be zero"),
        (lambda: two_cycle_multipliers(0.1, [1.0, 0.0], 2), "must be positive"),
        (lambda: two_cycle_multipliers(0.1, [1.0, 0.5], 2, [1]), "signs are 1 or -1"),
    ],
)
def test_bad_input_is_refused(make, words: str) -> None:
    with pytest.raises(InputError, match=words):
        make()
