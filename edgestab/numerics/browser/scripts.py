"""The text of the worker that drives the modules of `edgestab.numerics.browser.spec`."""

from __future__ import annotations

from importlib import resources

from edgestab.numerics import browser

FILES = ("exact", "linear", "module", "driver", "stopping", "periods", "classify", "pictures", "orbit", "worker")
"""In the order in which they need each other."""


def worker_source() -> str:
    """Return the whole script of the worker.

    Examples
    --------
    >>> "onmessage" in worker_source()
    True
    """
    folder = resources.files(browser).joinpath("engine")
    return "\n".join(folder.joinpath(f"{name}.js").read_text(encoding="utf-8") for name in FILES)
