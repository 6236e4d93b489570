"""The part of a recipe that says what the network is."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from glocal.models.delg import LocalCode
from glocal.models.gem import Pooling
from glocal.models.imagenet import Normalisation, normalisation_of
from glocal.models.resnet import BLOCKS, Layout

LAID_OUT = {f"resnet{depth}": depth for depth in BLOCKS}
"""The backbones that can have a layout, and their depth."""

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]
NotNegative = Annotated[float, Field(ge=0.0)]
Count = Annotated[int, Field(ge=1)]
Channels = tuple[float, float, float]


class Part(BaseModel):
    """A part of a recipe: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Network(Part):
    """The network. `weights` is "imagenet", "random", a file with a timm state dict, or a model trained before.

    `pooling` makes the global descriptor of DELG and DOLG: GeM with p = 3 (where DOLG's p starts), or the
    average; `pooled` says of which maps, for DELG: the deep one as published, or the local one beside it.
    `local_code` shortens local descriptors: the autoencoder, which only DELG has, learns in training; the PCA of
    the L2-normalised local map is taken after it. `attention_hidden` is the width of the attention head, for DOLG
    of its local branch. `stop_gradient` keeps DELG's and DELF's local losses from the backbone.

    The following are of networks that were imported. `layout` makes the backbone resnet50, resnet101 or resnet152 of
    that layout instead of timm's; `mean` and `std` are of the input, per RGB channel from 0 to 255, where they are not
    those of the backbone's ImageNet weights; `atrous` false leaves DOLG's multi-atrous part out; `unit_pooled` false
    leaves out that a network with a global descriptor alone brings what it pooled to length 1 before whitening.

    Without the following, features are as published. `whiten_codes` evens out, after training, what differs between
    the codes of one place in two views of a photo. `attention_from` "matches" fits DELG's attention, after training,
    to tell which cells find their place in another view. Local features below `attention_quantile` of the training
    photos' attention are not kept; the paper's is the median.
    """

    architecture: Literal["delg", "delf", "dolg", "global"] = "delg"
    backbone: str = "tf_efficientnet_lite0"
    weights: str = "imagenet"
    global_dimensions: Count = 512
    code_dimensions: Count = 128
    attention_hidden: Count = 512
    stop_gradient: bool = True
    pooling: Pooling = "gem"
    pooled: Literal["deep", "both"] = "deep"
    local_code: LocalCode = "autoencoder"
    layout: Layout | None = None
    mean: Channels | None = None
    std: Channels | None = None
    atrous: bool = True
    unit_pooled: bool = True
    whiten_codes: bool = False
    attention_from: Literal["identities", "matches"] = "identities"
    attention_quantile: Share = 0.5

    @property
    def normalisation(self) -> Normalisation:
        """What the network's input is brought to."""
        if self.mean is None or self.std is None:
            return normalisation_of(self.backbone)
        return Normalisation(self.mean, self.std)

    @model_validator(mode="after")
    def _attention_of_matches_reads_the_local_map(self) -> Self:
        if self.attention_from == "matches" and self.local_code != "autoencoder":
            raise ValueError('network.attention_from = "matches" needs network.local_code = "autoencoder"')
        return self

    @model_validator(mode="after")
    def _only_delg_pools_both(self) -> Self:
        if self.architecture != "delg" and self.pooled == "both":
            raise ValueError(f'{self.architecture} pools maps in its own way; leave network.pooled = "deep"')
        return self

    @model_validator(mode="after")
    def _architectures_have_their_local_codes(self) -> Self:
        if self.architecture == "dolg" and self.local_code != "pca":
            raise ValueError('the local codes of dolg are a PCA; set network.local_code = "pca"')
        if self.architecture == "delf" and self.local_code == "hidden":
            raise ValueError('delf describes places by its local map; set network.local_code = "pca" or "autoencoder"')
        return self

    @model_validator(mode="after")
    def _codes_fill_bytes(self) -> Self:
        if self.layout is None and self.code_dimensions % 8:
            raise ValueError("network.code_dimensions is a multiple of 8, since codes are stored in bytes")
        return self

    @model_validator(mode="after")
    def _a_layout_is_of_a_resnet(self) -> Self:
        if self.layout is not None and self.backbone not in LAID_OUT:
            raise ValueError(f"network.layout is that of {', '.join(LAID_OUT)}, not of {self.backbone}")
        return self
