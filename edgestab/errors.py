"""The one kind of error that whoever called can mend."""

from __future__ import annotations


class InputError(ValueError):
    """What was given cannot be used; the message is one sentence that says what to change.

    Every refusal of this package is one. Any other exception that leaves it is a fault of the package.

    Examples
    --------
    >>> raise InputError("step size must be positive and finite, got -0.1")
    Traceback (most recent call last):
    ...
    edgestab.errors.InputError: step size must be positive and finite, got -0.1
    """
