"""Pairs of photos as a search would meet them, and pairs in the same frame, with what verification says of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glocal.errors import PhotoError
from glocal.evaluation.framing import Frame
from glocal.extraction import Model
from glocal.features import Features
from glocal.images import read_photo
from glocal.matching import LabelledPairs, background_of, match_many
from glocal.progress import OnProgress

_FRAMED_SIDE = 1024
"""Photos are decoded about so large before they are framed: more than the part of any frame that they fill."""


@dataclass(frozen=True, eq=False)
class Labelled:
    """Photos that were read.

    Attributes:
        paths: N photos.
        names: [N] str, what each shows.
        features: N features.
    """

    paths: tuple[Path, ...]
    names: NDArray[np.str_]
    features: tuple[Features, ...]

    def joined(self, others: Labelled) -> Labelled:
        """Return these photos, then others."""
        names = np.concatenate([self.names, others.names])
        return Labelled(self.paths + others.paths, names, self.features + others.features)

    def one_of_each(self, count: int) -> tuple[Path, ...]:
        """Return the first photos of up to `count` things, spread evenly over all of them."""
        _, first = np.unique(self.names, return_index=True)
        chosen = np.linspace(0, len(first) - 1, min(count, len(first))).astype(int)
        return tuple(self.paths[row] for row in np.sort(first)[chosen])


def extract_labelled(model: Model, photos: Sequence[tuple[Path, str]], on_stage: OnProgress) -> Labelled:
    """Extract (photo, what it shows); photos that cannot be read are left out."""
    kept: list[tuple[Path, str, Features]] = []
    found = model.extract_many(path for path, _ in photos)
    for done, ((path, result), (_, name)) in enumerate(zip(found, photos, strict=True), 1):
        if not isinstance(result, PhotoError):
            kept.append((path, name, result))
        on_stage("extracting", done, len(photos))
    return Labelled(
        tuple(path for path, _, _ in kept),
        np.array([name for _, name, _ in kept]),
        tuple(features for _, _, features in kept),
    )


def searched_pairs(
    photos: Labelled,
    candidates: int,
    on_stage: OnProgress,
    *,
    queries: int | None = None,
    domain: int = 0,
    alike: bool = False,
) -> LabelledPairs:
    """Pair photos with the `candidates` others most like them.

    Args:
        photos: all that is searched.
        candidates: photos verified per query.
        on_stage: called with (stage, done, all).
        queries: the first so many photos are queries; None: all.
        domain, alike: of the pairs, as `LabelledPairs` has them.
    """
    descriptors = np.stack([one.global_descriptor for one in photos.features])
    count = len(descriptors) if queries is None else queries

    def searches() -> Iterator[_Search]:
        for query in range(count):
            similarities = descriptors @ descriptors[query]
            order = np.argsort(-similarities, kind="stable")
            order = order[order != query]
            yield _Search(query, order[:candidates], background_of(similarities[order].tolist()))
            on_stage("verifying", query + 1, count)

    return _verified(photos.features, photos.names, searches(), domain, alike=alike)


def pictures_to_frame(photos: Sequence[Path]) -> list[Image.Image]:
    """Read photos that are to be framed.

    Raises:
        PhotoError: one cannot be read.
    """
    return [Image.fromarray(read_photo(path, fit=_FRAMED_SIDE)) for path in photos]


def framed_pairs(
    model: Model, photos: Sequence[Path], frames: Mapping[str, Frame], on_stage: OnProgress
) -> dict[str, LabelledPairs]:
    """Pair photos of different things with each other, all in the same frame; for each frame.

    Args:
        model: what extracts.
        photos: each shows something else.
        frames: by name.
        on_stage: called with (stage, done, all).

    Raises:
        PhotoError: a photo cannot be read.
    """
    pictures = pictures_to_frame(photos)
    names = np.array([str(number) for number in range(len(pictures))])
    rows = list(combinations(range(len(pictures)), 2))
    found = {}
    for done, (name, frame) in enumerate(frames.items(), 1):
        features = [model.extract(frame(picture)) for picture in pictures]
        later = (_Search(a, np.array([b for first, b in rows if first == a], np.int64)) for a in range(len(pictures)))
        found[name] = _verified(features, names, later)
        on_stage("framing", done, len(frames))
    return found


@dataclass(frozen=True, eq=False)
class _Search:
    """Row of a query, rows [n] of the others it is compared with, and its background if it was searched for."""

    query: int
    others: NDArray[np.int64]
    background: float | None = None


def _verified(
    features: Sequence[Features],
    names: NDArray[np.str_],
    searches: Iterator[_Search],
    domain: int = 0,
    *,
    alike: bool = False,
) -> LabelledPairs:
    """Match the query of each search with the others."""
    compact = [one.compact() for one in features]
    rows: list[tuple[float, float, float, int, bool]] = []
    for search in searches:
        query = search.query
        background = np.nan if search.background is None else search.background
        matches = match_many(compact[query], [compact[other] for other in search.others])
        for other, match in zip(search.others, matches, strict=True):
            similarity = float(features[query].global_descriptor @ features[other].global_descriptor)
            rows.append((similarity, background, match.support, len(match), bool(names[query] == names[other])))
    columns = list(zip(*rows, strict=True)) or [(), (), (), (), ()]
    return LabelledPairs(
        similarity=np.array(columns[0], np.float64),
        background=np.array(columns[1], np.float64),
        support=np.array(columns[2], np.float64),
        correspondences=np.array(columns[3], np.int64),
        same=np.array(columns[4], np.bool_),
        domain=np.full(len(rows), domain),
        alike=np.full(len(rows), alike),
    )
