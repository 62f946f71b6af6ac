"""heyoka: several steps composed into one compiled function, evaluated over a batch of orbits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from benchmarks.contender import Contender, Unavailable
from benchmarks.start import ETA, Array
from benchmarks.timing import fastest

FORMS: dict[str, Callable[[Any], Any]] = {
    "p(p-1)(p+1)": lambda p: p * (p - 1.0) * (p + 1.0),
    "p(p^2-1)": lambda p: p * (p * p - 1.0),
}
"""Two ways to write the slope of the loss in p = xy: ours, and one with an operation less."""


def default_batch() -> Contender:
    """Return the best of 1, 5 and 10 composed steps with heyoka's own batch size."""
    return fastest(_variants("heyoka-default", "heyoka, default batch size", (1, 5, 10), (None,)))


def tuned() -> Contender:
    """Return the best over the number of composed steps, the batch size and the number of orbits."""
    return fastest(_variants("heyoka", "heyoka, tuned", (5, 10, 20, 50), (None, 32, 64, 128)))


def _variants(name: str, title: str, compositions: Sequence[int], batches: Sequence[int | None]) -> Iterator[Contender]:
    try:
        import heyoka  # type: ignore[import-untyped]
    except ImportError:
        raise Unavailable("heyoka is not installed: pip install heyoka") from None

    for form, slope in FORMS.items():
        for composed in compositions:
            for batch in batches:
                x, y = variables = heyoka.make_vars("x", "y")
                for _ in range(composed):
                    g = ETA * slope(x * y)
                    x, y = x - y * g, y - x * g
                options = {} if batch is None else {"batch_size": batch}
                function = heyoka.cfunc([x, y], list(variables), **options)

                def run(state: Array, steps: int, function: Any = function, composed: int = composed) -> Array:
                    calls, rest = divmod(steps, composed)
                    if rest:
                        raise ValueError(f"{steps} steps are not a multiple of {composed}")
                    now, then = state.copy(), np.empty_like(state)
                    for _ in range(calls):
                        function(now, outputs=then)
                        now, then = then, now
                    return now

                for orbits in (4096, 16384):
                    note = f"{composed} steps composed, batch {function.batch_size}, {orbits} orbits, {form}"
                    yield Contender(name, title, run, orbits, 1000, note=note)
