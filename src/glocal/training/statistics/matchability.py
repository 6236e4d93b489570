"""Attention learned from matches: which cells find their own place again in another view of the photo.

Ours. DELG's attention learns from identities alone, and few identities teach it little: with some hundred of them it
prefers skies. Whether a cell can be matched is known for every photo and every cell, without any label.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from glocal.models.attention import Attention
from glocal.models.geometry import ReceptiveField, local_receptive_field
from glocal.models.imagenet import Normalisation
from glocal.models.network import SearchNetwork
from glocal.progress import OnProgress
from glocal.training.photos import PhotoCache
from glocal.training.recipe import Recipe
from glocal.training.statistics.two_views import cell_places, in_two_views

PHOTOS = 1200
"""Photos that are matched with another view of themselves, spread evenly: some 200,000 cells."""

EPOCHS, BATCH, RATE = 3, 1024, 1e-3


def learn_attention(
    network: SearchNetwork, photos: PhotoCache, recipe: Recipe, normalisation: Normalisation, on_progress: OnProgress
) -> Tensor:
    """Fit the network's attention, from where it is, to tell which cells of its local map will be matched.

    The codes must be final. The same arguments give the same.

    Returns:
        The new attention [N] of all cells looked at.
    """
    attention = network.attention
    assert isinstance(attention, Attention)
    cells, found = _examples(network, photos, recipe, normalisation, on_progress)
    _fit(attention, cells, found, recipe.seed)
    with torch.no_grad():
        return torch.cat([attention(_as_map(part)).flatten() for part in torch.split(cells, BATCH)])


@torch.no_grad()
def _examples(
    network: SearchNetwork, photos: PhotoCache, recipe: Recipe, normalisation: Normalisation, on_progress: OnProgress
) -> tuple[Tensor, Tensor]:
    """Return cells [N, C] of local maps in float16, and whether each is found in another view, [N] of 0 and 1."""
    field = local_receptive_field(network.backbone, network.local_branch)
    encoder = network.code_transform.folded_into(network.encoder)
    cells, found = [], []
    other_photo: Tensor | None = None
    views = in_two_views(network, photos, recipe, normalisation, count=PHOTOS, purpose=8, on_progress=on_progress)
    for photo, view, transform, _ in views:
        signs, view_signs = (torch.sign(encoder(one.cells))[0] for one in (photo, view))
        seen, matched = matched_cells(signs, view_signs, transform, field, other_photo)
        cells.append(photo.cells[0].flatten(1).T[seen].half())
        found.append(matched[seen].float())
        other_photo = view_signs
    return torch.cat(cells), torch.cat(found)


def matched_cells(
    signs: Tensor,
    view_signs: Tensor,
    transform: NDArray[np.float64],
    field: ReceptiveField,
    other_photo: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Return which cells of a photo the view shows, and which find their place in it, both [H * W] bool.

    A cell is found if it and a cell at most one stride away from its true place are each other's nearest by code, and
    no cell of another photo is as near.

    Args:
        signs: [C, H, W], signs of the photo's codes.
        view_signs: [C, H', W'], of the view's.
        transform: [3, 3], from pixels of the photo to those of the view.
        field: where cells look.
        other_photo: [C, H'', W''], signs of the codes of something else.
    """
    count, view_count = signs[0].numel(), view_signs[0].numel()
    true = cv2.perspectiveTransform(cell_places(torch.arange(count), signs.shape[2], field)[None], transform)[0]
    places = cell_places(torch.arange(view_count), view_signs.shape[2], field)
    inside = ((true >= places.min(axis=0)) & (true <= places.max(axis=0))).all(axis=1)
    agreeing = signs.flatten(1).T @ view_signs.flatten(1)
    most, nearest = agreeing.max(dim=1)
    mutual = agreeing.argmax(dim=0)[nearest] == torch.arange(count)
    near = np.linalg.norm(places[nearest.numpy()] - true, axis=1) <= field.stride
    found = mutual & torch.from_numpy(near)
    if other_photo is not None:
        found &= most > (signs.flatten(1).T @ other_photo.flatten(1)).amax(dim=1)
    return torch.from_numpy(inside), found


@torch.enable_grad()
def _fit(attention: Attention, cells: Tensor, found: Tensor, seed: int) -> None:
    """Minimise the cross entropy of the attention's logits; the attention comes back in evaluation mode."""
    attention.train().requires_grad_(True)
    optimiser = torch.optim.AdamW(attention.parameters(), lr=RATE, weight_decay=1e-4)
    steps = max(1, EPOCHS * len(cells) // BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    generator = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        rows = torch.randint(len(cells), (BATCH,), generator=generator)
        logits = attention.logits(_as_map(cells[rows])).flatten()
        optimiser.zero_grad()
        torch.autograd.backward(F.binary_cross_entropy_with_logits(logits, found[rows]))
        nn.utils.clip_grad_norm_(attention.parameters(), 10.0)
        optimiser.step()
        schedule.step()
    attention.eval()


def _as_map(cells: Tensor) -> Tensor:
    """Return cells [N, C] as a map [N, C, 1, 1] in float32."""
    return cells.float()[:, :, None, None]
