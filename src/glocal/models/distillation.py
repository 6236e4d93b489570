"""Losses by which a student learns from teachers: their descriptors, and how alike they find photos."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def regression_loss(descriptors: Tensor, targets: Tensor) -> Tensor:
    """Return the mean over photos of 1 - s·t = |s - t|²/2: the student's descriptor is to be the teachers'.

    This is the absolute teacher of Yu et al. ("Learning metrics from teachers", CVPR 2019), squared and on the sphere.

    Args:
        descriptors: s, [B, D] of any length; normalised here.
        targets: t, [B, D] of any length; normalised here.
    """
    return (1.0 - F.cosine_similarity(descriptors, targets)).mean()


def relational_loss(descriptors: Tensor, teachers: Tensor) -> Tensor:
    """Return the mean over pairs of different places i ≠ j of (s_i·s_j - t_i·t_j)².

    What is alike for the teachers is to be as alike for the student, wherever both put it: similarity-preserving
    distillation (Tung & Mori, ICCV 2019, eq. 4), without its normalisation of rows and without the diagonal, which is 1
    in both. A batch of one gives 0.

    Args:
        descriptors: s, [B, D] of any length; normalised here.
        teachers: t, [B, T] of length 1; T may be another number than D.
    """
    count = len(descriptors)
    rows = F.normalize(descriptors)
    differences = rows @ rows.T - teachers @ teachers.T
    differences = differences - torch.diag(differences.diagonal())
    return differences.square().sum() / max(1, count * (count - 1))


def strongest_directions(rows: Tensor, count: int) -> Tensor:
    """Return the directions [T, count] that keep most of the inner products of rows [N, T] (Eckart & Young 1936)."""
    directions: Tensor = torch.linalg.eigh(rows.T @ rows)[1].flip(1)[:, :count]
    return directions


@torch.no_grad()
def aligned_projection(descriptors: Tensor, teachers: Tensor) -> Tensor:
    """Return a projection [T, D] of teachers' descriptors to the student's dimensions, turned to where it starts.

    First `strongest_directions`, then the rotation that
    brings what they give nearest to the student's descriptors (orthogonal Procrustes: Schönemann 1966). Similarities
    among targets stay what they were, and the student need not learn a rotation, which searching would not see.

    Args:
        descriptors: [N, D] of the student as it starts, of any length.
        teachers: [N, T] of length 1, T >= D, N >= D.
    """
    rows, student = teachers.double(), F.normalize(descriptors).double()
    directions = strongest_directions(rows, student.shape[1])
    left, _, right = torch.linalg.svd((rows @ directions).T @ student)
    projection: Tensor = (directions @ left @ right).float()
    return projection
