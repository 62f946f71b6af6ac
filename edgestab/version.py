"""The version of the package."""

from __future__ import annotations

UNKNOWN = "0+unknown"
"""What a source tree that was never installed calls itself."""


def version() -> str:
    """Return the version of the installed distribution, or `UNKNOWN` where there is none."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as of

    try:
        return of("edgestab")
    except PackageNotFoundError:
        return UNKNOWN
