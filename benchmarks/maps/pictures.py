"""The pictures that are measured: windows of starts and of parameters, with boundaries smooth and fractal."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from edgestab.numerics.maps.pictures.basin import BasinJob
from edgestab.numerics.maps.pictures.refine import Refinement
from edgestab.numerics.maps.pictures.slices import Axis, slice_of
from edgestab.theory.models.catalogue import model
from edgestab.theory.symbols import symbol

REFINED = Refinement()


@dataclass(frozen=True)
class Window:
    """A picture of a model.

    Parameters
    ----------
    title : str
        What it shows.
    model : str
        Its name.
    columns, rows : tuple
        A variable and two ends, as text that stands for exact numbers.
    fixed : tuple of (str, str)
        What does not vary.
    """

    title: str
    model: str
    columns: tuple[str, str, str]
    rows: tuple[str, str, str]
    fixed: tuple[tuple[str, str], ...]

    def job(self, size: int, refinement: Refinement | None) -> BasinJob:
        """Return the picture in `size` times `size` pixels."""
        columns, rows = (Axis(symbol(n), Fraction(a), Fraction(b), size) for n, a, b in (self.columns, self.rows))
        of = model(self.model)
        where = slice_of(of, columns, rows, {symbol(n): Fraction(v) for n, v in self.fixed})
        return BasinJob(of, where, refinement=refinement)


WINDOWS = {
    "smooth": Window(
        "degree-2, eta 1/5, [0.01, 9]^2", "degree-2", ("x", "0.01", "9"), ("y", "0.01", "9"), (("eta", "1/5"),)
    ),
    "whole": Window(
        "quartic, eta 1/5, [0.01, 4]^2", "quartic", ("x", "0.01", "4"), ("y", "0.01", "4"), (("eta", "1/5"),)
    ),
    "fractal": Window(
        "quartic, eta 1/5, [3, 3.4] x [0.1, 0.5]", "quartic", ("x", "3", "3.4"), ("y", "0.1", "0.5"), (("eta", "1/5"),)
    ),
    "small-eta": Window(
        "quartic, eta 1/50, [0.01, 9]^2", "quartic", ("x", "0.01", "9"), ("y", "0.01", "9"), (("eta", "1/50"),)
    ),
    "parameter": Window(
        "quartic, x in [0.5, 4] over eta in [0.05, 0.5], y = 1/2",
        "quartic",
        ("x", "0.5", "4"),
        ("eta", "0.05", "0.5"),
        (("y", "1/2"),),
    ),
    "chain": Window(
        "chain:1,2, eta 1/5, [0.01, 4]^2", "chain:1,2", ("w1", "0.01", "4"), ("w2", "0.01", "4"), (("eta", "1/5"),)
    ),
}
