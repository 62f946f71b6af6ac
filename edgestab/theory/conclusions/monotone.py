"""A quantity is monotone along orbits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.conclusions.conclusion import Conclusion, Field, Words, needed
from edgestab.theory.stepmap import T


@dataclass(frozen=True)
class Monotone(Conclusion):
    """A quantity of the model's own coordinates never increases (or decreases) from one iterate to the next."""

    quantity: sp.Expr
    direction: Literal["nonincreasing", "nondecreasing"]

    kind = "monotone"
    fields = (Field("quantity", "quantity"), Field("direction", "choice", ("nonincreasing", "nondecreasing")))

    @classmethod
    def of(cls, entries: Mapping[str, Any], constants: Mapping[sp.Symbol, sp.Expr]) -> Self:
        """Return it for the part of a quantity that moves.

        Examples
        --------
        >>> Monotone.of({"quantity": sp.Symbol("x") + 1, "direction": "nonincreasing"}, {}).quantity
        x
        """
        quantity, direction = needed(
            entries,
            ("quantity", "direction"),
            'monotone needs quantity = "..." and direction = "nonincreasing" or "nondecreasing"',
        )
        # An additive constant does not move, but it would hide small increments behind its rounding.
        if T in quantity.free_symbols:
            raise InputError("a monotone quantity does not depend on the number t of the step: leave t out")
        _, moving = quantity.subs(constants).as_coeff_Add()
        return cls(moving, direction)

    @property
    def words(self) -> Words:
        """What is claimed of an orbit."""
        return (self.quantity, f" is {self.direction} along the orbit")

    def with_constants(self, values: Mapping[sp.Symbol, sp.Expr]) -> Self:
        """Return it with constants replaced in the quantity."""
        return replace(self, quantity=self.quantity.subs(values))
