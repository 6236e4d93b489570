"""Centring and rotating the codes so that their signs are good bits."""

from __future__ import annotations

import torch
from torch import Tensor, nn

ITERATIONS = 50
"""Alternations of iterative quantisation; the paper's figure 2 shows it settles within 50."""


class CodeRotation(nn.Module):
    """y = R (x - mean), with R orthonormal: lengths and inner products of centred codes stay as they are.

    Learned after training by iterative quantisation (Gong & Lazebnik, "Iterative quantization: a Procrustean
    approach to learning binary codes", CVPR 2011), which turns the codes so that taking signs loses least.
    """

    mean: Tensor
    rotation: Tensor

    def __init__(self, dimensions: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(dimensions))
        self.register_buffer("rotation", torch.eye(dimensions))

    def learn(self, codes: Tensor, seed: int) -> None:
        """Learn mean and rotation from a sample of codes [N, C]. The same sample and seed give the same."""
        mean = codes.mean(dim=0)
        self.mean.copy_(mean)
        self.rotation.copy_(iterative_quantization(codes - mean, seed))

    def folded_into(self, encoder: nn.Conv2d) -> nn.Conv2d:
        """Return a copy of the 1x1 convolution `encoder` that centres and rotates its output."""
        assert encoder.bias is not None
        folded = nn.Conv2d(encoder.in_channels, encoder.out_channels, 1)
        with torch.no_grad():
            folded.weight.copy_((self.rotation @ encoder.weight[:, :, 0, 0])[:, :, None, None])
            folded.bias.copy_(self.rotation @ (encoder.bias - self.mean))  # type: ignore[union-attr]
        return folded


def iterative_quantization(centred: Tensor, seed: int) -> Tensor:
    """Return the rotation R [C, C] that brings R·x closest to its own signs, x a row of `centred` [N, C].

    Rows are brought to length 1 first, since descriptors are compared so.
    """
    rows = nn.functional.normalize(centred.double(), dim=1)
    generator = torch.Generator().manual_seed(seed)
    start = torch.randn(rows.shape[1], rows.shape[1], generator=generator, dtype=torch.float64)
    rotation = torch.linalg.qr(start)[0]
    for _ in range(ITERATIONS):
        signs = torch.where(rows @ rotation.T >= 0, 1.0, -1.0).double()
        left, _, right = torch.linalg.svd(signs.T @ rows)
        rotation = left @ right
    return Tensor.float(rotation)
