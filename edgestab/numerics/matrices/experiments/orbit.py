r"""One target, one step size: what a run from a diagonal, a noisy or a random start comes to."""

from __future__ import annotations

import numpy as np

from edgestab.errors import InputError
from edgestab.numerics.experiment import ExperimentResult
from edgestab.numerics.matrices.descent import iterates
from edgestab.numerics.matrices.factorization import factorization
from edgestab.numerics.matrices.starts import gaussian, generic, perturbed, small
from edgestab.numerics.matrices.two_cycle import two_cycle

CEILING = 1e6


def orbit(
    *, seed: int, eta: float, sigma: str = "10 9.5 9 0 0", depth: int = 3, start: str = "noise", size: float = 1e-8,
    alpha: float = 0.01, steps: int = 6000, last: int = 300,
) -> ExperimentResult:  # fmt: skip
    r"""Run gradient descent on a diagonal target.

    Parameters
    ----------
    seed : int
        Of the noise or of the start.
    eta : float
        The step size.
    sigma : str
        The diagonal of the target, separated by spaces.
    depth : int
        L.
    start : {"diagonal", "noise", "rotated", "random"}
        :math:`W_L = 0` and :math:`\alpha I` below; the same with normal noise of standard deviation `size`; with
        hidden layers rotated at random, on the singular-vector set up to rounding; or normal entries of standard
        deviation 0.3.
    size, alpha : float
        See above.
    steps : int
        How many.
    last : int
        Over so many last steps the statistics are taken.

    Returns
    -------
    ExperimentResult
        Statistics: ``diverged`` (1 or 0), ``repeat`` (the largest :math:`\|P_t - P_{t-2}\|_F` of the products P),
        ``off`` (the largest entry off the diagonal), ``error`` (the largest difference between :math:`|P_t -
        P_{t-1}|_{ii}` and the closed form), ``error_of_first`` (the same for i = 1), ``oscillating`` (how many
        diagonal entries move by more than 1e-3).
    """
    values = np.array([float(x) for x in sigma.split()])
    model = factorization(np.diag(values), depth=depth)
    starts = {"diagonal": lambda: small(model, alpha), "noise": lambda: perturbed(small(model, alpha), size, seed),
              "rotated": lambda: small(model, alpha, generic(model, seed)),
              "random": lambda: gaussian(model, 0.3, seed)}  # fmt: skip
    if start not in starts:
        raise InputError(f"start is one of {', '.join(starts)}, got {start[:40]!r}")
    seen, ended = [], False
    for t, w in enumerate(iterates(model, starts[start](), eta, steps)):
        if t % 50 == 0 and not abs(w).max() < CEILING:
            ended = True
            break
        if t > steps - last - 2:
            seen.append(model.end_to_end(w)[0])
    if ended:
        none = dict.fromkeys(("repeat", "off", "error", "error_of_first", "oscillating"), float("inf"))
        return ExperimentResult({"diverged": 1.0, **none})
    products = np.array(seen)
    diagonal = np.array([np.diag(p) for p in products])
    moves = abs(np.diff(diagonal, axis=0)[-1])
    low, high = two_cycle(eta, values, depth)
    error = abs(moves - (high**depth - low**depth))
    off = products * (1 - np.eye(len(values)))
    return ExperimentResult(
        {
            "diverged": 0.0,
            "repeat": float(np.linalg.norm(products[2:] - products[:-2], axis=(1, 2)).max()),
            "off": float(abs(off).max()),
            "error": float(error.max()),
            "error_of_first": float(error[0]),
            "oscillating": float((moves > 1e-3).sum()),
        },
        {"step": np.arange(steps - len(products) + 1, steps + 1).astype(float), "diagonal": diagonal},
    )
