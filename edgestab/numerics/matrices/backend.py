"""What the matrix models ask of an array library beside operators: NumPy, or torch on a CPU or a GPU."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgestab.errors import InputError

Array: TypeAlias = Any
"""An array of the backend: an ndarray, or a Tensor. Definitions use operators, `@`, `swapaxes`, `reshape`, `sum`."""


class Backend(Protocol):
    """What the models need beside the operators that arrays of both libraries have."""

    @property
    def name(self) -> str:
        """What it is called."""

    def array(self, values: ArrayLike) -> Array:
        """Return a new float64 array of the backend."""

    def numpy(self, array: Array) -> NDArray[np.float64]:
        """Return an array as one of NumPy's."""

    def join(self, parts: Sequence[Array]) -> Array:
        """Return arrays of shape (m, k_1), (m, k_2), ... side by side."""

    def rows(self, array: Array, which: NDArray[np.intp]) -> Array:
        """Return a copy of some rows."""

    def singular_values(self, matrices: Array) -> Array:
        """Return the singular values of a stack of matrices, largest first."""

    def quiet(self) -> AbstractContextManager[Any]:
        """Return a context in which an overflow is no warning: it becomes a status."""


@dataclass(frozen=True)
class NumpyBackend:
    """NumPy on the CPU."""

    name: str = "numpy"

    def array(self, values: ArrayLike) -> Array:
        """Return a new float64 array."""
        return np.array(values, dtype=np.float64)

    def numpy(self, array: Array) -> NDArray[np.float64]:
        """Return the array itself."""
        return np.asarray(array, dtype=np.float64)

    def join(self, parts: Sequence[Array]) -> Array:
        """Return arrays side by side."""
        return np.concatenate(parts, axis=1)

    def rows(self, array: Array, which: NDArray[np.intp]) -> Array:
        """Return a copy of some rows."""
        return array[which]

    def singular_values(self, matrices: Array) -> Array:
        """Return singular values, largest first."""
        return np.linalg.svd(matrices, compute_uv=False)

    def quiet(self) -> AbstractContextManager[Any]:
        """Return NumPy's error state with overflow ignored."""
        return np.errstate(over="ignore", invalid="ignore")


class TorchBackend:
    """Torch in float64, imported when one is made.

    Parameters
    ----------
    device : str
        "cpu", "cuda", ...

    Raises
    ------
    InputError
        When torch is not installed, or has no such device.
    """

    def __init__(self, device: str = "cpu") -> None:
        if importlib.util.find_spec("torch") is None:
            raise InputError('the torch backend needs torch, which is not installed: pip install "edgestab[nn]"')
        import torch

        self._torch = torch
        self.name = f"torch on {device}"
        try:
            self._device = torch.device(device)
            torch.zeros(1, device=self._device)
        except (RuntimeError, AssertionError) as error:
            raise InputError(f"torch cannot use the device {device[:40]!r} here: choose another") from error

    def array(self, values: ArrayLike) -> Array:
        """Return a new float64 tensor on the device."""
        given = values.detach().cpu().numpy() if isinstance(values, self._torch.Tensor) else values
        return self._torch.from_numpy(np.array(given, dtype=np.float64)).to(self._device)

    def numpy(self, array: Array) -> NDArray[np.float64]:
        """Return a copy on the CPU."""
        return np.array(array.detach().cpu().numpy(), dtype=np.float64)

    def join(self, parts: Sequence[Array]) -> Array:
        """Return tensors side by side."""
        return self._torch.cat(list(parts), dim=1)

    def rows(self, array: Array, which: NDArray[np.intp]) -> Array:
        """Return a copy of some rows."""
        return array[self._torch.from_numpy(which).to(self._device)]

    def singular_values(self, matrices: Array) -> Array:
        """Return singular values, largest first."""
        return self._torch.linalg.svdvals(matrices)

    def quiet(self) -> AbstractContextManager[Any]:
        """Return an empty context: torch does not warn."""
        return nullcontext()


NUMPY = NumpyBackend()
"""The backend where none is asked for."""


def backend_named(name: str) -> Backend:
    """Return "numpy", "torch", or torch on a device such as "torch:cuda".

    Raises
    ------
    InputError
        When there is none of this name.

    Examples
    --------
    >>> backend_named("numpy").name
    'numpy'
    """
    library, _, device = name.partition(":")
    if library == "numpy" and not device:
        return NUMPY
    if library == "torch":
        return TorchBackend(device or "cpu")
    raise InputError(f"unknown backend {name[:40]!r}; take numpy, torch or torch:cuda")
