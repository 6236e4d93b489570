"""Batches of random views, each decided by (seed, step) alone, prepared while the network is busy."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from glocal.models.imagenet import Normalisation
from glocal.training.augment import random_view
from glocal.training.data import PhotoCache, Pixels, TrainingError
from glocal.training.recipe import Recipe


@dataclass(frozen=True, eq=False)
class Batch:
    """images [B, 3, S, S] float32, normalised, channels last in memory; labels [B] int64."""

    images: Tensor
    labels: Tensor


class Batches:
    """Every photo once an epoch, in a new order. Batch `step` is the same whenever it is asked for.

    Args:
        photos: N photos.
        labels: their classes, [N].
        recipe: its batch is divided among the processes; all parts in order of rank are the whole batch, views included.
        normalisation: of the network's input.
        rank: which part of each batch this process gets, counted from 0.
        world_size: how many processes there are.

    Raises:
        TrainingError: the recipe's batch cannot be divided evenly.
    """

    def __init__(
        self,
        photos: PhotoCache,
        labels: NDArray[np.int64],
        recipe: Recipe,
        normalisation: Normalisation,
        *,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        if recipe.batch % world_size:
            raise TrainingError(
                f"a batch of {recipe.batch} cannot be divided among {world_size} processes; set batch to a multiple"
            )
        part = recipe.batch // world_size
        self._places = range(rank * part, (rank + 1) * part)
        self._photos = photos
        self._labels = labels
        self._recipe = recipe
        self._normalisation = normalisation

    def batch(self, step: int) -> Batch:
        """Return this process's part of the batch of a step, counted from 0."""
        rows = [self._row(step * self._recipe.batch + place) for place in self._places]
        views = [self._view(row, step, place) for place, row in zip(self._places, rows, strict=True)]
        return Batch(to_input(np.stack(views), self._normalisation), torch.from_numpy(self._labels[rows]))

    def ahead(self, first: int, last: int) -> Iterator[Batch]:
        """Yield the batches of steps [first, last), the next one prepared in another thread meanwhile."""
        with ThreadPoolExecutor(1) as worker:
            coming = worker.submit(self.batch, first)
            for step in range(first, last):
                ready = coming.result()
                if step + 1 < last:
                    coming = worker.submit(self.batch, step + 1)
                yield ready

    def _row(self, position: int) -> int:
        epoch, place = divmod(position, len(self._photos))
        order = np.random.default_rng([self._recipe.seed, 0, epoch]).permutation(len(self._photos))
        return int(order[place])

    def _view(self, row: int, step: int, place: int) -> Pixels:
        random = np.random.default_rng([self._recipe.seed, 1, step, place])
        return random_view(self._photos[row], self._recipe.side, self._recipe.augmentation, random)


def to_input(pixels: Pixels, normalisation: Normalisation) -> Tensor:
    """Return RGB pixels [B, H, W, 3] as the network's input [B, 3, H, W], channels last in memory."""
    mean, std = np.array(normalisation.mean, np.float32), np.array(normalisation.std, np.float32)
    return torch.from_numpy((pixels - mean) / std).permute(0, 3, 1, 2)
