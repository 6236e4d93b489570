"""Statistics of the training photos: where whitening and autoencoder start, and what is learned at the end."""

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


def needs_whitening(network: SearchNetwork, recipe: Recipe) -> bool:
    """Return whether the whitening layer is taken from photos, at the start or at the end."""
    return recipe.start.from_photos or not network.whitening_learns


def check_enough(photos: PhotoCache, recipe: Recipe) -> None:
    """Check that there are photos enough to whiten the recipe's global descriptor.

    Raises:
        TrainingError: fewer photos than the global descriptor has dimensions.
    """
    if len(photos) < recipe.network.global_dimensions:
        raise TrainingError(
            f"{len(photos)} photos are too few to whiten {recipe.network.global_dimensions} dimensions;"
            " add photos or lower network.global_dimensions"
        )


@torch.no_grad()
def start_from_photos(
    network: SearchNetwork, photos: PhotoCache, recipe: Recipe, normalisation: Normalisation, on_photo: OnPhoto
) -> Tensor:
    """Set the whitening layer and, if there is one, the autoencoder from principal components of the photos.

    Returns:
        The global descriptors [N, D] of the photos with this whitening, not normalised.
    """
    random = np.random.default_rng([recipe.seed, 2])
    pooled, cells = [], []
    for index in range(len(photos)):
        image = to_input(shrink(photos[index], recipe.start.side)[None], normalisation)
        raw = network.raw_features(image)
        pooled.append(raw.pooled[0])
        cells.append(sample_cells(raw.cells, random))
        on_photo(index + 1, len(photos))
    _whiten(network, torch.stack(pooled), recipe)
    if network.autoencoder is not None and recipe.start.autoencoder:
        network.autoencoder.start_from(principal_components(torch.cat(cells)))
    descriptors: Tensor = network.whitening(torch.stack(pooled))
    return descriptors


@torch.no_grad()
def finish(
    network: SearchNetwork, photos: PhotoCache, recipe: Recipe, normalisation: Normalisation, on_photo: OnPhoto
) -> float:
    """Learn what is learned after training, and return the median attention of the photos' cells.

    That is: how codes are centred and rotated; their PCA, if they have one; and whitening, if it did not learn.
    The median is the threshold that the paper keeps local features by (DELG, section 4.1).
    """
    random = np.random.default_rng([recipe.seed, 3])
    sampled, attention, pooled = [], [], []
    count = CODE_PHOTOS if network.whitening_learns else max(CODE_PHOTOS, 4 * recipe.network.global_dimensions)
    chosen = np.unique(np.linspace(0, len(photos) - 1, count).round().astype(int))
    for done, index in enumerate(chosen.tolist(), 1):
        raw = network.raw_features(to_input(shrink(photos[index], recipe.start.side)[None], normalisation))
        pooled.append(raw.pooled[0])
        attention.append(raw.attention.flatten())
        sampled.append(sample_cells(raw.cells, random, raw.attention))
        on_photo(done, len(chosen))
    if not network.whitening_learns:
        _whiten(network, torch.stack(pooled), recipe)
    cells = torch.cat(sampled)
    if network.pca is not None:
        network.pca.start_from(principal_components(cells))
    network.rotation.learn(network.encoder(cells[:, :, None, None])[:, :, 0, 0], recipe.seed)
    return float(torch.cat(attention).median())


def _whiten(network: SearchNetwork, pooled: Tensor, recipe: Recipe) -> None:
    """Set the whitening layer from pooled features [N, P]."""
    principal = principal_components(pooled, shrinkage=recipe.start.shrinkage)
    network.whitening.start_from(principal, recipe.start.exponent)


def sample_cells(cell_map: Tensor, random: np.random.Generator, attention: Tensor | None = None) -> Tensor:
    """Return up to `CELLS` random cells [n, C] of a map [1, C, H, W].

    With `attention` [1, 1, H, W] only the upper half by attention is drawn from: those are kept in use.
    """
    cells = cell_map[0].flatten(1).T
    if attention is not None:
        cells = cells[attention.flatten().argsort(descending=True)[: max(1, len(cells) // 2)]]
    rows = random.permutation(len(cells))[:CELLS]
    return cells[torch.from_numpy(rows)]
