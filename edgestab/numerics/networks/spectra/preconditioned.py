r"""The top of the spectrum of :math:`P^{-1}H`, which decides the stability of preconditioned rules.

With a diagonal P the eigenvalues are those of the symmetric :math:`P^{-1/2}HP^{-1/2}`; an eigenvector z of this gives
:math:`v = P^{-1/2}z` with :math:`Hv = \lambda Pv`. Adaptive rules are at the edge of stability where
:math:`\lambda_1(P^{-1}H)` is at their `Optimizer.edge` (Cohen et al. 2022): 2/eta for RMSProp, 38/eta for Adam.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from edgestab.errors import InputError
from edgestab.numerics.networks.losses.objective import Point
from edgestab.numerics.networks.optimizers.optimizer import Optimizer, State
from edgestab.numerics.networks.spectra.eigen import Eigenpairs, Product, Tracker


@dataclass(frozen=True)
class Preconditioned:
    r"""The top eigenpairs of :math:`P^{-1}H`, and how they stand to the edge.

    Parameters
    ----------
    pairs : Eigenpairs
        Of the symmetric form; its values are those of :math:`P^{-1}H`.
    directions : Tensor
        Shape (p, k): eigenvectors v of :math:`P^{-1}H` with :math:`v^TPv = 1`; zero where P is.
    edge : float
        The largest stable eigenvalue of the rule.
    frozen : int
        How many parameters were left out because P is zero there.
    """

    pairs: Eigenpairs
    directions: Tensor
    edge: float
    frozen: int

    @property
    def sharpness(self) -> float:
        """The largest eigenvalue of P^-1 H."""
        return float(self.pairs.values[0])

    @property
    def relative(self) -> float:
        """The sharpness over the edge: above 1 the rule is unstable on the quadratic model."""
        return self.sharpness / self.edge


def preconditioned(point: Point, rule: Optimizer, state: State, tracker: Tracker) -> Preconditioned:
    """Return the top of the preconditioned spectrum at a point, for a rule in a state.

    Parameters
    ----------
    point : Point
        Where the Hessian is taken.
    rule : Optimizer
        Without a preconditioner, P is the identity.
    state : tuple
        What `rule.preconditioner` takes. Adaptive rules update P before they step: the P of the step from a point is in
        the state after that step.
    tracker : Tracker
        Kept from step to step.

    Raises
    ------
    InputError
        When P has a negative entry or one that is not finite, or is zero everywhere.
    """
    diagonal = rule.preconditioner(state)
    scale = torch.ones_like(point.w) if diagonal is None else root_of_inverse(diagonal.to(point.w))
    pairs = tracker(symmetric(point.hvp, scale), scale * point.gradient)
    return Preconditioned(pairs, scale[:, None] * pairs.vectors, rule.edge, int((scale == 0).sum()))


def symmetric(product: Product, scale: Tensor) -> Product:
    r"""Return :math:`z \mapsto P^{-1/2}HP^{-1/2}z`, scale being the diagonal of :math:`P^{-1/2}`."""
    return lambda z: scale * product(scale * z)


def root_of_inverse(diagonal: Tensor) -> Tensor:
    r"""Return the diagonal of :math:`P^{-1/2}`, with 0 where P is 0.

    P is 0 where the gradient has been exactly zero so far. There the rule has not moved the parameter and does not
    move it: it is held fixed, so its row and column of the Hessian are left out, which is what a 0 does. (They add
    eigenvalues 0, which are never above a positive edge.)

    Examples
    --------
    >>> root_of_inverse(torch.tensor([4.0, 0.0, 0.25]))
    tensor([0.5000, 0.0000, 2.0000])
    """
    if not bool(torch.isfinite(diagonal).all()) or bool((diagonal < 0).any()):
        raise InputError("a preconditioner must be finite and not negative: the orbit diverged, or the rule is wrong")
    if not bool((diagonal > 0).any()):
        raise InputError("the preconditioner is zero everywhere: it is known only after the first step")
    return torch.where(diagonal > 0, diagonal.rsqrt(), 0.0)
