"""The arithmetic of a page's worker: exact numbers, and small matrices."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np

from edgestab.numerics.maps.pictures.slices import Axis
from edgestab.numerics.programs.double_double import split
from edgestab.theory.symbols import symbol
from tests.numerics.browser.javascript import needs_node, numbers, run

pytestmark = needs_node


def fractions(count: int) -> list[Fraction]:
    draw = random.Random(3)
    found = [
        Fraction(0),
        Fraction(1, 3),
        Fraction(2**53 + 1),
        Fraction(2**54 + 2),
        Fraction(1, 2**1074),
        Fraction(1, 2**1075),
    ]
    found += [Fraction(3, 2**1075), Fraction(2**1024 - 2**970 - 1), Fraction(-(2**53) - 3, 2**1076)]
    for _ in range(count):
        p, q = draw.getrandbits(draw.randint(1, 200)) + 1, draw.getrandbits(draw.randint(1, 200)) + 1
        found.append(Fraction(draw.choice((-1, 1)) * p, q) * Fraction(2) ** draw.randint(-1100, 700))
    return [f for f in found if abs(f) < 2**1023]


def test_the_nearest_double() -> None:
    given = fractions(400)
    script = "return data.map(([p, q]) => nearest(BigInt(p), BigInt(q)));"
    found = numbers(run(script, [[str(f.numerator), str(f.denominator)] for f in given]))
    assert found == [f.numerator / f.denominator for f in given]


def test_a_number_as_two_doubles() -> None:
    given = [f for f in fractions(200) if 2**-900 < abs(f) < 2**900]
    script = "return data.map(([p, q]) => split({ p: BigInt(p), q: BigInt(q) }));"
    found = run(script, [[str(f.numerator), str(f.denominator)] for f in given])
    high, low = split(given)
    assert [numbers(pair) for pair in found] == [list(pair) for pair in zip(high, low, strict=True)]


def test_decimals_are_exact() -> None:
    texts = ["0.1", "-1.25e-3", "3", ".5", "1e22", "2/7", "-0", "+4.", "123456789.123456789"]
    found = run("return data.map((t) => { const { p, q } = exactly(t); return [String(p), String(q)]; });", texts)
    assert [Fraction(int(p), int(q)) for p, q in found] == [Fraction(t) for t in texts]


def test_the_centres_of_pixels() -> None:
    axis = Axis(symbol("x"), Fraction("0.01"), Fraction("4.003"), 997)
    about = {"name": "x", "low": "0.01", "high": "4.003", "count": 997}
    found = run("const axis = new Axis(data); return Array.from({ length: 997 }, (_, i) => axis.centre(i));", about)
    np.testing.assert_array_equal(found, axis.centres)


def test_eigenvalues() -> None:
    rng = np.random.default_rng(5)
    given = [rng.normal(size=(n, n)) for n in (1, 2, 3, 4, 5, 8, 12) for _ in range(6)]
    given += [np.diag(np.ones(4), 1), np.roll(np.eye(5), 1, axis=0), np.kron(np.eye(2), [[0.0, 1.0], [-1.0, 0.0]])]
    script = "return data.map(([n, m]) => (n === 1 ? [[m[0], 0]] : eigenvalues(m, n)));"
    found = run(script, [[len(m), m.ravel().tolist()] for m in given])
    for matrix, pairs in zip(given, found, strict=True):
        values = np.array([complex(float(re), float(im)) for re, im in pairs])
        rest = list(np.linalg.eigvals(matrix))
        # The eigenvalue of a Jordan block of size 4 is known to the fourth root of the rounding.
        tolerance = 1e-3 if np.allclose(matrix, np.diag(np.ones(4), 1) if len(matrix) == 5 else matrix + 1) else 1e-9
        for value in values:
            near = int(np.argmin(np.abs(np.array(rest) - value)))
            assert abs(rest.pop(near) - value) <= tolerance


def test_outer_radius_inverse_and_symmetric() -> None:
    rng = np.random.default_rng(6)
    given = [rng.normal(size=(n, n)) for n in (1, 2, 3, 6) for _ in range(5)]
    script = """return data.map(([n, m]) => [
      outerRadius(m, n, 0), Array.from(inverse(m, n)),
      symmetric(m.map((v, i) => v + m[(i % n) * n + Math.floor(i / n)]), n).values]);"""
    for matrix, (radius, inverted, values) in zip(
        given, run(script, [[len(m), m.ravel().tolist()] for m in given]), strict=True
    ):
        assert abs(radius - np.abs(np.linalg.eigvals(matrix)).max()) <= 1e-10
        np.testing.assert_allclose(np.reshape(inverted, matrix.shape), np.linalg.inv(matrix), rtol=1e-8, atol=1e-10)
        np.testing.assert_allclose(values, np.linalg.eigvalsh(matrix + matrix.T), atol=1e-12)


def test_the_right_inverse_leaves_out_what_is_dependent() -> None:
    rng = np.random.default_rng(7)
    given = [rng.normal(size=(k, n)) for k, n in ((1, 2), (1, 5), (2, 3), (3, 3), (3, 6))]
    given.append(np.array([[1.0, 2.0, 0.0], [2.0, 4.0, 0.0]]))
    script = """return data.map(([k, n, m]) => {
      const found = new Float64Array(k * n + 1);
      rightInverse(Float64Array.of(0, 0, ...m), 2, k, n, found, 1);
      return found.subarray(1);
    });"""
    found = run(script, [[*m.shape, m.ravel().tolist()] for m in given])
    for matrix, flat in zip(given, found, strict=True):
        expected = np.linalg.pinv(matrix, rcond=1e-10)
        np.testing.assert_allclose(np.reshape(flat, expected.shape), expected, atol=1e-10)


def test_an_orbit_that_returns_farther_each_time_is_on_no_cycle() -> None:
    """Twice the distance at the second return, though both are within what counts as near."""
    script = """
      const c = { near: 1e-10, moved: 1e-6 };
      const orbit = (grows) => Array.from({ length: 9 }, (_, t) =>
        [Float64Array.of((t % 2 ? -1 : 1) * (1 + 2e-12 * (grows ? t ** 2 : 1 - 2.0 ** -t)))]);
      return [true, false].map((grows) => returning(c, orbit(grows), [Float64Array.of(1)], 4)[0]);"""
    assert run(script, None) == [0, 2]
