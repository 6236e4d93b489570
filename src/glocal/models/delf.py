"""DELF (Noh et al., "Large-scale image retrieval with attentive deep local features", ICCV 2017)."""

from __future__ import annotations

from typing import Literal

import torch.nn.functional as F
from torch import Tensor, nn

from glocal.errors import ModelError
from glocal.models.attention import Attention, attention_pool
from glocal.models.autoencoder import Autoencoder
from glocal.models.backbone import Backbone
from glocal.models.code_rotation import CodeTransform
from glocal.models.network import RawFeatures, SearchNetwork, TrainingOutput
from glocal.models.pca import PcaCode
from glocal.models.whitening import Whitening


class Delf(SearchNetwork):
    """Local features alone: a map fine-tuned by classifying its average, attention learned on top, PCA after both.

    Meant for separate stages. In the first, identities are classified by the average of the local map; in the
    second, attention learns on the frozen backbone.

    DELF has no global descriptor. The one here is ours: the attention-weighted mean of the normalised local map,
    which is what attention was trained to classify, brought to length 1 and PCA-whitened as pooled descriptors
    commonly are (Babenko & Lempitsky, ICCV 2015; with weights over positions: Kalantidis et al., 2016).

    Args:
        backbone: only its local map is used.
        global_dimensions: length of the global descriptor, at most the local map's channels.
        code_dimensions: length of a local descriptor; 40 in the paper, 128 in the model released in 2019.
        attention_hidden: channels inside the attention head.
        stop_gradient: keep attention's loss away from the backbone, for training in one stage.
        local_code: the paper's PCA, or the autoencoder of the later TensorFlow 2 code.
        epsilon: of the attention head's batch norm.

    Raises:
        ModelError: the global descriptor would be longer than what it is a projection of.
    """

    whitening_learns = False

    def __init__(
        self,
        backbone: Backbone,
        *,
        global_dimensions: int,
        code_dimensions: int = 128,
        attention_hidden: int = 512,
        stop_gradient: bool = True,
        local_code: Literal["autoencoder", "pca"] = "pca",
        epsilon: float = 1e-5,
    ) -> None:
        super().__init__()
        channels = backbone.local_channels
        if global_dimensions > channels:
            raise ModelError(
                f"DELF's global descriptor has at most the {channels} dimensions of this backbone's local map;"
                " lower network.global_dimensions"
            )
        self.backbone = backbone
        self.attention = Attention(channels, attention_hidden, epsilon)
        self.autoencoder = Autoencoder(channels, code_dimensions) if local_code == "autoencoder" else None
        self.pca = PcaCode(channels, code_dimensions) if local_code == "pca" else None
        self.code_transform = CodeTransform(code_dimensions)
        self.whitening = Whitening(channels, global_dimensions).requires_grad_(False)
        self.stop_gradient = stop_gradient

    @property
    def classified_dimensions(self) -> int:
        """Channels of the local map: identities are classified by its average."""
        return self.backbone.local_channels

    def global_parts(self) -> dict[str, nn.Module]:
        """Return nothing: the whitening layer is a PCA, taken after training."""
        return {}

    def local_parts(self) -> dict[str, nn.Module]:
        """Return attention and, if there is one, the autoencoder."""
        parts: dict[str, nn.Module] = {"attention": self.attention}
        return parts if self.autoencoder is None else parts | {"autoencoder": self.autoencoder}

    def raw_features(self, image: Tensor) -> RawFeatures:
        """Return the features of normalised images [B, 3, H, W] before their last linear maps."""
        local_map, _ = self.backbone(image)
        attention = self.attention(local_map)
        pooled = F.normalize(attention_pool(local_map, attention), dim=1)
        return RawFeatures(pooled, local_map if self.pca is None else F.normalize(local_map, dim=1), attention)

    def forward(self, image: Tensor) -> TrainingOutput:
        """Return what the losses need of normalised images [B, 3, H, W]."""
        local_map, _ = self.backbone(image)
        descriptor = local_map.mean(dim=(2, 3))
        if self.stop_gradient:
            local_map = local_map.detach()
        reconstruction = None if self.autoencoder is None else self.autoencoder(local_map)[1]
        return TrainingOutput(descriptor, local_map, reconstruction, self.attention(local_map))
