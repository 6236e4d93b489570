"""Batches of random views, each decided by (seed, step) alone, prepared while the network is busy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from glocal.arrays import Pixels
from glocal.cores import available_cores
from glocal.models.imagenet import Normalisation
from glocal.models.losses import Supervision
from glocal.parallel_map import map_ahead
from glocal.training.photos.augment import random_view
from glocal.training.photos.labelled_photos import PhotoCache, TrainingError
from glocal.training.photos.sampling import Sampler
from glocal.training.recipe import Recipe


@dataclass(frozen=True, eq=False)
class Batch:
    """images [B, 3, S, S] float32, normalised, channels last in memory; and what is known of them."""

    images: Tensor
    known: Supervision


class Batches:
    """Photos in the order of a `Sampler`. Batch `step` is the same whenever it is asked for.

    Args:
        photos: N photos.
        labels: their classes, [N].
        recipe: its batch is divided among the processes; all parts in order of rank are the whole batch.
        normalisation: of the network's input.
        teachers: teachers' descriptors of the photos, [N, T] of length 1, in any float type; by default none, T = 0.
        rank: which part of each batch this process gets, counted from 0.
        world_size: how many processes there are.
        workers: threads that prepare batches, each one batch; by default as many as there are cores.

    Raises:
        TrainingError: the recipe's batch cannot be divided evenly, or its weights do not fit the photos.
    """

    def __init__(
        self,
        photos: PhotoCache,
        labels: NDArray[np.int64],
        recipe: Recipe,
        normalisation: Normalisation,
        *,
        teachers: NDArray[np.floating] | None = None,
        rank: int = 0,
        world_size: int = 1,
        workers: int | None = None,
    ) -> None:
        if recipe.batch % (world_size * recipe.data.views):
            each = f"{world_size} processes, {recipe.data.views} of one photo together"
            raise TrainingError(
                f"a batch of {recipe.batch} views cannot be divided among {each}; set batch to a multiple"
            )
        part = recipe.batch // world_size
        self._places = range(rank * part, (rank + 1) * part)
        self._photos = photos
        self._labels = labels
        self._teachers = np.empty((len(labels), 0), np.float32) if teachers is None else teachers
        self._recipe = recipe
        self._normalisation = normalisation
        self._workers = workers or available_cores()
        self._sampler = Sampler(photos.photos, labels, recipe.data, recipe.seed)

    def batch(self, step: int) -> Batch:
        """Return this process's part of the batch of a step, counted from 0."""
        views, rows = self.views(step)
        known = Supervision(
            torch.from_numpy(self._labels[rows]),
            torch.from_numpy(rows),
            torch.from_numpy(self._teachers[rows].astype(np.float32)),
        )
        return Batch(to_input(views, self._normalisation), known)

    def views(self, step: int) -> tuple[Pixels, NDArray[np.int64]]:
        """Return the views [B, S, S, 3] RGB of this process's part of a batch, and the rows of their photos [B]."""
        views, rows = zip(*(self._view(step, place) for place in self._places), strict=True)
        return np.stack(views), np.array(rows, np.int64)

    def ahead(self, first: int, last: int) -> Iterator[Batch]:
        """Yield the batches of steps [first, last), the next ones prepared in other threads meanwhile."""
        return map_ahead(self.batch, range(first, last), workers=self._workers, ahead=self._workers + 1)

    def _view(self, step: int, place: int) -> tuple[Pixels, int]:
        """Return one view and the row of its photo.

        Its occluder is the next photo of the batch. What views are pasted on is the first photo of the next batch.
        """
        row, pixels = self._photo(step, place)
        random = np.random.default_rng([self._recipe.seed, 1, step, place])
        view = random_view(
            pixels,
            self._recipe.side,
            self._recipe.augmentation,
            random,
            occluder=lambda: self._photo(step, (place + self._recipe.data.views) % self._recipe.batch)[1],
            ground=lambda: self._photo(step + 1, 0)[1],
        )
        return view, row

    def _photo(self, step: int, place: int) -> tuple[int, Pixels]:
        position = (step * self._recipe.batch + place) // self._recipe.data.views
        return self._photos.readable(self._sampler.row(position))


def to_input(pixels: Pixels, normalisation: Normalisation) -> Tensor:
    """Return RGB pixels [B, H, W, 3] as the network's input [B, 3, H, W], channels last in memory."""
    mean, std = torch.tensor(normalisation.mean), torch.tensor(normalisation.std)
    return torch.from_numpy(pixels.astype(np.float32)).sub_(mean).div_(std).permute(0, 3, 1, 2)
