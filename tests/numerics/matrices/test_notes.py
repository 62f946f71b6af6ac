"""Numbers of runs that others have published or noted: balancing gaps, and the exponent across a chaotic diagonal orbit."""

from __future__ import annotations

import numpy as np
import pytest

from edgestab.numerics.matrices.descent import iterates
from edgestab.numerics.matrices.factorization import factorization
from edgestab.numerics.matrices.starts import small


@pytest.mark.parametrize(
    ("eta", "at_500", "at_end", "sharpness"),
    [
        (0.18, 2.3775029318, 2.3775029318, 10.279),
        (0.1997, 0.4373185199, 0.3874171428, 10.00750),
        (0.21, 6.2e-12, 2e-14, 7.619),
    ],
)
def test_the_balancing_gap_of_two_scalar_layers(eta: float, at_500: float, at_end: float, sharpness: float) -> None:
    # w = (1.5, 2.25), target 5: gradient flow keeps the gap 2.8125; past the edge it goes to rounding.
    model = factorization([[5.0]], depth=2)
    runs = iterates(model, [1.5, 2.25], eta, 8000)
    gaps, last = [], None
    for w in runs:
        gaps.append(float(model.balancing_gap(w)[0]))
        last = w
    assert gaps[0] == pytest.approx(2.8125)
    assert gaps[500] == pytest.approx(at_500, rel=1e-2 if eta > 0.2 else 1e-6)
    assert gaps[-1] == pytest.approx(at_end, rel=1e-6) if at_end > 1e-3 else gaps[-1] < 1e-12
    assert float((last**2).sum()) == pytest.approx(sharpness, rel=1e-4)
    shrinking = np.array(gaps)[: 1 + int(np.argmax(np.array(gaps) < 1e-10)) if eta > 0.2 else None]
    assert (np.diff(shrinking) <= 1e-14).all()  # up to rounding


@pytest.mark.parametrize("depth", [2, 3, 4])
def test_gaps_follow_their_exact_recursion(depth: int) -> None:
    # b_ij' = b_ij (1 - eta^2 (pi - sigma)^2 pi^2 / (x_i x_j)^2), for every pair of layers.
    model = factorization([[1.3]], depth=depth)
    eta, w = 0.4, np.random.default_rng(depth).uniform(0.5, 1.4, (1, depth))
    for here, there in zip(iterates(model, w, eta, 30), list(iterates(model, w, eta, 30))[1:], strict=False):
        x, y = here[0], there[0]
        for i in range(depth):
            for j in range(i):
                factor = 1 - (eta * (x.prod() - 1.3) * np.delete(x, [i, j]).prod()) ** 2
                assert y[i] ** 2 - y[j] ** 2 == pytest.approx((x[i] ** 2 - x[j] ** 2) * factor, abs=1e-13)


def test_the_exponent_across_the_diagonal_orbit_of_another_example() -> None:
    # (10, 6, 3): only the first pair moves, past its second flip; the entries (1, 2) begin to grow at 0.0424 to 0.0425.
    etas = np.array([0.0418, 0.0422, 0.0424, 0.0425, 0.0428])
    model = factorization(np.diag([10.0, 6.0, 3.0]), depth=3)
    w = np.repeat(small(model, 0.3), len(etas), axis=0)
    mixing = [9 * layer + entry for layer in range(3) for entry in (1, 3)]
    for t in range(2000 + 8000):
        if t == 2000:
            w[:, mixing] = 1e-150 * np.random.default_rng(0).standard_normal((len(etas), 6))
            total = np.zeros(len(etas))
        w = w - etas[:, None] * model.loss_and_gradient(w)[1]
        if t >= 2000 and t % 40 == 0:
            size = abs(w[:, mixing]).max(axis=1) / 1e-150
            total += np.log(size)
            w[:, mixing] /= size[:, None]
    exponent = total / 8000
    assert (exponent[:3] < 5e-4).all()
    assert (exponent[3:] > 5e-4).all()
