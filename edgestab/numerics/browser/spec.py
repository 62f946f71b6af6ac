"""What a browser gets of a model: its step and all that outcomes are told by, as WebAssembly, and a table of both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp

from edgestab.errors import InputError
from edgestab.numerics.orbits import periods, stopping
from edgestab.numerics.orbits.domain import guards_of
from edgestab.numerics.orbits.flat_minimum import flat_minima_of
from edgestab.numerics.orbits.follow import Rules, kernel_of
from edgestab.numerics.orbits.lanes import CHECK_EVERY, LaneKernel
from edgestab.numerics.orbits.sharpness import hessian_program
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.programs.program import KINKS, Program, jacobian_program, program_of, step_program
from edgestab.numerics.wasm.printer import LANES, group_of, lane_module
from edgestab.theory.models.base import LENGTH, Model, gradient_norm
from edgestab.theory.optimizers.gradient_descent import is_gradient_descent
from edgestab.theory.product_landing import cycles, landings
from edgestab.theory.symbols import ETA

MOST_STATE = 12
"""The most state variables: beyond, a picture of two of them shows little, and the tables of a page are large."""

STEPS = 20_000
"""How many steps a page follows an orbit, unless it is told otherwise: as ``edgestab basin --steps 20000``."""

FLOAT64, DOUBLE_DOUBLE = "float64", "double-double"


@dataclass(frozen=True)
class Engine:
    """A model for a page.

    Parameters
    ----------
    spec : dict
        What JSON can hold: names, and what each module has.
    modules : dict
        The modules of WebAssembly: ``float64``, and ``double-double`` where the step is algebraic.
    """

    spec: dict[str, Any]
    modules: dict[str, bytes]


def engine_of(model: Model) -> Engine:
    """Return what a browser needs to follow the orbits of a model and to tell their outcomes.

    Raises
    ------
    InputError
        When the step counts its steps, or has more than `MOST_STATE` state variables.

    Examples
    --------
    >>> from edgestab.theory.models.catalogue import model
    >>> engine = engine_of(model("quartic"))
    >>> engine.spec["state"], engine.spec["sets"], sorted(engine.modules)
    (['x', 'y'], ['xy = -1', 'xy = 1'], ['double-double', 'float64'])
    """
    own = model.own
    if own.step.clock is not None:
        raise InputError(f"{own.step.name} counts its steps: a page shows steps that are the same at all times")
    if len(own.step.state) > MOST_STATE:
        raise InputError(f"a page shows at most {MOST_STATE} state variables, {model.name} has {len(own.step.state)}")
    kernel = kernel_of(own, (), False)
    columns = _columns(model)
    modules = {FLOAT64: _module(kernel, columns)}
    about: dict[str, Any] = {FLOAT64: _about(kernel, columns)}
    try:
        doubled = kernel.doubled
    except InputError:  # a transcendental function: this step has no more precise form
        pass
    else:
        modules[DOUBLE_DOUBLE] = _module(doubled, {})
        about[DOUBLE_DOUBLE] = _about(doubled, {})
    spec = {
        "name": model.name,
        "title": model.title,
        "state": [str(s) for s in own.step.state],
        "parameters": [str(p) for p in own.step.parameters],
        "begins": {str(c.symbol): str(c.start) for c in own.step.carried},
        "has_loss": model.loss is not None,
        "sets": [s.name for s in model.minima],
        "statuses": {str(int(s)): s.name for s in Status},
        "steps": STEPS,
        "modules": {**about, **_table(model, columns)},
    }
    return Engine(spec, modules)


def _module(kernel: LaneKernel, columns: Mapping[str, Program]) -> bytes:
    watched = kernel.n_state - kernel.n_observers
    lengths = range(watched) if kernel.lengths is None else kernel.lengths
    return lane_module(kernel.step, kernel.residual, kernel.n_state, watched, tuple(lengths), columns)


def _about(kernel: LaneKernel, columns: Mapping[str, Program]) -> dict[str, Any]:
    return {
        "n_state": kernel.n_state,
        "n_parameters": len(kernel.per_orbit),
        "group": group_of(kernel.step),
        "columns": {name: len(program.outputs) for name, program in columns.items()},
    }


def _columns(model: Model) -> dict[str, Program]:
    """The programs that are evaluated at many points, by name."""
    own, where, loss = model.own, model.provable, model.loss
    inputs = (*own.step.state, *own.step.parameters)
    there = (*where.step.state, *where.step.parameters)
    found: dict[str, Program | None] = {
        "step": step_program(own.step),
        "jacobian": jacobian_program(own.step),
        "tolerance": program_of([own.tolerance], (*own.step.parameters, LENGTH)),
        "residuals": program_of([s.residual for s in model.minima], inputs) if model.minima else None,
    }
    if own.pace is not None and ETA in own.step.parameters:
        found["pace"] = program_of([own.pace], own.step.parameters)
    if own.sharpness is not None and own.sharpness.free_symbols <= set(inputs):
        found["sharpness"] = program_of([own.sharpness], inputs)
    guards = guards_of(own.step)
    if guards:
        found["guards"] = program_of([sp.Add(*guards)], inputs)
    found["provable_step"] = step_program(where.step)
    found["provable_jacobian"] = jacobian_program(where.step)
    if where.chart is not None:
        found["chart"] = program_of(where.chart.forward, inputs)
    for number, limit_set in enumerate(where.minima or model.minima):
        equations = stopping.equations_of(model, limit_set)
        if equations is not None:
            slopes = [sp.diff(e, s) for e in equations for s in where.step.state]
            found[f"set_{number}"] = program_of(equations, there)
            found[f"slopes_{number}"] = program_of(slopes, there)
    if loss is not None and set(loss.constants) <= set(own.step.parameters):
        of_loss = (*loss.parameters, *loss.constants)
        found["loss"] = program_of([loss.value], of_loss)
        found["hessian"] = hessian_program(loss)
        if is_gradient_descent(own.step, loss) and own.step.parameters == (ETA,):
            beside = [cycles(m, *loss.parameters) for m in landings(loss)]
            found["cycles"] = program_of(beside, inputs) if beside else None
        if where is own:
            found["stationary"] = program_of([*loss.gradient, *loss.hessian], of_loss)
    return {name: program for name, program in found.items() if program is not None}


def _table(model: Model, columns: Mapping[str, Program]) -> dict[str, Any]:
    """Everything else that outcomes are told by; numbers are those that the package itself uses."""
    own, where, loss = model.own, model.provable, model.loss
    rules = Rules()
    known = loss is not None and set(loss.constants) <= set(own.step.parameters)
    rest = [n for n, s in enumerate(model.minima) if loss is not None and s.residual == gradient_norm(loss)]
    return {
        "lanes": LANES,
        "check_every": CHECK_EVERY,
        "lengths": list(own.step.lengths),
        "tolerance_grows": LENGTH in own.tolerance.free_symbols,
        "eta": own.step.parameters.index(ETA) if ETA in own.step.parameters else None,
        "rules": {n: getattr(rules, n) for n in ("budget", "least", "most", "plain", "radius")},
        "constants": _constants(),
        "provable": {
            "chart": where.chart is not None,
            "sets": bool(where.minima),
            "lengths": list(where.step.lengths),
            "kinks": bool(KINKS & {i.op for i in columns["provable_step"].instructions}),
        },
        "sets": [
            {
                "equations": len(columns[f"set_{n}"].outputs) if f"set_{n}" in columns else 0,
                "centre": [float((low + high) / 2) for low, high in s.box],
            }
            if s.box
            else {"equations": len(columns[f"set_{n}"].outputs) if f"set_{n}" in columns else 0}
            for n, s in enumerate(where.minima or model.minima)
        ],
        "rest": rest[0] if rest else -1,
        "loss": {
            "parameters": len(loss.parameters),
            "constants": [own.step.parameters.index(c) for c in loss.constants],
            "gradient_descent": is_gradient_descent(own.step, loss),
        }
        if known and loss is not None
        else None,
        "flat": [m.table._asdict() for m in flat_minima_of(model)],
    }


def _constants() -> dict[str, float]:
    named: Iterable[tuple[str, float]] = (
        ("change", stopping.CHANGE),
        ("resolved", stopping.RESOLVED),
        ("rounding", float(stopping.ROUNDING)),
        ("beside", stopping.BESIDE),
        ("far", stopping.FAR),
        ("same", stopping.SAME),
        ("outside", stopping.OUTSIDE),
        ("soon", periods.SOON),
        ("most", periods.MOST),
        ("near", periods.NEAR),
        ("moved", periods.MOVED),
        ("apart", periods.APART),
        ("chaotic", periods.CHAOTIC),
        ("longest", periods.LONGEST_PERIOD),
    )
    return dict(named)
