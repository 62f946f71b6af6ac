"""Where the worker of a page says that an orbit stopped beside a minimum: where the package does."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from edgestab.numerics.browser.spec import engine_of
from edgestab.numerics.orbits.stopping import BESIDE, stopped
from edgestab.theory.models.given import model_given
from edgestab.theory.symbols import ETA
from tests.numerics.browser.javascript import needs_node, numbers, run

pytestmark = needs_node

STOPPED = """
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const modules = Object.fromEntries(Object.entries(data.modules).map(([name, text]) => [name, bytes(text)]));
  const rows = (given) => given.map((row) => Float64Array.from(row));
  return stopped(new Engine(data.spec, modules), rows(data.state), rows(data.parameters), rows(data.starts));"""


@pytest.mark.parametrize("starts", [0.25, 1.0, 40.0])
def test_beside_a_line_of_minima_means_nearer_than_a_hundredth_of_the_orbit(starts: float) -> None:
    """On a line Newton's step is exact from everywhere, so that nothing but the distance tells."""
    of = model_given(loss="(x - 1)**2*(1 + y**2)/2", parameters="x y")
    size = 2 * max(starts, 1)
    distances = size * np.array([1e-6, 0.3, 0.9, 0.99, 1.01, 1.1, 3, 30]) * BESIDE
    state = np.stack([1 - distances, np.sqrt(np.maximum(0, 4 - (1 - distances) ** 2))])
    began = starts * state  # of length 2 starts, the state of length 2
    eta = np.full(distances.size, 0.3)
    expected = stopped(of, state, {ETA: eta}, began)
    engine = engine_of(of)
    found = run(
        STOPPED,
        {
            "spec": engine.spec,
            "modules": {name: base64.b64encode(code).decode() for name, code in engine.modules.items()},
            "state": state.tolist(),
            "parameters": [eta.tolist()],
            "starts": began.tolist(),
        },
    )
    assert expected.attracting.tolist() == [True] * 4 + [False] * 4
    assert found["attracting"] == expected.attracting.astype(int).tolist()
    assert found["place"] == expected.place.tolist()
    np.testing.assert_allclose(numbers(found["distance"]), expected.distance, rtol=1e-9)
    for row, right in zip(found["limit"], expected.limit, strict=True):
        np.testing.assert_allclose(numbers(row), right, rtol=1e-12)
