"""Orbits followed from sampled starts, in floating point; a counterexample among them in ball arithmetic."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from edgestab.numerics.orbits.status import Status
from edgestab.theory.part import Part
from edgestab.theory.statement import OrbitStatement
from edgestab.verify.evidence.evidence import Evidence
from edgestab.verify.evidence.followed import Counterexample, Followed
from edgestab.verify.evidence.standing import Standing


@dataclass(frozen=True)
class SamplingEvidence(Evidence):
    """Orbits followed from sampled starts.

    Parameters
    ----------
    points : int
        Starts inside the region whose orbits were followed.
    excluded : int
        Sampled points outside the hypotheses.
    undecided : int
        Orbits that could not be decided.
    failed : int
        Orbits at which the conclusion fails in floating point.
    uniform, uniform_failed : int
        The same counts among independent uniform starts only.
    failing_fraction : tuple of float
        Exact binomial bounds on the failing fraction of the region, at `confidence`.
    margin : float
        The least margin seen, in units of the conclusion; negative when it fails.
    worst : mapping
        The start of least margin.
    outcomes : mapping
        How many orbits ended with each status.
    counterexample : Counterexample, optional
        A confirmed failure.
    suspected : str
        Why the failures seen in floating point were not confirmed.
    open_case : str
        An orbit that could not be decided, and how it ended.
    allowed : float
        The failing fraction the statement allows.
    exhaustive : bool
        Whether the points are all the starts there are: a single start at single step sizes.
    exactly : str
        What ball arithmetic says of a single start, in words.
    measure : str
        How the independent starts are distributed: the fraction that fails is one of this measure.
    unsettled, horizon : int
        How many orbits had not settled when their steps ended, so that what is claimed of every iterate was seen so far
        alone, and how many steps these were at least.
    calm : str
        What else is known of those steps, as the end of a sentence.
    almost : bool
        Whether the statement is about almost every start, so that no set of measure zero was looked for.
    series : mapping
        Columns for figures: step sizes, gaps, starts, outcomes.
    """

    points: int
    excluded: int
    undecided: int
    failed: int
    uniform: int
    uniform_failed: int
    failing_fraction: tuple[float, float]
    margin: float
    worst: Mapping[str, float]
    outcomes: Mapping[str, int]
    step_sizes: str
    counterexample: Counterexample | None = None
    suspected: str = ""
    open_case: str = ""
    allowed: float = 0.0
    confidence: float = 0.999
    exhaustive: bool = False
    exactly: str = ""
    measure: str = "every variable uniform"
    unsettled: int = 0
    horizon: int = 0
    calm: str = ""
    almost: bool = False
    series: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    kind = "sampling"

    @property
    def standing(self) -> Standing:
        """SUPPORTED only when points were tested, all were decided and none failed."""
        if self.counterexample is not None and self.allowed == 0:
            return Standing.REFUTED
        if self.points == 0 or self.undecided:
            return Standing.UNDECIDED
        if self.allowed:
            return Standing.SUPPORTED if self.failing_fraction[1] <= self.allowed else Standing.UNDECIDED
        return Standing.UNDECIDED if self.failed else Standing.SUPPORTED

    @property
    def sentence(self) -> str:
        """One sentence."""
        if self.points == 0:
            return f"no start found: none of {self.excluded} sampled points satisfies the hypotheses"
        if self.standing is Standing.REFUTED and self.counterexample is not None:
            at = ", ".join(f"{k} = {short(v)}" for k, v in self.counterexample.point.items())
            return f"counterexample at {at}: {self.counterexample.detail}"
        if self.allowed:
            low, high = self.failing_fraction
            return (
                f"fails on {self.uniform_failed} of {self.uniform} independent starts with {self.measure}: the failing "
                f"fraction is in [{low:.2g}, {high:.2g}] with confidence {self.confidence:.1%}, and {self.allowed:.2g} "
                f"is allowed{self._how_far}{self._why_open}"
            )
        if self.failed:
            return f"{self.failed} of {self.points} orbits fail in floating point, none confirmed: {self.suspected}"
        if self.undecided:
            return f"{self.undecided} of {self.points} orbits could not be decided: {self.open_case}"
        if self.exhaustive:
            seen = f", {self.exactly}" if self.exactly else ""
            margin = f"least margin {self.margin:.3g}"
            return f"holds at {self.step_sizes} from the one start{seen}; {margin}{self._how_far}"
        return (
            f"no counterexample in {self.points} orbits at {self.step_sizes}; least margin {self.margin:.3g}; at most "
            f"a fraction {self.failing_fraction[1]:.1g} fails (exact binomial bound, {self.confidence:.1%}, "
            f"{self.uniform} independent starts with {self.measure}){self._how_far}{self._but_for}"
        )

    @property
    def _but_for(self) -> str:
        """What was not looked for."""
        return "; exceptional sets of measure zero were not looked for" if self.almost else ""

    @property
    def _how_far(self) -> str:
        """How far orbits that do not settle were followed; empty when all settle."""
        if not self.unsettled:
            return ""
        return (
            f"; {self.unsettled} of the orbits had not settled when their steps ended: this is said of those steps, at "
            f"least {self.horizon} each{self.calm}"
        )

    @property
    def _why_open(self) -> str:
        """What keeps a statement with an allowed fraction from being supported; empty when nothing does."""
        if self.undecided:
            return f"; {self.undecided} of {self.points} orbits could not be decided: {self.open_case}"
        return "; more orbits may tell" if self.standing is Standing.UNDECIDED else ""

    def shown(self) -> dict[str, Any]:
        """Return the counts, the margin with its start, and the counterexample."""
        low, high = self.failing_fraction
        against = self.counterexample
        return {
            "points": self.points,
            "excluded": self.excluded,
            "undecided": self.undecided,
            "failed": self.failed,
            "uniform": self.uniform,
            "uniform_failed": self.uniform_failed,
            "exhaustive": self.exhaustive,
            "bound": f"[{low:.3g}, {high:.3g}]",
            "confidence": f"{self.confidence:.1%}",
            "allowed": f"{self.allowed:.3g}" if self.allowed else "",
            "margin": f"{self.margin:.4g}" if math.isfinite(self.margin) else "none",
            "worst": [(sp.Symbol(k), f"{v:.12g}") for k, v in self.worst.items()],
            "outcomes": [(name.lower(), count, _status_sentence(name)) for name, count in self.outcomes.items()],
            "step_sizes": self.step_sizes,
            "suspected": self.suspected,
            "counterexample": against
            and {
                "point": [(sp.Symbol(k), v, _decimal(v)) for k, v in against.point.items()],
                "detail": against.detail,
            },
        }

    def tested(self, part: Part | None) -> OrbitStatement | None:
        """Return the part itself."""
        return part if isinstance(part, OrbitStatement) else None

    def followed(self, part: Part) -> Followed | None:
        """Return the orbits with their columns."""
        if not isinstance(part, OrbitStatement):
            return None
        return Followed(part, self.series, self.worst, self.counterexample)


def _status_sentence(name: str) -> str:
    """What a status means, without its name at the front."""
    return Status[name].sentence.removeprefix(f"{name.lower()}: ") if name in Status.__members__ else ""


def _decimal(text: str) -> str:
    """A decimal beside an exact fraction, where that helps."""
    if len(text) <= 12:
        return ""
    top, _, bottom = text.partition("/")
    try:
        return f"{int(top) / int(bottom or 1):.12g}"
    except (ValueError, ZeroDivisionError, OverflowError):
        return ""


def short(text: str) -> str:
    """Return a fraction, as a decimal when it is long: nine digits, or all where these say a number it is only near."""
    if len(text) <= 12:
        return text
    top, _, bottom = text.partition("/")
    value = int(top) / int(bottom or 1)
    nine = f"{value:.9g}"
    return repr(value) if len(nine) <= _TELLING else nine


_TELLING = 5
"""A number of so few characters is read as exact."""
