"""Certificates of arguments: which argument proves what a file claims of a step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from edgestab.verify.checker.convex import check_convex
from edgestab.verify.checker.expanding import check_expanding
from edgestab.verify.checker.image import check_image
from edgestab.verify.checker.linear import check_linear
from edgestab.verify.checker.reading import demand, record, text
from edgestab.verify.checker.statement import Statement
from edgestab.verify.checker.trapping import check_trapping

ARGUMENT = "edgestab-argument"
KEYS = "format version argument step eta starts claim proof"
ARGUMENTS: Mapping[str, Callable[[Statement, Any], str]] = {
    "image": check_image,
    "trapping": check_trapping,
    "convex": check_convex,
    "linear": check_linear,
    "expanding": check_expanding,
}


def check_argument(document: Any) -> str:
    """Prove what a parsed certificate of an argument claims, and return it in words."""
    _, version, argument, step, eta, starts, claim, proof = record(document, KEYS, "the file")
    demand(repr(version) == "1", "no certificate of version 1")
    demand(text(argument, "argument") in ARGUMENTS, f"argument is one of {', '.join(ARGUMENTS)}")
    said = Statement(step, eta, starts, claim, counts=argument == "image")
    claimed = ARGUMENTS[argument](said, proof)
    is_open = argument == "linear"
    start = said.starts_in_words("()" if is_open else "[]") if said.box else "from every start"
    return f"{said.step_in_words}: every orbit {start} {claimed}."
