"""A global descriptor alone: pooling and whitening (Radenović et al., TPAMI 2019)."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

from glocal.models.backbone import Backbone
from glocal.models.code_rotation import CodeTransform
from glocal.models.gem import Pooling, create_pool
from glocal.models.network import RawFeatures, SearchNetwork, TrainingOutput
from glocal.models.whitening import Whitening

_EPSILON = 1e-6
"""Added to the length that vectors are divided by (cnnimageretrieval-pytorch, layers/functional.py, l2n)."""


class GlobalNetwork(SearchNetwork):
    """A map pooled to a vector and whitened. It has no local features, and is not trained here.

    Args:
        backbone: gives the deep map.
        global_dimensions: length of the descriptor.
        pooling: makes a vector of the map.
        unit_pooled: whether that is brought to length 1 before it is whitened, as cnnimageretrieval-pytorch does.
    """

    has_local_features: ClassVar[bool] = False
    attention_loss: ClassVar[bool] = False

    def __init__(
        self, backbone: Backbone, *, global_dimensions: int, pooling: Pooling, unit_pooled: bool = True
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.pool = create_pool(pooling, backbone.deep_channels)
        self.unit_pooled = unit_pooled
        self.whitening = Whitening(backbone.deep_channels, global_dimensions)
        self.autoencoder = None
        self.pca = None
        self.code_transform = CodeTransform(0)

    def global_parts(self) -> dict[str, nn.Module]:
        """Return the whitening layer and pooling."""
        return {"whitening": self.whitening, "pool": self.pool}

    def local_parts(self) -> dict[str, nn.Module]:
        """Return nothing."""
        return {}

    def raw_features(self, image: Tensor) -> RawFeatures:
        """Return the features of normalised images [B, 3, H, W] before their last linear map."""
        local_map, deep_map = self.backbone(image)
        pooled = self.pool(deep_map)
        if self.unit_pooled:
            pooled = pooled / (pooled.norm(dim=1, keepdim=True) + _EPSILON)
        return RawFeatures(pooled, local_map[:, :0], local_map[:, :0])

    def forward(self, image: Tensor) -> TrainingOutput:
        """Return what classification by the global descriptor needs of normalised images [B, 3, H, W]."""
        raw = self.raw_features(image)
        return TrainingOutput(self.whitening(raw.pooled), raw.cells, None, raw.attention)
