"""What derivatives of the loss of an MLP cost in gradients, ours beside other ways to the same numbers."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from benchmarks.contender import Unavailable
from benchmarks.found import Found, Tick, figures
from benchmarks.networks.clock import Clock
from benchmarks.networks.problems import wide
from benchmarks.spread import Spread

WANTED = 1.15
"""The most gradients a Hessian-vector product is to cost."""

OURS = "Hessian-vector product, retained graph"
DTYPES = {"float32": torch.float32, "float64": torch.float64}


def measure(rounds: int, device: str, tick: Tick) -> Found:
    """Return the table for both dtypes."""
    rows, record, notes = [], {}, []
    for name, dtype in DTYPES.items():

        def note(text: str, name: str = name) -> None:
            tick(f"{name}: {text}")

        ratios, seconds, errors, missing = _race(dtype, rounds, device, note)
        rows.append((f"{name}: gradient", f"{1e3 * seconds.median:.1f} ms", "", "", ""))
        for what, spread in ratios.items():
            verdict = ("met" if spread.median <= WANTED else "not met") if what == OURS else ""
            range_ = f"{figures(spread.low)}-{figures(spread.high)}"
            error = f"{errors[what]:.0e}" if what in errors else ""
            rows.append((what, figures(spread.median), range_, error, verdict))
        notes += [f"{name}: {reason}" for reason in missing]
        record[name] = {
            "gradient_seconds": seconds.median,
            "gradients": {what: [s.median, s.low, s.high] for what, s in ratios.items()},
            "relative_difference": errors,
        }
    return Found(
        "derivatives",
        f"Derivatives of the loss of a tanh MLP 3072-200-200-10, n = 1000, on {device}, in gradients",
        ("", "median", "min-max", "differs by", f"<= {WANTED} wanted"),
        rows,
        ("Each is measured right after a gradient, and the ratio is taken of the two.", *dict.fromkeys(notes)),
        record,
    )


def _race(
    dtype: torch.dtype, rounds: int, device: str, tick: Tick
) -> tuple[dict[str, Spread], Spread, dict[str, float], list[str]]:
    case, clock = wide(), Clock(device)
    objective = case.objective(dtype, device)
    w = objective.vector(case.network.start(0))
    v = torch.randn(len(w), generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    v = objective.vector(v / v.norm())
    point, missing = objective.at(w), []

    def loss(q: Tensor) -> Tensor:
        total: Tensor = sum(part(q) for part in objective.parts)  # type: ignore[assignment]
        return total

    gradient = torch.func.grad(loss)
    calls: dict[str, Callable[[], Tensor]] = {
        "gradient with its graph": lambda: objective.at(w).gradient,
        OURS: lambda: point.hvp(v),
        # A copy of u each time: for the same tensor, D^3L(u, .) would be remembered.
        "D^3L(u, u), retained graph": lambda: point.third(u := v.clone(), u),
        "Hessian-vector product, fresh double backward": lambda: objective.D(w, 2, v),
        "Hessian-vector product, jvp of grad": lambda: torch.func.jvp(gradient, (w,), (v,))[1],
        "D^3L(u, u), jvp of jvp of grad": lambda: torch.func.jvp(
            lambda q: torch.func.jvp(gradient, (q,), (v,))[1], (w,), (v,)
        )[1],
    }
    try:
        other = case.curvlinops(dtype, device).at(w)
        calls["Hessian-vector product, curvlinops"] = lambda: other(v)
    except Unavailable as reason:
        missing.append(f"curvlinops: {reason}")
    wanted = {"Hessian": objective.D(w, 2, v), "D^3L": objective.D(w, 3, v, v)}
    errors = {}
    for what, call in calls.items():
        found = call()
        if kind := next((k for k in wanted if what.startswith(k)), None):
            errors[what] = float((found - wanted[kind]).norm() / wanted[kind].norm())
    ratios: dict[str, list[float]] = {what: [] for what in calls}
    seconds = []
    for number in range(rounds):
        for what, call in calls.items():
            tick(f"{what}, {number + 1} of {rounds}")
            base, _ = clock(lambda: objective.value_and_gradient(w))
            seconds.append(base)
            taken, _ = clock(call)
            ratios[what].append(taken / base)
            point._products.clear()
    return {what: Spread.of(r) for what, r in ratios.items()}, Spread.of(seconds), errors, missing
