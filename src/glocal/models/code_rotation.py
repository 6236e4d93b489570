"""Centring, whitening and rotating the codes so that their signs are good bits."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from glocal.models.learned_whitening import learned_projection

ITERATIONS = 50
"""Alternations of iterative quantisation; the paper's figure 2 shows it settles within 50."""

SHRINKAGE = 0.05
"""Of the variances within pairs of cells: there are some hundred times as many pairs as dimensions."""


class CodeTransform(nn.Module):
    """y = M (x - mean). M is a rotation, or whitens before it rotates.

    The rotation is learned after training by iterative quantisation (Gong & Lazebnik, "Iterative quantization: a
    Procrustean approach to learning binary codes", CVPR 2011), which turns the codes so that taking signs loses least;
    lengths and inner products of centred codes stay as they are. Whitening is learned from pairs of codes of the
    same place in two views of a photo, see `learned_projection`.
    """

    mean: Tensor
    matrix: Tensor

    def __init__(self, dimensions: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(dimensions))
        self.register_buffer("matrix", torch.eye(dimensions))

    def learn(self, codes: Tensor, seed: int, pairs: Tensor | None = None) -> None:
        """Learn from a sample of codes [N, C]. The same sample and seed give the same.

        Args:
            codes: any codes.
            seed: of the rotation's start.
            pairs: codes [P, 2, C] of the same places in two views, to whiten by; without, M only rotates.
        """
        mean = codes.mean(dim=0)
        whitening = torch.eye(codes.shape[1])
        if pairs is not None:
            differences = (pairs[:, 0] - pairs[:, 1]).double()
            within = differences.T @ differences / len(differences)
            whitening = learned_projection(torch.cov(codes.double().T), within, exponent=0.5, shrinkage=SHRINKAGE)
            whitening = whitening / whitening.norm(dim=1).mean()
        rotation = iterative_quantization((codes - mean) @ whitening.T, seed)
        self.mean.copy_(mean)
        self.matrix.copy_(rotation @ whitening)

    def folded_into(self, encoder: nn.Conv2d) -> nn.Conv2d:
        """Return a copy of the 1x1 convolution `encoder` that centres and transforms its output."""
        assert encoder.bias is not None
        folded = nn.Conv2d(encoder.in_channels, encoder.out_channels, 1)
        with torch.no_grad():
            folded.weight.copy_((self.matrix @ encoder.weight[:, :, 0, 0])[:, :, None, None])
            folded.bias.copy_(self.matrix @ (encoder.bias - self.mean))  # type: ignore[union-attr]
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
