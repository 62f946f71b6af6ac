"""Packaged and made-up data sets: exact values, scaling, seeds and refusals."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
import torch

from edgestab.numerics.networks.architectures.deep_linear import deep_linear
from edgestab.numerics.networks.architectures.mlp import mlp
from edgestab.numerics.networks.data import digits as digits_module
from edgestab.numerics.networks.data.chebyshev import chebyshev
from edgestab.numerics.networks.data.digits import DIGITS, digits, digits_parity
from edgestab.numerics.networks.data.modular_addition import modular_addition
from edgestab.numerics.networks.data.power_law import power_law_gaussian
from edgestab.numerics.networks.data.samples import Data, held_out
from edgestab.numerics.networks.data.teacher import teacher_student
from edgestab.numerics.networks.data.whitened_linear import whitened_linear
from edgestab.numerics.networks.losses.accuracy import accuracy


def test_chebyshev_is_numpys() -> None:
    data = chebyshev(5, 20)
    x = data.inputs[:, 0].numpy()
    assert np.allclose(x, np.linspace(-1, 1, 20))
    assert np.allclose(data.targets[:, 0].numpy(), np.polynomial.chebyshev.Chebyshev.basis(5)(x), atol=1e-13)


def test_digits_are_scikit_learns_over_16_and_centred() -> None:
    from sklearn.datasets import load_digits

    bunch = load_digits()
    data = digits(classes=True)
    assert data.inputs.shape == (DIGITS, 1, 8, 8)
    assert data.inputs.mean(dim=0).abs().max() < 1e-14
    assert np.array_equal(data.targets.numpy(), bunch.target)
    shifted = data.inputs[:, 0].numpy() * 16 + bunch.images.mean(axis=0)
    assert np.allclose(shifted, bunch.images, atol=1e-12)


def test_digits_do_not_depend_on_how_many_are_taken() -> None:
    whole, some = digits(), digits(100, first=50)
    assert torch.equal(some.inputs, whole.inputs[50:150])
    assert torch.equal(some.targets, whole.targets[50:150])
    assert torch.equal(some.targets.sum(dim=1), torch.ones(100, dtype=torch.float64))
    assert torch.equal(some.targets.argmax(dim=1), digits(100, first=50, classes=True).targets)


def test_parity_is_plus_for_even() -> None:
    assert digits_parity(4).targets.tolist() == [[1], [-1], [1], [-1]]


@pytest.mark.parametrize(("n", "first"), [(0, 0), (1798, 0), (10, 1790), (5, -1)])
def test_digits_that_are_not_there(n: int, first: int) -> None:
    with pytest.raises(ValueError, match="digits has 1797 images"):
        digits(n, first=first)


def test_digits_without_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    own = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "sklearn" else own(name))
    digits_module._images.cache_clear()
    with pytest.raises(ValueError, match=r"install 'edgestab\[nn\]'"):
        digits(5)


def test_held_out_samples_are_the_last() -> None:
    whole = chebyshev(3, 10)
    split = held_out(whole, 3)
    assert torch.equal(torch.cat([split.train.inputs, split.test.inputs]), whole.inputs)
    assert torch.equal(torch.cat([split.train.targets, split.test.targets]), whole.targets)
    for count in (0, 10):
        with pytest.raises(ValueError, match="cannot be held out"):
            held_out(whole, count)


def test_whitened_inputs_have_covariance_one_and_a_linear_solution() -> None:
    data = whitened_linear(60, 8, 3, seed=4)
    eye = torch.eye(8, dtype=torch.float64)
    assert torch.allclose(data.inputs.T @ data.inputs / 60, eye, atol=1e-13)
    a = data.targets.T @ data.inputs / 60
    assert torch.allclose(data.inputs @ a.T, data.targets, atol=1e-12)
    with pytest.raises(ValueError, match="at least 8 samples"):
        whitened_linear(7, 8)


def test_power_law_spectrum() -> None:
    data = power_law_gaussian(20_000, 6, exponent=2.0, seed=1)
    variances = data.inputs.var(dim=0)
    expected = torch.arange(1, 7, dtype=torch.float64) ** -2.0
    assert torch.allclose(variances / expected, torch.ones(6, dtype=torch.float64), atol=0.06)
    theta = torch.linalg.lstsq(data.inputs, data.targets).solution
    assert torch.allclose(data.inputs @ theta, data.targets, atol=1e-10)


def test_a_teacher_is_learnable_and_no_students_start() -> None:
    teacher = mlp((3, 4, 2))
    data = teacher_student(teacher, 30, (3,), seed=7)
    assert torch.equal(data.targets, teacher_student(teacher, 30, (3,), seed=7).targets)
    for seed in (0, 7):
        assert not torch.allclose(teacher.outputs(teacher.start(seed), data.inputs), data.targets)
    noisy = teacher_student(teacher, 30, (3,), seed=7, noise=0.5)
    assert torch.equal(noisy.inputs, data.inputs)
    assert 0.3 < float((noisy.targets - data.targets).std()) < 0.7


def test_modular_addition_has_every_pair_once() -> None:
    data = modular_addition(7, classes=True)
    pairs = {tuple(row) for row in data.inputs.tolist()}
    assert len(pairs) == 49
    assert torch.equal(data.inputs.sum(dim=1) % 7, data.targets.to(torch.float64))
    with pytest.raises(ValueError, match="there are 49 pairs"):
        modular_addition(7, 50)


def test_data_that_no_loss_can_be_made_of() -> None:
    x, y = torch.zeros(3, 1), torch.zeros(3, 1)
    with pytest.raises(ValueError, match="3 inputs and 2 targets"):
        Data("d", x, y[:2])
    with pytest.raises(ValueError, match="no samples"):
        Data("d", x[:0], y[:0])
    with pytest.raises(ValueError, match="2 of the targets are not finite"):
        Data("d", x, torch.tensor([[float("nan")], [0.0], [float("inf")]]))
    with pytest.raises(ValueError, match="at least 1"):
        power_law_gaussian(0, 3)


def test_accuracy_counts_classes_and_signs() -> None:
    x = torch.eye(4, dtype=torch.float64)
    labels = torch.tensor([0, 1, 2, 0])
    identity = deep_linear((4, 4))
    w = torch.eye(4, dtype=torch.float64).reshape(-1)
    assert accuracy(identity, w, Data("numbers", x, labels), chunk=3) == 0.75
    rows = torch.nn.functional.one_hot(labels, 4).to(torch.float64)
    assert accuracy(identity, w, Data("rows", x, rows)) == 0.75
    column = torch.tensor([[1.0], [-1.0], [-1.0], [1.0]], dtype=torch.float64)
    signs = Data("signs", x, column)
    assert accuracy(deep_linear((4, 1)), torch.tensor([1.0, 1.0, -1.0, 1.0]), signs) == 0.75
    assert accuracy(deep_linear((4, 1)), torch.zeros(4), signs) == 0
