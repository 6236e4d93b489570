"""Layers of other codes for tests: they make their variables, at random, when they are first run.

Batch normalisation takes its statistics from the first picture, so that maps neither vanish nor grow in deep networks.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

OF_NORM = ("weight", "bias", "running_mean", "running_var")


class Layers:
    """Layers whose variables are called and laid out as PyTorch does: `conv1.weight` of [out, in, h, w].

    Attributes:
        variables: made so far, by name.
    """

    def __init__(self, seed: int, epsilon: float = 1e-5) -> None:
        self.variables: dict[str, Tensor] = {}
        self._epsilon = epsilon
        self._random = torch.Generator().manual_seed(seed)

    def convolution(
        self, x: Tensor, name: str, channels: int, size: int = 1, *, bias: bool = False, **how: int
    ) -> Tensor:
        """Return a convolution of a map [1, C, H, W]; `how` is stride, padding, dilation."""
        shape = (channels, x.shape[1], size, size)
        weight = self.variable(name, "weight", shape, scale=(2 / (x.shape[1] * size * size)) ** 0.5)
        return F.conv2d(x, weight, self.variable(name, "bias", (channels,)) if bias else None, **how)

    def dense(self, x: Tensor, name: str, channels: int) -> Tensor:
        """Return a linear layer with bias of vectors [1, C]."""
        weight = self.variable(name, "weight", (channels, x.shape[1]), scale=x.shape[1] ** -0.5)
        return F.linear(x, weight, self.variable(name, "bias", (channels,)))

    def norm(self, x: Tensor, name: str, gain: float = 1.0) -> Tensor:
        """Return batch normalisation of a map [1, C, H, W], as in use, with a scale around `gain`."""
        names = [self.name(name, kind, norm=True) for kind in OF_NORM]
        if names[2] not in self.variables:
            self.variables |= {names[2]: x.mean(dim=(0, 2, 3)), names[3]: x.var(dim=(0, 2, 3), correction=0) + 0.01}
        shape = (x.shape[1],)
        gamma = (
            self.variable(name, "weight", shape, centre=gain, scale=0.1 * gain, norm=True)
            if self.has_gamma(name)
            else None
        )
        beta = self.variable(name, "bias", shape, norm=True)
        return F.batch_norm(x, self.variables[names[2]], self.variables[names[3]], gamma, beta, eps=self._epsilon)

    def variable(
        self,
        layer: str,
        kind: str,
        shape: tuple[int, ...],
        *,
        scale: float = 0.1,
        centre: float = 0.0,
        norm: bool = False,
    ) -> Tensor:
        """Return a variable as PyTorch lays it out, made at random the first time."""
        name = self.name(layer, kind, norm=norm)
        if name not in self.variables:
            made = centre + scale * torch.randn(shape, generator=self._random)
            self.variables[name] = self.stored(made)
        return self.stored(self.variables[name], back=True)

    def name(self, layer: str, kind: str, *, norm: bool) -> str:
        """Return what the code calls a variable."""
        return f"{layer}.{kind}"

    def stored(self, value: Tensor, *, back: bool = False) -> Tensor:
        """Return a variable as the code lays it out, or `back` from there."""
        return value

    def has_gamma(self, name: str) -> bool:
        """Return whether this batch normalisation has a scale."""
        return True


class TensorFlowLayers(Layers):
    """Kernels are [h, w, in, out] and [in, out]."""

    def stored(self, value: Tensor, *, back: bool = False) -> Tensor:
        """Turn kernels."""
        if value.ndim == 4:
            return value.permute(3, 2, 0, 1) if back else value.permute(2, 3, 1, 0)
        return value.T if value.ndim == 2 else value


class KerasLayers(TensorFlowLayers):
    """Called after Python attributes, as TensorFlow 2 writes them."""

    def __init__(self, seed: int, prefix: str = "") -> None:
        super().__init__(seed, epsilon=1e-3)
        self._prefix = prefix

    def name(self, layer: str, kind: str, *, norm: bool) -> str:
        """Return the path of attributes."""
        kinds = ("gamma", "beta", "moving_mean", "moving_variance")
        told = kinds[OF_NORM.index(kind)] if norm else {"weight": "kernel"}.get(kind, kind)
        return f"{self._prefix}{layer}/{told}/.ATTRIBUTES/VARIABLE_VALUE"


class SlimLayers(TensorFlowLayers):
    """Called after scopes, as TF-slim does; outside the backbone batch normalisation has no scale."""

    def name(self, layer: str, kind: str, *, norm: bool) -> str:
        """Return the scoped name."""
        kinds = ("gamma", "beta", "moving_mean", "moving_variance")
        if norm:
            return f"{layer}/BatchNorm/{kinds[OF_NORM.index(kind)]}"
        return f"{layer}/{ {'weight': 'weights', 'bias': 'biases'}[kind] }"

    def has_gamma(self, name: str) -> bool:
        """Return whether it is one of the backbone."""
        return name.startswith("resnet_v1")
