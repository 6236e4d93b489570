"""Statistics of the training photos: where whitening and autoencoder start, and how codes are turned at the end."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from glocal.models.imagenet import Normalisation
from glocal.models.network import SearchNetwork
from glocal.models.principal import principal_components
from glocal.training.batches import to_input
from glocal.training.data import PhotoCache, TrainingError, shrink
from glocal.training.recipe import Recipe

CELLS = 32
"""Cells of the local map sampled from each photo."""

CODE_PHOTOS = 1000
"""Photos that codes and threshold are learned from, spread evenly: 32,000 cells for a 128 x 128 rotation."""

OnPhoto = Callable[[int, int], None]
"""Called with (photos done, photos in all)."""


@torch.no_grad()
def start_from_photos(
    network: SearchNetwork, photos: PhotoCache, recipe: Recipe, normalisation: Normalisation, on_photo: OnPhoto
) -> Tensor:
    """Set the whitening layer and the autoencoder from principal components of the photos.

    Returns:
        The global descriptors [N, D] of the photos with this whitening, not normalised.

    Raises:
        TrainingError: fewer photos than the global descriptor has dimensions.
    """
    if len(photos) < recipe.network.global_dimensions:
        raise TrainingError(
            f"{len(photos)} photos are too few to whiten {recipe.network.global_dimensions} dimensions;"
            " add photos or lower network.global_dimensions"
        )
    random = np.random.default_rng([recipe.seed, 2])
    pooled, cells = [], []
    for index in range(len(photos)):
        image = to_input(shrink(photos[index], recipe.start.side)[None], normalisation)
        raw = network.raw_features(image)
        pooled.append(raw.pooled[0])
        cells.append(sample_cells(raw.cells, random))
        on_photo(index + 1, len(photos))
    whitened = principal_components(torch.stack(pooled), shrinkage=recipe.start.shrinkage)
    network.whitening.start_from(whitened, recipe.start.exponent)
    if network.autoencoder is not None:
        network.autoencoder.start_from(principal_components(torch.cat(cells)))
    descriptors: Tensor = network.whitening(torch.stack(pooled))
    return descriptors


@torch.no_grad()
def finish_codes(
    network: SearchNetwork, photos: PhotoCache, recipe: Recipe, normalisation: Normalisation, on_photo: OnPhoto
) -> float:
    """Learn the PCA of codes, if codes have one, and their centring and rotation; return the photos' median attention.

    The median is the threshold that the paper keeps local features by (DELG, section 4.1).
    """
    random = np.random.default_rng([recipe.seed, 3])
    sampled, attention = [], []
    chosen = np.unique(np.linspace(0, len(photos) - 1, CODE_PHOTOS).round().astype(int))
    for done, index in enumerate(chosen.tolist(), 1):
        raw = network.raw_features(to_input(shrink(photos[index], recipe.start.side)[None], normalisation))
        attention.append(raw.attention.flatten())
        sampled.append(sample_cells(raw.cells, random, raw.attention))
        on_photo(done, len(chosen))
    cells = torch.cat(sampled)
    if network.pca is not None:
        network.pca.start_from(principal_components(cells))
    network.rotation.learn(network.encoder(cells[:, :, None, None])[:, :, 0, 0], recipe.seed)
    return float(torch.cat(attention).median())


def sample_cells(cell_map: Tensor, random: np.random.Generator, attention: Tensor | None = None) -> Tensor:
    """Return up to `CELLS` random cells [n, C] of a map [1, C, H, W].

    With `attention` [1, 1, H, W] only the upper half by attention is drawn from: those are kept in use.
    """
    cells = cell_map[0].flatten(1).T
    if attention is not None:
        cells = cells[attention.flatten().argsort(descending=True)[: max(1, len(cells) // 2)]]
    rows = random.permutation(len(cells))[:CELLS]
    return cells[torch.from_numpy(rows)]
