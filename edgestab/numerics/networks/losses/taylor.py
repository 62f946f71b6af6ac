r"""The Taylor models of a loss at one point, of second and third order.

.. math:: L(w + v) \approx L + \nabla L\cdot v + \tfrac12 v^T\nabla^2L\,v + \tfrac16D^3L[v, v, v].

Gradient descent on the quadratic model diverges as soon as :math:`S > 2/\eta` (Cohen et al. 2021); self-stabilization
needs the third order.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from edgestab.errors import InputError
from edgestab.numerics.networks.losses.objective import Point


@dataclass(frozen=True)
class Taylor:
    """A Taylor model of a loss.

    Parameters
    ----------
    point : Point
        Where.
    order : int
        2 or 3.

    Raises
    ------
    InputError
        For another order.

    Examples
    --------
    >>> import torch
    >>> from edgestab.numerics.networks.losses.objective import Objective
    >>> quartic = Objective("quartic", 1, (lambda w: w[0] ** 4,))
    >>> model = Taylor(quartic.at(torch.ones(1)), 3)
    >>> model.gradient(torch.full((1,), 0.5, dtype=torch.float64))
    tensor([13.], dtype=torch.float64)
    """

    point: Point
    order: int = 2

    def __post_init__(self) -> None:
        """Refuse what is not a model here."""
        if self.order not in (2, 3):
            raise InputError(f"a Taylor model here is of order 2 or 3, got {self.order}")

    def loss(self, v: Tensor) -> float:
        """Return the model of L(w + v)."""
        return self.value_and_gradient(v)[0]

    def gradient(self, v: Tensor) -> Tensor:
        """Return the model of the gradient at w + v, shape (p,)."""
        return self.value_and_gradient(v)[1]

    def value_and_gradient(self, v: Tensor) -> tuple[float, Tensor]:
        """Return the models of L(w + v) and of the gradient there, from the same products."""
        here, second = self.point, self.point.hvp(v)
        value = here.loss + float(here.gradient @ v) + float(v @ second) / 2
        gradient = here.gradient + second
        if self.order == 2:
            return value, gradient
        third = self._third(v)
        return value + float(third @ v) / 6, gradient + third / 2

    def _third(self, v: Tensor) -> Tensor:
        # Not point.third: it keeps a graph for every v, and a model is asked for many.
        return self.point.objective.D(self.point.w, 3, v, v)
