"""``edgestab derive``: exact derivatives, steps, sharpness and invariants."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter


def derive(
    model: str | None = None,
    /,
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
        A built-in model, such as quartic; or give --loss and --params.
    loss
        A loss: an expression such as "(1 - x*y**2)**2/2", instead of a model.
    params
        The parameters of the loss, such as "x y".
    what
        gradient, hessian, cubic, step, two-step, sharpness, invariants or all.
    format
        pretty, latex, python or json.
    json_
        Print JSON: the same as --format json.
    """
    from edgestab.arguments import Subject
    from edgestab.derive import derive as rows_of
    from edgestab.derive import render

    print(render(rows_of(Subject(loss, params).model(model), what), "json" if json_ else format))
