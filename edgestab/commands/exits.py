"""The exit statuses of the command line."""

OK = 0

REFUTED = 1
"""A counterexample was found and confirmed where none was expected; nothing else ends with this status."""

BAD_USAGE = 2
"""What was given cannot be used: one line says what to change."""

NOT_REACHED = 3
"""The command ran to its end without what it was asked for: something is left unproved, or a training run diverged."""

BUG = 70
"""A fault of edgestab."""

INTERRUPTED = 130

PIPE_CLOSED = 141
"""Whoever read the output stopped reading."""
