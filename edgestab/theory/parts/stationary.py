r"""Second moments of a linear step under noise.

A step is :math:`z' = A_B z + b_B + C_B\xi`, with a batch B drawn anew, all equally likely, and :math:`\xi` standard
normal, independent of all else. Where the spectral radius of :math:`E\,A \otimes A` is below 1, mean and second moment
tend to the solutions of

.. math:: m = E A\, m + E b, \qquad S = E\left[A S A^T + A m b^T + b m^T A^T + b b^T + C C^T\right],

whatever the start, if its second moments are finite.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from edgestab.theory.part import Part
from edgestab.theory.statement import StepSizes


@dataclass(frozen=True)
class AffineStep:
    """The step on one batch; entries are polynomials in eta with rational coefficients.

    Parameters
    ----------
    matrix, shift, noise : ImmutableMatrix
        A of shape (n, n), b of shape (n, 1), C of shape (n, k).
    """

    matrix: sp.ImmutableMatrix
    shift: sp.ImmutableMatrix
    noise: sp.ImmutableMatrix


@dataclass(frozen=True)
class StationaryMoment(Part):
    """The expectation of a quantity tends to a value between two bounds.

    Parameters
    ----------
    name : str
        What it says, in a few words.
    steps : tuple of AffineStep
        One for each batch.
    state : tuple of Symbol
        The state.
    quantity : Expr
        A polynomial of degree two at most in it.
    step_sizes : StepSizes
        For which it is claimed.
    low, high : Expr
        Between which the limit lies strictly, in eta; infinite where nothing is said.
    """

    steps: tuple[AffineStep, ...]
    state: tuple[sp.Symbol, ...]
    quantity: sp.Expr
    step_sizes: StepSizes
    low: sp.Expr
    high: sp.Expr
