"""An expanding step of one variable, proved again: F(x)^2 > x^2 for all |x| >= r, by Sturm's theorem."""

from __future__ import annotations

from typing import Any

import sympy as sp

from edgestab.verify.checker.algebra import Algebra, exact
from edgestab.verify.checker.reading import demand, number, record
from edgestab.verify.checker.statement import Statement

DEGREE, LONGEST = 16, 20_000  # the highest degree of F in x, and the most digits of its coefficients in all


def check_expanding(said: Statement, proof: Any) -> str:
    """Prove that every orbit of a polynomial step of one variable diverges, and return it in words."""
    record(said.claim, "kind", "claim")
    radius = number(record(proof, "radius", "proof")[0], "proof.radius")
    demand(
        said.kind == "diverges" and not said.domain, "claim.kind must be diverges, of a step that is defined everywhere"
    )
    demand(len(said.state) == len(said.box) == 1 and radius > 0, "the step is of one variable, and proof.radius > 0")
    ((low, high),) = said.box
    demand(low >= radius or high <= -radius, "proof.radius: a start is nearer to 0")
    demand(all(a == b for a, b in said.eta), "eta must be single values")
    for eta, _ in said.eta:
        line = Algebra(said.state[0])
        (x,) = line.gens
        if said.update_texts is None:
            image = x - line.read(said.loss_text, {said.state[0]: x}).diff(x) * exact(eta)
        else:
            image = line.read(said.update_texts[0], {said.state[0]: x, "eta": line.lift(eta)})
        demand(image.degree() <= DEGREE, f"the step is of a degree above {DEGREE}")
        growth = sp.Poly(
            (line.product(image, image) - line.product(x, x)).as_expr(), sp.Symbol(said.state[0]), domain="QQ"
        )
        demand(len(str(growth.all_coeffs())) <= LONGEST, "the coefficients of the step are too long")
        edge = sp.Rational(radius.numerator, radius.denominator)
        outward = growth.eval(edge) > 0 and growth.eval(-edge) > 0
        never = outward and growth.count_roots(edge, None) == growth.count_roots(None, -edge) == 0
        demand(never, "that every step from farther out than proof.radius leads outwards is not proved")
    return "leaves every bounded set"
