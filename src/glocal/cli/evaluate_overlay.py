"""The proofs on an evaluation's HTML page: query beside photo, inliers joined."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from glocal.drawing import Caption, DrawnMatch, draw_match
from glocal.evaluation.reports import Overlay
from glocal.evaluation.result import Example, RankedPhoto
from glocal.extraction import Model
from glocal.features import CompactFeatures, Region
from glocal.images import encode, read_photo
from glocal.matching import match_features

WIDTH = 1000
"""Pixels of an overlay: readable, and about 100 kB."""


def overlays(model: Model) -> Overlay:
    """Return a function that matches and draws a query and one of its photos as a JPEG."""

    @lru_cache(maxsize=64)
    def features(path: str, region: Region | None = None) -> CompactFeatures:
        return model.extract(path, region, as_inside=True).compact()

    def draw(example: Example, photo: RankedPhoto) -> bytes | None:
        query, other = features(example.query, example.region), features(photo.path)
        match = match_features(query, other)
        if match.transform is None:
            return None
        picture = draw_match(
            read_photo(example.query, fit=WIDTH // 2),
            read_photo(photo.path, fit=WIDTH // 2),
            DrawnMatch.of_match(match, query, other),
            region=example.region,
            caption=Caption(Path(example.query).name, Path(photo.path).name, f"{match.inlier_count} inliers"),
            width=WIDTH,
        )
        return encode(picture, "jpg")

    return draw
