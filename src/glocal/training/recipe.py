"""The recipe: everything that decides what a training run makes, in one frozen value, from a TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, model_validator

from glocal.errors import GlocalError
from glocal.training.bundled_recipes import bundled_recipes
from glocal.training.network_settings import Count, Network, Part
from glocal.training.recipe_parts import Augmentation, Data, Losses, Optimiser, Start


class RecipeError(GlocalError):
    """A recipe is missing, has an unknown key, or a value out of range."""


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
    def _descriptors_are_compared_where_they_learn(self) -> Self:
        compared = self.losses.needs_teachers or self.losses.instances > 0
        if compared and self.network.architecture == "delf":
            raise ValueError("delf learns no global descriptor; leave out losses.distillation, relation and instances")
        return self

    @model_validator(mode="after")
    def _instances_need_views(self) -> Self:
        if self.losses.instances > 0 and self.data.views < 2:
            raise ValueError("losses.instances compares views of a photo; set data.views = 2")
        if self.batch % self.data.views:
            raise ValueError(f"a batch of {self.batch} does not hold {self.data.views} views of each of its photos")
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
