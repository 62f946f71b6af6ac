"""``edgestab doctor``: what is installed and what is not."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from edgestab.commands.printing import print_json


def doctor(*, json_: Annotated[bool, Parameter("--json", negative="")] = False) -> None:
    """Say what edgestab finds here, what it does not find, and what to do where something is wanted.

    Nothing that is missing is an error: what is optional says what it is for.

    Parameters
    ----------
    json_
        Print JSON.
    """
    from dataclasses import asdict

    from edgestab.surroundings import surroundings

    found = surroundings()
    if json_:
        print_json([asdict(f) for f in found])
        return
    width = max(len(f.name) for f in found)
    for f in found:
        print(f"{'ok' if f.there else '--'}  {f.name:<{width}}  {f.words}")
        if f.advice:
            print(f"    {'':<{width}}  {f.advice}")
