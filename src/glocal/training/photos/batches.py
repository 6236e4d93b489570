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
from glocal.training.photos.batched_views import BatchedViews
from glocal.training.photos.labelled_photos import PhotoCache, TrainingError
from glocal.training.photos.sampling import Sampler
from glocal.training.recipe import Recipe

CPU = torch.device("cpu")


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
        workers: threads that prepare batches, each one batch; by default as many as there are cores. Batched views are
            made by one.
        device: makes views, where `augmentation.batched` says so.

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
        device: torch.device = CPU,
    ) -> None:
        if recipe.batch % (world_size * recipe.data.views):
            each = f"{world_size} processes, {recipe.data.views} of one photo together"
            raise TrainingError(
                f"a batch of {recipe.batch} views cannot be divided among {each}; set batch to a multiple"
            )
        part = recipe.batch // world_size
        self._part = slice(rank * part, (rank + 1) * part)
        self._photos = photos
        self._labels = labels
        self._teachers = np.empty((len(labels), 0), np.float32) if teachers is None else teachers
        self._recipe = recipe
        self._normalisation = normalisation
        self._sampler = Sampler(photos.photos, labels, recipe.data, recipe.seed)
        self._batched: BatchedViews | None = None
        self._workers = workers or available_cores()
        if recipe.augmentation.batched:
            self._batched = BatchedViews(photos, recipe.side, recipe.augmentation, device)
            self._workers = 1

    def batch(self, step: int) -> Batch:
        """Return this process's part of the batch of a step, counted from 0."""
        made, rows = self._made(step)
        known = Supervision(
            torch.from_numpy(self._labels[rows]),
            torch.from_numpy(rows),
            torch.from_numpy(self._teachers[rows].astype(np.float32)),
        )
        return Batch(normalised(made, self._normalisation), known)

    def views(self, step: int) -> tuple[Pixels, NDArray[np.int64]]:
        """Return the views [B, S, S, 3] RGB of this process's part of a batch, and the rows of their photos [B]."""
        made, rows = self._made(step)
        return made.round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy(), rows

    def ahead(self, first: int, last: int) -> Iterator[Batch]:
        """Yield the batches of steps [first, last), the next ones prepared in other threads meanwhile."""
        return map_ahead(self.batch, range(first, last), workers=self._workers, ahead=self._workers + 1)

    def _made(self, step: int) -> tuple[Tensor, NDArray[np.int64]]:
        """Return views [b, 3, S, S] float32, 0 to 255, of this part of a batch, and the rows of their photos [b]."""
        if self._batched is None:
            places = range(self._part.start, self._part.stop)
            views, rows = zip(*(self._view(step, place) for place in places), strict=True)
            return as_images(np.stack(views)), np.array(rows, np.int64)
        batch = np.array([self._row(step, place) for place in range(self._recipe.batch)])
        occluders, ground = np.roll(batch, -self._recipe.data.views), self._row(step + 1, 0)
        random = np.random.default_rng([self._recipe.seed, 1, step])
        return self._batched.views(batch, occluders, ground, self._part, random)

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
        return self._photos.readable(self._row(step, place))

    def _row(self, step: int, place: int) -> int:
        return self._sampler.row((step * self._recipe.batch + place) // self._recipe.data.views)


def to_input(pixels: Pixels, normalisation: Normalisation) -> Tensor:
    """Return RGB pixels [B, H, W, 3] as the network's input [B, 3, H, W], channels last in memory."""
    return normalised(as_images(pixels), normalisation)


def as_images(pixels: Pixels) -> Tensor:
    """Return RGB pixels [B, H, W, 3] as images [B, 3, H, W] float32, 0 to 255, channels last in memory."""
    return torch.from_numpy(pixels.astype(np.float32)).permute(0, 3, 1, 2)


def normalised(images: Tensor, normalisation: Normalisation) -> Tensor:
    """Return RGB images [B, 3, H, W] float32, 0 to 255, as the network's input, channels last in memory."""
    mean, std = (
        torch.tensor(one, device=images.device)[:, None, None] for one in (normalisation.mean, normalisation.std)
    )
    return images.sub(mean).div_(std).contiguous(memory_format=torch.channels_last)
