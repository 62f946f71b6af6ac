r"""Residual networks with GroupNorm from primitives (He et al. 2016; Wu & He 2018)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import conv2d, linear

from edgestab.errors import InputError
from edgestab.numerics.networks.architectures.activations import activation
from edgestab.numerics.networks.architectures.initial import he, normal
from edgestab.numerics.networks.architectures.kind import NetworkKind, Size, image_of
from edgestab.numerics.networks.architectures.norms import group_norm
from edgestab.numerics.networks.data.samples import Loaded
from edgestab.numerics.networks.losses.network import Network, Parameters


def resnet(
    image: tuple[int, int, int],
    outputs: int,
    *,
    widths: Sequence[int] = (8, 16),
    blocks: int = 1,
    groups: int = 4,
    act: str = "relu",
    zero_head: bool = False,
) -> Network:
    r"""Return a convolution, stages of residual blocks, the mean over the pixels and a linear head.

    A block is :math:`x' = \phi(Px + N(W_2 * \phi(N(W_1 * x))))`; every stage after the first halves height and width
    by stride 2, and its first block has a convolution 1 x 1 for P. ``widths=(64, 128, 256, 512), blocks=2`` is the
    ResNet-18 for CIFAR.

    Parameters
    ----------
    image : tuple of int
        Channels, height and width.
    outputs : int
        Of the head.
    widths : sequence of int
        Channels of the stages, each a multiple of the number of groups.
    blocks : int
        In every stage.
    groups : int
        Of the norm; 1 is the layer norm of an image.
    act : str
        A name in `ACTIVATIONS`.
    zero_head : bool
        Whether the head starts at zero, so that all outputs do.

    Raises
    ------
    InputError
        When groups do not divide a width, or there are no stages or blocks.

    Examples
    --------
    >>> resnet((3, 32, 32), 10, widths=(64, 128, 256, 512), blocks=2).size
    11173962
    """
    phi = activation(act)
    if not widths or min(*widths, *image, blocks, outputs, groups) < 1:
        raise InputError(f"a ResNet needs stages, blocks and outputs, got widths {tuple(widths)} and {blocks} blocks")
    odd = [w for w in widths if w % groups]
    if odd:
        raise InputError(f"the width {odd[0]} is no multiple of the {groups} groups of the norm: change either")
    stem = ((widths[0], image[0], 3, 3), widths[:1], widths[:1])
    plan = list(_blocks(widths, blocks))
    shapes = (
        *(tuple(s) for s in stem),
        *(tuple(s) for i, o, stride in plan for s in _block_shapes(i, o, stride)),
        (outputs, widths[-1]),
        (outputs,),
    )

    def forward(p: Parameters, x: Tensor) -> Tensor:
        x = phi(group_norm(conv2d(x, p[0], padding=1), groups, p[1], p[2]))
        k = 3
        for i, o, stride in plan:
            size = len(_block_shapes(i, o, stride))
            x = phi(_block(p[k : k + size], x, stride))
            k += size
        return linear(x.mean(dim=(2, 3)), p[-2], p[-1])

    def _block(q: Parameters, x: Tensor, stride: int) -> Tensor:
        inner = phi(group_norm(conv2d(x, q[0], stride=stride, padding=1), groups, q[1], q[2]))
        inner = group_norm(conv2d(inner, q[3], padding=1), groups, q[4], q[5])
        if len(q) > 6:
            x = group_norm(conv2d(x, q[6], stride=stride), groups, q[7], q[8])
        return x + inner

    def initial(generator: torch.Generator) -> list[Tensor]:
        found = []
        for k, shape in enumerate(shapes[:-2]):
            if len(shape) > 1:
                found.append(he(shape, generator))
            else:  # the scale follows its convolution, the shift follows the scale
                found.append(torch.full(shape, float(len(shapes[k - 1]) > 1), dtype=torch.float64))
        head = normal(shapes[-2], generator)
        return [*found, 0 * head if zero_head else head, torch.zeros(shapes[-1], dtype=torch.float64)]

    return Network(f"{act} ResNet {'-'.join(map(str, widths))} x {blocks}", shapes, forward, initial)


def _blocks(widths: Sequence[int], blocks: int) -> list[tuple[int, int, int]]:
    """Channels in and out, and the stride, of every block."""
    found, before = [], widths[0]
    for stage, width in enumerate(widths):
        for b in range(blocks):
            found.append((before, width, 2 if stage and not b else 1))
            before = width
    return found


def _block_shapes(i: int, o: int, stride: int) -> list[tuple[int, ...]]:
    shapes: list[tuple[int, ...]] = [(o, i, 3, 3), (o,), (o,), (o, o, 3, 3), (o,), (o,)]
    if stride > 1 or i != o:
        shapes += [(o, i, 1, 1), (o,), (o,)]
    return shapes


class ResnetSpec(NetworkKind, frozen=True, tag="resnet"):
    """See `resnet`."""

    widths: list[Size]
    blocks: Size = 1
    groups: Size = 4
    act: str = "relu"
    zero_head: bool = False

    def build(self, loaded: Loaded) -> Network:
        """Return the network."""
        return resnet(
            image_of(loaded, "resnet"),
            loaded.outputs,
            widths=self.widths,
            blocks=self.blocks,
            groups=self.groups,
            act=self.act,
            zero_head=self.zero_head,
        )
