"""Smooth losses whose landing is certified, and their certificates, made once."""

from __future__ import annotations

import functools
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from edgestab.numerics.orbits.follow import Rules
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.orbits.sweep import sweep
from edgestab.theory.drift import ProductForm, drift_form
from edgestab.theory.landing import ProductMinimum
from edgestab.theory.loss import Loss
from edgestab.theory.models.base import Model
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.symbols import ETA
from edgestab.verify.certify.document import Certificate
from edgestab.verify.certify.enclosed import enclosed
from edgestab.verify.certify.engine import certify
from edgestab.verify.certify.plan import Problem

Array = NDArray[np.float64]
F = Fraction
ONE = F(1)
Ends = tuple[Fraction, Fraction]

SIDES = (F(-1, 10), F(1, 10))
"""The b of all starts."""

UNIFORM, SINGLE = (F(0), F(1, 20)), (F(1, 20), F(1, 20))
"""Step sizes."""

HALF = F(1, 50)
"""Half the width of the windows, over eta."""

LOSSES: dict[str, tuple[str, Ends]] = {
    "log cosh": ("log(cosh(x*y - 1))", (F(1, 10), F(1, 5))),
    "pseudo-Huber": ("sqrt(1 + (x*y - 1)**2)", (F(1, 20), F(3, 20))),
    "label 1/2": ("log(1 + exp(x*y - 1)) - (x*y - 1)/2", (F(1, 20), F(3, 20))),
    "label 1/3": ("log(1 + exp(x*y - 1)/2) - (x*y - 1)/3", (F(1, 20), F(3, 20))),
    "Poisson": ("exp(x*y - 1) - x*y", (F(2, 25), F(3, 25))),
    "Cauchy": ("log(1 + (x*y - 1)**2)", (F(1, 10), F(1, 5))),
    "cosine": ("-cos(x*y - 1)", (F(1, 5), F(3, 10))),
}
"""l(xy), and the x of starts at step sizes up to 1/20."""


@functools.cache
def model(name: str) -> Model:
    """The model of one of the losses, or of any text."""
    return model_of_loss(Loss.parse(LOSSES[name][0] if name in LOSSES else name, "x y"))


def form_of(name: str) -> ProductForm:
    """Its drift form."""
    return drift_form(model(name))


@functools.cache
def enclosed_form(name: str, eta: Ends, x: Ends, b: Ends = SIDES) -> ProductForm:
    """The form with its functions enclosed."""
    return enclosed(form_of(name), x, b, (eta[0] ** 2, eta[1] ** 2))


def series_of(name: str) -> tuple[Fraction, Fraction]:
    """G_0 and G_1 of the formal series of landing."""
    form = form_of(name)
    return tuple(F(str(c)) for c in ProductMinimum(form.loss, form.minimum).series(2))


def problem(name: str, eta: Ends = UNIFORM, factor: Fraction = ONE, x: Ends | None = None) -> Problem:
    """The window about the series, with its first coefficient times a factor."""
    x = x or LOSSES[name][1]
    first, second = series_of(name)
    low, high = ((factor * first + side * HALF, second) for side in (-1, 1))
    if eta[0] == eta[1]:
        low, high = ((c[0] + c[1] * eta[0] ** 2,) for c in (low, high))
    return Problem(enclosed_form(name, eta, x), eta, x, SIDES, (low, high))


@functools.cache
def proved(name: str, eta: Ends = UNIFORM) -> Certificate:
    """The certificate of the window about the series."""
    return certify(problem(name, eta))


def landings(name: str, x: Array, b: Array, eta: float) -> Array:
    """(2/eta - sharpness)/eta at the end of orbits from (x, b) with u > v; NaN where they do not end at uv = d0."""
    form = form_of(name)
    d0, h = float(form.minimum), float(form.curvature)
    c, d = np.sqrt((1 + x) * (2 / (h * eta)) ** 2 - 4 * d0**2), d0 + b
    u = np.sqrt((c + np.hypot(c, 2 * d)) / 2)
    found = sweep(model(name), np.stack([u, d / u]), {ETA: eta}, rules=Rules(budget=400.0))
    u, v = (found[f"final_{n}"].values for n in "xy")
    ended = found["status"].values == Status.CONVERGED
    u, v = np.where(ended, u, np.nan), np.where(ended, v, np.nan)
    return np.where(np.abs(u * v - d0) < 1e-6, (2 / eta - h * (u**2 + v**2)) / eta, np.nan)
