"""What is left of a claim once every orbit converges to one point p, whose coordinates are enclosed."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from flint import arb, arb_mat

from edgestab.verify.checker.algebra import Algebra
from edgestab.verify.checker.enclosures import ball
from edgestab.verify.checker.evaluation import Code
from edgestab.verify.checker.reading import Box, CertificateError, demand, listed, number, record
from edgestab.verify.checker.statement import Statement, over, shown, truth
from edgestab.verify.checker.trees import settle

Matrix = list[list[arb]]


def check_end(said: Statement, near: Box, hessian: Matrix, direction: Any) -> str:
    """Prove a claim about orbits that converge to a minimum p in a box, and return it in words.

    Parameters
    ----------
    near : Box
        It holds p.
    hessian : list of lists of arb
        Of the loss, over the box.
    direction : Any
        Numbers, along which the loss is steeper at p than the low end of a window.
    """
    n = len(said.parameters)
    if said.kind == "bounded":
        record(said.claim, "kind", "claim")
        return "stays in a bounded set"
    if said.kind == "converges":
        _, to = record(said.claim, "kind to", "claim")
        return _to(to, near, said)
    own = [*said.finals, "eta"]
    if said.kind == "limit":
        _, margin_text, strict, to = record(said.claim, "kind margin strict to", "claim")
        margin = Code(said.work, said.tape, [said.tape.read(margin_text, own)])
        strict, where = truth(strict, "claim.strict"), _to(to, near, said)

        exactly = _exactly(said, margin_text, near)

        def holds(_: str, cell: Box) -> None:
            found: Any = margin(_at(said, cell))[0] if exactly is None else exactly
            demand(found > 0 if strict else found >= 0, f"the inequality at the limit is not proved, found {found}")

        _everywhere(said, near, holds)
        return (
            f"{where}, at which {shown(margin_text)} {'>' if strict else '>='} 0, x_final being the coordinate x of p"
        )
    demand(said.kind == "final-sharpness", "claim.kind is none that this argument proves")
    _, low_text, high_text, to = record(said.claim, "kind low high to", "claim")
    where, texts = _to(to, near, said), [low_text, high_text]
    demand(texts != [None, None], "claim: a window has an end")
    ends = Code(said.work, said.tape, [None if e is None else said.tape.read(e, own) for e in texts])
    v = [ball(x) for x in listed(number, direction, "proof.direction", n)] if low_text is not None else []
    demand(low_text is None or len(v) == n, "proof.direction must have an entry for each parameter")

    def inside(_: str, cell: Box) -> None:
        low, high = ends(_at(said, cell))
        if low_text is not None:
            steep = sum((v[i] * hessian[i][j] * v[j] for i in range(n) for j in range(n)), arb(0))
            demand(
                steep > low * sum((x * x for x in v), arb(0)), "that the sharpness is above the low end is not proved"
            )
        if high_text is not None:
            demand(is_below(hessian, high), "that the sharpness is below the high end is not proved")

    _everywhere(said, near, inside)
    window = (
        f"{'' if low_text is None else shown(low_text) + ' < '}S{'' if high_text is None else ' < ' + shown(high_text)}"
    )
    return f"{where}, and the sharpness there, S, the largest eigenvalue of the Hessian of L, satisfies {window}"


def _to(to: Any, near: Box, said: Statement) -> str:
    sides = [*zip(said.parameters, near, strict=True)]
    p = ", ".join(f"{s} = {a}" if a == b else f"{s} = {float((a + b) / 2):.9g}" for s, (a, b) in sides)
    width = max(b - a for a, b in near) / 2
    where = f"converges to one point p, a minimum of L, {f'within {float(width):.1e} of ' if width else ''}{p}"
    if to is None:
        return where
    box = [listed(number, side, "claim.to", 2) for side in listed(lambda value, _: value, to, "claim.to", len(near))]
    inside = len(box) == len(near) and all(
        len(side) == 2 and side[0] <= a and b <= side[1] for side, (a, b) in zip(box, near, strict=True)
    )
    demand(inside, "claim.to: the limit is not shown to lie in this box")
    return f"{where}, in the box {' x '.join(f'[{a}, {b}]' for a, b in box)}"


def _at(said: Statement, cell: Box) -> list[arb]:
    """What the names stand for at the limit."""
    *p, eta = over(cell)
    state = [arb("nan")] * (len(said.state) - len(p))
    return said.balls([*p, *state, eta], final=p)


def _exactly(said: Statement, source: str, near: Box) -> Fraction | None:
    """The value of a text at a rational limit; None where it is not rational, or depends on eta, or in balls only."""
    line = Algebra("eta")
    names = {name: line.lift(a) for name, (a, b) in zip(said.finals, near, strict=True) if a == b}
    try:
        value = line.read(source, {**names, "eta": line.gens[0]})
    except CertificateError:
        return None
    return Fraction(str(value.coeff(1))) if value.is_ground else None


def _everywhere(said: Statement, near: Box, test: Any) -> None:
    for eta in said.eta:
        settle(test, ".", (*near, eta), "claim")


def is_below(matrix: Matrix, end: arb) -> bool:
    """Whether all eigenvalues of every symmetric matrix with these entries are below a number: by Sylvester."""
    return is_definite([[(end if i == j else arb(0)) - h for j, h in enumerate(row)] for i, row in enumerate(matrix)])


def is_definite(matrix: Matrix) -> bool:
    """Whether every symmetric matrix with these entries is positive definite: by its leading minors."""
    return all(minor(matrix, range(k)) > 0 for k in range(1, len(matrix) + 1))


def minor(matrix: Matrix, of: Sequence[int]) -> arb:
    """Return the determinant of some rows and the same columns."""
    return arb_mat([[matrix[i][j] for j in of] for i in of]).det()
