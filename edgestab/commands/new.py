"""``edgestab new``: a claim file to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from edgestab.arguments import Overwrite, rational
from edgestab.errors import InputError

Kind = Literal[
    "along",
    "bounded",
    "converges",
    "cycle",
    "diverges",
    "final-sharpness",
    "invariant",
    "limit",
    "monotone",
    "tends",
    "sweep",
]

_CONCLUSIONS: dict[str, str] = {
    "along": 'inequality = "{first}**2 <= 4"        # at every iterate; also: from = 10, until = 1000, t the step',
    "bounded": "",
    "converges": '# to = "{first} = 1"               # a set of minima by its name, or a point',
    "cycle": 'period = 2\n# inequality = "{first} > 0"      # at every point of the cycle',
    "diverges": "",
    "final-sharpness": 'low = "2/eta - eta"\nhigh = "2/eta"',
    "invariant": "",
    "limit": 'inequality = "{first}_final > 0"      # also: loss_final, sharpness_final',
    "monotone": 'quantity = "loss"                 # or sharpness, or any expression\ndirection = "nonincreasing"',
    "tends": 'quantity = "loss"\nlimit = "0"                       # or infinity, -infinity',
}


def new(
    file: Path,
    /,
    *,
    loss: str = "(x*y - 1)**2/2",
    params: str = "x y",
    eta: str = "0.1",
    optimizer: str = "gradient-descent",
    kind: Kind = "converges",
    overwrite: Overwrite = False,
) -> None:
    """Write a commented claim file, or one for a sweep, to change; and say how to use it.

    Parameters
    ----------
    file
        Where to.
    loss
        A loss: an expression such as "(1 - x*y**2)**2/2".
    params
        The parameters of the loss, such as "x y".
    eta
        The step size.
    optimizer
        The update rule of the loss.
    kind
        What is concluded; sweep: nothing, the file says from where orbits are followed.
    overwrite
        Replace what is there: a file when the new one is complete, a store before the work begins.
    """
    from edgestab.numerics.storage.atomic import replacing
    from edgestab.numerics.storage.places import free_file
    from edgestab.numerics.storage.toml_file import tables_of
    from edgestab.theory.loss import Loss
    from edgestab.theory.optimizers.catalogue import update_rule

    if file.suffix != ".toml":
        raise InputError(f"a claim file ends in .toml: {file.with_suffix('.toml')} instead of {file}")
    quoted = [text for text in (file.stem, loss, eta) if any(c in text for c in '"\\\n')]
    if quoted:
        raise InputError(f"{quoted[0][:40]!r} has a quote, a backslash or a new line in it: leave it out")
    if rational(eta, "step size") <= 0:
        raise InputError(f"step size must be positive and finite, got {eta}")
    rule, names = update_rule(optimizer), [p.name for p in Loss.parse(loss, params).parameters]
    factors = [f'{f.symbol} = "{f.default if f.default is not None else f.example}"' for f in rule.factors]
    sweeps = kind == "sweep"
    lines = [
        f'name = "{file.stem}"',
        *(['statement = "One sentence of a paper."'] * (not sweeps)),
        f'loss = "{loss}"',
        f'parameters = "{" ".join(names)}"',
        f'optimizer = "{optimizer}"',
        f"constants = {{{', '.join(factors)}}}" if factors else '# constants = {c = "1/2"}   # values of other names',
        f'eta = "{eta}"                        # or a list of them, or eta_range = ["0.05", "0.1"]',
        *(['# for = "almost every start"   # or "some start"; or at_least = "9/10"'] * (not sweeps)),
        '# where = ["x != 0"]           # which starts are left out',
        *([f"grid = {{{', '.join(f'{n} = 32' for n in names)}}}   # or points = 1024, at random"] * sweeps),
        "",
        "[region]                        # an open interval for each parameter, or one value",
        *(f'{n} = ["0.5", "1.5"]' for n in names),
    ]
    if not sweeps:
        lines += ["", "[conclusion]", f'kind = "{kind}"', *_CONCLUSIONS[kind].format(first=names[0]).splitlines()]
    text = "\n".join(lines) + "\n"
    tables_of(text)
    with replacing(free_file(file, overwrite=overwrite)) as out:
        out.write(text.encode())
    if sweeps:
        print(f"{file}: change it, run it with `edgestab sweep {file} --out {file.with_suffix('.nc')}`")
    else:
        print(f"{file}: change it, look at it with `edgestab explain {file}`, check it with `edgestab verify {file}`")
