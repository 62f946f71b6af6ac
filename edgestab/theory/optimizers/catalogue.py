"""The update rules by the names that command lines and claim files give them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules

from edgestab.errors import InputError
from edgestab.theory import optimizers
from edgestab.theory.optimizers.rule import UpdateRule
from edgestab.theory.text.spelling import did_you_mean


def _found() -> Iterator[UpdateRule]:
    for module in iter_modules(optimizers.__path__, f"{optimizers.__name__}."):
        if module.name != __name__:
            yield from getattr(import_module(module.name), "RULES", ())


OPTIMIZERS: Mapping[str, UpdateRule] = {rule.name: rule for rule in _found()}
"""Every rule of this package. A new one is a function in a file here, and stands in its `RULES`."""


ALIASES: Mapping[str, str] = {"gd": "gradient-descent"}
"""Other names of rules."""


def update_rule(name: str) -> UpdateRule:
    """Return an update rule by name.

    Raises
    ------
    InputError
        When there is no such rule, with the names that exist.
    """
    name = ALIASES.get(name, name)
    if name not in OPTIMIZERS:
        listed = f"the optimizers are {', '.join(OPTIMIZERS)}"
        raise InputError(f"unknown optimizer {str(name)[:40]!r}{did_you_mean(str(name), OPTIMIZERS, listed)}")
    return OPTIMIZERS[name]
