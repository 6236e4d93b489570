"""The recipe: everything that decides what a training run makes, in one frozen value, from a TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from glocal.errors import GlocalError
from glocal.training.bundled_recipes import bundled_recipes
from glocal.training.network_settings import Count, Network, NotNegative, Part, Positive, Share


class RecipeError(GlocalError):
    """A recipe is missing, has an unknown key, or a value out of range."""


class Data(Part):
    """Which photos are used for what.

    `validate_on` and `held_out` are shell patterns of identities (the name of a folder, a label), which are then not
    trained on; `validate_share` is the share of each other identity's photos that is validated on (the published
    recipes: 0.2), and `validate_at_most` photos are validated on in all. `instances` makes each photo without
    identity a class of its own; otherwise it only serves reconstruction and statistics. `side` is the longest
    side in pixels at which photos are looked at. `sampling` gives each photo or each class equally often;
    `weights` divides what is shown among the sets of photos, by their names.
    """

    validate_on: tuple[str, ...] = ()
    held_out: tuple[str, ...] = ()
    validate_share: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    validate_at_most: Count = 5000
    sampling: Literal["photo", "class"] = "photo"
    weights: dict[str, Positive] = Field(default_factory=dict)
    instances: bool = False
    side: Count = 512


class Augmentation(Part):
    """Random views.

    `area` and `aspect` are the ranges of the crop. `rotation` is the largest angle in degrees, `perspective` the
    strength of a random homography, `colour` that of changes of light. `lighting` is the standard deviation of
    AlexNet's lighting noise (0.1 as published). `occlusion` (a patch of another photo or of one colour hides a
    part), `blur`, `jpeg` and `flip` are shares of the views.
    """

    area: tuple[Share, Share] = (0.3, 1.0)
    aspect: tuple[Positive, Positive] = (0.75, 1.3333)
    rotation: Annotated[float, Field(ge=0.0, le=45.0)] = 0.0
    perspective: Share = 0.0
    colour: Share = 0.3
    lighting: Share = 0.0
    occlusion: Share = 0.0
    blur: Share = 0.2
    jpeg: Share = 0.3
    flip: Share = 0.0

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
    """

    from_photos: bool = True
    whitening: Literal["pca", "pairs"] = "pca"
    identities: Share = 0.4
    autoencoder: bool = True
    exponent: NotNegative = 0.3
    shrinkage: Share = 0.0
    side: Count = 384


class Losses(Part):
    """total = classification L_g + reconstruction L_r + attention L_a.

    `classifier` tells identities apart by the global descriptor: ArcFace with `margin` in radians, or a linear
    layer with bias and softmax. ArcFace's `scale` is fixed, or by default learns from sqrt(dimensions).
    """

    classifier: Literal["arcface", "softmax"] = "arcface"
    classification: NotNegative = 1.0
    margin: NotNegative = 0.1
    scale: Positive | None = None
    reconstruction: NotNegative = 10.0
    attention: NotNegative = 1.0


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


class Recipe(Part):
    """A whole training run.

    `side` is that of the views in pixels; `local_side` that in the second of separate stages, if it is another.
    The state is written every `save_every` steps; identities held out are validated on every `validate_every`
    steps (0: at the end only).
    """

    name: str
    seed: int = 0
    steps: Annotated[int, Field(ge=0)]
    batch: Count = 32
    side: Annotated[int, Field(ge=32)] = 256
    local_side: Annotated[int, Field(ge=32)] | None = None
    save_every: Count = 100
    validate_every: Annotated[int, Field(ge=0)] = 0
    network: Network = Network()
    data: Data = Data()
    augmentation: Augmentation = Augmentation()
    start: Start = Start()
    losses: Losses = Losses()
    optimiser: Optimiser = Optimiser()

    @model_validator(mode="after")
    def _dolg_is_one_stage(self) -> Self:
        if self.network.architecture == "dolg" and self.optimiser.stages == "separate":
            raise ValueError('the branches of dolg make one descriptor; set optimiser.stages = "joint"')
        return self

    @model_validator(mode="after")
    def _delf_is_whitened_by_pca(self) -> Self:
        if self.network.architecture == "delf" and self.start.whitening == "pairs":
            raise ValueError('the whitening of delf is a PCA, taken after training; set start.whitening = "pca"')
        return self

    @model_validator(mode="after")
    def _only_separate_stages_have_a_local_side(self) -> Self:
        if self.local_side is not None and self.optimiser.stages == "joint":
            raise ValueError('local_side is that of a second stage; set optimiser.stages = "separate"')
        return self


def load_recipe(name_or_path: str | Path, overrides: Sequence[str] = ()) -> Recipe:
    """Read a recipe.

    Args:
        name_or_path: the name of a bundled recipe, or the path of a TOML file.
        overrides: "key=value" with dotted keys and TOML values, such as "optimiser.learning_rate=1e-4".

    Raises:
        RecipeError: no such recipe, not TOML, an unknown key, or a value out of range.
    """
    bundled = bundled_recipes()
    path = bundled.get(str(name_or_path), Path(name_or_path))
    try:
        fields = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        names = ", ".join(bundled)
        raise RecipeError(f"no recipe '{path}'; name a TOML file or a bundled recipe: {names}") from error
    except OSError as error:
        raise RecipeError(f"{path}: cannot read the recipe ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path}: not a TOML file: {error}") from error
    for override in overrides:
        _set(fields, override)
    try:
        return Recipe.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"])) or "recipe"
        raise RecipeError(f"{path}: {key}: {first['msg']}") from error


def _set(fields: dict[str, Any], override: str) -> None:
    """Put one override into nested tables. A value that is not TOML is taken as a string."""
    key, equals, text = override.partition("=")
    if not equals:
        raise RecipeError(f"{override}: not of the form key=value")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    *tables, name = key.strip().split(".")
    for table in tables:
        fields = fields.setdefault(table, {})
        if not isinstance(fields, dict):
            raise RecipeError(f"{override}: {table} is a value, not a table")
    fields[name] = value
