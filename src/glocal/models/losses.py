"""The three losses of DELG: ArcFace for the global descriptor, reconstruction and attention for the local branch."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from glocal.models.attention import attention_pool
from glocal.models.delg import DelgOutput

IGNORE = -1
"""The label of a photo without identity: it takes part in reconstruction only."""


class ArcFace(nn.Module):
    """Classification by angle with an additive margin (Deng et al., CVPR 2019), as DELG uses it.

    Args:
        dimensions: length D of the descriptors.
        classes: number of identities.
        margin: added to the angle to the true class, in radians, where angle <= pi - margin (beyond, the
            cosine would rise again).

    The scale is learned and starts at sqrt(D) (DELG, section 4.1: 45.25 for D = 2048).
    """

    def __init__(self, dimensions: int, classes: int, margin: float = 0.1) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(classes, dimensions))
        nn.init.xavier_uniform_(self.weight)
        self.scale = nn.Parameter(torch.tensor(math.sqrt(dimensions)))
        self.margin = margin

    @torch.no_grad()
    def start_from(self, descriptors: Tensor, labels: Tensor) -> None:
        """Set each class to the mean of its normalised descriptors [N, D] (imprinting: Qi et al., CVPR 2018).

        Classes then begin where the photos are, and few steps on few photos need not undo a random start.
        """
        known = labels != IGNORE
        self.weight.zero_().index_add_(0, labels[known], F.normalize(descriptors[known]))
        self.weight.copy_(F.normalize(self.weight))

    def forward(self, descriptors: Tensor, labels: Tensor) -> Tensor:
        """Return the mean cross entropy of descriptors [B, D] (any length) for labels [B] in [0, classes)."""
        cosine = F.linear(F.normalize(descriptors), F.normalize(self.weight))
        true = cosine.gather(1, labels[:, None])
        angle = torch.acos(true.clamp(-1 + 1e-7, 1 - 1e-7))
        moved = torch.where(angle <= math.pi - self.margin, torch.cos(angle + self.margin), true)
        return F.cross_entropy(self.scale * cosine.scatter(1, labels[:, None], moved), labels)


def reconstruction_loss(local_map: Tensor, reconstruction: Tensor) -> Tensor:
    """Return the mean squared error over positions and channels (DELG, eq. 3)."""
    return F.mse_loss(reconstruction, local_map)


class DelgLosses(NamedTuple):
    """The losses of one batch; `total` is what is minimised."""

    total: Tensor
    global_: Tensor
    reconstruction: Tensor
    attention: Tensor


class DelgObjective(nn.Module):
    """total = L_g + 10 L_r + 1 L_a (DELG, section 3.3), with the classifiers that only training needs.

    Args:
        dimensions: of the global descriptor.
        channels: of the local map.
        classes: of ArcFace.
        identities: the first so many classes are identities, which attention learns from too; the others are
            single photos, which do not show what is worth attention. By default all classes are.
        margin: of ArcFace.
        reconstruction_weight: of L_r.
        attention_weight: of L_a.
    """

    def __init__(
        self,
        *,
        dimensions: int,
        channels: int,
        classes: int,
        identities: int | None = None,
        margin: float = 0.1,
        reconstruction_weight: float = 10.0,
        attention_weight: float = 1.0,
    ) -> None:
        super().__init__()
        self.identities = classes if identities is None else identities
        self.arcface = ArcFace(dimensions, classes, margin)
        self.attention_classifier = nn.Linear(channels, self.identities)
        self.reconstruction_weight = reconstruction_weight
        self.attention_weight = attention_weight

    def forward(self, output: DelgOutput, labels: Tensor) -> DelgLosses:
        """Return the losses of a batch with labels [B], `IGNORE` for photos without identity."""
        known = labels != IGNORE
        identified = known & (labels < self.identities)
        pooled = attention_pool(output.reconstruction, output.attention)
        nothing = output.descriptor.sum() * 0.0
        global_ = self.arcface(output.descriptor[known], labels[known]) if known.any() else nothing
        attention = nothing
        if identified.any():
            attention = F.cross_entropy(self.attention_classifier(pooled[identified]), labels[identified])
        reconstruction = reconstruction_loss(output.local_map, output.reconstruction)
        total = global_ + self.reconstruction_weight * reconstruction + self.attention_weight * attention
        return DelgLosses(total, global_, reconstruction, attention)
