r"""Many runs of one small network at once: other step sizes, other starts, one forward pass for all.

The parameters of the runs are the rows of W. As :math:`\sum_r L(W_r)` is a sum of functions of one row each, one
backward pass gives every run's gradient, and one more on its graph every run's Hessian-vector product.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from edgestab.errors import InputError
from edgestab.numerics.networks.losses.objective import Objective, sum_of
from edgestab.numerics.networks.optimizers.registry import update_rule


@dataclass(frozen=True)
class Sweep:
    """What became of many runs.

    Parameters
    ----------
    etas : ndarray
        Shape (runs,).
    steps : ndarray
        Shape (records,): at which steps the losses were recorded.
    losses : ndarray
        Shape (records, runs); of a run that has ended, the one with which it did.
    outcomes : tuple of str
        FINISHED, DIVERGED (the loss was above the ceiling) or NONFINITE, for each run.
    taken : ndarray
        Shape (runs,): how many steps each took.
    parameters : Tensor
        Shape (runs, p): where each ended.
    """

    etas: NDArray[np.float64]
    steps: NDArray[np.int64]
    losses: NDArray[np.float64]
    outcomes: tuple[str, ...]
    taken: NDArray[np.int64]
    parameters: Tensor

    @property
    def finished(self) -> NDArray[np.bool_]:
        """Which runs took all their steps, or reached their aim."""
        return np.array([o == "FINISHED" for o in self.outcomes])


def sweep(
    objective: Objective,
    starts: Tensor,
    etas: Sequence[float],
    steps: int | Sequence[int],
    *,
    optimizer: str = "gd",
    factors: Mapping[str, float] | None = None,
    record_every: int = 1,
    diverged: float = 1e6,
    loss_below: float = 0.0,
) -> Sweep:
    """Train one network many times at once.

    A run that has ended is left where it is, and costs nothing more from the next record on.

    Parameters
    ----------
    objective : Objective
        The loss.
    starts : Tensor
        Shape (p,), the same for all, or (runs, p).
    etas : sequence of float
        The step size of each run.
    steps : int or sequence of int
        How many, for all or for each.
    optimizer : str
        A key of `OPTIMIZERS`.
    factors : mapping, optional
        Its factors, such as {"beta": 0.9}.
    record_every : int
        Every so many steps the losses are recorded.
    diverged : float
        A run whose loss is above this multiple of its loss at the start has diverged.
    loss_below : float
        A run whose loss is below this has reached its aim.

    Raises
    ------
    InputError
        When a setting is out of its range, or the shapes do not fit.
    """
    rates = np.array(etas, dtype=np.float64)
    runs = len(rates)
    limits = np.broadcast_to(np.asarray(steps, dtype=np.int64), (runs,))
    _require(objective, starts, rates, limits)
    if record_every < 1 or not diverged > 1:
        raise InputError(f"record_every must be at least 1 and diverged above 1, got {record_every} and {diverged}")
    # Every rule is w - eta d(memory, g). From w = 0 with eta = 1 its step gives -d, exactly.
    rule = update_rule(optimizer)(1.0, **dict(factors or {}))
    advance = torch.func.vmap(rule.step)
    ends = (
        starts.detach()
        .to(objective.device, objective.dtype)
        .expand(runs, -1)
        .clone(memory_format=torch.contiguous_format)
    )
    device = ends.device
    outcomes, taken, values = ["FINISHED"] * runs, np.zeros(runs, dtype=np.int64), np.full(runs, np.nan)
    rows = np.arange(runs)  # those that go on
    w, rate, limit = ends.clone(), torch.from_numpy(rates).to(ends)[:, None], torch.from_numpy(limits.copy()).to(device)
    memory: tuple[Tensor, ...] = torch.func.vmap(rule.start)(torch.zeros_like(w))[1:]
    ceiling = value = torch.zeros(runs, dtype=w.dtype, device=device)
    ended = torch.zeros(runs, dtype=torch.int64, device=device)  # 0: goes on, 1: finished, 2: diverged, 3: not finite
    count = torch.zeros_like(ended)
    kept, at = [], []
    for t in range(int(limits.max()) + 1):
        found, gradient = losses_and_gradients(objective, w)
        ceiling = diverged * found if t == 0 else ceiling
        on = ended == 0
        value = torch.where(on, found, value)
        finite = torch.isfinite(found) & torch.isfinite(gradient).all(dim=1)
        now = torch.where(found > ceiling, 2, torch.where((found < loss_below) | (limit <= t), 1, 0))
        ended = torch.where(on, torch.where(finite, now, 3), ended)
        if t % record_every == 0 or t == int(limits.max()):  # asked here only: it waits for the device
            values[rows], taken[rows] = value.cpu().double().numpy(), count.cpu().numpy()
            kept.append(values.copy())
            at.append(t)
            codes = ended.cpu().numpy()
            ends[torch.from_numpy(rows).to(device)] = w
            for row, code in zip(rows.tolist(), codes.tolist(), strict=True):
                outcomes[row] = ("FINISHED", "FINISHED", "DIVERGED", "NONFINITE")[code]
            if codes.all():
                break
            if codes.any():
                rows, still = rows[codes == 0], ended == 0
                w, rate, limit, gradient = w[still], rate[still], limit[still], gradient[still]
                ceiling, value, count, ended = ceiling[still], value[still], count[still], ended[still]
                memory = tuple(x[still] for x in memory)
        on = ended == 0
        descent, *rest = advance((torch.zeros_like(w), *memory), gradient)
        w = torch.where(on[:, None], w + rate * descent, w)
        memory = tuple(torch.where(on[:, None], new, old) for new, old in zip(rest, memory, strict=True))
        count = count + on
    return Sweep(rates, np.array(at), np.array(kept), tuple(outcomes), taken, ends)


def _require(objective: Objective, starts: Tensor, rates: NDArray[np.float64], limits: NDArray[np.int64]) -> None:
    if rates.ndim != 1 or not len(rates) or not (np.isfinite(rates) & (rates > 0)).all():
        raise InputError("a sweep takes one step size or more, all positive and finite")
    if (limits < 0).any():
        raise InputError(f"the number of steps must be at least 0, got {int(limits.min())}")
    shapes = (objective.size,), (len(rates), objective.size)
    if starts.shape not in shapes:
        raise InputError(f"starts must have shape {shapes[0]} or {shapes[1]}, got {tuple(starts.shape)}")


def losses_and_gradients(objective: Objective, w: Tensor) -> tuple[Tensor, Tensor]:
    """Return the losses, shape (runs,), and the gradients, shape (runs, p), at the rows of w."""
    leaf = w.detach().requires_grad_()
    values, gradients = [], []
    for part in objective.parts:
        value = torch.func.vmap(part)(leaf)
        gradients.append(torch.autograd.grad(value.sum(), leaf)[0])
        values.append(value.detach())
    return sum_of(values), sum_of(gradients)


@dataclass(frozen=True)
class Sharpnesses:
    """The top eigenvalues of the Hessians of many runs.

    Parameters
    ----------
    values : ndarray
        Shape (runs,).
    vectors : Tensor
        Shape (runs, p).
    residuals : ndarray
        |H u - S u|/|S|, shape (runs,).
    products : int
        How many products were spent, each for all runs.
    """

    values: NDArray[np.float64]
    vectors: Tensor
    residuals: NDArray[np.float64]
    products: int


def sharpnesses(
    objective: Objective,
    w: Tensor,
    *,
    tolerance: float = 1e-5,
    most_vectors: int = 40,
    most_products: int = 400,
    seed: int = 0,
) -> Sharpnesses:
    r"""Return the top eigenvalue of the Hessian at every row of w, by restarted Lanczos steps on all rows together.

    Parameters
    ----------
    objective : Objective
        The loss.
    w : Tensor
        Shape (runs, p).
    tolerance : float
        The residual that is aimed at, relative to the largest eigenvalue; that of the eigenvalue is of its square.
    most_vectors : int
        The largest dimension of a Krylov space; then it starts again from its best vectors.
    most_products : int
        After so many it ends, and the residuals say how far it came.
    seed : int
        Of the first vector.

    Raises
    ------
    InputError
        When w is not finite.
    """
    runs, p = w.shape
    w = w.detach().to(objective.device, objective.dtype)
    if not bool(torch.isfinite(w).all()):
        raise InputError("sharpness is for finite parameters: leave the runs out that are not")
    product = _products(objective, w)
    cap = min(most_vectors, p)
    basis, images = w.new_zeros((2, runs, cap, p))
    first = torch.randn(p, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    v = (first / first.norm()).to(w).expand(runs, p)
    m = spent = 0
    while True:
        basis[:, m], images[:, m] = v, product(v)
        m, spent = m + 1, spent + 1
        span, mapped = basis[:, :m], images[:, :m]
        small = (span @ mapped.mT).to("cpu", torch.float64)
        values, inner = torch.linalg.eigh((small + small.mT) / 2)
        best = inner.to(w)
        u = (best[:, None, :, -1] @ span)[:, 0]
        residual = (best[:, None, :, -1] @ mapped)[:, 0] - values[:, -1, None].to(w) * u
        scale = values.abs().amax(dim=1).clamp(min=torch.finfo(torch.float64).tiny)
        relative = residual.norm(dim=1).to("cpu", torch.float64) / scale
        if bool((relative <= tolerance).all()) or m == p or spent >= most_products:
            return Sharpnesses(values[:, -1].numpy(), u, relative.numpy(), spent)
        v = residual
        if m == cap:
            kept = min(8, m - 1)
            chosen = best[:, :, -kept:].mT
            basis[:, :kept], images[:, :kept] = chosen @ span, chosen @ mapped
            m = kept
        for _ in range(2):
            v = v - ((v[:, None] @ basis[:, :m].mT) @ basis[:, :m])[:, 0]
            norm = v.norm(dim=1, keepdim=True)
            v = torch.where(norm > 0, v / norm, 0.0)


def _products(objective: Objective, w: Tensor) -> Callable[[Tensor], Tensor]:
    """The Hessians at the rows of w times the rows of V, on the graph of one gradient."""
    graphs = []
    for part in objective.parts:
        leaf = w.detach().clone().requires_grad_()
        total = torch.func.vmap(part)(leaf).sum()
        (gradient,) = torch.autograd.grad(total, leaf, create_graph=True, materialize_grads=True)
        graphs.append((leaf, gradient))

    def product(v: Tensor) -> Tensor:
        found = []
        for leaf, gradient in graphs:
            (h,) = torch.autograd.grad(gradient, leaf, v, retain_graph=True, materialize_grads=True)
            found.append(h)
        return sum_of(found)

    return product


def spread(low: float, high: float, count: int) -> list[float]:
    """Return step sizes from low to high, equally spaced in their logarithms.

    Examples
    --------
    >>> [round(eta, 6) for eta in spread(0.1, 0.4, 3)]
    [0.1, 0.2, 0.4]
    """
    if not (isfinite(high) and 0 < low <= high and count >= 1):
        raise InputError(f"step sizes go from a positive one to a larger, got {low} .. {high}, {count} of them")
    return [float(eta) for eta in np.geomspace(low, high, count)]
