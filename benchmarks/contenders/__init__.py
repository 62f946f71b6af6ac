"""The contenders, by the name ``--only`` takes; each builder compiles, tunes itself and returns a `Contender`."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.contender import Contender
from benchmarks.contenders import c_lanes, heyoka_batch, lambdified, one_orbit, ours, pynamical

BUILDERS: dict[str, Callable[[], Contender]] = {
    "ours": ours.advance,
    "ours-2-threads": ours.two_threads,
    "ours-drive": ours.drive,
    "c": c_lanes.ieee,
    "c-fma": c_lanes.contracted,
    "heyoka": heyoka_batch.tuned,
    "heyoka-default": heyoka_batch.default_batch,
    "lambdify": lambdified.build,
    "numba": one_orbit.build,
    "pynamicalsys": pynamical.documented,
    "pynamicalsys-in-place": pynamical.in_place,
}
"""In the order of the table; the first is what the others are compared with."""
