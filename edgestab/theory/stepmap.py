"""A step map: one update rule applied to a loss, as a straight-line program that is never expanded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.display import definitions
from edgestab.theory.exact import Number, exact
from edgestab.theory.symbols import among, symbol

SIZE = symbol("step_size")
"""The step size of one step, where the state sets it."""

T = symbol("t")
"""The number of the step."""

Binding = tuple[sp.Symbol, sp.Expr]


@dataclass(frozen=True)
class Carried:
    """What a step carries beside the parameters of the loss.

    Parameters
    ----------
    symbol : Symbol
        The state variable.
    start : Expr
        What it begins with, in the parameters of the loss, where nothing else is said.
    rest : Expr or None
        What it is at a fixed point, in them; None where that is not known.
    """

    symbol: sp.Symbol
    start: sp.Expr
    rest: sp.Expr | None = None


@dataclass(frozen=True)
class StepMap:
    """The map from one iterate to the next.

    Parameters
    ----------
    name : str
        What reports call it.
    state : tuple of Symbol
        The iterate.
    update : tuple of Expr
        The next iterate, in the state, the parameters and the bound symbols.
    parameters : tuple of Symbol
        Step size, momentum and other constants.
    bindings : tuple of (Symbol, Expr)
        Intermediate values, each in terms of what stands before it. They keep a composed map small:
        the two-step map of the quartic has 26 operations bound, 757 expanded.
    carried : tuple of Carried
        What the last of the state variables are, where they are no parameters of the loss.
    rests : bool
        Whether a stationary point of the loss, with all that is carried at rest, is known to be a fixed point.
    """

    name: str
    state: tuple[sp.Symbol, ...]
    update: tuple[sp.Expr, ...]
    parameters: tuple[sp.Symbol, ...]
    bindings: tuple[Binding, ...] = ()
    carried: tuple[Carried, ...] = ()
    rests: bool = True

    def __post_init__(self) -> None:
        if len(self.state) != len(self.update):
            raise InputError(f"{len(self.state)} state variables but {len(self.update)} updates")
        named = (*self.state, *self.parameters, *(b for b, _ in self.bindings))
        twice = sorted(str(s) for s in set(named) if named.count(s) > 1)
        if twice:
            raise InputError(f"{self.name} has a {twice[0]} of its own: call the parameter or constant otherwise")
        known = set(self.state) | set(self.parameters)
        for bound, expression in self.bindings:
            self._require_known(expression, known)
            known.add(bound)
        for expression in self.update:
            self._require_known(expression, known)

    def _require_known(self, expression: sp.Expr, known: set[sp.Symbol]) -> None:
        unknown = sorted(str(s) for s in expression.free_symbols - known)
        if unknown:
            raise InputError(f"step map {self.name!r} uses {', '.join(unknown)}: name it among the parameters")

    def _repr_latex_(self) -> str | None:
        bound = [(sp.latex(name), value) for name, value in self.bindings]
        return definitions([*bound, *((f"{sp.latex(s)}'", u) for s, u in zip(self.state, self.update, strict=True))])

    def uses(self, parameter: sp.Symbol) -> bool:
        """Return whether a parameter occurs in the map: the step size does not where the state sets it."""
        return any(parameter in e.free_symbols for e in (*self.update, *(e for _, e in self.bindings)))

    @property
    def lengths(self) -> tuple[int, ...]:
        """Which of the state variables have the units of the loss's parameters: not a mean of slopes, or a clock."""
        other = {c.symbol for c in self.carried if c.start.is_number}
        return tuple(i for i, s in enumerate(self.state) if s not in other)

    @property
    def moved(self) -> sp.Expr:
        """How far the map moves what has the units of the loss's parameters, in the Euclidean norm.

        Examples
        --------
        >>> from edgestab.theory.loss import Loss
        >>> from edgestab.theory.optimizers.gradient_descent import gradient_descent
        >>> gradient_descent(Loss.parse("x**2/2", "x")).moved
        eta*Abs(x)
        """
        closed = self.closed_form()
        return sp.sqrt(sp.Add(*((closed[i] - self.state[i]) ** 2 for i in self.lengths)))

    @property
    def clock(self) -> sp.Symbol | None:
        """The state variable t that counts the steps, where there is one; a user's own counter is none."""
        return T if any(c.symbol == T for c in self.carried) else None

    def clocked(self) -> StepMap:
        """Return the map with the number of the step as one more state variable t, which begins at 0.

        Examples
        --------
        >>> from edgestab.theory.symbols import symbols
        >>> x, eta = symbols("x eta")
        >>> StepMap("decay", (x,), (x - eta * x,), (eta,)).clocked().update
        (-eta*x + x, t + 1)
        """
        if self.clock is not None:
            return self
        carried = (*self.carried, Carried(T, sp.S.Zero))
        return replace(self, state=(*self.state, T), update=(*self.update, T + 1), carried=carried)

    def at_a_time(self) -> StepMap:
        """Return the map at one number of steps, which is a parameter then."""
        clock = self.clock
        if clock is None:
            return self
        left = [(s, u) for s, u in zip(self.state, self.update, strict=True) if s != clock]
        return replace(
            self,
            state=tuple(s for s, _ in left),
            update=tuple(u for _, u in left),
            parameters=(*self.parameters, clock),
            carried=tuple(c for c in self.carried if c.symbol != clock),
        )

    def closed_form(self) -> tuple[sp.Expr, ...]:
        """Return the update with every binding substituted, unexpanded."""
        values: dict[sp.Symbol, sp.Expr] = {}
        for bound, expression in self.bindings:
            values[bound] = expression.xreplace(values)
        return tuple(u.xreplace(values) for u in self.update)

    @property
    def size(self) -> sp.Expr | None:
        """The size of a step in its state, where a formula sets it."""
        values: dict[sp.Symbol, sp.Expr] = {}
        for bound, expression in self.bindings:
            values[bound] = expression.xreplace(values)
        return values.get(SIZE)

    def compose(self, n: int) -> StepMap:
        """Return n steps as one map: the bindings of each step in turn, never expanded.

        Examples
        --------
        >>> from edgestab.theory.symbols import symbols
        >>> x, eta = symbols("x eta")
        >>> StepMap("decay", (x,), (x - eta * x,), (eta,)).compose(2).update
        (-eta*x_1 + x_1,)
        """
        if n < 1:
            raise InputError(f"a map is composed at least once, got {n}")
        return self._in_turn([{}] * n)

    def in_turn(self, parameter: sp.Symbol, values: Sequence[sp.Expr]) -> StepMap:
        """Return as many steps as one map as there are values, each step with its own value of a parameter.

        Examples
        --------
        >>> from edgestab.theory.symbols import symbols
        >>> x, eta = symbols("x eta")
        >>> step = StepMap("decay", (x,), (x - eta * x,), (eta,))
        >>> step.in_turn(eta, [sp.Rational(1, 2), sp.Integer(3)]).closed_form()
        (-x,)
        """
        return self._in_turn([{parameter: v} for v in values])

    def _in_turn(self, turns: Sequence[Mapping[sp.Symbol, sp.Expr]]) -> StepMap:
        """One map of a step for each turn, with what is replaced in it."""
        bindings: list[Binding] = []
        current: tuple[sp.Expr, ...] = self.state
        after = current
        for k, turn in enumerate(turns):
            renamed: dict[sp.Symbol, sp.Expr] = {**dict(zip(self.state, current, strict=True)), **turn}
            for bound, expression in self.bindings:
                fresh = symbol(f"{bound.name}_{k}")
                bindings.append((fresh, expression.xreplace(renamed)))
                renamed[bound] = fresh
            after = tuple(u.xreplace(renamed) for u in self.update)
            current = tuple(symbol(f"{s.name}_{k + 1}") for s in self.state)
            if k + 1 < len(turns):
                bindings.extend(zip(current, after, strict=True))
        return replace(self, name=f"{self.name}^{len(turns)}", update=after, bindings=tuple(bindings))

    def substitute(self, values: Mapping[sp.Symbol, Number] | Mapping[str, Number]) -> StepMap:
        """Return the map with parameters, given by symbol or name, replaced by numbers or by expressions.

        Raises
        ------
        InputError
            When one is no parameter of the map, or a value is no exact number or expression.

        Examples
        --------
        >>> from edgestab.theory.symbols import symbols
        >>> x, eta = symbols("x eta")
        >>> StepMap("decay", (x,), (x - eta * x,), (eta,)).substitute({"eta": 0.1}).update
        (9*x/10,)
        """
        exactly = {
            among(key, self.parameters, f"a parameter of {self.name}"): exact(value, str(key))
            for key, value in values.items()
        }
        left = tuple(p for p in self.parameters if p not in exactly)
        new = {s for v in exactly.values() for s in v.free_symbols} - set(left)
        return replace(
            self,
            update=tuple(u.xreplace(exactly) for u in self.update),
            bindings=tuple((b, e.xreplace(exactly)) for b, e in self.bindings),
            carried=tuple(replace(c, start=c.start.xreplace(exactly)) for c in self.carried),
            parameters=left + tuple(sorted(new, key=str)),
        )

    def observing(self, observer: Observer) -> StepMap:
        """Return the map with the observer's running extremum carried as one more state variable."""
        if observer.symbol in self.state:
            raise InputError(f"the map already carries {observer.symbol}")
        after = dict(zip(self.state, self.update, strict=True))
        value = observer.after.xreplace(after)
        if observer.before is not None:
            value = value - observer.before
        return replace(
            self,
            state=(*self.state, observer.symbol),
            update=(*self.update, observer.extremum(observer.symbol, value)),
        )


@dataclass(frozen=True)
class Observer:
    """A running extremum along an orbit, of a quantity or of its one-step increment.

    Parameters
    ----------
    symbol : Symbol
        The state variable that carries it.
    after : Expr
        The quantity at the new iterate, in the state's symbols.
    extremum : type
        ``sympy.Min`` or ``sympy.Max``.
    before : Expr, optional
        When given, subtracted at the old iterate: the increment is observed.

    Examples
    --------
    >>> from edgestab.theory.loss import Loss
    >>> from edgestab.theory.optimizers.gradient_descent import gradient_descent
    >>> loss, lowest = Loss.parse("x**2/2", "x"), symbol("lowest")
    >>> gradient_descent(loss).observing(Observer(lowest, loss.expression, sp.Min)).state
    (x, lowest)
    """

    symbol: sp.Symbol
    after: sp.Expr
    extremum: type[sp.Expr]
    before: sp.Expr | None = None
