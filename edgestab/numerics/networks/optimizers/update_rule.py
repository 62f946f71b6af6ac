"""What is known of an update rule before it has its settings: its name, its factors and their domains."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf

from edgestab.errors import InputError
from edgestab.numerics.networks.optimizers.optimizer import Optimizer


@dataclass(frozen=True)
class Factor:
    """A number that an update rule takes besides its step size.

    Parameters
    ----------
    name : str
        The keyword.
    words : str
        What it is.
    default : float, optional
        Its value where none is given; None where one must be.
    below : float
        It must be at least 0 and below this.

    Examples
    --------
    >>> Factor("beta", "momentum", below=1.0).require(1.0)
    Traceback (most recent call last):
    edgestab.errors.InputError: beta (momentum) must be in [0, 1), got 1.0
    """

    name: str
    words: str
    default: float | None = None
    below: float = inf

    def require(self, value: float) -> None:
        """Raise `InputError` when a value is outside the domain."""
        if not 0 <= value < self.below:
            where = "at least 0 and finite" if self.below == inf else f"in [0, {self.below:g})"
            raise InputError(f"{self.name} ({self.words}) must be {where}, got {value}")


@dataclass(frozen=True)
class UpdateRule:
    """An update rule without its settings. Called with the step size and its factors, it gives an `Optimizer`.

    Parameters
    ----------
    name : str
        What specifications call it.
    make : callable
        From the step size and the factors, as keywords, to the rule with these settings.
    factors : tuple of Factor
        What it takes besides the step size.
    preconditioned : bool
        Whether its edge is about the Hessian preconditioned by the rule, and not about the Hessian itself.
    """

    name: str
    make: Callable[..., Optimizer]
    factors: tuple[Factor, ...] = ()
    preconditioned: bool = False

    def __call__(self, eta: float, **factors: float) -> Optimizer:
        """Return the rule with its settings.

        Raises
        ------
        InputError
            When a factor is missing, unknown or out of its domain, or the step size is not positive and finite.
        """
        self.require(factors)
        return self.make(eta, **factors)

    def require(self, given: Mapping[str, float]) -> None:
        """Raise `InputError` when a factor is missing, unknown or out of its domain."""
        known = {factor.name: factor for factor in self.factors}
        for name, factor in known.items():
            if name not in given and factor.default is None:
                raise InputError(f"{self.name} needs {name}: {factor.words}")
        for name, value in given.items():
            if name not in known:
                takes = f"it takes {', '.join(known)}" if known else "leave it out"
                raise InputError(f"{self.name} takes no {name[:40]}: {takes}")
            known[name].require(value)
