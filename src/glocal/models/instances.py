"""Telling each photo from all others by views of it, as copy detection does (SSCD: Pizzi et al., CVPR 2022)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

MASKED = -1e9
"""A logit that counts for nothing. Finite, so that a photo without negatives has a gradient: zero."""

NEAREST = 1e-4
"""Least distance to a nearest neighbour: the logarithm of none has no gradient."""


def instance_loss(
    descriptors: Tensor, photos: Tensor, labels: Tensor, *, temperature: float, entropy: float, ignore: int
) -> Tensor:
    """Return InfoNCE + entropy · KoLeo (SSCD; its published code has a temperature of 0.05, an entropy of 30).

    Args:
        descriptors: [B, D] of any length; normalised here.
        photos: [B], equal for views of one photo, which are positives of each other.
        labels: [B]; other photos with the same label other than `ignore` are neither positives nor negatives.
        temperature: divides similarities.
        entropy: weight of KoLeo.
        ignore: the label of photos without identity.
    """
    rows = F.normalize(descriptors)
    same_photo = photos[:, None] == photos[None, :]
    same_label = (labels[:, None] == labels[None, :]) & (labels != ignore)[:, None]
    negatives = ~(same_photo | same_label)
    total = info_nce(rows, same_photo, negatives, temperature)
    return total + entropy * koleo(rows, negatives) if entropy else total


def info_nce(rows: Tensor, same_photo: Tensor, negatives: Tensor, temperature: float) -> Tensor:
    """Return the mean over pairs (i, j) of views of one photo of -log(e_ij / (e_ij + Σ_k e_ik)), k the negatives of i.

    e_ij = exp(s_i·s_j / temperature): the normalised temperature-scaled cross entropy of SimCLR (Chen et al., ICML
    2020, eq. 1). Without any pair it is 0.

    Args:
        rows: s, [B, D] of length 1.
        same_photo: [B, B] bool, its diagonal true.
        negatives: [B, B] bool.
        temperature: > 0.
    """
    logits = rows @ rows.T / temperature
    others = torch.logsumexp(logits.masked_fill(~negatives, MASKED), dim=1)[:, None]
    losses = F.softplus(others - logits)
    positives = same_photo & ~torch.eye(len(rows), dtype=torch.bool, device=rows.device)
    return losses.masked_fill(~positives, 0.0).sum() / positives.sum().clamp_min(1)


def koleo(rows: Tensor, negatives: Tensor) -> Tensor:
    """Return the mean over i of -log(min_k |s_i - s_k|), k the negatives of i: nearest neighbours are to be far.

    The differential entropy estimator of Kozachenko & Leonenko as a regulariser (Sablayrolles et al., ICLR 2019, eq. 2;
    over negatives alone as in SSCD). Rows without a negative do not count; without any it is 0.

    Args:
        rows: s, [B, D] of length 1.
        negatives: [B, B] bool.
    """
    known = negatives.any(dim=1)
    nearest = (rows @ rows.T).masked_fill(~negatives, -torch.inf).amax(dim=1)[known]
    distance = (2.0 - 2.0 * nearest).clamp_min(NEAREST**2).sqrt()
    return -distance.log().sum() / known.sum().clamp_min(1)
