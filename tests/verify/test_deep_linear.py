"""The claims on linear networks and their maps against plain floating point, and false neighbours of their constants."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from edgestab.numerics.matrices.experiments.escape import steps_to_escape
from edgestab.theory.claims.catalogue import find
from edgestab.theory.claims.chen2024 import period_three
from edgestab.theory.claims.ghosh2025.transverse import block
from edgestab.theory.claims.ghosh2025.two_cycle import step_size_power
from edgestab.theory.claims.liang2025 import U, V, Y, critical_step
from edgestab.theory.lemma import Identity, Inequality
from edgestab.theory.models.cubic_map import A, Z, cubic
from edgestab.theory.models.factorization import factorization_loss
from edgestab.theory.models.uv import RESIDUAL, P, Q, escape, invariant_ellipse, level, uv_map
from edgestab.theory.symbols import symbol
from edgestab.verify.evidence.standing import Standing
from edgestab.verify.symbolic import settle, settle_lemma

R = sp.Rational
RANDOM = np.random.default_rng


def layered(layers, target, eta):
    """One step of GD on |W_L ... W_1 - M|_F^2/2, by matrices."""
    before = [np.eye(len(layers[0][0]))]
    for w in layers:
        before.append(w @ before[-1])
    rest, after, moved = before[-1] - target, np.eye(len(target)), []
    for k in reversed(range(len(layers))):
        moved.append(layers[k] - eta * after.T @ rest @ before[k].T)
        after = after @ layers[k]
    return moved[::-1]


def two_cycle(a):
    """The points P = eta rho^2 of a mode's 2-cycle, the smaller first."""
    root = np.sqrt((1 + a) ** 2 - 4)
    return np.array([(1 + a - root) / 2, (1 + a + root) / 2])


def multipliers(first, second, target):
    """The multipliers of two steps (eta = 1) at W_1 = W_2 = diag, in the entries off the diagonal, by differences."""

    def twice(entries):
        w = [np.diag(first) + 0.0, np.diag(first) + 0.0]
        w[0][0, 1], w[0][1, 0], w[1][0, 1], w[1][1, 0] = entries
        for _ in range(2):
            w = layered(w, target, 1.0)
        return np.array([w[0][0, 1], w[0][1, 0], w[1][0, 1], w[1][1, 0]])

    w = layered([np.diag(first), np.diag(first)], target, 1.0)
    np.testing.assert_allclose(w[0], np.diag(second), atol=1e-12)
    h = 1e-6
    return np.linalg.eigvals(np.stack([(twice(h * e) - twice(-h * e)) / (2 * h) for e in np.eye(4)]).T)


@pytest.mark.parametrize("a", [1.05, 1.2, 1.5, 1.9])
@pytest.mark.parametrize("s", [0.05, 0.3, 0.6, 0.9, 1.3])
def test_one_oscillating_mode_is_transversally_stable_below_two(a, s):
    lower, upper = np.sqrt(two_cycle(a))
    found = multipliers([lower, np.sqrt(s)], [upper, np.sqrt(s)], np.diag([a, s]))
    away = np.delete(found, np.argmin(abs(found - 1)))
    assert min(abs(found - 1)) < 1e-6
    assert (max(abs(away)) < 1) == (a + s < 2)
    assert min(abs(away - (s**2 - (s + 1) * (a - 1)))) < 1e-6


def test_two_oscillating_modes_are_never_transversally_stable():
    generator = RANDOM(0)
    for a, b in generator.uniform(1.001, 2.2, (200, 2)):
        p, q = np.sqrt(two_cycle(a)), np.sqrt(two_cycle(b))
        for phase in (1, -1):
            y = q[::phase]
            found = multipliers([p[0], y[0]], [p[1], y[1]], np.diag([a, b]))
            k = (p[1] ** 2 * q[1] ** 2 - 2 * p[1] ** 2 + 1) * (p[1] ** 2 * q[1] ** 2 - 2 * q[1] ** 2 + 1)
            if phase == -1 or abs(k) > 1e-3:
                assert max(abs(found)) > 1 + 1e-9, (a, b, phase)


def test_a_block_without_the_gauge_is_seen():
    """With the sign of the planes exchanged, no multiplier is 1."""
    x = R(3, 2)
    size = x**2 + 1 / x**2 - 1
    twice = block(x**2, R(1, 4), x / 2, size, R(1, 4), -1) * block(1 / x**2, R(1, 4), 1 / (2 * x), size, R(1, 4), -1)
    assert (sp.eye(2) - twice).det() != 0


@pytest.mark.parametrize("depth", [2, 3, 4, 5, 7])
def test_the_two_cycle_of_a_balanced_chain_is_where_gradient_descent_settles(depth):
    sigma, z = 1.7, 1 + 0.3 / depth
    target = np.diag([sigma])
    h = float(step_size_power(depth).subs(symbol("z"), z)) ** (1 / depth)
    assert h > 2 / depth
    eta = h / sigma ** (2 - 2 / depth)
    layers = [np.array([[0.9 * sigma ** (1 / depth)]])] * depth
    for _ in range(4000):
        layers = layered(layers, target, eta)
    found = sorted([layers[0][0, 0], layered(layers, target, eta)[0][0, 0]])
    lower = (sigma * (1 + z ** (depth - 1)) / (1 + z ** (2 * depth - 1))) ** (1 / depth)
    np.testing.assert_allclose(found, [lower, z * lower], rtol=1e-9)
    assert found[0] ** depth < sigma < found[1] ** depth < 2 * sigma


@pytest.mark.parametrize("depth", [2, 3])
@pytest.mark.parametrize("side", [-1, 1])
def test_the_two_cycle_doubles_where_it_is_said_to(depth, side):
    edge = {2: 2 * (np.sqrt(5) - 1), 3: 2.489214785682}[depth]
    eta = edge / depth * (1 + side * 0.01)
    rho = 0.9
    orbit = []
    for _ in range(20000):
        rho = rho + eta * (1 - rho**depth) * rho ** (depth - 1)
        orbit.append(rho)
    assert (abs(orbit[-1] - orbit[-3]) < 1e-9) == (side < 0)
    assert abs(orbit[-1] - orbit[-5]) < 1e-9


def test_the_uv_map_is_a_network_of_any_width():
    n, d, y, eta = 5, 3, 0.7, 0.4
    generator = RANDOM(1)
    u, v, x = generator.normal(size=(n, d)), generator.normal(size=n), generator.normal(size=d)
    c = x @ x / n
    step = sp.lambdify((P, Q, A), uv_map().closed_form())

    def coordinates():
        f = v @ u @ x / np.sqrt(n)
        lam = ((u @ x) @ (u @ x) + x @ x * (v @ v)) / n
        return eta / 4 * (lam + 2 * np.sqrt(c) * f), eta / 4 * (lam - 2 * np.sqrt(c) * f)

    for _ in range(20):
        rest = (v @ u @ x / np.sqrt(n) - y) / np.sqrt(n)
        wanted = step(*coordinates(), eta * np.sqrt(c) * y)
        u, v = u - eta * rest * np.outer(v, x), v - eta * rest * (u @ x)
        np.testing.assert_allclose(coordinates(), wanted, rtol=1e-10)


def test_below_its_critical_step_size_a_start_is_bounded_and_above_it_is_outside():
    generator = RANDOM(2)
    edge = sp.lambdify((U, V, Y), critical_step())
    inside = sp.lambdify((P, Q, A), invariant_ellipse())
    for u0, v0, y in np.column_stack([generator.normal(size=(200, 2)) * 2, generator.uniform(0, 2, 200)]):
        limit = edge(u0, v0, y)
        assert limit * y <= 2 + 1e-12
        for share in (0.9, 0.999, 1.001, 1.1):
            eta = limit * share
            if eta * y >= 2:
                continue
            e = inside(eta * (u0 + v0) ** 2 / 4, eta * (u0 - v0) ** 2 / 4, eta * y)
            assert (e < 1) == (share < 1)
            u, v = u0, v0
            for _ in range(200 if share < 1 else 0):
                u, v = u - eta * (u * v - y) * v, v - eta * (u * v - y) * u
                assert (u + v) ** 2 < 4 * (2 + eta * y) / eta


def test_the_top_eigenvector_of_the_toy_turns_away_beyond_two_over_the_trace():
    generator = RANDOM(3)
    seen = set()
    for t1, t2, eta in np.column_stack([generator.uniform(-2, 2, (400, 2)), generator.uniform(0.01, 0.5, 400)]):
        theta = t1 * t2
        if not (abs(t2) > abs(t1) and 0.05 < 2 * eta * abs(theta) < 1):
            continue
        n1, n2 = t1 * (1 - 2 * eta * t2**2), t2 * (1 - 2 * eta * t1**2)
        angles = []
        for x, y in ((t1, t2), (n1, n2)):
            _, vectors = np.linalg.eigh([[2 * y**2, 4 * x * y], [4 * x * y, 2 * x**2]])
            angles.append(np.arctan(abs(vectors[1, 1] / vectors[0, 1])))
        grows = angles[1] > angles[0]
        assert grows == (eta * (t1**2 + t2**2) > 1)
        seen.add(bool(grows))
    assert seen == {True, False}


def test_diagonal_networks_follow_their_closed_form_and_mirror_step():
    generator = RANDOM(4)
    features, y, alpha, eta = generator.normal(size=(3, 6)), generator.normal(size=3), 0.3, 0.1
    u, v = np.full(6, np.sqrt(2) * alpha), np.zeros(6)
    plus, minus, total = np.full(6, alpha), np.full(6, alpha), np.zeros(6)
    for _ in range(300):
        g = features.T @ (features @ (u * v) - y) / 3
        u, v = u - eta * g * v, v - eta * g * u
        shrunk = plus * np.exp(eta * g) * abs(1 - eta * g), minus * np.exp(-eta * g) * abs(1 + eta * g)
        assert (abs(eta * g) < 1).all()
        assert (shrunk[0] <= plus).all()
        assert (shrunk[1] <= minus).all()
        (plus, minus), total = shrunk, total + g
    beta = (plus**2 * np.exp(-2 * eta * total) - minus**2 * np.exp(2 * eta * total)) / 2
    np.testing.assert_allclose(u * v, beta, atol=1e-12)
    start = (plus**2 - minus**2) / 2
    moved = (np.arcsinh(beta / (plus * minus)) - np.arcsinh(start / (plus * minus))) / 2
    np.testing.assert_allclose(moved, -eta * total, atol=1e-10)


def test_starts_leave_as_fast_as_is_said_and_none_leaves_at_two():
    f = sp.lambdify((Z, A), cubic(Z, A))
    angle = np.linspace(0, np.pi, 200_001)[1:-1]
    for a in (2.05, 2.5, 4.0):
        z = (2 - a) / 2 + (2 + a) / 2 * np.cos(angle)  # uniform in the weight 1/sqrt((2 - z)(z + a))
        inside, c = np.ones(z.size, bool), np.sqrt(3 * (a + 4) / 2) / (a + 1)
        for n in range(1, 12):
            z = np.where(inside, f(z, a), 9.0)
            inside &= (z > -a) & (z < 2)
            assert inside.mean() <= c**n + 1e-3
    assert (abs(f(2 * np.cos(angle), 2.0)) <= 2 + 1e-12).all()


def test_random_minima_are_no_flatter_than_the_balanced_one():
    generator = RANDOM(5)
    widths, target = (2, 3, 3, 2), np.diag([2.0, 1.0])
    loss = factorization_loss(widths, sp.diag(2, 1))
    hessian = sp.lambdify(loss.parameters, loss.hessian)
    least = 3 * 2 ** (2 - 2 / 3)
    for _ in range(20):
        w = [generator.normal(size=(b, a)) for a, b in itertools.pairwise(widths)]
        w[2] = target @ np.linalg.pinv(w[1] @ w[0])
        np.testing.assert_allclose(w[2] @ w[1] @ w[0], target, atol=1e-9)
        top = np.linalg.eigvalsh(np.array(hessian(*np.concatenate([m.ravel() for m in w])), float))[-1]
        assert top >= least * (1 - 1e-9)


FALSE_NEIGHBOURS = {
    "E < 1 with 2 + a/2 for 2 + a": Identity(
        "", 1 - (P / (2 + A / 2) + Q / (2 - A)).subs(dict(zip((P, Q), uv_map().closed_form(), strict=True)), simultaneous=True),
        (1 - (P / (2 + A / 2) + Q / (2 - A))) * (1 + RESIDUAL * (RESIDUAL + A)),
    ),
    "no other 2-cycle up to a = 2": Inequality(
        "", Z**4 + (A - 3) * Z**3 + 3 * (1 - A) * Z**2 + 2 * (A - 1) * Z + 2, {A: (sp.S.Zero, R(2)), Z: (-sp.S(2), sp.S(2))}, strict=True,
    ),
    "the factor is positive beyond a = 2": Inequality("", 1 - A**2 / 4, {A: (sp.S.Zero, R(201, 100))}, strict=True),
    "the cycle attracts across up to a = 2.1": Inequality("", 1 - (3 - 2 * A) ** 2, {A: (sp.S.One, R(21, 10))}, strict=True),
    "orbits escape for a > 1.9": Inequality("", 1 - 3 * (A + 4) / (2 * (A + 1) ** 2), {A: (R(19, 10), sp.oo)}, strict=True),
}  # fmt: skip


@pytest.mark.parametrize("name", FALSE_NEIGHBOURS)
def test_a_moved_constant_is_refuted(name):
    assert settle_lemma(FALSE_NEIGHBOURS[name]).holds is False


def test_the_brackets_are_tight():
    """The next value on the other side has a 3-cycle; the zero of the flip's polynomial lies between its bounds."""
    a = R(1450440965, 10**9)
    assert settle_lemma(Inequality("", period_three(a), {Z: (-a, sp.S(2))}, strict=True)).holds is False
    for part in find("ghosh2025.flip").parts:
        for lemma in part.lemmas:
            if "for 1 < z <" in lemma.name:
                ((z, (low, high)),) = lemma.domain.items()
                assert settle_lemma(replace(lemma, domain={z: (low, high + R(1, 10**12))})).holds is False
            if ": m < -1 for z >" in lemma.name:
                ((z, (low, high)),) = lemma.domain.items()
                assert settle_lemma(replace(lemma, domain={z: (low - R(1, 10**12), high)})).holds is False


@pytest.mark.parametrize(
    "name", ["kalra2023.ellipse", "chen2024.escape", "ghosh2025.two-cycle", "wang2024.toy-rotation"]
)
def test_a_proof_stands_on_each_of_its_lemmas(name):
    for part in find(name).parts:
        assert settle(part).standing is Standing.PROVED
        assert settle(replace(part, lemmas=())).standing is Standing.UNDECIDED


def in_z_and_level(z, g, a):
    """The map of the UV model in z and G = (4 - a^2)(E - 1)."""
    return z * (z * z - 3 - g), g * (1 + a * z + z * z)


def preimages(z, g, a):
    """The points that go to (z, G): real roots of (z'^3 - 3 z' - z)(1 + a z' + z'^2) = G z'."""
    roots = np.roots(np.polysub(np.polymul([1, 0, -3, -z], [1, a, 1]), [g, 0]))
    real = np.sort(roots[abs(roots.imag) < 1e-9].real)
    return real, g / (1 + a * real + real**2)


def test_outside_the_ellipse_a_point_has_three_preimages_and_the_density_shrinks():
    generator = RANDOM(3)
    step = sp.lambdify((P, Q, A), uv_map().closed_form())
    coordinates = sp.lambdify((P, Q, A), (RESIDUAL, level()))
    for a, p, q in generator.uniform((-1.95, 0, 0), (1.95, 8, 8), (400, 3)):
        z, g = coordinates(p, q, a)
        if g <= 1e-3:
            continue
        np.testing.assert_allclose(in_z_and_level(z, g, a), coordinates(*step(p, q, a), a), rtol=1e-9, atol=1e-9)
        before, levels = preimages(z, g, a)
        assert len(before) == 3
        assert before[0] < -1 < before[1] < 1 < before[2]
        assert (levels + (2 + a) * (2 + before) > 0).all()
        assert (levels + (2 - a) * (2 - before) > 0).all()
        m = 1 + a * before + before**2
        assert (m**2 / (3 * m**2 + g)).sum() < 1


@pytest.mark.parametrize("a", [-1.9, 0.0, 1.0, 1.9])
def test_beside_the_ellipse_the_mean_growth_over_preimages_is_positive(a):
    r = (-a + np.sqrt(complex(a * a - 4))) / 2
    outer = max(abs(np.roots([1, -r, 1])))
    for y in np.linspace(-1.999, 1.999, 21):
        total, points = 0.0, np.array([y])
        for n in range(1, 7):
            points = np.concatenate([preimages(x, 0.0, a)[0] for x in points])
            total += np.log(1 + a * points + points**2).mean()
            assert len(points) == 3**n
        assert total > 0
        assert np.log(1 + a * points + points**2).mean() == pytest.approx(2 * np.log(outer), abs=0.05)


def test_from_the_region_of_escape_orbits_diverge_and_from_elsewhere_they_need_not():
    generator = RANDOM(4)
    there = sp.lambdify((P, Q, A), (RESIDUAL, level(), escape()))
    step = sp.lambdify((P, Q, A), uv_map().closed_form())
    entered = 0
    for a, p, q in generator.uniform((-1.99, 0, 0), (1.99, 30, 30), (2000, 3)):
        z, g, inside = there(p, q, a)
        if g <= 0 or inside < 0:
            continue
        entered += 1
        after, level_after, still = there(*step(p, q, a), a)
        assert abs(after) >= 6 * abs(z)
        assert still > 0
        assert level_after > 0
    assert entered > 500
    assert steps_to_escape(Fraction(3), Fraction(2), Fraction(1), 100) is None  # fixed, and outside
    assert steps_to_escape(Fraction(1, 2), Fraction(1, 4), Fraction(1), 100) is None  # inside


@pytest.mark.parametrize("off", [R(1, 1000), -R(1, 1000)])
def test_a_neighbour_of_the_level_grows_by_another_factor(off):
    part = next(p for p in find("kalra2023.escape").parts if p.name == "the map in z and G")
    wrong = [replace(i, right=i.right + off) for i in part.lemmas if isinstance(i, Identity)]
    assert all(settle_lemma(i).holds is False for i in wrong)
