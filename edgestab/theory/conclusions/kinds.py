"""The conclusions by the names that claim files give them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules

from edgestab.theory import conclusions
from edgestab.theory.conclusions.conclusion import Conclusion


def _found() -> Iterator[type[Conclusion]]:
    for module in iter_modules(conclusions.__path__, f"{conclusions.__name__}."):
        if module.name != __name__:
            of_module = vars(import_module(module.name)).values()
            yield from (c for c in of_module if getattr(c, "__module__", "") == module.name and hasattr(c, "kind"))


CONCLUSIONS: Mapping[str, type[Conclusion]] = {c.kind: c for c in _found()}
"""Every conclusion of this package. A new one is a file here, and its judge a file of that name in
`edgestab.verify.conclusions`."""
