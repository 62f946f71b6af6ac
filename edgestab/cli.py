"""The command line."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, CycloptsError, Parameter
from rich.console import Console
from rich.table import Table
from rich.text import Text

from edgestab.arguments import Output, Subject
from edgestab.commands.basin import basin
from edgestab.commands.certify import certify, check
from edgestab.commands.cycles import cycles
from edgestab.commands.exponents import exponents
from edgestab.commands.export import export
from edgestab.commands.orbits import orbits
from edgestab.commands.train import train
from edgestab.errors import InputError

if TYPE_CHECKING:
    from edgestab.theory.claim import Claim
    from edgestab.verify.verdict import Verdict

OK, REFUTED, BAD_USAGE, INTERRUPTED = 0, 1, 2, 130
EFFORT = Literal["quick", "standard", "deep"]
COLOURS = {"PROVED": "green", "CERTIFIED": "green", "SUPPORTED": "cyan", "REFUTED": "red", "UNDECIDED": "yellow"}

app = App(
    name="edgestab",
    help="Check theorems about gradient descent at the edge of stability: derive, sweep, attack, prove.",
    version_flags=["--version"],
    suppress_keyboard_interrupt=False,  # `run` reports it
)


def main() -> None:
    """Run the command line and exit with 0, with 1 when something unexpected is refuted, or with 2 for bad usage."""
    status = run(sys.argv[1:])
    if status == INTERRUPTED:
        # Threads may be in the middle of a kernel that nothing can stop; whatever is on disk is whole at any moment.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


def run(arguments: list[str]) -> int:
    """Run one command and return its exit status; every error is one line on the standard error stream."""
    try:
        status = app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
        return status if isinstance(status, int) else OK
    except CycloptsError as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return _fail("interrupted; files are whole or not there, and a store goes on with --resume", INTERRUPTED)
    except OSError as error:
        return _fail(f"{error.filename or ''}: {error.strerror or error}".lstrip(": "))
    except ValueError as error:
        return _fail(str(error))


def _fail(message: str, status: int = BAD_USAGE) -> int:
    print(f"edgestab: error: {' '.join(message.split())}", file=sys.stderr)
    return status


@app.command
def claims(*, paper: str | None = None, json_: Annotated[bool, Parameter("--json", negative="")] = False) -> int:
    """List the catalogue, one line a claim.

    Parameters
    ----------
    paper
        Only the claims of this paper, such as zhu2023.
    json_
        Print JSON.
    """
    chosen = _of_paper(paper)
    if json_:
        _print_json(
            [{"id": c.id, "title": c.title, "kind": c.kind, "source": c.source, "words": c.words} for c in chosen]
        )
        return OK
    width = max((len(c.id) for c in chosen), default=0)
    for claim in chosen:
        print(f"{claim.id:<{width}}  {claim.kind:<7}  {claim.title} ({claim.source})")
    return OK


@app.command
def derive(
    model: str | None = None,
    *,
    loss: str | None = None,
    params: str | None = None,
    what: str = "all",
    format: str = "pretty",
    json_: Annotated[bool, Parameter("--json", negative="")] = False,
) -> int:
    """Print exact derivatives, steps, sharpness and invariants of a built-in model or of a loss.

    Parameters
    ----------
    model
        A built-in model: quartic, degree-2, chain:1,2, balanced:3, product:p**2/2-p**4/12, vector:3, frozen-cubic.
    loss
        An expression instead of a model.
    params
        Its parameters, such as "x y".
    what
        gradient, hessian, cubic, step, two-step, sharpness, invariants or all.
    format
        pretty, latex, python or json.
    json_
        The same as --format json.
    """
    from edgestab.derive import derive as rows_of
    from edgestab.derive import render

    print(render(rows_of(Subject(loss, params).model(model), what), "json" if json_ else format))
    return OK


@app.command
def verify(
    *targets: str,
    paper: str | None = None,
    effort: EFFORT = "quick",
    out: Path | None = None,
    threads: int | None = None,
    json_: Annotated[bool, Parameter("--json", negative="")] = False,
) -> int:
    """Check claims of the catalogue, or claims of your own in TOML files; the whole catalogue by default.

    Parameters
    ----------
    targets
        Ids of claims, and files ending in .toml.
    paper
        Every claim of this paper.
    effort
        quick, standard or deep.
    out
        Write report.html and verdicts.json into this folder.
    threads
        Threads of the sweeps; verdicts do not depend on it.
    json_
        Print the verdicts as JSON.
    """
    from edgestab.progress import progress
    from edgestab.verify.check import check as verdict_of

    if threads is not None and threads < 1:
        raise InputError(f"--threads must be at least 1, got {threads}")
    chosen = [c for t in targets for c in _target(t)] if targets else []
    if paper is not None or not targets:
        chosen += _of_paper(paper)
    if out is not None:
        _make_writable(out)
    console = Console(stderr=True)
    verdicts = []
    with progress(console, "verifying", len(chosen)) as (begin, report):
        for claim in chosen:
            begin(claim.id)
            verdicts.append(verdict_of(claim, effort, threads=threads, report=report))
            if not json_ and not console.is_terminal and len(chosen) > 1:
                print(f"{verdicts[-1].standing:<9} {claim.id}", file=sys.stderr)
    written = None
    if out is not None:
        from edgestab.report import write

        written = write(verdicts, out, effort=effort)
    if json_:
        from edgestab.data import as_dict

        _print_json([as_dict(v) for v in verdicts])
    else:
        _print_verdicts(verdicts)
    if written is not None:
        console.print(f"report: {written.resolve()}", soft_wrap=True, highlight=False)
    surprising = any(v.standing == "REFUTED" and v.claim.kind != "slip" for v in verdicts)
    return REFUTED if surprising else OK


@app.command
def sweep(file: Path, *, output: Output = Output()) -> int:  # noqa: B008 - a frozen value
    """Follow orbits from a grid or a random design of starts and write their outcomes.

    Parameters
    ----------
    file
        A specification in TOML: model or loss, eta or eta_range, region, points or grid.
    output
        Where results go.
    """
    from edgestab.commands.shared import computed
    from edgestab.verify.claim_files.door import read
    from edgestab.verify.claim_files.sweeping import require_followed, require_memory, summary, sweep_job

    if output.out is None:
        raise InputError("a sweep needs --out DIR.zarr or --out FILE.nc")
    output.check()
    spec = read(file)
    job = sweep_job(spec)
    if output.out.suffix == ".nc":
        require_memory(job)
    dataset = computed(job, output, f"sweeping {spec.name}", check=require_followed)
    counts = summary(dataset)
    if output.json_:
        _print_json({"file": str(output.out), "orbits": dataset.sizes["orbit"], "outcomes": counts})
    else:
        words = ", ".join(f"{n} {s.lower()}" for s, n in counts.items())
        print(f"{output.out}: {dataset.sizes['orbit']} orbits, {words}")
    return OK


for _command in (basin, orbits, exponents, cycles, certify, check, train, export):
    app.command(_command)


def _of_paper(paper: str | None) -> list[Claim]:
    from edgestab.theory.claims.catalogue import find, ids

    return [find(i) for i in ids(paper)]


def _target(target: str) -> list[Claim]:
    from edgestab.theory.claims.catalogue import find
    from edgestab.verify.claim_files.door import read
    from edgestab.verify.claim_files.specification import claim_of

    if target.endswith(".toml"):
        return [claim_of(read(Path(target)))]
    return [find(target)]


def _make_writable(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


def _print_verdicts(verdicts: list[Verdict]) -> None:
    table = Table(show_lines=False, expand=False)
    for column in ("claim", "verdict", "evidence"):
        table.add_column(column, no_wrap=column != "evidence")
    for verdict in verdicts:
        standing = str(verdict.standing)
        label = Text(standing, style=COLOURS[standing])
        if verdict.claim.kind == "slip" and standing == "REFUTED":
            label.append(" (slip)")
        table.add_row(Text(verdict.claim.id), label, Text(verdict.sentence))
    console = _console()
    console.print(table)
    counts: dict[str, int] = {}
    for verdict in verdicts:
        counts[str(verdict.standing)] = counts.get(str(verdict.standing), 0) + 1
    console.print(", ".join(f"{n} {s}" for s, n in counts.items()) or "no claims", highlight=False)


def _console() -> Console:
    """The standard output; a pipe has no width of its own."""
    return Console(width=None if sys.stdout.isatty() else 140)


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, allow_nan=False))
