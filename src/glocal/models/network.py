"""What every network here can do: give local features and a global descriptor of the same photo, and be trained."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, NamedTuple

import torch.nn.functional as F
from torch import Tensor, nn

from glocal.models.autoencoder import Autoencoder
from glocal.models.backbone import Backbone
from glocal.models.code_rotation import CodeTransform
from glocal.models.pca import PcaCode
from glocal.models.whitening import Whitening


class RawFeatures(NamedTuple):
    """Features before their last linear maps.

    Attributes:
        pooled: [B, P], what `whitening` maps to the global descriptor.
        cells: [B, C, H, W], what `encoder` maps to local codes.
        attention: [B, 1, H, W], >= 0.
    """

    pooled: Tensor
    cells: Tensor
    attention: Tensor


class TrainingOutput(NamedTuple):
    """What the losses need of a batch.

    Attributes:
        descriptor: [B, D], what identities are classified by; not normalised.
        local_map: [B, C_S, H, W], what attention pools and the autoencoder compresses.
        reconstruction: [B, C_S, H, W], or None without an autoencoder.
        attention: [B, 1, H, W].
    """

    descriptor: Tensor
    local_map: Tensor
    reconstruction: Tensor | None
    attention: Tensor

    def in_float32(self) -> TrainingOutput:
        """Return the same in float32, which losses are computed in whatever the network computes in."""
        reconstruction = None if self.reconstruction is None else self.reconstruction.float()
        return TrainingOutput(self.descriptor.float(), self.local_map.float(), reconstruction, self.attention.float())


class SearchNetwork(nn.Module):
    """A network for image search. `forward` gives what the losses need, `raw_features` what searching needs.

    Attributes:
        backbone: gives the maps that all else reads.
        whitening: from pooled features to the global descriptor.
        autoencoder: makes local codes; learns in training. Or None, and there is a `pca`.
        pca: makes local codes; taken after training.
        code_transform: whitens and turns codes so that their signs are good bits; learned after training.
        whitening_learns: whether whitening learns in training; if not, it is a PCA, taken after.
        attention_loss: whether attention learns by a classification of its own.
        has_local_features: whether there is more than a global descriptor; if not, the cells and attention of
            `raw_features` are empty, and there are no parts to make them.
    """

    backbone: Backbone
    whitening: Whitening
    autoencoder: Autoencoder | None
    pca: PcaCode | None
    code_transform: CodeTransform
    whitening_learns: ClassVar[bool] = True
    attention_loss: ClassVar[bool] = True
    has_local_features: ClassVar[bool] = True

    @property
    def encoder(self) -> nn.Conv2d:
        """The 1x1 convolution from cells to codes."""
        code = self.autoencoder or self.pca
        assert code is not None
        return code.encoder

    @property
    def classified_dimensions(self) -> int:
        """Length of what identities are classified by in training: by default the global descriptor."""
        return self.whitening.out_features

    @property
    def pooled_widths(self) -> tuple[int, ...]:
        """How many of the pooled features come from each map; by default all from one."""
        return (self.whitening.in_features,)

    @property
    def local_branch(self) -> nn.Module | None:
        """What lies between the backbone's local map and the cells and slides windows; by default nothing does."""
        return None

    @abstractmethod
    def raw_features(self, image: Tensor) -> RawFeatures:
        """Return the features of normalised images [B, 3, H, W] before their last linear maps."""

    @abstractmethod
    def global_parts(self) -> dict[str, nn.Module]:
        """Return, by name, the parts besides the backbone that learn the global descriptor."""

    @abstractmethod
    def local_parts(self) -> dict[str, nn.Module]:
        """Return, by name, the parts besides the backbone that learn the local features."""


class Extractor(nn.Module):
    """A network as it is exported: normalised outputs, the transform of codes folded into the encoder."""

    def __init__(self, network: SearchNetwork) -> None:
        super().__init__()
        self.network = network
        self.encoder = network.code_transform.folded_into(network.encoder) if network.has_local_features else None

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        """Return (global_descriptor [B, D], descriptors [B, C_T, H, W], attention [B, 1, H, W]), or the first alone."""
        raw = self.network.raw_features(image)
        descriptor = F.normalize(self.network.whitening(raw.pooled), dim=1)
        if self.encoder is None:
            return (descriptor,)
        return descriptor, F.normalize(self.encoder(raw.cells), dim=1), raw.attention
