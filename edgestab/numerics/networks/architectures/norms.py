r"""Layer, group and root-mean-square norms from primitives.

The fused norms of torch have wrong third derivatives (pytorch 175754, 186256, 196700); these have right ones of every
order, because torch differentiates their sums and products.
"""

from __future__ import annotations

from torch import Tensor

EPS = 1e-5


def layer_norm(x: Tensor, scale: Tensor, shift: Tensor, *, eps: float = EPS) -> Tensor:
    r"""Return :math:`s\,(x - \mu)/\sqrt{\sigma^2 + \epsilon} + t` over the last axis (Ba et al. 2016).

    Parameters
    ----------
    x : Tensor
        Shape (..., d).
    scale, shift : Tensor
        Shape (d,).

    Examples
    --------
    >>> import torch
    >>> layer_norm(torch.tensor([[1.0, 3.0]]), torch.ones(2), torch.zeros(2), eps=0)
    tensor([[-1.,  1.]])
    """
    centred = x - x.mean(dim=-1, keepdim=True)
    return centred * (centred.square().mean(dim=-1, keepdim=True) + eps).rsqrt() * scale + shift


def rms_norm(x: Tensor, scale: Tensor, *, eps: float = EPS) -> Tensor:
    r"""Return :math:`s\,x/\sqrt{\overline{x^2} + \epsilon}` over the last axis (Zhang & Sennrich 2019).

    Parameters
    ----------
    x : Tensor
        Shape (..., d).
    scale : Tensor
        Shape (d,).
    """
    return x * (x.square().mean(dim=-1, keepdim=True) + eps).rsqrt() * scale


def group_norm(x: Tensor, groups: int, scale: Tensor, shift: Tensor, *, eps: float = EPS) -> Tensor:
    r"""Return the norm over groups of channels, each sample by itself (Wu & He 2018).

    Parameters
    ----------
    x : Tensor
        Shape (n, c, h, w), c a multiple of the number of groups.
    scale, shift : Tensor
        Shape (c,).
    """
    n, c, h, w = x.shape
    grouped = x.reshape(n, groups, -1)
    centred = grouped - grouped.mean(dim=-1, keepdim=True)
    normed = centred * (centred.square().mean(dim=-1, keepdim=True) + eps).rsqrt()
    return normed.reshape(n, c, h, w) * scale[:, None, None] + shift[:, None, None]
