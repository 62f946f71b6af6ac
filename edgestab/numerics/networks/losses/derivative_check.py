r"""Hessian-vector products and third derivatives against finite differences of the gradient.

Several operations of torch return wrong higher derivatives without a word (the fused LayerNorm, BatchNorm and
InstanceNorm: pytorch 175754, 186256, 196700). Here, along a unit vector u,

.. math:: \nabla L\cdot u,\qquad \nabla^2L\,u,\qquad D^3L[u, u]

are compared with central differences of the loss, first and second central differences of the gradient, at the steps
h = 1, 1/4, 1/16, ..., extrapolated to h = 0 by Richardson's rule. The entry of the tableau that differs least from
those it was made of is taken, and this difference is its uncertainty (Ridders 1982). Small steps serve losses with
kinks, such as those of ReLU networks: they are smooth up to the nearest kink, and almost every w is away from one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from edgestab.errors import InputError
from edgestab.numerics.networks.losses.objective import Objective, Point

STEPS = tuple(4.0**-k for k in range(11))
"""Step sizes of the differences, along unit vectors."""

RIGHT = 1e-6
"""Relative errors up to this are right, ..."""

SURE = 3e-4
"""... and differences with a larger relative uncertainty than this decide nothing."""

MARGIN = 30.0
"""An error is a derivative's own when it exceeds so many times the uncertainty of the differences."""


REPEATS = 6
"""Times the loss is computed again: dropout on four weights returns the same mask once in 16 times, all in 2e7."""


@dataclass(frozen=True)
class Comparison:
    """One derivative along one direction.

    Parameters
    ----------
    quantity : str
        "gradient", "Hessian-vector product" or "third derivative".
    direction : str
        "random 1", "random 2" or "gradient".
    error : float
        The norm of the difference between derivative and finite differences, over the larger norm of both.
    uncertainty : float
        Of the finite differences, over the same.
    """

    quantity: str
    direction: str
    error: float
    uncertainty: float

    @property
    def right(self) -> bool:
        """Whether the derivative agrees with differences that are sure."""
        return self.uncertainty <= SURE and not self.wrong

    @property
    def wrong(self) -> bool:
        """Whether it certainly does not."""
        return self.error > max(RIGHT, MARGIN * self.uncertainty)


@dataclass(frozen=True)
class DerivativeReport:
    r"""What `check_derivatives` found.

    Parameters
    ----------
    name : str
        Of the objective.
    repeatable : bool
        Whether the loss and its gradient are the same each of `REPEATS` times that they are computed again.
    comparisons : tuple of Comparison
        Three derivatives along three directions.
    asymmetry : float
        :math:`|u\cdot Hv - v\cdot Hu|` and :math:`|D^3L[u, v] - D^3L[v, u]|`, the larger, relative.
    """

    name: str
    repeatable: bool
    comparisons: tuple[Comparison, ...]
    asymmetry: float

    @property
    def right(self) -> bool:
        """Whether every derivative agrees."""
        return self.repeatable and self.asymmetry <= RIGHT and all(c.right for c in self.comparisons)

    @property
    def wrong(self) -> bool:
        """Whether something is certainly wrong; where neither, finite differences were too rough to tell."""
        return not self.repeatable or self.asymmetry > RIGHT or any(c.wrong for c in self.comparisons)

    @property
    def sentence(self) -> str:
        """What is wrong, or that nothing is."""
        if not self.repeatable:
            return f"{self.name}: the loss at one w is not the same number twice, so that it has no derivatives"
        wrong = [c for c in self.comparisons if c.wrong]
        if wrong:
            worst = max(wrong, key=lambda c: c.error)
            names = " and ".join(dict.fromkeys(c.quantity for c in wrong))
            verb = "are" if " and " in names else "is"
            return (
                f"{self.name}: torch's {names} {verb} wrong, by {100 * worst.error:.2g} % along the {worst.direction} "
                f"direction (finite differences are sure to {100 * worst.uncertainty:.1g} %): write its norms and "
                "custom operations with plain sums and products"
            )
        if self.asymmetry > RIGHT:
            return f"{self.name}: torch's derivatives are not symmetric, by {100 * self.asymmetry:.2g} %"
        open_ = [c for c in self.comparisons if not c.right]
        if open_:
            worst = max(open_, key=lambda c: c.uncertainty)
            return (
                f"{self.name}: the {worst.quantity} along the {worst.direction} direction cannot be checked, since "
                f"finite differences are only sure to {100 * worst.uncertainty:.1g} %: w is too near a kink, or the "
                "loss is not smooth; check it at another w or on fewer samples"
            )
        worst = max(self.comparisons, key=lambda c: c.error)
        return f"{self.name}: derivatives agree with finite differences to {worst.error:.1e}"


def check_derivatives(objective: Objective, w: Tensor, seed: int = 0) -> DerivativeReport:
    r"""Compare derivatives with finite differences, along two random vectors and the gradient.

    Parameters
    ----------
    objective : Objective
        In float64. A `Point` of it is what is checked, with its retained graphs.
    w : Tensor
        Shape (p,). Anywhere general: where a head is zero, wrong derivatives of what is below it do not show.
    seed : int
        Of the random directions.

    Returns
    -------
    DerivativeReport
        After about 70 gradients, or 300 where kinks are near.

    Raises
    ------
    InputError
        When the objective is not in float64, the loss or gradient at w is not finite, or torch has no third derivative
        of an operation, such as of fused attention.

    Examples
    --------
    >>> quartic = Objective("quartic", 2, (lambda w: (1 - (w[0] * w[1]) ** 2) ** 2 / 4,))
    >>> check_derivatives(quartic, torch.tensor([1.0, 2.0])).right
    True
    """
    if objective.dtype != torch.float64:
        raise InputError(f"{objective.name} is in {objective.dtype}: derivatives are checked in float64, give it so")
    point = objective.at(w)
    if not (torch.isfinite(point.gradient).all() and abs(point.loss) < float("inf")):
        raise InputError(
            f"{objective.name}: the loss or its gradient is not finite where derivatives were to be checked"
        )
    repeatable = all(_same(point, *objective.value_and_gradient(w)) for _ in range(REPEATS))
    comparisons: list[Comparison] = []
    directions = dict(_directions(point, seed))
    u, v = directions["random 1"], directions["random 2"]
    try:
        for name, direction in directions.items():
            comparisons += _along(objective, point, name, direction)
        asymmetry = _asymmetry(point, u, v)
    except RuntimeError as error:
        if "derivative" not in str(error):
            raise
        what = str(error).partition("\n")[0]
        raise InputError(f"{objective.name}: torch cannot differentiate it three times: {what}") from None
    return DerivativeReport(objective.name, repeatable, tuple(comparisons), asymmetry)


def require_right_derivatives(objective: Objective, w: Tensor, seed: int = 0) -> DerivativeReport:
    """Return the report of `check_derivatives`.

    Raises
    ------
    InputError
        When a derivative is wrong or cannot be checked; it says which, and by how much.
    """
    return require_right(check_derivatives(objective, w, seed))


def require_right(report: DerivativeReport) -> DerivativeReport:
    """Return the report, or raise InputError with its sentence when a derivative is wrong or could not be checked."""
    if not report.right:
        raise InputError(report.sentence)
    return report


def _same(point: Point, loss: float, gradient: Tensor) -> bool:
    # Not bitwise: some operations, such as SiLU, have another formula for a gradient that keeps its graph.
    return max(abs(loss - point.loss) / max(abs(loss), 1e-300), _relative(gradient, point.gradient)) < 1e-9


def _directions(point: Point, seed: int) -> Iterable[tuple[str, Tensor]]:
    generator = torch.Generator().manual_seed(seed)
    for k in (1, 2):
        u = torch.randn(len(point.w), generator=generator, dtype=torch.float64).to(point.w)
        yield f"random {k}", u / u.norm()
    norm = point.gradient.norm()
    if norm > 0:
        yield "gradient", point.gradient / norm


def _along(objective: Objective, point: Point, name: str, u: Tensor) -> list[Comparison]:
    first, second, third = [], [], []
    for h in STEPS:
        above, right = objective.value_and_gradient(point.w + h * u)
        below, left = objective.value_and_gradient(point.w - h * u)
        first.append(torch.tensor((above - below) / (2 * h), dtype=torch.float64))
        second.append((right - left) / (2 * h))
        third.append((right - 2 * point.gradient + left) / h**2)
    product, norm = point.hvp(u), float(point.gradient.norm())
    jumps = _jumps(second, norm)
    # A derivative that is zero, such as the third one of a quadratic, has no relative error of its own.
    scale = 1e-6 * max(abs(point.loss), norm, float(product.norm()))
    result = [
        _compared("gradient", name, point.gradient @ u, first, jumps, scale),
        _compared("Hessian-vector product", name, product, second, jumps, scale),
    ]
    exact, least = point.third(u, u), max(scale, 1e-4 * float(product.norm()))
    last = _compared("third derivative", name, exact, third, jumps, least)
    if not last.right and not last.wrong and result[-1].right:
        # Near kinks only tiny steps count, where second differences drown in rounding: take first ones of products.
        last = _compared("third derivative", name, exact, _slopes_of_products(objective, point, u), jumps, least)
    return [*result, last]


def _slopes_of_products(objective: Objective, point: Point, u: Tensor) -> list[Tensor]:
    return [(objective.D(point.w + h * u, 2, u) - objective.D(point.w - h * u, 2, u)) / (2 * h) for h in STEPS]


def _jumps(slopes: list[Tensor], norm: float) -> bool:
    """Whether the gradient jumps within the smallest step: then its change does not fall with the step."""
    wide, narrow = float(slopes[-2].norm()) * STEPS[-2], float(slopes[-1].norm()) * STEPS[-1]
    return narrow > 0.3 * wide and narrow > 1e-10 * norm


def _compared(
    quantity: str, direction: str, exact: Tensor, differences: list[Tensor], jumps: bool, least: float
) -> Comparison:
    best, uncertainty = extrapolated(differences)
    size = max(float(exact.norm()), float(best.norm()), least, 1e-300)
    return Comparison(
        quantity, direction, float((exact - best).norm()) / size, float("inf") if jumps else uncertainty / size
    )


def extrapolated(differences: list[Tensor], ratio: float = 4.0) -> tuple[Tensor, float]:
    r"""Return the best entry of Richardson's tableau of central differences, and its uncertainty.

    Parameters
    ----------
    differences : list of Tensor
        At the steps h, h/ratio, h/ratio^2, ...; their errors are series in h^2.

    Returns
    -------
    tuple of Tensor and float
        The entry that differs least from both entries it was made of, and the larger of these two differences.

    Examples
    --------
    >>> steps = [4.0**-k for k in range(8)]
    >>> from math import exp
    >>> value, uncertainty = extrapolated([torch.tensor((exp(h) - exp(-h)) / (2 * h)) for h in steps])
    >>> abs(float(value) - 1) < 1e-6
    True
    """
    best, least = differences[0], float("inf")
    row: list[Tensor] = []
    for entry in differences:
        new = [entry]
        for k, older in enumerate(row):
            factor = ratio ** (2 * (k + 1))
            new.append((factor * new[k] - older) / (factor - 1))
            disagreement = max(float((new[-1] - new[k]).norm()), float((new[-1] - older).norm()))
            if disagreement < least:
                best, least = new[-1], disagreement
        row = new
    return best, least


def _asymmetry(point: Point, u: Tensor, v: Tensor) -> float:
    hu, hv = point.hvp(u), point.hvp(v)
    uv, vu = point.third(u, v), point.third(v, u)
    second = float((u @ hv - v @ hu).abs() / max(float(hu.norm()), 1e-300))
    return max(second, _relative(uv, vu, 1e-6 * float(hu.norm())))


def _relative(a: Tensor, b: Tensor, least: float = 0.0) -> float:
    return float((a - b).norm()) / max(float(a.norm()), float(b.norm()), least, 1e-300)
