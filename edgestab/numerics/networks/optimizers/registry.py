"""The update rules by name: to add one, write its file and name it here."""

from __future__ import annotations

from collections.abc import Mapping

from edgestab.errors import InputError
from edgestab.numerics.networks.optimizers import adam, gradient_descent, heavy_ball, nesterov, rmsprop
from edgestab.numerics.networks.optimizers.update_rule import UpdateRule

OPTIMIZERS: Mapping[str, UpdateRule] = {
    rule.name: rule
    for rule in (
        gradient_descent.GRADIENT_DESCENT,
        heavy_ball.HEAVY_BALL,
        nesterov.NESTEROV,
        rmsprop.SCALAR_RMSPROP,
        rmsprop.RMSPROP,
        adam.ADAM,
    )
}
"""The update rules by name."""


def update_rule(name: str) -> UpdateRule:
    """Return an update rule.

    Raises
    ------
    InputError
        When there is none of this name.

    Examples
    --------
    >>> [factor.name for factor in update_rule("adam").factors]
    ['beta1', 'beta2', 'eps']
    """
    if name not in OPTIMIZERS:
        raise InputError(f"unknown optimizer {name[:40]!r}; the optimizers are {', '.join(OPTIMIZERS)}")
    return OPTIMIZERS[name]
