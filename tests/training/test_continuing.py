"""Training from a model instead of a backbone."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from glocal.errors import ModelError  # noqa: E402
from glocal.training.checkpoint import Checkpoint, save_checkpoint  # noqa: E402
from glocal.training.continuing import starting_from  # noqa: E402
from glocal.training.network_settings import Network  # noqa: E402
from glocal.training.objective import empty_network, start_network  # noqa: E402
from glocal.training.recipe import Recipe, RecipeError  # noqa: E402

PLAN = Recipe(name="plan", steps=3, network=Network(backbone="test_resnet", weights="random", global_dimensions=16))


def saved(path: Path, **changes: object) -> Path:
    settings = Network.model_validate({"backbone": "test_resnet", "global_dimensions": 24} | changes)
    network = empty_network(settings)
    recipe = Recipe(name="known", steps=0, network=settings)
    save_checkpoint(path, Checkpoint(network.state_dict(), recipe, {"attention_threshold": 0.0}))
    return path


def test_the_network_is_that_of_the_checkpoint(tmp_path: Path) -> None:
    file = saved(tmp_path / "model.safetensors", attention_hidden=32)
    recipe = starting_from(PLAN, file)
    assert (recipe.steps, recipe.start.from_photos) == (3, False)
    assert (recipe.network.global_dimensions, recipe.network.attention_hidden) == (24, 32)
    first, second = (start_network(recipe.network).state_dict() for _ in range(2))
    assert all(torch.equal(value, second[name]) for name, value in first.items())


def test_a_global_network_gives_its_backbone_to_the_recipe_s(tmp_path: Path) -> None:
    file = saved(tmp_path / "model.safetensors", architecture="global", mean=[1, 2, 3], std=[4, 5, 6])
    recipe = starting_from(PLAN, file)
    assert (recipe.network.architecture, recipe.network.global_dimensions) == ("delg", 16)
    assert (recipe.network.normalisation.mean, recipe.start.from_photos) == ((1.0, 2.0, 3.0), True)
    first, second = (start_network(recipe.network).state_dict() for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first if name.startswith("backbone."))
    assert not torch.equal(first["attention.reduce.weight"], second["attention.reduce.weight"])


def test_a_recipe_that_cannot_train_the_network_says_why(tmp_path: Path) -> None:
    file = saved(tmp_path / "model.safetensors", architecture="dolg", local_code="pca")
    apart = PLAN.model_copy(update={"optimiser": PLAN.optimiser.model_copy(update={"stages": "separate"})})
    with pytest.raises(RecipeError, match=r"model\.safetensors: plan cannot train it: .*the branches of dolg"):
        starting_from(apart, file)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    file = saved(tmp_path / "model.safetensors")
    with pytest.raises(ModelError, match="start from it with --start"):
        start_network(PLAN.network.model_copy(update={"weights": str(file)}))
