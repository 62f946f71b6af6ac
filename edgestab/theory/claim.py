"""A claim: a theorem as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import sympy as sp

from edgestab.theory.lemma import Lemma
from edgestab.theory.observation import Observation
from edgestab.theory.statement import OrbitStatement
from edgestab.theory.stepmap import StepMap


@dataclass(frozen=True)
class Proof:
    """Lemmas that exact arithmetic settles, and the argument that makes a theorem of them.

    Parameters
    ----------
    name : str
        What is proved.
    lemmas : tuple of Lemma
        Every one must hold.
    argument : str
        How the lemmas give the statement. It is read by people, not checked.
    """

    name: str
    lemmas: tuple[Lemma, ...]
    argument: str = ""


@dataclass(frozen=True)
class Refutation:
    """A proof that the statement is false: lemmas that contradict it."""

    name: str
    lemmas: tuple[Lemma, ...]
    argument: str


@dataclass(frozen=True)
class Family:
    """A statement with an unspecified constant: checked for stated values, the smallest survivor searched for.

    Parameters
    ----------
    name : str
        What it says.
    constant : Symbol
        The constant, such as K, "large enough" in the text.
    values : tuple of Rational
        The values it is checked for, increasing; the claim is judged by the largest.
    statement : OrbitStatement
        The statement, with the constant in it.
    search : tuple of Rational
        Between which values the smallest survivor is searched; the lower one must fail.
    printed_step_size : Expr
        The upper end of the step sizes in the text, in the constant. It may lie out of reach.
    """

    name: str
    constant: sp.Symbol
    values: tuple[sp.Rational, ...]
    statement: OrbitStatement
    search: tuple[sp.Rational, sp.Rational]
    printed_step_size: sp.Expr


@dataclass(frozen=True)
class Certified:
    """A statement that interval arithmetic proves on cells (docs/certificates.md).

    Parameters
    ----------
    name : str
        What is proved.
    statement : OrbitStatement
        Convergence, or a window of the final sharpness.
    down_to_zero : bool
        Whether it is proved for every smaller step size as well.
    core : tuple of Rational, optional
        For almost every start of a trapping region: between which x the starts are certified first.
    """

    name: str
    statement: OrbitStatement
    down_to_zero: bool = False
    core: tuple[sp.Rational, sp.Rational] | None = None


@dataclass(frozen=True)
class Window:
    """A map of the line has one 2-cycle for every value of its parameter, which attracts up to one flip.

    Parameters
    ----------
    name : str
        What is proved.
    step : StepMap
        A polynomial map.
    parameter : Symbol
        Its parameter.
    values : (Rational, Rational)
        The values of the parameter.
    points : (Rational, Rational)
        Where exactly one point of the cycle lies.
    flip : (Rational, Rational)
        Between which values of the parameter the multiplier passes -1.
    """

    name: str
    step: StepMap
    parameter: sp.Symbol
    values: tuple[sp.Rational, sp.Rational]
    points: tuple[sp.Rational, sp.Rational]
    flip: tuple[sp.Rational, sp.Rational]


Part = Proof | Refutation | OrbitStatement | Family | Certified | Window | Observation
Kind = Literal["theorem", "slip", "derived", "user"]


@dataclass(frozen=True)
class Claim:
    """A statement with its source and the parts that settle it.

    Parameters
    ----------
    id : str
        ``<paper>.<name>``, unique in the catalogue.
    source : str
        Paper and number, such as "Zhu et al. 2023, Corollary 3.1".
    title : str
        A few words.
    words : str
        The statement in words.
    parts : tuple of Part
        The claim holds when every part does; one refuted part refutes it.
    formulas : tuple of Basic
        What the report typesets.
    kind : str
        "theorem" and "derived" are expected to hold; a "slip" is the text as printed, expected to be refuted.
    corrected : str
        For a slip, the id of its corrected form.
    notes : tuple of str
        Known limits of the check, and what the printed text says differently.
    checks : tuple of OrbitStatement or Family
        Orbits that test what the parts prove. They add nothing to a proof; a failure there refutes it.
    """

    id: str
    source: str
    title: str
    words: str
    parts: tuple[Part, ...]
    formulas: tuple[sp.Basic, ...] = ()
    kind: Kind = "theorem"
    corrected: str = ""
    notes: tuple[str, ...] = ()
    checks: tuple[OrbitStatement | Family, ...] = ()

    @property
    def paper(self) -> str:
        """The paper's key, the first word of the id."""
        return self.id.partition(".")[0]
