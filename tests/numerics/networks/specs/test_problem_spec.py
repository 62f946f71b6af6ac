"""Problems from tables: what they build, and one clear sentence for everything wrong."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from edgestab.numerics.networks.architectures.mlp import mlp
from edgestab.numerics.networks.data.chebyshev import chebyshev
from edgestab.numerics.networks.data.digits import digits
from edgestab.numerics.networks.losses.criteria import squared_error
from edgestab.numerics.networks.losses.network import network_objective
from edgestab.numerics.networks.specs.registry import CRITERIA, DATA, NETWORKS
from edgestab.numerics.networks.specs.spec import problem_of, read_problem

CHEBYSHEV: dict[str, Any] = {"kind": "chebyshev"}
MLP: dict[str, Any] = {"kind": "mlp", "hidden": [4]}


def table(**tables: Any) -> dict[str, Any]:
    return {"data": CHEBYSHEV, "network": MLP, **tables}


def test_the_chebyshev_configuration_is_built_exactly() -> None:
    text = """
    seed = 3
    chunk = 7
    [data]
    kind = "chebyshev"
    degree = 6
    [network]
    kind = "mlp"
    hidden = [30, 20]
    [criterion]
    kind = "squared-error"
    factor = 1
    """
    problem = problem_of(read_problem(tomllib.loads(text)))
    network = mlp((1, 30, 20, 1))
    own = network_objective(network, chebyshev(6), squared_error(1.0))
    assert torch.equal(problem.start, network.start(3))
    assert problem.objective.loss(problem.start) == pytest.approx(own.loss(problem.start), rel=1e-14)
    assert len(problem.objective.parts) == 3
    assert problem.objective.name == own.name
    assert problem.test_data is None


IMAGES = {"kind": "digits", "n": 12, "test": 5}
WORKING = [
    (CHEBYSHEV, MLP, "squared-error"),
    (IMAGES, MLP, "squared-error"),
    (IMAGES, MLP, "cross-entropy"),
    (IMAGES, {"kind": "deep-linear", "hidden": [5], "gains": [4, 0.1]}, "squared-error"),
    (IMAGES, {"kind": "cnn", "channels": [3, 4], "pool": "max"}, "cross-entropy"),
    (IMAGES, {"kind": "resnet", "widths": [4, 8]}, "cross-entropy"),
    (IMAGES, {"kind": "patch-transformer", "width": 8, "patch": 4, "zero_head": True}, "squared-error"),
    ({"kind": "digits-parity", "n": 12, "test": 5}, {"kind": "mlp", "hidden": [24, 24]}, "squared-error"),
    ({"kind": "teacher-student", "n": 12, "test": 5, "widths": [4, 3, 2]}, MLP, "squared-error"),
    ({"kind": "whitened-linear", "n": 12, "d": 6}, {"kind": "deep-linear", "hidden": [6]}, "squared-error"),
    ({"kind": "power-law", "n": 12, "test": 5, "d": 6, "noise": 0.1}, MLP, "squared-error"),
    (
        {"kind": "modular-addition", "modulus": 4, "test": 4},
        {"kind": "token-transformer", "width": 8},
        "cross-entropy",
    ),
]


@pytest.mark.parametrize(
    ("data", "network", "criterion"), WORKING, ids=lambda t: t if isinstance(t, str) else t["kind"]
)
def test_every_kind_is_built(data: dict[str, Any], network: dict[str, Any], criterion: str) -> None:
    spec = read_problem({"data": data, "network": network, "criterion": {"kind": criterion}})
    problem = problem_of(spec)
    assert torch.isfinite(torch.tensor(problem.objective.loss(problem.start)))
    if data.get("test"):
        assert problem.test_data is not None
        assert len(problem.test_data.inputs) == data["test"]
        assert len(problem.data.inputs) == 12
        rows = {tuple(x.flatten().tolist()) for x in problem.data.inputs}
        assert not any(tuple(x.flatten().tolist()) in rows for x in problem.test_data.inputs)
        with torch.no_grad():
            outputs = problem.network.outputs(problem.start, problem.test_data.inputs)
        problem.criterion.total(outputs, problem.test_data.targets)
    problem.require_right_derivatives()


def test_all_kinds_are_tried() -> None:
    files = {"cifar10", "mnist", "npz"}
    assert {d["kind"] for d, _, _ in WORKING} | files == set(DATA)
    assert {n["kind"] for _, n, _ in WORKING} == set(NETWORKS)
    assert {c for _, _, c in WORKING} == set(CRITERIA)


def test_dtype_and_memory_are_settings() -> None:
    problem = problem_of(read_problem(table(dtype="float32", retain=False)))
    assert problem.start.dtype == torch.float32
    assert problem.objective.dtype == torch.float32
    assert problem.objective.retain is False
    assert problem.require_right_derivatives().right  # in float64 all the same


def test_the_users_files_are_read_from_the_folder(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    (tmp_path / "data").mkdir()
    pixels = rng.integers(0, 256, (20, 3, 32, 32), dtype=np.uint8)
    labels = np.arange(20, dtype=np.uint8) % 10
    records = np.concatenate([labels[:, None], pixels.reshape(20, -1)], axis=1)
    (tmp_path / "data" / "b.bin").write_bytes(records.tobytes())
    np.savez(tmp_path / "data" / "d.npz", x=digits(30).inputs.numpy(), y=digits(30).targets.argmax(dim=1).numpy())
    gray = pixels[:, 0]
    (tmp_path / "i").write_bytes(
        bytes([0, 0, 8, 3]) + b"".join(s.to_bytes(4, "big") for s in gray.shape) + gray.tobytes()
    )
    (tmp_path / "l").write_bytes(bytes([0, 0, 8, 1]) + (20).to_bytes(4, "big") + labels.tobytes())
    for data, outputs in (
        ({"kind": "cifar10", "batches": ["data/b.bin"], "n": 12, "test": 8}, 10),
        ({"kind": "cifar10", "batches": ["data/b.bin"], "n": 4, "pair": [3, 5]}, 1),
        ({"kind": "mnist", "images": "i", "labels": "l", "n": 12, "test": 3}, 10),
        ({"kind": "npz", "path": "data/d.npz", "n": 25, "test": 5}, 10),
    ):
        for criterion in ("squared-error", "cross-entropy"):
            spec = read_problem(table(data=data, criterion={"kind": criterion}))
            if outputs == 1 and criterion == "cross-entropy":
                with pytest.raises(ValueError, match="cross-entropy does not take these"):
                    problem_of(spec, tmp_path)
                continue
            problem = problem_of(spec, tmp_path)
            assert problem.network.shapes[-1] == (outputs,)
            assert len(problem.data.inputs) == data["n"]
        with pytest.raises(ValueError, match="cannot read"):
            problem_of(spec, tmp_path / "elsewhere")


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"data": CHEBYSHEV}, r"there is no \[network\] table: give one with kind = one of mlp, deep-linear"),
        (table(data=3), "data must be a table with a kind, one of chebyshev, digits"),
        (table(data={}), r"\[data\] has no kind; the kinds are chebyshev, digits"),
        (table(data={"kind": "mnits"}), r"\[data\] has the unknown kind 'mnits'; the kinds are chebyshev"),
        (table(network={"kind": ["mlp"]}), r"\[network\] has the unknown kind"),
        (table(criterion={"kind": "mse"}), "the kinds are squared-error, cross-entropy"),
        (table(criterion={"kind": "squared-error", "factor": 0}), r"criterion.factor: Expected `float` > 0"),
        (table(data={**CHEBYSHEV, "degre": 6}), "data chebyshev has no 'degre'; its entries are kind, degree, points"),
        (table(network={"kind": "mlp"}), "network: Object missing required field `hidden`"),
        (table(network={**MLP, "hidden": [0]}), r"network.hidden\[0\]: Expected `int` >= 1"),
        (table(network={**MLP, "hidden": [True]}), r"network.hidden\[0\]: Expected `int`, got `bool`"),
        (table(network={**MLP, "hidden": 4}), "network.hidden: Expected `array`, got `int`"),
        (table(network={**MLP, "gain": float("nan")}), "network mlp: gain must be finite, got nan"),
        (table(network={**MLP, "act": "tahn"}), "unknown activation 'tahn'; the activations are"),
        (table(network={**MLP, "hidden": [1 << 20] * 3}), "at most 1000000000 are allowed"),
        (table(network={"kind": "cnn", "channels": [4]}), "takes images of shape"),
        (table(network={"kind": "token-transformer"}), "takes rows of token numbers"),
        (table(criterion={"kind": "cross-entropy"}), "cross-entropy does not take these"),
        (table(dtype="float16"), "unknown dtype 'float16'; give float64 or float32"),
        (table(device="abacus"), "unknown device 'abacus'"),
        (table(chunk=0), "chunk: Expected `int` >= 1"),
        (table(seed=-1), "seed: Expected `int` >= 0"),
        (table(sed=1), "a problem has no 'sed'; its entries are data, network"),
        (table(data={"kind": "digits", "n": 1797, "test": 1}), "digits has 1797 images"),
        (table(data={"kind": "power-law", "n": 3, "d": 2, "exponent": float("inf")}), "exponent must be finite"),
        (table(data={"kind": "modular-addition", "modulus": 2, "test": 4}), "cannot be held out"),
    ],
)
def test_what_is_wrong_is_said(mapping: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        problem_of(read_problem(mapping))
    assert "\n" not in str(caught.value)


def test_nan_in_a_list_is_refused() -> None:
    gains = [float("nan"), 1.0]
    with pytest.raises(ValueError, match="gains must be finite"):
        problem_of(read_problem(table(network={"kind": "deep-linear", "hidden": [3], "gains": gains})))
