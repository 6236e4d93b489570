"""What goes wrong in training, told from the numbers of one step, with what to do about it."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from glocal.training.photos import TrainingError

ALIKE = 0.99
"""Mean cosine between the descriptors of a batch above which they no longer tell photos apart."""

EVEN = 1e-3
"""Standard deviation of attention over its mean below which it prefers no cell."""

SILENT = 1e-6
"""Mean attention below which nothing is kept."""


def check_numbers(step: int, values: Mapping[str, float]) -> None:
    """Check that losses and gradient are numbers.

    Args:
        step: for the message.
        values: by name.

    Raises:
        TrainingError: one is infinite or no number; the message names it and what to change.
    """
    wrong = [name for name, value in values.items() if not math.isfinite(value)]
    if wrong:
        raise TrainingError(
            f"step {step}: {', '.join(wrong)} is no longer a number; lower optimiser.learning_rate or optimiser.clip,"
            " or lengthen optimiser.warmup (the state written last is kept: go on from it in a copy of the folder)"
        )


@torch.no_grad()
def collapses(descriptor: Tensor, attention: Tensor, reconstruction: Tensor | None) -> list[str]:
    """Return one line for each part of the network that has stopped telling anything apart.

    Args:
        descriptor: [B, D] of a batch, not normalised.
        attention: [B, 1, H, W].
        reconstruction: [B, C, H, W] or None.
    """
    return [*_descriptor(descriptor), *_attention(attention), *_reconstruction(reconstruction)]


def _descriptor(descriptor: Tensor) -> list[str]:
    count = len(descriptor)
    if count < 2:
        return []
    rows = F.normalize(descriptor.float())
    cosine = (rows.sum(dim=0).square().sum() - count) / (count * (count - 1))
    if cosine < ALIKE:
        return []
    alike = f"the global descriptors of the batch are alike (mean cosine {cosine:.3f})"
    return [f"{alike}: the global branch has collapsed; lower optimiser.learning_rate or optimiser.backbone"]


def _attention(attention: Tensor) -> list[str]:
    mean = attention.float().mean()
    if mean < SILENT:
        return [f"attention is {mean:.0e} everywhere: no local feature would be kept; lower optimiser.local"]
    if attention.float().std() / mean < EVEN:
        return [f"attention is {mean:.3g} everywhere: it prefers nothing; lower optimiser.local, or raise the steps"]
    return []


def _reconstruction(reconstruction: Tensor | None) -> list[str]:
    if reconstruction is None or reconstruction.any():
        return []
    return ["the autoencoder gives zeros only: its last ReLU is dead; lower optimiser.local"]
