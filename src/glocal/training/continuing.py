"""Training that starts from a trained or imported model instead of a backbone."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from glocal.training.checkpoint import load_checkpoint
from glocal.training.recipe import Recipe, RecipeError

_OF_THE_BACKBONE = ("backbone", "layout", "mean", "std")


def starting_from(recipe: Recipe, checkpoint: Path) -> Recipe:
    """Return a recipe whose network is that of a checkpoint, with its weights to start from.

    Whitening and autoencoder are the checkpoint's, and are not set from photos again. Of a network with a global
    descriptor alone only the backbone is taken, and the rest is the recipe's.

    Args:
        recipe: how to train.
        checkpoint: the `.safetensors` of `train` or `import`.

    Raises:
        TrainingError: the checkpoint cannot be read.
        RecipeError: the recipe cannot train such a network.
    """
    known = load_checkpoint(checkpoint).recipe.network
    fields = recipe.model_dump()
    fields["network"]["weights"] = str(checkpoint.resolve())
    if known.architecture == "global":
        fields["network"] |= known.model_dump(include=set(_OF_THE_BACKBONE))
    else:
        fields["network"] |= known.model_dump(exclude={"weights"})
        fields["start"] |= {"from_photos": False, "autoencoder": False, "whitening": "pca"}
    try:
        return Recipe.model_validate(fields)
    except ValidationError as error:
        raise RecipeError(f"{checkpoint}: {recipe.name} cannot train it: {error.errors()[0]['msg']}") from error
