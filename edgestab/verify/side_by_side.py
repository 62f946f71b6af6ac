"""Many claims side by side: their pieces settled in processes or on a cluster, their verdicts in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial

from edgestab.errors import InputError
from edgestab.numerics.tiling.processes import cores
from edgestab.theory.claim import Claim
from edgestab.theory.effort import effort_named
from edgestab.verify.observe import Run
from edgestab.verify.pieces import Lost, Piece, Settled, needs, pieces_of, settle_piece, verdict_of, weight
from edgestab.verify.verdict import Verdict


def check_all(
    claims: Sequence[Claim],
    effort: str = "quick",
    *,
    jobs: int | None = None,
    threads: int | None = None,
    scheduler: str | None = None,
    ready: Callable[[Verdict], None] | None = None,
    done: Callable[[int, int], None] | None = None,
    report: Callable[[str, float], None] | None = None,
) -> tuple[Verdict, ...]:
    """Check claims side by side, and return their verdicts in their order.

    The parts of the claims, and the runs of their observations, are independent pieces. A run that several claims ask
    for is made once. What a piece gives depends on nothing else, so verdicts are the same for any number of processes.

    Parameters
    ----------
    claims : sequence of Claim
        From the catalogue, or a user's own.
    effort : str
        "quick", "standard" or "deep".
    jobs : int, optional
        Processes; by default one for each core that this process may use, and no more than there are pieces that take
        time. With 1, all is done in this process. A process that is killed leaves the claim of its piece UNDECIDED,
        with the reason; the others go on.
    threads : int, optional
        Threads of the sweeps of one process; by default the cores are shared out.
    scheduler : str, optional
        The address of a Dask scheduler, whose workers settle the pieces instead.
    ready : callable, optional
        Called with every verdict, in the order of the claims, as soon as it and those before it are there.
    done : callable, optional
        Called with the pieces settled and their number.
    report : callable, optional
        Called, perhaps in another thread, with the name of a stage and the fraction of it that is done.

    Raises
    ------
    InputError
        When the effort is unknown, a number is below 1, or no scheduler answers.
    """
    effort_named(effort)
    here = cores()
    wanted = here if jobs is None else jobs
    if wanted < 1:
        raise InputError(f"the number of processes must be at least 1, got {wanted}")
    book = _Book(claims, effort, ready, done)
    tell = None if report is None else (lambda said: report(*said))
    count = 0 if scheduler is not None else min(wanted, sum(weight(p) > 0 for p in book.pieces))
    settle = partial(settle_piece, effort=effort, threads=threads or (max(1, here // count) if count > 1 else None))
    if scheduler is None and count <= 1:
        for piece in book.pieces:
            book.enter(piece, settle(piece, tell))
        return book.verdicts
    from edgestab.numerics.tiling import executors
    from edgestab.numerics.tiling.pool import compute_each
    from edgestab.numerics.tiling.processes import processes

    with ExitStack() as stack:
        workers: executors.Executor = (
            stack.enter_context(executors.cluster(scheduler))
            if scheduler is not None
            else stack.enter_context(processes(count, preload=_needs(book.pieces), tell=tell))
        )
        longest_first = sorted(book.pieces, key=weight, reverse=True)
        compute_each(settle, longest_first, book.enter, workers, attempts=1, lost=_lost, kind=needs)
    return book.verdicts


class _Book:
    """What has been settled so far, and the verdicts that follow."""

    def __init__(
        self,
        claims: Sequence[Claim],
        effort: str,
        ready: Callable[[Verdict], None] | None,
        done: Callable[[int, int], None] | None,
    ) -> None:
        self.claims, self.effort, self.ready, self.done = claims, effort, ready, done
        self.needed = [tuple(pieces_of(number, claim, effort)) for number, claim in enumerate(claims)]
        self.pieces = tuple(dict.fromkeys(piece for of_claim in self.needed for piece in of_claim))
        self.found: dict[Piece, Settled | Lost] = {}
        self.written: list[Verdict] = []
        self.write()

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        return tuple(self.written)

    def enter(self, piece: Piece, found: Settled | Lost) -> None:
        self.found[piece] = found
        self.write()

    def write(self) -> None:
        """Write every verdict whose turn it is and whose pieces are there."""
        if self.done is not None:
            self.done(len(self.found), len(self.pieces))
        while (n := len(self.written)) < len(self.claims) and all(p in self.found for p in self.needed[n]):
            self.written.append(verdict_of(n, self.claims[n], self.effort, self.found))
            if self.ready is not None:
                self.ready(self.written[n])


def _needs(pieces: Sequence[Piece]) -> list[str]:
    """The modules to import once for all processes, torch among them where networks are run."""
    networks = any(isinstance(p, Run) and p.on_networks for p in pieces)
    return ["edgestab.verify.check", "edgestab.numerics.orbits.sweep", *["torch"] * networks]


def _lost(piece: Piece, error: BaseException) -> Settled | Lost:
    del piece
    return Lost(str(error) or type(error).__name__)
