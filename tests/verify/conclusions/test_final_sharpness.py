"""A final sharpness counts as in the window only where its error is known to leave it there."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from edgestab.numerics.orbits.status import Status
from edgestab.theory.conclusions.final_sharpness import FinalSharpness
from edgestab.theory.models.catalogue import model
from edgestab.theory.region import Region
from edgestab.theory.statement import OrbitStatement, StepSizes
from edgestab.theory.symbols import ETA
from edgestab.verify.conclusions.judges import judge_of
from edgestab.verify.orbits.starts import draw


@pytest.mark.parametrize(("error", "decided"), [(1e-9, True), (1.0, False), (np.nan, False)])
def test_an_error_that_is_not_known_decides_nothing(error: float, decided: bool) -> None:
    m = model("degree-2")
    region = Region.in_coordinates(m, {"x": ("1", "2"), "y": ("1", "2")})
    statement = OrbitStatement("", m, StepSizes.of("0.1"), region, FinalSharpness(1 / ETA, 2 / ETA))
    sample = draw(statement, np.full((1, 2), 0.5))
    found = {"status": Status.CONVERGED, "limit": 0, "sharpness": 19.5, "sharpness_error": error}
    outcomes = xr.Dataset({n: ("orbit", [v]) for n, v in {**found, "final_x": 2.0, "final_y": 0.5}.items()})
    margin = judge_of(statement).margins(sample, outcomes)
    assert bool(np.isfinite(margin[0])) is decided
