"""The photos of a run, as its recipe wants them: found, split, with classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import Pixels
from glocal.models.losses import IGNORE
from glocal.training.photos.batches import Batches
from glocal.training.photos.labelled_photos import MEMORY, Classes, PhotoCache, TrainingError, number_classes
from glocal.training.photos.layouts import find_labelled_photos
from glocal.training.photos.packed import load_teachers
from glocal.training.photos.splitting import split_photos
from glocal.training.recipe import Recipe


@dataclass(frozen=True, eq=False)
class TrainingPhotos:
    """What a run trains and validates on.

    Attributes:
        train: N photos to train on. Those that cannot be read are found as they are met.
        validate: photos to validate on, all of which can be read; none where no identity has two of them, since
            nothing could be found then.
        classes: of `train`.
        teachers: teachers' descriptors of `train`, float16 [N, T]; T is 0 where the recipe compares with none.
        known_skipped: a line for what was found missing so far, outside `train`.
        passed_over: one line that counts what was found beside the photos and not taken; empty if nothing.
    """

    train: PhotoCache
    validate: PhotoCache
    classes: Classes
    teachers: NDArray[np.float16]
    known_skipped: tuple[str, ...]
    passed_over: str

    def skipped(self) -> tuple[str, ...]:
        """Return a line for each photo that could not be read so far."""
        return (*self.known_skipped, *map(str, self.train.skipped))


def load_photos(
    recipe: Recipe, photos: Sequence[Path], unlabelled: Sequence[Path] = (), memory: int = MEMORY
) -> TrainingPhotos:
    """Find and divide the photos of a run.

    Args:
        recipe: says which photos are used for what.
        photos: sets with identities (see `find_labelled_photos`).
        unlabelled: sets whose photos are taken without identity.
        memory: bytes of decoded photos kept.

    Raises:
        TrainingError: no photos to train on, a malformed set, or no classes.
    """
    found = find_labelled_photos(photos, unlabelled)
    split = split_photos(found.photos, recipe.data)
    if not split.train:
        raise TrainingError("every photo is validated on or held out; narrow data.validate_on or data.held_out")
    tried = PhotoCache(split.validate, recipe.data.side, memory // 4)
    validate = tried.only_readable()
    counts = Counter(photo.identity for photo in validate.photos)
    if not counts or max(counts.values()) < 2:
        validate = PhotoCache((), recipe.data.side)
    classes = number_classes(split.train, instances=recipe.data.instances, ignore=IGNORE)
    compared = recipe.losses.needs_teachers or recipe.losses.instances > 0
    if not classes.count and not compared:
        raise TrainingError("no photo has an identity; give folders of identities or set data.instances = true")
    teachers = (
        load_teachers(split.train) if recipe.losses.needs_teachers else np.empty((len(split.train), 0), np.float16)
    )
    return TrainingPhotos(
        PhotoCache(split.train, recipe.data.side, memory),
        validate,
        classes,
        teachers,
        (*found.missing, *map(str, tried.skipped)),
        str(found.passed_over),
    )


def first_views(recipe: Recipe, photos: Sequence[Path], unlabelled: Sequence[Path] = ()) -> Pixels:
    """Return the views [B, S, S, 3] RGB of a run's first batch: what the network is going to see.

    Raises:
        TrainingError: as `load_photos`.
    """
    data = load_photos(recipe, photos, unlabelled)
    batches = Batches(data.train, data.classes.labels, recipe, recipe.network.normalisation)
    return batches.views(0)[0]
