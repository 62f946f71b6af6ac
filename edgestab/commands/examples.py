"""Commands that can be pasted, at the end of every command's help; a test runs them in an empty folder."""

from __future__ import annotations

from collections.abc import Mapping

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "claims": (
        "edgestab claims --paper zhu2023",
        "edgestab claims zhu2023.thm3.1",
        "edgestab claims zhu2023.thm3.1 --bibtex",
    ),
    "models": ("edgestab models", "edgestab models balanced:3", "edgestab models heavy-ball"),
    "derive": (
        "edgestab derive quartic --what two-step",
        'edgestab derive --loss "(1 - x*y**2)**2/2" --params "x y" --what hessian --format latex',
    ),
    "new": (
        "edgestab new mine.toml",
        'edgestab new limit.toml --loss "log(cosh(x*y))" --params "x y" --kind limit',
        "edgestab new grid.toml --kind sweep",
    ),
    "explain": ("edgestab explain zhu2023.thm3.1",),
    "verify": (
        "edgestab verify zhu2023.cor3.1 zhu2023.slip1 --out report",
        "edgestab verify --paper even2023",
        "edgestab new mine.toml",
        "edgestab verify mine.toml --effort standard",
    ),
    "certify": (
        "edgestab certify zhu2023.R4 --out cert.json",
        "edgestab certify zhu2023.R9 --eta 0.1",
        "edgestab certify zhu2023.R9 --eta-range 0.05 0.1 --out r9.json",
    ),
    "recheck": ("edgestab certify zhu2023.R4 --out proof.json", "edgestab recheck proof.json"),
    "sweep": ("edgestab new grid.toml --kind sweep", "edgestab sweep grid.toml --out grid.nc"),
    "basin": (
        "edgestab basin quartic --eta 0.2 --x x 3 3.4 --y y 0.1 0.5 --size 256 --png basin.png",
        "edgestab basin quartic --x x 0.5 4 --y eta 0.05 0.5 --start y=0.3 --size 256 --out plane.nc",
        'edgestab basin --loss "(c - x*y)**2" --params "x y" --set c=2 --eta 0.1 --x x 0 3 --y y 0 3 --size 64 --json',
    ),
    "orbits": (
        "edgestab orbits frozen-cubic --vary s 0.9 2 --window -1.5 1.5 --start d=0.5 --start d=-0.5 --png orbits.png",
        'edgestab orbits quartic --vary eta 0.05 0.5 --observable "x*y" --window 0 2 --start "x=2.2,y=0.4"',
    ),
    "exponents": (
        "edgestab exponents frozen-cubic --x s 0.9 2 --start d=0.4 --png exponents.png",
        "edgestab exponents quartic --x x 1 3.4 --y y 0.1 0.5 --eta 0.2 --size 24 --steps 2000",
    ),
    "cycles": (
        "edgestab cycles frozen-cubic --set s=2.5 --box d -2 2 --period 3",
        "edgestab cycles balanced:3 --box rho 0.1 1.9 --vary eta 0.5 0.9 --doublings 3 --png branches.png",
    ),
    "explore": (
        "edgestab explore quartic --eta 0.2 --no-open --out quartic.html",
        'edgestab explore --loss "(1 - c*x*y)**2/2" --params "x y" --set c=2 --no-open --out loss.html',
    ),
    "landing": (
        "edgestab landing quartic",
        'edgestab landing --loss "log(cosh(x*y - 1))" --params "x y" --at 1 --terms 2',
        'edgestab landing --loss "(1 - x*y**2)**2/2" --params "x y" --near "x=5,y=0.45" --eta 0.1',
    ),
    "train": (
        "edgestab train --list-presets",
        "edgestab train --preset chebyshev-eos --steps 200 --out run.zarr --png run.png",
    ),
    "export": (
        "edgestab basin quartic --eta 0.2 --x x 3 3.4 --y y 0.1 0.5 --size 64 --out basin.zarr",
        "edgestab export basin.zarr --out basin.nc",
    ),
    "doctor": ("edgestab doctor",),
    "completion": ('eval "$(edgestab completion bash)"', "edgestab completion fish"),
}
"""By command; what a later line needs, an earlier one of the same command makes."""


FIRST = (
    "edgestab verify zhu2023.cor3.1 zhu2023.slip1",
    "edgestab new mine.toml",
    "edgestab explain mine.toml",
    "edgestab verify mine.toml",
)
"""For who has not read anything yet."""


def ending(command: str) -> str:
    """Return the end of a command's help, or of the list of commands, in lines that can be pasted: none is broken."""
    found = EXAMPLES.get({"check": "recheck"}.get(command, command), FIRST)
    return "\n".join(("Examples:", *(f"    {line}" for line in found)))
