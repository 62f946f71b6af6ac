r"""The eigenvalues of the Hessian at a balanced minimum of a deep factorization.

.. math:: \lambda_{ij} = \sum_{\ell=0}^{L-1}\sigma_i^{2(L-1-\ell)/L}\sigma_j^{2\ell/L},
          \qquad \lambda_{ii} = L\sigma_i^{2-2/L} = S_i,

for the entry (i, j) of the product, with :math:`0^0 = 1`; all others are 0. As :math:`S_i > \lambda_{ij} > S_j`,
those off the diagonal pass the edge of stability between the thresholds of their pairs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgestab.errors import InputError
from edgestab.numerics.inputs import numbers

Array = NDArray[np.float64]


def curvatures(left: ArrayLike, depth: int, right: ArrayLike | None = None) -> Array:
    r"""Return :math:`\lambda_{ij}`, shape (a, b).

    Parameters
    ----------
    left : array_like
        The singular values :math:`\sigma_i`, shape (a,), not negative; one zero for each further row of the target.
    depth : int
        L.
    right : array_like, optional
        Those of the columns, where their number of zeros differs.

    Examples
    --------
    >>> (2 / curvatures([10.0, 9.5, 9.0], 3)).round(4).tolist()
    [[0.0309, 0.032, 0.0331], [0.032, 0.0331, 0.0343], [0.0331, 0.0343, 0.0356]]
    """
    a = numbers(left, "singular values")
    b = a if right is None else numbers(right, "singular values")
    if depth < 2 or a.ndim != 1 or b.ndim != 1 or not ((a >= 0).all() and (b >= 0).all()):
        raise InputError("curvatures take a depth of at least 2 and singular values that are not negative")
    i, j = a[:, None], b[None, :]
    return np.asarray(sum(i ** (2 * (depth - 1 - k) / depth) * j ** (2 * k / depth) for k in range(depth)))


def rank_of_oscillation(sigma: ArrayLike, depth: int, eta: float) -> tuple[int, int]:
    r"""Return how many :math:`S_i`, and how many :math:`\lambda_{ij}`, exceed :math:`2/\eta`.

    The first is the dimension of the oscillation on the singular-vector set; the second is the number of directions
    in which the balanced minimum is unstable in the space of all matrices.

    Examples
    --------
    >>> rank_of_oscillation([10.0, 9.5, 9.0], 3, 0.0325)
    (1, 3)
    """
    found = curvatures(sigma, depth)
    return int(np.sum(np.diag(found) > 2 / eta)), int(np.sum(found > 2 / eta))
