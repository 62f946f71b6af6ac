"""The independent checker in a process of its own, which reads a part while the engine is at the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from edgestab.numerics.tiling.processes import WorkerDied, cores, processes

if TYPE_CHECKING:
    from concurrent.futures import Future

    from edgestab.verify.certify.outcome import Attempt, Outcome

_CHECKER = "edgestab.verify.checker.check"


@contextmanager
def checking() -> Iterator[Callable[[Attempt], Callable[[], Outcome]]]:
    """Yield a callable that begins to check an attempt and returns one that waits for what comes of it.

    On a single core nothing is begun aside, and the waiting is the checking. Imports nothing that takes time before the
    process has started.
    """
    if cores() == 1:
        yield lambda attempt: attempt.checked
        return
    with processes(cores(), preload=(_CHECKER,)) as workers:
        workers.submit(abs, 0)  # begins one now

        def begin(attempt: Attempt) -> Callable[[], Outcome]:
            from edgestab.verify.checker.check import check_text

            read = {c.text: workers.submit(check_text, c.text) for _, c in attempt.certificates}
            return lambda: attempt.checked(lambda text: _found(read[text]))

        yield begin


def _found(check: Future[str]) -> str:
    from edgestab.verify.checker.reading import CertificateError

    try:
        return check.result()
    except WorkerDied as error:
        raise CertificateError(str(error)) from error
