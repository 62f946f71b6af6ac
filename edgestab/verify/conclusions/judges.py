"""Which judge belongs to which conclusion: the one called after it, in the file of its file's name."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from edgestab.theory.conclusions.conclusion import Conclusion
from edgestab.theory.statement import OrbitStatement
from edgestab.verify.conclusions.judge import OrbitJudge


def judge_of(statement: OrbitStatement) -> OrbitJudge[Any]:
    """Return the judge of a statement's orbits."""
    found: OrbitJudge[Any] = judging(type(statement.conclusion))(statement, statement.conclusion)
    return found


def judging(conclusion: type[Conclusion]) -> type[OrbitJudge[Any]]:
    """Return the judge of a kind of conclusion: ``ConvergesJudge`` of ``converges.py`` for ``Converges``."""
    file = conclusion.__module__.rpartition(".")[2]
    found: type[OrbitJudge[Any]] = getattr(
        import_module(f"edgestab.verify.conclusions.{file}"), f"{conclusion.__name__}Judge"
    )
    return found
