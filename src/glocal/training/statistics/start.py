"""Statistics of the training photos: where whitening and autoencoder start, and what is learned at the end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from glocal.models.geometry import local_receptive_field
from glocal.models.imagenet import Normalisation
from glocal.models.losses import IGNORE
from glocal.models.network import SearchNetwork
from glocal.models.principal_components import principal_components
from glocal.progress import OnProgress
from glocal.training.photos import LabelledPhoto, PhotoCache, TrainingError, spread
from glocal.training.recipe import Recipe
from glocal.training.recipe_parts import Start
from glocal.training.statistics.matchability import learn_attention
from glocal.training.statistics.two_views import in_two_views, shared_places
from glocal.training.statistics.whitening import whitening_of
from glocal.training.statistics.whole_photos import raw_features_of

CELLS = 32
"""Cells of the local map sampled from each photo."""

CODE_PHOTOS = 1000
"""Photos that codes and threshold are learned from, spread evenly: 32,000 cells for a 128 x 128 rotation."""


def needs_whitening(network: SearchNetwork, recipe: Recipe) -> bool:
    """Return whether the whitening layer is taken from photos, at the start or at the end."""
    return recipe.start.from_photos or not network.whitening_learns


def check_enough(photos: int, dimensions: int) -> None:
    """Check that there are enough photos to whiten a global descriptor of this many dimensions.

    Raises:
        TrainingError: fewer photos than the global descriptor has dimensions.
    """
    if photos < dimensions:
        raise TrainingError(
            f"{photos} photos are too few to whiten {dimensions} dimensions;"
            " add photos or lower network.global_dimensions"
        )


@torch.no_grad()
def start_from_photos(
    network: SearchNetwork,
    photos: PhotoCache,
    labels: Tensor,
    recipe: Recipe,
    normalisation: Normalisation,
    on_progress: OnProgress,
) -> Tensor:
    """Set the whitening layer and any autoencoder from statistics of the photos, where `start.from_photos` says so.

    Args:
        network: changed in place. Photos are looked at on its device; it comes back on the CPU.
        photos: N photos.
        labels: their classes, [N], `IGNORE` for none.
        recipe: its `start` says how.
        normalisation: of the network's input.
        on_progress: called with ("statistics", photos done, photos in all) after each photo.

    Returns:
        The global descriptors [N, D] of the photos with this whitening, not normalised.
    """
    random = np.random.default_rng([recipe.seed, 2])
    pooled, cells = [], []
    seen = raw_features_of(network, photos, range(len(photos)), recipe.start.side, normalisation)
    for done, raw in enumerate(seen, 1):
        pooled.append(raw.pooled[0])
        cells.append(sample_cells(raw.cells, random))
        on_progress("statistics", done, len(photos))
    network.cpu()
    vectors = torch.stack(pooled)
    if recipe.start.from_photos:
        _whiten(network, vectors, labels, photos.photos, recipe.start)
        if network.autoencoder is not None and recipe.start.autoencoder:
            network.autoencoder.start_from(principal_components(torch.cat(cells)))
    descriptors: Tensor = network.whitening(vectors)
    return descriptors


@torch.no_grad()
def finish(
    network: SearchNetwork, photos: PhotoCache, recipe: Recipe, normalisation: Normalisation, on_progress: OnProgress
) -> float:
    """Learn what is learned after training, and return the attention that local features are kept from.

    Photos are looked at on the network's device; it comes back on the CPU.

    That is: how codes are centred, whitened and rotated; their PCA, if they have one; whitening, if it did not
    learn; and attention, if it learns from matches. The threshold is a quantile of the attention of the photos' cells;
    the paper's is the median (DELG, section 4.1).
    """
    by_matches = recipe.network.attention_from == "matches"
    random = np.random.default_rng([recipe.seed, 3])
    sampled, attention, pooled = [], [], []
    count = CODE_PHOTOS if network.whitening_learns else max(CODE_PHOTOS, 4 * recipe.network.global_dimensions)
    chosen = spread(len(photos), count)
    for done, raw in enumerate(raw_features_of(network, photos, chosen, recipe.start.side, normalisation), 1):
        pooled.append(raw.pooled[0])
        attention.append(raw.attention.flatten())
        sampled.append(sample_cells(raw.cells, random, None if by_matches else raw.attention))
        on_progress("codes", done, len(chosen))
    network.cpu()
    if not network.whitening_learns:
        unknown = torch.full([len(pooled)], IGNORE)
        _whiten(network, torch.stack(pooled), unknown, [photos.photos[index] for index in chosen], recipe.start)
    cells = torch.cat(sampled)
    if network.pca is not None:
        network.pca.start_from(principal_components(cells))
    codes = network.encoder(cells[:, :, None, None])[:, :, 0, 0]
    pairs = _code_pairs(network, photos, recipe, normalisation, on_progress) if recipe.network.whiten_codes else None
    network.code_transform.learn(codes, recipe.seed, pairs)
    if by_matches:
        attention = [learn_attention(network, photos, recipe, normalisation, on_progress)]
    return float(np.quantile(torch.cat(attention).numpy(), recipe.network.attention_quantile))


def _code_pairs(
    network: SearchNetwork, photos: PhotoCache, recipe: Recipe, normalisation: Normalisation, on_progress: OnProgress
) -> Tensor:
    """Return codes [P, 2, C] of the same places in two views of photos."""
    field = local_receptive_field(network.backbone, network.local_branch)
    by_matches = recipe.network.attention_from == "matches"
    pairs = []
    views = in_two_views(network, photos, recipe, normalisation, count=CODE_PHOTOS, purpose=7, on_progress=on_progress)
    for photo, view, transform, random in views:
        cells = chosen_cells(photo.cells, random, None if by_matches else photo.attention)
        codes, others = network.encoder(photo.cells), network.encoder(view.cells)
        pairs.append(shared_places(codes, others, cells, transform, field))
    return torch.cat(pairs)


def _whiten(
    network: SearchNetwork, pooled: Tensor, labels: Tensor, photos: Sequence[LabelledPhoto], start: Start
) -> None:
    """Set the whitening layer from pooled features [N, P] of photos with labels [N]."""
    network.whitening.project(*whitening_of(pooled, network.pooled_widths, labels, photos, start))


def sample_cells(cell_map: Tensor, random: np.random.Generator, attention: Tensor | None = None) -> Tensor:
    """Return the cells [n, C] of `chosen_cells`."""
    return cell_map[0].flatten(1).T[chosen_cells(cell_map, random, attention)]


def chosen_cells(cell_map: Tensor, random: np.random.Generator, attention: Tensor | None = None) -> Tensor:
    """Return the numbers, row by row, of up to `CELLS` random cells of a map [1, C, H, W].

    With `attention` [1, 1, H, W] only the upper half by attention is drawn from: those are kept in use.
    """
    cells = torch.arange(cell_map.shape[2] * cell_map.shape[3])
    if attention is not None:
        cells = attention.flatten().argsort(descending=True)[: max(1, len(cells) // 2)]
    return cells[torch.from_numpy(random.permutation(len(cells))[:CELLS])]
