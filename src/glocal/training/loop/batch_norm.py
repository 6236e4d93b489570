"""Batch norm over a batch that several processes share, on the CPU too: PyTorch's own is for GPUs only."""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from timm.layers.norm_act import BatchNormAct2d, convert_sync_batchnorm
from torch import Tensor, nn


def share_batch_norms(module: nn.Module, device: torch.device) -> nn.Module:
    """Return the module with batch norms that see all processes' parts of a batch, which are of one size.

    Weights and buffers are the same tensors as before, by the same names. Done twice, as for two stages of a
    training, it changes nothing more.
    """
    if any(isinstance(norm, nn.SyncBatchNorm) for norm in module.modules()):
        return module
    if device.type == "cuda":
        # timm's conversion: PyTorch's would drop the activations that timm has put into batch norms.
        converted: nn.Module = convert_sync_batchnorm(module)  # type: ignore[no-untyped-call]
        return converted
    for norm in module.modules():
        if type(norm) in _SHARED:
            norm.__class__ = _SHARED[type(norm)]
    return module


class _Mean(torch.autograd.Function):
    """The mean of each process's values; so is its gradient, where the loss is the mean of each process's loss."""

    @staticmethod
    def forward(_: Any, values: Tensor) -> Tensor:
        total = values.clone()
        dist.all_reduce(total)
        return total / dist.get_world_size()

    @staticmethod
    def backward(_: Any, gradient: Tensor) -> Tensor:
        return _Mean.forward(_, gradient)


def _normalised(norm: Any, values: Tensor) -> Tensor:
    """Return what the `nn.BatchNorm2d` would of values [B, C, H, W], by mean and variance over all processes."""
    whole = values.float()
    mean = _Mean.apply(whole.mean(dim=(0, 2, 3), keepdim=True))
    centred = whole - mean
    variance = _Mean.apply(centred.square().mean(dim=(0, 2, 3), keepdim=True))
    count = values.numel() // values.shape[1] * dist.get_world_size()
    with torch.no_grad():
        norm.running_mean.lerp_(mean.flatten(), norm.momentum)
        norm.running_var.lerp_(variance.flatten() * count / (count - 1), norm.momentum)
        norm.num_batches_tracked.add_(1)
    scale, shift = norm.weight[:, None, None], norm.bias[:, None, None]
    result: Tensor = centred * (variance + norm.eps).rsqrt() * scale + shift
    return result.to(values.dtype)


class _SharedNorm(nn.BatchNorm2d):
    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  PyTorch's name
        return _normalised(self, input) if self.training else super().forward(input)


class _SharedNormAct(BatchNormAct2d):
    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return super().forward(x)  # type: ignore[no-any-return, no-untyped-call]
        return self.act(self.drop(_normalised(self, x)))  # type: ignore[no-any-return]


_SHARED: dict[type[nn.Module], type[nn.Module]] = {nn.BatchNorm2d: _SharedNorm, BatchNormAct2d: _SharedNormAct}
