"""The photos that are sorted into albums: of one collection, or of shards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from glocal.collection.candidates import Candidate
from glocal.collection.catalog import PhotoRecord
from glocal.collection.hits import Hit
from glocal.features import View
from glocal.matching import Calibration


class SortedPhotos(Protocol):
    """What `Collection` and `PhotoSearch` do of those names."""

    @property
    def calibration(self) -> Calibration | None:
        """What turns similarity and inliers into a probability."""

    def __len__(self) -> int:
        """Return the number of photos that searches find."""

    def photos(self) -> Iterator[PhotoRecord]:
        """Yield all photos in the order of their paths."""

    def photos_with_ids(self, photos: Sequence[int]) -> dict[int, PhotoRecord]:
        """Return photos by their ids."""

    def view(self, photo: int) -> View:
        """Return the stored features of a photo."""

    def candidates(self, views: Sequence[View], count: int, allowed: Sequence[int] | None) -> list[Candidate]:
        """Return the photos most likely to show the same thing, of those with these ids; None: of all."""

    def verify(self, views: Sequence[View], candidates: Sequence[Candidate]) -> list[Hit]:
        """Compare candidates with the views by their local features."""
