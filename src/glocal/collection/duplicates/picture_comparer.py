"""Comparing photos of a collection by their pixels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glocal.agreement import (
    FULL_SIDE,
    MIN_CORRELATION,
    picture_if_there,
    replaced_in_print,
    scaling,
    weakest_correlation,
)
from glocal.features import CompactFeatures
from glocal.images import read_photo, shrink
from glocal.matching import match_many
from glocal.orientation import Orientation

MIN_INLIERS = 8
"""Fewer inliers arise by chance, and comparing pixels costs 40 ms."""

TURNED_SIDE = 320
"""Longest side in pixels of the pictures that are described again, turned and mirrored."""

COMPARED = (Orientation(1, mirrored=False), Orientation(0, mirrored=True), Orientation(1, mirrored=True))
"""Orientations in which a photo is described again to find its turned and mirrored copies. Local features bridge
half turns by themselves (measured: 14 of 15 on the photos of examples/), so these stand for all eight."""

CACHED_PICTURES = 256
"""Of at most 3 MB each."""


@dataclass(frozen=True, eq=False)
class View:
    """A photo as it lies on disk, or turned, mirrored and made smaller.

    Attributes:
        to_view: [3, 3] float64, pixels of the photo to pixels of the view.
        features: of the view.
    """

    path: Path
    to_view: NDArray[np.float64]
    features: CompactFeatures


@dataclass(frozen=True, eq=False)
class PairProof:
    """That two photos show the same picture.

    Attributes:
        agreement: of their pixels, see `weakest_correlation`; 1 for files with the same bytes.
        transform: [3, 3] float64, pixels of the first photo to pixels of the second, right to some pixels.
    """

    agreement: float
    transform: NDArray[np.float64]


class PictureComparer:
    """Compares photos by their pixels, and remembers those it read last."""

    def __init__(self) -> None:
        self._read = lru_cache(CACHED_PICTURES)(picture_if_there)

    def compare(self, view: View, others: Mapping[Path, CompactFeatures]) -> dict[Path, PairProof]:
        """Return the proofs for those photos that show the same picture as the view.

        Photos whose files are gone or unreadable prove nothing.
        """
        proofs = {}
        matches = match_many(view.features, others.values())
        for path, match in zip(others, matches, strict=True):
            if match.transform is None or match.inlier_count < MIN_INLIERS:
                continue
            transform = match.transform @ view.to_view
            a, b = self._read(view.path), self._read(path)
            score = weakest_correlation(a, b, transform) if a is not None and b is not None else 0.0
            if score >= MIN_CORRELATION and not differ_in_print(view.path, path, transform):
                proofs[path] = PairProof(score, transform)
        return proofs


def differ_in_print(a: Path, b: Path, transform: NDArray[np.float64]) -> bool:
    """Say whether two photos that agree in small differ in small print, as bills of one form do.

    Args:
        a, b: their files; of one that is gone nothing is said.
        transform: [3, 3] affine, pixels of photo a to pixels of photo b.
    """
    one, other = picture_if_there(a, FULL_SIDE), picture_if_there(b, FULL_SIDE)
    return one is not None and other is not None and replaced_in_print(one, other, transform)


def turned_pictures(path: Path, size: tuple[int, int]) -> Iterator[tuple[NDArray[np.float64], NDArray[np.uint8]]]:
    """Yield the photo in small, in the orientations to compare, with the map from its pixels to these.

    Raises:
        PhotoError: it cannot be read.
    """
    pixels = read_photo(path, fit=TURNED_SIDE)
    small = shrink(pixels, TURNED_SIDE)
    height, width = small.shape[:2]
    to_small = scaling(width / size[0], height / size[1])
    for orientation in COMPARED:
        yield orientation.transform(width, height) @ to_small, orientation.apply(small)
