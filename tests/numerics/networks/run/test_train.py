"""What a run records, against the same run written by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from edgestab.numerics.networks.losses.objective import Objective
from edgestab.numerics.networks.optimizers.registry import OPTIMIZERS
from edgestab.numerics.networks.run.recording import open_run
from edgestab.numerics.networks.run.spec import read_text, spec_of
from edgestab.numerics.networks.run.train import RunProgress, train
from edgestab.numerics.networks.specs.spec import Problem, problem_of, read_problem
from tests.numerics.networks.run.runs_under_test import ADAPTIVE, KICKED, MOMENTUM, PLAIN, PROBLEM, run, spec


def problem(text: str = PLAIN) -> Problem:
    return problem_of(read_text(text).problem)


def hessian(objective: Objective, w: torch.Tensor) -> torch.Tensor:
    """The dense Hessian, column by column."""
    return torch.stack([objective.D(w, 2, e) for e in torch.eye(len(w), dtype=w.dtype)])


def test_the_rows_of_gradient_descent(tmp_path: Path) -> None:
    seen: list[RunProgress] = []
    state = run("plain", tmp_path / "r.zarr", progress=seen.append)
    dataset = open_run(tmp_path / "r.zarr")
    assert (state.status, dataset.attrs["status"], dataset.attrs["recorded"]) == ("FINISHED", "FINISHED", 41)
    assert dataset.attrs["sentence"] == state.sentence
    assert [p.row for p in seen] == list(range(1, 42))
    assert seen[-1].relative == float(dataset.relative_sharpness[-1])
    of = problem()
    w = of.start
    for t in range(41):
        row = dataset.isel(step=t)
        loss, gradient = of.objective.value_and_gradient(w)
        assert float(row.loss) == pytest.approx(loss, rel=1e-12)
        assert float(row.gradient_norm) == pytest.approx(float(gradient.norm()), rel=1e-12)
        assert float(row.distance) == pytest.approx(float((w - of.start).norm()), rel=1e-12)
        top = float(torch.linalg.eigvalsh(hessian(of.objective, w))[-1])
        assert float(row.sharpness) == pytest.approx(top, rel=1e-5)
        assert float(row.relative_sharpness) == pytest.approx(top * 0.2 / 2, rel=1e-5)
        assert float(row.residual) <= 1e-3
        assert (float(row.step_size), float(row.edge)) == (0.2, 10.0)
        w = w - 0.2 * gradient
    assert {"long_name", "units"} <= set(dataset.sharpness.attrs)


def test_vectors_midpoints_schedule_and_kick(tmp_path: Path) -> None:
    state = run("kicked", tmp_path / "r.zarr")
    dataset = open_run(tmp_path / "r.zarr")
    kick = dataset.attrs["kick_step"]
    assert state.kick_step == kick > 0
    assert dataset.step_size.values.tolist() == [0.8] * 60 + [0.5] * 31
    assert dataset.eigenvector_step.values.tolist() == list(range(0, 91, 8))
    assert dataset.parameter_step.values.tolist() == list(range(0, 91, 7))
    of = problem(KICKED)
    w, eta = of.start, 0.8
    for t in range(91):
        eta = 0.8 if t < 60 else 0.5
        point = of.objective.at(w)
        if t == kick:
            values, vectors = torch.linalg.eigh(hessian(of.objective, w))
            u = vectors[:, -1] * torch.sign(vectors[vectors[:, -1].abs().argmax(), -1])
            slope = point.third(u, u)
            across = slope - u * (u @ slope)
            delta = float((2 * -(point.gradient @ across) / (across @ across)) ** 0.5)
            w = w + 0.3 * delta * u
            point = of.objective.at(w)
            # Up to here the run written by hand is the same run; the kick depends on u, known to the tolerance.
            assert float(values[-1]) * eta / 2 >= 0.9
            assert float(dataset.relative_sharpness[t - 1]) < 0.9
            assert float(dataset.loss[t]) == pytest.approx(point.loss, rel=1e-6)
            break
        if t % 7 == 0:
            kept = dataset.parameters.sel(parameter_step=t).values
            np.testing.assert_allclose(kept, w.numpy(), rtol=0, atol=1e-12)
        after = w - eta * point.gradient
        if t % 3 == 0:
            top = float(torch.linalg.eigvalsh(hessian(of.objective, (w + after) / 2))[-1])
            assert float(dataset.midpoint_sharpness[t]) == pytest.approx(top, rel=1e-5)
        else:
            assert np.isnan(dataset.midpoint_sharpness[t])
        if t % 8 == 0:
            vectors = dataset.eigenvectors.sel(eigenvector_step=t).values
            dense = hessian(of.objective, w).numpy()
            for k in range(2):
                rest = dense @ vectors[:, k] - vectors[:, k] * float(dataset.eigenvalues[t, k])
                assert np.linalg.norm(rest) <= 1.1e-6 * float(dataset.sharpness[t])
        w = after
    else:
        raise AssertionError


@pytest.mark.parametrize(
    ("text", "name", "factors"),
    [
        (MOMENTUM, "heavy-ball", {"beta": 0.9}),
        (ADAPTIVE, "adam", {}),
    ],
)
def test_other_rules(text: str, name: str, factors: dict[str, float], tmp_path: Path) -> None:
    settings = read_text(text)
    train(settings, tmp_path / "r.zarr")
    dataset = open_run(tmp_path / "r.zarr")
    of = problem(text)
    rule = OPTIMIZERS[name](settings.optimizer.eta, **factors)
    state = rule.start(of.start)
    for t in range(91):
        w = state[0]
        loss, gradient = of.objective.value_and_gradient(w)
        assert float(dataset.loss[t]) == pytest.approx(loss, rel=1e-9)
        after = rule.step(state, gradient)
        measured = t % settings.record.sharpness_every == 0 or t == 90
        assert np.isfinite(dataset.sharpness[t]) == measured
        diagonal = rule.preconditioner(after)
        if diagonal is not None and t % 10 == 0:
            root = diagonal.sqrt()
            top = float(torch.linalg.eigvalsh(hessian(of.objective, w) / root[:, None] / root)[-1])
            assert float(dataset.preconditioned_sharpness[t]) == pytest.approx(top, rel=1e-5)
            assert float(dataset.relative_sharpness[t]) == pytest.approx(top / rule.edge, rel=1e-5)
        state = after


def test_accuracy_and_test_data_are_recorded_where_the_problem_has_them(tmp_path: Path) -> None:
    from edgestab.numerics.networks.losses.accuracy import accuracy

    entries = {
        "problem": {"data": {"kind": "digits", "n": 60, "test": 40}, "network": {"kind": "mlp", "hidden": [5]}},
        "optimizer": {"eta": 0.5},
        "steps": 12,
        "record": {"sharpness_every": 0, "accuracy_every": 5, "parameters_every": 5},
        "stop": {"accuracy_above": 2.0},
    }
    train(spec_of(entries), tmp_path / "r.zarr")
    dataset = open_run(tmp_path / "r.zarr")
    assert np.flatnonzero(np.isfinite(dataset.accuracy)).tolist() == [0, 5, 10, 12]
    assert "sharpness" not in dataset
    of = problem_of(read_problem(entries["problem"]))
    w = torch.from_numpy(dataset.parameters.sel(parameter_step=10).values)
    assert of.test_data is not None
    assert float(dataset.accuracy[10]) == accuracy(of.network, w, of.data)
    assert float(dataset.test_accuracy[10]) == accuracy(of.network, w, of.test_data)
    assert float(dataset.test_loss[10]) == pytest.approx(
        float(((of.network.outputs(w, of.test_data.inputs) - of.test_data.targets) ** 2).sum()) / 80
    )


def ends(tmp_path: Path, **tables: object) -> tuple[str, str, int]:
    import msgspec

    entries = msgspec.to_builtins(spec("plain")) | tables
    train(spec_of(entries), tmp_path / "r.zarr")
    attributes = open_run(tmp_path / "r.zarr").attrs
    return attributes["status"], attributes["sentence"], attributes["recorded"]


@pytest.mark.parametrize(
    ("tables", "status", "words"),
    [
        ({"optimizer": {"eta": 0.8}, "stop": {"at_the_edge": True}, "steps": 300}, "STOPPED", "edge"),
        ({"stop": {"loss_below": 0.3}, "steps": 300}, "STOPPED", "loss is below 0.3"),
        (
            {"optimizer": {"eta": 0.8}, "record": {"eigenvalues": 2}, "stop": {"second_eigenvalue": 0.02}},
            "STOPPED",
            "second",
        ),
        ({"optimizer": {"eta": 50.0}}, "DIVERGED", "above 1e\\+06 times"),
        ({"optimizer": {"eta": 1e200}, "record": {"sharpness_every": 0}}, "NONFINITE", "loss is (inf|nan)"),
    ],
)
def test_runs_that_end_early(tables: dict[str, object], status: str, words: str, tmp_path: Path) -> None:
    import re

    found, sentence, rows = ends(tmp_path, **tables)
    assert found == status
    assert re.search(words, sentence)
    dataset = open_run(tmp_path / "r.zarr")
    assert dataset.sizes["step"] == rows
    assert f"step {rows - 1}" in sentence
    assert np.isfinite(dataset.loss[:-1]).all()
    assert np.isfinite(dataset.loss[-1]) == (status != "NONFINITE")


def test_a_stopping_rule_is_met_at_the_last_row_and_at_no_other(tmp_path: Path) -> None:
    ends(tmp_path, stop={"loss_below": 0.3}, steps=300)
    losses = open_run(tmp_path / "r.zarr").loss.values
    assert (losses[:-1] >= 0.3).all()
    assert losses[-1] < 0.3


def test_a_solver_that_fails_costs_its_number_and_not_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from edgestab.numerics.networks.run.course import Tracker
    from edgestab.numerics.networks.spectra.ritz import NotConverged

    asked, whole = [-1], Tracker.__call__  # it is asked once before the store is made

    def fails(self: Tracker, *arguments: object) -> object:
        asked[0] += 1
        if asked[0] == 8:
            raise NotConverged("eigenvalues not found")
        return whole(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Tracker, "__call__", fails)
    state = run("plain", tmp_path / "r.zarr")
    assert "not found 1 times" in state.sentence
    assert np.flatnonzero(np.isnan(open_run(tmp_path / "r.zarr").sharpness)).tolist() == [7]


def test_the_device_and_the_dtype_are_the_problems(tmp_path: Path) -> None:
    entries = json.loads(read_text(PLAIN).text)
    entries["problem"]["dtype"] = "float32"
    train(spec_of({**entries, "steps": 20}), tmp_path / "r.zarr")
    run("plain", tmp_path / "d.zarr")
    single, double = open_run(tmp_path / "r.zarr"), open_run(tmp_path / "d.zarr").isel(step=slice(21))
    np.testing.assert_allclose(single.loss, double.loss, rtol=1e-4)
    np.testing.assert_allclose(single.sharpness, double.sharpness, rtol=1e-3)
    assert not np.array_equal(single.loss, double.loss)
    assert PROBLEM
