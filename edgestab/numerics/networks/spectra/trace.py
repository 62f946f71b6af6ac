r"""The trace of the Hessian from random probes (Hutchinson 1989).

.. math:: \mathrm{tr} H = E[z^THz], \qquad z_i = \pm1, \qquad \mathrm{Var}[z^THz] = 2\sum_{i \ne j} H_{ij}^2.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import torch
from torch import Tensor

from edgestab.errors import InputError
from edgestab.numerics.networks.spectra.ritz import Product


@dataclass(frozen=True)
class Trace:
    """An estimate of a trace.

    Parameters
    ----------
    value : float
        The mean over the probes: no bias.
    error : float
        Its standard error, from the spread of the probes.
    probes : int
        How many products were spent.
    """

    value: float
    error: float
    probes: int


def trace(product: Product, like: Tensor, *, probes: int = 32, seed: int = 0) -> Trace:
    """Return an estimate of the trace of a symmetric operator.

    Parameters
    ----------
    product : callable
        v to A v.
    like : Tensor
        A vector of A's shape (p,), dtype and device.
    probes : int
        At least 2; the standard error falls as their square root.
    seed : int
        Of the probes, the same on every device. With the same probes at two points, errors of a difference cancel.

    Raises
    ------
    InputError
        For fewer than two probes.

    Examples
    --------
    >>> a = torch.arange(5.0, dtype=torch.float64)
    >>> trace(lambda v: a * v, a, probes=2)  # exact for a diagonal
    Trace(value=10.0, error=0.0, probes=2)
    """
    if probes < 2:
        raise InputError(f"a standard error needs two probes or more, got {probes}")
    generator = torch.Generator().manual_seed(seed)
    found = []
    for _ in range(probes):
        z = (2 * torch.randint(0, 2, (len(like),), generator=generator) - 1).to(like)
        found.append(z @ product(z))
    values = torch.stack(found).to("cpu", torch.float64)
    return Trace(float(values.mean()), float(values.std()) / sqrt(probes), probes)
