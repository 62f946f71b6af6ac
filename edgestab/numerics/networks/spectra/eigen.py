r"""The top eigenpairs of the Hessian: cold at one point, and at every step of a trajectory.

Both enlarge a basis by Davidson's method until

.. math:: |Au - \lambda u| \le \text{tolerance}\cdot\max|\lambda| .

A small residual says that some eigenvalue is near :math:`\lambda`, not that this is the largest. What can be said of
that, an audit says: see `Tracker`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, log, nan, sqrt

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from edgestab.errors import InputError
from edgestab.numerics.networks.spectra.davidson import Solved, Stale, corrected, merged, solve
from edgestab.numerics.networks.spectra.extrapolation import Past
from edgestab.numerics.networks.spectra.ritz import Basis, EigenError, NotConverged, NotFinite, Product

__all__ = ["EigenError", "Eigenpairs", "NotConverged", "NotFinite", "Product", "Tracker", "top_eigenpairs"]

Array = NDArray[np.float64]

DEPTH = 6
"""How many steps predictions are made from."""

ACCURACY = 7
"""The errors that are aimed at in the eigenvalues, in squares of the tolerance."""

SPARE = 12
"""How many further approximate eigenvectors are kept, unmeasured, to correct with."""

SHARE = 0.25
"""Products an audit may cost a call, on average: the fewer it took, the sooner is the next."""

LONGEST = 8
"""After how many calls the vectors next to the top are measured in any case."""

CAUTION = 3.0
"""They are measured when the gap is less than this many times what the top eigenvalue may have moved."""

SURE = 0.01
"""The probability with which an audit may miss what it excludes."""


@dataclass(frozen=True)
class Eigenpairs:
    """The top eigenpairs, largest first.

    Parameters
    ----------
    values : Tensor
        Shape (k,), float64, on the CPU. Rayleigh quotients: never above the largest eigenvalues by more than rounding.
    vectors : Tensor
        Shape (p, k), orthonormal columns, where the operator is.
    residuals : Tensor
        `|A u - lambda u|`, shape (k,), on the CPU.
    products : int
        How many products were spent.
    next : float
        The best estimate of the eigenvalue below these; NaN when nothing is known of it.
    limit : float
        Where this call made an audit: with a probability of 99 % no eigenvalue off the vectors found is above this.

    Examples
    --------
    >>> a = torch.tensor([4.0, 3.0, 1.0], dtype=torch.float64)
    >>> found = top_eigenpairs(lambda v: a * v, torch.ones(3, 1, dtype=torch.float64), k=2)
    >>> isinstance(found, Eigenpairs), found.values.round(decimals=9), round(found.gap, 9)
    (True, tensor([4., 3.], dtype=torch.float64), 0.5)
    """

    values: Tensor
    vectors: Tensor
    residuals: Tensor
    products: int
    next: float = float("nan")
    limit: float = inf

    @property
    def gap(self) -> float:
        """The eigengap below these, (lambda_k - next)/lambda_1."""
        return (float(self.values[-1]) - self.next) / abs(float(self.values[0]))


def top_eigenpairs(
    product: Product,
    start: Tensor,
    k: int = 1,
    *,
    tolerance: float = 1e-6,
    most_vectors: int = 40,
    most_products: int = 2000,
) -> Eigenpairs:
    r"""Return the k largest eigenpairs of a symmetric operator A that a start block leads to.

    Parameters
    ----------
    product : callable
        v to A v.
    start : Tensor
        Shape (p, m): the block to start from, m >= 1; what it lacks is added at random. Only eigenvectors that are not
        orthogonal to it are found, and of an m-fold eigenvalue no more copies than there are columns: use `Tracker`,
        which audits, where that is not sure.
    k : int
        How many; at most p.
    tolerance : float
        Every residual is at most `tolerance` times the largest `|lambda|`.
    most_vectors : int
        How many vectors, each with its image, are kept in memory.

    Raises
    ------
    InputError
        When k is less than 1, or the tolerance is below ten roundings of the dtype.
    NotConverged
        When the residuals are still larger after `most_products`.
    NotFinite
        When a product is not finite.
    """
    _require(k, tolerance, start.dtype)
    k = min(k, len(start))
    basis = Basis(start[:, 0], min(len(start), max(most_vectors, 2 * k + 8, start.shape[1] + k)))
    for v in start.T[: basis.capacity]:
        basis.add(product, v)
    found = solve(product, basis, k, tolerance=tolerance, most_products=most_products)
    return _pairs(found, k, basis.spent, found.ritz.values[k:])


class Tracker:
    r"""The top k eigenpairs of the Hessian along a trajectory, each step started from the steps before.

    A call predicts the eigenvectors by kriging in the gradient (see `extrapolation`), spends one product on each,
    and goes on by Davidson's method, to which the Ritz vectors of the one of the last two calls whose gradient was
    nearer (the orbit may alternate) say where the rest of the spectrum is.

    A small residual cannot tell the largest eigenvalue from one that it has crossed. So the `extra` vectors next to
    the top are measured too whenever eigenvalues could have crossed since they last were: when the gap is within three
    times what the eigenvalues moved, when the prediction failed, and every ninth call in any case.

    Parameters
    ----------
    k : int
        How many.
    tolerance : float
        Of the residuals, relative, see `top_eigenpairs`. By the quadratic bound residual^2/gap, as far as the gap is
        known, the relative error of the eigenvalues is held below ``7 * tolerance**2`` as well.
    extra : int
        How many vectors next to the top are measured now and then.
    audit_every : int
        An audit is made at the first call and then every so many calls, or sooner where it is cheap; 0 for never.
    seed : int
        Of the random vectors.
    most_vectors, most_products : int
        See `top_eigenpairs`.
    audit_products : int
        The most products an audit may spend.

    Notes
    -----
    **What an audit guarantees.** An audit is Lanczos from a random vector, orthogonal to the k + extra Ritz vectors
    found. Let :math:`\mu` be its largest Ritz value after j products, and :math:`\lambda` the largest eigenvalue of A
    compressed to the complement of those vectors. Kuczynski & Wozniakowski (1992) give, for every A,

    .. math:: P(\lambda - \mu > \epsilon(\lambda - \lambda_{\min})) \le 1.648\sqrt p\,e^{-(2j-1)\sqrt\epsilon} .

    The audit goes on until this excludes with a probability of 99 % that anything is above the k-th eigenvalue found
    (with the smallest Ritz value for :math:`\lambda_{\min}`), or `audit_products` are spent; `Eigenpairs.limit` says
    what is excluded. Where the next eigenvalues are close below the top, that can be above it: then the audit excludes
    outliers only. What an audit finds above, it hands to Davidson's method. Between two audits nothing excludes an
    eigenvector that becomes the top one and is orthogonal to all that are kept.

    Examples
    --------
    >>> import torch
    >>> a = torch.arange(1.0, 101.0, dtype=torch.float64)
    >>> tracker = Tracker(2)
    >>> tracker(lambda v: a * v, a).values.round(decimals=3)
    tensor([100.,  99.], dtype=torch.float64)
    """

    def __init__(
        self,
        k: int = 1,
        *,
        tolerance: float = 1e-3,
        extra: int = 1,
        audit_every: int = 64,
        seed: int = 0,
        most_vectors: int = 32,
        most_products: int = 2000,
        audit_products: int = 16,
    ) -> None:
        if extra < 0 or audit_every < 0:
            raise InputError(f"extra and audit_every must be at least 0, got {extra} and {audit_every}")
        _require(k, tolerance, torch.float64)
        self.k, self.tolerance, self.extra, self.audit_every, self.seed = k, tolerance, extra, audit_every, seed
        self.most_vectors = max(most_vectors, 2 * (k + extra) + 8)
        self.most_products, self.audit_products = most_products, audit_products
        self._basis: Basis | None = None
        self.reset()

    def reset(self) -> None:
        """Forget the trajectory; the next call starts cold."""
        self._calls = self._age = self._next_audit = 0
        self._drift, self._surprise = 0.0, True
        self._values: Array = np.empty(0)
        self._past: Past | None = None
        self._stale: list[Stale] = []

    def __call__(self, product: Product, like: Tensor) -> Eigenpairs:
        """Return the top eigenpairs of a symmetric operator.

        Parameters
        ----------
        product : callable
            v to A v.
        like : Tensor
            The gradient where A is the Hessian: predictions are made from how it moved. Any other vector of the shape,
            dtype and device of A's vectors leads to the same eigenpairs with more products.

        Raises
        ------
        NotConverged, NotFinite
            See `top_eigenpairs`. The tracker is then as it was before the call.
        """
        like = like.detach()
        _require(self.k, self.tolerance, like.dtype)
        p = len(like)
        k, width = min(self.k, p), min(self.k + self.extra, p)
        basis = self._buffer(like)
        audit = self.audit_every > 0 and self._calls >= self._next_audit
        due = audit or self._due(k)
        stale = self._start(product, basis, like, due, k, width)

        # A gap that is not measured may have shrunk to a third: had it been by more, it would have been due.
        accuracy = max(ACCURACY * self.tolerance**2, 1e-12) / (1 if due else CAUTION)

        def solved() -> Solved:
            return solve(
                product, basis, k, tolerance=self.tolerance, accuracy=accuracy, width=width if due else k,
                stale=stale, most_products=self.most_products,
            )  # fmt: skip

        found, limit = solved(), inf
        rounds = found.rounds
        if audit and basis.size < p:
            basis.restart(found.ritz, min(width, len(found.ritz.values)))
            before = basis.spent
            limit = self._audit(product, basis, like, float(found.ritz.values[k - 1]))
            pause = min(self.audit_every, round((basis.spent - before) / SHARE))
            self._next_audit = self._calls + max(pause, 1)
            found = solved()
        if self._past is not None:
            found = found.turned(self._past.signs(found.vectors))
        self._remember(like, basis, found, stale, due, rounds <= 1, width)
        return _pairs(found, k, basis.spent, self._stale[0].values, limit)

    def _start(self, product: Product, basis: Basis, like: Tensor, due: bool, k: int, width: int) -> Stale | None:
        """Fill the basis with what is to be expected; return what is known but not to be measured."""
        past, stale = self._past, None
        if past is None:
            block = self._random(like)[None]
        elif len(self._values) != k:  # k was changed
            block = torch.cat([past.newest, self._stale[0].vectors])[:width]
        else:
            block = past.predicted(like, width if due and past.fresh_run >= 3 else k, k)
            if due:
                block = torch.cat([block, past.newest[len(block) : width]])
            found = self._stale[min(past.nearest, len(self._stale) - 1)]
            skipped = width - k if due else 0
            stale = Stale(found.values[skipped:], found.vectors[skipped:])
        for v in block:
            basis.add(product, v)
        return stale

    def _remember(
        self, like: Tensor, basis: Basis, found: Solved, stale: Stale | None, due: bool, expected: bool, width: int
    ) -> None:
        """Keep corrected vectors for the next prediction, others for its corrections, and note how fast things move."""
        k = min(self.k, len(like))
        values = found.ritz.values[:k]
        rows = corrected(found, stale)
        if basis.size == k and stale is not None and len(rows) + len(stale.values) >= width:
            beyond = stale  # nothing but the top was measured, and as expected
        else:
            beyond = merged(basis, stale, k, width - k + SPARE)
        if len(rows) < width:
            rows = torch.cat([rows, beyond.vectors[len(rows) - k : width - k]])
        if self._past is None or len(self._values) != k or self._past.width != len(rows):
            self._past, self._stale = Past(like, len(rows), DEPTH), []
        else:
            moved = float(np.abs(values - self._values).max())
            if due and width > k:
                moved = max(moved, abs(float(beyond.values[0] - self._stale[0].values[0])) / (self._age + 1))
            self._drift = max(0.7 * self._drift, moved)
        self._values = values.copy()
        self._age = 0 if due else self._age + 1
        self._surprise = not expected
        self._past.append(like, rows, fresh=due, k=k)
        self._stale = [beyond, *self._stale][:2]
        self._calls += 1

    def state(self) -> dict[str, Tensor | int]:
        """Return what the next call depends on besides its arguments; `restore` takes it back."""
        found: dict[str, Tensor | int] = {} if self._past is None else {**self._past.state()}
        found |= {
            "k": self.k,
            "calls": self._calls,
            "age": self._age,
            "next_audit": self._next_audit,
            "surprise": int(self._surprise),
            "drift": torch.tensor(self._drift, dtype=torch.float64),
            "values": torch.as_tensor(self._values.copy()),
        }
        for n, stale in enumerate(self._stale):
            found |= {f"stale_values_{n}": torch.as_tensor(stale.values.copy()), f"stale_vectors_{n}": stale.vectors}
        return found

    def restore(self, state: Mapping[str, Tensor | int]) -> None:
        """Go on as the tracker that gave this state would have."""
        self.reset()
        arrays = {name: x for name, x in state.items() if isinstance(x, Tensor)}
        self.k, self._calls, self._age = int(state["k"]), int(state["calls"]), int(state["age"])
        self._next_audit = int(state["next_audit"])
        self._drift, self._surprise = float(state["drift"]), bool(state["surprise"])
        self._values = arrays["values"].cpu().numpy().copy()
        while (n := len(self._stale)) < 2 and f"stale_values_{n}" in arrays:
            values = arrays[f"stale_values_{n}"].cpu().numpy().copy()
            self._stale.append(Stale(values, arrays[f"stale_vectors_{n}"].clone()))
        if "blocks" in arrays:
            self._past = Past.restored(arrays)

    def _due(self, k: int) -> bool:
        """Whether the vectors next to the top must be measured."""
        below = self._stale[0].values if self._stale else np.empty(0)
        if self._surprise or self._age >= LONGEST or not len(below) or len(self._values) != k:
            return True
        return float(self._values[-1] - below.max()) <= CAUTION * self._drift * (self._age + 1)

    def _buffer(self, like: Tensor) -> Basis:
        """The basis of the call before, emptied, where it fits."""
        basis = self._basis
        if basis is None or not basis.fits(like):
            self._basis = basis = Basis(like, min(len(like), self.most_vectors))
        basis.clear()
        return basis

    def _random(self, like: Tensor, salt: int = 0) -> Tensor:
        """A vector that depends on the seed and the number of the call alone."""
        generator = torch.Generator().manual_seed((self.seed * 1_000_003 + self._calls) * 64 + salt)
        return torch.randn(len(like), generator=generator, dtype=torch.float64).to(like)

    def _audit(self, product: Product, basis: Basis, like: Tensor, top: float) -> float:
        """Add a random vector and its Krylov space to the basis; return what this excludes, see Notes."""
        first, p = basis.size, len(like)
        v = self._random(like, 1)
        limit = inf
        while basis.room and basis.size - first < self.audit_products:
            basis.add(product, v)
            v = basis.images[-1]
            j = basis.size - first
            if j % 3 == 0 or j == self.audit_products or not basis.room:
                values, complete = basis.krylov(first)
                complete |= basis.size == p
                limit = float(values.max(initial=-inf)) if complete else _excluded(values, p, j)
                if complete or limit <= top:
                    break
        return limit


def _pairs(found: Solved, k: int, spent: int, below: Array, limit: float = inf) -> Eigenpairs:
    return Eigenpairs(
        torch.as_tensor(found.ritz.values[:k].copy()),
        found.vectors[:k].T,
        torch.as_tensor(found.norms[:k].copy()),
        spent,
        float(below.max()) if len(below) else nan,
        limit,
    )


def _excluded(values: Array, p: int, products: int) -> float:
    """What the largest eigenvalue is below by the Ritz values of Lanczos from a random vector, but for `SURE`."""
    epsilon = (log(1.648 * sqrt(p) / SURE) / (2 * products - 1)) ** 2
    low = min(float(values[0]), 0.0)
    return (float(values[-1]) - epsilon * low) / (1 - epsilon) if epsilon < 1 else inf


def _require(k: int, tolerance: float, dtype: torch.dtype) -> None:
    if k < 1:
        raise InputError(f"at least one eigenpair must be asked for, got k = {k}")
    least = 10 * torch.finfo(dtype).eps
    if not tolerance >= least:
        raise InputError(f"the tolerance must be at least {least:.0e} in {dtype}, got {tolerance:g}")
