"""Whole photos looked at one by one, and those of one size together."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from glocal.models.imagenet import normalisation_of  # noqa: E402
from glocal.training.objective import start_network  # noqa: E402
from glocal.training.statistics.whole_photos import features_in_order  # noqa: E402


def test_photos_seen_together_are_seen_as_they_are_alone_and_in_their_order(tiny_recipe):
    random = np.random.default_rng(0)
    sizes = [(64, 96), (96, 64), (64, 96), (32, 32), (96, 64), (64, 96)]
    pictures = [random.integers(0, 256, (*size, 3), np.uint8) for size in sizes]
    network = start_network(tiny_recipe.network).eval()
    seen_by = (normalisation_of(tiny_recipe.network.backbone), torch.device("cpu"))
    with torch.no_grad():
        together = features_in_order(network, pictures, *seen_by)
        alone = [features_in_order(network, [picture], *seen_by)[0] for picture in pictures]
    for one, other in zip(together, alone, strict=True):
        for part, expected in zip(one, other, strict=True):
            assert torch.allclose(part, expected, rtol=1e-3, atol=1e-4)
