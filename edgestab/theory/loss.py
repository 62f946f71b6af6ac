"""A loss: named parameters and an expression, with the derivatives every theorem here starts from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.display import definitions
from edgestab.theory.domain import Condition, condition, conditions_of, guard, open_conditions
from edgestab.theory.eigenvalue import MOST, eigenvalue
from edgestab.theory.exact import exact
from edgestab.theory.kinks import gathered
from edgestab.theory.overflow import balanced
from edgestab.theory.symbols import ours, symbol
from edgestab.theory.text.grammar import parse_with_domain
from edgestab.theory.text.names import names_of
from edgestab.theory.text.vocabulary import NOTHING_MORE, Vocabulary

Names: TypeAlias = str | Iterable[str | sp.Symbol]
"""Names in one text, or one by one."""


@dataclass(frozen=True)
class Loss:
    r"""A scalar function :math:`L(\theta)` of named real parameters.

    Parameters
    ----------
    parameters : tuple of Symbol
        The trainable variables, in the order of every array made from this loss.
    expression : Expr
        The loss. Its other free symbols are `constants`.
    name : str
        What reports call it.
    domain : tuple of comparisons with 0
        Where it is defined. Those of the expression are found; a text says more, since SymPy simplifies what it
        builds. Outside, the gradient and all that follows from it are undefined: see `edgestab.theory.domain`.
    complete : bool
        Whether it has to depend on all its parameters; that of some rows of data need not.

    Examples
    --------
    >>> loss = Loss.parse("(1 - x**2*y**2)**2/4", "x y")
    >>> loss.gradient[0].factor()
    x*y**2*(x*y - 1)*(x*y + 1)
    >>> loss = Loss.parse("exp(log(x))**2/2", "x")
    >>> loss.expression, loss.domain, loss.gradient
    (x**2/2, (x > 0,), (x + Positive(x),))
    """

    parameters: tuple[sp.Symbol, ...]
    expression: sp.Expr
    name: str = "loss"
    domain: tuple[Condition, ...] = ()
    complete: bool = True

    def __post_init__(self) -> None:
        if not self.parameters:
            raise InputError("a loss needs at least one parameter")
        for p in self.parameters:
            if not isinstance(p, sp.Symbol):
                raise InputError(f"a parameter of a loss is a symbol, got {str(p)[:40]!r}; Loss.parse takes names")
        # Whatever a user's symbols assume, here they are the real symbols of these names.
        object.__setattr__(self, "parameters", tuple(ours(p) for p in self.parameters))
        object.__setattr__(self, "expression", ours(exact(self.expression, "the loss")))
        given = (condition(c) for c in self.domain)
        given = (type(c)(ours(c.lhs), 0, evaluate=False) for c in given)
        object.__setattr__(self, "domain", open_conditions((*given, *conditions_of(self.expression))))
        twice = sorted(str(p) for p in set(self.parameters) if self.parameters.count(p) > 1)
        if twice:
            raise InputError(f"parameter {twice[0]} is named twice: remove one")
        used = self.expression.free_symbols.union(*(c.free_symbols for c in self.domain))
        missing = [str(p) for p in self.parameters if p not in used]
        if missing and self.complete:
            raise InputError(f"the loss does not depend on {', '.join(missing)}: remove it from the parameters")

    @classmethod
    def parse(
        cls,
        text: str,
        parameters: Names,
        constants: Names = (),
        name: str = "loss",
        vocabulary: Vocabulary = NOTHING_MORE,
        complete: bool = True,
    ) -> Loss:
        """Read a loss from text by the whitelisting parser; nothing is evaluated.

        Parameters
        ----------
        text : str
            The loss.
        parameters, constants : str or iterable of str or Symbol
            The names in it: ``"x y"`` or ``["x", "y"]``.
        name : str
            What reports call it.
        vocabulary : Vocabulary
            Names for parts of the loss, columns of data, and matrices.
        complete : bool
            Whether it has to depend on all its parameters.

        Raises
        ------
        InputError
            When the text uses anything outside the grammar, or a name that is not declared.

        Examples
        --------
        >>> words = Vocabulary({"p": "a*w"}, {"a": [sp.Integer(1), sp.Integer(-2)]})
        >>> Loss.parse("mean(softplus(-p))", "w", vocabulary=words).value
        log(1 + exp(-w))/2 + log(exp(2*w) + 1)/2
        """
        names = names_of(parameters)
        listed = constants.strip() if isinstance(constants, str) else tuple(constants)
        known = names + (names_of(listed) if listed else ())
        names_known = vocabulary.known({n: symbol(n) for n in known})
        expression, domain = parse_with_domain(text, names_known)
        return cls(tuple(symbol(n) for n in names), expression, name, domain, complete)

    def _repr_latex_(self) -> str | None:
        arguments = ", ".join(sp.latex(p) for p in self.parameters)
        return definitions([(f"L({arguments})", self.expression)])

    def with_constants(self, values: Mapping[sp.Symbol, sp.Expr]) -> Loss:
        """Return the loss with constants replaced by numbers; other symbols among them are left alone.

        Examples
        --------
        >>> Loss.parse("(c - x)**2", "x", "c").with_constants({symbol("c"): sp.Integer(2)}).expression
        (2 - x)**2
        """
        numbers = {c: v for c, v in values.items() if c in self.constants}
        domain = tuple(type(c)(c.lhs.subs(numbers), 0, evaluate=False) for c in self.domain)
        return replace(self, expression=self.expression.subs(numbers), domain=domain)

    @cached_property
    def constants(self) -> tuple[sp.Symbol, ...]:
        """The free symbols that are not parameters, by name."""
        free = self.expression.free_symbols - set(self.parameters)
        return tuple(sorted(free, key=lambda s: str(s.name)))

    @cached_property
    def guard(self) -> sp.Expr:
        """0 in the domain, undefined outside; conditions on constants alone are not the orbit's."""
        return guard(c for c in self.domain if c.free_symbols & set(self.parameters))

    @cached_property
    def value(self) -> sp.Expr:
        """The loss in its domain, undefined outside."""
        return self.expression + self.guard

    @cached_property
    def gradient(self) -> tuple[sp.Expr, ...]:
        r""":math:`\partial_i L`, shape (n,)."""
        return tuple(gathered(balanced(sp.diff(self.expression, p))) + self.guard for p in self.parameters)

    @cached_property
    def hessian(self) -> sp.ImmutableMatrix:
        r""":math:`\partial_i\partial_j L`, shape (n, n)."""
        rows = [[gathered(balanced(sp.diff(g, p))) + self.guard for p in self.parameters] for g in self.gradient]
        return sp.ImmutableMatrix(rows)

    @cached_property
    def sharpness(self) -> sp.Expr | None:
        r"""The largest eigenvalue of the Hessian as an expression; None for more than five parameters.

        For two, :math:`\tfrac12(L_{xx} + L_{yy}) + \sqrt{\tfrac14(L_{xx} - L_{yy})^2 + L_{xy}^2}`.

        Examples
        --------
        >>> Loss.parse("x**3 + x*y + y**3", "x y").sharpness
        3*x + 3*y + sqrt((3*x - 3*y)**2 + 1)
        """
        return self.eigenvalue(1)

    def eigenvalue(self, k: int) -> sp.Expr | None:
        """Return the k-th largest eigenvalue of the Hessian as an expression; None for more than five parameters."""
        return eigenvalue(self.hessian, k) if len(self.parameters) <= MOST else None

    @cached_property
    def third_derivative(self) -> sp.ImmutableDenseNDimArray:
        r""":math:`\partial_i\partial_j\partial_k L`, shape (n, n, n)."""
        n = len(self.parameters)
        entries = [sp.diff(self.hessian[i, j], p) for i in range(n) for j in range(n) for p in self.parameters]
        return sp.ImmutableDenseNDimArray(entries, (n, n, n))

    def cubic_model(self, displacement: str = "v") -> Loss:
        r"""Return the third-order Taylor model of the loss about a symbolic point.

        .. math:: L + \nabla L\cdot v + \tfrac12 v^T H v + \tfrac16 D^3L[v,v,v]

        as a loss in the displacement ``v_<parameter>``; the point's coordinates become constants. This is
        the model in which self-stabilization is derived (Damian, Nichani & Lee 2023).

        Examples
        --------
        >>> Loss.parse("x**4", "x").cubic_model().expression
        4*v_x**3*x + 6*v_x**2*x**2 + 4*v_x*x**3 + x**4
        """
        n = range(len(self.parameters))
        v = tuple(symbol(f"{displacement}_{p.name}") for p in self.parameters)
        terms = [self.expression]
        terms += [self.gradient[i] * v[i] for i in n]
        terms += [self.hessian[i, j] * v[i] * v[j] / 2 for i in n for j in n]
        terms += [self.third_derivative[i, j, k] * v[i] * v[j] * v[k] / 6 for i in n for j in n for k in n]
        return Loss(v, sp.Add(*terms), f"cubic model of {self.name}")

    def sharpness_gradient_along(self, direction: tuple[sp.Expr, ...]) -> tuple[sp.Expr, ...]:
        r"""Return :math:`D^3L[u,u]`, the gradient of a simple eigenvalue of the Hessian with unit eigenvector u."""
        n = range(len(self.parameters))
        third = self.third_derivative
        return tuple(sp.Add(*[third[i, j, k] * direction[j] * direction[k] for j in n for k in n]) for i in n)
