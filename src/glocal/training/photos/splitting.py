"""Which photos are trained on and which are validated on."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from glocal.training.photos.labelled_photos import LabelledPhoto
from glocal.training.recipe_parts import Data

SPLIT_SEED = 0
"""The split is the same for every run, whatever the run's seed: results stay comparable."""


@dataclass(frozen=True)
class Split:
    """Photos by use."""

    train: tuple[LabelledPhoto, ...]
    validate: tuple[LabelledPhoto, ...]


def split_photos(photos: Sequence[LabelledPhoto], data: Data) -> Split:
    """Divide photos: whole identities by `validate_on` and `held_out`, then a share of each other identity's photos.

    Photos without identity are all trained on. At most `validate_at_most` photos are validated on; the others
    set aside are not used.
    """
    train: list[LabelledPhoto] = []
    validate: list[LabelledPhoto] = []
    for photo in photos:
        name = "" if photo.identity is None else PurePosixPath(photo.identity).name
        if photo.identity is None or not _matches(name, (*data.validate_on, *data.held_out)):
            train.append(photo)
        elif not _matches(name, data.held_out):
            validate.append(photo)
    if data.validate_share:
        train, shared = split_each_identity(train, data.validate_share)
        validate += shared
    return Split(tuple(train), tuple(_at_most(validate, data.validate_at_most)))


def split_each_identity(
    photos: Sequence[LabelledPhoto], share: float
) -> tuple[list[LabelledPhoto], list[LabelledPhoto]]:
    """Return (train, validate): of n photos of an identity, max(1, floor(share n)) are validated on.

    This is the rule of the DELG training code (tensorflow/models, build_image_dataset.py: share 0.2, seed 0),
    but for an identity of one photo: there it would only be validated on and never learned, here it is trained on.
    """
    members: dict[str, list[int]] = {}
    for row, photo in enumerate(photos):
        if photo.identity is not None:
            members.setdefault(photo.identity, []).append(row)
    random = np.random.default_rng(SPLIT_SEED)
    chosen = np.zeros(len(photos), bool)
    for rows in members.values():
        if len(rows) > 1:
            chosen[random.permutation(rows)[: max(1, int(share * len(rows)))]] = True
    train = [photo for photo, taken in zip(photos, chosen, strict=True) if not taken]
    return train, [photo for photo, taken in zip(photos, chosen, strict=True) if taken]


def _at_most(photos: list[LabelledPhoto], limit: int) -> list[LabelledPhoto]:
    """Return the photos, or where they are more, those of some identities with two photos at least."""
    if len(photos) <= limit:
        return photos
    counts: dict[str | None, int] = {}
    for photo in photos:
        counts[photo.identity] = counts.get(photo.identity, 0) + 1
    several = [identity for identity, count in counts.items() if count > 1]
    order = np.random.default_rng(SPLIT_SEED).permutation(len(several))
    taken, total = set[str | None](), 0
    for identity in (several[place] for place in order.tolist()):
        if total + counts[identity] <= limit:
            taken.add(identity)
            total += counts[identity]
    return [photo for photo in photos if photo.identity in taken]


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
