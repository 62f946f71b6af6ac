"""The share of samples whose class a network gets right."""

from __future__ import annotations

import torch
from torch import Tensor

from edgestab.numerics.networks.data.samples import Data
from edgestab.numerics.networks.losses.network import Network


def accuracy(network: Network, w: Tensor, data: Data, *, chunk: int = 1024) -> float:
    """Return the share of samples whose largest output is the class; for one output, whose sign is the target's.

    Parameters
    ----------
    w : Tensor
        Shape (p,), on any device.
    data : Data
        Class numbers, one-hot rows, or one column of -1 and +1.
    chunk : int
        How many samples go through the network at once.

    Examples
    --------
    >>> from edgestab.numerics.networks.architectures.deep_linear import deep_linear
    >>> x = torch.tensor([[1.0], [-1.0], [2.0], [-2.0]], dtype=torch.float64)
    >>> accuracy(deep_linear((1, 1)), torch.ones(1), Data("signs", x, torch.tensor([[1.0], [-1.0], [1.0], [1.0]])))
    0.75
    """
    right = 0
    with torch.no_grad():
        for i in range(0, len(data.inputs), chunk):
            outputs = network.outputs(w, data.inputs[i : i + chunk].to(w.device, w.dtype)).cpu()
            targets = data.targets[i : i + chunk]
            if targets.ndim == 1:
                hits = outputs.argmax(dim=1) == targets
            elif targets.shape[1] == 1:
                hits = torch.sign(outputs[:, 0]) == torch.sign(targets[:, 0])
            else:
                hits = outputs.argmax(dim=1) == targets.argmax(dim=1)
            right += int(hits.sum())
    return right / len(data.inputs)
