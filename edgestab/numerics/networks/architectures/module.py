r"""Any `torch.nn.Module` as a network: its forward pass as a pure function of its parameters."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import Module
from torch.nn.modules.batchnorm import _NormBase

from edgestab.errors import InputError
from edgestab.numerics.networks.losses.network import Network, Parameters


def of_module(module: Module | Callable[[], Module], name: str) -> Network:
    r"""Return a network whose forward pass is the module's.

    Its loss must be a function of the parameters alone, each sample by itself: no BatchNorm in training mode, no
    dropout. Check the derivatives of what comes out with `require_right_derivatives`: several fused operations of
    torch have wrong ones.

    Parameters
    ----------
    module : Module or callable
        A module, whose parameters are then the start for every seed; or a function that builds one, which is called
        for every seed with torch's own generator set to it.
    name : str
        What figures and messages call it.

    Raises
    ------
    InputError
        When the module has no parameters, has BatchNorm or dropout in training mode, or changes its own buffers.

    Examples
    --------
    >>> of_module(torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1)), "mine").size
    13
    """
    build = None if isinstance(module, Module) else module
    own = module if isinstance(module, Module) else _built(module, 0)
    _require_pure(own, name)
    names = tuple(n for n, _ in own.named_parameters())
    if not names:
        raise InputError(f"{name} has no parameters")
    start = [p.detach().to("cpu", torch.float64, copy=True) for _, p in own.named_parameters()]

    def forward(p: Parameters, x: Tensor) -> Tensor:
        buffers = {n: b.to(x.device, x.dtype if b.is_floating_point() else b.dtype) for n, b in own.named_buffers()}
        versions = {n: b._version for n, b in buffers.items()}
        outputs = torch.func.functional_call(own, {**dict(zip(names, p, strict=True)), **buffers}, (x,))
        if not isinstance(outputs, Tensor):
            raise InputError(f"{name} returns a {type(outputs).__name__}, and must return one tensor of outputs")
        for n, b in buffers.items():
            if b._version != versions[n]:
                raise InputError(f"{name} changes its buffer {n} on the forward pass: its loss is no function of w")
        return outputs

    def initial(generator: torch.Generator) -> list[Tensor]:
        if build is None:
            return start
        fresh = _built(build, generator.initial_seed())
        return [p.detach().to("cpu", torch.float64) for _, p in fresh.named_parameters()]

    return Network(name, tuple(tuple(p.shape) for p in start), forward, initial)


def _built(build: Callable[[], Module], seed: int) -> Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build()


def _require_pure(module: Module, name: str) -> None:
    for path, part in module.named_modules():
        where = f"{name}: {f'its part {path}' if path else 'it'} is a {type(part).__name__}"
        if isinstance(part, _NormBase) and part.track_running_stats and part.training:
            raise InputError(f"{where} in training mode, which changes its buffers: use GroupNorm, or call .eval()")
        if isinstance(part, torch.nn.modules.batchnorm._BatchNorm) and part.running_mean is None:
            raise InputError(f"{where} that mixes the samples of a batch: use GroupNorm")
        if isinstance(part, torch.nn.modules.dropout._DropoutNd) and part.training and part.p > 0:
            raise InputError(f"{where} in training mode, whose loss is random: call .eval() or set p to 0")
