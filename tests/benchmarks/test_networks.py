"""The benchmark of networks runs, and sees where a tracker takes another eigenvalue for the top one."""

import json
import math

import pytest

pytest.importorskip("torch")

import torch

from benchmarks.contender import Unavailable
from benchmarks.networks import __main__, derivatives, steps, sweeps, tracking
from benchmarks.networks.clock import Clock
from benchmarks.networks.problems import Case
from benchmarks.networks.trackers import SOLVERS, Answer, Counted, Eigsh, Ours
from edgestab.numerics.networks.architectures.mlp import mlp
from edgestab.numerics.networks.data.chebyshev import chebyshev
from edgestab.numerics.networks.data.samples import Data
from edgestab.numerics.networks.losses.criteria import squared_error
from edgestab.numerics.networks.losses.network import network_objective
from edgestab.numerics.networks.spectra.curvature import dense_hessian

# Loading curvlinops warns of a function that it uses.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")

SMALL = Case((1, 6, 4, 1), chebyshev(4, 12))
TINY = {"Chebyshev": (lambda: SMALL, 0.2)}


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def small(monkeypatch):
    """Two phases of a tiny network."""
    monkeypatch.setattr(tracking, "CASES", TINY)
    monkeypatch.setattr(tracking, "PHASES", {"Chebyshev": {"early": (10, 10, 2.5), "late": (60, 10, 7.0)}})


@pytest.fixture
def alone(monkeypatch):
    """Without curvlinops."""

    def refuse(*_: object) -> None:
        raise Unavailable("curvlinops is not here")

    monkeypatch.setattr(Case, "curvlinops", refuse)


class Second:
    """An eigenpair as exact as can be, of the wrong eigenvalue, from the eleventh call on."""

    def __init__(self, _: float) -> None:
        self.calls = 0

    def __call__(self, _, point) -> Answer:
        self.calls += 1
        values, vectors = torch.linalg.eigh(dense_hessian(point.objective, point.w))
        place = -2 if self.calls > tracking.WARM_UP else -1
        return Answer(float(values[place]), vectors[:, place], 1)


class Failing(Second):
    """A solver that gives up."""

    def __call__(self, *_) -> Answer:
        raise RuntimeError("no convergence")


class Rough(Second):
    """The top eigenvalue with an error of 1e-4, within the residual of the vector."""

    def __call__(self, _, point) -> Answer:
        values, vectors = torch.linalg.eigh(dense_hessian(point.objective, point.w))
        u = vectors[:, -1] + 0.03 * vectors[:, 0]
        return Answer(float(values[-1]) * (1 - 1e-4), u / u.norm(), 1)


@pytest.mark.usefixtures("small")
def test_every_contender_tracks_the_same_eigenvalue():
    found = tracking.measure("cpu", 1.0, lambda _: None)
    record = found.record
    assert list(record) == ["Chebyshev, early", "Chebyshev, late"]
    assert len(found.rows) >= 2 * (1 + len(SOLVERS))
    assert {len(row) for row in found.rows} == {len(found.heads)}
    for phase in record.values():
        assert set(SOLVERS) <= set(phase)
        for name in SOLVERS:
            if "LOBPCG" in name:
                continue  # of a network this small, SciPy's may fail
            tally = phase[name]
            assert len(tally["errors"]) == 10
            assert (tally["false"], tally["failed"]) == (0, 0)
            assert max(tally["residuals"]) <= 1.01 * tracking.TOLERANCE
            assert all(0 < s < math.inf for s in tally["seconds"] + tally["gradient_seconds"])
        assert max(phase["ours"]["errors"]) <= tracking.EXACT


@pytest.mark.usefixtures("small", "alone")
def test_a_wrong_eigenvalue_is_counted_and_a_rough_one_is_none(monkeypatch):
    planted = {"ours": Ours, "second": Second, "failing": Failing, "rough": Rough}
    monkeypatch.setattr(tracking, "SOLVERS", planted)
    found = tracking.measure("cpu", 1.0, lambda _: None)
    for phase in found.record.values():
        assert (phase["second"]["false"], phase["second"]["failed"]) == (10, 0)
        assert max(phase["second"]["residuals"]) < 1e-9
        assert (phase["failing"]["failed"], phase["failing"]["errors"]) == (10, [])
        assert phase["rough"]["false"] == phase["ours"]["false"] == 0
        assert all(e == pytest.approx(1e-4, rel=1e-3) for e in phase["rough"]["errors"])
    rows = {row[0]: row for row in found.rows}
    assert rows["second"][6:8] == ("10/10", "10")
    assert rows["rough"][6:8] == ("10/10", "0")
    assert rows["failing"][1:3] == ("failed", "failed")
    assert rows["ours"][6:8] == ("0/10", "0")
    assert rows["ours"][8].endswith("exact: met")


def test_the_reference_is_the_largest_eigenvalue():
    objective = SMALL.objective(torch.float64, "cpu")
    point = objective.at(objective.vector(SMALL.network.start(1)))
    top = float(torch.linalg.eigvalsh(dense_hessian(objective, point.w))[-1])
    assert tracking._reference(point) == pytest.approx(top, rel=1e-12)
    answer = Eigsh(1e-6)(point.hvp, point)
    assert answer.value == pytest.approx(top, rel=1e-10)
    counted = Counted(point.hvp, point.w)
    counted.operator.matvec(answer.vector.numpy())
    assert counted.count == 1


def test_all_ways_to_a_derivative_agree(monkeypatch):
    monkeypatch.setattr(derivatives, "wide", lambda: Case((5, 7, 3), _random()))
    found = derivatives.measure(2, "cpu", lambda _: None)
    assert set(found.record) == {"float32", "float64"}
    for name, most in (("float32", 1e-5), ("float64", 1e-13)):
        record = found.record[name]
        assert len(record["gradients"]) >= 6
        assert all(0 < x < math.inf for spread in record["gradients"].values() for x in spread)
        assert len(record["relative_difference"]) >= 5
        assert max(record["relative_difference"].values()) < most


def _random():
    return Data("random", *_pair())


def _pair():
    generator = torch.Generator().manual_seed(0)
    return (torch.randn(8, n, generator=generator, dtype=torch.float64) for n in (5, 3))


def test_steps_are_measured():
    objective = network_objective(mlp((1, 6, 4, 1)), chebyshev(4, 12), squared_error(0.5), chunk=5)
    start = SMALL.network.start(0)
    chosen = [
        lambda: steps.Stretch("inside", objective, start, 0.2, 20, True),
        lambda: steps.Stretch("half", objective, start),
    ]
    found = steps.measure(2, "cpu", lambda _: None, follow=4, chosen=chosen)
    assert [row[0] for row in found.rows] == ["inside", "half"]
    assert {len(row) for row in found.rows} == {len(found.heads)}
    inside, half = found.record["inside"], found.record["half"]
    assert found.rows[1][-1] == ""
    assert "constrained" not in half
    top = float(torch.linalg.eigvalsh(dense_hessian(objective, start))[-1])
    assert half["eta"] == pytest.approx(1 / top, rel=1e-4)
    for record in (inside, half):
        assert len(record["products"]) == len(record["tracked"]["seconds"]) == 4
        for name in {"product", "gradient_of_sharpness", "tracked", "constrained"} & set(record):
            taken = record[name]["seconds"], record[name]["steps"]
            assert 0 < steps.ratio(taken) < math.inf


def test_the_problems_of_a_gpu_have_more_samples():
    assert len(steps.problems("cpu")) == len(steps.problems("cuda")) == 6


def test_a_sweep_is_the_runs_one_by_one():
    found = sweeps.measure(2, "cpu", lambda _: None, runs=4, cases=TINY)
    record = found.record["Chebyshev"]
    assert record["differs"] < 1e-12
    assert len(record["together"]) == len(record["alone"]) == 2
    assert 0 < float(found.rows[0][3]) < math.inf


def test_a_clock_times_the_call_and_returns_what_it_did():
    seconds, found = Clock("cpu")(lambda: sum(range(100_000)))
    assert found == 4999950000
    assert 0 < seconds < 10


@pytest.mark.usefixtures("small", "alone")
def test_the_command_prints_its_tables_and_writes_the_figures(monkeypatch, tmp_path, capsys):
    for name in ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.setenv(name, "1")
    path = tmp_path / "figures.json"
    __main__.main(["--only", "tracking", "--json", str(path)])
    record = json.loads(path.read_text())
    assert list(record["sections"]) == ["tracking"]
    assert record["machine"]["torch"] == torch.__version__
    shown = capsys.readouterr().out
    assert "lambda_1 at every step" in shown
    assert "curvlinops is not here" in shown


@pytest.mark.skipif(torch.cuda.is_available(), reason="a device is there")
def test_a_device_that_is_not_there_is_a_sentence():
    with pytest.raises(SystemExit, match="use cpu"):
        __main__.main(["--device", "cuda"])
