r"""Expanding steps of one variable: no orbit that is far enough out comes back.

For a polynomial step F with :math:`F(x)^2 > x^2` wherever :math:`|x| \ge r`, the sizes of the iterates of a start with
:math:`|x_0| \ge r` increase. They have no finite limit: it would be a size at which :math:`F(x)^2 = x^2`.
"""

from __future__ import annotations

import sympy as sp

from edgestab.theory.conclusions.diverges import Diverges
from edgestab.theory.positivity import nonnegative
from edgestab.theory.statement import OrbitStatement
from edgestab.theory.symbols import ETA
from edgestab.verify.proofs.argument import Argument, NoArgument, region_box, require_every_start
from edgestab.verify.proofs.document import document

METHOD = "growth of a polynomial step"


def require(statement: OrbitStatement) -> None:
    """Refuse a statement that is not about divergence in one variable.

    Raises
    ------
    NoArgument
        For those.
    """
    require_every_start(statement)
    step, sizes = statement.model.own.step, statement.step_sizes
    if not isinstance(statement.conclusion, Diverges) or len(step.state) != 1 or not sizes.values:
        raise NoArgument("the conclusion is not divergence in one variable at single step sizes")


def prove(statement: OrbitStatement) -> Argument:
    """Prove that every orbit of a polynomial step of one variable diverges.

    Raises
    ------
    NoArgument
        The message says which ingredient is missing.
    """
    require(statement)
    step, sizes = statement.model.own.step, statement.step_sizes
    (x,), (update,) = step.state, step.closed_form()
    ((low, high),) = region_box(statement)
    least = max(low, -high)
    if not least > 0:
        raise NoArgument("the starts are not all on one side of 0")
    for eta in sizes.values:
        image = update.xreplace(dict.fromkeys(step.parameters, eta)).subs(ETA, eta)
        if not image.is_polynomial(x) or not all(c.is_Rational for c in sp.Poly(image, x).coeffs()):
            raise NoArgument("the step is no polynomial with rational coefficients")
        growth = sp.expand(image**2 - x**2)
        sides = ((least, sp.oo), (-sp.oo, -least))
        if not all(nonnegative(growth, {x: side}, strict=True).holds for side in sides):
            raise NoArgument("somewhere farther out a step leads nearer to 0")
        if any(growth.subs(x, end) <= 0 for end in (least, -least)):
            raise NoArgument("at the nearest start a step does not lead away from 0")
    shown = f"for all |x| >= {least} the image is farther from 0 than x, by Sturm's theorem in exact arithmetic"
    return Argument(METHOD, (shown,), document(statement, "expanding", {"radius": str(least)}))
