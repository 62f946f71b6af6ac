"""Specifications of runs: what is read, and what is refused in one sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

from edgestab.numerics.networks.data.samples import Data, Loaded
from edgestab.numerics.networks.optimizers.registry import OPTIMIZERS
from edgestab.numerics.networks.run.presets import PRESETS, preset
from edgestab.numerics.networks.run.spec import OptimizerSpec, read, read_text, spec_of
from edgestab.numerics.networks.specs.spec import problem_of
from tests.numerics.networks.run.runs_under_test import PLAIN, SPECS

CHEBYSHEV = {"data": {"kind": "chebyshev"}, "network": {"kind": "mlp", "hidden": [4]}}


def changed(**tables: dict[str, object] | object) -> dict[str, object]:
    return {"problem": CHEBYSHEV, "optimizer": {"eta": 0.1}, "steps": 10, **tables}


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        (changed(steps=0), "steps"),
        (changed(steps=10**12), "steps"),
        (changed(colour="red"), "colour"),
        (changed(problem={}), r"no \[data\] table"),
        (changed(problem="chebyshev"), "problem: expected a table, got a text"),
        (changed(problem={**CHEBYSHEV, "network": {"kind": "gpt"}}), "unknown kind 'gpt'; the kinds are mlp"),
        (changed(problem={**CHEBYSHEV, "seed": -1}), "seed"),
        (changed(optimizer={}), "eta"),
        (changed(optimizer={"eta": 0.0}), "step size"),
        (changed(optimizer={"eta": float("nan")}), "step size"),
        (changed(optimizer={"eta": 0.1, "beta": 0.9}), "gd takes no beta"),
        (changed(optimizer={"eta": 0.1, "name": "heavy-ball"}), "needs beta"),
        (changed(optimizer={"eta": 0.1, "name": "heavy-ball", "beta": 1.0}), r"\[0, 1\)"),
        (changed(optimizer={"eta": 0.1, "name": "sgd"}), "sgd"),
        (changed(optimizer={"eta": 0.1, "name": "adam", "eps": -1.0}), "eps"),
        (changed(optimizer={"eta": 0.1, "schedule": [[5, 0.1], [5, 0.2]]}), "increase"),
        (changed(optimizer={"eta": 0.1, "schedule": [[5, -0.1]]}), "step size"),
        (changed(record={"sharpness_every": -1}), "sharpness_every"),
        (changed(record={"eigenvalues": 0}), "eigenvalues"),
        (changed(record={"tolerance": 0.0}), "tolerance"),
        (changed(record={"sharpness_every": 3, "eigenvectors_every": 4}), "multiple"),
        (changed(record={"sharpness_every": 0}, stop={"at_the_edge": True}), "sharpness"),
        (changed(stop={"second_eigenvalue": 0.9}), "eigenvalues = 2"),
        (
            changed(
                stop={"second_eigenvalue": 0.9},
                record={"eigenvalues": 2},
                optimizer={"name": "rmsprop", "eta": 0.1, "beta2": 0.9},
            ),
            "not for rmsprop",
        ),
        (changed(stop={"accuracy_above": 0.9}), "accuracy_every"),
        (changed(stop={"diverged": 1.0}), "diverged"),
        (changed(kick={"size": float("inf")}), "finite"),
        (changed(kick={}, optimizer={"eta": 0.1, "name": "adam"}), "gd"),
    ],
)
def test_what_cannot_be_run_is_refused(entries: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        spec_of(entries)


@pytest.mark.parametrize("name", SPECS)
def test_the_text_of_a_specification_is_that_specification(name: str) -> None:
    import json

    found = read_text(SPECS[name])
    assert spec_of(json.loads(found.text)) == found


def test_every_rule_has_its_factors_listed() -> None:
    factors = {"beta": 0.5, "beta1": 0.5, "beta2": 0.5, "eps": 1e-8, "nu": 0.1}
    assert {f.name for rule in OPTIMIZERS.values() for f in rule.factors} == set(factors)
    assert set(OptimizerSpec.__struct_fields__) == {"name", "eta", "schedule", *factors}
    for name, rule in OPTIMIZERS.items():
        given = {f.name: factors[f.name] for f in rule.factors}
        spec = spec_of(changed(optimizer={"name": name, "eta": 0.1, **given}))
        assert spec.optimizer.rule() is not None
        direct = OPTIMIZERS[name](0.1, **given)
        assert (spec.optimizer.rule().edge, spec.optimizer.rule().name) == (direct.edge, direct.name)


def test_a_schedule_says_the_step_size_of_each_step() -> None:
    spec = spec_of(changed(optimizer={"eta": 0.4, "schedule": [[3, 0.2], [7, 0.1]]}))
    assert [spec.optimizer.step_size(t) for t in (0, 2, 3, 6, 7, 99)] == [0.4, 0.4, 0.2, 0.2, 0.1, 0.1]


def test_files_that_are_no_specification(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    with pytest.raises(ValueError, match="cannot read"):
        read(file)
    for content, words in ((b"\xff", "UTF-8"), (b"steps = ", "TOML"), (b"steps = 3", "problem"), (b"#" * 2**21, "MiB")):
        file.write_bytes(content)
        with pytest.raises(ValueError, match=re.escape(str(file)) + f".*{words}"):
            read(file)
    file.write_text(PLAIN)
    assert read(file) == read_text(PLAIN)


def test_every_preset_builds_its_problem() -> None:
    for name in PRESETS:
        spec = preset(name)
        assert spec.name == name
        what = spec.problem
        if what.data.__struct_config__.tag != "cifar10":
            assert problem_of(what).objective.size > 0
            continue
        # The files are the user's; the network can be built for images of their shape.
        blank = Data("blank", torch.zeros(2, 3, 32, 32, dtype=torch.float64), torch.zeros(2, 10, dtype=torch.float64))
        network = what.network.build(Loaded(blank, None, 10))
        assert network.outputs(network.start(0), blank.inputs).shape == (2, 10)
    with pytest.raises(ValueError, match="chebyshev-eos"):
        preset("chebyshev")


def test_presets_with_a_step_below_the_edge_start_below_it() -> None:
    from edgestab.numerics.networks.run.course import Course

    for name in ("chebyshev-eos", "digits-eos", "digits-elu", "digits-cnn", "elu5"):
        spec = preset(name)
        row, _ = (course := Course(spec, problem_of(spec.problem))).advance(course.start())
        assert row is not None
        assert 0.3 < row["relative_sharpness"] < 0.95
