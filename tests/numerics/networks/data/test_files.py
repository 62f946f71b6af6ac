"""Files of the user's own: right ones are read exactly, wrong ones are refused in one sentence."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch

from edgestab.numerics.networks.data import file_formats
from edgestab.numerics.networks.data.cifar10 import cifar10
from edgestab.numerics.networks.data.mnist import mnist
from edgestab.numerics.networks.data.npz import npz

RNG = np.random.default_rng(0)


def write_cifar(path: Path, n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, n, dtype=np.uint8)
    pixels = rng.integers(0, 256, (n, 3, 32, 32), dtype=np.uint8)
    path.write_bytes(np.concatenate([labels[:, None], pixels.reshape(n, -1)], axis=1).tobytes())
    return labels, pixels


def idx_bytes(array: np.ndarray) -> bytes:
    header = bytes([0, 0, 8, array.ndim]) + b"".join(s.to_bytes(4, "big") for s in array.shape)
    return header + array.tobytes()


@pytest.fixture
def mnist_files(tmp_path: Path) -> tuple[Path, Path, np.ndarray, np.ndarray]:
    pixels = RNG.integers(0, 256, (30, 6, 5), dtype=np.uint8)
    pixels[:, 0, 0] = 7
    labels = np.arange(30, dtype=np.uint8) % 10
    images_path, labels_path = tmp_path / "images-idx3-ubyte", tmp_path / "labels-idx1-ubyte"
    images_path.write_bytes(idx_bytes(pixels))
    labels_path.write_bytes(idx_bytes(labels))
    return images_path, labels_path, pixels, labels


def test_cifar_is_read_exactly(tmp_path: Path) -> None:
    first, second = tmp_path / "data_batch_1.bin", tmp_path / "data_batch_2.bin"
    labels, pixels = write_cifar(first, 8)
    more_labels, more = write_cifar(second, 5, seed=1)
    data = cifar10([first, second], 9, first=2, standardise="none", classes=True)
    assert np.array_equal(data.inputs.numpy() * 255, np.concatenate([pixels, more])[2:11])
    assert np.array_equal(data.targets.numpy(), np.concatenate([labels, more_labels])[2:11])
    rows = cifar10([first, second], 9, first=2)
    assert torch.equal(rows.targets.argmax(dim=1), data.targets)
    assert rows.targets.shape == (9, 10)


@pytest.mark.parametrize(("standardise", "axes"), [("pixel", (0,)), ("channel", (0, 2, 3))])
def test_standardisation_is_over_all_images_read(tmp_path: Path, standardise: str, axes: tuple[int, ...]) -> None:
    path = tmp_path / "data_batch_1.bin"
    _, pixels = write_cifar(path, 40)
    data = cifar10([path], 10, standardise=standardise)
    x = pixels / 255
    expected = (x - x.mean(axis=axes, keepdims=True)) / x.std(axis=axes, keepdims=True)
    assert np.allclose(data.inputs.numpy(), expected[:10], atol=1e-12)
    whole = cifar10([path], standardise=standardise).inputs
    assert whole.mean(dim=axes).abs().max() < 1e-12


def test_a_pair_of_classes_has_as_many_of_each(tmp_path: Path) -> None:
    path = tmp_path / "data_batch_1.bin"
    labels, pixels = write_cifar(path, 200)
    data = cifar10([path], 10, standardise="none", pair=(3, 5))
    assert data.targets.flatten().tolist() == [-1, 1] * 5
    assert np.array_equal(data.inputs[::2].numpy() * 255, pixels[labels == 3][:5])
    assert np.array_equal(data.inputs[1::2].numpy() * 255, pixels[labels == 5][:5])
    with pytest.raises(ValueError, match="two classes"):
        cifar10([path], 4, pair=(3, 3))
    with pytest.raises(ValueError, match="no images of class 11"):
        cifar10([path], 4, pair=(3, 11))


def test_wrong_cifar_files(tmp_path: Path) -> None:
    path = tmp_path / "batch.bin"
    with pytest.raises(ValueError, match=r"cannot read .*No such file"):
        cifar10([path])
    with pytest.raises(ValueError, match="is no file"):
        cifar10([tmp_path])
    with pytest.raises(ValueError, match="at least one file"):
        cifar10([])
    write_cifar(path, 3)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    with pytest.raises(ValueError, match="truncated"):
        cifar10([path])
    path.write_bytes(b"")
    with pytest.raises(ValueError, match="truncated"):
        cifar10([path])
    path.write_bytes(b"\x0b" + whole[1:])
    with pytest.raises(ValueError, match="holds the class 11"):
        cifar10([path])
    path.write_bytes(whole)
    with pytest.raises(ValueError, match="has 3 such images"):
        cifar10([path], 4)
    with pytest.raises(ValueError, match="unknown standardisation 'zca'; give pixel, channel, none"):
        cifar10([path], standardise="zca")


def test_hashes_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "batch.bin"
    write_cifar(path, 2)
    right = hashlib.sha256(path.read_bytes()).hexdigest()
    assert len(cifar10([path], sha256=[right.upper()]).inputs) == 2
    with pytest.raises(ValueError, match="it is another file"):
        cifar10([path], sha256=["0" * 64])
    with pytest.raises(ValueError, match="one digest for each of the 1 files, got 2"):
        cifar10([path], sha256=[right, right])


@pytest.mark.parametrize("packed", [False, True])
def test_idx_is_read_exactly(mnist_files: tuple[Path, Path, np.ndarray, np.ndarray], packed: bool) -> None:
    images, labels, pixels, numbers = mnist_files
    if packed:
        for path in (images, labels):
            path.write_bytes(gzip.compress(path.read_bytes()))
    data = mnist(images, labels, 20, first=4, standardise="none", classes=True)
    assert data.inputs.shape == (20, 1, 6, 5)
    assert np.array_equal(data.inputs[:, 0].numpy() * 255, pixels[4:24])
    assert np.array_equal(data.targets.numpy(), numbers[4:24])


def test_a_constant_pixel_is_shifted_to_zero(mnist_files: tuple[Path, Path, np.ndarray, np.ndarray]) -> None:
    images, labels, *_ = mnist_files
    data = mnist(images, labels)
    assert data.targets.shape == (30, 10)
    assert data.inputs[:, 0, 0, 0].abs().max() < 1e-14
    assert torch.allclose(data.inputs[:, 0, 1:].std(dim=0, correction=0), torch.ones(5, 5, dtype=torch.float64))


def test_wrong_idx_files(mnist_files: tuple[Path, Path, np.ndarray, np.ndarray]) -> None:
    images, labels, pixels, numbers = mnist_files
    whole = images.read_bytes()
    labels.write_bytes(idx_bytes(numbers[:-1]))
    with pytest.raises(ValueError, match=r"holds 30 images and .* holds 29 labels"):
        mnist(images, labels)
    labels.write_bytes(idx_bytes(numbers))
    for damaged, message in (
        (whole[:-1], "truncated"),
        (whole + b"\0", "truncated or damaged"),
        (b"\0\0\x0d" + whole[3:], "no IDX file of bytes: it begins with 00000d03"),
        (b"", "begins with nothing"),
        (whole[:9], "dimensions"),
        (idx_bytes(pixels[:0]), "truncated or damaged"),
        (idx_bytes(numbers), "has 1 dimensions, and 3 are wanted"),
        (gzip.compress(whole)[:-9], "cannot be unpacked"),
        (b"\x1f\x8bnot gzip at all", "cannot be unpacked"),
    ):
        images.write_bytes(damaged)
        with pytest.raises(ValueError, match=message):
            mnist(images, labels)


def test_a_file_that_unpacks_to_too_much(
    mnist_files: tuple[Path, Path, np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    images, labels, *_ = mnist_files
    images.write_bytes(gzip.compress(bytes(100_000)))
    monkeypatch.setattr(file_formats, "LARGEST", 50_000)
    with pytest.raises(ValueError, match="unpacks to more than"):
        mnist(images, labels)
    np.savez_compressed(images.with_suffix(".npz"), x=np.zeros(20_000), y=np.zeros(20_000))
    with pytest.raises(ValueError, match="unpacks to more than"):
        npz(images.with_suffix(".npz"))
    monkeypatch.setattr(file_formats, "LARGEST", 10)
    with pytest.raises(ValueError, match="is larger than"):
        mnist(images, labels)


def test_npz_is_read_exactly(tmp_path: Path) -> None:
    path = tmp_path / "mine.npz"
    x, y = RNG.normal(size=(7, 3)).astype(np.float32), RNG.normal(size=7)
    np.savez(path, x=x, y=y, images=x, labels=np.arange(7))
    data = npz(path, 4, first=1)
    assert np.array_equal(data.inputs.numpy(), x[1:5].astype(np.float64))
    assert np.array_equal(data.targets.numpy(), y[1:5, None])
    classes = npz(path, inputs="images", targets="labels", classes=True)
    assert classes.targets.tolist() == list(range(7))
    rows = npz(path, 2, inputs="images", targets="labels")
    assert rows.targets.tolist() == [[1, 0, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0, 0]]


def test_wrong_npz_files(tmp_path: Path) -> None:
    path = tmp_path / "mine.npz"
    x = np.ones((4, 2))
    for arrays, message in (
        ({"x": x}, "has no array 'y'; it has x"),
        ({"x": x, "y": np.ones(3)}, "4 inputs and 3 targets"),
        ({"x": x, "y": np.full(4, np.nan)}, "4 of the targets are not finite"),
        ({"x": x * np.inf, "y": np.ones(4)}, "8 of the inputs are not finite"),
        ({"x": x, "y": np.array(["a"] * 4)}, "must be numbers"),
        ({"x": x, "y": np.array(1.0)}, "must be numbers"),
        ({"x": x, "y": np.array([0, 1, -1, 2])}, "class numbers must be"),
        ({"x": x, "y": np.array([0, 1, 1 << 40, 2])}, "class numbers must be"),
        ({"x": x[:0], "y": x[:0]}, "has 0 samples"),
        ({"x": x, "y": np.array([object()] * 4)}, "Python objects, which are not read"),
    ):
        np.savez(path, **arrays)
        with pytest.raises(ValueError, match=message):
            npz(path)
    whole = path.read_bytes()
    for damaged in (whole[:50], whole[: len(whole) - 30], b"\x80\x04K\x01.", b""):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"is no \.npz file"):
            npz(path)
    np.save(path.with_suffix(".npy"), x)
    with pytest.raises(ValueError, match=r"is no \.npz file"):
        npz(path.with_suffix(".npy"))
