"""Photos of a collection under the names that other programs know them by, with their stored features."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from glocal.collection import PhotoRecord
from glocal.errors import PhotoError, UnknownPhotoError
from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.exchange import PhotoFeatures
from glocal.features import CompactFeatures, View


class StoredFeatures(Protocol):
    """What `Collection` does of those names, and what holds photos in another way."""

    def photos(self) -> Iterator[PhotoRecord]:
        """Yield all photos in the order of their paths."""

    def view(self, photo: int) -> View:
        """Return the stored features of a photo."""


@dataclass(frozen=True, eq=False)
class StoredImage:
    """A photo of a collection.

    Attributes:
        photo: its id.
        name: its path from the root, with `/`.
        view: its stored features.
    """

    photo: int
    name: str
    view: View

    def features(self) -> PhotoFeatures:
        """Return its features as other codes keep them; the C bits of a descriptor are -1 and 1, by the root of C."""
        local = self.view.local
        descriptors = local.floats() if local.kind == "float16" else _signs(local)
        return PhotoFeatures(
            local.image_size, local.keypoints, local.scales, local.attention, descriptors, self.view.descriptor
        )


def stored_images(collection: StoredFeatures, root: Path) -> Iterator[StoredImage]:
    """Yield the indexed photos of a collection, in the order of their paths.

    Args:
        collection: the collection.
        root: the folder that their names begin from.

    Raises:
        EvaluationError: a photo lies elsewhere.
    """
    for record in collection.photos():
        if not record.indexed:
            continue
        if not record.path.is_relative_to(root):
            raise EvaluationError(f"{record.path}: lies not below {root}; name a folder that all photos lie in")
        try:
            yield StoredImage(record.id, record.path.relative_to(root).as_posix(), collection.view(record.id))
        except (PhotoError, UnknownPhotoError):
            continue  # gone since


def _signs(local: CompactFeatures) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    bits = np.unpackbits(local.codes, axis=1).astype(np.float32)
    return (2 * bits - 1) / np.float32(max(bits.shape[1], 1) ** 0.5)
