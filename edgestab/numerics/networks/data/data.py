r"""Data sets that need no download: digits, Chebyshev polynomials, teachers, whitened and power-law inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from edgestab.errors import InputError


class Teacher(Protocol):
    """What draws its own parameters and turns inputs into targets: a network, for one."""

    @property
    def name(self) -> str:
        """What the data are called after."""

    def start(self, seed: int) -> Tensor:
        """Return its parameters as one vector."""

    def outputs(self, w: Tensor, inputs: Tensor) -> Tensor:
        """Return the outputs, shape (n, outputs)."""


@dataclass(frozen=True)
class Data:
    """Inputs and targets.

    Parameters
    ----------
    name : str
        What figures and sentences call it.
    inputs : Tensor
        Shape (n, ...), float64, on the CPU.
    targets : Tensor
        Values of shape (n, k), or class numbers of shape (n,).

    Raises
    ------
    InputError
        When the lengths differ, there are no samples, or a number is not finite.
    """

    name: str
    inputs: Tensor
    targets: Tensor

    def __post_init__(self) -> None:
        """Refuse what no loss can be computed from."""
        if len(self.inputs) != len(self.targets):
            raise InputError(
                f"{self.name} has {len(self.inputs)} inputs and {len(self.targets)} targets: they must be as many"
            )
        if len(self.inputs) == 0:
            raise InputError(f"{self.name} has no samples")
        for name, values in (("inputs", self.inputs), ("targets", self.targets)):
            bad = int((~torch.isfinite(values)).sum())
            if bad:
                raise InputError(f"{self.name}: {bad} of the {name} are not finite; mend the data first")


@dataclass(frozen=True)
class Split:
    """Samples to train on and others to judge by."""

    train: Data
    test: Data


def held_out(data: Data, count: int) -> Split:
    """Return the data without the last `count` samples, and those.

    Raises
    ------
    InputError
        When fewer than 1 sample would be left in either part.

    Examples
    --------
    >>> split = held_out(chebyshev(6), 5)
    >>> len(split.train.inputs), len(split.test.inputs)
    (15, 5)
    """
    n = len(data.inputs) - count
    if count < 1 or n < 1:
        raise InputError(f"{data.name} has {len(data.inputs)} samples: {count} of them cannot be held out")
    train = Data(f"{data.name}, first {n}", data.inputs[:n], data.targets[:n])
    return Split(train, Data(f"{data.name}, last {count}", data.inputs[n:], data.targets[n:]))


def chebyshev(degree: int, points: int = 20) -> Data:
    r"""Return :math:`T_k(x)` at equispaced points of [-1, 1] (after Cohen et al. 2021).

    Examples
    --------
    >>> chebyshev(2, 3).targets.flatten()
    tensor([ 1., -1.,  1.], dtype=torch.float64)
    """
    x = torch.linspace(-1, 1, points, dtype=torch.float64)
    return Data(f"Chebyshev T_{degree}, {points} points", x[:, None], torch.cos(degree * torch.acos(x))[:, None])


DIGITS = 1797
"""How many images `digits` has."""


def digits(n: int = DIGITS, *, first: int = 0, classes: bool = False) -> Data:
    r"""Return images of digits, packaged with scikit-learn.

    Pixels are divided by 16; the mean of every pixel over all 1797 images is subtracted.

    Parameters
    ----------
    n : int
        How many, in the order of the package, which mixes the classes.
    first : int
        Where to begin, so that others can be held out.
    classes : bool
        Whether targets are class numbers, for cross-entropy, or one-hot rows of 0 and 1, for the squared error.

    Returns
    -------
    Data
        Inputs of shape (n, 1, 8, 8), targets of shape (n,) or (n, 10).

    Raises
    ------
    InputError
        When there are not as many, or scikit-learn is not installed.

    Examples
    --------
    >>> digits(5, classes=True).targets
    tensor([0, 1, 2, 3, 4])
    """
    images, labels = _digits(n, first)
    targets = labels if classes else one_hot(labels, 10)
    return Data(f"digits n = {n}", images, targets)


def digits_parity(n: int = DIGITS, *, first: int = 0) -> Data:
    """Return the images of `digits` with the target +1 for an even digit and -1 for an odd one, shape (n, 1)."""
    images, labels = _digits(n, first)
    return Data(f"parity of digits n = {n}", images, (1.0 - 2.0 * (labels % 2)).to(torch.float64)[:, None])


def one_hot(labels: Tensor, classes: int) -> Tensor:
    """Return rows of 0 and 1, shape (n, classes), float64."""
    return torch.nn.functional.one_hot(labels, classes).to(torch.float64)


def teacher_student(teacher: Teacher, n: int, shape: tuple[int, ...], *, seed: int = 0, noise: float = 0.0) -> Data:
    r"""Return :math:`y = f(w^*, x) + \sigma\xi` for x and xi from N(0, 1) and a teacher's random w*.

    Parameters
    ----------
    teacher : Teacher
        Any network, for instance. w* is drawn after the inputs, so that a student of the same seed starts elsewhere.
    shape : tuple of int
        Of one input.
    noise : float
        sigma.

    Examples
    --------
    >>> from edgestab.numerics.networks.architectures.mlp import mlp
    >>> teacher_student(mlp((3, 4, 2)), 10, (3,)).targets.shape
    torch.Size([10, 2])
    """
    generator = _generator(seed, n, *shape)
    x = torch.randn(n, *shape, generator=generator, dtype=torch.float64)
    own = int(torch.randint(1 << 31, (1,), generator=generator))
    with torch.no_grad():
        y = teacher.outputs(teacher.start(own), x)
    return Data(
        f"teacher {teacher.name}, n = {n}",
        x,
        y + noise * torch.randn(y.shape, generator=generator, dtype=torch.float64),
    )


def whitened_linear(n: int, d: int, outputs: int | None = None, *, seed: int = 0) -> Data:
    r"""Return :math:`X = \sqrt n\,Q` with :math:`Q^TQ = I`, and :math:`Y = XA^T`, A of N(0, 1) (Cohen et al. 2021).

    The inputs have the covariance I exactly.

    Examples
    --------
    >>> x = whitened_linear(50, 3).inputs
    >>> torch.allclose(x.T @ x / 50, torch.eye(3, dtype=torch.float64))
    True
    """
    if n < d:
        raise InputError(f"{d} whitened inputs need at least {d} samples, got {n}")
    k = d if outputs is None else outputs
    generator = _generator(seed, n, d, k)
    q, _ = torch.linalg.qr(torch.randn(n, d, generator=generator, dtype=torch.float64))
    x = n**0.5 * q
    a = torch.randn(k, d, generator=generator, dtype=torch.float64)
    return Data(f"whitened linear {d} to {k}, n = {n}", x, x @ a.T)


def power_law_gaussian(n: int, d: int, *, exponent: float = 1.0, seed: int = 0, noise: float = 0.0) -> Data:
    r"""Return x from N(0, diag(j^-a)), j = 1 .. d, and :math:`y = \theta\cdot x + \sigma\xi` with theta from N(0, I).

    Parameters
    ----------
    exponent : float
        a, of the spectrum of the inputs.
    noise : float
        sigma.

    Examples
    --------
    >>> power_law_gaussian(100, 20).targets.shape
    torch.Size([100, 1])
    """
    generator = _generator(seed, n, d)
    scale = torch.arange(1, d + 1, dtype=torch.float64) ** (-exponent / 2)
    x = scale * torch.randn(n, d, generator=generator, dtype=torch.float64)
    theta = torch.randn(d, 1, generator=generator, dtype=torch.float64)
    y = x @ theta + noise * torch.randn(n, 1, generator=generator, dtype=torch.float64)
    return Data(f"power law {exponent:g} in {d} dimensions, n = {n}", x, y)


def modular_addition(modulus: int, n: int | None = None, *, seed: int = 0, classes: bool = False) -> Data:
    """Return pairs of tokens and their sum modulo a number, in an order drawn from the seed.

    Parameters
    ----------
    n : int, optional
        How many of the modulus^2 pairs; all by default.
    classes : bool
        As in `digits`.

    Examples
    --------
    >>> modular_addition(5, 3, classes=True).inputs.shape
    torch.Size([3, 2])
    """
    count = modulus**2 if n is None else n
    if not 1 <= count <= modulus**2:
        raise InputError(f"there are {modulus**2} pairs modulo {modulus}, and {count} were asked for")
    chosen = torch.randperm(modulus**2, generator=_generator(seed))[:count]
    a, b = chosen // modulus, chosen % modulus
    labels = (a + b) % modulus
    targets = labels if classes else one_hot(labels, modulus)
    return Data(f"addition modulo {modulus}, n = {count}", torch.stack([a, b], dim=1).to(torch.float64), targets)


def _digits(n: int, first: int) -> tuple[Tensor, Tensor]:
    if n < 1 or first < 0 or first + n > DIGITS:
        raise InputError(f"digits has {DIGITS} images: {n} from number {first} on cannot be had")
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise InputError("the digits are packaged with scikit-learn: install edgestab[nn]") from None
    bunch = load_digits()
    pixels = torch.from_numpy(bunch.images).to(torch.float64) / 16
    centred = pixels - pixels.mean(dim=0)
    rows = slice(first, first + n)
    return centred[rows, None], torch.from_numpy(bunch.target).to(torch.int64)[rows]


def _generator(seed: int, *sizes: int) -> torch.Generator:
    if min(sizes, default=1) < 1:
        raise InputError(f"numbers of samples and dimensions must be at least 1, got {min(sizes)}")
    return torch.Generator().manual_seed(seed)
