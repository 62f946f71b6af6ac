"""What a training run is: the problem, the update rule, what is recorded, when it stops. Read from TOML."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from pathlib import Path

import msgspec

from edgestab.errors import InputError
from edgestab.numerics.networks.optimizers.optimizer import Optimizer
from edgestab.numerics.networks.optimizers.registry import update_rule
from edgestab.numerics.networks.specs.spec import ProblemSpec, read_problem
from edgestab.numerics.storage.toml_file import Tables, decoder, read_toml, tables_of

MOST_STEPS = 10**8


class OptimizerSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The ``[optimizer]`` table.

    Parameters
    ----------
    name : str
        The update rule, one of `edgestab.numerics.networks.optimizers.registry.OPTIMIZERS`.
    eta : float
        The step size.
    beta, beta1, beta2, eps, nu : float, optional
        The factors that the rule takes.
    schedule : list of (step, eta)
        From each of these steps on, the step size is this one. What the rule remembers is kept.
    """

    name: str = "gd"
    eta: float
    beta: float | None = None
    beta1: float | None = None
    beta2: float | None = None
    eps: float | None = None
    nu: float | None = None
    schedule: list[tuple[int, float]] = []

    def __post_init__(self) -> None:
        """Refuse an unknown rule, factors that it does not take, and a schedule out of order."""
        steps = [step for step, _ in self.schedule]
        if steps != sorted(set(steps)) or any(step < 1 for step in steps):
            raise InputError(f"the steps of a schedule must increase, and the first be at least 1, got {steps}")
        for t in (0, *steps):
            self.rule(t)

    def step_size(self, t: int) -> float:
        """Return the step size of step t."""
        return next((eta for step, eta in reversed(self.schedule) if t >= step), self.eta)

    def rule(self, t: int = 0) -> Optimizer:
        """Return the update rule of step t.

        Raises
        ------
        InputError
            When the rule is unknown, or a factor missing, out of its range, or not the rule's.
        """
        given = msgspec.structs.asdict(self)
        factors = {name: x for name, x in given.items() if name not in ("name", "eta", "schedule") and x is not None}
        return update_rule(self.name)(self.step_size(t), **factors)


class RecordSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The ``[record]`` table: what is recorded every so many steps, 0 for never. The loss is recorded at every step.

    Parameters
    ----------
    sharpness_every : int
        The top eigenvalues of the Hessian; of the preconditioned Hessian too, where the rule has a preconditioner.
    eigenvalues : int
        How many of them.
    tolerance : float
        Residuals of eigenpairs, relative to the largest eigenvalue.
    midpoint_every : int
        The sharpness half way between two steps, in which the oscillation along the top eigenvector cancels.
    accuracy_every : int
        Accuracy, and loss and accuracy on the test data, as far as the problem has them.
    eigenvectors_every : int
        The top eigenvectors; a multiple of `sharpness_every`.
    parameters_every : int
        The parameters.
    """

    sharpness_every: int = 1
    eigenvalues: int = 1
    tolerance: float = 1e-3
    midpoint_every: int = 0
    accuracy_every: int = 0
    eigenvectors_every: int = 0
    parameters_every: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be recorded."""
        for name in self.__struct_fields__:
            if name.endswith("_every") and getattr(self, name) < 0:
                raise InputError(f"{name} must be at least 0, got {getattr(self, name)}")
        if not 1 <= self.eigenvalues <= 50:
            raise InputError(f"eigenvalues must be from 1 to 50, got {self.eigenvalues}")
        if not 0 < self.tolerance < 1:
            raise InputError(f"tolerance must be between 0 and 1, got {self.tolerance}")
        kept = self.eigenvectors_every
        if kept and (not self.sharpness_every or kept % self.sharpness_every):
            raise InputError(f"eigenvectors_every must be a multiple of sharpness_every, got {kept}")

    @property
    def curved(self) -> bool:
        """Whether anything is recorded that needs second derivatives."""
        return bool(self.sharpness_every or self.midpoint_every)


class StopSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The ``[stop]`` table: conditions under which a run ends before its last step.

    Parameters
    ----------
    loss_below, accuracy_above : float, optional
        The aim is reached.
    at_the_edge : bool
        The sharpness has reached the edge.
    second_eigenvalue : float, optional
        The second eigenvalue is above this fraction of the edge: 0.95 is 1.9/eta.
    diverged : float
        The loss is above this multiple of the loss at the start: the run has diverged.
    """

    loss_below: float | None = None
    accuracy_above: float | None = None
    at_the_edge: bool = False
    second_eigenvalue: float | None = None
    diverged: float = 1e6

    def __post_init__(self) -> None:
        """Refuse a multiple below which no run could begin."""
        if not self.diverged > 1:
            raise InputError(f"diverged must be above 1, got {self.diverged}")


class KickSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    r"""The ``[kick]`` table: once, at the edge, w becomes :math:`w + c\,\delta\,u` (Damian et al. 2023).

    Parameters
    ----------
    size : float
        c, in units of :math:`\delta = \sqrt{2\alpha/\beta}`.
    at : float
        The kick comes at the first step where the sharpness is above this multiple of the edge and alpha > 0.
    """

    size: float = 0.3
    at: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what is no number."""
        if not (isfinite(self.size) and isfinite(self.at)):
            raise InputError(f"size and at must be finite, got {self.size} and {self.at}")


class RunSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    r"""A training run.

    Parameters
    ----------
    name : str
        What figures call it.
    problem : ProblemSpec
        What is trained.
    optimizer, record, stop, kick : struct
        The other tables.
    steps : int
        How many.

    Examples
    --------
    >>> problem = {"data": {"kind": "chebyshev"}, "network": {"kind": "mlp", "hidden": [30, 20]}}
    >>> optimizer = {"eta": 0.2, "schedule": [[5, 0.1]]}
    >>> spec = spec_of({"steps": 10, "problem": problem, "optimizer": optimizer})
    >>> spec.optimizer.rule(4).edge, spec.optimizer.rule(5).edge
    (10.0, 20.0)
    """

    name: str = "run"
    problem: ProblemSpec
    optimizer: OptimizerSpec
    steps: int
    record: RecordSpec = RecordSpec()
    stop: StopSpec = StopSpec()
    kick: KickSpec | None = None

    def __post_init__(self) -> None:
        """Refuse conditions on what is not recorded."""
        if not 1 <= self.steps <= MOST_STEPS:
            raise InputError(f"steps must be from 1 to {MOST_STEPS}, got {self.steps}")
        record, stop = self.record, self.stop
        if (stop.at_the_edge or stop.second_eigenvalue is not None or self.kick) and not record.sharpness_every:
            raise InputError("stopping or kicking at the edge needs the sharpness: set sharpness_every = 1")
        if stop.second_eigenvalue is not None and record.eigenvalues < 2:
            raise InputError("stopping on the second eigenvalue needs eigenvalues = 2 or more")
        if stop.second_eigenvalue is not None and update_rule(self.optimizer.name).preconditioned:
            raise InputError(f"stopping on the second eigenvalue of the Hessian is not for {self.optimizer.name}")
        if stop.accuracy_above is not None and not record.accuracy_every:
            raise InputError("stopping on the accuracy needs accuracy_every = 1 or more")
        if self.kick is not None and self.optimizer.name != "gd":
            raise InputError("a kick in units of delta is for gd")

    @property
    def text(self) -> str:
        """The specification as JSON, the same text for the same run."""
        return msgspec.json.encode(self, order="sorted").decode()


def read(path: Path) -> RunSpec:
    """Read a specification file.

    Raises
    ------
    InputError
        When the file cannot be read, is not UTF-8, is no TOML, or has a wrong or missing entry.
    """
    return read_toml(path, spec_of)


def read_text(text: str) -> RunSpec:
    """Read a specification from TOML.

    Raises
    ------
    InputError
        When it is no TOML, or has a wrong or missing entry.
    """
    return spec_of(tables_of(text))


def spec_of(entries: Tables) -> RunSpec:
    """Return a specification from tables, as TOML would hold them.

    Raises
    ------
    InputError
        When it has a wrong or missing entry.
    """
    problem = entries.get("problem")
    if isinstance(problem, Mapping):  # decoded by itself, it says which kinds and entries there are
        entries = {**entries, "problem": read_problem(problem)}
    return decoder(RunSpec)(entries)
