"""The same places in two views of a photo: what local codes and attention learn from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from glocal.arrays import Pixels
from glocal.models.geometry import ReceptiveField
from glocal.models.imagenet import Normalisation
from glocal.models.network import RawFeatures, SearchNetwork
from glocal.progress import OnProgress
from glocal.training.photos import (
    GRID,
    PhotoCache,
    fitted,
    on_grid,
    random_quad,
    relit,
    spread,
    to_input,
    worsened,
)
from glocal.training.recipe import Recipe
from glocal.training.recipe_parts import Augmentation

VIEWS = Augmentation(rotation=15.0, perspective=0.3, colour=0.3, blur=0.2, jpeg=0.3)
"""How the second view differs, besides its size and where the grid of cells falls."""

SMALLEST = 0.6
"""The second view is at least this long as a share of the first: neighbouring scales of extraction differ by 0.71."""


class TwoViews(NamedTuple):
    """Features of a photo and of another view of it, the homography between, and what else is to be random."""

    photo: RawFeatures
    view: RawFeatures
    transform: NDArray[np.float64]
    random: np.random.Generator


def in_two_views(
    network: SearchNetwork,
    photos: PhotoCache,
    recipe: Recipe,
    normalisation: Normalisation,
    *,
    count: int,
    purpose: int,
    on_progress: OnProgress,
) -> Iterator[TwoViews]:
    """Yield up to `count` of the photos, evenly spread, in two views.

    Views are decided by the recipe's seed, `purpose` (a number of its own for each use) and the photo's place alone.
    """
    chosen = spread(len(photos), count)
    for done, index in enumerate(chosen, 1):
        random = np.random.default_rng([recipe.seed, purpose, index])
        photo = fitted(photos[index], recipe.start.side)
        view, transform = view_pair(photo, random)
        own, other = (network.raw_features(to_input(one[None], normalisation)) for one in (photo, view))
        yield TwoViews(own, other, transform, random)
        on_progress("pairs of views", done, len(chosen))


def view_pair(pixels: Pixels, random: np.random.Generator) -> tuple[Pixels, NDArray[np.float64]]:
    """Return another view of a photo [H, W, 3], and the homography [3, 3] from its pixels to the view's."""
    height, width = pixels.shape[:2]
    seen = (random_quad(VIEWS, random) + 1) / 2 * (width - 1, height - 1)
    factor = random.uniform(SMALLEST, 1.0)
    wide, tall = (on_grid(side * factor) for side in (width, height))
    corners = np.array([(0, 0), (wide - 1, 0), (wide - 1, tall - 1), (0, tall - 1)])
    whole = corners + random.uniform(-GRID / 4, GRID / 4, 2)
    transform = cv2.getPerspectiveTransform(seen.astype(np.float32), whole.astype(np.float32))
    view = cv2.warpPerspective(pixels, transform, (wide, tall), borderMode=cv2.BORDER_REPLICATE)
    view = worsened(relit(np.asarray(view, np.uint8), VIEWS, random), VIEWS, random)
    return view, np.asarray(transform, np.float64)


def shared_places(
    codes: Tensor, others: Tensor, cells: Tensor, transform: NDArray[np.float64], field: ReceptiveField
) -> Tensor:
    """Return the codes [n, 2, C] of the same places in two views.

    Args:
        codes: [1, C, H, W], of a photo.
        others: [1, C, H', W'], of its other view; read between cells by bilinear interpolation.
        cells: numbers, row by row, of the photo's cells to look at.
        transform: from pixels of the photo to those of the view.
        field: where cells look. Cells that look outside the view are left out.
    """
    seen = cv2.perspectiveTransform(cell_places(cells, codes.shape[3], field)[None], transform)[0]
    last = np.array([others.shape[3] - 1, others.shape[2] - 1])
    where = torch.from_numpy((seen - field.offset) / field.stride / last * 2 - 1).float()
    read = F.grid_sample(others, where[None, None], align_corners=True)[0, :, 0].T
    inside = (where.abs() <= 1).all(dim=1)
    return torch.stack([codes[0].flatten(1).T[cells], read], dim=1)[inside]


def cell_places(cells: Tensor, columns: int, field: ReceptiveField) -> NDArray[np.float64]:
    """Return the pixels (x, y) [n, 2] that cells look at, by their numbers [n], row by row, in a map so wide."""
    places = torch.stack([cells % columns, cells // columns], dim=1).double()
    return np.asarray(places * field.stride + field.offset)
