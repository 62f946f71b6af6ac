"""Evidence: what one part of a claim has earned, with the numbers; its sentences are made here, never typed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Standing(StrEnum):
    """The five verdicts."""

    PROVED = "PROVED"
    CERTIFIED = "CERTIFIED"
    SUPPORTED = "SUPPORTED"
    REFUTED = "REFUTED"
    UNDECIDED = "UNDECIDED"


@dataclass(frozen=True)
class LemmaResult:
    """What exact arithmetic says of one lemma.

    Parameters
    ----------
    holds : bool or None
        None when it could not be decided.
    detail : str
        How it was decided, or the witness against it.
    """

    name: str
    holds: bool | None
    detail: str


@dataclass(frozen=True)
class SymbolicEvidence:
    """Lemmas settled by exact arithmetic, for the statement or, when `against`, for its negation."""

    part: str
    lemmas: tuple[LemmaResult, ...]
    argument: str = ""
    against: bool = False

    @property
    def standing(self) -> Standing:
        """PROVED when every lemma holds; a lemma that fails refutes the statement it is a step of."""
        if self.against:
            proved = all(r.holds for r in self.lemmas)
            return Standing.REFUTED if proved else Standing.UNDECIDED
        if any(r.holds is False for r in self.lemmas):
            return Standing.REFUTED
        return Standing.PROVED if self.lemmas and all(r.holds for r in self.lemmas) else Standing.UNDECIDED

    @property
    def sentence(self) -> str:
        """One sentence."""
        failed = [r for r in self.lemmas if r.holds is False]
        open_ = [r for r in self.lemmas if r.holds is None]
        n = len(self.lemmas)
        if self.against and self.standing is Standing.REFUTED:
            return f"refuted exactly: {'; '.join(r.name for r in self.lemmas)}"
        if failed and not self.against:
            return f"refuted exactly: {failed[0].name}: {failed[0].detail}"
        if failed or open_:
            first = (failed or open_)[0]
            return f"{len(failed) + len(open_)} of {n} lemmas not settled, first {first.name!r}: {first.detail}"
        return f"{n} {'lemma' if n == 1 else 'lemmas'} proved in exact arithmetic"


@dataclass(frozen=True)
class Counterexample:
    """A start at which the conclusion fails, confirmed in ball arithmetic.

    Parameters
    ----------
    point : mapping
        The exact step size and the exact region variables, as fractions in text.
    detail : str
        What ball arithmetic enclosed, at how many bits.
    """

    point: Mapping[str, str]
    detail: str


@dataclass(frozen=True)
class SamplingEvidence:
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
    series : mapping
        Columns for figures: step sizes, gaps, starts, outcomes.
    """

    part: str
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
    series: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

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
            return f"vacuous: none of {self.excluded} sampled points satisfies the hypotheses"
        if self.standing is Standing.REFUTED and self.counterexample is not None:
            at = ", ".join(f"{k} = {_short(v)}" for k, v in self.counterexample.point.items())
            return f"counterexample at {at}: {self.counterexample.detail}"
        if self.allowed:
            low, high = self.failing_fraction
            return (
                f"fails on {self.uniform_failed} of {self.uniform} independent uniform starts: the failing fraction is "
                f"in [{low:.2g}, {high:.2g}] with confidence {self.confidence:.1%}, and {self.allowed:.2g} is allowed"
            )
        if self.failed:
            return f"{self.failed} of {self.points} orbits fail in floating point, none confirmed: {self.suspected}"
        if self.undecided:
            return f"{self.undecided} of {self.points} orbits could not be decided: {self.open_case}"
        if self.exhaustive:
            return f"holds at {self.step_sizes} from the one start; least margin {self.margin:.3g}"
        return (
            f"no counterexample in {self.points} orbits at {self.step_sizes}; least margin {self.margin:.3g}; of the "
            f"region at most a fraction {self.failing_fraction[1]:.1g} fails (exact binomial bound, "
            f"{self.confidence:.1%}, {self.uniform} uniform starts)"
        )


def _short(text: str) -> str:
    """A fraction as a decimal when it is long."""
    if len(text) <= 12:
        return text
    top, _, bottom = text.partition("/")
    return f"{int(top) / int(bottom or 1):.9g}"


@dataclass(frozen=True)
class FamilyEvidence:
    """A statement with an unspecified constant, checked value by value.

    Parameters
    ----------
    members : mapping
        Evidence for each value.
    smallest : tuple of float
        The largest value refuted in the search and the smallest that survived.
    out_of_reach : str
        Which part of the printed range cannot be simulated, and why.
    """

    part: str
    constant: str
    members: Mapping[str, SamplingEvidence]
    smallest: tuple[float, float] | None
    out_of_reach: str

    @property
    def standing(self) -> Standing:
        """That of the largest value: "large enough" is what the text asks for."""
        return list(self.members.values())[-1].standing

    @property
    def sentence(self) -> str:
        """One sentence."""
        table = ", ".join(f"{self.constant} = {k}: {e.standing}" for k, e in self.members.items())
        found = ""
        if self.smallest is not None:
            low, high = self.smallest
            found = f"; in floating point fails at {self.constant} = {low:.4g} and survives at {high:.4g}"
        value, last = list(self.members.items())[-1]
        reach = f". {self.out_of_reach}" if self.out_of_reach else ""
        return f"{table}{found}; at {self.constant} = {value}, {last.sentence}{reach}"


@dataclass(frozen=True)
class CertificateEvidence:
    """What interval arithmetic proved of a statement.

    Parameters
    ----------
    proved : tuple of str
        The theorems proved, in words.
    refused : tuple of str
        What of the statement could not be proved, and why.
    cells : int
        On how many cells the inequalities were proved.
    """

    part: str
    proved: tuple[str, ...]
    refused: tuple[str, ...] = ()
    cells: int = 0

    @property
    def standing(self) -> Standing:
        """PROVED when nothing of the statement is left, CERTIFIED when a part is."""
        if not self.proved:
            return Standing.UNDECIDED
        return Standing.CERTIFIED if self.refused else Standing.PROVED

    @property
    def sentence(self) -> str:
        """One sentence."""
        if not self.proved:
            return f"not certified: {'; '.join(self.refused)}"
        rest = f"; not certified: {'; '.join(self.refused)}" if self.refused else ""
        return f"by interval arithmetic on {self.cells} cells, {'; '.join(self.proved)}{rest}"


@dataclass(frozen=True)
class StatisticResult:
    """One statistic over the seeds.

    Parameters
    ----------
    words : str
        What it is.
    allowed : str
        The bounds in words.
    values : tuple of float
        One for each seed that counts.
    margin : float
        How far inside the bounds the worst value lies.
    """

    words: str
    allowed: str
    values: tuple[float, ...]
    margin: float

    @property
    def seen(self) -> str:
        """The values seen, as a range."""
        if not self.values:
            return "not measured"
        low, high = min(self.values), max(self.values)
        return f"{low:.4g}" if len(self.values) == 1 or low == high else f"{low:.4g} to {high:.4g}"


@dataclass(frozen=True)
class ObservedEvidence:
    """Runs of networks and their statistics, in floating point.

    Parameters
    ----------
    networks : str
        Which networks, data and step sizes.
    seeds : tuple of int
        The seeds that meet the hypotheses, and those whose run failed.
    excluded : tuple of int
        The seeds that do not.
    held : tuple of int
        The seeds on which every bound holds.
    needed : int
        On how many it must hold.
    failed : mapping
        The seeds whose run ended without statistics, and why.
    statistics : tuple of StatisticResult
        One for each bound.
    problem : str
        Why nothing could be run.
    series : mapping
        Columns for figures, of the first seed that counts.
    """

    part: str
    networks: str
    seeds: tuple[int, ...] = ()
    excluded: tuple[int, ...] = ()
    held: tuple[int, ...] = ()
    needed: int = 1
    failed: Mapping[int, str] = field(default_factory=dict)
    statistics: tuple[StatisticResult, ...] = ()
    problem: str = ""
    series: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def standing(self) -> Standing:
        """SUPPORTED when at least half of the seeds meet the hypotheses, and enough of these hold.

        Floating point refutes nothing, so the rest is UNDECIDED.
        """
        if self.problem or 2 * len(self.excluded) > len(self.seeds) + len(self.excluded):
            return Standing.UNDECIDED
        if not self.seeds or len(self.held) < max(self.needed, 1):
            return Standing.UNDECIDED
        return Standing.SUPPORTED

    @property
    def sentence(self) -> str:
        """One sentence."""
        if self.problem:
            return self.problem
        left_out = f" ({_seeds(self.excluded)} outside the hypotheses)" if self.excluded else ""
        if not self.seeds:
            return f"vacuous: {self.networks}: no seed meets the hypotheses{left_out}"
        values = "; ".join(f"{s.words} {s.seen} ({s.allowed})" for s in self.statistics)
        runs = f"{self.networks}, {_seeds(self.seeds)}{left_out}: {values}"
        if self.failed:
            runs += "".join(f"; seed {seed} failed: {why}" for seed, why in self.failed.items())
        if 2 * len(self.excluded) > len(self.seeds) + len(self.excluded):
            return f"fewer than half of the seeds meet the hypotheses: {runs}"
        if self.standing is Standing.UNDECIDED:
            failing = tuple(s for s in self.seeds if s not in self.held)
            return f"not seen on {_seeds(failing)} ({self.needed} of {len(self.seeds)} seeds must hold): {runs}"
        if len(self.held) < len(self.seeds):
            return f"on {len(self.held)} of {len(self.seeds)} seeds, {self.needed} needed: {runs}"
        return runs


@dataclass(frozen=True)
class UnsettledEvidence:
    """A part that was not settled for a reason that has nothing to do with it.

    Parameters
    ----------
    reason : str
        What happened, in one clause.
    """

    part: str
    reason: str

    @property
    def standing(self) -> Standing:
        """UNDECIDED."""
        return Standing.UNDECIDED

    @property
    def sentence(self) -> str:
        """One sentence."""
        return f"not settled: {self.reason}"


def _seeds(seeds: tuple[int, ...]) -> str:
    """Seeds in words."""
    if len(seeds) > 2 and seeds == tuple(range(seeds[0], seeds[-1] + 1)):
        return f"seeds {seeds[0]} to {seeds[-1]}"
    return f"seed{'s' if len(seeds) > 1 else ''} {', '.join(map(str, seeds))}"


Evidence = (
    SymbolicEvidence | SamplingEvidence | FamilyEvidence | CertificateEvidence | ObservedEvidence | UnsettledEvidence
)
