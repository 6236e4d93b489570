"""The parts of a recipe that say how the network is trained: frozen values that check themselves."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from glocal.training.network_settings import Count, NotNegative, Part, Positive, Share


class Data(Part):
    """Which photos are used for what.

    `validate_on` and `held_out` are shell patterns of identities (the name of a folder, a label), which are then not
    trained on; `validate_share` is the share of each other identity's photos that is validated on (the published
    recipes: 0.2), and `validate_at_most` photos are validated on in all. `instances` makes each photo without
    identity a class of its own; otherwise it only serves reconstruction and statistics. `side` is the longest
    side in pixels at which photos are looked at. `sampling` gives each photo or each class equally often;
    `weights` divides what is shown among the sets of photos, by their names. A batch holds `views` views of each
    of its photos, side by side.
    """

    validate_on: tuple[str, ...] = ()
    held_out: tuple[str, ...] = ()
    validate_share: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    validate_at_most: Count = 5000
    sampling: Literal["photo", "class"] = "photo"
    weights: dict[str, Positive] = Field(default_factory=dict)
    instances: bool = False
    views: Annotated[int, Field(ge=1, le=4)] = 1
    side: Count = 512


class Augmentation(Part):
    """Random views.

    `area` and `aspect` are the ranges of the crop. `rotation` is the largest angle in degrees, `perspective` the
    strength of a random homography, `colour` that of changes of light. `lighting` is the standard deviation of
    AlexNet's lighting noise (0.1 as published). Shares of the views: `occlusion` (a patch of another photo or of one
    colour hides a part), `turned` (by any angle, whatever `rotation` is), `pasted` (shrunk, turned by any angle, and
    laid on another photo, the same one for all of the batch), `blur`, `jpeg` and `flip`.

    `batched` makes the views of a batch all at once by PyTorch, on the GPU if there is one, which then does not wait:
    the same changes by other random numbers, all photos decoded beforehand, and no `jpeg`.
    """

    area: tuple[Share, Share] = (0.3, 1.0)
    aspect: tuple[Positive, Positive] = (0.75, 1.3333)
    rotation: Annotated[float, Field(ge=0.0, le=180.0)] = 0.0
    perspective: Share = 0.0
    colour: Share = 0.3
    lighting: Share = 0.0
    occlusion: Share = 0.0
    turned: Share = 0.0
    pasted: Share = 0.0
    blur: Share = 0.2
    jpeg: Share = 0.3
    flip: Share = 0.0
    batched: bool = False

    @model_validator(mode="after")
    def _only_single_views_are_saved_as_jpeg(self) -> Self:
        if self.batched and self.jpeg:
            raise ValueError("batched views are never saved as JPEG; set augmentation.jpeg = 0.0")
        return self

    @model_validator(mode="after")
    def _ranges_ascend(self) -> Self:
        if self.area[0] > self.area[1] or self.aspect[0] > self.aspect[1]:
            raise ValueError("area and aspect must be (low, high)")
        return self


class Start(Part):
    """How whitening and autoencoder start: from the principal components of the training photos, or at random.

    `whitening` "pca" is that of `pca_projection`; "pairs" evens out what differs between photos, and between photos
    of one identity the more so, the larger the share `identities`, see `learned_projection`. `exponent` and
    `shrinkage` are those of either; `side` the longest side in pixels at which photos are looked at for it.
    `autoencoder` false starts that at random all the same, so that what it learns is due to the losses alone.
    `balance` "sets" lets each set of photos weigh the same in the whitening, however many photos it has.
    """

    from_photos: bool = True
    whitening: Literal["pca", "pairs"] = "pca"
    identities: Share = 0.4
    autoencoder: bool = True
    exponent: NotNegative = 0.3
    shrinkage: Share = 0.0
    balance: Literal["photos", "sets"] = "photos"
    side: Count = 384


class Losses(Part):
    """What each loss counts: those of DELG (L_g, L_r, L_a), and those that compare global descriptors.

    `classifier` tells identities apart by the global descriptor: ArcFace with `margin` in radians, or a linear
    layer with bias and softmax. ArcFace's `scale` is fixed, or by default learns from sqrt(dimensions).

    L_d and L_s, see `glocal.models.distillation`, ask for the descriptors and the similarities that teachers give; L_i,
    see `glocal.models.instances`, tells each photo from all others by views of it, at `temperature`, and spreads
    descriptors with the weight `entropy` (by default as SSCD's published code).
    """

    classifier: Literal["arcface", "softmax"] = "arcface"
    classification: NotNegative = 1.0
    margin: NotNegative = 0.1
    scale: Positive | None = None
    reconstruction: NotNegative = 10.0
    attention: NotNegative = 1.0
    distillation: NotNegative = 0.0
    relation: NotNegative = 0.0
    instances: NotNegative = 0.0
    temperature: Positive = 0.05
    entropy: NotNegative = 30.0

    @property
    def needs_teachers(self) -> bool:
        """Whether a loss compares with teachers' descriptors."""
        return self.distillation > 0 or self.relation > 0


class Optimiser(Part):
    """Steps and their size.

    `stages` is "joint", or "separate": first backbone and global descriptor learn for the recipe's steps, then
    the local branch alone for as many. "sgd" has a momentum of 0.9, Nesterov's with `nesterov`. Learning rates
    fall to zero as `schedule` says; by default "adamw" along a cosine, "sgd" linearly.

    `backbone`, `whitening` and `local` multiply `learning_rate`; zero freezes. `frozen_stages` counts the
    shallowest stages that never learn. `decay_to_start` pulls backbone weights to where they started (L2-SP:
    Li et al., ICML 2018). `average` is the decay of an exponential moving average of the weights, 0 for none.
    `start_share` is how much of the start weights is mixed into the result (WiSE-FT: Wortsman et al., CVPR 2022).
    `precision` is what the network computes in; weights and losses are float32 either way.
    """

    name: Literal["adamw", "sgd"] = "adamw"
    nesterov: bool = False
    stages: Literal["joint", "separate"] = "joint"
    schedule: Literal["linear", "cosine"] | None = None
    learning_rate: Positive = 1e-3
    backbone: NotNegative = 1.0
    whitening: NotNegative = 1.0
    local: NotNegative = 1.0
    frozen_stages: Annotated[int, Field(ge=0)] = 0
    freeze_batch_norm: bool = True
    weight_decay: NotNegative = 1e-4
    decay_to_start: NotNegative = 0.0
    warmup: Annotated[int, Field(ge=0)] = 0
    clip: Positive = 10.0
    average: Share = 0.0
    start_share: Share = 0.0
    precision: Literal["float32", "bfloat16"] = "float32"

    @model_validator(mode="after")
    def _only_sgd_has_nesterov(self) -> Self:
        if self.nesterov and self.name != "sgd":
            raise ValueError(f'{self.name} has no momentum of Nesterov; set optimiser.name = "sgd"')
        return self
