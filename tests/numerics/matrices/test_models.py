"""The matrix models against slow definitions in high precision, finite differences, and each other on two libraries."""

from __future__ import annotations

import importlib.util

import mpmath
import numpy as np
import pytest

from edgestab.errors import InputError
from edgestab.numerics.matrices.backend import NUMPY, Backend, backend_named
from edgestab.numerics.matrices.diagonal import DiagonalNetwork, diagonal_network
from edgestab.numerics.matrices.factorization import Factorization, factorization, two_layer
from edgestab.numerics.matrices.model import step

RANDOM = np.random.default_rng(7)
SHAPES = {
    "square": factorization(RANDOM.standard_normal((3, 3)), depth=3),
    "two layers": factorization(RANDOM.standard_normal((2, 4)), widths=[3]),
    "bottleneck": factorization(RANDOM.standard_normal((3, 4)), depth=4, widths=[5, 1, 2]),
    "data": Factorization(RANDOM.standard_normal((2, 5)), (3, 2, 4, 2), RANDOM.standard_normal((3, 5)), 0.7),
    "UV": two_layer([1.0, -2.0, 0.5], 0.8, 6),
    "diagonal": diagonal_network(RANDOM.standard_normal((3, 4)), RANDOM.standard_normal(3)),
}
BACKENDS = ["numpy", *(["torch"] if importlib.util.find_spec("torch") else [])]


def exactly(model: Factorization | DiagonalNetwork, w: list[mpmath.mpf]) -> mpmath.mpf:
    """The loss by its definition, in the precision at hand."""
    if isinstance(model, DiagonalNetwork):
        n, d = model.data.shape
        beta = [w[k] * w[d + k] for k in range(d)]
        rest = [sum(model.data[i, k] * beta[k] for k in range(d)) - model.labels[i] for i in range(n)]
        return sum(r**2 for r in rest) / (2 * n)
    product = mpmath.eye(model.widths[0]) if model.data is None else mpmath.matrix(model.data.tolist())
    at = 0
    for rows, columns in model.shapes:
        product = mpmath.matrix([[w[at + i * columns + j] for j in range(columns)] for i in range(rows)]) * product
        at += rows * columns
    error = mpmath.mpf(model.scale) * product - mpmath.matrix(model.target.tolist())
    return sum(x**2 for x in error) / 2


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("library", BACKENDS)
def test_derivatives_agree_with_differences_in_sixty_digits(name: str, library: str) -> None:
    model = SHAPES[name].on(backend_named(library))
    xp = model.backend
    w, v = RANDOM.standard_normal((2, 2, model.size))
    point = model.at(xp.array(w))
    loss, gradient = model.loss_and_gradient(xp.array(w))
    assert (xp.numpy(point.loss) == xp.numpy(loss)).all()
    assert (xp.numpy(point.gradient) == xp.numpy(gradient)).all()
    product = xp.numpy(point.product(xp.array(v)))
    with mpmath.workdps(60):
        h, row = mpmath.mpf(10) ** -18, 1
        here, along = [mpmath.mpf(x) for x in w[row]], [mpmath.mpf(x) for x in v[row]]

        def along_line(t: mpmath.mpf) -> mpmath.mpf:
            return exactly(model, [a + t * b for a, b in zip(here, along, strict=True)])

        back, middle, front = along_line(-h), along_line(mpmath.mpf(0)), along_line(h)
        np.testing.assert_allclose(xp.numpy(loss)[row], float(middle), rtol=1e-13)
        slope, curve = float((front - back) / (2 * h)), float((front - 2 * middle + back) / h**2)
    scale = np.linalg.norm(xp.numpy(gradient)[row]) * np.linalg.norm(v[row])
    assert abs(xp.numpy(gradient)[row] @ v[row] - slope) < 1e-13 * scale
    assert abs(v[row] @ product[row] - curve) < 1e-12 * np.linalg.norm(v[row]) * np.linalg.norm(product[row])


@pytest.mark.parametrize("name", SHAPES)
def test_products_make_a_symmetric_matrix_that_differentiates_the_gradient(name: str) -> None:
    model = SHAPES[name]
    w = RANDOM.standard_normal((1, model.size))
    dense = np.array([model.at(w).product(e[None])[0] for e in np.eye(model.size)])
    np.testing.assert_allclose(dense, dense.T, atol=1e-12 * abs(dense).max())
    h = 1e-6
    columns = [(model.loss_and_gradient(w + h * e)[1] - model.loss_and_gradient(w - h * e)[1])[0] / (2 * h)
               for e in np.eye(model.size)]  # fmt: skip
    np.testing.assert_allclose(dense, np.array(columns), atol=1e-7 * (1 + abs(dense).max()))


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("library", BACKENDS)
def test_a_row_is_the_same_bit_by_bit_in_every_batch(name: str, library: str) -> None:
    model = SHAPES[name].on(backend_named(library))
    xp = model.backend
    w, v = RANDOM.standard_normal((2, 37, model.size))
    eta = RANDOM.uniform(0.01, 0.1, (37, 1))

    def everything(rows: slice) -> np.ndarray:
        point = model.at(xp.array(w[rows]))
        parts = [point.loss[:, None], point.gradient, point.product(xp.array(v[rows]))]
        return np.concatenate([xp.numpy(x) for x in (*parts, step(model, xp.array(w[rows]), xp.array(eta[rows])))], 1)

    whole = everything(slice(None))
    for rows in (slice(0, 1), slice(5, 12), slice(36, 37), slice(1, None, 3)):
        assert (everything(rows) == whole[rows]).all()


@pytest.mark.parametrize("name", SHAPES)
def test_torch_gives_what_numpy_gives(name: str) -> None:
    pytest.importorskip("torch")
    model, other = SHAPES[name], SHAPES[name].on(backend_named("torch"))
    w, v = RANDOM.standard_normal((2, 3, model.size))
    a, b = model.at(w), other.at(other.backend.array(w))
    for x, y in (
        (a.loss, b.loss), (a.gradient, b.gradient), (a.product(v), b.product(other.backend.array(v))),
    ):  # fmt: skip
        np.testing.assert_allclose(x, other.backend.numpy(y), rtol=1e-12, atol=1e-12)


def test_what_is_measured_of_a_factorization() -> None:
    model = SHAPES["square"]
    w = RANDOM.standard_normal((2, model.size))
    for k in range(2):
        w1, w2, w3 = (x[k] for x in model.layers(w))
        np.testing.assert_allclose(model.end_to_end(w)[k], w3 @ w2 @ w1, rtol=1e-13)
        np.testing.assert_allclose(model.singular_values(w)[k], np.linalg.svd(w3 @ w2 @ w1)[1], rtol=1e-12)
        gap = max(np.linalg.norm(b.T @ b - a @ a.T) for a, b in ((w1, w2), (w2, w3)))
        np.testing.assert_allclose(model.balancing_gap(w)[k], gap, rtol=1e-13)
        u, _, v = model.svd
        np.testing.assert_allclose(model.modes(w)[k], np.diag(u.T @ w3 @ w2 @ w1 @ v), rtol=1e-12)


def test_a_diagonal_target_has_exact_singular_vectors() -> None:
    for target in (np.diag([1.0, -4.0, 0.0]), np.array([[-1.0, 0, 0, 0], [0, 2.0, 0, 0]]), np.diag([3.0, 0.0])[:, :1]):
        u, s, v = factorization(target).svd
        assert (abs(u).sum(0) == 1).all()
        assert (abs(v).sum(0) == 1).all()
        assert (np.diff(s) <= 0).all()
        assert (u[:, : len(s)] * s @ v[:, : len(s)].T == target).all()


def test_floors_are_least_losses() -> None:
    m = RANDOM.standard_normal((4, 3))
    s = np.linalg.svd(m)[1]
    assert factorization(m, widths=[1]).floor == pytest.approx(np.sum(s[1:] ** 2) / 2, rel=1e-12)
    assert factorization(m).floor == 0
    x = RANDOM.standard_normal((3, 9))
    y = RANDOM.standard_normal((2, 9))
    with_data = Factorization(y, (3, 3, 2), x)
    best = y @ np.linalg.pinv(x)
    assert with_data.floor == pytest.approx(np.sum((best @ x - y) ** 2) / 2, rel=1e-12)
    # Reduced rank: descent from many starts comes no lower, and one comes there.
    narrow = Factorization(y, (3, 1, 2), x)
    w = RANDOM.standard_normal((20, narrow.size))
    for _ in range(4000):
        w = step(narrow, w, np.full((20, 1), 0.01))
    losses = narrow.loss_and_gradient(w)[0]
    assert losses.min() == pytest.approx(narrow.floor, rel=1e-9)
    data, labels = RANDOM.standard_normal((5, 3)), RANDOM.standard_normal(5)
    rest = labels - data @ np.linalg.lstsq(data, labels)[0]
    assert diagonal_network(data, labels).floor == pytest.approx(np.mean(rest**2) / 2)


def test_the_uv_model_follows_its_two_recursions() -> None:
    # f' = f (1 - eta lambda + eta^2 c r f) - ..., in the form of Kalra et al.: r' = r (1 - eta lambda + eta^2 c r f).
    x, y, n, eta = np.array([0.6, -1.1]), 0.9, 8, 0.15
    model = two_layer(x, y, n)
    c = x @ x / n
    w = RANDOM.standard_normal((1, model.size))
    for _ in range(30):
        u, v = model.layers(w)
        u, v = u[0], v[0, 0]
        f, lam = float(v @ u @ x) / n**0.5, (np.sum((u @ x) ** 2) + x @ x * np.sum(v**2)) / n
        r = f - y
        w = step(model, w, np.array([[eta]]))
        u, v = model.layers(w)
        after, lam_after = (
            float(v[0, 0] @ u[0] @ x) / n**0.5,
            (np.sum((u[0] @ x) ** 2) + x @ x * np.sum(v[0, 0] ** 2)) / n,
        )
        assert after - y == pytest.approx(r * (1 - eta * lam + eta**2 * c * r * f), abs=1e-12)
        assert lam_after == pytest.approx(lam + eta * c * r * (eta * r * lam - 4 * f), abs=1e-12)


def test_a_diagonal_network_follows_its_exact_products() -> None:
    # (u +- v)' = (u +- v)(1 -+ eta g), g the gradient in beta (Even et al. 2023): beta = prod - prod, exactly.
    x, y, eta, alpha = RANDOM.standard_normal((6, 10)), RANDOM.standard_normal(6), 0.2, 0.7
    model = diagonal_network(x, y)
    w = np.concatenate([np.full(10, 2**0.5 * alpha), np.zeros(10)])[None]
    plus = minus = np.ones(10)
    for _ in range(60):
        beta = model.product(w)[0]
        np.testing.assert_allclose(beta, alpha**2 / 2 * (plus**2 - minus**2), atol=1e-12)
        g = x.T @ (x @ beta - y) / 6
        plus, minus = plus * (1 - eta * g), minus * (1 + eta * g)
        w = step(model, w, np.array([[eta]]))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: factorization([[np.nan, 0], [0, 1]]), "the target must be finite"),
        (lambda: factorization([[np.inf, 0], [0, 1]]), "the target must be finite"),
        (lambda: factorization(np.zeros((2, 2))), "the target is zero"),
        (lambda: factorization([1.0, 2.0]), "must be a matrix"),
        (lambda: factorization(np.eye(2), depth=1), "L of at least 2"),
        (lambda: factorization(np.eye(2), depth=3, widths=[2]), "L - 1 hidden widths"),
        (lambda: factorization(np.eye(2), widths=[0]), "each at least 1"),
        (lambda: factorization("text"), "must be real numbers"),
        (lambda: Factorization(np.eye(2), (2, 2, 3)), "shapes do not fit"),
        (lambda: Factorization(np.eye(2), (2, 2, 2), np.eye(3)), "shapes do not fit"),
        (lambda: Factorization(np.eye(2), (2, 2, 2), scale=0.0), "the scale must be positive"),
        (lambda: two_layer([0.0, 0.0], 1.0, 3), "not zero"),
        (lambda: two_layer([1.0], 1.0, 0), "at least 1"),
        (lambda: two_layer([1.0], 0.0, 2), "the target is zero"),
        (lambda: diagonal_network(np.eye(2), [1.0]), "shape"),
        (lambda: diagonal_network(np.eye(2), [1.0, np.nan]), "finite"),
        (lambda: backend_named("jax"), "unknown backend"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(make, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_a_missing_library_or_device_is_named(monkeypatch) -> None:
    if importlib.util.find_spec("torch"):
        with pytest.raises(InputError, match="cannot use the device 'nowhere'"):
            backend_named("torch:nowhere")
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "torch" else find(name))
    with pytest.raises(InputError, match=r'pip install "edgestab\[nn\]"'):
        backend_named("torch")


def test_numpy_is_a_backend() -> None:
    backend: Backend = NUMPY
    assert backend.singular_values(np.diag([1.0, 3.0])[None]).tolist() == [[3.0, 1.0]]
