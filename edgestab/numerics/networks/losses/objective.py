r"""The loss of a network as a function of one flat vector of parameters, and its derivatives of any order.

.. math:: L(w) = \sum_c L_c(w), \qquad D^kL(w)[v_1, \dots, v_{k-1}] \in R^p.

The parts :math:`L_c` are the chunks of the full batch; nothing here is stochastic. A `Point` keeps the graph of the
gradient, so that every Hessian-vector product costs one backward pass and no new forward pass.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from edgestab.errors import InputError

Part = Callable[[Tensor], Tensor]
"""A term of the loss: from the flat parameters to a scalar, differentiable by torch."""


@dataclass(frozen=True)
class Objective:
    r"""A loss of `size` parameters.

    Parameters
    ----------
    name : str
        What messages and figures call it.
    size : int
        p, the number of parameters.
    parts : tuple of callable
        The terms of the loss; their sum is L.
    dtype : torch.dtype
        float64 wherever sharpness near the edge matters.
    device : torch.device
        Where the parameters and the data are.
    retain : bool
        Whether a `Point` keeps the graphs of all parts in memory, or makes each part's anew for every product.

    Examples
    --------
    >>> import torch
    >>> quartic = Objective("quartic", 2, (lambda w: (1 - (w[0] * w[1]) ** 2) ** 2 / 4,))
    >>> w = torch.tensor([1.0, 2.0], dtype=torch.float64)
    >>> quartic.loss(w)
    2.25
    >>> quartic.D(w, 1)
    tensor([12.,  6.], dtype=torch.float64)
    """

    name: str
    size: int
    parts: tuple[Part, ...]
    dtype: torch.dtype = torch.float64
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    retain: bool = True

    def vector(self, w: Tensor) -> Tensor:
        """Return the parameters where and as the loss takes them, with the shape checked."""
        if w.shape != (self.size,):
            raise InputError(f"{self.name} has {self.size} parameters, got a tensor of shape {tuple(w.shape)}")
        return w.detach().to(self.device, self.dtype)

    def loss(self, w: Tensor) -> float:
        """Return L(w)."""
        with torch.no_grad():
            return float(sum_of([part(self.vector(w)) for part in self.parts]))

    def gradient(self, w: Tensor) -> Tensor:
        """Return the gradient, shape (p,)."""
        return self.value_and_gradient(w)[1]

    def value_and_gradient(self, w: Tensor) -> tuple[float, Tensor]:
        """Return L(w) and the gradient, without keeping a graph."""
        leaf = self.vector(w).requires_grad_()
        values, gradients = [], []
        for part in self.parts:
            value = part(leaf)
            gradients.append(_gradient(value, leaf))
            values.append(value.detach())
        return float(sum_of(values)), sum_of(gradients)

    def at(self, w: Tensor) -> Point:
        """Return the loss, the gradient and the graph of the gradient at w."""
        return Point(self, self.vector(w))

    def D(self, w: Tensor, order: int, *vectors: Tensor) -> Tensor:
        r"""Return :math:`D^{order}L(w)[v_1, v_2, \dots]`, shape (p,) for order - 1 vectors and () for order vectors.

        Parameters
        ----------
        w : Tensor
            Shape (p,).
        order : int
            0 for the loss, 1 for the gradient, 2 for the Hessian, and so on.
        *vectors : Tensor
            Each of shape (p,); order - 1 or order of them.

        Raises
        ------
        InputError
            For another number of vectors.
        """
        if order < 0 or len(vectors) not in (order - 1, order):
            raise InputError(f"D(w, {order}) takes {max(order - 1, 0)} or {order} vectors, got {len(vectors)}")
        if order == 0:
            return torch.tensor(self.loss(w), dtype=self.dtype, device=self.device)
        directions = [self.vector(v) for v in vectors]
        leaf = self.vector(w).requires_grad_()
        total = []
        for part in self.parts:
            derivative = _gradient(part(leaf), leaf, graph=order > 1)
            for k, v in enumerate(directions[: order - 1]):
                derivative = _gradient(derivative @ v, leaf, graph=k < order - 2)
            total.append(derivative)
        result = sum_of(total)
        return result @ directions[-1] if len(directions) == order else result


class Point:
    r"""The loss at one w, with the graph of its gradient.

    Attributes
    ----------
    w : Tensor
        Shape (p,), detached.
    loss : float
        L(w).
    gradient : Tensor
        Shape (p,), detached.

    Examples
    --------
    >>> import torch
    >>> point = Objective("x^3 y", 2, (lambda w: w[0] ** 3 * w[1],)).at(torch.tensor([1.0, 2.0]))
    >>> e = torch.eye(2, dtype=torch.float64)
    >>> point.hvp(e[0]), point.third(e[0], e[0])
    (tensor([12.,  3.], dtype=torch.float64), tensor([12.,  6.], dtype=torch.float64))
    """

    def __init__(self, objective: Objective, w: Tensor) -> None:
        self.objective = objective
        self.w = w
        self._graphs: list[tuple[Tensor, Tensor]] = []
        self._products: dict[int, tuple[Tensor, list[tuple[Tensor, Tensor]]]] = {}
        values, gradients = [], []
        for part in objective.parts:
            value, leaf, gradient = self._graph(part, graph=objective.retain)
            values.append(value)
            gradients.append(gradient.detach())
            if objective.retain:
                self._graphs.append((leaf, gradient))
        self.loss = float(sum_of(values))
        self.gradient = sum_of(gradients)

    def _graph(self, part: Part, *, graph: bool = True) -> tuple[Tensor, Tensor, Tensor]:
        leaf = self.w.clone().requires_grad_()
        value = part(leaf)
        return value.detach(), leaf, _gradient(value, leaf, graph=graph)

    def hvp(self, v: Tensor) -> Tensor:
        """Return the Hessian times v, shape (p,)."""
        if self.objective.retain:
            return sum_of([_product(g, leaf, v) for leaf, g in self._graphs])
        fresh = (self._graph(part) for part in self.objective.parts)
        return sum_of([_product(g, leaf, v, retain=False) for _, leaf, g in fresh])

    def third(self, u: Tensor, v: Tensor) -> Tensor:
        r"""Return :math:`D^3L(w)[u, v]`, shape (p,); further v for the same u (the same tensor) reuse its graph."""
        if self.objective.retain:
            return sum_of([_product(h, leaf, v) for leaf, h in self._along(u)])
        total = []
        for part in self.objective.parts:
            _, leaf, gradient = self._graph(part)
            total.append(_product(_product(gradient, leaf, u, graph=True), leaf, v, retain=False))
        return sum_of(total)

    def _along(self, u: Tensor) -> list[tuple[Tensor, Tensor]]:
        kept = self._products.get(id(u))
        if kept is None or kept[0] is not u:
            kept = (u, [(leaf, _product(g, leaf, u, graph=True)) for leaf, g in self._graphs])
            self._products[id(u)] = kept
        return kept[1]


def sum_of(terms: list[Tensor]) -> Tensor:
    """Return the sum of one tensor or more of one shape."""
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _gradient(value: Tensor, leaf: Tensor, *, graph: bool = False) -> Tensor:
    if not value.requires_grad:  # the part does not depend on w
        return torch.zeros_like(leaf)
    (gradient,) = torch.autograd.grad(value, leaf, create_graph=graph, materialize_grads=True)
    return gradient


def _product(g: Tensor, leaf: Tensor, v: Tensor, *, graph: bool = False, retain: bool = True) -> Tensor:
    """The derivative of g.v at the leaf."""
    if not g.requires_grad:
        return torch.zeros_like(leaf)
    (product,) = torch.autograd.grad(g, leaf, v, retain_graph=retain, create_graph=graph, materialize_grads=True)
    return product
