"""Built-in models: names and refusals, sharpness against the Hessian, minima, and what gradient flow conserves."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import sympy as sp

from edgestab.numerics.orbits.sharpness import sharpness
from edgestab.theory.domain import Guard
from edgestab.theory.loss import Loss
from edgestab.theory.models.catalogue import MODELS, model
from edgestab.theory.models.chain import balanced, chain, untied
from edgestab.theory.models.of_loss import model_of_loss, model_of_step
from edgestab.theory.models.product import NotAProduct, P, product, stable_points, structure_of
from edgestab.theory.optimizers.gradient_descent import gradient_descent
from edgestab.theory.optimizers.momentum import heavy_ball
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import symbol, symbols
from tests.models_under_test import NAMES, cached, eta

x, y = symbols("x y")
R = sp.Rational

CHAINS = {"chain:1,1": (1, 1), "chain:1,2": (1, 2), "chain:2,2": (2, 2), "chain:1,3": (1, 3), "chain:1,1,1": (1, 1, 1)}
UNTIED = [
    n
    for n in NAMES
    if n.startswith(("quartic", "degree-2", "product", "vector", "spring")) or n in ("chain:1,1", "chain:1,1,1")
]
"""Models whose sharpness at a minimum is a formula, and whose step is gradient descent on their loss."""


def minima_of(m, count=20):
    """Random minima of a model in its own coordinates, shape (n, count)."""
    generator = np.random.default_rng(7)
    n = len(m.own.step.state)
    if m.name.startswith("vector"):
        d = n // 2
        a = generator.normal(size=(d, count))
        return np.vstack([a, a / (a**2).sum(axis=0)])  # |x||y| = 1, parallel
    if m.name.startswith("chain"):
        multiplicities = CHAINS[m.name]
        w = generator.uniform(0.6, 1.8, (n, count))
        rest = np.prod([w[i] ** multiplicities[i] for i in range(1, n)], axis=0)
        w[0] = (1 / rest) ** (1 / multiplicities[0])
        return w
    if m.name == "spring:1,1,2,1/2":
        return np.repeat([[0.0], [2.0]], count, axis=1)
    if m.name == "factorization:2,2,2":
        a = generator.normal(size=(count, 2, 2)) + 2 * np.eye(2)
        b = np.diag([2.0, 1.0]) @ np.linalg.inv(a)
        return np.hstack([a.reshape(count, 4), b.reshape(count, 4)]).T
    first = generator.uniform(0.4, 3, count)
    d0 = 0.0 if m.name.startswith("product") else 1.0
    return np.array([first, d0 / first])


def value(expression, state, points):
    return np.broadcast_to(sp.lambdify(state, expression, "numpy")(*points), points.shape[1])


@pytest.mark.parametrize("name", NAMES)
def test_a_model_is_found_by_its_own_name(name):
    m = cached(name)
    assert m.name == name
    assert model(name) == m
    assert m.title
    assert m.own.chart is None
    assert all(c.chart is not None for c in m.coordinates[1:])
    assert m.best is m.coordinates[-1]
    assert m.minima


def test_every_kind_of_model_is_tested():
    assert {n.partition(":")[0] for n in NAMES} == set(MODELS)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("quartics", r"unknown model 'quartics'; did you mean quartic\?$"),
        ("", "unknown model"),
        (None, "unknown model 'None'"),
        (2, "unknown model '2'"),
        ("quartic:2", "takes nothing after its name"),
        ("degree-2:", "takes nothing after its name"),
        ("octic-map-of-ours", "the models are quartic, degree-2"),
        ("chain", "needs a colon and what comes after it, such as chain:1,1,1"),
        ("chain:", "numbers from 1 to 32"),
        ("chain:1,", "numbers from 1 to 32"),
        ("chain:0,1", "numbers from 1 to 32"),
        ("chain:1,33", "numbers from 1 to 32"),
        ("chain:1.5,2", "numbers from 1 to 32"),
        ("chain:1", "at least two layers"),
        ("balanced:1", "depth 2 or more"),
        ("balanced:x", "numbers from 1 to 32"),
        ("vector:17", "dimensions 1 to 16"),
        ("vector:0", "numbers from 1 to 32"),
        ("factorization:2,2", "needs two layers"),
        ("factorization:2,1,2", "narrower than input and output"),
        ("factorization:6,6,6", "at most 64 entries, got 72"),
        ("product:p", "no polynomial of degree two"),
        ("product:-p**2", "no rational non-degenerate minimum"),
        ("product:p**4", "no rational non-degenerate minimum"),
        ("product:(p**2-2)**2", "no rational non-degenerate minimum"),
        ("product:sin(p)", "no polynomial"),
        ("product:q**2", "q"),
        ("product:__import__('os')", None),
    ],
)
def test_bad_names_are_refused(name, message):
    with pytest.raises(ValueError, match=message):
        model(name)


@pytest.mark.parametrize("name", ["balanced:3,9", "vector:2,5"])
def test_superfluous_sizes_are_refused(name):
    with pytest.raises(ValueError):  # noqa: PT011
        model(name)


@pytest.mark.parametrize("name", UNTIED)
def test_sharpness_at_minima_is_the_largest_hessian_eigenvalue(name):
    m = cached(name)
    points = minima_of(m)
    found = value(m.own.sharpness, m.own.step.state, points)
    np.testing.assert_allclose(found, sharpness(m.loss, points), rtol=1e-11)
    assert np.abs(value(m.own.residual, m.own.step.state, points)).max() < 1e-12
    slopes = [value(g, m.loss.parameters, points) for g in m.loss.gradient]
    assert np.abs(slopes).max() < 1e-12


@pytest.mark.parametrize("name", CHAINS)
def test_sharpness_of_tied_chains_is_that_of_the_untied_network(name):
    m, multiplicities = cached(name), CHAINS[name]
    points = minima_of(m)
    layers = np.repeat(points, multiplicities, axis=0)
    u = tuple(symbol(f"u{k + 1}") for k in range(len(layers)))
    network = Loss(u, (1 - sp.Mul(*u)) ** 2 / 2)
    np.testing.assert_allclose(value(m.own.sharpness, m.own.step.state, points), sharpness(network, layers), rtol=1e-11)


@pytest.mark.parametrize("name", CHAINS)
def test_tied_layers_move_as_in_the_untied_network(name):
    m, multiplicities = cached(name), CHAINS[name]
    network = gradient_descent(untied(multiplicities))
    owner = [w for w, k in zip(m.own.step.state, multiplicities, strict=True) for _ in range(k)]
    tie = dict(zip(network.state, owner, strict=True))
    moved = [e.xreplace(tie) for e in network.closed_form()]
    own = dict(zip(m.own.step.state, m.own.step.closed_form(), strict=True))
    assert all(sp.expand(a - own[w]) == 0 for a, w in zip(moved, owner, strict=True))


@pytest.mark.parametrize("depth", [2, 3, 4, 5])
def test_the_balanced_chain_is_the_diagonal_of_the_untied_network(depth):
    m = cached(f"balanced:{depth}")
    (rho,) = m.own.step.state
    network = gradient_descent(untied((depth,)))
    assert (
        sp.expand(network.closed_form()[0].xreplace(dict.fromkeys(network.state, rho)) - m.own.step.closed_form()[0])
        == 0
    )
    assert m.own.sharpness == depth


@pytest.mark.parametrize("target", [R(1), R(9, 4)])
@pytest.mark.parametrize("depth", [2, 3, 4])
def test_targets_of_chains(depth, target):
    """Minima, sharpness and step for another target than one."""
    u = tuple(symbol(f"u{k + 1}") for k in range(depth))
    network = Loss(u, (target - sp.Mul(*u)) ** 2 / 2)
    level = float(target) ** (1 / depth)
    point = np.full((depth, 1), level)
    steep = float(balanced(depth, target).own.sharpness)
    assert steep == pytest.approx(sharpness(network, point)[0])
    tied = chain((1, depth - 1), target)
    at = {tied.own.step.state[0]: R(3, 2), tied.own.step.state[1]: (target / R(3, 2)) ** R(1, depth - 1)}
    point = np.array([[float(v)] for v in (R(3, 2), *[at[tied.own.step.state[1]]] * (depth - 1))])
    assert float(tied.own.sharpness.subs(at)) == pytest.approx(sharpness(network, point)[0])


@pytest.mark.parametrize("name", [n for n in NAMES if cached(n).loss is not None and not n.startswith("chain")])
def test_the_step_of_a_network_is_gradient_descent_on_its_loss(name):
    m = cached(name)
    for a, b in zip(m.own.step.closed_form(), gradient_descent(m.loss).closed_form(), strict=True):
        assert sp.expand(a - b) == 0


@pytest.mark.parametrize("name", [n for n in NAMES if cached(n).invariants])
def test_invariants_are_conserved_by_gradient_flow(name):
    """grad(invariant) . flow = 0 exactly, the flow being the derivative of the step in eta."""
    m = cached(name)
    state = m.own.step.state
    flow = [sp.diff(u, eta) for u in m.own.step.closed_form()]
    for invariant in m.invariants:
        assert invariant.free_symbols
        assert sp.expand(sum((sp.diff(invariant, s) * f for s, f in zip(state, flow, strict=True)), sp.S(0))) == 0
    changed = m.invariants[0] + state[0] ** 2
    assert sp.expand(sum((sp.diff(changed, s) * f for s, f in zip(state, flow, strict=True)), sp.S(0))) != 0


@pytest.mark.parametrize("name", NAMES)
def test_the_residual_vanishes_exactly_where_a_limit_set_does(name):
    m = cached(name)
    points = np.random.default_rng(1).uniform(0.3, 1.9, (len(m.own.step.state), 50))
    at = {p: R(3, 10) for p in m.own.step.parameters}
    rest = value(m.own.residual.subs(at), m.own.step.state, points)
    assert (rest > 0).all()
    if name not in ("frozen-cubic", "cubic-map", "uv-model") and not name.startswith("balanced"):
        on = minima_of(m)
        assert np.abs(value(m.own.residual, m.own.step.state, on)).max() < 1e-12
        least = np.min([np.abs(value(s.residual, m.own.step.state, on)) for s in m.minima], axis=0)
        assert least.max() < 1e-12


@pytest.mark.parametrize("name", ["quartic", "degree-2", "product:p**2/2-p**4/12"])
def test_the_sharpness_gradient_flow_reaches(name):
    """gfs_sharpness is conserved by the flow, and is the sharpness on the minima."""
    m = cached(name)
    gfs = m.own.gfs_sharpness.replace(lambda e: isinstance(e, Guard), lambda _: sp.S.Zero)
    flow = [sp.diff(u, eta) for u in m.own.step.closed_form()]
    rate = sum((sp.diff(gfs, s) * f for s, f in zip((x, y), flow, strict=True)), sp.S(0))
    points = np.random.default_rng(1).uniform(0.3, 1.9, (2, 50))
    assert np.abs(value(rate, (x, y), points)).max() < 1e-12
    on = minima_of(m)
    np.testing.assert_allclose(value(gfs, (x, y), on), value(m.own.sharpness, (x, y), on), rtol=1e-12)


def test_gram_scalars_do_not_depend_on_the_pair():
    """The Gram step of the vector model is the step of |x|^2, x.y, |y|^2 in any dimension, exactly."""
    for dimension in (1, 2, 3):
        m = cached(f"vector:{dimension}")
        gram = m.coordinates[1]
        after = dict(zip(m.own.step.state, m.own.step.closed_form(), strict=True))
        values = {s: R(i + 2, 7 - i) for i, s in enumerate(m.own.step.state)} | {eta: R(1, 9)}
        wanted = [f.subs(after, simultaneous=True).subs(values) for f in gram.chart.forward]
        start = dict(zip(gram.step.state, (f.subs(values) for f in gram.chart.forward), strict=True))
        assert [u.subs({**start, eta: R(1, 9)}) for u in gram.step.closed_form()] == wanted


@pytest.mark.parametrize("widths", [(2, 3, 2), (1, 1, 1), (2, 2, 2, 2)])
def test_balanced_minima_of_a_factorization_have_the_spectrum_of_their_singular_values(widths):
    """The eigenvalues sum_k s_i^(2(L-1-k)) s_j^(2k) of the Hessian, s_i^L the singular values of M, and zeros."""
    depth, rank = len(widths) - 1, min(widths[0], widths[-1])
    s = [float(rank - i) ** (1 / depth) for i in range(rank)] + [0.0] * (max(widths) - rank)
    m = model("factorization:" + ",".join(map(str, widths)))
    point = [s[i] if i == j else 0.0 for a, b in itertools.pairwise(widths) for i in range(b) for j in range(a)]
    assert max(abs(value(m.own.residual, m.own.step.state, np.array(point)[:, None]))) < 1e-12
    hessian = np.array(sp.lambdify(m.loss.parameters, m.loss.hessian, "numpy")(*point), dtype=float)
    wanted = [
        sum(s[i] ** (2 * (depth - 1 - k)) * s[j] ** (2 * k) for k in range(depth))
        for i in range(widths[-1])
        for j in range(widths[0])
    ]
    found = np.sort(np.linalg.eigvalsh(hessian))
    np.testing.assert_allclose(found, np.sort([*wanted, *[0.0] * (len(found) - len(wanted))]), atol=1e-12)


def test_the_factorization_divides_its_step_by_the_residuals():
    m = cached("factorization:2,2,2")
    (minima,) = m.minima
    for row, new, old in zip(minima.velocity, m.own.step.closed_form(), m.own.step.state, strict=True):
        moved = sum((v * r for v, r in zip(row, minima.system, strict=True)), sp.S(0))
        assert sp.expand(moved - (new - old)) == 0


def test_the_uv_model_is_two_scalars_and_the_cubic_map_its_balanced_line():
    """Step and multiplier, through the definitions of p, q, a and z; the loss's own sharpness at zero loss."""
    u, v, target = R(7, 5), R(3, 4), R(6, 5)
    step = R(1, 3)
    residual = u * v - target
    after = (u - step * residual * v, v - step * residual * u)
    uv = cached("uv-model").own
    values = {symbol("p"): step * (u + v) ** 2 / 4, symbol("q"): step * (u - v) ** 2 / 4, symbol("a"): step * target}
    moved = [e.subs(values) for e in uv.step.closed_form()]
    assert moved == [step * (after[0] + after[1]) ** 2 / 4, step * (after[0] - after[1]) ** 2 / 4]
    assert uv.sharpness.subs(values) * values[symbol("a")] == step * (u**2 + v**2)
    z, p = symbols("z p")
    (cubic,) = cached("cubic-map").own.step.closed_form()
    balanced_line = (uv.step.closed_form()[0] - symbol("a")).subs({symbol("q"): 0, p: z + symbol("a")})
    assert sp.expand(balanced_line - cubic) == 0
    assert sp.diff(cubic, z).subs(z, 0) == 1 - 2 * symbol("a")


def test_stable_points_are_the_non_degenerate_minima():
    assert stable_points((1 - P**2) ** 2 / 4) == [-1, 1]
    assert stable_points(P**2 / 2 - P**4 / 12) == [0]
    assert stable_points(P**4) == []
    assert stable_points((P**2 - 2) ** 2) == [-sp.sqrt(2), sp.sqrt(2)]
    with pytest.raises(NotAProduct):
        stable_points(sp.sin(P))


def test_a_product_is_centred_on_the_minimum_asked_for():
    double = (1 - P**2) ** 2 / 4
    b = symbol("b")
    for minimum in (1, -1):
        m = product(double, "two wells", "", "", sp.S(minimum))
        assert dict(zip(m.best.chart.target, m.best.chart.forward, strict=True))[b] == x * y - minimum


def test_structure_of_recognises_losses_of_a_product():
    u, v = symbols("u v")
    p = symbol("p")
    assert sp.expand(structure_of(Loss((u, v), (1 - u * v) ** 4)) - (1 - p) ** 4) == 0
    assert structure_of(Loss((u, v), (1 - u * v**2) ** 2)) is None
    assert structure_of(Loss((u,), u**2)) is None
    assert structure_of(Loss.parse("(a - u*v)**2", "u v", "a")) is None
    assert structure_of(Loss.parse("exp(u*v)", "u v")) is None


def test_models_of_losses_and_steps():
    plain = model_of_loss(Loss.parse("x**2*y**2/2 + x**4/4 + y**2", "x y"))
    assert len(plain.coordinates) == 1
    assert plain.own.step == gradient_descent(plain.loss)
    rule = heavy_ball(Loss.parse("(1 - x*y)**2/2", "x y"))
    momentum = model_of_loss(Loss.parse("(1 - x*y)**2/2", "x y"), rule)
    assert len(momentum.coordinates) == 1
    assert momentum.own.step is rule
    known = model_of_loss(Loss.parse("(1 - x**2*y**2)**2/4", "x y"))
    assert [s.name for s in known.minima] == ["xy = -1", "xy = 1"]
    t, r = symbols("t r")
    bare = model_of_step(StepMap("logistic", (t,), (r * t * (1 - t),), (r,)), t - 1 + 1 / r)
    assert bare.loss is None
    assert bare.own.residual == sp.Abs(t - 1 + 1 / r)
