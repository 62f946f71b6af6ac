"""The uncertainty exponent on boundaries of known dimension: errors, coverage and p-values as distributions."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from edgestab.numerics.maps.measures.uncertainty import Uncertainty, uncertainty_exponent
from tests.pictures_under_test import cantor_labels

Array = NDArray[np.float64]

UNIT = [[0.0, 0.0], [1.0, 1.0]]
CANTOR = 1 - np.log(2) / np.log(3)
LABELS: dict[str, tuple[Callable[[Array], NDArray[np.int8]], float]] = {
    "line": (lambda p: (p[0] + 0.3 * p[1] > 0.6).astype(np.int8), 1.0),
    "cantor": (lambda p: cantor_labels(p[0]), CANTOR),
}


@cache
def runs(name: str) -> list[Uncertainty]:
    label_of, _ = LABELS[name]
    epsilons = np.geomspace(1e-1, 1e-3, 8).tolist()
    return [uncertainty_exponent(label_of, UNIT, epsilons=epsilons, pairs=1500, seed=s) for s in range(150)]


@pytest.mark.parametrize("name", LABELS)
def test_the_interval_has_its_nominal_coverage(name: str) -> None:
    exponent = LABELS[name][1]
    covered = sum(e.low <= exponent <= e.high for e in runs(name))
    # 142.5 expected; a binomial of 150 at 0.95 is outside with probability below 1e-3.
    assert 132 <= covered <= 150
    assert abs(np.mean([e.value for e in runs(name)]) - exponent) < 0.015


@pytest.mark.parametrize("name", LABELS)
def test_the_standard_error_is_the_scatter_of_the_estimates(name: str) -> None:
    scatter = np.std([e.value for e in runs(name)])
    assert np.mean([e.standard_error for e in runs(name)]) == pytest.approx(scatter, rel=0.25)


def test_p_values_of_an_exact_power_law_are_uniform() -> None:
    assert stats.kstest([e.p_value for e in runs("line")], "uniform").pvalue > 1e-3


def test_a_wobble_that_many_points_reveal_widens_the_interval() -> None:
    found = uncertainty_exponent(
        LABELS["cantor"][0], UNIT, epsilons=np.geomspace(3e-1, 1e-3, 16).tolist(), pairs=100_000, seed=1
    )
    assert found.p_value < 1e-6
    assert "the power law is not exact" in found.sentence
    assert runs("line")[0].sentence.startswith(f"uncertainty exponent {runs('line')[0].value:.4g} [")
    row = found.table[-1]
    alone = 1 / np.sqrt(sum(r.uncertain for r in found.table)) / np.ptp(np.log([r.epsilon for r in found.table]))
    assert found.standard_error > 3 * alone
    assert found.low < CANTOR < found.high
    assert row.fitted == pytest.approx(row.uncertain, rel=0.2)


def test_the_number_of_uncertain_points_is_binomial_about_the_exact_fraction() -> None:
    epsilons, pairs = [0.2, 0.1, 0.05, 0.02], 20_000
    found = uncertainty_exponent(lambda p: p[0] > 0.5, UNIT, epsilons=epsilons, pairs=pairs, seed=3)
    for row, eps in zip(found.table, epsilons, strict=True):
        assert stats.binomtest(row.uncertain, pairs, 2 * eps).pvalue > 1e-4
        assert (row.epsilon, row.decided, row.excluded) == (eps, pairs, 0)


def test_both_axes_are_looked_along_in_units_of_the_sides() -> None:
    window = [[-3.0, 10.0], [1.0, 10.5]]
    for axis, level in ((0, -1.0), (1, 10.25)):
        found = uncertainty_exponent(
            lambda p, axis=axis, level=level: p[axis] > level, window, epsilons=[0.1, 0.03, 0.01], pairs=20_000, seed=0
        )
        assert found.table[0].uncertain == pytest.approx(4000, abs=300)


def test_points_are_drawn_in_the_window_five_at_a_time() -> None:
    seen: list[Array] = []

    def label_of(points: Array) -> NDArray[np.bool_]:
        seen.append(points.copy())
        return np.asarray(points[0] > 3)

    uncertainty_exponent(label_of, [[2, 5], [4, 9]], epsilons=[0.1, 0.05, 0.02], pairs=500, seed=0)
    assert [p.shape for p in seen] == [(2, 2500)] * 3
    for points, eps in zip(seen, (0.1, 0.05, 0.02), strict=True):
        own = points[:, :500]
        assert (own[0] >= 2).all()
        assert (own[0] <= 4).all()
        assert (own[1] >= 5).all()
        assert (own[1] <= 9).all()
        steps = points.reshape(2, 5, 500)[:, 1:] - own[:, None]
        assert np.allclose(np.abs(steps).max(axis=1), np.array([[2 * eps], [4 * eps]]))
        assert np.allclose(steps.sum(axis=1), 0)
    assert not np.array_equal(seen[0][:, :500], seen[1][:, :500])


def test_undecided_points_are_excluded_and_counted() -> None:
    def label_of(points: Array) -> NDArray[np.int64]:
        return np.where(points[1] < 0.25, -1, points[0] > 0.5)

    epsilons, pairs = [0.1, 0.03, 0.01], 8000
    found = uncertainty_exponent(label_of, UNIT, epsilons=epsilons, pairs=pairs, seed=2)
    for row, eps in zip(found.table, epsilons, strict=True):
        assert row.decided + row.excluded == pairs
        assert stats.binomtest(row.excluded, pairs, 0.25 + eps).pvalue > 1e-4
        assert stats.binomtest(row.uncertain, row.decided, 2 * eps).pvalue > 1e-4
    assert found.excluded == sum(row.excluded for row in found.table)
    assert found.low < 1 < found.high


def test_the_dimension_mirrors_the_exponent() -> None:
    found = runs("cantor")[0]
    d = found.dimension
    assert (d.value, d.low, d.high) == (2 - found.value, 2 - found.high, 2 - found.low)
    assert d.low < 1 + np.log(2) / np.log(3) < d.high


def test_a_seed_gives_the_same_again_and_another_does_not() -> None:
    label_of = LABELS["line"][0]
    first, again, other = (
        uncertainty_exponent(label_of, UNIT, epsilons=[0.1, 0.03, 0.01], pairs=2000, seed=s) for s in (4, 4, 5)
    )
    assert first == again
    assert first.value != other.value


def test_saturated_distances_are_shown_but_not_fitted() -> None:
    found = uncertainty_exponent(lambda p: p[0] > 0.5, UNIT, epsilons=[0.4, 0.1, 0.03, 0.01], pairs=4000, seed=2)
    assert np.isnan(found.table[0].fitted)
    assert not any(np.isnan(row.fitted) for row in found.table[1:])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"epsilons": [0.1, 0.01]}, "epsilons must be at least three different distances"),
        ({"epsilons": [0.1, 0.01, 0.6]}, "epsilons must be at least three different distances"),
        ({"epsilons": [0.1, 0.1, 0.01]}, "epsilons must be at least three different distances"),
        ({"pairs": 0}, "pairs must be positive, got 0"),
        ({"window": [[0, 0], [1, 0]]}, "window must be a low corner and a high corner"),
        ({"window": [[0, 0], [np.inf, 1]]}, "window must be a low corner and a high corner"),
        ({"level": 0.0}, "level must be strictly between 0 and 1"),
        ({"label_of": lambda p: p[0] > 2}, "hardly any point is uncertain"),
        ({"label_of": lambda p: np.sin(1e6 * p[0]) > 0}, "take smaller epsilons"),
        ({"label_of": lambda p: p}, "one label for each of 500 points"),
    ],
)
def test_what_cannot_be_measured_is_refused(options: dict[str, object], words: str) -> None:
    arguments = {
        "label_of": lambda p: p[0] > 0.5,
        "window": UNIT,
        "epsilons": [0.1, 0.03, 0.01],
        "pairs": 100,
        "seed": 0,
    }
    with pytest.raises(ValueError, match=words):
        uncertainty_exponent(**{**arguments, **options})
