"""``edgestab verify``: verdicts on claims."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from edgestab.arguments import Overwrite
from edgestab.commands.claims import named, of_paper
from edgestab.commands.exits import OK, REFUTED
from edgestab.commands.printing import errors, output, print_json
from edgestab.commands.verdicts_shown import FEW, print_verdicts
from edgestab.errors import InputError
from edgestab.theory.effort import EffortName

if TYPE_CHECKING:
    from edgestab.verify.verdict import Verdict


def verify(
    *targets: str,
    paper: str | None = None,
    effort: EffortName = "quick",
    out: Path | None = None,
    overwrite: Overwrite = False,
    jobs: int | None = None,
    threads: int | None = None,
    scheduler: str | None = None,
    details: Annotated[bool, Parameter(negative="")] = False,
    json_: Annotated[bool, Parameter("--json", negative="")] = False,
) -> int:
    """Check claims of the catalogue, or claims of your own in TOML files; the whole catalogue by default.

    Exits with 1 when a counterexample is confirmed where none was expected, and with 0 otherwise.

    Parameters
    ----------
    targets
        Ids of claims, and files ending in .toml.
    paper
        The claims of this paper, such as zhu2023.
    effort
        How hard to look: quick, standard or deep.
    out
        Write the result here: a folder for report.html and verdicts.json.
    overwrite
        Replace what is there: a file when the new one is complete, a store before the work begins.
    jobs
        Processes that settle the parts of the claims side by side; by default one for each core. Verdicts do not depend
        on it. One that is killed leaves its claim UNDECIDED, and no other.
    threads
        Threads of each process; results do not depend on it.
    scheduler
        The address of a Dask scheduler, such as tcp://10.0.0.1:8786, whose workers compute instead.
    details
        Print the evidence for every claim, also where there are many that were not named.
    json_
        Print JSON: the verdicts.
    """
    for option, value in (("--jobs", jobs), ("--threads", threads)):
        if value is not None and value < 1:
            raise InputError(f"{option} must be at least 1, got {value}")
    if jobs is not None and scheduler is not None:
        raise InputError("--jobs is for this machine and --scheduler for a cluster: leave one out")
    chosen = [named(t) for t in dict.fromkeys(targets)]
    if paper is not None or not targets:
        there = {claim.id for claim in chosen}
        chosen += [claim for claim in of_paper(paper) if claim.id not in there]
    if out is not None and out.suffix in (".html", ".json", ".pdf"):
        raise InputError(f"--out takes a folder, for report.html and verdicts.json, got {out}")
    if out is not None:
        _make_writable(out, overwrite)
    from edgestab.commands.progress import counted
    from edgestab.verify.side_by_side import check_all

    console = errors()

    def ready(verdict: Verdict) -> None:
        if not json_ and not console.is_terminal and len(chosen) > 1:
            print(f"{verdict.standing:<9} {verdict.claim.id}", file=sys.stderr)

    with counted(console, f"verifying {chosen[0].id}" if len(chosen) == 1 else "verifying") as (done, report):
        verdicts = check_all(
            chosen, effort, jobs=jobs, threads=threads, scheduler=scheduler, ready=ready, done=done, report=report
        )
    written = None
    if out is not None:
        from edgestab.report.write import write_report

        written = write_report(verdicts, out, effort=effort)
    if json_:
        from edgestab.data import as_dict

        print_json([as_dict(v) for v in verdicts])
    else:
        full = details or len(verdicts) <= FEW or (bool(targets) and paper is None)
        print_verdicts(output(), verdicts, full=full)
    if written is not None:
        console.print(f"report: {written.resolve()}")
    surprising = any(v.standing == "REFUTED" and v.claim.kind != "slip" for v in verdicts)
    return REFUTED if surprising else OK


def _make_writable(folder: Path, overwrite: bool) -> None:
    from edgestab.numerics.storage.places import free_file
    from edgestab.report.write import DATA, PAGE

    folder.mkdir(parents=True, exist_ok=True)
    for name in (PAGE, DATA):
        free_file(folder / name, overwrite=overwrite)
