"""The losses: what the global descriptor and the local branch learn by, and their weighted sum."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from glocal.models.attention import attention_pool
from glocal.models.distillation import regression_loss, relational_loss
from glocal.models.instances import instance_loss
from glocal.models.network import TrainingOutput

IGNORE = -1
"""The label of a photo without identity: it takes part in reconstruction only."""

Classifier = Literal["arcface", "softmax"]

Weigh = Callable[[Tensor], Tensor]
"""Returns factors for means over a number of photos [n]: other than 1 only where processes share a batch."""


class ArcFace(nn.Module):
    """Classification by angle with an additive margin (Deng et al., CVPR 2019), as DELG uses it.

    Args:
        dimensions: length D of the descriptors.
        classes: number of identities.
        margin: added to the angle to the true class, in radians, where angle <= pi - margin (beyond, the
            cosine would rise again).
        scale: of the cosines. By default it is learned and starts at sqrt(D) (DELG, section 4.1: 45.25 for
            D = 2048).
    """

    def __init__(self, dimensions: int, classes: int, margin: float = 0.1, scale: float | None = None) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(classes, dimensions))
        nn.init.xavier_uniform_(self.weight)
        self.scale = nn.Parameter(torch.tensor(scale or math.sqrt(dimensions)), requires_grad=scale is None)
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


class LinearClassifier(nn.Linear):
    """Classification by a linear layer with bias and cross entropy: what DELG's ablation compares ArcFace with."""

    @torch.no_grad()
    def start_from(self, descriptors: Tensor, labels: Tensor) -> None:
        """Set the layer to classify by the nearest mean of a class's descriptors [N, D].

        The logit 2 m·x - |m|² orders classes by -|x - m|² (Snell et al., NeurIPS 2017, eq. 8).
        """
        known = labels != IGNORE
        counts = torch.bincount(labels[known], minlength=self.out_features).clamp_min(1)
        sums = torch.zeros_like(self.weight).index_add_(0, labels[known], descriptors[known])
        means = sums / counts[:, None]
        self.weight.copy_(2 * means)
        self.bias.copy_(-means.square().sum(dim=1))

    def forward(self, descriptors: Tensor, labels: Tensor) -> Tensor:  # type: ignore[override]
        """Return the mean cross entropy of descriptors [B, D] for labels [B] in [0, classes)."""
        return F.cross_entropy(super().forward(descriptors), labels)


def reconstruction_loss(local_map: Tensor, reconstruction: Tensor) -> Tensor:
    """Return the mean squared error over positions and channels (DELG, eq. 3)."""
    return F.mse_loss(reconstruction, local_map)


class Supervision(NamedTuple):
    """What is known of the views of a batch.

    Attributes:
        labels: [B] int64, `IGNORE` for photos without identity.
        photos: [B] int64, equal for views of one photo.
        teachers: [B, T], the teachers' descriptors of the photos, of length 1; T is 0 without teachers.
    """

    labels: Tensor
    photos: Tensor
    teachers: Tensor

    def to(self, device: torch.device) -> Supervision:
        """Return the same on a device."""
        return Supervision(*(tensor.to(device) for tensor in self))


class BatchLosses(NamedTuple):
    """The losses of one batch; `total` is what is minimised. A loss that a recipe has not is 0."""

    total: Tensor
    global_: Tensor
    reconstruction: Tensor
    attention: Tensor
    distillation: Tensor
    relation: Tensor
    instances: Tensor


@dataclass(frozen=True)
class LossWeights:
    """What each loss counts in the total (DELG, section 3.3: 1, 10 and 1), and the two settings of `instance_loss`.

    Without a weight for classification or attention there is no such classifier. `distillation` and `relation` are
    those of `regression_loss` and `relational_loss`.
    """

    classification: float = 1.0
    reconstruction: float = 10.0
    attention: float = 1.0
    distillation: float = 0.0
    relation: float = 0.0
    instances: float = 0.0
    temperature: float = 0.05
    entropy: float = 30.0


class Objective(nn.Module):
    """The weighted sum of all losses, with the classifiers that only training needs.

    Args:
        dimensions: of the descriptor that identities are classified by.
        channels: of the local map.
        classes: of the global descriptor's classifier.
        identities: this many classes, the first, are identities, which attention learns from too; the others are
            single photos, which do not show what is worth attention. By default all classes are.
        classifier: of the global descriptor.
        margin: of ArcFace.
        scale: of ArcFace; learned by default.
        weights: of the losses.
        teacher_dimensions: length T of the teachers' descriptors.

    Attributes:
        projection: [T, D], from the teachers' descriptors to those that the student is to have; zeros until set.
    """

    projection: Tensor

    def __init__(
        self,
        *,
        dimensions: int,
        channels: int,
        classes: int,
        identities: int | None = None,
        classifier: Classifier = "arcface",
        margin: float = 0.1,
        scale: float | None = None,
        weights: LossWeights | None = None,
        teacher_dimensions: int = 0,
    ) -> None:
        super().__init__()
        self.weights = weights or LossWeights()
        self.identities = classes if identities is None else identities
        self.classifier: ArcFace | LinearClassifier | None = None
        if self.weights.classification and classes:
            if classifier == "arcface":
                self.classifier = ArcFace(dimensions, classes, margin, scale)
            else:
                self.classifier = LinearClassifier(dimensions, classes)
        learns = self.weights.attention and self.identities
        self.attention_classifier = nn.Linear(channels, self.identities) if learns else None
        self.register_buffer("projection", torch.zeros(teacher_dimensions, dimensions))

    def forward(self, output: TrainingOutput, known: Supervision, weigh: Weigh = torch.ones_like) -> BatchLosses:
        """Return the losses of a batch."""
        nothing = (output.descriptor.sum() + output.attention.sum()) * 0.0
        labels, weights = known.labels, self.weights
        labelled = labels != IGNORE
        identified = labelled & (labels < self.identities)
        labelled_weight, identified_weight = weigh(torch.stack([labelled.sum(), identified.sum()]).float())
        parts = BatchLosses(nothing, *(nothing,) * 6)._asdict()
        if self.classifier is not None and labelled.any():
            parts["global_"] = labelled_weight * self.classifier(output.descriptor[labelled], labels[labelled])
        if output.reconstruction is not None:
            parts["reconstruction"] = reconstruction_loss(output.local_map, output.reconstruction)
        if self.attention_classifier is not None and identified.any():
            compressed = output.local_map if output.reconstruction is None else output.reconstruction
            pooled = attention_pool(compressed, output.attention)
            logits = self.attention_classifier(pooled[identified])
            parts["attention"] = identified_weight * F.cross_entropy(logits, labels[identified])
        parts |= self._comparisons(output.descriptor, known)
        counted = {"global_": weights.classification} | {
            name: getattr(weights, name) for name in parts if name not in {"total", "global_"}
        }
        parts["total"] = nothing + sum(counted[name] * parts[name] for name in counted)
        return BatchLosses(**parts)

    def _comparisons(self, descriptors: Tensor, known: Supervision) -> dict[str, Tensor]:
        """Return the losses that compare global descriptors with teachers' and with one another."""
        weights, losses = self.weights, dict[str, Tensor]()
        if weights.distillation:
            losses["distillation"] = regression_loss(descriptors, known.teachers @ self.projection)
        if weights.relation:
            losses["relation"] = relational_loss(descriptors, known.teachers)
        if weights.instances:
            losses["instances"] = instance_loss(
                descriptors,
                known.photos,
                known.labels,
                temperature=weights.temperature,
                entropy=weights.entropy,
                ignore=IGNORE,
            )
        return losses
