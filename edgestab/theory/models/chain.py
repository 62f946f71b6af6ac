r"""Scalar chains :math:`L = \tfrac12(\sigma - \prod w_i^{m_i})^2`, with tied layers moving as in the untied network.

In the untied network :math:`\tfrac12(\sigma - \prod_k u_k)^2` every layer moves by
:math:`u_k' = u_k(1 - \delta_k)`, :math:`\delta_k = \eta(\Pi - \sigma)\Pi/u_k^2`; layers that start equal stay equal,
so a group of m equal layers is one variable w with :math:`w' = w(1-\delta)`. That is *not* gradient descent on
the tied loss as a function of w, whose gradient is m times larger.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.loss import Loss
from edgestab.theory.models.base import DEFAULT_TOLERANCE, Coordinates, LimitSet, Model
from edgestab.theory.models.flow_sharpness import Factor, flow_sharpness
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import ETA, symbol


def chain(multiplicities: tuple[int, ...], target: sp.Expr = sp.S.One) -> Model:
    """Return the scalar chain with groups of `multiplicities` equal layers.

    Parameters
    ----------
    multiplicities : tuple of int
        Layers in each group; ``(1, 2)`` is the three-layer network (x, y, y).
    target : Expr
        sigma, positive.

    Examples
    --------
    >>> chain((1, 2)).own.step.closed_form()[0]
    -eta*w2**2*(w1*w2**2 - 1) + w1
    """
    if not multiplicities or min(multiplicities) < 1 or sum(multiplicities) < 2:
        raise InputError(f"a chain needs at least two layers in groups of one or more, got {multiplicities}")
    w = tuple(symbol(f"w{i + 1}") for i in range(len(multiplicities)))
    name = "chain:" + ",".join(map(str, multiplicities))
    p, g = symbol("p"), symbol("g")
    total = sp.Mul(*(v**m for v, m in zip(w, multiplicities, strict=True)))
    # total / w_i is a monomial: the step has no division.
    update = tuple(v - g * (total / v) for v in w)
    step = StepMap(f"GD on {name}", w, update, (ETA,), ((p, total), (g, ETA * (p - target))))
    sharpness = target**2 * sp.Add(*(m / v**2 for v, m in zip(w, multiplicities, strict=True)))
    # Flow moves the squares of all layers alike.
    ends = [Factor(m * target**2, m, v**2) for v, m in zip(w, multiplicities, strict=True)]
    ending = flow_sharpness(target**2, ends, total * target, max(multiplicities) == 1) if target.is_Rational else None
    own = Coordinates(" ".join(str(v) for v in w), step, sp.Abs(total - target), DEFAULT_TOLERANCE, sharpness, ending)
    depth = sum(multiplicities)
    own = replace(own, least_sharpness=depth * target ** (2 - sp.Rational(2, depth)))
    return Model(
        name,
        f"scalar chain of {sum(multiplicities)} layers in groups {multiplicities}, L = (sigma - prod)^2 / 2",
        "Zhu et al. 2023, sections 3 and 4",
        Loss(w, (target - total) ** 2 / 2, name),
        (own,),
        (LimitSet(f"product = {target}", total - target),),
        tuple(u**2 - v**2 for u, v in itertools.pairwise(w)),
        network_hessian=_apart(multiplicities, w, target),
    )


def _apart(multiplicities: tuple[int, ...], w: tuple[sp.Symbol, ...], target: sp.Expr) -> sp.ImmutableMatrix | None:
    """The Hessian of the network with its layers apart, where the tied ones agree; None where none is tied."""
    if max(multiplicities) == 1:
        return None
    layers = untied(multiplicities, target)
    groups = [v for v, m in zip(w, multiplicities, strict=True) for _ in range(m)]
    tied = dict(zip(layers.parameters, groups, strict=True))
    return sp.ImmutableMatrix(layers.hessian.xreplace(tied))


def untied(multiplicities: tuple[int, ...], target: sp.Expr = sp.S.One) -> Loss:
    """Return the loss of the network with every layer a variable of its own, ``u1, u2, ...``."""
    u = tuple(symbol(f"u{k + 1}") for k in range(sum(multiplicities)))
    return Loss(u, (target - sp.Mul(*u)) ** 2 / 2, "untied chain")


def balanced(depth: int, target: sp.Expr = sp.S.One) -> Model:
    r"""Return the balanced chain: all layers equal, :math:`\rho' = \rho + \eta(\sigma - \rho^L)\rho^{L-1}`.

    Its sharpness at the minimum is :math:`L\sigma^{2-2/L}`.
    """
    if depth < 2:
        raise InputError(f"a balanced chain has depth 2 or more, got {depth}")
    rho = symbol("rho")
    name = f"balanced:{depth}"
    update = rho + ETA * (target - rho**depth) * rho ** (depth - 1)
    constants = sorted(target.free_symbols, key=str)
    step = StepMap(f"GD on {name}", (rho,), (update,), (ETA, *constants))
    sharpness = depth * target ** (2 - sp.Rational(2, depth))
    own = Coordinates("rho", step, sp.Abs(rho**depth - target), DEFAULT_TOLERANCE, sharpness)
    return Model(
        name,
        f"balanced scalar chain of depth {depth}",
        "Ghosh et al. 2025; the balanced manifold of the chain",
        None,
        (own,),
        (LimitSet(f"rho^{depth} = {target}", rho**depth - target),),
    )


def frozen_cubic() -> Model:
    r"""Return the frozen-s cubic :math:`d' = d(1 + s - s d^2)`, the limit eps -> 0 of the quartic in (d, s)."""
    d, s = symbol("d"), symbol("s")
    step = StepMap("frozen-s cubic", (d,), (d * (1 + s - s * d**2),), (s,))
    own = Coordinates("d", step, sp.Abs(d**2 - 1), sp.Rational(1, 10**10), sp.S(2))
    return Model(
        "frozen-cubic",
        "frozen-s cubic, gradient descent on (d^2 - 1)^2 / 4 with step s",
        "Zhu et al. 2023, section 5, in the coordinates (d, s)",
        None,
        (own,),
        (LimitSet("d^2 = 1", d**2 - 1),),
    )
