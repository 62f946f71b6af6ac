"""The eigensolver against dense eigenvalues: along orbits, on spectra made to deceive it, and where it must give up."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from edgestab.numerics.networks.architectures.mlp import mlp
from edgestab.numerics.networks.data.chebyshev import chebyshev
from edgestab.numerics.networks.losses.criteria import squared_error
from edgestab.numerics.networks.losses.network import network_objective
from edgestab.numerics.networks.losses.objective import Objective
from edgestab.numerics.networks.spectra.eigen import EigenError, NotConverged, NotFinite, Tracker, top_eigenpairs

RNG = np.random.default_rng(0)


def operator(eigenvalues: NDArray, seed: int = 0) -> Tensor:
    p = len(eigenvalues)
    q, _ = torch.linalg.qr(torch.randn(p, p, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)))
    a = (q * torch.as_tensor(eigenvalues, dtype=torch.float64)) @ q.T
    return (a + a.T) / 2


def require(pairs, a: Tensor, k: int, tolerance: float) -> None:
    """Residuals as claimed and small, orthonormal vectors, and eigenvalues within the error that these allow."""
    unit = float(a.abs().max()) or 1.0
    a, values = a / unit, pairs.values / unit
    wanted = torch.linalg.eigvalsh(a).flip(0)[:k]
    scale = float(torch.linalg.matrix_norm(a, 2))
    rest = a @ pairs.vectors - pairs.vectors * values
    torch.testing.assert_close(rest.norm(dim=0), pairs.residuals / unit, rtol=1e-6, atol=1e-12)
    assert (pairs.residuals / unit <= tolerance * scale).all()
    torch.testing.assert_close(pairs.vectors.T @ pairs.vectors, torch.eye(len(wanted), dtype=torch.float64))
    assert (values <= wanted + 1e-12 * scale).all()
    assert (values >= wanted - 10 * tolerance**1.5 * scale).all()


SPECTRA = {
    "random": RNG.standard_normal(150),
    "outlier": np.r_[10, RNG.random(149)],
    "twofold": np.r_[5, 5, RNG.random(98)],
    "fivefold": np.r_[np.full(5, 5.0), RNG.random(95)],
    "nearly twofold": np.r_[5, 5 - 1e-9, RNG.random(98)],
    "cluster": np.r_[5 - 1e-3 * np.arange(10), RNG.random(90)],
    "negative definite": -1 - RNG.random(60),
    "barely positive": np.r_[1, -100 * RNG.random(99)],
    "small": 1e-200 * np.r_[10, 9.9, 9 * RNG.random(98)],
    "large": 1e200 * np.r_[10, 9.9, 9 * RNG.random(98)],
    "zero": np.zeros(30),
    "identity": np.ones(30),
    "minus identity": -np.ones(30),
    "one positive": np.r_[1, np.zeros(40)],
    "one parameter": np.array([-3.0]),
    "three parameters": np.array([1.0, 2.0, 3.0]),
}


@pytest.mark.parametrize("k", [1, 2, 4])
@pytest.mark.parametrize("name", SPECTRA)
def test_every_spectrum_is_found_and_kept(name, k):
    a = operator(SPECTRA[name])
    tracker = Tracker(k, tolerance=1e-4)
    like = torch.ones(len(a), dtype=torch.float64)
    for step in range(4):
        pairs = tracker(lambda v: a @ v, (1 + 0.1 * step) * like)
        require(pairs, a, min(k, len(a)), 1e-4)


def test_a_cold_start_at_a_tight_tolerance():
    a = operator(np.r_[10, 9.9, 9.8, 9.7, 9.6 * RNG.random(296)])
    pairs = top_eigenpairs(lambda v: a @ v, torch.ones(300, 1, dtype=torch.float64), 3, tolerance=1e-10)
    require(pairs, a, 3, 1e-10)
    assert pairs.products < 300
    assert pairs.next <= 9.7 + 1e-9


def test_restarts_in_a_small_basis_reach_the_same():
    a = operator(np.r_[3, 2.9, RNG.random(198)])
    start = torch.ones(200, 1, dtype=torch.float64)
    small, large = (
        top_eigenpairs(lambda v: a @ v, start, 2, tolerance=1e-9, most_vectors=m) for m in (12, 120)
    )  # fmt: skip
    torch.testing.assert_close(small.values, large.values, rtol=1e-12, atol=0)
    assert small.products >= large.products


def test_a_start_orthogonal_to_the_top_is_what_the_audit_is_for():
    """A block in an invariant subspace finds its own top; a tracker, which audits, finds the true one."""
    values = torch.tensor([9.0, 5.0, 1.0, 0.5, 0.2, *[0.1] * 30], dtype=torch.float64)
    start = torch.zeros(35, 1, dtype=torch.float64)
    start[1:] = 1
    assert float(top_eigenpairs(lambda v: values * v, start).values[0]) == pytest.approx(5)
    assert float(Tracker(1)(lambda v: values * v, start[:, 0]).values[0]) == pytest.approx(9, rel=1e-5)


@pytest.mark.parametrize("k", [1, 3])
def test_a_top_eigenvector_from_nowhere_is_found_by_the_next_audit(k):
    """The top changes to one orthogonal to all that is kept: no product before the audit can show it."""
    p = 120
    before = torch.linspace(1, 0, p, dtype=torch.float64) ** 3
    before[:6] = torch.tensor([9.0, 8.0, 7.0, 6.0, 5.0, 4.0])
    after = before.clone()
    after[100] = 12.0
    like = torch.zeros(p, dtype=torch.float64)
    tracker = Tracker(k, audit_every=10, tolerance=1e-4)
    for _ in range(12):
        tracker(lambda v: before * v, like)
    waited = 0
    # The 101st coordinate is exactly zero in the vectors kept, but for rounding: make it so.
    kept = tracker.state()
    for name in ("blocks", "stale_vectors_0", "stale_vectors_1"):
        kept[name][..., 100] = 0
    tracker.restore(kept)
    while True:
        pairs = tracker(lambda v: after * v, like)
        if abs(float(pairs.values[0]) - 12) < 1e-4:
            break
        waited += 1
        assert waited <= 10
    assert waited > 0  # it was hidden
    assert float(pairs.vectors[100, 0].abs()) == pytest.approx(1, abs=1e-4)
    assert pairs.values[1:].tolist() == pytest.approx([9.0, 8.0][: k - 1], rel=1e-5)


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.4])
def test_eigenvalues_that_cross_without_meeting_are_followed(rate):
    """Two eigenvectors that never mix change places again and again, at speeds below and above the caution."""
    p = 80
    rest = torch.linspace(3, 0, p, dtype=torch.float64)
    tracker = Tracker(1, audit_every=0)
    worst = 0.0
    for t in range(400):
        values = rest.clone()
        values[5], values[40] = 10 + np.sin(rate * t + 1), 10 - np.sin(rate * t + 1)
        found = float(tracker(lambda v, a=values: a * v, torch.full((p,), float(t), dtype=torch.float64)).values[0])
        worst = max(worst, 1 - found / float(values.max()))
    assert worst <= 1e-5


def test_limits_of_audits_hold():
    """Of many random spectra, no more than the stated share has an eigenvalue above the limit outside what was found."""
    rng = np.random.default_rng(1)
    excluded = broken = 0
    for seed in range(150):
        values = np.sort(rng.standard_normal(90) * np.r_[np.ones(80), np.full(10, 3.0)])[::-1].copy()
        a = torch.as_tensor(values)
        pairs = Tracker(1, seed=seed, audit_products=14)(lambda v, a=a: a * v, torch.ones(90, dtype=torch.float64))
        if np.isfinite(pairs.limit):
            excluded += 1
            broken += values[2] > pairs.limit  # two are found: the top, and the one next to it
    assert excluded > 100
    assert broken / excluded <= 0.02


def chebyshev_orbit(steps: int, width: tuple[int, ...], eta: float) -> tuple[Objective, list[Tensor]]:
    network = mlp((1, *width, 1))
    objective = network_objective(network, chebyshev(6), squared_error(0.5))
    w, orbit = network.start(0), []
    for _ in range(steps):
        orbit.append(w)
        w = w - eta * objective.value_and_gradient(w)[1]
    return objective, orbit


def dense(product: Callable[[Tensor], Tensor], p: int) -> Tensor:
    return torch.stack([product(e) for e in torch.eye(p, dtype=torch.float64)])


@pytest.mark.parametrize(("first", "last", "products"), [(300, 330, 2.0), (2040, 2080, 6.0)])
def test_sharpness_along_gradient_descent(first, last, products):
    """Sharpening, and at the edge where the two largest eigenvalues come within 4e-4 of each other and change places."""
    objective, orbit = chebyshev_orbit(last, (30, 20), 0.2)
    tracker, spent, worst = Tracker(1), [], 0.0
    for t in range(first, last):
        point = objective.at(orbit[t])
        pairs = tracker(point.hvp, point.gradient)
        spent.append(pairs.products)
        assert float(pairs.residuals[0]) <= 1e-3 * float(pairs.values[0])
        if t % 4 == 0:
            top = float(torch.linalg.eigvalsh(dense(point.hvp, objective.size))[-1])
            worst = max(worst, abs(1 - float(pairs.values[0]) / top))
    assert worst <= 1e-5
    assert np.mean(spent[5:]) <= products


def test_vectors_keep_their_sign():
    objective, orbit = chebyshev_orbit(60, (8,), 0.2)
    tracker, before = Tracker(2), None
    for w in orbit:
        point = objective.at(w)
        vectors = tracker(point.hvp, point.gradient).vectors
        assert before is None or ((vectors * before).sum(dim=0) > 0.9).all()
        before = vectors


@pytest.mark.parametrize("killed", [1, 4, 23])
def test_a_restored_tracker_goes_on_bitwise(killed):
    objective, orbit = chebyshev_orbit(40, (8,), 0.3)
    whole, part = Tracker(1, audit_every=10), Tracker(1, audit_every=10)
    for t, w in enumerate(orbit):
        point = objective.at(w)
        one = whole(point.hvp, point.gradient)
        if t == killed:
            saved = {n: x.clone() if isinstance(x, Tensor) else x for n, x in part.state().items()}
            part = Tracker(3, audit_every=10)
            part.restore(saved)
        two = part(point.hvp, point.gradient)
        assert (one.products, one.limit) == (two.products, two.limit)
        assert torch.equal(one.values, two.values)
        assert torch.equal(one.vectors, two.vectors)


def test_k_may_change_between_calls():
    a = operator(np.r_[9, 8, 7, 6, 5, RNG.random(60)])
    tracker, like = Tracker(1, tolerance=1e-5), torch.ones(65, dtype=torch.float64)
    for k in (1, 3, 4, 2, 1):
        tracker.k = k
        require(tracker(lambda v: a @ v, like), a, k, 1e-5)


def test_float32_takes_what_it_can():
    a = operator(np.r_[9, 8, RNG.random(98)]).to(torch.float32)
    pairs = Tracker(1)(lambda v: a @ v, torch.ones(100))
    assert (pairs.values.dtype, pairs.vectors.dtype) == (torch.float64, torch.float32)
    assert float(pairs.values[0]) == pytest.approx(9, rel=1e-5)
    with pytest.raises(ValueError, match=r"at least 1e-06 in torch\.float32"):
        Tracker(1, tolerance=1e-8)(lambda v: a @ v, torch.ones(100))


@pytest.mark.parametrize("place", [0, 1, 7])
def test_a_product_that_is_not_finite_is_an_error(place):
    """Whichever product it is, and the tracker is none the worse."""
    a = torch.arange(1.0, 61.0, dtype=torch.float64)
    like, count = torch.ones(60, dtype=torch.float64), 0

    def product(v: Tensor) -> Tensor:
        nonlocal count
        count += 1
        return a * v * (float("nan") if count > place else 1)

    tracker = Tracker(1)
    with pytest.raises(NotFinite, match="not finite"):
        tracker(product, like)
    assert float(tracker(lambda v: a * v, like).values[0]) == pytest.approx(60)


def test_no_convergence_is_an_error_and_ends():
    a = torch.linspace(0, 1, 3000, dtype=torch.float64)
    with pytest.raises(NotConverged, match=r"in 100 products .* allow more products or a larger tolerance"):
        top_eigenpairs(lambda v: a * v, torch.ones(3000, 1, dtype=torch.float64), tolerance=1e-6, most_products=100)
    generator = torch.Generator().manual_seed(0)
    with pytest.raises(EigenError):  # an operator that is none
        Tracker(1, most_products=150)(
            lambda v: torch.randn(v.shape, generator=generator, dtype=v.dtype), torch.ones(1000, dtype=torch.float64)
        )


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [({"k": 0}, "at least one"), ({"extra": -1}, "extra"), ({"audit_every": -1}, "audit_every"),
     ({"tolerance": 0.0}, "tolerance"), ({"tolerance": float("nan")}, "tolerance")],
)  # fmt: skip
def test_settings_that_cannot_be(settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        Tracker(**settings)
