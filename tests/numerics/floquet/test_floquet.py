"""Floquet multipliers: dense matrices, SciPy and direct runs as oracles; a thousand parameters; what stays undecided."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.sparse.linalg import LinearOperator, eigs

from edgestab.errors import InputError
from edgestab.numerics.floquet.arnoldi import leading
from edgestab.numerics.floquet.dynamics import Dynamics, dynamics_of
from edgestab.numerics.floquet.family import COUNTED
from edgestab.numerics.floquet.floquet import floquet
from edgestab.numerics.floquet.monodromy import Monodromy
from edgestab.numerics.floquet.newton import refine
from edgestab.numerics.matrices.backend import backend_named
from edgestab.numerics.matrices.descent import descend
from edgestab.numerics.matrices.diagonal import diagonal_network
from edgestab.numerics.matrices.factorization import factorization, two_layer
from edgestab.numerics.matrices.pairs import two_cycle_multipliers
from edgestab.numerics.matrices.starts import balanced, gaussian, generic, perturbed, small
from edgestab.numerics.matrices.two_cycle import two_cycle_starts

RANDOM = np.random.default_rng(13)


def quartic(eta: float) -> Dynamics:
    """Gradient descent on (1 - x^2 y^2)^2/4, by callables of its own."""

    def gradient(w: np.ndarray) -> np.ndarray:
        x, y = w
        return (x * x * y * y - 1) * np.array([x * y * y, x * x * y])

    def hessian(w: np.ndarray):
        x, y = w
        p = x * x * y * y
        mixed = 2 * x * y * (2 * p - 1)
        h = np.array([[y * y * (3 * p - 1), mixed], [mixed, x * x * (3 * p - 1)]])
        return lambda v: h @ v

    return Dynamics(gradient, hessian, eta)


def test_any_loss_by_callables() -> None:
    # On x = y the map is x + eta x^3 (1 - x^4) with S = 4; past eta = 1/2 there is a 2-cycle.
    eta, x = 0.55, 0.9
    for _ in range(4000):
        x += eta * x**3 * (1 - x**4)
    y = x + eta * x**3 * (1 - x**4)
    found = floquet(quartic(eta), np.array([x + 1e-4, x - 2e-4]), 2)
    assert found.cycle.settled
    np.testing.assert_allclose(np.sort([p[0] for p in found.cycle.points]), np.sort([x, y]), atol=1e-9)
    along = np.prod([1 + eta * (3 * t**2 - 7 * t**6) for t in (x, y)])
    # Across the diagonal H has the eigenvalue x^2 (3p - 1) - 2 x^2 (2p - 1) = x^2 (1 - p).
    across = np.prod([1 - eta * t**2 * (1 - t**4) for t in (x, y)])
    np.testing.assert_allclose(np.sort(found.multipliers.real), np.sort([along, across]), atol=1e-8)


@pytest.mark.parametrize("depth", [2, 3])
def test_the_krylov_path_is_the_dense_path(depth: int) -> None:
    sigma = np.array([10.0, 9.0, 5.0, 2.0])
    model = factorization(np.diag(sigma), depth=depth)
    for over, signs in ((2.2, None), (2.4, (1, -1))):
        eta = over / (depth * sigma[0] ** (2 - 2 / depth))
        start = two_cycle_starts(model, eta, signs, generic(model, 2))[0]
        dense = floquet(dynamics_of(model, eta), start, 2, dense=True)
        krylov = floquet(dynamics_of(model, eta), start, 2, dense=False, most=60)
        unstable = dense.multipliers[abs(dense.multipliers) > 1 + 1e-6][:2]
        for value in unstable:
            assert abs(krylov.multipliers - value).min() < 1e-9
        assert dense.stability == krylov.stability == ("unstable" if len(unstable) else "undecided")
        assert krylov.radius == pytest.approx(dense.radius, abs=1e-9)


def test_a_thousand_parameters_against_scipy_and_the_gauge() -> None:
    d, depth = 19, 3
    random = np.random.default_rng(0)
    sigma = np.concatenate([[10.0, 9.4], np.sort(random.uniform(1, 8, d - 2))[::-1]])
    u, v = (np.linalg.qr(random.standard_normal((d, d)))[0] for _ in range(2))
    model = factorization(u * sigma @ v.T, depth=depth)
    assert model.size == 1083
    eta = 2.3 / (depth * sigma[0] ** (2 - 2 / depth))
    start = two_cycle_starts(model, eta, (1, -1), generic(model, 3))[0]
    noisy = perturbed(start[None], 1e-5, 4)[0]
    found = floquet(dynamics_of(model, eta), noisy, 2)
    assert found.stability == "unstable"
    assert found.cycle.residual < 1e-12
    monodromy = Monodromy(dynamics_of(model, eta), found.cycle.points)
    operator = LinearOperator((model.size,) * 2, matvec=monodromy.times, dtype=float)
    other = eigs(operator, k=2, v0=np.ones(model.size), return_eigenvectors=False)
    assert found.radius == pytest.approx(abs(other).max(), abs=1e-8)
    # The same multiplier from the closed blocks: the orbit was refined to a member of its family near it.
    blocks = two_cycle_multipliers(eta, list(sigma), depth, (1, -1, *[1] * (d - 2)))
    radius = max(abs(x).max() for x in blocks.values())
    assert found.radius == pytest.approx(radius, abs=1e-4)
    exact = floquet(dynamics_of(model, eta), start, 2)
    assert exact.radius == pytest.approx(radius, abs=1e-8)


def test_gauge_directions_are_exactly_neutral_and_are_left_out() -> None:
    model = factorization(np.diag([10.0, 6.0, 3.0]), depth=2)
    eta = 0.11
    a, b = two_cycle_starts(model, eta, None, generic(model, 0))
    monodromy = Monodromy(dynamics_of(model, eta), (a, b))
    m = monodromy.dense()
    projector = np.array([monodromy.projection(e) for e in np.eye(18)])
    tangent = np.eye(18) - projector
    assert round(np.trace(tangent)) == 3
    np.testing.assert_allclose(m @ tangent, tangent, atol=1e-12)
    np.testing.assert_allclose(tangent @ m.T @ projector, 0, atol=1e-12)  # what is across stays across
    across = monodromy.dense_multipliers()
    whole = np.linalg.eigvals(m)
    assert len(across) == len(whole) - 3
    # M fixes T with defects: eigenvalues of the whole are only good to the root of a rounding.
    assert np.sum(abs(whole - 1) < 1e-5) == np.sum(abs(across - 1) < 1e-5) + 3


def test_the_multiplier_is_what_a_perturbed_run_grows_by() -> None:
    model, eta = factorization(np.diag([10.0, 9.5]), depth=3), 0.034
    start = two_cycle_starts(model, eta, (1, -1))[0]
    radius = floquet(dynamics_of(model, eta), start, 2).radius
    moved = start.copy()
    moved[1] += 1e-30  # the entry (1, 2) of the first layer: it is exactly zero on the orbit
    a, b, c = (descend(model, moved, eta, 2 * periods).ends[0, [1, 2, 5, 6, 9, 10]] for periods in (150, 151, 152))
    # The last three satisfy the recurrence of the leading pair.
    p, q = np.linalg.lstsq(np.stack([b, a], 1), c)[0]
    assert abs(np.roots([1, -p, -q])).max() == pytest.approx(radius, abs=1e-7)


def test_the_uv_model_has_the_multipliers_of_its_planar_map() -> None:
    # On its 2-cycle, a = eta sqrt(c) y: 7 - 4a - 2a^2 along the balanced manifold. Across it q has (3 - 2a)^2, and as q is
    # the square of a distance, the n directions that leave it have 3 - 2a.
    x, y, n, a = np.array([0.6, -1.1, 0.4]), 0.9, 5, 1.15
    model = two_layer(x, y, n)
    eta = a / (np.sqrt(x @ x / n) * y)
    end = descend(model, gaussian(model, 0.2, 2), eta, 20000).ends[0]
    found = floquet(dynamics_of(model, eta), end, 2)
    assert found.cycle.settled
    assert found.cycle.period == 2
    assert np.sum(abs(found.multipliers - (7 - 4 * a - 2 * a**2)) < 1e-9) == 1
    assert np.sum(abs(found.multipliers - (3 - 2 * a)) < 1e-9) == n


def test_an_attracting_cycle_is_called_so() -> None:
    model = factorization([[10.0]], depth=3)
    found = floquet(dynamics_of(model, 0.034), two_cycle_starts(model, 0.034)[0], 2)
    assert found.stability == "attracting"
    assert "attracting" in found.sentence
    data = np.eye(2)
    network = diagonal_network(data, [2.0, 1.0])
    eta = 2 * 1.1 / 2  # eta sigma = 1.1 for the first feature, n = 2
    end = descend(network, [1.2, 0.8, 1.2, 0.8], eta, 5000).ends[0]
    assert floquet(dynamics_of(network, eta), end, 2).cycle.period == 2


def test_a_known_family_is_left_out() -> None:
    # Two pairs at rest may shift weight between layers: (L - 1) r (r + 1)/2 = 6 dimensions.
    model = factorization(np.diag([10.0, 9.5, 9.0]), depth=3)
    for eta, stability in ((0.0315, "attracting"), (0.0322, "unstable")):
        start = two_cycle_starts(model, eta, rotations=generic(model, 0))[0]
        found = floquet(dynamics_of(model, eta), start, 2, neutral=6)
        assert found.stability == stability, found.sentence
        more = floquet(dynamics_of(model, eta), start, 2, neutral=7)
        assert more.stability == "undecided"
        assert "only 6 multipliers are 1, not 7" in more.sentence
    fixed = floquet(dynamics_of(model, 0.03), balanced(model)[0], 1, neutral=12)  # at a minimum all three pairs rest
    assert fixed.stability == "attracting"
    with pytest.raises(InputError, match="0 to 21"):
        floquet(dynamics_of(model, 0.0315), start, 2, neutral=30)
    with pytest.raises(InputError, match="0 to 27"):
        floquet(dynamics_of(model, 0.0315), start, 2, neutral=-1, dense=False)


@pytest.mark.parametrize("sigma", [[10.0, 9.5, 9.0], [10.0, 9.5, 9.0, 7.0, 5.0, 3.0]])
@pytest.mark.parametrize("eta", [0.0315, 0.0322])
def test_a_family_is_left_out_without_matrices_as_with_them(sigma: list[float], eta: float) -> None:
    rest = len(sigma) - 1
    neutral = rest * (rest + 1)
    model = factorization(np.diag(sigma), depth=3)
    dynamics = dynamics_of(model, eta)
    start = two_cycle_starts(model, eta, rotations=generic(model, 0))[0]
    dense = floquet(dynamics, start, 2, dense=True, neutral=neutral)
    krylov = floquet(dynamics, start, 2, dense=False, neutral=neutral)
    assert krylov.stability == dense.stability == ("attracting" if eta < 0.032 else "unstable")
    assert krylov.radius == pytest.approx(dense.radius, abs=1e-9)
    assert floquet(dynamics, start, 2, dense=False).stability == ("undecided" if eta < 0.032 else "unstable")
    ones = int((abs(Monodromy(dynamics, krylov.cycle.points).dense_multipliers() - 1) < 1e-6).sum())
    assert ones == neutral
    if neutral <= COUNTED:
        assert f"{neutral} were counted" in krylov.sentence
        for wrong in (neutral - 1, neutral + 1):
            found = floquet(dynamics, start, 2, dense=False, neutral=wrong)
            assert found.stability == "undecided"
            assert f"are not {wrong}: {neutral} were counted" in found.sentence
    else:
        assert "estimated" in krylov.sentence
        assert floquet(dynamics, start, 2, dense=False, neutral=3 * neutral).stability == "undecided"


def test_a_family_that_is_not_resolved_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgestab.numerics.floquet.floquet.ITERATIONS", 3)
    model = factorization(np.diag([10.0, 9.5, 9.0]), depth=3)
    start = two_cycle_starts(model, 0.0315)[0]
    found = floquet(dynamics_of(model, 0.0315), start, 2, dense=False, neutral=6)
    assert found.stability == "undecided"
    assert "not resolved after 3 iterations" in found.sentence


def spread(d: int) -> np.ndarray:
    """One pair that oscillates, one near its edge, the others far below."""
    return np.concatenate([[10.0, 9.5], np.sort(np.random.default_rng(0).uniform(4, 6, d - 2))[::-1]])


@pytest.mark.parametrize("d", [19, pytest.param(183, marks=pytest.mark.deep)])
@pytest.mark.parametrize("eta", [0.0315, 0.0325])
def test_families_of_hundreds_of_dimensions_and_more(d: int, eta: float) -> None:
    sigma = spread(d)
    model = factorization(np.diag(sigma), depth=3)
    assert model.size in (1083, 100_467)
    start = two_cycle_starts(model, eta, rotations=generic(model, 0))[0]
    found = floquet(dynamics_of(model, eta), start, 2, neutral=(d - 1) * d)
    blocks = two_cycle_multipliers(eta, list(sigma[:2]), 3)
    # Pairs at rest come to their minima faster than the first two mix, and the last entry of a pair's own block is 1.
    radius = max(float(abs(v[abs(v - 1) > 1e-6]).max()) for v in blocks.values())
    assert found.stability == ("attracting" if eta < 0.032 else "unstable"), found.sentence
    assert found.radius == pytest.approx(radius, abs=1e-7)


def test_values_at_one_are_left_out_of_a_krylov_space() -> None:
    values = np.concatenate([np.ones(5), [0.7, -0.6], np.linspace(-0.3, 0.3, 30)])
    found = leading(lambda v: values * v, np.ones(37), 2, besides=1e-4)
    np.testing.assert_allclose(found.values.real, [0.7, -0.6], atol=1e-8)
    nothing = leading(lambda v: v, np.ones(4), 1, besides=1e-4)
    assert nothing.converged
    assert len(nothing.values) == 0


def test_a_rank_deficient_target_has_the_same_unstable_multipliers() -> None:
    sigma, eta = [10.0, 9.5, 9.0], 0.034
    model = factorization(np.diag([*sigma, 0.0, 0.0]), depth=3)
    start = two_cycle_starts(model, eta, (1, -1), generic(model, 0))[0]
    blocks = two_cycle_multipliers(eta, sigma, 3, (1, -1, 1))
    radius = max(abs(x).max() for x in blocks.values())
    for dense in (True, False):
        assert floquet(dynamics_of(model, eta), start, 2, dense=dense).radius == pytest.approx(radius, abs=1e-9)


def test_torch_finds_the_same_multipliers() -> None:
    pytest.importorskip("torch")
    model, eta = factorization(np.diag([10.0, 9.5, 9.0]), depth=3), 0.034
    start = two_cycle_starts(model, eta, (1, -1), generic(model, 0))[0]
    ours = floquet(dynamics_of(model, eta), start, 2, dense=False)
    theirs = floquet(dynamics_of(model.on(backend_named("torch")), eta), start, 2, dense=False)
    assert theirs.radius == pytest.approx(ours.radius, abs=1e-9)


def test_newton_refines_what_a_run_left_unfinished() -> None:
    model, eta = factorization(np.diag([10.0, 9.5, 9.0]), depth=3), 0.036
    phases = [(1, *s) for s in product((1, -1), repeat=2)]
    exact = [x for signs in phases for x in two_cycle_starts(model, eta, signs)]
    end = descend(model, small(model, 0.01), [eta], 600).ends[0]
    rough = min(np.linalg.norm(end - x) for x in exact)
    cycle = refine(dynamics_of(model, eta), end, 2)
    assert rough > 1e-8
    assert cycle.settled
    assert cycle.residual < 1e-13
    assert min(np.linalg.norm(cycle.points[0] - x) for x in exact) < 1e-9


def test_a_cycle_of_period_four() -> None:
    model = factorization([[1.0]], depth=2)
    eta = 1.26
    end = descend(model, [0.9, 0.9], eta, 300).ends[0]
    found = floquet(dynamics_of(model, eta), end, 4)
    assert (found.cycle.period, found.stability) == (4, "attracting")
    with_two = floquet(dynamics_of(model, eta), two_cycle_starts(model, eta)[0], 4)
    assert with_two.cycle.period == 2
    assert "the cycle has period 2, not 4" in with_two.sentence


def test_at_a_bifurcation_it_is_undecided_and_says_critical_slowing() -> None:
    scalar = factorization([[1.0]], depth=2)
    flip = 5**0.5 - 1
    found = floquet(dynamics_of(scalar, flip), two_cycle_starts(scalar, flip)[0], 2)
    assert found.stability == "undecided"
    assert "critical slowing" in found.sentence
    pair = factorization(np.diag([1.0, 0.8]), depth=2)
    eta = 2 / 1.8  # eta (sigma_1 + sigma_2) = 2: a complex pair leaves the circle
    found = floquet(dynamics_of(pair, eta), two_cycle_starts(pair, eta)[0], 2)
    assert found.stability == "undecided"
    # Where no 2-cycle is near, none is made up.
    far = refine(dynamics_of(scalar, 0.9), np.array([0.3, 0.4]), 2)
    assert far.period == 1 or not far.settled


def test_a_run_that_is_on_no_cycle_is_not_called_one() -> None:
    model, eta = factorization([[1.0]], depth=2), 1.6
    found = floquet(dynamics_of(model, eta), np.array([5.0, -3.0]), 3)
    assert found.stability in ("undecided", "unstable")
    if not found.cycle.settled:
        assert "critical slowing" in found.sentence


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"start": np.full(4, np.nan)}, "finite numbers"), ({"period": 0}, "period must be at least 1"),
        ({"count": 0}, "count must be at least 1"), ({"count": 4, "most": 5}, "above it by 2"),
    ],
)  # fmt: skip
def test_bad_input_is_refused(arguments, words: str) -> None:
    model = factorization(np.eye(1), widths=[2])
    with pytest.raises(InputError, match=words):
        floquet(dynamics_of(model, 0.1), **{"start": np.ones(4), "period": 1, **arguments})


def test_arnoldi_finds_complex_pairs_and_invariant_spaces() -> None:
    turn = 1.05 * np.array([[np.cos(1), -np.sin(1)], [np.sin(1), np.cos(1)]])
    a = np.zeros((60, 60))
    a[:2, :2] = turn
    a[2:, 2:] = np.diag(np.linspace(-0.9, 0.9, 58))
    q = np.linalg.qr(RANDOM.standard_normal((60, 60)))[0]
    found = leading(lambda v: q @ (a @ (q.T @ v)), RANDOM.standard_normal(60), 2)
    np.testing.assert_allclose(np.sort_complex(found.values), np.sort_complex(np.linalg.eigvals(turn)), atol=1e-8)
    small_space = leading(lambda v: q @ (a @ (q.T @ v)), q[:, 0], 4)
    assert small_space.converged
    assert small_space.products == 2
    np.testing.assert_allclose(abs(small_space.values), 1.05, rtol=1e-12)
    vector = found.vector
    image = q @ (a @ (q.T @ vector))
    np.testing.assert_allclose(image, found.values[0] * vector, atol=1e-7)
