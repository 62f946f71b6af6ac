"""Which judge belongs to which conclusion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from edgestab.theory.conclusions.along import Along
from edgestab.theory.conclusions.conclusion import Conclusion
from edgestab.theory.conclusions.converges import Converges
from edgestab.theory.conclusions.diverges import Diverges
from edgestab.theory.conclusions.final_sharpness import FinalSharpness
from edgestab.theory.conclusions.monotone import Monotone
from edgestab.theory.statement import OrbitStatement
from edgestab.verify.conclusions.along import AlongJudge
from edgestab.verify.conclusions.converges import ConvergesJudge
from edgestab.verify.conclusions.diverges import DivergesJudge
from edgestab.verify.conclusions.final_sharpness import FinalSharpnessJudge
from edgestab.verify.conclusions.judge import OrbitJudge
from edgestab.verify.conclusions.monotone import MonotoneJudge

JUDGES: Mapping[type[Conclusion], Callable[[OrbitStatement, Any], OrbitJudge[Any]]] = {
    Converges: ConvergesJudge,
    FinalSharpness: FinalSharpnessJudge,
    Along: AlongJudge,
    Monotone: MonotoneJudge,
    Diverges: DivergesJudge,
}


def judge_of(statement: OrbitStatement) -> OrbitJudge[Any]:
    """Return the judge of a statement's orbits."""
    return JUDGES[type(statement.conclusion)](statement, statement.conclusion)
