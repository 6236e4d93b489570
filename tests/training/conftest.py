"""Tiny photos of tiny identities, and a recipe that trains on them in seconds."""

import numpy as np
import pytest

from glocal.images import save_picture


def draw(identity, view):
    """Return a photo of coloured stripes: the identity decides stripes and colours, the view where they are."""
    look, place = np.random.default_rng(identity), np.random.default_rng([identity, view])
    colours = look.integers(0, 256, (6, 3), np.uint8)
    column = (np.arange(72) + place.integers(0, 30)) // look.integers(5, 12)
    pixels = np.broadcast_to(colours[column % 6], (64, 72, 3)).astype(np.int16)
    return np.clip(pixels + place.normal(0, 12, pixels.shape), 0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def identities_folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("identities")
    for identity in range(6):
        (root / f"thing-{identity}").mkdir()
        for view in range(4):
            save_picture(draw(identity, view), root / f"thing-{identity}" / f"{view}.png")
    return root


@pytest.fixture(scope="session")
def tiny_recipe():
    pytest.importorskip("torch")
    from glocal.training.recipe import Recipe

    return Recipe.model_validate(
        {
            "name": "tiny",
            "steps": 6,
            "batch": 4,
            "side": 64,
            "save_every": 2,
            "network": {
                "backbone": "test_resnet",
                "weights": "random",
                "global_dimensions": 8,
                "code_dimensions": 8,
                "attention_hidden": 8,
            },
            "data": {"validate_on": ["thing-4", "thing-5"]},
            "optimiser": {"average": 0.5, "start_share": 0.25, "freeze_batch_norm": False, "learning_rate": 0.003},
        }
    )
