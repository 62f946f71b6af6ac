"""What every conclusion about orbits has in common: constants, words, and its entries in a claim file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import sympy as sp

from edgestab.errors import InputError

if TYPE_CHECKING:
    from edgestab.theory.region import Region
    from edgestab.theory.stepmap import StepMap

Window = tuple[sp.Expr, sp.Expr]
"""An open interval (low, high)."""
Words = tuple[str | sp.Expr | Window, ...]
"""A sentence in pieces: texts, expressions and open intervals, for a page to typeset."""
Read = Literal["minima", "end", "relation", "final relation", "quantity", "value", "choice", "whole"]


@dataclass(frozen=True)
class Field:
    """An entry that a conclusion takes in a claim file.

    Parameters
    ----------
    name : str
        Its key.
    read : str
        How it is read: "minima" is the name of one of the model's sets of minima; "end" an expression in eta, the
        start's variables and the final state, whose coordinates are written with the suffix ``_final``; "relation" an
        inequality in the model's own coordinates; "final relation" one as "end"; "whole" a whole number; "quantity" an
        expression in them, or the name of one that the model knows; "value" a number, an expression in eta and the
        start's variables, ``infinity`` or ``-infinity``; "choice" one of `choices`.
    choices : tuple of str
        The texts that a "choice" allows.
    """

    name: str
    read: Read
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ending:
    """Where a conclusion says that orbits end.

    Parameters
    ----------
    to : str or None
        The set of minima; None for any.
    window : (Expr, Expr) or None
        The open interval of the final sharpness; None for any.
    """

    to: str | None = None
    window: Window | None = None


@dataclass(frozen=True)
class Conclusion(ABC):
    """What a statement claims of each orbit: data here; how orbits are judged by it is in `edgestab.verify`."""

    kind: ClassVar[str]
    """What claim files call it."""
    fields: ClassVar[tuple[Field, ...]] = ()
    """What it takes in a claim file besides its kind."""

    @classmethod
    @abstractmethod
    def of(cls, entries: Mapping[str, Any], constants: Mapping[sp.Symbol, sp.Expr]) -> Self:
        """Return the conclusion that the parsed entries of a claim file state.

        Parameters
        ----------
        entries : mapping
            For each of `fields` that was given: a name, an expression, or a relation.
        constants : mapping
            The numbers that the file's constants stand for.

        Raises
        ------
        InputError
            When an entry is missing, or is not of the kind that is needed.
        """

    @property
    @abstractmethod
    def words(self) -> Words:
        """What is claimed of an orbit."""

    @property
    def ending(self) -> Ending | None:
        """Where orbits end; None for a conclusion that does not send them to a minimum."""
        return None

    @property
    def counts(self) -> bool:
        """Whether the number of the step matters, so that the state has to carry it."""
        return False

    def with_constants(self, values: Mapping[sp.Symbol, sp.Expr]) -> Self:  # noqa: ARG002 # for those that have any
        """Return the conclusion with constants such as K replaced by numbers."""
        return self

    def within(self, region: Region, step: StepMap) -> Self:  # noqa: ARG002 # for those that speak of the region
        """Return the conclusion about orbits from a region under a step."""
        return self

    def require_possible(self, step_sizes: Sequence[sp.Rational]) -> None:  # noqa: B027 # most cannot be impossible
        """Refuse a conclusion that no orbit can meet at one of the step sizes.

        Raises
        ------
        InputError
            The message says why.
        """


def needed(entries: Mapping[str, Any], names: tuple[str, ...], message: str) -> list[Any]:
    """Return the entries of these names, or raise InputError with the message when one is missing."""
    if any(entries.get(name) is None for name in names):
        raise InputError(message)
    return [entries[name] for name in names]
