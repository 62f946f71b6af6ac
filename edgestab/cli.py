"""The command line: its commands, and what becomes of an error in one."""

from __future__ import annotations

import errno
import os
import sys

from cyclopts import App, CycloptsError, Parameter

from edgestab.commands.examples import ending
from edgestab.commands.exits import BAD_USAGE, BUG, INTERRUPTED, OK, PIPE_CLOSED
from edgestab.commands.help_pages import FilledPages, shown_default
from edgestab.errors import InputError
from edgestab.version import version

COMMANDS: dict[str, tuple[str, ...]] = {
    "claims": (),
    "models": (),
    "derive": (),
    "new": (),
    "explain": (),
    "verify": (),
    "certify": (),
    "recheck": ("check",),
    "sweep": (),
    "basin": (),
    "orbits": (),
    "exponents": (),
    "cycles": (),
    "explore": (),
    "landing": (),
    "train": (),
    "export": (),
    "doctor": (),
    "completion": (),
}
"""The commands, with their other names: the function NAME in ``edgestab/commands/NAME.py``, imported when called."""

FULL = (errno.ENOSPC, errno.EDQUOT)
"""What the system says of a disk without room, and without a file's name where a library writes the file."""

app = App(
    name="edgestab",
    help="Check theorems about gradient descent at the edge of stability: derive, sweep, attack, prove.",
    version=version,
    version_flags=["--version"],
    help_format="plaintext",  # in any markup, formulas lose their ** and extras their brackets
    help_formatter=FilledPages(),
    default_parameter=Parameter(show_default=shown_default),
    suppress_keyboard_interrupt=False,  # `run` reports it
)
for _name, _others in COMMANDS.items():
    app.command(f"edgestab.commands.{_name}:{_name}", name=_name, alias=_others)


def main() -> None:
    """Run the command line and exit with one of the statuses in `edgestab.commands.exits`."""
    status = run(sys.argv[1:])
    if status == INTERRUPTED:
        # Threads may be in the middle of a kernel that nothing can stop; whatever is on disk is whole at any moment.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


def run(arguments: list[str]) -> int:
    """Run one command and return its exit status.

    What the user can mend is one line on the standard error stream; a fault of the package is its traceback and one
    line that says so.
    """
    try:
        if not arguments or arguments[0] in app.help_flags:
            app.resolved_commands()  # the list of commands shows the first line of each
        status = app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
        if not arguments or not set(app.help_flags).isdisjoint(arguments):
            print(ending(arguments[0] if arguments else ""))
        sys.stdout.flush()
        return status if isinstance(status, int) else OK
    except CycloptsError as error:
        from edgestab.commands.refusals import refusal

        return _fail(refusal(app, arguments, error))
    except InputError as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return _fail("interrupted; files are whole or not there, and a store goes on with --resume", INTERRUPTED)
    except BrokenPipeError:
        # What is still in the buffer can go nowhere; at exit Python would flush it, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except OSError as error:
        if error.filename is None and error.errno not in FULL:
            return _bug()
        return _fail(f"{error.filename or ''}: {error.strerror or error}".lstrip(": "))
    except Exception:  # whatever else gets here is ours to mend
        return _bug()


def _fail(message: str, status: int = BAD_USAGE) -> int:
    print(f"edgestab: error: {' '.join(message.split())}", file=sys.stderr)
    return status


def _bug() -> int:
    import traceback

    traceback.print_exc()
    print(f"edgestab: this is a bug of edgestab {version()}: please report it with the lines above", file=sys.stderr)
    return BUG
