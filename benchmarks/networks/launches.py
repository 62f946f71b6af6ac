"""A gradient and a Hessian-vector product, launched one operation at a time, as a CUDA graph, and compiled."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from benchmarks.contender import Unavailable
from benchmarks.found import Found, Tick, figures
from benchmarks.networks.clock import Clock
from benchmarks.networks.problems import CASES, wide
from benchmarks.networks.steps import Stretch, beside, milliseconds, ratio
from benchmarks.spread import Spread
from edgestab.numerics.networks.losses.objective import Objective

Call = Callable[[Tensor], Tensor]


def measurements(device: str, backend: str, rounds: int, tick: Tick) -> list[Callable[[], Found]]:
    """Return what measures one row of the table each: of every problem, both derivatives in both ways.

    Parameters
    ----------
    backend : str
        Of ``torch.compile``; ``eager`` only traces.
    """

    def small() -> Stretch:
        make, _ = CASES["Chebyshev"]
        case = make()
        return Stretch(case.network.name, case.objective(torch.float64, device), case.network.start(0))

    def large() -> Stretch:
        case = wide(5000)
        name = f"{case.network.name}, n = 5000, float32"
        return Stretch(name, case.objective(torch.float32, device), case.network.start(0))

    ways = {"CUDA graph": graphed, f"torch.compile, {backend}": partial(compiled, backend=backend)}
    return [
        partial(_measure, make, what, name, way, device, rounds, tick)
        for make in (small, large)
        for name, way in ways.items()
        for what in ("gradient", "product")
    ]


def _measure(
    make: Callable[[], Stretch],
    what: str,
    name: str,
    way: Callable[[Call, Tensor], Call],
    device: str,
    rounds: int,
    tick: Tick,
) -> Found:
    problem = make()
    label = f"{problem.name}: {what}, {name}"
    tick(label)
    w = problem.objective.vector(problem.start)
    call = gradient(problem.objective) if what == "gradient" else product(problem.objective)
    record: dict[str, object] = {}
    try:
        began = time.perf_counter()
        other = way(call, w)
        difference = float((other(w) - call(w)).norm() / call(w).norm())
        prepared = time.perf_counter() - began
    except Unavailable as reason:
        row = (label, "", "", "", "", str(reason))
    except Exception as error:  # of many kinds, and what cannot be captured or compiled is a result
        row = (label, "", "", "", "", f"failed: {type(error).__name__}")
        record = {"error": str(error)[:2000]}
    else:
        own, eager = beside(Clock(device), lambda: call(w), lambda: other(w), rounds, tick)
        faster = f"{figures(1 / ratio((own, eager)))}"
        times = milliseconds(Spread.of(eager).median), milliseconds(Spread.of(own).median)
        row = (label, *times, faster, figures(prepared), f"{difference:.0e}")
        record = {"seconds": own, "eager": eager, "prepared": prepared, "differs": difference}
    return Found(
        "launches",
        f"Milliseconds of a derivative, each operation launched by itself and all at once, on {device}",
        ("", "eager", "at once", "faster by", "seconds to prepare", "differs by"),
        [row],
        (),
        {label: record},
    )


def gradient(objective: Objective) -> Call:
    """Return w to the gradient, without a copy to the CPU."""

    def loss(w: Tensor) -> Tensor:
        total = objective.parts[0](w)
        for part in objective.parts[1:]:
            total = total + part(w)
        return total

    found: Call = torch.func.grad(loss)
    return found


def product(objective: Objective) -> Call:
    """Return w to Hv for a v that stays."""
    first = gradient(objective)
    v = torch.randn(objective.size, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    v = objective.vector(v / v.norm())

    def along(w: Tensor) -> Tensor:
        found: Tensor = torch.func.jvp(first, (w,), (v,))[1]
        return found

    return along


def graphed(call: Call, w: Tensor) -> Call:
    """Return the call as one CUDA graph.

    Raises
    ------
    Unavailable
        On another device.
    """
    if w.device.type != "cuda":
        raise Unavailable("needs a CUDA device")
    place = w.clone()
    # As torch asks: warmed up on a stream of its own, so that nothing is set up while operations are recorded.
    side = torch.cuda.Stream(w.device)
    side.wait_stream(torch.cuda.current_stream(w.device))
    with torch.cuda.stream(side):
        for _ in range(3):
            call(place)
    torch.cuda.current_stream(w.device).wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        result = call(place)

    def replayed(q: Tensor) -> Tensor:
        place.copy_(q)
        graph.replay()
        return result

    return replayed


def compiled(call: Call, _: Tensor, *, backend: str) -> Call:
    """Return the call compiled; its first run compiles."""
    found: Call = torch.compile(call, backend=backend)
    return found
