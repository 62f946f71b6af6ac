"""Gradient descent."""

from __future__ import annotations

from edgestab.numerics.networks.optimizers.optimizer import Optimizer, require_step_size
from edgestab.numerics.networks.optimizers.update_rule import UpdateRule


def gradient_descent(eta: float) -> Optimizer:
    r"""Return :math:`w' = w - \eta g`; its edge is 2/eta."""
    require_step_size(eta)
    return Optimizer("gd", eta, 2 / eta, lambda w: (w,), lambda s, g: (s[0] - eta * g,))


GRADIENT_DESCENT = UpdateRule("gd", gradient_descent)
