"""``edgestab derive``: exact derivatives, steps, sharpness and invariants."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter


def derive(
    model: str | None = None,
    *,
    loss: str | None = None,
    params: str | None = None,
    what: str = "all",
    format: str = "pretty",
    json_: Annotated[bool, Parameter("--json", negative="")] = False,
) -> None:
    """Print exact derivatives, steps, sharpness and invariants of a built-in model or of a loss.

    Parameters
    ----------
    model
        A built-in model: quartic, degree-2, chain:1,2, balanced:3, product:p**2/2-p**4/12, vector:3, frozen-cubic,
        cubic-map, uv-model, factorization:2,2,2, spring:1,1,2,1/2.
    loss
        An expression instead of a model.
    params
        Its parameters, such as "x y".
    what
        gradient, hessian, cubic, step, two-step, sharpness, invariants or all.
    format
        pretty, latex, python or json.
    json_
        The same as --format json.
    """
    from edgestab.arguments import Subject
    from edgestab.derive import derive as rows_of
    from edgestab.derive import render

    print(render(rows_of(Subject(loss, params).model(model), what), "json" if json_ else format))
