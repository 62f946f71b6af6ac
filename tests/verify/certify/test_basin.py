"""The basin of R10: its inequalities at random points, by the definitions of gradient descent alone."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from edgestab.theory.drift import NoDriftForm, drift_form
from edgestab.verify.certify.basin import basin
from edgestab.verify.certify.cells import Budget, Unproved
from edgestab.verify.certify.engine import certify
from tests.models_under_test import cached
from tests.verify.certify.proofs_under_test import outcome, proved, quartic, wanted

F = Fraction
N = 200_000


def image(x: np.ndarray, d: np.ndarray, eps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One step of the quartic in (x, d), from C' = C (1 - eps l'^2), d' = d (1 + eps l'^2) - s l'."""
    slope = d**3 - d
    c2 = (1 + x) / eps - 4
    s = np.sqrt(eps * c2 + 4 * eps * d * d)
    return x + eps * c2 * ((1 - eps * slope**2) ** 2 - 1), d * (1 + eps * slope**2) - s * slope


def sampled(x: tuple, d: tuple, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    g = np.random.default_rng(seed)
    t = g.random((3, N))
    t = np.where(g.random((3, N)) < 0.2, np.round(t), t)
    ends = [tuple(map(float, p)) for p in (x, d)]
    xs, ds = (a + v * (b - a) for (a, b), v in zip(ends, t[:2], strict=True))
    return xs, ds, np.maximum(0.01 * t[2], 1e-7)


def test_every_inequality_of_the_basin() -> None:
    (certificate,) = outcome("R10").certificates
    found, tube = certificate.basin, certificate.tube
    xa, xb = certificate.start.box[0]
    below, above = (float(1 + s) for s in tube.strip)
    d_max, (x1, x_max) = float(found.d_max), found.x
    assert certificate.start.box[1] == tube.strip
    assert xa <= x1 - found.losses[0] - found.losses[1]
    assert found.losses[1] >= F(1, 100) * found.k * (1 + tube.strip[0]) ** 2 / (1 - (1 + found.gamma) ** -2)
    slack = 1e-9
    x, d, e = sampled((xa, x_max), (0, found.d_max), 1)
    after_x, after_d = image(x, d, e)
    assert np.abs(after_d).max() <= d_max
    assert (1 + x - 4 * e > 0).all()
    assert (e * (d**3 - d) ** 2 < 2).all()
    assert after_x[x >= float(xb)].min() >= float(x1)
    x, d, e = sampled((xa, xb), (F(above), found.d_max), 2)
    after_x, after_d = image(x, d, e)
    assert np.abs(after_d).max() <= above
    assert (x - after_x).max() <= float(found.losses[0]) + slack
    x, d, e = sampled((xa, xb), (0, F(below)), 3)
    after_x, after_d = image(x, d, e)
    assert after_d.max() <= above
    inner = d > 1e-6
    assert (after_d[inner] >= (1 + float(found.gamma)) * d[inner]).all()
    assert ((x - after_x) <= e * float(found.k) * d * d + slack).all()


def test_the_boxes_of_the_basin_cover_their_domains() -> None:
    (certificate,) = outcome("R10").certificates
    found, eps = certificate.basin, wanted("R10")[0].eps
    xa, xb = certificate.start.box[0]
    above, below = (1 + certificate.tube.strip[k] for k in (1, 0))
    assert found.trees["trap"].box == ((xa, found.x[1]), (F(0), found.d_max), eps)
    assert found.trees["above"].box == ((xa, xb), (above, found.d_max), eps)
    assert found.trees["below"].box == ((xa, xb), (F(0), below), eps)


@pytest.mark.parametrize(
    ("x", "b"),
    [
        ((F(1, 8), F(20)), (F(-12, 5), F(2, 5))),  # orbits leave
        ((F(1, 8), F(11, 4)), (F(-3), F(1))),
        ((F(1, 20), F(11, 4)), (F(-12, 5), F(2, 5))),  # x may fall out at the lower end
        ((F(1, 8), F(11, 4)), (F(-1, 2), F(-1, 5))),  # not even the minimum is inside
    ],
)
def test_larger_basins_are_refused(x: tuple, b: tuple) -> None:
    (problem,) = wanted("R10")
    with pytest.raises((NoDriftForm, Unproved)):
        certify(replace(problem, basin=(x, b)), cells=30_000)


def test_a_basin_needs_an_even_loss() -> None:
    name = "p**2/2 - p**4/12"
    certificate = proved(name)
    with pytest.raises(NoDriftForm, match="even polynomial"):
        basin(certificate.tube, certificate.start, Budget(1000), (F(1, 8), F(1)), (F(-1), F(1)))


def test_a_basin_needs_its_critical_points_to_repel() -> None:
    """l = (1 - p^2)^2 (p^2 + 1/10) ... with a minimum at 0 as well traps orbits there."""
    form = drift_form(cached("product:p**2*(1-p**2)**2"))
    (problem,) = wanted("R10")
    with pytest.raises((NoDriftForm, Unproved)):
        certify(replace(problem, form=form, eta=(F(1, 50), F(1, 50))), cells=5000)
    assert quartic("0.1", "0.1").form.is_even
