"""One stage or two: which recipe each stage follows, and where it keeps its state and log."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from glocal.training.recipe import Recipe

GLOBAL_LOSSES = ("classification", "distillation", "relation", "instances")
"""The losses of the global descriptor, by their names in a recipe."""


@dataclass(frozen=True)
class Stage:
    """A recipe to run the loop with, and the folder of its state and log."""

    recipe: Recipe
    folder: Path


def stages_of(recipe: Recipe, out: Path) -> list[Stage]:
    """Return the stages of a run into `out`.

    Joint training is one stage, kept in `out` itself. Separate training is two of the recipe's steps each: in
    `out/stage1` the local branch rests and has no loss, in `out/stage2` backbone and global descriptor are
    frozen and identities are no longer classified by them; its views have the recipe's `local_side`.
    """
    if recipe.optimiser.stages == "joint":
        return [Stage(recipe, out)]
    first = recipe.model_copy(
        update={
            "losses": recipe.losses.model_copy(update={"reconstruction": 0.0, "attention": 0.0}),
            "optimiser": recipe.optimiser.model_copy(update={"local": 0.0}),
        }
    )
    second = recipe.model_copy(
        update={
            "side": recipe.local_side or recipe.side,
            "losses": recipe.losses.model_copy(update=dict.fromkeys(GLOBAL_LOSSES, 0.0)),
            "optimiser": recipe.optimiser.model_copy(update={"backbone": 0.0, "whitening": 0.0}),
        }
    )
    return [Stage(first, out / "stage1"), Stage(second, out / "stage2")]
