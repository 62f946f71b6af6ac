"""What it takes to judge orbits by a conclusion."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from edgestab.numerics.orbits.follow import Rules
from edgestab.theory.conclusions.conclusion import Conclusion
from edgestab.theory.models.base import Coordinates
from edgestab.theory.statement import OrbitStatement
from edgestab.theory.stepmap import Observer
from edgestab.verify.orbits.starts import Array, Sample
from edgestab.verify.orbits.walk import Walk

C = TypeVar("C", bound=Conclusion)


@dataclass(frozen=True)
class OrbitJudge(ABC, Generic[C]):
    """The judge of a statement's orbits: the margin in floating point, and a failure in ball arithmetic.

    Parameters
    ----------
    statement : OrbitStatement
        Without unspecified constants.
    conclusion : Conclusion
        Its conclusion.
    """

    statement: OrbitStatement
    conclusion: C

    watches: ClassVar[bool] = False
    """Whether the conclusion is about every iterate, so that an orbit that never settles can be judged as far as it
    was followed: see `so_far`."""

    extrapolates: ClassVar[bool] = False
    """Whether `so_far` looks at a quarter of the steps as well."""

    calm: ClassVar[str] = ", in the second half of which the margin had no new minimum"
    """What `so_far` asks of orbits that do not settle, as the end of a sentence."""

    holds_only_in_balls: ClassVar[bool] = False
    """Whether floating point cannot show that the conclusion holds either, so that some orbits are followed again."""

    @property
    @abstractmethod
    def coordinates(self) -> Coordinates:
        """The coordinates to follow orbits in, in floating point."""

    @property
    def observers(self) -> tuple[Observer, ...]:
        """What is carried along the orbits."""
        return ()

    @property
    def rules(self) -> Rules | None:
        """How far orbits are followed; None for as far as usual."""
        return None

    def goes_on(self, outcomes: xr.Dataset) -> NDArray[np.bool_]:
        """Return where something is claimed of what comes after the last iterate: of most conclusions everywhere."""
        return np.ones(outcomes.sizes["orbit"], bool)

    @abstractmethod
    def margins(self, sample: Sample, outcomes: xr.Dataset) -> Array:
        """Return the margins of the conclusion.

        At least zero where the conclusion holds, below where it fails, NaN where it could not be decided.

        Parameters
        ----------
        sample : Sample
            The n starts.
        outcomes : Dataset
            What became of each orbit, followed in `coordinates` with `observers`.

        Returns
        -------
        ndarray, shape (n,)
        """

    def so_far(self, _sample: Sample, outcomes: xr.Dataset, *_earlier: xr.Dataset) -> Array:
        """Return the margins as far as orbits that do not settle were followed, NaN where they still fall.

        Parameters
        ----------
        sample, outcomes
            As for `margins`.
        *earlier : Dataset
            What the same orbits were after half as many steps, and, for those that extrapolate, after a quarter.
        """
        none: Array = np.full(outcomes.sizes["orbit"], np.nan)
        return none

    def in_doubt(self, _sample: Sample, outcomes: xr.Dataset) -> Array:
        """Return the margins that are within their own error, and NaN for all others.

        Parameters
        ----------
        sample, outcomes
            As for `margins`.
        """
        none: Array = np.full(outcomes.sizes["orbit"], np.nan)
        return none

    @property
    @abstractmethod
    def provable(self) -> Coordinates:
        """The coordinates to follow an orbit in, in ball arithmetic."""

    @abstractmethod
    def failure(self, walk: Walk) -> str:
        """Return what ball arithmetic enclosed that makes an orbit a counterexample.

        Raises
        ------
        NotConfirmed
            When the failure cannot be enclosed in time; as `HoldsAsStated`, when the conclusion is enclosed.
        TooImprecise
            When more bits may help.
        """
