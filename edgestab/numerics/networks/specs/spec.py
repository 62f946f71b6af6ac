"""A network, its data and its criterion from tables of names and numbers, such as a TOML file holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Annotated, Any

import msgspec
import torch
from torch import Tensor

from edgestab.errors import InputError
from edgestab.numerics.networks.data.samples import Data
from edgestab.numerics.networks.losses.criteria import Criterion, SquaredErrorSpec
from edgestab.numerics.networks.losses.derivative_check import DerivativeReport, check_derivatives, require_right
from edgestab.numerics.networks.losses.network import Network, network_objective
from edgestab.numerics.networks.losses.objective import Objective
from edgestab.numerics.networks.specs.registry import (
    CRITERIA,
    DATA,
    NETWORKS,
    CriterionSpec,
    DataSpec,
    NetworkSpec,
)

DTYPES = {"float64": torch.float64, "float32": torch.float32}

LARGEST = 10**9
"""The most parameters that a network from a specification may have."""


class ProblemSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is trained, as its specification says it.

    Parameters
    ----------
    data, network, criterion : struct
        The tables, each with its ``kind``.
    dtype : {"float64", "float32"}
        Of parameters and data.
    device : str
        "cpu", "cuda" or "cuda:0".
    seed : int
        Of the start.
    chunk : int, optional
        How many samples go through the network at once; all of them by default.
    retain : bool
        Whether graphs are kept between Hessian-vector products; false saves memory and costs time.
    """

    data: DataSpec
    network: NetworkSpec
    criterion: CriterionSpec = SquaredErrorSpec()
    dtype: str = "float64"
    device: str = "cpu"
    seed: Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)] = 0
    chunk: Annotated[int, msgspec.Meta(ge=1)] | None = None
    retain: bool = True


@dataclass(frozen=True)
class Problem:
    """What is trained.

    Parameters
    ----------
    network : Network
        Sized by the data.
    data : Data
        The samples of the loss.
    test_data : Data or None
        Samples held out.
    criterion : Criterion
        Of one sample.
    objective : Objective
        The loss, in the dtype and on the device asked for.
    start : Tensor
        w at the start, shape (p,), there too.
    """

    network: Network
    data: Data
    test_data: Data | None
    criterion: Criterion
    objective: Objective
    start: Tensor

    def require_right_derivatives(self, samples: int = 4, seed: int = 0) -> DerivativeReport:
        """Check second and third derivatives in float64 on a few samples, at a w somewhat off the start.

        A wrong derivative is wrong on any data, and few samples have few kinks: where they are too near nevertheless,
        one sample is tried. Where a head starts at zero, what is below it shows only off the start.

        Raises
        ------
        InputError
            When one is wrong or cannot be checked; it says which, and by how much.
        """
        w = self.start.to("cpu", torch.float64)
        noise = torch.randn(len(w), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        general = w + 0.1 * w.norm() / noise.norm() * noise
        for n in (samples, 1):
            few = Data(self.data.name, self.data.inputs[:n], self.data.targets[:n])
            objective = network_objective(self.network, few, self.criterion, device=self.objective.device)
            report = check_derivatives(objective, general, seed)
            if report.right or report.wrong:
                break
        return require_right(report)


def read_problem(mapping: Mapping[str, Any]) -> ProblemSpec:
    """Return the specification that a mapping holds.

    Parameters
    ----------
    mapping : mapping
        Of the tables "data", "network" and "criterion", and of the other entries of `ProblemSpec`.

    Raises
    ------
    InputError
        When an entry is missing, unknown or has a wrong value; it says which, and which there are.

    Examples
    --------
    >>> spec = {"data": {"kind": "chebyshev"}, "network": {"kind": "mlp", "hidden": [30, 20]}}
    >>> problem_of(read_problem(spec)).objective.size
    701
    """
    _only(mapping, ProblemSpec.__struct_fields__, "a problem")
    for name, kinds in (("data", DATA), ("network", NETWORKS), ("criterion", CRITERIA)):
        if name in mapping:
            _require_table(mapping[name], name, kinds)
        elif name != "criterion":
            raise InputError(f"there is no [{name}] table: give one with kind = one of {', '.join(kinds)}")
    try:
        return msgspec.convert(dict(mapping), ProblemSpec)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        raise InputError(f"{where.strip('`.') or 'the problem'}: {what}") from None


def problem_of(spec: ProblemSpec, folder: Path = Path()) -> Problem:
    """Return the problem that a specification states.

    Parameters
    ----------
    folder : Path
        Where paths of data files start from.

    Raises
    ------
    InputError
        When data, network and criterion do not fit together, a file is wrong, or the device is not there.
    """
    if spec.dtype not in DTYPES:
        raise InputError(f"unknown dtype {spec.dtype[:40]!r}; give {' or '.join(DTYPES)}")
    criterion = spec.criterion.make()
    loaded = spec.data.load(criterion.classes, folder)
    network = spec.network.build(loaded)
    if network.size > LARGEST:
        raise InputError(
            f"{network.name} has {network.size} parameters: at most {LARGEST} are allowed, make it smaller"
        )
    objective = network_objective(
        network,
        loaded.train,
        criterion,
        chunk=spec.chunk,
        dtype=DTYPES[spec.dtype],
        device=spec.device,
        retain=spec.retain,
    )
    start = objective.vector(network.start(spec.seed))
    return Problem(network, loaded.train, loaded.test, criterion, objective, start)


def _require_table(table: Any, name: str, kinds: Mapping[str, type]) -> None:
    if not isinstance(table, Mapping):
        raise InputError(f"{name} must be a table with a kind, one of {', '.join(kinds)}")
    kind = table.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        said = "no kind" if kind is None else f"the unknown kind {str(kind)[:40]!r}"
        raise InputError(f"[{name}] has {said}; the kinds are {', '.join(kinds)}")
    _only(table, ("kind", *(field.name for field in msgspec.structs.fields(kinds[kind]))), f"{name} {kind}")


def _only(table: Mapping[str, Any], names: tuple[str, ...], what: str) -> None:
    for key, value in table.items():
        if key not in names:
            raise InputError(f"{what} has no {str(key)[:40]!r}; its entries are {', '.join(names)}")
        numbers = value if isinstance(value, list) else [value]
        bad = [v for v in numbers if isinstance(v, float) and not isfinite(v)]
        if bad:
            raise InputError(f"{what}: {key} must be finite, got {bad[0]}")
