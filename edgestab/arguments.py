"""What commands are given, read from text by the whitelisting parser: models, axes, values, starts, executors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from edgestab.errors import InputError
from edgestab.theory.text.spelling import did_you_mean

if TYPE_CHECKING:
    import sympy as sp

    from edgestab.numerics.tiling.executors import Executor
    from edgestab.theory.models.base import Model

Words = Annotated[tuple[str, str, str], Parameter(negative="", metavar="NAME LOW HIGH")]
"""A name and two ends, as three words of the command line."""

Overwrite = Annotated[bool, Parameter(negative="")]
"""Whether a result replaces what is there."""

Ends = tuple[Fraction, Fraction]

Start = Annotated[tuple[str, ...], Parameter(negative="")]
"""Where orbits begin: NAME=VALUE, several with commas between them."""


@Parameter(name="*")
@dataclass(frozen=True)
class Subject:
    """What is iterated.

    Parameters
    ----------
    loss
        A loss: an expression such as "(1 - x*y**2)**2/2", instead of a model.
    params
        The parameters of the loss, such as "x y".
    optimizer
        The update rule of the loss; the factors of one are given by --set, such as heavy-ball with --set beta=0.9.
    eta
        The step size.
    set_
        NAME=VALUE: the value of a constant of the loss, or of a parameter or factor of the step; repeatable.
    """

    loss: str | None = None
    params: str | None = None
    optimizer: str = "gradient-descent"
    eta: str | None = None
    set_: Annotated[tuple[str, ...], Parameter("--set", negative="")] = ()

    def model(self, name: str | None, varying: Sequence[str] = ()) -> Model:
        """Return the model that is meant; `varying` names what has no value because it varies."""
        import sympy as sp

        from edgestab.theory.models.given import Wording, model_given
        from edgestab.theory.text.names import parse_names

        # A value may also be that of a coordinate of the start, or of the step size: these are no constants.
        taken = {"eta", *(parse_names(self.params) if self.params else ())}
        constants = {s: sp.Rational(v) for s, v in self.values.items() if s.name not in taken}
        free = [n for n in varying if n not in taken and n not in {s.name for s in constants}]
        words = Wording("--loss EXPRESSION", '--params "x y"')
        return model_given(name, self.loss, self.params, self.optimizer, constants, wording=words, free=free)

    @cached_property
    def _names(self) -> set[str]:
        """The names in a loss, and the factors of its update rule: those that have a value are in no step any more."""
        from edgestab.theory.optimizers.catalogue import update_rule

        written = re.findall(r"[A-Za-z_]\w*", self.loss or "")
        return {*written, *(f.symbol.name for f in update_rule(self.optimizer).factors)}

    @cached_property
    def values(self) -> dict[sp.Symbol, Fraction]:
        """The values that were given, by symbol."""
        found: dict[sp.Symbol, Fraction] = {}
        for text in (*self.set_, *((f"eta={self.eta}",) if self.eta is not None else ())):
            name, equals, value = text.partition("=")
            if not (equals and name.strip()):
                raise InputError(f"--set takes NAME=VALUE, got {text[:40]!r}")
            s = _symbol(name)
            if s in found:
                raise InputError(f"{s} has two values: leave one out")
            found[s] = rational(value, str(s))
        return found

    def fixed(
        self, of: Model, varying: Sequence[sp.Symbol] = (), start: Sequence[str] = ()
    ) -> dict[sp.Symbol, Fraction]:
        """Return the values of a model's parameters, and of the coordinates of its start, that do not vary."""
        from edgestab.theory.symbols import ETA

        coordinates = _coordinates(of)
        known = {*of.own.step.parameters, *coordinates}
        strange = [(s.name, "set") for s in self.values if s not in known and s.name not in self._names]
        strange += [(s.name, "vary") for s in varying if s not in known]
        for name, what in strange:
            there = [*map(str, of.own.step.parameters), *map(str, coordinates)]
            hint = did_you_mean(name, there, f"its parameters and coordinates are {', '.join(there)}")
            raise InputError(f"{of.name} has no {name} to {what}{hint}")
        given = {s: v for s, v in self.values.items() if s in known}
        begin = _values(start, coordinates)
        both = [str(s) for s in (*given, *begin) if s in varying]
        if both:
            raise InputError(f"{both[0]} varies and has a value: leave one out")
        misplaced = [f"{s}={v}" for s, v in given.items() if s in coordinates]
        if misplaced:
            raise InputError(f"--set is for constants and parameters: give --start {','.join(misplaced)}")
        given |= begin
        parameters = of.own.step.parameters
        if ETA in parameters and ETA not in varying and ETA not in given:
            raise InputError("the step size is missing: give --eta, or make it an axis")
        low = given.get(ETA)
        if low is not None and low <= 0:
            raise InputError(f"step size must be positive and finite, got {low}")
        return given


def _coordinates(of: Model) -> list[sp.Symbol]:
    """The state variables of a model, and the coordinates of its charts."""
    return list(dict.fromkeys([*of.own.step.state, *(s for c in of.all_charts for s in c.target)]))


def require_values(names: Iterable[sp.Symbol], given: Iterable[sp.Symbol], option: str) -> None:
    """Refuse a name that has no value, and say with which option it gets one."""
    known = set(given)
    missing = [str(s) for s in names if s not in known]
    if missing:
        raise InputError(f"{missing[0]} has no value: give {option} {missing[0]}=VALUE, or let it vary")


@Parameter(name="*")
@dataclass(frozen=True)
class Output:
    """Where results go and who computes them.

    Parameters
    ----------
    out
        Write the result here: a folder DIR.zarr, tile by tile, or a NetCDF file FILE.nc.
    resume
        Go on with what is there: of a store, only tiles that are missing or damaged are computed.
    threads
        Threads of each process; results do not depend on it.
    scheduler
        The address of a Dask scheduler, such as tcp://10.0.0.1:8786, whose workers compute instead.
    shared
        The workers see the folder of --out at the same path, and write their tiles there themselves.
    json_
        Print JSON: a summary.
    """

    out: Path | None = None
    resume: Annotated[bool, Parameter(negative="")] = False
    threads: int | None = None
    scheduler: str | None = None
    shared: Annotated[bool, Parameter(negative="")] = False
    json_: Annotated[bool, Parameter("--json", negative="")] = False

    def check(self, *, overwrite: bool) -> None:
        """Refuse, before any work, what cannot be written."""
        from edgestab.numerics.storage.places import free_file, free_store

        if self.threads is not None and self.threads < 1:
            raise InputError(f"--threads must be at least 1, got {self.threads}")
        if self.threads is not None and self.scheduler is not None:
            raise InputError("--threads is for this machine and --scheduler for a cluster: leave one out")
        if self.shared and (self.scheduler is None or self.out is None or self.out.suffix != ".zarr"):
            raise InputError("--shared is for --scheduler ADDRESS with --out DIR.zarr: add them, or leave it out")
        if self.out is not None and self.out.suffix not in (".zarr", ".nc"):
            raise InputError(f"--out takes a folder DIR.zarr or a file FILE.nc, got {self.out}")
        if self.resume and (self.out is None or self.out.suffix != ".zarr"):
            raise InputError("--resume goes on with a store: give --out DIR.zarr")
        if self.resume and overwrite:
            raise InputError("--resume goes on with a store and --overwrite begins anew: leave one out")
        if self.out is not None and self.out.suffix == ".nc":
            free_file(self.out, overwrite=overwrite)
        elif self.out is not None and not self.resume:
            free_store(self.out, overwrite=overwrite)

    @contextmanager
    def workers(self) -> Iterator[Executor]:
        """Yield the executor that was asked for."""
        from edgestab.numerics.tiling import executors

        if self.scheduler is not None:
            with executors.cluster(self.scheduler) as found:
                yield found
        else:
            with executors.threads(self.threads) as pool:
                yield pool


def rational(text: str, name: str) -> Fraction:
    """Return an exact rational number.

    Raises
    ------
    InputError
        When the text is not one.

    Examples
    --------
    >>> rational("0.1", "eta")
    Fraction(1, 10)
    """
    from edgestab.theory.exact import rational as exactly

    value = exactly(text, name)
    return Fraction(int(value.p), int(value.q))


def interval(words: tuple[str, str, str]) -> tuple[sp.Symbol, Fraction, Fraction]:
    """Return a variable with its two ends."""
    s = _symbol(words[0])
    low, high = rational(words[1], s.name), rational(words[2], s.name)
    if s.name == "eta" and low < 0:
        raise InputError(f"step size must be positive and finite, got {words[1]}")
    if not low < high:
        raise InputError(f"the interval of {s} is empty: {words[1]} .. {words[2]}; write the smaller end first")
    return s, low, high


def _symbol(text: str) -> sp.Symbol:
    from edgestab.theory.symbols import symbol
    from edgestab.theory.text.names import parse_names

    names = parse_names(text)
    if len(names) != 1:
        raise InputError(f"one name is expected, got {text[:40]!r}")
    return symbol(names[0])


def expression(text: str, of: Model) -> sp.Expr:
    """Return an expression of a model's state and parameters."""
    from edgestab.theory.text.grammar import parse_expression

    return parse_expression(text, {s.name: s for s in (*of.own.step.state, *of.own.step.parameters)})


def starts(texts: Sequence[str], of: Model) -> list[dict[sp.Symbol, Fraction]]:
    """Return starts written as ``x=1,y=0.5``, one for each text, with a value for every state variable.

    Examples
    --------
    >>> from edgestab.theory.models.catalogue import model
    >>> starts(["d=0.4"], model("frozen-cubic"))
    [{d: Fraction(2, 5)}]
    """
    state = of.own.step.state
    found = []
    for text in texts:
        values = _values([text], state)
        missing = [str(s) for s in state if s not in values]
        if missing:
            raise InputError(f"a start has no value for {', '.join(missing)}: {text[:60]!r}")
        found.append(values)
    return found


def _values(texts: Sequence[str], of: Sequence[sp.Symbol]) -> dict[sp.Symbol, Fraction]:
    """Return the values of some coordinates of one start, written as ``x=1,y=0.5``."""
    from edgestab.theory.symbols import symbol

    values: dict[sp.Symbol, Fraction] = {}
    for word in ",".join(texts).split(",") if texts else ():
        name, equals, value = word.partition("=")
        s = symbol(name.strip()) if equals and name.strip().isidentifier() else None
        if s is None or s not in of:
            names = ", ".join(map(str, of))
            raise InputError(f'--start takes values of {names}, such as "{of[0]}=0.5", got {word[:60]!r}')
        if s in values:
            raise InputError(f"--start has two values of {s}: leave one out")
        values[s] = rational(value, str(s))
    return values


def boxes(
    words: Sequence[tuple[str, str, str]], of: Model, default: Mapping[sp.Symbol, Ends] | None = None
) -> list[Ends]:
    """Return an interval for every state variable of a model, in its order."""
    found = dict(default or {})
    for word in words:
        s, low, high = interval(word)
        if s not in of.own.step.state:
            names = ", ".join(map(str, of.own.step.state))
            raise InputError(f"--box is for the state variables {names}, got {s}")
        found[s] = (low, high)
    missing = [str(s) for s in of.own.step.state if s not in found]
    if missing:
        raise InputError(f"give an interval for {missing[0]}: --box {missing[0]} LOW HIGH")
    return [found[s] for s in of.own.step.state]
